// SPDX-License-Identifier: GPL-2.0-only
/* KUnit's runner: each case in a kthread, the results as KTAP on standard output. */

#include <fnmatch.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <ucontext.h>
#include <unistd.h>
#include <kdefer-shim.h>
#include <kunit/test.h>
#include <linux/kthread.h>
#include "../linux/kshim-impl.h"

#define SUITES_MAX 256
#define CRASH_STACK_SIZE (64 * 1024)

struct stats {
	unsigned long passed;
	unsigned long failed;
	unsigned long skipped;
	unsigned long total;
};

struct case_context {
	struct kunit *test;
	struct kunit_suite *suite;
	struct kunit_case *test_case;
};

/* What is running, for whoever has to report its sudden end. */
static struct {
	struct kunit_suite *suite;
	size_t suite_nr;
	struct kunit_case *test_case;
	size_t case_nr;
	struct kunit *test;
	struct task_struct *task;
	pid_t pid;
	bool crashed;
} running;

static struct kunit_suite *suites[SUITES_MAX];
static size_t nr_suites;
static unsigned long time_limit = 60;

static void __printf(1, 2) out(const char *fmt, ...)
{
	char line[4 * KSHIM_LINE_MAX];
	va_list args;
	int len;

	va_start(args, fmt);
	len = kshim_vscnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	if (len && line[len - 1] != '\n') {
		len = min(len, (int)sizeof(line) - 2);
		line[len++] = '\n';
	}
	kshim_write(STDOUT_FILENO, line, (size_t)len);
}

void kshim_kunit_log(const struct kunit *test, const char *fmt, ...)
{
	struct va_format vaf = { .fmt = fmt };
	va_list args;

	va_start(args, fmt);
	vaf.va = &args;
	out(KUNIT_SUBTEST_INDENT "# %s: %pV", test->name, &vaf);
	va_end(args);
}

static void set_failure(struct kunit *test)
{
	WRITE_ONCE(test->status, KUNIT_FAILURE);
}

void kshim_kunit_mark_skipped(struct kunit *test, const char *fmt, ...)
{
	va_list args;

	WRITE_ONCE(test->status, KUNIT_SKIPPED);
	va_start(args, fmt);
	kshim_vscnprintf(test->status_comment, sizeof(test->status_comment), fmt, args);
	va_end(args);
}

/* A text that is its own value need not be explained. */
static bool is_literal(const char *text, long long value)
{
	char digits[32];

	kshim_snprintf(digits, sizeof(digits), "%lld", value);
	return !strcmp(text, digits);
}

static bool is_string_literal(const char *text, const char *value)
{
	size_t len = strlen(text);

	return len > 1 && text[0] == '"' && text[len - 1] == '"' && value &&
	       strlen(value) == len - 2 && !strncmp(text + 1, value, len - 2);
}

static void explain_int(char *buf, size_t size, const char *text, long long value)
{
	size_t len = strlen(buf);

	if (!is_literal(text, value))
		scnprintf(buf + len, size - len, KUNIT_SUBSUBTEST_INDENT "%s == %lld\n", text,
			  value);
}

static void explain_ptr(char *buf, size_t size, const char *text, long long value)
{
	size_t len = strlen(buf);

	scnprintf(buf + len, size - len, KUNIT_SUBSUBTEST_INDENT "%s == %px\n", text,
		  (void *)value);
}

static void explain_str(char *buf, size_t size, const char *text, long long value)
{
	const char *str = (const char *)value;
	size_t len = strlen(buf);

	if (!is_string_literal(text, str))
		scnprintf(buf + len, size - len, KUNIT_SUBSUBTEST_INDENT "%s == \"%s\"\n", text,
			  str);
}

static void explain_mem(char *buf, size_t size, const char *text, long long value, size_t bytes)
{
	size_t len = strlen(buf);

	if (!value)
		scnprintf(buf + len, size - len, KUNIT_SUBSUBTEST_INDENT "%s is NULL\n", text);
	else
		scnprintf(buf + len, size - len, KUNIT_SUBSUBTEST_INDENT "%s == %*ph\n", text,
			  (int)min_t(size_t, bytes, 64), (void *)value);
}

