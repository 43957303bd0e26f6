/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KSHIM_LINUX_SLAB_H
#define _KSHIM_LINUX_SLAB_H

#include <linux/cleanup.h>
#include <linux/compiler.h>
#include <linux/err.h>
#include <linux/gfp.h>
#include <linux/overflow.h>
#include <linux/types.h>

#define ZERO_SIZE_PTR ((void *)16)
#define ZERO_OR_NULL_PTR(x) ((unsigned long)(x) <= (unsigned long)ZERO_SIZE_PTR)
#define KMALLOC_MAX_SIZE (1UL << 22)
#define ARCH_KMALLOC_MINALIGN __alignof__(unsigned long long)
#define ARCH_SLAB_MINALIGN __alignof__(unsigned long long)

#define SLAB_RED_ZONE ((slab_flags_t)0x00000400U)
#define SLAB_POISON ((slab_flags_t)0x00000800U)
#define SLAB_HWCACHE_ALIGN ((slab_flags_t)0x00002000U)
#define SLAB_PANIC ((slab_flags_t)0x00040000U)
#define SLAB_TYPESAFE_BY_RCU ((slab_flags_t)0x00080000U)
#define SLAB_ACCOUNT ((slab_flags_t)0x04000000U)
#define SLAB_RECLAIM_ACCOUNT ((slab_flags_t)0x00020000U)

struct kmem_cache;

void kshim_kfree(const void *p);
void *kshim_kmalloc(size_t size, gfp_t gfp) __malloc __alloc_size(1);
void *kshim_kvmalloc(size_t size, gfp_t gfp) __malloc __alloc_size(1);
void *kshim_krealloc(const void *p, size_t size, gfp_t gfp) __alloc_size(2);
void kshim_kfree_sensitive(const void *p);

struct kmem_cache *kshim_kmem_cache_create(const char *name, unsigned int size, unsigned int align,
					   slab_flags_t flags, void (*ctor)(void *obj));
void kshim_kmem_cache_destroy(struct kmem_cache *s);
void *kshim_kmem_cache_alloc(struct kmem_cache *s, gfp_t gfp) __malloc;
void kshim_kmem_cache_free(struct kmem_cache *s, void *obj);

static __always_inline __malloc __alloc_size(1) void *kmalloc(size_t size, gfp_t gfp)
{
	return kshim_kmalloc(size, gfp);
}

static __always_inline __malloc __alloc_size(1) void *kzalloc(size_t size, gfp_t gfp)
{
	return kshim_kmalloc(size, gfp | __GFP_ZERO);
}

static __always_inline __malloc __alloc_size(1, 2)
void *kmalloc_array(size_t n, size_t size, gfp_t gfp)
{
	return kshim_kmalloc(size_mul(n, size), gfp);
}

static __always_inline __malloc __alloc_size(1, 2) void *kcalloc(size_t n, size_t size, gfp_t gfp)
{
	return kshim_kmalloc(size_mul(n, size), gfp | __GFP_ZERO);
}

static __always_inline __malloc __alloc_size(1)
void *kmalloc_node(size_t size, gfp_t gfp, int node __always_unused)
{
	return kshim_kmalloc(size, gfp);
}

static __always_inline __malloc __alloc_size(1)
void *kzalloc_node(size_t size, gfp_t gfp, int node __always_unused)
{
	return kshim_kmalloc(size, gfp | __GFP_ZERO);
}

static __always_inline void * __must_check krealloc(const void *p, size_t size, gfp_t gfp)
{
	return kshim_krealloc(p, size, gfp);
}

static __always_inline void * __must_check krealloc_array(void *p, size_t n, size_t size,
							  gfp_t gfp)
{
	return kshim_krealloc(p, size_mul(n, size), gfp);
}

static __always_inline void kfree(const void *p)
{
	kshim_kfree(p);
}

static __always_inline void kfree_sensitive(const void *p)
{
	kshim_kfree_sensitive(p);
}

static __always_inline __malloc __alloc_size(1) void *kvmalloc(size_t size, gfp_t gfp)
{
	return kshim_kvmalloc(size, gfp);
}

static __always_inline __malloc __alloc_size(1) void *kvzalloc(size_t size, gfp_t gfp)
{
	return kshim_kvmalloc(size, gfp | __GFP_ZERO);
}

static __always_inline __malloc __alloc_size(1, 2)
void *kvmalloc_array(size_t n, size_t size, gfp_t gfp)
{
	return kshim_kvmalloc(size_mul(n, size), gfp);
}

static __always_inline __malloc __alloc_size(1, 2) void *kvcalloc(size_t n, size_t size, gfp_t gfp)
{
	return kshim_kvmalloc(size_mul(n, size), gfp | __GFP_ZERO);
}

static __always_inline void kvfree(const void *p)
{
	kshim_kfree(p);
}

static __always_inline struct kmem_cache *kmem_cache_create(const char *name, unsigned int size,
							    unsigned int align, slab_flags_t flags,
							    void (*ctor)(void *obj))
{
	return kshim_kmem_cache_create(name, size, align, flags, ctor);
}

static __always_inline void kmem_cache_destroy(struct kmem_cache *s)
{
	kshim_kmem_cache_destroy(s);
}

static __always_inline __malloc void *kmem_cache_alloc(struct kmem_cache *s, gfp_t gfp)
{
	return kshim_kmem_cache_alloc(s, gfp);
}

static __always_inline __malloc void *kmem_cache_zalloc(struct kmem_cache *s, gfp_t gfp)
{
	return kshim_kmem_cache_alloc(s, gfp | __GFP_ZERO);
}

static __always_inline void kmem_cache_free(struct kmem_cache *s, void *obj)
{
	kshim_kmem_cache_free(s, obj);
}

DEFINE_FREE(kfree, void *, if (!IS_ERR_OR_NULL(_T)) kfree(_T))
DEFINE_FREE(kvfree, void *, if (!IS_ERR_OR_NULL(_T)) kvfree(_T))

#define KMEM_CACHE(__struct, __flags) \
	kmem_cache_create(#__struct, sizeof(struct __struct), __alignof__(struct __struct), \
			  (__flags), NULL)

#endif /* _KSHIM_LINUX_SLAB_H */
