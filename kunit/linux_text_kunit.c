// SPDX-License-Identifier: GPL-2.0-only
/* That text is made and read in user space as in the kernel: the same cases in both. */

#include <kunit/test.h>
#include <linux/bitops.h>
#include <linux/device.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/moduleparam.h>
#include <linux/rtc.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "compat.h"

static __printf(3, 4) void expect_text(struct kunit *test, const char *want, const char *fmt, ...)
{
	char text[128];
	va_list args;

	va_start(args, fmt);
	vscnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	KUNIT_EXPECT_STREQ(test, text, want);
}

static void format_numbers(struct kunit *test)
{
	expect_text(test, "-1|+7| 7|007|7  |  7", "%d|%+d|% d|%03d|%-3d|%3d", -1, 7, 7, 7, 7, 7);
	expect_text(test, "ff|FF|0xff|0377|00ff", "%x|%X|%#x|%#o|%.4x", 255, 255, 255, 255, 255);
	expect_text(test, "18446744073709551615", "%llu", U64_MAX);
	expect_text(test, "-9223372036854775808", "%lld", S64_MIN);
	expect_text(test, "255|-1", "%hhu|%hd", (unsigned char)255, (short)-1);
	KUNIT_EXPECT_EQ(test, hex_asc_hi(0xab), 'a');
	expect_text(test, "0x0|0x0000|0|  0x0", "%#x|%#06x|%#o|%#5x", 0, 0, 0, 0);
	expect_text(test, "   42|42   ", "%*d|%*d", 5, 42, -5, 42);
}

static void format_pointers(struct kunit *test)
{
	const char *none = NULL;
	u8 bytes[] = { 0x01, 0xab, 0x10 };

	OPTIMIZER_HIDE_VAR(none);
	expect_text(test, "-ENOMEM -ERESTARTSYS -4095", "%pe %pe %pe", ERR_PTR(-ENOMEM),
		    ERR_PTR(-ERESTARTSYS), ERR_PTR(-4095));
	expect_text(test, "0000000000001234", "%px", (void *)0x1234);
	expect_text(test, "01 ab 10|01:ab:10|01ab10", "%*ph|%*phC|%*phN", 3, bytes, 3, bytes, 3,
		    bytes);
	expect_text(test, "(null)|abc|  ab", "%s|%.3s|%4s", none, "abcdef", "ab");
}

static void format_bounds(struct kunit *test)
{
	const char *text = "abcdef";
	char buf[4] = "zzz";

	/* The compiler would warn of a text that it sees cut off. */
	OPTIMIZER_HIDE_VAR(text);
	KUNIT_EXPECT_EQ(test, snprintf(buf, sizeof(buf), "%s", text), 6);
	KUNIT_EXPECT_STREQ(test, buf, "abc");
	KUNIT_EXPECT_EQ(test, scnprintf(buf, sizeof(buf), "%s", text), 3);
	KUNIT_EXPECT_EQ(test, scnprintf(buf, 0, "%s", text), 0);
}

static void format_addresses(struct kunit *test)
{
	static const u8 mac[] = { 0x00, 0x1b, 0x63, 0x84, 0x45, 0xe6 };
	static const u8 ip4[] = { 192, 168, 0, 1 };
	static const u8 ip6[] = { 0x20, 0x01, 0x0d, 0xb8, [15] = 1 };
	static const u8 uuid[] = { 0x33, 0x22, 0x11, 0x00, 0x55, 0x44, 0x77, 0x66,
				   0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff };
	phys_addr_t phys = 0x1234;

	expect_text(test, "00:1b:63:84:45:e6|001b638445e6", "%pM|%pm", mac, mac);
	expect_text(test, "00-1b-63-84-45-e6|e6:45:84:63:1b:00", "%pMF|%pMR", mac, mac);
	expect_text(test, "192.168.0.1|192.168.000.001|1.0.168.192", "%pI4|%pi4|%pI4l", ip4, ip4,
		    ip4);
	expect_text(test, "2001:0db8:0000:0000:0000:0000:0000:0001", "%pI6", ip6);
	expect_text(test, "2001:db8::1", "%pI6c", ip6);
	expect_text(test, "20010db8000000000000000000000001", "%pi6", ip6);
	expect_text(test, "33221100-5544-7766-8899-aabbccddeeff", "%pUb", uuid);
	expect_text(test, "00112233-4455-6677-8899-AABBCCDDEEFF", "%pUL", uuid);
	expect_text(test, "0x0000000000001234", "%pap", &phys);
}

