#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# run.sh: recovers with the shadow stack of the CPU (Intel CET) on, in user space.
#
# Few machines have one and QEMU does not emulate it. Debian's Bochs does, and Debian's Linux 6.12
# gives it to programs; both are unpacked in the cache folder, not installed. A control, the same
# program with a kdefer_arch_restore() that leaves the shadow stack alone, has to be stopped by the
# CPU first. Ends with PASS or FAIL. What the guest says is kept in build/cet/log.
#
# Takes about 80 s of CPU time, after about 50 MB of downloads, more where GTK's libraries are
# lacking. CC chooses the compiler. Exit status 69: apt cannot give a package.
#
# Not tested: threads. Bochs does not switch the shadow stack with the task.
#
# This is no part of the architecture's code, whose folders have what kdefer is built of: it shows
# from outside, as the other tools do, what a program sees that is linked with the library.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/../../scripts/lib.sh"

TOP=$(cd "$SCRIPTS/.." && pwd)
HERE=$TOP/tools/cet
OUT=$TOP/build/cet
CC=${CC:-gcc}
TIMEOUT=1200

KERNEL=linux-image-6.12-cloud-amd64
EMULATOR=(bochs bochs-term bochsbios vgabios isolinux syslinux-common genisoimage)

# The packages of the emulator, and those that they need and this machine lacks, with versions.
emulator_packages() {
	local package
	for package in "${EMULATOR[@]}"; do
		echo "$package $(candidate "$package")" || return "$UNAVAILABLE"
	done
	apt-get -s -q install --no-install-recommends "${EMULATOR[@]}" |
		sed -n 's/^Inst \([^ ]*\) [^(]*(\([^ ]*\) .*/\1 \2/p'
}

# Sets BOCHS to where the emulator and its tools were unpacked.
fetch_emulator() {
	local packages package version deb
	packages=$(emulator_packages | sort -u) || {
		log "apt cannot say what to install for ${EMULATOR[*]}; run apt-get update"
		return "$UNAVAILABLE"
	}
	BOCHS=$CACHE/cet/bochs-$(sha256sum <<<"$packages" | cut -c 1-12)
	[ ! -e "$BOCHS/complete" ] || return 0
	rm -rf "$BOCHS"
	mkdir -p "$BOCHS"
	while read -r package version; do
		deb=$(fetch_deb "$package" "$version") || return
		dpkg-deb -x "$deb" "$BOCHS"
	done <<<"$packages"
	touch "$BOCHS/complete"
}

