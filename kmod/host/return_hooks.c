// SPDX-License-Identifier: GPL-2.0-only
/*
 * A tracer that replaces the return address of a function keeps the real one in a list of the task,
 * and takes it out when the function returns. A skipped function does not return, so the recovery
 * takes out what tracers have kept for it. A BPF fexit program keeps the address on the stack that
 * is given up, and leaves nothing in a list.
 */
#include <linux/kprobes.h>
#include <linux/llist.h>
#include <linux/preempt.h>
#include <linux/rcupdate.h>

#include "host.h"

#ifdef CONFIG_RETHOOK
#include "../compat/rethook.h"
#endif
#ifdef KDEFER_KRETPROBE_INSTANCES
#include "../compat/kretprobe.h"
#endif

#ifdef CONFIG_RETHOOK
static void kdefer_free_node(struct rcu_head *rcu)
{
	kdefer_rethook_drop(container_of(rcu, struct rethook_node, rcu));
}

/*
 * Gives a node back to the pool of its probe, as the return of the function would have done. A
 * probe that was unregistered has no pool any more, and its node is freed.
 */
static nokprobe_inline void kdefer_recycle_node(struct rethook_node *node)
{
	if (likely(rcu_access_pointer(node->rethook->handler)))
		kdefer_rethook_push(node);
	else
		call_rcu(&node->rcu, kdefer_free_node);
}

/*
 * @then was the first node of the list when the frame was entered. Its function has not returned
 * since, so the node is still there, and all nodes in front of it are of skipped functions. Only
 * this thread and interrupts on its CPU change the list, and an interrupt leaves it as it was:
 * there is no lock. Preemption is off because the pool of a probe that is unregistered meanwhile is
 * freed after a grace period of RCU.
 */
static nokprobe_inline bool kdefer_restore_rethooks(struct llist_node *then)
{
	struct llist_head *list = &current->rethooks;
	struct llist_node *n;

	preempt_disable_notrace();
	while ((n = READ_ONCE(list->first)) && n != then) {
		WRITE_ONCE(list->first, n->next);
		kdefer_recycle_node(container_of(n, struct rethook_node, llist));
	}
	preempt_enable_notrace();
	return n == then;
}
#endif

#ifdef KDEFER_KRETPROBE_INSTANCES
static void kdefer_free_instance(struct rcu_head *rcu)
{
	kdefer_kretprobe_drop(container_of(rcu, struct kretprobe_instance, rcu));
}

static nokprobe_inline void kdefer_recycle_instance(struct kretprobe_instance *ri)
{
	struct kretprobe *rp = get_kretprobe(ri);

	if (likely(rp))
		kdefer_kretprobe_push(rp, ri);
	else
		call_rcu(&ri->rcu, kdefer_free_instance);
}

/* As with rethooks. */
static nokprobe_inline bool kdefer_restore_kretprobes(struct llist_node *then)
{
	struct llist_head *list = &current->kretprobe_instances;
	struct llist_node *n;

	preempt_disable_notrace();
	while ((n = READ_ONCE(list->first)) && n != then) {
		WRITE_ONCE(list->first, n->next);
		kdefer_recycle_instance(container_of(n, struct kretprobe_instance, llist));
	}
	preempt_enable_notrace();
	return n == then;
}
#endif

#ifdef CONFIG_FUNCTION_GRAPH_TRACER
static nokprobe_inline bool kdefer_restore_graph(int index, int depth)
{
	if (index < -1 || index > current->curr_ret_stack)
		return false;
	current->curr_ret_stack = index;
	current->curr_ret_depth = depth;
	return true;
}
#endif

/* Whether functions of this thread may return to a tracer, which alone has their addresses. */
bool kdefer_has_return_hooks(void)
{
#ifdef CONFIG_FUNCTION_GRAPH_TRACER
	if (current->ret_stack)
		return true;
#endif
#ifdef CONFIG_RETHOOK
	if (current->rethooks.first)
		return true;
#endif
#ifdef KDEFER_KRETPROBE_INSTANCES
	if (current->kretprobe_instances.first)
		return true;
#endif
	return false;
}

/*
 * Neither traced, nor probed, nor watched by KCSAN: a tracer of this function would put an entry
 * for it into the very lists that it cuts, and not find that entry when it returns.
 */
bool notrace __no_kcsan kdefer_host_restore_return_hooks(const struct kdefer_return_hooks *then)
{
	bool ok = true;

#ifdef CONFIG_RETHOOK
	ok = kdefer_restore_rethooks(then->rethook);
#endif
#ifdef KDEFER_KRETPROBE_INSTANCES
	ok = ok && kdefer_restore_kretprobes(then->kretprobe);
#endif
#ifdef CONFIG_FUNCTION_GRAPH_TRACER
	ok = ok && kdefer_restore_graph(then->ret_stack, then->ret_depth);
#endif
#ifdef CONFIG_KCSAN_WEAK_MEMORY
	current->kcsan_stack_depth = then->kcsan_depth;
#endif
	return ok;
}
NOKPROBE_SYMBOL(kdefer_host_restore_return_hooks);
/*
 * Nor may a probe hit between here and the frame that is returned to. These functions are marked
 * here, because the core and the assembly do not know kprobes.
 */
NOKPROBE_SYMBOL(kdefer_jump);
NOKPROBE_SYMBOL(kdefer_arch_restore);
