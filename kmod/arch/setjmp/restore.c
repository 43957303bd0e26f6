// SPDX-License-Identifier: GPL-2.0-only
/*
 * Restore by longjmp(); see <kdefer/arch/setjmp.h>.
 */
#include <setjmp.h>

#include "../arch.h"

void kdefer_arch_restore(const struct kdefer_regs *regs, unsigned long sp, unsigned long ip)
{
	longjmp(*(jmp_buf *)ip, 1);
}
