/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kdefer: Go's defer, panic, recover and Goexit for Linux kernel threads.
 *
 * This is the only header to include. Comments name rules, such as D6 or R12, by the numbers that
 * they have in Documentation/rules.rst, where each stands with its reason.
 */
#ifndef _KDEFER_KDEFER_H
#define _KDEFER_KDEFER_H

#ifdef __cplusplus
#error "kdefer is for C: a C++ program calls it from a file in C"
#else

#include <linux/bug.h>
#include <linux/compiler.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/module.h>
#include <linux/types.h>
#include <kdefer/value.h>
#include <kdefer/outcome.h>
#include <kdefer/version.h>
#include <kdefer/define.h>
#include <kdefer/guard.h>
#include <kdefer/result.h>
#include <kdefer/skip.h>
#include <kdefer/call.h>
#include <kdefer/go.h>
#include <kdefer/once.h>

#ifndef __KERNEL__
#include <kshim-layout.h>
#endif

struct task_struct;

/**
 * DOC: The mistake that kdefer prevents
 *
 * An error path in C names again, backwards, all that was acquired so far::
 *
 *	static int frob(struct dev *d, size_t n)
 *	{
 *		void *buf = kmalloc(n, GFP_KERNEL);
 *		int err;
 *
 *		if (!buf)
 *			return -ENOMEM;
 *		mutex_lock(&d->lock);
 *		err = start(d, buf);
 *		if (err)
 *			goto out_unlock;
 *		err = finish(d, buf);
 *		if (err)
 *			goto out_unlock;	// the bug: stop(d) was forgotten
 *		stop(d);
 *	out_unlock:
 *		mutex_unlock(&d->lock);
 *		kfree(buf);
 *		return err;
 *	}
 *
 * With kdefer each release stands next to its acquire, and an error, however deep, leaves by
 * kpanic() and arrives where somebody can cope with it::
 *
 *	DEFINE_KDEFER(unlock_dev, struct dev *, mutex_unlock(&_T->lock))
 *	DEFINE_KDEFER(stop_dev, struct dev *, stop(_T))
 *
 *	static KDEFER_DEFINE2(int, frob, struct dev *, d, size_t, n)
 *	{
 *		void *buf = kmalloc(n, GFP_KERNEL);
 *
 *		if (!buf)
 *			kpanic(-ENOMEM);
 *		kdefer(kfree, buf);
 *		mutex_lock(&d->lock);
 *		kdefer(unlock_dev, d);
 *		start(d, buf);
 *		kdefer(stop_dev, d);
 *		finish(d, buf);
 *		return 0;
 *	}
 */

/*
 * Each of them takes it that no KDEFER function which still runs is below the one that has called
 * it. So none is to be inlined, as link-time optimisation might do.
 */
__cold noinline void __kdefer_panic(long err, struct kdefer_site *site);
__cold noinline __printf(2, 3)
void __kdefer_panicf(const struct kdefer_site *site, const char *fmt, ...);
__cold noinline __printf(3, 4)
void __kdefer_panicf_errno(long err, struct kdefer_site *site, const char *fmt, ...);
__cold noinline
void __kdefer_panic_ptr(void *ptr, const struct kdefer_type *type, struct kdefer_site *site);
__cold noinline
void __kdefer_panic_value(const struct kdefer_value *v, const struct kdefer_site *site);
__cold noinline __printf(3, 4)
void __kdefer_panicf_value(const struct kdefer_value *v, const struct kdefer_site *site,
			   const char *fmt, ...);
__cold noinline void __kdefer_goexit(long code);

/**
 * struct kdefer_goexit_end - how a thread ends that is not kdefer's, for <kdefer/kunit.h>
 * @fn: ends the thread; does not return
 * @arg: its argument
 */
struct kdefer_goexit_end {
	void (*fn)(void *arg);
	void *arg;
};

__cold noinline void __kdefer_goexit_by(const struct kdefer_goexit_end *end);
bool __kdefer_set_panic_on_fault(bool on, struct module *owner);

