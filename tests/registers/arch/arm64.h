/* SPDX-License-Identifier: GPL-2.0-only */
#include <linux/compiler.h>

/* Two registers are the frame pointer and, in the count, the stack pointer. */
#define GENERAL(X)	X(general, long, "r", 30, 8)

typedef float vector __attribute__((vector_size(16)));

#define VECTORS(X)	X(scalar, double, "w", 32, 8) X(vector, vector, "w", 32, 16)

/* Registers whose length the CPU chooses are variables only where the compiler is told of it. */
#if defined(__ARM_FEATURE_SVE_BITS) && __ARM_FEATURE_SVE_BITS
#include <arm_sve.h>

typedef svuint8_t wide __attribute__((arm_sve_vector_bits(__ARM_FEATURE_SVE_BITS)));
typedef svbool_t mask __attribute__((arm_sve_vector_bits(__ARM_FEATURE_SVE_BITS)));

#define SVE(X)		X(wide, wide, "w", 32, sizeof(wide)) X(mask, mask, "Upa", 16, sizeof(mask))
#else
#define SVE(X)
#endif

#define CLASSES(X)	GENERAL(X) VECTORS(X) SVE(X)

#define spoil_general()								\
	asm volatile(".irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18\n\t"	\
		     "mov x\\n, #0x5a5a\n\t"					\
		     ".endr"							\
		     : : : "x0", "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9",	\
			   "x10", "x11", "x12", "x13", "x14", "x15", "x16", "x17", "x18")

#define EVERY_VECTOR								\
	"v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7", "v8", "v9", "v10", "v11",	\
	"v12", "v13", "v14", "v15", "v16", "v17", "v18", "v19", "v20", "v21", "v22",	\
	"v23", "v24", "v25", "v26", "v27", "v28", "v29", "v30", "v31"

static inline void spoil_vectors(void)
{
	asm volatile(".irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23\n\t"
		     "movi v\\n\\().16b, #0x5a\n\t"
		     ".endr\n\t"
		     ".irp n, 24,25,26,27,28,29,30,31\n\t"
		     "movi v\\n\\().16b, #0x5a\n\t"
		     ".endr"
		     : : : EVERY_VECTOR);
#ifdef __ARM_FEATURE_SVE
	asm volatile(".irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n\t"
		     "pfalse p\\n\\().b\n\t"
		     ".endr"
		     : : : "p0", "p1", "p2", "p3", "p4", "p5", "p6", "p7", "p8", "p9",
			   "p10", "p11", "p12", "p13", "p14", "p15");
#endif
}

static noinline void spoil(void)
{
	spoil_vectors();
	spoil_general();
}

/* Of v8 to v15 a function gives back the lower halves. */
#define spoil_saved()								\
	asm volatile(".irp n, 19,20,21,22,23,24,25,26,27,28\n\t"			\
		     "mov x\\n, #0x5a5a\n\t"					\
		     ".endr\n\t"						\
		     ".irp n, 8,9,10,11,12,13,14,15\n\t"			\
		     "movi v\\n\\().16b, #0x5a\n\t"				\
		     ".endr"							\
		     : : : "x19", "x20", "x21", "x22", "x23", "x24", "x25", "x26", "x27",	\
			   "x28", "v8", "v9", "v10", "v11", "v12", "v13", "v14", "v15")

#define leave_mmx()
