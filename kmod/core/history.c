// SPDX-License-Identifier: GPL-2.0-only
/*
 * Aborted panics: those that a newer one replaced. Go keeps their records and prints them; here
 * their stack is given back, and what the printout needs is kept in bounded room.
 */
#include "impl.h"

/*
 * Inserts @item so that @at items are older. The room is for the oldest ones: if an item has to
 * go, its value is returned in @dropped.
 */
void kdefer_history_insert(struct kdefer_history *h, unsigned int at,
			   const struct kdefer_report *item, struct kdefer_value *dropped)
{
	unsigned int kept = min_t(unsigned int, h->len, KDEFER_HISTORY);

	h->len++;
	if (at >= KDEFER_HISTORY) {
		*dropped = item->value;
		return;
	}
	if (kept == KDEFER_HISTORY) {
		kept--;
		*dropped = h->item[kept].value;
	}
	memmove(&h->item[at + 1], &h->item[at], (kept - at) * sizeof(*item));
	h->item[at] = *item;
}

/* Forgets all but the @len oldest items. */
void kdefer_history_truncate(struct kdefer_task *task, unsigned int len)
{
	struct kdefer_history *h = task->history;
	unsigned int i;

	while (h->len > len) {
		i = --h->len;
		if (i < KDEFER_HISTORY)
			kdefer_value_put(task, &h->item[i].value);
	}
}
