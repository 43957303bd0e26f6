// SPDX-License-Identifier: GPL-2.0-only
/*
 * The store. Whoever needs it locked defers the unlock right behind the lock, and is free to panic.
 */
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "kv.h"

struct kv_entry {
	struct list_head link;
	char key[KV_KEY_MAX + 1];
	char value[KV_VALUE_MAX + 1];
};

/* Sorted by key. */
static LIST_HEAD(kv_entries);
static unsigned int kv_nr_entries;
/* Guards both. */
static DEFINE_MUTEX(kv_store_mutex);

static void kv_lock(struct mutex *lock)
{
	mutex_lock(lock);
	atomic_inc(&kv_live.locks);
}

static void kv_unlock(void *lock)
{
	atomic_dec(&kv_live.locks);
	mutex_unlock(lock);
}

/* The first entry whose key is not less than @key, or the head of the list. */
static struct list_head *kv_store_seek(const char *key)
{
	struct kv_entry *e;

	list_for_each_entry(e, &kv_entries, link)
		if (strcmp(e->key, key) >= 0)
			return &e->link;
	return &kv_entries;
}

static struct kv_entry *kv_store_find(const char *key)
{
	struct list_head *at = kv_store_seek(key);
	struct kv_entry *e = list_entry(at, struct kv_entry, link);

	if (at == &kv_entries || strcmp(e->key, key))
		return NULL;
	return e;
}

static struct kv_entry *kv_store_must_find(const char *key)
{
	struct kv_entry *e = kv_store_find(key);

	if (!e)
		kpanic(-ENOENT);
	return e;
}

static struct kv_entry *kv_store_add(const char *key)
{
	struct kv_entry *e;

	if (kv_nr_entries == KV_ENTRIES_MAX)
		kpanic(-ENOSPC);
	e = kzalloc(sizeof(*e), GFP_KERNEL);
	if (!e)
		kpanic(-ENOMEM);
	strscpy(e->key, key, sizeof(e->key));
	list_add_tail(&e->link, kv_store_seek(key));
	kv_nr_entries++;
	return e;
}

static void kv_store_drop(struct kv_entry *e)
{
	kv_nr_entries--;
	list_del(&e->link);
	kfree(e);
}

KDEFER_DEFINE_VOID2(kv_store_set, const char *, key, const char *, value)
{
	struct kv_entry *e;

	kv_lock(&kv_store_mutex);
	kdefer(kv_unlock, &kv_store_mutex);
	e = kv_store_find(key) ?: kv_store_add(key);
	strscpy(e->value, value, sizeof(e->value));
}

/* Into @value, which has room for KV_VALUE_MAX characters. */
KDEFER_DEFINE_VOID2(kv_store_get, const char *, key, char *, value)
{
	kv_lock(&kv_store_mutex);
	kdefer(kv_unlock, &kv_store_mutex);
	strscpy(value, kv_store_must_find(key)->value, KV_VALUE_MAX + 1);
}

KDEFER_DEFINE_VOID1(kv_store_del, const char *, key)
{
	kv_lock(&kv_store_mutex);
	kdefer(kv_unlock, &kv_store_mutex);
	kv_store_drop(kv_store_must_find(key));
}

KDEFER_DEFINE_VOID1(kv_store_list, struct kv_request *, rq)
{
	struct kv_entry *e;

	kv_lock(&kv_store_mutex);
	kdefer(kv_unlock, &kv_store_mutex);
	list_for_each_entry(e, &kv_entries, link)
		kv_answer(rq, " %s", e->key);
}

void kv_store_clear(void)
{
	while (!list_empty(&kv_entries))
		kv_store_drop(list_first_entry(&kv_entries, struct kv_entry, link));
}

unsigned int kv_store_count(void)
{
	unsigned int n;

	mutex_lock(&kv_store_mutex);
	n = kv_nr_entries;
	mutex_unlock(&kv_store_mutex);
	return n;
}
