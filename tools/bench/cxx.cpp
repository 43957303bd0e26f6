// SPDX-License-Identifier: GPL-2.0-only
/*
 * The contestant C++: destructors for deferred calls, exceptions for panics. The exception is an
 * int, the cheapest there is, caught by its type.
 */
#include <cerrno>

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

static BENCH_OPAQUE void panic_mine(long *done)
{
	try {
		throw -EIO;
	} catch (int err) {
		if (err == -EIO)
			++*done;
	}
}

static void panic_thread(long count, long *done)
{
	for (long i = 0; i < count; i++)
		panic_mine(done);
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
	{ nullptr, 0, nullptr }
};

static const struct bench_threaded threaded[] = {
	{ "threads1", 1, panic_thread },
	{ "threads2", 2, panic_thread },
	{ nullptr, 0, nullptr }
};

int main(int argc, char **argv)
{
	if (argc < 2 || !strcmp(argv[1], "list"))
		bench_list(cases, threaded);
	else if (!bench_run(cases, argc, argv) && !bench_run_threaded(threaded, argv))
		return bench_unknown(argv[1]);
	return 0;
}
