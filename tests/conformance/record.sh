#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# record.sh: makes the committed corpus anew: random programs, and what Go does with them. N= and
# SEED= choose the programs, CORPUS= the place.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
TOP=$(cd "$HERE/../.." && pwd)
# shellcheck source=scripts/lib.sh
. "$TOP/scripts/lib.sh"

main() {
	local go
	go=$("$TOP/scripts/fetch-go") || die "recording needs Go"
	NEED_GROUP=check need make python3
	make -s -C "$HERE" GO="$go/bin/go" go
	python3 "$HERE/conformance.py" record --go "$TOP/build/conformance/go-interp" \
		--seed "${SEED:-1}" --n "${N:-2500}" --corpus "${CORPUS:-$HERE/corpus/corpus}"
}

main "$@"
