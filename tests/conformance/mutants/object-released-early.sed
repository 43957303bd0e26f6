# SPDX-License-Identifier: GPL-2.0-only
# kmod/core/value.c: an object is released although an older panic still carries it
s/if (p->panicking && kdefer_same_object(/if (p == task->panic \&\& p->panicking \&\& kdefer_same_object(/
