// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the core needs, provided by user space: a task is a thread's.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>
#include <unwind.h>

#include "../kmod/core/impl.h"
#include "host.h"

#include <kshim-layout.h>
#include <kshim-sanitizer.h>
#include <linux/slab.h>

#ifdef KSHIM_ASAN
#include <sanitizer/asan_interface.h>
#endif

const char kshim_sanitizer;

void kshim_check_layout(unsigned long layout, const char *file)
{
	if (likely(layout == KSHIM_LAYOUT))
		return;
	pr_emerg("kdefer: %s was compiled with the headers of another libkdefer: compile it again\n",
		 file);
	abort();
}

__thread struct kdefer_task *kdefer_self __attribute__((tls_model("initial-exec")));

/*
 * What a thread keeps between its tasks. Their memory is allocated once, since root frames come and
 * go with every call of a KDEFER function.
 */
struct kdefer_thread_local {
	struct kdefer_task_storage *cached;
	unsigned long stack_lo;
	unsigned long stack_hi;
	u64 serial;
};

static __thread struct kdefer_thread_local kdefer_thread_local
	__attribute__((tls_model("initial-exec")));
static pthread_key_t kdefer_thread_key;
static unsigned long kdefer_secret;

static const struct kdefer_frame *kdefer_left_open(void)
{
	return kdefer_self ? kdefer_open_frame(kdefer_self) : NULL;
}

static void kdefer_forget_tasks(void)
{
	if (kdefer_self)
		kdefer_host_detach(kdefer_self);
	kdefer_pool_thread_exits();
}

/*
 * The thread is about to end by a call of @function, which does not return: nothing of what it has
 * deferred is going to run.
 */
void kdefer_host_exits(const char *function)
{
	const struct kdefer_frame *frame = kdefer_left_open();

	if (unlikely(frame))
		pr_warn("kdefer: thread %s[%d] has called %s() inside the KDEFER function %ps(): its deferred calls did not run; use kgoexit()\n",
			current->comm, task_pid_nr(current), function,
			(void *)frame->ip);
	kdefer_forget_tasks();
}

/* In place of the C library's; what calls that directly is seen when the thread has ended. */
void kshim_pthread_exit(void *result)
{
	kdefer_host_exits("pthread_exit");
	(pthread_exit)(result);
}

/* Whatever has ended the thread, its frames are gone by now, and are not looked at. */
static void kdefer_thread_exit(void *local)
{
	struct kdefer_thread_local *thread = local;

	if (unlikely(kdefer_left_open()))
		pr_warn("kdefer: a thread was ended inside a KDEFER function, by pthread_exit() or pthread_cancel(): its deferred calls did not run; use kgoexit()\n");
	kdefer_forget_tasks();
	free(thread->cached);
	thread->cached = NULL;
}

__attribute__((constructor))
static void kdefer_host_init(void)
{
	if (getrandom(&kdefer_secret, sizeof(kdefer_secret), 0) != sizeof(kdefer_secret))
		kdefer_secret = (unsigned long)&kdefer_self;
	if (pthread_key_create(&kdefer_thread_key, kdefer_thread_exit)) {
		pr_emerg("kdefer: no pthread key is left: raise PTHREAD_KEYS_MAX\n");
		abort();
	}
}

static void kdefer_find_stack(struct kdefer_thread_local *thread)
{
	pthread_attr_t attr;
	void *addr;
	size_t size;

	if (pthread_getattr_np(pthread_self(), &attr)) {
		pr_emerg("kdefer: cannot find out where the stack of this thread is\n");
		abort();
	}
	pthread_attr_getstack(&attr, &addr, &size);
	pthread_attr_destroy(&attr);
	thread->stack_lo = (unsigned long)addr;
	thread->stack_hi = (unsigned long)addr + size;
	pthread_setspecific(kdefer_thread_key, thread);
}

struct kdefer_task_storage *kdefer_host_alloc_storage(void)
{
	return calloc(1, sizeof(struct kdefer_task_storage));
}

/* A thread of a process is not killed alone: what its task had is gone. */
void kdefer_host_free_storage(struct kdefer_task_storage *storage)
{
	free(storage);
}

