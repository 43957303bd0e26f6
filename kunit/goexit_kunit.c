// SPDX-License-Identifier: GPL-2.0-only
/*
 * Goexit: rules G1 to G11, G14 to G16, G18 and G19 of the conformance list.
 */
#include <kunit/test.h>
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <kdefer/kdefer.h>

#include "kunit-capture.h"

/* What happened, in order: each step leaves a letter. Only one thread of a case does. */
static char notes[64];

static void note(void *letters)
{
	size_t len = strlen(notes);

	scnprintf(notes + len, sizeof(notes) - len, "%s", (char *)letters);
}

/* Notes "p" if it was given a panic that it could recover, "-" if there was none. */
static void note_recover(void *arg, struct kdefer_panic *p)
{
	note(krecover(p, NULL) ? "p" : "-");
}

static void raise(void *text)
{
	note("!");
	kpanicf("%s", (char *)text);
}

static void goexit_with(void *code)
{
	note("g");
	kgoexit(*(long *)code);
}

static int goexit_kunit_init(struct kunit *test)
{
	notes[0] = '\0';
	return 0;
}

static void expect_goexit(struct kunit *test, long (*fn)(void *arg), void *arg, long code)
{
	struct kdefer_outcome out = { };

	KUNIT_EXPECT_EQ(test, kdefer_run(fn, arg, &out), code);
	KUNIT_EXPECT_EQ(test, out.how, KDEFER_GOEXITED);
	KUNIT_EXPECT_EQ(test, out.result, code);
}

static KDEFER_DEFINE_VOID0(g1_inner)
{
	kdefer(note, "a");
	kdefer(note, "b");
	kgoexit(11);
}

static KDEFER_DEFINE_VOID0(g1_middle)
{
	kdefer(note, "c");
	g1_inner();
	note("X");
}

static KDEFER_DEFINE1(long, g1_outer, void *, arg)
{
	kdefer(note, "d");
	g1_middle();
	note("X");
	return 1;
}

/* G1, G3: runs the deferred calls of all frames, newest first; no frame goes on. */
static void g1_g3_runs_all_deferred_calls(struct kunit *test)
{
	expect_goexit(test, g1_outer, NULL, 11);
	KUNIT_EXPECT_STREQ(test, notes, "bacd");
}

struct g1_other {
	struct completion started;
	unsigned int rounds;
};

static KDEFER_DEFINE1(int, g1_other_main, void *, arg)
{
	struct g1_other *other = arg;

	complete(&other->started);
	while (!kthread_should_stop()) {
		WRITE_ONCE(other->rounds, other->rounds + 1);
		usleep_range(50, 100);
	}
	return 5;
}

/* G1: other threads are not affected. */
static void g1_other_threads_go_on(struct kunit *test)
{
	struct g1_other other = { };
	struct kdefer_outcome out;
	struct task_struct *t;
	unsigned int before;

	init_completion(&other.started);
	t = kdefer_kthread_run(g1_other_main, &other, "g1_other");
	KUNIT_ASSERT_FALSE(test, IS_ERR(t));
	wait_for_completion(&other.started);
	expect_goexit(test, g1_outer, NULL, 11);
	before = READ_ONCE(other.rounds);
	while (READ_ONCE(other.rounds) == before)
		usleep_range(100, 200);
	KUNIT_EXPECT_EQ(test, kdefer_kthread_stop(t, &out), 5);
	KUNIT_EXPECT_EQ(test, out.how, KDEFER_RETURNED);
}

static KDEFER_DEFINE1(long, g2_body, void *, arg)
{
	kdefer(note_recover, NULL);
	kdefer(note, "a");
	kdefer(note_recover, NULL);
	kgoexit(2);
}

/* G2: recover finds nothing during a goexit, which goes on. */
static void g2_recover_finds_nothing(struct kunit *test)
{
	expect_goexit(test, g2_body, NULL, 2);
	KUNIT_EXPECT_STREQ(test, notes, "-a-");
}

static KDEFER_DEFINE1(long, g4_body, void *, arg)
{
	kdefer(note, "a");
	kdefer(raise, "hello");
	kgoexit(4);
}

static int g4_main(void *arg)
{
	return g4_body(arg);
}

