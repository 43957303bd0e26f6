/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Private declarations of the core.
 */
#ifndef _KDEFER_CORE_IMPL_H
#define _KDEFER_CORE_IMPL_H

/* In user space the core tells of all events; see <kdefer/events.h>. */
#define KDEFER_EVENTS

#include "host_events.h"
#include "host_api.h"

/* For users: here they are the function that calls what a record holds, and that which recovers. */
#undef kdefer_call
#undef krecover

/* Aborted panics kept for the printout, the oldest ones; further ones are only counted. */
#define KDEFER_HISTORY		4

/* Return addresses kept of a panic whose stack was given back. */
#define KDEFER_BACKTRACE		16

/*
 * Room for records: what a task has from the start, and the bytes that it gets more at a time. A
 * test may be built with less, so that there are more chunks.
 */
#ifndef KDEFER_OWN_RECORDS
#define KDEFER_OWN_RECORDS	40
#define KDEFER_CHUNK_SIZE	2048
#endif

/**
 * struct kdefer_chunk - room for some of the records of a task
 * @older: the chunk that was full when this one was begun
 * @newer: the one that was begun when this one was full, and is kept
 * @record: the room; the first record of all but the oldest chunk leads back to @older, and the
 *	last one is left for a record that finds no other room
 * @end: the last record
 */
struct kdefer_chunk {
	struct kdefer_chunk *older;
	struct kdefer_chunk *newer;
	struct kdefer *record;
	struct kdefer *end;
};

/**
 * struct kdefer_report - what the printout says of one panic
 * @value: its value
 * @recovered: print "[recovered]"
 * @repanicked: raised again with the same value, which is not printed twice
 * @after_goexit: a goexit came between this panic and the one before
 */
struct kdefer_report {
	struct kdefer_value value;
	bool recovered;
	bool repanicked;
	bool after_goexit;
};

/**
 * struct kdefer_history - the aborted panics of a task
 * @len: how many there are, those that found no room included
 * @item: the oldest ones, oldest first
 */
struct kdefer_history {
	unsigned int len;
	struct kdefer_report item[KDEFER_HISTORY];
};

/**
 * struct kdefer_panic - a panic or goexit in progress, Go's _panic; lives on the raising stack
 * @regs: where the loop over the deferred calls starts, for a newer panic to fall back to
 * @hooks: what tracers had to return to there
 * @link: the next older one of the task
 * @task: the task
 * @running: the frame whose deferred call is being run
 * @mark: where the records end that are older than that call
 * @guards: when the panic is recovered, the oldest record of @running that is a guard, or NULL
 * @call: the function that this call is of
 * @token: what that call was given to recover with, or NULL
 * @shown: value and printout
 * @panicking: there is a panic; a deferred call may recover it
 * @goexit: there is a goexit, which goes on when the panic is recovered
 * @recovered: the panic was recovered
 * @code: the goexit's code
 * @end: how the goexit ends the thread, where that is not kdefer's to do; else without a function
 * @history: the task's aborted panics that are older than this
 * @goexit_history: those older than the goexit
 * @nr_backtrace: entries in @backtrace, 0 as long as the panic's own stack is there to be looked at
 * @backtrace: return addresses of the panic's site
 */
struct kdefer_panic {
	struct kdefer_regs regs;
	struct kdefer_return_hooks hooks;
	struct kdefer_panic *link;
	struct kdefer_task *task;
	struct kdefer_frame *running;
	struct kdefer *mark;
	struct kdefer *guards;
	kdefer_any_fn call;
	struct kdefer_panic *token;
	struct kdefer_report shown;
	bool panicking;
	bool goexit;
	bool recovered;
	long code;
	struct kdefer_goexit_end end;
	unsigned int history;
	unsigned int goexit_history;
	unsigned int nr_backtrace;
	unsigned long backtrace[KDEFER_BACKTRACE];
};

/*
 * What the three flags of a record say together while its loop runs:
 *
 *	panicking goexit recovered
 *	    1       0        0     a panic
 *	    1       0        1     krecover() has stopped it, in a deferred call that has not ended
 *	    0       0        1     that call has ended, and the frame's guards are run before the
 *				   frame returns
 *	    0       1        0     a goexit
 *	    1       1        0     a panic while a goexit is pending
 *	    1       1        1     krecover() has stopped that panic; when the deferred call ends,
 *				   the record is that of the goexit again
 *
 * A newer record that takes the place of one in any state leaves it with @recovered 0: it is the
 * newer panic or goexit then, and a goexit that either of them had stays pending. With neither
 * panic nor goexit there must have been a recovery, and a goexit alone cannot be recovered.
 */
static inline bool kdefer_record_is_valid(const struct kdefer_panic *p)
{
	return p->panicking || p->goexit != p->recovered;
}

