/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Saving a context on riscv64.
 *
 * The save and the call of the body are one asm statement, and a restored context continues inside
 * it, right after the call, just as if the body had returned. So no C function ever "returns
 * twice", and no compiler needs to be told.
 */
#ifndef _KDEFER_ARCH_RISCV_H
#define _KDEFER_ARCH_RISCV_H

#if __riscv_xlen != 64
#error "kdefer: of RISC-V only the 64-bit architecture is supported"
#endif

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
 * @scs: the shadow call stack pointer where the kernel has one (gp), mangled with the secret
 * @saved: the callee-saved registers, s0 to s11
 */
struct kdefer_regs {
	unsigned long sp;
	unsigned long ip;
	unsigned long check;
	unsigned long scs;
	unsigned long saved[12];
};

static_assert(offsetof(struct kdefer_regs, sp) == KDEFER_REGS_SP);
static_assert(offsetof(struct kdefer_regs, ip) == KDEFER_REGS_IP);
static_assert(offsetof(struct kdefer_regs, check) == KDEFER_REGS_CHECK);
static_assert(offsetof(struct kdefer_regs, scs) == KDEFER_REGS_SCS);
static_assert(offsetof(struct kdefer_regs, saved) == KDEFER_REGS_SAVED);

/*
 * gp belongs to the shadow call stack where there is one: there it has where the functions return
 * to that are active, so to forget some of them is to load it. Elsewhere it does not change.
 */
#if defined(__KERNEL__) && defined(CONFIG_SHADOW_CALL_STACK)
#define KDEFER_ARCH_SAVE_SCS						\
	"xor a3, gp, a2\n\t"						\
	"sd a3, %[scs](a0)\n\t"
#define KDEFER_ARCH_SCS_OPERAND	, [scs] "i" (KDEFER_REGS_SCS)
#else
#define KDEFER_ARCH_SAVE_SCS
#define KDEFER_ARCH_SCS_OPERAND
#endif

/*
 * Every register that the thunk may change. A callee preserves fs0 to fs11; here nothing does, so
 * the compiler saves them where it keeps something in them. What it uses is known by its feature
 * macros.
 */
#ifdef __riscv_flen
#define KDEFER_ARCH_FP_CLOBBERS							\
	, "ft0", "ft1", "ft2", "ft3", "ft4", "ft5", "ft6", "ft7", "ft8", "ft9",	\
	  "ft10", "ft11", "fa0", "fa1", "fa2", "fa3", "fa4", "fa5", "fa6",	\
	  "fa7", "fs0", "fs1", "fs2", "fs3", "fs4", "fs5", "fs6", "fs7", "fs8",	\
	  "fs9", "fs10", "fs11"
#else
#define KDEFER_ARCH_FP_CLOBBERS
#endif

#ifdef __riscv_vector
#define KDEFER_ARCH_VECTOR_CLOBBERS						\
	, "vl", "vtype", "v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7",	\
	  "v8", "v9", "v10", "v11", "v12", "v13", "v14", "v15",			\
	  "v16", "v17", "v18", "v19", "v20", "v21", "v22", "v23",		\
	  "v24", "v25", "v26", "v27", "v28", "v29", "v30", "v31"
#else
#define KDEFER_ARCH_VECTOR_CLOBBERS
#endif

/* Without a0, a1 and a2, which are operands of kdefer_arch_call(). */
#define KDEFER_ARCH_CLOBBERS							\
	"a3", "a4", "a5", "a6", "a7", "t0", "t1", "t2", "t3", "t4", "t5", "t6",	\
	"ra", "memory" KDEFER_ARCH_FP_CLOBBERS KDEFER_ARCH_VECTOR_CLOBBERS

/*
 * Saves the context in @regs, then calls thunk(regs, arg). Continues after the call when thunk
 * returns or when the context is restored. @thunk must be the name of a static function.
 */
