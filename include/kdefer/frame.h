/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The happy path: frames, defer records and the way out of a KDEFER function.
 *
 * Everything here is inlined into KDEFER functions. Nothing here is for users to call; what is
 * named __kdefer_* is exported for these inlines only.
 */
#ifndef _KDEFER_FRAME_H
#define _KDEFER_FRAME_H

#include <linux/compiler.h>
#include <linux/container_of.h>
#include <linux/types.h>
#include <kdefer/arch.h>
#include <kdefer/compat.h>
#include <kdefer/snapshot.h>
#include <kdefer/events.h>
#include <kdefer/return_hooks.h>
#include <kdefer/value.h>

struct kdefer_panic;
struct kdefer_barrier;
struct kdefer_history;
struct kdefer_chunk;
struct module;
struct task_struct;

typedef void (*kdefer_fn)(void *arg);
typedef void (*kdefer_token_fn)(void *arg, struct kdefer_panic *p);
typedef void (*kdefer_why_fn)(void *arg, enum kdefer_why why);

/* Either of them. A call goes through the type that the function has: kCFI checks it. */
typedef void (*kdefer_any_fn)(void);

/* For functions such as kfree(). */
typedef void (*kdefer_const_fn)(const void *arg);

/*
 * Whether the type that a function is called with is checked: by kCFI, which user space can have,
 * too, or by what clang's sanitizer for undefined behaviour has since version 17.
 */
#ifdef __has_feature
#if __has_feature(kcfi) || __has_feature(undefined_behavior_sanitizer)
#define KDEFER_CHECKS_TYPES	true
#endif
#endif
#ifndef KDEFER_CHECKS_TYPES
#define KDEFER_CHECKS_TYPES	false
#endif

/*
 * In &kdefer.owner, what the function is called with besides its argument. KDEFER_TOKEN: the panic
 * that runs it, so the frame can be returned to. KDEFER_WHY: why it is run. KDEFER_CONST: it is a
 * kdefer_const_fn. A record of the last two kinds, or one that is for failures only, is no business
 * of a function that just returns: above it lies one of the kind KDEFER_ON_WAY_OUT, which does what
 * is to be done then, and which a panic leaves out.
 */
#define KDEFER_TOKEN		1UL
#define KDEFER_WHY		2UL
#define KDEFER_CONST		4UL
#define KDEFER_ON_WAY_OUT	6UL
#define KDEFER_KINDS		7UL

/* By way of a number: clang warns of a cast from one type of functions to another. */
#define kdefer_fn_cast(type, fn)	((type)(unsigned long)(fn))

/**
 * struct kdefer - a deferred call that is pending
 * @fn: the function, a kdefer_fn unless @owner says otherwise
 * @arg: its argument
 * @owner: the frame that deferred it, and what kind of function @fn is
 *
 * All those of a task are one stack, in chunks that never move: the address of the first free
 * record says how much is pending. Whoever enters a function or a kdefer_run() keeps that address,
 * and what is above it later is his.
 */
struct kdefer {
	kdefer_any_fn fn;
	void *arg;
	unsigned long owner;
};

/**
 * struct kdefer_frame - one activation of a KDEFER function
 * @task: the task that runs it
 * @mark: where its records begin
 * @ip: an address in the function, for those who look on
 */
struct kdefer_frame {
	struct kdefer_task *task;
	struct kdefer *mark;
	unsigned long ip;
};

/* In &kdefer_landing.left. */
#define KDEFER_RECOVERED	BIT(0)
#define KDEFER_ENDS_TASK	BIT(1)

/**
 * struct kdefer_landing - the frame of a function that a recovery can return to
 * @frame: what every KDEFER function has
 * @left: what is left to do when the deferred calls have been made, with the address of this
 *	landing: KDEFER_RECOVERED if a recovery has returned, so that what is there is to be
 *	compared with @snapshot; KDEFER_ENDS_TASK if the function is the root of its task; else 0
 * @snapshot: what a recovery must find unchanged
 * @hooks: what tracers had to return to
 * @regs: where the function continues
 *
 * The function itself stores up to @hooks, by instructions that are short near the stack pointer.
 */
struct kdefer_landing {
	struct kdefer_frame frame;
	unsigned long left;
	struct kdefer_snapshot snapshot;
	struct kdefer_return_hooks hooks;
	struct kdefer_regs regs;
};

