#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# kernel-stock.sh [rt]: unpacks Debian's own cloud kernel, or the one with PREEMPT_RT, and its
# headers in the cache folder; prints the directory.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"

# The package that package $1 depends on and whose name matches $2.
dependency() {
	apt-cache show "$1=$VERSION" | sed -n 's/^Depends: //p' | tr -d ' ' | tr ',' '\n' |
		sed 's/(.*//' | grep -m 1 -x "$2" || die "$1 $VERSION depends on no $2"
}

unpack() {
	local deb
	deb=$(fetch_deb "$1" "$2")
	dpkg-deb -x "$deb" "$DIR/root"
}

# The trees expect to be installed in /; make them find each other here.
relocate() {
	local headers=$DIR/root/usr/src/linux-headers-$RELEASE
	sed -i "s|^include /usr/src/|include $DIR/root/usr/src/|" "$headers/Makefile"
	ln -sfn "$headers" "$MODULES/build"
	ln -sfn "$DIR/root/usr/src/$COMMON" "$MODULES/source"

	# Only a built kernel can give modules their BTF, and the headers package has none: every
	# module would print that it is skipped. autoconf.h stays, so struct module keeps its
	# layout.
	sed -i '/^CONFIG_DEBUG_INFO_BTF_MODULES=/d' "$headers/include/config/auto.conf"
}

prepare() {
	local image headers kbuild
	image=$(dependency "linux-image-$FLAVOUR-amd64" 'linux-image-.*')
	headers=$(dependency "linux-headers-$FLAVOUR-amd64" 'linux-headers-.*')
	COMMON=$(dependency "$headers" 'linux-headers-.*-common.*')
	kbuild=$(dependency "$headers" 'linux-kbuild-.*')
	RELEASE=${image#linux-image-}
	MODULES=$DIR/root/lib/modules/$RELEASE

	rm -rf "$DIR"
	mkdir -p "$DIR/root"
	unpack "$image" "$VERSION"
	unpack "$headers" "$VERSION"
	unpack "$COMMON" "$VERSION"
	unpack "$kbuild" "$(candidate "$kbuild")"
	relocate
	ln -s "root/boot/vmlinuz-$RELEASE" "$DIR/bzImage"
	ln -s "root/usr/src/linux-headers-$RELEASE" "$DIR/build"
	ln -s "root/lib/modules/$RELEASE" "$DIR/modules"
	ln -s "../source-$VERSION" "$DIR/source"
	# Last: this file says that the directory is complete.
	echo "$RELEASE" >"$DIR/release"
}

main() {
	local name=${1:-stock}
	FLAVOUR=${1:-cloud}
	VERSION=$(kernel_version)
	DIR=$CACHE/kernels/$name-$VERSION
	if [ ! -e "$DIR/release" ]; then
		lock "$name"
		[ -e "$DIR/release" ] || prepare
	fi
	echo "$DIR"
}

main "$@"
