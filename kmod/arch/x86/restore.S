/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * void kdefer_arch_restore(const struct kdefer_regs *regs, unsigned long sp, unsigned long ip)
 *
 * The kernel ends in a RET: an indirect jump would need an ENDBR where it lands, and a fence
 * against speculation. User space jumps: a RET is always mispredicted here, and a shadow stack has
 * no entry for it.
 */
#include <kdefer/arch/x86.h>

#ifdef __KERNEL__

#include <linux/linkage.h>
#include <asm/nospec-branch.h>
#include <asm/unwind_hints.h>

#else

#define SYM_FUNC_START(name)		\
	.globl name;			\
	.hidden name;			\
	.type name, @function;		\
	.balign 16;			\
	name:
#define SYM_FUNC_END(name)		.size name, . - name
#ifdef __CET__
#include <cet.h>
#endif

#endif

	.text
SYM_FUNC_START(kdefer_arch_restore)
#ifndef __KERNEL__
	.cfi_startproc
#ifdef KDEFER_ARCH_SHSTK
	/* Drop the shadow stack's entries of the skipped frames; one INCSSP drops 255 at most. */
	xorl	%eax, %eax
	rdsspq	%rax
	testq	%rax, %rax
	jz	2f
	movq	KDEFER_REGS_SSP(%rdi), %rcx
	subq	%rax, %rcx
	shrq	$3, %rcx
	movl	$255, %eax
1:
	cmpq	%rax, %rcx
	cmovbq	%rcx, %rax
	incsspq	%rax
	subq	%rax, %rcx
	ja	1b
2:
#endif
#endif
	movq	KDEFER_REGS_SAVED + 0(%rdi), %rbx
	movq	KDEFER_REGS_SAVED + 8(%rdi), %rbp
	movq	KDEFER_REGS_SAVED + 16(%rdi), %r12
	movq	KDEFER_REGS_SAVED + 24(%rdi), %r13
	movq	KDEFER_REGS_SAVED + 32(%rdi), %r14
	movq	KDEFER_REGS_SAVED + 40(%rdi), %r15
#ifdef __KERNEL__
	movq	%rdx, -8(%rsi)
	leaq	-8(%rsi), %rsp
	UNWIND_HINT_FUNC
	RET
#else
	movq	%rsi, %rsp
	notrack jmp *%rdx
#endif
#ifndef __KERNEL__
	.cfi_endproc
#endif
SYM_FUNC_END(kdefer_arch_restore)

#ifndef __KERNEL__
	.section .note.GNU-stack, "", @progbits
#endif
