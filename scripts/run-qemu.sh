#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Boots a kernel in QEMU, runs one command there, and ends with the command's exit status.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"

HUNG=124
DEAD=125
NO_GUEST=126

usage() {
	cat >&2 <<-END
	usage: run-qemu.sh --kernel DIR [option]... -- command [argument]...

	Runs the command in the guest's /guest. A command without arguments may be a line of shell.

	  --kernel DIR         a directory that kernel.sh prepared
	  --file SRC[:NAME]    a file or folder for the guest's /guest
	  --out NAME:HOSTPATH  a file that the command leaves in /guest, for the host
	  --timeout SECONDS    how long the guest may take (120)
	  --memory MiB         (1024)
	  --smp N              (2)
	  --append ARGS        more arguments for the kernel
	  --icount             let time in the guest count instructions: one CPU, no KVM
	  --patching           the guest patches code that other CPUs run: emulate them in turns
	  --log FILE           keep everything that the guest printed
	  --expect-death       succeed if and only if the guest's kernel dies

	KDEFER_ACCEL=kvm or tcg overrides the choice between KVM and emulation.

	Exit status: the command's; $HUNG: the guest hung; $DEAD: its kernel died;
	$NO_GUEST: QEMU failed.
	With --expect-death: 0: the kernel died; 1: it did not; $HUNG: it hung.
	END
	exit 2
}

parse() {
	KERNEL='' TIMEOUT=120 MEMORY=1024 SMP=2 APPEND=''
	ICOUNT='' THREAD=multi LOG='' EXPECT_DEATH=''
	FILES=() OUTPUTS=()
	while [ $# -gt 0 ]; do
		case $1 in
		--icount) ICOUNT=1 ;;
		--patching) THREAD=single ;;
		--expect-death) EXPECT_DEATH=1 ;;
		--) shift && break ;;
		--*) [ $# -ge 2 ] || usage ;;&
		--kernel) KERNEL=$2 && shift ;;
		--timeout) TIMEOUT=$2 && shift ;;
		--memory) MEMORY=$2 && shift ;;
		--smp) SMP=$2 && shift ;;
		--append) APPEND=$2 && shift ;;
		--log) LOG=$2 && shift ;;
		--file) FILES+=("$2") && shift ;;
		--out) OUTPUTS+=("$2") && shift ;;
		*) usage ;;
		esac
		shift
	done
	if [ -z "$KERNEL" ] || [ $# -eq 0 ]; then
		usage
	fi
	COMMAND=("$@")
	[ -e "$KERNEL/bzImage" ] || die "no kernel in $KERNEL; prepare one with scripts/kernel.sh"
}

# The command as a shell script: as it is when it may be a line of shell, else word by word.
print_command() {
	local word
	[ ${#COMMAND[@]} -eq 1 ] && printf '%s\n' "${COMMAND[0]}" && return
	for word in "${COMMAND[@]}"; do
		printf "'%s' " "${word//\'/\'\\\'\'}"
	done
	echo
}

make_initramfs() {
	local root=$TMP/root file source name
	mkdir -p "$root/bin" "$root/guest" "$root/result"
	cp /bin/busybox "$root/bin/"
	cp "$SCRIPTS/guest-init.sh" "$root/init"
	chmod 755 "$root/init"
	print_command >"$root/command"
	for file in "${FILES[@]}"; do
		source=${file%%:*} name=${file#*:}
		[ "$name" != "$file" ] || name=${source##*/}
		[ -e "$source" ] || die "--file $file: there is no $source"
		mkdir -p "$(dirname "$root/guest/$name")"
		cp -rL "$source" "$root/guest/$name"
	done
	for file in "${OUTPUTS[@]}"; do
		echo "${file%%:*}"
	done >"$root/outputs"
	# Not compressed: unpacking costs an emulated machine more than copying.
	(cd "$root" && find . -print0 | cpio -0 -o -H newc -R 0:0 --quiet) >"$TMP/initramfs"
}

# Sets ACCEL to QEMU's options. A /dev/kvm that exists may still be unable to run a whole kernel.
choose_accel() {
	# An emulated CPU's memory type registers disagree, and every boot would warn of it. With
	# five levels of page tables, an interrupt that comes while the kernel asks the CPU what it
	# can do makes KASAN report a wild address.
	local cpu=max,-mtrr,-la57
	# With a host thread for each CPU, one may go on with an instruction that another has
	# patched away, and hit the breakpoint that stood there for ever.
	ACCEL=(-accel "tcg,thread=$THREAD" -cpu "$cpu" -smp "$SMP")
	if [ -n "$ICOUNT" ]; then
		ACCEL=(-accel tcg -icount shift=0 -cpu "$cpu" -smp 1)
		return
	fi
	case ${KDEFER_ACCEL-} in
	tcg) return ;;
	kvm) ;;
	'') kvm_works || return 0 ;;
	*) die "KDEFER_ACCEL=$KDEFER_ACCEL is neither kvm nor tcg" ;;
	esac
	ACCEL=(-accel kvm -cpu host -smp "$SMP")
}

