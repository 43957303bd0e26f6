/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Included in front of a driver's source: what it acquires may fail, and is counted until it is
 * given back. Each such function has an inline one that stands in for it.
 */
#ifndef _INJECT_H
#define _INJECT_H

#include <linux/badblocks.h>
#include <linux/bitmap.h>
#include <linux/blk-mq.h>
#include <linux/blkdev.h>
#include <linux/configfs.h>
#include <linux/fs.h>
#include <linux/idr.h>
#include <linux/mm.h>
#include <linux/netdevice.h>
#include <linux/ptr_ring.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <net/rtnetlink.h>
#include <net/xdp.h>

#define INJECT_KINDS(X)								\
	X(memory), X(badblocks), X(tags), X(disk), X(disk_added), X(number), X(major),	\
	X(subsystem), X(net), X(created), X(registered), X(ring), X(rxq), X(napi)
#define INJECT_KIND(name)	INJECT_##name
#define INJECT_NAME(name)	#name

enum inject_kind { INJECT_KINDS(INJECT_KIND) };

bool inject_fails(void);
void inject_count(enum inject_kind kind, int n);

/* @failure: what the function returns where it is made to fail; another for each, to be told by. */
#define INJECT_POINTER(kind, name, parameters, arguments, failure)		\
static inline __maybe_unused void *inject_##name parameters			\
{										\
	void *result = inject_fails() ? failure : name arguments;		\
										\
	if (!IS_ERR_OR_NULL(result))						\
		inject_count(INJECT_##kind, 1);					\
	return result;								\
}

#define INJECT_NUMBER(kind, name, parameters, arguments, failure)		\
static inline __maybe_unused int inject_##name parameters			\
{										\
	int result = inject_fails() ? failure : name arguments;			\
										\
	if (result >= 0)							\
		inject_count(INJECT_##kind, 1);					\
	return result;								\
}

/* What is not counted, for it leaves nothing to give back. */
#define INJECT_CALL(name, parameters, arguments, failure)			\
static inline __maybe_unused int inject_##name parameters			\
{										\
	return inject_fails() ? failure : name arguments;			\
}

#define INJECT_PUT(kind, name, parameters, arguments)				\
static inline __maybe_unused void inject_##name parameters			\
{										\
	inject_count(INJECT_##kind, -1);					\
	name arguments;								\
}

#define INJECT_FREE(name)							\
static inline __maybe_unused void inject_##name(const void *p)			\
{										\
	if (p)									\
		inject_count(INJECT_memory, -1);				\
	name(p);								\
}

INJECT_POINTER(memory, kzalloc, (size_t n, gfp_t gfp), (n, gfp), NULL)
INJECT_POINTER(memory, kzalloc_node, (size_t n, gfp_t gfp, int node), (n, gfp, node), NULL)
INJECT_POINTER(memory, kcalloc, (size_t n, size_t size, gfp_t gfp), (n, size, gfp), NULL)
INJECT_POINTER(memory, kvcalloc, (size_t n, size_t size, gfp_t gfp), (n, size, gfp), NULL)
INJECT_POINTER(memory, kvmalloc_array, (size_t n, size_t size, gfp_t gfp), (n, size, gfp), NULL)
INJECT_POINTER(memory, kstrndup, (const char *s, size_t n, gfp_t gfp), (s, n, gfp), NULL)
INJECT_POINTER(memory, bitmap_zalloc, (unsigned int n, gfp_t gfp), (n, gfp), NULL)
INJECT_FREE(kfree)
INJECT_FREE(kvfree)
INJECT_FREE(bitmap_free)

INJECT_NUMBER(badblocks, badblocks_init, (struct badblocks *b, int on), (b, on), -ENOMEM)
INJECT_PUT(badblocks, badblocks_exit, (struct badblocks *b), (b))
INJECT_NUMBER(tags, blk_mq_alloc_tag_set, (struct blk_mq_tag_set *set), (set), -EAGAIN)
INJECT_PUT(tags, blk_mq_free_tag_set, (struct blk_mq_tag_set *set), (set))
INJECT_POINTER(disk, __blk_mq_alloc_disk,
	       (struct blk_mq_tag_set *set, void *data, struct lock_class_key *key),
	       (set, data, key), ERR_PTR(-ENOSPC))
INJECT_POINTER(disk, __blk_alloc_disk, (int node, struct lock_class_key *key), (node, key), NULL)
INJECT_PUT(disk, put_disk, (struct gendisk *disk), (disk))
INJECT_NUMBER(disk_added, add_disk, (struct gendisk *disk), (disk), -EEXIST)
INJECT_PUT(disk_added, del_gendisk, (struct gendisk *disk), (disk))

INJECT_NUMBER(number, ida_alloc, (struct ida *ida, gfp_t gfp), (ida, gfp), -ENFILE)
INJECT_PUT(number, ida_free, (struct ida *ida, unsigned int n), (ida, n))
INJECT_NUMBER(major, __register_blkdev,
	      (unsigned int major, const char *name, void (*probe)(dev_t)), (major, name, probe),
	      -EBUSY)
INJECT_PUT(major, unregister_blkdev, (unsigned int major, const char *name), (major, name))
INJECT_NUMBER(subsystem, configfs_register_subsystem, (struct configfs_subsystem *s), (s),
	      -ENOTDIR)
INJECT_PUT(subsystem, configfs_unregister_subsystem, (struct configfs_subsystem *s), (s))

/* What it cannot allocate it says nothing of. */
static inline __maybe_unused void
inject_blk_mq_update_nr_hw_queues(struct blk_mq_tag_set *set, int n)
{
	if (!inject_fails())
		blk_mq_update_nr_hw_queues(set, n);
}

INJECT_POINTER(net, rtnl_link_get_net, (struct net *net, struct nlattr *tb[]), (net, tb),
	       ERR_PTR(-ENONET))
INJECT_PUT(net, put_net, (struct net *net), (net))
INJECT_POINTER(created, rtnl_create_link,
	       (struct net *net, const char *ifname, unsigned char assigned,
		const struct rtnl_link_ops *ops, struct nlattr *tb[],
		struct netlink_ext_ack *extack),
	       (net, ifname, assigned, ops, tb, extack), ERR_PTR(-ENODEV))
INJECT_PUT(created, free_netdev, (struct net_device *dev), (dev))
INJECT_NUMBER(registered, register_netdevice, (struct net_device *dev), (dev), -EEXIST)

/* One that the driver has created is freed by the network, once it has been registered. */
static struct net_device *inject_created __maybe_unused;

static inline __maybe_unused int inject_register_created(struct net_device *dev)
{
	int err = inject_register_netdevice(dev);

	if (!err && dev == inject_created)
		inject_count(INJECT_created, -1);
	return err;
}

static inline __maybe_unused struct net_device *
inject_create_link(struct net *net, const char *ifname, unsigned char assigned,
		   const struct rtnl_link_ops *ops, struct nlattr *tb[],
		   struct netlink_ext_ack *extack)
{
	inject_created = inject_rtnl_create_link(net, ifname, assigned, ops, tb, extack);
	return inject_created;
}

INJECT_PUT(registered, unregister_netdevice_queue,
	   (struct net_device *dev, struct list_head *head), (dev, head))
INJECT_PUT(registered, unregister_netdevice, (struct net_device *dev), (dev))
INJECT_CALL(rtnl_configure_link,
	    (struct net_device *dev, const struct ifinfomsg *ifm, u32 portid,
	     const struct nlmsghdr *nlh),
	    (dev, ifm, portid, nlh), -EPERM)
INJECT_CALL(netif_set_real_num_tx_queues, (struct net_device *dev, unsigned int n), (dev, n),
	    -E2BIG)
INJECT_CALL(netif_set_real_num_rx_queues, (struct net_device *dev, unsigned int n), (dev, n),
	    -EDOM)
INJECT_NUMBER(ring, ptr_ring_init, (struct ptr_ring *r, int n, gfp_t gfp), (r, n, gfp), -ENOMEM)
INJECT_PUT(ring, ptr_ring_cleanup, (struct ptr_ring *r, void (*destroy)(void *)), (r, destroy))
INJECT_NUMBER(rxq, xdp_rxq_info_reg,
	      (struct xdp_rxq_info *rxq, struct net_device *dev, u32 i, unsigned int id),
	      (rxq, dev, i, id), -ENXIO)
INJECT_PUT(rxq, xdp_rxq_info_unreg, (struct xdp_rxq_info *rxq), (rxq))
INJECT_CALL(xdp_rxq_info_reg_mem_model,
	    (struct xdp_rxq_info *rxq, enum xdp_mem_type type, void *allocator),
	    (rxq, type, allocator), -ESRCH)
INJECT_PUT(napi, netif_napi_del, (struct napi_struct *napi), (napi))
INJECT_PUT(napi, __netif_napi_del, (struct napi_struct *napi), (napi))

static inline void inject_netif_napi_add(struct net_device *dev, struct napi_struct *napi,
					 int (*poll)(struct napi_struct *, int))
{
	inject_count(INJECT_napi, 1);
	netif_napi_add(dev, napi, poll);
}

#define kzalloc inject_kzalloc
#define kzalloc_node inject_kzalloc_node
#define kcalloc inject_kcalloc
#define kvcalloc inject_kvcalloc
#define kvmalloc_array inject_kvmalloc_array
#define kstrndup inject_kstrndup
#define bitmap_zalloc inject_bitmap_zalloc
#define kfree inject_kfree
#define kvfree inject_kvfree
#define bitmap_free inject_bitmap_free
#define badblocks_init inject_badblocks_init
#define badblocks_exit inject_badblocks_exit
#define blk_mq_alloc_tag_set inject_blk_mq_alloc_tag_set
#define blk_mq_free_tag_set inject_blk_mq_free_tag_set
#define __blk_mq_alloc_disk inject___blk_mq_alloc_disk
#define __blk_alloc_disk inject___blk_alloc_disk
#define put_disk inject_put_disk
#define add_disk inject_add_disk
#define del_gendisk inject_del_gendisk
#define ida_alloc inject_ida_alloc
#define ida_free inject_ida_free
#define __register_blkdev inject___register_blkdev
#define unregister_blkdev inject_unregister_blkdev
#define configfs_register_subsystem inject_configfs_register_subsystem
#define configfs_unregister_subsystem inject_configfs_unregister_subsystem
#define blk_mq_update_nr_hw_queues inject_blk_mq_update_nr_hw_queues
#define rtnl_link_get_net inject_rtnl_link_get_net
#define put_net inject_put_net
#define rtnl_create_link inject_create_link
#define free_netdev inject_free_netdev
#define register_netdevice inject_register_created
#define unregister_netdevice_queue inject_unregister_netdevice_queue
#define unregister_netdevice inject_unregister_netdevice
#define rtnl_configure_link inject_rtnl_configure_link
#define netif_set_real_num_tx_queues inject_netif_set_real_num_tx_queues
#define netif_set_real_num_rx_queues inject_netif_set_real_num_rx_queues
#define ptr_ring_init inject_ptr_ring_init
#define ptr_ring_cleanup inject_ptr_ring_cleanup
#define xdp_rxq_info_reg inject_xdp_rxq_info_reg
#define xdp_rxq_info_unreg inject_xdp_rxq_info_unreg
#define xdp_rxq_info_reg_mem_model inject_xdp_rxq_info_reg_mem_model
#define netif_napi_add inject_netif_napi_add
#define netif_napi_del inject_netif_napi_del
#define __netif_napi_del inject___netif_napi_del

#endif /* _INJECT_H */
