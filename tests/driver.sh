#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# driver.sh PLATFORM: the tutorial's driver, in a folder outside of the sources: built against
# kdefer and run in a guest by the two commands that a driver's writer uses. Prints TAP.
set -euo pipefail
TOP=$(cd "$(dirname "$0")/.." && pwd)
# shellcheck source=scripts/lib.sh
. "$TOP/scripts/lib.sh"

GUEST='insmod kdefer.ko && insmod mydriver.ko && sleep 1 && rmmod mydriver && rmmod kdefer'
ANSWERS='mydriver: request 1: 20
mydriver: request 2: 30
mydriver: request 3: -14
mydriver: request 4: -14'

main() {
	local folder
	folder=$(mktemp -d)
	# The folder is a local variable.
	# shellcheck disable=SC2064
	trap "rm -rf '$folder'" EXIT
	cp "$TOP"/Documentation/tutorial/* "$folder/"
	if ! "$SCRIPTS/vm" build "$1" "$folder"; then
		echo "not ok 1 - the driver builds on $1"
		return 1
	fi
	echo "ok 1 - the driver builds on $1"
	"$SCRIPTS/vm" run "$1" --file "$folder/mydriver.ko" --log "$folder/log" -- "$GUEST"
	if [ "$(grep -o 'mydriver: request .*' "$folder/log")" != "$ANSWERS" ]; then
		echo "not ok 2 - it goes on after its faults"
		return 1
	fi
	echo "ok 2 - it goes on after its faults"
}

main "$@"