static void format_times(struct kunit *test)
{
	/* 29 February 2020, 12:34:56 */
	time64_t t = 1582979696;
	struct rtc_time tm = { .tm_year = 120, .tm_mon = 1, .tm_mday = 29, .tm_hour = 12,
			       .tm_min = 34, .tm_sec = 56 };

	expect_text(test, "2020-02-29T12:34:56|2020-02-29", "%ptT|%ptTd", &t, &t);
	expect_text(test, "2020-02-29 12:34:56|12:34:56", "%ptRs|%ptRt", &tm, &tm);
	expect_text(test, "0120-01-29T12:34:56", "%ptRr", &tm);
}

static void format_bitmaps(struct kunit *test)
{
	DECLARE_BITMAP(map, 70) = { 0 };

	expect_text(test, "00,00000000,00000000||", "%*pb|%*pbl|", 70, map, 70, map);
	__set_bit(0, map);
	__set_bit(1, map);
	__set_bit(33, map);
	__set_bit(68, map);
	__set_bit(69, map);
	expect_text(test, "30,00000002,00000003", "%*pb", 70, map);
	expect_text(test, "0-1,33,68-69", "%*pbl", 70, map);
	expect_text(test, "3|0-1", "%*pb|%*pbl", 4, map, 4, map);
}

static void parse_numbers(struct kunit *test)
{
	bool flag = false;
	int i = 0;
	u8 byte = 0;

	KUNIT_EXPECT_EQ(test, kstrtoint("-0x10\n", 0, &i), 0);
	KUNIT_EXPECT_EQ(test, i, -16);
	KUNIT_EXPECT_EQ(test, kstrtoint("-2147483648", 10, &i), 0);
	KUNIT_EXPECT_EQ(test, i, INT_MIN);
	KUNIT_EXPECT_EQ(test, kstrtoint("2147483648", 10, &i), -ERANGE);
	KUNIT_EXPECT_EQ(test, kstrtoint("12x", 10, &i), -EINVAL);
	KUNIT_EXPECT_EQ(test, kstrtoint("", 10, &i), -EINVAL);
	KUNIT_EXPECT_EQ(test, kstrtou8("256", 10, &byte), -ERANGE);
	KUNIT_EXPECT_EQ(test, kstrtobool("on", &flag), 0);
	KUNIT_EXPECT_TRUE(test, flag);
	KUNIT_EXPECT_EQ(test, kstrtobool("ox", &flag), -EINVAL);
}

static void cut_strings(struct kunit *test)
{
	char text[] = "  a b  ", list[] = "x,,y", *rest = list, buf[4];
	int argc = 0;
	char **argv;

	KUNIT_EXPECT_STREQ(test, strim(text), "a b");
	KUNIT_EXPECT_STREQ(test, strsep(&rest, ","), "x");
	KUNIT_EXPECT_STREQ(test, strsep(&rest, ","), "");
	KUNIT_EXPECT_STREQ(test, strsep(&rest, ","), "y");
	KUNIT_EXPECT_NULL(test, strsep(&rest, ","));
	KUNIT_EXPECT_EQ(test, strscpy(buf, "abcd", sizeof(buf)), -E2BIG);
	KUNIT_EXPECT_STREQ(test, buf, "abc");
	KUNIT_EXPECT_EQ(test, strscpy(buf, "abc", sizeof(buf)), 3);
	KUNIT_EXPECT_TRUE(test, sysfs_streq("on\n", "on"));
	argv = argv_split(GFP_KERNEL, " set  k v ", &argc);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, argv);
	KUNIT_EXPECT_EQ(test, argc, 3);
	KUNIT_EXPECT_STREQ(test, argv[0], "set");
	KUNIT_EXPECT_STREQ(test, argv[2], "v");
	argv_free(argv);
}

