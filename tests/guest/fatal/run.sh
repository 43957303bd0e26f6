#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Runs the fatal cases, each in a guest of its own; checks what is printed and what ends.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
TOP=$(cd "$HERE/../../.." && pwd)
# shellcheck source=scripts/lib.sh
. "$TOP/scripts/lib.sh"

CASES=$HERE/cases
LOGS=$TOP/build/fatal
# Guests at a time.
JOBS=2

usage() {
	cat >&2 <<-END
	usage: run.sh [--shim | --stock | --rt | --kunit]... [case]...

	Runs all cases, or those named, on Debian's kernels and the KUnit kernel, or where told to.
	The log of each run stays in build/fatal.
	END
	exit 2
}

# Prints each value of field $2 in the paragraph of case $1.
field() {
	awk -v name="$1" -v field="$2" '
		$1 == "case" { on = $2 == name; next }
		on && $1 == field { sub(/^[^ ]* /, ""); print }
	' "$CASES"
}

all_cases() {
	awk '$1 == "case" { print $2 }' "$CASES"
}

applies() {
	grep -qw "$2" <<<"$(field "$1" on)"
}

prepare() {
	local modules
	case $1 in
	shim)
		make -s -f "$HERE/Makefile.shim" O="$TOP/build/shim" \
			"$TOP/build/shim/fatal" >&2
		;;
	*)
		KERNEL[$1]=$("$SCRIPTS/kernel.sh" "$1")
		modules=$("$SCRIPTS/build-modules.sh" "$1")
		# A copy, for whoever builds them again meanwhile.
		mkdir "$TMP/$1"
		cp "$modules/kmod/kdefer.ko" "$modules/tests/guest/fatal/kdefer_fatal.ko" "$TMP/$1/"
		;;
	esac
}

run_in_guest() {
	local host=$1 name=$2 log=$3 expect_death=()
	[ "$(field "$name" ends)" != machine ] || expect_death=(--expect-death)
	"$SCRIPTS/run-qemu.sh" --kernel "${KERNEL[$host]}" --timeout 120 --log "$log" \
		"${expect_death[@]}" --file "$TMP/$host/kdefer.ko" \
		--file "$TMP/$host/kdefer_fatal.ko" -- \
		"insmod kdefer.ko $(field "$name" load) && insmod kdefer_fatal.ko case=$name" \
		>/dev/null
}

# A process dies of what would end a thread of the kernel, and of a signal that says so.
run_in_process() {
	local name=$1 log=$2 status=0 load
	load=$(field "$name" load)
	KDEFER_UNCAUGHT=${load#uncaught=} timeout 60 "$TOP/build/shim/fatal" "case=$name" \
		>"$log" 2>&1 || status=$?
	case $(field "$name" ends) in
	nothing) [ "$status" -eq 0 ] && return ;;
	*) [ "$status" -eq 134 ] && return ;;
	esac
	echo "the process ended with status $status"
	return 1
}

# The log without the time that the kernel puts in front of each line.
lines() {
	sed -E 's/^\[ *[0-9]+\.[0-9]+\] //' "$1"
}

check_log() {
	local name=$1 log=$2 regex found at=0 text
	text=$(lines "$log")
	while read -r regex; do
		found=$(tail -n +$((at + 1)) <<<"$text" | grep -nP -e "$regex" | cut -d : -f 1)
		if [ -z "$found" ]; then
			echo "not printed$([ "$at" -eq 0 ] || echo " after line $at"): $regex"
			return 1
		fi
		at=$((at + ${found%%$'\n'*}))
	done < <(field "$name" expect)
	while read -r regex; do
		grep -qPe "$regex" <<<"$text" || continue
		echo "printed, and must not be: $regex"
		return 1
	done < <(field "$name" never)
}

# What must be so in every case: whoever survives works, and nobody else's checks complain.
check_end() {
	local name=$1 host=$2 log=$3 ends
	ends=$(field "$name" ends)
	if [ "$ends" != machine ] && [ "$host$ends" != shimthread ] &&
		! grep -q 'kdefer_fatal: others are alive' "$log"; then
		echo "other threads did not survive"
		return 1
	fi
	if [ "$ends" != nothing ] && grep -q "kdefer_fatal: $name went on" "$log"; then
		echo "the thread went on"
		return 1
	fi
	# Without a "may" nothing is left out.
	if grep -E 'BUG: KASAN|UBSAN:|stack guard page|stack-protector:|double fault:' "$log" |
		grep -vE "$(field "$name" may | grep . || echo '^$')"; then
		return 1
	fi
}

judge() {
	local host=$1 name=$2 log=$3 why=
	if [ "$host" = shim ]; then
		why=$(run_in_process "$name" "$log")
	else
		why=$(run_in_guest "$host" "$name" "$log" 2>&1)
	fi && why=$(check_log "$name" "$log") && why=$(check_end "$name" "$host" "$log") && return
	printf '%s\n' "${why:-failed}"
	return 1
}

run_one() {
	local number=$1 host=$2 name=$3 log=$LOGS/$2-$3.log why
	if why=$(judge "$host" "$name" "$log"); then
		echo "ok $number $host $name"
		echo ok >>"$RESULTS"
		return
	fi
	# One write, so that the lines of two runs do not mix.
	printf 'not ok %s %s %s\n# %s\n# log: %s\n' "$number" "$host" "$name" \
		"${why//$'\n'/$'\n# '}" "$log"
	echo failed >>"$RESULTS"
}

parse() {
	HOSTS=() NAMES=()
	while [ $# -gt 0 ]; do
		case $1 in
		--shim | --stock | --rt | --kunit) HOSTS+=("${1#--}") ;;
		-*) usage ;;
		*) NAMES+=("$1") ;;
		esac
		shift
	done
	[ ${#HOSTS[@]} -gt 0 ] || HOSTS=(stock rt kunit)
	[ ${#NAMES[@]} -gt 0 ] || mapfile -t NAMES < <(all_cases)
	local name
	for name in "${NAMES[@]}"; do
		all_cases | grep -qx "$name" || die "there is no case $name in $CASES"
	done
}

main() {
	local host name number=0 passed failed
	declare -A KERNEL=()
	parse "$@"
	mkdir -p "$LOGS"
	TMP=$(mktemp -d)
	trap 'rm -rf "$TMP"' EXIT
	RESULTS=$TMP/results
	touch "$RESULTS"
	for host in "${HOSTS[@]}"; do
		prepare "$host"
		for name in "${NAMES[@]}"; do
			applies "$name" "$host" || continue
			while [ "$(jobs -rp | wc -l)" -ge "$JOBS" ]; do
				wait -n
			done
			number=$((number + 1))
			run_one "$number" "$host" "$name" &
		done
	done
	wait
	passed=$(grep -cx ok "$RESULTS" || true)
	failed=$((number - passed))
	echo "fatal: $passed passed, $failed failed"
	[ "$number" -gt 0 ] || die "none of these cases applies to: ${HOSTS[*]}"
	[ "$failed" -eq 0 ]
}

main "$@"