/**
 * struct kdefer_task - the per-task state, Go's g
 * @top: the first free record
 * @end: the first record of the newest chunk that is not for use; see __kdefer_push_more()
 * @floor: where the records of the innermost kdefer_run() begin, or all
 * @panic: the newest panic or goexit in progress
 * @secret: mangles the saved contexts
 * @stack_lo: lowest address of the task's stack
 * @stack_hi: first address above the task's stack
 * @chunk: the newest chunk in use
 * @barrier: the kdefer_run() that this task ends at; NULL for a root frame on a foreign task
 * @history: aborted panics, for the printout
 * @owner: the thread whose task this is; NULL when it is nobody's
 * @root_ip: an address in the KDEFER function that the task began with; 0 if it was kdefer_run()
 * @deepest: the lowest stack pointer that a panic was raised at, @stack_hi before the first one
 * @fault_owner: module whose faults become panics, or NULL
 * @fault: the fault that becomes a panic when the kernel gives up the thread
 * @fault_fp: the frame pointer where it happened
 * @panic_on_fault: faults become panics
 * @fault_pending: there is such a fault
 * @killed: an oops ends the thread
 */
struct kdefer_task {
	struct kdefer *top;
	struct kdefer *end;
	struct kdefer *floor;
	struct kdefer_panic *panic;
	unsigned long secret;
	unsigned long stack_lo;
	unsigned long stack_hi;
	struct kdefer_chunk *chunk;
	struct kdefer_barrier *barrier;
	struct kdefer_history *history;
	const struct task_struct *owner;
	unsigned long root_ip;
	unsigned long deepest;
	struct module *fault_owner;
	struct kdefer_fault fault;
	unsigned long fault_fp;
	bool panic_on_fault;
	bool fault_pending;
	bool killed;
};

#ifdef __KERNEL__
#include <linux/percpu.h>
#include <linux/preempt.h>
#include <linux/sched.h>

/*
 * The task that was found last on a CPU: a guess, right until another thread that has a task runs
 * there. What it points to can be read at any time, whoever's it is by now.
 */
DECLARE_PER_CPU(struct kdefer_task *, __kdefer_last_task);

struct kdefer_task *__kdefer_find_task(void);

#define kdefer_guess_task()		raw_cpu_read(__kdefer_last_task)
/*
 * An interrupt must not take the task of the thread that it came upon for its own. The race is with
 * threads that begin or end on other CPUs, and none of them stores the current one's address.
 */
#define kdefer_is_own(task)		(data_race((task)->owner) == current)
#define kdefer_in_task(preempt)		(!((preempt) & (NMI_MASK | HARDIRQ_MASK | SOFTIRQ_OFFSET)))
#else
extern __thread struct kdefer_task *kdefer_self __attribute__((tls_model("initial-exec")));

#define __kdefer_find_task()		((struct kdefer_task *)NULL)
#define kdefer_guess_task()		kdefer_self
#define kdefer_is_own(task)		((task) != NULL)
#define kdefer_in_task(preempt)		true
#endif

#define kdefer_is_current(task)		(kdefer_is_own(task) && kdefer_in_task(preempt_count()))

/* The task of the current thread; NULL if there is none, and in interrupt context. */
static __always_inline struct kdefer_task *kdefer_current(void)
{
	struct kdefer_task *task = kdefer_guess_task();

	return likely(kdefer_is_current(task)) ? task : __kdefer_find_task();
}

void __kdefer_push_more(struct kdefer_frame *frame, kdefer_any_fn fn, void *arg,
			unsigned long kind);
void __kdefer_push_pair(struct kdefer_frame *frame, kdefer_any_fn fn, void *arg,
			unsigned long kind, kdefer_fn way_out, void *way_out_arg);
void __kdefer_always(void *unused);
void __kdefer_nil(void *arg);
struct kdefer_task *__kdefer_enter_slow(struct kdefer_frame *frame);
struct kdefer_task *__kdefer_enter_landing_slow(struct kdefer_landing *landing);
void __kdefer_leave_slow(struct kdefer_task *task, const struct kdefer *mark);
void __kdefer_leave_landing_slow(unsigned long left);

/*
 * @task is that of @frame; the compiler would load it again and again, since a record might be it.
 */
static __always_inline void __kdefer_push(struct kdefer_frame *frame, struct kdefer_task *task,
					  kdefer_any_fn fn, void *arg, unsigned long kind)
{
	struct kdefer *d = task->top;

	if (kind != KDEFER_ON_WAY_OUT)
		kdefer_emit_defer(frame, fn, arg);
	if (unlikely(d == task->end)) {
		__kdefer_push_more(frame, fn, arg, kind);
		return;
	}
	d->fn = fn;
	d->arg = arg;
	/* A sum, which the compiler has one instruction for. */
	d->owner = (unsigned long)frame + kind;
	task->top = d + 1;
}

/*
 * A NULL function is accepted here and panics when it is run (rules D8, D10). The test costs
 * nothing where the function is known.
 */
