/* SPDX-License-Identifier: GPL-2.0-only */
/* Faults of arm64 alone, for kdefer_faults.c. */

#define ARCH_BUG_IS_PANIC	1
#define ARCH_TRAPS_WITH_FIXUP	0
#define ARCH_UNWINDS_LIBRARY	0

/* The shadow of NULL is an address that is not mapped. */
#define ARCH_KASAN_NULL		KDEFER_FAULT_ADDRESS

/* The address of a fault is never lost. */
#define NOT_FIRST_IN_TEXT()

static noinline void invalid_instruction(void)
{
	asm volatile("udf #0");
}

static void arch_traps_with_fixup(void)
{
}

#define ARCH_FAULT_KINDS							\
	{ "invalid instruction", invalid_instruction, KDEFER_FAULT_BUG,		\
	  KDEFER_FAULT_NO_ADDRESS, KDEFER_FAULT_BUG },
