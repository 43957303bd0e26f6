#!/bin/busybox sh
# shellcheck shell=dash
# SPDX-License-Identifier: GPL-2.0-only
#
# guest.sh SECONDS FEATURES: runs in the guest, in a folder with the modules. Has the test module do
# known things, and compares what tracefs and debugfs say of them, line by line; then has two
# readers look for SECONDS, while all changes. FEATURES are words of scripts/vm features. Prints
# TAP.

SECONDS_OF_STORM=$1
FEATURES=$2
TRACING=/sys/kernel/tracing
EVENTS=$TRACING/events/kdefer
KDEFER=/sys/kernel/debug/kdefer
DEBUG=/sys/kernel/debug/dynamic_debug/control
PARAMETERS=/sys/module/kdefer_observe_test/parameters
# shellcheck source=tests/guest/lib.sh
. ./lib.sh

# $1: name, $2: file with what there is; standard input: what there must be.
compare() {
	local status=0
	cat >expected
	diff expected "$2" || status=1
	report "$status" "$1"
}

do_it() {
	echo "$2" >"$PARAMETERS/$1"
}

# Without what changes from run to run, and from compiler to compiler.
plain_names() {
	sed 's/ \[kdefer[a-z_]*\]//g; s/+0x[0-9a-f]*\/0x[0-9a-f]*//g
		s/\.\(constprop\|isra\|part\|cold\)[.0-9]*//g; s/widget([^)]*)/widget(PTR)/g
		s/\.c:[1-9][0-9]*)/.c:N)/'
}

# The events in the trace, without thread, CPU and time.
events() {
	# A function that ends in a call is on the stack or not, as the compiler likes.
	sed -n '/^#/d; s/kdefer_call_any/kdefer_unwind_thunk/; s/^[^:]*: //p' "$TRACING/trace" |
		plain_names
}

# $1: parameter, $2: action; standard input: its events.
trace_action() {
	echo >"$TRACING/trace"
	do_it "$1" "$2"
	events >seen
	compare "events of $1 $2" seen
}

trace_returns() {
	trace_action act plain <<-END
	defer: free_a in plain
	defer: free_b in plain
	run: free_b of plain on return
	run: free_a of plain on return
	END
	trace_action act linked <<-END
	defer: look in linked
	defer: free_a in linked
	defer: free_a in linked
	defer: free_a in linked
	defer: free_a in linked
	defer: free_b in linked
	run: free_b of linked on return
	run: free_a of linked on return
	run: free_a of linked on return
	run: free_a of linked on return
	run: free_a of linked on return
	run: look of linked on return
	END
}

trace_panics() {
	local nil='runtime error: invalid memory address or nil pointer dereference' parameter
	local nothing='runtime error: panic called with nil argument'
	local here='(kdefer_observe_test.c:N)'
	# The same whether kdefer started the thread or has to look it up.
	for parameter in act visit; do
		trace_action "$parameter" recovered <<-END
		defer: free_a in recovered
		defer: stop in recovered
		defer: free_b in recovered
		panic: -EIO, err -5, raised at fail $here
		run: free_b of recovered on panic
		run: stop of recovered on panic
		recover: -EIO, err -5, by stop of recovered
		run: free_a of recovered on return
		END
	done
	trace_action act nil <<-END
	defer: stop in nil
	defer: __kdefer_nil in nil
	panic: $nothing, err -131, raised at fail $here
	run: __kdefer_nil of nil on panic
	panic: $nil, err -14, raised at kdefer_unwind_thunk (??:0)
	take_over: $nothing, by $nil
	resume: $nil, next in nil
	run: stop of nil on panic
	recover: $nil, err -14, by stop of nil
	END
	trace_action act replaced <<-END
	defer: stop in replaced
	defer: fail_again in replaced
	panic: widget(PTR), err -131, raised at fail_widget $here
	run: fail_again of replaced on panic
	panic: step 2, err -131, raised at fail_text $here
	take_over: widget(PTR), by step 2
	resume: step 2, next in replaced
	run: stop of replaced on panic
	recover: step 2, err -131, by stop of replaced
	END
	trace_action act guarded <<-END
	defer: stop in guarded
	defer: class_mutex_destructor in guarded
	panic: -EIO, err -5, raised at fail $here
	run: class_mutex_destructor of guarded on panic
	run: stop of guarded on panic
	recover: -EIO, err -5, by stop of guarded
	END
	trace_action act sealed <<-END
	defer: class_mutex_destructor in sealed
	defer: stop in sealed
	panic: -EIO, err -5, raised at fail $here
	run: stop of sealed on panic
	recover: -EIO, err -5, by stop of sealed
	run: class_mutex_destructor of sealed on return
	END
}

