#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# hang.sh KDEFER [GO]: proves that a program which hangs on either side, or ends in a throw, is a
# failure that names the program, and does not stop the runner. Each interpreter is made to fail at
# one program of several.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
TOP=$(cd "$HERE/../.." && pwd)
# shellcheck source=scripts/lib.sh
. "$TOP/scripts/lib.sh"

# The program that fails, of the first N ones.
NUMBER=5
N=10

# What an interpreter says and does then. A report without a chain takes nothing of the throw before
# it.
HANG='exec sleep 600'
THROW="printf 'panic: first\\n\\tfatal error: why\\n' >&2
	echo 'kdefer: throw in thread $NUMBER/0[7]' >&2
	echo 'kdefer: uncaught panic in thread 1/0[8]' >&2
	exit 9"

# Writes an interpreter to $1 that does as $2 does, but for that program: $3.
write_failing() {
	cat >"$1" <<-END
	#!/bin/sh
	programs=\$(cat)
	printf '%s\n' "\$programs" | sed '/^program $NUMBER /,\$d' | $2
	case \$programs in
	*"program $NUMBER "*) $3 ;;
	esac
	END
	chmod 755 "$1"
}

# $1: what is to be said of the program; the rest: how conformance.py is called
expect_failure() {
	local what=$1 said status=0
	shift
	said=$(timeout 120 python3 "$HERE/conformance.py" "$@" --n "$N" --patience 2 --shrink 0 \
		--jobs 1 --failures "$TMP/failures" 2>&1) || status=$?
	[ "$status" -eq 1 ] && grep -q "^$N of $N programs .* 1 diff" <<<"$said" &&
		grep -qzP "\nprogram $NUMBER \(SEED=$NUMBER N=1\):\n$what" <<<"$said" && return
	printf '%s\n' "$said" >&2
	die "status $status: of program $NUMBER it was not said: $what"
}

main() {
	local kdefer=$1 go=${2-}
	TMP=$(mktemp -d)
	trap 'rm -rf "$TMP"' EXIT
	write_failing "$TMP/kdefer" "$kdefer" "$HANG"
	expect_failure "kdefer's side hangs" \
		corpus --corpus "$HERE/corpus/corpus" --kdefer "$TMP/kdefer"
	write_failing "$TMP/kdefer" "$kdefer" "$THROW"
	expect_failure "kdefer's side ended with status 9\npanic: first\n\tfatal error: why\n" \
		corpus --corpus "$HERE/corpus/corpus" --kdefer "$TMP/kdefer"
	[ -n "$go" ] || return 0
	write_failing "$TMP/go" "$go" "$HANG"
	expect_failure "Go's side hangs" random --seed 1 --kdefer "$kdefer" --go "$TMP/go"
}

main "$@"
