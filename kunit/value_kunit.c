// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a panic carries: its kinds, its identity, and the one release of its object.
 */
#include <kunit/test.h>
#include <linux/module.h>
#include <linux/string.h>
#include <kdefer/kdefer.h>

#include "kunit-capture.h"

typedef void (*step_fn)(void *arg);

struct thing {
	unsigned int released;
};

static void thing_release(void *ptr)
{
	struct thing *thing = ptr;

	thing->released++;
}

static const struct kdefer_type thing_type = { .name = "thing", .release = thing_release };

static void raise_thing(void *thing)
{
	kpanic_ptr(thing, &thing_type);
}

static void recover_into(void *v, struct kdefer_panic *p)
{
	krecover(p, v);
}

static KDEFER_DEFINE_VOID3(recover_from, step_fn, fn, void *, arg, struct kdefer_value *, v)
{
	kdefer(recover_into, v);
	fn(arg);
}

static void recover_and_raise_again(void *v, struct kdefer_panic *p)
{
	if (krecover(p, v))
		kpanic_value(v);
}

/* What a deferred call that recovers finds, and how often the object was released until then. */
struct look {
	struct thing *thing;
	struct kdefer_value v;
	unsigned int released;
	bool recovered;
};

static void look_and_recover(void *arg, struct kdefer_panic *p)
{
	struct look *look = arg;

	look->recovered = krecover(p, &look->v);
	look->released = look->thing->released;
}

static KDEFER_DEFINE_VOID3(look_at, step_fn, fn, void *, arg, struct look *, look)
{
	kdefer(look_and_recover, look);
	fn(arg);
}

static long run_step(void *arg)
{
	raise_thing(arg);
	return 0;
}

/* The compiler must not find out that some of them are no errno. */
static void raise_errno(void *arg)
{
	kpanic(READ_ONCE(*(int *)arg));
}

/* kpanic() with an errno: its kind, the errno itself, an identity, and where it was raised. */
static void value_errno(struct kunit *test)
{
	struct kdefer_value v = { };
	int err = -EIO;

	recover_from(raise_errno, &err, &v);
	KUNIT_EXPECT_EQ(test, v.kind, KDEFER_ERRNO);
	KUNIT_EXPECT_EQ(test, v.err, -EIO);
	KUNIT_EXPECT_NE(test, v.id, 0ULL);
	KUNIT_EXPECT_NE(test, v.ip, 0UL);
	KUNIT_EXPECT_GT(test, v.line, 0);
	KUNIT_EXPECT_NOT_NULL(test, strstr(v.file, "value_kunit.c"));
}

static void raise_at_site(void *arg)
{
	static const long no_errno = EIO;

	__kdefer_panic(no_errno, arg);
}

/*
 * K8: what is no errno would be success to a caller; -EINVAL is raised, and each place named once.
 */
static void k8_value_no_errno(struct kunit *test)
{
	static const int numbers[] = { EIO, 1, INT_MAX, -MAX_ERRNO - 1, INT_MIN };
	struct kdefer_site site = { .file = "here.c", .line = 17 };
	struct kdefer_value v;
	const char *text;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(numbers); i++) {
		recover_from(raise_errno, (void *)&numbers[i], &v);
		KUNIT_EXPECT_EQ(test, v.kind, KDEFER_ERRNO);
		KUNIT_EXPECT_EQ(test, v.err, -EINVAL);
	}
	kcapture_begin(test);
	recover_from(raise_at_site, &site, &v);
	text = kcapture_end(test);
	KUNIT_EXPECT_EQ(test, v.err, -EINVAL);
	KUNIT_EXPECT_NOT_NULL(test, strstr(text, "kpanic(5) in here.c, line 17"));
	kcapture_begin(test);
	recover_from(raise_at_site, &site, &v);
	KUNIT_EXPECT_STREQ(test, kcapture_end(test), "");
}

