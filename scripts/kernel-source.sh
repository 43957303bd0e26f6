#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Unpacks the sources of the stock kernel in the cache folder and prints their directory.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"

unpack() {
	local deb tmp=$1.part
	deb=$(fetch_deb linux-source-6.1 "$2")
	log "unpacking the kernel sources"
	rm -rf "$tmp"
	mkdir -p "$tmp"
	# Straight from one archive into the other: the tarball in between is never stored.
	dpkg-deb --fsys-tarfile "$deb" | tar -xO --wildcards './usr/src/linux-source-*.tar.xz' |
		tar -xJ -C "$tmp" --strip-components=1
	mv "$tmp" "$1"
}

main() {
	local version dir
	version=$(kernel_version)
	dir=$CACHE/kernels/source-$version
	[ -d "$dir" ] && echo "$dir" && return
	NEED_GROUP=kernel need xz
	lock source
	[ -d "$dir" ] || unpack "$dir" "$version"
	echo "$dir"
}

main
