#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# check.sh: runs every concept, and ../subtests, as a program over libkdefer and compares what it
# prints with the .expected file beside it. O, CC, CFLAGS and SAN are Makefile.shim's; WRAPPER is a
# command to run each program under, such as valgrind.
set -euo pipefail

HERE=$(cd "$(dirname "$0")" && pwd)
export O=${O:-$(cd "$HERE/../.." && pwd)/build/shim}

# $1: the .expected file
check() {
	local dir name got status=0
	dir=$(basename "$(dirname "$1")")
	name=$(basename "$1" .expected)
	# Word splitting makes the arguments of the wrapper.
	# shellcheck disable=SC2086
	got=$(timeout 60 ${WRAPPER-} "$O/samples/$dir/$name" 2>&1) || status=$?
	# What kdefer says of itself names addresses.
	got=$(grep -v '^kdefer: ' <<<"$got")
	if diff -u --label expected --label got "$1" <(echo "$got") && [ "$status" -eq 0 ]; then
		echo "ok $name"
	else
		echo "not ok $name: exit status $status"
		return 1
	fi
}

# What stands in the repository is what Go prints, where the same program is written in Go. Go ends
# a program whose panic nobody recovers with 2, and then prints stacks.
check_go() {
	local name=$1 got status=0
	got=$(GOTOOLCHAIN=local GO111MODULE=off "$GO" run "$HERE/$name.go" 2>&1) || status=$?
	got=$(grep -E "^($name:|	*panic:) " <<<"$got")
	if [ "$status" -le 1 ] &&
		diff -u --label expected --label go "$HERE/$name.expected" <(echo "$got")
	then
		echo "ok $name in Go"
	else
		echo "not ok $name in Go: exit status $status"
		return 1
	fi
}

check_all_go() {
	local file goroot failed=0
	goroot=$("$HERE/../../scripts/fetch-go") || {
		echo "ok concepts in Go # SKIP no Go could be had"
		return 0
	}
	GO=$goroot/bin/go
	for file in "$HERE"/*.go; do
		file=${file##*/}
		check_go "${file%.go}" || failed=1
	done
	return "$failed"
}

main() {
	local file failed=0
	make -s -f "$HERE/../Makefile.shim"
	for file in "$HERE"/*.expected "$HERE"/../subtests/*.expected; do
		check "$file" || failed=1
	done
	[ -n "${WRAPPER-}${SAN-}" ] || check_all_go || failed=1
	return "$failed"
}

main
