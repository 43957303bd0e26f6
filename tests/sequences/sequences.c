// SPDX-License-Identifier: GPL-2.0-only
/*
 * Random sequences of calls of the API, from several threads at once. What must be so after each:
 * every deferred call has run once, every object of a class was destroyed once, the object of every
 * panic was released once, and what was allocated was freed. The same source is a module and, in
 * user space, a program.
 */
#include <linux/atomic.h>
#include <linux/freezer.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#ifdef __KERNEL__
#include <linux/notifier.h>
#endif
#include <kdefer/kdefer.h>

/* Calls below calls, of which each may raise a panic in a deferred call of the one above. */
#define DEEPEST		5
/* What one call does, at most. */
#define STEPS		6
/* More than a task has room for from the start. */
#define MANY		50

static unsigned int threads = 4;
module_param(threads, uint, 0444);
MODULE_PARM_DESC(threads, "how many threads run sequences");
static unsigned int sequences = 10000;
module_param(sequences, uint, 0444);
MODULE_PARM_DESC(sequences, "how many sequences each thread runs");
static unsigned int seed = 1;
module_param(seed, uint, 0444);
MODULE_PARM_DESC(seed, "of the first sequence; one that fails names its own");
static bool failing;
module_param(failing, bool, 0444);
MODULE_PARM_DESC(failing, "let allocations fail: the sequences' own, and kdefer's by failslab");

/*
 * A sequence, and what is still due in it. Every count is 0 at the end. The livepatch of count(),
 * which does not know this struct, goes by @calls being the first member.
 */
struct sequence {
	atomic_t calls;
	atomic_t objects;
	atomic_t values;
	atomic_t memory;
};

/* Who takes part in a sequence: each thread of it has one of its own. */
struct actor {
	struct sequence *s;
	u64 random;
	bool may_exit;
};

/* A deferred call that goes on with the sequence. */
struct later {
	struct actor *a;
	unsigned int depth;
};

static atomic_t wrong;
/* Threads that have run all their sequences. */
static atomic_t finished;

static u32 pick(struct actor *a, u32 n)
{
	a->random ^= a->random << 13;
	a->random ^= a->random >> 7;
	a->random ^= a->random << 17;
	return (u32)(a->random >> 32) % n;
}

/* For failslab's task filter. */
static void let_allocations_fail(void)
{
#ifdef CONFIG_FAULT_INJECTION
	current->make_it_fail = failing;
#endif
}

static void *allocate(struct actor *a, size_t size)
{
	void *p = failing && !pick(a, 32) ? NULL : kmalloc(size, GFP_KERNEL);

	if (p)
		atomic_inc(&a->s->memory);
	return p;
}

static void release(struct sequence *s, void *p)
{
	atomic_dec(&s->memory);
	kfree(p);
}

DEFINE_CLASS(counted, struct sequence *, atomic_dec(&_T->objects),
	     ({ atomic_inc(&s->objects); s; }), struct sequence *s)

/* The object of a panic. */
struct thing {
	struct sequence *s;
};

static void release_thing(void *arg)
{
	struct thing *t = arg;
	struct sequence *s = t->s;

	atomic_dec(&s->values);
	release(s, t);
}

static const struct kdefer_type thing_type = { .name = "thing", .release = release_thing };

static void act_again(struct actor *a, unsigned int depth);
static void act_below_kernel(struct actor *a, unsigned int depth);

static void raise_thing(struct actor *a)
{
	struct thing *t = allocate(a, sizeof(*t));

	if (!t)
		kpanic(-ENOMEM);
	t->s = a->s;
	atomic_inc(&a->s->values);
	kpanic_ptr(t, &thing_type);
}

