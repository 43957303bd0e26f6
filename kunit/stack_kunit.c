// SPDX-License-Identifier: GPL-2.0-only
/*
 * What recovery does to the stack and to the registers: rules S1 to S6 and S8 of the conformance
 * list, and the constant depth of panics that replace one another.
 */
#include <kunit/test.h>
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <kdefer/kdefer.h>

#include "kunit-capture.h"

/* Where setjmp() saves the context, the macros for a call in asm are not there. */
#ifdef KDEFER_ARCH_SETJMP
#define KDEFER_ARCH_CALL_CONSTRAINT
#define KDEFER_ARCH_SSE_CLOBBERS						\
	, "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7",	\
	  "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15"
#endif

/* Keeps the compiler from knowing what is in a buffer, or from doing without it. */
#define KEEP(buf)	asm volatile("" : : "r" (buf) : "memory")

/* An address in the frame right below the caller's: moves when the caller's stack pointer does. */
static noinline unsigned long stack_here(void)
{
	return (unsigned long)__builtin_frame_address(0);
}

static void stop_panic(void *recovered, struct kdefer_panic *p)
{
	if (krecover(p, NULL))
		++*(unsigned int *)recovered;
}

#define FILL_SIZE	256

/* Writes to about @depth times FILL_SIZE bytes of stack below the caller. */
static noinline unsigned int use_stack(unsigned int depth, u8 fill)
{
	u8 buf[FILL_SIZE];
	unsigned int i, sum = 0;

	for (i = 0; i < FILL_SIZE; i++)
		buf[i] = fill + i;
	KEEP(buf);
	if (depth)
		sum = use_stack(depth - 1, fill + 1);
	for (i = 0; i < FILL_SIZE; i++)
		sum += buf[i] != (u8)(fill + i);
	return sum;
}

/* About 4 KiB, which fits the smallest stack with KASAN's red zones too. */
#define USE_DEPTH	12

#if defined(__x86_64__) || \
	(!defined(KDEFER_ARCH_SETJMP) && (defined(__aarch64__) || defined(__riscv)))

static unsigned int s1_recovered;

static noinline void s1_spoil_and_raise(void);

static __used KDEFER_DEFINE_VOID0(s1_recovering)
{
	kdefer(stop_panic, &s1_recovered);
	s1_spoil_and_raise();
}

#ifdef __x86_64__

/* Raises a panic with every callee-saved register overwritten. */
static noinline void s1_spoil_and_raise(void)
{
	asm volatile("movq $-1, %%rbx\n\t"
		     "movq $-2, %%r12\n\t"
		     "movq $-3, %%r13\n\t"
		     "movq $-4, %%r14\n\t"
		     "movq $-5, %%r15"
		     : : : "rbx", "r12", "r13", "r14", "r15");
	kpanic(-EIO);
}

/* Calls it with known values in the callee-saved registers; 0 if they are the same afterwards. */
static noinline unsigned long s1_changed_registers(void)
{
	unsigned long changed;

	asm volatile("movq $0x11110001, %%rbx\n\t"
		     "movq %%rbp, %%r12\n\t"
		     "movq $0x11110003, %%r13\n\t"
		     "movq $0x11110004, %%r14\n\t"
		     "movq $0x11110005, %%r15\n\t"
		     "call %P[fn]\n\t"
		     "subq $0x11110001, %%rbx\n\t"
		     "subq %%rbp, %%r12\n\t"
		     "subq $0x11110003, %%r13\n\t"
		     "subq $0x11110004, %%r14\n\t"
		     "subq $0x11110005, %%r15\n\t"
		     "movq %%rbx, %%rax\n\t"
		     "orq %%r12, %%rax\n\t"
		     "orq %%r13, %%rax\n\t"
		     "orq %%r14, %%rax\n\t"
		     "orq %%r15, %%rax"
		     : "=a" (changed) KDEFER_ARCH_CALL_CONSTRAINT
		     : [fn] "i" (s1_recovering)
		     : "rbx", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13",
		       "r14", "r15", "cc", "memory" KDEFER_ARCH_SSE_CLOBBERS);
	/*
	 * A call that the compiler sees makes it keep the stack aligned, and nothing below it. It
	 * must not know the function: it would leave out the call, or the alignment.
	 */
	ktime_get();
	return changed;
}

#elif defined(__aarch64__)

/* The same for arm64, where x29 is the frame pointer. */
static noinline void s1_spoil_and_raise(void)
{
	asm volatile(".irp n, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28\n\t"
		     "mov x\\n, #-\\n\n\t"
		     ".endr"
		     : : : "x19", "x20", "x21", "x22", "x23", "x24", "x25", "x26", "x27", "x28");
	kpanic(-EIO);
}

