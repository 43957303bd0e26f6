// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is printed when nobody recovers: the rules X of the conformance list.
 */
#include <kunit/test.h>
#include <linux/delay.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <kdefer/kdefer.h>

#include "kunit-capture.h"

static void raise_text(void *text)
{
	kpanicf("%s", (char *)text);
}

static void recover_only(void *arg, struct kdefer_panic *p)
{
	krecover(p, NULL);
}

static void recover_and_raise(void *text, struct kdefer_panic *p)
{
	krecover(p, NULL);
	raise_text(text);
}

static void raise_again(void *arg, struct kdefer_panic *p)
{
	struct kdefer_value v;

	krecover(p, &v);
	kpanic_value(&v);
}

static void raise_again_unrecovered(void *arg, struct kdefer_panic *p)
{
	struct kdefer_value v = *kdefer_panic_value(p);

	kpanic_value(&v);
}

static void goexit_now(void *arg)
{
	kgoexit(0);
}

/* What an uncaught panic of a thread that runs @fn prints, without kdefer's own lines. */
static const char *chain_of(struct kunit *test, int (*fn)(void *data))
{
	struct kdefer_outcome out;
	const char *text = kcapture_thread(test, fn, NULL, &out);

	KUNIT_EXPECT_EQ(test, out.how, KDEFER_PANICKED);
	return kcapture_chain(test, text);
}

static KDEFER_DEFINE1(int, x1_message, void *, arg)
{
	kpanicf("code %d", 42);
}

static KDEFER_DEFINE1(int, x1_errno, void *, arg)
{
	kpanic(-1234);
}

static KDEFER_DEFINE1(int, x1_nil, void *, arg)
{
	kpanic(0);
}

/* X1: an uncaught panic prints its value. */
static void x1_prints_value(struct kunit *test)
{
	KUNIT_EXPECT_STREQ(test, chain_of(test, x1_message), "panic: code 42\n");
	/* An errno that has no name on any architecture. */
	KUNIT_EXPECT_STREQ(test, chain_of(test, x1_errno), "panic: -1234\n");
	KUNIT_EXPECT_STREQ(test, chain_of(test, x1_nil),
			   "panic: runtime error: panic called with nil argument\n");
}

static KDEFER_DEFINE1(int, x2_main, void *, arg)
{
	kdefer(raise_text, "panic pt1");
	kdefer(raise_text, "panic pt2");
	raise_text("hello");
	return 0;
}

/* X2: a chain is printed oldest first, the later ones behind a tab. */
static void x2_oldest_first(struct kunit *test)
{
	KUNIT_EXPECT_STREQ(test, chain_of(test, x2_main),
			   "panic: hello\n\tpanic: panic pt2\n\tpanic: panic pt1\n");
}

static KDEFER_DEFINE1(int, x3_main, void *, arg)
{
	kdefer(recover_and_raise, "second panic");
	raise_text("first panic");
	return 0;
}

/* X3: a panic that was recovered before the next one was raised is marked. */
static void x3_recovered(struct kunit *test)
{
	KUNIT_EXPECT_STREQ(test, chain_of(test, x3_main),
			   "panic: first panic [recovered]\n\tpanic: second panic\n");
}

static KDEFER_DEFINE1(int, x4_main, void *, arg)
{
	kdefer(raise_again, NULL);
	raise_text("message");
	return 0;
}

static KDEFER_DEFINE1(int, x4_thrice, void *, arg)
{
	kdefer(raise_again, NULL);
	kdefer(raise_again, NULL);
	kdefer(raise_again, NULL);
	raise_text("message");
	return 0;
}

/* X4: recovered and raised again: one line, marked so, however often. */
static void x4_repanicked(struct kunit *test)
{
	KUNIT_EXPECT_STREQ(test, chain_of(test, x4_main),
			   "panic: message [recovered, repanicked]\n");
	KUNIT_EXPECT_STREQ(test, chain_of(test, x4_thrice),
			   "panic: message [recovered, repanicked]\n");
}