static noinline void raise_any(struct actor *a)
{
	switch (pick(a, 6)) {
	case 0:
		kpanic(-EIO);
		break;
	case 1:
		kpanicf("random %u", pick(a, 1000));
		break;
	case 2:
		kpanicf_errno(-EAGAIN, "random %u", pick(a, 1000));
		break;
	case 3:
		kpanic(0);
		break;
	case 4:
		if (a->may_exit)
			kgoexit(pick(a, 100));
		break;
	default:
		raise_thing(a);
	}
}

static void count(void *arg)
{
	struct sequence *s = arg;

	atomic_dec(&s->calls);
}

/* Whether it is called depends on the result, which is known when it is too late to count it. */
static void on_failure(void *arg, enum kdefer_why why)
{
	if (why > KDEFER_ON_GOEXIT)
		atomic_inc(&wrong);
}

static void act_later(void *arg)
{
	struct later *l = arg;
	struct later now = *l;

	release(now.a->s, l);
	atomic_dec(&now.a->s->calls);
	act_again(now.a, now.depth);
}

static void recover(void *arg, struct kdefer_panic *p)
{
	struct later *l = arg;
	struct later now = *l;
	struct kdefer_value v;

	release(now.a->s, l);
	atomic_dec(&now.a->s->calls);
	if (!p || pick(now.a, 4) == 0 || !krecover(p, &v))
		return;
	if (pick(now.a, 4) == 0)
		kpanic_value(&v);
	if (pick(now.a, 3) == 0)
		act_again(now.a, now.depth);
}

static long run(void *arg)
{
	struct later *l = arg;

	act_again(l->a, l->depth);
	return 0;
}

/* As whoever is handed an outcome does. */
static void drop(struct kdefer_outcome *out)
{
	if (out->how > KDEFER_PANICKED)
		atomic_inc(&wrong);
	if (out->how == KDEFER_PANICKED)
		kdefer_value_release(&out->value);
}

static void act_in_run(struct actor *a, unsigned int depth)
{
	struct kdefer_outcome out;
	bool may_exit = a->may_exit;
	struct later l = { .a = a, .depth = depth };

	a->may_exit = true;
	if (pick(a, 2)) {
		kdefer_run(run, &l, &out);
		drop(&out);
	} else {
		kdefer_run(run, &l, NULL);
	}
	a->may_exit = may_exit;
}

/* Another thread of the sequence, in a run so that its panics are not uncaught ones. */
static long take_part(void *arg)
{
	struct actor *a = arg;
	struct sequence *s = a->s;
	struct later l = { .a = a, .depth = DEEPEST - 2 };
	struct kdefer_outcome out;
	long result;

	let_allocations_fail();
	a->may_exit = true;
	result = kdefer_run(run, &l, &out);
	drop(&out);
	release(s, a);
	return result;
}

static struct actor *another(struct actor *a)
{
	struct actor *b = allocate(a, sizeof(*b));

	if (!b)
		return NULL;
	b->s = a->s;
	b->random = a->random * 0x9e3779b97f4a7c15ull | 1;
	pick(a, 2);
	return b;
}

struct members {
	struct kdefer_group g;
	struct sequence *s;
};

static void wait_for_members(void *arg)
{
	struct members *m = arg;
	struct sequence *s = m->s;
	struct kdefer_outcome out;

	kdefer_group_wait(&m->g, &out);
	drop(&out);
	atomic_dec(&s->calls);
	release(s, m);
}

static struct members *start_members(struct actor *a)
{
	struct members *m = allocate(a, sizeof(*m));
	unsigned int i;

	if (!m)
		return NULL;
	kdefer_group_init(&m->g);
	m->s = a->s;
	for (i = 0; i <= pick(a, 3); i++) {
		struct actor *b = another(a);

		if (b && kdefer_group_go(&m->g, take_part, b))
			release(a->s, b);
	}
	if (pick(a, 4) == 0)
		kdefer_group_cancel(&m->g);
	return m;
}

static int thread(void *arg)
{
	return take_part(arg);
}

