# SPDX-License-Identifier: GPL-2.0-only
# kmod/core/defer.c: the newest record of a full chunk is lost when the next one is left
s/task->top = task->end;/task->top = task->end - 1;/
