// SPDX-License-Identifier: GPL-2.0-only
/*
 * block-client <REQUESTS: uses block devices and the files that make them. A request is a line:
 * what is done, the path, and for "set" the text that is written there. Prints what comes of each.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#define DATA_SIZE 65536

static unsigned char data[DATA_SIZE];

static unsigned int sum(void)
{
	unsigned int n = 0;
	size_t i;

	for (i = 0; i < sizeof(data); i++)
		n = n * 31 + data[i];
	return n;
}

static long write_device(int fd, const char *text)
{
	size_t i;

	(void)text;
	for (i = 0; i < sizeof(data); i++)
		data[i] = i % 251;
	if (write(fd, data, sizeof(data)) != sizeof(data) || fsync(fd))
		return -errno;
	return 0;
}

/* From the device, not from what the kernel keeps of it. */
static long read_device(int fd, const char *text)
{
	ssize_t n;

	(void)text;
	if (ioctl(fd, BLKFLSBUF))
		return -errno;
	memset(data, 0, sizeof(data));
	n = read(fd, data, sizeof(data));
	printf("read %zd, sum %u: ", n, sum());
	return n < 0 ? -errno : 0;
}

static long discard(int fd, const char *text)
{
	uint64_t range[2] = { 0, DATA_SIZE };

	(void)text;
	return ioctl(fd, BLKDISCARD, range) ? -errno : 0;
}

static long set(int fd, const char *text)
{
	return write(fd, text, strlen(text)) < 0 ? -errno : 0;
}

static long show(int fd, const char *text)
{
	char line[128];
	ssize_t n = read(fd, line, sizeof(line) - 1);

	(void)text;
	if (n < 0)
		return -errno;
	line[n] = '\0';
	printf("%s: ", line);
	return 0;
}

static const struct {
	const char *name;
	int flags;
	long (*fn)(int fd, const char *text);
} on_files[] = {
	{ "write", O_RDWR, write_device },
	{ "read", O_RDWR, read_device },
	{ "discard", O_RDWR, discard },
	{ "set", O_WRONLY, set },
	{ "show", O_RDONLY, show },
};

static long on_file(const char *what, const char *path, const char *text)
{
	size_t i;
	long err;
	int fd;

	for (i = 0; strcmp(on_files[i].name, what); i++)
		if (i + 1 == sizeof(on_files) / sizeof(on_files[0]))
			return -EINVAL;
	fd = open(path, on_files[i].flags);
	if (fd < 0)
		return -errno;
	err = on_files[i].fn(fd, text);
	return close(fd) ? -errno : err;
}

static long request(const char *what, const char *path, const char *text)
{
	if (!strcmp(what, "mkdir"))
		return mkdir(path, 0700) ? -errno : 0;
	if (!strcmp(what, "rmdir"))
		return rmdir(path) ? -errno : 0;
	return on_file(what, path, text);
}

int main(void)
{
	char line[256], what[16], path[128], text[64];

	while (fgets(line, sizeof(line), stdin)) {
		text[0] = '\0';
		if (sscanf(line, "%15s %127s %63s", what, path, text) < 2)
			return 2;
		printf("%s %s: %ld\n", what, path, request(what, path, text));
	}
	return 0;
}
