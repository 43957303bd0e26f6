/* SPDX-License-Identifier: GPL-2.0-only */
#include <linux/compiler.h>

/* The others are zero, the stack, global and thread pointers and, at -O0, the frame pointer. */
#define GENERAL(X)	X(general, long, "r", 27, 8)

#ifdef __riscv_flen
#define SCALAR(X)	X(scalar, double, "f", 32, 8)
#else
#define SCALAR(X)
#endif

/* Registers whose length the CPU chooses are variables only where the compiler is told of it. */
#ifdef __riscv_v_fixed_vlen
typedef __rvv_uint8m1_t vector __attribute__((riscv_rvv_vector_bits(__riscv_v_fixed_vlen)));

#define VECTORS(X)	X(vector, vector, "vr", 32, sizeof(vector))
#else
#define VECTORS(X)
#endif

#define CLASSES(X)	GENERAL(X) SCALAR(X) VECTORS(X)

static noinline void spoil(void)
{
#ifdef __riscv_flen
	asm volatile(".irp n, t0,t1,t2,t3,t4,t5,t6,t7,t8,t9,t10,t11\n\t"
		     "fmv.d.x f\\n, zero\n\t"
		     ".endr\n\t"
		     ".irp n, a0,a1,a2,a3,a4,a5,a6,a7\n\t"
		     "fmv.d.x f\\n, zero\n\t"
		     ".endr"
		     : : : "ft0", "ft1", "ft2", "ft3", "ft4", "ft5", "ft6", "ft7", "ft8",
			   "ft9", "ft10", "ft11", "fa0", "fa1", "fa2", "fa3", "fa4", "fa5",
			   "fa6", "fa7");
#endif
#ifdef __riscv_vector
	asm volatile("vsetvli t0, zero, e8, m1, ta, ma\n\t"
		     ".irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n\t"
		     "vmv.v.i v\\n, 5\n\t"
		     ".endr\n\t"
		     ".irp n, 16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31\n\t"
		     "vmv.v.i v\\n, 5\n\t"
		     ".endr"
		     : : : "t0", "vl", "vtype", "v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7",
			   "v8", "v9", "v10", "v11", "v12", "v13", "v14", "v15", "v16", "v17",
			   "v18", "v19", "v20", "v21", "v22", "v23", "v24", "v25", "v26", "v27",
			   "v28", "v29", "v30", "v31");
#endif
	asm volatile(".irp n, a0,a1,a2,a3,a4,a5,a6,a7,t0,t1,t2,t3,t4,t5,t6\n\t"
		     "li \\n, 0x5a5a\n\t"
		     ".endr"
		     : : : "a0", "a1", "a2", "a3", "a4", "a5", "a6", "a7", "t0", "t1", "t2",
			   "t3", "t4", "t5", "t6");
}

#ifdef __riscv_flen
#define spoil_saved_scalar()							\
	asm volatile(".irp n, 0,1,2,3,4,5,6,7,8,9,10,11\n\t"			\
		     "fmv.d.x fs\\n, zero\n\t"					\
		     ".endr"							\
		     : : : "fs0", "fs1", "fs2", "fs3", "fs4", "fs5", "fs6", "fs7",	\
			   "fs8", "fs9", "fs10", "fs11")
#else
#define spoil_saved_scalar()
#endif

/* Without s0, which is the frame pointer at -O0. */
#define spoil_saved()								\
do {										\
	spoil_saved_scalar();							\
	asm volatile(".irp n, 1,2,3,4,5,6,7,8,9,10,11\n\t"			\
		     "li s\\n, 0x5a5a\n\t"					\
		     ".endr"							\
		     : : : "s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9",	\
			   "s10", "s11");					\
} while (0)

#define leave_mmx()
