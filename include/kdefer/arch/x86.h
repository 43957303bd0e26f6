/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Saving a context on x86-64.
 *
 * The save and the call of the body are one asm statement, and a restored context continues inside
 * it, right after the call, just as if the body had returned. So no C function ever "returns
 * twice", and no compiler needs to be told.
 */
#ifndef _KDEFER_ARCH_X86_H
#define _KDEFER_ARCH_X86_H

/*
 * Only __CET__ says that the compiler allows for a shadow stack; __SHSTK__ is about builtins. A
 * program that was not built for one runs without it.
 */
#if !defined(__KERNEL__) && defined(__CET__)
#if __CET__ & 2
#define KDEFER_ARCH_SHSTK
#endif
#endif

/* Offsets into struct kdefer_regs, for assembly. */
#define KDEFER_REGS_SP		0
#define KDEFER_REGS_IP		8
#define KDEFER_REGS_SAVED	16
#define KDEFER_REGS_CHECK	64
#define KDEFER_REGS_SSP		72

/* For KDEFER_ARCH_STORE_PAIR(). */
#ifdef __KERNEL__
#define KDEFER_REGS_ALIGN	8
#else
#define KDEFER_REGS_ALIGN	16
#endif

#ifndef __ASSEMBLER__

#include <linux/build_bug.h>
#include <linux/stddef.h>

/**
 * struct kdefer_regs - the saved registers of a place that the runtime can jump back to
 * @sp: stack pointer, mangled with the task's secret
 * @ip: instruction pointer, mangled with the task's secret
 * @saved: the callee-saved registers
 * @check: sum of @sp and @ip as they are stored: an overwritten one is found
 * @ssp: shadow stack pointer of user space, where the CPU keeps one (CET). There whether or not the
 *	program was built for CET, since the library may have been built otherwise.
 */
struct kdefer_regs {
	unsigned long sp;
	unsigned long ip;
	struct {
		unsigned long rbx, rbp, r12, r13, r14, r15;
	} saved;
	unsigned long check;
#ifndef __KERNEL__
	unsigned long ssp;
#endif
} __aligned(KDEFER_REGS_ALIGN);

static_assert(offsetof(struct kdefer_regs, sp) == KDEFER_REGS_SP);
static_assert(offsetof(struct kdefer_regs, ip) == KDEFER_REGS_IP);
static_assert(offsetof(struct kdefer_regs, check) == KDEFER_REGS_CHECK);
static_assert(offsetof(struct kdefer_regs, saved) == KDEFER_REGS_SAVED);
#ifndef __KERNEL__
static_assert(offsetof(struct kdefer_regs, ssp) == KDEFER_REGS_SSP);
#endif

#ifdef KDEFER_ARCH_SHSTK
#define KDEFER_ARCH_SAVE_SSP				\
	"xorl %%eax, %%eax\n\t"				\
	"rdsspq %%rax\n\t"				\
	"movq %%rax, %c[ssp](%%rdi)\n\t"
#define KDEFER_ARCH_SSP_OPERAND	, [ssp] "i" (KDEFER_REGS_SSP)
#else
#define KDEFER_ARCH_SAVE_SSP
#define KDEFER_ARCH_SSP_OPERAND
#endif

/*
 * Every register that the thunk may change. What the compiler uses is known by its feature macros
 * and not by __KERNEL__: the kernel is built without most of these registers, but not all of it.
 */
#ifdef __SSE__
#define KDEFER_ARCH_SSE_CLOBBERS						\
	, "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7",	\
	  "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15"
#else
#define KDEFER_ARCH_SSE_CLOBBERS
#endif

#ifdef __AVX512F__
#define KDEFER_ARCH_AVX512_CLOBBERS						\
	, "xmm16", "xmm17", "xmm18", "xmm19", "xmm20", "xmm21", "xmm22", "xmm23",	\
	  "xmm24", "xmm25", "xmm26", "xmm27", "xmm28", "xmm29", "xmm30", "xmm31",	\
	  "k0", "k1", "k2", "k3", "k4", "k5", "k6", "k7"
#else
#define KDEFER_ARCH_AVX512_CLOBBERS
#endif

#ifdef __MMX__
#define KDEFER_ARCH_MMX_CLOBBERS						\
	, "mm0", "mm1", "mm2", "mm3", "mm4", "mm5", "mm6", "mm7"
#else
#define KDEFER_ARCH_MMX_CLOBBERS
#endif

/* gcc refuses these under -mno-80387, and says so by this macro; clang takes them. */
#ifndef _SOFT_FLOAT
#define KDEFER_ARCH_X87_CLOBBERS						\
	, "st", "st(1)", "st(2)", "st(3)", "st(4)", "st(5)", "st(6)", "st(7)"
#else
#define KDEFER_ARCH_X87_CLOBBERS
#endif

#ifdef __APX_F__
#define KDEFER_ARCH_APX_CLOBBERS						\
	, "r16", "r17", "r18", "r19", "r20", "r21", "r22", "r23",		\
	  "r24", "r25", "r26", "r27", "r28", "r29", "r30", "r31"
#else
#define KDEFER_ARCH_APX_CLOBBERS
#endif

/* Without rdi, rsi and rdx, which are operands of kdefer_arch_call(). */
#define KDEFER_ARCH_CLOBBERS							\
	"rax", "rcx", "r8", "r9", "r10", "r11", "cc", "memory"			\
	KDEFER_ARCH_SSE_CLOBBERS KDEFER_ARCH_AVX512_CLOBBERS			\
	KDEFER_ARCH_MMX_CLOBBERS KDEFER_ARCH_X87_CLOBBERS			\
	KDEFER_ARCH_APX_CLOBBERS

