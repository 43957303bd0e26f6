// SPDX-License-Identifier: GPL-2.0-only
/* The kernel's printf: its %p extensions and its rules, no floating point, no allocation. */

#include <ctype.h>
#include <stdio.h>
#include "kshim-impl.h"

#include <linux/slab.h>
#include <linux/string.h>

struct out {
	char *buf;
	size_t size;
	size_t pos;
};

struct spec {
	bool left;
	bool plus;
	bool space;
	bool special;
	bool zero;
	bool upper;
	bool is_signed;
	int width;
	int precision;		/* -1 when none was given */
	unsigned int base;
	char qualifier;		/* 'H' stands for hh, 'L' for ll */
};

const char kshim_hex_asc[] = "0123456789abcdef";

static void put(struct out *o, char c)
{
	if (o->pos < o->size)
		o->buf[o->pos] = c;
	o->pos++;
}

static void pad(struct out *o, char c, int n)
{
	while (n-- > 0)
		put(o, c);
}

static void put_text(struct out *o, const char *s, size_t len, const struct spec *spec)
{
	int fill = spec->width - (int)len;

	if (!spec->left)
		pad(o, ' ', fill);
	for (size_t i = 0; i < len; i++)
		put(o, s[i]);
	if (spec->left)
		pad(o, ' ', fill);
}

static void put_string(struct out *o, const char *s, const struct spec *spec)
{
	size_t len;

	if (!s)
		s = "(null)";
	else if ((unsigned long)s < PAGE_SIZE || IS_ERR(s))
		s = "(efault)";
	len = spec->precision < 0 ? strlen(s) : strnlen(s, (size_t)spec->precision);
	put_text(o, s, len, spec);
}

static char sign_of(const struct spec *spec, bool negative)
{
	if (!spec->is_signed)
		return 0;
	if (negative)
		return '-';
	if (spec->plus)
		return '+';
	return spec->space ? ' ' : 0;
}

static int to_digits(char *digits, unsigned long long num, const struct spec *spec)
{
	int n = 0;

	do {
		char c = kshim_hex_asc[num % spec->base];

		digits[n++] = spec->upper ? (char)toupper(c) : c;
		num /= spec->base;
	} while (num);
	return n;
}

static void put_number(struct out *o, unsigned long long num, const struct spec *spec)
{
	bool negative = spec->is_signed && (long long)num < 0;
	char sign = sign_of(spec, negative);
	char prefix[3] = "", digits[24];
	int len = to_digits(digits, negative ? -num : num, spec);
	int zeros = max(spec->precision - len, 0);
	int fill;

	if (spec->special && spec->base == 16)
		strcpy(prefix, spec->upper ? "0X" : "0x");
	else if (spec->special && spec->base == 8 && num)
		strcpy(prefix, "0");
	fill = spec->width - len - zeros - (int)strlen(prefix) - !!sign;
	if (spec->zero && !spec->left && spec->precision < 0) {
		zeros = max(fill, 0);
		fill = 0;
	}
	if (!spec->left)
		pad(o, ' ', fill);
	if (sign)
		put(o, sign);
	for (const char *p = prefix; *p; p++)
		put(o, *p);
	pad(o, '0', zeros);
	while (len)
		put(o, digits[--len]);
	if (spec->left)
		pad(o, ' ', fill);
}

static void put_address(struct out *o, const void *ptr, struct spec spec)
{
	spec.base = 16;
	spec.is_signed = false;
	if (spec.width < 0 || !spec.width) {
		spec.width = 2 * sizeof(ptr) + (spec.special ? 2 : 0);
		spec.zero = true;
	}
	put_number(o, (unsigned long)ptr, &spec);
}

