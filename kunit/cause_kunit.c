// SPDX-License-Identifier: GPL-2.0-only
/*
 * What becomes of a value that was recovered: its text, words that are put before it when it is
 * raised again, and its object in other hands.
 */
#include <kunit/test.h>
#include <linux/module.h>
#include <linux/string.h>
#include <kdefer/kdefer.h>

typedef void (*step_fn)(void *arg);

struct thing {
	unsigned int released;
};

static int thing_print(const void *ptr, char *buf, size_t size)
{
	return scnprintf(buf, size, "released %u times", ((const struct thing *)ptr)->released);
}

static void thing_release(void *ptr)
{
	((struct thing *)ptr)->released++;
}

static const struct kdefer_type thing_type = {
	.name = "thing", .print = thing_print, .release = thing_release, .err = -EPROTO,
};

static void raise_thing(void *thing)
{
	kpanic_ptr(thing, &thing_type);
}

static void raise_errno(void *err)
{
	kpanic((long)err);
}

static void raise_message(void *text)
{
	kpanicf_errno(-EIO, "bad %s", (const char *)text);
}

static KDEFER_DEFINE_VOID(defer_nothing, void *, unused)
{
	kdefer(NULL, NULL);
}

static void raise_zero(void *zeroed)
{
	kpanicf_value(zeroed, "nothing");
}

/* A recovered value and its text, written while its object was there. */
struct caught {
	struct kdefer_value v;
	char text[160];
	int len;
	bool recovered;
};

static void catch(void *arg, struct kdefer_panic *p)
{
	struct caught *c = arg;

	c->recovered = krecover(p, &c->v);
	if (c->recovered)
		c->len = kdefer_value_text(&c->v, c->text, sizeof(c->text));
}

static KDEFER_DEFINE_VOID(catch_from, step_fn, fn, void *, arg, struct caught *, c)
{
	kdefer(catch, c);
	fn(arg);
}

/* As text, a value is what the printout has of it. */
static void text_of_each_kind(struct kunit *test)
{
	struct thing thing = { };
	struct caught c = { };
	char name[16];

	scnprintf(name, sizeof(name), "%pe", ERR_PTR(-EIO));
	catch_from(raise_errno, (void *)(long)-EIO, &c);
	KUNIT_EXPECT_STREQ(test, (const char *)c.text, (const char *)name);
	KUNIT_EXPECT_EQ(test, c.len, (int)strlen(name));
	catch_from(raise_message, "block", &c);
	KUNIT_EXPECT_STREQ(test, (const char *)c.text, "bad block");
	catch_from(raise_thing, &thing, &c);
	KUNIT_EXPECT_STREQ(test, (const char *)c.text, "thing(released 0 times)");
	catch_from(raise_errno, NULL, &c);
	KUNIT_EXPECT_STREQ(test, (const char *)c.text,
			   "runtime error: panic called with nil argument");
	catch_from(defer_nothing, NULL, &c);
	KUNIT_EXPECT_STREQ(test, (const char *)c.text,
			   "runtime error: invalid memory address or nil pointer dereference");
}

/* What does not fit is cut, and nothing is written behind the end. */
static void text_that_is_cut(struct kunit *test)
{
	struct thing thing = { };
	struct caught c = { };
	char buf[8] = "1234567";
	char closed[16];

	catch_from(raise_message, "block", &c);
	KUNIT_EXPECT_EQ(test, kdefer_value_text(&c.v, buf, 0), 0);
	KUNIT_EXPECT_STREQ(test, (const char *)buf, "1234567");
	KUNIT_EXPECT_EQ(test, kdefer_value_text(&c.v, buf, 1), 0);
	KUNIT_EXPECT_STREQ(test, (const char *)buf, "");
	KUNIT_EXPECT_EQ(test, kdefer_value_text(&c.v, buf, 5), 4);
	KUNIT_EXPECT_STREQ(test, (const char *)buf, "bad ");
	KUNIT_EXPECT_STREQ(test, (const char *)buf + 5, "67");
	/* An object's text is cut inside the parentheses, where there is room for them. */
	catch_from(raise_thing, &thing, &c);
	KUNIT_EXPECT_EQ(test, kdefer_value_text(&c.v, closed, sizeof(closed)), 15);
	KUNIT_EXPECT_STREQ(test, (const char *)closed, "thing(released)");
	KUNIT_EXPECT_EQ(test, kdefer_value_text(&c.v, buf, 7), 6);
	KUNIT_EXPECT_STREQ(test, (const char *)buf, "thing(");
	KUNIT_EXPECT_EQ(test, kdefer_value_text(&c.v, buf, 8), 7);
	KUNIT_EXPECT_STREQ(test, (const char *)buf, "thing()");
}

