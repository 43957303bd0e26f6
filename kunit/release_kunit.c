// SPDX-License-Identifier: GPL-2.0-only
/*
 * A release function that panics or calls kgoexit(), at every place where a value is dropped: it is
 * as if a deferred call had done so, and no other object's release is lost.
 */
#include <kunit/test.h>
#include <linux/cleanup.h>
#include <linux/delay.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/string.h>
#include <kdefer/kdefer.h>

#include "kunit-capture.h"

/* More than kdefer keeps of panics that were replaced. */
#define NR_OBJECTS	9

enum object_release {
	RELEASE_PANICS,
	RELEASE_RAISES_OBJECT,
	RELEASE_EXITS,
	NR_RELEASES,
};

struct objects {
	unsigned int released[NR_OBJECTS];
	unsigned int next;
	unsigned int deferred;
	unsigned int bad;
	enum object_release release;
	unsigned int raised_by_release;
	unsigned int released_of_those;
	/* Held where a case says so. */
	struct mutex lock;
};

/* Each object is one of the counters in &objects.released. */
static struct objects *objects;

static void later_release(void *ptr)
{
	objects->released_of_those++;
}

static const struct kdefer_type later_type = { .name = "later", .release = later_release };

static void object_release(void *ptr)
{
	unsigned int *released = ptr;

	++*released;
	if (released != &objects->released[objects->bad])
		return;
	switch (objects->release) {
	case RELEASE_PANICS:
		kpanic(-EIO);
	case RELEASE_RAISES_OBJECT:
		objects->raised_by_release++;
		kpanic_ptr(objects, &later_type);
	case RELEASE_EXITS:
		kgoexit(17);
	default:
		break;
	}
}

static const struct kdefer_type object_type = { .name = "object", .release = object_release };

static void raise_next(void *unused)
{
	unsigned int next = objects->next;

	WRITE_ONCE(objects->next, next + 1);
	kpanic_ptr(&objects->released[next], &object_type);
}

static void count(void *unused)
{
	objects->deferred++;
}

static void recover_any(void *unused, struct kdefer_panic *p)
{
	krecover(p, NULL);
}

static void recover_and_raise_again(void *unused, struct kdefer_panic *p)
{
	struct kdefer_value v;

	if (krecover(p, &v))
		kpanic_value(&v);
}

static KDEFER_DEFINE_VOID0(replace_all)
{
	unsigned int i;

	for (i = 1; i < NR_OBJECTS; i++)
		kdefer(raise_next, NULL);
	raise_next(NULL);
}

static KDEFER_DEFINE1(long, uncaught, void *, unused)
{
	kdefer(count, NULL);
	replace_all();
	return 0;
}

static KDEFER_DEFINE_VOID0(recover_all)
{
	kdefer(recover_any, NULL);
	replace_all();
}

static KDEFER_DEFINE1(long, recovered, void *, unused)
{
	kdefer(count, NULL);
	recover_all();
	return 0;
}

/* What has recovered has other deferred calls to run, which raise and recover too. */
static KDEFER_DEFINE1(long, recovered_between, void *, unused)
{
	kdefer(count, NULL);
	kdefer(raise_next, NULL);
	kdefer(recover_any, NULL);
	kdefer(raise_next, NULL);
	kdefer(recover_any, NULL);
	raise_next(NULL);
	return 0;
}

static KDEFER_DEFINE1(long, raised_again, void *, unused)
{
	kdefer(count, NULL);
	kdefer(recover_any, NULL);
	kdefer(raise_next, NULL);
	kdefer(recover_and_raise_again, NULL);
	raise_next(NULL);
	return 0;
}

static KDEFER_DEFINE1(long, recovered_with_guard, void *, unused)
{
	kdefer(count, NULL);
	kdefer_guard(mutex)(&objects->lock);
	kdefer(recover_any, NULL);
	kdefer(raise_next, NULL);
	kdefer(raise_next, NULL);
	raise_next(NULL);
	return 0;
}

/* The goexit goes on when the panics on top of it are recovered. */
static KDEFER_DEFINE1(long, recovered_in_goexit, void *, unused)
{
	kdefer(count, NULL);
	kdefer(recover_any, NULL);
	kdefer(raise_next, NULL);
	kdefer(raise_next, NULL);
	kdefer(recover_any, NULL);
	kdefer(raise_next, NULL);
	kdefer(raise_next, NULL);
	kgoexit(5);
	return 0;
}

