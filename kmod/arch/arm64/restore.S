/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * void kdefer_arch_restore(const struct kdefer_regs *regs, unsigned long sp, unsigned long ip)
 *
 * Ends in a RET: a BR would need a BTI where it lands.
 */
#include <kdefer/arch/arm64.h>

#ifdef __KERNEL__

#include <linux/linkage.h>

#else

#define SYM_FUNC_START(name)		\
	.globl name;			\
	.hidden name;			\
	.type name, %function;		\
	.balign 4;			\
	name:
#define SYM_FUNC_END(name)		.size name, . - name

#endif

	.text
SYM_FUNC_START(kdefer_arch_restore)
#if defined(__KERNEL__) && defined(CONFIG_SHADOW_CALL_STACK)
	/* The secret is what the stack pointer was mangled with. */
	ldr	x3, [x0, #KDEFER_REGS_SP]
	ldr	x4, [x0, #KDEFER_REGS_SCS]
	eor	x3, x3, x1
	eor	x18, x4, x3
#endif
	ldp	x19, x20, [x0, #KDEFER_REGS_SAVED + 0]
	ldp	x21, x22, [x0, #KDEFER_REGS_SAVED + 16]
	ldp	x23, x24, [x0, #KDEFER_REGS_SAVED + 32]
	ldp	x25, x26, [x0, #KDEFER_REGS_SAVED + 48]
	ldp	x27, x28, [x0, #KDEFER_REGS_SAVED + 64]
	ldr	x29, [x0, #KDEFER_REGS_SAVED + 80]
	mov	x30, x2
	mov	sp, x1
	ret
SYM_FUNC_END(kdefer_arch_restore)

#ifndef __KERNEL__
	.section .note.GNU-stack, "", %progbits
#endif
