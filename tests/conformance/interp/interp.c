// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs programs with kdefer, and writes down what happens. go/interp.go does the same with Go's own
 * defer, panic, recover and Goexit, word for word.
 */
#include <linux/completion.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <kdefer/kdefer.h>

#include "conf.h"

#define CONF_TOKENS	64
#define CONF_LINE	64

struct conf_task;

/**
 * struct conf_object - what kpanic_ptr() raises
 * @task: the task it belongs to
 * @number: its number in the program's text
 * @released: kdefer gave it up
 */
struct conf_object {
	struct conf_task *task;
	s32 number;
	bool released;
};

/**
 * struct conf_act - one activation of a function
 * @task: the task
 * @function: which function
 * @parent: the activation that deferred it; NULL if it was called
 * @outer: the deferred call that was running when it began
 * @serial: its place in the order in which activations began
 * @depth: activations around it, those that a panic interrupted included
 * @site: how deep the newest panic stood when it began
 * @pc: the next instruction
 * @count: how often the loops around it still run
 * @result: its result
 * @outcome: the end of the last kdefer_run(); its value is also what was recovered last
 * @got: something was recovered
 * @recovered: it has recovered something
 * @returned: it has returned, and no panic is known to run its deferred calls
 * @nil: it deferred a NULL function
 * @in_frame: another KDEFER function calls it
 */
struct conf_act {
	struct conf_task *task;
	const struct conf_function *function;
	struct conf_act *parent;
	struct conf_act *outer;
	u32 serial;
	u32 depth;
	u32 site;
	u32 pc;
	s32 count[CONF_MAX_BLOCKS];
	long *result;
	struct kdefer_outcome outcome;
	bool got;
	bool recovered;
	bool returned;
	bool nil;
	bool in_frame;
};

struct conf_register {
	bool set;
	struct kdefer_value value;
};

/**
 * struct conf_task - a thread that runs a program
 * @program: the program
 * @number: which of its tasks
 * @thread: the thread
 * @started: the thread runs
 * @fuel: instructions it may still run
 * @site: how deep the newest panic stands, 0 without one
 * @exiting: a goexit is in progress
 * @running: the newest deferred call that has not ended, as far as is known
 * @serial: activations that began
 * @act: room for its activations
 * @nr_acts: how many there were
 * @object: room for its objects
 * @nr_objects: how many there were
 * @token: tokens that it was given
 * @nr_tokens: how many there were
 * @seen: identities of values, by the number that the output shows
 * @nr_seen: how many there were
 * @kept: the registers
 * @output: the output
 * @len: its length
 * @size: its room
 */
struct conf_task {
	const struct conf_program *program;
	u32 number;
	struct task_struct *thread;
	struct completion started;
	s32 fuel;
	u32 site;
	bool exiting;
	u32 serial;
	struct conf_act *running;
	struct conf_act *act;
	u32 nr_acts;
	struct conf_object *object;
	u32 nr_objects;
	struct kdefer_panic *token[CONF_TOKENS];
	u32 nr_tokens;
	u64 *seen;
	u32 nr_seen;
	struct conf_register kept[CONF_REGISTERS];
	char *output;
	size_t len;
	size_t size;
};

static __printf(2, 3) void conf_print(struct conf_task *t, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	t->len += vscnprintf(t->output + t->len, t->size - t->len, fmt, args);
	va_end(args);
}

static int conf_object_print(const void *ptr, char *buf, size_t size)
{
	const struct conf_object *o = ptr;

	return scnprintf(buf, size, "%d%s", o->number, o->released ? " after release" : "");
}

static void conf_object_release(void *ptr)
{
	struct conf_object *o = ptr;

	if (o->released)
		conf_print(o->task, "object %d released twice\n", o->number);
	o->released = true;
}

static const struct kdefer_type conf_type = {
	.name = "object",
	.print = conf_object_print,
	.release = conf_object_release,
};

/* Numbers identities in the order in which they are seen, since the other side has other ones. */
static u32 conf_identity(struct conf_task *t, u64 id)
{
	u32 i;

	for (i = 0; i < t->nr_seen; i++)
		if (t->seen[i] == id)
			return i;
	t->seen[t->nr_seen] = id;
	return t->nr_seen++;
}

