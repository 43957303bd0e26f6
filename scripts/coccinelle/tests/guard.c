// SPDX-License-Identifier: GPL-2.0-only
/* What guard.cocci must find, and what not; "found" marks the lines. */
#include <linux/cleanup.h>
#include <linux/file.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <kdefer/kdefer.h>

static KDEFER_DEFINE2(int, one, struct dev *, d, int, n)
{
	guard(mutex)(&d->lock); /* found */
	return 0;
}

KDEFER_DEFINE_VOID1(two, struct dev *, d)
{
	if (!d)
		return;
	scoped_guard(mutex, &d->lock) { /* found */
		use(d);
	}
	scoped_guard(spinlock, &d->spinlock) /* found */
		use(d);
}

static KDEFER_DEFINE3(struct dev *, three, int, nr, const char *, name, unsigned long, flags)
{
	struct dev *d __free(kfree) = kmalloc(sizeof(*d), GFP_KERNEL); /* found */
	CLASS(fd, f)(nr); /* found */

	while (flags) {
		guard(rcu)(); /* found */
		flags &= flags - 1;
	}
	return no_free_ptr(d);
}

static KDEFER_DEFINE1(int, right, struct dev *, d)
{
	kdefer_owned(kfree, char *, buf) = kmalloc(64, GFP_KERNEL);
	kdefer_guard(mutex)(&d->lock);
	kdefer_class(fd, f)(3);

	kdefer_scoped_guard(spinlock, &d->spinlock)
		use(buf);
	return 0;
}

static int not_a_kdefer_function(struct dev *d)
{
	char *buf __free(kfree) = kmalloc(64, GFP_KERNEL);

	guard(mutex)(&d->lock);
	scoped_guard(spinlock, &d->spinlock)
		use(buf);
	return right(d);
}
