// SPDX-License-Identifier: GPL-2.0-only
/*
 * Preloaded: counts the allocations of the whole program, whoever makes them.
 */
#include <errno.h>
#include <stddef.h>

/* glibc's own names for what is replaced here: a look-up with dlsym() would allocate. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t size);
void *__libc_memalign(size_t align, size_t size);

static unsigned long nr_allocs;

static void count(void)
{
	__atomic_fetch_add(&nr_allocs, 1, __ATOMIC_RELAXED);
}

unsigned long bench_allocs(void)
{
	return __atomic_load_n(&nr_allocs, __ATOMIC_RELAXED);
}

void *malloc(size_t size)
{
	count();
	return __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
	count();
	return __libc_calloc(n, size);
}

void *realloc(void *p, size_t size)
{
	count();
	return __libc_realloc(p, size);
}

void *memalign(size_t align, size_t size)
{
	count();
	return __libc_memalign(align, size);
}

void *aligned_alloc(size_t align, size_t size)
{
	return memalign(align, size);
}

int posix_memalign(void **p, size_t align, size_t size)
{
	*p = memalign(align, size);
	return *p ? 0 : ENOMEM;
}
