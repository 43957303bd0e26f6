// SPDX-License-Identifier: GPL-2.0-only
/* Text to numbers: strict about everything but one newline at the end. */

#include "kshim-impl.h"

#include <ctype.h>
#include <linux/string.h>

static const char *parse_base(const char *s, unsigned int *base)
{
	bool hex = s[0] == '0' && tolower((unsigned char)s[1]) == 'x' &&
		   isxdigit((unsigned char)s[2]);

	if (!*base)
		*base = hex ? 16 : s[0] == '0' ? 8 : 10;
	return hex && *base == 16 ? s + 2 : s;
}

static unsigned int digit_of(char c)
{
	if (isdigit((unsigned char)c))
		return (unsigned int)(c - '0');
	if (isalpha((unsigned char)c))
		return (unsigned int)(tolower((unsigned char)c) - 'a' + 10);
	return UINT_MAX;
}

static const char *parse_digits(const char *s, unsigned int base, unsigned long long *val,
				bool *overflow)
{
	*val = 0;
	*overflow = false;
	for (; digit_of(*s) < base; s++) {
		if (__builtin_mul_overflow(*val, base, val) ||
		    __builtin_add_overflow(*val, digit_of(*s), val))
			*overflow = true;
	}
	return s;
}

static int parse_magnitude(const char *s, unsigned int base, unsigned long long *val)
{
	const char *end;
	bool overflow;

	s = parse_base(s, &base);
	end = parse_digits(s, base, val, &overflow);
	if (end == s)
		return -EINVAL;
	if (overflow)
		return -ERANGE;
	if (*end == '\n')
		end++;
	return *end ? -EINVAL : 0;
}

int kshim_kstrtoull(const char *s, unsigned int base, unsigned long long *res,
		    unsigned long long max)
{
	unsigned long long val;
	int ret = parse_magnitude(*s == '+' ? s + 1 : s, base, &val);

	if (ret)
		return ret;
	if (val > max)
		return -ERANGE;
	*res = val;
	return 0;
}

int kshim_kstrtoll(const char *s, unsigned int base, long long *res, long long min, long long max)
{
	unsigned long long val;
	bool negative = *s == '-';
	int ret;

	if (!negative) {
		ret = kshim_kstrtoull(s, base, &val, (unsigned long long)max);
		if (!ret)
			*res = (long long)val;
		return ret;
	}
	ret = parse_magnitude(s + 1, base, &val);
	if (ret)
		return ret;
	if (val > -(unsigned long long)min)
		return -ERANGE;
	*res = (long long)-val;
	return 0;
}

static int parse_on_off(char second, bool *res)
{
	if (second != 'n' && second != 'f')
		return -EINVAL;
	*res = second == 'n';
	return 0;
}

int kshim_kstrtobool(const char *s, bool *res)
{
	if (!s)
		return -EINVAL;
	switch (tolower((unsigned char)s[0])) {
	case 'y':
	case 't':
	case '1':
		*res = true;
		return 0;
	case 'n':
	case 'f':
	case '0':
		*res = false;
		return 0;
	case 'o':
		return parse_on_off((char)tolower((unsigned char)s[1]), res);
	default:
		return -EINVAL;
	}
}
