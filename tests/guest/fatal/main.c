// SPDX-License-Identifier: GPL-2.0-only
/*
 * What must end a thread or the machine, one case at a time: case=NAME. The file "cases" says what
 * each has to print, run.sh runs them. In user space the same source is a program.
 */
#include <linux/bottom_half.h>
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/irqflags.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/mutex.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include <linux/sched/task.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <kdefer/kdefer.h>

#include "fatal.h"

/* Where a case runs. */
enum fatal_place {
	FOREIGN_KTHREAD,
	KDEFER_KTHREAD,
	HARD_IRQ,
	SOFT_IRQ,
	NMI,
	AT_EXIT,
};

struct fatal_case {
	const char *name;
	enum fatal_place place;
	void (*fn)(void);
};

/* Weak: objtool then takes it for a function that may return, as the compiler does elsewhere. */
__weak void raise_text(void *text)
{
	kpanicf("%s", (char *)text);
}

void stop_panic(void *arg, struct kdefer_panic *p)
{
	krecover(p, NULL);
}

static void do_panic(void)
{
	raise_text("nobody's");
}

static void do_goexit(void)
{
	kgoexit(1);
}

static KDEFER_DEFINE_VOID0(function)
{
	pr_err("kdefer_fatal: the body of a KDEFER function ran\n");
}

static long body(void *arg)
{
	pr_err("kdefer_fatal: the function of a kdefer_run() ran\n");
	return 0;
}

static void do_run(void)
{
	kdefer_run(body, NULL, NULL);
}

static KDEFER_DEFINE_VOID0(panic_in_root)
{
	kdefer(raise_text, "second");
	raise_text("first");
}

static KDEFER_DEFINE_VOID0(goexit_in_root)
{
	kgoexit(1);
}

static struct kdefer_landing *landing(struct kdefer_frame *frame)
{
	return container_of(frame, struct kdefer_landing, frame);
}

/* Bad recovery: the frame is reached into, as a stray write would. */
static KDEFER_DEFINE_VOID0(bad_sp)
{
	kdefer(stop_panic, NULL);
	landing(__kdefer_frame)->regs.sp += 64;
	raise_text("first");
}

static KDEFER_DEFINE_VOID0(bad_ip)
{
	kdefer(stop_panic, NULL);
	landing(__kdefer_frame)->regs.ip ^= 0x100;
	raise_text("first");
}

/* Past the end of the value stands what its record is: now neither a panic nor a goexit. */
static void overwrite_record(void *arg, struct kdefer_panic *p)
{
	struct kdefer_value *v = (struct kdefer_value *)kdefer_panic_value(p);

	memset(v + 1, 0, 16);
}

static KDEFER_DEFINE_VOID0(bad_record)
{
	kdefer(overwrite_record, NULL);
	raise_text("first");
}

/* With a check sum that is right. */
static void set_sp(struct kdefer_frame *frame, unsigned long sp)
{
	struct kdefer_regs *regs = &landing(frame)->regs;

	regs->sp = sp ^ frame->task->secret;
	regs->check = regs->sp + regs->ip;
}

static KDEFER_DEFINE_VOID0(bad_sp_other_stack)
{
	kdefer(stop_panic, NULL);
	set_sp(__kdefer_frame, __kdefer_frame->task->stack_hi + 4096);
	raise_text("first");
}

static KDEFER_DEFINE_VOID0(bad_sp_low)
{
	kdefer(stop_panic, NULL);
	set_sp(__kdefer_frame, __kdefer_frame->task->stack_lo - 4096);
	raise_text("first");
}

static KDEFER_DEFINE_VOID0(bad_sp_below)
{
	kdefer(stop_panic, NULL);
	set_sp(__kdefer_frame, __kdefer_frame->task->stack_lo + 64);
	raise_text("first");
}

static KDEFER_DEFINE_VOID0(bad_sp_unaligned)
{
	kdefer(stop_panic, NULL);
	set_sp(__kdefer_frame, __kdefer_frame->task->stack_hi - 61);
	raise_text("first");
}

/* What a string that is too long leaves there. */
static KDEFER_DEFINE_VOID0(bad_sp_text)
{
	kdefer(stop_panic, NULL);
	memset(&landing(__kdefer_frame)->regs.sp, 'a', sizeof(landing(__kdefer_frame)->regs.sp));
	raise_text("first");
}

/* The task's stack is not the one that this runs on. */
static KDEFER_DEFINE_VOID0(bad_stack)
{
	kdefer(stop_panic, NULL);
	__kdefer_frame->task->stack_lo = __kdefer_frame->task->stack_hi - 64;
	set_sp(__kdefer_frame, __kdefer_frame->task->stack_hi - 8);
	raise_text("first");
}

static DEFINE_SPINLOCK(spinlock);
static DEFINE_MUTEX(mutex);

static KDEFER_DEFINE_VOID0(leak_spinlock)
{
	kdefer(stop_panic, NULL);
	spin_lock(&spinlock);
	raise_text("locked");
}

static void nothing(void *arg)
{
}

/* What the recovering function has left to run could be the unlock, but is not. */
static KDEFER_DEFINE_VOID0(leak_past_deferred)
{
	kdefer(nothing, NULL);
	kdefer(stop_panic, NULL);
	spin_lock(&spinlock);
	raise_text("locked");
}

static KDEFER_DEFINE_VOID0(unlock_and_raise)
{
	kdefer(stop_panic, NULL);
	spin_unlock(&spinlock);
	raise_text("unlocked");
}

static void leak_unlock(void)
{
	spin_lock(&spinlock);
	unlock_and_raise();
}

