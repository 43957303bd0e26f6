/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Saving a context on arm64.
 *
 * The save and the call of the body are one asm statement, and a restored context continues inside
 * it, right after the call, just as if the body had returned. So no C function ever "returns
 * twice", and no compiler needs to be told.
 */
#ifndef _KDEFER_ARCH_ARM64_H
#define _KDEFER_ARCH_ARM64_H

/* Offsets into struct kdefer_regs, for assembly. */
#define KDEFER_REGS_SP		0
#define KDEFER_REGS_IP		8
#define KDEFER_REGS_CHECK	16
#define KDEFER_REGS_SCS		24
#define KDEFER_REGS_SAVED	32

#ifndef __ASSEMBLER__

#include <linux/build_bug.h>
#include <linux/stddef.h>

/**
 * struct kdefer_regs - the saved registers of a place that the runtime can jump back to
 * @sp: stack pointer, mangled with the task's secret
 * @ip: instruction pointer, mangled with the task's secret
 * @check: sum of the two as they are stored: an overwritten one is found
 * @scs: the shadow call stack pointer where the kernel has one (x18), mangled with the secret
 * @saved: the callee-saved registers, x19 to x29
 */
struct kdefer_regs {
	unsigned long sp;
	unsigned long ip;
	unsigned long check;
	unsigned long scs;
	unsigned long saved[11];
};

static_assert(offsetof(struct kdefer_regs, sp) == KDEFER_REGS_SP);
static_assert(offsetof(struct kdefer_regs, ip) == KDEFER_REGS_IP);
static_assert(offsetof(struct kdefer_regs, check) == KDEFER_REGS_CHECK);
static_assert(offsetof(struct kdefer_regs, scs) == KDEFER_REGS_SCS);
static_assert(offsetof(struct kdefer_regs, saved) == KDEFER_REGS_SAVED);

/*
 * x18 belongs to the shadow call stack where there is one: there it has where the functions return
 * to that are active, so to forget some of them is to load it. Elsewhere it is a register as any.
 */
#if defined(__KERNEL__) && defined(CONFIG_SHADOW_CALL_STACK)
#define KDEFER_ARCH_SAVE_SCS						\
	"eor x3, x18, x2\n\t"						\
	"str x3, [x0, %[scs]]\n\t"
#define KDEFER_ARCH_SCS_OPERAND	, [scs] "i" (KDEFER_REGS_SCS)
#define KDEFER_ARCH_X18_CLOBBER
#else
#define KDEFER_ARCH_SAVE_SCS
#define KDEFER_ARCH_SCS_OPERAND
#define KDEFER_ARCH_X18_CLOBBER	, "x18"
#endif

/*
 * Every register that the thunk may change. A callee preserves the lower halves of v8 to v15; here
 * nothing does, so the compiler saves them where it keeps something in them. What it uses is known
 * by its feature macros.
 */
#ifdef __ARM_FP
#define KDEFER_ARCH_FP_CLOBBERS							\
	, "v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7",			\
	  "v8", "v9", "v10", "v11", "v12", "v13", "v14", "v15",			\
	  "v16", "v17", "v18", "v19", "v20", "v21", "v22", "v23",		\
	  "v24", "v25", "v26", "v27", "v28", "v29", "v30", "v31"
#else
#define KDEFER_ARCH_FP_CLOBBERS
#endif

#ifdef __ARM_FEATURE_SVE
#define KDEFER_ARCH_SVE_CLOBBERS						\
	, "p0", "p1", "p2", "p3", "p4", "p5", "p6", "p7",			\
	  "p8", "p9", "p10", "p11", "p12", "p13", "p14", "p15"
#else
#define KDEFER_ARCH_SVE_CLOBBERS
#endif

/* Without x0, x1 and x2, which are operands of kdefer_arch_call(). */
#define KDEFER_ARCH_CLOBBERS							\
	"x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13",	\
	"x14", "x15", "x16", "x17", "x30", "cc", "memory"			\
	KDEFER_ARCH_X18_CLOBBER KDEFER_ARCH_FP_CLOBBERS KDEFER_ARCH_SVE_CLOBBERS

