// SPDX-License-Identifier: GPL-2.0-only
/*
 * Functions of the kernel that hold nothing while they look at the memory that they are given. A
 * fault in one of them is a mistake of its caller, and a panic may skip it.
 */
#include <linux/kernel.h>
#include <linux/string.h>

#include "host.h"

/* Those that a function of the same file is behind, or that a CPU has another one for, as well. */
static const char * const kdefer_library[] = {
	"strlen", "strnlen", "strcmp", "strncmp", "strcasecmp", "strncasecmp", "strcpy", "strncpy",
	"strlcpy", "strscpy", "sized_strscpy", "strcat", "strncat", "strlcat", "strchr",
	"strchrnul", "strrchr", "strnchr", "strstr", "strnstr", "strspn", "strcspn", "strpbrk",
	"strsep", "strim", "skip_spaces", "sysfs_streq",
	"memcpy", "__memcpy", "memcpy_orig", "memcpy_erms", "memmove", "__memmove", "memmove_erms",
	"memset", "__memset", "memset_orig", "memset_erms", "__memset_generic", "memcmp",
	"strcmp_zbb", "strncmp_zbb", "strlen_zbb", "strnlen_zbb",
	"memchr", "memchr_inv", "memscan", "bcmp",
	"fortify_panic", "__fortify_panic",
	"__list_add_valid", "__list_add_valid_or_report",
	"__list_del_entry_valid", "__list_del_entry_valid_or_report",
	"rb_next", "rb_prev", "rb_first", "rb_last", "rb_insert_color", "rb_erase",
	"string", "vsnprintf", "snprintf", "vscnprintf", "scnprintf", "vsprintf", "sprintf",
	"_find_first_bit", "_find_next_bit", "_find_first_zero_bit", "_find_next_zero_bit",
};

/* For code that runs before the kernel is where it belongs. It may be the one that is found. */
#define KDEFER_EARLY_PREFIX	"__pi_"

bool kdefer_is_library_name(const char *name)
{
	unsigned int i;

	if (!strncmp(name, KDEFER_EARLY_PREFIX, strlen(KDEFER_EARLY_PREFIX)))
		name += strlen(KDEFER_EARLY_PREFIX);
	for (i = 0; i < ARRAY_SIZE(kdefer_library); i++)
		if (!strcmp(name, kdefer_library[i]))
			return true;
	return false;
}

/* Does not sleep. */
bool kdefer_is_library(unsigned long ip)
{
	char name[KDEFER_NAME_SIZE];

	snprintf(name, sizeof(name), "%ps", (void *)ip);
	/* What is seldom run of a function has its name and a dot; a module's has a blank. */
	name[strcspn(name, ".")] = '\0';
	return kdefer_is_library_name(name);
}
