/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KSHIM_LINUX_COMPILER_H
#define _KSHIM_LINUX_COMPILER_H

/* The C library redefines __always_inline when its own first header comes: let that happen now. */
#include <features.h>
#include <kshim-sanitizer.h>

/* The kernel's dialect is GNU C: its words are there whichever a program asks for. */
#ifdef __STRICT_ANSI__
#define asm __asm__
#if __STDC_VERSION__ <= 201710L || (defined(__clang__) && __clang_major__ < 16)
#define typeof __typeof__
#endif
#endif

#ifndef KBUILD_MODNAME
#define KBUILD_MODNAME __FILE_NAME__
#endif

#define ___PASTE(a, b) a##b
#define __PASTE(a, b) ___PASTE(a, b)
#define __UNIQUE_ID(prefix) __PASTE(__PASTE(__UNIQUE_ID_, prefix), __COUNTER__)

#ifndef __stringify
#define __stringify_1(x...) #x
#define __stringify(x...) __stringify_1(x)
#endif

#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)
#define barrier() __asm__ __volatile__("" : : : "memory")
/* C23 has the same in <stddef.h>. */
#include <stddef.h>
#undef unreachable
#define unreachable() __builtin_unreachable()

#undef __always_inline
#define __always_inline inline __attribute__((__always_inline__))
#define noinline __attribute__((__noinline__))
#define noinline_for_stack noinline
#define __no_stack_protector __attribute__((__no_stack_protector__))
#ifdef __clang__
#define __noclone
#else
#define __noclone __attribute__((__noclone__))
#endif
#define notrace __attribute__((__no_instrument_function__))
#define asmlinkage

#undef __attribute_const__
#define __attribute_const__ __attribute__((__const__))
#define __aligned(x) __attribute__((__aligned__(x)))
#define __alloc_size(x, ...) __attribute__((__alloc_size__(x, ## __VA_ARGS__)))
#define __always_unused __attribute__((__unused__))
#define __cleanup(func) __attribute__((__cleanup__(func)))
#define __cold __attribute__((__cold__))
#define __compiletime_error(msg) __attribute__((__error__(msg)))
#define __compiletime_warning(msg) __attribute__((__warning__(msg)))
#ifdef KSHIM_KCFI
#define __nocfi __attribute__((__no_sanitize__("kcfi")))
#elif defined(__clang__)
#define __nocfi __attribute__((__no_sanitize__("function")))
#else
#define __nocfi
#endif
#define __malloc __attribute__((__malloc__))
#define __maybe_unused __attribute__((__unused__))
#define __must_check __attribute__((__warn_unused_result__))
#define __noreturn __attribute__((__noreturn__))
#define __packed __attribute__((__packed__))
#define __printf(a, b) __attribute__((__format__(printf, a, b)))
#define __scanf(a, b) __attribute__((__format__(scanf, a, b)))
#define __pure __attribute__((__pure__))
#define __section(section) __attribute__((__section__(section)))
#define __used __attribute__((__used__))
#define __weak __attribute__((__weak__))
#define __visible __attribute__((__visibility__("default")))
#define __read_mostly
#define fallthrough __attribute__((__fallthrough__))

#define __no_sanitize_address __attribute__((__no_sanitize__("address")))
#define __no_sanitize_thread __attribute__((__no_sanitize__("thread")))
#define __no_sanitize_undefined __attribute__((__no_sanitize__("undefined")))

/* Annotations that only sparse gives a meaning to. */
#define __user
#define __kernel
#define __iomem
#define __percpu
#define __rcu
#define __force
#define __nocast
#define __safe
#define __private
#define __must_hold(x)
#define __acquires(x)
#define __releases(x)
#define __acquire(x) ((void)0)
#define __release(x) ((void)0)
#define __cond_lock(x, c) (c)
#define ACCESS_PRIVATE(p, member) ((p)->member)

#define __same_type(a, b) __builtin_types_compatible_p(__typeof__(a), __typeof__(b))
#define __must_be_array(a) BUILD_BUG_ON_ZERO(__same_type((a), &(a)[0]))

#define OPTIMIZER_HIDE_VAR(var) __asm__("" : "=r" (var) : "0" (var))
#define RELOC_HIDE(ptr, off) \
({ \
	unsigned long __kshim_ptr = (unsigned long)(ptr); \
	OPTIMIZER_HIDE_VAR(__kshim_ptr); \
	(__typeof__(ptr))(__kshim_ptr + (off)); \
})
#define absolute_pointer(val) RELOC_HIDE((void *)(val), 0)

/* Relaxed atomics rather than volatile accesses: the thread sanitizer tells them from a race. */
#define READ_ONCE(x) __atomic_load_n(&(x), __ATOMIC_RELAXED)
#define WRITE_ONCE(x, val) \
do { \
	__typeof__(x) __kshim_once = (val); \
	__atomic_store_n(&(x), __kshim_once, __ATOMIC_RELAXED); \
} while (0)

/* TLS of the library is found without a call, which signal handlers need too. */
#define kshim_tls __thread __attribute__((__tls_model__("initial-exec")))

#endif /* _KSHIM_LINUX_COMPILER_H */