static KDEFER_DEFINE_VOID0(leak_preempt)
{
	kdefer(stop_panic, NULL);
	preempt_disable();
	raise_text("not preemptible");
}

/* X8: a throw while another panic is pending. */
static void leak_preempt_deferred(void *arg)
{
	leak_preempt();
}

static KDEFER_DEFINE_VOID0(throw_while_panicking)
{
	kdefer(leak_preempt_deferred, NULL);
	raise_text("first");
}

static KDEFER_DEFINE_VOID0(leak_irqs)
{
	kdefer(stop_panic, NULL);
	local_irq_disable();
	raise_text("irqs off");
}

static KDEFER_DEFINE_VOID0(leak_bh)
{
	kdefer(stop_panic, NULL);
	local_bh_disable();
	raise_text("bh off");
}

#if defined(CONFIG_LOCKDEP) || !defined(__KERNEL__)
static KDEFER_DEFINE_VOID0(leak_mutex)
{
	kdefer(stop_panic, NULL);
	mutex_lock(&mutex);
	raise_text("mutex held");
}
#endif

static long lock_and_goexit(void *arg)
{
	spin_lock(&spinlock);
	kgoexit(1);
	return 0;
}

static void leak_from_run(void)
{
	kdefer_run(lock_and_goexit, NULL, NULL);
}

static void leak_from_thread(void)
{
	spin_lock(&spinlock);
	raise_text("locked");
}

/* As a stray write would. */
static KDEFER_DEFINE_VOID0(guard_not_pending)
{
	kdefer_guard(mutex)(&mutex);
	__kdefer_frame->task->top = __kdefer_frame->mark;
}

static KDEFER_DEFINE_VOID0(enable_irqs_and_raise)
{
	kdefer(stop_panic, NULL);
	local_irq_enable();
	raise_text("irqs on");
}

static void leak_irqs_on(void)
{
	local_irq_disable();
	enable_irqs_and_raise();
}

static KDEFER_DEFINE_VOID0(enable_bh_and_raise)
{
	kdefer(stop_panic, NULL);
	local_bh_enable();
	raise_text("bh on");
}

static void leak_bh_on(void)
{
	local_bh_disable();
	enable_bh_and_raise();
}

static KDEFER_DEFINE_VOID0(unlock_mutex_and_raise)
{
	kdefer(stop_panic, NULL);
	mutex_unlock(&mutex);
	raise_text("mutex released");
}

static void leak_mutex_unlock(void)
{
	mutex_lock(&mutex);
	unlock_mutex_and_raise();
}

#ifdef __KERNEL__

#include <linux/blkdev.h>
#include <linux/cred.h>
#include <linux/rcupdate.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "../../compat.h"

/* Of the user process that loads the module. */
static struct mm_struct *user_mm;

static int not_a_stack;

static KDEFER_DEFINE_VOID0(leak_journal)
{
	kdefer(stop_panic, NULL);
	current->journal_info = &not_a_stack;
	raise_text("transaction open");
}

static KDEFER_DEFINE_VOID0(leak_bio_list)
{
	kdefer(stop_panic, NULL);
	current->bio_list = (struct bio_list *)&not_a_stack;
	raise_text("in submit_bio");
}

static KDEFER_DEFINE_VOID0(leak_reclaim)
{
	kdefer(stop_panic, NULL);
	current->reclaim_state = (struct reclaim_state *)&not_a_stack;
	raise_text("in reclaim");
}

#ifdef TIF_KERNEL_FPSTATE
static KDEFER_DEFINE_VOID0(leak_fpu)
{
	struct user_fpsimd_state state;

	kdefer(stop_panic, NULL);
	begin_neon(&state);
	raise_text("FPU in use");
	end_neon(&state);
}
#endif

/* The thread's end gives the reference back. */
static KDEFER_DEFINE_VOID0(leak_mm)
{
	kdefer(stop_panic, NULL);
	mmget(user_mm);
	kthread_use_mm(user_mm);
	raise_text("mm in use");
}

static KDEFER_DEFINE_VOID0(leak_cred)
{
	kdefer(stop_panic, NULL);
	override_creds(prepare_creds());
	raise_text("cred overridden");
}

/* What an outer function took, and a skipped one gave up too early. */
static KDEFER_DEFINE_VOID0(end_rcu_and_raise)
{
	kdefer(stop_panic, NULL);
	rcu_read_unlock();
	raise_text("section ended");
}

static void leak_rcu_end(void)
{
	rcu_read_lock();
	end_rcu_and_raise();
}

static KDEFER_DEFINE_VOID0(enable_migration_and_raise)
{
	kdefer(stop_panic, NULL);
	migrate_enable();
	raise_text("migration enabled");
}

static void leak_migration_on(void)
{
	migrate_disable();
	enable_migration_and_raise();
}

static noinline void leave_all(void)
{
	memalloc_noio_save();
	pagefault_disable();
	migrate_disable();
	rcu_read_lock();
	set_current_state(TASK_INTERRUPTIBLE);
	raise_text("left behind");
}

static KDEFER_DEFINE1(long, recover_all, void *, arg)
{
	kdefer(stop_panic, NULL);
	leave_all();
	return 0;
}

/* Where RCU is not preemptible, a section that is left open cannot be told from a spinlock. */
static noinline void leave_all_but_rcu(void)
{
	memalloc_noio_save();
	pagefault_disable();
	migrate_disable();
	set_current_state(TASK_INTERRUPTIBLE);
	raise_text("left behind");
}

