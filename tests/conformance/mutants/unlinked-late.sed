# SPDX-License-Identifier: GPL-2.0-only
# include/kdefer/frame.h: a record is unlinked after its call
/^static __always_inline void kdefer_leave/,/^}/{
s/while (kdefer_next_slot(frame, &d))/while (frame->nr \&\& (d.fn = frame->slot[frame->nr - 1].fn, d.arg = frame->slot[frame->nr - 1].arg, true)) {/
s/((kdefer_fn)d.fn)(d.arg);/((kdefer_fn)d.fn)(d.arg); frame->nr--; }/
}
