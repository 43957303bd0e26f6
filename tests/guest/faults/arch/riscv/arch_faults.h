/* SPDX-License-Identifier: GPL-2.0-only */
/* Faults of riscv64 alone, for kdefer_faults.c. */

/* The kernel panics of it. */
#define ARCH_BUG_IS_PANIC	0
#define ARCH_TRAPS_WITH_FIXUP	0
#define ARCH_UNWINDS_LIBRARY	0

/* As on arm64; no kernel with KASAN was run. */
#define ARCH_KASAN_NULL		KDEFER_FAULT_ADDRESS

/* The address of a fault is never lost. */
#define NOT_FIRST_IN_TEXT()

static void arch_traps_with_fixup(void)
{
}

#define ARCH_FAULT_KINDS
