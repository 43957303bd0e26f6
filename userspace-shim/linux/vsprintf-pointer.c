// SPDX-License-Identifier: GPL-2.0-only
/* What the kernel's printf makes of %p and the letters behind it. */

#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <time.h>
#include "vsprintf.h"

#include <linux/bits.h>
#include <linux/rtc.h>
#include <linux/string.h>

const char kshim_hex_asc[] = "0123456789abcdef";

static void put_address(struct kshim_out *o, const void *ptr, struct kshim_spec spec)
{
	bool special = strchr(spec.flags, '#');

	spec.conversion = 'x';
	if (spec.width <= 0) {
		spec.width = 2 * sizeof(ptr) + (special ? 2 : 0);
		strcpy(spec.flags, special ? "#0" : "0");
	}
	kshim_put_number(o, (unsigned long)ptr, &spec);
}

static void put_symbol(struct kshim_out *o, const void *ptr, char ext,
		       const struct kshim_spec *spec)
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
	kshim_put_string(o, text, spec);
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

static void put_errname(struct kshim_out *o, const void *ptr, struct kshim_spec spec)
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
		kshim_put_string(o, text, &spec);
		return;
	}
	spec.conversion = 'd';
	kshim_put_number(o, (unsigned long long)PTR_ERR(ptr), &spec);
}

static void put_hex_dump(struct kshim_out *o, const u8 *p, char style,
			 const struct kshim_spec *spec)
{
	const char *separator = style == 'C' ? ":" : style == 'D' ? "-" : style == 'N' ? "" : " ";
	int len = spec->width > 0 ? min(spec->width, 64) : 1;

	for (int i = 0; i < len; i++)
		kshim_put(o, "%s%02x", i ? separator : "", p[i]);
}

/* 32 bits at a time, the highest first. */
static void put_bitmap(struct kshim_out *o, const unsigned long *map, int bits)
{
	for (int chunk = (bits - 1) / 32; bits > 0 && chunk >= 0; chunk--) {
		int left = min(bits - chunk * 32, 32);
		u32 val = (u32)(map[chunk * 32 / BITS_PER_LONG] >> (chunk * 32 % BITS_PER_LONG));

		kshim_put(o, "%0*x%s", DIV_ROUND_UP(left, 4),
			  left < 32 ? val & ((1U << left) - 1) : val, chunk ? "," : "");
	}
}

static bool bit_is_set(const unsigned long *map, int nr, int bits)
{
	return nr < bits && map[BIT_WORD(nr)] & BIT_MASK(nr);
}

static void put_bit_ranges(struct kshim_out *o, const unsigned long *map, int bits)
{
	const char *separator = "";

	for (int first = 0, end; first < bits; first = end + 1) {
		for (end = first; bit_is_set(map, end, bits); end++)
			;
		if (end == first)
			continue;
		kshim_put(o, end - first > 1 ? "%s%d-%d" : "%s%d", separator, first, end - 1);
		separator = ",";
	}
}

static void put_mac(struct kshim_out *o, const u8 *mac, const char *ext,
		    const struct kshim_spec *spec)
{
	const char *separator = *ext == 'm' ? "" : ext[1] == 'F' ? "-" : ":";
	char text[18];
	int len = 0;

	for (int i = 0; i < 6; i++)
		len += kshim_snprintf(text + len, sizeof(text) - (size_t)len, "%s%02x",
				      i ? separator : "", mac[ext[1] == 'R' ? 5 - i : i]);
	kshim_put_string(o, text, spec);
}

static void put_ip4(struct kshim_out *o, const u8 *addr, const char *ext,
		    const struct kshim_spec *spec)
{
	/*
	 * As hosts of this byte order have it, or little-endian: the same for those that run this.
	 */
	bool reversed = ext[2] == 'h' || ext[2] == 'l';
	char text[16];

	kshim_snprintf(text, sizeof(text), *ext == 'i' ? "%03d.%03d.%03d.%03d" : "%d.%d.%d.%d",
		       addr[reversed ? 3 : 0], addr[reversed ? 2 : 1], addr[reversed ? 1 : 2],
		       addr[reversed ? 0 : 3]);
	kshim_put_string(o, text, spec);
}

static void put_ip6(struct kshim_out *o, const u8 *addr, const char *ext,
		    const struct kshim_spec *spec)
{
	char text[INET6_ADDRSTRLEN];
	int len = 0;

	if (*ext == 'I' && ext[2] == 'c') {
		inet_ntop(AF_INET6, addr, text, sizeof(text));
	} else {
		for (int i = 0; i < 16; i += 2)
			len += kshim_snprintf(text + len, sizeof(text) - (size_t)len, "%s%02x%02x",
					      i && *ext == 'I' ? ":" : "", addr[i], addr[i + 1]);
	}
	kshim_put_string(o, text, spec);
}

