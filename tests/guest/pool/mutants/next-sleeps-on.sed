# SPDX-License-Identifier: GPL-2.0-only
# kmod/host/go.c: a thread that was woken does not wake the next one
/^static void kdefer_wake_next/,/^}/s/^\tif (w)$/\tif (false)/