/* P15: kpanic(0) is a typed nil panic: there is a value, and an errno that a caller can return. */
static void p15_value_nil(struct kunit *test)
{
	struct kdefer_value v = { .kind = KDEFER_MESSAGE };
	int zero = 0;

	recover_from(raise_errno, &zero, &v);
	KUNIT_EXPECT_EQ(test, v.kind, KDEFER_NIL);
	KUNIT_EXPECT_EQ(test, v.err, -ENOTRECOVERABLE);
	KUNIT_EXPECT_NE(test, v.id, 0ULL);
}

static void raise_message(void *text)
{
	kpanicf("bad %s, code %d", (char *)text, 42);
}

/* kpanicf() formats its message at once; the buffers it was made of may change (X12). */
static void x12_value_message_is_a_copy(struct kunit *test)
{
	struct kdefer_value first, second;
	char text[] = "AAA";

	recover_from(raise_message, text, &first);
	memcpy(text, "BBB", sizeof(text));
	recover_from(raise_message, text, &second);
	KUNIT_EXPECT_EQ(test, first.kind, KDEFER_MESSAGE);
	KUNIT_EXPECT_EQ(test, first.err, -ENOTRECOVERABLE);
	KUNIT_EXPECT_STREQ(test, first.message, "bad AAA, code 42");
	KUNIT_EXPECT_STREQ(test, second.message, "bad BBB, code 42");
	KUNIT_EXPECT_NE(test, first.id, second.id);
}

static void raise_message_and_errno(void *err)
{
	kpanicf_errno(READ_ONCE(*(int *)err), "sector %d: %s", 7, "unreadable");
}

/* kpanicf_errno(): the message, and the errno that a caller returns. */
static void value_message_with_errno(struct kunit *test)
{
	static const int wrong = EIO;
	struct kdefer_value v;
	int err = -EIO;

	recover_from(raise_message_and_errno, &err, &v);
	KUNIT_EXPECT_EQ(test, v.kind, KDEFER_MESSAGE);
	KUNIT_EXPECT_EQ(test, v.err, -EIO);
	KUNIT_EXPECT_STREQ(test, v.message, "sector 7: unreadable");
	KUNIT_EXPECT_NOT_NULL(test, strstr(v.file, "value_kunit.c"));
	recover_from(raise_message_and_errno, (void *)&wrong, &v);
	KUNIT_EXPECT_EQ(test, v.err, -EINVAL);
	err = 0;
	recover_from(raise_message_and_errno, &err, &v);
	KUNIT_EXPECT_EQ(test, v.err, -EINVAL);
}

static const struct kdefer_type type_with_errno = { .name = "bad frame", .err = -EPROTO };
static const struct kdefer_type type_without_sign = { .name = "bad frame", .err = EPROTO };

static void raise_object_of(void *type)
{
	kpanic_ptr(NULL, type);
}

/* An object's type has the errno; without one it is -ENOTRECOVERABLE. */
static void value_errno_of_type(struct kunit *test)
{
	struct kdefer_value v;

	recover_from(raise_object_of, (void *)&type_with_errno, &v);
	KUNIT_EXPECT_EQ(test, v.kind, KDEFER_POINTER);
	KUNIT_EXPECT_EQ(test, v.err, -EPROTO);
	recover_from(raise_object_of, (void *)&type_without_sign, &v);
	KUNIT_EXPECT_EQ(test, v.err, -EINVAL);
	recover_from(raise_object_of, NULL, &v);
	KUNIT_EXPECT_EQ(test, v.err, -ENOTRECOVERABLE);
}

#define LETTERS "abcdefghijklmnopqrstuvwxyz"

static void raise_letters(void *nr)
{
	kpanicf("%.*s", *(int *)nr, LETTERS LETTERS LETTERS LETTERS LETTERS LETTERS);
}

