/* SPDX-License-Identifier: GPL-2.0-only */
#include <linux/compiler.h>

/* Two registers are the stack pointer and, at -O0, the frame pointer. */
#define GENERAL(X)	X(general, long, "r", 14, 8)

#ifdef __SSE__
#define SSE(X)		X(scalar, double, "x", 16, 8)
#else
#define SSE(X)
#endif

#if defined(__AVX__)
typedef float vector __attribute__((vector_size(32)));
#elif defined(__SSE__)
typedef float vector __attribute__((vector_size(16)));
#endif

#ifdef __AVX512F__
typedef float wide __attribute__((vector_size(64)));
/* Neither compiler uses k0 for a variable. */
#define VECTORS(X)	X(vector, vector, "x", 16, sizeof(vector)) X(wide, wide, "v", 32, 64)	\
			X(mask, unsigned short, "Yk", 7, 2)
#elif defined(__SSE__)
#define VECTORS(X)	X(vector, vector, "x", 16, sizeof(vector))
#else
#define VECTORS(X)
#endif

#ifdef __MMX__
typedef int mmx __attribute__((vector_size(8)));
#define MMX(X)		X(mmx, mmx, "y", 8, 8)
#else
#define MMX(X)
#endif

#define X87(X)		X(x87, long double, "t", 7, 10)

#define CLASSES(X)	GENERAL(X) SSE(X) VECTORS(X) MMX(X) X87(X)

static inline void spoil_general(void)
{
	asm volatile("movl $0x5a5a, %%eax\n\t"
		     "movl %%eax, %%ecx\n\t"
		     "movl %%eax, %%edx\n\t"
		     "movl %%eax, %%esi\n\t"
		     "movl %%eax, %%edi\n\t"
		     "movl %%eax, %%r8d\n\t"
		     "movl %%eax, %%r9d\n\t"
		     "movl %%eax, %%r10d\n\t"
		     "movl %%eax, %%r11d"
		     : : : "rax", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11");
}

#ifdef __APX_F__
static inline void spoil_apx(void)
{
	asm volatile(".irp n, 16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31\n\t"
		     "xorq %%r\\n, %%r\\n\n\t"
		     ".endr"
		     : : : "r16", "r17", "r18", "r19", "r20", "r21", "r22", "r23",
			   "r24", "r25", "r26", "r27", "r28", "r29", "r30", "r31");
}
#else
static inline void spoil_apx(void)
{
}
#endif

static inline void spoil_vectors(void)
{
#if defined(__AVX512F__)
	asm volatile(".irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n\t"
		     "vpternlogd $255, %%zmm\\n, %%zmm\\n, %%zmm\\n\n\t"
		     ".endr\n\t"
		     ".irp n, 16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31\n\t"
		     "vpternlogd $255, %%zmm\\n, %%zmm\\n, %%zmm\\n\n\t"
		     ".endr\n\t"
		     ".irp n, 0,1,2,3,4,5,6,7\n\t"
		     "kxorw %%k\\n, %%k\\n, %%k\\n\n\t"
		     ".endr"
		     : : : "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7",
			   "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15",
			   "xmm16", "xmm17", "xmm18", "xmm19", "xmm20", "xmm21", "xmm22", "xmm23",
			   "xmm24", "xmm25", "xmm26", "xmm27", "xmm28", "xmm29", "xmm30", "xmm31",
			   "k0", "k1", "k2", "k3", "k4", "k5", "k6", "k7");
#elif defined(__AVX__)
	asm volatile("vzeroall"
		     : : : "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7",
			   "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15");
#elif defined(__SSE__)
	asm volatile(".irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n\t"
		     "xorps %%xmm\\n, %%xmm\\n\n\t"
		     ".endr"
		     : : : "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7",
			   "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15");
#endif
}

/* The registers of MMX are those of the x87, which a function leaves empty. */
static inline void spoil_x87(void)
{
	asm volatile(".irp n, 0,1,2,3,4,5,6,7\n\t"
		     "fldpi\n\t"
		     ".endr\n\t"
		     "fninit"
		     : : : "st", "st(1)", "st(2)", "st(3)", "st(4)", "st(5)", "st(6)", "st(7)",
			   "mm0", "mm1", "mm2", "mm3", "mm4", "mm5", "mm6", "mm7");
}

static noinline void spoil(void)
{
	spoil_vectors();
	spoil_x87();
	spoil_apx();
	spoil_general();
}

#define spoil_saved()								\
	asm volatile("movl $0x5a5a, %%ebx\n\t"					\
		     "movl %%ebx, %%r12d\n\t"					\
		     "movl %%ebx, %%r13d\n\t"					\
		     "movl %%ebx, %%r14d\n\t"					\
		     "movl %%ebx, %%r15d"					\
		     : : : "rbx", "r12", "r13", "r14", "r15")

/* The registers of MMX are those of the x87, and have to be given back. */
#ifdef __MMX__
#define leave_mmx()	asm volatile("emms")
#else
#define leave_mmx()
#endif
