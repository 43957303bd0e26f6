/* SPDX-License-Identifier: GPL-2.0-only */
/* void kdefer_arch_restore(const struct kdefer_regs *regs, unsigned long sp, unsigned long ip) */
#include <kdefer/arch/riscv.h>

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
	ld	a3, KDEFER_REGS_SP(a0)
	ld	a4, KDEFER_REGS_SCS(a0)
	xor	a3, a3, a1
	xor	gp, a4, a3
#endif
	ld	s0, KDEFER_REGS_SAVED + 0(a0)
	ld	s1, KDEFER_REGS_SAVED + 8(a0)
	ld	s2, KDEFER_REGS_SAVED + 16(a0)
	ld	s3, KDEFER_REGS_SAVED + 24(a0)
	ld	s4, KDEFER_REGS_SAVED + 32(a0)
	ld	s5, KDEFER_REGS_SAVED + 40(a0)
	ld	s6, KDEFER_REGS_SAVED + 48(a0)
	ld	s7, KDEFER_REGS_SAVED + 56(a0)
	ld	s8, KDEFER_REGS_SAVED + 64(a0)
	ld	s9, KDEFER_REGS_SAVED + 72(a0)
	ld	s10, KDEFER_REGS_SAVED + 80(a0)
	ld	s11, KDEFER_REGS_SAVED + 88(a0)
	mv	ra, a2
	mv	sp, a1
	ret
SYM_FUNC_END(kdefer_arch_restore)

#ifndef __KERNEL__
	.section .note.GNU-stack, "", %progbits
#endif