struct wrapped {
	step_fn fn;
	void *arg;
	int port;
	struct kdefer_value cause;
};

static void put_port_before(void *arg, struct kdefer_panic *p)
{
	struct wrapped *w = arg;

	if (krecover(p, &w->cause))
		kpanicf_value(&w->cause, "port %d", w->port++);
}

static KDEFER_DEFINE_VOID(raise_wrapped, void *, arg)
{
	struct wrapped *w = arg;

	kdefer(put_port_before, w);
	w->fn(w->arg);
}

static KDEFER_DEFINE_VOID(raise_wrapped_twice, void *, arg)
{
	kdefer(put_port_before, arg);
	raise_wrapped(arg);
}

/* P16: with words before it a value is a new one, and still tells what the cause was. */
static void p16_words_before_an_errno(struct kunit *test)
{
	struct wrapped w = { .fn = raise_errno, .arg = (void *)(long)-EIO, .port = 3 };
	struct caught c = { };
	char text[32];

	catch_from(raise_wrapped, &w, &c);
	scnprintf(text, sizeof(text), "port 3: %pe", ERR_PTR(-EIO));
	KUNIT_EXPECT_STREQ(test, (const char *)c.text, (const char *)text);
	KUNIT_EXPECT_EQ(test, c.v.kind, KDEFER_ERRNO);
	KUNIT_EXPECT_EQ(test, c.v.err, -EIO);
	KUNIT_EXPECT_NE(test, c.v.id, w.cause.id);
	KUNIT_EXPECT_EQ(test, c.v.line, w.cause.line);
	KUNIT_EXPECT_EQ(test, c.v.ip, w.cause.ip);
	catch_from(raise_wrapped_twice, &w, &c);
	scnprintf(text, sizeof(text), "port 5: port 4: %pe", ERR_PTR(-EIO));
	KUNIT_EXPECT_STREQ(test, (const char *)c.text, (const char *)text);
	KUNIT_EXPECT_EQ(test, c.v.err, -EIO);
}

/* P16: before a message they are part of it; what is too long is cut at the end. */
static void p16_words_before_a_message(struct kunit *test)
{
	struct wrapped w = { .fn = raise_message, .arg = "block", .port = 1 };
	char long_text[KDEFER_MESSAGE_SIZE];
	struct caught c = { };

	catch_from(raise_wrapped, &w, &c);
	KUNIT_EXPECT_STREQ(test, (const char *)c.text, "port 1: bad block");
	KUNIT_EXPECT_EQ(test, c.v.kind, KDEFER_MESSAGE);
	KUNIT_EXPECT_EQ(test, c.v.err, -EIO);
	memset(long_text, 'a', sizeof(long_text) - 1);
	long_text[sizeof(long_text) - 1] = '\0';
	w.arg = long_text;
	catch_from(raise_wrapped, &w, &c);
	KUNIT_EXPECT_EQ(test, c.len, KDEFER_MESSAGE_SIZE - 1);
	KUNIT_EXPECT_TRUE(test, !strncmp(c.text, "port 2: bad aaa", 15));
	KUNIT_EXPECT_STREQ(test, (const char *)c.text + c.len - 4, "a...");
}

/* P16: a fault, and what was never raised, have words before them as well. */
static void p16_words_before_others(struct kunit *test)
{
	struct wrapped w = { .fn = defer_nothing, .port = 7 };
	struct kdefer_value zeroed = { };
	struct caught c = { };

	catch_from(raise_wrapped, &w, &c);
	KUNIT_EXPECT_EQ(test, c.v.kind, KDEFER_FAULT);
	KUNIT_EXPECT_EQ(test, c.v.fault.kind, KDEFER_FAULT_NULL);
	KUNIT_EXPECT_EQ(test, c.v.err, -EFAULT);
	KUNIT_EXPECT_TRUE(test, !strncmp(c.text, "port 7: runtime error: ", 23));
	catch_from(raise_zero, &zeroed, &c);
	KUNIT_EXPECT_EQ(test, c.v.kind, KDEFER_NIL);
	KUNIT_EXPECT_STREQ(test, (const char *)c.text,
			   "nothing: runtime error: panic called with nil argument");
	catch_from(raise_zero, NULL, &c);
	KUNIT_EXPECT_EQ(test, c.v.kind, KDEFER_NIL);
}

