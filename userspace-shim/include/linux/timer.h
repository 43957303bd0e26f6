/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KSHIM_LINUX_TIMER_H
#define _KSHIM_LINUX_TIMER_H

#include <time.h>
#include <linux/container_of.h>
#include <linux/jiffies.h>
#include <linux/list.h>
#include <linux/types.h>

struct timer_list {
	struct list_head entry;
	unsigned long expires;
	void (*function)(struct timer_list *timer);
	u32 flags;
};

#define TIMER_DEFERRABLE 0x00080000
#define TIMER_PINNED 0x00100000
#define TIMER_IRQSAFE 0x00200000

bool kshim_timer_mod(struct timer_list *timer, unsigned long expires);
bool kshim_timer_pending(const struct timer_list *timer);
int kshim_timer_delete(struct timer_list *timer, bool sync);
int kshim_timer_shutdown(struct timer_list *timer, bool sync);

#define __TIMER_INITIALIZER(fn, flags_) { .function = (fn), .flags = (flags_) }
#define DEFINE_TIMER(name, fn) struct timer_list name = __TIMER_INITIALIZER(fn, 0)

static inline void timer_setup(struct timer_list *timer, void (*fn)(struct timer_list *timer),
			       unsigned int flags)
{
	INIT_LIST_HEAD(&timer->entry);
	timer->function = fn;
	timer->flags = flags;
}

#define timer_setup_on_stack(timer, fn, flags) timer_setup(timer, fn, flags)
#define destroy_timer_on_stack(timer) ((void)(timer))
#define from_timer(var, callback_timer, timer_fieldname) \
	container_of(callback_timer, __typeof__(*(var)), timer_fieldname)
#define timer_container_of(var, callback_timer, timer_fieldname) \
	from_timer(var, callback_timer, timer_fieldname)

static inline int timer_pending(const struct timer_list *timer)
{
	return kshim_timer_pending(timer);
}

static inline int mod_timer(struct timer_list *timer, unsigned long expires)
{
	return kshim_timer_mod(timer, expires);
}

static inline void add_timer(struct timer_list *timer)
{
	kshim_timer_mod(timer, timer->expires);
}

/* POSIX has a function of that name. */
#define timer_delete(timer) kshim_timer_delete(timer, false)
#define timer_delete_sync(timer) kshim_timer_delete(timer, true)

/* Nothing arms it from then on, until timer_setup(). */
#define timer_shutdown(timer) kshim_timer_shutdown(timer, false)
#define timer_shutdown_sync(timer) kshim_timer_shutdown(timer, true)

/* Their names before Linux 6.2. */
#define del_timer(timer) timer_delete(timer)
#define del_timer_sync(timer) timer_delete_sync(timer)

#endif /* _KSHIM_LINUX_TIMER_H */
