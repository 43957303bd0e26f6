/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KSHIM_LINUX_RBTREE_H
#define _KSHIM_LINUX_RBTREE_H

#include <linux/container_of.h>
#include <linux/types.h>

struct rb_node {
	struct rb_node *rb_left;
	struct rb_node *rb_right;
	struct rb_node *parent;		/* the node itself when it is in no tree */
	bool red;
};

struct rb_root {
	struct rb_node *rb_node;
};

struct rb_root_cached {
	struct rb_root rb_root;
};

#define RB_ROOT ((struct rb_root){ NULL })
#define RB_ROOT_CACHED ((struct rb_root_cached){ { NULL } })
#define RB_EMPTY_ROOT(root) (!READ_ONCE((root)->rb_node))
#define RB_EMPTY_NODE(node) ((node)->parent == (node))
#define RB_CLEAR_NODE(node) ((node)->parent = (node))
#define rb_parent(node) ((node)->parent)
#define rb_entry(ptr, type, member) container_of(ptr, type, member)
#define rb_entry_safe(ptr, type, member) \
({ \
	struct rb_node *__kshim_node = (ptr); \
	__kshim_node ? rb_entry(__kshim_node, type, member) : NULL; \
})

void kshim_rb_insert_color(struct rb_node *node, struct rb_root *root);
void kshim_rb_erase(struct rb_node *node, struct rb_root *root);
void kshim_rb_replace(struct rb_node *victim, struct rb_node *new, struct rb_root *root);
struct rb_node *kshim_rb_end(const struct rb_root *root, bool last);
struct rb_node *kshim_rb_step(const struct rb_node *node, bool back);
struct rb_node *kshim_rb_first_postorder(const struct rb_root *root);
struct rb_node *kshim_rb_next_postorder(const struct rb_node *node);

static inline void rb_link_node(struct rb_node *node, struct rb_node *parent,
				struct rb_node **link)
{
	node->parent = parent;
	node->rb_left = NULL;
	node->rb_right = NULL;
	node->red = true;
	*link = node;
}

#define rb_insert_color(node, root) kshim_rb_insert_color(node, root)
#define rb_erase(node, root) kshim_rb_erase(node, root)
#define rb_replace_node(victim, new, root) kshim_rb_replace(victim, new, root)
#define rb_first(root) kshim_rb_end(root, false)
#define rb_last(root) kshim_rb_end(root, true)
#define rb_next(node) kshim_rb_step(node, false)
#define rb_prev(node) kshim_rb_step(node, true)
#define rb_first_postorder(root) kshim_rb_first_postorder(root)
#define rb_next_postorder(node) kshim_rb_next_postorder(node)

#define rb_first_cached(root) rb_first(&(root)->rb_root)
#define rb_insert_color_cached(node, root, leftmost) \
	((void)(leftmost), rb_insert_color(node, &(root)->rb_root))
#define rb_erase_cached(node, root) rb_erase(node, &(root)->rb_root)

#define rbtree_postorder_for_each_entry_safe(pos, n, root, field) \
	for (pos = rb_entry_safe(rb_first_postorder(root), __typeof__(*pos), field); \
	     pos && ({ n = rb_entry_safe(rb_next_postorder(&pos->field), \
					 __typeof__(*pos), field); 1; }); \
	     pos = n)

static inline void rb_add(struct rb_node *node, struct rb_root *tree,
			  bool (*less)(struct rb_node *, const struct rb_node *))
{
	struct rb_node **link = &tree->rb_node, *parent = NULL;

	while (*link) {
		parent = *link;
		link = less(node, parent) ? &parent->rb_left : &parent->rb_right;
	}
	rb_link_node(node, parent, link);
	rb_insert_color(node, tree);
}

static inline struct rb_node *rb_find(const void *key, const struct rb_root *tree,
				      int (*cmp)(const void *key, const struct rb_node *))
{
	struct rb_node *node = tree->rb_node;
	int c;

	while (node && (c = cmp(key, node)))
		node = c < 0 ? node->rb_left : node->rb_right;
	return node;
}

/* @node if it is the first one now, else NULL. */
static inline struct rb_node *rb_add_cached(struct rb_node *node, struct rb_root_cached *tree,
					    bool (*less)(struct rb_node *, const struct rb_node *))
{
	rb_add(node, &tree->rb_root, less);
	return rb_first_cached(tree) == node ? node : NULL;
}

/* The node that is there already, or NULL: then @node was added. */
static inline struct rb_node *rb_find_add(struct rb_node *node, struct rb_root *tree,
					  int (*cmp)(struct rb_node *, const struct rb_node *))
{
	struct rb_node **link = &tree->rb_node, *parent = NULL;
	int c;

	while (*link) {
		parent = *link;
		c = cmp(node, parent);
		if (!c)
			return parent;
		link = c < 0 ? &parent->rb_left : &parent->rb_right;
	}
	rb_link_node(node, parent, link);
	rb_insert_color(node, tree);
	return NULL;
}

#endif /* _KSHIM_LINUX_RBTREE_H */
