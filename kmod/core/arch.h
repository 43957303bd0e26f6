/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the core needs from an architecture beyond <kdefer/arch.h>.
 */
#ifndef _KDEFER_CORE_ARCH_H
#define _KDEFER_CORE_ARCH_H

#include <kdefer/arch.h>

/*
 * Continues at @ip in @regs, whose stack pointer is @sp. Does not return, which objtool must not
 * know; the caller ends in a trap.
 */
void kdefer_arch_restore(const struct kdefer_regs *regs, unsigned long sp, unsigned long ip);

#if defined(__x86_64__) && !defined(KDEFER_ARCH_LONGJMP)
static_assert(offsetof(struct kdefer_regs, ip) == 8);
static_assert(offsetof(struct kdefer_regs, check) == 16);
static_assert(offsetof(struct kdefer_regs, ssp) == 24);
static_assert(offsetof(struct kdefer_regs, saved) == 32);
static_assert(sizeof(struct kdefer_regs) == 80);
#endif

#endif /* _KDEFER_CORE_ARCH_H */
