# SPDX-License-Identifier: GPL-2.0-only
# include/kdefer/frame.h: a record is unlinked after its call
/^static __always_inline void kdefer_leave(/,/^}/{
s/task->top = --d;/--d;/
s/((kdefer_fn)d->fn)(d->arg);/((kdefer_fn)d->fn)(d->arg);\n		task->top = d;/
}
