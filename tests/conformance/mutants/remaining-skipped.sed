# SPDX-License-Identifier: GPL-2.0-only
# kmod/core/recover.c: after a recovery the remaining deferred calls of the frame do not run
s/^	kdefer_jump(task, &landing->regs/	task->top = frame->mark;\n&/
