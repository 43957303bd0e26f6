/* SPDX-License-Identifier: GPL-2.0-only */
/* What the shim's own files share; no program includes this. */
#ifndef _KSHIM_IMPL_H
#define _KSHIM_IMPL_H

#include <linux/kernel.h>
#include <linux/sched.h>
#include <pthread.h>

#define KSHIM_LINE_MAX 1024

/* The symbol that an address lies in. */
struct kshim_symbol {
	const char *name;
	const char *object;	/* NULL for the program itself */
	unsigned long offset;
	unsigned long size;
};

/* Output that was begun and still lacks its newline. */
struct kshim_line {
	size_t len;
	char text[KSHIM_LINE_MAX];
};

struct kshim_line *kshim_partial_line(bool create);

/* What stands behind a task_struct. */
struct kshim_task {
	struct task_struct task;
	unsigned int refs;
	bool notified;		/* a reason to end an interruptible wait that is no signal */
	u64 allowed;		/* signals, the bit of signal 1 being the lowest */
	u64 signals;
	int nice;
	pthread_mutex_t lock;	/* guards __state, and orders it with what it is about */
	pthread_cond_t wake;
	struct kshim_line line;
	struct kshim_kthread *kthread;	/* NULL for a thread that is none */
};

static inline struct kshim_task *kshim_task_of(struct task_struct *t)
{
	return container_of(t, struct kshim_task, task);
}

struct kshim_task *kshim_task_alloc(void);
void kshim_task_enter(struct kshim_task *t);
/* The threads that there are: kthreads, and others that were adopted. */
void kshim_count_threads(int more);
unsigned int kshim_nr_threads(void);
void kshim_free_kthread(struct kshim_kthread *k);
/* For kshim_show_locks(). */
void kshim_note_held(const void *lock, void *taken_at);
void kshim_note_released(const void *lock);
bool kshim_is_held(const void *lock);
void kshim_check_nothing_held(void);
void kshim_notify(struct task_struct *t);

/* A thread of the shim's own. @end makes @run return. */
struct kshim_service {
	const char *name;
	void (*run)(void);
	void (*end)(void);
	bool started;
	pthread_t thread;
	struct kshim_service *next;
};

void kshim_service_start(struct kshim_service *s);

bool kshim_lookup_symbol(unsigned long addr, struct kshim_symbol *sym);
/* Whether the object that @addr is in has a function of this name. */
bool kshim_has_function(unsigned long addr, const char *name);
int kshim_main(int argc, char **argv);
void kshim_print_trace(unsigned int skip);
void kshim_write(int fd, const char *text, size_t len);
void kshim_flush_line(void);
/* The report of a crash must not wait for a lock that the crashed thread may hold. */
void kshim_set_crashing(void);
bool kshim_crashing(void);

#endif /* _KSHIM_IMPL_H */
