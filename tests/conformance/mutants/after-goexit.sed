# SPDX-License-Identifier: GPL-2.0-only
# kmod/core/panic.c: the printout forgets that a goexit came between two panics
s/first->after_goexit = true;/first->after_goexit = false;/