# Sets VMLINUZ.
fetch_kernel() {
	local version image deb dir
	version=$(candidate "$KERNEL") || {
		log "apt knows no $KERNEL"
		return "$UNAVAILABLE"
	}
	image=$(apt-cache show "$KERNEL=$version" |
		sed -n 's/^Depends: .*\(linux-image-6[^ ,]*\).*/\1/p')
	dir=$CACHE/cet/$image-$version
	VMLINUZ=$dir/boot/vmlinuz-${image#linux-image-}
	[ ! -e "$dir/complete" ] || return 0
	deb=$(fetch_deb "$image" "$version") || return
	mkdir -p "$dir"
	dpkg-deb --fsys-tarfile "$deb" | tar -C "$dir" -x ./boot
	touch "$dir/complete"
}

compile() {
	local flags
	read -ra flags < <(make -s --no-print-directory -f "$TOP/userspace-shim/flags.mk" \
		print-cflags)
	"$CC" "${flags[@]}" -O2 -g "$@"
}

# The program, and the control: both are built for a shadow stack, restore.S is not in the latter.
build() {
	local shim=$OUT/shim cet=-fcf-protection=full
	make -s -C "$TOP/userspace-shim" O="$shim" CC="$CC" CFLAGS="-O2 -g $cet"
	mkdir -p "$OUT/control"
	cp "$shim/libkdefer.a" "$OUT/control/"
	compile -fcf-protection=none -c -o "$OUT/control/restore.S.o" "$TOP/kmod/arch/x86/restore.S"
	ar r "$OUT/control/libkdefer.a" "$OUT/control/restore.S.o"
	compile "$cet" -static -o "$OUT/shstk" "$HERE/shstk.c" "$shim/libkdefer.a" -pthread
	compile "$cet" -static -o "$OUT/shstk-control" "$HERE/shstk.c" \
		"$OUT/control/libkdefer.a" -pthread
}

make_initramfs() {
	local root=$TMP/root
	mkdir -p "$root/bin" "$root/proc"
	cp /bin/busybox "$root/bin/"
	cp "$OUT/shstk" "$OUT/shstk-control" "$root/"
	# The C library asks /proc for the bounds of the stack.
	# What was written has to leave the serial port before the machine stops.
	cat >"$root/init" <<-'END'
	#!/bin/busybox sh
	/bin/busybox mount -t proc proc /proc
	/shstk-control
	echo "control: status $?"
	/shstk
	echo "program: status $?"
	/bin/busybox sleep 1
	/bin/busybox poweroff -f
	END
	chmod 755 "$root/init"
	(cd "$root" && find . -print0 | cpio -0 -o -H newc -R 0:0 --quiet) >"$TMP/disc/initrd"
}

make_disc() {
	mkdir "$TMP/disc"
	make_initramfs
	cp "$VMLINUZ" "$TMP/disc/kernel"
	cp "$BOCHS/usr/lib/ISOLINUX/isolinux.bin" "$TMP/disc/"
	cp "$BOCHS/usr/lib/syslinux/modules/bios/ldlinux.c32" "$TMP/disc/"
	# Bochs describes its XSAVE wrongly, which makes the kernel print warnings.
	cat >"$TMP/disc/isolinux.cfg" <<-'END'
	default kdefer
	label kdefer
	kernel kernel
	append initrd=initrd console=ttyS0 loglevel=3 panic=-1 mitigations=off
	END
	"$BOCHS/usr/bin/genisoimage" -quiet -o "$TMP/disc.iso" -b isolinux.bin -c boot.cat \
		-no-emul-boot -boot-load-size 4 -boot-info-table "$TMP/disc"
}

configure() {
	local share=$BOCHS/usr/share/bochs
	# Tiger Lake is the first CPU that has a shadow stack.
	cat >"$TMP/bochsrc" <<-END
	plugin_ctrl: unmapped=1, biosdev=1, extfpuirq=1, serial=1, speaker=0, parallel=0, iodebug=0
	display_library: term
	cpu: model=tigerlake, count=1, ips=50000000, reset_on_triple_fault=0
	megs: 512
	romimage: file=$share/BIOS-bochs-latest, options=fastboot
	vgaromimage: file=$share/VGABIOS-lgpl-latest
	ata0-master: type=cdrom, path=$TMP/disc.iso, status=inserted
	boot: cdrom
	com1: enabled=1, mode=file, dev=$TMP/console
	clock: sync=none
	log: $OUT/bochs.log
	panic: action=fatal
	error: action=report
	info: action=report
	debug: action=ignore
	END
	# Debian's Bochs has a debugger, which waits for commands.
	echo continue >"$TMP/commands"
}

# Bochs wants a terminal to draw the guest's screen on.
boot() {
	local lib=$BOCHS/usr/lib/x86_64-linux-gnu viewer status=0
	mkfifo "$TMP/console"
	sed -u 's/\r//g' <"$TMP/console" | tee "$OUT/log" &
	viewer=$!
	BXSHARE=$BOCHS/usr/share/bochs LD_LIBRARY_PATH=$lib LTDL_LIBRARY_PATH=$lib/bochs/plugins \
		TERM=xterm timeout --kill-after=5 "$TIMEOUT" nice script -qec \
		"'$BOCHS/usr/bin/bochs-bin' -q -f '$TMP/bochsrc' -rc '$TMP/commands'" \
		/dev/null </dev/null >"$OUT/screen" 2>&1 || status=$?
	# The viewer waits for ever for a Bochs that has not come as far as to open the pipe.
	kill "$viewer" 2>/dev/null || true
	wait "$viewer" || true
	[ "$status" -ne 124 ] || die "the guest was stopped after $TIMEOUT s; see $OUT/bochs.log"
}

judge() {
	if grep -qx 'control: status 42' "$OUT/log" && grep -qx 'program: status 0' "$OUT/log"; then
		echo PASS
		return
	fi
	grep -q '^program: status' "$OUT/log" ||
		log "the guest did not get to the end; see $OUT/log and $OUT/bochs.log"
	grep -qx 'control: status 42' "$OUT/log" ||
		log "the CPU did not stop the control: then what the program does proves nothing"
	echo FAIL
	return 1
}

main() {
	NEED_GROUP=shim need "$CC" make ar
	NEED_GROUP=kernel need busybox cpio
	need script
	mkdir -p "$OUT"
	lock cet
	fetch_emulator
	fetch_kernel
	build
	TMP=$(mktemp -d)
	trap 'rm -rf "$TMP"' EXIT
	make_disc
	configure
	log "booting Linux in Bochs (about a minute)"
	boot
	judge
}

main "$@"
