// SPDX-License-Identifier: GPL-2.0-only
/*
 * Functions that are skipped, and cannot have known that they might be: those of the kernel, and of
 * modules that do not use kdefer. What such a function held, nobody gives back. And waits that are
 * skipped, whose entry is on the stack that is given up.
 */
#include "impl.h"

/* What was said already: one function and one place a slot. */
#define KDEFER_SAID_BITS	8
static atomic_long_t kdefer_said[1 << KDEFER_SAID_BITS];

/*
 * The fingerprints of parts of stacks in which the host's walk has found nothing to say: what
 * looked like a return address of others was left there by a call that has returned. That stays on
 * a stack for as long as nobody stores anything there, and would cost each recovery a walk.
 */
#define KDEFER_JUDGED_BITS	6
static atomic_long_t kdefer_judged[1 << KDEFER_JUDGED_BITS];

/* The addresses of code that goes may soon be those of other code. */
void kdefer_forget_said(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(kdefer_said); i++)
		atomic_long_set(&kdefer_said[i], 0);
	for (i = 0; i < ARRAY_SIZE(kdefer_judged); i++)
		atomic_long_set(&kdefer_judged[i], 0);
}

/*
 * Whether that was said before; from now on it was. With every slot taken there is no more to say:
 * who reads a log has plenty.
 */
static bool kdefer_was_said(unsigned long function, unsigned long place)
{
	/* Two pairs have the same key about never, and a warning is then lost. */
	long key = (long)(function + hash_64(place, 64)) | 1;
	unsigned int at = hash_64(key, KDEFER_SAID_BITS);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(kdefer_said); i++) {
		atomic_long_t *slot = &kdefer_said[(at + i) % ARRAY_SIZE(kdefer_said)];
		long old = atomic_long_read(slot);

		if (!old)
			old = atomic_long_cmpxchg(slot, 0, key);
		if (!old || old == key)
			return old;
	}
	return true;
}

/*
 * The name that the user knows: that of a KDEFER function for its body, and none of what tells
 * where a function is from, or which part of one it is. False for a function without a name, as the
 * static ones of a library are: they have been called by one that has a name.
 */
static bool kdefer_name_function(unsigned long ip, char *name, size_t size)
{
	char buf[KDEFER_NAME_SIZE];
	size_t part = 0;

	snprintf(buf, sizeof(buf), "%ps", (void *)ip);
	buf[strcspn(buf, ". ")] = '\0';
	if (!strncmp(buf, KDEFER_THUNK_PREFIX, strlen(KDEFER_THUNK_PREFIX)))
		part = strlen(KDEFER_THUNK_PREFIX);
	snprintf(name, size, "%s", buf + part);
	return strncmp(name, "0x", 2);
}

static const char *kdefer_what(const struct kdefer_skipping *s)
{
	return s->panic->goexit ? "goexit" : "panic";
}

static void kdefer_say_where(const struct kdefer_skipping *s, unsigned long ip)
{
	pr_warn("kdefer: it was skipped at %pS; the thread goes on in %ps\n", (void *)ip,
		(void *)s->place);
}

#define KDEFER_HELD		"which did not get to give back what it held"
#define KDEFER_RECOVER_THERE	"recover in the function that it calls, and return an error"
#define KDEFER_IF_HARMLESS	"if it holds nothing, KDEFER_MAY_SKIP() says so"
#define KDEFER_WAITS_FOR_RETURN	"with which a BPF program (fexit) waits for a function's return"
#define KDEFER_IS_KEPT		"it is not run, and the kernel never frees this trampoline"
#define KDEFER_DETACH		"detach such programs from functions that a panic may skip"
#define KDEFER_USE_GUARD	"a kdefer_guard(), kdefer_owned() or kdefer_class()"
#define KDEFER_RAISE_NOTHING							\
	"raise nothing in the condition of wait_event(), nor before finish_wait()"
#define KDEFER_OWN_ELSEWHERE							\
	"own it in a plain function, and defer its end in a KDEFER function that this one calls"

/* Says that what @before, @name and @after tell was skipped at @ip. */
static void kdefer_say(const struct kdefer_skipping *s, unsigned long ip, const char *before,
		       const char *name, const char *after)
{
	kdefer_host_report_begin();
	pr_warn("kdefer: thread %s[%d]: a %s skipped %s%s%s\n", current->comm,
		task_pid_nr(current), kdefer_what(s), before, name, after);
	kdefer_say_where(s, ip);
	kdefer_host_report_end();
}

/* The function's name, and where it had got to. */
static void kdefer_name_call(const struct kdefer_skipping *s, unsigned long ip, char *call,
			     size_t size)
{
	char name[KDEFER_NAME_SIZE];

	kdefer_name_function(ip, name, sizeof(name));
	if (s->file)
		scnprintf(call, size, "%s() at %s:%u", name, s->file, s->line);
	else
		scnprintf(call, size, "%s()", name);
}