static __always_inline void kdefer_push(struct kdefer_frame *frame, struct kdefer_task *task,
					__maybe_unused bool *may_recover, kdefer_fn fn,
					void *arg)
{
	__kdefer_push(frame, task, kdefer_fn_cast(kdefer_any_fn, fn ?: __kdefer_nil), arg, 0);
}

/* See kdefer_may_recover() for what becomes of @may_recover. */
static __always_inline void kdefer_expect_recovery(bool *may_recover)
{
	asm volatile("" : "+m" (*may_recover));
}

static __always_inline void kdefer_expect_nothing(__maybe_unused bool *may_recover)
{
}

static __always_inline void kdefer_push_token(struct kdefer_frame *frame, struct kdefer_task *task,
					      bool *may_recover, kdefer_token_fn fn, void *arg)
{
	if (!fn) {
		kdefer_push(frame, task, may_recover, NULL, arg);
		return;
	}
	kdefer_expect_recovery(may_recover);
	__kdefer_push(frame, task, kdefer_fn_cast(kdefer_any_fn, fn), arg, KDEFER_TOKEN);
}

/* Where the type that a function is called with is checked, a kdefer_const_fn needs its own. */
static __always_inline void kdefer_push_const(struct kdefer_frame *frame, struct kdefer_task *task,
					      bool *may_recover, kdefer_const_fn fn,
					      const void *arg)
{
	if (KDEFER_CHECKS_TYPES && fn)
		__kdefer_push_pair(frame, kdefer_fn_cast(kdefer_any_fn, fn), (void *)arg,
				   KDEFER_CONST, __kdefer_always, NULL);
	else
		kdefer_push(frame, task, may_recover, kdefer_fn_cast(kdefer_fn, fn), (void *)arg);
}

static __always_inline void kdefer_push_why(struct kdefer_frame *frame, struct kdefer_task *task,
					    bool *may_recover, kdefer_why_fn fn, void *arg)
{
	if (fn)
		__kdefer_push_pair(frame, kdefer_fn_cast(kdefer_any_fn, fn), arg, KDEFER_WHY,
				   __kdefer_always, NULL);
	else
		kdefer_push(frame, task, may_recover, NULL, arg);
}

static __always_inline void kdefer_push_on_failure(struct kdefer_frame *frame, kdefer_any_fn fn,
						   void *arg, unsigned long kind,
						   kdefer_fn way_out, void *result)
{
	if (!fn) {
		fn = kdefer_fn_cast(kdefer_any_fn, __kdefer_nil);
		kind = 0;
	}
	__kdefer_push_pair(frame, fn, arg, kind, way_out, result);
}

/* For kdefer(NULL, arg). */
static __always_inline void kdefer_push_nil(struct kdefer_frame *frame, struct kdefer_task *task,
					    bool *may_recover, const void *fn, void *arg)
{
	kdefer_push(frame, task, may_recover, kdefer_fn_cast(kdefer_fn, fn), arg);
}

/*
 * A function that takes one argument does not look at a second one, which is in a register. Only
 * where the type is checked has it to be told from one that takes two.
 */
static __always_inline void kdefer_call(const struct kdefer *d, struct kdefer_panic *p)
{
	if (!KDEFER_CHECKS_TYPES || d->owner & KDEFER_TOKEN)
		kdefer_fn_cast(kdefer_token_fn, d->fn)(d->arg, p);
	else
		kdefer_fn_cast(kdefer_fn, d->fn)(d->arg);
}

/* An address in the function that this stands in; not for one that is inlined, says clang. */
#define kdefer_here()	({ __label__ __here; __here: (unsigned long)&&__here; })

#ifdef __KERNEL__
#define kdefer_check_left(task, end)	(task)
#else
struct kdefer_task *__kdefer_forget_left(struct kdefer_task *task, const void *end);

/*
 * A function that was left by longjmp() or by a C++ exception has left its records. The stack grows
 * downwards: below @end there is no function any more, and what is pending is owned from above.
 */
static __always_inline struct kdefer_task *kdefer_check_left(struct kdefer_task *task,
							     const void *end)
{
	if (unlikely(task->top[-1].owner < (unsigned long)end))
		return __kdefer_forget_left(task, end);
	return task;
}
#endif

/*
 * The end of what is pending, for the function of @frame, which returns. It would call what others
 * have left above its own records. To look for that would cost each call something, and so is done
 * only where nobody counts instructions.
 */
#if !defined(__OPTIMIZE__) || defined(KDEFER_DEBUG)
#define kdefer_own_top(task, frame)	(kdefer_check_left(task, frame)->top)
#else
#define kdefer_own_top(task, frame)	((task)->top)
#endif

/*
 * The stores are to be there whatever the compiler makes of the body: a tracer that it does not
 * know of reads the frame. Nor are two of them to be merged into one of 16 bytes: what loads one of
 * them back might wait until all of that has reached the cache.
 */