/*
 * How long a call takes in user space is how many stores it makes, one for each cycle of the CPU:
 * two registers are stored at once there, by way of some that the thunk may change.
 */
#if defined(__KERNEL__) || !defined(__SSE2__)
#define KDEFER_ARCH_STORE_PAIR(low, high, at)						\
	"movq %%" low ", " at "(%%rdi)\n\t"						\
	"movq %%" high ", 8+" at "(%%rdi)\n\t"
#else
#ifdef __AVX__
#define KDEFER_ARCH_STORE_PAIR(low, high, at)						\
	"vmovq %%" low ", %%xmm0\n\t"							\
	"vpinsrq $1, %%" high ", %%xmm0, %%xmm0\n\t"					\
	"vmovups %%xmm0, " at "(%%rdi)\n\t"
#else
#define KDEFER_ARCH_STORE_PAIR(low, high, at)						\
	"movq %%" low ", %%xmm0\n\t"							\
	"movq %%" high ", %%xmm1\n\t"							\
	"punpcklqdq %%xmm1, %%xmm0\n\t"							\
	"movups %%xmm0, " at "(%%rdi)\n\t"
#endif

/* Both words at @at, of which the compiler may know the first as a variable of its own. */
typedef unsigned long kdefer_arch_pair
	__attribute__((vector_size(16), aligned(sizeof(long)), __may_alias__));
#define kdefer_arch_store_pair(at, low, high)						\
	(*(kdefer_arch_pair *)(at) = (kdefer_arch_pair){ low, high })
#endif

/*
 * For objtool: a call in asm needs a stack frame around it; and what follows the call of a thunk
 * that always panics is reached, by recovery.
 */
#ifdef __KERNEL__
#include <asm/asm.h>
#include <kdefer/compat.h>
#define KDEFER_ARCH_CALL_CONSTRAINT	, ASM_CALL_CONSTRAINT
#define KDEFER_ARCH_REACHABLE		KDEFER_REACHABLE_AFTER(770b)
/* Under KASAN, clang calls a function before it traps, where objtool takes nothing but the trap. */
#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define kdefer_arch_trap()						\
do {									\
	asm volatile("ud2");						\
	__builtin_unreachable();					\
} while (0)
#endif
#endif
#else
#define KDEFER_ARCH_CALL_CONSTRAINT
#define KDEFER_ARCH_REACHABLE
#endif

/*
 * To be used in functions that make other calls too, which every KDEFER function does: where the
 * compiler sees none it may neither align the stack nor keep clear of the red zone.
 *
 * Saves the context in @regs, then calls thunk(regs, arg). Continues after the call when thunk
 * returns or when the context is restored. @thunk must be the name of a static function.
 */
#define kdefer_arch_call(regs, secret, thunk, arg)				\
do {										\
	struct kdefer_regs *__regs = (regs);					\
	unsigned long __secret = (secret);					\
	void *__arg = (arg);							\
										\
	asm volatile(KDEFER_ARCH_STORE_PAIR("rbx", "rbp", "%c[saved]+0")	\
		     KDEFER_ARCH_STORE_PAIR("r12", "r13", "%c[saved]+16")	\
		     KDEFER_ARCH_STORE_PAIR("r14", "r15", "%c[saved]+32")	\
		     KDEFER_ARCH_SAVE_SSP					\
		     "leaq 771f(%%rip), %%rax\n\t"				\
		     "xorq %%rdx, %%rax\n\t"					\
		     "xorq %%rsp, %%rdx\n\t"					\
		     KDEFER_ARCH_STORE_PAIR("rdx", "rax", "0")			\
		     "addq %%rdx, %%rax\n\t"					\
		     "movq %%rax, %c[check](%%rdi)\n\t"			\
		     "770: call %P[fn]\n"						\
		     "771:\n"							\
		     KDEFER_ARCH_REACHABLE					\
		     : "+D" (__regs), "+S" (__arg), "+d" (__secret)		\
		       KDEFER_ARCH_CALL_CONSTRAINT				\
		     : [fn] "i" (thunk), [sp] "i" (KDEFER_REGS_SP),		\
		       [ip] "i" (KDEFER_REGS_IP), [check] "i" (KDEFER_REGS_CHECK),	\
		       [saved] "i" (KDEFER_REGS_SAVED) KDEFER_ARCH_SSP_OPERAND	\
		     : KDEFER_ARCH_CLOBBERS);					\
} while (0)

/*
 * Call kdefer_event_defer() and kdefer_event_run(). Where tracing is off these are jumped over, and
 * must cost nothing: neither registers nor memory are clobbered, so nothing has to be saved or
 * stored early by those who never come here. What is read of the frame was stored before its body
 * was called.
 */
#ifdef __KERNEL__
#define kdefer_arch_emit_defer(frame, fn, arg)					\
	asm volatile("call __kdefer_quiet_defer"				\
		     : ASM_CALL_CONSTRAINT : "D" (frame), "S" (fn), "d" (arg))
#define kdefer_arch_emit_run(frame, fn, arg, why)				\
	asm volatile("call __kdefer_quiet_run"					\
		     : ASM_CALL_CONSTRAINT : "D" (frame), "S" (fn), "d" (arg), "c" (why))
#endif

#endif /* !__ASSEMBLER__ */

#endif /* _KDEFER_ARCH_X86_H */
