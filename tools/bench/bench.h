/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The stopwatch of the C and C++ contestants. bench.go has the same one: the same batches, the same
 * median, so that the programs differ in what they measure only.
 */
#ifndef _KDEFER_BENCH_H
#define _KDEFER_BENCH_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Neither inlined, nor cloned for a known argument, nor looked into by the caller's optimiser. */
#define BENCH_OPAQUE	__attribute__((noipa))

#define BENCH_BATCHES	15
#define BENCH_BATCH_NS	1000000.0

/**
 * struct bench_case - something to measure
 * @name: the name that run.sh asks for it by
 * @calls: how much bench_counter grows each time
 * @loop: does it @n times
 */
struct bench_case {
	const char *name;
	long calls;
	void (*loop)(long n);
};

/* What every contestant's deferred, or called, function does: one addition to one global. */
extern long bench_counter;

/*
 * For recursion to stay what it is. A function whose every path ends in a panic is known not to return:
 * it asks whether bench_armed is set, which it always is. What is added to a result behind the call
 * could be added up before it: bench_hide() is where the compiler does not know the result.
 */
extern volatile int bench_armed;

static inline long bench_hide(long n)
{
	__asm__ volatile("" : "+r" (n));
	return n;
}

#define BENCH_LOOP(name, stmt)			\
static void loop_##name(long count)		\
{						\
	while (count--)				\
		stmt;				\
}

static inline double bench_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1e9 + ts.tv_nsec;
}

/* A call that was lost, or made twice, would make a fine figure. */
static inline void bench_expect(const char *what, long got, long want)
{
	if (got == want)
		return;
	fprintf(stderr, "%s: the counter says %ld, but %ld calls were due\n", what, got, want);
	exit(1);
}

static inline double bench_batch(const struct bench_case *c, long n)
{
	double start, end;

	bench_counter = 0;
	start = bench_now();
	c->loop(n);
	end = bench_now();
	bench_expect(c->name, bench_counter, n * c->calls);
	return end - start;
}

/* Doubling is the warm-up as well: stacks have grown, and symbols are bound, when it ends. */
static inline long bench_calibrate(const struct bench_case *c)
{
	long n = 1;

	while (bench_batch(c, n) < BENCH_BATCH_NS)
		n *= 2;
	return n;
}

static inline int bench_compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Nanoseconds of one operation: the median of the batches, whatever preempts some of them. */
static inline double bench_measure(const struct bench_case *c)
{
	double ns[BENCH_BATCHES];
	long n = bench_calibrate(c);
	int i;

	for (i = 0; i < BENCH_BATCHES; i++)
		ns[i] = bench_batch(c, n) / n;
	qsort(ns, BENCH_BATCHES, sizeof(ns[0]), bench_compare);
	return ns[BENCH_BATCHES / 2];
}

static inline const struct bench_case *bench_find(const struct bench_case *cases, const char *name)
{
	for (; cases->name; cases++)
		if (!strcmp(cases->name, name))
			return cases;
	fprintf(stderr, "no case '%s' here; 'list' prints those there are\n", name);
	exit(2);
}

static inline void bench_list(const struct bench_case *cases)
{
	for (; cases->name; cases++)
		puts(cases->name);
}

static inline int bench_main(const struct bench_case *cases, int argc, char **argv)
{
	if (argc != 2 || !strcmp(argv[1], "list"))
		bench_list(cases);
	else
		printf("%.4f\n", bench_measure(bench_find(cases, argv[1])));
	return 0;
}

#endif /* _KDEFER_BENCH_H */
