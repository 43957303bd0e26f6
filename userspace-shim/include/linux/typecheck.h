/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KSHIM_LINUX_TYPECHECK_H
#define _KSHIM_LINUX_TYPECHECK_H

#define typecheck(type, x) \
({ \
	type __kshim_dummy1; \
	__typeof__(x) __kshim_dummy2; \
	(void)(&__kshim_dummy1 == &__kshim_dummy2); \
	1; \
})

#endif /* _KSHIM_LINUX_TYPECHECK_H */
