/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KSHIM_LINUX_POISON_H
#define _KSHIM_LINUX_POISON_H

/* Not canonical on any 64-bit machine: using an entry that was removed faults. */
#define POISON_POINTER_DELTA 0xdead000000000000UL
#define LIST_POISON1 ((void *)(0x100 + POISON_POINTER_DELTA))
#define LIST_POISON2 ((void *)(0x122 + POISON_POINTER_DELTA))

#endif /* _KSHIM_LINUX_POISON_H */
