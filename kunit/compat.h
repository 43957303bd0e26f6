/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What depends on the kernel's version in the suites; in user space there is but one version. A
 * section for each change of the kernel's names the version and the commit.
 */
#ifndef _KDEFER_KUNIT_COMPAT_H
#define _KDEFER_KUNIT_COMPAT_H

#ifdef __KERNEL__
#include <linux/version.h>
#include <linux/hrtimer.h>
#include <linux/kthread.h>

/* A header of its own in 6.12 already, which <linux/kernel.h> of 7.2 no longer includes. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 12, 0)
#include <linux/hex.h>
#endif

/*
 * 6.13, commit 908a1d775422 ("hrtimers: Introduce hrtimer_setup() to replace hrtimer_init()"). The
 * old name is gone in later kernels.
 */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 13, 0)
static inline void hrtimer_setup(struct hrtimer *timer,
				 enum hrtimer_restart (*fn)(struct hrtimer *timer),
				 clockid_t clock, enum hrtimer_mode mode)
{
	hrtimer_init(timer, clock, mode);
	timer->function = fn;
}
#endif

/*
 * 6.14, commit b04e317b5226 ("treewide: Introduce kthread_run_worker[_on_cpu]()"): before, what
 * makes a worker also lets its thread run.
 */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 14, 0)
#define kthread_run_worker	kthread_create_worker
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
#endif /* __KERNEL__ */

#endif /* _KDEFER_KUNIT_COMPAT_H */
