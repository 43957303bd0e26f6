#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# check.sh [--quick]: what can be checked without running anything; quickly means without building
# modules. One line a check, `ok` or `not ok`; what a check has found goes to standard error.
set -uo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"

TOP=$(cd "$SCRIPTS/.." && pwd)
OUT=$TOP/build/test
cd "$TOP" || exit

sources() {
	git ls-files -- "$@"
}

# What checkpatch looks at in one go. Some files are made of what it takes for mistakes: for each
# such kind there is a list of types to leave out, scripts/checkpatch-KIND.ignore.
PLAIN=('include/*.h' 'kmod/*.[chS]' 'kunit/*.[ch]' 'samples/*.[ch]' 'tests/guest/*.[ch]'
	'tests/*/interp/*.[ch]' 'tools/*/kernel/*.[ch]' userspace-shim/host.c)
declare -A KINDS=(
	[macros]='include/kdefer/call.h include/kdefer/define.h include/kdefer/result.h
		include/kdefer/snapshot*.h include/kdefer/arch/*.h'
	[events]='kmod/host/tracepoints.h'
	[suites]='kunit/defer_kunit.c samples/subtests/subtests.c'
	[texts]='kmod/core/throw_reasons.h'
	[compat]='include/kdefer/compat.h kmod/compat/*.h kunit/compat.h tests/guest/fatal/main.c'
	[shim]='userspace-shim/linux/*.c userspace-shim/kunit/*.c userspace-shim/include/*.h
		kunit/linux_*.c'
)

# The types that a list leaves out, each with its reason behind it.
ignored() {
	sed 's/ .*//' "$SCRIPTS/checkpatch.ignore" "$@" | paste -sd,
}

checkpatch() {
	local kind files special=()
	# Git expands the patterns.
	set -f
	for kind in "${!KINDS[@]}"; do
		read -rd '' -a files <<<"${KINDS[$kind]}" || true
		special+=("${files[@]/#/:!}")
		check "checkpatch, $kind" run_checkpatch \
			"$(ignored "$SCRIPTS/checkpatch-$kind.ignore")" "${files[@]}"
	done
	check checkpatch run_checkpatch "$(ignored)" "${PLAIN[@]}" "${special[@]}"
	set +f
}

# $1: types to leave out; then what to check. One header of the shim takes checkpatch for ever. What
# is clean has a line, too, behind which the others would be lost.
run_checkpatch() {
	local types=$1 files
	shift
	mapfile -t files < <(sources "$@" | grep -v 'shim/include/linux/cleanup\.h$')
	timeout 300 "$SOURCE/scripts/checkpatch.pl" --no-tree --strict --terse --quiet \
		--show-types --max-line-length=100 --root="$SOURCE" --ignore "$types" \
		-f "${files[@]}" | sed '/^total: 0 errors, 0 warnings, 0 checks/d'
}

# sparse, W=1 and the compiler's own warnings are all to be silent.
module_warnings() {
	"$SCRIPTS/vm" modules "$1" W=1 C=2 >/dev/null
}

run_cppcheck() {
	local files
	mapfile -t files < <(sources 'kmod/core/*.c' 'kmod/host/*.c' 'userspace-shim/host.c')
	cppcheck --quiet --error-exitcode=1 --inline-suppr --std=c11 \
		--enable=warning,performance --suppressions-list="$SCRIPTS/cppcheck.ignore" \
		-D"__$(uname -m)__" -D__GLIBC__ \
		-DTHREAD_SIZE=16384 -Iinclude -Iuserspace-shim/include "${files[@]}"
}

kernel_doc() {
	local files
	mapfile -t files < <(sources 'include/*.h' 'kmod/*.c' 'kmod/*.h')
	"$SOURCE/scripts/kernel-doc" -none -Werror "${files[@]}"
}

run_shellcheck() {
	local files
	mapfile -t files < <(sources '*.sh')
	shellcheck -x "${files[@]}" .ci/run
}

run_pyflakes() {
	local files
	mapfile -t files < <(sources '*.py')
	pyflakes3 "${files[@]}"
}

# No file of ours is without its license.
spdx() {
	local missing
	missing=$(git grep -L 'SPDX-License-Identifier: GPL-2.0-only' -- '*.c' '*.h' '*.S' '*.sh' \
		'*.py' '*.go' '*.cpp' '*/Kbuild' '*/Makefile' Makefile)
	[ -z "$missing" ] || { printf 'no SPDX line: %s\n' "$missing"; false; }
}

# 100 at most, to which checkpatch holds the module's C files. What cannot be broken: a row of a
# table, and a message that the documentation quotes.
columns() {
	local files file long
	mapfile -t files < <(sources '*.rst' '*.md' '*.sh' '*.py' '*.go' '*.awk' '*.cocci' '*.gp' \
		'*Makefile*' '*Kbuild' .ci/run)
	long=$(for file in "${files[@]}"; do
		expand -t8 "$file" | awk -v file="$file" '
			length > 100 && !/^(\| |``.*``$| *kdefer: )/ { print file ":" FNR ": " $0 }'
	done)
	[ -z "$long" ] || { printf 'more than 100 columns:\n%s\n' "$long"; false; }
}

# Each rule of the house is a check of its own.
house_rules() {
	local rules rule
	mapfile -t rules < <("$TOP/tests/house.py" --list)
	[ ${#rules[@]} -gt 0 ] || check 'rules of the house' false
	for rule in "${rules[@]}"; do
		check "$rule" "$TOP/tests/house.py" "$rule"
	done
}

FAILED=0

check() {
	local name=$1 log
	shift
	log=$OUT/check-${name//[^a-zA-Z0-9]/-}.log
	if "$@" >"$log" 2>&1; then
		echo "ok $name"
	else
		echo "not ok $name"
		tail -n 30 "$log" >&2
		FAILED=1
	fi
}

main() {
	QUICK=${1-}
	mkdir -p "$OUT"
	SOURCE=$("$SCRIPTS/vm" source stock) || exit
	checkpatch
	if [ -z "$QUICK" ]; then
		check 'sparse and W=1, stock kernel' module_warnings stock
		check 'sparse and W=1, KUnit kernel' module_warnings kunit
	fi
	check cppcheck run_cppcheck
	check 'coccinelle rules, on their tests' "$SCRIPTS/cocci.sh" --self-test
	check 'coccinelle rules, on samples' "$SCRIPTS/cocci.sh"
	check kernel-doc kernel_doc
	check shellcheck run_shellcheck
	check pyflakes run_pyflakes
	check 'SPDX lines' spdx
	check 'rules of the house, when broken' "$TOP/tests/house.py" --self-test
	house_rules
	check columns columns
	return "$FAILED"
}

main "$@"
