/* SPDX-License-Identifier: GPL-2.0-only */
/* No guard: the header that is wrapped has its own, and <linux/atomic.h> may have come since. */
#include_next <stdatomic.h>
#ifdef _KSHIM_LINUX_ATOMIC_H
#undef atomic_fetch_add
#undef atomic_fetch_sub
#undef atomic_fetch_and
#undef atomic_fetch_or
#undef atomic_fetch_xor
#endif