/* G4: a panic during a goexit that nobody recovers ends the thread, and is printed. */
static void g4_panic_during_goexit(struct kunit *test)
{
	struct kdefer_outcome out;
	const char *text = kcapture_thread(test, g4_main, NULL, &out);

	KUNIT_EXPECT_EQ(test, out.how, KDEFER_PANICKED);
	KUNIT_EXPECT_STREQ(test, out.value.message, "hello");
	KUNIT_EXPECT_STREQ(test, kcapture_chain(test, text), "panic: hello\n");
	KUNIT_EXPECT_STREQ(test, notes, "!a");
}

static KDEFER_DEFINE_VOID1(g5_deferred, void *, arg)
{
	kdefer(note_recover, NULL);
	raise(arg);
}

static KDEFER_DEFINE1(long, g5_body, void *, arg)
{
	kdefer(note, "a");
	kdefer(g5_deferred, "inside");
	kgoexit(5);
}

/* G5: a panic during a goexit, recovered by a nested deferred call: the goexit goes on. */
static void g5_recovered_inside(struct kunit *test)
{
	expect_goexit(test, g5_body, NULL, 5);
	KUNIT_EXPECT_STREQ(test, notes, "!pa");
}

static KDEFER_DEFINE_VOID0(g6_frame)
{
	kdefer(note, "a");
	kdefer(note_recover, NULL);
	kdefer(raise, "same frame");
	kgoexit(6);
}

static KDEFER_DEFINE1(long, g6_body, void *, arg)
{
	kdefer(note_recover, NULL);
	kdefer(note, "b");
	g6_frame();
	note("X");
	return 1;
}

/* G6: ... recovered by an earlier deferred call of the same frame: it does not return either. */
static void g6_recovered_in_same_frame(struct kunit *test)
{
	expect_goexit(test, g6_body, NULL, 6);
	KUNIT_EXPECT_STREQ(test, notes, "!pab-");
}

static KDEFER_DEFINE1(long, g6_loop_body, void *, arg)
{
	int i;

	for (i = 0; i < 6; i++) {
		kdefer(note, "a");
		kdefer(note_recover, NULL);
		kdefer(raise, "loop");
	}
	kgoexit(66);
}

/* G6: the same with more deferred calls than a frame holds itself, again and again. */
static void g6_recovered_in_loop(struct kunit *test)
{
	expect_goexit(test, g6_loop_body, NULL, 66);
	KUNIT_EXPECT_STREQ(test, notes, "!pa!pa!pa!pa!pa!pa");
}

static KDEFER_DEFINE1(long, g6_two_goexits_body, void *, code)
{
	kdefer(note_recover, NULL);
	kdefer(raise, "between");
	kdefer(goexit_with, code);
	kdefer(note_recover, NULL);
	kdefer(raise, "before");
	kgoexit(1);
}

/* G6, G10: panics recovered before and after a second goexit cancel neither. */
static void g6_g10_panics_around_second_goexit(struct kunit *test)
{
	long code = 66;

	expect_goexit(test, g6_two_goexits_body, &code, code);
	KUNIT_EXPECT_STREQ(test, notes, "!pg!p");
}

static KDEFER_DEFINE_VOID0(g7_inner)
{
	kdefer(raise, "deep");
	kgoexit(7);
}

static KDEFER_DEFINE_VOID0(g7_between)
{
	kdefer(note, "a");
	g7_inner();
	note("X");
}

static KDEFER_DEFINE_VOID0(g7_recovers)
{
	kdefer(note_recover, NULL);
	g7_between();
	note("X");
}

static KDEFER_DEFINE1(long, g7_body, void *, arg)
{
	kdefer(note, "b");
	g7_recovers();
	note("X");
	return 1;
}

/* G7: ... recovered in an outer frame: neither that frame nor those between resume. */
static void g7_recovered_in_outer_frame(struct kunit *test)
{
	expect_goexit(test, g7_body, NULL, 7);
	KUNIT_EXPECT_STREQ(test, notes, "!apb");
}

static KDEFER_DEFINE1(long, g8_body, void *, code)
{
	kdefer(note_recover, NULL);
	kdefer(goexit_with, code);
	kpanicf("cancelled");
}

