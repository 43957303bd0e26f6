// SPDX-License-Identifier: GPL-2.0-only
/*
 * The requests that crash: every way in which one can go wrong that is not the requester's mistake.
 */
#include <linux/completion.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/module.h>

#include "kv.h"

static KDEFER_DEFINE_VOID0(kv_call_nil)
{
	kdefer_fn missing = NULL;

	kdefer(missing, NULL);
}

static KDEFER_DEFINE_VOID1(kv_fail_below, unsigned int, depth)
{
	kdefer(kv_buffer_put, kv_buffer_get(16));
	if (!depth)
		kpanic(-EIO);
	kv_fail_below(depth - 1);
}

DEFINE_KDEFER(kv_tell, struct completion *, complete(_T))

static KDEFER_DEFINE1(int, kv_worker, void *, ended)
{
	kdefer(kv_tell, ended);
	kv_fail_below(5);
	return 0;
}

/* Plain C, since a panic would leave the worker behind with a pointer to this stack. */
static int kv_run_worker(struct kdefer_outcome *out)
{
	DECLARE_COMPLETION_ONSTACK(ended);
	struct task_struct *worker = kdefer_kthread_run(kv_worker, &ended, "kv_worker");

	if (IS_ERR(worker))
		return PTR_ERR(worker);
	/* A thread that is stopped before it ran never runs. */
	wait_for_completion(&ended);
	kdefer_kthread_stop(worker, out);
	return 0;
}

static void kv_crash_message(struct kv_request *rq)
{
	kv_expect_end(rq);
	kpanicf("told to crash in %zu bytes", rq->len);
}

static void kv_crash_nil(struct kv_request *rq)
{
	kv_expect_end(rq);
	kv_call_nil();
}

static void kv_crash_uncaught(struct kv_request *rq)
{
	struct kdefer_outcome out;
	int err;

	kv_expect_end(rq);
	err = kv_run_worker(&out);
	if (err)
		kpanic(err);
	kv_answer(rq, "OK worker %s %ld", kv_how(out.how), out.result);
}

typedef void (*kv_fault_fn)(void);

#ifdef __KERNEL__

/* Not constant, so that the compiler cannot see through. */
static unsigned long kv_bad_address;
static int kv_zero;
static int kv_quotient;

static noinline void kv_fault_null(void)
{
	READ_ONCE(*(int *)READ_ONCE(kv_bad_address));
}

static noinline void kv_fault_wild(void)
{
	WRITE_ONCE(*(int *)(READ_ONCE(kv_bad_address) + 0xffffc12345678000UL), 1);
}

/* Not every CPU has a fault for it: for others the quotient is some number. */
static noinline void kv_fault_div(void)
{
	WRITE_ONCE(kv_quotient, READ_ONCE(kv_quotient) / READ_ONCE(kv_zero));
	kpanic(-EOPNOTSUPP);
}

static noinline void kv_fault_bug(void)
{
	BUG_ON(!READ_ONCE(kv_zero));
}

#else

/* In user space a fault of the CPU becomes a signal, not a panic. */
static void kv_no_fault(void)
{
	kpanic(-EOPNOTSUPP);
}

#define kv_fault_null	kv_no_fault
#define kv_fault_wild	kv_no_fault
#define kv_fault_div	kv_no_fault
#define kv_fault_bug	kv_no_fault

#endif

/* With something to give back at each level. */
static KDEFER_DEFINE_VOID2(kv_fault_below, unsigned int, depth, kv_fault_fn, fault)
{
	kdefer(kv_buffer_put, kv_buffer_get(16));
	if (!depth)
		fault();
	else
		kv_fault_below(depth - 1, fault);
}

static void kv_crash_fault(struct kv_request *rq, kv_fault_fn fault)
{
	kv_expect_end(rq);
	kv_fault_below(3, fault);
}

static void kv_crash_null(struct kv_request *rq)
{
	kv_crash_fault(rq, kv_fault_null);
}

static void kv_crash_wild(struct kv_request *rq)
{
	kv_crash_fault(rq, kv_fault_wild);
}

static void kv_crash_div(struct kv_request *rq)
{
	kv_crash_fault(rq, kv_fault_div);
}

static void kv_crash_bug(struct kv_request *rq)
{
	kv_crash_fault(rq, kv_fault_bug);
}

static const struct kv_command kv_crashes[] = {
	{ "message", kv_crash_message },
	{ "nil", kv_crash_nil },
	{ "null", kv_crash_null },
	{ "wild", kv_crash_wild },
	{ "div", kv_crash_div },
	{ "bug", kv_crash_bug },
	{ "uncaught", kv_crash_uncaught },
};

void kv_do_crash(struct kv_request *rq)
{
	kv_run_command(rq, kv_crashes, ARRAY_SIZE(kv_crashes));
}
