// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sends requests from standard input to the kdefer_kv device, or to the socket that stands for it
 * in user space, and prints the answers.
 */
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <fcntl.h>
#include <unistd.h>

#define PIECE_MAX 4096

struct client {
	const char *path;
	bool is_socket;
	int fd;
	size_t piece_size;	/* 0: a line at a time */
	char piece[PIECE_MAX];
	size_t piece_len;
};

static void die(const struct client *c, const char *what)
{
	fprintf(stderr, "kv-client: %s: %s: %s\n", c->path, what, strerror(errno));
	exit(1);
}

static int connect_to(const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	if (strlen(path) >= sizeof(addr.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	strcpy(addr.sun_path, path);
	if (fd < 0 || connect(fd, (struct sockaddr *)&addr, sizeof(addr)))
		return -1;
	return fd;
}

static void open_client(struct client *c)
{
	struct stat st;

	if (stat(c->path, &st))
		die(c, "cannot find the device; is kdefer_kv loaded?");
	c->is_socket = S_ISSOCK(st.st_mode);
	c->fd = c->is_socket ? connect_to(c->path) : open(c->path, O_RDWR);
	if (c->fd < 0)
		die(c, "cannot open");
}

/* Prints what has been answered. Returns false when there is nothing, or nothing any more. */
static bool print_answers(struct client *c)
{
	static char buf[65536];
	ssize_t n = read(c->fd, buf, sizeof(buf));

	if (n < 0)
		die(c, "read");
	fwrite(buf, 1, n, stdout);
	return n > 0;
}

static bool next_piece(struct client *c)
{
	int ch = EOF;

	while (c->piece_len < (c->piece_size ?: PIECE_MAX)) {
		ch = getchar();
		if (ch == EOF)
			break;
		c->piece[c->piece_len++] = ch;
		if (ch == '\n' && !c->piece_size)
			break;
	}
	return c->piece_len > 0;
}

/* The device takes nothing while too many answers have not been read. */
static bool is_full(int err)
{
	return err == ENOBUFS || err == EAGAIN;
}

static void send_piece(struct client *c)
{
	ssize_t n;

	if (c->is_socket)
		n = send(c->fd, c->piece, c->piece_len, MSG_DONTWAIT | MSG_NOSIGNAL);
	else
		n = write(c->fd, c->piece, c->piece_len);
	if (n < 0 && is_full(errno))
		return;
	if (n < 0)
		die(c, "write");
	c->piece_len -= n;
	memmove(c->piece, c->piece + n, c->piece_len);
}

static void exchange(struct client *c)
{
	struct pollfd p = { .fd = c->fd, .events = POLLIN | POLLOUT };

	while (c->piece_len || next_piece(c)) {
		if (poll(&p, 1, -1) < 0)
			die(c, "poll");
		if ((p.revents & POLLIN) && !print_answers(c) && c->is_socket) {
			errno = ECONNRESET;
			die(c, "the server has gone");
		}
		if (p.revents & POLLOUT)
			send_piece(c);
	}
	if (c->is_socket)
		shutdown(c->fd, SHUT_WR);
	while (print_answers(c))
		;
}

int main(int argc, char **argv)
{
	struct client c = { .path = argv[1] };

	if (argc < 2 || argc > 3) {
		fprintf(stderr, "usage: kv-client DEVICE [BYTES] <requests\n"
			"  BYTES  write so many at a time, not a line\n");
		return 2;
	}
	if (argc == 3)
		c.piece_size = strtoul(argv[2], NULL, 10);
	if (c.piece_size > PIECE_MAX) {
		fprintf(stderr, "kv-client: BYTES is at most %d\n", PIECE_MAX);
		return 2;
	}
	open_client(&c);
	exchange(&c);
	return 0;
}
