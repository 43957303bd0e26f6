// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which code knows that it may be skipped: that of the modules which use kdefer, and kdefer itself.
 * And what such modules say of others' functions: KDEFER_MAY_SKIP().
 */
#include <linux/init.h>
#include <linux/module.h>
#include <linux/notifier.h>
#include <linux/rculist.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <kdefer/skip.h>

#include "host.h"
#include "../compat/module_text.h"
#include "../compat/module_use.h"

/* A module that uses kdefer, and where its code is. */
struct kdefer_user {
	struct list_head link;
	const struct module *module;
	struct kdefer_range text;
	struct kdefer_range init_text;
	struct kdefer_pending_calls *pending;
};

/* kdefer itself is the first one. */
static struct kdefer_user kdefer_itself;
/* Where its code is, when its init function has returned. */
struct kdefer_range kdefer_own_text;
static LIST_HEAD(kdefer_users);
static LIST_HEAD(kdefer_may_skip_list);
/* How many have tables of what is pending where. */
static unsigned int kdefer_nr_with_tables;
/* For those who write to the lists and to the number. */
static DEFINE_SPINLOCK(kdefer_users_lock);

/* Whether @ip lies in a module that uses kdefer; then @range is the part of it. Does not sleep. */
bool kdefer_is_users(unsigned long ip, struct kdefer_range *range)
{
	const struct kdefer_user *u;
	bool found = false;

	rcu_read_lock();
	list_for_each_entry_rcu(u, &kdefer_users, link) {
		*range = u->text;
		found = kdefer_in_range(ip, range);
		if (found)
			break;
		*range = u->init_text;
		found = kdefer_in_range(ip, range);
		if (found)
			break;
	}
	rcu_read_unlock();
	return found;
}

/*
 * Whether a return address is what the kernel puts in its place to hear of the return. The kernel's
 * stack trace looks up what stood there, but on riscv64 not always. @ip is the byte before.
 */
static bool kdefer_is_return_hook(unsigned long ip)
{
	char name[KDEFER_NAME_SIZE];

	snprintf(name, sizeof(name), "%ps", (void *)(ip + 1));
	return !strcmp(name, "arch_rethook_trampoline") || !strcmp(name, "return_to_handler");
}

/*
 * A function whose return address is hooked, and not known therefore, counts as a user's: most that
 * a panic skips are, and the byte before the hook would accuse a function that was never called.
 */
bool kdefer_host_is_users(unsigned long ip)
{
	struct kdefer_range range;

	return kdefer_is_users(ip, &range) ||
	       (kdefer_has_return_hooks() && kdefer_is_return_hook(ip));
}

bool kdefer_users_have_tables(void)
{
	return READ_ONCE(kdefer_nr_with_tables);
}

/* Code of the init function does not count any more when that has returned. */
static bool kdefer_has_text(const struct kdefer_user *u, unsigned long ip)
{
	return kdefer_in_range(ip, &u->text) || kdefer_in_range(ip, &u->init_text);
}

/*
 * What is pending at a call that @ip is an address in, by the tables of the module that has it;
 * NULL if that is nothing. It stays until the module goes.
 */
const struct kdefer_pending *kdefer_find_pending(unsigned long ip)
{
	const struct kdefer_pending *found = NULL;
	const struct kdefer_user *u;

	rcu_read_lock();
	list_for_each_entry_rcu(u, &kdefer_users, link) {
		if (u->pending && kdefer_has_text(u, ip)) {
			found = kdefer_search_pending(u->pending, ip);
			break;
		}
	}
	rcu_read_unlock();
	return found;
}

/* Whether the function @name holds nothing, or the module of @place has said so. */
bool kdefer_host_may_skip(const char *name, unsigned long place)
{
	const struct kdefer_may_skip *m;
	bool found = false;

	if (kdefer_is_library_name(name))
		return true;
	rcu_read_lock();
	list_for_each_entry_rcu(m, &kdefer_may_skip_list, link) {
		found = within_module(place, m->owner) && !strcmp(m->function, name);
		if (found)
			break;
	}
	rcu_read_unlock();
	return found;
}

void __kdefer_may_skip(struct kdefer_may_skip *m, struct module *owner)
{
	unsigned long flags;

	spin_lock_irqsave(&kdefer_users_lock, flags);
	if (!m->said) {
		m->owner = owner;
		WRITE_ONCE(m->said, true);
		list_add_rcu(&m->link, &kdefer_may_skip_list);
	}
	spin_unlock_irqrestore(&kdefer_users_lock, flags);
}
EXPORT_SYMBOL_GPL(__kdefer_may_skip);

