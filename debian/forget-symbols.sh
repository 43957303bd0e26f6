#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# forget-symbols.sh KERNEL: removes what the build of the module has left for drivers.
set -e
rm -f "/var/lib/kdefer/$1/Module.symvers"
rmdir --ignore-fail-on-non-empty "/var/lib/kdefer/$1" /var/lib/kdefer 2>/dev/null || :