/* The release that the compiler was to call at the end of a block. */
static void kdefer_found_cleanup(const struct kdefer_skipping *s, unsigned long ip)
{
	enum kdefer_strict strict = kdefer_host_strict();
	char name[KDEFER_NAME_SIZE];

	kdefer_event_skipped(ip, s->place);
	if (strict == KDEFER_STRICT_WARN && kdefer_was_said(ip, s->place))
		return;
	if (strict == KDEFER_STRICT_THROW) {
		kdefer_name_function(ip, name, sizeof(name));
		kdefer_throw(SKIPPED_CLEANUP, kdefer_what(s), name);
	}
	kdefer_name_call(s, ip, name, sizeof(name));
	kdefer_say(s, ip, "the release of a guard(), __free() or CLASS() in ", name,
		   ": make it a KDEFER function with " KDEFER_USE_GUARD);
}

static void kdefer_found_skipped(void *arg, unsigned long ip, unsigned long frame)
{
	enum kdefer_strict strict = kdefer_host_strict();
	struct kdefer_skipping *s = arg;
	char name[KDEFER_NAME_SIZE];

	/* After a call that does not return there may be no more of the function. */
	ip--;
	if (s->cleanup) {
		s->found = true;
		kdefer_found_cleanup(s, ip);
	}
	if (kdefer_host_is_users(ip))
		return;
	s->found = true;
	kdefer_event_skipped(ip, s->place);
	if (strict == KDEFER_STRICT_WARN && kdefer_was_said(ip, s->place))
		return;
	if (!kdefer_name_function(ip, name, sizeof(name)) || kdefer_host_may_skip(name, s->place))
		return;
	if (strict == KDEFER_STRICT_THROW)
		kdefer_throw(SKIPPED, kdefer_what(s), name);
	if (kdefer_host_skips_trampoline(name))
		kdefer_say(s, ip, "", name,
			   ", " KDEFER_WAITS_FOR_RETURN ": " KDEFER_IS_KEPT "; " KDEFER_DETACH);
	else
		kdefer_say(s, ip, "", name,
			   "(), " KDEFER_HELD ": " KDEFER_RECOVER_THERE "; " KDEFER_IF_HARMLESS);
}

/* The newest function whose frame begins below an object is the one that has it. */
static void kdefer_find_owner(void *arg, unsigned long ip, unsigned long frame)
{
	struct kdefer_skipping *s = arg;

	if (frame <= s->address)
		s->owner = ip - 1;
}

/* The host has found a wait's entry, still in its queue, on the stack that is given up. */
void kdefer_found_wait(struct kdefer_skipping *s, struct wait_queue_entry *wait)
{
	char name[KDEFER_NAME_SIZE];

	s->address = (unsigned long)wait;
	s->owner = s->panic->shown.value.ip;
	kdefer_host_walk(s, kdefer_find_owner);
	kdefer_name_function(s->owner, name, sizeof(name));
	if (!kdefer_host_remove_wait(wait))
		kdefer_throw(WAIT_LEFT, kdefer_what(s), name);
	kdefer_event_skipped(s->owner, s->place);
	if (kdefer_was_said(s->owner, s->place))
		return;
	kdefer_say(s, s->owner, "a wait in ", name,
		   "(), whose entry was still in the queue: taken off; " KDEFER_RAISE_NOTHING
		   ": look for errors after the wait");
}

/*
 * The host has found something else that was pending, on the stack that is given up: @what it is,
 * and whether it is so no more.
 */
void kdefer_found_pending(struct kdefer_skipping *s, const void *object, const char *what,
			  bool ended)
{
	char name[KDEFER_NAME_SIZE], before[64];

	s->address = (unsigned long)object;
	s->owner = s->panic->shown.value.ip;
	kdefer_host_walk(s, kdefer_find_owner);
	kdefer_name_function(s->owner, name, sizeof(name));
	if (!ended)
		kdefer_throw(PENDING_LEFT, kdefer_what(s), what, name);
	kdefer_event_skipped(s->owner, s->place);
	/* There may be a wait besides, or another kind of object. */
	if (kdefer_was_said(s->owner ^ (unsigned long)what, s->place))
		return;
	snprintf(before, sizeof(before), "the end of %s on the stack of ", what);
	kdefer_say(s, s->owner, before, name, "(): cancelled; " KDEFER_OWN_ELSEWHERE);
}

/* Looks at the functions one by one, unless that has led to nothing where all was as it is here. */
static void kdefer_walk_skipped(struct kdefer_skipping *s)
{
	u64 print = kdefer_host_fingerprint(s);
	atomic_long_t *judged = &kdefer_judged[hash_64(print, KDEFER_JUDGED_BITS)];

	if (print && (u64)atomic_long_read(judged) == print)
		return;
	kdefer_host_walk(s, kdefer_found_skipped);
	if (!s->found)
		atomic_long_set(judged, print);
}

/*
 * The functions between where @p was raised and where @to was saved are about to be skipped; the
 * thread goes on in the function that @place is an address of. To be called before anything is
 * unlinked, so that a throw prints the panic. Not inlined: it is known to valgrind by its name.
 */
noinline void kdefer_look_at_skipped(const struct kdefer_panic *p, const struct kdefer_regs *to,
			    unsigned long place)
{
	struct kdefer_skipping s = {
		.panic = p,
		.sp = to->sp ^ p->task->secret,
		.place = place,
	};

	kdefer_check_jump(p->task, to);
	if (kdefer_host_scan(&s) && kdefer_host_strict() != KDEFER_STRICT_OFF)
		kdefer_walk_skipped(&s);
}