# Asked once for each pair of machine and kernel.
kvm_works() {
	local answer machine
	[ -r /dev/kvm ] && [ -w /dev/kvm ] || return
	machine=$( (uname -r && grep -m 1 'model name' /proc/cpuinfo &&
		readlink -f "$KERNEL/bzImage") | sha256sum)
	answer=$CACHE/kvm/${machine:0:16}
	if [ ! -e "$answer" ]; then
		mkdir -p "$CACHE/kvm"
		log "trying whether KVM can run this kernel (at most 20 s, only once)"
		if KDEFER_ACCEL=kvm "$0" --kernel "$KERNEL" --timeout 20 -- true &>/dev/null; then
			echo yes >"$answer"
		else
			echo no >"$answer"
			log "it cannot; emulating"
		fi
	fi
	[ "$(cat "$answer")" = yes ]
}

# Everything the guest prints, without the carriage returns of its serial line.
show_console() {
	sed -u 's/\r//g' <"$TMP/console" | tee "$LOG"
}

# Sets QEMU_STATUS. Runs in the background so that a signal ends the guest at once.
boot() {
	local parameters='console=ttyS0 loglevel=5 panic=-1 trace_clock=global' viewer guest
	# On a busy host an emulated timer may be late, which the kernel would take for broken.
	parameters+=" no_timer_check $APPEND"
	mkfifo "$TMP/console"
	show_console &
	viewer=$!
	timeout --kill-after=5 "$TIMEOUT" qemu-system-x86_64 \
		-machine q35 -nodefaults -no-user-config -display none -no-reboot \
		-m "$MEMORY" "${ACCEL[@]}" \
		-kernel "$KERNEL/bzImage" -initrd "$TMP/initramfs" \
		-append "$parameters" \
		-chardev "file,id=console,path=$TMP/console" -serial chardev:console \
		-chardev "file,id=result,path=$TMP/channel" -serial chardev:result \
		</dev/null 2>"$TMP/qemu" &
	guest=$!
	trap 'kill "$guest"; exit 1' INT TERM HUP
	QEMU_STATUS=0
	wait "$guest" || QEMU_STATUS=$?
	trap - INT TERM HUP
	wait "$viewer"
}

last_lines() {
	log "the last lines of its log:"
	tail -n 20 "$LOG" >&2
}

fetch_outputs() {
	local number status=0
	for number in "${!OUTPUTS[@]}"; do
		if [ -e "$TMP/result/out$number" ]; then
			cp -rT "$TMP/result/out$number" "${OUTPUTS[number]#*:}"
		else
			log "the command left no ${OUTPUTS[number]%%:*} in the guest's /guest"
			status=1
		fi
	done
	return "$status"
}

command_started() {
	[ "$(head -n 1 "$TMP/channel" | tr -d '\0')" = started ]
}

# Fails when the guest did not live to send all of its result.
unpack_result() {
	mkdir "$TMP/result"
	tail -n +2 "$TMP/channel" | tar -C "$TMP/result" -xz 2>/dev/null &&
		[ -s "$TMP/result/status" ]
}

judge() {
	local status
	if [ "$QEMU_STATUS" -eq "$HUNG" ] || [ "$QEMU_STATUS" -eq 137 ]; then
		log "the guest hung: it was stopped after $TIMEOUT s"
		last_lines
		exit "$HUNG"
	fi
	if [ "$QEMU_STATUS" -ne 0 ]; then
		log "QEMU failed with status $QEMU_STATUS: $(cat "$TMP/qemu")"
		exit "$NO_GUEST"
	fi
	if ! command_started; then
		log "the guest's kernel died before it could run the command"
		last_lines
		exit "$DEAD"
	fi
	if ! unpack_result; then
		[ -z "$EXPECT_DEATH" ] || exit 0
		log "the guest's kernel died before the command ended"
		last_lines
		exit "$DEAD"
	fi
	status=$(cat "$TMP/result/status")
	if [ -n "$EXPECT_DEATH" ]; then
		log "the guest's kernel was expected to die," \
			"but the command ended with status $status"
		exit 1
	fi
	fetch_outputs || [ "$status" -ne 0 ] || status=1
	exit "$status"
}

main() {
	parse "$@"
	NEED_GROUP=kernel need qemu-system-x86_64 busybox cpio
	TMP=$(mktemp -d)
	trap 'rm -rf "$TMP"' EXIT
	LOG=${LOG:-$TMP/log}
	mkdir -p "$(dirname "$LOG")"
	make_initramfs
	choose_accel
	boot
	judge
}

main "$@"
