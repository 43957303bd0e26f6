// SPDX-License-Identifier: GPL-2.0-only
/*
 * Recover: the token that entitles to it, and the return to the frame.
 */
#include "impl.h"

/*
 * A token is a number that looks like a pointer and is never followed. Every deferred call that
 * may recover gets a new one, so an old one matches nothing, wherever it was kept (rules R2 to R4,
 * R21).
 */
struct kdefer_panic *kdefer_new_token(void)
{
	return (struct kdefer_panic *)(unsigned long)kdefer_host_serial();
}

static struct kdefer_panic *kdefer_panic_of(const struct kdefer_panic *token)
{
	struct kdefer_task *task;

	if (!token || kdefer_host_wrong_context())
		return NULL;
	task = kdefer_current();
	if (!task || !task->panic || task->panic->token != token)
		return NULL;
	return task->panic;
}

/**
 * krecover - stop a panic
 * @p: the panic, as it was given to the deferred function
 * @v: where to copy its value, or NULL
 *
 * Go's recover(), for whoever was given @p: the deferred function, or a function that it passes @p
 * to (rules R1 to R8). When the deferred call returns, the function that deferred it runs its
 * remaining deferred calls and returns to its caller. The object of a KDEFER_POINTER stays valid
 * until the deferred call returns; kpanic_value() keeps it alive for longer.
 *
 * Context: any. In interrupt context nothing can be recovered.
 * Return: true once; false if @p is NULL, was recovered already, is not the newest panic of the
 * current task, or if its deferred call has ended.
 */
bool krecover(struct kdefer_panic *p, struct kdefer_value *v)
{
	struct kdefer_panic *panic = kdefer_panic_of(p);

	if (!panic || panic->recovered)
		return false;
	kdefer_event_recover(&panic->shown.value, panic->running, panic->call);
	panic->recovered = true;
	if (!panic->shown.repanicked)
		panic->shown.recovered = true;
	if (v)
		*v = panic->shown.value;
	return true;
}
EXPORT_SYMBOL_GPL(krecover);

/**
 * kdefer_panic_value - look at a panic before deciding whether to recover it
 * @p: the panic, as it was given to the deferred function
 *
 * Context: any.
 * Return: the value, valid until the deferred call returns; NULL where krecover() with this @p
 * would find nothing to look at: @p is NULL, not the newest panic of the task, or its deferred
 * call ended.
 */
const struct kdefer_value *kdefer_panic_value(const struct kdefer_panic *p)
{
	struct kdefer_panic *panic = kdefer_panic_of(p);

	return panic ? &panic->shown.value : NULL;
}
EXPORT_SYMBOL_GPL(kdefer_panic_value);

void __kdefer_recover_int(void *result, struct kdefer_panic *p)
{
	struct kdefer_value v;

	if (krecover(p, &v))
		*(int *)result = v.err;
}
EXPORT_SYMBOL_GPL(__kdefer_recover_int);

void __kdefer_recover_long(void *result, struct kdefer_panic *p)
{
	struct kdefer_value v;

	if (krecover(p, &v))
		*(long *)result = v.err;
}
EXPORT_SYMBOL_GPL(__kdefer_recover_long);

void __kdefer_recover_llong(void *result, struct kdefer_panic *p)
{
	struct kdefer_value v;

	if (krecover(p, &v))
		*(long long *)result = v.err;
}
EXPORT_SYMBOL_GPL(__kdefer_recover_llong);

void __kdefer_recover_ptr(void *result, struct kdefer_panic *p)
{
	struct kdefer_value v;

	if (krecover(p, &v))
		*(void **)result = ERR_PTR(v.err);
}
EXPORT_SYMBOL_GPL(__kdefer_recover_ptr);

void __kdefer_recover_void(void *unused, struct kdefer_panic *p)
{
	krecover(p, NULL);
}
EXPORT_SYMBOL_GPL(__kdefer_recover_void);

/*
 * What was taken since the function of @landing was entered, and not given up, nobody will give up
 * any more: those who know of it were skipped.
 */
void kdefer_repair_context(const struct kdefer_landing *landing)
{
	const char *leak = kdefer_host_repair_context(&landing->snapshot, landing->frame.ip);

	if (unlikely(leak))
		kdefer_throw(CONTEXT_CHANGED, leak);
}

/*
 * A deferred call that @p ran for @frame has recovered it: unlink the record, and let the function
 * of @frame run what is left and return to its caller (rule R9). What is left may be the release
 * of what is held now. Does not return.
 */
void kdefer_recover_to(struct kdefer_panic *p, struct kdefer_frame *frame)
{
	struct kdefer_landing *landing = kdefer_landing_of(frame);
	struct kdefer_task *task = p->task;

	kdefer_look_at_skipped(p, &landing->regs, frame->ip);
	if (task->top != frame->mark)
		kdefer_leave_for_later(landing, KDEFER_RECOVERED);
	else
		kdefer_repair_context(landing);
	kdefer_history_truncate(task, p->history);
	task->panic = p->link;
	/* Else the panic was forgotten before the frame's guards were run. */
	if (p->panicking)
		kdefer_value_put(task, &p->shown.value);
	kdefer_jump(task, &landing->regs, &landing->hooks);
	kdefer_arch_trap();
}
