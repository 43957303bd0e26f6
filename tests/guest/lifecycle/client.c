// SPDX-License-Identifier: GPL-2.0-only
/*
 * Processes that fork and die while a thread of theirs is inside of a KDEFER function. Static, for
 * a guest that has no libc. Prints the cases of a subtest.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define DEVICE	"/dev/kdefer_lifecycle"
#define INSIDE	"/sys/module/kdefer_lifecycle/parameters/inside"

static void die(const char *what)
{
	printf("Bail out! %s: %s\n", what, strerror(errno));
	exit(1);
}

/* Returns 0, or what went wrong. */
static int request(const char *command)
{
	int fd = open(DEVICE, O_WRONLY);
	int err = 0;

	if (fd < 0)
		die(DEVICE);
	if (write(fd, command, strlen(command)) < 0)
		err = errno;
	close(fd);
	return err;
}

static int nr_inside(void)
{
	FILE *f = fopen(INSIDE, "r");
	int n;

	if (!f || fscanf(f, "%d", &n) != 1)
		die(INSIDE);
	fclose(f);
	return n;
}

static void wait_until_inside(int n)
{
	while (nr_inside() != n)
		usleep(10000);
}

static void *be_inside(void *command)
{
	request(command);
	return NULL;
}

/* A process that never returns, one thread of which is inside. */
static void be_process_inside(const char *command)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, be_inside, (void *)command))
		die("pthread_create");
	for (;;)
		pause();
}

static pid_t start(void (*fn)(const char *command), const char *command)
{
	pid_t pid = fork();

	if (pid < 0)
		die("fork");
	if (pid)
		return pid;
	fn(command);
	_exit(0);
}

static int end_of(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, 0) != pid)
		die("waitpid");
	return status;
}

/* Its task struct is a copy of one that is not inside; that of a forking thread cannot be. */
static void do_round(const char *command)
{
	_exit(request(command));
}

static void fork_beside(const char *command)
{
	pthread_t thread;
	int status;

	if (pthread_create(&thread, NULL, be_inside, (void *)command))
		die("pthread_create");
	wait_until_inside(1);
	status = end_of(start(do_round, "round"));
	_exit(nr_inside() == 1 && WIFEXITED(status) ? WEXITSTATUS(status) : 1);
}

/* Forks, with a thread inside, and exits with that thread still there. */
static bool test_fork(const char *command)
{
	int status = end_of(start(fork_beside, command));

	wait_until_inside(0);
	return WIFEXITED(status) && !WEXITSTATUS(status) && !request("round");
}

static bool test_kill(const char *command)
{
	pid_t pid = start(be_process_inside, command);
	int status;

	wait_until_inside(1);
	kill(pid, SIGKILL);
	status = end_of(pid);
	wait_until_inside(0);
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL && !request("round");
}

static bool repeated(bool (*test)(const char *command), const char *command)
{
	int i;

	for (i = 0; i < 20; i++)
		if (!test(command))
			return false;
	return true;
}

static int report(const char *name, bool (*test)(const char *command), const char *command)
{
	bool ok = repeated(test, command);

	printf("    %sok %s, and the other thread's function ends by a %s\n", ok ? "" : "not ",
	       name, command);
	return !ok;
}

int main(void)
{
	int failed = 0;

	failed += report("a process forks", test_fork, "return");
	failed += report("a process forks", test_fork, "panic");
	failed += report("a process is killed", test_kill, "return");
	failed += report("a process is killed", test_kill, "panic");
	return !!failed;
}