/* G8: a goexit in a deferred call of a panic cancels the panic; later calls see none. */
static void g8_goexit_cancels_panic(struct kunit *test)
{
	long code = 8;

	expect_goexit(test, g8_body, &code, code);
	KUNIT_EXPECT_STREQ(test, notes, "g-");
}

static KDEFER_DEFINE_VOID1(g8_deep, void *, code)
{
	kdefer(note, "a");
	kdefer(goexit_with, code);
	kdefer(raise, "second");
	kpanicf("first");
}

static KDEFER_DEFINE1(long, g8_outer, void *, code)
{
	kdefer(note_recover, NULL);
	g8_deep(code);
	note("X");
	return 1;
}

/* G8: it cancels every panic in progress, and no frame resumes. */
static void g8_goexit_cancels_replaced_panics(struct kunit *test)
{
	long code = 88;

	expect_goexit(test, g8_outer, &code, code);
	KUNIT_EXPECT_STREQ(test, notes, "!ga-");
}

static KDEFER_DEFINE_VOID1(g8_then_recovered, void *, code)
{
	kdefer(note, "a");
	kdefer(note_recover, NULL);
	kdefer(raise, "after the goexit");
	kdefer(goexit_with, code);
	kpanicf("cancelled");
}

static KDEFER_DEFINE1(long, g8_then_recovered_outer, void *, code)
{
	kdefer(note, "b");
	g8_then_recovered(code);
	note("X");
	return 1;
}

/* G8, G6: a goexit that has cancelled a panic outlives a further one that is recovered. */
static void g8_g6_recovered_after_cancelling(struct kunit *test)
{
	long code = 86;

	expect_goexit(test, g8_then_recovered_outer, &code, code);
	KUNIT_EXPECT_STREQ(test, notes, "g!pab");
}

static void g9_recover_and_goexit(void *code, struct kdefer_panic *p)
{
	note(krecover(p, NULL) ? "p" : "-");
	kgoexit(*(long *)code);
}

static KDEFER_DEFINE1(long, g9_body, void *, code)
{
	kdefer(note_recover, NULL);
	kdefer(g9_recover_and_goexit, code);
	kpanicf("recovered");
}

/* G9: recover, then goexit in the same deferred call: nothing is left to recover. */
static void g9_goexit_after_recover(struct kunit *test)
{
	long code = 9;

	expect_goexit(test, g9_body, &code, code);
	KUNIT_EXPECT_STREQ(test, notes, "p-");
}

static int g9_main(void *code)
{
	g9_body(code);
	return 0;
}

static int g9_quiet_main(void *arg)
{
	return 1;
}

/* G9: no stale record: threads that reuse the memory of one that did this end well. */
static void g9_no_stale_panic(struct kunit *test)
{
	struct kdefer_outcome out;
	long code = 99;
	unsigned int i;

	for (i = 0; i < 50; i++) {
		notes[0] = '\0';
		kcapture_thread(test, g9_main, &code, &out);
		KUNIT_EXPECT_EQ(test, out.how, KDEFER_GOEXITED);
		KUNIT_EXPECT_STREQ(test, notes, "p-");
		kcapture_thread(test, g9_quiet_main, NULL, &out);
		KUNIT_EXPECT_EQ(test, out.how, KDEFER_RETURNED);
	}
}

static KDEFER_DEFINE_VOID1(g10_inner, void *, code)
{
	kdefer(note, "b");
	kdefer(goexit_with, code);
	kdefer(note, "a");
	kgoexit(1);
}

static KDEFER_DEFINE1(long, g10_body, void *, code)
{
	kdefer(note, "d");
	kdefer(goexit_with, code);
	kdefer(note, "c");
	g10_inner(code);
	return 1;
}

/* G10: a goexit in a deferred call of a goexit: what remains runs once; the newest code counts. */
static void g10_goexit_within_goexit(struct kunit *test)
{
	long code = 10;

	expect_goexit(test, g10_body, &code, code);
	KUNIT_EXPECT_STREQ(test, notes, "agbcgd");
}

/* Deep enough to leave a record in many frames, shallow enough for a stack of 16 KiB. */
#define G11_DEPTH	12

struct g11_state {
	unsigned int depth;
	unsigned int ran;
	unsigned int wrong;
};

