/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The registration of a shrinker.
 */
#ifndef _KDEFER_COMPAT_SHRINKER_H
#define _KDEFER_COMPAT_SHRINKER_H

#include <linux/shrinker.h>
#include <linux/slab.h>
#include <linux/version.h>

/*
 * 6.7, commit c42d50aefd17 ("mm: shrinker: add infrastructure for dynamically allocating
 * shrinker"): shrinkers are allocated by the kernel, and freed by it when nobody looks at them any
 * more.
 */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 7, 0)
static inline struct shrinker *shrinker_alloc(unsigned int flags, const char *name)
{
	struct shrinker *s = kzalloc(sizeof(*s), GFP_KERNEL);

	if (s)
		s->flags = flags;
	return s;
}

static inline int kdefer_shrinker_register(struct shrinker *s)
{
	s->seeks = DEFAULT_SEEKS;
	return register_shrinker(s, "kdefer");
}

static inline void shrinker_free(struct shrinker *s)
{
	unregister_shrinker(s);
	kfree(s);
}
#else
static inline int kdefer_shrinker_register(struct shrinker *s)
{
	shrinker_register(s);
	return 0;
}
#endif

#endif /* _KDEFER_COMPAT_SHRINKER_H */