static void conf_print_value(struct conf_task *t, const struct kdefer_value *v)
{
	const struct conf_object *o;

	switch (v->kind) {
	case KDEFER_ERRNO:
		conf_print(t, "e%d", v->err);
		break;
	case KDEFER_MESSAGE:
		conf_print(t, "%.*s", (int)strcspn(v->message, "\n"), v->message);
		break;
	case KDEFER_POINTER:
		o = v->ptr;
		conf_print(t, "p%d%s", o->number, o->released ? " after release" : "");
		break;
	case KDEFER_NIL:
		conf_print(t, "nil");
		return;
	case KDEFER_FAULT:
		conf_print(t, "fault");
		return;
	}
	conf_print(t, "#%u", conf_identity(t, v->id));
}

static void conf_print_answer(struct conf_task *t, char who, const struct kdefer_value *v)
{
	conf_print(t, "%c ", who);
	if (v)
		conf_print_value(t, v);
	else
		conf_print(t, "-");
	conf_print(t, "\n");
}

static struct conf_act *conf_new_act(struct conf_task *t, u32 function)
{
	struct conf_act *a = &t->act[t->nr_acts++];

	memset(a, 0, sizeof(*a));
	a->task = t;
	a->function = &t->program->function[function];
	return a;
}

static struct conf_act *conf_new_deferred(struct conf_act *a, const struct conf_op *op)
{
	struct conf_act *d = conf_new_act(a->task, op->arg[0]);

	d->parent = a;
	d->in_frame = op->code == CONF_DEFER_FRAME || op->code == CONF_BLIND_FRAME;
	conf_print(a->task, "defer %d\n", op->arg[0]);
	return d;
}

/* A deferred NULL function panics on top of the function that deferred it. */
static u32 conf_site_below(const struct conf_act *a)
{
	return a->nil ? max(a->site, a->depth) : a->site;
}

/* The deferred call @d has ended: which panic is the newest one now? */
static void conf_ended(struct conf_task *t, const struct conf_act *d)
{
	struct conf_act *parent = d->parent;
	bool raised = t->site > d->site;

	t->running = d->outer;
	if (d->recovered && !raised && !t->exiting) {
		parent->returned = true;
		t->site = conf_site_below(parent);
		return;
	}
	/* A panic on top of a return stays there until it is recovered. */
	if (raised && parent->returned) {
		parent->returned = false;
		return;
	}
	/* What was raised in a call that a panic ran takes that panic's place. */
	t->site = d->site;
}

/*
 * A deferred call stands on top of the panic that runs it, so that depth is not what the calls make
 * of it. When a function runs a deferred call, those that it or what it called ran before have
 * ended.
 */
static void conf_enter_deferred(struct conf_act *a)
{
	struct conf_task *t = a->task;

	while (t->running && a->parent->serial <= t->running->parent->serial)
		conf_ended(t, t->running);
	a->outer = t->running;
	a->depth = max(a->parent->depth, t->site) + a->in_frame;
	t->running = a;
}

static bool conf_enter(struct conf_act *a, struct kdefer_panic *token)
{
	struct conf_task *t = a->task;

	if (a->parent)
		conf_enter_deferred(a);
	a->site = t->site;
	a->depth++;
	a->serial = t->serial++;
	conf_print(t, "%s %d%s\n", a->parent ? "run" : "enter",
		   (int)(a->function - t->program->function),
		   a->depth > t->program->depth ? " too deep" : "");
	if (token && t->nr_tokens < CONF_TOKENS)
		t->token[t->nr_tokens++] = token;
	return a->depth <= t->program->depth;
}

static const struct conf_op *conf_fetch(struct conf_act *a)
{
	struct conf_task *t = a->task;

	if (a->pc == a->function->nr || t->fuel == 0)
		return NULL;
	t->fuel--;
	return &t->program->op[a->function->first + a->pc++];
}

static void conf_jump(struct conf_act *a, const struct conf_op *op)
{
	a->pc = op->jump + 1 - a->function->first;
}

static void conf_end(struct conf_act *a, const struct conf_op *op)
{
	if (op->loop && --a->count[op->block] > 0)
		conf_jump(a, op);
}

/*
 * A panic and what runs its deferred calls need about as much stack as two calls, kdefer_run() as
 * much as one.
 */
#define CONF_PANIC_DEPTH	2
#define CONF_RUN_DEPTH		1

