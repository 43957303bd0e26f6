#!/bin/busybox sh
# shellcheck shell=dash
# SPDX-License-Identifier: GPL-2.0-only
#
# guest.sh FOLDER: lets each call of the drivers in FOLDER fail in turn, and prints what becomes of
# it: the errno, and what is held then. FOLDER/before and FOLDER/after have the drivers.

FOLDER=$1
POINT=/sys/module/inject/parameters

# Arms the failure of call $1.
arm() {
	echo "$1" >$POINT/fail_at
	echo 0 >$POINT/calls
}

# What the driver holds; nothing fails behind this.
held() {
	echo 0 >$POINT/fail_at
	echo "held: $(cat $POINT/held)"
}

# The reason out of what insmod or the shell says.
reason() {
	local said=${1##*: }
	echo "${said:-no error}"
}

# $1: the driver's module, the rest: parameters. Prints the outcome of one load.
load_once() {
	local said
	if said=$(insmod "$@" 2>&1); then
		echo "loads; $(held)"
		rmmod "null_blk_$WHICH"
		echo "    unloaded; $(held)"
	else
		echo "$(reason "$said"); $(held)"
	fi
}

# Each call of null_blk's initialisation, until the one behind the last.
null_blk() {
	local n=1
	echo "null_blk $2 $3 $4"
	while :; do
		arm $n
		echo "  $n: $(load_once "$@")"
		[ "$(cat $POINT/calls)" -ge $n ] || return
		n=$((n + 1))
	done
}

# A device by configfs: made, given bad blocks, switched on, given another queue, and removed.
switch_once() {
	local dir=/sys/kernel/config/nullb/one said
	said=$(mkdir $dir 2>&1) || { echo "mkdir: $(reason "$said"); $(held)"; return; }
	said=$( (echo +1-5 >$dir/badblocks) 2>&1) || echo "badblocks: $(reason "$said")"
	said=$( (echo 5-1 >$dir/badblocks) 2>&1) || echo "bad badblocks: $(reason "$said")"
	said=$( (echo 1 >$dir/power) 2>&1) || echo "power: $(reason "$said")"
	said=$( (echo 1 >$dir/power) 2>&1) || echo "power again: $(reason "$said")"
	said=$( (echo 2 >$dir/submit_queues) 2>&1) || echo "queues: $(reason "$said")"
	echo "switched, $(cat $dir/submit_queues) queues; $(held)"
	rmdir $dir
	echo "removed; $(held)"
}

configfs() {
	local n=1 calls
	echo "null_blk by configfs"
	arm 0
	insmod "$1" nr_devices=0
	while :; do
		arm $n
		switch_once | sed "s/^/  $n: /"
		calls=$(cat $POINT/calls)
		[ "$calls" -ge $n ] || break
		n=$((n + 1))
	done
	rmmod "null_blk_$WHICH"
	echo "  unloaded; $(held)"
}

veth() {
	local n=1
	echo "veth"
	arm 0
	insmod "$1"
	while :; do
		arm $n
		echo "  $n:$("$FOLDER/client"); $(held), devices: $(grep -c : /proc/net/dev)"
		[ "$(cat $POINT/calls)" -ge $n ] || break
		n=$((n + 1))
	done
	rmmod "veth_$WHICH"
	echo "  unloaded; $(held)"
}

drivers() {
	local null_blk=$FOLDER/$WHICH/null_blk/null_blk_$WHICH.ko
	null_blk "$null_blk" nr_devices=2
	null_blk "$null_blk" nr_devices=2 shared_tags=1
	null_blk "$null_blk" nr_devices=1 queue_mode=0 submit_queues=2
	null_blk "$null_blk" nr_devices=1 zoned=1 zone_size=64 gb=1
	configfs "$null_blk"
	veth "$FOLDER/$WHICH/veth/veth_$WHICH.ko"
}

insmod "$FOLDER/configfs.ko"
mount -t configfs configfs /sys/kernel/config
insmod "$FOLDER/inject/inject.ko"
for WHICH in before after; do
	echo "# $WHICH"
	drivers
done
