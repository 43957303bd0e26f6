// SPDX-License-Identifier: GPL-2.0-only
/*
 * Faults as panics on arm64. After a BUG() or an invalid instruction, a die notifier makes the
 * faulting code continue in a function that raises the panic, as if the instruction that failed had
 * called it. After a page fault the thread raises it where it would be ended.
 */
#include <linux/bits.h>
#include <linux/kdebug.h>
#include <linux/kprobes.h>
#include <linux/notifier.h>
#include <linux/preempt.h>
#include <linux/string.h>
#include <asm/esr.h>
#include <asm/insn.h>
#include <asm/ptrace.h>
#include <asm/sysreg.h>

#include "../../host/host.h"
#include "../generic/task-dead.h"

/*
 * The CPU knows neither a divide error nor a general protection fault, so none of them is missed.
 */
unsigned long kdefer_arch_fault_kinds(void)
{
	unsigned long kinds = BIT(KDEFER_FAULT_BUG) | BIT(KDEFER_FAULT_DIVIDE) |
			      BIT(KDEFER_FAULT_PROTECTION);

	if (kdefer_task_dead_hooked())
		kinds |= BIT(KDEFER_FAULT_NULL) | BIT(KDEFER_FAULT_ADDRESS);
	return kinds;
}

/*
 * A function that returns through pointer authentication has signed its return address at its
 * beginning. XPACLRI takes the signature off x30, and is a NOP for a CPU that has no such thing.
 */
static unsigned long kdefer_strip_signature(unsigned long ip)
{
	register unsigned long x30 asm("x30") = ip;

	asm("hint #7" : "+r" (x30));
	return x30;
}

unsigned long kdefer_arch_fault_caller(struct pt_regs *regs, bool (*passed)(unsigned long ip))
{
	return kdefer_strip_signature(regs->regs[30]);
}

bool kdefer_arch_fault_irqs_on(struct pt_regs *regs)
{
	return interrupts_enabled(regs);
}

static bool kdefer_fault_is_brk(const struct die_args *args)
{
	return ESR_ELx_EC(args->err) == ESR_ELx_EC_BRK64;
}

/* Which error it is; false for one that is not turned into a panic. */
static bool kdefer_fault_decode(const struct die_args *args, struct kdefer_fault *fault)
{
	fault->error_code = args->err;
	/* After a call of NULL it is who has made the call that has failed. */
	fault->ip = args->regs->pc;
	if (fault->ip < PAGE_SIZE)
		fault->ip = kdefer_arch_fault_caller(args->regs, NULL);
	fault->address = KDEFER_FAULT_NO_ADDRESS;
	if (!strcmp(args->str, "Oops - BUG") ||
	    !strcmp(args->str, "Oops - Undefined instruction")) {
		fault->kind = KDEFER_FAULT_BUG;
		return true;
	}
	if (strcmp(args->str, "Oops") || !kdefer_task_dead_hooked())
		return false;
	fault->address = ESR_ELx_EC(args->err) == ESR_ELx_EC_IABT_CUR ? args->regs->pc :
								       read_sysreg(far_el1);
	fault->kind = fault->address < PAGE_SIZE ? KDEFER_FAULT_NULL : KDEFER_FAULT_ADDRESS;
	return true;
}

/* What die() and the exception before it have added to preempt_count(). */
static int kdefer_fault_preempt_added(const struct die_args *args)
{
	int added = PREEMPT_DISABLE_OFFSET + KDEFER_OOPS_PREEMPT;

	return kdefer_fault_is_brk(args) ? added + PREEMPT_DISABLE_OFFSET : added;
}

static void kdefer_fault_redirect(struct pt_regs *regs, const struct kdefer_fault *fault, bool brk)
{
	regs->regs[0] = fault->kind;
	regs->regs[1] = fault->address;
	regs->regs[2] = fault->ip;
	regs->regs[3] = fault->error_code;
	regs->regs[30] = fault->ip + AARCH64_INSN_SIZE;
	/* A breakpoint's handler goes on with the next instruction if the thread survives. */
	regs->pc = (unsigned long)kdefer_fault_entry - (brk ? AARCH64_INSN_SIZE : 0);
}

static int kdefer_die(struct notifier_block *nb, unsigned long val, void *data)
{
	struct die_args *args = data;
	struct kdefer_fault fault;

	if (val != DIE_OOPS || !args->regs || !kdefer_fault_decode(args, &fault))
		return NOTIFY_DONE;
	if (!kdefer_fault_is_panic(args->regs, kdefer_fault_preempt_added(args)))
		return NOTIFY_DONE;
	if (fault.kind == KDEFER_FAULT_BUG)
		kdefer_fault_redirect(args->regs, &fault, kdefer_fault_is_brk(args));
	else
		kdefer_task_dead_raise(&fault, args->regs->regs[29]);
	return NOTIFY_STOP;
}
NOKPROBE_SYMBOL(kdefer_die);

/* Before all others: one that dumps ftrace, say, takes it that the machine is dying. */
static struct notifier_block kdefer_die_notifier = {
	.notifier_call = kdefer_die,
	.priority = INT_MAX,
};

/*
 * A thread that a BUG() ends never leaves that exception, in which debug exceptions and SErrors are
 * masked. From 7.0 on the kernel warns where it switches to another thread like that, and the
 * warning is an exception again: with the frames of the oops, 4.8 KiB of a stack of 16.
 */
void kdefer_arch_leave_exception(struct pt_regs *regs)
{
	regs->pstate &= ~(PSR_D_BIT | PSR_A_BIT);
}
NOKPROBE_SYMBOL(kdefer_arch_leave_exception);

void kdefer_arch_pretend_call(struct pt_regs *regs, unsigned long ip, unsigned long fp)
{
	regs->regs[29] = fp;
	regs->regs[30] = ip + AARCH64_INSN_SIZE;
}
NOKPROBE_SYMBOL(kdefer_arch_pretend_call);

int kdefer_arch_fault_init(void)
{
	kdefer_task_dead_init();
	return register_die_notifier(&kdefer_die_notifier);
}

void kdefer_arch_fault_exit(void)
{
	unregister_die_notifier(&kdefer_die_notifier);
	kdefer_task_dead_exit();
}
