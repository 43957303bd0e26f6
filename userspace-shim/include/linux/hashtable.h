/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KSHIM_LINUX_HASHTABLE_H
#define _KSHIM_LINUX_HASHTABLE_H

#include <linux/hash.h>
#include <linux/list.h>
#include <linux/log2.h>
#include <linux/rculist.h>
#include <linux/types.h>

#define DECLARE_HASHTABLE(name, bits) struct hlist_head name[1 << (bits)]
#define DEFINE_HASHTABLE(name, bits) DECLARE_HASHTABLE(name, bits) = { }

#define HASH_SIZE(name) (sizeof(name) / sizeof((name)[0]))
#define HASH_BITS(name) ilog2(HASH_SIZE(name))

/* Four bytes and less, and eight, as the type of the key is. */
#define hash_min(val, bits) \
	(sizeof(val) <= 4 ? hash_32((u32)(val), bits) : hash_64((u64)(val), bits))
#define __kshim_bucket(name, key) (&(name)[hash_min(key, HASH_BITS(name))])

static inline void __kshim_hash_init(struct hlist_head *head, size_t n)
{
	while (n--)
		head[n].first = NULL;
}

static inline bool __kshim_hash_empty(const struct hlist_head *head, size_t n)
{
	while (n--)
		if (!hlist_empty(&head[n]))
			return false;
	return true;
}

#define hash_init(name) __kshim_hash_init(name, HASH_SIZE(name))
#define hash_empty(name) __kshim_hash_empty(name, HASH_SIZE(name))
#define hash_add(name, node, key) hlist_add_head(node, __kshim_bucket(name, key))
#define hash_hashed(node) (!hlist_unhashed(node))
#define hash_del(node) hlist_del_init(node)
#define hash_for_each(name, bkt, obj, member) \
	for ((bkt) = 0; (size_t)(bkt) < HASH_SIZE(name); (bkt)++) \
		hlist_for_each_entry(obj, &(name)[bkt], member)
#define hash_for_each_safe(name, bkt, tmp, obj, member) \
	for ((bkt) = 0; (size_t)(bkt) < HASH_SIZE(name); (bkt)++) \
		hlist_for_each_entry_safe(obj, tmp, &(name)[bkt], member)
#define hash_for_each_possible(name, obj, member, key) \
	hlist_for_each_entry(obj, __kshim_bucket(name, key), member)
#define hash_for_each_possible_safe(name, obj, tmp, member, key) \
	hlist_for_each_entry_safe(obj, tmp, __kshim_bucket(name, key), member)

#define hash_add_rcu(name, node, key) hlist_add_head_rcu(node, __kshim_bucket(name, key))
#define hash_del_rcu(node) hlist_del_init_rcu(node)
#define hash_for_each_rcu(name, bkt, obj, member) \
	for ((bkt) = 0; (size_t)(bkt) < HASH_SIZE(name); (bkt)++) \
		hlist_for_each_entry_rcu(obj, &(name)[bkt], member)
#define hash_for_each_possible_rcu(name, obj, member, key, cond...) \
	hlist_for_each_entry_rcu(obj, __kshim_bucket(name, key), member)

#endif /* _KSHIM_LINUX_HASHTABLE_H */
