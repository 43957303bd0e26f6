/* SPDX-License-Identifier: GPL-2.0-only */
/* kdefer does not export its own to other modules: here it is measured alone. */
#include "../../../kmod/arch/x86/restore.S"