static KDEFER_DEFINE1(int, x5_main, void *, arg)
{
	kdefer(recover_and_raise, "outer");
	kdefer(raise_again, NULL);
	kdefer(recover_and_raise, "middle");
	raise_text("inner");
	return 0;
}

/* X5: the one in the middle recovered and raised again. */
static void x5_middle_repanicked(struct kunit *test)
{
	KUNIT_EXPECT_STREQ(test, chain_of(test, x5_main),
			   "panic: inner [recovered]\n"
			   "\tpanic: middle [recovered, repanicked]\n"
			   "\tpanic: outer\n");
}

static void keep_and_raise(void *v, struct kdefer_panic *p)
{
	krecover(p, v);
	raise_text("filling");
}

static void recover_and_raise_kept(void *v, struct kdefer_panic *p)
{
	krecover(p, NULL);
	kpanic_value(v);
}

static KDEFER_DEFINE1(int, x6_main, void *, arg)
{
	static struct kdefer_value v;

	kdefer(recover_and_raise_kept, &v);
	kdefer(keep_and_raise, &v);
	raise_text("bread");
	return 0;
}

/* X6: the same value with another panic in between: three lines, and none says repanicked. */
static void x6_sandwich(struct kunit *test)
{
	KUNIT_EXPECT_STREQ(test, chain_of(test, x6_main),
			   "panic: bread [recovered]\n"
			   "\tpanic: filling [recovered]\n"
			   "\tpanic: bread\n");
}

static KDEFER_DEFINE1(int, x7_main, void *, arg)
{
	kdefer(raise_again_unrecovered, NULL);
	raise_text("message");
	return 0;
}

static KDEFER_DEFINE1(int, x7_then_recovered, void *, arg)
{
	kdefer(raise_again, NULL);
	kdefer(raise_again_unrecovered, NULL);
	raise_text("message");
	return 0;
}

static KDEFER_DEFINE1(int, x7_first_recovered, void *, arg)
{
	kdefer(raise_again_unrecovered, NULL);
	kdefer(raise_again, NULL);
	raise_text("message");
	return 0;
}

/* X7: the same value twice without a recovery: one line, no mark; only the first one's counts. */
static void x7_same_value_twice(struct kunit *test)
{
	KUNIT_EXPECT_STREQ(test, chain_of(test, x7_main), "panic: message\n");
	KUNIT_EXPECT_STREQ(test, chain_of(test, x7_then_recovered), "panic: message\n");
	KUNIT_EXPECT_STREQ(test, chain_of(test, x7_first_recovered),
			   "panic: message [recovered, repanicked]\n");
}

/* An object whose printing ends in different ways. */
struct printed {
	int (*print)(char *buf, size_t size);
	unsigned int released;
};

static int print_object(const void *ptr, char *buf, size_t size)
{
	return ((const struct printed *)ptr)->print(buf, size);
}

static void release_object(void *ptr)
{
	((struct printed *)ptr)->released++;
}

static const struct kdefer_type printed_type = {
	.name = "printed",
	.print = print_object,
	.release = release_object,
};

static int print_well(char *buf, size_t size)
{
	return scnprintf(buf, size, "number %d", 9);
}

static int print_and_panic(char *buf, size_t size)
{
	kpanicf("no text");
	return 0;
}

static int print_and_goexit(char *buf, size_t size)
{
	kgoexit(1);
	return 0;
}

static int print_and_sleep(char *buf, size_t size)
{
	msleep(2);
	return scnprintf(buf, size, "slept");
}

static KDEFER_DEFINE0(int, print_recovers)
{
	kdefer(recover_only, NULL);
	kpanic(-EIO);
}

static int print_and_recover(char *buf, size_t size)
{
	print_recovers();
	return scnprintf(buf, size, "recovered");
}

/* A print function that claims to have written more than there is room for, or nothing. */
static int print_too_much(char *buf, size_t size)
{
	memset(buf, 'x', size - 1);
	buf[size - 1] = '\0';
	return 100000;
}

static int print_error(char *buf, size_t size)
{
	return -EIO;
}

static struct printed *nested_object;

