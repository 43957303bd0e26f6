/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Variables of a CPU, as on a machine that has one CPU. Its threads do run at the same time: so the
 * this_cpu operations are atomic, and between get_cpu_ptr() and put_cpu_ptr() a thread has the CPU
 * for itself, among those that ask in this way.
 */
#ifndef _KSHIM_LINUX_PERCPU_H
#define _KSHIM_LINUX_PERCPU_H

#include <linux/preempt.h>
#include <linux/slab.h>
#include <linux/types.h>

#define __percpu
#define nr_cpu_ids 1U
#define for_each_possible_cpu(cpu) for ((cpu) = 0; (cpu) < 1; (cpu)++)
#define for_each_online_cpu(cpu) for_each_possible_cpu(cpu)
#define for_each_present_cpu(cpu) for_each_possible_cpu(cpu)
#define num_possible_cpus() 1U
#define num_online_cpus() 1U

void kshim_cpu_get(void);
void kshim_cpu_put(void);

#define DECLARE_PER_CPU(type, name) extern __typeof__(type) name
#define DEFINE_PER_CPU(type, name) __typeof__(type) name

#define per_cpu(var, cpu) (*((void)(cpu), &(var)))
#define per_cpu_ptr(ptr, cpu) ((void)(cpu), (ptr))
#define this_cpu_ptr(ptr) (ptr)
#define raw_cpu_ptr(ptr) (ptr)
#define get_cpu_ptr(ptr) ({ kshim_cpu_get(); (ptr); })
#define put_cpu_ptr(ptr) ((void)(ptr), kshim_cpu_put())
#define get_cpu_var(var) (*({ kshim_cpu_get(); &(var); }))
#define put_cpu_var(var) ((void)&(var), kshim_cpu_put())
#define get_cpu() ({ kshim_cpu_get(); 0; })
#define put_cpu() kshim_cpu_put()
#define smp_processor_id() 0
#define raw_smp_processor_id() 0

#define this_cpu_read(var) __atomic_load_n(&(var), __ATOMIC_RELAXED)
#define this_cpu_write(var, val) __atomic_store_n(&(var), val, __ATOMIC_RELAXED)
#define this_cpu_add(var, n) ((void)__atomic_fetch_add(&(var), n, __ATOMIC_RELAXED))
#define this_cpu_sub(var, n) ((void)__atomic_fetch_sub(&(var), n, __ATOMIC_RELAXED))
#define this_cpu_inc(var) this_cpu_add(var, 1)
#define this_cpu_dec(var) this_cpu_sub(var, 1)
#define this_cpu_and(var, n) ((void)__atomic_fetch_and(&(var), n, __ATOMIC_RELAXED))
#define this_cpu_or(var, n) ((void)__atomic_fetch_or(&(var), n, __ATOMIC_RELAXED))
#define this_cpu_add_return(var, n) __atomic_add_fetch(&(var), n, __ATOMIC_RELAXED)
#define this_cpu_sub_return(var, n) __atomic_sub_fetch(&(var), n, __ATOMIC_RELAXED)
#define this_cpu_inc_return(var) this_cpu_add_return(var, 1)
#define this_cpu_dec_return(var) this_cpu_sub_return(var, 1)
#define this_cpu_xchg(var, n) __atomic_exchange_n(&(var), n, __ATOMIC_RELAXED)
#define this_cpu_cmpxchg(var, old, new) \
({ \
	__typeof__(var) __kshim_old = (old); \
	__atomic_compare_exchange_n(&(var), &__kshim_old, new, false, __ATOMIC_RELAXED, \
				    __ATOMIC_RELAXED); \
	__kshim_old; \
})

#define alloc_percpu_gfp(type, gfp) \
({ \
	__typeof__(type) *__kshim_p = kzalloc(sizeof(type), gfp); \
	__kshim_p; \
})
#define alloc_percpu(type) alloc_percpu_gfp(type, GFP_KERNEL)
#define free_percpu(ptr) kfree(ptr)

#endif /* _KSHIM_LINUX_PERCPU_H */
