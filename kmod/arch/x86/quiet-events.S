/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The calls of kdefer_arch_emit_defer() and kdefer_arch_emit_run(), which leave every register as
 * it was.
 */
#include <linux/linkage.h>
#include <asm/ibt.h>
#include <asm/nospec-branch.h>

	.macro quiet_call name, target
SYM_FUNC_START(\name)
	/* Exported, so its address can be taken; SYM_FUNC_START() does not say so from 6.14 on. */
	ENDBR
	pushq	%rax
	pushq	%rcx
	pushq	%rdx
	pushq	%rsi
	pushq	%rdi
	pushq	%r8
	pushq	%r9
	pushq	%r10
	pushq	%r11
	call	\target
	popq	%r11
	popq	%r10
	popq	%r9
	popq	%r8
	popq	%rdi
	popq	%rsi
	popq	%rdx
	popq	%rcx
	popq	%rax
	RET
SYM_FUNC_END(\name)
	.endm

	.text
	quiet_call __kdefer_quiet_defer, kdefer_event_defer
	quiet_call __kdefer_quiet_run, kdefer_event_run
