// SPDX-License-Identifier: GPL-2.0-only
/* A program as a set of loaded modules: parameters, init in link order, exit in reverse. */

#include <signal.h>
#include <stdlib.h>
#include "kshim-impl.h"

#include <kdefer-shim.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/string.h>

#define MODULES_MAX 256
#define PARAM_ENV "KDEFER_SHIM_PARAM_"

struct loaded {
	const char *name;
	initcall_t init;
	exitcall_t exit;
};

static struct loaded modules[MODULES_MAX];
static unsigned int nr_modules;
static struct kernel_param *params;
static shim_main_fn main_fn;

static struct loaded *add_module(const char *name)
{
	if (nr_modules == MODULES_MAX)
		panic("shim: more than %d modules in one program\n", MODULES_MAX);
	modules[nr_modules].name = name;
	return &modules[nr_modules++];
}

void kshim_module_init(const char *name, initcall_t fn)
{
	add_module(name)->init = fn;
}

void kshim_module_exit(const char *name, exitcall_t fn)
{
	struct loaded *m = NULL;

	for (unsigned int i = 0; i < nr_modules && !m; i++) {
		if (!modules[i].exit && !strcmp(modules[i].name, name))
			m = &modules[i];
	}
	if (!m)
		m = add_module(name);
	m->exit = fn;
}

void kshim_set_main(shim_main_fn fn)
{
	if (main_fn)
		panic("shim: two main functions in one program: %ps and %ps\n", main_fn, fn);
	main_fn = fn;
}

void kshim_param_register(struct kernel_param *kp)
{
	kp->next = params;
	params = kp;
}

#define SHIM_PARAM_OPS(suffix, type, parse, format) \
int kshim_param_set_##suffix(const char *val, const struct kernel_param *kp) \
{ \
	return val ? parse(val, 0, (type *)kp->arg) : -EINVAL; \
} \
int kshim_param_get_##suffix(char *buffer, const struct kernel_param *kp) \
{ \
	return scnprintf(buffer, PAGE_SIZE, format "\n", *(type *)kp->arg); \
} \
const struct kernel_param_ops kshim_param_ops_##suffix = { \
	.set = kshim_param_set_##suffix, .get = kshim_param_get_##suffix, \
}

SHIM_PARAM_OPS(byte, u8, kstrtou8, "%hhu");
SHIM_PARAM_OPS(short, s16, kstrtos16, "%hi");
SHIM_PARAM_OPS(ushort, u16, kstrtou16, "%hu");
SHIM_PARAM_OPS(int, int, kstrtoint, "%i");
SHIM_PARAM_OPS(uint, unsigned int, kstrtouint, "%u");
SHIM_PARAM_OPS(long, long, kstrtol, "%li");
SHIM_PARAM_OPS(ulong, unsigned long, kstrtoul, "%lu");
SHIM_PARAM_OPS(ullong, unsigned long long, kstrtoull, "%llu");

int kshim_param_set_bool(const char *val, const struct kernel_param *kp)
{
	return kstrtobool(val ?: "1", kp->arg);
}

int kshim_param_get_bool(char *buffer, const struct kernel_param *kp)
{
	return scnprintf(buffer, PAGE_SIZE, "%c\n", *(bool *)kp->arg ? 'Y' : 'N');
}

const struct kernel_param_ops kshim_param_ops_bool = {
	.flags = KERNEL_PARAM_OPS_FL_NOARG,
	.set = kshim_param_set_bool,
	.get = kshim_param_get_bool,
};

int kshim_param_set_charp(const char *val, const struct kernel_param *kp)
{
	if (!val)
		return -EINVAL;
	/* argv and the environment last as long as the program. */
	*(const char **)kp->arg = val;
	return 0;
}

int kshim_param_get_charp(char *buffer, const struct kernel_param *kp)
{
	return scnprintf(buffer, PAGE_SIZE, "%s\n", *(char **)kp->arg);
}

const struct kernel_param_ops kshim_param_ops_charp = {
	.set = kshim_param_set_charp,
	.get = kshim_param_get_charp,
};

int kshim_param_set_string(const char *val, const struct kernel_param *kp)
{
	if (!val || strlen(val) >= kp->str->maxlen)
		return val ? -ENOSPC : -EINVAL;
	strcpy(kp->str->string, val);
	return 0;
}

int kshim_param_get_string(char *buffer, const struct kernel_param *kp)
{
	return scnprintf(buffer, PAGE_SIZE, "%s\n", kp->str->string);
}

const struct kernel_param_ops kshim_param_ops_string = {
	.set = kshim_param_set_string,
	.get = kshim_param_get_string,
};

static int set_elements(char *list, const struct kernel_param *kp)
{
	const struct kparam_array *arr = kp->arr;
	struct kernel_param elem = *kp;
	unsigned int n = 0;
	char *word;
	int ret;

	while ((word = strsep(&list, ","))) {
		if (n == arr->max)
			return -EINVAL;
		elem.arg = (char *)arr->elem + (size_t)n++ * arr->elemsize;
		ret = arr->ops->set(word, &elem);
		if (ret)
			return ret;
	}
	if (arr->num)
		*arr->num = n;
	return 0;
}