static noinline unsigned long s1_changed_registers(void)
{
	register unsigned long changed asm("x0");

	asm volatile(".irp n, 19, 20, 21, 22, 23, 24, 25, 26, 27\n\t"
		     "mov x\\n, #\\n\n\t"
		     ".endr\n\t"
		     "mov x28, x29\n\t"
		     "bl %[fn]\n\t"
		     "sub x0, x28, x29\n\t"
		     ".irp n, 19, 20, 21, 22, 23, 24, 25, 26, 27\n\t"
		     "sub x1, x\\n, #\\n\n\t"
		     "orr x0, x0, x1\n\t"
		     ".endr"
		     : "=r" (changed)
		     : [fn] "S" (s1_recovering)
		     : "x1", "x2", "x19", "x20", "x21", "x22", "x23", "x24", "x25", "x26", "x27",
		       "x28", KDEFER_ARCH_CLOBBERS);
	return changed;
}

#else

/* The same for riscv, where s0 is the frame pointer. */
static noinline void s1_spoil_and_raise(void)
{
	asm volatile(".irp n, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11\n\t"
		     "li s\\n, -\\n\n\t"
		     ".endr"
		     : : : "s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11");
	kpanic(-EIO);
}

static noinline unsigned long s1_changed_registers(void)
{
	register unsigned long changed asm("a0");

	asm volatile(".irp n, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10\n\t"
		     "li s\\n, \\n\n\t"
		     ".endr\n\t"
		     "mv s11, s0\n\t"
		     "call %[fn]\n\t"
		     "sub a0, s11, s0\n\t"
		     ".irp n, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10\n\t"
		     "addi a1, s\\n, -\\n\n\t"
		     "or a0, a0, a1\n\t"
		     ".endr"
		     : "=r" (changed)
		     : [fn] "S" (s1_recovering)
		     : "a1", "a2", "s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10",
		       "s11", KDEFER_ARCH_CLOBBERS);
	return changed;
}

#endif

/* S1: the caller of the function that recovers finds its callee-saved registers unchanged. */
static void s1_callee_saved_registers(struct kunit *test)
{
	unsigned int i;

	s1_recovered = 0;
	for (i = 0; i < 100; i++)
		KUNIT_EXPECT_EQ(test, s1_changed_registers(), 0UL);
	KUNIT_EXPECT_EQ(test, s1_recovered, 100U);
}

#else

static void s1_callee_saved_registers(struct kunit *test)
{
	kunit_skip(test, "there is no assembly for this architecture yet");
}

#endif

static KDEFER_DEFINE_VOID1(recover_once, unsigned int *, recovered)
{
	kdefer(stop_panic, recovered);
	kpanic(-EIO);
}

/* S1: as the compiler sees it: values that live in registers across the call survive. */
static void s1_local_variables(struct kunit *test)
{
	unsigned long a = 1, b = 2, c = 3, d = 4, e = 5, f = 6, g = 7;
	unsigned int i, recovered = 0;

	for (i = 0; i < 100; i++) {
		OPTIMIZER_HIDE_VAR(a);
		OPTIMIZER_HIDE_VAR(b);
		OPTIMIZER_HIDE_VAR(c);
		OPTIMIZER_HIDE_VAR(d);
		OPTIMIZER_HIDE_VAR(e);
		OPTIMIZER_HIDE_VAR(f);
		OPTIMIZER_HIDE_VAR(g);
		recover_once(&recovered);
		a += b;
		b += c;
		c += d;
		d += e;
		e += f;
		f += g;
	}
	KUNIT_EXPECT_EQ(test, recovered, 100U);
	KUNIT_EXPECT_EQ(test, g, 7UL);
	KUNIT_EXPECT_EQ(test, f, 6UL + 100 * 7);
	KUNIT_EXPECT_EQ(test, e, 5UL + 100 * 6 + 7 * 4950);
	KUNIT_EXPECT_EQ(test, d, 4UL + 100 * 5 + 6 * 4950 + 7 * 161700);
	KUNIT_EXPECT_EQ(test, c, 3UL + 100 * 4 + 5 * 4950 + 6 * 161700 + 7 * 3921225UL);
}

#define S2_ROUNDS	100000

/* On a task of kdefer's: to be a root each time costs far more than the recovery. */
static long s2_body(void *arg)
{
	unsigned long before = 0, after = 0;
	unsigned int i, recovered = 0;
	struct kunit *test = arg;

	for (i = 0; i < S2_ROUNDS; i++) {
		recover_once(&recovered);
		after = stack_here();
		if (!i)
			before = after;
	}
	KUNIT_EXPECT_EQ(test, before, after);
	return recovered;
}