#define __KDEFER_SITE							\
({									\
	static struct kdefer_site __kdefer_site = {			\
		.file = __FILE__, .line = __LINE__,			\
	};								\
									\
	&__kdefer_site;							\
})

/*
 * The functions do not return, but objtool must not know: it does not follow a noreturn function
 * into another module. The trap behind the call tells the compiler, and is never reached.
 */
#define __KDEFER_NORETURN(call)						\
do {									\
	call;								\
	kdefer_unreachable();						\
} while (0)

/**
 * kdefer_unreachable - says behind a call that it does not return
 *
 * For the call of a function of the module's own that always panics or ends its thread. In another
 * file the compiler cannot see that, and where the call is the last thing in a function, objtool
 * may find code behind it that is never reached. __noreturn would not do: while it looks at one
 * file alone, objtool does not know of it.
 *
 * Context: any. Traps if it is reached after all.
 */
#define kdefer_unreachable()		kdefer_arch_trap()

__compiletime_warning("an errno is negative, as -EIO is") void __kdefer_no_errno(void);

/*
 * kpanic(EIO) would be taken for success by a caller: where the compiler knows the number it warns.
 * A function, for a mistake in what it is given to be one error.
 */
static __always_inline long kdefer_errno_or_0(long err)
{
#ifdef __OPTIMIZE__
	if (__builtin_constant_p(err) && (err > 0 || err < -MAX_ERRNO))
		__kdefer_no_errno();
#endif
	return err;
}

/**
 * kpanic - raise a panic with an errno
 * @err: the errno, such as -EINVAL; 0 is Go's panic(nil): a typed nil panic (rule P15)
 *
 * What is no errno, such as EINVAL without its sign, would be success to a caller: -EINVAL is
 * raised in its place, and each place is warned of once. Where the compiler knows the number, it
 * warns, too.
 *
 * Runs the deferred calls of the task, newest first, until one of them recovers the panic. The
 * function that deferred it then returns to its caller. A panic that nobody recovers ends the
 * kthread that kdefer started, by the policy of the module parameter ``uncaught``, or the
 * kdefer_run() it is in; on another task it is a throw. Does not allocate, lock or sleep; the
 * deferred calls may.
 *
 * Context: task context. In hard IRQ, soft IRQ or NMI context it is a throw (rule K5).
 * Return: never.
 */
#define kpanic(err)								\
	__KDEFER_NORETURN(__kdefer_panic(kdefer_errno_or_0(err), __KDEFER_SITE))

/**
 * kpanicf - raise a panic with a formatted message
 * @fmt: format as for printk(), without a trailing newline
 *
 * As kpanic(). A message longer than KDEFER_MESSAGE_SIZE - 1 bytes is cut and ends in "...".
 *
 * Context: as kpanic().
 * Return: never.
 */