static KDEFER_DEFINE1(long, recover_all_but_rcu, void *, arg)
{
	kdefer(stop_panic, NULL);
	leave_all_but_rcu();
	return 0;
}

/* Not on a thread that is being stopped: that would be woken. */
static void recover_and_tell(long (*fn)(void *))
{
	kdefer_run(fn, NULL, NULL);
	pr_info("kdefer_fatal: noio %d, page faults off %d, migration off %d, RCU %d, state %d\n",
		!!(current->flags & PF_MEMALLOC_NOIO), current->pagefault_disabled,
		current->migration_disabled, rcu_preempt_depth(), READ_ONCE(current->__state));
}

static void repair_all(void)
{
	recover_and_tell(recover_all);
}

static void repair_all_but_rcu(void)
{
	recover_and_tell(recover_all_but_rcu);
}

#ifdef CONFIG_BLOCK

/* Told when the plug that it is in is finished. */
static void plug_flushed(struct blk_plug_cb *cb, bool from_schedule)
{
	pr_info("kdefer_fatal: the plug was finished in state %d, by %s\n",
		READ_ONCE(current->__state), from_schedule ? "a sleep" : "blk_finish_plug()");
	kfree(cb);
}

static noinline void plug_and_raise(void *text)
{
	struct blk_plug plug;

	blk_start_plug(&plug);
	blk_check_plugged(plug_flushed, NULL, sizeof(struct blk_plug_cb));
	raise_text(text);
	blk_finish_plug(&plug);
}

static KDEFER_DEFINE_VOID0(recover_plug)
{
	kdefer(stop_panic, NULL);
	plug_and_raise("plugged");
}

static void repair_plug(void)
{
	recover_plug();
	pr_info("kdefer_fatal: the plug is %s\n", current->plug ? "there" : "gone");
}

static void recover_plugged(struct blk_plug *plug, void (*recover)(void))
{
	blk_start_plug(plug);
	recover();
	pr_info("kdefer_fatal: the plug is %s\n", current->plug == plug ? "kept" : "lost");
	blk_finish_plug(plug);
}

/* Its own thread still has one, which its functions must not lose. */
static void keep_plug(void)
{
	struct blk_plug plug;

	recover_plugged(&plug, recover_plug);
}

/* Not on the stack at all, so not on the part that is given up either. */
static void keep_plug_allocated(void)
{
	struct blk_plug *plug = kmalloc(sizeof(*plug), GFP_KERNEL);

	if (!plug)
		return;
	recover_plugged(plug, recover_plug);
	kfree(plug);
}

static KDEFER_DEFINE_VOID0(finish_plug_and_raise)
{
	kdefer(stop_panic, NULL);
	blk_finish_plug(current->plug);
	raise_text("finished");
}

/* Started outside, and finished by a skipped function. */
static void repair_plug_finished(void)
{
	struct blk_plug plug;

	recover_plugged(&plug, finish_plug_and_raise);
}

/* To submit what was held back may sleep. */
static void leak_plug_atomic(void)
{
	preempt_disable();
	recover_plug();
}

/* The second panic replaces the first one, which gives up the stack that the plug is on. */
static KDEFER_DEFINE_VOID0(recover_replaced)
{
	kdefer(stop_panic, NULL);
	kdefer(plug_and_raise, "second");
	raise_text("first");
}

static void repair_plug_replaced(void)
{
	recover_replaced();
	pr_info("kdefer_fatal: the plug is %s\n", current->plug ? "there" : "gone");
}

static void look_at_plug(void *arg)
{
	pr_info("kdefer_fatal: now the plug is %s\n", current->plug ? "there" : "gone");
}

/*
 * What is left to run after the recovery runs on the stack that the plug was on. To submit what the
 * plug holds back may sleep, in no other state than its own.
 */
static KDEFER_DEFINE_VOID0(recover_early)
{
	kdefer(look_at_plug, NULL);
	kdefer(stop_panic, NULL);
	set_current_state(TASK_INTERRUPTIBLE);
	plug_and_raise("plugged");
}

static void leak_plug_replaced(void)
{
	preempt_disable();
	recover_replaced();
}

#endif /* CONFIG_BLOCK */

#ifdef CONFIG_MEMCG

static KDEFER_DEFINE_VOID0(recover_memcg)
{
	kdefer(stop_panic, NULL);
	set_active_memcg((struct mem_cgroup *)&not_a_stack);
	raise_text("memcg active");
}

static void repair_memcg(void)
{
	recover_memcg();
	pr_info("kdefer_fatal: the memcg is %s\n", current->active_memcg ? "there" : "gone");
}

/* The thread has one already, to which the skipped function's gives way. */
static void keep_memcg(void)
{
	struct mem_cgroup *outer = (struct mem_cgroup *)&user_mm;

	set_active_memcg(outer);
	recover_memcg();
	pr_info("kdefer_fatal: the memcg is %s\n",
		current->active_memcg == outer ? "kept" : "lost");
	set_active_memcg(NULL);
}

#endif /* CONFIG_MEMCG */

#endif /* __KERNEL__ */

/* Each panic is raised by a deferred call of the one before, which therefore cannot be given up. */
static KDEFER_DEFINE_VOID1(nest, void *, arg)
{
	kdefer(nest, arg);
	raise_text("deeper");
}

#ifdef __KERNEL__

#include <linux/sched/task_stack.h>

/* A word that nothing else leaves on a stack. */
#define UNUSED_STACK	0x6b64656665723f3fUL

static struct task_struct *nested;

