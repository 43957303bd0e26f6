// SPDX-License-Identifier: GPL-2.0-only
/*
 * Panic and goexit: one record, one loop over the deferred calls, one way up the stack.
 *
 * The loop runs on top of the stack that raised the panic. A deferred call may raise another one,
 * on top of it again. As soon as the newer one has used up the calls that were deferred since the
 * older one ran its last, the older one can never resume: it takes over what the newer one carries,
 * the runtime jumps back to the start of its loop, and the stack above is free again. So the depth
 * of the stack does not depend on how many panics replaced one another, and when a deferred call
 * has recovered, nothing but the newest record lies between it and its frame.
 */
#include "impl.h"

/* What panics nested in deferred calls must leave of a large stack, so that a report still fits. */
#define KDEFER_STACK_RESERVE	SZ_16K

void kdefer_panic_init(struct kdefer_panic *p, const char *call)
{
	const char *wrong = kdefer_host_wrong_context();

	if (unlikely(wrong))
		kdefer_throw(RAISE_IN_INTERRUPT, call, wrong);
	p->task = kdefer_current();
	/* Without a frame there is nobody to hand the panic to, but its printout needs a task. */
	if (unlikely(!p->task))
		p->task = kdefer_host_attach(NULL);
	if (unlikely(!p->task))
		kdefer_throw(NO_MEMORY_FOR_REPORT, call);
	p->running = NULL;
	p->mark = p->task->floor;
	p->guards = NULL;
	p->call = NULL;
	p->token = NULL;
	p->shown.value.message[0] = '\0';
	p->shown.recovered = false;
	p->shown.repanicked = false;
	p->shown.after_goexit = false;
	p->panicking = false;
	p->goexit = false;
	p->recovered = false;
	p->end.fn = NULL;
	p->nr_backtrace = 0;
	p->history = p->task->history->len;
	p->goexit_history = p->history;
}

/* The oldest panic that @p carries: the one next to whatever is older than @p. */
static struct kdefer_report *kdefer_first_report(struct kdefer_panic *p)
{
	struct kdefer_history *h = p->task->history;

	if (p->history == h->len)
		return &p->shown;
	return p->history < KDEFER_HISTORY ? &h->item[p->history] : NULL;
}

static void kdefer_keep_backtrace(struct kdefer_panic *old, const struct kdefer_panic *p)
{
	if (p->nr_backtrace) {
		old->nr_backtrace = p->nr_backtrace;
		memcpy(old->backtrace, p->backtrace, sizeof(p->backtrace[0]) * p->nr_backtrace);
	} else {
		old->nr_backtrace = kdefer_host_backtrace(old->backtrace, KDEFER_BACKTRACE);
	}
}

/* Raised again and nothing in between: one line of the printout, one trace. */
static bool kdefer_is_repanic(struct kdefer_panic *old, struct kdefer_panic *p)
{
	return old->panicking && p->panicking && !p->goexit &&
	       p->history == p->task->history->len && old->shown.value.id == p->shown.value.id;
}

/* What is left for the printout of what @old carried up to now. */
static void kdefer_keep_report(struct kdefer_panic *old, struct kdefer_panic *p,
			       struct kdefer_value *dropped)
{
	struct kdefer_report *first;

	if (old->panicking) {
		kdefer_event_abort();
		kdefer_history_insert(old->task->history, p->history, &old->shown, dropped);
		p->goexit_history++;
		return;
	}
	if (!old->goexit)
		return;
	first = kdefer_first_report(p);
	if (first)
		first->after_goexit = true;
}

/* @old carries what @p carries; a goexit that is pending in either stays so (rules G6, G8). */
static void kdefer_replace(struct kdefer_panic *old, const struct kdefer_panic *p)
{
	if (p->goexit) {
		old->goexit = true;
		old->code = p->code;
		if (p->end.fn)
			old->end = p->end;
		old->goexit_history = p->goexit_history;
	}
	old->panicking = p->panicking;
	if (!p->panicking)
		return;
	old->shown = p->shown;
	kdefer_keep_backtrace(old, p);
}

