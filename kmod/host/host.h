/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Private declarations of the kernel host.
 */
#ifndef _KDEFER_HOST_HOST_H
#define _KDEFER_HOST_HOST_H

#include "../core/impl.h"

int kdefer_fault_init(void);
void kdefer_fault_exit(void);

int kdefer_task_init(void);
void kdefer_task_exit(void);

#ifdef CONFIG_BLOCK
void kdefer_skip_plug(unsigned long sp);
#else
static inline void kdefer_skip_plug(unsigned long sp)
{
}
#endif

#endif /* _KDEFER_HOST_HOST_H */
