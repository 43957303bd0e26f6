/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What depends on the kernel's version, as far as users' modules compile it; what only kdefer's own
 * files need, they have for themselves. Nothing else asks for a version. A section for each change
 * of the kernel's names the version and the commit; what can be probed is not asked by number.
 */
#ifndef _KDEFER_COMPAT_H
#define _KDEFER_COMPAT_H

#ifdef __KERNEL__
#include <linux/version.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 1, 0)
#error "kdefer: this kernel is older than Linux 6.1, the oldest that kdefer works on"
#endif

#ifndef __ASSEMBLER__
#include <linux/objtool.h>

/*
 * objtool has to be told that the code behind a call of a function that always panics is reached.
 * 6.14, commit 87116ae6da03 ("objtool: Fix ANNOTATE_REACHABLE to be a normal annotation"): what is
 * annotated is the call itself, named by its label, no longer the place behind it.
 */
#ifdef ANNOTATE_REACHABLE
#define KDEFER_REACHABLE_AFTER(label)	ANNOTATE_REACHABLE(label)
#else
#define KDEFER_REACHABLE_AFTER(label)	ASM_REACHABLE
#endif
#endif /* !__ASSEMBLER__ */
#endif /* __KERNEL__ */

#ifndef __ASSEMBLER__
/* 6.7: variables that are left alone where the kernel clears all others. */
#ifndef __uninitialized
#define __uninitialized
#endif

/* Newer ones have objtool look for calls that kCFI does not check, unless it is told of them. */
#ifdef ANNOTATE_NOCFI_SYM
#define KDEFER_CALLS_ANY_TYPE(fn)	ANNOTATE_NOCFI_SYM(fn)
#else
#define KDEFER_CALLS_ANY_TYPE(fn)	static_assert(true)
#endif
#endif

#endif /* _KDEFER_COMPAT_H */