trace_ends() {
	local here='(kdefer_observe_test.c:N)'
	trace_action act goexit <<-END
	defer: free_a in goexit
	goexit: code 7, called at leave
	run: free_a of goexit on goexit
	END
	trace_action act left <<-END
	defer: free_a in left
	defer: leave_again in left
	panic: step 3, err -131, raised at fail_text $here
	run: leave_again of left on panic
	goexit: code 9, called at leave
	take_over: step 3, by goexit, code 9
	resume: goexit, code 9, next in left
	run: free_a of left on goexit
	END
	trace_action act disturbed <<-END
	defer: free_a in disturbed
	defer: fail_again in disturbed
	goexit: code 7, called at leave
	run: fail_again of disturbed on goexit
	panic: step 2, err -131, raised at fail_text $here
	take_over: goexit, code 7, by step 2
	resume: step 2, then goexit, code 7, next in disturbed
	run: free_a of disturbed on panic
	uncaught: step 2, err -131, raised at fail_text, ends the thread
	END
	trace_action act uncaught <<-END
	defer: free_a in uncaught
	panic: -ENXIO, err -6, raised at fail $here
	run: free_a of uncaught on panic
	uncaught: -ENXIO, err -6, raised at fail, ends the thread
	END
	trace_action act run <<-END
	defer: free_b in run
	defer: free_a in uncaught
	panic: -ENXIO, err -6, raised at fail $here
	run: free_a of uncaught on panic
	uncaught: -ENXIO, err -6, raised at fail, ends kdefer_run()
	run: free_b of run on return
	END
}

# How often each thing was counted since the file "before" was made.
counted() {
	awk '
		NR == FNR { before[$1] = $2; next }
		{ print $1, $2 - before[$1] }' before "$KDEFER/stats"
}

check_events() {
	cat "$KDEFER/stats" >before
	echo 1 >"$EVENTS/enable"
	trace_returns
	trace_panics
	trace_ends
	echo 0 >"$EVENTS/enable"
	counted >seen
	compare "what these actions add to stats" seen <<-END
	panics 12
	faults 0
	recoveries 6
	take_overs 4
	aborted 3
	uncaught 3
	goexits 3
	throws 0
	threads_started 12
	threads_ended 12
	threads_killed 0
	roots 1
	skipped 0
	chunks 0
	END
	echo >"$TRACING/trace"
	do_it act recovered
	events >seen
	compare "no events when they are off" seen </dev/null
}

# One alone: its neighbours stay silent.
check_single_event() {
	local event lines=''
	for event in defer run panic take_over resume recover goexit uncaught; do
		echo 1 >"$EVENTS/$event/enable"
		echo >"$TRACING/trace"
		do_it act recovered
		do_it act replaced
		do_it act goexit
		do_it act run
		echo 0 >"$EVENTS/$event/enable"
		lines="$lines $event $(events | grep -c "^$event: ")/$(events | grep -c .)"
	done
	echo "$lines" >seen
	compare "each event alone" seen <<-END
	 defer 8/8 run 8/8 panic 4/4 take_over 1/1 resume 1/1 recover 2/2 goexit 1/1 uncaught 1/1
	END
}