static int print_and_panic_with_object(char *buf, size_t size)
{
	kpanic_ptr(nested_object, &printed_type);
	return 0;
}

static KDEFER_DEFINE1(int, raise_object, void *, object)
{
	kpanic_ptr(object, &printed_type);
}

static const char *object_chain(struct kunit *test, struct printed *object)
{
	const char *text = kcapture_thread(test, raise_object, object, NULL);

	KUNIT_EXPECT_EQ(test, object->released, 1U);
	return kcapture_chain(test, text);
}

/* An object is printed with the name of its type. */
static void object_printed_by_its_type(struct kunit *test)
{
	struct printed object = { .print = print_well };

	KUNIT_EXPECT_STREQ(test, object_chain(test, &object), "panic: printed(number 9)\n");
}

static KDEFER_DEFINE1(int, raise_untyped, void *, object)
{
	kpanic_ptr(object, NULL);
}

static KDEFER_DEFINE1(int, raise_unnamed, void *, object)
{
	static const struct kdefer_type unnamed_type = { };

	kpanic_ptr(object, &unnamed_type);
}

/* One without a type, or of one that has no name, is printed as an object. */
static void object_printed_without_type(struct kunit *test)
{
	const char *text = kcapture_thread(test, raise_untyped, test, NULL);

	KUNIT_EXPECT_TRUE(test, kcapture_has_line(text, "panic: object("));
	text = kcapture_thread(test, raise_unnamed, test, NULL);
	KUNIT_EXPECT_TRUE(test, kcapture_has_line(text, "panic: object("));
}

/* X9: a print function that panics is reported, and that is the end of it; so with a goexit. */
static void x9_print_panics(struct kunit *test)
{
	struct printed object = { .print = print_and_panic };

	KUNIT_EXPECT_STREQ(test, object_chain(test, &object),
			   "panic: printed(panic while printing panic value: no text)\n");
	object = (struct printed){ .print = print_and_goexit };
	KUNIT_EXPECT_STREQ(test, object_chain(test, &object),
			   "panic: printed(panic while printing panic value)\n");
	object = (struct printed){ .print = print_and_recover };
	KUNIT_EXPECT_STREQ(test, object_chain(test, &object), "panic: printed(recovered)\n");
}

/* X9: whatever length a print function claims, only what is in the buffer is printed. */
static void x9_print_length_is_checked(struct kunit *test)
{
	struct printed object = { .print = print_too_much };
	const char *chain = object_chain(test, &object);

	KUNIT_EXPECT_LT(test, strlen(chain), (size_t)300);
	KUNIT_EXPECT_NOT_NULL(test, strstr(chain, "panic: printed(xxxxxxxx"));
	object = (struct printed){ .print = print_error };
	KUNIT_EXPECT_STREQ(test, object_chain(test, &object), "panic: printed()\n");
}

static KDEFER_DEFINE1(int, x10_main, void *, arg)
{
	kdefer(raise_text, "x\ny");
	kdefer(recover_and_raise, "c\nd");
	raise_text("a\nb");
	return 0;
}

/* X10: the lines of a message after the first are indented by a tab; the mark stands at its end. */
static void x10_newlines_are_indented(struct kunit *test)
{
	KUNIT_EXPECT_STREQ(test, chain_of(test, x10_main),
			   "panic: a\n\tb [recovered]\n\tpanic: c\n\td\n\tpanic: x\n\ty\n");
}

static KDEFER_DEFINE1(int, x12_main, void *, arg)
{
	static char text[4];

	strscpy(text, "AAA", sizeof(text));
	kdefer(raise_text, "BBB");
	raise_text(text);
	return 0;
}

static void x12_overwrite(void *text)
{
	memset(text, 'Z', 3);
}

static KDEFER_DEFINE1(int, x12_overwritten, void *, arg)
{
	static char text[4];

	strscpy(text, "AAA", sizeof(text));
	kdefer(raise_text, "BBB");
	kdefer(x12_overwrite, text);
	raise_text(text);
	return 0;
}