static void conf_raising(struct conf_act *a)
{
	a->task->site = a->depth + CONF_PANIC_DEPTH;
}

static void conf_defers_nil(struct conf_act *a)
{
	if (!a->nil)
		a->depth += CONF_PANIC_DEPTH;
	a->nil = true;
	a->task->site = max(a->task->site, a->depth);
}

static noinline void conf_panic(struct conf_task *t, const struct conf_op *op)
{
	struct conf_object *o;
	char kind = op->arg[0];
	int number = op->arg[1];

	conf_print(t, "panic %c%d\n", kind, number);
	switch (kind) {
	case 'e':
		/* Zero would be a nil panic. */
		kpanic(number ?: 1);
	case 'm':
		kpanicf("message %d", number);
	case 'l':
		kpanicf("message %d\nof two lines", number);
	case 'p':
		o = &t->object[t->nr_objects++];
		*o = (struct conf_object){ .task = t, .number = number };
		kpanic_ptr(o, &conf_type);
	case 'n':
		kpanic(0);
	}
}

static noinline void conf_recover(struct conf_act *a, struct kdefer_panic *token)
{
	const struct kdefer_value *look = kdefer_panic_value(token);
	u64 id = look ? look->id : 0;
	struct kdefer_value *v = &a->outcome.value;

	a->got = krecover(token, v);
	a->recovered |= a->got;
	if (a->got && id != v->id)
		conf_print(a->task, "looked like another\n");
	conf_print_answer(a->task, 'r', a->got ? v : NULL);
}

/* A function that was not given the token: what it has is nothing. */
static noinline void conf_recover_without(struct conf_act *a, char who)
{
	struct kdefer_value v;

	conf_print_answer(a->task, who, krecover(NULL, &v) ? &v : NULL);
}

/* Tokens of other deferred calls, that have ended or wait for this one, are worth nothing. */
static noinline void conf_recover_old(struct conf_act *a, struct kdefer_panic *token)
{
	struct conf_task *t = a->task;
	struct kdefer_value v;
	bool got = false;
	u32 i;

	for (i = 0; token && !got && i < t->nr_tokens; i++)
		if (t->token[i] != token)
			got = krecover(t->token[i], &v);
	conf_print_answer(t, 'o', got ? &v : NULL);
}

static void conf_recover_at_exit(void *token)
{
	krecover(token, NULL);
}

static void conf_raise_again(struct conf_act *a)
{
	if (!a->got)
		return;
	conf_raising(a);
	conf_print(a->task, "again\n");
	kpanic_value(&a->outcome.value);
}

/* An object does not outlive the deferred call that recovered it. */
static void conf_keep(struct conf_act *a, u32 number)
{
	struct conf_register *r = &a->task->kept[number];

	if (!a->got || a->outcome.value.kind == KDEFER_POINTER)
		return;
	r->set = true;
	r->value = a->outcome.value;
}

static void conf_raise_kept(struct conf_act *a, u32 number)
{
	struct conf_task *t = a->task;

	if (!t->kept[number].set)
		return;
	conf_raising(a);
	conf_print(t, "raise %u\n", number);
	kpanic_value(&t->kept[number].value);
}

static long conf_exec(struct conf_act *a, struct kdefer_panic *token);

static noinline long conf_call(struct conf_act *a, u32 function)
{
	struct conf_task *t = a->task;
	struct conf_act *callee = conf_new_act(t, function);
	struct conf_act *running = t->running;
	u32 site = t->site;
	long result;

	callee->depth = a->depth;
	result = conf_exec(callee, NULL);
	t->site = site;
	t->running = running;
	conf_print(t, "back %u = %ld\n", function, result);
	return result;
}

static long conf_main(void *act)
{
	return conf_exec(act, NULL);
}

static void conf_print_outcome(struct conf_task *t, const struct kdefer_outcome *out)
{
	switch (out->how) {
	case KDEFER_RETURNED:
		conf_print(t, "returned %ld\n", out->result);
		return;
	case KDEFER_GOEXITED:
		conf_print(t, "goexited %ld\n", out->result);
		return;
	case KDEFER_PANICKED:
		conf_print(t, "panicked ");
		conf_print_value(t, &out->value);
		conf_print(t, " %ld %d\n", out->result, out->value.err);
		return;
	}
}

