// SPDX-License-Identifier: GPL-2.0-only
/*
 * Faults as panics on x86-64: a die notifier makes the faulting context return into a function
 * that raises the panic, as if the faulting instruction had called it.
 */
#include <linux/extable.h>
#include <linux/kdebug.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/notifier.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <asm/processor-flags.h>
#include <asm/ptrace.h>
#include <asm/special_insns.h>
#include <asm/trap_pf.h>
#include <asm/trapnr.h>

#include "../../host/host.h"
#include "fault.h"

/* The panic and its deferred calls run below the faulting frame. */
#define KDEFER_FAULT_STACK	SZ_2K

/* Where a faulting context continues. Its arguments are put into its registers. */
notrace void kdefer_fault_entry(unsigned long kind, unsigned long address, unsigned long ip,
				unsigned long error_code)
{
	struct kdefer_fault fault = {
		.kind = kind,
		.address = address,
		.ip = ip,
		.error_code = error_code,
	};

	kdefer_count(KDEFER_STAT_FAULTS);
	kdefer_raise_fault(&fault, ip);
	__builtin_trap();
}
NOKPROBE_SYMBOL(kdefer_fault_entry);

/* A call through a NULL pointer faults where no code is; the caller is what counts. */
static bool kdefer_called_null(const struct pt_regs *regs)
{
	return regs->ip < PAGE_SIZE;
}

/* The kernel would go on at the fixup, but asks die notifiers of a #DE or #UD first. */
static bool kdefer_fault_has_fixup(const struct module *owner, unsigned long ip)
{
	const struct exception_table_entry *e = owner->extable;
	unsigned int i;

	for (i = 0; i < owner->num_exentries; i++)
		if ((unsigned long)&e[i].insn + e[i].insn == ip)
			return true;
	return false;
}

static bool kdefer_fault_is_ours(const struct kdefer_task *task, const struct pt_regs *regs)
{
	unsigned long ip = regs->ip;

	if (regs->sp % sizeof(long) || regs->sp > task->stack_hi ||
	    regs->sp < task->stack_lo + KDEFER_FAULT_STACK)
		return false;
	if (!kdefer_called_null(regs))
		return within_module(ip, task->fault_owner) &&
		       !kdefer_fault_has_fixup(task->fault_owner, ip);
	/* A tail call of NULL in a deferred function, which kdefer itself has called. */
	ip = *(unsigned long *)regs->sp;
	return within_module(ip, task->fault_owner) || within_module(ip, THIS_MODULE);
}

/*
 * With a lock held or interrupts off the thread could not go on: it stays the oops that it was. Nor
 * does the count equal the context of a frame that was entered with interrupts off.
 */
static bool kdefer_fault_context_ok(const struct kdefer_task *task, const struct pt_regs *regs)
{
	u32 then = task->frames ? task->frames->snapshot.preempt : 0;

	return (regs->flags & X86_EFLAGS_IF) && preempt_count() == then &&
	       !(current->flags & PF_EXITING);
}

/* As many bytes around the faulting instruction does the kernel dump. */
#define KDEFER_FAULT_CODE	64

/*
 * By now the kernel has dumped the code around the instruction, and if some of that is not
 * mapped, as before the first page of a module, CR2 is that fault's. The real address is lost
 * then.
 */
static unsigned long kdefer_fault_address(const struct die_args *args)
{
	unsigned long address = read_cr2();

	if (args->err & X86_PF_INSTR)
		return args->regs->ip;
	return address - (args->regs->ip - KDEFER_FAULT_CODE) < 2 * KDEFER_FAULT_CODE ?
		KDEFER_FAULT_NO_ADDRESS : address;
}

/* Which error it is; false for a trap that is not turned into a panic. */
static bool kdefer_fault_decode(unsigned long val, const struct die_args *args,
				struct kdefer_fault *fault)
{
	fault->error_code = args->err;
	fault->address = KDEFER_FAULT_NO_ADDRESS;
	if (val == DIE_TRAP && args->trapnr == X86_TRAP_DE) {
		fault->kind = KDEFER_FAULT_DIVIDE;
	} else if (val == DIE_TRAP && args->trapnr == X86_TRAP_UD) {
		fault->kind = KDEFER_FAULT_BUG;
	} else if (val == DIE_GPF) {
		fault->kind = KDEFER_FAULT_PROTECTION;
	} else if (val == DIE_OOPS && !strcmp(args->str, "Oops")) {
		/* A page fault: for those of the kernel itself the trap number is not set. */
		fault->address = kdefer_fault_address(args);
		fault->kind = fault->address < PAGE_SIZE ? KDEFER_FAULT_NULL :
							   KDEFER_FAULT_ADDRESS;
	} else {
		return false;
	}
	return true;
}

/*
 * The stack is to look as if the faulting instruction was a call: the unwinder looks up the byte
 * before a return address. After a call through NULL there is a return address already.
 */
static void kdefer_fault_redirect(struct pt_regs *regs, const struct kdefer_fault *fault)
{
	regs->di = fault->kind;
	regs->si = fault->address;
	regs->cx = fault->error_code;
	if (kdefer_called_null(regs)) {
		regs->dx = *(unsigned long *)regs->sp;
		regs->ip = (unsigned long)kdefer_fault_entry;
	} else {
		regs->dx = regs->ip;
		regs->r8 = regs->ip + 1;
		regs->ip = (unsigned long)kdefer_fault_call;
	}
	regs->flags &= ~(X86_EFLAGS_DF | X86_EFLAGS_AC);
}

static int kdefer_die(struct notifier_block *nb, unsigned long val, void *data)
{
	struct die_args *args = data;
	struct kdefer_task *task;
	struct kdefer_fault fault;

	if (!args->regs || user_mode(args->regs) || !kdefer_fault_decode(val, args, &fault))
		return NOTIFY_DONE;
	task = kdefer_current();
	if (!task || !task->panic_on_fault)
		return NOTIFY_DONE;
	if (!kdefer_fault_is_ours(task, args->regs) || !kdefer_fault_context_ok(task, args->regs))
		return NOTIFY_DONE;
	kdefer_fault_redirect(args->regs, &fault);
	return NOTIFY_STOP;
}
NOKPROBE_SYMBOL(kdefer_die);

/* First of all: others, such as the one that dumps ftrace, take it that the machine is dying. */
static struct notifier_block kdefer_die_notifier = {
	.notifier_call = kdefer_die,
	.priority = INT_MAX,
};

int kdefer_fault_init(void)
{
	return register_die_notifier(&kdefer_die_notifier);
}

void kdefer_fault_exit(void)
{
	unregister_die_notifier(&kdefer_die_notifier);
}