static __printf(2, 3) char *format_twice(char *text, const char *fmt, ...)
{
	va_list args;
	char *copy;

	va_start(args, fmt);
	vsprintf(text, fmt, args);
	va_end(args);
	va_start(args, fmt);
	copy = kvasprintf(GFP_KERNEL, fmt, args);
	va_end(args);
	return copy;
}

static void format_va_lists(struct kunit *test)
{
	char text[16], *copy = format_twice(text, "%s %d", "a", 7);

	KUNIT_EXPECT_STREQ(test, text, "a 7");
	KUNIT_EXPECT_STREQ(test, copy, "a 7");
	kfree(copy);
}

static void copy_strings(struct kunit *test)
{
	static const u8 bytes[] = { 1, 2, 3 };
	char *text = kasprintf(GFP_KERNEL, "%s-%d", "a", 7), joined[8];
	u8 *copy = kmemdup(bytes, sizeof(bytes), GFP_KERNEL);
	const char *constant;
	int n = 0;

	KUNIT_EXPECT_STREQ(test, text, "a-7");
	KUNIT_EXPECT_EQ(test, sprintf(joined, "%s", text), 3);
	KUNIT_EXPECT_EQ(test, sscanf(text, "a-%d", &n), 1);
	KUNIT_EXPECT_EQ(test, n, 7);
	kfree(text);
	text = kstrdup("abc", GFP_KERNEL);
	KUNIT_EXPECT_STREQ(test, text, "abc");
	kfree(text);
	constant = kstrdup_const("abc", GFP_KERNEL);
	KUNIT_EXPECT_STREQ(test, constant, "abc");
	kfree_const(constant);
	text = kstrndup("abcdef", 2, GFP_KERNEL);
	KUNIT_EXPECT_STREQ(test, text, "ab");
	kfree(text);
	KUNIT_EXPECT_PTR_EQ(test, kstrdup(NULL, GFP_KERNEL), (char *)NULL);
	KUNIT_ASSERT_NOT_NULL(test, copy);
	KUNIT_EXPECT_EQ(test, memcmp(copy, bytes, sizeof(bytes)), 0);
	kfree(copy);
}

static void module_parameters(struct kunit *test)
{
	unsigned int u = 0;
	unsigned long ul = 0;
	char *word = NULL;
	bool flag = false;
	long l = 0;
	int i = 0;
	const struct kernel_param int_kp = { .arg = &i }, uint_kp = { .arg = &u };
	const struct kernel_param long_kp = { .arg = &l }, ulong_kp = { .arg = &ul };
	const struct kernel_param bool_kp = { .arg = &flag }, charp_kp = { .arg = &word };
	/* As large as the buffer that sysfs gives. */
	char *text = (char *)get_zeroed_page(GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, text);
	KUNIT_EXPECT_EQ(test, param_set_int("-3", &int_kp), 0);
	KUNIT_EXPECT_EQ(test, param_set_int("three", &int_kp), -EINVAL);
	KUNIT_EXPECT_EQ(test, param_get_int(text, &int_kp), 3);
	KUNIT_EXPECT_STREQ(test, text, "-3\n");
	KUNIT_EXPECT_EQ(test, param_set_uint("-1", &uint_kp), -EINVAL);
	KUNIT_EXPECT_EQ(test, param_set_uint("0x10", &uint_kp), 0);
	KUNIT_EXPECT_EQ(test, param_get_uint(text, &uint_kp), 3);
	KUNIT_EXPECT_EQ(test, param_set_long("-5", &long_kp), 0);
	KUNIT_EXPECT_EQ(test, param_get_long(text, &long_kp), 3);
	KUNIT_EXPECT_EQ(test, param_set_ulong("5", &ulong_kp), 0);
	KUNIT_EXPECT_EQ(test, param_get_ulong(text, &ulong_kp), 2);
	KUNIT_EXPECT_EQ(test, param_set_bool(NULL, &bool_kp), 0);
	KUNIT_EXPECT_EQ(test, param_get_bool(text, &bool_kp), 2);
	KUNIT_EXPECT_STREQ(test, text, "Y\n");
	word = "abc";
	KUNIT_EXPECT_EQ(test, param_get_charp(text, &charp_kp), 4);
	KUNIT_EXPECT_STREQ(test, text, "abc\n");
	free_page((unsigned long)text);
}

