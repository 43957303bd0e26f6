/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The calls of kdefer_arch_emit_defer() and kdefer_arch_emit_run(), which leave every register as
 * it was but t0, t1 and ra.
 */
#include <linux/linkage.h>

	.macro quiet_call name, target
SYM_FUNC_START(\name)
	addi	sp, sp, -128
	sd	ra, 120(sp)
	sd	s0, 112(sp)
	addi	s0, sp, 128
	sd	a0, 0(sp)
	sd	a1, 8(sp)
	sd	a2, 16(sp)
	sd	a3, 24(sp)
	sd	a4, 32(sp)
	sd	a5, 40(sp)
	sd	a6, 48(sp)
	sd	a7, 56(sp)
	sd	t2, 64(sp)
	sd	t3, 72(sp)
	sd	t4, 80(sp)
	sd	t5, 88(sp)
	sd	t6, 96(sp)
	call	\target
	ld	a0, 0(sp)
	ld	a1, 8(sp)
	ld	a2, 16(sp)
	ld	a3, 24(sp)
	ld	a4, 32(sp)
	ld	a5, 40(sp)
	ld	a6, 48(sp)
	ld	a7, 56(sp)
	ld	t2, 64(sp)
	ld	t3, 72(sp)
	ld	t4, 80(sp)
	ld	t5, 88(sp)
	ld	t6, 96(sp)
	ld	s0, 112(sp)
	ld	ra, 120(sp)
	addi	sp, sp, 128
	ret
SYM_FUNC_END(\name)
	.endm

	.text
	quiet_call __kdefer_quiet_defer, kdefer_event_defer
	quiet_call __kdefer_quiet_run, kdefer_event_run