/*
 * @old is the record right below @p and can never resume. It takes over what @p carries and loops
 * on in its place (rule P3). Does not return.
 */
static noinline void kdefer_take_over(struct kdefer_panic *old, struct kdefer_panic *p)
{
	struct kdefer_task *task = p->task;
	struct kdefer_value dropped;

	kdefer_event_take_over(old, p);
	kdefer_look_at_skipped(p, &old->regs, (unsigned long)old->call);
	dropped.kind = KDEFER_NIL;
	if (kdefer_is_repanic(old, p)) {
		old->shown.repanicked = true;
		if (!old->nr_backtrace)
			kdefer_keep_backtrace(old, p);
	} else {
		kdefer_keep_report(old, p, &dropped);
		kdefer_replace(old, p);
	}
	old->recovered = false;
	old->token = NULL;
	task->panic = old;
	kdefer_value_put(task, &dropped);
	kdefer_jump(task, &old->regs, &old->hooks);
	kdefer_arch_trap();
}

/* The panic is over; @history is what the record still carries. */
static void kdefer_forget_panic(struct kdefer_panic *p, unsigned int history)
{
	kdefer_history_truncate(p->task, history);
	p->panicking = false;
	p->nr_backtrace = 0;
	p->shown.recovered = false;
	p->shown.repanicked = false;
	p->shown.after_goexit = false;
	kdefer_value_put(p->task, &p->shown.value);
}

/*
 * The deferred call that has just ended has recovered the panic, or one before it has. A goexit
 * that was pending goes on (rules G5, G6). Guards of the frame are run from here, and what is newer
 * than they are, for their objects are on the stack that recovery gives back.
 */
static void kdefer_recovered(struct kdefer_panic *p)
{
	if (p->panicking)
		p->guards = p->goexit ? NULL : kdefer_oldest_guard(p->running);
	if (!p->goexit && (!p->guards || p->guards == p->mark)) {
		kdefer_recover_to(p, p->running);
		kdefer_arch_trap();
	}
	p->recovered = !p->goexit;
	if (p->panicking)
		kdefer_forget_panic(p, p->goexit ? p->goexit_history : p->history);
}

static enum kdefer_why kdefer_why_of(const struct kdefer_panic *p)
{
	if (p->panicking)
		return KDEFER_ON_PANIC;
	/* Else it has been recovered, and the frame returns. */
	return p->goexit ? KDEFER_ON_GOEXIT : KDEFER_ON_RETURN;
}

/*
 * Whether the deferred call that is being run is @p's own. Else it is one of a function that was
 * called meanwhile and returns: that function is newer than @p, and not newer than what is pending
 * since; and what it has taken off the records last lies above them still. If what lies there is
 * clear, or has an owner that fits neither, no such function is returning.
 */
static bool kdefer_runs_itself(const struct kdefer_panic *p)
{
	const struct kdefer *top = p->task->top;
	unsigned long here = (unsigned long)__builtin_frame_address(0);
	unsigned long owner = (unsigned long)kdefer_owner(top);
	unsigned long newest = (unsigned long)p;

	if (top != p->mark)
		newest = (unsigned long)kdefer_owner(top - 1);
	return owner > newest || owner < here;
}

/**
 * kdefer_why - why the deferred call is run that asks
 *
 * For a function that has to know, and is deferred as others are. It asks before it calls KDEFER
 * functions: while a panic or goexit runs deferred calls, those of a function that just returns are
 * told of it if they ask later. A function that takes an &enum kdefer_why is told in any case.
 *
 * Context: a deferred call, in any context that it may run in.
 * Return: KDEFER_ON_PANIC or KDEFER_ON_GOEXIT while one of them passes through, KDEFER_ON_RETURN
 * when the function that has deferred the call returns, by itself or since a panic was recovered.
 */
