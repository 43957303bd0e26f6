// SPDX-License-Identifier: GPL-2.0-only
/*
 * Faults as panics on x86-64: a die notifier makes the faulting code return into a function that
 * raises the panic, as if the instruction that failed had called it.
 */
#include <linux/bits.h>
#include <linux/kdebug.h>
#include <linux/kprobes.h>
#include <linux/notifier.h>
#include <linux/printk.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <asm/cpufeature.h>
#include <asm/processor-flags.h>
#include <asm/ptrace.h>
#include <asm/special_insns.h>
#include <asm/trap_pf.h>
#include <asm/trapnr.h>
#include <asm/unwind.h>

#include "../../host/host.h"

void kdefer_fault_call(void);

unsigned long kdefer_arch_fault_kinds(void)
{
	return BIT(KDEFER_FAULT_NULL) | BIT(KDEFER_FAULT_ADDRESS) | BIT(KDEFER_FAULT_DIVIDE) |
	       BIT(KDEFER_FAULT_BUG) | BIT(KDEFER_FAULT_PROTECTION);
}

/* The kernel's unwinder begins with the function that has faulted, or with its caller. */
static unsigned long kdefer_fault_unwind(struct pt_regs *regs, bool (*passed)(unsigned long ip))
{
#ifdef CONFIG_UNWINDER_ORC
	struct unwind_state state;

	unwind_start(&state, current, regs, NULL);
	if (state.ip == regs->ip)
		unwind_next_frame(&state);
	while (passed && !unwind_done(&state) && passed(state.ip))
		unwind_next_frame(&state);
	return unwind_done(&state) ? 0 : state.ip;
#else
	return 0;
#endif
}

unsigned long kdefer_arch_fault_caller(struct pt_regs *regs, bool (*passed)(unsigned long ip))
{
	return regs->ip < PAGE_SIZE ? *(unsigned long *)regs->sp :
				      kdefer_fault_unwind(regs, passed);
}

bool kdefer_arch_fault_irqs_on(struct pt_regs *regs)
{
	return regs->flags & X86_EFLAGS_IF;
}

/* An oops dumps at most this many bytes of code before the faulting instruction, and after it. */
#define KDEFER_FAULT_CODE	64

/*
 * CR2 has the address of the newest page fault. That need not be the one that is handled: the
 * kernel has dumped the code around the instruction before it calls the notifiers, and where a part
 * of that code is not mapped, as in front of the first page of a module, the dump itself has
 * faulted. An address in that range is therefore taken for unknown.
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
 * The address on the stack is to be that of a return, as if the faulting instruction was a call:
 * who reads the stack looks up the byte before it. After a call through NULL there is a return
 * address already.
 */
static void kdefer_fault_redirect(struct pt_regs *regs, const struct kdefer_fault *fault)
{
	regs->di = fault->kind;
	regs->si = fault->address;
	regs->cx = fault->error_code;
	if (regs->ip < PAGE_SIZE) {
		regs->dx = kdefer_arch_fault_caller(regs, NULL);
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
	struct kdefer_fault fault;

	if (!args->regs || !kdefer_fault_decode(val, args, &fault))
		return NOTIFY_DONE;
	if (!kdefer_fault_is_panic(args->regs, val == DIE_OOPS ? KDEFER_OOPS_PREEMPT : 0))
		return NOTIFY_DONE;
	kdefer_fault_redirect(args->regs, &fault);
	return NOTIFY_STOP;
}
NOKPROBE_SYMBOL(kdefer_die);

/*
 * Called before all other notifiers: those act as if the thread were lost, for instance by dumping
 * the buffer of ftrace.
 */
static struct notifier_block kdefer_die_notifier = {
	.notifier_call = kdefer_die,
	.priority = INT_MAX,
};

/*
 * The destructor of a guard is called without kCFI's check, since its type is its class's own. Of
 * FineIBT's functions the first instruction may not be called.
 */
static void kdefer_say_fineibt(void)
{
	if (!IS_ENABLED(CONFIG_FINEIBT) || !cpu_feature_enabled(X86_FEATURE_IBT))
		return;
	pr_warn("kdefer: under FineIBT a panic cannot pass a kdefer_guard(): boot with cfi=kcfi\n");
}

int kdefer_arch_fault_init(void)
{
	kdefer_say_fineibt();
	return register_die_notifier(&kdefer_die_notifier);
}

void kdefer_arch_fault_exit(void)
{
	unregister_die_notifier(&kdefer_die_notifier);
}
