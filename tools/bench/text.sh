# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# To be sourced. text_of FILE FUNCTION: the bytes of text of a function, and of the parts that the
# compiler or kdefer has made of it: FUNCTION.cold, FUNCTION.landing, __kdefer_thunk_FUNCTION.
text_of() {
	nm -S --radix=d "$1" | awk -v name="$2" '
		tolower($3) == "t" {
			part = $4
			sub(/^__kdefer_thunk_/, "", part)
			sub(/\..*/, "", part)
			if (part == name)
				bytes += $2
		}
		END { print bytes + 0 }'
}
