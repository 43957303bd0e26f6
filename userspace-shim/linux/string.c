// SPDX-License-Identifier: GPL-2.0-only
/* The kernel's string functions that a C library does not have, or has with other rules. */

#include <ctype.h>
#include <stdlib.h>
#include "kshim-impl.h"

#include <linux/slab.h>
#include <linux/string.h>

ssize_t kshim_strscpy(char *dst, const char *src, size_t count)
{
	size_t len;

	if (!count || WARN_ON_ONCE(count > INT_MAX))
		return -E2BIG;
	len = strnlen(src, count);
	if (len < count) {
		memcpy(dst, src, len + 1);
		return (ssize_t)len;
	}
	memcpy(dst, src, count - 1);
	dst[count - 1] = '\0';
	return -E2BIG;
}

char *kshim_strim(char *s)
{
	size_t len = strlen(s);

	while (len && isspace((unsigned char)s[len - 1]))
		len--;
	s[len] = '\0';
	return skip_spaces(s);
}

bool kshim_sysfs_streq(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	if (*a == *b)
		return true;
	if (!*a && *b == '\n' && !b[1])
		return true;
	return *a == '\n' && !a[1] && !*b;
}

void *kshim_kmemdup(const void *src, size_t len, gfp_t gfp)
{
	void *copy = kmalloc(len, gfp);

	if (copy)
		memcpy(copy, src, len);
	return copy;
}

static char *kmemdup_nul(const char *s, size_t len, gfp_t gfp)
{
	char *copy;

	if (!s)
		return NULL;
	copy = kmalloc(len + 1, gfp);
	if (!copy)
		return NULL;
	memcpy(copy, s, len);
	copy[len] = '\0';
	return copy;
}

char *kshim_kstrdup(const char *s, gfp_t gfp)
{
	return s ? kmemdup_nul(s, strlen(s), gfp) : NULL;
}

char *kshim_kstrndup(const char *s, size_t len, gfp_t gfp)
{
	return s ? kmemdup_nul(s, strnlen(s, len), gfp) : NULL;
}

static const char *next_word(const char *s, size_t *len)
{
	s = skip_spaces(s);
	for (*len = 0; s[*len] && !isspace((unsigned char)s[*len]); (*len)++)
		;
	return s;
}

static int count_words(const char *s)
{
	size_t len;
	int n = 0;

	for (s = next_word(s, &len); len; s = next_word(s + len, &len))
		n++;
	return n;
}

/* One allocation for the pointers, the first of which leads to the copied text. */
char **kshim_argv_split(gfp_t gfp, const char *str, int *argcp)
{
	int argc = count_words(str);
	char **argv = kmalloc_array((size_t)argc + 2, sizeof(*argv), gfp);
	char *copy = kstrdup(str, gfp);
	const char *word;
	size_t len;
	int i;

	if (!argv || !copy) {
		kfree(argv);
		kfree(copy);
		return NULL;
	}
	*argv++ = copy;
	word = next_word(copy, &len);
	for (i = 0; i < argc; i++) {
		char *start = (char *)word;

		argv[i] = start;
		word = next_word(word + len, &len);
		for (; *start && !isspace((unsigned char)*start); start++)
			;
		*start = '\0';
	}
	argv[argc] = NULL;
	if (argcp)
		*argcp = argc;
	return argv;
}

void kshim_argv_free(char **argv)
{
	argv--;
	kfree(argv[0]);
	kfree(argv);
}
