// SPDX-License-Identifier: GPL-2.0-only
/*
 * The part of the stack that a panic gives up: which functions it is made of, and what else is
 * there. And the parameter that says what becomes of what is found.
 */
#include <linux/atomic.h>
#include <linux/hrtimer.h>
#include <linux/jiffies.h>
#include <linux/kallsyms.h>
#include <linux/moduleparam.h>
#include <linux/string.h>
#include <linux/timer.h>
#include <linux/workqueue.h>

#include "host.h"

static const char * const kdefer_strict_names[] = {
	[KDEFER_STRICT_OFF] = "off",
	[KDEFER_STRICT_WARN] = "warn",
	[KDEFER_STRICT_THROW] = "throw",
};

static int kdefer_strict = KDEFER_STRICT_WARN;

static int kdefer_strict_set(const char *val, const struct kernel_param *kp)
{
	int strict = sysfs_match_string(kdefer_strict_names, val);

	if (strict < 0) {
		pr_err("kdefer: strict=%.*s: use off, warn or throw\n", (int)strcspn(val, "\n"),
		       val);
		return strict;
	}
	WRITE_ONCE(kdefer_strict, strict);
	return 0;
}

static int kdefer_strict_get(char *buf, const struct kernel_param *kp)
{
	return sysfs_emit(buf, "%s\n", kdefer_strict_names[READ_ONCE(kdefer_strict)]);
}

static const struct kernel_param_ops kdefer_strict_ops = {
	.set = kdefer_strict_set,
	.get = kdefer_strict_get,
};

module_param_cb(strict, &kdefer_strict_ops, NULL, 0644);
MODULE_PARM_DESC(strict, "after a panic that skips others' functions: off, warn or throw");

enum kdefer_strict kdefer_host_strict(void)
{
	return READ_ONCE(kdefer_strict);
}

/*
 * Each that is skipped keeps a reference to itself, which nobody can drop: where its image is,
 * neither the stack nor the kernel tells modules.
 */
static atomic_t kdefer_trampolines;

bool kdefer_host_skips_trampoline(const char *name)
{
	if (strncmp(name, "bpf_trampoline_", strlen("bpf_trampoline_")))
		return false;
	atomic_inc(&kdefer_trampolines);
	return true;
}

void kdefer_say_trampolines(void)
{
	int nr = atomic_read(&kdefer_trampolines);

	if (nr)
		pr_warn("kdefer: panics have skipped %d trampolines of BPF programs (fexit): %s\n",
			nr, "the kernel keeps them until it restarts");
}

struct kdefer_closer_look {
	struct kdefer_skipping *s;
	void (*look)(void *arg, unsigned long ip, unsigned long frame);
};

/* After a call that does not return there may be no more of the function. */
static void kdefer_look_closer(void *arg, unsigned long ip, unsigned long frame)
{
	const struct kdefer_pending *pending = kdefer_find_pending(ip - 1);
	const struct kdefer_closer_look *l = arg;

	l->s->cleanup = pending;
	l->s->file = pending ? pending->file : NULL;
	l->s->line = pending ? pending->line : 0;
	l->look(l->s, ip, frame);
}

void kdefer_host_walk(struct kdefer_skipping *s,
		      void (*look)(void *arg, unsigned long ip, unsigned long frame))
{
	struct kdefer_closer_look l = { .s = s, .look = look };
	const struct kdefer_panic *p = s->panic;

	kdefer_arch_walk(&p->regs, p->task->secret, s->sp, kdefer_look_closer, &l);
}

/*
 * Where code may be, as seen from some function of the kernel: within 2 GiB, and below the numbers
 * that an errno may be. Where return addresses are signed they do not look like addresses on the
 * stack, so that every word may be one.
 */
static struct kdefer_range kdefer_code(void)
{
	struct kdefer_range code = { .size = ULONG_MAX };

	if (KDEFER_ARCH_SIGNED_RETURNS)
		return code;
	code.start = (unsigned long)sprint_symbol - SZ_2G;
	code.size = min(2UL * SZ_2G, (unsigned long)-MAX_ERRNO - code.start);
	return code;
}

static unsigned long kdefer_word(unsigned long at)
{
	return READ_ONCE_NOCHECK(*(unsigned long *)at);
}

