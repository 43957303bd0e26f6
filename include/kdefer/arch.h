/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Chooses the architecture, once: for the module, for users and for the shim, whose Makefile asks
 * the compiler which header this includes.
 *
 * What the header of an architecture provides is the first half of its contract: struct kdefer_regs
 * and kdefer_arch_call(), and kdefer_arch_emit_defer() and kdefer_arch_emit_run() if calls of them
 * can cost nothing where they are jumped over, and kdefer_arch_store_pair() if two words can be
 * stored at once and compilers do not do so by themselves. Documentation/porting-arch.rst has all
 * of it.
 */
#ifndef _KDEFER_ARCH_H
#define _KDEFER_ARCH_H

/* In the kernel the same flag means KCSAN, which takes any jump. */
#if !defined(__KERNEL__) && defined(__SANITIZE_THREAD__)
#define KDEFER_ARCH_SETJMP
#elif !defined(__KERNEL__) && defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define KDEFER_ARCH_SETJMP
#endif
#endif

#if defined(KDEFER_ARCH_SETJMP)
#include <kdefer/arch/setjmp.h>
#elif defined(__x86_64__)
#include <kdefer/arch/x86.h>
#elif defined(__aarch64__)
#include <kdefer/arch/arm64.h>
#elif defined(__riscv)
#include <kdefer/arch/riscv.h>
#else
#error "kdefer: this architecture cannot save and restore registers yet; see porting-arch.rst"
#endif

#include <kdefer/arch/generic.h>

#endif /* _KDEFER_ARCH_H */
