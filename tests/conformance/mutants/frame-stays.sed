# SPDX-License-Identifier: GPL-2.0-only
# kmod/core/panic.c: a frame without deferred calls is never left: a hang
/task->frames = frame->link;/s/frame->link/frame/