/* The words of one panic are not found before the next. */
static void words_are_forgotten(struct kunit *test)
{
	struct wrapped w = { .fn = raise_errno, .arg = (void *)(long)-EIO, .port = 3 };
	struct caught c = { };

	catch_from(raise_wrapped, &w, &c);
	KUNIT_EXPECT_STREQ(test, (const char *)c.v.message, "port 3");
	catch_from(raise_errno, (void *)(long)-EIO, &c);
	KUNIT_EXPECT_STREQ(test, (const char *)c.v.message, "");
}

static long run_wrapped(void *w)
{
	raise_wrapped_twice(w);
	return 0;
}

/* Release: an object with words before it is one object, however many values have carried it. */
static void release_of_a_cause(struct kunit *test)
{
	struct thing thing = { };
	struct wrapped w = { .fn = raise_thing, .arg = &thing, .port = 1 };
	struct kdefer_outcome out;
	struct caught c = { };

	catch_from(raise_wrapped_twice, &w, &c);
	KUNIT_EXPECT_STREQ(test, (const char *)c.text,
			   "port 2: port 1: thing(released 0 times)");
	KUNIT_EXPECT_PTR_EQ(test, c.v.ptr, (void *)&thing);
	KUNIT_EXPECT_EQ(test, c.v.err, -EPROTO);
	KUNIT_EXPECT_EQ(test, thing.released, 1U);
	kdefer_run(run_wrapped, &w, &out);
	KUNIT_EXPECT_EQ(test, thing.released, 1U);
	kdefer_value_release(&out.value);
	KUNIT_EXPECT_EQ(test, thing.released, 2U);
}

struct taker {
	struct thing thing;
	void *taken, *again;
	char text[32];
};

static void take(void *arg, struct kdefer_panic *p)
{
	struct taker *t = arg;
	struct kdefer_value v;

	if (!krecover(p, &v))
		return;
	t->taken = kdefer_value_take(&v);
	t->again = kdefer_value_take(&v);
	kdefer_value_text(&v, t->text, sizeof(t->text));
}

static KDEFER_DEFINE_VOID(take_from, step_fn, fn, void *, arg, struct taker *, t)
{
	kdefer(take, t);
	fn(arg);
}

/* An object that is taken out is not released, and cannot be taken once more. */
static void take_after_recovery(struct kunit *test)
{
	struct taker t = { };

	take_from(raise_thing, &t.thing, &t);
	KUNIT_EXPECT_PTR_EQ(test, t.taken, (void *)&t.thing);
	KUNIT_EXPECT_NULL(test, t.again);
	KUNIT_EXPECT_EQ(test, t.thing.released, 0U);
	KUNIT_EXPECT_STREQ(test, (const char *)t.text, "thing(taken)");
}

/* There is nothing to take of a value that is no object. */
static void take_of_an_errno(struct kunit *test)
{
	struct taker t = { };

	take_from(raise_errno, (void *)(long)-EIO, &t);
	KUNIT_EXPECT_NULL(test, t.taken);
}

static long run_thing(void *thing)
{
	raise_thing(thing);
	return 0;
}

/* From an outcome: giving up the value does nothing to the object then. */
static void take_from_outcome(struct kunit *test)
{
	struct thing thing = { };
	struct kdefer_outcome out;

	kdefer_run(run_thing, &thing, &out);
	KUNIT_EXPECT_PTR_EQ(test, kdefer_value_take(&out.value), (void *)&thing);
	KUNIT_EXPECT_EQ(test, out.value.err, -EPROTO);
	kdefer_value_release(&out.value);
	KUNIT_EXPECT_EQ(test, thing.released, 0U);
}

/* Behind words, of which each made a value of its own: none of them has the object any more. */
static void take_of_a_cause(struct kunit *test)
{
	struct taker t = { };
	struct wrapped w = { .fn = raise_thing, .arg = &t.thing };

	take_from(raise_wrapped_twice, &w, &t);
	KUNIT_EXPECT_PTR_EQ(test, t.taken, (void *)&t.thing);
	KUNIT_EXPECT_EQ(test, t.thing.released, 0U);
	KUNIT_EXPECT_STREQ(test, (const char *)t.text, "port 1: port 0: thing(taken)");
}

