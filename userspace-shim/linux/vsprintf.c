// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel's printf: the C library's for all that both do in the same way, and what only the
 * kernel's does: %p and a letter, NULL and error pointers, no floating point.
 */

#include <ctype.h>
#include <stdio.h>
#include "vsprintf.h"

#include <linux/slab.h>
#include <linux/string.h>

void kshim_put(struct kshim_out *o, const char *fmt, ...)
{
	size_t room = o->pos < o->size ? o->size - o->pos : 0;
	va_list args;

	va_start(args, fmt);
	o->pos += (size_t)(vsnprintf)(room ? o->buf + o->pos : NULL, room, fmt, args);
	va_end(args);
}

void kshim_put_string(struct kshim_out *o, const char *s, const struct kshim_spec *spec)
{
	if (!s)
		s = "(null)";
	else if ((unsigned long)s < PAGE_SIZE || IS_ERR(s))
		s = "(efault)";
	kshim_put(o, strchr(spec->flags, '-') ? "%-*.*s" : "%*.*s", spec->width, spec->precision,
		  s);
}

/* Since @start: the kernel prints 0 as 0x0 for %#x, the C library as 0, but it was asked for 1. */
static void make_zero(struct kshim_out *o, size_t start)
{
	char *one = start < o->size ? memchr(o->buf + start, '1', o->size - start) : NULL;

	if (one)
		*one = '0';
}

void kshim_put_number(struct kshim_out *o, unsigned long long num, const struct kshim_spec *spec)
{
	bool zero = !num && strchr(spec->flags, '#') && tolower(spec->conversion) == 'x';
	size_t start = o->pos;
	char fmt[16];

	(snprintf)(fmt, sizeof(fmt), "%%%s*.*ll%c", spec->flags, spec->conversion);
	kshim_put(o, fmt, spec->width, spec->precision, zero ? 1 : num);
	if (zero)
		make_zero(o, start);
}

static bool is_signed(const struct kshim_spec *spec)
{
	return spec->conversion == 'd' || spec->conversion == 'i';
}

static unsigned long long next_number(va_list *args, const struct kshim_spec *spec)
{
	switch (spec->qualifier) {
	case 'L':
	case 'j':
		return va_arg(*args, unsigned long long);
	case 'l':
	case 't':
	case 'z':
		return is_signed(spec) ? (unsigned long long)va_arg(*args, long) :
					 va_arg(*args, unsigned long);
	case 'h':
		return is_signed(spec) ? (unsigned long long)(short)va_arg(*args, int) :
					 (unsigned short)va_arg(*args, int);
	case 'H':
		return is_signed(spec) ? (unsigned long long)(signed char)va_arg(*args, int) :
					 (unsigned char)va_arg(*args, int);
	default:
		return is_signed(spec) ? (unsigned long long)va_arg(*args, int) :
					 va_arg(*args, unsigned int);
	}
}

static const char *parse_flags(const char *fmt, struct kshim_spec *spec)
{
	for (; *fmt && strchr("-+ #0", *fmt); fmt++) {
		if (!strchr(spec->flags, *fmt))
			spec->flags[strlen(spec->flags)] = *fmt;
	}
	return fmt;
}

static const char *parse_int(const char *fmt, int *value, va_list *args)
{
	if (*fmt == '*') {
		*value = va_arg(*args, int);
		return fmt + 1;
	}
	*value = 0;
	while (isdigit((unsigned char)*fmt))
		*value = *value * 10 + (*fmt++ - '0');
	return fmt;
}

static const char *parse_qualifier(const char *fmt, struct kshim_spec *spec)
{
	if (!*fmt || !strchr("hlLjzt", *fmt))
		return fmt;
	spec->qualifier = *fmt++;
	if (spec->qualifier == 'h' && *fmt == 'h') {
		spec->qualifier = 'H';
		return fmt + 1;
	}
	if (spec->qualifier == 'l' && *fmt == 'l') {
		spec->qualifier = 'L';
		return fmt + 1;
	}
	return fmt;
}