/* The longest message that fits is kept whole. */
static void value_message_that_just_fits(struct kunit *test)
{
	struct kdefer_value v;
	int nr = KDEFER_MESSAGE_SIZE - 1;

	recover_from(raise_letters, &nr, &v);
	KUNIT_EXPECT_EQ(test, strlen(v.message), (size_t)nr);
	KUNIT_EXPECT_EQ(test, v.message[nr - 1], (char)('a' + (nr - 1) % 26));
}

/* One byte more, and far more, are cut and end in "...". */
static void value_message_cut(struct kunit *test)
{
	static const int lengths[] = { KDEFER_MESSAGE_SIZE, KDEFER_MESSAGE_SIZE + 40 };
	struct kdefer_value v;
	unsigned int i;
	int nr;

	for (i = 0; i < ARRAY_SIZE(lengths); i++) {
		nr = lengths[i];
		memset(&v, 0xff, sizeof(v));
		recover_from(raise_letters, &nr, &v);
		KUNIT_EXPECT_EQ(test, strlen(v.message), (size_t)KDEFER_MESSAGE_SIZE - 1);
		KUNIT_EXPECT_STREQ(test, v.message + KDEFER_MESSAGE_SIZE - 4, "...");
		KUNIT_EXPECT_EQ(test, v.message[KDEFER_MESSAGE_SIZE - 5],
				(char)('a' + (KDEFER_MESSAGE_SIZE - 5) % 26));
	}
}

/* R20: an object comes back as the same pointer, with its type. */
static void r20_value_pointer(struct kunit *test)
{
	struct thing thing = { };
	struct kdefer_value v;

	recover_from(raise_thing, &thing, &v);
	KUNIT_EXPECT_EQ(test, v.kind, KDEFER_POINTER);
	KUNIT_EXPECT_EQ(test, v.err, -ENOTRECOVERABLE);
	KUNIT_EXPECT_PTR_EQ(test, v.ptr, (void *)&thing);
	KUNIT_EXPECT_PTR_EQ(test, v.type, &thing_type);
}

static unsigned int null_released;

static void null_release(void *ptr)
{
	null_released += !ptr;
}

static const struct kdefer_type null_type = { .release = null_release };

static void raise_null(void *arg)
{
	kpanic_ptr(NULL, &null_type);
}

/* A NULL object is an object like any other. */
static void value_null_object(struct kunit *test)
{
	struct kdefer_value v;

	null_released = 0;
	recover_from(raise_null, NULL, &v);
	KUNIT_EXPECT_EQ(test, v.kind, KDEFER_POINTER);
	KUNIT_EXPECT_NULL(test, v.ptr);
	KUNIT_EXPECT_EQ(test, null_released, 1U);
}

static void raise_untyped(void *arg)
{
	kpanic_ptr(arg, NULL);
}

/* An object without a type has nothing to release and is carried all the same. */
static void value_without_type(struct kunit *test)
{
	struct kdefer_value v;
	int object;

	recover_from(raise_untyped, &object, &v);
	KUNIT_EXPECT_PTR_EQ(test, v.ptr, (void *)&object);
	KUNIT_EXPECT_NULL(test, v.type);
}

static KDEFER_DEFINE_VOID2(raise_again_from, step_fn, fn, void *, arg)
{
	static struct kdefer_value v;

	kdefer(recover_and_raise_again, &v);
	fn(arg);
}

struct raised {
	step_fn fn;
	void *arg;
};

static void raise_again(void *arg)
{
	struct raised *raised = arg;

	raise_again_from(raised->fn, raised->arg);
}

/* R20: raised again, a value keeps its identity and its origin; anew, it gets another one. */
static void r20_identity_survives_repanic(struct kunit *test)
{
	struct raised raised = { .fn = raise_message, .arg = "twice" };
	struct kdefer_value once, again;

	recover_from(raise_message, "once", &once);
	recover_from(raise_again, &raised, &again);
	KUNIT_EXPECT_NE(test, once.id, again.id);
	KUNIT_EXPECT_STREQ(test, again.message, "bad twice, code 42");
	KUNIT_EXPECT_EQ(test, again.line, once.line);
	KUNIT_EXPECT_EQ(test, again.ip, once.ip);
	recover_from(raise_again, &raised, &once);
	KUNIT_EXPECT_NE(test, once.id, again.id);
}

