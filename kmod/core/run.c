// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where panics end, and a task begins and ends: kdefer_run(), and root frames on tasks that kdefer
 * did not start.
 */
#include "impl.h"

static enum kdefer_uncaught_end kdefer_what_ends(const struct kdefer_barrier *b)
{
	if (!b)
		return KDEFER_ENDS_NOTHING;
	return b->is_thread ? KDEFER_ENDS_THREAD : KDEFER_ENDS_RUN;
}

static void kdefer_tell(struct kdefer_barrier *b, enum kdefer_how how, long result)
{
	b->how = how;
	b->result = result;
}

static KDEFER_THUNK void kdefer_barrier_thunk(struct kdefer_regs *regs, void *arg)
{
	struct kdefer_barrier *b = arg;

	kdefer_tell(b, KDEFER_RETURNED, b->fn(b->arg));
}

/* As kdefer_repair_context(): all that ran under @b was skipped. */
static void kdefer_repair_barrier(const struct kdefer_barrier *b)
{
	const char *leak = kdefer_host_repair_context(&b->snapshot, 0);

	if (unlikely(leak))
		kdefer_throw(CONTEXT_CHANGED_AT_END,
			     b->is_thread ? "thread" : "kdefer_run()", leak);
}

/* The function that @b was to run. */
static unsigned long kdefer_place(const struct kdefer_barrier *b)
{
	return b->is_thread ? b->thread_fn : (unsigned long)b->fn;
}

/* The goexit @p has run every deferred call of a thread which somebody else knows how to end. */
static void kdefer_end_thread(struct kdefer_panic *p)
{
	kdefer_host_detach(p->task);
	p->end.fn(p->end.arg);
}

/*
 * The panic or goexit @p has run every deferred call of its task. Hands it to the barrier; without
 * one there is nobody to hand it to. Does not return.
 */
void kdefer_end(struct kdefer_panic *p)
{
	struct kdefer_task *task = p->task;
	struct kdefer_barrier *b = task->barrier;

	kdefer_check_record(p);
	if (p->panicking)
		kdefer_event_uncaught(&p->shown.value, kdefer_what_ends(b));
	if (!b && p->panicking)
		kdefer_throw(PANIC_ON_FOREIGN_TASK);
	if (!b && p->end.fn)
		kdefer_end_thread(p);
	if (!b)
		kdefer_throw(GOEXIT_ON_FOREIGN_TASK);
	kdefer_look_at_skipped(p, &b->regs, kdefer_place(b));
	kdefer_repair_barrier(b);
	if (p->panicking && b->is_thread)
		kdefer_report_uncaught(p);
	if (p->panicking)
		kdefer_tell(b, KDEFER_PANICKED, p->shown.value.err);
	else
		kdefer_tell(b, KDEFER_GOEXITED, p->code);
	if (p->panicking && b->out)
		*b->out = (struct kdefer_outcome){
			.how = KDEFER_PANICKED,
			.result = b->result,
			.value = p->shown.value,
		};
	if (!p->panicking)
		b->end = p->end;
	kdefer_history_truncate(task, b->history);
	task->panic = NULL;
	if (p->panicking && !b->out)
		kdefer_value_put(task, &p->shown.value);
	kdefer_jump(task, &b->regs, &b->hooks);
	kdefer_arch_trap();
}

/* The outcome of a panic with @err that nobody has raised: kdefer says so. */
struct kdefer_outcome kdefer_outcome_of_errno(int err)
{
	return (struct kdefer_outcome){
		.how = KDEFER_PANICKED,
		.result = err,
		.value = { .kind = KDEFER_ERRNO, .err = err, .id = kdefer_host_serial() },
	};
}

static void kdefer_tell_no_memory(struct kdefer_barrier *b)
{
	kdefer_tell(b, KDEFER_PANICKED, -ENOMEM);
	if (b->out)
		*b->out = kdefer_outcome_of_errno(-ENOMEM);
}

/* From here on @b is where panics end: what is pending, or in progress, outside is out of reach. */
static void kdefer_begin_barrier(struct kdefer_task *task, struct kdefer_barrier *b)
{
	b->link = task->barrier;
	b->floor = task->floor;
	b->panic = task->panic;
	b->fault_owner = task->fault_owner;
	b->panic_on_fault = task->panic_on_fault;
	b->history = task->history->len;
	task->barrier = b;
	task->floor = task->top;
	task->panic = NULL;
}

static void kdefer_end_barrier(struct kdefer_task *task, const struct kdefer_barrier *b)
{
	task->barrier = b->link;
	task->floor = b->floor;
	task->panic = b->panic;
	task->fault_owner = b->fault_owner;
	task->panic_on_fault = b->panic_on_fault;
}

/*
 * Runs @b->fn on the current task, or if there is none on a new one, in the memory @own if any.
 * Sets @b->how and @b->result, and fills in @b->out if there is one and it was a panic.
 *
 * Not inlined: what is pending behind the call must be owned from above this function's frame.
 */