/* X12: a message is the text that it was when it was raised. */
static void x12_message_survives_reuse(struct kunit *test)
{
	KUNIT_EXPECT_STREQ(test, chain_of(test, x12_main), "panic: AAA\n\tpanic: BBB\n");
	KUNIT_EXPECT_STREQ(test, chain_of(test, x12_overwritten), "panic: AAA\n\tpanic: BBB\n");
}

/* X13: a print function may sleep where the panic may. */
static void x13_print_sleeps(struct kunit *test)
{
	struct printed object = { .print = print_and_sleep };

	KUNIT_EXPECT_STREQ(test, object_chain(test, &object), "panic: printed(slept)\n");
}

static noinline void x14_panic_site(void)
{
	kpanicf("here");
}

static noinline void x14_between(void)
{
	/* The compiler sees that this does not return, and ends the function with the call. */
	x14_panic_site();
}

static KDEFER_DEFINE1(int, x14_main, void *, arg)
{
	x14_between();
	return 0;
}

/* The first line of the call trace, and those after it. */
static const char *backtrace_of(const char *text)
{
	static const char head[] = "kdefer: call trace:\n";
	const char *backtrace = strstr(text, head);

	return backtrace ? backtrace + strlen(head) : "";
}

/* X14: the stack that is printed is the panic site's, and starts there. */
static void x14_backtrace_starts_at_panic_site(struct kunit *test)
{
	const char *text = kcapture_thread(test, x14_main, NULL, NULL);
	const char *backtrace = backtrace_of(text), *site = strstr(backtrace, "x14_panic_site+");
	/* With link-time optimisation it is the beginning of a name. */
	const char *between = strstr(backtrace, "x14_between");

	KUNIT_EXPECT_TRUE(test, kcapture_has_line(text, "kdefer: raised at x14_panic_site+"));
	KUNIT_EXPECT_NOT_NULL_MSG(test, site, "in:\n%s", backtrace);
	KUNIT_EXPECT_NOT_NULL_MSG(test, between, "in:\n%s", backtrace);
	KUNIT_EXPECT_TRUE(test, site < between);
	KUNIT_EXPECT_NULL(test, strstr(backtrace, "kdefer_unwind"));
	KUNIT_EXPECT_NULL(test, strstr(backtrace, "kdefer_host_backtrace"));
}

static noinline void x14_first_site(void)
{
	kpanicf("first");
}

static KDEFER_DEFINE1(int, x14_replaced, void *, arg)
{
	kdefer(raise_text, "second");
	x14_first_site();
	return 0;
}

/* X14: after a panic was replaced, it is the stack of the last one. LTO may add to a name. */
static void x14_backtrace_of_replacing_panic(struct kunit *test)
{
	const char *text = kcapture_thread(test, x14_replaced, NULL, NULL);

	KUNIT_EXPECT_STREQ(test, kcapture_chain(test, text), "panic: first\n\tpanic: second\n");
	KUNIT_EXPECT_TRUE(test, kcapture_has_line(text, "kdefer: raised at raise_text"));
	KUNIT_EXPECT_NOT_NULL(test, strstr(backtrace_of(text), "raise_text"));
	KUNIT_EXPECT_TRUE(test,
			  kcapture_has_line(text, "kdefer: uncaught panic in thread kdefer_capt"));
}

static KDEFER_DEFINE_VOID0(x16_recover)
{
	kdefer(recover_only, NULL);
	x14_between();
}

#define X16_TRACE	32

static noinline void x16_recover_if(bool recover)
{
	if (recover)
		x16_recover();
}

/* Without a branch, so that there is one place that the stack is looked at from. */
static noinline unsigned int x16_walk(unsigned long *entries, bool recover)
{
	unsigned int nr;

	x16_recover_if(recover);
	nr = kcapture_stack(entries, X16_TRACE);
	/* Not a tail call: the frame must be there. */
	barrier();
	return nr;
}