static void explain(char *buf, size_t size, const struct kshim_kunit_site *site, long long left,
		    long long right, size_t bytes)
{
	buf[0] = '\0';
	switch (site->kind) {
	case KSHIM_KUNIT_FAIL:
		return;
	case KSHIM_KUNIT_BOOL:
		scnprintf(buf, size, KUNIT_SUBTEST_INDENT "Expected %s to be %s, but is %s\n",
			  site->left, site->op, left ? "true" : "false");
		return;
	case KSHIM_KUNIT_NOT_ERR:
		if (!left)
			scnprintf(buf, size,
				  KUNIT_SUBTEST_INDENT "Expected %s is not null, but is\n",
				  site->left);
		else
			scnprintf(buf, size,
				  KUNIT_SUBTEST_INDENT "Expected %s is not error, but is: %lld\n",
				  site->left, left);
		return;
	default:
		break;
	}
	scnprintf(buf, size, KUNIT_SUBTEST_INDENT "Expected %s %s %s, but\n", site->left, site->op,
		  site->right);
	switch (site->kind) {
	case KSHIM_KUNIT_PTR:
		explain_ptr(buf, size, site->left, left);
		explain_ptr(buf, size, site->right, right);
		return;
	case KSHIM_KUNIT_STR:
		explain_str(buf, size, site->left, left);
		explain_str(buf, size, site->right, right);
		return;
	case KSHIM_KUNIT_MEM:
		explain_mem(buf, size, site->left, left, bytes);
		explain_mem(buf, size, site->right, right, bytes);
		return;
	default:
		explain_int(buf, size, site->left, left);
		explain_int(buf, size, site->right, right);
	}
}

void kshim_kunit_failed(struct kunit *test, const struct kshim_kunit_site *site, long long left,
			long long right, size_t size, const char *fmt, ...)
{
	char text[2 * KSHIM_LINE_MAX], message[KSHIM_LINE_MAX] = "";
	va_list args;

	explain(text, sizeof(text), site, left, right, size);
	if (fmt) {
		va_start(args, fmt);
		kshim_vscnprintf(message, sizeof(message), fmt, args);
		va_end(args);
	}
	set_failure(test);
	kshim_kunit_log(test, "%s FAILED at %s:%d\n%s%s%s",
			site->is_assert ? "ASSERTION" : "EXPECTATION", site->file, site->line,
			text, *text && *message ? "\n" : "", message);
}

void __kunit_abort(struct kunit *test)
{
	kunit_try_catch_throw(&test->try_catch);
}

void kshim_kunit_throw(struct kunit_try_catch *try_catch)
{
	try_catch->try_result = -EFAULT;
	kthread_complete_and_exit(try_catch->try_completion, -EFAULT);
}

/*
 * A stack that has overflown cannot hold the handler's frame. Cases run one at a time, so one
 * spare stack does.
 */
static void use_crash_stack(void)
{
	static char spare[CRASH_STACK_SIZE];
	stack_t stack = { .ss_sp = spare, .ss_size = sizeof(spare) }, old;

	/* A sanitizer may have brought its own. */
	if (!sigaltstack(NULL, &old) && (old.ss_flags & SS_DISABLE))
		sigaltstack(&stack, NULL);
}

static int try_thread(void *data)
{
	struct kunit_try_catch *try_catch = data;

	use_crash_stack();
	try_catch->try(try_catch->context);
	kthread_complete_and_exit(try_catch->try_completion, 0);
}

static struct completion *new_completion(void)
{
	struct completion *c = calloc(1, sizeof(*c));

	if (!c)
		panic("kunit: out of memory\n");
	init_completion(c);
	return c;
}

void kunit_try_catch_run(struct kunit_try_catch *try_catch, void *context)
{
	/* A case may run another one. */
	struct task_struct *outer = running.task;
	/* Not on the stack: a case that is given up goes on, and may still complete it. */
	struct completion *done = new_completion();
	struct task_struct *t;

	try_catch->context = context;
	try_catch->try_completion = done;
	try_catch->try_result = 0;
	t = kthread_create(try_thread, try_catch, "kunit_try_catch_thread");
	if (IS_ERR(t)) {
		try_catch->try_result = (int)PTR_ERR(t);
		free(done);
		try_catch->catch(try_catch->context);
		return;
	}
	t->kunit_test = try_catch->test;
	running.task = t;
	wake_up_process(t);
	if (!wait_for_completion_timeout(done, time_limit * HZ)) {
		kunit_err(try_catch->test, "try timed out\n");
		try_catch->try_result = -ETIMEDOUT;
		running.task = outer;
		try_catch->catch(try_catch->context);
		return;
	}
	running.task = outer;
	free(done);
	/* A failed assertion is the case's business, not the runner's. */
	if (try_catch->try_result == -EFAULT)
		try_catch->try_result = running.crashed ? -EINTR : 0;
	else if (!try_catch->try_result)
		return;
	try_catch->catch(try_catch->context);
}