static const char *parse_spec(const char *fmt, struct kshim_spec *spec, va_list *args)
{
	fmt = parse_flags(fmt, spec);
	fmt = parse_int(fmt, &spec->width, args);
	if (*fmt == '.') {
		fmt = parse_int(fmt + 1, &spec->precision, args);
		spec->precision = max(spec->precision, 0);
	}
	fmt = parse_qualifier(fmt, spec);
	spec->conversion = *fmt;
	return fmt;
}

/* Returns the end of the conversion, NULL for one that the kernel does not know either. */
static const char *put_conversion(struct kshim_out *o, const char *fmt, va_list *args)
{
	struct kshim_spec spec = { .precision = -1 };

	fmt = parse_spec(fmt, &spec, args);
	switch (*fmt) {
	case 'd':
	case 'i':
	case 'u':
	case 'o':
	case 'x':
	case 'X':
		kshim_put_number(o, next_number(args, &spec), &spec);
		return fmt + 1;
	case '%':
		kshim_put(o, "%%");
		return fmt + 1;
	case 'c':
		kshim_put(o, strchr(spec.flags, '-') ? "%-*c" : "%*c", spec.width,
			  va_arg(*args, int));
		return fmt + 1;
	case 's':
		kshim_put_string(o, va_arg(*args, const char *), &spec);
		return fmt + 1;
	case 'p':
		kshim_put_pointer(o, fmt + 1, va_arg(*args, void *), &spec);
		for (fmt++; isalnum((unsigned char)*fmt); fmt++)
			;
		return fmt;
	default:
		WARN_ONCE(1, "Please remove unsupported %%%c in format string\n", *fmt);
		return NULL;
	}
}

static const char *put_literal(struct kshim_out *o, const char *fmt)
{
	size_t len = strcspn(fmt, "%");

	kshim_put(o, "%.*s", (int)len, fmt);
	return fmt + len;
}

int kshim_vsnprintf(char *buf, size_t size, const char *fmt, va_list args)
{
	struct kshim_out o = { .buf = buf, .size = size };
	va_list ap;

	if (size)
		buf[0] = '\0';
	va_copy(ap, args);
	/* Behind an unknown conversion nothing can be matched with its arguments any more. */
	while (fmt && *fmt)
		fmt = *fmt == '%' ? put_conversion(&o, fmt + 1, &ap) : put_literal(&o, fmt);
	va_end(ap);
	return (int)o.pos;
}

int kshim_snprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list args;
	int len;

	va_start(args, fmt);
	len = kshim_vsnprintf(buf, size, fmt, args);
	va_end(args);
	return len;
}

int kshim_vscnprintf(char *buf, size_t size, const char *fmt, va_list args)
{
	int len;

	if (!size)
		return 0;
	len = kshim_vsnprintf(buf, size, fmt, args);
	return (size_t)len < size ? len : (int)size - 1;
}

int kshim_scnprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list args;
	int len;

	va_start(args, fmt);
	len = kshim_vscnprintf(buf, size, fmt, args);
	va_end(args);
	return len;
}

int kshim_vsprintf(char *buf, const char *fmt, va_list args)
{
	return kshim_vsnprintf(buf, INT_MAX, fmt, args);
}

int kshim_sprintf(char *buf, const char *fmt, ...)
{
	va_list args;
	int len;

	va_start(args, fmt);
	len = kshim_vsnprintf(buf, INT_MAX, fmt, args);
	va_end(args);
	return len;
}

char *kshim_kvasprintf(gfp_t gfp, const char *fmt, va_list args)
{
	int len = kshim_vsnprintf(NULL, 0, fmt, args);
	char *text = kmalloc((size_t)len + 1, gfp);

	if (text)
		kshim_vsnprintf(text, (size_t)len + 1, fmt, args);
	return text;
}

char *kshim_kasprintf(gfp_t gfp, const char *fmt, ...)
{
	va_list args;
	char *text;

	va_start(args, fmt);
	text = kshim_kvasprintf(gfp, fmt, args);
	va_end(args);
	return text;
}

int kshim_sscanf(const char *buf, const char *fmt, ...)
{
	va_list args;
	int n;

	va_start(args, fmt);
	n = vsscanf(buf, fmt, args);
	va_end(args);
	return n;
}