#ifdef CONFIG_MODULE_UNLOAD
/* The kernel has just resolved the symbols of @mod, and noted whose they are. */
static bool kdefer_is_used_by(const struct module *mod)
{
	const struct kdefer_module_use *use;

	list_for_each_entry(use, &mod->target_list, target_list)
		if (use->target == THIS_MODULE)
			return true;
	return false;
}
#else
/* This kernel does not note who uses whom. All are taken for users of kdefer: no false warnings. */
static bool kdefer_is_used_by(const struct module *mod)
{
	return true;
}
#endif

static void kdefer_add_user(struct kdefer_user *u, const struct module *mod)
{
	u->module = mod;
	u->text.start = kdefer_module_text(mod);
	u->text.size = kdefer_module_text_size(mod);
	u->init_text.start = kdefer_module_init_text(mod);
	u->init_text.size = kdefer_module_init_text_size(mod);
	spin_lock_irq(&kdefer_users_lock);
	WRITE_ONCE(kdefer_nr_with_tables, kdefer_nr_with_tables + !!u->pending);
	list_add_tail_rcu(&u->link, &kdefer_users);
	spin_unlock_irq(&kdefer_users_lock);
}

static int kdefer_user_comes(const struct module *mod)
{
	struct kdefer_user *u;

	if (!kdefer_is_used_by(mod))
		return 0;
	u = kzalloc(sizeof(*u), GFP_KERNEL);
	if (!u)
		return -ENOMEM;
	u->pending = kdefer_read_pending(mod);
	if (IS_ERR(u->pending)) {
		kfree(u);
		return -ENOMEM;
	}
	kdefer_add_user(u, mod);
	return 0;
}

/* Called with the lock held. */
static struct kdefer_user *kdefer_find_user(const struct module *mod)
{
	struct kdefer_user *u;

	list_for_each_entry(u, &kdefer_users, link)
		if (u->module == mod)
			return u;
	return NULL;
}

/* Its init function has returned, and is freed. */
static void kdefer_user_lives(const struct module *mod)
{
	struct kdefer_user *u;

	spin_lock_irq(&kdefer_users_lock);
	u = kdefer_find_user(mod);
	if (u)
		WRITE_ONCE(u->init_text.size, 0);
	spin_unlock_irq(&kdefer_users_lock);
	if (u)
		kdefer_forget_said();
}

static void kdefer_user_goes(const struct module *mod)
{
	struct kdefer_may_skip *m, *next;
	struct kdefer_user *u;

	spin_lock_irq(&kdefer_users_lock);
	u = kdefer_find_user(mod);
	if (u) {
		list_del_rcu(&u->link);
		WRITE_ONCE(kdefer_nr_with_tables, kdefer_nr_with_tables - !!u->pending);
	}
	list_for_each_entry_safe(m, next, &kdefer_may_skip_list, link)
		if (m->owner == mod)
			list_del_rcu(&m->link);
	spin_unlock_irq(&kdefer_users_lock);
	if (!u)
		return;
	synchronize_rcu();
	kvfree(u->pending);
	kfree(u);
	kdefer_forget_said();
}

static int kdefer_module_changes(struct notifier_block *nb, unsigned long state, void *mod)
{
	/* What kdefer itself is, kdefer_watch_users() says. */
	if (mod == THIS_MODULE)
		return NOTIFY_OK;
	if (state == MODULE_STATE_COMING)
		return notifier_from_errno(kdefer_user_comes(mod));
	if (state == MODULE_STATE_LIVE)
		kdefer_user_lives(mod);
	if (state == MODULE_STATE_GOING)
		kdefer_user_goes(mod);
	return NOTIFY_OK;
}

/* Before KUnit's, which runs the cases of a module that comes: they call kdefer. */
static struct notifier_block kdefer_module_notifier = {
	.notifier_call = kdefer_module_changes,
	.priority = 1,
};

int __init kdefer_watch_users(void)
{
	kdefer_add_user(&kdefer_itself, THIS_MODULE);
	kdefer_itself.init_text.size = 0;
	kdefer_own_text = kdefer_itself.text;
	return register_module_notifier(&kdefer_module_notifier);
}

/* Those who used kdefer have gone before it. */
void kdefer_unwatch_users(void)
{
	unregister_module_notifier(&kdefer_module_notifier);
}
