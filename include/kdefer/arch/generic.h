/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What an architecture's header may leave out.
 */
#ifndef _KDEFER_ARCH_GENERIC_H
#define _KDEFER_ARCH_GENERIC_H

/* Stands where nothing comes to, as behind a call that does not return. */
#ifndef kdefer_arch_trap
#define kdefer_arch_trap()	__builtin_trap()
#endif

/*
 * The events of the happy path as plain calls: right, but the compiler saves for them what a call
 * destroys, also where nobody listens.
 */
#if defined(__KERNEL__) && !defined(kdefer_arch_emit_defer)
#define kdefer_arch_emit_defer(frame, fn, arg)	__kdefer_quiet_defer(frame, fn, arg)
#define kdefer_arch_emit_run(frame, fn, arg, why)	__kdefer_quiet_run(frame, fn, arg, why)
#endif

/* Return addresses on the stack are what they are, and a frame pointer leads to its record. */
#ifndef KDEFER_ARCH_SIGNED_RETURNS
#define KDEFER_ARCH_SIGNED_RETURNS	0
#endif
#ifndef KDEFER_ARCH_RECORD_BELOW_FP
#define KDEFER_ARCH_RECORD_BELOW_FP	0
#endif

/* The stack pointer that the caller of the current function had. Sparse does not know its name. */
#ifdef __CHECKER__
#define kdefer_arch_cfa()	__builtin_frame_address(0)
#endif
#ifndef kdefer_arch_cfa
#define kdefer_arch_cfa()	__builtin_dwarf_cfa()
#endif
#ifndef KDEFER_ARCH_CFA_TOO_LOW
#define KDEFER_ARCH_CFA_TOO_LOW	0
#endif

/* So many parts of 16 of a thread's stack have room for a throw, the oops and the thread's end. */
#ifndef KDEFER_ARCH_REPORT_PARTS
#define KDEFER_ARCH_REPORT_PARTS	4
#endif

#endif /* _KDEFER_ARCH_GENERIC_H */