static void remember_and_pass_on(void *id, struct kdefer_panic *p)
{
	*(u64 *)id = kdefer_panic_value(p)->id;
}

static KDEFER_DEFINE_VOID3(remember_id, step_fn, fn, void *, arg, u64 *, id)
{
	kdefer(remember_and_pass_on, id);
	fn(arg);
}

struct remembered {
	struct raised raised;
	u64 id;
};

static KDEFER_DEFINE_VOID1(raise_remembered_again, void *, arg)
{
	struct remembered *r = arg;
	static struct kdefer_value v;

	kdefer(recover_and_raise_again, &v);
	remember_id(r->raised.fn, r->raised.arg, &r->id);
}

/* R20: the identity that inner deferred calls saw is what outer ones see after a re-panic. */
static void r20_identity_is_the_same_on_both_sides(struct kunit *test)
{
	struct remembered r = { .raised = { .fn = raise_message, .arg = "same" } };
	struct kdefer_value v;

	recover_from(raise_remembered_again, &r, &v);
	KUNIT_EXPECT_EQ(test, v.id, r.id);
}

static void raise_value(void *v)
{
	kpanic_value(v);
}

/* A value that was never raised, and none at all, are raised as nil panics. */
static void value_never_raised_is_nil(struct kunit *test)
{
	struct kdefer_value zero = { }, v;

	recover_from(raise_value, &zero, &v);
	KUNIT_EXPECT_EQ(test, v.kind, KDEFER_NIL);
	KUNIT_EXPECT_NE(test, v.id, 0ULL);
	memset(&v, 0, sizeof(v));
	recover_from(raise_value, NULL, &v);
	KUNIT_EXPECT_EQ(test, v.kind, KDEFER_NIL);
}

/* Release, recovered: not before the deferred call that recovered has returned, then once. */
static void release_after_recovery(struct kunit *test)
{
	struct thing thing = { };
	struct look look = { .thing = &thing };

	look_at(raise_thing, &thing, &look);
	KUNIT_EXPECT_TRUE(test, look.recovered);
	KUNIT_EXPECT_EQ(test, look.released, 0U);
	KUNIT_EXPECT_EQ(test, thing.released, 1U);
}

/* Release, re-panicked: the first recovery gives nothing up, the last one does. */
static void release_after_repanic(struct kunit *test)
{
	struct thing thing = { };
	struct raised raised = { .fn = raise_thing, .arg = &thing };
	struct look look = { .thing = &thing };

	look_at(raise_again, &raised, &look);
	KUNIT_EXPECT_TRUE(test, look.recovered);
	KUNIT_EXPECT_EQ(test, look.released, 0U);
	KUNIT_EXPECT_PTR_EQ(test, look.v.ptr, (void *)&thing);
	KUNIT_EXPECT_EQ(test, thing.released, 1U);
}

static void peek_and_raise_again(void *v, struct kdefer_panic *p)
{
	*(struct kdefer_value *)v = *kdefer_panic_value(p);
	kpanic_value(v);
}

static KDEFER_DEFINE_VOID1(raise_again_unrecovered, void *, thing)
{
	static struct kdefer_value v;

	kdefer(peek_and_raise_again, &v);
	raise_thing(thing);
}

/* Release, raised again without a recovery in between (X7): once. */
static void release_after_repanic_unrecovered(struct kunit *test)
{
	struct thing thing = { };
	struct look look = { .thing = &thing };

	look_at(raise_again_unrecovered, &thing, &look);
	KUNIT_EXPECT_TRUE(test, look.recovered);
	KUNIT_EXPECT_EQ(test, look.released, 0U);
	KUNIT_EXPECT_EQ(test, thing.released, 1U);
}