/* Down to the word that the kernel looks at to see an overflow. */
static noinline __no_sanitize_address void mark_unused_stack(void)
{
	unsigned long *end = end_of_stack(current) + 1;
	unsigned long *word = __builtin_frame_address(0) - 512;

	while (word > end)
		WRITE_ONCE(*--word, UNUSED_STACK);
	/* Never put: nobody unloads this module. */
	if (try_get_task_stack(current))
		nested = get_task_struct(current);
}

static __no_sanitize_address unsigned long unused_stack(struct task_struct *t)
{
	unsigned long *end = end_of_stack(t) + 1;
	unsigned long *word = end;

	while (READ_ONCE_NOCHECK(*word) == UNUSED_STACK)
		word++;
	return (word - end) * sizeof(*word);
}

/* How near a report has come to the end of the stack, which would have ended the machine. */
static void tell_unused_stack(void)
{
	if (!nested)
		return;
	while (!(READ_ONCE(nested->__state) & TASK_DEAD))
		msleep(10);
	pr_info("kdefer_fatal: %lu bytes of the stack were not used\n", unused_stack(nested));
}

#else

static void mark_unused_stack(void)
{
}

static void tell_unused_stack(void)
{
}

#endif /* __KERNEL__ */

#ifdef __KERNEL__

/* What kdefer leaves a fault for its panic and the deferred calls, and a frame of the below. */
#define FAULT_STACK	(THREAD_SIZE / 16 * (KDEFER_ARCH_REPORT_PARTS + 1) + 256)

static noinline long fault_at_the_end(long depth)
{
	u8 buf[64];

	memset(buf, depth, sizeof(buf));
	OPTIMIZER_HIDE_VAR(depth);
	if (__builtin_frame_address(0) - (void *)end_of_stack(current) > FAULT_STACK)
		depth += fault_at_the_end(depth + 1);
	else
		WRITE_ONCE(*(long *)(depth & 8), depth);
	asm volatile("" : : "r" (buf) : "memory");
	return depth + buf[7];
}

static KDEFER_DEFINE_VOID0(recover_at_the_end)
{
	kdefer_set_panic_on_fault(true);
	kdefer(stop_panic, NULL);
	fault_at_the_end(1);
}

/* X20: a fault with as little stack left as a panic may have. */
static void fault_deep(void)
{
	mark_unused_stack();
	recover_at_the_end();
	pr_info("kdefer_fatal: %lu bytes of the stack were not used\n", unused_stack(current));
	nested = NULL;
}

#endif /* __KERNEL__ */

static void nest_too_deep(void)
{
	mark_unused_stack();
	nest(NULL);
}

/* X20: although faults are panics, this one has no stack to run anything on. */
static noinline long use_up_stack(long depth)
{
	u8 buf[512];

	memset(buf, depth, sizeof(buf));
	OPTIMIZER_HIDE_VAR(depth);
	if (depth)
		depth += use_up_stack(depth + 1);
	asm volatile("" : : "r" (buf) : "memory");
	return depth + buf[7];
}

static KDEFER_DEFINE_VOID0(stack_overflow)
{
	kdefer_set_panic_on_fault(true);
	kdefer(stop_panic, NULL);
	use_up_stack(1);
}

static void uncaught(void)
{
	panic_in_root();
}

static struct completion printing;

/* P22: takes its time, while the process exits. */
static int print_slowly(const void *ptr, char *buf, size_t size)
{
	complete(&printing);
	msleep(300);
	return scnprintf(buf, size, "in full");
}

static void uncaught_slowly(void)
{
	static const struct kdefer_type slow = { .name = "printed", .print = print_slowly };

	kpanic_ptr(NULL, &slow);
}

/* A thread that is stopped before it has run never runs. */
static DECLARE_COMPLETION(inside);
static DECLARE_COMPLETION(being_stopped);

/* Misuse that only warns. */
static int stop_me(void *arg)
{
	complete(&inside);
	while (!kthread_should_stop())
		msleep(1);
	return 0;
}

static void stop_foreign(void)
{
	struct task_struct *t = kthread_run(stop_me, NULL, "stop_me");

	if (IS_ERR(t))
		return;
	pr_info("kdefer_fatal: kdefer_kthread_stop() says %d\n", kdefer_kthread_stop(t, NULL));
	kthread_stop(t);
}

/* What a start that failed has returned. */
static void stop_nothing(void)
{
	pr_info("kdefer_fatal: of no thread it says %d\n", kdefer_kthread_stop(NULL, NULL));
	pr_info("kdefer_fatal: of an error it says %d\n",
		kdefer_kthread_stop(ERR_PTR(-ENOMEM), NULL));
}

/* Whoever wants to use a thread after its end has a reference of his own, and may stop it again. */
static void lost_step(void *arg)
{
	pr_info("kdefer_fatal: a deferred call ran after the end\n");
}

static noinline KDEFER_DEFINE_VOID0(exit_inside)
{
	kdefer(lost_step, NULL);
	kthread_complete_and_exit(NULL, 4);
}

static int exit_main(void *arg)
{
	complete(&inside);
	exit_inside();
	return 0;
}

/* The joiner is told that the thread did not end by itself. */
static void exit_kdefer_kthread(void)
{
	struct task_struct *t = kdefer_kthread_run(exit_main, NULL, "fatal");

	if (IS_ERR(t))
		return;
	wait_for_completion(&inside);
	pr_info("kdefer_fatal: the joiner is told %d\n", kdefer_kthread_stop(t, NULL));
}

static long exit_member(void *arg)
{
	exit_inside();
	return 0;
}

