# SPDX-License-Identifier: GPL-2.0-only
# kmod/core/defer.c: only the newest of the linked records is kept
s/d->link = frame->nr > KDEFER_SLOTS ? frame->more : NULL;/d->link = NULL;/
