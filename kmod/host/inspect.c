// SPDX-License-Identifier: GPL-2.0-only
/*
 * Looking at other threads: their frames, pending deferred calls and panics.
 *
 * The thread that is looked at takes no notice, and pays nothing: meanwhile it may change and free
 * all but its stack and its struct kdefer_attachment. So whatever a pointer leads to is copied with
 * copy_from_kernel_nofault(), which survives any address. Frames and panics must lie on the
 * thread's stack, each above the one before, so that every walk ends; records are counted. What
 * comes out may still be wrong, and is marked so if the thread ran between the first look and the
 * last. It did not if it is on no CPU at both ends and was not switched away in between.
 */
#include <linux/kthread.h>
#include <linux/sched.h>
#include <linux/sched/task_stack.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "host.h"
#include "registry.h"

/* Of one thread, more than this is not shown. */
#define KDEFER_SEEN_LINES	256
#define KDEFER_SEEN_PANICS	16

/* What a line says of. */
enum kdefer_seen_what {
	KDEFER_SEEN_THREAD,
	KDEFER_SEEN_RUN,
	KDEFER_SEEN_ROOT,
	KDEFER_SEEN_FRAME,
	KDEFER_SEEN_DEFER,
	KDEFER_SEEN_PANIC,
};

/**
 * struct kdefer_seen_line - a line about a thread
 * @what: what it says of
 * @address: of the function; the number of the panic for KDEFER_SEEN_PANIC
 */
struct kdefer_seen_line {
	enum kdefer_seen_what what;
	unsigned long address;
};

/**
 * struct kdefer_seen - what was seen of a thread, with no pointer into it
 * @comm: its name
 * @pid: its number
 * @kthread: kdefer started it
 * @changing: it ran meanwhile
 * @cut: there was more than fits
 * @stack_lo: lowest address of its stack
 * @stack_hi: first address above its stack
 * @deepest: as in &struct kdefer_task
 * @nr_lines: entries in @line
 * @line: tasks, frames, calls and panics, newest first
 * @nr_panics: entries in @panic
 * @panic: the panics, newest first
 */
struct kdefer_seen {
	char comm[TASK_COMM_LEN];
	pid_t pid;
	bool kthread;
	bool changing;
	bool cut;
	unsigned long stack_lo;
	unsigned long stack_hi;
	unsigned long deepest;
	unsigned int nr_lines;
	struct kdefer_seen_line line[KDEFER_SEEN_LINES];
	unsigned int nr_panics;
	struct kdefer_panic panic[KDEFER_SEEN_PANICS];
};

/* Copies *@from, whatever that pointer is. */
#define kdefer_peek(to, from)	(!copy_from_kernel_nofault((to), (from), sizeof(*(to))))

/* The same for an object on the thread's stack; it must lie above *@above, and moves that up. */
static bool kdefer_peek_stack(const struct kdefer_seen *s, void *to, const void *from, size_t size,
			      unsigned long *above)
{
	unsigned long at = (unsigned long)from;

	if (at <= *above || at % sizeof(long) || at < s->stack_lo || at > s->stack_hi - size)
		return false;
	*above = at;
	return !copy_from_kernel_nofault(to, from, size);
}

static void kdefer_see_line(struct kdefer_seen *s, enum kdefer_seen_what what,
			    unsigned long address)
{
	if (s->nr_lines == KDEFER_SEEN_LINES) {
		s->cut = true;
		return;
	}
	s->line[s->nr_lines].what = what;
	s->line[s->nr_lines].address = address;
	s->nr_lines++;
}

static void kdefer_see_defer(struct kdefer_seen *s, kdefer_any_fn fn, const void *arg)
{
	struct kdefer_guarded guard;

	if (fn == kdefer_fn_cast(kdefer_any_fn, __kdefer_guard_run) && kdefer_peek(&guard, arg))
		fn = guard.destroy;
	kdefer_see_line(s, KDEFER_SEEN_DEFER, (unsigned long)fn);
}

static void kdefer_see_panic(struct kdefer_seen *s, const struct kdefer_panic *p)
{
	if (s->nr_panics == KDEFER_SEEN_PANICS) {
		s->cut = true;
		return;
	}
	kdefer_see_line(s, KDEFER_SEEN_PANIC, s->nr_panics);
	s->panic[s->nr_panics++] = *p;
}

/*
 * How far the look at a thread's records has come, newest first: @chunk is a copy of the chunk that
 * the record at @at is in, and @frame the frame that owns it. There are never more chunks than
 * lines.
 */
struct kdefer_seen_at {
	struct kdefer_chunk chunk;
	const struct kdefer *at;
	unsigned int chunks;
	const struct kdefer_frame *frame;
	unsigned long frame_at;
	unsigned long panic_at;
};

