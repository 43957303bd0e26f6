# SPDX-License-Identifier: GPL-2.0-only
# kmod/core/defer.c: the record that leads back to the older chunk is overwritten
s/task->top = d + 1;/task->top = d;/