struct sandwich {
	struct thing bread;
	struct thing filling;
	struct kdefer_value v;
};

static void recover_bread_raise_filling(void *arg, struct kdefer_panic *p)
{
	struct sandwich *s = arg;

	krecover(p, &s->v);
	raise_thing(&s->filling);
}

static void recover_filling_raise_bread(void *arg, struct kdefer_panic *p)
{
	struct sandwich *s = arg;

	krecover(p, NULL);
	kpanic_value(&s->v);
}

static KDEFER_DEFINE_VOID1(make_sandwich, void *, arg)
{
	struct sandwich *s = arg;

	kdefer(recover_filling_raise_bread, s);
	kdefer(recover_bread_raise_filling, s);
	raise_thing(&s->bread);
}

/* Release, sandwiched (X6): a value that comes back after another one is still released once. */
static void release_of_a_sandwich(struct kunit *test)
{
	struct sandwich s = { };
	struct look look = { .thing = &s.bread };

	look_at(make_sandwich, &s, &look);
	KUNIT_EXPECT_PTR_EQ(test, look.v.ptr, (void *)&s.bread);
	KUNIT_EXPECT_EQ(test, look.released, 0U);
	KUNIT_EXPECT_EQ(test, s.bread.released, 1U);
	KUNIT_EXPECT_EQ(test, s.filling.released, 1U);
}

#define NR_REPLACED	9

struct replaced {
	struct thing thing[NR_REPLACED];
	unsigned int next;
};

static void raise_next(void *arg)
{
	struct replaced *r = arg;

	raise_thing(&r->thing[r->next++]);
}

static KDEFER_DEFINE_VOID1(replace_all, void *, arg)
{
	unsigned int i;

	for (i = 1; i < NR_REPLACED; i++)
		kdefer(raise_next, arg);
	raise_next(arg);
}

static void expect_all_released(struct kunit *test, const struct replaced *r)
{
	unsigned int i;

	KUNIT_EXPECT_EQ(test, r->next, (unsigned int)NR_REPLACED);
	for (i = 0; i < NR_REPLACED; i++)
		KUNIT_EXPECT_EQ_MSG(test, r->thing[i].released, 1U, "thing %u", i);
}

/*
 * Release, replaced and recovered: each of the panics that replaced one another gives up its
 * object once, those that the history had no room for included.
 */
static void release_of_replaced_recovered(struct kunit *test)
{
	struct replaced r = { };
	struct look look = { .thing = &r.thing[NR_REPLACED - 1] };

	look_at(replace_all, &r, &look);
	KUNIT_EXPECT_PTR_EQ(test, look.v.ptr, (void *)&r.thing[NR_REPLACED - 1]);
	KUNIT_EXPECT_EQ(test, look.released, 0U);
	expect_all_released(test, &r);
}

static long run_replace_all(void *arg)
{
	replace_all(arg);
	return 0;
}

/* Release, replaced and uncaught: the receiver of the outcome owns the last, kdefer the others. */
static void release_of_replaced_uncaught(struct kunit *test)
{
	struct replaced r = { };
	struct kdefer_outcome out;

	kdefer_run(run_replace_all, &r, &out);
	KUNIT_EXPECT_EQ(test, out.how, KDEFER_PANICKED);
	KUNIT_EXPECT_PTR_EQ(test, out.value.ptr, (void *)&r.thing[NR_REPLACED - 1]);
	KUNIT_EXPECT_EQ(test, r.thing[NR_REPLACED - 1].released, 0U);
	kdefer_value_release(&out.value);
	expect_all_released(test, &r);
}

static void raise_next_again(void *arg, struct kdefer_panic *p)
{
	raise_next(arg);
}

struct nested {
	struct replaced r;
	struct look outer;
	unsigned int at_inner_end;
};

static void raise_and_recover_inside(void *arg)
{
	struct nested *n = arg;
	struct look look = { .thing = &n->r.thing[0] };

	look_at(raise_next, &n->r, &look);
	n->at_inner_end = n->r.thing[1].released;
}

