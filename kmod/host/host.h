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

#endif /* _KDEFER_HOST_HOST_H */
