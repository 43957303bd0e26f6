/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Functions of others that a panic may skip.
 */
#ifndef _KDEFER_SKIP_H
#define _KDEFER_SKIP_H

#include <linux/compiler.h>
#include <linux/list.h>

struct module;

/*
 * In user space there are no modules: a program or a library that uses kdefer has this note. (The
 * name, nothing, and the type are those of an ELF note.)
 */
#ifndef __KERNEL__
#define KDEFER_NOTE		0x6b64
#define KDEFER_NOTE_TABLES	0x6b65

/* With -fexceptions the compiler's tables tell where a release is pending. */
#ifdef __EXCEPTIONS
#define __KDEFER_NOTE_TYPE	"0x6b65"
#else
#define __KDEFER_NOTE_TYPE	"0x6b64"
#endif

asm(".pushsection .note.kdefer, \"a\", %note\n\t"
	".balign 4\n\t"
	".long 7, 0, " __KDEFER_NOTE_TYPE "\n\t"
	".asciz \"kdefer\"\n\t"
	".balign 4\n\t"
	".popsection");
#endif

/**
 * struct kdefer_may_skip - a function of which a module says that it may be skipped
 * @link: for the list of all
 * @owner: the module that says it
 * @function: the name of the function
 * @said: the runtime knows
 */
struct kdefer_may_skip {
	struct list_head link;
	struct module *owner;
	const char *function;
	bool said;
};

void __kdefer_may_skip(struct kdefer_may_skip *m, struct module *owner);

/**
 * KDEFER_MAY_SKIP - say that a function which is not kdefer's business holds nothing
 * @name: the name of the function, a string
 *
 * A panic that skips a function of the kernel, or of a module that does not use kdefer, is told of:
 * what the function held, nobody gives back. Where it holds nothing while it calls back, as sort()
 * does, the module that recovers says so, before that happens, with this statement. It holds for
 * all recoveries in the module.
 *
 * Context: any but NMI.
 */
#define KDEFER_MAY_SKIP(name)							\
do {										\
	static struct kdefer_may_skip __kdefer_skip = { .function = "" name };	\
										\
	if (unlikely(!READ_ONCE(__kdefer_skip.said)))				\
		__kdefer_may_skip(&__kdefer_skip, THIS_MODULE);			\
} while (0)

#endif /* _KDEFER_SKIP_H */
