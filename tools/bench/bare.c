// SPDX-License-Identifier: GPL-2.0-only
/*
 * The limit cases, and what C offers without kdefer: setjmp(), and the attribute cleanup.
 *
 * A limit does what the others do without the mechanism: deferred calls are plain calls, a panic is
 * kdefer's own save and restore of a context with nothing in between, a thread is bare.
 */
#include <errno.h>
#include <setjmp.h>

#include <kdefer/arch.h>

#include "bench.h"

long bench_counter;
volatile int bench_armed = 1;

static BENCH_OPAQUE void bump(long n)
{
	bench_counter += n;
}

static BENCH_OPAQUE void bump_cleanup(long *n)
{
	bench_counter += *n;
}

void kdefer_arch_restore(const struct kdefer_regs *regs, unsigned long sp, unsigned long ip);

static BENCH_OPAQUE void restore(const struct kdefer_regs *regs)
{
	kdefer_arch_restore(regs, regs->sp, regs->ip);
}

static BENCH_OPAQUE long call_one(long n)
{
	bump(n);
	return n;
}

static BENCH_OPAQUE long call_four(long n)
{
	bump(n);
	bump(n);
	bump(n);
	bump(n);
	return n;
}

static BENCH_OPAQUE long call_loop(long n, long times)
{
	long i;

	for (i = 0; i < times; i++)
		bump(n);
	return n;
}

static BENCH_OPAQUE long dive(const struct kdefer_regs *regs, long depth)
{
	if (!depth) {
		if (bench_armed)
			restore(regs);
		return 0;
	}
	return bench_hide(dive(regs, depth - 1)) + 1;
}

/* The calls that the frames would have deferred are made on the way down. */
static BENCH_OPAQUE long dive_bump(const struct kdefer_regs *regs, long n, long depth)
{
	if (!depth) {
		if (bench_armed)
			restore(regs);
		return 0;
	}
	bump(n);
	return bench_hide(dive_bump(regs, n, depth - 1)) + 1;
}

static noinline void panic_thunk(struct kdefer_regs *regs, void *depth)
{
	dive(regs, (long)depth);
}

static noinline void panic_bump_thunk(struct kdefer_regs *regs, void *depth)
{
	dive_bump(regs, 1, (long)depth);
}

static BENCH_OPAQUE long limit_plain(long n, long depth)
{
	struct kdefer_regs regs;

	kdefer_arch_call(&regs, 0, panic_thunk, (void *)depth);
	bump(n);
	return n;
}

static BENCH_OPAQUE long limit_frames(long n, long depth)
{
	struct kdefer_regs regs;

	kdefer_arch_call(&regs, 0, panic_bump_thunk, (void *)depth);
	bump(n);
	return n;
}

static BENCH_OPAQUE void dive_again(const struct kdefer_regs *outer, long n, long depth);

static noinline void again_thunk(struct kdefer_regs *regs, void *depth)
{
	dive_again(regs, 1, (long)depth);
}

/* A pair of save and restore in each frame. */
static BENCH_OPAQUE void dive_again(const struct kdefer_regs *outer, long n, long depth)
{
	struct kdefer_regs regs;

	if (depth) {
		kdefer_arch_call(&regs, 0, again_thunk, (void *)(depth - 1));
		bump(n);
	}
	if (bench_armed)
		restore(outer);
}

static BENCH_OPAQUE long limit_again(long n, long depth)
{
	struct kdefer_regs regs;

	kdefer_arch_call(&regs, 0, again_thunk, (void *)depth);
	bump(n);
	return n;
}

static noinline void goexit_thunk(struct kdefer_regs *regs, void *times)
{
	call_loop(1, (long)times);
	if (bench_armed)
		restore(regs);
}

/* The last of the calls is made here: kdefer_arch_call() is for functions that call others. */
static BENCH_OPAQUE void limit_goexit(long times)
{
	struct kdefer_regs regs;

	kdefer_arch_call(&regs, 0, goexit_thunk, (void *)(times - 1));
	bump(1);
}

static BENCH_OPAQUE void count(long *done)
{
	++*done;
}

static BENCH_OPAQUE void limit_mine(long *done)
{
	struct kdefer_regs regs;

	kdefer_arch_call(&regs, 0, panic_thunk, (void *)0L);
	count(done);
}

static void limit_thread(long count, long *done)
{
	while (count--)
		limit_mine(done);
}

static BENCH_OPAQUE long cleanup_one(long n)
{
	__attribute__((cleanup(bump_cleanup))) long a = n;

	return a;
}

