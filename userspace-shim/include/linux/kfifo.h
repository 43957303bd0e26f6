/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Queues of elements of one type, as many as a power of two. One thread that puts and one that gets
 * need no lock between them.
 */
#ifndef _KSHIM_LINUX_KFIFO_H
#define _KSHIM_LINUX_KFIFO_H

#include <linux/err.h>
#include <linux/log2.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/types.h>

struct kshim_fifo {
	unsigned int in;
	unsigned int out;
	unsigned int mask;
	unsigned int esize;
	void *data;
};

/* The type of the elements is that of @type, which is never followed. */
#define __KSHIM_FIFO(T, room) \
{ \
	union { \
		struct kshim_fifo fifo; \
		T *type; \
	}; \
	T buf[room]; \
}

#define STRUCT_KFIFO(type, size) struct __KSHIM_FIFO(type, size)
#define STRUCT_KFIFO_PTR(type) struct __KSHIM_FIFO(type, 0)
#define DECLARE_KFIFO(name, type, size) STRUCT_KFIFO(type, size) name
#define DECLARE_KFIFO_PTR(name, type) STRUCT_KFIFO_PTR(type) name
#define DEFINE_KFIFO(name, type_, size_) \
	DECLARE_KFIFO(name, type_, size_) = { \
		.fifo = { .mask = (size_) - 1, .esize = sizeof(type_), .data = (name).buf }, \
	}

struct kfifo __KSHIM_FIFO(unsigned char, 0);

int kshim_fifo_alloc(struct kshim_fifo *f, size_t n, size_t esize, gfp_t gfp);
void kshim_fifo_free(struct kshim_fifo *f);
unsigned int kshim_fifo_in(struct kshim_fifo *f, const void *from, unsigned int n);
unsigned int kshim_fifo_out(struct kshim_fifo *f, void *to, unsigned int n, bool take);

#define INIT_KFIFO(f) \
({ \
	__typeof__(&(f)) __kshim_f = &(f); \
	__kshim_f->fifo = (struct kshim_fifo){ \
		.mask = sizeof(__kshim_f->buf) ? \
			sizeof(__kshim_f->buf) / sizeof(*__kshim_f->type) - 1 : 0, \
		.esize = sizeof(*__kshim_f->type), .data = __kshim_f->buf, \
	}; \
	(void)0; \
})
#define kfifo_alloc(f, n, gfp) kshim_fifo_alloc(&(f)->fifo, n, sizeof(*(f)->type), gfp)
#define kfifo_free(f) kshim_fifo_free(&(f)->fifo)
#define kfifo_initialized(f) ((f)->fifo.mask)
#define kfifo_esize(f) ((f)->fifo.esize)
#define kfifo_size(f) ((f)->fifo.mask + 1)
#define kfifo_len(f) (READ_ONCE((f)->fifo.in) - READ_ONCE((f)->fifo.out))
#define kfifo_avail(f) (kfifo_size(f) - kfifo_len(f))
#define kfifo_is_empty(f) (!kfifo_len(f))
#define kfifo_is_full(f) (kfifo_len(f) > (f)->fifo.mask)
#define kfifo_reset(f) ((void)((f)->fifo.in = (f)->fifo.out = 0))
#define kfifo_reset_out(f) ((void)((f)->fifo.out = (f)->fifo.in))
#define kfifo_skip(f) ((void)((f)->fifo.out++))
#define kfifo_in(f, from, n) \
({ \
	const void *__kshim_from = (from); \
	kshim_fifo_in(&(f)->fifo, __kshim_from, n); \
})
#define kfifo_out(f, to, n) \
({ \
	void *__kshim_to = (to); \
	kshim_fifo_out(&(f)->fifo, __kshim_to, n, true); \
})
#define kfifo_out_peek(f, to, n) \
({ \
	void *__kshim_to = (to); \
	kshim_fifo_out(&(f)->fifo, __kshim_to, n, false); \
})
#define kfifo_put(f, val) \
({ \
	__typeof__(*(f)->type) __kshim_val = (val); \
	(int)kshim_fifo_in(&(f)->fifo, &__kshim_val, 1); \
})
#define kfifo_get(f, val) ((int)kfifo_out(f, val, 1))
#define kfifo_peek(f, val) ((int)kfifo_out_peek(f, val, 1))
#define kfifo_in_spinlocked(f, from, n, lock) \
({ \
	unsigned long __kshim_flags; \
	unsigned int __kshim_n; \
	spin_lock_irqsave(lock, __kshim_flags); \
	__kshim_n = kfifo_in(f, from, n); \
	spin_unlock_irqrestore(lock, __kshim_flags); \
	__kshim_n; \
})
#define kfifo_out_spinlocked(f, to, n, lock) \
({ \
	unsigned long __kshim_flags; \
	unsigned int __kshim_n; \
	spin_lock_irqsave(lock, __kshim_flags); \
	__kshim_n = kfifo_out(f, to, n); \
	spin_unlock_irqrestore(lock, __kshim_flags); \
	__kshim_n; \
})

#endif /* _KSHIM_LINUX_KFIFO_H */