/* The goexit cancels a panic that is replaced. */
static void goexit_now(void *unused)
{
	kgoexit(6);
}

static KDEFER_DEFINE1(long, cancelled_by_goexit, void *, unused)
{
	kdefer(count, NULL);
	kdefer(raise_next, NULL);
	kdefer(goexit_now, NULL);
	kdefer(raise_next, NULL);
	raise_next(NULL);
	return 0;
}

static void run_inside(void *unused)
{
	kdefer_run(uncaught, NULL, NULL);
}

/* Runs that drop their outcome, while a panic goes on outside. */
static KDEFER_DEFINE1(long, inner_run, void *, unused)
{
	kdefer(count, NULL);
	kdefer(run_inside, NULL);
	kpanic(-EAGAIN);
	return 0;
}

static KDEFER_DEFINE1(long, outcome_dropped_by_user, void *, unused)
{
	struct kdefer_outcome out;

	kdefer(count, NULL);
	kdefer_run(recovered_between, NULL, &out);
	if (out.how == KDEFER_PANICKED)
		kdefer_value_release(&out.value);
	return 0;
}

static long release_value(void *v)
{
	kdefer_value_release(v);
	return 0;
}

/* As the receiver of an outcome does, however often a release raises another object. */
static void drop_outcome(struct kdefer_outcome *out)
{
	struct kdefer_value v;

	while (out->how == KDEFER_PANICKED) {
		v = out->value;
		kdefer_run(release_value, &v, out);
	}
}

static unsigned int released_wrongly(const struct objects *o)
{
	unsigned int i, wrong = o->raised_by_release != o->released_of_those;

	for (i = 0; i < NR_OBJECTS; i++)
		wrong += o->released[i] != (i < o->next);
	return wrong;
}

/* Each object's release in turn, in each of the ways. */
static void release_each(struct kunit *test, const char *name, long (*fn)(void *),
			 unsigned int deferred)
{
	struct objects *o = kunit_kzalloc(test, sizeof(*o), GFP_KERNEL);
	struct kdefer_outcome out;
	enum object_release release;
	unsigned int bad;

	KUNIT_ASSERT_NOT_NULL(test, o);
	objects = o;
	for (bad = 0; bad < NR_OBJECTS; bad++) {
		for (release = 0; release < NR_RELEASES; release++) {
			memset(o, 0, sizeof(*o));
			mutex_init(&o->lock);
			o->bad = bad;
			o->release = release;
			kdefer_run(fn, NULL, &out);
			drop_outcome(&out);
			KUNIT_EXPECT_EQ_MSG(test, released_wrongly(o), 0U,
					    "%s, release %d of object %u", name, release, bad);
			KUNIT_EXPECT_EQ_MSG(test, o->deferred, deferred,
					    "%s, release %d of object %u", name, release, bad);
		}
	}
	objects = NULL;
}

static void release_fails_at_the_end_of_a_run(struct kunit *test)
{
	release_each(test, "uncaught", uncaught, 1);
	release_each(test, "inner run", inner_run, 2);
}

static void release_fails_after_recovery(struct kunit *test)
{
	release_each(test, "recovered", recovered, 1);
	release_each(test, "recovered between", recovered_between, 1);
	release_each(test, "raised again", raised_again, 1);
	release_each(test, "guard", recovered_with_guard, 1);
}

static void release_fails_with_goexit(struct kunit *test)
{
	release_each(test, "recovered in goexit", recovered_in_goexit, 1);
	release_each(test, "cancelled by goexit", cancelled_by_goexit, 1);
}

static void release_fails_for_the_receiver(struct kunit *test)
{
	release_each(test, "dropped by user", outcome_dropped_by_user, 2);
}

static long end_with(void *fn)
{
	return ((long (*)(void *))fn)(NULL);
}

/* What becomes of a run whose values fail to be released: as if a deferred call had failed. */
static void release_that_fails_is_the_outcome(struct kunit *test)
{
	struct objects *o = kunit_kzalloc(test, sizeof(*o), GFP_KERNEL);
	struct kdefer_outcome out;

	KUNIT_ASSERT_NOT_NULL(test, o);
	objects = o;
	KUNIT_EXPECT_EQ(test, kdefer_run(end_with, uncaught, &out), (long)-EIO);
	KUNIT_EXPECT_EQ(test, out.how, KDEFER_PANICKED);
	KUNIT_EXPECT_EQ(test, out.value.kind, KDEFER_ERRNO);
	memset(o, 0, sizeof(*o));
	o->release = RELEASE_EXITS;
	KUNIT_EXPECT_EQ(test, kdefer_run(end_with, uncaught, &out), 17L);
	KUNIT_EXPECT_EQ(test, out.how, KDEFER_GOEXITED);
	objects = NULL;
}

