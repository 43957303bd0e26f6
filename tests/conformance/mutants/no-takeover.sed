# SPDX-License-Identifier: GPL-2.0-only
# kmod/core/panic.c: a panic goes on with what an older one was to run, and takes over too late
s/const struct kdefer \*mark = p->link ? p->link->mark : p->task->floor;/const struct kdefer *mark = p->task->floor;/