static void raise_value(void *v)
{
	kpanic_value(v);
}

static void take_inside(void *arg, struct kdefer_panic *p)
{
	struct taker *t = arg;
	struct kdefer_value v = *kdefer_panic_value(p);

	take_from(raise_value, &v, t);
}

static KDEFER_DEFINE_VOID(take_in_deferred, void *, arg)
{
	struct taker *t = arg;

	kdefer(take_inside, t);
	raise_thing(&t->thing);
}

/* A panic that goes on has lost its object when somebody takes it from a copy of its value. */
static void take_from_panic_in_progress(struct kunit *test)
{
	struct caught c = { };
	struct taker t = { };

	catch_from(take_in_deferred, &t, &c);
	KUNIT_EXPECT_PTR_EQ(test, t.taken, (void *)&t.thing);
	KUNIT_EXPECT_TRUE(test, c.recovered);
	KUNIT_EXPECT_STREQ(test, (const char *)c.text, "thing(taken)");
	KUNIT_EXPECT_NULL(test, kdefer_value_take(&c.v));
	KUNIT_EXPECT_EQ(test, t.thing.released, 0U);
}

static KDEFER_DEFINE_VOID(take_and_raise_again, struct taker *, t)
{
	struct kdefer_outcome out;

	kdefer_run(run_thing, &t->thing, &out);
	t->taken = kdefer_value_take(&out.value);
	kpanic_value(&out.value);
}

static void take_and_raise(void *t)
{
	take_and_raise_again(t);
}

/* A value without its object can be raised again, and has its errno and its type. */
static void take_and_raise_the_rest(struct kunit *test)
{
	struct caught c = { };
	struct taker t = { };

	catch_from(take_and_raise, &t, &c);
	KUNIT_EXPECT_EQ(test, c.v.err, -EPROTO);
	KUNIT_EXPECT_PTR_EQ(test, c.v.type, &thing_type);
	KUNIT_EXPECT_NULL(test, c.v.ptr);
	KUNIT_EXPECT_EQ(test, t.thing.released, 0U);
}

static long once_with_thing(void *w)
{
	raise_wrapped_twice(w);
	return 0;
}

struct once_call {
	struct kdefer_once once;
	struct wrapped w;
};

static void call_once(void *arg)
{
	struct once_call *o = arg;

	kdefer_once(&o->once, once_with_thing, &o->w);
}

/* P24: kdefer_once() goes on to need the object, so nobody takes it, whatever stands before it. */
static void p24_cause_is_kept(struct kunit *test)
{
	struct taker t = { };
	struct once_call o = { .w = { .fn = raise_thing, .arg = &t.thing } };
	struct caught c = { };

	kdefer_once_init(&o.once);
	take_from(call_once, &o, &t);
	KUNIT_EXPECT_NULL(test, t.taken);
	catch_from(call_once, &o, &c);
	KUNIT_EXPECT_STREQ(test, (const char *)c.text,
			   "port 1: port 0: thing(released 0 times)");
	KUNIT_EXPECT_EQ(test, t.thing.released, 0U);
}

static struct kunit_case kdefer_cause_cases[] = {
	KUNIT_CASE(text_of_each_kind),
	KUNIT_CASE(text_that_is_cut),
	KUNIT_CASE(p16_words_before_an_errno),
	KUNIT_CASE(p16_words_before_a_message),
	KUNIT_CASE(p16_words_before_others),
	KUNIT_CASE(words_are_forgotten),
	KUNIT_CASE(release_of_a_cause),
	KUNIT_CASE(take_after_recovery),
	KUNIT_CASE(take_of_an_errno),
	KUNIT_CASE(take_from_outcome),
	KUNIT_CASE(take_of_a_cause),
	KUNIT_CASE(take_from_panic_in_progress),
	KUNIT_CASE(take_and_raise_the_rest),
	KUNIT_CASE(p24_cause_is_kept),
	{ }
};

static struct kunit_suite kdefer_cause_suite = {
	.name = "kdefer_cause",
	.test_cases = kdefer_cause_cases,
};

kunit_test_suite(kdefer_cause_suite);

MODULE_LICENSE("GPL");
