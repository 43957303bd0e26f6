#!/bin/busybox sh
# shellcheck shell=dash
# Cases are called by name.
# shellcheck disable=SC2317
# SPDX-License-Identifier: GPL-2.0-only
#
# guest.sh: runs in the guest, beside the module, two samples, kdefer-metrics, the manual's bpftrace
# programs and what each is to find. Prints TAP, and leaves the metrics and the counts in files.

# shellcheck source=tests/guest/lib.sh
. ./lib.sh

# $1: name; then what is to be true
check() {
	local name=$1 status=0
	shift
	"$@" >log 2>&1 || status=1
	report "$status" "$name"
}

refuses_without_debugfs() {
	! KDEFER_DEBUGFS=/nowhere sh kdefer-metrics -o half 2>said &&
		grep 'CONFIG_DEBUG_FS' said && [ ! -e half ]
}

is_alone_without_module() {
	sh kdefer-metrics >unloaded && [ "$(grep -cv '^#' unloaded)" -eq 1 ] &&
		grep -x 'kdefer_loaded 0' unloaded
}

# $1: number of the program. All that it is to find stands in the file of that number, as extended
# regular expressions.
finds() {
	local expression
	bpftrace "$1.bt" -c "/bin/busybox sh $PWD/load.sh" >found 2>&1
	cat found
	while IFS= read -r expression; do
		grep -qE "$expression" found || { echo "not found: $expression"; return 1; }
	done <"$1.find"
}

# bus_for_each_dev() calls back what panics, and does not return.
names_trampoline() {
	bpftrace -e 'kretfunc:bus_for_each_dev { @returns = count(); }' \
		-c "/bin/busybox insmod $PWD/kdefer_fatal.ko case=skipped_bus" || return
	dmesg | grep 'skipped_bus went on' &&
		dmesg | grep 'a panic skipped bus_for_each_dev(), which' &&
		dmesg | grep 'a panic skipped bpf_trampoline_.*, with which a BPF program'
}

counts_trampoline() {
	dmesg | grep 'panics have skipped 1 trampolines of BPF programs (fexit): the kernel keeps'
}

# The modules stay until the next program is run: bpftrace looks names up when it ends.
cat >load.sh <<-END
	cd $PWD
	for module in recover_panic nested_uncaught; do
		[ ! -e /sys/module/\$module ] || rmmod \$module
		insmod \$module.ko
	done
END

check 'without the module there is one gauge' is_alone_without_module
insmod kdefer.ko
check 'without debugfs nothing is written, and why' refuses_without_debugfs
sh load.sh
check 'metrics are written' sh kdefer-metrics -o metrics
cat /sys/kernel/debug/kdefer/stats >counts
for program in *.bt; do
	number=${program%.bt}
	check "one-liner $number finds what there is" finds "$number"
done
[ -e 6.bt ] || report 1 'the manual has six one-liners'
check 'a BPF program at the exit of a skipped function is named' names_trampoline
rmmod nested_uncaught recover_panic kdefer_fatal kdefer
check 'and counted when the module goes' counts_trampoline
exit "$FAILED"
