/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The happy path: frames, defer records and the way out of a KDEFER function.
 *
 * Everything here is inlined into KDEFER functions. Nothing here is for users to call; what is
 * named __kdefer_* is exported for these inlines only.
 */
#ifndef _KDEFER_FRAME_H
#define _KDEFER_FRAME_H

#include <linux/bits.h>
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

typedef void (*kdefer_fn)(void *arg);
typedef void (*kdefer_token_fn)(void *arg, struct kdefer_panic *p);

/* Either of them. A call goes through the type that the function has: kCFI checks it. */
typedef void (*kdefer_any_fn)(void);

/* Records that a frame holds itself; further ones are linked, see struct kdefer. */
#define KDEFER_SLOTS	4

/*
 * In &kdefer_frame.flags: slot n takes the panic that runs it; a recovery has returned to the
 * frame, which is to be compared with its snapshot when its deferred calls have run. Each guard of
 * a block that is pending adds KDEFER_GUARD.
 */
#define KDEFER_TOKEN(n)		BIT(n)
#define KDEFER_CHECK		BIT(KDEFER_SLOTS)
#define KDEFER_GUARD		BIT(8)

/**
 * struct kdefer - a deferred call that found no room in its frame
 * @link: the next older one of the frame, or the next free one
 * @fn: the function, a kdefer_token_fn if @token, else a kdefer_fn
 * @arg: its argument
 * @token: @fn takes the panic that runs it
 */
struct kdefer {
	struct kdefer *link;
	kdefer_any_fn fn;
	void *arg;
	bool token;
};

/**
 * struct kdefer_frame - one activation of a KDEFER function
 * @regs: where recovery continues
 * @link: the next older frame of the task
 * @task: the task that runs the frame
 * @nr: pending records in @slot, or KDEFER_SLOTS + 1 when there are more in @more
 * @flags: what a return that has only slots to run need not know of: KDEFER_TOKEN() and others
 * @more: records newer than all of @slot, newest first; valid only when @nr says so
 * @snapshot: what recovery must find unchanged
 * @hooks: what tracers had to return to
 * @slot: the first records, oldest first
 */
struct kdefer_frame {
	struct kdefer_regs regs;
	struct kdefer_frame *link;
	struct kdefer_task *task;
	u32 nr;
	u32 flags;
	struct kdefer *more;
	struct kdefer_snapshot snapshot;
	struct kdefer_return_hooks hooks;
	struct {
		kdefer_any_fn fn;
		void *arg;
	} slot[KDEFER_SLOTS];
};

/**
 * struct kdefer_task - the per-task state, Go's g
 * @frames: the newest frame
 * @panic: the newest panic or goexit in progress
 * @secret: mangles the saved contexts
 * @stack_lo: lowest address of the task's stack
 * @stack_hi: first address above the task's stack
 * @free: linked records ready for use
 * @chunks: the memory that linked records live in
 * @barrier: the kdefer_run() that this task ends at; NULL for a root frame on a foreign task
 * @history: aborted panics, for the printout
 * @parent: the state that this one hides until it ends
 * @root_ip: an address in the function that its oldest frame is of; 0 if the frame's context tells
 * @deepest: the lowest stack pointer that a panic was raised at, @stack_hi before the first one
 * @fault_owner: module whose faults become panics, or NULL
 * @panic_on_fault: faults become panics
 */
struct kdefer_task {
	struct kdefer_frame *frames;
	struct kdefer_panic *panic;
	unsigned long secret;
	unsigned long stack_lo;
	unsigned long stack_hi;
	struct kdefer *free;
	struct kdefer_chunk *chunks;
	struct kdefer_barrier *barrier;
	struct kdefer_history *history;
	struct kdefer_task *parent;
	unsigned long root_ip;
	unsigned long deepest;
	struct module *fault_owner;
	struct kdefer_fault fault;
	bool panic_on_fault;
	bool fault_pending;
};

#ifdef __KERNEL__
struct kdefer_task *kdefer_current(void);
#else
extern __thread struct kdefer_task *kdefer_self __attribute__((tls_model("initial-exec")));
#define kdefer_current()	kdefer_self
#endif

void __kdefer_push_more(struct kdefer_frame *frame, kdefer_any_fn fn, void *arg, bool token);
struct kdefer __kdefer_next_more(struct kdefer_frame *frame);
void __kdefer_nil(void *arg);
void __kdefer_leave_slow(struct kdefer_frame *frame);
void __kdefer_root(struct kdefer_frame *frame, void (*thunk)(struct kdefer_regs *, void *),
		   void *args);

static __always_inline void __kdefer_push(struct kdefer_frame *frame, kdefer_any_fn fn, void *arg,
					  const bool token)
{
	unsigned int n = frame->nr;

	kdefer_emit_defer(frame, fn, arg);
	if (unlikely(n >= KDEFER_SLOTS)) {
		__kdefer_push_more(frame, fn, arg, token);
		return;
	}
	frame->slot[n].fn = fn;
	frame->slot[n].arg = arg;
	if (token)
		frame->flags |= KDEFER_TOKEN(n);
	frame->nr = n + 1;
}

