// SPDX-License-Identifier: GPL-2.0-only
/*
 * The functions in a part of the stack: their addresses by the kernel's own stack trace, which
 * knows what tracers have put in the place of return addresses; and their frames by the chain of
 * frame pointers, which the trace does not tell, and follows as well.
 */
#include <linux/kprobes.h>
#include <linux/minmax.h>
#include <linux/stacktrace.h>

#include "../arch.h"

/* More functions than these are not looked at. */
#define KDEFER_WALK_DEPTH	64

/* Where a frame pointer leads to: above the record, or to it. */
#define KDEFER_FRAME_RECORD(fp)							\
	((const unsigned long *)(fp) - (KDEFER_ARCH_RECORD_BELOW_FP ? 2 : 0))

struct kdefer_walk_place {
	unsigned long sp;
	void (*look)(void *arg, unsigned long ip, unsigned long frame);
	void *arg;
};

/*
 * Whether a function's objects lie below what its frame pointer points to. That is up to more than
 * the architecture: on arm64 it is so with clang, and with gcc 14 in a function that has a canary,
 * which is one that takes an object's address. Drivers are compiled as this function is.
 */
static noinline __no_sanitize_address bool kdefer_objects_below_fp(void)
{
	unsigned long object;

	asm volatile("" : : "r" (&object) : "memory");
	return (unsigned long)&object < (unsigned long)__builtin_frame_address(0);
}

/* The trace may begin with functions of its own; @ip is the first address to be looked at. */
static noinline void kdefer_walk_trace(const struct kdefer_walk_place *to, unsigned long ip,
				       unsigned long fp)
{
	unsigned long entries[KDEFER_WALK_DEPTH];
	unsigned int nr = stack_trace_save(entries, KDEFER_WALK_DEPTH, 0);
	bool objects_below_fp = kdefer_objects_below_fp();
	unsigned long next;
	unsigned int i = 0;

	while (i < nr && entries[i] != ip)
		i++;
	for (; i < nr; i++) {
		next = *KDEFER_FRAME_RECORD(fp);
		if (next <= fp || (unsigned long)KDEFER_FRAME_RECORD(next) >= to->sp)
			return;
		/* With objects below it, a frame begins where that of its callee ends. */
		to->look(to->arg, entries[i], objects_below_fp ? fp : next);
		fp = next;
	}
}

/* Untraced: its return address is looked for. */
noinline notrace void kdefer_arch_walk(const struct kdefer_regs *from, unsigned long secret,
				       unsigned long sp,
				       void (*look)(void *arg, unsigned long ip,
						    unsigned long frame),
				       void *arg)
{
	unsigned long caller = (unsigned long)__builtin_return_address(0);
	unsigned long fp = (unsigned long)__builtin_frame_address(0);
	struct kdefer_walk_place to = { .sp = sp, .look = look, .arg = arg };

	kdefer_walk_trace(&to, caller, fp);
	/* No tail call: the frame must be there. */
	barrier();
}
NOKPROBE_SYMBOL(kdefer_arch_walk);
