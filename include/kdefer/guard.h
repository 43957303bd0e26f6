/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Cleanups that belong to a block: the classes of <linux/cleanup.h>, in KDEFER functions.
 *
 * guard() and __free() are run by the compiler, at the end of the block; a panic skips them. These
 * are deferred calls as well, for as long as the block lasts. The object stays where the compiler
 * puts it, on the body's stack, which is there until recovery returns to the wrapper.
 */
#ifndef _KDEFER_GUARD_H
#define _KDEFER_GUARD_H

#include <linux/cleanup.h>
#include <linux/compiler.h>
#include <kdefer/define.h>

/**
 * struct kdefer_guarded - an object that is to be destroyed at the end of its block
 * @frame: the frame of the function
 * @destroy: the destructor of the object's class
 * @obj: the object
 */
struct kdefer_guarded {
	struct kdefer_frame *frame;
	kdefer_any_fn destroy;
	void *obj;
};

void __kdefer_guard_run(void *guard);
void __kdefer_guard_cancel(const struct kdefer_guarded *g);

/* The object of @g has been made. */
static __always_inline struct kdefer_guarded *kdefer_guard_arm(struct kdefer_guarded *g)
{
	/* An instruction it is not; but a tracer, which the compiler does not know of, reads *g. */
	asm volatile("" : : "m" (*g));
	__kdefer_push(g->frame, g->frame->task,
		      kdefer_fn_cast(kdefer_any_fn, __kdefer_guard_run), g, 0);
	return g;
}

/*
 * The block ends, and the compiler calls the destructor next. Most often nothing was deferred since
 * the block began.
 */
static __always_inline void kdefer_guard_disarm(struct kdefer_guarded **armed)
{
	struct kdefer_guarded *g = *armed;
	struct kdefer_task *task = g->frame->task;
	struct kdefer *newest = task->top - 1;

	if (likely(newest->arg == g))
		task->top = newest;
	else
		__kdefer_guard_cancel(g);
}

#define __KDEFER_GUARD(destructor, object)						\
	{										\
		.frame = __kdefer_frame,						\
		.destroy = kdefer_fn_cast(kdefer_any_fn, destructor),			\
		.obj = &object,								\
	}

#define __KDEFER_ARMED(armed)								\
	struct kdefer_guarded *armed __maybe_unused __cleanup(kdefer_guard_disarm)

/*
 * The user's argument list follows the macro, and something has to be done after it: the last word
 * of kdefer_class() is the name of this macro, which takes the list. It finds the guard in
 * __kdefer_guarded, a parameter of every KDEFER body, which the compiler sees through.
 */
#define __KDEFER_CONSTRUCTED(args...)							\
	(args);										\
	__KDEFER_ARMED(__UNIQUE_ID(kdefer_armed)) = kdefer_guard_arm(__kdefer_guarded)

#define __kdefer_class(_name, var, g)							\
	__KDEFER_CHECK_INSIDE;								\
	class_##_name##_t var __maybe_unused __cleanup(class_##_name##_destructor);	\
	struct kdefer_guarded g = __KDEFER_GUARD(class_##_name##_destructor, var);	\
	__kdefer_guarded = &g;								\
	var = (class_##_name##_constructor) __KDEFER_CONSTRUCTED

/**
 * kdefer_class - declare a variable of a class, destroyed at the end of the block
 * @_name: class made with DEFINE_CLASS(), DEFINE_GUARD() or DEFINE_LOCK_GUARD_0() or _1()
 * @var: name of the variable
 *
 * CLASS() of cleanup.h, for KDEFER functions: the arguments of the constructor follow in
 * parentheses. The destructor runs once: at the end of the block, however it is left, or when a
 * panic or a goexit passes through. Then it takes its turn among the function's deferred calls,
 * newest first. A constructor that panics has made nothing.
 *
 * Context: the body of a KDEFER function. Like kdefer(), panics with -ENOMEM if there is no memory,
 * which the first ones of a thread do not need; that panic destroys the object first.
 */
#define kdefer_class(_name, var)							\
	__kdefer_class(_name, var, __UNIQUE_ID(kdefer_guard))

/**
 * kdefer_guard - take a lock until the end of the block
 * @_name: class of the lock, such as ``mutex`` or ``spinlock_irqsave``
 *
 * guard() of cleanup.h, for KDEFER functions::
 *
 *	kdefer_guard(mutex)(&d->lock);
 *
 * Context: as kdefer_class(). A lock that forbids to sleep forbids it to the deferred calls that a
 * panic runs before it is released.
 */
#define kdefer_guard(_name)	kdefer_class(_name, __UNIQUE_ID(kdefer_class))

/**
 * kdefer_scoped_guard - take a lock for one statement
 * @_name: class of the lock
 * @args: arguments of its constructor
 *
 * scoped_guard() of cleanup.h, for KDEFER functions. A ``break`` or ``continue`` leaves the
 * statement.
 *
 * Context: as kdefer_guard().
 */
#define kdefer_scoped_guard(_name, args...)						\
	for (class_##_name##_t __kdefer_scope __cleanup(class_##_name##_destructor) =	\
		     (class_##_name##_constructor)(args),				\
		     *__kdefer_obj = ({ __KDEFER_CHECK_INSIDE; &__kdefer_scope; });	\
	     __kdefer_obj; __kdefer_obj = NULL)						\
		for (struct kdefer_guarded __kdefer_scope_guard =				\
			     __KDEFER_GUARD(class_##_name##_destructor, __kdefer_scope),	\
			     *__kdefer_once = &__kdefer_scope_guard;			\
		     __kdefer_once; __kdefer_once = NULL)				\
			for (__KDEFER_ARMED(__kdefer_armed) =				\
				     kdefer_guard_arm(&__kdefer_scope_guard),		\
			     *__kdefer_done = NULL; !__kdefer_done;			\
			     __kdefer_done = __kdefer_armed)

/**
 * kdefer_owned - declare a pointer that owns what it points to until the end of the block
 * @_name: how to give it up: a name made with DEFINE_FREE(), such as ``kfree``
 * @T: type of the pointer
 * @var: name of the pointer, which an initial value follows
 *
 * ``__free()`` of cleanup.h, for KDEFER functions::
 *
 *	kdefer_owned(kfree, struct foo *, p) = kmalloc(sizeof(*p), GFP_KERNEL);
 *
 * no_free_ptr() and return_ptr() take the object out of its hands, as they do there.
 *
 * Context: as kdefer_class().
 */
#define kdefer_owned(_name, T, var)							\
	__kdefer_owned(_name, T, var, __UNIQUE_ID(kdefer_guard), __UNIQUE_ID(kdefer_armed))

#define __kdefer_owned(_name, T, var, g, armed)						\
	__KDEFER_CHECK_INSIDE;								\
	T var __free(_name) = NULL;							\
	struct kdefer_guarded g = __KDEFER_GUARD(__free_##_name, var);			\
	__KDEFER_ARMED(armed) = kdefer_guard_arm(&g);					\
	var

#endif /* _KDEFER_GUARD_H */