enum kdefer_why kdefer_why(void)
{
	const struct kdefer_task *task = kdefer_current();
	const struct kdefer_panic *p = task ? task->panic : NULL;

	return p && kdefer_runs_itself(p) ? kdefer_why_of(p) : KDEFER_ON_RETURN;
}
EXPORT_SYMBOL_GPL(kdefer_why);

/* Returns whether a call has recovered the panic, which takes a token. */
static bool kdefer_run_deferred(struct kdefer_panic *p, const struct kdefer *d)
{
	enum kdefer_why why = kdefer_why_of(p);
	bool pair = kdefer_kind(d) == KDEFER_ON_WAY_OUT;

	if (pair && why != KDEFER_ON_RETURN)
		return false;
	p->running = kdefer_owner(d);
	p->mark = pair ? kdefer_mark_of_pair(p->task) : p->task->top;
	p->call = kdefer_shown_fn(d->fn, d->arg);
	if (!pair)
		kdefer_emit_run(p->running, d->fn, d->arg, why);
	if (d->owner & KDEFER_TOKEN && p->panicking)
		p->token = kdefer_new_token();
	kdefer_forget_called(p->task);
	kdefer_call_any(d, p->token, why);
	p->token = NULL;
	return p->recovered;
}

/* A first panic may use what there is, as any function may; it is the nested ones that pile up. */
static void kdefer_check_stack(const struct kdefer_panic *p)
{
	struct kdefer_task *task = p->task;
	unsigned long here = (unsigned long)__builtin_frame_address(0);
	unsigned long left = here - task->stack_lo;
	unsigned long size = task->stack_hi - task->stack_lo;
	unsigned long reserve = min_t(unsigned long, size / 16 * KDEFER_ARCH_REPORT_PARTS,
				      KDEFER_STACK_RESERVE);

	if (here < task->deepest)
		task->deepest = here;
	if (p->link && left < reserve)
		kdefer_throw(NESTED_TOO_DEEP, left, size);
}

/* Called where the loop starts, resumes and ends: it has no case for any other state. */
void kdefer_check_record(const struct kdefer_panic *p)
{
	if (unlikely(!kdefer_record_is_valid(p)))
		kdefer_throw(BAD_RECORD, p->panicking, p->goexit, p->recovered);
}

/*
 * Runs what is pending. With an older panic in progress that is what came to be pending while that
 * one was running a deferred call: then nothing is left that the older one could go on with alone.
 */
static void kdefer_unwind(struct kdefer_panic *p)
{
	const struct kdefer *mark = p->link ? p->link->mark : p->task->floor;
	struct kdefer d __uninitialized;

	while (kdefer_pop(p->task, mark, &d)) {
		if (kdefer_run_deferred(p, &d))
			kdefer_recovered(p);
	}
	if (p->link)
		kdefer_take_over(p->link, p);
	kdefer_end(p);
	kdefer_arch_trap();
}

static KDEFER_THUNK void kdefer_unwind_thunk(struct kdefer_regs *regs, void *p)
{
	kdefer_unwind(p);
}

/* Every way on from here is a jump: to a frame, to an older record, to a barrier. */
void kdefer_raise(struct kdefer_panic *p)
{
	p->link = p->task->panic;
	p->task->panic = p;
	kdefer_return_hooks_save(&p->hooks);
	for (;;) {
		kdefer_check_record(p);
		kdefer_check_stack(p);
		kdefer_arch_call(&p->regs, p->task->secret, kdefer_unwind_thunk, p);
		/* A newer one has jumped here, see kdefer_take_over(). */
		kdefer_event_resume(p);
	}
}

/* Go raises one and the same value for these, which its printout shows once in a row. */
static u64 kdefer_new_id(const struct kdefer_value *v)
{
	if (v->kind == KDEFER_NIL)
		return 1;
	if (v->kind == KDEFER_FAULT && v->fault.kind == KDEFER_FAULT_NULL)
		return 2;
	if (v->kind == KDEFER_FAULT && v->fault.kind == KDEFER_FAULT_DIVIDE)
		return 3;
	return kdefer_host_serial();
}

