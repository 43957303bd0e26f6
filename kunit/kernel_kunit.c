// SPDX-License-Identifier: GPL-2.0-only
/*
 * What kernel code expects of a way out of its functions (rules K), as far as it can be seen from
 * inside. What ends a thread or the machine is in tests/guest/fatal, what tracers do in
 * tests/guest/tracer.
 */
#include <kunit/test.h>
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/kthread.h>
#include <linux/limits.h>
#include <linux/module.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <kdefer/kdefer.h>

#include "kunit-capture.h"
#include "kunit-log.h"

static int kernel_kunit_init(struct kunit *test)
{
	klog_begin();
	return 0;
}

#ifdef __KERNEL__

#include <linux/irq_work.h>

struct k5_interrupt {
	struct irq_work work;
	struct kdefer_panic *p;
};

static void k5_in_interrupt(struct irq_work *work)
{
	struct k5_interrupt *i = container_of(work, struct k5_interrupt, work);

	klog("look=%d", !!kdefer_panic_value(i->p));
	klog_try_recover("interrupt", i->p);
}

static void k5_interrupt_with(struct kdefer_panic *p)
{
	struct k5_interrupt i = { .work = IRQ_WORK_INIT_HARD(k5_in_interrupt), .p = p };

	irq_work_queue(&i.work);
	irq_work_sync(&i.work);
}

#else

#include <kdefer-shim.h>

static void k5_interrupt_with(struct kdefer_panic *p)
{
	shim_hardirq_enter();
	klog("look=%d", !!kdefer_panic_value(p));
	klog_try_recover("interrupt", p);
	shim_hardirq_exit();
}

#endif

static void k5_handler(void *arg, struct kdefer_panic *p)
{
	k5_interrupt_with(p);
	klog_try_recover("task", p);
}

static KDEFER_DEFINE_VOID0(k5_panic)
{
	kdefer(k5_handler, NULL);
	kpanic(-EIO);
}

/* K5: a token is good for nothing in an interrupt of the very task that it was given to. */
static void k5_token_in_interrupt(struct kunit *test)
{
	k5_panic();
	KLOG_EXPECT(test, "look=0 interrupt=- task=-5");
}

static const int k8_errs[] = { -1, -EIO, -4094, -MAX_ERRNO };
static const long k8_codes[] = { 0, 1, -1, LONG_MAX, LONG_MIN };

static int k8_panic_thread(void *err)
{
	kpanic(*(const int *)err);
}

static long k8_panic(void *err)
{
	return k8_panic_thread(err);
}

static long k8_goexit(void *code)
{
	kgoexit(*(const long *)code);
}

/* K8: no errno is out of range for a panic, and no number for a goexit's code. */
static void k8_any_number_arrives(struct kunit *test)
{
	struct kdefer_outcome out;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(k8_errs); i++) {
		KUNIT_EXPECT_EQ(test, kdefer_run(k8_panic, (void *)&k8_errs[i], &out),
				(long)k8_errs[i]);
		KUNIT_EXPECT_EQ(test, out.how, KDEFER_PANICKED);
		KUNIT_EXPECT_EQ(test, out.value.kind, KDEFER_ERRNO);
		KUNIT_EXPECT_EQ(test, out.value.err, k8_errs[i]);
	}
	for (i = 0; i < ARRAY_SIZE(k8_codes); i++) {
		KUNIT_EXPECT_EQ(test, kdefer_run(k8_goexit, (void *)&k8_codes[i], &out),
				k8_codes[i]);
		KUNIT_EXPECT_EQ(test, out.how, KDEFER_GOEXITED);
	}
}

/* K8: an errno that has no name is printed as a number. */
static void k8_any_errno_is_printed(struct kunit *test)
{
	static const int last = -MAX_ERRNO;
	const char *text = kcapture_thread(test, k8_panic_thread, (void *)&last, NULL);

	KUNIT_EXPECT_STREQ(test, kcapture_chain(test, text), "panic: -4095\n");
}

#define K9_BUF	1024

/* More arguments than there are registers for. */
static noinline long k9_ten(long a, long b, long c, long d, long e, long f, long g, long h, long i,
			    long j)
{
	kpanic(-(a + b + c + d + e + f + g + h + i + j));
}

static noinline long k9_tail_call(long n)
{
	return k9_ten(n, 2, 3, 4, 5, 6, 7, 8, 9, 10);
}

static noinline void k9_void(long n)
{
	k9_tail_call(n);
	barrier();
}

static noinline long k9_large(long n)
{
	u8 buf[K9_BUF];

	memset(buf, n, sizeof(buf));
	k9_void(buf[n]);
	asm volatile("" : : "r" (buf) : "memory");
	return buf[n];
}

static KDEFER_DEFINE1(long, k9_recover, long, n)
{
	kdefer(klog_recover, "sum");
	return k9_large(n);
}

/*
 * K9: a panic passes functions without a result, with arguments on the stack, with a large frame,
 * and that end in a tail call; what they were given had arrived.
 */
static void k9_functions_of_all_kinds(struct kunit *test)
{
	k9_recover(1);
	k9_recover(2);
	KLOG_EXPECT(test, "sum=-55 sum=-56");
}

enum k_end {
	K_RETURN,
	K_PANIC,
	K_GOEXIT,
	K_ENDS,
};

static void k_end(enum k_end end)
{
	if (end == K_PANIC)
		kpanic(-EIO);
	if (end == K_GOEXIT)
		kgoexit(0);
}

static KDEFER_DEFINE_VOID1(k12_adds, void *, word)
{
	klog("%s", (const char *)word);
	kdefer(klog_step, "added1");
	kdefer(klog_step, "added2");
}

