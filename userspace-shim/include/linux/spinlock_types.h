/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KSHIM_LINUX_SPINLOCK_TYPES_H
#define _KSHIM_LINUX_SPINLOCK_TYPES_H

#include <linux/types.h>

struct task_struct;

/* All zero is an unlocked lock, so that one in zeroed memory fails no later than in the kernel. */
typedef struct spinlock {
	pthread_mutex_t raw;
	struct task_struct *owner;
} spinlock_t;

typedef spinlock_t raw_spinlock_t;

#define __SPIN_LOCK_UNLOCKED(name) { .owner = NULL }
#define __RAW_SPIN_LOCK_UNLOCKED(name) __SPIN_LOCK_UNLOCKED(name)
#define DEFINE_SPINLOCK(x) spinlock_t x = __SPIN_LOCK_UNLOCKED(x)
#define DEFINE_RAW_SPINLOCK(x) DEFINE_SPINLOCK(x)

#endif /* _KSHIM_LINUX_SPINLOCK_TYPES_H */