static __always_inline void kdefer_raise_panic(struct kdefer_panic *p)
{
	p->panicking = true;
	kdefer_event_panic(&p->shown.value);
	kdefer_raise(p);
}

static void kdefer_raise_value(struct kdefer_panic *p, const struct kdefer_site *site,
			       unsigned long ip)
{
	struct kdefer_value *v = &p->shown.value;

	v->id = kdefer_new_id(v);
	v->object = v->id;
	v->ip = ip;
	v->file = site->file;
	v->line = site->line;
	v->kept = false;
	v->taken = false;
	kdefer_raise_panic(p);
}

#define KDEFER_CALLER	((unsigned long)__builtin_return_address(0))

/* Its declaration has the compiler warn of each call; there is nothing to do. */
void __kdefer_no_errno(void)
{
}
EXPORT_SYMBOL_GPL(__kdefer_no_errno);

static void kdefer_warn_errno(long err, const char *call, const struct kdefer_site *site)
{
	pr_warn("kdefer: %s(%ld) in %s, line %d: not an errno, as -EIO is; -EINVAL is raised\n",
		call, err, site->file, site->line);
}

/* A caller that is handed anything else takes it for success. */
static int kdefer_checked_errno(long err, const char *call, struct kdefer_site *site)
{
	if (likely(err < 0 && err >= -MAX_ERRNO))
		return err;
	if (!site->warned)
		kdefer_warn_errno(err, call, site);
	site->warned = true;
	return -EINVAL;
}

void __kdefer_panic(long err, struct kdefer_site *site)
{
	struct kdefer_panic p __uninitialized;

	kdefer_panic_begin(&p, "kpanic");
	if (err)
		err = kdefer_checked_errno(err, "kpanic", site);
	p.shown.value.kind = err ? KDEFER_ERRNO : KDEFER_NIL;
	p.shown.value.err = err ?: -ENOTRECOVERABLE;
	kdefer_raise_value(&p, site, KDEFER_CALLER);
}
EXPORT_SYMBOL_GPL(__kdefer_panic);

/* @len: how long the message would be if there were room. */
static void kdefer_cut_message(struct kdefer_value *v, int len)
{
	if (len >= KDEFER_MESSAGE_SIZE)
		memcpy(v->message + KDEFER_MESSAGE_SIZE - 4, "...", 4);
}

static __printf(3, 0) void kdefer_set_message(struct kdefer_value *v, int err, const char *fmt,
					      va_list args)
{
	v->kind = KDEFER_MESSAGE;
	v->err = err;
	kdefer_cut_message(v, vsnprintf(v->message, KDEFER_MESSAGE_SIZE, fmt, args));
}

/* Before the words of @cause, if it has any, and not at the cost of where a cut is marked. */
static __printf(3, 0) void kdefer_put_before(struct kdefer_value *v,
					     const struct kdefer_value *cause, const char *fmt,
					     va_list args)
{
	int len = vsnprintf(v->message, KDEFER_MESSAGE_SIZE, fmt, args);

	if (len < KDEFER_MESSAGE_SIZE && cause->message[0])
		len += snprintf(v->message + len, KDEFER_MESSAGE_SIZE - len, ": %s",
				cause->message);
	kdefer_cut_message(v, len);
}

void __kdefer_panicf(const struct kdefer_site *site, const char *fmt, ...)
{
	struct kdefer_panic p __uninitialized;
	va_list args;

	kdefer_panic_begin(&p, "kpanicf");
	va_start(args, fmt);
	kdefer_set_message(&p.shown.value, -ENOTRECOVERABLE, fmt, args);
	va_end(args);
	kdefer_raise_value(&p, site, KDEFER_CALLER);
}
EXPORT_SYMBOL_GPL(__kdefer_panicf);

