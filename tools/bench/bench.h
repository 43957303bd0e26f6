/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The stopwatch of the C and C++ contestants. bench.go has the same one: the same batches, the same
 * median, so that the programs differ in what they measure only.
 */
#ifndef _KDEFER_BENCH_H
#define _KDEFER_BENCH_H

#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Neither inlined, nor cloned for a known argument, nor looked into by the caller's optimiser. */
#define BENCH_OPAQUE	__attribute__((noipa))

/* Batches are short enough for most of them not to be preempted when the machine is busy. */
#define BENCH_BATCHES	51
#define BENCH_BATCH_NS	200000

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

/**
 * struct bench_threaded - something to measure in several threads at once
 * @name: the name that run.sh asks for it by
 * @threads: how many, at most 2
 * @loop: does it @n times, and adds @n to @done
 */
struct bench_threaded {
	const char *name;
	int threads;
	void (*loop)(long n, long *done);
};

/* What every contestant's deferred, or called, function does: one addition to one global. */
extern long bench_counter;

/*
 * For recursion to stay what it is. A function whose every path ends in a panic is known not to
 * return: it asks whether bench_armed is set, which it always is. What is added to a result behind
 * the call could be added up before it: bench_hide() makes the result unknown.
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

static inline double bench_median(double ns[BENCH_BATCHES])
{
	qsort(ns, BENCH_BATCHES, sizeof(ns[0]), bench_compare);
	return ns[BENCH_BATCHES / 2];
}

/* Nanoseconds of one operation: the median of the batches, whatever preempts some of them. */
static inline double bench_measure(const struct bench_case *c)
{
	double ns[BENCH_BATCHES];
	long n = bench_calibrate(c);
	int i;

	for (i = 0; i < BENCH_BATCHES; i++)
		ns[i] = bench_batch(c, n) / n;
	return bench_median(ns);
}

/**
 * struct bench_worker - one of several threads that do the same at once
 * @done: what it counted; apart from the others', whose cache lines are not what is measured
 */
struct bench_worker {
	const struct bench_threaded *t;
	pthread_t thread;
	pthread_barrier_t *start;
	long n;
	int cpu;
	double median;
	long done __attribute__((aligned(128)));
};

static inline int bench_cpu(int nth)
{
	cpu_set_t allowed;
	int cpu;

	sched_getaffinity(0, sizeof(allowed), &allowed);
	nth %= CPU_COUNT(&allowed);
	for (cpu = 0; !CPU_ISSET(cpu, &allowed) || nth--; cpu++)
		;
	return cpu;
}

/* Left to the scheduler, both threads may share the CPU that started them for a while. */
static inline void bench_pin(int cpu)
{
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	sched_setaffinity(0, sizeof(one), &one);
}

static inline void *bench_work(void *arg)
{
	struct bench_worker *w = (struct bench_worker *)arg;
	double ns[BENCH_BATCHES], start;
	int i;

	bench_pin(w->cpu);
	pthread_barrier_wait(w->start);
	for (i = 0; i < BENCH_BATCHES; i++) {
		start = bench_now();
		w->t->loop(w->n, &w->done);
		ns[i] = (bench_now() - start) / w->n;
	}
	w->median = bench_median(ns);
	return NULL;
}

static inline long bench_calibrate_threaded(const struct bench_threaded *t)
{
	long n = 1, done = 0;
	double start;

	for (;;) {
		start = bench_now();
		t->loop(n, &done);
		if (bench_now() - start >= BENCH_BATCH_NS)
			return n;
		n *= 2;
	}
}

/* Nanoseconds of one operation of one thread: the mean of the threads' medians. */
static inline double bench_measure_threaded(const struct bench_threaded *t)
{
	static struct bench_worker w[2];
	long n = bench_calibrate_threaded(t);
	pthread_barrier_t start;
	double sum = 0;
	int i;

	pthread_barrier_init(&start, NULL, t->threads);
	for (i = 0; i < t->threads; i++) {
		w[i].t = t;
		w[i].start = &start;
		w[i].n = n;
		w[i].cpu = bench_cpu(i);
		if (pthread_create(&w[i].thread, NULL, bench_work, &w[i])) {
			fputs("cannot start a thread\n", stderr);
			exit(1);
		}
	}
	for (i = 0; i < t->threads; i++) {
		pthread_join(w[i].thread, NULL);
		bench_expect(t->name, w[i].done, n * BENCH_BATCHES);
		sum += w[i].median;
	}
	pthread_barrier_destroy(&start);
	return sum / t->threads;
}

static inline void bench_list(const struct bench_case *cases, const struct bench_threaded *threaded)
{
	for (; cases->name; cases++)
		puts(cases->name);
	for (; threaded && threaded->name; threaded++)
		puts(threaded->name);
}

/*
 * Measures the case @argv[1], if it is among those given. With a number in @argv[2] it only does it
 * as many times, for a profiler.
 */
static inline bool bench_run(const struct bench_case *cases, int argc, char **argv)
{
	for (; cases->name && strcmp(cases->name, argv[1]); cases++)
		;
	if (!cases->name)
		return false;
	if (argc > 2)
		bench_batch(cases, atol(argv[2]));
	else
		printf("%.4f\n", bench_measure(cases));
	return true;
}

static inline bool bench_run_threaded(const struct bench_threaded *t, char **argv)
{
	for (; t->name && strcmp(t->name, argv[1]); t++)
		;
	if (!t->name)
		return false;
	printf("%.4f\n", bench_measure_threaded(t));
	return true;
}

static inline int bench_unknown(const char *name)
{
	fprintf(stderr, "no case '%s' here; 'list' prints those there are\n", name);
	return 2;
}

#endif /* _KDEFER_BENCH_H */