#define kpanicf(fmt, ...)							\
	__KDEFER_NORETURN(__kdefer_panicf(__KDEFER_SITE, fmt, ##__VA_ARGS__))

/**
 * kpanicf_errno - raise a panic with a formatted message and an errno
 * @err: the errno that a caller is to return, &kdefer_value.err; as for kpanic(), but 0 is no errno
 * @fmt: as for kpanicf()
 *
 * As kpanicf(), which leaves -ENOTRECOVERABLE to the caller.
 *
 * Context: as kpanic().
 * Return: never.
 */
#define kpanicf_errno(err, fmt, ...)						\
	__KDEFER_NORETURN(__kdefer_panicf_errno(kdefer_errno_or_0(err), __KDEFER_SITE,	\
						fmt, ##__VA_ARGS__))

/**
 * kpanic_ptr - raise a panic with an object of the caller's
 * @ptr: the object; kdefer owns it from now on and gives it up with &kdefer_type.release
 * @type: its &struct kdefer_type, which must stay valid as long as the object
 *
 * As kpanic(). A NULL @ptr is an object like any other.
 *
 * Context: as kpanic().
 * Return: never.
 */
#define kpanic_ptr(ptr, type)							\
	__KDEFER_NORETURN(__kdefer_panic_ptr(ptr, type, __KDEFER_SITE))

/**
 * kpanic_value - raise a recovered value again
 * @v: the value, copied
 *
 * As kpanic(), with the same identity and origin: an uncaught printout shows the value once, as
 * "[recovered, repanicked]" (rules X4 to X7). A zeroed @v is a nil panic. kdefer owns the object
 * of a KDEFER_POINTER again.
 *
 * Context: as kpanic().
 * Return: never.
 */
#define kpanic_value(v)								\
	__KDEFER_NORETURN(__kdefer_panic_value(v, __KDEFER_SITE))

/**
 * kpanicf_value - raise a recovered value again, with words before it
 * @v: the value, copied: the cause
 * @fmt: as for kpanicf(), without the colon that follows
 *
 * Go's panic(fmt.Errorf("...: %w", err)). The panic is a new one, with an identity of its own. All
 * that tells what the cause is stays as it was: &kdefer_value.kind, &kdefer_value.err, the object,
 * the fault, and where it was raised first. So whoever recovers asks the same questions as without
 * the words, which are for the text, see kdefer_value_text()::
 *
 *	if (krecover(p, &v))
 *		kpanicf_value(&v, "port %d", port);	// "port 3: -EIO"
 *
 * kdefer owns the object of a KDEFER_POINTER again. A text that is too long is cut, as kpanicf()
 * does.
 *
 * Context: as kpanic().
 * Return: never.
 */
#define kpanicf_value(v, fmt, ...)						\
	__KDEFER_NORETURN(__kdefer_panicf_value(v, __KDEFER_SITE, fmt, ##__VA_ARGS__))

/**
 * kgoexit - end the thread, after its deferred calls
 * @code: handed to whoever joins the thread, or to &kdefer_outcome.result of the kdefer_run() that
 *	this ends
 *
 * Go's runtime.Goexit. Runs every deferred call up to the start of the thread or of the innermost
 * kdefer_run(). They get no panic, so nothing can recover a goexit; a panic raised and recovered
 * among them leads back to it (rules G1 to G11).
 *
 * Context: as kpanic(). On a task that kdefer did not start, outside of kdefer_run(), it is a
 * throw (rule G13).
 * Return: never.
 */
#define kgoexit(code)		__KDEFER_NORETURN(__kdefer_goexit(code))

bool krecover(struct kdefer_panic *p, struct kdefer_value *v);

/* Most deferred calls are made by a function that returns, and find out so without a call. */
static __always_inline bool kdefer_recover_if_any(struct kdefer_panic *p, struct kdefer_value *v)
{
	return p && krecover(p, v);
}

#define krecover(p, v)	kdefer_recover_if_any(p, v)

const struct kdefer_value *kdefer_panic_value(const struct kdefer_panic *p);
enum kdefer_why kdefer_why(void);
void kdefer_value_release(struct kdefer_value *v);
void *kdefer_value_take(struct kdefer_value *v);
int kdefer_value_text(const struct kdefer_value *v, char *buf, size_t size);

long kdefer_run(long (*fn)(void *), void *arg, struct kdefer_outcome *out);

__printf(3, 4)
struct task_struct *kdefer_kthread_create(int (*fn)(void *), void *data, const char *namefmt, ...);
__printf(3, 4)
struct task_struct *kdefer_kthread_run(int (*fn)(void *), void *data, const char *namefmt, ...);
int kdefer_kthread_stop(struct task_struct *t, struct kdefer_outcome *out);
void *kdefer_kthread_data(struct task_struct *t);

/**
 * kdefer_set_panic_on_fault - turn faults of the calling module into panics, for the current task
 * @on: the new setting
 *
 * Go's debug.SetPanicOnFault. Holds until the task ends or its kdefer_run() does (rule F3).
 *
 * Context: a task inside a KDEFER function, kdefer_run() or a kdefer kthread.
 * Return: the old setting.
 */
#define kdefer_set_panic_on_fault(on)	__kdefer_set_panic_on_fault(on, THIS_MODULE)

#endif /* __cplusplus */
#endif /* _KDEFER_KDEFER_H */
