// SPDX-License-Identifier: GPL-2.0-only
/* A panic through a library that was loaded after the thread's first one. */
#include <dlfcn.h>
#include <stdio.h>
#include <kdefer/kdefer.h>

typedef void (*call_fn)(void (*fn)(void));

static noinline void raise(void)
{
	kpanic(-EIO);
}

static noinline void call_directly(void (*fn)(void))
{
	fn();
	barrier();
}

static noinline KDEFER_DEFINE1(int, raise_through, call_fn, call)
{
	kdefer_recover_result();
	call(raise);
	return 0;
}

int main(int argc, char **argv)
{
	call_fn call_back;
	void *library;

	if (argc != 2 || raise_through(call_directly) != -EIO)
		return 1;
	library = dlopen(argv[1], RTLD_NOW);
	call_back = library ? (call_fn)dlsym(library, "call_back") : NULL;
	if (!call_back) {
		fprintf(stderr, "%s\n", dlerror());
		return 1;
	}
	return raise_through(call_back) != -EIO;
}