/* Stopped at any time: if before it began, it has done nothing. */
static void act_in_thread(struct actor *a)
{
	struct actor *b = another(a);
	struct kdefer_outcome out;
	struct task_struct *t;
	int result;

	if (!b)
		return;
	t = kdefer_kthread_run(thread, b, "sequence");
	if (IS_ERR(t)) {
		release(a->s, b);
		return;
	}
	if (pick(a, 2))
		cond_resched();
	result = kdefer_kthread_stop(t, &out);
	if (result == -EINTR)
		release(a->s, b);
	else
		drop(&out);
}

static struct later *make_later(struct actor *a, unsigned int depth)
{
	struct later *l = allocate(a, sizeof(*l));

	if (!l)
		kpanic(-ENOMEM);
	l->a = a;
	l->depth = depth + 1;
	atomic_inc(&a->s->calls);
	return l;
}

static void destroy_now(struct actor *a, unsigned int depth);

static KDEFER_DEFINE2(long, act, struct actor *, a, unsigned int, depth)
{
	unsigned int i, steps = 1 + pick(a, STEPS);
	struct members *m;

	while (steps--) {
		switch (pick(a, 15)) {
		case 0:
			for (i = 0; i < MANY; i++) {
				atomic_inc(&a->s->calls);
				kdefer(count, a->s);
			}
			break;
		case 1:
		case 2:
			kdefer(act_later, make_later(a, depth));
			break;
		case 3:
		case 4:
			kdefer(recover, make_later(a, depth));
			break;
		case 5:
			kdefer_recover_result();
			break;
		case 6:
			kdefer_on_failure(on_failure, NULL);
			break;
		case 7:
			destroy_now(a, depth);
			break;
		case 8:
			act_in_run(a, depth + 1);
			break;
		case 9:
			if (pick(a, 4))
				break;
			m = start_members(a);
			if (!m)
				break;
			atomic_inc(&a->s->calls);
			kdefer(wait_for_members, m);
			break;
		case 10:
			if (!pick(a, 16))
				act_in_thread(a);
			break;
		case 11:
			raise_any(a);
			break;
		case 12:
			act_below_kernel(a, depth + 1);
			break;
		default:
			act_again(a, depth + 1);
		}
	}
	return pick(a, 2) ? 0 : -EIO;
}

static KDEFER_DEFINE_VOID2(destroy_now, struct actor *, a, unsigned int, depth)
{
	kdefer_class(counted, c)(a->s);

	act_again(a, depth + 1);
}

/* Panics skip it, with whatever a tracer has put in the place of its return address. */
static noinline void act_again(struct actor *a, unsigned int depth)
{
	if (depth < DEEPEST)
		act(a, depth);
}

#ifdef __KERNEL__
static RAW_NOTIFIER_HEAD(chain);

static int act_when_notified(struct notifier_block *nb, unsigned long depth, void *a)
{
	act_again(a, depth);
	return NOTIFY_OK;
}

static void prepare_kernel(void)
{
	static struct notifier_block nb = { .notifier_call = act_when_notified };

	KDEFER_MAY_SKIP("raw_notifier_call_chain");
	KDEFER_MAY_SKIP("notifier_call_chain");
	KDEFER_MAY_SKIP("new_call_chain");
	raw_notifier_chain_register(&chain, &nb);
}

/*
 * Panics skip raw_notifier_call_chain(), which holds nothing. As a function of the kernel's it can
 * have a BPF program at its entry and exit, and be livepatched.
 */
static void act_below_kernel(struct actor *a, unsigned int depth)
{
	raw_notifier_call_chain(&chain, depth, a);
}
#else
static void prepare_kernel(void)
{
}

static void act_below_kernel(struct actor *a, unsigned int depth)
{
	act_again(a, depth);
}
#endif

static bool is_settled(const struct sequence *s)
{
	return !atomic_read(&s->calls) && !atomic_read(&s->objects) &&
	       !atomic_read(&s->values) && !atomic_read(&s->memory);
}

