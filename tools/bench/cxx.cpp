// SPDX-License-Identifier: GPL-2.0-only
/*
 * The contestant C++: destructors for deferred calls, exceptions for panics. The exception is an int,
 * the cheapest there is, caught by its type.
 */
#include <cerrno>
#include <pthread.h>

#include "bench.h"

long bench_counter;
volatile int bench_armed = 1;

static BENCH_OPAQUE void bump(long n)
{
	bench_counter += n;
}

struct deferred {
	long n;

	~deferred()
	{
		bump(n);
	}
};

static BENCH_OPAQUE long defer_one(long n)
{
	deferred a{ n };

	return n;
}

static BENCH_OPAQUE long defer_four(long n)
{
	deferred a{ n }, b{ n }, c{ n }, d{ n };

	return n;
}

static BENCH_OPAQUE long panic_recover(long n)
{
	try {
		throw -EIO;
	} catch (int err) {
		if (err == -EIO)
			bump(n);
	}
	return 0;
}

static BENCH_OPAQUE long dive(long depth)
{
	if (!depth) {
		if (bench_armed)
			throw -EIO;
		return 0;
	}
	return bench_hide(dive(depth - 1)) + 1;
}

static BENCH_OPAQUE long panic_plain(long n, long depth)
{
	try {
		return dive(depth);
	} catch (int err) {
		if (err == -EIO)
			bump(n);
	}
	return 0;
}

static BENCH_OPAQUE long dive_defer(long n, long depth)
{
	if (!depth) {
		if (bench_armed)
			throw -EIO;
		return 0;
	}
	deferred a{ n };

	return bench_hide(dive_defer(n, depth - 1)) + 1;
}

static BENCH_OPAQUE long panic_defer(long n, long depth)
{
	try {
		return dive_defer(n, depth);
	} catch (int err) {
		if (err == -EIO)
			bump(n);
	}
	return 0;
}

static BENCH_OPAQUE long dive_raise(long n, long depth)
{
	if (!depth) {
		if (bench_armed)
			throw -EIO;
		return 0;
	}
	try {
		return bench_hide(dive_raise(n, depth - 1)) + 1;
	} catch (int err) {
		bump(n);
		throw;
	}
}

static BENCH_OPAQUE long panic_raise(long n, long depth)
{
	try {
		return dive_raise(n, depth);
	} catch (int err) {
		if (err == -EIO)
			bump(n);
	}
	return 0;
}

struct alignas(128) worker {
	pthread_t thread;
	pthread_barrier_t *start;
	long count;
	long done;
};

static BENCH_OPAQUE void panic_mine(long *done)
{
	try {
		throw -EIO;
	} catch (int err) {
		if (err == -EIO)
			++*done;
	}
}

static void *work(void *arg)
{
	worker *w = static_cast<worker *>(arg);

	pthread_barrier_wait(w->start);
	for (long i = 0; i < w->count; i++)
		panic_mine(&w->done);
	return nullptr;
}

static void panic_threads(long count, unsigned int nr)
{
	pthread_barrier_t start;
	worker w[2] = {};

	pthread_barrier_init(&start, nullptr, nr);
	for (unsigned int i = 0; i < nr; i++) {
		w[i].start = &start;
		w[i].count = count;
		pthread_create(&w[i].thread, nullptr, work, &w[i]);
	}
	for (unsigned int i = 0; i < nr; i++) {
		pthread_join(w[i].thread, nullptr);
		bench_counter += w[i].done;
	}
	pthread_barrier_destroy(&start);
}

static void loop_threads1(long count)
{
	panic_threads(count, 1);
}

static void loop_threads2(long count)
{
	panic_threads(count, 2);
}

BENCH_LOOP(defer1, defer_one(1))
BENCH_LOOP(defer4, defer_four(1))
BENCH_LOOP(panic, panic_recover(1))
BENCH_LOOP(plain10, panic_plain(1, 10))
BENCH_LOOP(plain100, panic_plain(1, 100))
BENCH_LOOP(frames10, panic_defer(1, 10))
BENCH_LOOP(frames100, panic_defer(1, 100))
BENCH_LOOP(repanic64, panic_raise(1, 64))

static const struct bench_case cases[] = {
	{ "defer1", 1, loop_defer1 },
	{ "defer4", 4, loop_defer4 },
	{ "panic", 1, loop_panic },
	{ "plain10", 1, loop_plain10 },
	{ "plain100", 1, loop_plain100 },
	{ "frames10", 11, loop_frames10 },
	{ "frames100", 101, loop_frames100 },
	{ "repanic64", 65, loop_repanic64 },
	{ "threads1", 1, loop_threads1 },
	{ "threads2", 2, loop_threads2 },
	{ nullptr, 0, nullptr }
};

int main(int argc, char **argv)
{
	return bench_main(cases, argc, argv);
}
