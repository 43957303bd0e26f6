// SPDX-License-Identifier: GPL-2.0-only
/* Queues: the two counters run on, and wrap around; their difference is how many there are. */

#include <linux/kernel.h>
#include <linux/kfifo.h>
#include <linux/string.h>

int kshim_fifo_alloc(struct kshim_fifo *f, size_t n, size_t esize, gfp_t gfp)
{
	*f = (struct kshim_fifo){ .esize = (unsigned int)esize };
	n = roundup_pow_of_two(n);
	if (n < 2)
		return -EINVAL;
	f->data = kmalloc_array(n, esize, gfp);
	if (!f->data)
		return -ENOMEM;
	f->mask = (unsigned int)n - 1;
	return 0;
}

void kshim_fifo_free(struct kshim_fifo *f)
{
	kfree(f->data);
	*f = (struct kshim_fifo){ .esize = f->esize };
}

/* Element @i, counted from when the queue was made. */
static void *element(const struct kshim_fifo *f, unsigned int i)
{
	return (char *)f->data + (size_t)(i & f->mask) * f->esize;
}

unsigned int kshim_fifo_in(struct kshim_fifo *f, const void *from, unsigned int n)
{
	unsigned int in = f->in, out = __atomic_load_n(&f->out, __ATOMIC_ACQUIRE), i;

	n = min(n, f->mask + 1 - (in - out));
	for (i = 0; i < n; i++)
		memcpy(element(f, in + i), (const char *)from + (size_t)i * f->esize, f->esize);
	__atomic_store_n(&f->in, in + n, __ATOMIC_RELEASE);
	return n;
}

unsigned int kshim_fifo_out(struct kshim_fifo *f, void *to, unsigned int n, bool take)
{
	unsigned int out = f->out, in = __atomic_load_n(&f->in, __ATOMIC_ACQUIRE), i;

	n = min(n, in - out);
	for (i = 0; i < n; i++)
		memcpy((char *)to + (size_t)i * f->esize, element(f, out + i), f->esize);
	if (take)
		__atomic_store_n(&f->out, out + n, __ATOMIC_RELEASE);
	return n;
}
