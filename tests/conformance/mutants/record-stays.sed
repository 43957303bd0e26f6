# SPDX-License-Identifier: GPL-2.0-only
# kmod/core/defer.c: a record that a panic runs is not taken off the stack: a hang
/^bool kdefer_pop/,/^}/s/\*d = \*--task->top;/*d = task->top[-1];/
