// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs schedules, as schedules.py makes them, with the singleflight of this folder, and prints what
 * becomes of each caller, as main.go does.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/atomic.h>
#include <linux/completion.h>
#include <linux/delay.h>

#include "../singleflight.h"

#define MAX_CALLERS	8
#define MAX_SCHEDULES	2000

/* Longer than a caller needs to be in, on a machine that is not too busy. */
static int step_ms = 30;

struct schedule;

struct caller {
	struct schedule *s;
	char end[64];
};

struct schedule {
	int number;
	int callers;
	int forget;
	char how[16];
	int value;
	struct sf_group group;
	struct completion open;
	atomic_t calls;
	struct caller caller[MAX_CALLERS];
};

static struct schedule schedules[MAX_SCHEDULES];

static long fill(void *arg)
{
	struct schedule *s = arg;

	atomic_inc(&s->calls);
	wait_for_completion(&s->open);
	if (!strcmp(s->how, "error"))
		return -s->value;
	if (!strcmp(s->how, "panic"))
		kpanicf("value %d", s->value);
	if (!strcmp(s->how, "goexit"))
		kgoexit(0);
	return s->value;
}

/* To all but the thread that made the call a goexit is an error, which Go's callers end with. */
static void say_result(struct caller *c, long result, bool shared)
{
	if (result == -ECANCELED)
		strcpy(c->end, "goexit");
	else if (result < 0)
		sprintf(c->end, "error %ld shared=%s", -result, shared ? "true" : "false");
	else
		sprintf(c->end, "result %ld shared=%s", result, shared ? "true" : "false");
}

static void say_panic(void *arg, struct kdefer_panic *p)
{
	struct caller *c = arg;
	struct kdefer_value v;

	if (krecover(p, &v))
		snprintf(c->end, sizeof(c->end), "panic %.40s", v.message);
}

static KDEFER_DEFINE1(long, ask, void *, arg)
{
	struct caller *c = arg;
	bool shared;
	long result;

	strcpy(c->end, "goexit");
	kdefer(say_panic, c);
	result = sf_do(&c->s->group, "key", fill, c->s, &shared);
	say_result(c, result, shared);
	return 0;
}

static int compare(const void *a, const void *b)
{
	return strcmp(((const struct caller *)a)->end, ((const struct caller *)b)->end);
}

static long run(void *arg)
{
	struct schedule *s = arg;
	struct kdefer_group g;
	int i;

	kdefer_group_init(&g);
	for (i = 0; i < s->callers; i++) {
		s->caller[i].s = s;
		if (kdefer_group_go(&g, ask, &s->caller[i]))
			abort();
		msleep(step_ms);
		if (i + 1 == s->forget)
			sf_forget(&s->group, "key");
	}
	complete_all(&s->open);
	kdefer_group_wait(&g, NULL);
	return 0;
}

int main(int argc, char **argv)
{
	struct kdefer_group g;
	struct schedule *s;
	int i, n = 0;

	if (argc > 1)
		step_ms = atoi(argv[1]);
	kdefer_group_init(&g);
	/* So many run at a time that a machine is not kept from its work by them. */
	kdefer_group_limit(&g, 20);
	for (s = schedules; n < MAX_SCHEDULES; s++, n++) {
		if (scanf("%d %d %d %15s %d", &s->number, &s->callers, &s->forget, s->how,
			  &s->value) != 5)
			break;
		mutex_init(&s->group.lock);
		INIT_LIST_HEAD(&s->group.calls);
		init_completion(&s->open);
		if (kdefer_group_go(&g, run, s))
			abort();
	}
	kdefer_group_wait(&g, NULL);
	for (s = schedules; s < schedules + n; s++) {
		printf("schedule %d: %d calls\n", s->number, atomic_read(&s->calls));
		qsort(s->caller, s->callers, sizeof(s->caller[0]), compare);
		for (i = 0; i < s->callers; i++)
			printf("  %s\n", s->caller[i].end);
	}
	return 0;
}
