/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KSHIM_LINUX_CTYPE_H
#define _KSHIM_LINUX_CTYPE_H

#include <ctype.h>

#define isodigit(c) ((c) >= '0' && (c) <= '7')

#endif /* _KSHIM_LINUX_CTYPE_H */