struct kunit_resource *kshim_kunit_add_resource(struct kunit *test, kunit_resource_init_t init,
						kunit_resource_free_t free_fn, void *context)
{
	struct kunit_resource *res = calloc(1, sizeof(*res));
	unsigned long flags;

	if (!res)
		return NULL;
	res->free = free_fn;
	if (!init) {
		res->data = context;
	} else if (init(res, context)) {
		free(res);
		return NULL;
	}
	spin_lock_irqsave(&test->lock, flags);
	list_add_tail(&res->node, &test->resources);
	spin_unlock_irqrestore(&test->lock, flags);
	return res;
}

struct kunit_resource *kshim_kunit_find_resource(struct kunit *test, kunit_resource_match_t match,
						 void *match_data)
{
	struct kunit_resource *res, *found = NULL;
	unsigned long flags;

	spin_lock_irqsave(&test->lock, flags);
	list_for_each_entry_reverse(res, &test->resources, node) {
		if (!match(test, res, match_data))
			continue;
		found = res;
		break;
	}
	spin_unlock_irqrestore(&test->lock, flags);
	return found;
}

static void end_resource(struct kunit *test, struct kunit_resource *res, bool run)
{
	unsigned long flags;

	spin_lock_irqsave(&test->lock, flags);
	list_del(&res->node);
	spin_unlock_irqrestore(&test->lock, flags);
	if (run && res->free)
		res->free(res);
	free(res);
}

int kshim_kunit_destroy_resource(struct kunit *test, kunit_resource_match_t match,
				 void *match_data)
{
	struct kunit_resource *res = kshim_kunit_find_resource(test, match, match_data);

	if (!res)
		return -ENOENT;
	end_resource(test, res, true);
	return 0;
}

static void free_memory(struct kunit_resource *res)
{
	kfree(res->data);
}

static bool match_memory(struct kunit *test __always_unused, struct kunit_resource *res,
			 void *match_data)
{
	return res->free == free_memory && res->data == match_data;
}

void *kshim_kunit_kmalloc(struct kunit *test, size_t n, size_t size, gfp_t gfp)
{
	void *p = kmalloc_array(n, size, gfp);

	if (p && !kshim_kunit_add_resource(test, NULL, free_memory, p)) {
		kfree(p);
		return NULL;
	}
	return p;
}

void kshim_kunit_kfree(struct kunit *test, const void *ptr)
{
	if (!ptr)
		return;
	if (kshim_kunit_destroy_resource(test, match_memory, (void *)ptr))
		KUNIT_FAIL(test, "kunit_kfree: %px already freed or not allocated by kunit", ptr);
}

struct action {
	void (*fn)(void *ctx);
	void *ctx;
};

static void free_action(struct kunit_resource *res)
{
	struct action *action = res->data;

	action->fn(action->ctx);
	free(action);
}

static bool match_action(struct kunit *test __always_unused, struct kunit_resource *res,
			 void *match_data)
{
	const struct action *want = match_data, *action = res->data;

	return res->free == free_action && action->fn == want->fn && action->ctx == want->ctx;
}

int kshim_kunit_add_action(struct kunit *test, void (*fn)(void *ctx), void *ctx)
{
	struct action *action = calloc(1, sizeof(*action));

	if (!action)
		return -ENOMEM;
	action->fn = fn;
	action->ctx = ctx;
	if (kshim_kunit_add_resource(test, NULL, free_action, action))
		return 0;
	free(action);
	return -ENOMEM;
}

void kshim_kunit_end_action(struct kunit *test, void (*fn)(void *ctx), void *ctx, bool run)
{
	struct action want = { .fn = fn, .ctx = ctx };
	struct kunit_resource *res = kshim_kunit_find_resource(test, match_action, &want);
	struct action *action;

	if (!res)
		return;
	action = res->data;
	end_resource(test, res, run);
	if (!run)
		free(action);
}

/* Newest first: what was acquired later may need what was acquired before. */
static void cleanup(struct kunit *test)
{
	while (!list_empty(&test->resources))
		end_resource(test, list_last_entry(&test->resources, struct kunit_resource, node),
			     true);
	current->kunit_test = NULL;
}

static void run_case_cleanup(struct case_context *ctx)
{
	if (ctx->suite->exit)
		ctx->suite->exit(ctx->test);
	cleanup(ctx->test);
}