noinline void kdefer_run_barrier(struct kdefer_barrier *b, struct kdefer_task_storage *own)
{
	struct kdefer_task *current_task = own ? NULL : kdefer_current();
	struct kdefer_task *task = current_task ?: kdefer_host_attach(own);

	b->end.fn = NULL;
	if (!task) {
		kdefer_tell_no_memory(b);
		return;
	}
	kdefer_begin_barrier(task, b);
	kdefer_snapshot_take(&b->snapshot);
	kdefer_return_hooks_save(&b->hooks);
	kdefer_arch_call(&b->regs, task->secret, kdefer_barrier_thunk, b);
	(void)kdefer_check_left(task, kdefer_arch_cfa());
	kdefer_end_barrier(task, b);
	if (!current_task)
		kdefer_host_detach(task);
}

/*
 * For whoever has asked for the outcome, how @b ended without a panic: what an earlier call has
 * left there must not be taken for the value of this one. Apart from kdefer_run_barrier(), for the
 * pool asks only when a member has failed.
 */
void kdefer_fill_outcome(const struct kdefer_barrier *b)
{
	if (b->out && b->how != KDEFER_PANICKED)
		*b->out = (struct kdefer_outcome){ .how = b->how, .result = b->result };
}

/**
 * kdefer_run - call a function, and be told how it ended
 * @fn: the function
 * @arg: its argument
 * @out: filled in with the end of it; may be NULL
 *
 * A barrier: panics and goexits of @fn, and of whatever it calls, end here after they have run
 * their deferred calls. Deferred calls of the caller are not touched, and a panic that is running
 * the caller cannot be recovered inside. Nests. Without @out, the object of a panic's value is
 * released.
 *
 * Context: process context. Does not sleep itself; may allocate a few hundred bytes atomically.
 * Return: what @fn returned, the code given to kgoexit(), or the panic's &kdefer_value.err;
 * -ENOMEM, as a panic that @fn could have raised, if there was no memory to start it.
 */
long kdefer_run(long (*fn)(void *), void *arg, struct kdefer_outcome *out)
{
	const char *wrong = kdefer_host_wrong_context();
	struct kdefer_barrier b __uninitialized;

	if (wrong)
		kdefer_throw(RUN_IN_INTERRUPT, __func__, wrong);
	b.fn = fn;
	b.arg = arg;
	b.out = out;
	b.is_thread = false;
	kdefer_run_barrier(&b, NULL);
	kdefer_fill_outcome(&b);
	if (unlikely(b.end.fn)) {
		__kdefer_goexit_by(&b.end);
		kdefer_arch_trap();
	}
	return b.result;
}
EXPORT_SYMBOL_GPL(kdefer_run);

/*
 * A KDEFER function, whose frame is @frame, on a thread that has no task yet: it is the root of one
 * for its own extent.
 */
static struct kdefer_task *kdefer_begin_root(const struct kdefer_frame *frame)
{
	const char *wrong = kdefer_host_wrong_context();
	struct kdefer_task *task;

	if (wrong)
		kdefer_throw(FUNCTION_IN_INTERRUPT, wrong);
	task = kdefer_host_attach(NULL);
	if (!task)
		kdefer_throw(NO_MEMORY_FOR_ROOT);
	task->root_ip = frame->ip;
	return task;
}

static void kdefer_end_root(void *task)
{
	kdefer_host_detach(task);
}

/*
 * The end of a root is the oldest record of its frame, and the last that it calls when it returns:
 * so functions that are no root need not ask whether they are. It lies below the floor: no panic or
 * goexit comes to it.
 */
static void kdefer_push_end_root(struct kdefer_task *task)
{
	struct kdefer *d = task->top;

	d->fn = kdefer_fn_cast(kdefer_any_fn, kdefer_end_root);
	d->arg = task;
	d->owner = KDEFER_NO_OWNER;
	task->top = d + 1;
	task->floor = task->top;
}

/* For kdefer_enter(), where the guess was wrong. */
struct kdefer_task *__kdefer_enter_slow(struct kdefer_frame *frame)
{
	struct kdefer_task *found = __kdefer_find_task();
	struct kdefer_task *task = found ?: kdefer_begin_root(frame);

	frame->task = task;
	frame->mark = task->top;
	if (!found)
		kdefer_push_end_root(task);
	return task;
}
EXPORT_SYMBOL_GPL(__kdefer_enter_slow);

/* For kdefer_enter_landing(). The task is left to be ended behind what a recovery checks. */
struct kdefer_task *__kdefer_enter_landing_slow(struct kdefer_landing *landing)
{
	struct kdefer_task *task = __kdefer_find_task();

	if (!task) {
		task = kdefer_begin_root(&landing->frame);
		kdefer_leave_for_later(landing, KDEFER_ENDS_TASK);
	}
	landing->frame.mark = task->top;
	return task;
}
EXPORT_SYMBOL_GPL(__kdefer_enter_landing_slow);

/* For kdefer_leave_landing(). */
void __kdefer_leave_landing_slow(unsigned long left)
{
	const unsigned long bits = KDEFER_RECOVERED | KDEFER_ENDS_TASK;
	struct kdefer_landing *landing = (struct kdefer_landing *)(left & ~bits);

	if (left & KDEFER_RECOVERED)
		kdefer_repair_context(landing);
	if (left & KDEFER_ENDS_TASK)
		kdefer_host_detach(landing->frame.task);
}
EXPORT_SYMBOL_GPL(__kdefer_leave_landing_slow);
