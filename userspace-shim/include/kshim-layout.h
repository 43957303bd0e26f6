/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A KDEFER function stores what libkdefer reads, and reads what that stores. Each file of a program
 * says, before it runs, how large it takes that to be. One that was compiled with the headers of
 * another libkdefer would overwrite what is not there, and so ends the program.
 */
#ifndef _KSHIM_LAYOUT_H
#define _KSHIM_LAYOUT_H

#include <kdefer/frame.h>
#include <kdefer/outcome.h>

/* In each of these is all that it consists of. */
#define KSHIM_LAYOUT								\
	((sizeof(struct kdefer_task) << 40) + (sizeof(struct kdefer_landing) << 20) +	\
	 sizeof(struct kdefer_outcome))

void kshim_check_layout(unsigned long layout, const char *file);

static __attribute__((__constructor__)) void kshim_tell_layout(void)
{
	kshim_check_layout(KSHIM_LAYOUT, __BASE_FILE__);
}

#endif /* _KSHIM_LAYOUT_H */
