/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The address of a local variable, given to a deferred call: the variable is gone when the call
 * runs. The function has returned by then, or was skipped by a panic, and nobody reads what is
 * written there. Compilers and sanitizers do not see it, so this looks for it: always in user
 * space, and in a module that defines KDEFER_DEBUG before it includes kdefer.h.
 */
#ifndef _KDEFER_LOCAL_H
#define _KDEFER_LOCAL_H

#include <kdefer/frame.h>
#include <kdefer/value.h>

void __kdefer_warn_local(const char *call, struct kdefer_site *site);

#if !defined(__KERNEL__) || defined(KDEFER_DEBUG)
#define KDEFER_LOOKS_FOR_LOCALS

/*
 * The body's variables lie below the stack pointer that its caller had, and nothing else that is
 * still in use but the function's result. Where the frame pointer is depends on the architecture.
 * To be a macro's and inlined, for the address to be that of the body.
 */
static __always_inline bool kdefer_is_local(const struct kdefer_frame *frame, const void *arg)
{
	unsigned long a = (unsigned long)arg;

	return a < (unsigned long)kdefer_arch_cfa() && a >= frame->task->stack_lo;
}

/*
 * Whether what is @offset behind the function's result is part of it. Of a result that fits a
 * register the compiler is not asked for the address, or it would be one in memory: what is not
 * known to be its address is none.
 */
static __always_inline bool kdefer_is_result(unsigned long offset, unsigned long size)
{
#ifdef __OPTIMIZE__
	if (size <= sizeof(long) && !__builtin_constant_p(offset))
		return false;
#endif
	return offset < size;
}

/*
 * To stand behind the record's push: a function that needs nothing but its argument behind either
 * of the two calls for rare cases keeps less in registers that it has to save for its caller.
 */
#define __KDEFER_CHECK_LOCAL(call, frame, arg)						\
do {											\
	static struct kdefer_site __kdefer_site = { .file = __FILE__, .line = __LINE__ };	\
											\
	if (unlikely(kdefer_is_local(frame, arg)) &&					\
	    !kdefer_is_result((unsigned long)(arg) - (unsigned long)__KDEFER_RESULT_PTR,	\
			      __KDEFER_RESULT_SIZE))					\
		__kdefer_warn_local(call, &__kdefer_site);				\
} while (0)

#else
#define __KDEFER_CHECK_LOCAL(call, frame, arg)	do { } while (0)
#endif

#endif /* _KDEFER_LOCAL_H */