/* So is whoever waits for the group, and the next job has another thread. */
static void exit_pool_thread(void)
{
	struct kdefer_group g;

	kdefer_group_init(&g);
	if (!kdefer_group_go(&g, exit_member, NULL))
		pr_info("kdefer_fatal: the waiter is told %ld\n", kdefer_group_wait(&g, NULL));
	if (!kdefer_group_go(&g, exit_member, NULL))
		pr_info("kdefer_fatal: the waiter is told %ld again\n",
			kdefer_group_wait(&g, NULL));
}

static long exit_without_frame(void *arg)
{
	pr_info("kdefer_fatal: ends outside of any KDEFER function\n");
	kthread_complete_and_exit(NULL, 0);
	return 0;
}

/* There is a task, but no KDEFER function: nothing is lost. */
static void exit_outside(void)
{
	kdefer_run(exit_without_frame, NULL, NULL);
}

static void say_outcome(const char *when, int said, const struct kdefer_outcome *out)
{
	pr_info("kdefer_fatal: %s: %d, how %d, result %ld\n", when, said, out->how, out->result);
}

/* In the kernel, does not return. */
static int stop_again(void *t)
{
	kthread_stop(t);
	return 0;
}

static void stop_again_elsewhere(struct task_struct *t)
{
	kthread_run(stop_again, t, "again");
	msleep(300);
}

/* In the kernel's own way, then in kdefer's, which comes too late, and in the kernel's again. */
static void stop_plainly(void)
{
	struct task_struct *t = kdefer_kthread_run(stop_me, NULL, "stop_me");
	struct kdefer_outcome out = { };

	if (IS_ERR(t))
		return;
	get_task_struct(t);
	wait_for_completion(&inside);
	pr_info("kdefer_fatal: kthread_stop() says %d\n", kthread_stop(t));
	say_outcome("too late", kdefer_kthread_stop(t, &out), &out);
	stop_again_elsewhere(t);
	put_task_struct(t);
}

static int goexit_main(void *arg)
{
	kgoexit(9);
	return 0;
}

/* Of a thread that has ended by itself the outcome is still there. */
static void stop_ended_plainly(void)
{
	struct task_struct *t = kdefer_kthread_run(goexit_main, NULL, "goexits");
	struct kdefer_outcome out = { };

	if (IS_ERR(t))
		return;
	get_task_struct(t);
	while (!(READ_ONCE(t->flags) & PF_EXITING))
		msleep(1);
	pr_info("kdefer_fatal: kthread_stop() says %d\n", kthread_stop(t));
	stop_again_elsewhere(t);
	say_outcome("in time", kdefer_kthread_stop(t, &out), &out);
	say_outcome("again", kdefer_kthread_stop(t, &out), &out);
	stop_again_elsewhere(t);
	put_task_struct(t);
}

#ifndef __KERNEL__
#include <pthread.h>

static noinline KDEFER_DEFINE_VOID0(pthread_exit_body)
{
	kdefer(lost_step, NULL);
	pthread_exit(NULL);
}

static noinline KDEFER_DEFINE_VOID0(pthread_exit_elsewhere)
{
	kdefer(lost_step, NULL);
	(pthread_exit)(NULL);
}

static void *pthread_main(void *body)
{
	((void (*)(void))body)();
	return NULL;
}

static void run_pthread(void (*body)(void))
{
	pthread_t t;

	if (!pthread_create(&t, NULL, pthread_main, (void *)body))
		pthread_join(t, NULL);
}

static void pthread_exit_inside(void)
{
	run_pthread(pthread_exit_body);
}

/* As by a library that was compiled without the shim's headers. */
static void pthread_exit_unseen(void)
{
	run_pthread(pthread_exit_elsewhere);
}
#endif

static void stop_twice(void)
{
	struct task_struct *t = kdefer_kthread_run(stop_me, NULL, "stop_me");

	if (IS_ERR(t))
		return;
	get_task_struct(t);
	wait_for_completion(&inside);
	pr_info("kdefer_fatal: the first stop says %d\n", kdefer_kthread_stop(t, NULL));
	pr_info("kdefer_fatal: the second stop says %d\n", kdefer_kthread_stop(t, NULL));
	put_task_struct(t);
}

static void stop_slowly(void *arg)
{
	stop_me(arg);
	complete(&being_stopped);
	msleep(300);
}

static KDEFER_DEFINE1(int, end_slowly, void *, arg)
{
	kdefer(stop_slowly, NULL);
	return 17;
}

static int stop_other(void *t)
{
	return kdefer_kthread_stop(t, NULL);
}

/* The thread sits in a deferred call while two others stop it. */
static void stop_at_once(void)
{
	struct task_struct *t = kdefer_kthread_run(end_slowly, NULL, "end_slowly");
	struct task_struct *other;

	if (IS_ERR(t))
		return;
	get_task_struct(t);
	wait_for_completion(&inside);
	other = kthread_run(stop_other, t, "stop_other");
	if (IS_ERR(other))
		return;
	wait_for_completion(&being_stopped);
	pr_info("kdefer_fatal: the second stop says %d\n", kdefer_kthread_stop(t, NULL));
	pr_info("kdefer_fatal: the first stop says %d\n", kthread_stop(other));
	put_task_struct(t);
}

static long wait_for_own_group(void *g)
{
	struct kdefer_outcome out;

	kdefer_group_wait(g, &out);
	pr_info("kdefer_fatal: the member finds %d in the outcome\n", out.value.err);
	return kdefer_group_wait(g, NULL);
}

