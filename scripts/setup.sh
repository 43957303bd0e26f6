#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# setup.sh [group]... | --packages PACKAGE...: installs what kdefer's targets need and this machine
# lacks; all groups by default. Kernels are not installed, and what a platform other than this
# machine's needs is installed when it is first used: see scripts/vm.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"

# Recommended packages are not installed, so what is only recommended but needed is named here:
# libc6-dev for every compiler, libclang-rt-dev for clang's sanitizers, libc6-dbg for valgrind.
declare -A GROUPS_OF_PACKAGES=(
	[shim]='gcc libc6-dev make pkgconf cmake meson'
	# clang-19 checks the types of calls, which the suite's own clang does not yet.
	[clang]='clang clang-19 llvm lld libclang-rt-dev libclang-rt-19-dev libc6-dev make'
	# gcc-12 is what Debian built its kernel with, and what its headers ask for by name.
	[kernel]='gcc gcc-12 libc6-dev make flex bison bc perl python3 rsync ccache
		libelf-dev libssl-dev kmod xz-utils cpio busybox-static qemu-system-x86'
	[check]='gcc gcc-12 libc6-dev make perl python3 xz-utils
		sparse cppcheck shellcheck coccinelle pyflakes3'
	[docs]='make perl python3-sphinx furo graphviz gnuplot-nox fonts-dejavu-core man-db'
	[bench]='gcc g++ libc6-dev make gnuplot-nox gpgv debian-archive-keyring xz-utils
		golang-golang-x-sync-dev'
	[deb]='debhelper dh-dkms dh-python dpkg-dev fakeroot git gcc libc6-dev lintian make
		mmdebstrap xz-utils'
	[trace]='chromium python3'
	[metrics]='bpftrace python3 python3-prometheus-client'
	[gdb]='gdb python3-drgn binutils gcc libc6-dev libc6-dbg make python3'
	[valgrind]='valgrind libc6-dbg'
)

wanted() {
	local group
	if [ "${1-}" = --packages ]; then
		shift
		printf '%s\n' "$@" | sort -u
		return
	fi
	if [ $# -eq 0 ] || [ "$*" = all ]; then
		set -- "${!GROUPS_OF_PACKAGES[@]}"
	fi
	for group in "$@"; do
		[ -n "${GROUPS_OF_PACKAGES[$group]-}" ] ||
			die "no group '$group'; there are: ${!GROUPS_OF_PACKAGES[*]} all"
		# Word splitting makes the list.
		# shellcheck disable=SC2086
		printf '%s\n' ${GROUPS_OF_PACKAGES[$group]}
	done | sort -u
}

installed() {
	dpkg-query -W -f '${db:Status-Status} ${Package}\n' 2>/dev/null |
		sed -n 's/^installed //p' | sort -u
}

apt() {
	as_root env DEBIAN_FRONTEND=noninteractive apt-get -q "$@" >&2
}

# Prints the packages of $1 that this machine lacks.
lacking() {
	comm -23 <(echo "$1") <(installed)
}

main() {
	local names missing
	names=$(wanted "$@")
	[ "$(lacking "$names")" ] || return 0
	# Several tests may need packages at the same time, and apt does not wait for another apt.
	lock setup
	mapfile -t missing < <(lacking "$names")
	[ ${#missing[@]} -gt 0 ] || return 0
	log "installing ${missing[*]}"
	apt update
	apt install -y --no-install-recommends "${missing[@]}" ||
		die "apt-get could not install all of: ${missing[*]};" \
			"kdefer is developed on Debian 12"
}

main "$@"
