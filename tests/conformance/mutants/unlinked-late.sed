# SPDX-License-Identifier: GPL-2.0-only
# include/kdefer/frame.h: a record is unlinked after its call
/^static __always_inline void kdefer_leave_landing/,/^}/{
s/task->top = --d;/--d;/
s/kdefer_call(d, NULL);/kdefer_call(d, NULL);\n		task->top = d;/
}