/* X16: after a recovery the stack unwinds as if there had been none. */
static void x16_stack_unwinds_after_recovery(struct kunit *test)
{
	unsigned long before[X16_TRACE] = { }, after[X16_TRACE] = { };
	unsigned int i, nr, nr_after;
	bool recover = false;

	/* Or the compiler makes one copy of the function for each value. */
	OPTIMIZER_HIDE_VAR(recover);
	nr = x16_walk(before, recover);
	nr_after = x16_walk(after, !recover);
	KUNIT_EXPECT_GT(test, nr, 3U);
	KUNIT_EXPECT_EQ(test, nr, nr_after);
	/* The case itself calls from two places; the rest is the same. */
	KUNIT_EXPECT_EQ(test, before[0], after[0]);
	for (i = 2; i < nr; i++)
		KUNIT_EXPECT_EQ(test, before[i], after[i]);
}

struct x15_backtrace {
	unsigned long entries[X16_TRACE];
	unsigned int nr;
};

static void x15_look(void *arg)
{
	struct x15_backtrace *t = arg;

	t->nr = kcapture_stack(t->entries, X16_TRACE);
	/* Not a tail call: the frame must be there. */
	barrier();
}

static noinline KDEFER_DEFINE_VOID2(x15_function, struct x15_backtrace *, t, bool, panic)
{
	kdefer(x15_look, t);
	kdefer(recover_only, NULL);
	if (panic)
		x14_between();
}

static noinline void x15_caller(struct x15_backtrace *t, bool panic)
{
	x15_function(t, panic);
	barrier();
}

/* Without what the host or the compiler puts behind the name. */
static void x15_name(unsigned long entry, char *name, size_t size)
{
	scnprintf(name, size, "%ps", (void *)(entry - 1));
	name[strcspn(name, " .[")] = '\0';
}

/*
 * The names of the newest functions in @t, without the one of kdefer's that runs what is left, and
 * without what the parts of a function are called by.
 */
static const char *x15_names(struct kunit *test, const struct x15_backtrace *t)
{
	char *text = kunit_kzalloc(test, KCAPTURE_SIZE, GFP_KERNEL), name[64], last[64];
	size_t len = 0;
	unsigned int i, nr = 0;

	KUNIT_ASSERT_NOT_NULL(test, text);
	for (i = 0; i < t->nr && nr < 3; i++) {
		x15_name(t->entries[i], name, sizeof(name));
		if (!strcmp(name, "__kdefer_leave_slow"))
			continue;
		name[strcspn(name, ".")] = '\0';
		/* Without optimisation one part of a function calls the other. */
		if (nr && !strcmp(name, last))
			continue;
		strscpy(last, name, sizeof(last));
		len += scnprintf(text + len, KCAPTURE_SIZE - len, "%s%s", nr++ ? " " : "", name);
	}
	return text;
}

struct x15_case {
	struct x15_backtrace returned;
	struct x15_backtrace recovered;
};

static long x15_main(void *arg)
{
	struct x15_case *c = arg;
	bool panic = false;

	OPTIMIZER_HIDE_VAR(panic);
	x15_caller(&c->returned, panic);
	x15_caller(&c->recovered, !panic);
	return 0;
}

/*
 * X15: a deferred call that runs after a recovery is called by the function that deferred it, as it
 * is on a return: nothing of the panic is on the stack any more.
 */
static void x15_called_by_the_function(struct kunit *test)
{
	struct x15_case *c = kunit_kzalloc(test, sizeof(*c), GFP_KERNEL);
	static const char want[] = "x15_look x15_function x15_caller";

	KUNIT_ASSERT_NOT_NULL(test, c);
	kdefer_run(x15_main, c, NULL);
	KUNIT_EXPECT_STREQ(test, x15_names(test, &c->returned), want);
	KUNIT_EXPECT_STREQ(test, x15_names(test, &c->recovered), want);
}

static int x17_line;

static KDEFER_DEFINE1(int, x17_main, void *, arg)
{
	x17_line = __LINE__ + 1;
	kpanicf("location");
}

static KDEFER_DEFINE1(int, x17_again, void *, arg)
{
	kdefer(raise_again, NULL);
	return x17_main(arg);
}

