#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# kernel.sh stock|rt|kunit|source: prepares one of them in the cache folder and prints its
# directory. A kernel's directory has:
#   bzImage    what QEMU boots
#   build      what out-of-tree modules are built against: make -C $dir/build M=... modules
#   release    a file with what uname -r says in it
#   source     its sources, when they are there
#   modules    its own modules (stock, rt)
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"

main() {
	local prepare=() status=0
	case ${1-} in
	stock | kunit | source) prepare=("$SCRIPTS/kernel-$1.sh") ;;
	rt) prepare=("$SCRIPTS/kernel-stock.sh" rt) ;;
	*) die "usage: kernel.sh stock|rt|kunit|source" ;;
	esac
	NEED_GROUP=kernel need apt-get apt-cache dpkg-deb flock

	"${prepare[@]}" || status=$?
	[ "$status" -eq "$UNAVAILABLE" ] || exit "$status"
	log "apt's package lists may be missing or out of date; updating them"
	as_root apt-get -q update >&2
	exec "${prepare[@]}"
}

main "$@"