static void run_sequence(u64 number)
{
	struct sequence s = { };
	struct actor a = { .s = &s, .random = number * 0x9e3779b97f4a7c15ull | 1 };
	struct later l = { .a = &a };
	struct kdefer_outcome out;

	a.may_exit = true;
	kdefer_run(run, &l, &out);
	drop(&out);
	if (is_settled(&s))
		return;
	atomic_inc(&wrong);
	pr_err("sequences: seed %llu: left are %d calls, %d objects, %d values, %d allocations\n",
	       number, atomic_read(&s.calls), atomic_read(&s.objects), atomic_read(&s.values),
	       atomic_read(&s.memory));
}

/* Where a thread can be parked and frozen. */
static void pause_here(void)
{
	if (kthread_should_park())
		kthread_parkme();
	try_to_freeze();
	cond_resched();
}

static int run_sequences(void *arg)
{
	u64 first = seed + (u64)(unsigned long)arg * sequences;
	unsigned int i;

	set_freezable();
	let_allocations_fail();
	for (i = 0; i < sequences && !atomic_read(&wrong); i++) {
		run_sequence(first + i);
		pause_here();
	}
	atomic_inc(&finished);
	/* A thread that has ended cannot be parked any more. */
	while (!kthread_should_stop()) {
		pause_here();
		schedule_timeout_uninterruptible(1);
	}
	return i;
}

/* Parks one thread after the other, each for a moment, until all have run their sequences. */
static void disturb(struct task_struct **t)
{
	unsigned int i = 0;

	while ((unsigned int)atomic_read(&finished) < threads) {
		schedule_timeout_uninterruptible(HZ / 50 + 1);
		if (!kthread_park(t[i]))
			kthread_unpark(t[i]);
		i = (i + 1) % threads;
	}
}

static int __init sequences_init(void)
{
	struct task_struct **t = kcalloc(threads, sizeof(*t), GFP_KERNEL);
	u64 done = 0;
	unsigned int i;

	if (!t)
		return -ENOMEM;
	prepare_kernel();
	for (i = 0; i < threads; i++) {
		t[i] = kdefer_kthread_run(run_sequences, (void *)(unsigned long)i, "run/%u", i);
		if (IS_ERR(t[i]))
			break;
	}
	if (i == threads)
		disturb(t);
	while (i--)
		done += kdefer_kthread_stop(t[i], NULL);
	kfree(t);
	pr_info("sequences: %llu done, %d wrong\n", done, atomic_read(&wrong));
	return atomic_read(&wrong) || done != (u64)threads * sequences ? -EPROTO : 0;
}

#ifdef __KERNEL__
/*
 * Sequences in a process that writes to the parameter "run" how many: it may get signals, and may
 * be killed.
 */
static int run_in_process(const char *text, const struct kernel_param *kp)
{
	static atomic_t next = ATOMIC_INIT(0);
	unsigned int n;
	int err = kstrtouint(text, 0, &n);

	if (err)
		return err;
	let_allocations_fail();
	while (n-- && !fatal_signal_pending(current))
		run_sequence(seed + (u64)threads * sequences + atomic_inc_return(&next));
	return atomic_read(&wrong) ? -EPROTO : 0;
}

static const struct kernel_param_ops run_ops = { .set = run_in_process };

module_param_cb(run, &run_ops, NULL, 0200);
MODULE_PARM_DESC(run, "run so many sequences in the process that writes here");
#endif

static void __exit sequences_exit(void)
{
}

module_init(sequences_init);
module_exit(sequences_exit);

MODULE_DESCRIPTION("Random sequences of calls");
MODULE_LICENSE("GPL");

#ifndef __KERNEL__
#include <kdefer-shim.h>

static int shim_main(int argc, char **argv)
{
	return 0;
}

SHIM_MAIN(shim_main)
#endif