/* Runs the activation on a thread of the pool, which sees whatever this one has left there. */
static void conf_run_in_group(struct conf_act *callee, struct kdefer_outcome *out)
{
	struct kdefer_group g;

	kdefer_group_init(&g);
	if (kdefer_group_go(&g, conf_main, callee))
		conf_print(callee->task, "no thread\n");
	kdefer_group_wait(&g, out);
}

/**
 * struct conf_go - what a thread of the go statement is to run
 * @callee: the activation
 * @out: how it has ended
 * @ended: its deferred calls have run
 */
struct conf_go {
	struct conf_act *callee;
	struct kdefer_outcome out;
	struct completion ended;
};

/* Nobody is told how the thread ends, so the deferred call that runs last writes it down. */
static void conf_go_end(void *arg, struct kdefer_panic *token)
{
	const struct kdefer_value *v = kdefer_panic_value(token);
	struct conf_go *go = arg;

	if (v) {
		go->out.how = KDEFER_PANICKED;
		go->out.result = v->err;
		go->out.value = *v;
	}
	conf_print_outcome(go->callee->task, &go->out);
	complete(&go->ended);
}

static KDEFER_DEFINE_VOID1(conf_go_main, void *, arg)
{
	struct conf_go *go = arg;

	/* Unless something else becomes of it. */
	go->out.how = KDEFER_GOEXITED;
	go->out.result = 0;
	kdefer(conf_go_end, go);
	conf_main(go->callee);
	go->out.how = KDEFER_RETURNED;
}

static noinline void conf_go_statement(struct conf_act *a, u32 function)
{
	struct conf_task *t = a->task;
	struct conf_act *running = t->running;
	struct conf_go go;
	bool exiting = t->exiting;
	u32 site = t->site;

	go.callee = conf_new_act(t, function);
	go.callee->depth = a->depth + CONF_RUN_DEPTH;
	a->got = false;
	t->exiting = false;
	init_completion(&go.ended);
	if (kdefer_go(conf_go_main, &go))
		conf_print(t, "no thread\n");
	else
		wait_for_completion(&go.ended);
	t->site = site;
	t->running = running;
	t->exiting = exiting;
}

static noinline void conf_barrier(struct conf_act *a, u32 function, enum conf_code code)
{
	struct conf_task *t = a->task;
	struct conf_act *callee = conf_new_act(t, function);
	struct conf_act *running = t->running;
	bool exiting = t->exiting;
	u32 site = t->site;

	callee->depth = a->depth + CONF_RUN_DEPTH;
	a->got = false;
	t->exiting = false;
	if (code == CONF_GROUP)
		conf_run_in_group(callee, &a->outcome);
	else
		kdefer_run(conf_main, callee, &a->outcome);
	t->site = site;
	t->running = running;
	t->exiting = exiting;
	conf_print_outcome(t, &a->outcome);
	if (a->outcome.how != KDEFER_PANICKED)
		return;
	if (code == CONF_RERUN) {
		conf_raising(a);
		kpanic_value(&a->outcome.value);
	}
	kdefer_value_release(&a->outcome.value);
}

/* Instructions that defer nothing. */
static void conf_do(struct conf_act *a, const struct conf_op *op, struct kdefer_panic *token)
{
	struct conf_task *t = a->task;

	switch (op->code) {
	case CONF_SAY:
		conf_print(t, "say %d\n", op->arg[0]);
		break;
	case CONF_CALL:
		conf_call(a, op->arg[0]);
		break;
	case CONF_RUN:
	case CONF_RERUN:
	case CONF_GROUP:
		conf_barrier(a, op->arg[0], op->code);
		break;
	case CONF_GO:
		conf_go_statement(a, op->arg[0]);
		break;
	case CONF_PANIC:
		conf_raising(a);
		conf_panic(t, op);
		break;
	case CONF_AGAIN:
		conf_raise_again(a);
		break;
	case CONF_RAISE:
		conf_raise_kept(a, op->arg[0]);
		break;
	case CONF_GOEXIT:
		conf_raising(a);
		t->exiting = true;
		conf_print(t, "goexit %d\n", op->arg[0]);
		kgoexit(op->arg[0]);
	case CONF_KEEP:
		conf_keep(a, op->arg[0]);
		break;
	case CONF_HELPER:
		conf_recover_without(a, 'h');
		break;
	case CONF_CLOSURE:
		conf_recover_without(a, 'c');
		break;
	case CONF_RECOVER:
		conf_recover(a, token);
		break;
	case CONF_OLD:
		conf_recover_old(a, token);
		break;
	case CONF_SET:
		*a->result = op->arg[0];
		break;
	case CONF_SET_PARENT:
		if (a->parent)
			*a->parent->result = op->arg[0];
		break;
	case CONF_YIELD:
		cond_resched();
		break;
	case CONF_LOOP:
		a->count[op->block] = op->arg[0];
		break;
	case CONF_IF:
		if (t->fuel % op->arg[0] != op->arg[1])
			conf_jump(a, op);
		break;
	case CONF_GOT:
		if (!a->got)
			conf_jump(a, op);
		break;
	case CONF_END:
		conf_end(a, op);
		break;
	}
}

