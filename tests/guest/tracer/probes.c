// SPDX-License-Identifier: GPL-2.0-only
/*
 * Kretprobes and fprobes on the traced functions. They count by themselves what was entered and
 * what has returned, and look at what was returned and to where.
 */
#include <linux/fprobe.h>
#include <linux/kallsyms.h>
#include <linux/kprobes.h>
#include <linux/string.h>

#include "../../compat.h"
#include "tracer_test.h"

/* Enough for all threads at once, each as deep as they get. */
#define PROBE_MAXACTIVE		256

/**
 * struct probe - a kretprobe and what is expected of it
 * @name: the function
 * @caller: its only caller, or NULL
 * @value: what it returns, if it has a @caller
 * @id: its own count of calls, or TRACEE_NR_IDS
 * @returns: it returns, rather than being skipped
 * @caller_size: bytes of @caller
 * @rp: the kretprobe
 * @on: it is registered
 * @entries: how often it was entered
 * @exits: how often it has returned
 * @wrong: how often it has returned something else, or to somewhere else
 */
struct probe {
	const char *name;
	void *caller;
	long value;
	enum tracee_id id;
	bool returns;
	unsigned long caller_size;
	struct kretprobe rp;
	bool on;
	atomic_t entries;
	atomic_t exits;
	atomic_t wrong;
};

static struct probe probes[] = {
	{ "tracee_outer_1", NULL, TRACEE_OUTER_1, TRACEE_ID_OUTER_1, true },
	{ "tracee_outer_2", tracee_outer_1, TRACEE_OUTER_2, TRACEE_ID_OUTER_2, true },
	{ "tracee_recover", tracee_outer_2, TRACEE_RECOVERED, TRACEE_ID_RECOVER, true },
	{ "__kdefer_thunk_tracee_recover", NULL, 0, TRACEE_ID_RECOVER, false },
	{ "tracee_skip_1", NULL, 0, TRACEE_ID_SKIP_1, false },
	{ "tracee_skip_2", NULL, 0, TRACEE_ID_SKIP_2, false },
	{ "tracee_skip_kdefer", NULL, 0, TRACEE_ID_SKIP_KDEFER, false },
	{ "tracee_skip_leaf", NULL, 0, TRACEE_ID_SKIP_LEAF, false },
	{ "tracee_skip_goexit", NULL, 0, TRACEE_ID_SKIP_GOEXIT, false },
	/* kdefer's own functions on the way. */
	{ "__kdefer_panicf", NULL, 0, TRACEE_ID_SKIP_LEAF, false },
	{ "__kdefer_goexit", NULL, 0, TRACEE_ID_SKIP_GOEXIT, false },
	{ "kdefer_run", NULL, 0, TRACEE_NR_IDS, true },
};

/* A pool of nodes as small as can be, on a function that returns. */
static struct kretprobe pool_probe;

static bool goes_to_caller(const struct probe *p, unsigned long ip)
{
	char symbol[KSYM_SYMBOL_LEN];

	if (ip - (unsigned long)p->caller < p->caller_size)
		return true;
	/* The function graph tracer has put itself in between. */
	sprint_symbol_no_offset(symbol, ip);
	return !strncmp(symbol, "return_to_handler", strlen("return_to_handler"));
}

static bool is_right(const struct probe *p, struct pt_regs *regs)
{
	if (!p->returns)
		return false;
	return !p->caller || ((long)regs_return_value(regs) == p->value &&
			      goes_to_caller(p, instruction_pointer(regs)));
}

static struct probe *probe_of(struct kretprobe_instance *ri)
{
	return container_of(get_kretprobe(ri), struct probe, rp);
}

static int probe_entry(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	atomic_inc(&probe_of(ri)->entries);
	return 0;
}

static int probe_exit(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	struct probe *p = probe_of(ri);

	atomic_inc(&p->exits);
	if (!is_right(p, regs))
		atomic_inc(&p->wrong);
	return 0;
}

/* The size stands in what the kernel prints of a symbol: name+0x0/0xsize. */
static unsigned long size_of(void *fn)
{
	char symbol[KSYM_SYMBOL_LEN];
	unsigned long size = 0;
	const char *slash;

	sprint_symbol(symbol, (unsigned long)fn);
	slash = strchr(symbol, '/');
	if (!slash || sscanf(slash, "/%lx", &size) != 1)
		return 0;
	return size;
}