static KDEFER_DEFINE_VOID1(k12_actions, enum k_end, end)
{
	kdefer(klog_step, "first");
	kdefer(k12_adds, "adds");
	kdefer(klog_step, "last");
	k_end(end);
}

static long k12_run(void *end)
{
	k12_actions((long)end);
	return 0;
}

/* K12: actions run in reverse order whatever the end, and one of them may add others. */
static void k12_actions_run_on_every_end(struct kunit *test)
{
	long end;

	for (end = K_RETURN; end < K_ENDS; end++) {
		klog_begin();
		kdefer_run(k12_run, (void *)end, NULL);
		KLOG_EXPECT(test, "last adds added2 added1 first");
	}
}

/* With lockdep and DEBUG_ATOMIC_SLEEP the kernel says so if this is not allowed here. */
static void k13_sleep(void *word)
{
	msleep(1);
	klog("%s=%s", (const char *)word, in_task() && preemptible() ? "task" : "atomic");
}

static KDEFER_DEFINE_VOID1(k13_function, enum k_end, end)
{
	kdefer(k13_sleep, "outer");
	kdefer(klog_recover, "recover");
	kdefer(k13_sleep, "inner");
	k_end(end);
}

static long k13_run(void *end)
{
	k13_function((long)end);
	return 0;
}

/* K13: a deferred call may sleep where its function may: on a return, a panic and a goexit. */
static void k13_deferred_calls_may_sleep(struct kunit *test)
{
	kdefer_run(k13_run, (void *)(long)K_RETURN, NULL);
	KLOG_EXPECT(test, "inner=task recover=- outer=task");
	klog_begin();
	kdefer_run(k13_run, (void *)(long)K_PANIC, NULL);
	KLOG_EXPECT(test, "inner=task recover=-5 outer=task");
	klog_begin();
	kdefer_run(k13_run, (void *)(long)K_GOEXIT, NULL);
	KLOG_EXPECT(test, "inner=task recover=- outer=task");
}

static KDEFER_DEFINE_VOID1(k14_level, long, level)
{
	kdefer(klog_recover, "handled");
	kpanic(level);
}

/* Fails while it handles, handles that, and fails again. */
static KDEFER_DEFINE_VOID2(k14_handler, void *, arg, struct kdefer_panic *, p)
{
	struct kdefer_value v;

	krecover(p, &v);
	kdefer(klog_panic, KLOG_NR(-3));
	k14_level(-2);
	klog_value("kept", &v);
	kdefer(klog_recover, "own");
	kpanic(-4);
}

static KDEFER_DEFINE_VOID0(k14_inner)
{
	kdefer(k14_handler, NULL);
	kpanic(-1);
}

static KDEFER_DEFINE_VOID0(k14_outer)
{
	kdefer(klog_recover, "outer");
	k14_inner();
	klog("inner returned");
}

/* K14: errors in the handling of an error, handled or not, leave what is being handled alone. */
static void k14_errors_while_handling(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < 3; i++) {
		klog_begin();
		k14_outer();
		KLOG_EXPECT(test, "handled=-2 kept=-1 own=-4 outer=-3");
	}
}

static KDEFER_DEFINE1(int, k27_child, void *, done)
{
	kdefer(klog_recover, "child");
	kdefer_result = 27;
	if (done)
		complete(done);
	kpanic(-EPERM);
}

static int k27_foreign_child(void *done)
{
	int ret = k27_child(NULL);

	complete(done);
	while (!kthread_should_stop())
		msleep(1);
	return ret;
}

/* Called by a panic: the task that starts the threads has a frame, records and a panic. */
static void k27_start_children(void *arg, struct kdefer_panic *p)
{
	struct completion done;
	struct task_struct *t;

	init_completion(&done);
	t = kthread_run(k27_foreign_child, &done, "k27_foreign");
	if (!IS_ERR(t)) {
		wait_for_completion(&done);
		klog("%d", kthread_stop(t));
	}
	init_completion(&done);
	t = kdefer_kthread_run(k27_child, &done, "k27_kdefer");
	if (!IS_ERR(t)) {
		wait_for_completion(&done);
		klog("%d", kdefer_kthread_stop(t, NULL));
	}
	klog_try_recover("parent", p);
}

static KDEFER_DEFINE_VOID0(k27_parent)
{
	kdefer(klog_step, "parent's");
	kdefer(k27_start_children, NULL);
	kpanic(-EIO);
}

/* K27: a thread inherits nothing of the one that starts it, and leaves nothing to it. */
static void k27_threads_inherit_nothing(struct kunit *test)
{
	k27_parent();
	KLOG_EXPECT(test, "child=-1 27 child=-1 27 parent=-5 parent's");
}

static struct kunit_case kernel_cases[] = {
	KUNIT_CASE(k5_token_in_interrupt),
	KUNIT_CASE(k8_any_number_arrives),
	KUNIT_CASE(k8_any_errno_is_printed),
	KUNIT_CASE(k9_functions_of_all_kinds),
	KUNIT_CASE(k12_actions_run_on_every_end),
	KUNIT_CASE(k13_deferred_calls_may_sleep),
	KUNIT_CASE(k14_errors_while_handling),
	KUNIT_CASE(k27_threads_inherit_nothing),
	{ }
};

static struct kunit_suite kernel_suite = {
	.name = "kdefer_kernel",
	.init = kernel_kunit_init,
	.test_cases = kernel_cases,
};

kunit_test_suite(kernel_suite);

MODULE_LICENSE("GPL");