/**
 * struct kdefer_barrier - a kdefer_run() in progress
 * @regs: where a goexit or an uncaught panic continues
 * @hooks: what tracers had to return to there
 * @snapshot: what must be unchanged there
 * @link: the next outer one of the task
 * @floor: the floor of the records outside
 * @panic: the newest panic outside
 * @fault_owner: the setting outside
 * @panic_on_fault: the setting outside
 * @history: how many aborted panics there were before
 * @fn: the function to run
 * @arg: its argument
 * @how: as in &struct kdefer_outcome
 * @result: the same
 * @out: where to put the end of it, or NULL
 * @is_thread: it is the main function of a thread that kdefer started: report an uncaught panic
 * @thread_fn: with @is_thread, the user's function, for whoever looks at the thread
 * @end: that of a goexit which has ended this, and goes on behind it; else without a function
 */
struct kdefer_barrier {
	struct kdefer_regs regs;
	struct kdefer_return_hooks hooks;
	struct kdefer_snapshot snapshot;
	struct kdefer_barrier *link;
	struct kdefer *floor;
	struct kdefer_panic *panic;
	struct module *fault_owner;
	bool panic_on_fault;
	unsigned int history;
	long (*fn)(void *arg);
	void *arg;
	enum kdefer_how how;
	long result;
	struct kdefer_outcome *out;
	bool is_thread;
	unsigned long thread_fn;
	struct kdefer_goexit_end end;
};

/* Room for the name of a function, and what KDEFER_DEFINEn() puts in front of that of a body. */
#define KDEFER_NAME_SIZE	128
#define KDEFER_THUNK_PREFIX	"__kdefer_thunk_"

/**
 * struct kdefer_skipping - a part of the stack that a panic or goexit gives up
 * @panic: the panic; the part begins above it
 * @sp: where the part ends
 * @place: an address in the function that the thread goes on in
 * @address: an object in the part, whose owner is looked for
 * @owner: an address in the function that has it
 * @found: a function was found that does not use kdefer, or has a release pending
 * @cleanup: the function that is being looked at has a release pending, of a guard() or the like
 * @file: where it was called then, if the host can tell; else NULL
 * @line: and the line of it
 */
struct kdefer_skipping {
	const struct kdefer_panic *panic;
	unsigned long sp;
	unsigned long place;
	unsigned long address;
	unsigned long owner;
	bool found;
	bool cleanup;
	const char *file;
	unsigned int line;
};

/* Goes on with a fingerprint: a word, and where it is. */
static inline u64 kdefer_fingerprint_add(u64 print, unsigned long word, unsigned long at)
{
	print = (print ^ word) * GOLDEN_RATIO_64;
	return (print ^ print >> 32 ^ at) * GOLDEN_RATIO_64;
}

/**
 * struct kdefer_task_storage - the memory of a task
 * @task: the task
 * @own: belongs to whoever attached the task
 * @chunk: its oldest chunk
 * @record: the room of @chunk
 * @history: the task's aborted panics
 */
struct kdefer_task_storage {
	struct kdefer_task task;
	bool own;
	struct kdefer_chunk chunk;
	struct kdefer record[KDEFER_OWN_RECORDS];
	struct kdefer_history history;
};

/**
 * struct kdefer_job - a function for a thread of the pool to run
 * @fn: a void (*)(void *), or with a @group a long (*)(void *)
 * @arg: its argument
 * @group: the group that it is a member of; NULL for one that nobody waits for
 */
struct kdefer_job {
	kdefer_any_fn fn;
	void *arg;
	struct kdefer_group *group;
};

/**
 * struct kdefer_sleeper - a thread that waits for another one
 * @next: for the list that it is found in
 * @thread: the thread
 * @woken: it may go on; a 32-bit word, which user space sleeps on
 */
struct kdefer_sleeper {
	struct kdefer_sleeper *next;
	struct task_struct *thread;
	u32 woken;
};

/**
 * struct kdefer_walk - how far a look at the records of a frame has come, newest first
 * @chunk: the chunk it is in
 * @at: the last record that was looked at; one above the newest at first
 * @mark: where the records of the frame begin
 */
struct kdefer_walk {
	const struct kdefer_chunk *chunk;
	struct kdefer *at;
	const struct kdefer *mark;
};

static_assert(sizeof(struct kdefer_task) <= 256);
static_assert(sizeof(struct kdefer_task_storage) <= SZ_2K);
static_assert(sizeof(struct kdefer_frame) <= 24);

/* What owns the first record of a task, which is not for use, and the end of a root. */
#define KDEFER_NO_OWNER		(~0UL)

static inline struct kdefer_frame *kdefer_owner(const struct kdefer *d)
{
	return (struct kdefer_frame *)(d->owner & ~KDEFER_KINDS);
}

static inline unsigned long kdefer_kind(const struct kdefer *d)
{
	return d->owner & KDEFER_KINDS;
}

/* Of a frame that has deferred a call which takes a token. */
static inline struct kdefer_landing *kdefer_landing_of(struct kdefer_frame *frame)
{
	return container_of(frame, struct kdefer_landing, frame);
}

/* To be done when the function of @landing has made its deferred calls. */
static inline void kdefer_leave_for_later(struct kdefer_landing *landing, unsigned long what)
{
	landing->left |= (unsigned long)landing | what;
}

