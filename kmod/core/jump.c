// SPDX-License-Identifier: GPL-2.0-only
/*
 * Leaving frames behind: the checks before a saved context is trusted, and the jump.
 */
#include "../arch/arch.h"
#include "impl.h"

static bool kdefer_on_stack(const struct kdefer_task *task, unsigned long sp)
{
	return sp >= task->stack_lo && sp <= task->stack_hi;
}

/*
 * Every jump goes towards the older end of the stack, and to a context that nobody overwrote. Both
 * are cheap to check, and a jump that is not checked can go anywhere (rule S7). Returns what is
 * wrong, or NULL.
 */
static const char *kdefer_jump_error(const struct kdefer_task *task,
				     const struct kdefer_regs *regs, unsigned long sp,
				     unsigned long here)
{
	if (regs->check != regs->sp + regs->ip)
		return "the check sum is wrong";
	if (sp <= here || sp > task->stack_hi)
		return kdefer_on_stack(task, sp) ?
		       "the saved stack pointer is not above the current one" :
		       "the saved stack pointer is not in the stack";
	if (here < task->stack_lo)
		return "the current stack pointer is not in the stack";
	if (sp % sizeof(long))
		return "the saved stack pointer is not aligned";
	return NULL;
}

/*
 * Addresses of the stack are printed as they are. They are there to be compared, which hashed ones,
 * as %p prints them, cannot be; and they tell the reader of a log no more than the oops that
 * follows, which has the stack pointer and all other registers. A saved stack pointer that is no
 * address of this stack is printed as it was stored. If it was overwritten this shows with what,
 * and unmangled, bytes that an attacker had chosen would tell him the secret.
 */
static noinline void kdefer_bad_recovery(const struct kdefer_task *task,
					 const struct kdefer_regs *regs, unsigned long sp,
					 unsigned long here, const char *error)
{
	bool on_stack = kdefer_on_stack(task, sp);

	kdefer_throw(BAD_RECOVERY, error, on_stack ? sp : regs->sp, on_stack ? "" : " as stored",
		     here, task->stack_lo, task->stack_hi);
}

/*
 * Throws if @regs cannot be jumped to. To be called before the panic's record is unlinked, so that
 * the throw prints the panic.
 */
void notrace kdefer_check_jump(const struct kdefer_task *task, const struct kdefer_regs *regs)
{
	unsigned long here = (unsigned long)__builtin_frame_address(0);
	unsigned long sp = regs->sp ^ task->secret;
	const char *error = kdefer_jump_error(task, regs, sp, here);

	if (unlikely(error))
		kdefer_bad_recovery(task, regs, sp, here, error);
}

/* Continues in @regs, which was saved on the current stack, with @hooks. Does not return. */
void notrace kdefer_jump(struct kdefer_task *task, const struct kdefer_regs *regs,
			 const struct kdefer_return_hooks *hooks)
{
	unsigned long sp = regs->sp ^ task->secret;

	kdefer_check_jump(task, regs);
	kdefer_host_skip_stack(sp);
	/* The last call before the jump: a traced function called after it would add an entry. */
	if (!kdefer_host_restore_return_hooks(hooks))
		kdefer_throw(RETURN_HOOKS_LOST);
	kdefer_arch_restore(regs, sp, regs->ip ^ task->secret);
	kdefer_arch_trap();
}