static KDEFER_DEFINE_VOID1(raise_over_inner_recovery, void *, arg)
{
	struct nested *n = arg;

	kdefer(raise_and_recover_inside, n);
	raise_next(&n->r);
}

/* Release, recovered inside a deferred call (P5): the inner object goes, the outer one stays. */
static void release_inside_deferred_call(struct kunit *test)
{
	struct nested n = { .outer = { .thing = &n.r.thing[0] } };

	look_at(raise_over_inner_recovery, &n, &n.outer);
	KUNIT_EXPECT_EQ(test, n.at_inner_end, 1U);
	KUNIT_EXPECT_PTR_EQ(test, n.outer.v.ptr, (void *)&n.r.thing[0]);
	KUNIT_EXPECT_EQ(test, n.outer.released, 0U);
	KUNIT_EXPECT_EQ(test, n.r.thing[0].released, 1U);
	KUNIT_EXPECT_EQ(test, n.r.thing[1].released, 1U);
}

static KDEFER_DEFINE_VOID1(replace_once, void *, arg)
{
	kdefer(raise_next_again, arg);
	raise_next(arg);
}

/* Release, replaced: the aborted panic can still be printed until its successor is recovered. */
static void release_of_aborted_waits_for_successor(struct kunit *test)
{
	struct replaced r = { };
	struct look look = { .thing = &r.thing[0] };

	look_at(replace_once, &r, &look);
	KUNIT_EXPECT_PTR_EQ(test, look.v.ptr, (void *)&r.thing[1]);
	KUNIT_EXPECT_EQ(test, look.released, 0U);
	KUNIT_EXPECT_EQ(test, r.thing[0].released, 1U);
	KUNIT_EXPECT_EQ(test, r.thing[1].released, 1U);
}

/* Release, uncaught with an outcome: the receiver's, and giving it up twice does it once. */
static void release_uncaught_with_outcome(struct kunit *test)
{
	struct thing thing = { };
	struct kdefer_outcome out;

	KUNIT_EXPECT_EQ(test, kdefer_run(run_step, &thing, &out), (long)-ENOTRECOVERABLE);
	KUNIT_EXPECT_EQ(test, out.how, KDEFER_PANICKED);
	KUNIT_EXPECT_PTR_EQ(test, out.value.ptr, (void *)&thing);
	KUNIT_EXPECT_EQ(test, thing.released, 0U);
	kdefer_value_release(&out.value);
	KUNIT_EXPECT_EQ(test, thing.released, 1U);
	kdefer_value_release(&out.value);
	KUNIT_EXPECT_EQ(test, thing.released, 1U);
	KUNIT_EXPECT_EQ(test, out.value.kind, KDEFER_NIL);
}

/* Release, uncaught without an outcome: kdefer's. */
static void release_uncaught_without_outcome(struct kunit *test)
{
	struct thing thing = { };

	KUNIT_EXPECT_EQ(test, kdefer_run(run_step, &thing, NULL), (long)-ENOTRECOVERABLE);
	KUNIT_EXPECT_EQ(test, thing.released, 1U);
}

/* Release, raised again from an outcome: kdefer owns the object again. */
static void release_of_outcome_raised_again(struct kunit *test)
{
	struct thing thing = { };
	struct look look = { .thing = &thing };
	struct kdefer_outcome out;

	kdefer_run(run_step, &thing, &out);
	look_at(raise_value, &out.value, &look);
	KUNIT_EXPECT_EQ(test, look.released, 0U);
	KUNIT_EXPECT_EQ(test, look.v.id, out.value.id);
	KUNIT_EXPECT_EQ(test, thing.released, 1U);
}

static int thread_step(void *thing)
{
	raise_thing(thing);
	return 0;
}