void __kdefer_panicf_errno(long err, struct kdefer_site *site, const char *fmt, ...)
{
	struct kdefer_panic p __uninitialized;
	va_list args;

	kdefer_panic_begin(&p, "kpanicf_errno");
	err = kdefer_checked_errno(err, "kpanicf_errno", site);
	va_start(args, fmt);
	kdefer_set_message(&p.shown.value, err, fmt, args);
	va_end(args);
	kdefer_raise_value(&p, site, KDEFER_CALLER);
}
EXPORT_SYMBOL_GPL(__kdefer_panicf_errno);

static int kdefer_errno_of(const struct kdefer_type *type, struct kdefer_site *site)
{
	if (!type || !type->err)
		return -ENOTRECOVERABLE;
	return kdefer_checked_errno(type->err, "kpanic_ptr", site);
}

void __kdefer_panic_ptr(void *ptr, const struct kdefer_type *type, struct kdefer_site *site)
{
	struct kdefer_panic p __uninitialized;

	kdefer_panic_begin(&p, "kpanic_ptr");
	p.shown.value.kind = KDEFER_POINTER;
	p.shown.value.err = kdefer_errno_of(type, site);
	p.shown.value.ptr = ptr;
	p.shown.value.type = type;
	kdefer_raise_value(&p, site, KDEFER_CALLER);
}
EXPORT_SYMBOL_GPL(__kdefer_panic_ptr);

/* A value that was never raised has no identity yet: it is raised as Go's panic(nil) would be. */
static void kdefer_set_nil(struct kdefer_value *v)
{
	v->kind = KDEFER_NIL;
	v->err = -ENOTRECOVERABLE;
}

void __kdefer_panic_value(const struct kdefer_value *v, const struct kdefer_site *site)
{
	struct kdefer_panic p __uninitialized;

	kdefer_panic_begin(&p, "kpanic_value");
	if (v && v->id) {
		p.shown.value = *v;
		kdefer_raise_panic(&p);
	}
	kdefer_set_nil(&p.shown.value);
	kdefer_raise_value(&p, site, KDEFER_CALLER);
}
EXPORT_SYMBOL_GPL(__kdefer_panic_value);

void __kdefer_panicf_value(const struct kdefer_value *v, const struct kdefer_site *site,
			   const char *fmt, ...)
{
	static const struct kdefer_value none;
	struct kdefer_panic p __uninitialized;
	bool raised = v && v->id;
	va_list args;

	kdefer_panic_begin(&p, "kpanicf_value");
	if (raised)
		p.shown.value = *v;
	else
		kdefer_set_nil(&p.shown.value);
	va_start(args, fmt);
	kdefer_put_before(&p.shown.value, raised ? v : &none, fmt, args);
	va_end(args);
	if (!raised)
		kdefer_raise_value(&p, site, KDEFER_CALLER);
	p.shown.value.id = kdefer_host_serial();
	kdefer_raise_panic(&p);
}
EXPORT_SYMBOL_GPL(__kdefer_panicf_value);

/* A run-time error at @ip; it has no line of source to name. */
void kdefer_raise_fault(const struct kdefer_fault *fault, unsigned long ip)
{
	static const struct kdefer_site nowhere;
	struct kdefer_panic p __uninitialized;

	kdefer_panic_begin(&p, "a run-time error");
	p.shown.value.kind = KDEFER_FAULT;
	p.shown.value.err = -EFAULT;
	p.shown.value.fault = *fault;
	kdefer_raise_value(&p, &nowhere, ip);
}

/* Stands in for a deferred NULL function: Go's nil dereference (rules D8, D10). */
void __kdefer_nil(void *arg)
{
	struct kdefer_fault fault = { .kind = KDEFER_FAULT_NULL };

	kdefer_raise_fault(&fault, KDEFER_CALLER);
}
EXPORT_SYMBOL_GPL(__kdefer_nil);