struct kdefer_task *kdefer_host_attach(struct kdefer_task_storage *own)
{
	struct kdefer_thread_local *thread = &kdefer_thread_local;
	struct kdefer_task_storage *storage = own;

	if (!thread->stack_hi)
		kdefer_find_stack(thread);
	if (!own && !thread->cached)
		thread->cached = kdefer_host_alloc_storage();
	if (!own)
		storage = thread->cached;
	if (!storage)
		return NULL;
	storage->own = own;
	storage->history.len = 0;
	storage->task = (struct kdefer_task){
		.secret = kdefer_secret,
		.stack_lo = thread->stack_lo,
		.stack_hi = thread->stack_hi,
		.deepest = thread->stack_hi,
		.history = &storage->history,
		.owner = current,
	};
	kdefer_init_records(storage);
	kdefer_self = &storage->task;
	return &storage->task;
}

void kdefer_host_detach(struct kdefer_task *task)
{
	struct kdefer_task_storage *storage = container_of(task, struct kdefer_task_storage, task);

	kdefer_self = NULL;
	task->owner = NULL;
	if (unlikely(storage->chunk.newer))
		kdefer_free_records(storage);
}

static bool kdefer_stack_has(const struct kdefer_task *task, unsigned long address)
{
	return address >= task->stack_lo && address < task->stack_hi;
}

/*
 * Something pending is owned by a frame below @end, where there is no function: by one that is
 * gone, unless one of the two is on another stack, such as a signal's or a coroutine's.
 */
struct kdefer_task *__kdefer_forget_left(struct kdefer_task *task, const void *end)
{
	unsigned long here = (unsigned long)end;
	unsigned int lost = 0;
	struct kdefer d __uninitialized;

	while (kdefer_stack_has(task, here) && task->top[-1].owner < here &&
	       kdefer_stack_has(task, task->top[-1].owner)) {
		kdefer_pop(task, NULL, &d);
		lost += kdefer_kind(&d) != KDEFER_ON_WAY_OUT;
	}
	if (lost)
		pr_warn("kdefer: thread %s[%d]: a KDEFER function was left by longjmp() or by an exception: %u deferred calls did not run; leave it by return or by a panic\n",
			current->comm, task_pid_nr(current), lost);
	return task;
}

void *kdefer_host_alloc_chunk(void)
{
	return kzalloc(KDEFER_CHUNK_SIZE, GFP_ATOMIC);
}

void kdefer_host_free_chunk(void *chunk)
{
	kfree(chunk);
}

/* Each thread takes blocks of serial numbers, so that threads share nothing while they panic. */
#define KDEFER_SERIAL_BLOCK	BIT_ULL(32)

u64 kdefer_host_serial(void)
{
	static u64 next_block = KDEFER_SERIAL_BLOCK;
	struct kdefer_thread_local *thread = &kdefer_thread_local;

	if (unlikely(thread->serial % KDEFER_SERIAL_BLOCK == 0))
		thread->serial = __atomic_fetch_add(&next_block, KDEFER_SERIAL_BLOCK,
						    __ATOMIC_RELAXED);
	return ++thread->serial;
}

const char *kdefer_host_wrong_context(void)
{
	return in_task() ? NULL : "interrupt";
}

unsigned int kdefer_host_cpu(void)
{
	return sched_getcpu();
}

/* As kmod/host/snapshot.c says it. */
static void kdefer_warn_left(const char *words, unsigned long ip)
{
	pr_warn("kdefer: thread %s[%d]: a skipped function has left %s: put right; defer the release right after the acquire\n",
		current->comm, task_pid_nr(current), words);
	if (ip)
		pr_warn("kdefer: the recovery returns to %pB\n", (void *)ip);
}

static void kdefer_unlock_rcu(const struct kdefer_snapshot *then, unsigned long ip)
{
	if (rcu_preempt_depth() <= then->rcu)
		return;
	while (rcu_preempt_depth() > then->rcu)
		rcu_read_unlock();
	kdefer_warn_left("an RCU read-side section open", ip);
}

