# SPDX-License-Identifier: GPL-2.0-only
# kmod/core/recover.c: the history of aborted panics is not cut at a recovery
/kdefer_history_truncate(task, p->history);/d
