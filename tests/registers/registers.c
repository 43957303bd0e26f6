// SPDX-License-Identifier: GPL-2.0-only
/*
 * Nothing that the compiler keeps in a register is lost across a call of a KDEFER function. Each
 * case fills the registers of one class, calls a function that changes every register which a
 * function may change, and looks whether all is as before: after a return, and after a recovery
 * from functions that have changed the registers which a function has to give back.
 *
 * The KDEFER functions are inlined where they are called: only there is the compiler free to keep a
 * register across the call.
 */
#include <stdio.h>
#include <string.h>
#include <kdefer/kdefer.h>
#include "registers.h"

static int failed, cases;

static void spoil_all(void *unused)
{
	spoil();
}

static void recover_spoilt(void *unused, struct kdefer_panic *p)
{
	spoil();
	krecover(p, NULL);
	spoil();
}

static noinline void raise(void)
{
	spoil_saved();
	spoil();
	kpanic(-EIO);
}

static noinline void raise_from_below(void)
{
	spoil_saved();
	raise();
	spoil();
}

static __always_inline KDEFER_DEFINE0(int, returns)
{
	kdefer(spoil_all, NULL);
	spoil();
	return 1;
}

static __always_inline KDEFER_DEFINE0(int, recovers)
{
	kdefer(recover_spoilt, NULL);
	raise_from_below();
	return 0;
}

static void report(const char *name, const char *way, bool ok)
{
	printf("%sok %d - %s: %s\n", ok ? "" : "not ", ++cases, name, way);
	failed += !ok;
}

/*
 * As many variables as a class has registers; an array would stay in memory. The empty asm
 * statement puts each into a register.
 */
#define EACH(m, ...)									\
	m(0, __VA_ARGS__) m(1, __VA_ARGS__) m(2, __VA_ARGS__) m(3, __VA_ARGS__)		\
	m(4, __VA_ARGS__) m(5, __VA_ARGS__) m(6, __VA_ARGS__) m(7, __VA_ARGS__)		\
	m(8, __VA_ARGS__) m(9, __VA_ARGS__) m(10, __VA_ARGS__) m(11, __VA_ARGS__)	\
	m(12, __VA_ARGS__) m(13, __VA_ARGS__) m(14, __VA_ARGS__) m(15, __VA_ARGS__)	\
	m(16, __VA_ARGS__) m(17, __VA_ARGS__) m(18, __VA_ARGS__) m(19, __VA_ARGS__)	\
	m(20, __VA_ARGS__) m(21, __VA_ARGS__) m(22, __VA_ARGS__) m(23, __VA_ARGS__)	\
	m(24, __VA_ARGS__) m(25, __VA_ARGS__) m(26, __VA_ARGS__) m(27, __VA_ARGS__)	\
	m(28, __VA_ARGS__) m(29, __VA_ARGS__) m(30, __VA_ARGS__) m(31, __VA_ARGS__)
#define LOAD(i, type, nr)		type v##i = from[i < (nr) ? i : 0];
#define TO_REGISTER(i, constraint, nr)	if (i < (nr)) asm volatile("" : "+" constraint (v##i));
#define STORE(i, nr)			if (i < (nr)) to[i] = v##i;

/* A value of its own for each register, in the first bytes of it. */
static noinline void fill(void *v, int i, size_t bytes)
{
	memset(v, 0x81 + i, bytes);
}

/*
 * The variables are used more often than they could be saved: so the compiler saves them where it
 * has to, around calls, rather than to leave them in memory.
 */
#define HOLD(name, type, constraint, nr, bytes)					\
static __always_inline void name##_across(const type *from, type *to, bool panics)	\
{										\
	int n;									\
										\
	EACH(LOAD, type, nr)							\
	for (n = 0; n < 3; n++) {						\
		EACH(TO_REGISTER, constraint, nr)				\
		EACH(TO_REGISTER, constraint, nr)				\
		if (panics)							\
			recovers();						\
		else								\
			returns();						\
		EACH(TO_REGISTER, constraint, nr)				\
		EACH(TO_REGISTER, constraint, nr)				\
	}									\
	EACH(STORE, nr)								\
}										\
										\
static noinline void name##_across_return(const type *from, type *to)		\
{										\
	name##_across(from, to, false);						\
}										\
										\
static noinline void name##_across_recovery(const type *from, type *to)		\
{										\
	name##_across(from, to, true);						\
}										\
										\
static noinline void name##_case(bool panics)					\
{										\
	static type from[nr], to[nr];						\
	bool same = true;							\
	int i;									\
										\
	memset(to, 0, sizeof(to));						\
	for (i = 0; i < (nr); i++)						\
		fill(&from[i], i, bytes);					\
	if (panics)								\
		name##_across_recovery(from, to);				\
	else									\
		name##_across_return(from, to);					\
	leave_mmx();								\
	for (i = 0; i < (nr); i++)						\
		same = same && !memcmp(&from[i], &to[i], bytes);		\
	report(#name, panics ? "recovery" : "return", same);			\
}

CLASSES(HOLD)

#define RUN(name, type, constraint, nr, bytes)					\
	name##_case(false);							\
	name##_case(true);

/* On a task of its own: else each KDEFER function would begin one, out of line. */
static long run(void *unused)
{
	CLASSES(RUN)
	printf("1..%d\n", cases);
	return failed ? 1 : 0;
}

int main(void)
{
	return kdefer_run(run, NULL, NULL);
}
