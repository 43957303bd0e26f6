# SPDX-License-Identifier: GPL-2.0-only
# kmod/core/value.c: an object is released although an older panic still carries it
/^static bool kdefer_carries/,/^}/s/for (; p; p = p->link)/if (p)/
