// SPDX-License-Identifier: GPL-2.0-only
/*
 * Red-black trees. No red node has a red child, and every way from the root to a leaf has as many
 * black nodes as any other.
 */

#include <linux/compiler.h>
#include <linux/rbtree.h>

static bool is_red(const struct rb_node *node)
{
	return node && node->red;
}

/* Where @node hangs. */
static struct rb_node **link_of(struct rb_node *node, struct rb_root *root)
{
	struct rb_node *parent = node->parent;

	if (!parent)
		return &root->rb_node;
	return parent->rb_left == node ? &parent->rb_left : &parent->rb_right;
}

static struct rb_node **child(struct rb_node *node, bool right)
{
	return right ? &node->rb_right : &node->rb_left;
}

/* @node goes down on the side @right, and its child of the other side takes its place. */
static void rotate(struct rb_node *node, bool right, struct rb_root *root)
{
	struct rb_node *up = *child(node, !right), *moved = *child(up, right);

	*link_of(node, root) = up;
	up->parent = node->parent;
	*child(up, right) = node;
	node->parent = up;
	*child(node, !right) = moved;
	if (moved)
		moved->parent = node;
}

void kshim_rb_insert_color(struct rb_node *node, struct rb_root *root)
{
	struct rb_node *parent, *above, *uncle;
	bool right;

	while ((parent = node->parent) && parent->red) {
		above = parent->parent;
		right = above->rb_right == parent;
		uncle = *child(above, !right);
		if (is_red(uncle)) {
			parent->red = false;
			uncle->red = false;
			above->red = true;
			node = above;
			continue;
		}
		if (*child(parent, !right) == node) {
			rotate(parent, right, root);
			parent = node;
		}
		parent->red = false;
		above->red = true;
		rotate(above, !right, root);
		break;
	}
	root->rb_node->red = false;
}

/* The ways through @node, a child of @parent or a leaf, lack a black node. */
static void put_right(struct rb_node *node, struct rb_node *parent, struct rb_root *root)
{
	struct rb_node *other;
	bool right;

	while (parent && !is_red(node)) {
		right = parent->rb_right == node;
		other = *child(parent, !right);
		if (other->red) {
			other->red = false;
			parent->red = true;
			rotate(parent, right, root);
			other = *child(parent, !right);
		}
		if (!is_red(other->rb_left) && !is_red(other->rb_right)) {
			other->red = true;
			node = parent;
			parent = node->parent;
			continue;
		}
		if (!is_red(*child(other, !right))) {
			(*child(other, right))->red = false;
			other->red = true;
			rotate(other, !right, root);
			other = *child(parent, !right);
		}
		other->red = parent->red;
		parent->red = false;
		(*child(other, !right))->red = false;
		rotate(parent, right, root);
		return;
	}
	if (node)
		node->red = false;
}

void kshim_rb_replace(struct rb_node *victim, struct rb_node *new, struct rb_root *root)
{
	*link_of(victim, root) = new;
	*new = *victim;
	if (new->rb_left)
		new->rb_left->parent = new;
	if (new->rb_right)
		new->rb_right->parent = new;
}

/* Takes out a node that has one child at most. */
static void take_out(struct rb_node *node, struct rb_root *root)
{
	struct rb_node *below = node->rb_left ?: node->rb_right, *parent = node->parent;

	*link_of(node, root) = below;
	if (below)
		below->parent = parent;
	if (!node->red)
		put_right(below, parent, root);
}

void kshim_rb_erase(struct rb_node *node, struct rb_root *root)
{
	struct rb_node *next;

	if (!node->rb_left || !node->rb_right) {
		take_out(node, root);
		return;
	}
	next = kshim_rb_step(node, false);
	take_out(next, root);
	kshim_rb_replace(node, next, root);
}

static struct rb_node *far(struct rb_node *node, bool right)
{
	while (*child(node, right))
		node = *child(node, right);
	return node;
}

struct rb_node *kshim_rb_end(const struct rb_root *root, bool last)
{
	return root->rb_node ? far(root->rb_node, last) : NULL;
}

struct rb_node *kshim_rb_step(const struct rb_node *at, bool back)
{
	struct rb_node *node = (struct rb_node *)at, *parent;

	if (RB_EMPTY_NODE(node))
		return NULL;
	if (*child(node, !back))
		return far(*child(node, !back), back);
	while ((parent = node->parent) && *child(parent, !back) == node)
		node = parent;
	return parent;
}

static struct rb_node *deepest(struct rb_node *node)
{
	while (node->rb_left || node->rb_right)
		node = node->rb_left ?: node->rb_right;
	return node;
}

struct rb_node *kshim_rb_first_postorder(const struct rb_root *root)
{
	return root->rb_node ? deepest(root->rb_node) : NULL;
}

struct rb_node *kshim_rb_next_postorder(const struct rb_node *node)
{
	struct rb_node *parent = node->parent;

	if (parent && parent->rb_left == node && parent->rb_right)
		return deepest(parent->rb_right);
	return parent;
}