static void group_wait_self(void)
{
	struct kdefer_group g;

	kdefer_group_init(&g);
	if (!kdefer_group_go(&g, wait_for_own_group, &g))
		pr_info("kdefer_fatal: the member was told %ld\n", kdefer_group_wait(&g, NULL));
}

static int stop_current(void *arg)
{
	complete(&inside);
	return kdefer_kthread_stop(current, NULL);
}

static void stop_self(void)
{
	struct task_struct *t = kdefer_kthread_run(stop_current, NULL, "stop_self");

	if (IS_ERR(t))
		return;
	wait_for_completion(&inside);
	pr_info("kdefer_fatal: the thread was told %d\n", kdefer_kthread_stop(t, NULL));
}

static void fault_no_frame(void)
{
	pr_info("kdefer_fatal: the setting was %d\n", kdefer_set_panic_on_fault(true));
}

static KDEFER_DEFINE_VOID0(killed_inside)
{
	kdefer(raise_text, "never runs");
	BUG();
}

/* Of an item that cannot be put right. */
#define REPAIRED_CASE(name)
#define FATAL_CASE(name)	{ "leak_" #name, KDEFER_KTHREAD, leak_##name },

static const struct fatal_case fatal_cases[] = {
#define KDEFER_ITEM(name, field, part, end, taken, given, by, on, effect, ...)	end##_CASE(name)
#include <kdefer/snapshot_items.h>
	{ "panic_hardirq", HARD_IRQ, do_panic },
	{ "goexit_hardirq", HARD_IRQ, do_goexit },
	{ "function_hardirq", HARD_IRQ, function },
	{ "run_hardirq", HARD_IRQ, do_run },
	{ "panic_softirq", SOFT_IRQ, do_panic },
	{ "goexit_softirq", SOFT_IRQ, do_goexit },
	{ "function_softirq", SOFT_IRQ, function },
	{ "run_softirq", SOFT_IRQ, do_run },
	{ "panic_nmi", NMI, do_panic },
	{ "goexit_nmi", NMI, do_goexit },
	{ "function_nmi", NMI, function },
	{ "run_nmi", NMI, do_run },
	{ "panic_no_frame", FOREIGN_KTHREAD, do_panic },
	{ "panic_foreign", FOREIGN_KTHREAD, panic_in_root },
	{ "goexit_no_frame", FOREIGN_KTHREAD, do_goexit },
	{ "goexit_foreign", FOREIGN_KTHREAD, goexit_in_root },
	{ "bad_sp", FOREIGN_KTHREAD, bad_sp },
	{ "bad_ip", KDEFER_KTHREAD, bad_ip },
	{ "bad_sp_other_stack", KDEFER_KTHREAD, bad_sp_other_stack },
	{ "bad_record", KDEFER_KTHREAD, bad_record },
	{ "bad_sp_low", KDEFER_KTHREAD, bad_sp_low },
	{ "bad_sp_below", KDEFER_KTHREAD, bad_sp_below },
	{ "bad_sp_unaligned", KDEFER_KTHREAD, bad_sp_unaligned },
	{ "bad_sp_text", KDEFER_KTHREAD, bad_sp_text },
	{ "bad_stack", KDEFER_KTHREAD, bad_stack },
	{ "throw_while_panicking", KDEFER_KTHREAD, throw_while_panicking },
	{ "leak_spinlock", KDEFER_KTHREAD, leak_spinlock },
	{ "leak_past_deferred", KDEFER_KTHREAD, leak_past_deferred },
	{ "leak_unlock", KDEFER_KTHREAD, leak_unlock },
	{ "leak_from_run", KDEFER_KTHREAD, leak_from_run },
	{ "leak_from_thread", KDEFER_KTHREAD, leak_from_thread },
	{ "guard_not_pending", KDEFER_KTHREAD, guard_not_pending },
	{ "leak_irqs_on", KDEFER_KTHREAD, leak_irqs_on },
	{ "leak_bh_on", KDEFER_KTHREAD, leak_bh_on },
	{ "leak_mutex_unlock", KDEFER_KTHREAD, leak_mutex_unlock },
#ifdef __KERNEL__
	{ "leak_rcu_end", KDEFER_KTHREAD, leak_rcu_end },
	{ "leak_migration_on", KDEFER_KTHREAD, leak_migration_on },
	{ "repair_all", FOREIGN_KTHREAD, repair_all },
	{ "repair_all_but_rcu", FOREIGN_KTHREAD, repair_all_but_rcu },
	{ "repair_names_locks", FOREIGN_KTHREAD, repair_all },
#ifdef CONFIG_BLOCK
	{ "repair_plug", KDEFER_KTHREAD, repair_plug },
	{ "keep_plug", KDEFER_KTHREAD, keep_plug },
	{ "keep_plug_allocated", KDEFER_KTHREAD, keep_plug_allocated },
	{ "repair_plug_finished", KDEFER_KTHREAD, repair_plug_finished },
	{ "leak_plug_atomic", KDEFER_KTHREAD, leak_plug_atomic },
	{ "leak_plug_replaced", KDEFER_KTHREAD, leak_plug_replaced },
	{ "repair_plug_replaced", KDEFER_KTHREAD, repair_plug_replaced },
	{ "repair_plug_early", KDEFER_KTHREAD, recover_early },
#endif
#ifdef CONFIG_MEMCG
	{ "repair_memcg", KDEFER_KTHREAD, repair_memcg },
	{ "keep_memcg", KDEFER_KTHREAD, keep_memcg },
#endif
#endif /* __KERNEL__ */
	{ "nest_too_deep", KDEFER_KTHREAD, nest_too_deep },
#ifdef __KERNEL__
	{ "fault_deep", KDEFER_KTHREAD, fault_deep },
#endif
	{ "stack_overflow", KDEFER_KTHREAD, stack_overflow },
	{ "uncaught_exit", KDEFER_KTHREAD, uncaught },
	{ "uncaught_unknown", KDEFER_KTHREAD, uncaught },
	{ "uncaught_oops", KDEFER_KTHREAD, uncaught },
	{ "uncaught_panic", KDEFER_KTHREAD, uncaught },
	{ "uncaught_at_exit", AT_EXIT, uncaught_slowly },
	{ "stop_foreign", FOREIGN_KTHREAD, stop_foreign },
	{ "stop_nothing", FOREIGN_KTHREAD, stop_nothing },
	{ "stop_twice", FOREIGN_KTHREAD, stop_twice },
	{ "stop_at_once", FOREIGN_KTHREAD, stop_at_once },
	{ "stop_self", FOREIGN_KTHREAD, stop_self },
	{ "group_wait_self", FOREIGN_KTHREAD, group_wait_self },
	{ "fault_no_frame", FOREIGN_KTHREAD, fault_no_frame },
	{ "killed_foreign", FOREIGN_KTHREAD, killed_inside },
	{ "killed_kdefer", KDEFER_KTHREAD, killed_inside },
	{ "exit_foreign", FOREIGN_KTHREAD, exit_inside },
	{ "exit_kdefer", FOREIGN_KTHREAD, exit_kdefer_kthread },
	{ "exit_pool", FOREIGN_KTHREAD, exit_pool_thread },
	{ "exit_outside", FOREIGN_KTHREAD, exit_outside },
	{ "stop_plainly", FOREIGN_KTHREAD, stop_plainly },
	{ "stop_ended_plainly", FOREIGN_KTHREAD, stop_ended_plainly },
	{ "skipped_wait", FOREIGN_KTHREAD, skipped_wait },
	{ "skipped_wait_among_others", FOREIGN_KTHREAD, skipped_wait_among_others },
	{ "skipped_wait_by_hand", FOREIGN_KTHREAD, skipped_wait_by_hand },
	{ "skipped_sort", FOREIGN_KTHREAD, skipped_sort },
	{ "skipped_harmless_sort", FOREIGN_KTHREAD, skipped_harmless_sort },
	{ "skipped_guard", FOREIGN_KTHREAD, skipped_guard },
	{ "skipped_no_guard", FOREIGN_KTHREAD, skipped_no_guard },
	{ "skipped_free", FOREIGN_KTHREAD, skipped_free },
	{ "skipped_guard_strict", FOREIGN_KTHREAD, skipped_guard },
	{ "skipped_line", FOREIGN_KTHREAD, skipped_free },
#ifdef __KERNEL__
	{ "skipped_bus", FOREIGN_KTHREAD, skipped_bus },
	{ "skipped_strict", FOREIGN_KTHREAD, skipped_bus },
	{ "skipped_unseen", FOREIGN_KTHREAD, skipped_bus },
	{ "skipped_by_goexit", KDEFER_KTHREAD, skipped_by_goexit },
	{ "skipped_recursion", FOREIGN_KTHREAD, skipped_recursion },
	{ "skipped_list_sort", FOREIGN_KTHREAD, skipped_list_sort },
	{ "skipped_notifier", FOREIGN_KTHREAD, skipped_notifier },
	{ "skipped_store", FOREIGN_KTHREAD, skipped_store },
	{ "skipped_timer", FOREIGN_KTHREAD, skipped_timer },
	{ "skipped_hrtimer", FOREIGN_KTHREAD, skipped_hrtimer },
	{ "skipped_lists", FOREIGN_KTHREAD, skipped_lists },
	{ "skipped_wait_hrtimer", FOREIGN_KTHREAD, skipped_wait_hrtimer },
	{ "skipped_work", FOREIGN_KTHREAD, skipped_work },
	{ "skipped_objects", FOREIGN_KTHREAD, skipped_objects },
#else
	{ "skipped_strict", FOREIGN_KTHREAD, skipped_sort },
	{ "skipped_unseen", FOREIGN_KTHREAD, skipped_sort },
	{ "pthread_exit", FOREIGN_KTHREAD, pthread_exit_inside },
	{ "pthread_exit_unseen", FOREIGN_KTHREAD, pthread_exit_unseen },
#endif
};

