/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of the cases share. */
#ifndef _FATAL_H
#define _FATAL_H

struct kdefer_panic;

/* Raises a panic with that text. */
void raise_text(void *text);
/* Recovers. */
void stop_panic(void *arg, struct kdefer_panic *p);

/* skipped.c */
void skipped_wait(void);
void skipped_wait_among_others(void);
void skipped_wait_by_hand(void);
void skipped_sort(void);
void skipped_harmless_sort(void);
void skipped_bus(void);
void skipped_by_goexit(void);
void skipped_recursion(void);
void skipped_list_sort(void);
void skipped_notifier(void);
void open_for_store(void);
void skipped_store(void);
void skipped_timer(void);
void skipped_hrtimer(void);
void skipped_lists(void);
void skipped_wait_hrtimer(void);
void skipped_work(void);
void skipped_objects(void);
void skipped_guard(void);
void skipped_no_guard(void);
void skipped_free(void);

#endif /* _FATAL_H */
