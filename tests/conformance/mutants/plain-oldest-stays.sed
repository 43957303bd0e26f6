# SPDX-License-Identifier: GPL-2.0-only
# include/kdefer/frame.h: a function that no recovery returns to leaves its oldest record
/^static __always_inline void kdefer_leave(/,/^}/s/d != frame->mark; d = /d > frame->mark + 1; d = /
