// SPDX-License-Identifier: GPL-2.0-only
/*
 * try NAME PORT: tries mutants of the driver NAME, in a guest. PORT sends a line for each: its
 * number, the offset in driver.ko and the bytes that are written there. Answers with a line for
 * each: the number, and what became of the steps. Between two lines in the kernel's log that name
 * the mutant stands what the kernel said.
 *
 * The steps are to load the driver, to run ./exercise, to run ./once-more, to unload the driver, to
 * let ./left say what it has left, and to use the kernel. Each is a process of its own, for none of
 * them needs to come back.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define CODE_MAX	15
/* Of a step that has not ended in time. */
#define HUNG		200

struct outcome {
	int load;		/* an errno, or HUNG */
	int unload;		/* the same */
	bool served;		/* ./once-more has ended, and says so */
	bool same;		/* both have printed what they should */
	int use;		/* 0, or HUNG */
	int killed;		/* how many tasks an oops has ended */
	int faults;		/* how many faults became panics */
};

static const char *name;
static char *driver;
static size_t driver_size;

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static void log_line(const char *what, const char *number)
{
	FILE *f = fopen("/dev/kmsg", "w");

	if (!f)
		die("/dev/kmsg");
	fprintf(f, "<4>campaign: %s %s\n", what, number);
	fclose(f);
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec * 1e-9;
}

/* Runs @step in a process of its own; its exit status, or HUNG. */
static int within(double seconds, int (*step)(const char *arg), const char *arg)
{
	double end = now() + seconds;
	pid_t pid = fork();
	int status;

	if (pid < 0)
		die("fork");
	if (!pid)
		_exit(step(arg));
	while (!waitpid(pid, &status, WNOHANG)) {
		if (now() > end) {
			kill(pid, SIGKILL);
			return HUNG;
		}
		usleep(2000);
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : HUNG;
}

static int load(const char *arg)
{
	return syscall(SYS_init_module, driver, driver_size, arg) ? errno : 0;
}

static int unload(const char *arg)
{
	return syscall(SYS_delete_module, arg, O_NONBLOCK) ? errno : 0;
}

static int run(const char *program)
{
	char out[64];

	snprintf(out, sizeof(out), "%s.out", program);
	if (dup2(open(out, O_CREAT | O_TRUNC | O_WRONLY, 0600), 1) < 0)
		return errno;
	execl("/bin/sh", "sh", program, NULL);
	return errno;
}

/* What a kernel does all day, with memory of the sizes that drivers allocate. */
static int use(const char *path)
{
	static char data[3000];
	int i, fd, pipes[2];

	for (i = 0; i < 50; i++) {
		fd = open(path, O_CREAT | O_RDWR, 0600);
		if (fd < 0 || pipe(pipes))
			return errno;
		if (write(fd, data, sizeof(data)) < 0 || write(pipes[1], data, 300) < 0)
			return errno;
		close(fd);
		close(pipes[0]);
		close(pipes[1]);
		unlink(path);
	}
	sync();
	return 0;
}

/* Whether @program has printed what it prints for the driver as it is. */
static bool printed_the_same(const char *program)
{
	char command[128];

	snprintf(command, sizeof(command), "cmp -s %s.out %s.expected", program, program);
	return !system(command);
}

static int count_oopses(void)
{
	FILE *f = fopen("/sys/kernel/oops_count", "r");
	int count;

	if (!f || fscanf(f, "%d", &count) != 1)
		die("/sys/kernel/oops_count");
	fclose(f);
	return count;
}

/* The kernel says nothing of a general protection fault that has become a panic. */
static int count_faults(void)
{
	FILE *f = fopen("/sys/kernel/debug/kdefer/stats", "r");
	int count = -1;
	char line[128];

	while (f && count < 0 && fgets(line, sizeof(line), f))
		sscanf(line, "faults %d", &count);
	if (count < 0)
		die("/sys/kernel/debug/kdefer/stats");
	fclose(f);
	return count;
}

static void try(struct outcome *o)
{
	*o = (struct outcome){ .killed = -count_oopses(), .faults = -count_faults() };
	unlink("exercise.out");
	unlink("once-more.out");
	o->load = within(5, load, "");
	if (!o->load) {
		within(8, run, "exercise");
		o->served = !within(4, run, "once-more");
		o->same = printed_the_same("exercise") && printed_the_same("once-more");
		o->unload = within(4, unload, name);
		within(2, run, "left");
	}
	o->use = within(8, use, "/tmp/used");
	o->killed += count_oopses();
	o->faults += count_faults();
}

static void try_mutant(FILE *to, const char *number, size_t offset, const char *hex)
{
	unsigned char code[CODE_MAX], kept[CODE_MAX];
	struct outcome o;
	size_t i, n = strlen(hex) / 2;

	if (n > CODE_MAX || offset + n > driver_size)
		exit(2);
	for (i = 0; i < n; i++)
		sscanf(hex + 2 * i, "%2hhx", &code[i]);
	memcpy(kept, driver + offset, n);
	memcpy(driver + offset, code, n);
	log_line("begin", number);
	try(&o);
	log_line("end", number);
	memcpy(driver + offset, kept, n);
	fprintf(to, "%s load=%d same=%d served=%d unload=%d use=%d killed=%d faults=%d\n",
		number, o.load, o.same, o.served, o.unload, o.use, o.killed, o.faults);
}

/* With the driver as it is: leaves what is to be printed. Twice, so that all caches are warm. */
static void try_original(void)
{
	struct outcome o;
	int i;

	for (i = 0; i < 2; i++) {
		try(&o);
		if (o.load || o.unload || o.use) {
			fprintf(stderr, "without a mutation: load %d, unload %d, use %d\n", o.load,
				o.unload, o.use);
			exit(1);
		}
		rename("exercise.out", "exercise.expected");
		rename("once-more.out", "once-more.expected");
	}
}

static void read_driver(void)
{
	int fd = open("driver.ko", O_RDONLY);
	struct stat st;

	if (fd < 0 || fstat(fd, &st))
		die("driver.ko");
	driver_size = st.st_size;
	driver = mmap(NULL, driver_size, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	if (driver == MAP_FAILED)
		die("driver.ko");
	close(fd);
}

int main(int argc, char **argv)
{
	char line[128], number[32], hex[2 * CODE_MAX + 2];
	struct termios raw;
	FILE *from, *to;
	size_t offset;

	if (argc != 3)
		return 2;
	name = argv[1];
	from = fopen(argv[2], "r");
	to = fopen(argv[2], "w");
	if (!from || !to || tcgetattr(fileno(from), &raw))
		die(argv[2]);
	cfmakeraw(&raw);
	tcsetattr(fileno(from), TCSANOW, &raw);
	setlinebuf(to);
	read_driver();
	try_original();
	fprintf(to, "ready\n");
	while (fgets(line, sizeof(line), from))
		if (sscanf(line, "%31s %zu %31s", number, &offset, hex) == 3)
			try_mutant(to, number, offset, hex);
	return 0;
}
