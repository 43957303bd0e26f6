#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# run.sh [stock|kunit [case]...]: panics through functions with the function graph tracer,
# kretprobes and fprobes on them, in guests of each kernel or of one; the cases stand in guest.sh.
# Prints TAP. Fails as well if the kernel has anything to complain of.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
TOP=$(cd "$HERE/../../.." && pwd)
# shellcheck source=scripts/lib.sh
. "$TOP/scripts/lib.sh"

# How often each thread goes through every way to leave functions. The KUnit kernel checks more.
declare -A ROUNDS=([stock]=500 [kunit]=60)
SWITCHES=5

STEADY=(none graph graph_trace graph_all graph_below probes probes_under_graph graph_over_probes
	pool reject)
# They change code while it is running.
CHANGING=(switching churn churn_under_graph removed removed_under_graph)

# $1: kernel, $2: option for scripts/vm run or '', then the cases
test_guest() {
	local name=$1 option=$2 modules log=$TOP/build/test/tracers-$1$2.log status=0
	shift 2
	modules=$("$SCRIPTS/vm" modules "$name")
	mkdir -p "${log%/*}"
	echo "# $name kernel $option"
	"$SCRIPTS/vm" run "$name" --timeout 1500 --memory 1536 \
		--log "$log" ${option:+"$option"} \
		--file "$modules/tests/guest/tracer/kdefer_tracer_test.ko" \
		--file "$HERE/guest.sh" --file "$TOP/tests/guest/lib.sh" \
		-- sh guest.sh "${ROUNDS[$name]-200}" "$SWITCHES" "$@" || status=$?
	if complaints "$log"; then
		log "the kernel complains; see $log"
		status=1
	fi
	return "$status"
}

test_kernel() {
	local status=0
	test_guest "$1" '' "${STEADY[@]}" || status=1
	test_guest "$1" --patching "${CHANGING[@]}" || status=1
	return "$status"
}

main() {
	local status=0
	case $# in
	0)
		test_kernel stock || status=1
		test_kernel kunit || status=1
		;;
	1) test_kernel "$1" || status=1 ;;
	*) test_guest "$1" --patching "${@:2}" || status=1 ;;
	esac
	return "$status"
}

main "$@"
