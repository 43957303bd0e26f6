#!/bin/busybox sh
# shellcheck shell=dash
# shellcheck disable=SC2317 # the cases are called by their names
# SPDX-License-Identifier: GPL-2.0-only
#
# guest.sh ROUNDS SWITCHES case...: runs in the guest, in a folder with the modules. ROUNDS is how
# often each thread goes through every way to leave functions, SWITCHES how often something is
# switched on and off meanwhile. Prints TAP.

ROUNDS=$1
SWITCHES=$2
shift 2
TRACING=/sys/kernel/tracing
PARAMETERS=/sys/module/kdefer_tracer_test/parameters
OURS='*:mod:kdefer*'
# shellcheck source=tests/guest/lib.sh
. ./lib.sh

# Fails when a return went wrong; the kernel's log says which.
act() {
	echo "$2" >"$PARAMETERS/$1"
}

graph_on() {
	echo "$1" >"$TRACING/set_ftrace_filter" && echo function_graph >"$TRACING/current_tracer"
}

graph_off() {
	echo nop >"$TRACING/current_tracer" && echo >"$TRACING/set_ftrace_filter"
}

count() {
	grep -c "$1" <"$TRACING/trace"
}

# The trace agrees: what returns has returned as often as it was entered, what is skipped never.
trace_is_right() {
	local entered returned skipped ended
	echo >"$TRACING/trace"
	act run 1 || return
	echo 0 >"$TRACING/tracing_on"
	entered=$(count 'tracee_outer_2.*() {')
	returned=$(count '} /\* tracee_outer_2')
	skipped=$(count 'tracee_skip_2.*() {')
	ended=$(count '} /\* tracee_skip_2')
	echo "# trace: tracee_outer_2 entered $entered times, returned $returned times," \
		"tracee_skip_2 entered $skipped times, returned $ended times"
	[ "$entered" -gt 0 ] && [ "$entered" -eq "$returned" ] &&
		[ "$skipped" -gt 0 ] && [ "$ended" -eq 0 ]
}

case_none() {
	act run "$ROUNDS"
}

case_graph() {
	graph_on "$OURS" && act run "$ROUNDS"
}

case_graph_trace() {
	echo 1 >"$TRACING/options/funcgraph-tail"
	graph_on "$OURS" && trace_is_right
}

case_graph_all() {
	graph_on '' && act run $((ROUNDS / 20))
}

case_graph_below() {
	echo tracee_outer_2 >"$TRACING/set_graph_function"
	graph_on "$OURS" && act run "$ROUNDS"
}

# Panics one run after the other until the file says that it is enough.
run_on() {
	local status=0
	while [ ! -e enough ]; do
		act run 5 || status=1
	done
	return "$status"
}

case_switching() {
	local runner i
	rm -f enough
	echo "$OURS" >"$TRACING/set_ftrace_filter"
	run_on &
	runner=$!
	for i in $(seq "$SWITCHES"); do
		echo function_graph >"$TRACING/current_tracer"
		sleep 0.$((i % 4))
		echo function >"$TRACING/current_tracer"
		echo nop >"$TRACING/current_tracer"
	done
	touch enough
	wait "$runner"
}

case_probes() {
	act probes 1 && act run "$ROUNDS" && act run "$ROUNDS"
}

case_probes_under_graph() {
	graph_on "$OURS" && act probes 1 && act run "$ROUNDS"
}

case_graph_over_probes() {
	act probes 1 && graph_on "$OURS" && act run "$ROUNDS" && graph_off && act run "$ROUNDS"
}

case_churn() {
	act churn "$SWITCHES"
}

case_churn_under_graph() {
	graph_on "$OURS" && act churn "$SWITCHES"
}

case_removed() {
	act removed "$SWITCHES"
}

case_removed_under_graph() {
	graph_on "$OURS" && act removed "$SWITCHES"
}

case_pool() {
	act pool "$ROUNDS"
}

case_reject() {
	act reject 1
}

# All that was skipped until here is this module's, which may skip it.
case_alarms() {
	! dmesg | grep -E 'kdefer: (thread .*|panics have) skipped '
}

clean_up() {
	act probes 0
	graph_off
	echo >"$TRACING/set_graph_function"
	echo >"$TRACING/trace"
	echo 1 >"$TRACING/tracing_on"
}

run_case() {
	local status=0
	"case_$1" || status=1
	clean_up || status=1
	report "$status" "$1"
}

unload() {
	rmmod kdefer_tracer_test && rmmod kdefer
}

# Those of the boot are not ours. Scanning by itself, it keeps a CPU for minutes, and who waits for
# all tasks to have left a trampoline.
forget_leaks() {
	scan_for_leaks && echo clear >$KMEMLEAK && echo scan=off >$KMEMLEAK
}

no_leaks() {
	scan_for_leaks || return
	cat $KMEMLEAK >leaks
	cat leaks
	[ ! -s leaks ]
}

check_leaks() {
	if [ -e $KMEMLEAK ]; then
		no_leaks
		report $? "no leaks"
	else
		skip "no leaks" "this kernel has no kmemleak"
	fi
}

echo "1..$(($# + 2))"
[ ! -e $KMEMLEAK ] || forget_leaks
insmod kdefer.ko && insmod kdefer_tracer_test.ko || exit
for name; do
	run_case "$name"
done
unload
report $? unload
check_leaks
exit $FAILED
