/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the user-space shim offers beyond the kernel's own API: levers for tests. A program that is
 * to become a kernel module uses none of this, its test programs may.
 */
#ifndef _KDEFER_SHIM_H
#define _KDEFER_SHIM_H

#include <linux/compiler.h>
#include <linux/types.h>

/**
 * shim_fail_alloc - make one allocation fail, as failslab does
 * @nth: 1 fails the next allocation, 2 the one after it, and so on; 0 fails none
 *
 * Counts every kmalloc(), kmem_cache_alloc() and page allocation of the whole program, except
 * those with __GFP_NOFAIL. $KDEFER_SHIM_FAIL_ALLOC sets the same number at start.
 *
 * Return: how many allocations were still to go before the one that an earlier call chose; 0 when
 * that one has failed by now, or when none was chosen.
 */
long shim_fail_alloc(long nth);

/**
 * shim_live_allocs - how many allocations have not been freed yet
 *
 * Return: kmalloc() family, slab objects and pages together.
 */
long shim_live_allocs(void);

/**
 * shim_total_allocs - how many allocations were made since the start
 *
 * Return: a count that only grows, so that a test can show that a path allocates nothing.
 */
unsigned long shim_total_allocs(void);

/**
 * shim_warn_count - how many times WARN() and the "sleeping function" check have fired
 *
 * Return: a count that only grows.
 */
unsigned long shim_warn_count(void);

/**
 * shim_watch_printk - show every line that printk() writes to a function
 * @fn: gets the line without its newline, in the thread that prints it; NULL shows them to nobody
 *
 * The lines go to standard error all the same.
 */
void shim_watch_printk(void (*fn)(const char *line, size_t len));

/*
 * Pretend that the calling thread is in an interrupt, so that in_task(), in_interrupt() and
 * might_sleep() say so. The pairs nest.
 */
void shim_hardirq_enter(void);
void shim_hardirq_exit(void);
void shim_softirq_enter(void);
void shim_softirq_exit(void);
void shim_nmi_enter(void);
void shim_nmi_exit(void);

/**
 * typedef shim_main_fn - what a program does between its modules' init and exit functions
 */
typedef int (*shim_main_fn)(int argc, char **argv);

/**
 * shim_run_main - run the initial thread as Go does
 * @fn: what the thread runs
 * @argc: for @fn
 * @argv: for @fn
 *
 * For a program's entry point, or its SHIM_MAIN(). kgoexit() ends the initial thread, and the
 * process goes on for as long as there are others: kthreads, functions that kdefer_go() has
 * started, and threads that have used the shim (rule G12). Then it ends with a message and with
 * status 2, for nobody is left who could end it. An uncaught panic is reported as that of any
 * thread of kdefer's.
 *
 * Return: what @fn returned; 2 after an uncaught panic.
 */
int shim_run_main(shim_main_fn fn, int argc, char **argv);

void kshim_set_main(shim_main_fn fn);

/**
 * SHIM_MAIN - name the function that runs once every module_init() has succeeded
 * @fn: gets the arguments that were no module parameters; the program exits with what it returns
 *
 * Without one, the program stays until SIGINT or SIGTERM, as a loaded module would.
 */
#define SHIM_MAIN(fn) \
static void __attribute__((__constructor__)) __PASTE(kshim_main_, fn)(void) \
{ \
	kshim_set_main(fn); \
}

#endif /* _KDEFER_SHIM_H */
