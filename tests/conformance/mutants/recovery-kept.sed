# SPDX-License-Identifier: GPL-2.0-only
# kmod/core/panic.c: a newer panic inherits that the older one was recovered
s/old->recovered = false;/old->recovered = old->recovered || p->recovered;/