/* When a timer may be due that a function on the stack waits for, from now. */
#define KDEFER_TIMER_LATE	(60L * HZ)
#define KDEFER_TIMER_EARLY	(24L * 60 * 60 * HZ)

/* A pending timer has its function at @at only if what is before it says when it is due. */
static __always_inline bool kdefer_may_be_timer(unsigned long at)
{
	unsigned long due = kdefer_word(at - sizeof(long)) - jiffies;

	return due + KDEFER_TIMER_LATE < KDEFER_TIMER_LATE + KDEFER_TIMER_EARLY;
}

/* A pending work item has its function at @at only if its first word is that of a queued one. */
static __always_inline bool kdefer_may_be_work(unsigned long at)
{
	unsigned long data = kdefer_word(at - 3 * sizeof(long));
	unsigned long queued = BIT(WORK_STRUCT_PENDING_BIT) | BIT(WORK_STRUCT_PWQ_BIT);

	return (long)data < 0 && (data & queued) == queued;
}

/*
 * A pending hrtimer says that it is queued two words behind its function. That word, which is rare,
 * is looked for, and not the function: most words of a stack are return addresses, any of which may
 * be one. What says so has two names, by the kernel's version, and the same place before @is_rel.
 */
static bool kdefer_may_be_hrtimer(unsigned long at, unsigned long word,
				  const struct kdefer_range *code)
{
	return *(u8 *)&word == 1 &&
	       kdefer_in_range(kdefer_word(at - KDEFER_HRTIMER_QUEUED +
					   offsetof(struct hrtimer, function)), code);
}

static_assert(KDEFER_HRTIMER_QUEUED % sizeof(long) == 0);

/*
 * Timers and work items, as long as they are queued, have a pointer of a list two words before
 * their function: the address of something in the kernel that is a word or longer.
 */
static __always_inline bool kdefer_may_be_queued(unsigned long at)
{
	unsigned long word = kdefer_word(at - 2 * sizeof(long));

	if (likely(word % sizeof(long) || (long)word >= 0))
		return false;
	return kdefer_may_be_timer(at) || kdefer_may_be_work(at);
}

static_assert(offsetof(struct timer_list, function) ==
	      offsetof(struct timer_list, entry.pprev) + 2 * sizeof(long));
static_assert(offsetof(struct timer_list, function) ==
	      offsetof(struct timer_list, expires) + sizeof(long));
static_assert(offsetof(struct work_struct, func) ==
	      offsetof(struct work_struct, entry.next) + 2 * sizeof(long));
static_assert(offsetof(struct work_struct, func) == 3 * sizeof(long));

/*
 * Whether the word at @at needs a closer look: a return address of others, or a part of something
 * that is queued. Most words are return addresses of kdefer's users, numbers, and other addresses:
 * those are passed over in as few instructions as can be.
 */
static __always_inline bool kdefer_is_suspect(unsigned long at, const struct kdefer_range *code,
					      const struct kdefer_range *users)
{
	unsigned long word = kdefer_word(at);

	if (kdefer_in_range(word, users))
		return unlikely(kdefer_may_be_queued(at));
	if (unlikely(kdefer_in_range(word, code)))
		return !kdefer_in_range(word, &kdefer_own_text);
	return unlikely(kdefer_may_be_hrtimer(at, word, code));
}

/*
 * The next word of the stack from @at on for which that holds; @end or more if there is none. May
 * look at up to three words from @end on, which are some older function's.
 */
static noinline unsigned long kdefer_next_suspect(unsigned long at, unsigned long end,
						  const struct kdefer_range *in_code,
						  const struct kdefer_range *in_users)
{
	const struct kdefer_range code = *in_code, users = *in_users;
	const unsigned long word = sizeof(long);

	/* The loop costs as much as what it does: four words a turn. */
	for (; at < end; at += 4 * word) {
		/* Else the compiler would keep and change four addresses. */
		OPTIMIZER_HIDE_VAR(at);
		if (kdefer_is_suspect(at, &code, &users))
			return at;
		if (kdefer_is_suspect(at + word, &code, &users))
			return at + word;
		if (kdefer_is_suspect(at + 2 * word, &code, &users))
			return at + 2 * word;
		if (kdefer_is_suspect(at + 3 * word, &code, &users))
			return at + 3 * word;
	}
	return end;
}

