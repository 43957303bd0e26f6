// SPDX-License-Identifier: GPL-2.0-only
/*
 * try NAME PORT COMMAND...: tries mutants of the driver NAME, in a guest. PORT sends a line for
 * each: its number, the offset in driver.ko and the bytes that are written there. Answers with a
 * line for each: the number, and what became of the steps. Between two lines in the kernel's log
 * that name the mutant stands what the kernel said.
 *
 * The steps are to load the driver, to run COMMAND with the file exercise as its input, to run it
 * with once-more, to unload the driver, to let the kernel's log say what it has left, and to use
 * the kernel. Each is a process of its own, for none of them needs to come back.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/io.h>
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
/* The most that any step may take, and after which the machine's own watchdog bites. */
#define STEP_MAX	3
#define WATCHDOG_MAX	4

struct outcome {
	int load;		/* an errno, or HUNG */
	int unload;		/* the same */
	bool served;		/* COMMAND has ended with once-more, and was answered */
	bool same;		/* both have printed what they should */
	int use;		/* 0, or HUNG */
	int killed;		/* how many tasks an oops has ended */
	int faults;		/* how many faults became panics */
};

static const char *name;
static char **command;
static char *driver;
static size_t driver_size;

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static void log_line(const char *what, const char *text)
{
	FILE *f = fopen("/dev/kmsg", "w");

	if (!f)
		die("/dev/kmsg");
	fprintf(f, "<4>%s%s\n", what, text);
	fclose(f);
}

/* The first line of a file, or nothing. */
static void read_line(const char *path, char *line, size_t size)
{
	FILE *f = fopen(path, "r");

	if (!f || !fgets(line, size, f))
		line[0] = '\0';
	line[strcspn(line, "\n")] = '\0';
	if (f)
		fclose(f);
}

/*
 * An ib700, which asks for no driver: from 30 seconds down in steps of two. It sends an NMI, so
 * that a loop with interrupts off ends like any other.
 */
static void kick_watchdog(void)
{
	outb((30 - WATCHDOG_MAX) / 2, 0x443);
}

static void stop_watchdog(void)
{
	outb(0, 0x441);
}

/* Runs @step in a process of its own; its exit status, or HUNG. */
static int within(int seconds, int (*step)(const char *arg), const char *arg)
{
	struct timespec patience = { .tv_sec = seconds };
	sigset_t child;
	pid_t pid;
	int status;

	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, NULL);
	kick_watchdog();
	pid = fork();
	if (pid < 0)
		die("fork");
	if (!pid)
		_exit(step(arg));
	/* An earlier step that has ended at last wakes this up as well. */
	while (waitpid(pid, &status, WNOHANG) != pid)
		if (sigtimedwait(&child, NULL, &patience) < 0) {
			kill(pid, SIGKILL);
			return HUNG;
		}
	return WIFEXITED(status) ? WEXITSTATUS(status) : HUNG;
}

/* Says in the log where the driver's code is. */
static int load(const char *arg)
{
	char path[128], address[64];

	if (syscall(SYS_init_module, driver, driver_size, arg))
		return errno;
	snprintf(path, sizeof(path), "/sys/module/%s/sections/.text", name);
	read_line(path, address, sizeof(address));
	log_line("campaign: text at ", address);
	return 0;
}

static int unload(const char *arg)
{
	return syscall(SYS_delete_module, arg, O_NONBLOCK) ? errno : 0;
}

/* Runs the command with a file as its input. */
static int run(const char *input)
{
	char out[64];

	snprintf(out, sizeof(out), "%s.out", input);
	if (dup2(open(input, O_RDONLY), 0) < 0 ||
	    dup2(open(out, O_CREAT | O_TRUNC | O_WRONLY, 0600), 1) < 0 || dup2(1, 2) < 0)
		return errno;
	execv(command[0], command);
	return errno;
}

/* The sample device says it itself. */
static int say_what_is_left(const char *path)
{
	char held[256];

	if (access(path, R_OK))
		return 0;
	read_line(path, held, sizeof(held));
	log_line("left:", held);
	return 0;
}

/* What a kernel does all day, with memory of the sizes that drivers allocate. */
static int use(const char *path)
{
	static char data[3000];
	int i, fd, pipes[2];

	for (i = 0; i < 20; i++) {
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
	return 0;
}

static size_t read_all(const char *input, const char *suffix, char *data, size_t size)
{
	char path[64];
	size_t n = 0;
	FILE *f;

	snprintf(path, sizeof(path), "%s%s", input, suffix);
	f = fopen(path, "r");
	if (f) {
		n = fread(data, 1, size, f);
		fclose(f);
	}
	return n;
}

/* Whether the command has printed what it prints for the driver as it is. */
static bool printed_the_same(const char *input)
{
	static char out[65536], expected[65536];
	size_t n = read_all(input, ".out", out, sizeof(out));

	return n == read_all(input, ".expected", expected, sizeof(expected)) &&
		!memcmp(out, expected, n);
}

/*
 * An errno is an answer as well, but that there is no device, or nobody who serves it any more: the
 * words are those of the sample device and its client.
 */
static bool was_answered(const char *input)
{
	static char out[65536];

	out[read_all(input, ".out", out, sizeof(out) - 1)] = '\0';
	return !strstr(out, "cannot") && !strstr(out, "has ended");
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
	o->load = within(STEP_MAX, load, "");
	if (!o->load) {
		within(STEP_MAX, run, "exercise");
		o->served = within(STEP_MAX, run, "once-more") != HUNG && was_answered("once-more");
		o->same = printed_the_same("exercise") && printed_the_same("once-more");
		o->unload = within(STEP_MAX, unload, name);
		within(STEP_MAX, say_what_is_left, "/sys/module/inject/parameters/held");
	}
	o->use = within(STEP_MAX, use, "/tmp/used");
	o->killed += count_oopses();
	o->faults += count_faults();
	stop_watchdog();
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
	log_line("campaign: begin ", number);
	try(&o);
	log_line("campaign: end ", number);
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

	if (argc < 4)
		return 2;
	name = argv[1];
	command = argv + 3;
	if (iopl(3))
		die("iopl");
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
