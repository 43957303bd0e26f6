// SPDX-License-Identifier: GPL-2.0-only
/*
 * For architectures on which no fault becomes a panic: each stays the oops that it is.
 */
#include "../arch.h"

int kdefer_arch_fault_init(void)
{
	return 0;
}

void kdefer_arch_fault_exit(void)
{
}

unsigned long kdefer_arch_fault_kinds(void)
{
	return 0;
}

unsigned long kdefer_arch_fault_caller(struct pt_regs *regs, bool (*passed)(unsigned long ip))
{
	return 0;
}

bool kdefer_arch_fault_irqs_on(struct pt_regs *regs)
{
	return false;
}