static __always_inline struct kdefer_task *kdefer_enter(struct kdefer_frame *frame)
{
	struct kdefer_task *task = kdefer_guess_task();

	if (unlikely(!kdefer_is_current(task)))
		return __kdefer_enter_slow(frame);
	task = kdefer_check_left(task, frame + 1);
	WRITE_ONCE(frame->task, task);
	WRITE_ONCE(frame->mark, task->top);
	return task;
}

static __always_inline struct kdefer_task *
kdefer_enter_landing(struct kdefer_landing *landing)
{
	struct kdefer_task *task = kdefer_guess_task();

	kdefer_snapshot_take(&landing->snapshot);
	kdefer_return_hooks_save(&landing->hooks);
	/* What has been read is not read once more. */
	if (likely(kdefer_is_own(task) && kdefer_in_task(landing->snapshot.preempt))) {
		task = kdefer_check_left(task, &landing->frame + 1);
		WRITE_ONCE(landing->frame.mark, task->top);
	} else {
		task = __kdefer_enter_landing_slow(landing);
	}
	WRITE_ONCE(landing->frame.task, task);
	return task;
}

/*
 * The way out. A record is taken off before it is called, so that it runs once even if it panics
 * (rule D12). Whatever is called leaves the stack of records as it was. The task may end with the
 * oldest call, see __kdefer_enter_slow(), so nothing is looked at behind it.
 */
static __always_inline void kdefer_leave(struct kdefer_frame *frame, struct kdefer_task *task)
{
	struct kdefer *d;

	if (kdefer_event_on(run)) {
		__kdefer_leave_slow(task, frame->mark);
		return;
	}
	for (d = kdefer_own_top(task, frame); d != frame->mark; d = kdefer_own_top(task, frame)) {
		task->top = --d;
		if (likely(d == frame->mark)) {
			kdefer_fn_cast(kdefer_fn, d->fn)(d->arg);
			return;
		}
		kdefer_fn_cast(kdefer_fn, d->fn)(d->arg);
	}
}

/*
 * The task is loaded again for each call: a function that keeps nothing in a register across one
 * has no register to save for its caller.
 */
static __always_inline void kdefer_leave_landing(struct kdefer_landing *landing)
{
	struct kdefer_task *task;
	unsigned long left;
	struct kdefer *d;

	if (kdefer_event_on(run))
		__kdefer_leave_slow(landing->frame.task, landing->frame.mark);
	for (;;) {
		task = READ_ONCE(landing->frame.task);
		d = kdefer_own_top(task, landing);
		if (d == landing->frame.mark)
			break;
		task->top = --d;
		if (likely(d == landing->frame.mark)) {
			kdefer_call(d, NULL);
			break;
		}
		kdefer_call(d, NULL);
	}
	/* It has the address of the landing, which no register has to hold up to here. */
	left = landing->left;
	if (unlikely(left))
		__kdefer_leave_landing_slow(left);
}

/*
 * Whether a function defers one that may recover, and so can be returned to: @flag is a static
 * variable which nothing refers to but the asm of kdefer_expect_recovery(). If that is nowhere in
 * the body, the compiler knows that nobody ever writes the variable, and takes its value for a
 * constant. A compiler that does not find out, as without optimisation, is right as well, and
 * slower.
 */
#define kdefer_may_recover(flag)	(!__builtin_constant_p(flag))

/* Nothing is left to do so far for the landing, whose function is at @ip. */
static __always_inline void kdefer_begin_landing(struct kdefer_landing *landing, unsigned long ip)
{
#ifdef kdefer_arch_store_pair
	static_assert(offsetof(struct kdefer_landing, left) ==
		      offsetof(struct kdefer_landing, frame.ip) + sizeof(long));

	kdefer_arch_store_pair(&landing->frame.ip, ip, 0);
#else
	landing->frame.ip = ip;
	landing->left = 0;
#endif
}

/*
 * Calls @thunk, of the KDEFER function @function, such that a recovery can return. A macro since
 * kdefer_arch_call() needs the name of the thunk.
 */
#define kdefer_activate_landing(landing, function, thunk)				\
do {											\
	struct kdefer_landing *__landing = (landing);					\
	struct kdefer_task *__task;							\
											\
	/* Behind its beginning, which looks like a call in the function before. */	\
	kdefer_begin_landing(__landing, (unsigned long)(function) + 1);			\
	__task = kdefer_enter_landing(__landing);					\
	kdefer_arch_call(&__landing->regs, __task->secret, thunk, NULL);		\
	kdefer_leave_landing(__landing);						\
} while (0)

#endif /* _KDEFER_FRAME_H */
