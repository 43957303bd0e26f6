#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# deb.sh: builds the Debian packages from what is committed, in build/deb, and has lintian look at
# them. Prints their paths.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"

TOP=$(cd "$SCRIPTS/.." && pwd)
OUT=$TOP/build/deb

main() {
	local version
	NEED_GROUP=deb need dpkg-buildpackage dh lintian git
	version=$(sed -n 's/^#define KDEFER_VERSION\t"\(.*\)"/\1/p' "$TOP/include/kdefer/version.h")
	[ "$(dpkg-parsechangelog -l "$TOP/debian/changelog" -S Version)" = "$version" ] ||
		die "debian/changelog and include/kdefer/version.h name different versions"
	rm -rf "$OUT"
	mkdir -p "$OUT/kdefer"
	git -C "$TOP" archive HEAD | tar -x -C "$OUT/kdefer"
	log "building the packages; the log is in build/deb/log"
	if ! (cd "$OUT/kdefer" && dpkg-buildpackage -us -uc -b) >"$OUT/log" 2>&1; then
		tail -n 30 "$OUT/log" >&2
		die "the packages do not build; see $OUT/log"
	fi
	lintian --fail-on error,warning "$OUT"/*.changes >&2 ||
		die "lintian has found something in the packages"
	git -C "$TOP" rev-parse HEAD >"$OUT/commit"
	ls "$OUT"/*.deb
}

main
