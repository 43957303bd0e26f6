/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Hints for the unwinder, in assembly.
 *
 * 6.4, commit fb799447ae29 ("x86,objtool: Split UNWIND_HINT_EMPTY in two"): the hint that there is
 * nothing to unwind says why.
 */
#ifndef _KDEFER_COMPAT_UNWIND_HINTS_H
#define _KDEFER_COMPAT_UNWIND_HINTS_H

#include <linux/version.h>
#include <asm/unwind_hints.h>

	.macro KDEFER_UNWIND_HINT_NOTHING
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 4, 0)
	UNWIND_HINT_END_OF_STACK
#else
	UNWIND_HINT_EMPTY
#endif
	.endm

#endif /* _KDEFER_COMPAT_UNWIND_HINTS_H */