struct g11_args {
	struct g11_state *state;
	unsigned int depth;
	u8 fill[96];
};

static void g11_check(void *arg)
{
	struct g11_args *args = arg;
	unsigned int i;

	for (i = 0; i < sizeof(args->fill); i++)
		args->state->wrong += args->fill[i] != (u8)(args->depth + i);
	args->state->ran++;
}

static void g11_down(struct g11_state *state, unsigned int depth);

static KDEFER_DEFINE_VOID1(g11_level, struct g11_args *, args)
{
	kdefer(g11_check, args);
	if (args->depth == args->state->depth)
		kgoexit(args->depth);
	g11_down(args->state, args->depth + 1);
}

static noinline void g11_down(struct g11_state *state, unsigned int depth)
{
	struct g11_args args = { .state = state, .depth = depth };
	unsigned int i;

	for (i = 0; i < sizeof(args.fill); i++)
		args.fill[i] = depth + i;
	g11_level(&args);
}

static long g11_body(void *state)
{
	g11_down(state, 1);
	return -1;
}

/* G11: from every depth of the stack; what deferred calls point to in the frames is still there. */
static void g11_many_depths(struct kunit *test)
{
	struct g11_state state;
	unsigned int depth;

	for (depth = 1; depth <= G11_DEPTH; depth++) {
		state = (struct g11_state){ .depth = depth };
		expect_goexit(test, g11_body, &state, depth);
		KUNIT_EXPECT_EQ(test, state.ran, depth);
		KUNIT_EXPECT_EQ(test, state.wrong, 0U);
	}
}

struct g14_job {
	struct completion done;
	long code;
};

static void g14_done(void *job)
{
	complete(&((struct g14_job *)job)->done);
}

static KDEFER_DEFINE1(int, g14_main, void *, arg)
{
	struct g14_job *job = arg;

	kdefer(g14_done, job);
	kgoexit(job->code);
}

/* G14, G19: whoever waits for the thread is told of its end, and its joiner gets the code. */
static void g14_g19_code_reaches_joiner(struct kunit *test)
{
	struct g14_job job = { .code = 19 };
	struct kdefer_outcome out;
	struct task_struct *t;

	init_completion(&job.done);
	t = kdefer_kthread_run(g14_main, &job, "g14");
	KUNIT_ASSERT_FALSE(test, IS_ERR(t));
	wait_for_completion(&job.done);
	KUNIT_EXPECT_EQ(test, kdefer_kthread_stop(t, &out), 19);
	KUNIT_EXPECT_EQ(test, out.how, KDEFER_GOEXITED);
	KUNIT_EXPECT_EQ(test, out.result, 19L);
}

/* G19: so does a negative one, and without an outcome. */
static void g19_negative_code(struct kunit *test)
{
	struct g14_job job = { .code = -EIO };
	struct task_struct *t;

	init_completion(&job.done);
	t = kdefer_kthread_run(g14_main, &job, "g19");
	KUNIT_ASSERT_FALSE(test, IS_ERR(t));
	wait_for_completion(&job.done);
	KUNIT_EXPECT_EQ(test, kdefer_kthread_stop(t, NULL), -EIO);
}

static KDEFER_DEFINE1(int, g15_main, void *, code)
{
	kdefer(raise, "more");
	kdefer(goexit_with, code);
	kpanicf("die");
}

/* G15: panic, goexit in its clean-up, and one more panic: both panics are reported. */
static void g15_panic_goexit_panic(struct kunit *test)
{
	struct kdefer_outcome out;
	long code = 15;
	const char *text = kcapture_thread(test, g15_main, &code, &out);

	KUNIT_EXPECT_EQ(test, out.how, KDEFER_PANICKED);
	KUNIT_EXPECT_STREQ(test, out.value.message, "more");
	KUNIT_EXPECT_STREQ(test, kcapture_chain(test, text), "panic: die\n\tpanic: more\n");
	KUNIT_EXPECT_STREQ(test, notes, "g!");
}

struct g16_once {
	bool done;
	unsigned int runs;
};

static void g16_set_done(void *arg)
{
	((struct g16_once *)arg)->done = true;
}

