/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KSHIM_LINUX_STRING_H
#define _KSHIM_LINUX_STRING_H

#include <kshim-glibc.h>

#include_next <linux/string.h>
#include <ctype.h>
#include <string.h>
#include <linux/compiler.h>
#include <linux/err.h>
#include <linux/types.h>

ssize_t kshim_strscpy(char *dst, const char *src, size_t count);
char *kshim_strim(char *s);
bool kshim_sysfs_streq(const char *a, const char *b);
char *kshim_kstrdup(const char *s, gfp_t gfp);
void kshim_kfree(const void *p);
char *kshim_kstrndup(const char *s, size_t len, gfp_t gfp);
void *kshim_kmemdup(const void *src, size_t len, gfp_t gfp);
char **kshim_argv_split(gfp_t gfp, const char *str, int *argcp);
void kshim_argv_free(char **argv);

static inline ssize_t strscpy(char *dst, const char *src, size_t count)
{
	return kshim_strscpy(dst, src, count);
}

static inline char * __must_check skip_spaces(const char *s)
{
	while (isspace((unsigned char)*s))
		s++;
	return (char *)s;
}

static inline char *strim(char *s)
{
	return kshim_strim(s);
}

static inline __must_check char *strstrip(char *s)
{
	return kshim_strim(s);
}

static inline bool sysfs_streq(const char *a, const char *b)
{
	return kshim_sysfs_streq(a, b);
}

static inline void memzero_explicit(void *s, size_t count)
{
	explicit_bzero(s, count);
}

static inline bool strstarts(const char *str, const char *prefix)
{
	return strncmp(str, prefix, strlen(prefix)) == 0;
}

static inline size_t str_has_prefix(const char *str, const char *prefix)
{
	return strstarts(str, prefix) ? strlen(prefix) : 0;
}

static inline const char *kbasename(const char *path)
{
	const char *tail = strrchr(path, '/');

	return tail ? tail + 1 : path;
}

static inline __malloc char *kstrdup(const char *s, gfp_t gfp)
{
	return kshim_kstrdup(s, gfp);
}

/* Which strings are constants of the program is not looked for: each is copied. */
static inline __malloc const char *kstrdup_const(const char *s, gfp_t gfp)
{
	return kshim_kstrdup(s, gfp);
}

static inline void kfree_const(const void *x)
{
	kshim_kfree(x);
}

static inline __malloc char *kstrndup(const char *s, size_t len, gfp_t gfp)
{
	return kshim_kstrndup(s, len, gfp);
}

static inline void *kmemdup(const void *src, size_t len, gfp_t gfp)
{
	return kshim_kmemdup(src, len, gfp);
}

static inline char **argv_split(gfp_t gfp, const char *str, int *argcp)
{
	return kshim_argv_split(gfp, str, argcp);
}

static inline void argv_free(char **argv)
{
	kshim_argv_free(argv);
}

#endif /* _KSHIM_LINUX_STRING_H */
