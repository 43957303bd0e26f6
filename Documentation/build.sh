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

# The tables that checked.rst and context.rst include.
tables() {
	"$TOP/tests/rules.py" >"$OUT/checked.inc" &&
		"$TOP/tests/items.py" --manual >"$OUT/items.inc"
}

# Draws a table of numbers for both of the manual's themes, and leaves what includes the drawings.
# $1: name; $2: how the numbers are laid out, log or linear; $3: what they are, in words; $4: with
# which script
chart() {
	local theme names rows columns longest table=$OUT/charts/$1.tsv
	names=$(head -n 1 "$table" | cut -f 2- | sed 's/^/"/; s/\t/" "/g; s/$/"/')
	rows=$(($(wc -l <"$table") - 1))
	columns=$(head -n 1 "$table" | tr -cd '\t' | wc -c)
	longest=$(cut -f 1 "$table" | wc -L)
	for theme in light:#222222 dark:#dddddd; do
		gnuplot -e "data='$table'; out='$OUT/charts/$1-${theme%:*}.svg'; unit='$3'" \
			-e "rows=$rows; columns=$columns; names='$names'; scale='$2'" \
			-e "ink='${theme#*:}'; longest=$longest" \
			"$DOC/figures/${4-bars.gp}" || return
		printf '.. image:: ../build/doc/charts/%s-%s.svg\n' "$1" "${theme%:*}"
		printf '   :class: only-%s\n   :alt: The table, as bars: %s\n\n' "${theme%:*}" "$3"
	done >"$OUT/charts/$1.inc"
}

# What "make coverage" has left, if it was run in this tree.
coverage_chart() {
	local table=$TOP/build/coverage/table.tsv
	if [ ! -e "$table" ]; then
		echo 'No coverage was measured in the tree that this manual was built in.' \
			>"$OUT/charts/coverage.inc"
		return
	fi
	cp "$table" "$OUT/charts/coverage.tsv"
	chart coverage linear 'per cent reached' || return
	cat >>"$OUT/charts/coverage.inc" <<-END
		.. csv-table:: Per cent reached, measured on $(date -u -r "$table" +%F)
		   :file: coverage.tsv
		   :delim: tab
		   :header-rows: 1
	END
}

charts() {
	NEED_GROUP=docs need gnuplot
	mkdir -p "$OUT/charts"
	cp "$DOC/figures/user-space.tsv" "$OUT/charts/"
	chart user-space log nanoseconds || return
	awk 'NR == 1 { print "What\tlimit\tkdefer" }
		NR > 1 && !/^bytes/ {
			name = $0
			sub(/ +[0-9]+ +[0-9]+$/, "", name)
			print name "\t" $NF "\t" $(NF - 1)
		}' "$DOC/examples/costs.txt" >"$OUT/charts/costs.tsv"
	chart costs log instructions || return
	cp "$DOC/figures/campaign.tsv" "$OUT/charts/"
	chart campaign linear 'per cent of the mutants' campaign.gp || return
	"$TOP/tests/campaign/report.py" rst "$DOC/figures/campaign.tsv" \
		>>"$OUT/charts/campaign.inc" || return
	"$TOP/tests/rules.py" --groups >"$OUT/charts/rules.tsv" || return
	chart rules linear rules || return
	coverage_chart
}

sphinx() {
	local builder=$1
	shift
	tables && charts || return
	NEED_GROUP=docs need sphinx-build
	# -E: what was built before would not be warned of again.
	sphinx-build -E -W --keep-going -q -b "$builder" -d "$OUT/doctrees" "$DOC" "$@"
}

# The files that have kernel-doc comments of what users call.
documented_files() {
	grep -lE '^/\*\*$' "$TOP"/include/kdefer/*.h "$TOP"/kmod/{core,host}/*.c
}

kernel_doc() {
	local files
	mapfile -t files < <(documented_files)
	"$SOURCE/scripts/kernel-doc" -none -Werror "${files[@]}"
}

section9() {
	local files
	mapfile -t files < <(documented_files)
	rm -rf "$MAN9"
	mkdir -p "$MAN9"
	"$SOURCE/scripts/kernel-doc" -man -no-doc-sections "${files[@]}" |
		"$DOC/symbols.py" pages "$MAN9"
}

# groff says on standard error what it does not understand; that a line of a table cannot be
# filled evenly is not counted.
man_pages_are_clean() {
	local page said bad=0
	for page in "$OUT"/man/man[1789]/*; do
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

# $1: name of the example
compile_example() {
	gcc "${SHIM_FLAGS[@]}" -O2 -g -Werror -DKBUILD_MODNAME="\"$1\"" -rdynamic \
		-fmacro-prefix-map="$DOC/examples/=" -o "$OUT/examples/$1" \
		"$DOC/examples/$1.c" "$TOP/samples/concepts/shim-main.c" \
		"$TOP/build/shim/libkdefer.a" -pthread
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

examples() {
	local file name
	mkdir -p "$OUT/examples"
	NEED_GROUP=shim need gcc make
	make -s -C "$TOP/userspace-shim" >"$OUT/log-shim" 2>&1 ||
		die "the shim does not build; see $OUT/log-shim"
	read -ra SHIM_FLAGS < <(make -s --no-print-directory -f "$TOP/userspace-shim/flags.mk" \
		print-cflags)
	for file in "$DOC"/examples/*.c; do
		name=$(basename "$file" .c)
		run "example $name compiles" compile_example "$name"
		[ ! -e "${file%.c}.expected" ] || run "example $name runs" run_example "$name"
		[ ! -e "${file%.c}.txt" ] || run "example $name prints" run_printout "$name"
	done
}

check() {
	local name
	run 'kernel-doc comments' kernel_doc
	run 'section 9 for the check' section9
	run 'every public symbol is documented' "$DOC/symbols.py" missing "$MAN9"
	run 'every rule has a test' "$TOP/tests/rules.py" --gaps
	run 'every item of the context has a test' "$TOP/tests/items.py" --untested
	while IFS= read -r name; do
		run "$name" "$DOC/checks.py" "$name"
	done < <("$DOC/checks.py" --list)
	examples
}

man_pages() {
	run 'man pages, sections 1, 7 and 8' sphinx man "$OUT/man"
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
