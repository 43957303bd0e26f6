/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the core needs from its host: the kernel (kmod/host/) or user space (userspace-shim/). The
 * core includes no other header of the host's.
 */
#ifndef _KDEFER_CORE_HOST_API_H
#define _KDEFER_CORE_HOST_API_H

#include <linux/atomic.h>
#include <linux/build_bug.h>
#include <linux/container_of.h>
#include <linux/err.h>
#include <linux/export.h>
#include <linux/hash.h>
#include <linux/kernel.h>
#include <linux/pid.h>
#include <linux/printk.h>
#include <linux/sched.h>
#include <linux/sched/task.h>
#include <linux/sizes.h>
#include <linux/string.h>
#include <kdefer/kdefer.h>

/* What becomes of a kthread whose panic nobody recovered. */
enum kdefer_uncaught_policy {
	KDEFER_UNCAUGHT_EXIT,
	KDEFER_UNCAUGHT_OOPS,
	KDEFER_UNCAUGHT_PANIC,
};

struct kdefer_task_storage;

/*
 * Makes a new task that of the current thread, which has none; fills in secret, history, owner, the
 * bounds of the stack and room for records. Its memory is @own, or allocated. NULL when there is
 * none. Does not sleep.
 */
struct kdefer_task *kdefer_host_attach(struct kdefer_task_storage *own);

/* Takes the task of the current thread away, and frees its memory unless that was the caller's. */
void kdefer_host_detach(struct kdefer_task *task);

/* Memory for a task, to be given to kdefer_host_attach(). May sleep. NULL when there is none. */
struct kdefer_task_storage *kdefer_host_alloc_storage(void);

/* Frees it. If a thread was killed its task is still in there. */
void kdefer_host_free_storage(struct kdefer_task_storage *storage);

/* KDEFER_CHUNK_SIZE bytes, all zero, for records. Does not sleep. NULL when there is no memory. */
void *kdefer_host_alloc_chunk(void);
void kdefer_host_free_chunk(void *chunk);

/*
 * A number that no caller got before, on any task, and not below KDEFER_FIRST_SERIAL. Neither
 * locks nor allocates.
 */
#define KDEFER_FIRST_SERIAL	16
u64 kdefer_host_serial(void);

/* The name of the context if kdefer cannot work in it ("hard IRQ"), else NULL. */
const char *kdefer_host_wrong_context(void);

/* The CPU that this runs on, for a report; where it can move to another, that of a moment ago. */
unsigned int kdefer_host_cpu(void);

/*
 * Puts right what differs from the snapshot. Returns the first thing that could not be, in words;
 * NULL if all is well. Sleeps only where that was allowed when the snapshot was taken. @ip is an
 * address in the function that a recovery returns to, or 0.
 */
const char *kdefer_host_repair_context(const struct kdefer_snapshot *snapshot, unsigned long ip);

struct kdefer_job;

/*
 * Runs the job, which is copied, on a thread of the pool that is as new. 0, or if there is none
 * -EAGAIN where it may not sleep, -ENOMEM where it may.
 */
int kdefer_host_go(const struct kdefer_job *job);

/* The group that the job of the current thread is a member of, or NULL. */
const struct kdefer_group *kdefer_host_group(void);

/* Whether the caller may sleep, as far as the kernel counts what forbids it. */
bool kdefer_host_may_sleep(void);

/*
 * Whether a thread has ended, including what kdefer says of its end; to wait until it has. Not what
 * kthread_stop() waits for, which comes earlier.
 */
bool kdefer_host_has_ended(const struct task_struct *t);
void kdefer_host_await_end(const struct task_struct *t);

struct kdefer_sleeper;

/*
 * kdefer_host_sleep() returns when the sleeper is woken, or after @timeout jiffies; @timeout
 * without what has passed of it, 0 if all has. A lock that the waker holds, and the sleeper takes
 * before it gives up its struct, keeps that alive for kdefer_host_wake().
 */
void kdefer_host_sleeper_init(struct kdefer_sleeper *s);
long kdefer_host_sleep(struct kdefer_sleeper *s, long timeout);
void kdefer_host_wake(struct kdefer_sleeper *s);

/* What is done about skipped functions that do not use kdefer. */
enum kdefer_strict {
	KDEFER_STRICT_OFF,
	KDEFER_STRICT_WARN,
	KDEFER_STRICT_THROW,
};

enum kdefer_strict kdefer_host_strict(void);

struct kdefer_skipping;
struct wait_queue_entry;

/*
 * Looks at the part of the stack that is given up. Calls kdefer_found_wait() for each entry of a
 * wait queue that is still in one. Returns whether there may be functions that do not use kdefer.
 */
bool kdefer_host_scan(struct kdefer_skipping *s);

/*
 * A number for what kdefer_host_walk() goes by: the addresses of code in that part, those of places
 * in it, and where each of them is, but for where the part lies. 0 if it goes by more than these.
 */
u64 kdefer_host_fingerprint(const struct kdefer_skipping *s);

/*
 * Calls @look(s, ip, frame) for each function of it, newest first: with a return address, and where
 * the function's frame begins. Says in @s->cleanup whether the compiler's tables have a release
 * pending there; not of the body of a KDEFER function, whose kdefer_guard() is run.
 */
void kdefer_host_walk(struct kdefer_skipping *s,
		      void (*look)(void *arg, unsigned long ip, unsigned long frame));

/* Whether an address is in code that uses kdefer. */
bool kdefer_host_is_users(unsigned long ip);

/* Whether the function holds nothing, or KDEFER_MAY_SKIP() said so for recoveries at @place. */
bool kdefer_host_may_skip(const char *name, unsigned long place);

/*
 * Whether the function is code of the kernel's between a function and its caller, with which a
 * program of a tracer waits for its return. Notes that it was skipped.
 */
bool kdefer_host_skips_trampoline(const char *name);

/* Takes an entry off its queue; false if that cannot be done. */
bool kdefer_host_remove_wait(struct wait_queue_entry *wait);

/*
 * The frames below @sp are about to be skipped: the host's sanitizers must forget them, and what
 * the host itself keeps in them must go.
 */
void kdefer_host_skip_stack(unsigned long sp);

/*
 * Makes tracers forget the functions entered since @then was saved, none of which will return.
 * False if they have also lost others. Untraced, and so is all that comes after it.
 */
bool kdefer_host_restore_return_hooks(const struct kdefer_return_hooks *then);

/* Saves the stack's return addresses, newest first; returns how many. Does not allocate. */
unsigned int kdefer_host_backtrace(unsigned long *entries, unsigned int size);

/* Brackets the lines of one report, so that two tasks do not mix theirs. */
void kdefer_host_report_begin(void);
void kdefer_host_report_end(void);

enum kdefer_uncaught_policy kdefer_host_uncaught_policy(void);

/* Ends the thread as an oops does; brings the machine down. Neither returns. */
void kdefer_host_oops(void);
void kdefer_host_panic(const char *why);

#endif /* _KDEFER_CORE_HOST_API_H */