static void try_run_case(void *data)
{
	struct case_context *ctx = data;
	int ret;

	if (ctx->suite->init) {
		ret = ctx->suite->init(ctx->test);
		if (ret) {
			kunit_err(ctx->test, "failed to initialize: %d\n", ret);
			set_failure(ctx->test);
			return;
		}
	}
	ctx->test_case->run_case(ctx->test);
	run_case_cleanup(ctx);
}

static void catch_run_case(void *data)
{
	struct case_context *ctx = data;
	int result = kunit_try_catch_get_result(&ctx->test->try_catch);

	if (!result) {
		run_case_cleanup(ctx);
		return;
	}
	/* Nobody knows what state the case has left behind: nothing of it is cleaned up. */
	set_failure(ctx->test);
	if (result == -ETIMEDOUT)
		kunit_err(ctx->test, "test case timed out\n");
	else if (result == -EINTR)
		kunit_err(ctx->test, "test case crashed\n");
	else
		kunit_err(ctx->test,
			  "internal error occurred preventing test case from running: %d\n",
			  result);
}

static void run_once(struct case_context *ctx)
{
	struct kunit *test = ctx->test;
	struct kunit_try_catch *try_catch = &test->try_catch;

	test->status = KUNIT_SUCCESS;
	test->status_comment[0] = '\0';
	INIT_LIST_HEAD(&test->resources);
	running.crashed = false;
	kunit_try_catch_init(try_catch, test, try_run_case, catch_run_case);
	kunit_try_catch_run(try_catch, ctx);
	if (running.crashed)
		set_failure(test);
	if (test->status == KUNIT_FAILURE)
		ctx->test_case->status = KUNIT_FAILURE;
	else if (ctx->test_case->status != KUNIT_FAILURE && test->status == KUNIT_SUCCESS)
		ctx->test_case->status = KUNIT_SUCCESS;
}

static void count(struct stats *stats, enum kunit_status status)
{
	stats->passed += status == KUNIT_SUCCESS;
	stats->failed += status == KUNIT_FAILURE;
	stats->skipped += status == KUNIT_SKIPPED;
	stats->total++;
}

static void add_stats(struct stats *sum, const struct stats *stats)
{
	sum->passed += stats->passed;
	sum->failed += stats->failed;
	sum->skipped += stats->skipped;
	sum->total += stats->total;
}

static void print_stats(const char *indent, const char *name, const struct stats *stats)
{
	if (stats->passed + stats->failed + stats->skipped > 1)
		out("%s# %s: pass:%lu fail:%lu skip:%lu total:%lu", indent, name, stats->passed,
		    stats->failed, stats->skipped, stats->total);
}

static void print_result(const char *indent, enum kunit_status status, size_t nr, const char *name,
			 const char *comment)
{
	out("%s%s %zu - %s%s%s", indent, status == KUNIT_FAILURE ? "not ok" : "ok", nr, name,
	    status == KUNIT_SKIPPED ? " # SKIP " : "", status == KUNIT_SKIPPED ? comment : "");
}

/* A case that was given up still uses what it was given. */
static void free_context(struct case_context *ctx)
{
	if (ctx->test->try_catch.try_result != -ETIMEDOUT) {
		free(ctx->test);
		free(ctx);
	}
}

static struct case_context *new_context(struct kunit_suite *suite, struct kunit_case *test_case)
{
	struct case_context *ctx = calloc(1, sizeof(*ctx));
	struct kunit *test = calloc(1, sizeof(*test));

	if (!ctx || !test)
		panic("kunit: out of memory\n");
	spin_lock_init(&test->lock);
	test->name = test_case->name;
	ctx->test = test;
	ctx->suite = suite;
	ctx->test_case = test_case;
	running.test = test;
	return ctx;
}

static void run_params(struct kunit_suite *suite, struct kunit_case *test_case, struct stats *stats)
{
	char desc[KUNIT_PARAM_DESC_SIZE] = "";
	const void *param = test_case->generate_params(NULL, desc);

	out(KUNIT_SUBTEST_INDENT KUNIT_SUBTEST_INDENT "# Subtest: %s", test_case->name);
	for (int i = 0; param; i++) {
		struct case_context *ctx = new_context(suite, test_case);

		ctx->test->param_value = param;
		ctx->test->param_index = i;
		run_once(ctx);
		if (!desc[0])
			scnprintf(desc, sizeof(desc), "param-%d", i);
		print_result(KUNIT_SUBSUBTEST_INDENT, ctx->test->status, (size_t)i + 1, desc,
			     ctx->test->status_comment);
		count(stats, ctx->test->status);
		free_context(ctx);
		desc[0] = '\0';
		param = test_case->generate_params(param, desc);
	}
}

