/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KSHIM_LINUX_UACCESS_H
#define _KSHIM_LINUX_UACCESS_H

#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/types.h>

/*
 * A "user's" memory is the buffer of whoever calls the driver. An address in the first page or
 * in the kernel's half is refused, as it would be there; another bad one faults.
 */
unsigned long kshim_copy_user(void *to, const void *from, const void *user, unsigned long n);
long kshim_strncpy_from_user(char *dst, const char *src, long count);
bool kshim_access_ok(const void *user, unsigned long n);

#define access_ok(addr, size) kshim_access_ok(addr, size)

static inline unsigned long __must_check copy_from_user(void *to, const void __user *from,
							unsigned long n)
{
	return kshim_copy_user(to, from, from, n);
}

static inline unsigned long __must_check copy_to_user(void __user *to, const void *from,
						      unsigned long n)
{
	return kshim_copy_user(to, from, to, n);
}

static inline long __must_check strncpy_from_user(char *dst, const char __user *src, long count)
{
	return kshim_strncpy_from_user(dst, src, count);
}

#define put_user(x, ptr) \
({ \
	__typeof__(*(ptr)) __kshim_put = (x); \
	copy_to_user(ptr, &__kshim_put, sizeof(__kshim_put)) ? -EFAULT : 0; \
})

#define get_user(x, ptr) \
({ \
	__typeof__(*(ptr)) __kshim_get; \
	int __kshim_err = copy_from_user(&__kshim_get, ptr, sizeof(__kshim_get)) ? -EFAULT : 0; \
	if (!__kshim_err) \
		(x) = __kshim_get; \
	__kshim_err; \
})

void *kshim_memdup_user(const void *src, size_t len, bool nul);

static inline void *memdup_user(const void __user *src, size_t len)
{
	return kshim_memdup_user(src, len, false);
}

static inline void *memdup_user_nul(const void __user *src, size_t len)
{
	return kshim_memdup_user(src, len, true);
}

#endif /* _KSHIM_LINUX_UACCESS_H */
