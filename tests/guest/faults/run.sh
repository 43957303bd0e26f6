#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# run.sh [count]: faults of every kind on the stock kernel, count (100) of each, all recovered;
# then those that must stay the oops that they were. Prints TAP.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
TOP=$(cd "$HERE/../../.." && pwd)
# shellcheck source=scripts/lib.sh
. "$TOP/scripts/lib.sh"

main() {
	local modules
	modules=$("$SCRIPTS/vm" modules stock)
	"$SCRIPTS/vm" run stock --timeout 900 --append log_buf_len=64M \
		--file "$modules/tests/guest/faults/kdefer_faults.ko" --file "$HERE/guest.sh" \
		-- sh guest.sh "${1-100}"
}

main "$@"
