# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What the other scripts share: the cache folder, messages, locks, and Debian packages
# that are unpacked there instead of being installed. To be sourced.

# What these scripts read of other programs' output is English.
export LC_ALL=C

# Only read by the scripts that source this file.
# shellcheck disable=SC2034
SCRIPTS=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# Exit status of a script that apt cannot give a package it needs.
UNAVAILABLE=69
CACHE=${KDEFER_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/kdefer}

# Standard output belongs to the scripts' results.
log() {
	printf '%s: %s\n' "${0##*/}" "$*" >&2
}

die() {
	log "$@"
	exit 1
}

as_root() {
	if [ "$(id -u)" -eq 0 ]; then
		"$@"
	elif command -v sudo >/dev/null; then
		sudo "$@"
	else
		die "'$*' needs root, and sudo is not installed; run scripts/setup.sh as root"
	fi
}

need() {
	local tool
	for tool in "$@"; do
		command -v "$tool" >/dev/null ||
			die "'$tool' is not installed; run scripts/setup.sh ${NEED_GROUP:-all}"
	done
}

# The expressions of the table of complaints that stand behind one of the words $1.
complaint_patterns() {
	sed -nE "s/^($1) +//p" "$SCRIPTS/../tests/vm/complaints.txt"
}

# Prints the lines of logs (- is standard input) in which a kernel says that something is wrong;
# fails if there are none.
complaints() {
	grep -anE -f <(complaint_patterns 'always|alive') "$@" |
		grep -avE -f <(complaint_patterns never)
}

# Held until the script ends. Says so when it has to wait, so that it does not look hung.
lock() {
	local file=$CACHE/$1.lock
	mkdir -p "$CACHE"
	exec 9>"$file"
	flock -n 9 && return
	log "waiting for another $1 to finish ($file)"
	flock 9
}

# The version that apt would install of package $1; fails when apt knows none.
candidate() {
	apt-cache policy "$1" | awk '$1 == "Candidate:" && $2 != "(none)" { print $2; found = 1 }
		END { exit !found }'
}

# Prints the path of the .deb of package $1 in version $2, downloaded once.
fetch_deb() {
	local dir=$CACHE/debs deb
	mkdir -p "$dir"
	# apt writes the epoch's colon as %3a.
	for deb in "$dir/$1_${2//:/%3a}"_*.deb; do
		[ -e "$deb" ] && echo "$deb" && return
	done
	log "downloading $1 $2"
	mkdir -p "$dir/partial.$$"
	if ! (cd "$dir/partial.$$" &&
		apt-get -q -o APT::Sandbox::User=root download "$1=$2" >&2); then
		rm -rf "$dir/partial.$$"
		log "cannot download $1 $2; see that the archive can be reached"
		return "$UNAVAILABLE"
	fi
	mv "$dir/partial.$$"/*.deb "$dir/"
	rmdir "$dir/partial.$$"
	echo "$dir/$1_${2//:/%3a}"_*.deb
}

# Debian's bpftrace and its libraries, for guests; the loader under a name that does not tell the
# architecture. $1: folder
copy_bpftrace() {
	mkdir -p "$1/lib"
	cp "$(command -v bpftrace)" "$1/"
	ldd "$1/bpftrace" | awk '/=> \// { print $3 }' | xargs cp -L -t "$1/lib"
	cp -L "$(ldd "$1/bpftrace" | awk '$1 ~ /ld-linux/ { print $1 }')" "$1/lib/ld.so"
}
