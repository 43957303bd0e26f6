/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What depends on the kernel's version in modules that only tests use. A section for each change of
 * the kernel's names the version and the commit.
 */
#ifndef _KDEFER_TESTS_COMPAT_H
#define _KDEFER_TESTS_COMPAT_H

#include <linux/hrtimer.h>
#include <linux/thread_info.h>
#include <linux/version.h>

/* 6.13, "hrtimers: Introduce hrtimer_setup_on_stack()". */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 13, 0)
static inline void hrtimer_setup_on_stack(struct hrtimer *timer,
					  enum hrtimer_restart (*function)(struct hrtimer *),
					  clockid_t clock, enum hrtimer_mode mode)
{
	hrtimer_init_on_stack(timer, clock, mode);
	timer->function = function;
}
#endif

#ifdef CONFIG_FPROBE
#include <linux/fprobe.h>

/*
 * Handlers of fprobes, which here need no more than the probe, the address of the function and
 * their own data.
 *
 * 6.5, commit cb16330d1274 ("fprobe: Pass return address to the handlers"), and 6.4, commit
 * 39d954200bf6 ("fprobe: Skip exit_handler if entry_handler returns !0"), which 6.1 has neither of.
 * 6.14, commit 4346ba160409 ("fprobe: Rewrite fprobe on function-graph tracer"): handlers get the
 * registers that ftrace has saved, and the number of calls at a time has no limit.
 */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 14, 0)
#define FPROBE_ARGS(fp, ip, data)						\
	struct fprobe *fp, unsigned long ip, unsigned long __ret,		\
	struct ftrace_regs *__regs, void *data
#elif LINUX_VERSION_CODE >= KERNEL_VERSION(6, 5, 0)
#define FPROBE_ARGS(fp, ip, data)						\
	struct fprobe *fp, unsigned long ip, unsigned long __ret,		\
	struct pt_regs *__regs, void *data
#else
#define FPROBE_ARGS(fp, ip, data)						\
	struct fprobe *fp, unsigned long ip, struct pt_regs *__regs, void *data
#endif

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 4, 0)
typedef int fprobe_entry_result;
#define FPROBE_ENTRY_DONE	0
#else
typedef void fprobe_entry_result;
#define FPROBE_ENTRY_DONE
#endif

static inline void fprobe_limit(struct fprobe *fp, int calls)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 14, 0)
	fp->nr_maxactive = calls;
#endif
}
#endif /* CONFIG_FPROBE */

/* 6.16, "treewide, timers: Rename destroy_timer_on_stack() as timer_destroy_on_stack()". */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 16, 0)
#define timer_destroy_on_stack(timer)	destroy_timer_on_stack(timer)
#endif

/*
 * 6.19: kernel_neon_begin() and kernel_neon_end() are given where the registers are saved
 * while the thread is preempted.
 */
#ifdef TIF_KERNEL_FPSTATE
#include <asm/neon.h>

static inline void begin_neon(struct user_fpsimd_state *state)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 19, 0)
	kernel_neon_begin(state);
#else
	kernel_neon_begin();
#endif
}

static inline void end_neon(struct user_fpsimd_state *state)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 19, 0)
	kernel_neon_end(state);
#else
	kernel_neon_end();
#endif
}
#endif

#endif /* _KDEFER_TESTS_COMPAT_H */