expected_tasks() {
	cat <<-END
	parked[N] kthread, used at most N of N bytes of stack at a panic
	  kdefer_run attempt
	    frame park_in_cleanup
	      defer free_c
	    panic step 7, raised at fail_text [recovered], running stop_and_park
	    frame inner
	      defer free_c
	      defer free_b
	      defer free_a
	      defer free_a
	      defer free_a
	      defer free_a
	  thread parked_main
	    panic widget(PTR), raised at fail_widget [recovered], running retry
	    frame outer
	      defer look
	      defer free_a
	visitor[N] foreign, used at most N of N bytes of stack at a panic
	  kdefer_run leave_run
	    goexit, code 5, running park_deferred
	    frame leaving
	      defer free_b
	  root visitor
	    frame visitor
	      defer class_mutex_destructor
	      defer free_a
	END
}

# $1: a copy of the file tasks, $2: names. What it says of those threads, which stand still.
parked_tasks() {
	awk -v names="$2" '/^[^ ]/ { show = $0 ~ "^(" names ")\\[" } show' "$1" | plain_names |
		sed 's/\[[0-9]*\]/[N]/; s/used at most [0-9]* of [0-9]*/used at most N of N/'
}

# A panic upon a goexit, another that is over but for a guard, and more than there is room for.
expected_crowd() {
	local i
	cat <<-END
	crowded[N] kthread, used at most N of N bytes of stack at a panic
	  kdefer_run leave_badly_run
	    recovered panic, running class_parker_destructor
	    panic step 2, raised at fail_text, then goexit, code 6, running park_below
	  thread crowded_main
	    frame crowd
	END
	for i in $(seq 251); do
		echo '      defer free_a'
	done
	echo '  (more, not shown)'
}

# What is used of the stack is neither nothing nor all of it.
stack_is_plausible() {
	awk '
		/used at most/ {
			for (i = 1; i < NF; i++)
				if ($i == "most") { used = $(i + 1); size = $(i + 3) }
			if (used < 500 || used >= size)
				exit 1
			n++
		}
		END { exit n != 3 }' "$1"
}

check_parked() {
	do_it park 1
	cat "$KDEFER/tasks" >tasks
	parked_tasks tasks 'parked|visitor' >seen
	expected_tasks >parked
	compare "threads that stand still" seen <parked
	parked_tasks tasks crowded >seen
	expected_crowd >crowd
	compare "a thread of which not all is shown" seen <crowd
	stack_is_plausible tasks
	report $? "their deepest stack"
}

# It has a CPU, unless it is the reader's turn on that one.
check_spinning() {
	local i
	do_it spin 1
	for i in 1 2 3 4 5 6 7 8 9 10; do
		grep '^spinning\[' "$KDEFER/tasks"
	done >seen
	do_it spin 0
	grep -q ' (changing)$' seen
	report $? "a thread that runs meanwhile is marked"
}

# $1: number of the reader. Looks until the file says that it is enough, and counts what was wrong.
read_on() {
	local reads=0 wrong=0 i
	while [ ! -e enough ]; do
		cat "$KDEFER/tasks" >"tasks$1"
		for i in 1 2 3 4 5 6 7 8; do
			cat "$KDEFER/tasks" "$KDEFER/stats"
		done >/dev/null
		parked_tasks "tasks$1" 'parked|visitor' >"parked$1"
		if ! cmp -s parked "parked$1"; then
			wrong=$((wrong + 1))
			cp "tasks$1" "wrong$1"
		fi
		[ "$(grep -c '^storm\[' "tasks$1")" -le 3 ] || wrong=$((wrong + 1))
		reads=$((reads + 9))
	done
	echo "$reads $wrong" >"readings$1"
}

