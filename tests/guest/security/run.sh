#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# run.sh [platform]: in a guest, tries as a user without privileges what Documentation/security.rst
# says of such a user; then lets one throw in a system call until the kernel has had enough. By
# default on the stock kernel. Prints TAP.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
TOP=$(cd "$HERE/../../.." && pwd)
# shellcheck source=scripts/lib.sh
. "$TOP/scripts/lib.sh"

main() {
	local name=${1-stock} log=$TOP/build/test/security-guest.log modules
	local last='ok 10 - the third throw in a system call ends the machine, as oops_limit says'
	modules=$("$SCRIPTS/vm" modules "$name")
	mkdir -p "${log%/*}"
	echo 1..10
	if "$SCRIPTS/vm" run "$name" --expect-death --log "$log" \
		--file "$modules/tests/guest/security/kdefer_security.ko" \
		--file "$modules/tests/guest/fatal/kdefer_fatal.ko" \
		--file "$modules/samples/kdefer_kv/kdefer_kv.ko" \
		--file "$HERE/guest.sh" --file "$TOP/tests/guest/lib.sh" -- sh guest.sh &&
		grep -q 'not syncing: Oopsed too often (kernel.oops_limit is 3)' "$log"; then
		echo "$last"
		return
	fi
	echo "not $last"
	return 1
}

main "$@"