/*
 * Saves the context in @regs, then calls thunk(regs, arg). Continues after the call when thunk
 * returns or when the context is restored. @thunk must be the name of a static function.
 */
#define kdefer_arch_call(regs, secret, thunk, arg)				\
do {										\
	struct kdefer_regs *__p = (regs);					\
	unsigned long __s = (secret);						\
	void *__a = (arg);							\
	register struct kdefer_regs *__regs asm("x0") = __p;			\
	register void *__arg asm("x1") = __a;					\
	register unsigned long __secret asm("x2") = __s;			\
										\
	asm volatile("stp x19, x20, [x0, %[saved] + 0]\n\t"			\
		     "stp x21, x22, [x0, %[saved] + 16]\n\t"			\
		     "stp x23, x24, [x0, %[saved] + 32]\n\t"			\
		     "stp x25, x26, [x0, %[saved] + 48]\n\t"			\
		     "stp x27, x28, [x0, %[saved] + 64]\n\t"			\
		     "str x29, [x0, %[saved] + 80]\n\t"				\
		     KDEFER_ARCH_SAVE_SCS					\
		     "adr x3, 771f\n\t"						\
		     "mov x4, sp\n\t"						\
		     "eor x3, x3, x2\n\t"					\
		     "eor x4, x4, x2\n\t"					\
		     "stp x4, x3, [x0, %[sp]]\n\t"				\
		     "add x3, x3, x4\n\t"					\
		     "str x3, [x0, %[check]]\n\t"				\
		     "bl %[fn]\n"						\
		     "771:\n"							\
		     : "+r" (__regs), "+r" (__arg), "+r" (__secret)		\
		     : [fn] "S" (thunk), [sp] "i" (KDEFER_REGS_SP),		\
		       [check] "i" (KDEFER_REGS_CHECK),				\
		       [saved] "i" (KDEFER_REGS_SAVED) KDEFER_ARCH_SCS_OPERAND	\
		     : KDEFER_ARCH_CLOBBERS);					\
} while (0)

/*
 * Call kdefer_event_defer() and kdefer_event_run(). Where tracing is off these are jumped over, and
 * must cost nothing: nothing is clobbered but the return address, the two registers that a veneer
 * to another module may use, and the flags. What is read of the frame was stored before its body
 * was called.
 */
#ifdef __KERNEL__
#define kdefer_arch_emit_defer(frame, fn, arg)					\
do {										\
	register const void *__x0 asm("x0") = (frame);				\
	register const void *__x1 asm("x1") = (fn);				\
	register const void *__x2 asm("x2") = (arg);				\
										\
	asm volatile("bl __kdefer_quiet_defer"					\
		     : : "r" (__x0), "r" (__x1), "r" (__x2)			\
		     : "x16", "x17", "x30", "cc");					\
} while (0)
#define kdefer_arch_emit_run(frame, fn, arg, why)				\
do {										\
	register const void *__x0 asm("x0") = (frame);				\
	register const void *__x1 asm("x1") = (fn);				\
	register const void *__x2 asm("x2") = (arg);				\
	register unsigned long __x3 asm("x3") = (why);				\
										\
	asm volatile("bl __kdefer_quiet_run"					\
		     : : "r" (__x0), "r" (__x1), "r" (__x2), "r" (__x3)		\
		     : "x16", "x17", "x30", "cc");					\
} while (0)
#endif

/* For those who look for return addresses on the stack: the kernel signs its own. */
#define KDEFER_ARCH_SIGNED_RETURNS	IS_ENABLED(CONFIG_ARM64_PTR_AUTH_KERNEL)

/* For clang __builtin_dwarf_cfa() is the frame pointer, above which it puts variables, too. */
#ifdef __clang__
#define KDEFER_ARCH_CFA_TOO_LOW	1
#endif

/* A thread that ends by an oops is still in the exception, on the stack that had it. */
#define KDEFER_ARCH_REPORT_PARTS	5

#endif /* !__ASSEMBLER__ */

#endif /* _KDEFER_ARCH_ARM64_H */
