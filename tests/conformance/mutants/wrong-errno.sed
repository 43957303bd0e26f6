# SPDX-License-Identifier: GPL-2.0-only
# kmod/core/run.c: an uncaught panic ends with another errno
s/kdefer_tell(b, KDEFER_PANICKED, p->shown.value.err);/kdefer_tell(b, KDEFER_PANICKED, -1);/
