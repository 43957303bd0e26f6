/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Private declarations of the kernel host.
 */
#ifndef _KDEFER_HOST_HOST_H
#define _KDEFER_HOST_HOST_H

#include <linux/percpu.h>

#include "../arch/arch.h"
#include "../core/impl.h"

/* Events that are counted, all of them off the happy path. */
enum kdefer_stat {
	KDEFER_STAT_PANICS,
	KDEFER_STAT_FAULTS,
	KDEFER_STAT_RECOVERIES,
	KDEFER_STAT_TAKE_OVERS,
	KDEFER_STAT_ABORTED,
	KDEFER_STAT_UNCAUGHT,
	KDEFER_STAT_GOEXITS,
	KDEFER_STAT_THROWS,
	KDEFER_STAT_THREADS_STARTED,
	KDEFER_STAT_THREADS_ENDED,
	KDEFER_STAT_THREADS_KILLED,
	KDEFER_STAT_ROOTS,
	KDEFER_STAT_SKIPPED,
	KDEFER_STAT_CHUNKS,
	KDEFER_NR_STATS,
};

DECLARE_PER_CPU(u64[KDEFER_NR_STATS], kdefer_stats);

static inline void kdefer_count(enum kdefer_stat stat)
{
	this_cpu_inc(kdefer_stats[stat]);
}

struct kdefer_attachment;

/**
 * struct kdefer_cursor - how far a walk over all threads has come
 * @bucket: the bucket it is in
 * @serial: serial number of the last thread in that bucket; U64_MAX before the first one
 */
struct kdefer_cursor {
	unsigned int bucket;
	u64 serial;
};

#define KDEFER_CURSOR_INIT	{ .serial = U64_MAX }

/* @a is the task of thread @p, which goes on running meanwhile. Its struct does not go away. */
typedef void (*kdefer_look_fn)(struct kdefer_attachment *a, struct task_struct *p, void *arg);

/*
 * Calls @look, under a spinlock, for the next thread that has a task, or returns false. Each that
 * has one during the whole walk is met once.
 */
bool kdefer_look_at_next(struct kdefer_cursor *at, kdefer_look_fn look, void *arg);

void kdefer_debugfs_init(void);
void kdefer_debugfs_exit(void);

struct seq_file;
int kdefer_tasks_show(struct seq_file *m, void *v);
int kdefer_stats_show(struct seq_file *m, void *v);

struct pt_regs;
bool kdefer_fault_is_panic(struct pt_regs *regs, int preempt_added);
struct kdefer_task *kdefer_current_in_trap(void);
void kdefer_fault_entry(unsigned long kind, unsigned long address, unsigned long ip,
			unsigned long error_code);

/* users.c */
/* A part of memory, as kdefer_in_range() wants it. */
struct kdefer_range {
	unsigned long start;
	unsigned long size;
};

static inline bool kdefer_in_range(unsigned long address, const struct kdefer_range *r)
{
	return address - r->start < r->size;
}

extern struct kdefer_range kdefer_own_text;
bool kdefer_is_users(unsigned long ip, struct kdefer_range *range);
bool kdefer_users_have_tables(void);
const struct kdefer_pending *kdefer_find_pending(unsigned long ip);
int kdefer_watch_users(void);
void kdefer_unwatch_users(void);

/* library.c */
bool kdefer_is_library_name(const char *name);
bool kdefer_is_library(unsigned long ip);

/* pending.c */
/* Code with calls at which something is to be released, of line @line of @file if that is known. */
struct kdefer_pending {
	unsigned long start;
	unsigned long end;
	unsigned int line;
	const char *file;
};

/* Those of a module, in order. */
struct kdefer_pending_calls {
	unsigned int nr;
	struct kdefer_pending call[];
};

struct module;
struct kdefer_pending_calls *kdefer_read_pending(const struct module *mod);
const struct kdefer_pending *kdefer_search_pending(const struct kdefer_pending_calls *calls,
						   unsigned long ip);
void __kdefer_never_unwound(void);

/* return_hooks.c */
bool kdefer_has_return_hooks(void);

/* stack_objects.c */
/* Where an hrtimer has the word that begins with whether it is queued. */
#define KDEFER_HRTIMER_QUEUED	(offsetof(struct hrtimer, is_rel) - 1)
void kdefer_look_for_timer(struct kdefer_skipping *s, unsigned long at);
void kdefer_look_for_hrtimer(struct kdefer_skipping *s, unsigned long at);
void kdefer_look_for_work(struct kdefer_skipping *s, unsigned long at);

/* skipped.c */
void kdefer_say_trampolines(void);

/* waits.c */
struct list_head;
bool kdefer_is_linked(const struct list_head *node);
struct wait_queue_entry *kdefer_linked_wait(unsigned long word, unsigned long at);

void kdefer_skip_items(unsigned long sp);
void kdefer_say_what_is_not_counted(void);

#endif /* _KDEFER_HOST_HOST_H */
