/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * All that an architecture provides: what it must, and what it may.
 *
 * In include/kdefer/arch/NAME.h, since it is compiled into users' functions:
 *
 *	struct kdefer_regs
 *		Must. Begins with @sp, @ip and @check, which the core reads: the stack pointer and
 *		the instruction pointer, each exclusive-ored with the task's secret, and the sum of
 *		the two as they are stored. What follows is the architecture's: the registers that a
 *		callee preserves, and the pointers of shadow stacks where there are any. Offsets
 *		that assembly uses are asserted next to the struct.
 *
 *	kdefer_arch_call(regs, secret, thunk, arg)
 *		Must. Saves the registers in @regs, calls thunk(regs, arg), and continues behind the
 *		call when thunk returns or when kdefer_arch_restore() is called with @regs. Whether
 *		one or the other has happened the compiler must not be able to tell: it names as
 *		clobbered all registers that a call may destroy, of every class that the compiler
 *		may use, and memory. The stack is aligned there as the architecture's calls need it.
 *		In the kernel objtool has to see a call, and that what is behind it is reached.
 *
 *	kdefer_arch_emit_defer(frame, fn, arg), kdefer_arch_emit_run(frame, fn, arg, why)
 *		May, in the kernel; else include/kdefer/arch/generic.h. Call __kdefer_quiet_defer()
 *		and __kdefer_quiet_run(), which the architecture provides as well, in a way that
 *		costs who does not come here neither a register nor a store.
 *
 *	KDEFER_ARCH_SIGNED_RETURNS, KDEFER_ARCH_RECORD_BELOW_FP
 *		May. 1 where return addresses on the kernel's stack are signed, and where a frame
 *		pointer leads to the address above the record of frame pointer and return address.
 *
 *	kdefer_arch_cfa(), KDEFER_ARCH_CFA_TOO_LOW
 *		May, where __builtin_dwarf_cfa() is not the stack pointer that the caller of the
 *		current function had. 1 where there is nothing better, and it may be lower.
 *
 *	KDEFER_ARCH_REPORT_PARTS
 *		May, 4 otherwise. Panics nested in deferred calls leave so many parts of 16 of the
 *		stack for what the kernel prints, and may do, when BUG() ends a thread; a fault
 *		needs a little more to be a panic. The cases nest_too_deep and fault_deep of
 *		tests/guest/fatal say how much was not used.
 *
 * In kmod/arch/NAME/, where NAME is what the kernel's build calls the architecture (SRCARCH):
 *
 *	Kbuild
 *		Must. Sets arch-y, the objects for the kernel and for the shim, and arch-kernel-y,
 *		those for the kernel alone. Objects of kmod/arch/generic/ stand for what is left
 *		out.
 *
 * and what is declared here.
 */
#ifndef _KDEFER_ARCH_ARCH_H
#define _KDEFER_ARCH_ARCH_H

#include <linux/types.h>
#include <kdefer/arch.h>

/**
 * kdefer_arch_restore - continue in a place whose registers were saved
 * @regs: the saved registers
 * @sp: the stack pointer, no longer mangled
 * @ip: the instruction to continue at, no longer mangled
 *
 * Must. Loads the registers of @regs, makes the shadow stacks forget the functions that are
 * skipped, and continues behind the call of kdefer_arch_call(). Uses no stack below @sp once the
 * stack pointer is loaded. Neither traced nor probed. Does not return, which objtool must not know:
 * it does not follow a function of that kind from one file into another; so the caller ends in a
 * trap.
 */
void kdefer_arch_restore(const struct kdefer_regs *regs, unsigned long sp, unsigned long ip);

#ifdef __KERNEL__
struct pt_regs;

/**
 * kdefer_arch_fault_init - begin to turn faults into panics
 *
 * May; generic/fault.c turns none. Registers with the kernel whatever hears of a fault in kernel
 * code before the thread is given up. For a fault that kdefer_fault_is_panic() says yes to, the
 * faulting code continues in kdefer_fault_entry(), on its own stack, as if the instruction that
 * failed had called it. A function that calls nothing need not keep the stack pointer aligned, so
 * the architecture aligns it, where it is used to calls only.
 *
 * Return: 0 or an errno.
 */
int kdefer_arch_fault_init(void);

/* kdefer_arch_fault_exit - the end of kdefer_arch_fault_init() */
void kdefer_arch_fault_exit(void);

/**
 * kdefer_arch_fault_kinds - which faults become panics on this architecture
 *
 * Return: BIT(kind) for each &enum kdefer_fault_kind that kdefer_arch_fault_init() provides for.
 */
unsigned long kdefer_arch_fault_kinds(void);

/**
 * kdefer_arch_fault_caller - the return address of the function that has faulted
 * @regs: registers of the fault; the stack pointer lies within the thread's stack
 * @passed: tells of a return address whether it lies in a function whose own caller is asked for
 *	instead; may be NULL, and need not be called
 *
 * After a call through a NULL pointer, that of the call. Where it cannot be told, any address that
 * lies in no module but perhaps in the one whose function has faulted.
 */
unsigned long kdefer_arch_fault_caller(struct pt_regs *regs, bool (*passed)(unsigned long ip));

/**
 * kdefer_arch_walk - look at the functions in a part of the current stack
 * @from: a context that was saved in it
 * @secret: what @from is mangled with
 * @sp: where the part ends: the stack pointer that a function above had when it made a call
 * @look: called for each function, the newest first: a return address, and where the frame begins
 * @arg: its first argument
 *
 * Must; generic/walk.c does it where the kernel is compiled with frame pointers. May begin below
 * @from. What a tracer has put in the place of a return address is looked through. Does not sleep.
 */
void kdefer_arch_walk(const struct kdefer_regs *from, unsigned long secret, unsigned long sp,
		      void (*look)(void *arg, unsigned long ip, unsigned long frame), void *arg);

/* kdefer_arch_fault_irqs_on - whether interrupts were on where the fault happened */
bool kdefer_arch_fault_irqs_on(struct pt_regs *regs);
#endif /* __KERNEL__ */

#endif /* _KDEFER_ARCH_ARCH_H */
