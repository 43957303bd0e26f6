// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a job may leave changed of its thread, item by item, and whether a thread is as a new one.
 * Left out are a lock that is held, after which lockdep ends, and what would have to point to
 * something on the stack of a function that is gone.
 */
#include <linux/cpumask.h>
#include <linux/cred.h>
#include <linux/freezer.h>
#include <linux/ioprio.h>
#include <linux/kthread.h>
#include <linux/lockdep.h>
#include <linux/mmu_context.h>
#include <linux/preempt.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>
#include <linux/sched/prio.h>
#include <linux/sched/signal.h>
#include <linux/signal.h>
#include <linux/smp.h>
#include <linux/string.h>
#include <linux/uidgid.h>

#include "pool.h"

/* Of the task that has loaded the module. */
static struct mm_struct *mm;

/* What threads are left with that are in the middle of I/O; the kernel counts freed pages there. */
static unsigned long left[16];

int changes_init(void)
{
	mm = get_task_mm(current);
	return mm ? 0 : -EINVAL;
}

void changes_exit(void)
{
	mmput(mm);
}

static const char *signals_not_as_new(void)
{
	const struct k_sigaction *action = rcu_access_pointer(current->sighand)->action;
	int sig;

	for (sig = 1; sig <= _NSIG; sig++)
		if (action[sig - 1].sa.sa_handler != SIG_IGN)
			return "a signal is allowed";
	if (signal_pending(current) || !sigisemptyset(&current->pending.signal))
		return "a signal is pending";
	return sigisemptyset(&current->blocked) ? NULL : "a signal is blocked";
}

static const char *context_not_as_new(void)
{
	if (preempt_count() || irqs_disabled())
		return "preemption or interrupts are off";
	if (current->flags & (PF_MEMALLOC | PF_MEMALLOC_NOFS | PF_MEMALLOC_NOIO | PF_MEMALLOC_PIN))
		return "a flag of memory allocation is set";
	if (current->pagefault_disabled)
		return "page faults are disabled";
#ifdef CONFIG_SMP
	if (current->migration_disabled)
		return "migration is disabled";
#endif
	if (rcu_preempt_depth())
		return "an RCU section is open";
	if (READ_ONCE(current->__state) != TASK_RUNNING)
		return "its state is not TASK_RUNNING";
#ifdef CONFIG_LOCKDEP
	if (current->lockdep_recursion)
		return "lockdep is off";
#endif
	if (current->bio_list || current->reclaim_state || current->journal_info)
		return "it is in the middle of I/O";
	return NULL;
}

/* What is not as in a thread that was just started; NULL if all is. */
const char *not_as_new(void)
{
	if (strcmp(current->comm, "kdefer_go"))
		return "its name is another one";
	if (current->policy != SCHED_NORMAL || task_nice(current))
		return "its priority is another one";
	if (!cpumask_subset(cpu_online_mask, current->cpus_ptr))
		return "it is bound to a CPU";
	if (!(current->flags & PF_NOFREEZE) || (current->flags & PF_NO_SETAFFINITY))
		return "its flags are other ones";
	if (current->mm)
		return "it uses the memory of a process";
	if (!uid_eq(current_fsuid(), GLOBAL_ROOT_UID))
		return "its credentials are other ones";
#ifdef CONFIG_BLOCK
	if (current->io_context)
		return "it has an I/O context";
#endif
	return signals_not_as_new() ?: context_not_as_new();
}

static void change_signals(void)
{
	sigset_t mask;

	allow_signal(SIGUSR1);
	allow_kernel_signal(SIGHUP);
	send_sig(SIGUSR1, current, 1);
	siginitset(&mask, sigmask(SIGUSR2));
	sigprocmask(SIG_BLOCK, &mask, NULL);
}

static void change_cred(void)
{
	struct cred *cred = prepare_creds();

	if (!cred)
		return;
	cred->fsuid = KUIDT_INIT(1000);
	commit_creds(cred);
}

static void change_io_priority(void)
{
#ifdef CONFIG_BLOCK
	set_task_ioprio(current, IOPRIO_PRIO_VALUE(IOPRIO_CLASS_BE, 7));
#endif
}

/* Leaves one thing changed that is put right, or nothing where the kernel does not have it. */
void change_something(unsigned int what)
{
	switch (what % 16) {
	case 0:
		strscpy(current->comm, "job", sizeof(current->comm));
		return;
	case 1:
		set_user_nice(current, 5);
		return;
	case 2:
		sched_set_fifo_low(current);
		return;
	case 3:
		set_cpus_allowed_ptr(current, cpumask_of(raw_smp_processor_id()));
		return;
	case 4:
		change_signals();
		return;
	case 5:
		set_freezable();
		return;
	case 6:
		memalloc_noio_save();
		return;
	case 7:
		memalloc_nofs_save();
		return;
	case 8:
		memalloc_noreclaim_save();
		return;
	case 9:
		memalloc_pin_save();
		return;
	case 10:
		pagefault_disable();
		return;
	case 11:
		migrate_disable();
		return;
	case 12:
		set_current_state(TASK_UNINTERRUPTIBLE);
		return;
	case 13:
		lockdep_off();
		return;
	case 14:
		if (IS_ENABLED(CONFIG_PREEMPT_RCU) && !IS_ENABLED(CONFIG_PREEMPT_RT)) {
			rcu_read_lock();
			/* For sparse, which is not to know that the section stays open. */
			__release(RCU);
		}
		return;
	}
}

/* Leaves one thing changed with which a thread is not used again. */
void change_for_good(unsigned int what)
{
	switch (what % 8) {
	case 0:
		change_io_priority();
		return;
	case 1:
		change_cred();
		return;
	case 2:
		kthread_use_mm(mm);
		return;
	case 3:
		preempt_disable();
		return;
	case 4:
		local_bh_disable();
		return;
	case 5:
		local_irq_disable();
		return;
	case 6:
		current->journal_info = left;
		return;
	case 7:
		current->reclaim_state = (void *)left;
		return;
	}
}
