#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The kernel's own kernel-doc, from $KERNEL_SOURCE. Types such as void (*)(void *) and lists of them
# in running text become literals: reST would take their asterisks for emphasis.
set -euo pipefail

# shellcheck disable=SC2016
"$KERNEL_SOURCE/scripts/kernel-doc" "$@" |
	sed -E '/^\.\. c:/! s/(^|[^`])([a-z]+ \(\*\)\([^()]*\))/\1``\2``/g
		/^\.\. c:/! s/(^| )(\(void \*[^()]*\))/\1``\2``/g'
