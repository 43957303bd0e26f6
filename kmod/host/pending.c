// SPDX-License-Identifier: GPL-2.0-only
/*
 * Calls at which a function has something to release at the end of a block: a guard(), a __free()
 * or a CLASS(). A module that kdefer.kbuild builds with KDEFER_TABLES has a table of them in each
 * object (tables/pending.awk). What is found through it is said, and never run.
 */
#include <linux/bug.h>
#include <linux/err.h>
#include <linux/export.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/string.h>

#include "host.h"

/* The code after a landing pad, which the compiler expects to unwind further. */
void __kdefer_never_unwound(void)
{
	BUG();
}
EXPORT_SYMBOL_GPL(__kdefer_never_unwound);

#if defined(CONFIG_KALLSYMS) && defined(CONFIG_64BIT)
/*
 * An entry of an object's table: calls that return to an address in (@last + 1 - @begin,
 * @last + 1 - @end] are in line @line of a file, whose name is @file bytes behind the table's
 * begin.
 */
struct kdefer_pending_entry {
	u64 last;
	u32 begin;
	u32 end;
	u32 line;
	u32 file;
};

struct kdefer_pending_table {
	u32 nr;
	u32 unused;
	struct kdefer_pending_entry entry[];
};

/*
 * The first table of @mod at or behind its symbol number *@at, which moves on; NULL if there is
 * none. To be called while @mod comes: until then the kernel has all its symbols, those of one
 * object among them.
 */
static const struct kdefer_pending_table *kdefer_next_table(const struct module *mod,
							    unsigned int *at)
{
	const struct mod_kallsyms *k = rcu_dereference_raw(mod->kallsyms);

	while (k && *at < k->num_symtab) {
		const Elf_Sym *symbol = &k->symtab[(*at)++];

		if (symbol->st_shndx != SHN_UNDEF &&
		    !strcmp(k->strtab + symbol->st_name, "__kdefer_pending"))
			return (const void *)symbol->st_value;
	}
	return NULL;
}

static unsigned int kdefer_count_calls(const struct module *mod)
{
	const struct kdefer_pending_table *table;
	unsigned int at = 0, nr = 0;

	while ((table = kdefer_next_table(mod, &at)))
		nr += table->nr;
	return nr;
}

static void kdefer_add_calls(struct kdefer_pending_calls *calls,
			     const struct kdefer_pending_table *table)
{
	const struct kdefer_pending_entry *e;

	for (e = table->entry; e < table->entry + table->nr; e++) {
		struct kdefer_pending *call = &calls->call[calls->nr++];

		call->start = e->last + 1 - e->begin;
		call->end = e->last + 1 - e->end;
		call->line = e->line;
		call->file = e->line ? (const char *)table + e->file : NULL;
	}
}

static int kdefer_compare_calls(const void *a, const void *b)
{
	const struct kdefer_pending *x = a, *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

/* The calls of a module that comes; NULL if it has no tables. */
struct kdefer_pending_calls *kdefer_read_pending(const struct module *mod)
{
	unsigned int nr = kdefer_count_calls(mod), at = 0;
	const struct kdefer_pending_table *table;
	struct kdefer_pending_calls *calls;

	if (!nr)
		return NULL;
	calls = kvmalloc(struct_size(calls, call, nr), GFP_KERNEL);
	if (!calls)
		return ERR_PTR(-ENOMEM);
	calls->nr = 0;
	while ((table = kdefer_next_table(mod, &at)))
		kdefer_add_calls(calls, table);
	sort(calls->call, nr, sizeof(calls->call[0]), kdefer_compare_calls, NULL);
	return calls;
}
#else
struct kdefer_pending_calls *kdefer_read_pending(const struct module *mod)
{
	return NULL;
}
#endif

/* The one of @calls that @ip is an address in, or NULL. */
const struct kdefer_pending *kdefer_search_pending(const struct kdefer_pending_calls *calls,
						   unsigned long ip)
{
	unsigned int low = 0, high = calls->nr;

	while (low < high) {
		unsigned int middle = low + (high - low) / 2;
		const struct kdefer_pending *call = &calls->call[middle];

		if (ip < call->start)
			high = middle;
		else if (ip >= call->end)
			low = middle + 1;
		else
			return call;
	}
	return NULL;
}
