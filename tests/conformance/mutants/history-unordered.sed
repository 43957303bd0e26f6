# SPDX-License-Identifier: GPL-2.0-only
# kmod/core/panic.c: an aborted panic is put behind newer ones in the history
s/kdefer_history_insert(old->task->history, p->history,/kdefer_history_insert(old->task->history, old->task->history->len,/
