// SPDX-License-Identifier: GPL-2.0-only
/*
 * Faults of every kind, over and over, each recovered (rules F1 to F3, F5 to F9). A page fault is
 * printed by the kernel before kdefer hears of it, and taints it: so this is a module of its own,
 * for a guest of its own, and it reports in TAP.
 */
#include <linux/bsearch.h>
#include <linux/irqflags.h>
#include <linux/kstrtox.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>

#include <kdefer/kdefer.h>

static unsigned int count = 100;
module_param(count, uint, 0444);
MODULE_PARM_DESC(count, "how many faults of each kind");

static bool stay_fatal;
module_param(stay_fatal, bool, 0444);
MODULE_PARM_DESC(stay_fatal, "only faults that do not become panics: each kills its thread");

/* Not constant, so that the compiler cannot see through. */
static unsigned long bad_address;
static int zero;
static int result;

/* What only this architecture has. */
#include "arch_faults.h"

static noinline void read_null(void)
{
	NOT_FIRST_IN_TEXT();
	READ_ONCE(*(int *)READ_ONCE(bad_address));
}

#define WILD	0xffffc12345678000UL

static noinline void write_wild(void)
{
	NOT_FIRST_IN_TEXT();
	WRITE_ONCE(*(int *)(READ_ONCE(bad_address) + WILD), 1);
}

#if ARCH_BUG_IS_PANIC
static noinline void hit_bug(void)
{
	BUG_ON(!READ_ONCE(zero));
}
#endif

static noinline void call_null(void)
{
	((void (*)(void))READ_ONCE(bad_address))();
}

/* The kernel's function faults, for what it was given by this module. */
static noinline void compare_with_null(void)
{
	/* With a constant the compiler would compare by itself. */
	WRITE_ONCE(result, strcmp((const char *)READ_ONCE(bad_address),
				  (const char *)READ_ONCE(bad_address)));
}

#if ARCH_UNWINDS_LIBRARY
/* A function of the kernel's faults that this module has not called itself. */
static noinline void format_wild(void)
{
	char buf[16];

	WRITE_ONCE(result, scnprintf(buf, sizeof(buf), "%s",
				     (char *)READ_ONCE(bad_address) + WILD));
}
#endif

/* Before a call kCFI compares the hash that stands in front of the function. */
#if IS_ENABLED(CONFIG_CFI) || IS_ENABLED(CONFIG_CFI_CLANG)
#define NULL_CALL_FAULT		KDEFER_FAULT_ADDRESS
#define NULL_CALL_ADDRESS	(-4UL)
#else
#define NULL_CALL_FAULT		KDEFER_FAULT_NULL
#define NULL_CALL_ADDRESS	0
#endif

struct fault_kind {
	const char *name;
	void (*fault)(void);
	enum kdefer_fault_kind kind;
	unsigned long address;
	/* KASAN looks at its shadow first. */
	enum kdefer_fault_kind kind_kasan;
	/* Not in this module but in a function of the kernel's library. */
	bool in_library;
};

static const struct fault_kind kinds[] = {
	{ "NULL read", read_null, KDEFER_FAULT_NULL, 0, ARCH_KASAN_NULL },
	{ "wild write", write_wild, KDEFER_FAULT_ADDRESS, WILD, KDEFER_FAULT_ADDRESS },
#if ARCH_BUG_IS_PANIC
	{ "BUG", hit_bug, KDEFER_FAULT_BUG, KDEFER_FAULT_NO_ADDRESS, KDEFER_FAULT_BUG },
#endif
	{ "NULL call", call_null, NULL_CALL_FAULT, NULL_CALL_ADDRESS, NULL_CALL_FAULT },
	{ "NULL string", compare_with_null, KDEFER_FAULT_NULL, 0, ARCH_KASAN_NULL, true },
#if ARCH_UNWINDS_LIBRARY
	{ "wild string, formatted", format_wild, KDEFER_FAULT_ADDRESS, WILD, KDEFER_FAULT_ADDRESS,
	  true },
#endif
	ARCH_FAULT_KINDS
};

