// SPDX-License-Identifier: GPL-2.0-only
/*
 * sums N...: adds up the numbers from 1 to each N, all at the same time. If one of them is no
 * number it is named, and there are no sums.
 */
#include <stdio.h>
#include <stdlib.h>
#include <kdefer/kdefer.h>

struct sum {
	const char *word;
	long result;
};

static KDEFER_DEFINE(long, add_up, void *, arg)
{
	struct sum *s = arg;
	char *end;
	long n = strtol(s->word, &end, 10);

	if (*end || n < 0)
		kpanicf_errno(-EINVAL, "%s is no number", s->word);
	s->result = n * (n + 1) / 2;
	return 0;
}

static KDEFER_DEFINE(long, add_all, int, n, char **, words)
{
	struct sum *sums = calloc(n, sizeof(*sums));
	struct kdefer_outcome out;
	struct kdefer_group g;
	int i, err = 0;

	if (!sums)
		return -ENOMEM;
	kdefer(free, sums);
	kdefer_group_init(&g);
	for (i = 0; i < n && !err; i++) {
		sums[i].word = words[i];
		err = kdefer_group_go(&g, add_up, &sums[i]);
	}
	if (kdefer_group_wait(&g, &out) && out.how == KDEFER_PANICKED)
		fprintf(stderr, "sums: %s\n", out.value.message);
	if (err || out.result)
		return err ?: out.result;
	for (i = 0; i < n; i++)
		printf("%s: %ld\n", sums[i].word, sums[i].result);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc < 2) {
		fprintf(stderr, "usage: sums N...\n");
		return 2;
	}
	return add_all(argc - 1, argv + 1) ? 1 : 0;
}
