#!/bin/busybox sh
# shellcheck shell=dash
# SPDX-License-Identifier: GPL-2.0-only
#
# The guest's PID 1: runs /command in /guest with its output on the console. Through a serial port
# of its own, where no guest output can be mistaken for it, the host gets a line when the command
# starts, and then the command's status and the files asked for as one archive. An archive that is
# cut short is how the host sees that the kernel died.

/bin/busybox mkdir -p /bin /proc /sys /dev /tmp /guest
/bin/busybox --install -s /bin
export PATH=/bin HOME=/guest

mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
mount -t debugfs debugfs /sys/kernel/debug
mount -t tracefs tracefs /sys/kernel/tracing
mount -t tmpfs tmpfs /tmp
exec </dev/null >/dev/console 2>&1

# The port is a pipe for bytes, not a terminal. Which one it is depends on the machine, and some
# emulators emulate its speed too.
channel=/dev/$(cat /channel)
stty -F "$channel" 115200 raw -echo

# Booting was kept quiet; from here on the kernel's messages are part of the result.
dmesg -n 7

cd /guest || exit
echo started >"$channel"
sh /command
echo $? >/result/status

number=0
while read -r file; do
	[ -e "$file" ] && cp -r "$file" "/result/out$number"
	number=$((number + 1))
done </outputs

tar -C /result -czf "$channel" .
# The end of the archive must leave the port before the machine stops.
stty -F "$channel" -raw
# Restarting is announced as an emergency, and would stand at the end of every log.
echo 0 >/proc/sys/kernel/printk
reboot -f
