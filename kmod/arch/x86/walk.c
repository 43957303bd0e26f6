// SPDX-License-Identifier: GPL-2.0-only
/*
 * The functions in a part of the stack, by the kernel's own unwinder: it can start at a saved
 * context, and knows each function's stack pointer.
 */
#include <linux/kconfig.h>

#ifdef CONFIG_UNWINDER_ORC
#include <linux/sched.h>
#include <asm/ptrace.h>
#include <asm/segment.h>
#include <asm/unwind.h>

#include "../arch.h"

void kdefer_arch_walk(const struct kdefer_regs *from, unsigned long secret, unsigned long sp,
		      void (*look)(void *arg, unsigned long ip, unsigned long frame), void *arg)
{
	struct pt_regs regs = {
		.ip = from->ip ^ secret,
		.sp = from->sp ^ secret,
		.bp = from->saved.rbp,
		.cs = __KERNEL_CS,
	};
	struct unwind_state state;

	unwind_start(&state, current, &regs, NULL);
	for (; !unwind_done(&state) && state.sp < sp; unwind_next_frame(&state))
		look(arg, state.ip, state.sp);
}
#else
#include "../generic/walk.c"
#endif
