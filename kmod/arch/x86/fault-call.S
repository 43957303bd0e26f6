/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A faulting context continues here, with the arguments of kdefer_fault_entry() in its registers
 * and the return address for it in r8. The handler cannot push the address itself: right below the
 * faulting stack pointer lie the registers that the CPU has saved, until its IRET.
 */
#include <linux/linkage.h>
#include <asm/ibt.h>

#include "../../compat/unwind_hints.h"

	.text
SYM_CODE_START(kdefer_fault_call)
	KDEFER_UNWIND_HINT_NOTHING
	/* The address of this code is taken, which IBT has to be told. */
	ENDBR
	pushq	%r8
	UNWIND_HINT_FUNC
	jmp	kdefer_fault_entry
SYM_CODE_END(kdefer_fault_call)