static KDEFER_DEFINE1(long, g16_do_once, void *, arg)
{
	struct g16_once *once = arg;

	if (once->done)
		return 0;
	kdefer(g16_set_done, once);
	once->runs++;
	kgoexit(16);
}

/* G16: a once-only body that ended in a goexit counts as done. */
static void g16_once_is_not_run_again(struct kunit *test)
{
	struct g16_once once = { };

	expect_goexit(test, g16_do_once, &once, 16);
	KUNIT_EXPECT_EQ(test, g16_do_once(&once), 0L);
	KUNIT_EXPECT_EQ(test, once.runs, 1U);
}

#define G18_DEPTH	32

/* G18: after a goexit the stack unwinds as before: nothing of what it skipped is left behind. */
static void g18_stack_unwinds_as_before(struct kunit *test)
{
	unsigned long backtrace[2][G18_DEPTH] = { };
	unsigned int i, nr[2];

	for (i = 0; i < 2; i++) {
		nr[i] = kcapture_stack(backtrace[i], G18_DEPTH);
		expect_goexit(test, i ? g2_body : g1_outer, NULL, i ? 2 : 11);
	}
	KUNIT_EXPECT_GT(test, nr[0], 2U);
	KUNIT_EXPECT_EQ(test, nr[0], nr[1]);
	/* The case itself calls from two places when the loop is unrolled. */
	for (i = 1; i < nr[0]; i++)
		KUNIT_EXPECT_EQ(test, backtrace[0][i], backtrace[1][i]);
}

static long goexit_in_inner_run(void *code)
{
	kgoexit(*(long *)code);
}

static void run_goexit_inside(void *code)
{
	struct kdefer_outcome out;

	kdefer_run(goexit_in_inner_run, code, &out);
	note(out.how == KDEFER_GOEXITED && out.result == *(long *)code ? "i" : "X");
}

static KDEFER_DEFINE1(long, goexit_nested_body, void *, code)
{
	kdefer(note, "a");
	kdefer(run_goexit_inside, code);
	kgoexit(1);
}

/* A goexit in a kdefer_run() of a deferred call ends that run, not the goexit that is going on. */
static void goexit_ends_innermost_run(struct kunit *test)
{
	long code = 3;

	expect_goexit(test, goexit_nested_body, &code, 1);
	KUNIT_EXPECT_STREQ(test, notes, "ia");
}

static struct kunit_case goexit_cases[] = {
	KUNIT_CASE(g1_g3_runs_all_deferred_calls),
	KUNIT_CASE(g1_other_threads_go_on),
	KUNIT_CASE(g2_recover_finds_nothing),
	KUNIT_CASE(g4_panic_during_goexit),
	KUNIT_CASE(g5_recovered_inside),
	KUNIT_CASE(g6_recovered_in_same_frame),
	KUNIT_CASE(g6_recovered_in_loop),
	KUNIT_CASE(g6_g10_panics_around_second_goexit),
	KUNIT_CASE(g7_recovered_in_outer_frame),
	KUNIT_CASE(g8_goexit_cancels_panic),
	KUNIT_CASE(g8_goexit_cancels_replaced_panics),
	KUNIT_CASE(g8_g6_recovered_after_cancelling),
	KUNIT_CASE(g9_goexit_after_recover),
	KUNIT_CASE(g9_no_stale_panic),
	KUNIT_CASE(g10_goexit_within_goexit),
	KUNIT_CASE(g11_many_depths),
	KUNIT_CASE(g14_g19_code_reaches_joiner),
	KUNIT_CASE(g19_negative_code),
	KUNIT_CASE(g15_panic_goexit_panic),
	KUNIT_CASE(g16_once_is_not_run_again),
	KUNIT_CASE(g18_stack_unwinds_as_before),
	KUNIT_CASE(goexit_ends_innermost_run),
	{ }
};

static struct kunit_suite goexit_suite = {
	.name = "kdefer_goexit",
	.init = goexit_kunit_init,
	.test_cases = goexit_cases,
};

kunit_test_suite(goexit_suite);

MODULE_LICENSE("GPL");

/*
 * Rules without a case here:
 * G12: a kthread has no initial thread; tests/install.sh has a process that does.
 * G13: ends the thread that tries, so it is the case goexit_foreign of tests/guest/fatal.
 * G17: there are no coroutines.
 */
