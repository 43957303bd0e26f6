/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What depends on the kernel's version in kdefer's own files, which are written for the newest
 * kernel. The build puts this header in front of each of them. Nothing else of kdefer's own asks
 * for a version; what users' modules compile is in <kdefer/compat.h>. A section for each change of
 * the kernel's names the version and the commit; what can be probed is not asked by number.
 */
#ifndef _KDEFER_COMPAT_COMPAT_H
#define _KDEFER_COMPAT_COMPAT_H

#include <kdefer/compat.h>

#ifdef __ASSEMBLER__
#ifdef CONFIG_X86_64
#include <asm/unwind_hints.h>

/*
 * 6.4, commit fb799447ae29 ("x86,objtool: Split UNWIND_HINT_EMPTY in two"): the hint that there is
 * nothing to unwind says why.
 */
	.macro KDEFER_UNWIND_HINT_NOTHING
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 4, 0)
	UNWIND_HINT_END_OF_STACK
#else
	UNWIND_HINT_EMPTY
#endif
	.endm
#endif /* CONFIG_X86_64 */
#else /* !__ASSEMBLER__ */

/*
 * 6.12, "panic: Mark emergency section in oops": preemption is off from oops_enter() to oops_exit(),
 * so whoever is told of an oops finds a count that is one higher than where the fault happened.
 */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 12, 0)
#define KDEFER_OOPS_PREEMPT	(IS_ENABLED(CONFIG_PRINTK) ? PREEMPT_OFFSET : 0)
#else
#define KDEFER_OOPS_PREEMPT	0
#endif

#endif /* !__ASSEMBLER__ */

#endif /* _KDEFER_COMPAT_COMPAT_H */