/* Copies the next older record; *@more says whether there is one. */
static bool kdefer_peek_record(struct kdefer_seen_at *w, const struct kdefer *floor,
			       struct kdefer *d, bool *more)
{
	while (w->at != floor && w->chunk.older && w->at == w->chunk.record + 1) {
		if (++w->chunks > KDEFER_SEEN_LINES || !kdefer_peek(&w->chunk, w->chunk.older))
			return false;
		w->at = w->chunk.end;
	}
	*more = w->at != floor;
	return !*more || kdefer_peek(d, w->at - 1);
}

static bool kdefer_see_record(struct kdefer_seen *s, struct kdefer_seen_at *w,
			      const struct kdefer *d)
{
	const struct kdefer_frame *owner = kdefer_owner(d);
	struct kdefer_frame frame;

	if (owner != w->frame) {
		if (!kdefer_peek_stack(s, &frame, owner, sizeof(frame), &w->frame_at))
			return false;
		kdefer_see_line(s, KDEFER_SEEN_FRAME, frame.ip);
		w->frame = owner;
	}
	if (kdefer_kind(d) != KDEFER_ON_WAY_OUT)
		kdefer_see_defer(s, d->fn, d->arg);
	w->at--;
	return true;
}

static bool kdefer_see_next_panic(struct kdefer_seen *s, struct kdefer_seen_at *w,
				  const struct kdefer_panic **panic)
{
	struct kdefer_panic p;

	if (!kdefer_peek_stack(s, &p, *panic, sizeof(p), &w->panic_at))
		return false;
	kdefer_see_panic(s, &p);
	*panic = p.link;
	return true;
}

/*
 * Records down to @floor, and panics, as their frames lie on the stack: a panic runs the deferred
 * calls of what follows.
 */
static bool kdefer_see_stack(struct kdefer_seen *s, struct kdefer_seen_at *w,
			     const struct kdefer *floor, const struct kdefer_panic *panic)
{
	struct kdefer d;
	bool more, ok = true;

	while (ok && !s->cut) {
		if (!kdefer_peek_record(w, floor, &d, &more))
			return false;
		if (panic && (!more || (unsigned long)panic < d.owner))
			ok = kdefer_see_next_panic(s, w, &panic);
		else if (more)
			ok = kdefer_see_record(s, w, &d);
		else
			return true;
	}
	return ok;
}

static void kdefer_see_barrier(struct kdefer_seen *s, const struct kdefer_barrier *b)
{
	if (b->is_thread)
		kdefer_see_line(s, KDEFER_SEEN_THREAD, b->thread_fn);
	else
		kdefer_see_line(s, KDEFER_SEEN_RUN, (unsigned long)b->fn);
}

/* What goes on under each kdefer_run(), the innermost first. @task is a copy. */
static bool kdefer_see_task(struct kdefer_seen *s, const struct kdefer_task *task)
{
	struct kdefer_seen_at w = { .at = task->top };
	const struct kdefer_barrier *barrier = task->barrier;
	const struct kdefer_panic *panic = task->panic;
	const struct kdefer *floor = task->floor;
	unsigned long barrier_at = 0;
	struct kdefer_barrier b;

	if (!kdefer_peek(&w.chunk, task->chunk))
		return false;
	while (barrier && !s->cut) {
		if (!kdefer_peek_stack(s, &b, barrier, sizeof(b), &barrier_at))
			return false;
		kdefer_see_barrier(s, &b);
		if (!kdefer_see_stack(s, &w, floor, panic))
			return false;
		barrier = b.link;
		floor = b.floor;
		panic = b.panic;
	}
	/* The outermost one may be the start of the task, with nothing outside. */
	if (s->cut || !task->root_ip)
		return true;
	kdefer_see_line(s, KDEFER_SEEN_ROOT, task->root_ip);
	return kdefer_see_stack(s, &w, floor, panic);
}

static bool kdefer_on_cpu(const struct task_struct *p)
{
#ifdef CONFIG_SMP
	/* What it did before it left the CPU is seen by who sees that it has left. */
	return smp_load_acquire(&p->on_cpu);
#else
	return p == current;
#endif
}

static unsigned long kdefer_switches(const struct task_struct *p)
{
	return READ_ONCE(p->nvcsw) + READ_ONCE(p->nivcsw);
}