/* Release, uncaught in a thread: the joiner's with an outcome, else kdefer's. */
static void release_by_joiner(struct kunit *test)
{
	struct thing with = { }, without = { };
	struct kdefer_outcome out;

	kcapture_thread(test, thread_step, &with, &out);
	KUNIT_EXPECT_EQ(test, out.how, KDEFER_PANICKED);
	KUNIT_EXPECT_EQ(test, with.released, 0U);
	kdefer_value_release(&out.value);
	KUNIT_EXPECT_EQ(test, with.released, 1U);
	kcapture_thread(test, thread_step, &without, NULL);
	KUNIT_EXPECT_EQ(test, without.released, 1U);
}

static void end_run(void *code)
{
	kgoexit(*(int *)code);
}

static KDEFER_DEFINE1(long, goexit_over_panic, void *, thing)
{
	static int code = 7;

	kdefer(end_run, &code);
	raise_thing(thing);
	return 0;
}

/* Release, taken over by a goexit (G8): the cancelled panic gives up its object once. */
static void release_of_cancelled_by_goexit(struct kunit *test)
{
	struct thing thing = { };
	struct kdefer_outcome out;

	kdefer_run(goexit_over_panic, &thing, &out);
	KUNIT_EXPECT_EQ(test, out.how, KDEFER_GOEXITED);
	KUNIT_EXPECT_EQ(test, out.result, 7L);
	KUNIT_EXPECT_EQ(test, thing.released, 1U);
}

struct goexit_look {
	struct thing thing;
	struct look look;
};

static KDEFER_DEFINE1(long, panic_over_goexit, void *, arg)
{
	struct goexit_look *g = arg;

	kdefer(look_and_recover, &g->look);
	kdefer(raise_thing, &g->thing);
	kgoexit(3);
}

/* Release, recovered while a goexit is pending (G6): once, and the goexit goes on. */
static void release_during_goexit(struct kunit *test)
{
	struct goexit_look g = { .look = { .thing = &g.thing } };
	struct kdefer_outcome out;

	kdefer_run(panic_over_goexit, &g, &out);
	KUNIT_EXPECT_TRUE(test, g.look.recovered);
	KUNIT_EXPECT_EQ(test, g.look.released, 0U);
	KUNIT_EXPECT_EQ(test, out.how, KDEFER_GOEXITED);
	KUNIT_EXPECT_EQ(test, g.thing.released, 1U);
}

static KDEFER_DEFINE1(long, replace_all_and_goexit, void *, arg)
{
	static int code = 1;

	kdefer(end_run, &code);
	replace_all(arg);
	return 0;
}

/* Release, many replaced panics and a goexit over all of them: each once. */
static void release_of_replaced_cancelled_by_goexit(struct kunit *test)
{
	struct replaced r = { };
	struct kdefer_outcome out;

	kdefer_run(replace_all_and_goexit, &r, &out);
	KUNIT_EXPECT_EQ(test, out.how, KDEFER_GOEXITED);
	expect_all_released(test, &r);
}

struct inner_run {
	struct thing thing;
	unsigned int after_run;
};

static long run_raise_value(void *v)
{
	kpanic_value(v);
	return 0;
}

static void raise_again_in_run(void *arg, struct kdefer_panic *p)
{
	struct inner_run *inner = arg;
	struct kdefer_value v = *kdefer_panic_value(p);

	kdefer_run(run_raise_value, &v, NULL);
	inner->after_run = inner->thing.released;
	krecover(p, NULL);
}

static KDEFER_DEFINE_VOID1(raise_again_across_barrier, struct inner_run *, inner)
{
	kdefer(raise_again_in_run, inner);
	raise_thing(&inner->thing);
}

/* Release, raised again below a barrier: the panic above it still shows the object. */
static void release_waits_for_panic_above_barrier(struct kunit *test)
{
	struct inner_run inner = { };

	raise_again_across_barrier(&inner);
	KUNIT_EXPECT_EQ(test, inner.after_run, 0U);
	KUNIT_EXPECT_EQ(test, inner.thing.released, 1U);
}

