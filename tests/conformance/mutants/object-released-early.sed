# SPDX-License-Identifier: GPL-2.0-only
# kmod/core/value.c: an object is released although a panic still carries it
/^static bool kdefer_carries/,/^}/s/p->panicking && kdefer_same_object/!p \&\& kdefer_same_object/
