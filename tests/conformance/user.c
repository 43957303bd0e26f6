// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs the programs of standard input with libkdefer. Output goes to standard output, and what
 * kdefer prints of uncaught panics goes to standard error.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "interp/conf.h"

static int user_write(struct conf_sink *sink, const char *text, size_t len)
{
	(void)sink;
	if (fwrite(text, 1, len, stdout) != len)
		return -EIO;
	/* Whoever waits for a program that hangs sees which one it is. */
	if (!strcmp(text, "end\n"))
		fflush(stdout);
	return 0;
}

static char *user_read(void)
{
	size_t size = 1 << 16, len = 0, got;
	char *text = malloc(size), *more;

	while (text && (got = fread(text + len, 1, size - len - 1, stdin))) {
		len += got;
		if (len + 1 < size)
			continue;
		size *= 2;
		more = realloc(text, size);
		if (!more)
			free(text);
		text = more;
	}
	if (text)
		text[len] = '\0';
	return text;
}

int main(void)
{
	struct conf_sink sink = { .write = user_write };
	struct conf_source source = { .next = user_read() };
	char *text = source.next;
	int ret;

	if (!text) {
		fprintf(stderr, "conformance: no memory for the programs\n");
		return 1;
	}
	do
		ret = conf_run_next(&source, &sink);
	while (ret > 0);
	fflush(stdout);
	if (ret)
		fprintf(stderr, "conformance: stopped: %s\n", strerror(-ret));
	free(text);
	return ret ? 1 : 0;
}