static int probe_add(struct probe *p)
{
	int err;

	if (p->caller)
		p->caller_size = size_of(p->caller);
	p->rp = (struct kretprobe){
		.kp.symbol_name = p->name,
		.handler = probe_exit,
		.entry_handler = probe_entry,
		.maxactive = PROBE_MAXACTIVE,
	};
	err = register_kretprobe(&p->rp);
	if (err)
		pr_err("kdefer_tracer_test: no kretprobe on %s: %pe\n", p->name, ERR_PTR(err));
	p->on = !err;
	return err;
}

#ifdef CONFIG_FPROBE
static atomic_t fprobe_exits[2];
static atomic_t fprobe_entries[2];

static struct fprobe fprobes[2];

/* Those that return, and those that do not. */
static const char * const fprobe_filters[] = { "tracee_outer_*", "tracee_skip_*" };

static fprobe_entry_result fprobe_entry(FPROBE_ARGS(fp, ip, data))
{
	atomic_inc(&fprobe_entries[fp - fprobes]);
	*(unsigned long *)data = ip;
	return FPROBE_ENTRY_DONE;
}

static void fprobe_exit(FPROBE_ARGS(fp, ip, data))
{
	if (*(unsigned long *)data == ip)
		atomic_inc(&fprobe_exits[fp - fprobes]);
}

static int fprobes_add(void)
{
	unsigned int i;
	int err;

	for (i = 0; i < ARRAY_SIZE(fprobes); i++) {
		fprobes[i] = (struct fprobe){
			.entry_handler = fprobe_entry,
			.exit_handler = fprobe_exit,
			.entry_data_size = sizeof(long),
		};
		fprobe_limit(&fprobes[i], PROBE_MAXACTIVE * 2);
		err = register_fprobe(&fprobes[i], fprobe_filters[i], NULL);
		if (err) {
			pr_err("kdefer_tracer_test: no fprobe on %s: %pe\n", fprobe_filters[i],
			       ERR_PTR(err));
			return err;
		}
	}
	return 0;
}

static void fprobes_remove(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(fprobes); i++)
		unregister_fprobe(&fprobes[i]);
}

static void fprobes_start(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(fprobes); i++) {
		atomic_set(&fprobe_entries[i], 0);
		atomic_set(&fprobe_exits[i], 0);
	}
}

static int fprobes_check(void)
{
	int entries[2], exits[2], outer, skip;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(fprobes); i++) {
		entries[i] = atomic_read(&fprobe_entries[i]);
		exits[i] = atomic_read(&fprobe_exits[i]);
	}
	outer = atomic_read(&tracee_calls[TRACEE_ID_OUTER_1]) +
		atomic_read(&tracee_calls[TRACEE_ID_OUTER_2]);
	skip = atomic_read(&tracee_calls[TRACEE_ID_SKIP_1]) +
	       atomic_read(&tracee_calls[TRACEE_ID_SKIP_2]) +
	       atomic_read(&tracee_calls[TRACEE_ID_SKIP_KDEFER]) +
	       atomic_read(&tracee_calls[TRACEE_ID_SKIP_LEAF]) +
	       atomic_read(&tracee_calls[TRACEE_ID_SKIP_GOEXIT]);
	if (entries[0] == outer && exits[0] == outer && entries[1] == skip && !exits[1] &&
	    !fprobes[0].nmissed && !fprobes[1].nmissed)
		return 0;
	pr_err("kdefer_tracer_test: fprobes: of %d outer calls %d entered, %d returned, %lu missed; of %d skipped ones %d entered, %d returned, %lu missed\n",
	       outer, entries[0], exits[0], fprobes[0].nmissed, skip, entries[1], exits[1],
	       fprobes[1].nmissed);
	return -EINVAL;
}
#else
static int fprobes_add(void)
{
	return 0;
}

static void fprobes_remove(void)
{
}

static void fprobes_start(void)
{
}

static int fprobes_check(void)
{
	return 0;
}
#endif

/* All at once: to wait for each alone takes long. */
static void kretprobes_remove(void)
{
	struct kretprobe *on[ARRAY_SIZE(probes)];
	unsigned int i, nr = 0;

	for (i = 0; i < ARRAY_SIZE(probes); i++) {
		if (probes[i].on)
			on[nr++] = &probes[i].rp;
		probes[i].on = false;
	}
	unregister_kretprobes(on, nr);
}

