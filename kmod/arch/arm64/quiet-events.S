/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The calls of kdefer_arch_emit_defer() and kdefer_arch_emit_run(), which leave every register as
 * it was but x16, x17 and x30.
 */
#include <linux/linkage.h>

	.macro quiet_call name, target
SYM_FUNC_START(\name)
	stp	x29, x30, [sp, #-160]!
	mov	x29, sp
	stp	x0, x1, [sp, #16]
	stp	x2, x3, [sp, #32]
	stp	x4, x5, [sp, #48]
	stp	x6, x7, [sp, #64]
	stp	x8, x9, [sp, #80]
	stp	x10, x11, [sp, #96]
	stp	x12, x13, [sp, #112]
	stp	x14, x15, [sp, #128]
#ifndef CONFIG_SHADOW_CALL_STACK
	str	x18, [sp, #144]
#endif
	bl	\target
	ldp	x0, x1, [sp, #16]
	ldp	x2, x3, [sp, #32]
	ldp	x4, x5, [sp, #48]
	ldp	x6, x7, [sp, #64]
	ldp	x8, x9, [sp, #80]
	ldp	x10, x11, [sp, #96]
	ldp	x12, x13, [sp, #112]
	ldp	x14, x15, [sp, #128]
#ifndef CONFIG_SHADOW_CALL_STACK
	ldr	x18, [sp, #144]
#endif
	ldp	x29, x30, [sp], #160
	ret
SYM_FUNC_END(\name)
	.endm

	.text
	quiet_call __kdefer_quiet_defer, kdefer_event_defer
	quiet_call __kdefer_quiet_run, kdefer_event_run
