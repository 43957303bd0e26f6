/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Saving a context with the C library's setjmp().
 *
 * For user space under ThreadSanitizer only, which keeps a shadow of the call stack that nothing but
 * its own longjmp() unwinds. The function that calls setjmp() has nothing left to do when it comes
 * back for the second time, so that no local variable can be stale.
 */
#ifndef _KDEFER_ARCH_LONGJMP_H
#define _KDEFER_ARCH_LONGJMP_H

/**
 * struct kdefer_context - a place that the runtime can jump back to
 * @sp: stack pointer, mangled with the task's secret
 * @ip: address of the jmp_buf, mangled with the task's secret
 * @check: sum of the two as they are stored
 */
struct kdefer_context {
	unsigned long sp;
	unsigned long ip;
	unsigned long check;
};

void __kdefer_longjmp_call(struct kdefer_context *ctx, unsigned long secret,
			   void (*thunk)(struct kdefer_context *ctx, void *arg), void *arg);

#define kdefer_arch_call	__kdefer_longjmp_call

#endif /* _KDEFER_ARCH_LONGJMP_H */
