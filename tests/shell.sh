#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# shell.sh: the shell of scripts/vm takes what is typed before its prompt is there. Prints TAP.
set -euo pipefail
TOP=$(cd "$(dirname "$0")/.." && pwd)

main() {
	local said
	# The sum is the guest's to work out.
	# shellcheck disable=SC2016
	said=$(printf 'echo the sum is $((123456 + 1))\nexit\n' |
		timeout 120 "$TOP/scripts/vm" shell stock --bare | tr -d '\r')
	if ! grep -qx 'the sum is 123457' <<<"$said"; then
		echo "not ok 1 - typed ahead of the prompt"
		tail -n 20 <<<"$said"
		return 1
	fi
	echo "ok 1 - typed ahead of the prompt"
}

main "$@"