static void expect_location(struct kunit *test, const char *text)
{
	char where[32];

	scnprintf(where, sizeof(where), "uncaught_kunit.c:%d)\n", x17_line);
	KUNIT_EXPECT_NOT_NULL_MSG(test, strstr(text, where), "no \"%s\" in:\n%s", where, text);
}

/* X17: file and line are where the panic was raised, first of all. */
static void x17_file_and_line(struct kunit *test)
{
	expect_location(test, kcapture_thread(test, x17_main, NULL, NULL));
	expect_location(test, kcapture_thread(test, x17_again, NULL, NULL));
}

/* X19: a panic while the value of a panic while printing is printed: the ladder has an end. */
static void x19_panic_during_panic_ends(struct kunit *test)
{
	struct printed inner = { .print = print_and_panic };
	struct printed outer = { .print = print_and_panic_with_object };
	const char *chain;

	nested_object = &inner;
	chain = object_chain(test, &outer);
	KUNIT_EXPECT_NOT_NULL(test, strstr(chain,
					   "panic: printed(panic while printing panic value: "));
	KUNIT_EXPECT_EQ(test, inner.released, 1U);
	/* Exactly one line. */
	KUNIT_EXPECT_PTR_EQ(test, strchr(chain, '\n'), chain + strlen(chain) - 1);
}

/* X19: an object that raises itself while it is printed. */
static void x19_object_raises_itself(struct kunit *test)
{
	struct printed object = { .print = print_and_panic_with_object };
	const char *chain;

	nested_object = &object;
	chain = kcapture_chain(test, kcapture_thread(test, raise_object, &object, NULL));
	KUNIT_EXPECT_NOT_NULL(test, strstr(chain,
					   "panic: printed(panic while printing panic value: "));
}

static void raise_and_recover_inside(void *arg)
{
	print_recovers();
}

static void raise_twice_inside(void *arg)
{
	x3_main(NULL);
}

static KDEFER_DEFINE1(int, recovered_inside, void *, arg)
{
	kdefer(raise_and_recover_inside, NULL);
	raise_text("out");
	return 0;
}

static KDEFER_DEFINE1(int, raised_inside, void *, arg)
{
	kdefer(raise_twice_inside, NULL);
	raise_text("out");
	return 0;
}

/* P5: what was recovered inside a deferred call leaves no line; what was not, does. */
static void p5_recovered_inside_is_not_printed(struct kunit *test)
{
	KUNIT_EXPECT_STREQ(test, chain_of(test, recovered_inside), "panic: out\n");
	KUNIT_EXPECT_STREQ(test, chain_of(test, raised_inside),
			   "panic: out\n\tpanic: first panic [recovered]\n\tpanic: second panic\n");
}

static KDEFER_DEFINE1(int, goexit_between, void *, arg)
{
	kdefer(raise_text, "B");
	kdefer(goexit_now, NULL);
	raise_text("A");
	return 0;
}

static KDEFER_DEFINE1(int, goexit_first, void *, arg)
{
	kdefer(raise_text, "B");
	kdefer(raise_text, "A");
	kgoexit(0);
}

static void recover_and_goexit(void *arg, struct kdefer_panic *p)
{
	krecover(p, NULL);
	kgoexit(0);
}

static KDEFER_DEFINE1(int, recovered_then_goexit, void *, arg)
{
	kdefer(raise_text, "B");
	kdefer(recover_and_goexit, NULL);
	raise_text("A");
	return 0;
}

static void raise_kept(void *v)
{
	kpanic_value(v);
}

static void keep_value(void *v, struct kdefer_panic *p)
{
	*(struct kdefer_value *)v = *kdefer_panic_value(p);
}

static KDEFER_DEFINE1(int, same_value_across_goexit, void *, arg)
{
	static struct kdefer_value v;

	kdefer(raise_kept, &v);
	kdefer(goexit_now, NULL);
	kdefer(keep_value, &v);
	raise_text("A");
	return 0;
}

