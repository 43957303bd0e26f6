/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KSHIM_LINUX_TIME_H
#define _KSHIM_LINUX_TIME_H

/* The C library's structs stand for those of the header of this name that user space has. */
#include <sys/time.h>
#include <time.h>
#include <linux/math64.h>
#include <linux/time64.h>

#endif /* _KSHIM_LINUX_TIME_H */
