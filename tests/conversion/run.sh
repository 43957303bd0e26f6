#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# run.sh: converts two drivers of Debian's kernel to kdefer, by the edits that stand here, lets each
# call of theirs fail in turn, with and without kdefer, and compares what becomes of that. Says how
# much the conversion costs in text.
# run.sh build SED: only builds them, with more edits
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
TOP=$(cd "$HERE/../.." && pwd)
OUT=$TOP/build/conversion
# shellcheck source=scripts/lib.sh
. "$TOP/scripts/lib.sh"

EDITS=
[ "${1-}" != build ] || EDITS=$2
# How much more text a converted driver may have, in percent.
declare -A MOST=([null_blk]=12 [veth]=20)

# $1: what is made of it: before, after, plain_before or plain_after; $2: driver; $3: its folder in
# the kernel's sources. Each module has a name of its own, since all are built at once.
prepare_driver() {
	local dir=$OUT/$1/$2 name=$2_$1 inject=
	mkdir -p "$dir"
	if [ "$2" = veth ]; then cp "$3/veth.c" "$dir"; else cp "$3"/*.[ch] "$dir"; fi
	[[ $1 == *before ]] || sed -i -f "$HERE/$2.sed" "$dir/${MAIN[$2]}"
	[[ $1 == *before || -z $EDITS ]] || sed -i -f "$EDITS" "$dir/${MAIN[$2]}"
	[[ $1 == plain* ]] || inject="-include \$(src)/../../inject/inject.h"
	{
		echo "ccflags-y := -I\$(src) $inject"
		echo "obj-m := $name.o"
		echo "$name-y := ${MAIN[$2]%.c}.o"
		[ "$2" != null_blk ] || echo "$name-\$(CONFIG_BLK_DEV_ZONED) += zoned.o trace.o"
	} >"$dir/Kbuild"
	echo "obj-m += $1/$2/" >>"$OUT/Kbuild"
}

declare -A MAIN=([null_blk]=main.c [veth]=veth.c)

# The drivers as they are and converted, to be let fail; and again to be measured.
prepare() {
	local source which
	source=$("$TOP/scripts/vm" source stock)
	rm -rf "$OUT"
	mkdir -p "$OUT"
	cp -r "$HERE/inject" "$OUT/"
	echo 'obj-m := inject/' >"$OUT/Kbuild"
	for which in before after plain_before plain_after; do
		prepare_driver $which null_blk "$source/drivers/block/null_blk"
		prepare_driver $which veth "$source/drivers/net"
	done
}

text() {
	size -A "$1" | awk '$1 ~ /^\.(init\.|exit\.)?text/ { n += $2 } END { print n }'
}

measure() {
	local driver before after growth
	for driver in null_blk veth; do
		before=$(text "$OUT/plain_before/$driver/${driver}_plain_before.ko")
		after=$(text "$OUT/plain_after/$driver/${driver}_plain_after.ko")
		growth=$(awk "BEGIN { printf \"%.1f\", 100 * $after / $before - 100 }")
		echo "# $driver: text $before before, $after after, $growth %, and" \
			"$(grep -c goto "$OUT/plain_before/$driver/${MAIN[$driver]}")" \
			"gotos before," \
			"$(grep -c goto "$OUT/plain_after/$driver/${MAIN[$driver]}") after"
		result "$driver does not grow by more than ${MOST[$driver]} %" \
			awk "BEGIN { exit !($growth <= ${MOST[$driver]}) }"
	done
}

result() {
	local what=$1
	shift
	if "$@"; then
		echo "ok - $what"
	else
		echo "not ok - $what"
		STATUS=1
	fi
}

# What the guest has printed of one of the two, without what the kernel has.
part() {
	sed -n "/^# $1\$/,/^# /p" "$OUT/log" | grep -v '^# \|^\['
}

same() {
	diff -u --label before --label after <(part before) <(part after)
}

# How many calls have failed, each driver's last turn being the one in which none does.
failures() {
	local n
	n=$(part after | awk '!/^  / { turn = "" }
		match($0, /^  [0-9]+/) && $1 != turn { turn = $1; n++ }
		/^(null_blk|veth)/ { n-- } END { print n }')
	echo "# $n calls were let fail"
	[ "$n" -ge "$1" ]
}

nothing_is_left() {
	! part after | grep 'unloaded; held: .'
}

build() {
	prepare
	"$TOP/scripts/vm" build stock "$OUT" >"$OUT/build.log" 2>&1 ||
		{ tail -n 30 "$OUT/build.log"; die "the drivers do not build"; }
	"$TOP/scripts/vm" cc stock -O2 -Wall -Wextra -o "$OUT/client" "$HERE/client.c"
	cp "$HERE/guest.sh" "$OUT/"
	mkdir "$OUT/guest"
	find "$("$TOP/scripts/vm" kernel stock)/root/lib/modules/" -name configfs.ko \
		-exec cp {} "$OUT/guest/" \;
}

main() {
	STATUS=0
	build
	[ -z "$EDITS" ] || return 0
	(cd "$OUT" && cp -r --parents inject/inject.ko {before,after}/*/*.ko client guest.sh guest/)
	"$TOP/scripts/vm" run stock --timeout 400 --file "$OUT/guest:conversion" -- \
		'insmod kdefer.ko && sh conversion/guest.sh conversion; rmmod kdefer' >"$OUT/log" ||
		STATUS=1
	measure
	result 'the same errnos, and the same held, with each call failing' same
	result 'there are as many failures as the drivers have calls' failures 80
	result 'nothing is left when the drivers are unloaded' nothing_is_left
	return "$STATUS"
}

main "$@"
