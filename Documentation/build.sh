#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# build.sh html|man|check: builds the documentation in build/doc, or checks it. A warning is an
# error. Prints one line for each thing it has done, `ok` or `not ok`.
set -uo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/../scripts/lib.sh"

TOP=$(cd "$(dirname "$0")/.." && pwd)
DOC=$TOP/Documentation
OUT=$TOP/build/doc
MAN9=$OUT/man/man9
HEADERS=("$TOP"/include/kdefer/{kdefer,value,define,guard}.h)
FAILED=0

# $1: what it is, in words; the rest: a command whose output counts only if it fails
run() {
	local name=$1 log
	shift
	log=$OUT/log-${name//[^a-zA-Z0-9]/-}
	if "$@" >"$log" 2>&1; then
		echo "ok $name"
	else
		echo "not ok $name"
		tail -n 30 "$log" >&2
		FAILED=1
	fi
}

# The table that checked.rst includes.
rules_and_tests() {
	"$TOP/tests/rules.py" >"$OUT/checked.inc"
}

sphinx() {
	local builder=$1
	shift
	rules_and_tests || return
	NEED_GROUP=docs need sphinx-build
	# -E: what was built before would not be warned of again.
	sphinx-build -E -W --keep-going -q -b "$builder" -d "$OUT/doctrees" "$DOC" "$@"
}

# The files that have kernel-doc comments of what users call.
documented_files() {
	printf '%s\n' "${HEADERS[@]}"
	grep -lF '/**' "$TOP"/kmod/core/*.c "$TOP"/kmod/host/*.c
}

# What a user may use: functions and macros of the public headers. KDEFER_DEFINE1 to 6 are
# described with KDEFER_DEFINE0.
public_macros() {
	sed -nE 's/^#define (k[a-z_]+|KDEFER_DEFINE(_VOID)?0|DEFINE_KDEFER)[( \t].*/\1/p' \
		"${HEADERS[@]}"
}

public_functions() {
	sed -nE 's/^EXPORT_SYMBOL_GPL\((k[a-z_]+)\);/\1/p' "$TOP"/kmod/{core,host}/*.c |
		grep -Fwf - -o "$TOP/include/kdefer/kdefer.h" | sort -u
}

public_types() {
	sed -nE 's/^(struct|enum) (kdefer_[a-z_]+) \{$/\2/p' "$TOP"/include/kdefer/{kdefer,value}.h
}

kernel_doc() {
	local files
	mapfile -t files < <(documented_files)
	"$SOURCE/scripts/kernel-doc" -none -Werror "${files[@]}"
}

# kernel-doc prints all pages of a file one after the other, each with a line such as
# .TH "Kernel API" 9 "struct name" ..., and leaves literals as they are.
split_pages() {
	# shellcheck disable=SC2016
	sed -E 's/``([^`]*)``/\\fB\1\\fP/g' | awk -v dir="$MAN9" '
		/^\.TH/ {
			split($0, part, "\"")
			words = split(part[4], word, " ")
			file = dir "/" word[words] ".9"
			$0 = ".TH \"" word[words] "\" 9 \"\" \"kdefer\" \"kdefer API\""
		}
		# A name of one word is what whatis and apropos find.
		named { sub(/^(struct|enum) /, "") }
		{ named = /^\.SH NAME/ }
		file { print >> file }
		file && /^\.SH SYNOPSIS/ { print ".B #include <kdefer/kdefer.h>\n.PP" >> file }'
}

public_symbols() {
	public_macros
	public_functions
	public_types
}

remove_private_pages() {
	local page names
	names=$(public_symbols)
	for page in "$MAN9"/*; do
		grep -qx "$(basename "$page" .9)" <<<"$names" || rm "$page"
	done
}

section9() {
	local file files n
	mapfile -t files < <(documented_files)
	rm -rf "$MAN9"
	mkdir -p "$MAN9"
	for file in "${files[@]}"; do
		"$SOURCE/scripts/kernel-doc" -man -no-doc-sections "$file" | split_pages || return
	done
	remove_private_pages
	for n in 1 2 3 4 5 6; do
		echo '.so man9/KDEFER_DEFINE0.9' >"$MAN9/KDEFER_DEFINE$n.9"
		echo '.so man9/KDEFER_DEFINE_VOID0.9' >"$MAN9/KDEFER_DEFINE_VOID$n.9"
	done
	echo "${#files[@]} files"
}

# groff says on standard error what it does not understand; that a line of a table cannot be
# filled evenly is not counted.
man_pages_are_clean() {
	local page said bad=0
	for page in "$OUT"/man/man[79]/*; do
		said=$(cd "$OUT/man" && LC_ALL=C.UTF-8 MANWIDTH=100 \
			man --warnings -l "$page" 2>&1 >/dev/null |
			grep -vE -e "(cannot adjust|can't break) line|not fit on one page" \
				-e "above first line|table wider than line width" \
				-e "^warning: file '<standard input>', around line [0-9]+:\$")
		[ -z "$said" ] && continue
		printf '%s: %s\n' "$page" "$said"
		bad=1
	done
	return "$bad"
}

every_symbol_has_a_page() {
	local name bad=0
	for name in $(public_symbols); do
		[ -e "$MAN9/$name.9" ] && continue
		echo "$name has no kernel-doc comment"
		bad=1
	done
	[ -e "$MAN9/krecover.9" ] && return "$bad"
}

# Number, name, anchor and text of each reason for a throw.
REASON='KDEFER_REASON\(([0-9]+), [A-Z_]+, "([a-z-]+)",[[:space:]]*"(([^"\\]|\\.)*)"'

reasons() {
	tr -d '\n' <"$TOP/kmod/core/throw_reasons.h" | grep -oE "$REASON"
}

# Every reason for a throw, and every message of the host: with * for what varies, but for a
# function's name in front.
messages() {
	{
		reasons | sed -E "s/$REASON/\3/"
		cat "$TOP"/kmod/core/*.c "$TOP"/kmod/host/*.c | tr -d '\n' |
			grep -oE '(pr_warn|pr_err|WARN|WARN_ONCE)\([^"]*"([^"\\]|\\.)*"' |
			sed -E 's/^[^"]*"//; s/(\\n)?"$//'
	} | sed -E 's/%(l?u|#lx|\.\*s|[sd]|pB)/*/g; s/^\*: //'
	what_a_recovery_finds
}

# "NUMBER NAME" of each reason that fatal.rst explains, below an anchor of the same name.
explained_reasons() {
	# shellcheck disable=SC2016
	awk -F '[ ,`_:]+' '
		/^\.\. _/ { anchor = $2 }
		/^\t:Reason: / { print $3, $4 == anchor ? anchor : "without an anchor" }
	' "$DOC/fatal.rst"
}

every_reason_has_an_anchor() {
	diff <(reasons | sed -E "s/$REASON/\1 \2/" | sort) <(explained_reasons | sort)
}

# The words for each item of the context, which stand for a * above.
what_a_recovery_finds() {
	{
		sed -n '/KDEFER_ITEM/,/)$/p' "$TOP/include/kdefer/snapshot_items.h"
		grep 'return ' "$TOP/kmod/host/snapshot.c"
	} | grep -oE '"[^"]+"' | tr -d '"'
}

# The rules that comments refer to by number.
every_rule_is_listed() {
	local rule bad=0
	while IFS= read -r rule; do
		grep -qE "^$rule( |$)" "$DOC/rules.rst" && continue
		echo "rules.rst lacks $rule"
		bad=1
	done < <(cat "$TOP"/include/kdefer/*.h "$TOP"/kmod/*/*.[ch] "$TOP"/kunit/*.c |
		grep -oE '\b[DRPGXFSEK][0-9]{1,2}\b' | sort -u)
	return "$bad"
}

every_message_is_explained() {
	local message text bad=0
	text=$(tr -s ' \n\t' '   ' <"$DOC/fatal.rst")
	while IFS= read -r message; do
		[[ $text == *"$message"* ]] && continue
		echo "fatal.rst lacks: $message"
		bad=1
	done < <(messages)
	return "$bad"
}

# $1: name of the example
compile_example() {
	gcc "${SHIM_FLAGS[@]}" -O2 -g -Werror -DKBUILD_MODNAME="\"$1\"" -rdynamic \
		-fmacro-prefix-map="$DOC/examples/=" -o "$OUT/examples/$1" \
		"$DOC/examples/$1.c" "$DOC/examples/main.c" "$TOP/build/shim/libkdefer.a" -pthread
}

run_example() {
	timeout 60 "$OUT/examples/$1" 2>&1 | diff "$DOC/examples/$1.expected" -
}

# What is the same in the kernel, where the printout was taken, and in the shim.
printout() {
	sed -nE '/^(panic:|\t)/p; s/^kdefer: (uncaught panic|throw) in thread .*/\1/p
		s/^kdefer: raised at .*(\([a-z]+\.c:[0-9]+\))$/\1/p'
}

run_printout() {
	local wanted
	wanted=$(printout <"$DOC/examples/$1.txt")
	{ timeout 60 "$OUT/examples/$1" || true; } 2>&1 | printout | diff <(echo "$wanted") - &&
		[ -n "$wanted" ]
}

# The code of README.md is the code of the example that was compiled.
readme_example() {
	# shellcheck disable=SC2016
	diff <(sed -n '/^```c$/,/^```$/p' "$TOP/README.md" | sed '1d;$d') \
		<(sed -n '/^\/\* start example/,/^\/\* end example/p' "$DOC/examples/frob.c" |
			sed '1d;$d' | sed '$d')
}

quoted_paths() {
	# shellcheck disable=SC2016
	grep -oE '`[a-zA-Z-]+/[a-zA-Z0-9_/.-]*`' "$TOP/README.md" | tr -d '\`'
}

# Each file or folder that README.md and MAINTAINERS name is there.
named_files_exist() {
	local name bad=0
	while IFS= read -r name; do
		[[ $name == build/* || -e $TOP/$name ]] && continue
		echo "there is no $name"
		bad=1
	done < <(sed -nE 's/^F:\t//p' "$TOP/MAINTAINERS"; quoted_paths)
	return "$bad"
}

named_targets_exist() {
	local target bad=0
	while IFS= read -r target; do
		grep -q "^$target:" "$TOP/Makefile" && continue
		echo "there is no target $target in Makefile"
		bad=1
	done < <(cat "$TOP/README.md" "$DOC"/*.rst | grep -oE '`make [a-z]+' | cut -d ' ' -f 2)
	return "$bad"
}

examples() {
	local file name
	mkdir -p "$OUT/examples"
	NEED_GROUP=shim need gcc make
	make -s -C "$TOP/userspace-shim" >"$OUT/log-shim" 2>&1 ||
		die "the shim does not build; see $OUT/log-shim"
	read -ra SHIM_FLAGS < <(make -s -f "$TOP/userspace-shim/flags.mk" print-cflags)
	for file in "$DOC"/examples/*.c; do
		name=$(basename "$file" .c)
		[ "$name" = main ] && continue
		run "example $name compiles" compile_example "$name"
		[ ! -e "${file%.c}.expected" ] || run "example $name runs" run_example "$name"
		[ ! -e "${file%.c}.txt" ] || run "example $name prints" run_printout "$name"
	done
}

check() {
	run 'kernel-doc comments' kernel_doc
	run 'section 9 for the check' section9
	run 'every public symbol is documented' every_symbol_has_a_page
	run 'every message is explained' every_message_is_explained
	run 'every reason has an anchor' every_reason_has_an_anchor
	run 'every rule is listed' every_rule_is_listed
	run 'every rule has a test' "$TOP/tests/rules.py" --gaps
	run 'the example of README.md' readme_example
	run 'files that README.md names' named_files_exist
	run 'targets that are named' named_targets_exist
	examples
}

man_pages() {
	run 'man pages, section 7' sphinx man "$OUT/man"
	run 'man pages, section 9' section9
	run 'man pages are well-formed' man_pages_are_clean
}

main() {
	mkdir -p "$OUT"
	"$TOP/scripts/setup.sh" docs shim || exit
	SOURCE=$("$TOP/scripts/vm" source stock) || exit
	export KERNEL_SOURCE=$SOURCE
	case ${1-} in
	html) run HTML sphinx html "$OUT/html" ;;
	man) man_pages ;;
	check) check ;;
	*) die "usage: build.sh html|man|check" ;;
	esac
	return "$FAILED"
}

main "$@"
