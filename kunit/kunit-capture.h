/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * For cases that compare what kdefer prints, and the other levers that both hosts have in their
 * own way: the stack as the host's unwinder sees it, and memory that runs out.
 */
#ifndef _KDEFER_KUNIT_CAPTURE_H
#define _KDEFER_KUNIT_CAPTURE_H

#include <kunit/test.h>
#include <kdefer/kdefer.h>

#define KCAPTURE_SIZE	8192

/*
 * Collects the lines of kdefer's reports that are printed between begin and end, by any thread.
 * What others print meanwhile is left out. The text lives as long as the case.
 */
void kcapture_begin(struct kunit *test);
const char *kcapture_end(struct kunit *test);

/* The captured lines without those that kdefer adds of its own: what Go would have printed. */
const char *kcapture_chain(struct kunit *test, const char *text);

/* Whether some line has the given beginning. */
bool kcapture_has_line(const char *text, const char *beginning);

/*
 * Runs @fn in a kthread of kdefer's, waits for its end, and returns what was printed. @out may be
 * NULL.
 */
const char *kcapture_thread(struct kunit *test, int (*fn)(void *data), void *data,
			    struct kdefer_outcome *out);

/* Return addresses of the current stack, newest first, the caller's own included. */
unsigned int kcapture_stack(unsigned long *entries, unsigned int size);

/*
 * The next allocation of this task that cannot sleep fails. False where the host cannot do that;
 * the case then skips itself.
 */
bool kcapture_fail_alloc(void);

/* Takes it back; whether that allocation has failed by now. */
bool kcapture_alloc_failed(void);

#endif /* _KDEFER_KUNIT_CAPTURE_H */
