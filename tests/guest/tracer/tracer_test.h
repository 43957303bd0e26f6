/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Functions to be traced while panics pass through them, and the probes on them.
 */
#ifndef _KDEFER_TRACER_TEST_H
#define _KDEFER_TRACER_TEST_H

#include <linux/atomic.h>
#include <linux/completion.h>
#include <linux/types.h>
#include <kdefer/kdefer.h>

/* What the recovering function returns, and what each caller makes of what it was returned. */
#define TRACEE_RECOVERED	77
#define TRACEE_COMBINE(v, id)	((v) * 31 + (id))
#define TRACEE_OUTER_2		TRACEE_COMBINE(TRACEE_RECOVERED, 2)
#define TRACEE_OUTER_1		TRACEE_COMBINE(TRACEE_OUTER_2, 1)
#define TRACEE_CODE		4321
#define TRACEE_BOTTOM		5

/* Nodes in the pool of the probe on tracee_pool(). */
#define TRACEE_DEPTH		8

struct tracee_call;

/**
 * struct tracee_kind - a way to leave functions behind
 * @name: what it is
 * @body: called by the recovering function; never returns
 */
struct tracee_kind {
	const char *name;
	void (*body)(struct tracee_call *c);
};

/**
 * struct tracee_call - what one thread's tracees share
 * @kind: how they end
 * @wrong: returns to where nobody was waiting for them
 * @deferred: deferred calls that ran
 * @again: panics still to be raised by deferred calls
 * @wait: complete tracee_is_inside and wait for tracee_may_panic before the panic
 */
struct tracee_call {
	const struct tracee_kind *kind;
	unsigned int wrong;
	unsigned int deferred;
	unsigned int again;
	bool wait;
};

extern const struct tracee_kind tracee_kinds[];
extern const unsigned int tracee_nr_kinds;

/* Panics below TRACEE_DEPTH calls of tracee_pool(). */
extern const struct tracee_kind tracee_pool_kind;

/* Waits inside of what it will skip. */
extern const struct tracee_kind tracee_removed_kind;
extern struct completion tracee_is_inside;
extern struct completion tracee_may_panic;

/*
 * Not static, so that the compiler keeps them whole, and under these names. What KDEFER_DEFINE
 * makes is small enough for clang to put it into its caller, where no probe sees it.
 */
long tracee_round(struct tracee_call *c);
long tracee_outer_1(struct tracee_call *c);
long tracee_outer_2(struct tracee_call *c);
noinline long tracee_recover(struct tracee_call *c);
long tracee_skip_1(struct tracee_call *c);
long tracee_skip_2(struct tracee_call *c);
noinline long tracee_skip_kdefer(struct tracee_call *c);
long tracee_skip_leaf(struct tracee_call *c);
long tracee_skip_goexit(struct tracee_call *c);
long tracee_recurse(unsigned int depth);
long tracee_pool(unsigned int depth, struct tracee_call *c);
void tracee_deferred(struct tracee_call *c);

/* How often the tracees were called, as they count it themselves. */
enum tracee_id {
	TRACEE_ID_OUTER_1,
	TRACEE_ID_OUTER_2,
	TRACEE_ID_RECOVER,
	TRACEE_ID_SKIP_1,
	TRACEE_ID_SKIP_2,
	TRACEE_ID_SKIP_KDEFER,
	TRACEE_ID_SKIP_LEAF,
	TRACEE_ID_SKIP_GOEXIT,
	TRACEE_NR_IDS,
};

extern atomic_t tracee_calls[TRACEE_NR_IDS];

int probes_add(void);
void probes_remove(void);
int probes_reject(void);
int probes_pool(unsigned int rounds);
void probes_start(void);
int probes_check_values(void);
int probes_check_counts(void);

#endif /* _KDEFER_TRACER_TEST_H */
