// SPDX-License-Identifier: GPL-2.0-only
/*
 * Looking at other threads: their frames, pending deferred calls and panics.
 *
 * The thread that is looked at takes no notice, and pays nothing: meanwhile it may change and free
 * all but its stack and its struct kdefer_thread_entry. So whatever a pointer leads to is copied
 * with copy_from_kernel_nofault(), which survives any address. Frames and panics must lie on the
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
#include "kthread.h"

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

	if (fn == (kdefer_any_fn)__kdefer_guard_run && kdefer_peek(&guard, arg))
		fn = guard.destroy;
	kdefer_see_line(s, KDEFER_SEEN_DEFER, (unsigned long)fn);
}

static void kdefer_see_linked(struct kdefer_seen *s, const struct kdefer *d)
{
	struct kdefer copy;

	/* A ring, if the record was given to another frame meanwhile, ends where the room does. */
	while (d && !s->cut && kdefer_peek(&copy, d)) {
		kdefer_see_defer(s, copy.fn, copy.arg);
		d = copy.link;
	}
	if (d && !s->cut)
		s->changing = true;
}

/* @frame is a copy, and so is its task. */
static void kdefer_see_frame(struct kdefer_seen *s, const struct kdefer_frame *frame)
{
	unsigned int n = frame->nr;

	kdefer_see_line(s, KDEFER_SEEN_FRAME, kdefer_frame_ip(frame));
	if (n > KDEFER_SLOTS + 1) {
		s->changing = true;
		return;
	}
	if (n > KDEFER_SLOTS) {
		kdefer_see_linked(s, frame->more);
		n = KDEFER_SLOTS;
	}
	while (n-- > 0)
		kdefer_see_defer(s, frame->slot[n].fn, frame->slot[n].arg);
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

/* Frames and panics as they lie on the stack: a panic runs the deferred calls of what follows. */
static bool kdefer_see_stack(struct kdefer_seen *s, struct kdefer_task *task,
			     unsigned long *frame_at, unsigned long *panic_at)
{
	const struct kdefer_frame *frame = task->frames;
	const struct kdefer_panic *panic = task->panic;
	struct kdefer_frame f;
	struct kdefer_panic p;

	while ((frame || panic) && !s->cut) {
		if (panic && (!frame || (unsigned long)panic < (unsigned long)frame)) {
			if (!kdefer_peek_stack(s, &p, panic, sizeof(p), panic_at))
				return false;
			kdefer_see_panic(s, &p);
			panic = p.link;
		} else {
			if (!kdefer_peek_stack(s, &f, frame, sizeof(f), frame_at))
				return false;
			f.task = task;
			kdefer_see_frame(s, &f);
			frame = f.link;
		}
	}
	return true;
}

static bool kdefer_see_start(struct kdefer_seen *s, const struct kdefer_thread_entry *t,
			     const struct kdefer_task *task)
{
	unsigned long above = 0;
	struct kdefer_barrier b;

	if (!task->barrier) {
		kdefer_see_line(s, KDEFER_SEEN_ROOT, task->root_ip);
		return true;
	}
	if (!kdefer_peek_stack(s, &b, task->barrier, sizeof(b), &above))
		return false;
	if (b.is_thread && s->kthread)
		kdefer_see_line(s, KDEFER_SEEN_THREAD, (unsigned long)
				container_of(t, struct kdefer_kthread, entry)->fn);
	else
		kdefer_see_line(s, KDEFER_SEEN_RUN, (unsigned long)b.fn);
	return true;
}

/* Nested tasks, those of kdefer_run(), may be freed meanwhile. All have frames on one stack. */
static bool kdefer_see_tasks(struct kdefer_seen *s, const struct kdefer_thread_entry *t)
{
	const struct kdefer_task *next = READ_ONCE(t->task);
	unsigned long frame_at = 0, panic_at = 0;
	struct kdefer_task task;

	for (; next && !s->cut; next = task.parent) {
		if (!kdefer_peek(&task, next) || !kdefer_see_start(s, t, &task))
			return false;
		if (!kdefer_see_stack(s, &task, &frame_at, &panic_at))
			return false;
		if (task.deepest >= s->stack_lo && task.deepest < s->deepest)
			s->deepest = task.deepest;
	}
	return true;
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

/* Called with the thread kept from ending. */
static void kdefer_see_thread(const struct kdefer_thread_entry *t, void *arg)
{
	struct task_struct *p = t->owner;
	unsigned long switches = kdefer_switches(p);
	struct kdefer_seen *s = arg;

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
	if (!kdefer_see_tasks(s, t))
		s->changing = true;
	/* If what was copied is newer than the first look, then so is what this look sees. */
	smp_rmb();
	if (kdefer_on_cpu(p) || kdefer_switches(p) != switches)
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

	if (v.kind == KDEFER_MESSAGE)
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
