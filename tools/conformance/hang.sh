#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# hang.sh KDEFER [GO]: proves that a program which hangs on either side is a failure that names the
# program, and does not stop the runner. Each interpreter is made to hang at one program of
# several.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
TOP=$(cd "$HERE/../.." && pwd)
# shellcheck source=scripts/lib.sh
. "$TOP/scripts/lib.sh"

# The program that hangs, of the first N ones.
NUMBER=5
N=10

# Writes an interpreter to $1 that does as $2 does, but for that program.
write_hanging() {
	cat >"$1" <<-END
	#!/bin/sh
	programs=\$(cat)
	printf '%s\n' "\$programs" | sed '/^program $NUMBER /,\$d' | $2
	case \$programs in
	*"program $NUMBER "*) exec sleep 600 ;;
	esac
	END
	chmod 755 "$1"
}

# $1: whose side hangs; the rest: how conformance.py is called
expect_failure() {
	local side=$1 said status=0
	shift
	said=$(timeout 120 python3 "$HERE/conformance.py" "$@" --n "$N" --patience 2 --shrink 0 \
		--jobs 1 --failures "$TMP/failures" 2>&1) || status=$?
	[ "$status" -eq 1 ] && grep -q "^program $NUMBER (SEED=$NUMBER N=1):" <<<"$said" &&
		grep -q "^$side side hangs" <<<"$said" &&
		grep -q "^$N of $N programs .* 1 diff" <<<"$said" && return
	printf '%s\n' "$said" >&2
	die "status $status: $side side hung at program $NUMBER, and that was not said"
}

main() {
	local kdefer=$1 go=${2-}
	TMP=$(mktemp -d)
	trap 'rm -rf "$TMP"' EXIT
	write_hanging "$TMP/kdefer" "$kdefer"
	expect_failure "kdefer's" corpus --corpus "$HERE/corpus/corpus" --kdefer "$TMP/kdefer"
	[ -n "$go" ] || return 0
	write_hanging "$TMP/go" "$go"
	expect_failure "Go's" random --seed 1 --kdefer "$kdefer" --go "$TMP/go"
}

main "$@"