static void conf_deferred(void *act, struct kdefer_panic *token)
{
	conf_exec(act, token);
}

static void conf_blind(void *act)
{
	conf_deferred(act, NULL);
}

static KDEFER_DEFINE_VOID2(conf_deferred_frame, void *, act, struct kdefer_panic *, token)
{
	conf_deferred(act, token);
}

static KDEFER_DEFINE_VOID1(conf_blind_frame, void *, act)
{
	conf_deferred(act, NULL);
}

DEFINE_KDEFER(conf_blind_typed, struct conf_act *, conf_deferred(_T, NULL))

/*
 * Instructions that defer a call without a token, or nothing. A macro, for kdefer() stands in the
 * body of the function that defers.
 */
#define CONF_DO(act, instruction, token)					\
do {										\
	struct conf_act *__a = (act);						\
	const struct conf_op *__op = (instruction);				\
										\
	switch (__op->code) {							\
	case CONF_BLIND:							\
		kdefer(conf_blind, conf_new_deferred(__a, __op));		\
		break;								\
	case CONF_BLIND_FRAME:							\
		kdefer(conf_blind_frame, conf_new_deferred(__a, __op));		\
		break;								\
	case CONF_BLIND_TYPED:							\
		kdefer(conf_blind_typed, conf_new_deferred(__a, __op));		\
		break;								\
	case CONF_NIL:								\
		conf_defers_nil(__a);						\
		if (__op->arg[0] == 0)						\
			kdefer(NULL, __a);					\
		else if (__op->arg[0] == 1)					\
			kdefer((kdefer_fn)NULL, __a);				\
		else								\
			kdefer((kdefer_token_fn)NULL, __a);			\
		break;								\
	default:								\
		conf_do(__a, __op, token);					\
	}									\
} while (0)

/* The next instruction, unless it is the function's return. */
static const struct conf_op *conf_next(struct conf_act *a, long *result)
{
	const struct conf_op *op = conf_fetch(a);

	if (op && op->code != CONF_RETURN)
		return op;
	a->returned = true;
	if (op)
		*result = op->arg[0];
	return NULL;
}

/* A function that no recovery returns to: kdefer makes another one of it. */
static KDEFER_DEFINE2(long, conf_exec_plain, struct conf_act *, a, struct kdefer_panic *, token)
{
	const struct conf_op *op;

	a->result = &kdefer_result;
	if (!conf_enter(a, token))
		return 0;
	while ((op = conf_next(a, &kdefer_result)))
		CONF_DO(a, op, token);
	return kdefer_result;
}

static KDEFER_DEFINE2(long, conf_exec_landing, struct conf_act *, a, struct kdefer_panic *, token)
{
	const struct conf_op *op;

	a->result = &kdefer_result;
	if (!conf_enter(a, token))
		return 0;
	while ((op = conf_next(a, &kdefer_result))) {
		switch (op->code) {
		case CONF_DEFER:
			kdefer(conf_deferred, conf_new_deferred(a, op));
			break;
		case CONF_DEFER_FRAME:
			kdefer(conf_deferred_frame, conf_new_deferred(a, op));
			break;
		case CONF_DEFER_RECOVER:
			kdefer(conf_recover_at_exit, token);
			break;
		default:
			CONF_DO(a, op, token);
		}
	}
	return kdefer_result;
}

static long conf_exec(struct conf_act *a, struct kdefer_panic *token)
{
	return a->function->recovers ? conf_exec_landing(a, token) : conf_exec_plain(a, token);
}

