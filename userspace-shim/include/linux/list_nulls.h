/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KSHIM_LINUX_LIST_NULLS_H
#define _KSHIM_LINUX_LIST_NULLS_H

/* There is no RCU here to walk such a list under, only structs that have room for its nodes. */
struct hlist_nulls_node {
	struct hlist_nulls_node *next, **pprev;
};

#endif /* _KSHIM_LINUX_LIST_NULLS_H */
