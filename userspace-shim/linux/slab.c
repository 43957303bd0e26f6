// SPDX-License-Identifier: GPL-2.0-only
/* kmalloc and friends over malloc: counted, and made to fail on request. */

#include <malloc.h>
#include <stdlib.h>
#include "kshim-impl.h"

#include <linux/slab.h>
#include <linux/string.h>
#include <kdefer-shim.h>

struct kmem_cache {
	const char *name;
	unsigned int size;
	unsigned int align;
	void (*ctor)(void *obj);
	long live;
};

static long live_allocs;
static unsigned long total_allocs;
static long fail_countdown;

static void __attribute__((__constructor__)) slab_init(void)
{
	const char *nth = getenv("KDEFER_SHIM_FAIL_ALLOC");

	if (nth)
		fail_countdown = strtol(nth, NULL, 0);
}

long shim_fail_alloc(long nth)
{
	return max(__atomic_exchange_n(&fail_countdown, nth, __ATOMIC_RELAXED), 0L);
}

long shim_live_allocs(void)
{
	return READ_ONCE(live_allocs);
}

unsigned long shim_total_allocs(void)
{
	return READ_ONCE(total_allocs);
}

static bool must_fail(gfp_t gfp)
{
	if (likely(READ_ONCE(fail_countdown) <= 0) || (gfp & __GFP_NOFAIL))
		return false;
	return __atomic_fetch_sub(&fail_countdown, 1, __ATOMIC_RELAXED) == 1;
}

static void count_alloc(void)
{
	__atomic_fetch_add(&live_allocs, 1, __ATOMIC_RELAXED);
	__atomic_fetch_add(&total_allocs, 1, __ATOMIC_RELAXED);
}

static void *alloc(size_t size, size_t align, gfp_t gfp)
{
	void *p = NULL;

	might_sleep_if(gfpflags_allow_blocking(gfp));
	if (must_fail(gfp))
		return NULL;
	if (align <= __alignof__(max_align_t))
		p = malloc(size);
	else if (posix_memalign(&p, align, size))
		p = NULL;
	if (!p)
		return NULL;
	count_alloc();
	if (gfp & __GFP_ZERO)
		memset(p, 0, size);
	return p;
}

static void release(void *p)
{
	__atomic_fetch_sub(&live_allocs, 1, __ATOMIC_RELAXED);
	free(p);
}

/* The kernel aligns an allocation whose size is a power of two to that size. */
static size_t natural_align(size_t size)
{
	return is_power_of_2(size) ? min_t(size_t, size, PAGE_SIZE) : 1;
}

static void *alloc_sized(size_t size, size_t max, gfp_t gfp)
{
	if (!size)
		return ZERO_SIZE_PTR;
	if (size > max) {
		/* Also what an overflow in kmalloc_array() ends as. */
		WARN_ON_ONCE(size != SIZE_MAX && !(gfp & __GFP_NOWARN));
		return NULL;
	}
	return alloc(size, natural_align(size), gfp);
}

void *kshim_kmalloc(size_t size, gfp_t gfp)
{
	return alloc_sized(size, KMALLOC_MAX_SIZE, gfp);
}

void *kshim_kvmalloc(size_t size, gfp_t gfp)
{
	return alloc_sized(size, INT_MAX, gfp);
}

void kshim_kfree(const void *p)
{
	if (!ZERO_OR_NULL_PTR(p))
		release((void *)p);
}

void *kshim_krealloc(const void *p, size_t size, gfp_t gfp)
{
	void *grown;

	if (!size) {
		kshim_kfree(p);
		return ZERO_SIZE_PTR;
	}
	grown = kshim_kmalloc(size, gfp);
	if (!grown || ZERO_OR_NULL_PTR(p))
		return grown;
	memcpy(grown, p, min(size, malloc_usable_size((void *)p)));
	release((void *)p);
	return grown;
}

void kshim_kfree_sensitive(const void *p)
{
	if (ZERO_OR_NULL_PTR(p))
		return;
	memzero_explicit((void *)p, malloc_usable_size((void *)p));
	release((void *)p);
}

unsigned long kshim_get_free_page(gfp_t gfp)
{
	return (unsigned long)alloc(PAGE_SIZE, PAGE_SIZE, gfp);
}

void kshim_free_page(unsigned long addr)
{
	if (addr)
		release((void *)addr);
}

struct kmem_cache *kshim_kmem_cache_create(const char *name, unsigned int size, unsigned int align,
					   slab_flags_t flags, void (*ctor)(void *obj))
{
	struct kmem_cache *s = kzalloc(sizeof(*s), GFP_KERNEL);

	if (s)
		s->name = kstrdup(name, GFP_KERNEL);
	if (!s || !s->name) {
		kfree(s);
		if (flags & SLAB_PANIC)
			panic("kmem_cache_create: Failed to create slab '%s'\n", name);
		return NULL;
	}
	s->size = size;
	s->align = max_t(unsigned int, align, flags & SLAB_HWCACHE_ALIGN ? 64 : 8);
	s->ctor = ctor;
	return s;
}

void kshim_kmem_cache_destroy(struct kmem_cache *s)
{
	if (!s)
		return;
	if (WARN(READ_ONCE(s->live), "kmem_cache_destroy %s: Slab cache still has objects\n",
		 s->name))
		return;
	kfree(s->name);
	kfree(s);
}

void *kshim_kmem_cache_alloc(struct kmem_cache *s, gfp_t gfp)
{
	void *obj = alloc(s->size, s->align, gfp);

	if (!obj)
		return NULL;
	__atomic_fetch_add(&s->live, 1, __ATOMIC_RELAXED);
	if (s->ctor)
		s->ctor(obj);
	return obj;
}

void kshim_kmem_cache_free(struct kmem_cache *s, void *obj)
{
	if (!obj)
		return;
	__atomic_fetch_sub(&s->live, 1, __ATOMIC_RELAXED);
	release(obj);
}