static void put_symbol(struct out *o, const void *ptr, char ext, const struct spec *spec)
{
	unsigned long addr = (unsigned long)ptr;
	struct kshim_symbol sym;
	char text[256];

	/* A return address may lie just behind a function that ends in a call. */
	if (!addr || !kshim_lookup_symbol(ext == 'B' ? addr - 1 : addr, &sym)) {
		kshim_snprintf(text, sizeof(text), "0x%lx", addr);
	} else if (ext == 's') {
		kshim_snprintf(text, sizeof(text), "%s", sym.name);
	} else {
		kshim_snprintf(text, sizeof(text), "%s+0x%lx/0x%lx%s%s%s", sym.name,
			       sym.offset + (ext == 'B'), sym.size, sym.object ? " [" : "",
			       sym.object ?: "", sym.object ? "]" : "");
	}
	put_string(o, text, spec);
}

static const char *kernel_errname(int err)
{
	static const struct {
		int err;
		const char *name;
	} names[] = {
		{ EOPNOTSUPP, "EOPNOTSUPP" },
		{ ERESTARTSYS, "ERESTARTSYS" },
		{ ERESTARTNOINTR, "ERESTARTNOINTR" },
		{ ERESTARTNOHAND, "ERESTARTNOHAND" },
		{ ENOIOCTLCMD, "ENOIOCTLCMD" },
		{ ERESTART_RESTARTBLOCK, "ERESTART_RESTARTBLOCK" },
		{ EPROBE_DEFER, "EPROBE_DEFER" },
		{ EOPENSTALE, "EOPENSTALE" },
		{ ENOPARAM, "ENOPARAM" },
		{ EBADHANDLE, "EBADHANDLE" },
		{ ENOTSYNC, "ENOTSYNC" },
		{ EBADCOOKIE, "EBADCOOKIE" },
		{ ENOTSUPP, "ENOTSUPP" },
		{ ETOOSMALL, "ETOOSMALL" },
		{ ESERVERFAULT, "ESERVERFAULT" },
		{ EBADTYPE, "EBADTYPE" },
		{ EJUKEBOX, "EJUKEBOX" },
		{ EIOCBQUEUED, "EIOCBQUEUED" },
		{ ERECALLCONFLICT, "ERECALLCONFLICT" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (names[i].err == err)
			return names[i].name;
	}
	return strerrorname_np(err);
}

static void put_errname(struct out *o, const void *ptr, struct spec spec)
{
	char text[40];
	const char *name;

	if (!IS_ERR(ptr)) {
		put_address(o, ptr, spec);
		return;
	}
	name = kernel_errname((int)-PTR_ERR(ptr));
	if (name) {
		kshim_snprintf(text, sizeof(text), "-%s", name);
		put_string(o, text, &spec);
		return;
	}
	spec.base = 10;
	spec.is_signed = true;
	put_number(o, (unsigned long long)PTR_ERR(ptr), &spec);
}

static void put_hex_dump(struct out *o, const u8 *p, char style, const struct spec *spec)
{
	int len = spec->width > 0 ? min(spec->width, 64) : 1;
	char separator = style == 'C' ? ':' : style == 'D' ? '-' : style == 'N' ? 0 : ' ';

	for (int i = 0; i < len; i++) {
		if (i && separator)
			put(o, separator);
		put(o, hex_asc_hi(p[i]));
		put(o, hex_asc_lo(p[i]));
	}
}

static void put_format(struct out *o, const struct va_format *vaf)
{
	size_t room = o->pos < o->size ? o->size - o->pos : 0;
	va_list args;

	va_copy(args, *vaf->va);
	/* One byte less is kept than was written: the caller terminates. */
	o->pos += (size_t)kshim_vsnprintf(room ? o->buf + o->pos : NULL, room, vaf->fmt, args);
	va_end(args);
}

static void put_pointer(struct out *o, const char *ext, const void *ptr, const struct spec *spec)
{
	switch (*ext) {
	case 'S':
	case 's':
	case 'B':
		put_symbol(o, ptr, *ext, spec);
		return;
	case 'e':
		put_errname(o, ptr, *spec);
		return;
	case 'V':
		put_format(o, ptr);
		return;
	case 'h':
		if ((unsigned long)ptr < PAGE_SIZE)
			put_string(o, ptr, spec);
		else
			put_hex_dump(o, ptr, ext[1], spec);
		return;
	default:
		put_address(o, ptr, *spec);
	}
}

static unsigned long long next_number(va_list *args, const struct spec *spec)
{
	switch (spec->qualifier) {
	case 'L':
	case 'j':
		return va_arg(*args, unsigned long long);
	case 'l':
	case 't':
	case 'z':
		return spec->is_signed ? (unsigned long long)va_arg(*args, long) :
					 va_arg(*args, unsigned long);
	case 'h':
		return spec->is_signed ? (unsigned long long)(short)va_arg(*args, int) :
					 (unsigned short)va_arg(*args, int);
	case 'H':
		return spec->is_signed ? (unsigned long long)(signed char)va_arg(*args, int) :
					 (unsigned char)va_arg(*args, int);
	default:
		return spec->is_signed ? (unsigned long long)va_arg(*args, int) :
					 va_arg(*args, unsigned int);
	}
}

static const char *parse_flags(const char *fmt, struct spec *spec)
{
	for (;; fmt++) {
		switch (*fmt) {
		case '-':
			spec->left = true;
			break;
		case '+':
			spec->plus = true;
			break;
		case ' ':
			spec->space = true;
			break;
		case '#':
			spec->special = true;
			break;
		case '0':
			spec->zero = true;
			break;
		default:
			return fmt;
		}
	}
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

static const char *parse_qualifier(const char *fmt, struct spec *spec)
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

static const char *parse_spec(const char *fmt, struct spec *spec, va_list *args)
{
	fmt = parse_flags(fmt, spec);
	fmt = parse_int(fmt, &spec->width, args);
	if (spec->width < 0) {
		spec->width = -spec->width;
		spec->left = true;
	}
	if (*fmt == '.') {
		fmt = parse_int(fmt + 1, &spec->precision, args);
		spec->precision = max(spec->precision, 0);
	}
	return parse_qualifier(fmt, spec);
}

static bool set_base(char conversion, struct spec *spec)
{
	switch (conversion) {
	case 'd':
	case 'i':
		spec->is_signed = true;
		spec->base = 10;
		return true;
	case 'u':
		spec->base = 10;
		return true;
	case 'o':
		spec->base = 8;
		return true;
	case 'X':
		spec->upper = true;
		spec->base = 16;
		return true;
	case 'x':
		spec->base = 16;
		return true;
	default:
		return false;
	}
}

/* Returns the end of the conversion, NULL for one that the kernel does not know either. */
static const char *put_conversion(struct out *o, const char *fmt, va_list *args)
{
	struct spec spec = { .precision = -1 };
	char c;

	fmt = parse_spec(fmt, &spec, args);
	if (set_base(*fmt, &spec)) {
		put_number(o, next_number(args, &spec), &spec);
		return fmt + 1;
	}
	switch (*fmt) {
	case '%':
		put(o, '%');
		return fmt + 1;
	case 'c':
		c = (char)va_arg(*args, int);
		put_text(o, &c, 1, &spec);
		return fmt + 1;
	case 's':
		put_string(o, va_arg(*args, const char *), &spec);
		return fmt + 1;
	case 'p':
		put_pointer(o, fmt + 1, va_arg(*args, void *), &spec);
		for (fmt++; isalnum((unsigned char)*fmt); fmt++)
			;
		return fmt;
	default:
		return NULL;
	}
}

int kshim_vsnprintf(char *buf, size_t size, const char *fmt, va_list args)
{
	struct out o = { .buf = buf, .size = size };
	va_list ap;

	va_copy(ap, args);
	while (*fmt) {
		const char *end;

		if (*fmt != '%') {
			put(&o, *fmt++);
			continue;
		}
		end = put_conversion(&o, fmt + 1, &ap);
		if (!end) {
			/* What follows cannot be matched with its arguments any more. */
			while (*fmt)
				put(&o, *fmt++);
			break;
		}
		fmt = end;
	}
	va_end(ap);
	if (size)
		buf[min(o.pos, size - 1)] = '\0';
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
