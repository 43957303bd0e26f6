# SPDX-License-Identifier: GPL-2.0-only
# include/kdefer/frame.h: the records of a frame run oldest first
/^static __always_inline void kdefer_leave_landing/,/^}/s/task->top = --d;/{ struct kdefer first = *landing->frame.mark; __builtin_memmove(landing->frame.mark, landing->frame.mark + 1, (char *)(d - 1) - (char *)landing->frame.mark); *--d = first; task->top = d; }/