static char *fatal_name;
module_param_named(case, fatal_name, charp, 0444);
MODULE_PARM_DESC(case, "name of the case to run; see tests/guest/fatal/cases");

static struct completion started;

static int fatal_thread(void *arg)
{
	const struct fatal_case *c = arg;

	complete(&started);
	c->fn();
	pr_info("kdefer_fatal: %s went on\n", c->name);
	return 0;
}

static void wait_for_end(struct task_struct *t)
{
	while (!(READ_ONCE(t->flags) & PF_EXITING))
		msleep(10);
	put_task_struct(t);
}

static int run_on_foreign_kthread(const struct fatal_case *c)
{
	struct task_struct *t = kthread_create(fatal_thread, (void *)c, "fatal");

	if (IS_ERR(t))
		return PTR_ERR(t);
	get_task_struct(t);
	wake_up_process(t);
	wait_for_end(t);
	return 0;
}

static int run_on_kdefer_kthread(const struct fatal_case *c)
{
	struct task_struct *t = kdefer_kthread_run(fatal_thread, (void *)c, "fatal");
	struct kdefer_outcome out;

	if (IS_ERR(t))
		return PTR_ERR(t);
	wait_for_completion(&started);
	kdefer_kthread_stop(t, &out);
	pr_info("kdefer_fatal: joined: how %d, result %ld\n", (int)out.how, out.result);
	tell_unused_stack();
	return 0;
}