struct run {
	const struct fault_kind *kind;
	unsigned int deferred;
	unsigned int recovered;
	unsigned int wrong;
};

static void count_deferred(void *arg)
{
	struct run *run = arg;

	run->deferred++;
}

static bool value_is_right(const struct run *run, const struct kdefer_value *v)
{
	enum kdefer_fault_kind kind = IS_ENABLED(CONFIG_KASAN) ? run->kind->kind_kasan :
								 run->kind->kind;

	/* The address of KASAN's shadow is another. */
	if (!IS_ENABLED(CONFIG_KASAN) && v->fault.address != run->kind->address)
		return false;
	return v->kind == KDEFER_FAULT && v->err == -EFAULT && v->fault.kind == kind &&
	       within_module(v->ip, THIS_MODULE) != run->kind->in_library;
}

static void recover_fault(void *arg, struct kdefer_panic *p)
{
	struct run *run = arg;
	struct kdefer_value v;

	if (!krecover(p, &v))
		return;
	run->recovered++;
	if (!value_is_right(run, &v))
		run->wrong++;
}

/* A fault in a deferred call that runs because of a fault (rule F6). */
static void fault_again(void *arg)
{
	struct run *run = arg;

	run->deferred++;
	run->kind->fault();
}

static KDEFER_DEFINE_VOID1(fault_once, struct run *, run)
{
	kdefer(recover_fault, run);
	kdefer(fault_again, run);
	kdefer(count_deferred, run);
	run->kind->fault();
	run->wrong++;
}

static bool test_kind(const struct fault_kind *kind, unsigned int number)
{
	struct run run = { .kind = kind };
	unsigned int i;
	bool ok;

	for (i = 0; i < count; i++)
		fault_once(&run);
	ok = run.recovered == count && run.deferred == 2 * count && !run.wrong;
	pr_info("%sok %u - %s: %u recovered of %u, %u deferred calls, %u wrong values\n",
		ok ? "" : "not ", number, kind->name, run.recovered, count, run.deferred,
		run.wrong);
	return ok;
}

static KDEFER_DEFINE_VOID1(fault_with_fixup, struct run *, run)
{
	kdefer(recover_fault, run);
	arch_traps_with_fixup();
	run->deferred++;
}

/* An instruction that has a fixup is expected to fault, and its code goes on. */
static bool test_fixup(unsigned int number)
{
	struct run run = { .kind = &kinds[0] };
	bool ok;

	if (!ARCH_TRAPS_WITH_FIXUP) {
		pr_info("ok %u - a trap with a fixup # SKIP the CPU has none\n", number);
		return true;
	}
	fault_with_fixup(&run);
	ok = run.deferred == 1 && !run.recovered;
	pr_info("%sok %u - a trap with a fixup is no panic\n", ok ? "" : "not ", number);
	return ok;
}

static int test_thread(void *unused)
{
	unsigned int i;
	int failed = 0;

	kdefer_set_panic_on_fault(true);
	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		failed += !test_kind(&kinds[i], i + 1);
	return failed + !test_fixup(ARRAY_SIZE(kinds) + 1);
}

static KDEFER_DEFINE_VOID1(setting_ends, bool *, was_on)
{
	*was_on = kdefer_set_panic_on_fault(true);
}

static long run_setting(void *arg)
{
	setting_ends(arg);
	return 0;
}

/* The setting is the kdefer_run()'s and ends with it (rule F3). */
static int test_setting(void *unused)
{
	bool first = true, second = true;

	kdefer_run(run_setting, &first, NULL);
	kdefer_run(run_setting, &second, NULL);
	pr_info("%sok %zu - the setting ends with its kdefer_run()\n",
		first || second ? "not " : "", ARRAY_SIZE(kinds) + 2);
	return first || second;
}

static DEFINE_SPINLOCK(lock);

static void fault_with_spinlock(void)
{
	spin_lock(&lock);
	read_null();
}

static void fault_with_irqs_off(void)
{
	local_irq_disable();
	read_null();
}