# Events are switched on and off while they happen.
switch_on() {
	while [ ! -e enough ]; do
		echo 1 >"$EVENTS/enable"
		sleep 0.2
		echo 0 >"$EVENTS/enable"
		sleep 0.2
	done
}

# Every thread that started has ended, and every panic as well, in one way.
books_are_balanced() {
	awk '
		{ n[$1] = $2 }
		END {
			threads = n["threads_started"]
			exit !(threads > 20 && threads == n["threads_ended"] &&
				n["goexits"] > 20 && n["aborted"] > 20 &&
				n["take_overs"] >= n["aborted"] &&
				n["panics"] == n["recoveries"] + n["uncaught"] + n["aborted"])
		}' "$1"
}

check_storm() {
	local reads wrong i
	rm -f enough
	read_on 1 &
	read_on 2 &
	switch_on &
	do_it storm "$SECONDS_OF_STORM"
	touch enough
	wait
	for i in 1 2; do
		read -r reads wrong <"readings$i"
		echo "# reader $i: read $reads times, $wrong times not what it must be"
		if [ -e "wrong$i" ]; then
			cat "wrong$i"
		fi
		[ "$reads" -gt 0 ] && [ "$wrong" -eq 0 ]
		report $? "reader $i while all changes"
	done
	do_it park 0
	cat "$KDEFER/tasks" >seen
	compare "no threads in the end" seen </dev/null
	counted >seen
	if ! books_are_balanced seen; then
		cat seen
		false
	fi
	report $? "the books are balanced"
}

check_debug() {
	local used='used at most [0-9]* of [0-9]* bytes of stack at a panic' lines
	local name='the stack that a thread has used, itself or in a kdefer_run()'
	if [ ! -e "$DEBUG" ]; then
		skip "$name" "this kernel has no dynamic debug"
		return
	fi
	echo 'module kdefer +p' >"$DEBUG"
	do_it act recovered
	do_it act run
	lines=$(dmesg | grep -c "kdefer: thread act\[[0-9]*\] $used")
	[ "$lines" -eq 2 ]
	report $? "$name"
	echo 'module kdefer -p' >"$DEBUG"
}

# Last: an oops ends lockdep.
check_throw() {
	local text='recovery with interrupts disabled since the KDEFER function was entered:'
	text="$text defer the release right after the acquire"
	if ! echo "$FEATURES" | grep -qx bug; then
		skip "what is seen of throws" "a BUG() ends the machine"
		return
	fi
	echo '# throw, and its oops'
	cat "$KDEFER/stats" >before
	echo >"$TRACING/trace"
	echo 1 >"$EVENTS/throw/enable"
	echo 1 >"$EVENTS/uncaught/enable"
	do_it act throw
	# The oops has switched it off.
	echo 1 >"$TRACING/tracing_on"
	do_it stray uncaught
	echo 0 >"$EVENTS/uncaught/enable"
	echo 0 >"$EVENTS/throw/enable"
	echo '# the oops is over'
	events >seen
	# An event has room for so much of the text.
	compare "events of throws" seen <<-END
	throw: reason 6: $(echo "$text" | cut -c1-111)
	uncaught: -ENXIO, err -6, raised at fail, ends in a throw
	throw: reason 4: panic on a task that kdefer did not start: recover it, or call kdefer_run()
	END
	cat "$KDEFER/tasks" >seen
	compare "a killed thread is not shown" seen </dev/null
	counted | grep -E 'thr' >seen
	compare "a killed thread is counted" seen <<-END
	throws 2
	threads_started 1
	threads_ended 0
	threads_killed 1
	END
}

insmod kdefer.ko && insmod kdefer_observe_test.ko || exit
check_events
check_single_event
check_debug
cat "$KDEFER/stats" >before
check_spinning
check_parked
check_storm
check_throw
rmmod kdefer_observe_test && rmmod kdefer
report $? unload
echo "1..$NUMBER"
exit $FAILED
