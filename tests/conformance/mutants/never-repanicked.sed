# SPDX-License-Identifier: GPL-2.0-only
# kmod/core/panic.c: a panic that was raised again is taken for a new one
/^static bool kdefer_is_repanic/,/^}/s/old->shown.value.id == p->shown.value.id/!old/
