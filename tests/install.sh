#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# install.sh: installs libkdefer into an empty folder and builds programs against it as a user
# would, shared and static.
set -euo pipefail
TOP=$(cd "$(dirname "$0")/.." && pwd)
# shellcheck source=scripts/lib.sh
. "$TOP/scripts/lib.sh"

DIR=$(mktemp -d)
trap 'rm -rf "$DIR"' EXIT

cat >"$DIR/try.c" <<'END'
#include <kdefer/kdefer.h>
#include <linux/printk.h>

static void cope(void *result, struct kdefer_panic *p)
{
	struct kdefer_value v;

	if (krecover(p, &v))
		*(int *)result = v.err;
}

static KDEFER_DEFINE1(int, half, int, n)
{
	kdefer(cope, &kdefer_result);
	if (n % 2)
		kpanic(-EINVAL);
	return n / 2;
}

int main(void)
{
	return half(8) == 4 && half(7) == -EINVAL ? 0 : 1;
}
END

main() {
	local flags
	make -s -C "$TOP/userspace-shim" O="$DIR/build" \
		PREFIX=/opt/kdefer DESTDIR="$DIR/root" install
	export PKG_CONFIG_SYSROOT_DIR=$DIR/root
	export PKG_CONFIG_PATH=$DIR/root/opt/kdefer/lib/pkgconfig
	read -ra flags < <(pkg-config --cflags --libs kdefer)

	gcc -Wall -Werror -o "$DIR/shared" "$DIR/try.c" "${flags[@]}"
	LD_LIBRARY_PATH=$DIR/root/opt/kdefer/lib "$DIR/shared"
	readelf -d "$DIR/shared" | grep -q 'NEEDED.*\[libkdefer\.so\.0\]'
	echo "ok shared library"

	read -ra flags < <(pkg-config --cflags --libs --static kdefer)
	gcc -Wall -Werror -static -o "$DIR/static" "$DIR/try.c" "${flags[@]}"
	"$DIR/static"
	echo "ok static library"

	# What the library exports is its own names only.
	readelf -W --dyn-syms "$DIR/root/opt/kdefer/lib/libkdefer.so.0" |
		awk '
			$5 == "GLOBAL" && $7 != "UND" && $8 !~ /^(k|__k|KDEFER|shim_)/ {
				print
				bad = 1
			}
			END { exit bad }'
	echo "ok exported names"
}

main
