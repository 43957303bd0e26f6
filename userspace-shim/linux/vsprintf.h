/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of the kernel's printf share. */
#ifndef _KSHIM_VSPRINTF_H
#define _KSHIM_VSPRINTF_H

#include "kshim-impl.h"

/* @pos counts what there would be if @size were enough. */
struct kshim_out {
	char *buf;
	size_t size;
	size_t pos;
};

struct kshim_spec {
	char flags[8];
	int width;
	int precision;		/* -1 when none was given */
	char qualifier;		/* 'H' stands for hh, 'L' for ll */
	char conversion;
};

/* As the C library's printf() would. */
__printf(2, 3) void kshim_put(struct kshim_out *o, const char *fmt, ...);
void kshim_put_string(struct kshim_out *o, const char *s, const struct kshim_spec *spec);
void kshim_put_number(struct kshim_out *o, unsigned long long num, const struct kshim_spec *spec);
/* @ext is what follows %p. */
void kshim_put_pointer(struct kshim_out *o, const char *ext, const void *ptr,
		       const struct kshim_spec *spec);

#endif /* _KSHIM_VSPRINTF_H */
