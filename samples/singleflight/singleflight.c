// SPDX-License-Identifier: GPL-2.0-only
/*
 * A panic and a kgoexit() of the function look the same to its deferred calls, but for what recover
 * finds, and a panic that was recovered has lost its way. So there are two deferred calls, one
 * around the other: the inner one recovers, if there is anything to recover, and whether the code
 * behind it is reached tells the outer one which of the two it was.
 */
#include <linux/completion.h>
#include <linux/err.h>
#include <linux/kref.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "singleflight.h"

enum sf_end { SF_RETURNED, SF_PANICKED, SF_EXITED };

/* Shared by all its callers. What it has come to is written before @done, and read behind it. */
struct sf_call {
	struct kref ref;
	struct list_head link;
	struct sf_group *group;
	char key[SF_KEY_MAX];
	sf_fn fn;
	void *arg;
	unsigned int others;		/* under the group's lock, until @done */
	struct list_head listeners;	/* the same */
	struct completion done;
	bool returned;
	bool recovered;
	enum sf_end end;
	long result;
	struct kdefer_value value;
};

static void sf_free(struct kref *ref)
{
	kfree(container_of(ref, struct sf_call, ref));
}

DEFINE_KDEFER(sf_put, struct sf_call *, kref_put(&_T->ref, sf_free))
DEFINE_KDEFER(sf_unlock, struct sf_group *, mutex_unlock(&_T->lock))

/* The object of a kpanic_ptr() goes with the panic that carries it: the others get its errno. */
static void sf_keep_value(struct sf_call *c, const struct kdefer_value *v)
{
	c->end = SF_PANICKED;
	c->value = *v;
	if (v->kind != KDEFER_POINTER)
		return;
	c->value.kind = KDEFER_ERRNO;
	c->value.ptr = NULL;
}

/* The inner deferred call. */
static void sf_recover(void *arg, struct kdefer_panic *p)
{
	struct sf_call *c = arg;
	struct kdefer_value v;

	if (!c->returned && krecover(p, &v))
		sf_keep_value(c, &v);
}

static KDEFER_DEFINE_VOID1(sf_run, struct sf_call *, c)
{
	kdefer(sf_recover, c);
	c->result = c->fn(c->arg);
	c->returned = true;
}

static void sf_raise(void *arg)
{
	struct sf_call *c = arg;
	struct kdefer_value v = c->value;

	sf_put(c);
	kpanic_value(&v);
}

/* On a thread of its own a panic reaches nobody who could recover it. */
static void sf_raise_for_all(struct sf_call *c)
{
	kref_get(&c->ref);
	if (kdefer_go(sf_raise, c))
		sf_put(c);
}

static void sf_tell(struct sf_call *c)
{
	struct sf_listener *l, *next;
	long result = c->end == SF_EXITED ? -ECANCELED : c->result;

	list_for_each_entry_safe(l, next, &c->listeners, link)
		l->tell(l, result, c->others > 0);
}

/* The outer deferred call: here it is known how the function has ended. */
static KDEFER_DEFINE_VOID1(sf_end, void *, arg)
{
	struct sf_call *c = arg;

	if (!c->returned && !c->recovered)
		c->end = SF_EXITED;
	mutex_lock(&c->group->lock);
	kdefer(sf_unlock, c->group);
	complete_all(&c->done);
	list_del_init(&c->link);
	if (c->end != SF_PANICKED) {
		sf_tell(c);
		return;
	}
	if (list_empty(&c->listeners))
		kpanic_value(&c->value);
	sf_raise_for_all(c);
}

static KDEFER_DEFINE_VOID1(sf_call, struct sf_call *, c)
{
	kdefer(sf_end, c);
	sf_run(c);
	/* A kgoexit() does not come here; a panic was recovered. */
	c->recovered = !c->returned;
}

static struct sf_call *sf_find(struct sf_group *g, const char *key)
{
	struct sf_call *c;

	list_for_each_entry(c, &g->calls, link)
		if (!strcmp(c->key, key))
			return c;
	return NULL;
}

static struct sf_call *sf_new(struct sf_group *g, const char *key, sf_fn fn, void *arg)
{
	struct sf_call *c = kzalloc(sizeof(*c), GFP_KERNEL);

	if (!c)
		return NULL;
	kref_init(&c->ref);
	c->group = g;
	strscpy(c->key, key, sizeof(c->key));
	c->fn = fn;
	c->arg = arg;
	INIT_LIST_HEAD(&c->listeners);
	init_completion(&c->done);
	list_add(&c->link, &g->calls);
	return c;
}

/* The call that is under way for @key, or a new one, which *@mine says. */
static KDEFER_DEFINE6(struct sf_call *, sf_join, struct sf_group *, g, const char *, key, sf_fn, fn,
		      void *, arg, struct sf_listener *, l, bool *, mine)
{
	struct sf_call *c;

	mutex_lock(&g->lock);
	kdefer(sf_unlock, g);
	c = sf_find(g, key);
	*mine = !c;
	if (c) {
		c->others++;
		kref_get(&c->ref);
	} else {
		c = sf_new(g, key, fn, arg);
	}
	if (c && l)
		list_add_tail(&l->link, &c->listeners);
	return c;
}

static long sf_result(const struct sf_call *c)
{
	if (c->end == SF_PANICKED)
		kpanic_value(&c->value);
	return c->end == SF_EXITED ? -ECANCELED : c->result;
}

KDEFER_DEFINE5(long, sf_do, struct sf_group *, g, const char *, key, sf_fn, fn, void *, arg,
	       bool *, shared)
{
	struct sf_call *c;
	bool mine;

	c = sf_join(g, key, fn, arg, NULL, &mine);
	if (!c)
		return -ENOMEM;
	kdefer(sf_put, c);
	if (mine)
		sf_call(c);
	else
		wait_for_completion(&c->done);
	*shared = !mine || c->others;
	return sf_result(c);
}

static void sf_call_async(void *c)
{
	sf_call(c);
	sf_put(c);
}

KDEFER_DEFINE5(int, sf_do_async, struct sf_group *, g, const char *, key, sf_fn, fn, void *, arg,
	       struct sf_listener *, l)
{
	struct sf_call *c;
	bool mine;
	int err;

	c = sf_join(g, key, fn, arg, l, &mine);
	if (!c)
		return -ENOMEM;
	if (!mine) {
		sf_put(c);
		return 0;
	}
	err = kdefer_go(sf_call_async, c);
	if (err) {
		/* Whoever has joined meanwhile is told that it came to nothing. */
		c->result = err;
		c->returned = true;
		list_del_init(&l->link);
		sf_end(c);
		sf_put(c);
	}
	return err;
}

void sf_forget(struct sf_group *g, const char *key)
{
	struct sf_call *c;

	mutex_lock(&g->lock);
	c = sf_find(g, key);
	if (c)
		list_del_init(&c->link);
	mutex_unlock(&g->lock);
}
