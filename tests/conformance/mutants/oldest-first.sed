# SPDX-License-Identifier: GPL-2.0-only
# include/kdefer/frame.h: the records of a frame run oldest first
/^static __always_inline bool kdefer_next_slot/,/^}/{
s/d->fn = frame->slot\[n\].fn;/d->fn = frame->slot[0].fn;/
s/d->arg = frame->slot\[n\].arg;/d->arg = frame->slot[0].arg;/
s/	return true;/	__builtin_memmove(\&frame->slot[0], \&frame->slot[1], n * sizeof(frame->slot[0]));\n	return true;/
}