/* Returns whether the word at @at may be a return address of code that does not use kdefer. */
static bool kdefer_look_at_word(struct kdefer_skipping *s, unsigned long at,
				const struct kdefer_range *code, struct kdefer_range *users)
{
	const struct kdefer_task *task = s->panic->task;
	unsigned long word = kdefer_word(at);
	struct wait_queue_entry *wait;

	if (word - task->stack_lo <= task->stack_hi - task->stack_lo)
		return false;
	if (at >= (unsigned long)(s->panic + 1) + KDEFER_HRTIMER_QUEUED &&
	    unlikely(kdefer_may_be_hrtimer(at, word, code)))
		kdefer_look_for_hrtimer(s, at);
	if (!kdefer_in_range(word, code))
		return false;
	if (at >= (unsigned long)(s->panic + 1) + 3 * sizeof(long)) {
		if (unlikely(kdefer_may_be_timer(at)))
			kdefer_look_for_timer(s, at);
		if (unlikely(kdefer_may_be_work(at)))
			kdefer_look_for_work(s, at);
	}
	if (kdefer_in_range(word, users) || kdefer_is_users(word, users))
		return false;
	wait = kdefer_linked_wait(word, at);
	if (unlikely(wait))
		kdefer_found_wait(s, wait);
	return true;
}

/*
 * Whether there may be a function with something to release, of a module with tables. Where return
 * addresses are signed, the functions have to be looked at.
 */
static bool kdefer_may_have_pending(unsigned long from, unsigned long to,
				    const struct kdefer_range *code)
{
	unsigned long at;

	if (!kdefer_users_have_tables())
		return false;
	if (KDEFER_ARCH_SIGNED_RETURNS)
		return true;
	for (at = from; at < to; at += sizeof(long)) {
		unsigned long word = kdefer_word(at);

		if (kdefer_in_range(word, code) && kdefer_find_pending(word - 1))
			return true;
	}
	return false;
}

/*
 * Looks at the words of the stack, which is much faster than to find out which of them are return
 * addresses. For a part of the stack with nothing but kdefer's users this is all that is done.
 */
bool kdefer_host_scan(struct kdefer_skipping *s)
{
	const struct kdefer_range code = kdefer_code();
	unsigned long at = (unsigned long)(s->panic + 1);
	struct kdefer_range users = { 0 };
	bool others = false;

	while ((at = kdefer_next_suspect(at, s->sp, &code, &users)) < s->sp) {
		others |= kdefer_look_at_word(s, at, &code, &users);
		at += sizeof(long);
	}
	return others || kdefer_may_have_pending((unsigned long)(s->panic + 1), s->sp, &code);
}

/* What kdefer_arch_walk() goes by, among the words of the stack from @from to @to. */
static u64 kdefer_add_words(u64 print, unsigned long from, unsigned long to,
			    const struct kdefer_range *stack)
{
	const struct kdefer_range code = kdefer_code();
	unsigned long end = stack->start + stack->size;
	unsigned long at;

	for (at = from; at < to; at += sizeof(long)) {
		unsigned long word = kdefer_word(at);

		if (kdefer_in_range(word, stack))
			print = kdefer_fingerprint_add(print, end - word, end - at);
		else if (kdefer_in_range(word, &code))
			print = kdefer_fingerprint_add(print, word, end - at);
	}
	return print;
}

/*
 * Of the record of the panic that is the registers which kdefer_arch_walk() begins with. Where
 * return addresses are signed no two stacks are alike, and what tracers keep is not on the stack.
 */
u64 kdefer_host_fingerprint(const struct kdefer_skipping *s)
{
	const struct kdefer_panic *p = s->panic;
	unsigned long start = p->regs.sp ^ p->task->secret;
	struct kdefer_range stack = { .start = start, .size = s->sp - start };
	u64 print = stack.size;

	if (KDEFER_ARCH_SIGNED_RETURNS || kdefer_has_return_hooks())
		return 0;
	print = kdefer_add_words(print, (unsigned long)&p->regs.saved,
				 (unsigned long)(&p->regs + 1), &stack);
	print = kdefer_add_words(print, start, (unsigned long)p, &stack);
	return kdefer_add_words(print, (unsigned long)(p + 1), s->sp, &stack);
}