#ifdef __KERNEL__

#include <linux/irq_work.h>
#include <linux/smp.h>
#include <linux/timer.h>

static const struct fatal_case *irq_case;

static void in_hard_irq(struct irq_work *work)
{
	fatal_thread((void *)irq_case);
}

static void run_in_hard_irq(const struct fatal_case *c)
{
	static struct irq_work work = IRQ_WORK_INIT_HARD(in_hard_irq);

	irq_case = c;
	irq_work_queue(&work);
	msleep(1000);
}

static void in_soft_irq(struct timer_list *timer)
{
	fatal_thread((void *)irq_case);
}

static DEFINE_TIMER(fatal_timer, in_soft_irq);

static void run_in_soft_irq(const struct fatal_case *c)
{
	irq_case = c;
	mod_timer(&fatal_timer, jiffies);
	msleep(1000);
}

/* Sparse cannot say what there is. */
#ifdef __has_include
#if __has_include("asm/apic.h")
#define HAS_APIC
#endif
#endif

#ifdef HAS_APIC
#include <asm/apic.h>
#include <asm/nmi.h>

static int in_fatal_nmi(unsigned int type, struct pt_regs *regs)
{
	fatal_thread((void *)irq_case);
	return NMI_HANDLED;
}

/* A CPU may send an NMI to itself, if it is asked as if there were others. */
static void run_in_nmi(const struct fatal_case *c)
{
	irq_case = c;
	if (register_nmi_handler(NMI_LOCAL, in_fatal_nmi, 0, "kdefer_fatal"))
		return;
	apic->send_IPI_mask(cpumask_of(get_cpu()), NMI_VECTOR);
	put_cpu();
	msleep(1000);
	unregister_nmi_handler(NMI_LOCAL, "kdefer_fatal");
}
#else
static void run_in_nmi(const struct fatal_case *c)
{
	pr_info("kdefer_fatal: there is no NMI to send\n");
}
#endif

/* The thread would outlive the module. */
static int run_at_exit(const struct fatal_case *c)
{
	pr_err("kdefer_fatal: %s is for user space\n", c->name);
	return -EINVAL;
}

#else

#include <kdefer-shim.h>

static void run_in_hard_irq(const struct fatal_case *c)
{
	shim_hardirq_enter();
	fatal_thread((void *)c);
	shim_hardirq_exit();
}

static void run_in_soft_irq(const struct fatal_case *c)
{
	shim_softirq_enter();
	fatal_thread((void *)c);
	shim_softirq_exit();
}

/* User space has none. */
static void run_in_nmi(const struct fatal_case *c)
{
}

/* Leaves the thread to itself when it has begun to print: the process ends next. */
static int run_at_exit(const struct fatal_case *c)
{
	struct task_struct *t;

	init_completion(&printing);
	t = kdefer_kthread_run(fatal_thread, (void *)c, "fatal");
	if (IS_ERR(t))
		return PTR_ERR(t);
	wait_for_completion(&printing);
	return 0;
}

static int fatal_main(int argc, char **argv)
{
	return 0;
}

SHIM_MAIN(fatal_main)

#endif

static int run_case(const struct fatal_case *c)
{
	init_completion(&started);
	switch (c->place) {
	case FOREIGN_KTHREAD:
		return run_on_foreign_kthread(c);
	case KDEFER_KTHREAD:
		return run_on_kdefer_kthread(c);
	case HARD_IRQ:
		run_in_hard_irq(c);
		return 0;
	case SOFT_IRQ:
		run_in_soft_irq(c);
		return 0;
	case NMI:
		run_in_nmi(c);
		return 0;
	case AT_EXIT:
		return run_at_exit(c);
	}
	return -EINVAL;
}

static KDEFER_DEFINE1(int, still_works, void *, arg)
{
	kdefer(stop_panic, NULL);
	kdefer_result = 17;
	raise_text("recovered");
	return 0;
}

/* Other tasks never notice: a thread of kdefer's still panics, recovers and is joined. */
static int check_alive(void)
{
	struct task_struct *t = kdefer_kthread_run(still_works, NULL, "alive");

	if (IS_ERR(t))
		return PTR_ERR(t);
	/* Stopped before it ran, it would not run at all. */
	while (!(READ_ONCE(t->flags) & PF_EXITING))
		msleep(10);
	if (kdefer_kthread_stop(t, NULL) != 17)
		return -EPROTO;
	pr_info("kdefer_fatal: others are alive\n");
	return 0;
}

static int __init fatal_init(void)
{
	unsigned int i;
	int err;

#ifdef __KERNEL__
	user_mm = current->mm;
	if (fatal_name && !strcmp(fatal_name, "skipped_store"))
		open_for_store();
#endif
	for (i = 0; i < ARRAY_SIZE(fatal_cases); i++) {
		if (!fatal_name || strcmp(fatal_cases[i].name, fatal_name))
			continue;
		err = run_case(&fatal_cases[i]);
		return err ?: check_alive();
	}
	pr_err("kdefer_fatal: no case \"%s\"; use case=NAME with one of tests/guest/fatal/cases\n",
	       fatal_name ?: "");
	return -EINVAL;
}

static void __exit fatal_exit(void)
{
}

module_init(fatal_init);
module_exit(fatal_exit);

MODULE_DESCRIPTION("Cases that end a thread or the machine");
MODULE_LICENSE("GPL");