int probes_add(void)
{
	unsigned int i;
	int err;

	for (i = 0; i < ARRAY_SIZE(probes); i++) {
		err = probe_add(&probes[i]);
		if (err)
			goto err_remove;
	}
	err = fprobes_add();
	if (err)
		goto err_fprobes;
	return 0;

err_fprobes:
	fprobes_remove();
err_remove:
	kretprobes_remove();
	return err;
}

void probes_remove(void)
{
	fprobes_remove();
	kretprobes_remove();
}

/* What runs between the repair and the jump can have no probe: nobody would take its node away. */
int probes_reject(void)
{
	static const char * const names[] = {
		"kdefer_jump", "kdefer_host_restore_return_hooks", "kdefer_arch_restore",
	};
	struct kretprobe rp;
	unsigned int i;
	int err;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		rp = (struct kretprobe){ .kp.symbol_name = names[i] };
		err = register_kretprobe(&rp);
		if (err == -EINVAL)
			continue;
		if (!err)
			unregister_kretprobe(&rp);
		pr_err("kdefer_tracer_test: a kretprobe on %s is not rejected with -EINVAL: %d\n",
		       names[i], err);
		return -EINVAL;
	}
	return 0;
}

static int pool_count(void)
{
	int before = pool_probe.nmissed;

	tracee_pool(TRACEE_DEPTH - 1, NULL);
	if (pool_probe.nmissed != before) {
		pr_err("kdefer_tracer_test: %d of %d nodes are missing\n",
		       pool_probe.nmissed - before, TRACEE_DEPTH);
		return -EINVAL;
	}
	tracee_pool(TRACEE_DEPTH, NULL);
	if (pool_probe.nmissed != before + 1) {
		pr_err("kdefer_tracer_test: there are more than %d nodes\n", TRACEE_DEPTH);
		return -EINVAL;
	}
	return 0;
}

static int pool_use(unsigned int rounds)
{
	struct tracee_call c = { .kind = &tracee_pool_kind };

	while (rounds--) {
		if (tracee_outer_1(&c) != TRACEE_OUTER_1 || c.wrong) {
			pr_err("kdefer_tracer_test: a wrong return under a small pool\n");
			return -EINVAL;
		}
	}
	return 0;
}

/* After many panics through a function every node is there again, and not one more. */
int probes_pool(unsigned int rounds)
{
	int err;

	pool_probe = (struct kretprobe){
		.kp.symbol_name = "tracee_pool",
		.maxactive = TRACEE_DEPTH,
	};
	err = register_kretprobe(&pool_probe);
	if (err)
		return err;
	err = pool_count() ?: pool_use(rounds) ?: pool_count();
	if (!err && pool_probe.nmissed != 2)
		err = -EINVAL;
	unregister_kretprobe(&pool_probe);
	return err;
}

void probes_start(void)
{
	unsigned int i;

	for (i = 0; i < TRACEE_NR_IDS; i++)
		atomic_set(&tracee_calls[i], 0);
	for (i = 0; i < ARRAY_SIZE(probes); i++) {
		atomic_set(&probes[i].entries, 0);
		atomic_set(&probes[i].exits, 0);
		atomic_set(&probes[i].wrong, 0);
	}
	fprobes_start();
}

/* Whatever comes and goes, what returned has returned to the right place with the right value. */
int probes_check_values(void)
{
	unsigned int i;
	int wrong, err = 0;

	for (i = 0; i < ARRAY_SIZE(probes); i++) {
		wrong = atomic_read(&probes[i].wrong);
		if (!wrong)
			continue;
		pr_err("kdefer_tracer_test: %s: %d wrong returns\n", probes[i].name, wrong);
		err = -EINVAL;
	}
	return err;
}

static int probe_check_counts(const struct probe *p)
{
	int entries = atomic_read(&p->entries);
	int exits = atomic_read(&p->exits);
	int calls = p->id < TRACEE_NR_IDS ? atomic_read(&tracee_calls[p->id]) : entries;

	if (entries && entries == calls && exits == (p->returns ? entries : 0) &&
	    !p->rp.nmissed && !p->rp.kp.nmissed)
		return 0;
	pr_err("kdefer_tracer_test: %s: %d calls, %d entries, %d exits, %d nodes and %lu hits missed\n",
	       p->name, calls, entries, exits, p->rp.nmissed, p->rp.kp.nmissed);
	return -EINVAL;
}

/* When the probes were there all the time. */
int probes_check_counts(void)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < ARRAY_SIZE(probes); i++)
		if (probe_check_counts(&probes[i]))
			err = -EINVAL;
	return fprobes_check() ?: err;
}