/* S2: the stack pointer is the same after very many recoveries. */
static void s2_stack_pointer_does_not_creep(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, kdefer_run(s2_body, test, NULL), (long)S2_ROUNDS);
}

static noinline void s3_raise_from(unsigned int depth)
{
	bool bottom = !depth;
	u8 pad[64];

	KEEP(pad);
	/* Nobody returns here; the compiler must not know, or it would drop the frames. */
	OPTIMIZER_HIDE_VAR(bottom);
	if (bottom)
		kpanic(-EIO);
	else if (depth)
		s3_raise_from(depth - 1);
	KEEP(pad);
}

static KDEFER_DEFINE_VOID2(s3_recover_from, unsigned int *, recovered, unsigned int, depth)
{
	kdefer(stop_panic, recovered);
	s3_raise_from(depth);
}

/* S3: a panic from the far end of a deep stack, and the same stack used again right afterwards. */
static void s3_panic_far_and_use_the_stack(struct kunit *test)
{
	unsigned int depth, recovered = 0;

	for (depth = 0; depth < 30; depth++) {
		s3_recover_from(&recovered, depth);
		KUNIT_EXPECT_EQ(test, use_stack(USE_DEPTH, depth), 0U);
	}
	KUNIT_EXPECT_EQ(test, recovered, 30U);
}

static void s4_stop_with_much_stack(void *recovered, struct kdefer_panic *p)
{
	*(unsigned int *)recovered += use_stack(USE_DEPTH, 0x40) << 16;
	stop_panic(recovered, p);
	*(unsigned int *)recovered += use_stack(USE_DEPTH, 0x80) << 16;
}

static KDEFER_DEFINE_VOID1(s4_recover, unsigned int *, recovered)
{
	kdefer(s4_stop_with_much_stack, recovered);
	s3_raise_from(4);
}

/* S4: what the caller keeps on the stack survives deferred calls that use much of it. */
static void s4_stack_variables_survive(struct kunit *test)
{
	u8 mine[128];
	unsigned int i, wrong = 0, recovered = 0;

	for (i = 0; i < sizeof(mine); i++)
		mine[i] = i;
	KEEP(mine);
	s4_recover(&recovered);
	use_stack(USE_DEPTH, 0xc0);
	KEEP(mine);
	for (i = 0; i < sizeof(mine); i++)
		wrong += mine[i] != (u8)i;
	KUNIT_EXPECT_EQ(test, wrong, 0U);
	KUNIT_EXPECT_EQ(test, recovered, 1U);
}

struct s5_local {
	unsigned int *wrong;
	unsigned int *ran;
	u8 fill[64];
};

static void s5_check(void *arg)
{
	struct s5_local *local = arg;
	unsigned int i;

	*local->wrong += use_stack(4, 0x20);
	for (i = 0; i < sizeof(local->fill); i++)
		*local->wrong += local->fill[i] != (u8)(i ^ 0x5a);
	++*local->ran;
}

static void s5_down(unsigned int *wrong, unsigned int *ran, unsigned int depth);

static KDEFER_DEFINE_VOID2(s5_level, struct s5_local *, local, unsigned int, depth)
{
	kdefer(s5_check, local);
	if (!depth)
		kpanic(-EIO);
	s5_down(local->wrong, local->ran, depth - 1);
}

static noinline void s5_down(unsigned int *wrong, unsigned int *ran, unsigned int depth)
{
	struct s5_local local = { .wrong = wrong, .ran = ran };
	unsigned int i;

	for (i = 0; i < sizeof(local.fill); i++)
		local.fill[i] = i ^ 0x5a;
	s5_level(&local, depth);
}

static KDEFER_DEFINE_VOID3(s5_recover, unsigned int *, wrong, unsigned int *, ran,
			   unsigned int *, recovered)
{
	kdefer(stop_panic, recovered);
	s5_down(wrong, ran, 5);
}

/* S5: a deferred call may follow pointers into older frames, though they were skipped. */
static void s5_arguments_in_frames_stay_valid(struct kunit *test)
{
	unsigned int wrong = 0, ran = 0, recovered = 0;

	s5_recover(&wrong, &ran, &recovered);
	KUNIT_EXPECT_EQ(test, ran, 6U);
	KUNIT_EXPECT_EQ(test, wrong, 0U);
	KUNIT_EXPECT_EQ(test, recovered, 1U);
}