static void recover_again_in_run(void *arg, struct kdefer_panic *p)
{
	struct inner_run *inner = arg;
	struct look look = { .thing = &inner->thing };
	struct kdefer_value v = *kdefer_panic_value(p);

	look_at(raise_value, &v, &look);
	inner->after_run = inner->thing.released;
	krecover(p, NULL);
}

static KDEFER_DEFINE_VOID1(recover_again_in_deferred, struct inner_run *, inner)
{
	kdefer(recover_again_in_run, inner);
	raise_thing(&inner->thing);
}

/* Release, raised again and recovered inside the deferred call: the outer panic still shows it. */
static void release_waits_for_outer_panic(struct kunit *test)
{
	struct inner_run inner = { };

	recover_again_in_deferred(&inner);
	KUNIT_EXPECT_EQ(test, inner.after_run, 0U);
	KUNIT_EXPECT_EQ(test, inner.thing.released, 1U);
}

static void angry_release(void *ptr)
{
	thing_release(ptr);
	kpanicf("release failed");
}

static const struct kdefer_type angry_type = { .name = "angry", .release = angry_release };

static void raise_angry(void *thing)
{
	kpanic_ptr(thing, &angry_type);
}

static void recover_angry(void *thing)
{
	recover_from(raise_angry, thing, NULL);
}

/* A release function that panics does so in the function that recovered, and is called once. */
static void release_may_panic(struct kunit *test)
{
	struct thing thing = { };
	struct kdefer_value v = { };

	recover_from(recover_angry, &thing, &v);
	KUNIT_EXPECT_EQ(test, v.kind, KDEFER_MESSAGE);
	KUNIT_EXPECT_STREQ(test, v.message, "release failed");
	KUNIT_EXPECT_EQ(test, thing.released, 1U);
}

static struct kunit_case kdefer_value_cases[] = {
	KUNIT_CASE(value_errno),
	KUNIT_CASE(k8_value_no_errno),
	KUNIT_CASE(p15_value_nil),
	KUNIT_CASE(x12_value_message_is_a_copy),
	KUNIT_CASE(value_message_with_errno),
	KUNIT_CASE(value_errno_of_type),
	KUNIT_CASE(value_message_that_just_fits),
	KUNIT_CASE(value_message_cut),
	KUNIT_CASE(r20_value_pointer),
	KUNIT_CASE(value_null_object),
	KUNIT_CASE(value_without_type),
	KUNIT_CASE(r20_identity_survives_repanic),
	KUNIT_CASE(r20_identity_is_the_same_on_both_sides),
	KUNIT_CASE(value_never_raised_is_nil),
	KUNIT_CASE(release_after_recovery),
	KUNIT_CASE(release_after_repanic),
	KUNIT_CASE(release_after_repanic_unrecovered),
	KUNIT_CASE(release_of_a_sandwich),
	KUNIT_CASE(release_of_replaced_recovered),
	KUNIT_CASE(release_of_replaced_uncaught),
	KUNIT_CASE(release_inside_deferred_call),
	KUNIT_CASE(release_of_aborted_waits_for_successor),
	KUNIT_CASE(release_uncaught_with_outcome),
	KUNIT_CASE(release_uncaught_without_outcome),
	KUNIT_CASE(release_of_outcome_raised_again),
	KUNIT_CASE(release_by_joiner),
	KUNIT_CASE(release_of_cancelled_by_goexit),
	KUNIT_CASE(release_during_goexit),
	KUNIT_CASE(release_of_replaced_cancelled_by_goexit),
	KUNIT_CASE(release_waits_for_panic_above_barrier),
	KUNIT_CASE(release_waits_for_outer_panic),
	KUNIT_CASE(release_may_panic),
	{ }
};

static struct kunit_suite kdefer_value_suite = {
	.name = "kdefer_value",
	.test_cases = kdefer_value_cases,
};

kunit_test_suite(kdefer_value_suite);

MODULE_LICENSE("GPL");
