// SPDX-License-Identifier: GPL-2.0-only
/*
 * copy FROM TO: copies a file. What is opened is closed next to where it is opened, a copy that
 * fails leaves no half of a file behind, and main() is told by one errno.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <kdefer/kdefer.h>

DEFINE_KDEFER(close_fd, int, close(_T))
DEFINE_KDEFER(remove_file, const char *, unlink(_T))

static int open_file(const char *name, int flags)
{
	int fd = open(name, flags, 0666);

	if (fd < 0)
		kpanicf_errno(-errno, "cannot open %s", name);
	return fd;
}

static void write_all(int fd, const char *data, ssize_t n)
{
	while (n) {
		ssize_t written = write(fd, data, n);

		if (written < 0)
			kpanicf_errno(-errno, "cannot write");
		data += written;
		n -= written;
	}
}

static void complain(void *unused, struct kdefer_panic *p)
{
	const struct kdefer_value *v = kdefer_panic_value(p);

	if (v && v->kind == KDEFER_MESSAGE)
		fprintf(stderr, "copy: %s: %s\n", v->message, strerror(-v->err));
}

static KDEFER_DEFINE(int, copy, const char *, from, const char *, to)
{
	char data[4096];
	int in, out;
	ssize_t n;

	kdefer_recover_result();
	kdefer(complain, NULL);
	in = open_file(from, O_RDONLY);
	kdefer(close_fd, (void *)(long)in);
	out = open_file(to, O_WRONLY | O_CREAT | O_EXCL);
	kdefer_on_failure(remove_file, (void *)to);
	kdefer(close_fd, (void *)(long)out);
	while ((n = read(in, data, sizeof(data))) > 0)
		write_all(out, data, n);
	if (n < 0)
		kpanicf_errno(-errno, "cannot read %s", from);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc != 3) {
		fprintf(stderr, "usage: copy FROM TO\n");
		return 2;
	}
	return copy(argv[1], argv[2]) ? 1 : 0;
}