/* Functions whose frames begin at every offset from an aligned one that the ABI allows. */
#define S6_FUNCTION(n)								\
static noinline unsigned int s6_pad_##n(unsigned int *recovered)		\
{										\
	u8 pad[8 * (n) + 1];							\
										\
	pad[8 * (n)] = n;							\
	KEEP(pad);							\
	recover_once(recovered);						\
	KEEP(pad);							\
	return pad[8 * (n)] != (n);						\
}

S6_FUNCTION(0)
S6_FUNCTION(1)
S6_FUNCTION(2)
S6_FUNCTION(3)
S6_FUNCTION(4)
S6_FUNCTION(5)
S6_FUNCTION(6)
S6_FUNCTION(7)

#define S6_ROUNDS	8000

static long s6_body(void *arg)
{
	unsigned int (* const fns[])(unsigned int *) = {
		s6_pad_0, s6_pad_1, s6_pad_2, s6_pad_3, s6_pad_4, s6_pad_5, s6_pad_6, s6_pad_7,
	};
	unsigned int i, wrong = 0, recovered = 0;

	for (i = 0; i < S6_ROUNDS; i++)
		wrong += fns[i * 5 % ARRAY_SIZE(fns)](&recovered);
	*(unsigned int *)arg = wrong;
	return recovered;
}

/* S6: many recoveries into frames of different sizes and alignments. */
static void s6_frames_of_many_sizes(struct kunit *test)
{
	unsigned int wrong = 0;

	KUNIT_EXPECT_EQ(test, kdefer_run(s6_body, &wrong, NULL), (long)S6_ROUNDS);
	KUNIT_EXPECT_EQ(test, wrong, 0U);
}

struct s8_counts {
	unsigned int inner;
	unsigned int stopped;
	unsigned int outer;
};

static void s8_count_inner(void *arg)
{
	((struct s8_counts *)arg)->inner++;
}

static void s8_count_and_stop(void *arg, struct kdefer_panic *p)
{
	struct s8_counts *c = arg;

	c->stopped++;
	krecover(p, NULL);
}

static void s8_count_outer(void *arg)
{
	((struct s8_counts *)arg)->outer++;
}

static KDEFER_DEFINE_VOID1(s8_inner, void *, c)
{
	kdefer(s8_count_inner, c);
	kpanic(-EIO);
}

static KDEFER_DEFINE_VOID1(s8_outer, void *, c)
{
	kdefer(s8_count_outer, c);
	kdefer(s8_count_and_stop, c);
	kdefer(s8_count_inner, c);
	s8_inner(c);
}

/* S8: one panic enters each deferred call once, and the one that recovers it too. */
static void s8_entered_once(struct kunit *test)
{
	struct s8_counts c = { };

	s8_outer(&c);
	KUNIT_EXPECT_EQ(test, c.inner, 2U);
	KUNIT_EXPECT_EQ(test, c.stopped, 1U);
	KUNIT_EXPECT_EQ(test, c.outer, 1U);
}

#define NR_REPLACING	100000

/* Where the stack was at each panic of a row: how deep at most, and whether it still grows. */
struct depth {
	unsigned long first;
	unsigned long lowest;
	unsigned long last;
	unsigned int nr;
	unsigned int nr_at_lowest;
	unsigned int recovered;
};

static void depth_note(struct depth *d)
{
	unsigned long here = stack_here();

	if (!d->nr++) {
		d->first = here;
		d->lowest = here;
	}
	if (here < d->lowest) {
		d->lowest = here;
		d->nr_at_lowest = d->nr;
	}
	d->last = here;
}

static void replace_panic(void *arg)
{
	depth_note(arg);
	kpanic(-EIO);
}

static void depth_stop(void *arg, struct kdefer_panic *p)
{
	stop_panic(&((struct depth *)arg)->recovered, p);
}

static KDEFER_DEFINE_VOID1(replace_many, struct depth *, d)
{
	unsigned int i;

	kdefer(depth_stop, d);
	for (i = 0; i < NR_REPLACING; i++)
		kdefer(replace_panic, d);
	depth_note(d);
	kpanic(-EIO);
}

static void expect_constant_depth(struct kunit *test, const struct depth *d, unsigned int nr)
{
	KUNIT_EXPECT_EQ(test, d->nr, nr);
	KUNIT_EXPECT_LT(test, d->first - d->lowest, 2048UL);
	/* Reached at once, and never exceeded in all that follows. */
	KUNIT_EXPECT_LT(test, d->nr_at_lowest, 10U);
	kunit_info(test, "%u panics that replace one another took %lu bytes of stack\n", nr,
		   d->first - d->lowest);
}