static BENCH_OPAQUE long cleanup_four(long n)
{
	__attribute__((cleanup(bump_cleanup))) long a = n;
	__attribute__((cleanup(bump_cleanup))) long b = n;
	__attribute__((cleanup(bump_cleanup))) long c = n;
	__attribute__((cleanup(bump_cleanup))) long d = n;

	return d;
}

static BENCH_OPAQUE long jump_dive(jmp_buf env, long depth)
{
	if (!depth) {
		if (bench_armed)
			longjmp(env, EIO);
		return 0;
	}
	return bench_hide(jump_dive(env, depth - 1)) + 1;
}

static BENCH_OPAQUE long jump(long n, long depth)
{
	jmp_buf env;

	if (!_setjmp(env))
		return jump_dive(env, depth);
	bump(n);
	return 0;
}

/* As frames that catch an error, count it and pass it on. */
static BENCH_OPAQUE long jump_again(jmp_buf outer, long n, long depth)
{
	jmp_buf env;

	if (!depth) {
		if (bench_armed)
			longjmp(outer, EIO);
		return 0;
	}
	if (!_setjmp(env))
		return bench_hide(jump_again(env, n, depth - 1)) + 1;
	bump(n);
	longjmp(outer, EIO);
}

static BENCH_OPAQUE long jump_repanic(long n, long depth)
{
	jmp_buf env;

	if (!_setjmp(env))
		return jump_again(env, n, depth);
	bump(n);
	return 0;
}

static void *thread(void *arg)
{
	call_loop((long)arg, 10);
	return NULL;
}

static BENCH_OPAQUE void create_join(long n)
{
	pthread_t t;

	if (pthread_create(&t, NULL, thread, (void *)n)) {
		perror("pthread_create");
		exit(1);
	}
	pthread_join(t, NULL);
}

BENCH_LOOP(bump, bump(1))
BENCH_LOOP(call1, call_one(1))
BENCH_LOOP(call4, call_four(1))
BENCH_LOOP(loop4, call_loop(1, 4))
BENCH_LOOP(loop100, call_loop(1, 100))
BENCH_LOOP(panic, limit_plain(1, 0))
BENCH_LOOP(plain10, limit_plain(1, 10))
BENCH_LOOP(plain100, limit_plain(1, 100))
BENCH_LOOP(frames10, limit_frames(1, 10))
BENCH_LOOP(frames100, limit_frames(1, 100))
BENCH_LOOP(again64, limit_again(1, 64))
BENCH_LOOP(goexit10, limit_goexit(10))
BENCH_LOOP(pthread, create_join(1))
BENCH_LOOP(cleanup1, cleanup_one(1))
BENCH_LOOP(cleanup4, cleanup_four(1))
BENCH_LOOP(jump, jump(1, 0))
BENCH_LOOP(jump10, jump(1, 10))
BENCH_LOOP(jump100, jump(1, 100))
BENCH_LOOP(jump64, jump_repanic(1, 64))

static const struct bench_case cases[] = {
	{ "limit.call", 1, loop_bump },
	{ "limit.call1", 1, loop_call1 },
	{ "limit.defer1", 1, loop_call1 },
	{ "limit.root1", 1, loop_call1 },
	{ "limit.defer4", 4, loop_call4 },
	{ "limit.loop4", 4, loop_loop4 },
	{ "limit.loop100", 100, loop_loop100 },
	{ "limit.panic", 1, loop_panic },
	{ "limit.plain10", 1, loop_plain10 },
	{ "limit.plain100", 1, loop_plain100 },
	{ "limit.frames10", 11, loop_frames10 },
	{ "limit.frames100", 101, loop_frames100 },
	{ "limit.repanic64", 65, loop_again64 },
	{ "limit.barrier10", 10, loop_goexit10 },
	{ "limit.goexit10", 10, loop_pthread },
	{ "cleanup.defer1", 1, loop_cleanup1 },
	{ "cleanup.defer4", 4, loop_cleanup4 },
	{ "setjmp.panic", 1, loop_jump },
	{ "setjmp.plain10", 1, loop_jump10 },
	{ "setjmp.plain100", 1, loop_jump100 },
	{ "setjmp.repanic64", 65, loop_jump64 },
	{ }
};

static const struct bench_threaded threaded[] = {
	{ "limit.threads1", 1, limit_thread },
	{ "limit.threads2", 2, limit_thread },
	{ }
};

int main(int argc, char **argv)
{
	if (argc < 2 || !strcmp(argv[1], "list"))
		bench_list(cases, threaded);
	else if (!bench_run(cases, argc, argv) && !bench_run_threaded(threaded, argv))
		return bench_unknown(argv[1]);
	return 0;
}