/* G15: what a goexit stands between is printed all the same, the same value twice too. */
static void g15_chain_with_goexit(struct kunit *test)
{
	KUNIT_EXPECT_STREQ(test, chain_of(test, goexit_between), "panic: A\n\tpanic: B\n");
	KUNIT_EXPECT_STREQ(test, chain_of(test, goexit_first), "panic: A\n\tpanic: B\n");
	KUNIT_EXPECT_STREQ(test, chain_of(test, recovered_then_goexit),
			   "panic: A [recovered]\n\tpanic: B\n");
	KUNIT_EXPECT_STREQ(test, chain_of(test, same_value_across_goexit),
			   "panic: A\n\tpanic: A\n");
}

static KDEFER_DEFINE1(int, many_aborted, void *, arg)
{
	kdefer(raise_text, "7");
	kdefer(raise_text, "6");
	kdefer(raise_text, "5");
	kdefer(raise_text, "4");
	kdefer(raise_text, "3");
	kdefer(raise_text, "2");
	raise_text("1");
	return 0;
}

/* Of many aborted panics the oldest are printed, the number of the others, and the last. */
static void many_aborted_are_counted(struct kunit *test)
{
	KUNIT_EXPECT_STREQ(test, chain_of(test, many_aborted),
			   "panic: 1\n\tpanic: 2\n\tpanic: 3\n\tpanic: 4\n"
			   "\t(2 more panics, not kept)\n\tpanic: 7\n");
}

static long run_raise(void *text)
{
	raise_text(text);
	return 0;
}

/* kdefer_run() hands an uncaught panic to its caller, who decides: nothing is printed. */
static void run_prints_nothing(struct kunit *test)
{
	struct kdefer_outcome out;

	kcapture_begin(test);
	kdefer_run(run_raise, "quiet", &out);
	kdefer_run(run_raise, "quiet", NULL);
	KUNIT_EXPECT_STREQ(test, kcapture_end(test), "");
	KUNIT_EXPECT_EQ(test, out.how, KDEFER_PANICKED);
}

static struct kunit_case uncaught_cases[] = {
	KUNIT_CASE(x1_prints_value),
	KUNIT_CASE(x2_oldest_first),
	KUNIT_CASE(x3_recovered),
	KUNIT_CASE(x4_repanicked),
	KUNIT_CASE(x5_middle_repanicked),
	KUNIT_CASE(x6_sandwich),
	KUNIT_CASE(x7_same_value_twice),
	KUNIT_CASE(object_printed_by_its_type),
	KUNIT_CASE(object_printed_without_type),
	KUNIT_CASE(x9_print_panics),
	KUNIT_CASE(x9_print_length_is_checked),
	KUNIT_CASE(x10_newlines_are_indented),
	KUNIT_CASE(x12_message_survives_reuse),
	KUNIT_CASE(x13_print_sleeps),
	KUNIT_CASE(x14_backtrace_starts_at_panic_site),
	KUNIT_CASE(x14_backtrace_of_replacing_panic),
	KUNIT_CASE(x15_called_by_the_function),
	KUNIT_CASE(x16_stack_unwinds_after_recovery),
	KUNIT_CASE(x17_file_and_line),
	KUNIT_CASE(x19_panic_during_panic_ends),
	KUNIT_CASE(x19_object_raises_itself),
	KUNIT_CASE(p5_recovered_inside_is_not_printed),
	KUNIT_CASE(g15_chain_with_goexit),
	KUNIT_CASE(many_aborted_are_counted),
	KUNIT_CASE(run_prints_nothing),
	{ }
};

static struct kunit_suite uncaught_suite = {
	.name = "kdefer_uncaught",
	.test_cases = uncaught_cases,
};

kunit_test_suite(uncaught_suite);

MODULE_LICENSE("GPL");

/*
 * Rules without a case here:
 * X8: ends the thread, so it is the case throw_while_panicking of tests/guest/fatal.
 * X11: printing with the type's name is object_printed_by_its_type; C has no other kinds.
 * X18: there are no helper threads.
 * X20: the machine ends, so it is the case stack_overflow of tests/guest/fatal.
 */