/* 100,000 panics that each replace the last one need no more stack than a few of them. */
static void constant_stack_replaced_panics(struct kunit *test)
{
	struct depth d = { };

	replace_many(&d);
	KUNIT_EXPECT_EQ(test, d.recovered, 1U);
	expect_constant_depth(test, &d, NR_REPLACING + 1);
}

static void replace_recovered_panic(void *arg, struct kdefer_panic *p)
{
	struct depth *d = arg;

	depth_note(d);
	stop_panic(&d->recovered, p);
	kpanic(-EIO);
}

static KDEFER_DEFINE_VOID1(recover_and_replace_many, struct depth *, d)
{
	unsigned int i;

	kdefer(depth_stop, d);
	for (i = 0; i < NR_REPLACING; i++)
		kdefer(replace_recovered_panic, d);
	depth_note(d);
	kpanic(-EIO);
}

/* The same when each deferred call recovers before it panics anew. */
static void constant_stack_recovered_and_raised(struct kunit *test)
{
	struct depth d = { };

	recover_and_replace_many(&d);
	KUNIT_EXPECT_EQ(test, d.recovered, NR_REPLACING + 1U);
	expect_constant_depth(test, &d, NR_REPLACING + 1);
}

static void replace_goexit(void *arg)
{
	depth_note(arg);
	kgoexit(((struct depth *)arg)->nr);
}

static KDEFER_DEFINE1(long, goexit_many, void *, arg)
{
	struct depth *d = arg;
	unsigned int i;

	for (i = 0; i < NR_REPLACING / 2; i++) {
		kdefer(replace_goexit, d);
		kdefer(replace_panic, d);
	}
	depth_note(d);
	kgoexit(0);
}

/* The same with goexits and panics that alternate. */
static void constant_stack_goexits(struct kunit *test)
{
	struct kdefer_outcome out;
	struct depth d = { };

	kdefer_run(goexit_many, &d, &out);
	KUNIT_EXPECT_EQ(test, out.how, KDEFER_GOEXITED);
	KUNIT_EXPECT_EQ(test, out.result, (long)NR_REPLACING + 1);
	expect_constant_depth(test, &d, NR_REPLACING + 1);
}

static KDEFER_DEFINE_VOID2(replace_in_new_frame, struct depth *, d, unsigned int, depth)
{
	kdefer(replace_panic, d);
	if (depth)
		replace_in_new_frame(d, depth - 1);
	kpanic(-EIO);
}

static void raise_from_frames(void *arg)
{
	replace_in_new_frame(arg, 3);
}

static KDEFER_DEFINE_VOID1(replace_from_frames, struct depth *, d)
{
	unsigned int i;

	kdefer(depth_stop, d);
	for (i = 0; i < NR_REPLACING / 4; i++)
		kdefer(raise_from_frames, d);
	depth_note(d);
	kpanic(-EIO);
}

/* The same when the deferred calls have frames and deferred calls of their own. */
static void constant_stack_nested_frames(struct kunit *test)
{
	struct depth d = { };

	replace_from_frames(&d);
	KUNIT_EXPECT_EQ(test, d.recovered, 1U);
	KUNIT_EXPECT_EQ(test, d.nr, NR_REPLACING + 1U);
	KUNIT_EXPECT_LT(test, d.nr_at_lowest, 20U);
	kunit_info(test, "%u panics in nested frames took %lu bytes of stack\n", d.nr,
		   d.first - d.lowest);
}

static struct kunit_case stack_cases[] = {
	KUNIT_CASE(s1_callee_saved_registers),
	KUNIT_CASE(s1_local_variables),
	KUNIT_CASE(s2_stack_pointer_does_not_creep),
	KUNIT_CASE(s3_panic_far_and_use_the_stack),
	KUNIT_CASE(s4_stack_variables_survive),
	KUNIT_CASE(s5_arguments_in_frames_stay_valid),
	KUNIT_CASE(s6_frames_of_many_sizes),
	KUNIT_CASE(s8_entered_once),
	KUNIT_CASE(constant_stack_replaced_panics),
	KUNIT_CASE(constant_stack_recovered_and_raised),
	KUNIT_CASE(constant_stack_goexits),
	KUNIT_CASE(constant_stack_nested_frames),
	{ }
};

static struct kunit_suite stack_suite = {
	.name = "kdefer_stack",
	.test_cases = stack_cases,
};

kunit_test_suite(stack_suite);

MODULE_LICENSE("GPL");

/*
 * Rules without a case here:
 * S7: ends the thread that tries, so it is the cases bad_sp and bad_ip of tests/guest/fatal.
 */