#define kdefer_arch_call(regs, secret, thunk, arg)				\
do {										\
	struct kdefer_regs *__p = (regs);					\
	unsigned long __s = (secret);						\
	void *__a = (arg);							\
	register struct kdefer_regs *__regs asm("a0") = __p;			\
	register void *__arg asm("a1") = __a;					\
	register unsigned long __secret asm("a2") = __s;			\
										\
	asm volatile("sd s0, %[saved] + 0(a0)\n\t"				\
		     "sd s1, %[saved] + 8(a0)\n\t"				\
		     "sd s2, %[saved] + 16(a0)\n\t"				\
		     "sd s3, %[saved] + 24(a0)\n\t"				\
		     "sd s4, %[saved] + 32(a0)\n\t"				\
		     "sd s5, %[saved] + 40(a0)\n\t"				\
		     "sd s6, %[saved] + 48(a0)\n\t"				\
		     "sd s7, %[saved] + 56(a0)\n\t"				\
		     "sd s8, %[saved] + 64(a0)\n\t"				\
		     "sd s9, %[saved] + 72(a0)\n\t"				\
		     "sd s10, %[saved] + 80(a0)\n\t"				\
		     "sd s11, %[saved] + 88(a0)\n\t"				\
		     KDEFER_ARCH_SAVE_SCS					\
		     "lla a3, 771f\n\t"						\
		     "xor a3, a3, a2\n\t"					\
		     "xor a4, sp, a2\n\t"					\
		     "sd a4, %[sp](a0)\n\t"					\
		     "sd a3, %[ip](a0)\n\t"					\
		     "add a3, a3, a4\n\t"					\
		     "sd a3, %[check](a0)\n\t"					\
		     "call %[fn]\n"						\
		     "771:\n"							\
		     : "+r" (__regs), "+r" (__arg), "+r" (__secret)		\
		     : [fn] "S" (thunk), [sp] "i" (KDEFER_REGS_SP),		\
		       [ip] "i" (KDEFER_REGS_IP), [check] "i" (KDEFER_REGS_CHECK),	\
		       [saved] "i" (KDEFER_REGS_SAVED) KDEFER_ARCH_SCS_OPERAND	\
		     : KDEFER_ARCH_CLOBBERS);					\
} while (0)

/*
 * Call kdefer_event_defer() and kdefer_event_run(). Where tracing is off these are jumped over, and
 * must cost nothing: no register is clobbered but the return address and the two that the way to
 * another module may use. What is read of the frame was stored before its body was called.
 */
#ifdef __KERNEL__
#define kdefer_arch_emit_defer(frame, fn, arg)					\
do {										\
	register const void *__a0 asm("a0") = (frame);				\
	register const void *__a1 asm("a1") = (fn);				\
	register const void *__a2 asm("a2") = (arg);				\
										\
	asm volatile("call __kdefer_quiet_defer"				\
		     : : "r" (__a0), "r" (__a1), "r" (__a2)			\
		     : "t0", "t1", "ra");					\
} while (0)
#define kdefer_arch_emit_run(frame, fn, arg, why)				\
do {										\
	register const void *__a0 asm("a0") = (frame);				\
	register const void *__a1 asm("a1") = (fn);				\
	register const void *__a2 asm("a2") = (arg);				\
	register unsigned long __a3 asm("a3") = (why);				\
										\
	asm volatile("call __kdefer_quiet_run"					\
		     : : "r" (__a0), "r" (__a1), "r" (__a2), "r" (__a3)		\
		     : "t0", "t1", "ra");					\
} while (0)
#endif

/* For those who follow frame pointers: one leads to the address above the record. */
#define KDEFER_ARCH_RECORD_BELOW_FP	1

/* The frame pointer is just that; clang 14 crashes over __builtin_dwarf_cfa(). */
#ifdef __clang__
#define kdefer_arch_cfa()	__builtin_frame_address(0)
#endif

#endif /* !__ASSEMBLER__ */

#endif /* _KDEFER_ARCH_RISCV_H */