/* The newest frame of which something is pending, or NULL. */
static inline struct kdefer_frame *kdefer_open_frame(const struct kdefer_task *task)
{
	const struct kdefer *newest = task->top - 1;

	return newest->owner == KDEFER_NO_OWNER ? NULL : kdefer_owner(newest);
}

/* The function to name when somebody asks what is deferred: that of a guard is its destructor. */
static inline kdefer_any_fn kdefer_shown_fn(kdefer_any_fn fn, const void *arg)
{
	if (fn != kdefer_fn_cast(kdefer_any_fn, __kdefer_guard_run))
		return fn;
	return ((const struct kdefer_guarded *)arg)->destroy;
}

/*
 * For %pS: an address in the call that raised @v. After a call that does not return there may be
 * no more of the function. A fault, which has no line of source, names the instruction itself.
 */
static inline void *kdefer_raised_at(const struct kdefer_value *v)
{
	return (void *)(v->ip - (v->file ? 1 : 0));
}

/* defer.c */
void kdefer_init_records(struct kdefer_task_storage *storage);
void kdefer_free_records(struct kdefer_task_storage *storage);
bool kdefer_pop(struct kdefer_task *task, const struct kdefer *mark, struct kdefer *d);
void kdefer_walk_begin(struct kdefer_walk *w, const struct kdefer_frame *frame);
struct kdefer *kdefer_walk_next(struct kdefer_walk *w);
void kdefer_take_out(struct kdefer_frame *frame, const struct kdefer *d);
void kdefer_forget_called(struct kdefer_task *task);

/* way_out.c */
void kdefer_call_any(const struct kdefer *d, struct kdefer_panic *p, enum kdefer_why why);
struct kdefer *kdefer_mark_of_pair(const struct kdefer_task *task);

/* panic.c */
void kdefer_panic_init(struct kdefer_panic *p, const char *call);
void kdefer_check_record(const struct kdefer_panic *p);
void kdefer_raise(struct kdefer_panic *p);
void kdefer_raise_fault(const struct kdefer_fault *fault, unsigned long ip);

/* For who raises it to begin with: no function of the task is below the one that has called him. */
static __always_inline void kdefer_panic_begin(struct kdefer_panic *p, const char *call)
{
	kdefer_panic_init(p, call);
	p->task = kdefer_check_left(p->task, kdefer_arch_cfa());
}

/* recover.c */
struct kdefer_panic *kdefer_new_token(void);
void kdefer_repair_context(const struct kdefer_landing *landing);
void kdefer_recover_to(struct kdefer_panic *p, struct kdefer_frame *frame);

/* jump.c */
void kdefer_check_jump(const struct kdefer_task *task, const struct kdefer_regs *regs);
void kdefer_jump(struct kdefer_task *task, const struct kdefer_regs *regs,
		 const struct kdefer_return_hooks *hooks);

/* skipped.c */
void kdefer_forget_said(void);
void kdefer_found_wait(struct kdefer_skipping *s, struct wait_queue_entry *wait);
void kdefer_found_pending(struct kdefer_skipping *s, const void *object, const char *what,
			  bool ended);
void kdefer_look_at_skipped(const struct kdefer_panic *p, const struct kdefer_regs *to,
			    unsigned long place);

/* value.c */
int kdefer_value_format(const struct kdefer_value *v, char *buf, size_t size, bool call_print);
void kdefer_describe(const struct kdefer_panic *p, char *buf, size_t size);
void kdefer_value_put(struct kdefer_task *task, const struct kdefer_value *v);
void kdefer_value_keep(const struct kdefer_value *v);
void kdefer_value_disown(struct kdefer_value *v);
void kdefer_release_at_end(const struct kdefer_outcome *out, unsigned long thread_fn,
			   struct kdefer_task_storage *own);

/* guard.c */
struct kdefer *kdefer_oldest_guard(const struct kdefer_frame *frame);

/* history.c */
void kdefer_history_insert(struct kdefer_history *h, unsigned int at,
			   const struct kdefer_report *item, struct kdefer_value *dropped);
void kdefer_history_truncate(struct kdefer_task *task, unsigned int len);

/* run.c */
struct kdefer_outcome kdefer_outcome_of_errno(int err);
void kdefer_run_barrier(struct kdefer_barrier *b, struct kdefer_task_storage *own);
void kdefer_fill_outcome(const struct kdefer_barrier *b);
void kdefer_end(struct kdefer_panic *p);

/* go.c */
void kdefer_job_run(const struct kdefer_job *job, struct kdefer_barrier *b,
		    struct kdefer_outcome *out, struct kdefer_task_storage *own);
void kdefer_job_ended(const struct kdefer_job *job);
void kdefer_job_killed(const struct kdefer_job *job);

/* group.c */
bool kdefer_group_keep(struct kdefer_group *g, const struct kdefer_outcome *out);
void kdefer_group_end(struct kdefer_group *g);

/* printout.c */
bool kdefer_print_chain(const struct kdefer_task *task, bool call_print);
void kdefer_print_origin(const struct kdefer_value *v);
void kdefer_print_here(unsigned long from);
void kdefer_report_uncaught(const struct kdefer_panic *p);

#endif /* _KDEFER_CORE_IMPL_H */
