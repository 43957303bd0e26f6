// SPDX-License-Identifier: GPL-2.0-only
/*
 * Leaving frames behind: the checks before a saved context is trusted, and the jump.
 */
#include "../arch/arch.h"
#include "impl.h"

/*
 * Every jump goes towards the older end of the stack, and to a context that nobody overwrote. Both
 * are cheap to check, and a jump that is not checked can go anywhere (rule S7).
 */
static bool kdefer_jump_ok(const struct kdefer_task *task, const struct kdefer_regs *regs,
			   unsigned long sp)
{
	unsigned long here = (unsigned long)__builtin_frame_address(0);

	if (sp <= here || here < task->stack_lo || sp > task->stack_hi || sp % sizeof(long))
		return false;
	return regs->check == regs->sp + regs->ip;
}

/* Throws if @regs cannot be jumped to. To be asked while the panic can still be printed. */
void notrace kdefer_check_jump(const struct kdefer_task *task, const struct kdefer_regs *regs)
{
	if (!kdefer_jump_ok(task, regs, regs->sp ^ task->secret))
		kdefer_throw(BAD_RECOVERY);
}

/* Continues in @regs, which was saved on the current stack, with @hooks. Does not return. */
void notrace kdefer_jump(struct kdefer_task *task, const struct kdefer_regs *regs,
			 const struct kdefer_return_hooks *hooks)
{
	unsigned long sp = regs->sp ^ task->secret;

	kdefer_check_jump(task, regs);
	kdefer_host_skip_stack(sp);
	/* Last: from here on nothing may be traced. */
	if (!kdefer_host_restore_return_hooks(hooks))
		kdefer_throw(RETURN_HOOKS_LOST);
	kdefer_arch_restore(regs, sp, regs->ip ^ task->secret);
	__builtin_trap();
}
