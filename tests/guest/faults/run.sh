#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# run.sh [platform [count]]: faults of every kind, count (100) of each, all recovered; then those
# that must stay the oops that they were. By default on the stock kernel. Prints TAP.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
TOP=$(cd "$HERE/../../.." && pwd)
# shellcheck source=scripts/lib.sh
. "$TOP/scripts/lib.sh"

main() {
	local name=${1-stock} count=${2-100} modules enforced=
	modules=$("$SCRIPTS/vm" modules "$name")
	if "$SCRIPTS/vm" features "$name" | grep -qx ibt; then
		enforced=ibt
	fi
	echo "# $name kernel"
	"$SCRIPTS/vm" run "$name" --timeout 900 --append log_buf_len=64M \
		--file "$modules/tests/guest/faults/kdefer_faults.ko" --file "$HERE/guest.sh" \
		-- sh guest.sh "$count" $enforced
}

main "$@"
