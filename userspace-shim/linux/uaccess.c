// SPDX-License-Identifier: GPL-2.0-only
/* Copies from and to the buffers of whoever calls a driver, and random bytes. */

#include <errno.h>
#include <sys/random.h>
#include "kshim-impl.h"

#include <linux/fs.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/string.h>

bool kshim_access_ok(const void *user, unsigned long n)
{
	unsigned long addr = (unsigned long)user;

	/* No program has anything in the upper half. */
	return addr + n >= addr && addr + n <= LONG_MAX;
}

unsigned long kshim_copy_user(void *to, const void *from, const void *user, unsigned long n)
{
	might_sleep();
	if (!n)
		return 0;
	if ((unsigned long)user < PAGE_SIZE || !kshim_access_ok(user, n))
		return n;
	memcpy(to, from, n);
	return 0;
}

long kshim_strncpy_from_user(char *dst, const char *src, long count)
{
	size_t len;

	might_sleep();
	if (count <= 0)
		return 0;
	if ((unsigned long)src < PAGE_SIZE || !kshim_access_ok(src, 1))
		return -EFAULT;
	/* A string may end before @count, which a compiler that sees all of it warns of. */
	OPTIMIZER_HIDE_VAR(src);
	len = strnlen(src, (size_t)count);
	memcpy(dst, src, min(len + 1, (size_t)count));
	return (long)len;
}

void *kshim_memdup_user(const void *src, size_t len, bool nul)
{
	char *copy = kmalloc(len + nul, GFP_KERNEL);

	if (!copy)
		return ERR_PTR(-ENOMEM);
	if (copy_from_user(copy, src, len)) {
		kfree(copy);
		return ERR_PTR(-EFAULT);
	}
	if (nul)
		copy[len] = '\0';
	return copy;
}

ssize_t kshim_simple_read(void __user *to, size_t count, loff_t *pos, const void *from,
			  size_t available)
{
	unsigned long left;

	if (*pos < 0)
		return -EINVAL;
	if ((size_t)*pos >= available || !count)
		return 0;
	count = min(count, available - (size_t)*pos);
	left = copy_to_user(to, (const char *)from + *pos, count);
	if (left == count)
		return -EFAULT;
	*pos += (loff_t)(count - left);
	return (ssize_t)(count - left);
}

ssize_t kshim_simple_write(void *to, size_t available, loff_t *pos, const void __user *from,
			   size_t count)
{
	unsigned long left;

	if (*pos < 0)
		return -EINVAL;
	if ((size_t)*pos >= available || !count)
		return 0;
	count = min(count, available - (size_t)*pos);
	left = copy_from_user((char *)to + *pos, from, count);
	if (left == count)
		return -EFAULT;
	*pos += (loff_t)(count - left);
	return (ssize_t)(count - left);
}

void kshim_random_bytes(void *buf, size_t len)
{
	char *p = buf;

	while (len) {
		ssize_t n = getrandom(p, len, 0);

		if (n < 0 && errno == EINTR)
			continue;
		BUG_ON(n <= 0);
		p += n;
		len -= (size_t)n;
	}
}
