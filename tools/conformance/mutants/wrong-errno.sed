# SPDX-License-Identifier: GPL-2.0-only
# kmod/core/run.c: an uncaught panic ends with another errno
s/b->out->result = p->shown.value.err;/b->out->result = -1;/