/*
 * A NULL function is accepted here and panics when it is run (rules D8, D10). The test costs
 * nothing where the function is known.
 */
static __always_inline void kdefer_push(struct kdefer_frame *frame, kdefer_fn fn, void *arg)
{
	__kdefer_push(frame, (kdefer_any_fn)(fn ?: __kdefer_nil), arg, false);
}

static __always_inline void kdefer_push_token(struct kdefer_frame *frame, kdefer_token_fn fn,
					      void *arg)
{
	if (fn)
		__kdefer_push(frame, (kdefer_any_fn)fn, arg, true);
	else
		__kdefer_push(frame, (kdefer_any_fn)__kdefer_nil, arg, false);
}

/*
 * For functions such as kfree(). A kernel with kCFI looks at the type that a function is called
 * with: there they need a function of one's own, by DEFINE_KDEFER().
 */
#if defined(CONFIG_CFI_CLANG) || defined(CONFIG_CFI)
#define KDEFER_TAKES_CONST_FN	0
#else
#define KDEFER_TAKES_CONST_FN	1
#endif

static __always_inline void kdefer_push_const(struct kdefer_frame *frame,
					      void (*fn)(const void *arg), void *arg)
{
	kdefer_push(frame, (kdefer_fn)(kdefer_any_fn)fn, arg);
}

/* For kdefer(NULL, arg). */
static __always_inline void kdefer_push_nil(struct kdefer_frame *frame, const void *fn, void *arg)
{
	kdefer_push(frame, (kdefer_fn)(unsigned long)fn, arg);
}

static __always_inline bool kdefer_next_slot(struct kdefer_frame *frame, struct kdefer *d)
{
	unsigned int n = frame->nr;

	if (!n)
		return false;
	frame->nr = --n;
	d->fn = frame->slot[n].fn;
	d->arg = frame->slot[n].arg;
	d->token = frame->flags & KDEFER_TOKEN(n);
	return true;
}

/*
 * The one iterator: return, panic and goexit all take the frame's records from here. The record is
 * unlinked before it is called, so that it runs once even if it panics (rule D12).
 */
static __always_inline bool kdefer_next(struct kdefer_frame *frame, struct kdefer *d)
{
	if (likely(frame->nr <= KDEFER_SLOTS))
		return kdefer_next_slot(frame, d);
	*d = __kdefer_next_more(frame);
	return true;
}

static __always_inline void kdefer_call(const struct kdefer *d, struct kdefer_panic *p)
{
	if (d->token)
		((kdefer_token_fn)d->fn)(d->arg, p);
	else
		((kdefer_fn)d->fn)(d->arg);
}

/*
 * The thunk's first step, where the body is inlined: so the compiler knows the count, and the
 * body's first deferred calls are stores to known slots.
 */
static __always_inline struct kdefer_frame *kdefer_begin(struct kdefer_regs *regs)
{
	struct kdefer_frame *frame = container_of(regs, struct kdefer_frame, regs);

	frame->nr = 0;
	frame->flags = 0;
	return frame;
}

static __always_inline void kdefer_enter(struct kdefer_frame *frame, struct kdefer_task *task)
{
	/*
	 * Not to be merged with the next store into one of 16 bytes: the way out loads link alone,
	 * and would have to wait until all of that had reached the cache.
	 */
	WRITE_ONCE(frame->link, task->frames);
	frame->task = task;
	kdefer_snapshot_take(&frame->snapshot);
	kdefer_return_hooks_save(&frame->hooks);
	task->frames = frame;
}

/*
 * Frames with linked records or with flags, as for functions that take a token, go the slow way,
 * out of line, and so do all when they are traced: what is left is a loop over slots of one type.
 */
static __always_inline void kdefer_leave(struct kdefer_frame *frame)
{
	struct kdefer d __uninitialized;

	if (kdefer_event_on(run) || unlikely(frame->nr > KDEFER_SLOTS || frame->flags)) {
		__kdefer_leave_slow(frame);
		return;
	}
	while (kdefer_next_slot(frame, &d))
		((kdefer_fn)d.fn)(d.arg);
	frame->task->frames = frame->link;
}

/* A macro since kdefer_arch_call() needs the name of the thunk. */
#define __kdefer_activate(frame, thunk, args)						\
do {											\
	struct kdefer_frame *__frame = (frame);						\
	struct kdefer_task *__task = kdefer_current();					\
											\
	if (likely(__task)) {								\
		kdefer_enter(__frame, __task);						\
		kdefer_arch_call(&__frame->regs, __task->secret, thunk, args);		\
		kdefer_leave(__frame);							\
	} else {									\
		__kdefer_root(__frame, thunk, args);					\
	}										\
} while (0)

#endif /* _KDEFER_FRAME_H */
