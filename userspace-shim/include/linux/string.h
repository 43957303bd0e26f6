/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KSHIM_LINUX_STRING_H
#define _KSHIM_LINUX_STRING_H

#include_next <linux/string.h>
#include <string.h>
#include <linux/compiler.h>
#include <linux/err.h>
#include <linux/types.h>

ssize_t kshim_strscpy(char *dst, const char *src, size_t count);
ssize_t kshim_strscpy_pad(char *dst, const char *src, size_t count);
size_t kshim_strlcpy(char *dst, const char *src, size_t size);
size_t kshim_strlcat(char *dst, const char *src, size_t size);
char *kshim_skip_spaces(const char *s);
char *kshim_strim(char *s);
char *kshim_strsep(char **s, const char *ct);
char *kshim_strchrnul(const char *s, int c);
char *kshim_strnchr(const char *s, size_t count, int c);
char *kshim_strnstr(const char *s, const char *find, size_t len);
char *kshim_strreplace(char *s, char old, char new);
bool kshim_sysfs_streq(const char *a, const char *b);
int kshim_match_string(const char * const *array, size_t n, const char *string);
void *kshim_memchr_inv(const void *start, int c, size_t bytes);
void kshim_memzero_explicit(void *s, size_t count);
char *kshim_kstrdup(const char *s, gfp_t gfp);
char *kshim_kstrndup(const char *s, size_t len, gfp_t gfp);
void *kshim_kmemdup(const void *src, size_t len, gfp_t gfp);
char *kshim_kmemdup_nul(const char *s, size_t len, gfp_t gfp);
char **kshim_argv_split(gfp_t gfp, const char *str, int *argcp);
void kshim_argv_free(char **argv);

static inline ssize_t strscpy(char *dst, const char *src, size_t count)
{
	return kshim_strscpy(dst, src, count);
}

static inline ssize_t strscpy_pad(char *dst, const char *src, size_t count)
{
	return kshim_strscpy_pad(dst, src, count);
}

/* Later C libraries have functions of these names, and some of those below are GNU extensions. */
#define strlcpy(dst, src, size) kshim_strlcpy(dst, src, size)
#define strlcat(dst, src, size) kshim_strlcat(dst, src, size)
#define strsep(s, ct) kshim_strsep(s, ct)
#define strchrnul(s, c) kshim_strchrnul(s, c)

static inline char * __must_check skip_spaces(const char *s)
{
	return kshim_skip_spaces(s);
}

static inline char *strim(char *s)
{
	return kshim_strim(s);
}

static inline __must_check char *strstrip(char *s)
{
	return kshim_strim(s);
}

static inline char *strnchr(const char *s, size_t count, int c)
{
	return kshim_strnchr(s, count, c);
}

static inline char *strnstr(const char *s, const char *find, size_t len)
{
	return kshim_strnstr(s, find, len);
}

static inline char *strreplace(char *s, char old, char new)
{
	return kshim_strreplace(s, old, new);
}

static inline bool sysfs_streq(const char *a, const char *b)
{
	return kshim_sysfs_streq(a, b);
}

static inline int match_string(const char * const *array, size_t n, const char *string)
{
	return kshim_match_string(array, n, string);
}

static inline void *memchr_inv(const void *start, int c, size_t bytes)
{
	return kshim_memchr_inv(start, c, bytes);
}

static inline void memzero_explicit(void *s, size_t count)
{
	kshim_memzero_explicit(s, count);
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

static inline __malloc char *kstrndup(const char *s, size_t len, gfp_t gfp)
{
	return kshim_kstrndup(s, len, gfp);
}

static inline void *kmemdup(const void *src, size_t len, gfp_t gfp)
{
	return kshim_kmemdup(src, len, gfp);
}

static inline char *kmemdup_nul(const char *s, size_t len, gfp_t gfp)
{
	return kshim_kmemdup_nul(s, len, gfp);
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
