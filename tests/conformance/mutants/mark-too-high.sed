# SPDX-License-Identifier: GPL-2.0-only
# kmod/core/panic.c: an older panic is taken over one record too early
/^static bool kdefer_run_deferred/,/^}/s/: p->task->top;/: p->task->top + 1;/
