// SPDX-License-Identifier: GPL-2.0-only
/* A thread that outlives the plugin whose KDEFER function it has called. */

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>

static void *call_plugin(void *path)
{
	void *plugin = dlopen(path, RTLD_NOW);
	int (*half)(int n) = plugin ? (int (*)(int n))dlsym(plugin, "half") : NULL;
	int got;

	if (!half) {
		fprintf(stderr, "%s\n", dlerror());
		return NULL;
	}
	got = half(8);
	return dlclose(plugin) || got != 4 ? NULL : path;
}

int main(int argc, char **argv)
{
	pthread_t thread;
	void *result;

	if (argc != 2 || pthread_create(&thread, NULL, call_plugin, argv[1]) ||
	    pthread_join(thread, &result))
		return 1;
	return !result;
}
