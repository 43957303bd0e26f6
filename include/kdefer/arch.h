/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Chooses the architecture, once.
 *
 * An architecture provides struct kdefer_regs and kdefer_arch_call() here, and, to the core
 * only, what kmod/core/arch.h lists.
 */
#ifndef _KDEFER_ARCH_H
#define _KDEFER_ARCH_H

/* In the kernel the same flag means KCSAN, which takes any jump. */
#if !defined(__KERNEL__) && defined(__SANITIZE_THREAD__)
#define KDEFER_ARCH_LONGJMP
#elif !defined(__KERNEL__) && defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define KDEFER_ARCH_LONGJMP
#endif
#endif

#if defined(KDEFER_ARCH_LONGJMP)
#include <kdefer/arch/longjmp.h>
#elif defined(__x86_64__)
#include <kdefer/arch/x86.h>
#else
#error "kdefer: this architecture has no context save and restore yet"
#endif

#endif /* _KDEFER_ARCH_H */
