// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests in tests, as Go's package testing has them. To fail at once, and to skip the rest, is a
 * goexit, which ends the innermost test: its deferred calls run, then what it has asked for as
 * cleanup, newest first, however it ends. A panic fails the test that raised it, and the next one
 * runs.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <linux/printk.h>
#include <kdefer/kdefer.h>

#define MAX_CLEANUPS	4

struct test {
	struct test *parent;
	const char *name;
	void (*fn)(struct test *t);
	bool failed;
	bool skipped;
	unsigned int nr_cleanups;
	const char *cleanup[MAX_CLEANUPS];
};

DEFINE_KDEFER(say, const char *, pr_info("  %s\n", _T))

/* A failed test fails all that it is part of. */
static void fail(struct test *t)
{
	for (; t; t = t->parent)
		t->failed = true;
}

static void fail_now(struct test *t, const char *why)
{
	pr_info("  %s\n", why);
	fail(t);
	kgoexit(0);
}

static void skip_now(struct test *t)
{
	t->skipped = true;
	kgoexit(0);
}

static void cleanup(struct test *t, const char *what)
{
	if (t->nr_cleanups < MAX_CLEANUPS)
		t->cleanup[t->nr_cleanups++] = what;
}

static void run_cleanups(void *arg)
{
	struct test *t = arg;

	while (t->nr_cleanups)
		pr_info("  cleanup %s\n", t->cleanup[--t->nr_cleanups]);
}

/* Deferred here, the cleanups come behind all that the test itself has deferred. */
static KDEFER_DEFINE1(long, run_body, void *, arg)
{
	struct test *t = arg;

	kdefer(run_cleanups, t);
	t->fn(t);
	return 0;
}

static void run(struct test *parent, const char *name, void (*fn)(struct test *t))
{
	struct test t = { .parent = parent, .name = name, .fn = fn };
	struct kdefer_outcome out;

	pr_info("RUN %s\n", name);
	kdefer_run(run_body, &t, &out);
	if (out.how == KDEFER_PANICKED) {
		pr_info("  panic: %s\n", out.value.kind == KDEFER_MESSAGE ? out.value.message : "?");
		kdefer_value_release(&out.value);
		fail(&t);
	}
	pr_info("%s %s\n", t.failed ? "FAIL" : t.skipped ? "SKIP" : "PASS", name);
}

static void passes(struct test *t)
{
	cleanup(t, "passes, first");
	cleanup(t, "passes, second");
}

static KDEFER_DEFINE_VOID1(fails, struct test *, t)
{
	cleanup(t, "fails");
	kdefer(say, "deferred by fails");
	fail_now(t, "not as it should be");
	pr_info("never reached\n");
}

static KDEFER_DEFINE_VOID1(skips, struct test *, t)
{
	kdefer(say, "deferred by skips");
	skip_now(t);
}

static KDEFER_DEFINE_VOID1(panics, struct test *, t)
{
	cleanup(t, "panics");
	kdefer(say, "deferred by panics");
	kpanicf("out of range");
}

static void all(struct test *t)
{
	run(t, "passes", passes);
	run(t, "fails", fails);
	run(t, "skips", skips);
	run(t, "panics", panics);
	run(t, "passes again", passes);
}

static int __init subtests_init(void)
{
	run(NULL, "all", all);
	return 0;
}

static void __exit subtests_exit(void)
{
}

module_init(subtests_init);
module_exit(subtests_exit);

MODULE_DESCRIPTION("kdefer concept: tests in tests");
MODULE_LICENSE("GPL");