static void put_uuid(struct kshim_out *o, const u8 *uuid, char style,
		     const struct kshim_spec *spec)
{
	static const u8 big[] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 };
	static const u8 little[] = { 3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15 };
	const u8 *order = toupper((unsigned char)style) == 'L' ? little : big;
	bool upper = style == 'L' || style == 'B';
	char text[37];
	int len = 0;

	for (int i = 0; i < 16; i++)
		len += kshim_snprintf(text + len, sizeof(text) - (size_t)len,
				      upper ? "%s%02X" : "%s%02x",
				      i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "",
				      uuid[order[i]]);
	kshim_put_string(o, text, spec);
}

static struct rtc_time to_rtc(time64_t seconds)
{
	time_t t = (time_t)seconds;
	struct tm tm = { 0 };

	gmtime_r(&t, &tm);
	return (struct rtc_time){
		.tm_sec = tm.tm_sec, .tm_min = tm.tm_min, .tm_hour = tm.tm_hour,
		.tm_mday = tm.tm_mday, .tm_mon = tm.tm_mon, .tm_year = tm.tm_year,
	};
}

/* @ext: R or T for the type; d or t for one half of it only; r for raw numbers, s for a space. */
static void put_time(struct kshim_out *o, const void *ptr, const char *ext)
{
	struct rtc_time tm = *ext == 'R' ? *(const struct rtc_time *)ptr :
					   to_rtc(*(const time64_t *)ptr);
	char half = ext[1] == 'd' || ext[1] == 't' ? ext[1] : '\0';
	const char *options = ext + 1 + !!half;
	size_t len = strspn(options, "rs");
	bool raw = memchr(options, 'r', len);

	if (half != 't')
		kshim_put(o, "%04d-%02d-%02d", tm.tm_year + (raw ? 0 : 1900),
			  tm.tm_mon + (raw ? 0 : 1), tm.tm_mday);
	if (!half)
		kshim_put(o, memchr(options, 's', len) ? " " : "T");
	if (half != 'd')
		kshim_put(o, "%02d:%02d:%02d", tm.tm_hour, tm.tm_min, tm.tm_sec);
}

static void put_format(struct kshim_out *o, const struct va_format *vaf)
{
	size_t room = o->pos < o->size ? o->size - o->pos : 0;
	va_list args;

	va_copy(args, *vaf->va);
	o->pos += (size_t)kshim_vsnprintf(room ? o->buf + o->pos : NULL, room, vaf->fmt, args);
	va_end(args);
}

/* Those whose meaning does not need what the pointer leads to. */
static bool put_value(struct kshim_out *o, const char *ext, const void *ptr,
		      const struct kshim_spec *spec)
{
	switch (*ext) {
	case 'S':
	case 's':
	case 'B':
		put_symbol(o, ptr, *ext, spec);
		return true;
	case 'e':
		put_errname(o, ptr, *spec);
		return true;
	case 'V':
		put_format(o, ptr);
		return true;
	case 'K':
	case 'x':
		put_address(o, ptr, *spec);
		return true;
	default:
		return false;
	}
}

/* Those that print what the pointer leads to. */
static bool put_object(struct kshim_out *o, const char *ext, const void *ptr,
		       const struct kshim_spec *spec)
{
	switch (*ext) {
	case 'h':
		put_hex_dump(o, ptr, ext[1], spec);
		return true;
	case 'b':
		if (ext[1] == 'l')
			put_bit_ranges(o, ptr, spec->width);
		else
			put_bitmap(o, ptr, spec->width);
		return true;
	case 'M':
	case 'm':
		put_mac(o, ptr, ext, spec);
		return true;
	case 'I':
	case 'i':
		if (ext[1] == '4')
			put_ip4(o, ptr, ext, spec);
		else if (ext[1] == '6')
			put_ip6(o, ptr, ext, spec);
		return ext[1] == '4' || ext[1] == '6';
	case 'U':
		put_uuid(o, ptr, ext[1], spec);
		return true;
	case 't':
		if (ext[1] == 'R' || ext[1] == 'T')
			put_time(o, ptr, ext + 1);
		return ext[1] == 'R' || ext[1] == 'T';
	case 'a':
		/* dma_addr_t and phys_addr_t are of one size. */
		kshim_put(o, "0x%016llx", (unsigned long long)*(const phys_addr_t *)ptr);
		return true;
	default:
		return false;
	}
}

/* The kernel has more: whoever uses them is told, once for each letter. */
static void warn_of(const char *ext)
{
	static bool told[128];

	if (__atomic_exchange_n(&told[*ext & 0x7f], true, __ATOMIC_RELAXED))
		return;
	printk(KERN_WARNING "shim: %%p%c prints an address: the shim does not know it\n", *ext);
}

void kshim_put_pointer(struct kshim_out *o, const char *ext, const void *ptr,
		       const struct kshim_spec *spec)
{
	bool known = *ext && strchr("hbMmIiUtaRrENdDgGOfC4uk", *ext);

	if (put_value(o, ext, ptr, spec))
		return;
	if (known && ((unsigned long)ptr < PAGE_SIZE || IS_ERR(ptr))) {
		kshim_put_string(o, ptr, spec);
		return;
	}
	if (known && put_object(o, ext, ptr, spec))
		return;
	if (known)
		warn_of(ext);
	put_address(o, ptr, *spec);
}