static void run_case(struct kunit_suite *suite, struct kunit_case *test_case, size_t nr,
		     struct stats *params, struct stats *cases)
{
	char comment[KUNIT_STATUS_COMMENT_SIZE] = "";
	struct stats stats = { 0 };

	test_case->status = KUNIT_SKIPPED;
	running.test_case = test_case;
	running.case_nr = nr;
	if (test_case->generate_params) {
		run_params(suite, test_case, &stats);
	} else {
		struct case_context *ctx = new_context(suite, test_case);

		run_once(ctx);
		count(&stats, ctx->test->status);
		strscpy(comment, ctx->test->status_comment, sizeof(comment));
		free_context(ctx);
	}
	running.test_case = NULL;
	print_stats(KUNIT_SUBTEST_INDENT, test_case->name, &stats);
	print_result(KUNIT_SUBTEST_INDENT, test_case->status, nr, test_case->name, comment);
	count(cases, test_case->status);
	add_stats(params, &stats);
}

static bool matches(const char *filter, const char *suite, const char *test_case)
{
	char glob[256];
	size_t len;

	if (!filter)
		return true;
	len = strcspn(filter, ".");
	kshim_snprintf(glob, sizeof(glob), "%.*s", (int)len, filter);
	if (fnmatch(glob, suite, 0))
		return false;
	return !filter[len] || !test_case || !fnmatch(filter + len + 1, test_case, 0);
}

static bool any_match(int argc, char **argv, const char *suite, const char *test_case)
{
	bool filtered = false;

	for (int i = 1; i < argc; i++) {
		if (argv[i][0] == '-')
			continue;
		filtered = true;
		if (matches(argv[i], suite, test_case))
			return true;
	}
	return !filtered;
}

static size_t count_cases(struct kunit_suite *suite, int argc, char **argv)
{
	struct kunit_case *test_case;
	size_t n = 0;

	kunit_suite_for_each_test_case(suite, test_case)
		n += any_match(argc, argv, suite->name, test_case->name);
	return n;
}

static enum kunit_status suite_status(const struct kunit_suite *suite, const struct stats *cases)
{
	if (suite->suite_init_err || cases->failed)
		return KUNIT_FAILURE;
	return cases->passed ? KUNIT_SUCCESS : KUNIT_SKIPPED;
}

static void run_cases(struct kunit_suite *suite, int argc, char **argv, struct stats *params,
		      struct stats *cases)
{
	struct kunit_case *test_case;
	size_t nr = 1;

	out(KUNIT_SUBTEST_INDENT "# Subtest: %s", suite->name);
	out(KUNIT_SUBTEST_INDENT "1..%zu", count_cases(suite, argc, argv));
	kunit_suite_for_each_test_case(suite, test_case) {
		if (any_match(argc, argv, suite->name, test_case->name))
			run_case(suite, test_case, nr++, params, cases);
	}
	if (suite->suite_exit)
		suite->suite_exit(suite);
}

static bool run_suite(struct kunit_suite *suite, size_t nr, int argc, char **argv)
{
	struct stats params = { 0 }, cases = { 0 };
	enum kunit_status status;

	running.suite = suite;
	running.suite_nr = nr;
	suite->suite_init_err = suite->suite_init ? suite->suite_init(suite) : 0;
	if (suite->suite_init_err)
		out(KUNIT_SUBTEST_INDENT "# failed to initialize (%d)", suite->suite_init_err);
	else
		run_cases(suite, argc, argv, &params, &cases);
	running.suite = NULL;
	status = suite_status(suite, &cases);
	if (cases.total > 1)
		print_stats("", suite->name, &cases);
	print_stats("", "Totals", &params);
	print_result("", status, nr, suite->name, "");
	return status != KUNIT_FAILURE;
}

/* Whatever ends the program now, the reader must find the case that it happened in. */
static void report_sudden_end(const char *why)
{
	if (!running.suite || getpid() != running.pid)
		return;
	out(KUNIT_SUBTEST_INDENT "# %s: %s", running.test_case ? running.test_case->name :
	    running.suite->name, why);
	if (running.test_case)
		print_result(KUNIT_SUBTEST_INDENT, KUNIT_FAILURE, running.case_nr,
			     running.test_case->name, "");
	print_result("", KUNIT_FAILURE, running.suite_nr, running.suite->name, "");
	running.suite = NULL;
}