const char *kdefer_host_repair_context(const struct kdefer_snapshot *then, unsigned long ip)
{
	const char *leak = NULL;
	struct kdefer_snapshot now;

	kdefer_snapshot_take(&now);
	if (likely(!memcmp(&now, then, sizeof(now))))
		return NULL;
	kdefer_unlock_rcu(then, ip);
	kdefer_snapshot_take(&now);
	if (now.lockdep_depth > then->lockdep_depth)
		kshim_show_locks(then->lockdep_depth);
#define KDEFER_ITEM(name, field, part, end, taken, given, by, on, effect, ...)		\
	if (!leak && (now.field part) != (then->field part)) {				\
		leak = (now.field part) > (then->field part) ? (taken) : (given);	\
	}
#include <kdefer/snapshot_items.h>
	return leak;
}

void kdefer_host_skip_stack(unsigned long sp)
{
#ifdef KSHIM_ASAN
	__asan_handle_no_return();
#endif
	(void)sp;
}

/* Tracers of user space patch nothing that a jump would have to repair. */
bool kdefer_host_restore_return_hooks(const struct kdefer_return_hooks *then)
{
	return true;
}

struct kdefer_backtrace {
	unsigned long *entries;
	unsigned int size;
	unsigned int nr;
};

static _Unwind_Reason_Code kdefer_backtrace_step(struct _Unwind_Context *ctx, void *arg)
{
	struct kdefer_backtrace *walk = arg;

	if (walk->nr == walk->size)
		return _URC_END_OF_STACK;
	walk->entries[walk->nr++] = _Unwind_GetIP(ctx);
	return _URC_NO_REASON;
}

unsigned int kdefer_host_backtrace(unsigned long *entries, unsigned int size)
{
	struct kdefer_backtrace walk = { .entries = entries, .size = size };

	_Unwind_Backtrace(kdefer_backtrace_step, &walk);
	return walk.nr;
}

static pthread_mutex_t kdefer_report_lock = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;

void kdefer_host_report_begin(void)
{
	pthread_mutex_lock(&kdefer_report_lock);
}

void kdefer_host_report_end(void)
{
	pthread_mutex_unlock(&kdefer_report_lock);
}

/* For a print function that waits for what the end of the process has ended. */
#define KDEFER_EXIT_PATIENCE	10

/* What a thread has begun to print is printed before the process ends (rule P22). */
__attribute__((destructor))
static void kdefer_host_exit(void)
{
	const struct kdefer_frame *frame = kdefer_left_open();
	struct timespec end;

	if (frame)
		pr_warn("kdefer: thread %s[%d] has called exit() inside the KDEFER function %ps(): its deferred calls did not run; kgoexit() runs them\n",
			current->comm, task_pid_nr(current), (void *)frame->ip);
	clock_gettime(CLOCK_REALTIME, &end);
	end.tv_sec += KDEFER_EXIT_PATIENCE;
	if (!pthread_mutex_timedlock(&kdefer_report_lock, &end))
		pthread_mutex_unlock(&kdefer_report_lock);
}

/* The kernel's module parameter as an environment variable: KDEFER_UNCAUGHT=exit, oops, panic. */
enum kdefer_uncaught_policy kdefer_host_uncaught_policy(void)
{
	static const char * const policies[] = {
		[KDEFER_UNCAUGHT_EXIT] = "exit",
		[KDEFER_UNCAUGHT_OOPS] = "oops",
		[KDEFER_UNCAUGHT_PANIC] = "panic",
	};
	const char *policy = getenv("KDEFER_UNCAUGHT");
	unsigned int i;

	if (!policy || !*policy)
		return KDEFER_UNCAUGHT_EXIT;
	for (i = 0; i < ARRAY_SIZE(policies); i++)
		if (!strcmp(policy, policies[i]))
			return i;
	pr_err("kdefer: KDEFER_UNCAUGHT=%s: use exit, oops or panic\n", policy);
	return KDEFER_UNCAUGHT_EXIT;
}

/* A process has no way to go on without one of its threads: both end it. */
void kdefer_host_oops(void)
{
	abort();
}

void kdefer_host_panic(const char *why)
{
	pr_emerg("%s\n", why);
	abort();
}

bool __kdefer_set_panic_on_fault(bool on, struct module *owner)
{
	bool old = kdefer_self && kdefer_self->panic_on_fault;

	if (kdefer_self) {
		kdefer_self->panic_on_fault = on;
		kdefer_self->fault_owner = owner;
	}
	return old;
}