/* Called with preemption off: the thread's struct stays, but it may leave the KDEFER function. */
static void kdefer_see_thread(struct kdefer_attachment *a, struct task_struct *p, void *arg)
{
	unsigned long switches = kdefer_switches(p);
	struct kdefer_seen *s = arg;
	struct kdefer_task task;

	s->changing = kdefer_on_cpu(p);
	memcpy(s->comm, p->comm, sizeof(s->comm));
	s->comm[sizeof(s->comm) - 1] = '\0';
	s->pid = task_pid_nr(p);
	s->kthread = kthread_func(p) == kdefer_kthread_main;
	s->stack_lo = (unsigned long)task_stack_page(p);
	s->stack_hi = s->stack_lo + THREAD_SIZE;
	s->deepest = s->stack_hi;
	s->cut = false;
	s->nr_lines = 0;
	s->nr_panics = 0;
	task = a->storage.task;
	if (task.deepest >= s->stack_lo && task.deepest < s->deepest)
		s->deepest = task.deepest;
	if (!kdefer_see_task(s, &task))
		s->changing = true;
	/* If what was copied is newer than the first look, then so is what this look sees. */
	smp_rmb();
	if (kdefer_on_cpu(p) || kdefer_switches(p) != switches ||
	    READ_ONCE(a->storage.task.owner) != p)
		s->changing = true;
}

/* A type is in the module that raised the panic, which may have gone. */
static void kdefer_peek_type(const struct kdefer_type *from, struct kdefer_type *type, char *name,
			     size_t size)
{
	size_t i;

	memset(type, 0, sizeof(*type));
	if (!kdefer_peek(type, from))
		return;
	for (i = 0; i < size - 1 && kdefer_peek(&name[i], &type->name[i]) && name[i]; i++)
		;
	name[i] = '\0';
	type->name = i ? name : NULL;
}

static void kdefer_show_value(struct seq_file *m, const struct kdefer_value *seen)
{
	char name[32], text[KDEFER_MESSAGE_SIZE];
	struct kdefer_value v = *seen;
	struct kdefer_type type;

	v.message[sizeof(v.message) - 1] = '\0';
	if (v.kind == KDEFER_POINTER) {
		kdefer_peek_type(v.type, &type, name, sizeof(name));
		v.type = &type;
	}
	kdefer_value_format(&v, text, sizeof(text), false);
	seq_puts(m, "    panic ");
	seq_escape(m, text, "\n\\");
	seq_printf(m, ", raised at %pS", kdefer_raised_at(&v));
}

/* A panic that was raised while a goexit was going on is the one that runs the calls. */
static void kdefer_show_panic(struct seq_file *m, const struct kdefer_panic *p)
{
	if (p->panicking)
		kdefer_show_value(m, &p->shown.value);
	else if (!p->goexit)
		seq_puts(m, "    recovered panic");
	if (p->panicking && p->recovered)
		seq_puts(m, " [recovered]");
	if (p->goexit)
		seq_printf(m, "%sgoexit, code %ld", p->panicking ? ", then " : "    ", p->code);
	if (p->call)
		seq_printf(m, ", running %ps", p->call);
	seq_putc(m, '\n');
}

static void kdefer_show_line(struct seq_file *m, const struct kdefer_seen *s,
			     const struct kdefer_seen_line *line)
{
	static const char * const words[] = {
		[KDEFER_SEEN_THREAD] = "  thread",
		[KDEFER_SEEN_RUN] = "  kdefer_run",
		[KDEFER_SEEN_ROOT] = "  root",
		[KDEFER_SEEN_FRAME] = "    frame",
		[KDEFER_SEEN_DEFER] = "      defer",
	};

	if (line->what == KDEFER_SEEN_PANIC)
		kdefer_show_panic(m, &s->panic[line->address]);
	else
		seq_printf(m, "%s %ps\n", words[line->what], (void *)line->address);
}

static void kdefer_show_thread(struct seq_file *m, const struct kdefer_seen *s)
{
	unsigned int i;

	seq_printf(m, "%s[%d] %s", s->comm, s->pid, s->kthread ? "kthread" : "foreign");
	if (s->deepest != s->stack_hi)
		seq_printf(m, ", used at most %lu of %lu bytes of stack at a panic",
			   s->stack_hi - s->deepest, s->stack_hi - s->stack_lo);
	seq_puts(m, s->changing ? " (changing)\n" : "\n");
	for (i = 0; i < s->nr_lines; i++)
		kdefer_show_line(m, s, &s->line[i]);
	if (s->cut)
		seq_puts(m, "  (more, not shown)\n");
}

int kdefer_tasks_show(struct seq_file *m, void *v)
{
	struct kdefer_seen *s = kvmalloc(sizeof(*s), GFP_KERNEL);
	struct kdefer_cursor at = KDEFER_CURSOR_INIT;

	if (!s)
		return -ENOMEM;
	while (!seq_has_overflowed(m) && kdefer_look_at_next(&at, kdefer_see_thread, s)) {
		kdefer_show_thread(m, s);
		cond_resched();
	}
	kvfree(s);
	return 0;
}
