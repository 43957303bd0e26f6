/* SPDX-License-Identifier: GPL-2.0-only */
/* Faults of x86-64 alone, for kdefer_faults.c. */
#include <asm/asm.h>

#define ARCH_BUG_IS_PANIC	1
#define ARCH_TRAPS_WITH_FIXUP	1
/* A function that faults may have been called by others of the kernel's. KASAN's would be one. */
#define ARCH_UNWINDS_LIBRARY	(IS_ENABLED(CONFIG_UNWINDER_ORC) && !IS_ENABLED(CONFIG_KASAN))

/* The shadow of NULL is no canonical address. */
#define ARCH_KASAN_NULL		KDEFER_FAULT_PROTECTION

/*
 * The kernel dumps the code before a faulting instruction, and where that is not mapped the
 * fault's address is lost: this keeps the instruction away from the start of the module.
 */
#define NOT_FIRST_IN_TEXT()	asm volatile(".fill 64, 1, 0x90")

/* As in the midst of a copy that goes downwards: what runs next counts on the flag to be clear. */
static noinline void read_downwards(void)
{
	NOT_FIRST_IN_TEXT();
	asm volatile("std\n\t"
		     "movl (%0), %%eax\n\t"
		     "cld"
		     : : "r" (READ_ONCE(bad_address)) : "eax", "memory");
}

/* Plain C lets the compiler avoid the instruction. */
static noinline void divide_by_zero(void)
{
	int eax = 1, edx = 0;

	asm volatile("idivl %2" : "+a" (eax), "+d" (edx) : "rm" (READ_ONCE(zero)));
}

/*
 * A function that calls nothing may move the stack pointer by as little as it needs, as clang's do,
 * so that it is a multiple of nothing.
 */
#define ON_ODD_STACK(size, code)	"subq $" #size ", %%rsp\n\t" code "\n\taddq $" #size ", %%rsp"

static noinline void divide_on_odd_stack(void)
{
	int eax = 1, edx = 0;

	asm volatile(ON_ODD_STACK(13, "idivl %2")
		     : "+a" (eax), "+d" (edx) : "r" (READ_ONCE(zero)));
}

static noinline void read_on_odd_stack(void)
{
	NOT_FIRST_IN_TEXT();
	asm volatile(ON_ODD_STACK(4, "movl (%0), %%eax")
		     : : "r" (READ_ONCE(bad_address)) : "eax", "memory");
}

static noinline void read_non_canonical(void)
{
	READ_ONCE(*(int *)(READ_ONCE(bad_address) + 0x1234567800000000UL));
}

/* Both traps are told to die notifiers before the kernel looks for a fixup. */
static noinline void divide_with_fixup(void)
{
	int eax = 1, edx = 0;

	asm volatile("1: idivl %2\n2:\n" _ASM_EXTABLE(1b, 2b)
		     : "+a" (eax), "+d" (edx) : "rm" (READ_ONCE(zero)));
}

static noinline void invalid_with_fixup(void)
{
	asm volatile("1: ud2\n2:\n" _ASM_EXTABLE(1b, 2b));
}

static void arch_traps_with_fixup(void)
{
	divide_with_fixup();
	invalid_with_fixup();
}

#define ARCH_FAULT_KINDS							\
	{ "divide error", divide_by_zero, KDEFER_FAULT_DIVIDE, KDEFER_FAULT_NO_ADDRESS,	\
	  KDEFER_FAULT_DIVIDE },						\
	{ "divide error, odd stack", divide_on_odd_stack, KDEFER_FAULT_DIVIDE,	\
	  KDEFER_FAULT_NO_ADDRESS, KDEFER_FAULT_DIVIDE },			\
	{ "NULL read, odd stack", read_on_odd_stack, KDEFER_FAULT_NULL, 0, KDEFER_FAULT_NULL }, \
	{ "general protection", read_non_canonical, KDEFER_FAULT_PROTECTION,	\
	  KDEFER_FAULT_NO_ADDRESS, KDEFER_FAULT_PROTECTION },			\
	{ "NULL read downwards", read_downwards, KDEFER_FAULT_NULL, 0, KDEFER_FAULT_NULL },