static void fault_with_irqs_back_on(void)
{
	local_irq_enable();
	read_null();
}

static void fault_in_kernel(void)
{
	int result;

	if (kstrtoint((const char *)READ_ONCE(bad_address), 0, &result))
		pr_info("the kernel has looked at NULL\n");
}

static void call_null_in_kernel(void)
{
	bsearch(&zero, &zero, 1, sizeof(zero), (cmp_func_t)READ_ONCE(bad_address));
}

static void fault_in_other_module(void)
{
	kdefer_value_release((struct kdefer_value *)READ_ONCE(bad_address));
}

struct fatal_kind {
	const char *name;
	void (*fault)(void);
	bool opt_in;
	bool irqs_off;
	bool counted;
};

/* What the thread could not go on after, or what is not the module's own fault (rules F3, F8). */
static const struct fatal_kind fatal_kinds[] = {
	{ "without the setting", read_null },
	{ "with a spinlock held", fault_with_spinlock, true, .counted = true },
	{ "with interrupts off", fault_with_irqs_off, true },
	{ "in a function entered with interrupts off", fault_with_irqs_back_on, true, true },
	{ "in the kernel's text", fault_in_kernel, true },
	{ "in a call of NULL by the kernel", call_null_in_kernel, true },
	{ "in another module's text", fault_in_other_module, true },
};

static KDEFER_DEFINE_VOID1(fault_fatally, const struct fatal_kind *, kind)
{
	struct run run = { .kind = &kinds[0] };

	kdefer(recover_fault, &run);
	kdefer_set_panic_on_fault(kind->opt_in);
	kind->fault();
}

static int fatal_thread(void *arg)
{
	const struct fatal_kind *kind = arg;

	if (kind->irqs_off)
		local_irq_disable();
	fault_fatally(kind);
	return 0;
}

/* The fault stays an oops, and the joiner is told. */
static bool test_fatal(const struct fatal_kind *kind, unsigned int number)
{
	struct kdefer_outcome out;
	struct task_struct *t;
	bool ok;

	if (kind->counted &&
	    (!IS_ENABLED(CONFIG_PREEMPT_COUNT) || IS_ENABLED(CONFIG_PREEMPT_RT))) {
		pr_info("ok %u - a fault %s # SKIP preempt_count() counts no spinlock here\n",
			number, kind->name);
		return true;
	}
	t = kdefer_kthread_run(fatal_thread, (void *)kind, "faults");
	if (IS_ERR(t))
		return false;
	while (!READ_ONCE(t->exit_state))
		schedule_timeout_uninterruptible(1);
	ok = kdefer_kthread_stop(t, &out) == -EOWNERDEAD && out.how == KDEFER_PANICKED;
	pr_info("%sok %u - a fault %s kills the thread\n", ok ? "" : "not ", number, kind->name);
	return ok;
}

static int test_all_fatal(void)
{
	unsigned int i;
	int failed = 0;

	for (i = 0; i < ARRAY_SIZE(fatal_kinds); i++)
		failed += !test_fatal(&fatal_kinds[i], ARRAY_SIZE(kinds) + 5 + i);
	return failed;
}

static int run_thread(int (*fn)(void *), const char *name)
{
	struct task_struct *t = kdefer_kthread_run(fn, NULL, "%s", name);

	if (IS_ERR(t))
		return PTR_ERR(t);
	while (!READ_ONCE(t->exit_state))
		schedule_timeout_uninterruptible(1);
	return kdefer_kthread_stop(t, NULL);
}

static int __init faults_init(void)
{
	int failed;

	if (stay_fatal)
		return test_all_fatal() ? -EINVAL : 0;
	failed = run_thread(test_thread, "faults");
	failed |= run_thread(test_setting, "setting");
	return failed ? -EINVAL : 0;
}

static void __exit faults_exit(void)
{
}

module_init(faults_init);
module_exit(faults_exit);

MODULE_DESCRIPTION("Test of faults as panics");
MODULE_LICENSE("GPL");
