// SPDX-License-Identifier: GPL-2.0-only
/*
 * Recovers in all ways with the CPU's shadow stack on, and prints TAP. A control protection fault
 * ends the program with status 42.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <kdefer/kdefer.h>
#include <linux/compiler.h>

/* Of the kernel's <asm/prctl.h> and <asm-generic/siginfo.h>; the C library may be older. */
#define SHSTK_ENABLE	0x5001
#define SHSTK_DISABLE	0x5002
#define SHSTK_USER	1
#define SHSTK_FAULT	10

#define STATUS_FAULT	42
#define STATUS_OFF	77

#define DEEPEST		600
#define REPLACED	100000

#define CODE		17
#define ERR		(-7)

/* Inline: a function that switched the shadow stack on could not return any more. */
static __always_inline long switch_shadow_stack(long op)
{
	long err;

	asm volatile("syscall"
		     : "=a" (err)
		     : "a" (SYS_arch_prctl), "D" (op), "S" (SHSTK_USER)
		     : "rcx", "r11", "memory");
	return err;
}

/* An emulated CPU may not switch its shadow stack with the process. */
static void end(int status)
{
	switch_shadow_stack(SHSTK_DISABLE);
	_exit(status);
}

static unsigned int nr, failed;

static void check(bool good, const char *what)
{
	printf("%sok %u - %s\n", good ? "" : "not ", ++nr, what);
	failed += !good;
}

static __always_inline unsigned long shadow_sp(void)
{
	unsigned long ssp = 0;

	asm volatile("rdsspq %0" : "+r" (ssp));
	return ssp;
}

static void cope(void *err, struct kdefer_panic *p)
{
	struct kdefer_value v;

	if (krecover(p, &v))
		*(int *)err = v.err;
}

static unsigned long lowest;
static unsigned int nr_raised;

static void raise_panic(void *err)
{
	lowest = shadow_sp();
	nr_raised++;
	kpanic((int)(long)err);
}

static void goexit(void *code)
{
	kgoexit((long)code);
}

/* Calls @last on top of @frames calls of its own. */
static noinline int climb(int frames, kdefer_fn last, long arg)
{
	int ret = 0;

	if (frames)
		ret = climb(frames - 1, last, arg);
	else
		last((void *)arg);
	/* A call that came last would be a jump. */
	barrier();
	return ret;
}

static noinline KDEFER_DEFINE1(int, recover_across, int, frames)
{
	kdefer(cope, &kdefer_result);
	return climb(frames, raise_panic, ERR);
}

static bool recovers_across(int frames)
{
	unsigned long before = shadow_sp();
	int err = recover_across(frames);

	return err == ERR && shadow_sp() == before;
}

/* Every number of entries up to more than twice of what one INCSSP can drop. */
static void test_frames(void)
{
	int frames = 0;

	check(recovers_across(0), "recover in the frame itself");
	check(recovers_across(1), "recover across 1 frame");
	check(recovers_across(300), "recover across 300 frames");
	check((shadow_sp() - lowest) / sizeof(long) > 300,
	      "the 300 frames were on the shadow stack");
	while (frames <= DEEPEST && recovers_across(frames))
		frames++;
	check(frames > DEEPEST, "recover across 0 to 600 frames");
}

static noinline KDEFER_DEFINE0(int, return_into_panic)
{
	kdefer(cope, &kdefer_result);
	kdefer(raise_panic, (void *)(long)ERR);
	return 1;
}

static void test_normal_return(void)
{
	unsigned long before = shadow_sp();

	check(return_into_panic() == ERR && shadow_sp() == before,
	      "recover from a panic in a deferred call of a normal return");
}

static noinline KDEFER_DEFINE0(int, replace_panics)
{
	int i;

	kdefer(cope, &kdefer_result);
	for (i = 0; i < REPLACED; i++)
		kdefer(raise_panic, (void *)(long)(ERR - i % 1000));
	return climb(3, raise_panic, ERR - 1);
}

static void test_replaced(void)
{
	unsigned long before = shadow_sp();
	int err;

	nr_raised = 0;
	err = replace_panics();
	check(err == ERR && nr_raised == REPLACED + 1 && shadow_sp() == before,
	      "100000 replaced panics");
}

static void bump(void *counter)
{
	++*(int *)counter;
}

static noinline KDEFER_DEFINE2(int, leave, int *, deferred, int, frames)
{
	kdefer(bump, deferred);
	return frames ? leave(deferred, frames - 1) : climb(300, goexit, CODE);
}

static long run_leave(void *deferred)
{
	return leave(deferred, 99);
}

static long run_climb(void *unused)
{
	return climb(300, raise_panic, ERR);
}

static void test_run(void)
{
	unsigned long before = shadow_sp();
	struct kdefer_outcome out;
	int deferred = 0;

	kdefer_run(run_leave, &deferred, &out);
	check(out.how == KDEFER_GOEXITED && out.result == CODE && deferred == 100 &&
	      shadow_sp() == before, "goexit out of kdefer_run() across 100 KDEFER functions");
	kdefer_run(run_climb, NULL, &out);
	check(out.how == KDEFER_PANICKED && out.value.err == ERR && shadow_sp() == before,
	      "panic out of kdefer_run() across 300 frames");
}

/* Where this was called from has no entries on the shadow stack: it must not return. */
static noinline void run(void)
{
	check(shadow_sp(), "the shadow stack is on");
	test_frames();
	test_normal_return();
	test_replaced();
	test_run();
	printf("1..%u\n", nr);
	end(failed != 0);
}

static void on_fault(int sig, siginfo_t *info, void *context)
{
	static const char text[] = "# control protection fault\n";

	if (info->si_code == SHSTK_FAULT && write(STDOUT_FILENO, text, strlen(text)))
		end(STATUS_FAULT);
	end(1);
}

int main(void)
{
	struct sigaction action = { .sa_sigaction = on_fault, .sa_flags = SA_SIGINFO };
	long err;

	setvbuf(stdout, NULL, _IOLBF, 0);
	sigaction(SIGSEGV, &action, NULL);
	err = switch_shadow_stack(SHSTK_ENABLE);
	if (err) {
		printf("Bail out! no shadow stack for user space here: %s\n", strerror(-err));
		_exit(STATUS_OFF);
	}
	run();
}
