# SPDX-License-Identifier: GPL-2.0-only
# include/kdefer/frame.h: the records of a frame run oldest first
/^static __always_inline void kdefer_leave_landing/,/^}/s/task->top = --d;/{ struct kdefer first = *frame->mark; __builtin_memmove(frame->mark, frame->mark + 1, (char *)(d - 1) - (char *)frame->mark); *--d = first; task->top = d; }/