static int end_thread(void *unused)
{
	return uncaught(NULL);
}

/* The thread ends once, for its joiner; what is printed says of the second panic what it is. */
static void release_fails_at_the_end_of_a_thread(struct kunit *test)
{
	struct objects *o = kunit_kzalloc(test, sizeof(*o), GFP_KERNEL);
	struct kdefer_outcome out;
	const char *text;

	KUNIT_ASSERT_NOT_NULL(test, o);
	objects = o;
	text = kcapture_thread(test, end_thread, NULL, &out);
	KUNIT_EXPECT_EQ(test, out.how, KDEFER_PANICKED);
	KUNIT_EXPECT_EQ(test, out.value.err, -EIO);
	KUNIT_EXPECT_NOT_NULL(test, strstr(text, "panic: -EIO"));
	KUNIT_EXPECT_EQ(test, released_wrongly(o), 0U);
	objects = NULL;
}

static int end_thread_by_panic(void *unused)
{
	raise_next(NULL);
	return 0;
}

static long stop_thread(void *thread)
{
	return kdefer_kthread_stop(thread, NULL);
}

/* A joiner who does not want the outcome gives its object up, when all else is done. */
static void release_fails_for_the_joiner(struct kunit *test)
{
	struct objects *o = kunit_kzalloc(test, sizeof(*o), GFP_KERNEL);
	struct task_struct *thread;
	struct kdefer_outcome out;

	KUNIT_ASSERT_NOT_NULL(test, o);
	objects = o;
	thread = kdefer_kthread_run(end_thread_by_panic, NULL, "kdefer_release");
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, thread);
	while (!READ_ONCE(o->next))
		msleep(1);
	KUNIT_EXPECT_EQ(test, kdefer_run(stop_thread, thread, &out), (long)-EIO);
	KUNIT_EXPECT_EQ(test, out.how, KDEFER_PANICKED);
	KUNIT_EXPECT_EQ(test, released_wrongly(o), 0U);
	objects = NULL;
}

static int print_raises_object(const void *ptr, char *buf, size_t size)
{
	raise_next(NULL);
	return 0;
}

static const struct kdefer_type printed_type = { .name = "printed", .print = print_raises_object };

static int end_thread_with_printed(void *unused)
{
	kpanic_ptr(NULL, &printed_type);
	return 0;
}

/* In the middle of a printout a release must not lead away from it. */
static void release_fails_in_a_printout(struct kunit *test)
{
	struct objects *o = kunit_kzalloc(test, sizeof(*o), GFP_KERNEL);
	struct kdefer_outcome out;
	enum object_release release;
	const char *text;

	KUNIT_ASSERT_NOT_NULL(test, o);
	objects = o;
	for (release = 0; release < NR_RELEASES; release++) {
		memset(o, 0, sizeof(*o));
		o->release = release;
		text = kcapture_thread(test, end_thread_with_printed, NULL, &out);
		KUNIT_EXPECT_EQ(test, out.how, KDEFER_PANICKED);
		KUNIT_EXPECT_EQ(test, out.value.kind, KDEFER_POINTER);
		KUNIT_EXPECT_PTR_EQ(test, out.value.type, &printed_type);
		KUNIT_EXPECT_NOT_NULL(test, strstr(text, "kdefer: uncaught panic in thread"));
		KUNIT_EXPECT_EQ(test, released_wrongly(o), 0U);
	}
	objects = NULL;
}

static struct kunit_case kdefer_release_cases[] = {
	KUNIT_CASE(release_fails_at_the_end_of_a_run),
	KUNIT_CASE(release_fails_after_recovery),
	KUNIT_CASE(release_fails_with_goexit),
	KUNIT_CASE(release_fails_for_the_receiver),
	KUNIT_CASE(release_that_fails_is_the_outcome),
	KUNIT_CASE(release_fails_at_the_end_of_a_thread),
	KUNIT_CASE(release_fails_for_the_joiner),
	KUNIT_CASE(release_fails_in_a_printout),
	{ }
};

static struct kunit_suite kdefer_release_suite = {
	.name = "kdefer_release",
	.test_cases = kdefer_release_cases,
};

kunit_test_suite(kdefer_release_suite);

MODULE_LICENSE("GPL");
