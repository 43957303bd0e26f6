#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Prints the GOROOT of a Go whose semantics kdefer is compared with. bookworm's own Go is too
# old, so it comes from Debian's trixie-backports: verified, unpacked in the cache folder, not
# installed, and apt's configuration is left alone. Exit status 77: the archive has no answer.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"

SUITE=trixie-backports
WANTED=1.27
OLDEST=1.23
KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg

skip() {
	log "$@"
	exit 77
}

cached_goroot() {
	[ -x "$CACHE/go/current/bin/go" ] || return 1
	readlink -f "$CACHE/go/current"
}

# The mirror that this machine already uses, whatever it is.
archive_uri() {
	local uri
	# The dollar is for apt to expand.
	# shellcheck disable=SC2016
	uri=$(apt-get indextargets --format '$(REPO_URI)' \
		'Created-By: Packages' 'Codename: bookworm' | head -n 1)
	[ -n "$uri" ] || skip "apt has no entry for bookworm; add one to its sources"
	echo "${uri%/}"
}

# apt's own downloader knows the machine's proxies and mirror methods.
download() {
	/usr/lib/apt/apt-helper -q -o APT::Sandbox::User=root download-file "$1" "$2" >&2 ||
		skip "cannot download $1; see that the archive can be reached"
}

# Unpacks the index of the suite, once the archive's key and its checksum have vouched for it.
fetch_index() {
	local name=main/binary-amd64/Packages.xz sum
	download "$URI/dists/$SUITE/InRelease" "$TMP/InRelease"
	gpgv --quiet --keyring "$KEYRING" --output "$TMP/Release" \
		"$TMP/InRelease" 2>"$TMP/gpgv" || {
		cat "$TMP/gpgv" >&2
		die "the signature of $URI/dists/$SUITE/InRelease is not Debian's; nothing was used"
	}
	sum=$(awk -v name="$name" '/^SHA256:/ { on = 1; next } /^[^ ]/ { on = 0 }
		on && $3 == name { print $1 }' "$TMP/Release")
	[ -n "$sum" ] || die "$SUITE/Release lists no $name"
	download "$URI/dists/$SUITE/$name" "$TMP/Packages.xz"
	check_sum "$sum" "$TMP/Packages.xz"
	xz -dc "$TMP/Packages.xz" >"$TMP/Packages"
}

check_sum() {
	echo "$1  $2" | sha256sum --check --status ||
		die "${2##*/} does not have the SHA256 that the archive lists; try again"
}

# Field $2 of package $1 in the index.
field() {
	awk -v package="$1" -v field="$2:" '$1 == "Package:" { on = $2 == package }
		on && $1 == field { print $2 }' "$TMP/Packages" | tail -n 1
}

pick_version() {
	local version
	if [ -n "$(field "golang-$WANTED-go" Filename)" ]; then
		echo "$WANTED"
		return
	fi
	version=$(sed -n 's/^Package: golang-\(1\.[0-9]*\)-go$/\1/p' "$TMP/Packages" |
		sort -uV | tail -n 1)
	if [ "$(printf '%s\n' "$OLDEST" "$version" | sort -V | head -n 1)" != "$OLDEST" ]; then
		skip "$SUITE has no Go of version $OLDEST or newer"
	fi
	log "no Go $WANTED in $SUITE; falling back to Go $version"
	echo "$version"
}

unpack() {
	local file
	file=$(field "$1" Filename)
	[ -n "$file" ] || skip "$SUITE has no package $1"
	log "downloading ${file##*/}"
	download "$URI/$file" "$TMP/${file##*/}"
	check_sum "$(field "$1" SHA256)" "$TMP/${file##*/}"
	dpkg-deb -x "$TMP/${file##*/}" "$TMP/root"
}

# Debian spreads a GOROOT over lib and share and ties it together with symlinks.
# Relative ones keep working wherever the tree is moved to.
relocate() {
	local link target
	find "$TMP/root" -type l -lname '/*' -print0 |
		while IFS= read -r -d '' link; do
			target=$(readlink "$link")
			ln -sfnr "$TMP/root$target" "$link"
		done
}

main() {
	local version goroot
	cached_goroot && exit
	NEED_GROUP=bench need gpgv xz dpkg-deb apt-get
	[ -r "$KEYRING" ] || die "$KEYRING is missing; run scripts/setup.sh bench"
	lock go
	cached_goroot && exit

	mkdir -p "$CACHE/go"
	TMP=$(mktemp -d "$CACHE/go/tmp.XXXXXX")
	trap 'rm -rf "$TMP"' EXIT
	URI=$(archive_uri)
	fetch_index
	version=$(pick_version)
	unpack "golang-$version-go"
	unpack "golang-$version-src"
	relocate

	rm -rf "$CACHE/go/$version"
	mv "$TMP/root" "$CACHE/go/$version"
	goroot=$CACHE/go/$version/usr/lib/go-$version
	GOROOT=$goroot GOTOOLCHAIN=local "$goroot/bin/go" version >&2 ||
		die "$goroot/bin/go does not run"
	ln -sfn "$version/usr/lib/go-$version" "$CACHE/go/current"
	cached_goroot
}

main
