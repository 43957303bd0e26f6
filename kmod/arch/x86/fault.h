/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KDEFER_ARCH_X86_FAULT_H
#define _KDEFER_ARCH_X86_FAULT_H

void kdefer_fault_call(void);
void kdefer_fault_entry(unsigned long kind, unsigned long address, unsigned long ip,
			unsigned long error_code);

#endif /* _KDEFER_ARCH_X86_FAULT_H */
