// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is printed when nobody recovers a panic, and when going on would be wrong.
 */
#include "impl.h"

#define KDEFER_LINE	256

/* Walks the panics of a task, oldest first, as Go's printpanics() does. */
struct kdefer_printer {
	bool call_print;
	bool started;
	bool after_goexit;
	u64 last_id;
};

/* A value of several lines stays indented below its first one (rule X10). */
static void kdefer_print_line(const char *indent, char *text, const char *mark)
{
	char *line;
	const char *prefix = "panic: ";

	while ((line = strsep(&text, "\n"))) {
		pr_emerg("%s%s%s%s\n", indent, prefix, line, text ? "" : mark);
		indent = "\t";
		prefix = "";
	}
}

static void kdefer_print_report(struct kdefer_printer *printer, const struct kdefer_report *r,
				bool again)
{
	const char *mark = !r->recovered ? "" :
			   r->repanicked || again ? " [recovered, repanicked]" : " [recovered]";
	bool same = printer->started && r->value.id == printer->last_id &&
		    !r->after_goexit && !printer->after_goexit;
	char text[KDEFER_LINE];

	printer->last_id = r->value.id;
	printer->after_goexit = false;
	/* The same value as right before is one panic to the reader (rules X4, X7). */
	if (same)
		return;
	kdefer_value_format(&r->value, text, sizeof(text), printer->call_print);
	kdefer_print_line(printer->started ? "\t" : "", text, mark);
	printer->started = true;
}

/* The report that follows item @at of the history, which may be that of the record @p. */
static bool kdefer_next_is_same(const struct kdefer_history *h, unsigned int at, unsigned int end,
				const struct kdefer_panic *p)
{
	const struct kdefer_report *next;

	if (at + 1 < end && at + 1 < KDEFER_HISTORY)
		next = &h->item[at + 1];
	else if (at + 1 == end && p->panicking)
		next = &p->shown;
	else
		return false;
	return next->value.id == h->item[at].value.id && !next->after_goexit;
}

static void kdefer_print_history(struct kdefer_printer *printer, const struct kdefer_history *h,
				 unsigned int start, unsigned int end,
				 const struct kdefer_panic *p)
{
	unsigned int i;

	for (i = start; i < end && i < KDEFER_HISTORY; i++)
		kdefer_print_report(printer, &h->item[i], kdefer_next_is_same(h, i, end, p));
	if (i == end)
		return;
	pr_emerg("\t(%u more panics, not kept)\n", end - i);
	printer->last_id = 0;
}

/* A record and the aborted panics that came before it; @newer is the next one, or NULL. */
static void kdefer_print_record(struct kdefer_printer *printer, const struct kdefer_panic *p,
				const struct kdefer_panic *newer)
{
	const struct kdefer_history *h = p->task->history;
	unsigned int end = newer ? newer->history : h->len;
	bool again;

	kdefer_print_history(printer, h, p->history, end, p);
	if (!p->panicking) {
		printer->after_goexit |= p->goexit;
		return;
	}
	again = newer && newer->panicking && newer->history == end &&
		newer->shown.value.id == p->shown.value.id;
	kdefer_print_report(printer, &p->shown, again);
}

/* The record that @n others are newer than. */
static const struct kdefer_panic *kdefer_nth_panic(const struct kdefer_task *task, unsigned int n)
{
	const struct kdefer_panic *p = task->panic;

	while (p && n--)
		p = p->link;
	return p;
}

/* Of more panics than twice this at a time, only the oldest and the newest ones are shown. */
#define KDEFER_SHOWN	16

/* Prints the chain, oldest first, without recursion; returns whether there was one. */
bool kdefer_print_chain(const struct kdefer_task *task, bool call_print)
{
	struct kdefer_printer printer = { .call_print = call_print };
	const struct kdefer_panic *p, *newer;
	unsigned int nr = 0, i;

	for (p = task->panic; p; p = p->link)
		nr++;
	for (i = nr; i-- > 0;) {
		if (nr > 2 * KDEFER_SHOWN && i == nr - 1 - KDEFER_SHOWN) {
			pr_emerg("\t(%u more panics, not shown)\n", nr - 2 * KDEFER_SHOWN);
			printer.last_id = 0;
			i = KDEFER_SHOWN - 1;
		}
		newer = i ? kdefer_nth_panic(task, i - 1) : NULL;
		kdefer_print_record(&printer, kdefer_nth_panic(task, i), newer);
	}
	return printer.started;
}

/*
 * Prints from the return address @from on, if it is there: the entries before it are of the
 * functions of kdefer that have raised the panic.
 */
static void kdefer_print_backtrace(const unsigned long *entries, unsigned int nr,
				   unsigned long from)
{
	unsigned int i = 0;

	while (i < nr && entries[i] != from)
		i++;
	pr_emerg("kdefer: call trace:\n");
	for (i = i < nr ? i : 0; i < nr; i++)
		pr_emerg("kdefer:  %pB\n", (void *)entries[i]);
}

void kdefer_print_here(unsigned long from)
{
	unsigned long entries[KDEFER_BACKTRACE];

	kdefer_print_backtrace(entries, kdefer_host_backtrace(entries, KDEFER_BACKTRACE), from);
}

void kdefer_print_origin(const struct kdefer_value *v)
{
	/*
	 * The call that raised the panic does not return, so it may be the last instruction of its
	 * function, and the return address may lie in the next function: %pB looks one byte before.
	 */
	if (v->file)
		pr_emerg("kdefer: raised at %pB (%s:%d)\n", (void *)v->ip, v->file, v->line);
	else
		pr_emerg("kdefer: raised at %pS\n", (void *)v->ip);
	if (v->kind != KDEFER_FAULT)
		return;
	if (v->fault.address == KDEFER_FAULT_NO_ADDRESS)
		pr_emerg("kdefer: fault, error code %#lx\n", v->fault.error_code);
	else
		pr_emerg("kdefer: fault at address %#lx, error code %#lx\n", v->fault.address,
			 v->fault.error_code);
}

/* Prints a panic that nobody recovered; ends the thread or the machine if that is the policy. */
void kdefer_report_uncaught(const struct kdefer_panic *p)
{
	kdefer_host_report_begin();
	kdefer_print_chain(p->task, true);
	pr_emerg("kdefer: uncaught panic in thread %s[%d]\n", current->comm, task_pid_nr(current));
	kdefer_print_origin(&p->shown.value);
	if (p->nr_backtrace)
		kdefer_print_backtrace(p->backtrace, p->nr_backtrace, p->shown.value.ip);
	else
		kdefer_print_here(p->shown.value.ip);
	kdefer_host_report_end();

	switch (kdefer_host_uncaught_policy()) {
	case KDEFER_UNCAUGHT_EXIT:
		return;
	case KDEFER_UNCAUGHT_OOPS:
		__KDEFER_NORETURN(kdefer_host_oops());
	case KDEFER_UNCAUGHT_PANIC:
		__KDEFER_NORETURN(kdefer_host_panic("kdefer: uncaught panic"));
	}
}