static void seq_files(struct kunit *test)
{
	char text[16];
	struct seq_file m = { .buf = text, .size = sizeof(text) };

	seq_printf(&m, "%s-%d", "ab", 7);
	seq_putc(&m, ' ');
	seq_puts(&m, "cde");
	KUNIT_EXPECT_EQ(test, m.count, 8);
	KUNIT_EXPECT_EQ(test, memcmp(text, "ab-7 cde", 8), 0);
	KUNIT_EXPECT_EQ(test, seq_write(&m, "xy", 2), 0);
	KUNIT_EXPECT_FALSE(test, seq_has_overflowed(&m));
	seq_puts(&m, "too much for it");
	KUNIT_EXPECT_TRUE(test, seq_has_overflowed(&m));
}

static void free_device(struct device *dev)
{
	kfree(dev);
}

static void devices_have_names(struct kunit *test)
{
	struct device *dev = kzalloc(sizeof(*dev), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, dev);
	device_initialize(dev);
	dev->release = free_device;
	KUNIT_EXPECT_EQ(test, dev_set_name(dev, "thing%d", 7), 0);
	KUNIT_EXPECT_STREQ(test, dev_name(dev), "thing7");
	dev_set_drvdata(dev, test);
	KUNIT_EXPECT_PTR_EQ(test, dev_get_drvdata(dev), (void *)test);
	KUNIT_EXPECT_EQ(test, dev_err_probe(dev, -EIO, "as asked for\n"), -EIO);
	get_device(dev);
	put_device(dev);
	put_device(dev);
}

/* What an action adds, in the order of the calls. */
static unsigned int actions;

static void act(void *digit)
{
	actions = 10 * actions + (unsigned long)digit;
}

static void *digit(unsigned long n)
{
	return (void *)n;
}

/* With the last reference to it a device gives up what belongs to it, the newest first. */
static void devices_own(struct kunit *test)
{
	struct device *dev = kzalloc(sizeof(*dev), GFP_KERNEL);
	char *text, *zeros;

	KUNIT_ASSERT_NOT_NULL(test, dev);
	device_initialize(dev);
	dev->release = free_device;
	actions = 0;
	text = devm_kstrdup(dev, "mine", GFP_KERNEL);
	KUNIT_EXPECT_STREQ(test, (const char *)text, "mine");
	zeros = devm_kzalloc(dev, 8, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, zeros);
	KUNIT_EXPECT_EQ(test, zeros[7], 0);
	KUNIT_EXPECT_EQ(test, devm_add_action(dev, act, digit(1)), 0);
	KUNIT_EXPECT_NOT_NULL(test, devm_kcalloc(dev, 3, 5, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, devm_add_action_or_reset(dev, act, digit(2)), 0);
	KUNIT_EXPECT_EQ(test, devm_add_action(dev, act, digit(3)), 0);
	KUNIT_EXPECT_EQ(test, devm_add_action(dev, act, digit(4)), 0);
	devm_remove_action(dev, act, digit(3));
	devm_release_action(dev, act, digit(1));
	KUNIT_EXPECT_EQ(test, actions, 1U);
	devm_kfree(dev, zeros);
	put_device(dev);
	KUNIT_EXPECT_EQ(test, actions, 142U);
}

static struct kunit_case linux_text_cases[] = {
	KUNIT_CASE(format_numbers),
	KUNIT_CASE(format_pointers),
	KUNIT_CASE(format_bounds),
	KUNIT_CASE(format_addresses),
	KUNIT_CASE(format_times),
	KUNIT_CASE(format_bitmaps),
	KUNIT_CASE(format_va_lists),
	KUNIT_CASE(parse_numbers),
	KUNIT_CASE(cut_strings),
	KUNIT_CASE(copy_strings),
	KUNIT_CASE(module_parameters),
	KUNIT_CASE(seq_files),
	KUNIT_CASE(devices_have_names),
	KUNIT_CASE(devices_own),
	{}
};

static struct kunit_suite linux_text_suite = {
	.name = "linux_text",
	.test_cases = linux_text_cases,
};

kunit_test_suite(linux_text_suite);