static int conf_thread(void *arg)
{
	struct conf_task *t = arg;

	complete(&t->started);
	return conf_main(conf_new_act(t, t->program->main[t->number]));
}

static void conf_free_task(struct conf_task *t)
{
	kvfree(t->act);
	kvfree(t->object);
	kvfree(t->seen);
	kvfree(t->output);
}

/* Every instruction makes at most one activation, one object and one value, and says one line. */
static int conf_init_task(struct conf_task *t, const struct conf_program *program, u32 number)
{
	u32 room = program->fuel + 1;

	t->program = program;
	t->number = number;
	t->fuel = program->fuel;
	init_completion(&t->started);
	t->size = 2 * room * CONF_LINE;
	t->act = kvmalloc_array(room, sizeof(*t->act), GFP_KERNEL);
	t->object = kvmalloc_array(room, sizeof(*t->object), GFP_KERNEL);
	t->seen = kvmalloc_array(room, sizeof(*t->seen), GFP_KERNEL);
	t->output = kvmalloc(t->size, GFP_KERNEL);
	if (!t->act || !t->object || !t->seen || !t->output)
		return -ENOMEM;
	t->thread = kdefer_kthread_create(conf_thread, t, "%u/%u", program->number, number);
	return PTR_ERR_OR_ZERO(t->thread);
}

static void conf_join_task(struct conf_task *t)
{
	struct kdefer_outcome *out = &t->act[0].outcome;
	u32 i;

	/* A thread that was stopped before it ran would never run. */
	wait_for_completion(&t->started);
	kdefer_kthread_stop(t->thread, out);
	/* The object of a panic that ends a thread is released after the last deferred call. */
	kdefer_go_wait();
	conf_print_outcome(t, out);
	if (out->how == KDEFER_PANICKED)
		kdefer_value_release(&out->value);
	for (i = 0; i < t->nr_objects; i++)
		if (!t->object[i].released)
			conf_print(t, "object %d not released\n", t->object[i].number);
	if (t->len + CONF_LINE > t->size)
		conf_print(t, "no room\n");
}

static __printf(2, 3) int conf_write(struct conf_sink *sink, const char *fmt, ...)
{
	char line[160];
	va_list args;
	int len;

	va_start(args, fmt);
	len = vscnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	return sink->write(sink, line, len);
}

static int conf_write_output(const struct conf_program *program, const struct conf_task *tasks,
			     struct conf_sink *sink)
{
	int ret = conf_write(sink, "program %u\n", program->number);
	u32 i;

	for (i = 0; !ret && i < program->nr_tasks; i++) {
		ret = conf_write(sink, "task %u\n", i);
		ret = ret ?: sink->write(sink, tasks[i].output, tasks[i].len);
	}
	return ret ?: conf_write(sink, "end\n");
}

/* Runs all tasks of @program at once and writes their output. */
static int conf_run(const struct conf_program *program, struct conf_sink *sink)
{
	struct conf_task *tasks = kvcalloc(program->nr_tasks, sizeof(*tasks), GFP_KERNEL);
	u32 i, nr = 0;
	int ret = 0;

	if (!tasks)
		return -ENOMEM;
	while (!ret && nr < program->nr_tasks) {
		ret = conf_init_task(&tasks[nr], program, nr);
		nr += !ret;
	}
	for (i = 0; i < nr; i++)
		wake_up_process(tasks[i].thread);
	for (i = 0; i < nr; i++)
		conf_join_task(&tasks[i]);
	ret = ret ?: conf_write_output(program, tasks, sink);
	for (i = 0; i < program->nr_tasks; i++)
		conf_free_task(&tasks[i]);
	kvfree(tasks);
	return ret;
}

/*
 * Reads the next program, runs it and writes its output; writes "malformed" and why if it is none.
 * Returns 1, or 0 at the end of the text, or an errno.
 */
int conf_run_next(struct conf_source *source, struct conf_sink *sink)
{
	struct conf_program *program = kvmalloc(sizeof(*program), GFP_KERNEL);
	int ret;

	if (!program)
		return -ENOMEM;
	ret = conf_parse(source, program);
	if (ret > 0)
		ret = conf_run(program, sink) ?: 1;
	else if (ret < 0)
		conf_write(sink, "malformed: line %u: %s\n", source->line, source->reason);
	kvfree(program);
	return ret;
}
