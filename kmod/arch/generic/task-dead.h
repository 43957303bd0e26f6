/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Faults as panics where the kernel ends the thread although a die notifier says that it is not to.
 */
#ifndef _KDEFER_ARCH_TASK_DEAD_H
#define _KDEFER_ARCH_TASK_DEAD_H

#include <linux/types.h>

struct kdefer_fault;
struct pt_regs;

/* Begins to hear of threads that are about to be ended. Where that cannot be, none is saved. */
void kdefer_task_dead_init(void);
void kdefer_task_dead_exit(void);

/* Whether kdefer_task_dead_raise() can be called. */
bool kdefer_task_dead_hooked(void);

/**
 * kdefer_task_dead_raise - raise a fault in place of the end of the current thread
 * @fault: what has happened
 * @fp: the frame pointer where it happened
 *
 * To be called by a die notifier which then returns NOTIFY_STOP, where the kernel calls
 * make_task_dead() next, with everything undone that it had done about the fault but the exception
 * itself.
 */
void kdefer_task_dead_raise(const struct kdefer_fault *fault, unsigned long fp);

/**
 * kdefer_arch_leave_exception - let a thread end as if it had left the exception that ends it
 * @regs: registers where it is about to be ended
 *
 * Provided by the architecture, for threads that are inside of a KDEFER function.
 */
void kdefer_arch_leave_exception(struct pt_regs *regs);

/**
 * kdefer_arch_pretend_call - let a function that is about to begin look as if called from elsewhere
 * @regs: registers that the function begins with
 * @ip: the instruction that is to have called it
 * @fp: the frame pointer there
 *
 * Provided by the architecture. The function never returns.
 */
void kdefer_arch_pretend_call(struct pt_regs *regs, unsigned long ip, unsigned long fp);

#endif /* _KDEFER_ARCH_TASK_DEAD_H */
