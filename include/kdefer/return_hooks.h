/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Return hooks: what tracers that replace return addresses keep of a task. Such a tracer takes the
 * return address of a function from the stack, keeps it in a list, and hands out the newest entry
 * when a function returns. A jump skips functions, which then never return. If their entries stayed
 * in the list, the next function that returns would be sent to where a skipped one was called.
 */
#ifndef _KDEFER_RETURN_HOOKS_H
#define _KDEFER_RETURN_HOOKS_H

#include <linux/compiler.h>
#include <linux/sched.h>

struct llist_node;

/* Where kretprobes have instances of their own instead of rethooks. */
#if defined(CONFIG_KRETPROBES) && !defined(CONFIG_KRETPROBE_ON_RETHOOK)
#define KDEFER_KRETPROBE_INSTANCES
#endif

/**
 * struct kdefer_return_hooks - which entries are of functions that a jump does not skip
 * @ret_stack: index of the function graph tracer's newest one
 * @ret_depth: depth of that function
 * @rethook: the newest one of kretprobes and of exit handlers of fprobes
 * @kretprobe: the newest one of kretprobes that are not made of rethooks
 * @kcsan_depth: how many functions KCSAN has seen entered and not left
 */
struct kdefer_return_hooks {
#ifdef CONFIG_FUNCTION_GRAPH_TRACER
	int ret_stack;
	int ret_depth;
#endif
#ifdef CONFIG_RETHOOK
	struct llist_node *rethook;
#endif
#ifdef KDEFER_KRETPROBE_INSTANCES
	struct llist_node *kretprobe;
#endif
#ifdef CONFIG_KCSAN_WEAK_MEMORY
	int kcsan_depth;
#endif
};

/*
 * Inlined, since the function that saves its registers may be traced itself: its own entry is one
 * of those that stay, and a function called to save them would add another one.
 */
static __always_inline void kdefer_return_hooks_save(__maybe_unused
						      struct kdefer_return_hooks *t)
{
#ifdef CONFIG_FUNCTION_GRAPH_TRACER
	/* Both are read before one is stored: most often the compiler moves them as one word. */
	const struct task_struct *me = current;
	int ret_stack = me->curr_ret_stack;
	int ret_depth = me->curr_ret_depth;

	t->ret_stack = ret_stack;
	t->ret_depth = ret_depth;
#endif
#ifdef CONFIG_RETHOOK
	t->rethook = current->rethooks.first;
#endif
#ifdef KDEFER_KRETPROBE_INSTANCES
	t->kretprobe = current->kretprobe_instances.first;
#endif
#ifdef CONFIG_KCSAN_WEAK_MEMORY
	t->kcsan_depth = current->kcsan_stack_depth;
#endif
}

#endif /* _KDEFER_RETURN_HOOKS_H */