int kshim_param_set_array(const char *val, const struct kernel_param *kp)
{
	char *copy;
	int ret;

	if (!val)
		return -EINVAL;
	copy = kstrdup(val, GFP_KERNEL);
	if (!copy)
		return -ENOMEM;
	ret = set_elements(copy, kp);
	/* A charp keeps a pointer to its word. */
	if (kp->arr->ops != &kshim_param_ops_charp)
		kfree(copy);
	return ret;
}

int kshim_param_get_array(char *buffer, const struct kernel_param *kp)
{
	const struct kparam_array *arr = kp->arr;
	unsigned int n = arr->num ? *arr->num : arr->max;
	struct kernel_param elem = *kp;
	int len = 0;

	for (unsigned int i = 0; i < n; i++) {
		/* Each element ends with a newline, which the next one's comma replaces. */
		if (i)
			buffer[len - 1] = ',';
		elem.arg = (char *)arr->elem + (size_t)i * arr->elemsize;
		len += arr->ops->get(buffer + len, &elem);
	}
	return len;
}

const struct kernel_param_ops kshim_param_ops_array = {
	.set = kshim_param_set_array,
	.get = kshim_param_get_array,
};

/* "name" or "module.name", up to @len characters. */
static bool param_matches(const struct kernel_param *kp, const char *text, size_t len)
{
	size_t mod = strcspn(kp->modname, ".");

	if (len > mod + 1 && !strncmp(text, kp->modname, mod) && text[mod] == '.') {
		text += mod + 1;
		len -= mod + 1;
	}
	return strlen(kp->name) == len && !strncmp(kp->name, text, len);
}

static int set_param(const struct kernel_param *kp, const char *val)
{
	int ret = kp->ops->set(val, kp);

	if (ret)
		pr_err("%.*s: `%s' invalid for parameter `%s': %pe\n",
		       (int)strcspn(kp->modname, "."), kp->modname, val ?: "", kp->name,
		       ERR_PTR(ret));
	return ret;
}

/* Returns how many parameters the argument has set, or an error. */
static int parse_arg(const char *arg)
{
	const char *eq = strchr(arg, '=');
	size_t len = eq ? (size_t)(eq - arg) : strlen(arg);
	int found = 0;

	for (struct kernel_param *kp = params; kp; kp = kp->next) {
		if (!param_matches(kp, arg, len))
			continue;
		if (!eq && !(kp->ops->flags & KERNEL_PARAM_OPS_FL_NOARG))
			continue;
		if (set_param(kp, eq ? eq + 1 : NULL))
			return -EINVAL;
		found++;
	}
	return found;
}

static int parse_env(void)
{
	for (struct kernel_param *kp = params; kp; kp = kp->next) {
		char name[128];
		const char *val;

		scnprintf(name, sizeof(name), PARAM_ENV "%s", kp->name);
		val = getenv(name);
		if (val && set_param(kp, val))
			return -EINVAL;
	}
	return 0;
}

/* Takes the parameters out of argv; what is left is for the main function. */
static int parse_args(int *argc, char **argv)
{
	int left = 1;

	for (int i = 1; i < *argc; i++) {
		int found = parse_arg(argv[i]);

		if (found < 0)
			return found;
		if (found)
			continue;
		if (!main_fn) {
			pr_err("%s: unknown parameter `%s'; use name=value, one of:\n", argv[0],
			       argv[i]);
			for (struct kernel_param *kp = params; kp; kp = kp->next)
				pr_err("  %s\n", kp->name);
			return -EINVAL;
		}
		argv[left++] = argv[i];
	}
	argv[left] = NULL;
	*argc = left;
	return 0;
}

static void exit_modules(unsigned int n)
{
	while (n--) {
		if (modules[n].exit)
			modules[n].exit();
	}
}

static int init_modules(void)
{
	for (unsigned int i = 0; i < nr_modules; i++) {
		int ret = modules[i].init ? modules[i].init() : 0;

		if (!ret)
			continue;
		pr_err("%s: init function %ps returned %pe: not loaded\n", modules[i].name,
		       modules[i].init, ERR_PTR(ret));
		exit_modules(i);
		return ret;
	}
	return 0;
}

static int wait_for_signal(const sigset_t *set)
{
	int sig;

	if (sigwait(set, &sig))
		return EXIT_FAILURE;
	return EXIT_SUCCESS;
}

int kshim_main(int argc, char **argv)
{
	sigset_t set;
	int ret;

	/* Before any other thread exists, so that none of them takes the signal. */
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	if (!main_fn)
		pthread_sigmask(SIG_BLOCK, &set, NULL);
	if (parse_env() || parse_args(&argc, argv))
		return 2;
	if (init_modules())
		return EXIT_FAILURE;
	ret = main_fn ? main_fn(argc, argv) : wait_for_signal(&set);
	exit_modules(nr_modules);
	return ret;
}
