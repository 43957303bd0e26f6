#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# deb.sh [bookworm|trixie]...: installs the packages of build/deb into a fresh Debian, lets DKMS
# build the module there, builds the template against what is installed and nothing else, loads both
# in a guest, removes the packages and looks for what they have left. Prints TAP. Needs root, for
# chroot.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
TOP=$(cd "$HERE/.." && pwd)
# shellcheck source=scripts/lib.sh
. "$TOP/scripts/lib.sh"

# The platform whose kernel is the one of the suite, and where the suite has its headers.
ARCH=$(dpkg --print-architecture)
declare -A PLATFORM=([bookworm]=6.1-$ARCH [trixie]=7.3-$ARCH)
declare -A HEADERS_FROM=([bookworm]=bookworm-security [trixie]=trixie-backports)
NUMBER=0
FAILED=0

# Runs a command whose output counts only if it fails; $1: what it shows, in words.
check() {
	local what="$SUITE: $1" log
	shift
	NUMBER=$((NUMBER + 1))
	log=$OUT/deb-$SUITE-$NUMBER.log
	if "$@" >"$log" 2>&1; then
		echo "ok $NUMBER - $what"
		return
	fi
	echo "not ok $NUMBER - $what"
	tail -n 20 "$log"
	FAILED=1
	return 1
}

# The archive of suite $1, by what apt here has: its own for security, another for the rest.
archive() {
	local kind=${1##*-} site
	[ "$kind" = security ] || kind=
	# The dollar is for apt.
	# shellcheck disable=SC2016
	site=$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' | sort -u |
		if [ -n "$kind" ]; then grep security; else grep -v security; fi | head -n 1)
	echo "deb ${site:?apt here knows no archive for $1} $1 main"
}

# What a driver writer's Debian has, and what the packages need of it.
base_packages() {
	local headers=linux-headers-cloud-$ARCH/${HEADERS_FROM[$SUITE]}
	echo "dkms,$headers,gcc,make,libc6-dev,libjs-sphinxdoc,python3"
}

# Where a Debian with those packages is kept. One that an older list made is not used again.
base_file() {
	echo "$CACHE/chroots/$SUITE-$(base_packages | sha256sum | cut -c 1-12).tar"
}

# A Debian as a driver writer has it, made once.
make_base() {
	[ ! -e "$BASE" ] || return 0
	log "making a Debian $SUITE"
	mkdir -p "${BASE%/*}"
	rm -f "${BASE%/*}/$SUITE"*.tar
	mmdebstrap --quiet --variant=minbase --include="$(base_packages)" "$SUITE" \
		"$BASE.part.tar" "$(archive "$SUITE")" "$(archive "${HEADERS_FROM[$SUITE]}")" >&2
	mv "$BASE.part.tar" "$BASE"
}

# DKMS needs /proc.
inside() {
	# The arguments are the inner shell's.
	# shellcheck disable=SC2016
	unshare --mount sh -c 'mount -t proc proc "$0/proc" && exec chroot "$0" "$@"' "$ROOT" \
		env -i DEBIAN_FRONTEND=noninteractive LC_ALL=C \
		PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"
}

files() {
	(cd "$ROOT" && find etc lib/ usr var opt -xdev ! -type d \
		! -path 'var/lib/dpkg/*' ! -path 'var/log/*' ! -path 'var/cache/*' \
		! -path '*/modules.*' ! -name 'ld.so.cache' | sort)
}

built_module() {
	compgen -G "$ROOT/lib/modules/$KERNEL/updates/dkms/kdefer.ko*"
}

refuses() {
	local said
	said=$(inside dkms build "kdefer/$VERSION" -k "$1" \
		--kernelsourcedir "/lib/modules/$KERNEL/build" 2>&1) && return 1
	grep BUILD_EXCLUSIVE <<<"$said"
}

run_template() {
	local dir=$ROOT/tmp/mine module
	module=$(built_module)
	[ "${module%.xz}" = "$module" ] || { xz -dk "$module" && module=${module%.xz}; }
	"$TOP/scripts/vm" run "${PLATFORM[$SUITE]}" --bare --file "$module" \
		--file "$dir/mine.ko" -- \
		'insmod kdefer.ko && insmod mine.ko && sleep 1 && rmmod mine kdefer && dmesg' |
		tee "$OUT/deb-$SUITE-dmesg"
	grep -q 'mine: request 2: 2' "$OUT/deb-$SUITE-dmesg" &&
		grep -q 'mine: request 3: -22' "$OUT/deb-$SUITE-dmesg"
}

build_template() {
	inside cp -r /usr/share/doc/kdefer-doc/examples/template /tmp/mine
	inside make -C /tmp/mine KDIR="/lib/modules/$KERNEL/build"
}

# A program of the library, as the manual has it.
build_program() {
	cat >"$ROOT/tmp/prog.c" <<-END
		#include <kdefer/kdefer.h>

		static long fails(void *arg)
		{
			kpanic(-EIO);
		}

		int main(void)
		{
			return kdefer_run(fails, NULL, NULL) != -EIO;
		}
	END
	inside gcc -o /tmp/prog /tmp/prog.c -I/usr/include/kdefer-shim -lkdefer
	inside /tmp/prog
}

# On a machine without kdefer.
tools_run() {
	inside kdefer-metrics | grep -x 'kdefer_loaded 0' &&
		inside kdefer-trace --help | grep 'usage: kdefer-trace'
}

test_suite() {
	SUITE=$1
	BASE=$(base_file)
	check 'a fresh Debian' make_base || return 0
	rm -rf "$ROOT" && mkdir -p "$ROOT" && tar -x -C "$ROOT" -f "$BASE"
	KERNEL=$(basename "$(compgen -G "$ROOT/lib/modules/*-$ARCH" | head -n 1)")
	files >"$ROOT.before"
	cp "$TOP"/build/deb/*[a-z1]_*.deb "$ROOT/tmp/"
	check 'the packages install, and DKMS builds the module' \
		inside sh -c \
		'cd /tmp && dpkg -i kdefer-[dt]*.deb libkdefer1_*.deb libkdefer-dev*.deb' ||
		return 0
	check "the module is there, for $KERNEL" built_module || return 0
	check 'the template builds against them' build_template || return 0
	check 'the template serves in a guest' run_template || true
	check 'a program builds with the library, and runs' build_program || true
	check 'the tools run' tools_run || true
	check 'DKMS refuses a kernel that the tests do not run on' refuses "5.10.0-1-$ARCH" || true
	check 'the packages are removed' inside dpkg --purge kdefer-dkms kdefer-doc kdefer-tools \
		libkdefer-dev libkdefer1 || true
	files >"$ROOT.after"
	check 'nothing is left' diff "$ROOT.before" "$ROOT.after" || true
}

main() {
	local suite
	NEED_GROUP=deb need mmdebstrap chroot
	[ "$(id -u)" -eq 0 ] || die "needs root, for chroot"
	OUT=$TOP/build/test TMP=$(mktemp -d) ROOT=
	mkdir -p "$OUT"
	trap 'rm -rf "$TMP"' EXIT
	ROOT=$TMP/root
	VERSION=$(dpkg-parsechangelog -l "$TOP/debian/changelog" -S Version)
	[ "$(cat "$TOP/build/deb/commit" 2>/dev/null)" = "$(git -C "$TOP" rev-parse HEAD)" ] ||
		"$TOP/scripts/deb.sh" >/dev/null
	[ $# -gt 0 ] || set -- bookworm trixie
	for suite; do
		test_suite "$suite"
	done
	echo "1..$NUMBER"
	return "$FAILED"
}

main "$@"