static void sanitizer_died(void)
{
	report_sudden_end("the sanitizer ended the program");
}

void __sanitizer_set_death_callback(void (*callback)(void)) __weak;

static void __attribute__((__destructor__)) kunit_exit(void)
{
	if (!running.suite || getpid() != running.pid)
		return;
	report_sudden_end("the program called exit()");
	_exit(EXIT_FAILURE);
}

/* As if nobody had caught the signal: the exit status names it, and there is a core. */
static void __noreturn die_of(int sig)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, sig);
	signal(sig, SIG_DFL);
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
	raise(sig);
	_exit(EXIT_FAILURE);
}

/* Ends the thread that has crashed, as an oops does; the others go on. */
static void crash(int sig, siginfo_t *info, void *context __always_unused)
{
	sigset_t set;

	if (!running.suite || getpid() != running.pid)
		die_of(sig);
	kshim_set_crashing();
	running.crashed = true;
	printk(KERN_ALERT "Unable to handle signal %d (%s) at address %px in %s\n", sig,
	       sigabbrev_np(sig) ?: "?", info->si_addr, kshim_current_task ? current->comm : "?");
	kshim_print_trace(1);
	if (!kshim_current_task || !(current->flags & PF_KTHREAD)) {
		report_sudden_end("crashed outside a kthread");
		die_of(sig);
	}
	sigemptyset(&set);
	sigaddset(&set, sig);
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
	if (running.test)
		kunit_err(running.test, "%s in thread %s\n", sigabbrev_np(sig) ?: "crash",
			  current->comm);
	if (current == running.task)
		kunit_try_catch_throw(&running.test->try_catch);
	kthread_exit(0);
}

/* Before main(): a handler that the program installs later can pass on what is not its own. */
static void catch_crashes(void)
{
	static const int signals[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGABRT, SIGSYS };
	struct sigaction sa = { .sa_sigaction = crash, .sa_flags = SA_SIGINFO | SA_ONSTACK };

	sigemptyset(&sa.sa_mask);
	for (size_t i = 0; i < ARRAY_SIZE(signals); i++)
		sigaction(signals[i], &sa, NULL);
}

static int parse_options(int argc, char **argv)
{
	const char *limit = getenv("KDEFER_SHIM_KUNIT_TIMEOUT");

	for (int i = 1; i < argc; i++) {
		if (strstarts(argv[i], "--timeout=")) {
			limit = argv[i] + strlen("--timeout=");
		} else if (argv[i][0] == '-') {
			pr_err("usage: %s [--timeout=SECONDS] [SUITE_GLOB[.CASE_GLOB]]...\n",
			       argv[0]);
			return -EINVAL;
		}
	}
	if (limit && (kstrtoul(limit, 10, &time_limit) || !time_limit)) {
		pr_err("kunit: the time limit `%s' is no number of seconds above 0\n", limit);
		return -EINVAL;
	}
	return 0;
}

static size_t count_suites(int argc, char **argv)
{
	size_t n = 0;

	for (size_t i = 0; i < nr_suites; i++)
		n += !!count_cases(suites[i], argc, argv);
	return n;
}

static int kunit_main(int argc, char **argv)
{
	size_t planned, nr = 0, failed = 0;

	if (parse_options(argc, argv))
		return 2;
	planned = count_suites(argc, argv);
	if (!planned) {
		pr_err("kunit: no case matches the filter; this program's suites are:\n");
		for (size_t i = 0; i < nr_suites; i++)
			pr_err("  %s\n", suites[i]->name);
		return 2;
	}
	running.pid = getpid();
	if (__sanitizer_set_death_callback)
		__sanitizer_set_death_callback(sanitizer_died);
	out("TAP version 14");
	out("1..%zu", planned);
	for (size_t i = 0; i < nr_suites; i++) {
		if (count_cases(suites[i], argc, argv))
			failed += !run_suite(suites[i], ++nr, argc, argv);
	}
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

void kshim_kunit_register(struct kunit_suite * const *list, size_t nr)
{
	if (!nr_suites) {
		kshim_set_main(kunit_main);
		catch_crashes();
	}
	if (nr > SUITES_MAX - nr_suites)
		panic("kunit: more than %d suites in one program\n", SUITES_MAX);
	for (size_t i = 0; i < nr; i++)
		suites[nr_suites++] = list[i];
}
