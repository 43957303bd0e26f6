/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A faulting context continues here, with the arguments of kdefer_fault_entry() in its registers
 * and the address after the first byte of the faulting instruction in r8. The handler cannot store
 * anything on the stack itself: right below the faulting stack pointer lie the registers that the
 * CPU has saved, until its IRET.
 *
 * The stack pointer may be no multiple of 8 in a function that calls nothing. So the stack is made
 * to look as after an interrupt, which aligns it and has the unwinder read where it was.
 */
#include <linux/linkage.h>
#include <asm/ibt.h>
#include <asm/segment.h>

#include "../../compat/unwind_hints.h"

	.text
SYM_CODE_START(kdefer_fault_call)
	KDEFER_UNWIND_HINT_NOTHING
	/* The address of this code is taken, which IBT has to be told. */
	ENDBR
	movq	%rsp, %rax
	andq	$-16, %rsp
	pushq	$__KERNEL_DS
	pushq	%rax
	pushfq
	pushq	$__KERNEL_CS
	pushq	%r8
	UNWIND_HINT_IRET_REGS
	call	kdefer_fault_entry
	/* Where objtool knows that the call does not return, what follows would be unreachable. */
	UNWIND_HINT_IRET_REGS
	ud2
SYM_CODE_END(kdefer_fault_call)
