/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Saving a context with the C library's setjmp().
 *
 * For user space under ThreadSanitizer only, which keeps a shadow of the call stack that nothing
 * but its own longjmp() unwinds. setjmp() has to be called by the KDEFER function itself, which
 * thereby returns twice; of its variables only those that do not change in between are used
 * afterwards.
 */
#ifndef _KDEFER_ARCH_SETJMP_H
#define _KDEFER_ARCH_SETJMP_H

#include <setjmp.h>

/**
 * struct kdefer_regs - the saved registers of a place that the runtime can jump back to
 * @sp: frame of the function, mangled with the task's secret
 * @ip: address of @env, mangled with the task's secret
 * @check: sum of the two as they are stored
 * @env: what setjmp() saves
 */
struct kdefer_regs {
	unsigned long sp;
	unsigned long ip;
	unsigned long check;
	jmp_buf env;
};

#define kdefer_arch_call(regs, secret, thunk, arg)				\
do {										\
	struct kdefer_regs *__regs = (regs);					\
	unsigned long __secret = (secret);					\
										\
	__regs->sp = (unsigned long)__builtin_frame_address(0) ^ __secret;	\
	__regs->ip = (unsigned long)__regs->env ^ __secret;			\
	__regs->check = __regs->sp + __regs->ip;					\
	if (!_setjmp(__regs->env))						\
		thunk(__regs, arg);						\
} while (0)

#endif /* _KDEFER_ARCH_SETJMP_H */
