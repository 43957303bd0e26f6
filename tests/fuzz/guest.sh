#!/bin/busybox sh
# shellcheck shell=dash
# What is to be true is called by name, and busybox has RANDOM.
# shellcheck disable=SC2317,SC3028
# SPDX-License-Identifier: GPL-2.0-only
#
# guest.sh SECONDS: three processes write to the sample device, again and again, what is in the
# folder corpus. Meanwhile others read the files of debugfs from anywhere, and write to them and to
# the parameters what nobody would. Prints TAP.

# shellcheck source=tests/guest/lib.sh
. ./lib.sh

DEVICE=/dev/kdefer_kv
DEBUG=/sys/kernel/debug/kdefer
PARAMETERS=/sys/module/kdefer/parameters
# What an address of the kernel looks like.
ADDRESS='(^|[^0-9a-f])f{4}[0-9a-f]{12}([^0-9a-f]|$)'

# $1: a file with requests. The answers of some do not fit, which ends the writing.
ask() {
	{
		cat "$1" >&3
		cat <&3
	} 3<>$DEVICE 2>/dev/null
}

# $1: number of this process
write_requests() {
	local input
	while [ ! -e enough ]; do
		for input in corpus/*"$1"; do
			while [ -e restart ]; do usleep 100000; done
			[ ! -e enough ] || return
			ask "$input" >"answers$1"
			grep -avE '^(OK|ERR)( |$)' "answers$1" >>wrong
			grep -aE "$ADDRESS" "answers$1" >>addresses
			wc -l <"answers$1" >>"requests$1"
		done
	done
}

# A request "quit" ends the server, and nobody else may have the device open to load it again.
restart_server() {
	echo count >question
	while [ ! -e enough ]; do
		sleep 1
		ask question | grep -q '^ERR -108 ' || continue
		touch restart
		until rmmod kdefer_kv; do usleep 100000; done 2>/dev/null
		insmod kdefer_kv.ko
		echo >>restarts
		rm restart
	done
}

read_debugfs() {
	local file
	while [ ! -e enough ]; do
		for file in "$DEBUG/tasks" "$DEBUG/stats"; do
			dd if="$file" bs=$((RANDOM % 500 + 1)) skip=$((RANDOM % 20)) count=20 |
				grep -aE "$ADDRESS" >>addresses
			echo >>reads
			echo "$RANDOM" >"$file" && echo "$file was written" >>wrong
		done
	done 2>/dev/null
}

# What no parameter takes leaves it as it was.
write_parameters() {
	local name word before long
	long=$(seq -s '' 2000)
	while [ ! -e enough ]; do
		for name in strict uncaught go_idle_ms; do
			before=$(cat $PARAMETERS/$name)
			for word in x "$before$before-" ' ' %s%n -1 99999999999 "$long" \
				"$RANDOM."; do
				printf '%s' "$word" >$PARAMETERS/$name &&
					echo "$name took '$word'" >>wrong
			done
			[ "$(cat $PARAMETERS/$name)" = "$before" ] ||
				echo "$name has changed" >>wrong
			echo >>words
		done
		usleep 100000
	done 2>/dev/null
}

nothing_left() {
	cat /sys/module/kdefer_kv/parameters/counts &&
		grep -q 'requests 0 buffers 0 locks 0' /sys/module/kdefer_kv/parameters/counts
}

nothing_wrong() {
	! sort -u wrong | grep -a .
}

# Of the kernel's own reports, which may have some, there are none.
no_addresses() {
	! { cat addresses; dmesg; } | grep -aE "$ADDRESS"
}

no_complaints() {
	dmesg >said
	! complaints said | grep -a .
}

unload() {
	rmmod kdefer_kv && rmmod kdefer
}

# $1: a file with a line for each time
many() {
	if [ -e "$1" ]; then wc -l <"$1"; else echo 0; fi
}

# $1: name; then what is to be true
check() {
	local name=$1 status=0
	shift
	"$@" >log 2>&1 || status=1
	report "$status" "$name"
}

echo 0 >/proc/sys/kernel/printk
[ ! -e $KMEMLEAK ] || echo scan=off >$KMEMLEAK
dmesg -c >/dev/null
insmod kdefer.ko && insmod kdefer_kv.ko || exit
: >wrong
: >addresses
for n in 0 1 2; do write_requests $n & done
restart_server & read_debugfs & write_parameters &
sleep "$1"
touch enough
wait
echo "# $(cat requests? | wc -l) inputs, $(cat requests? | awk '{ n += $1 } END { print n }')" \
	"requests, $(many restarts) servers more," \
	"$(many reads) reads of debugfs, $(many words) times all words to parameters"
check 'every request was answered, and nothing took what it must not' nothing_wrong
check 'nothing is left of the requests' nothing_left
check 'no address was shown' no_addresses
check 'all is unloaded' unload
check 'the kernel complains of nothing' no_complaints
if [ -e $KMEMLEAK ]; then
	scan_for_leaks
	! grep -A 20 . $KMEMLEAK | grep '\[kdefer\|0xffffffffc' >log
	report $? 'no leaks'
fi
exit "$FAILED"
