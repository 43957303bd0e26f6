# SPDX-License-Identifier: GPL-2.0-only
#
# veth.c, with its releases deferred. Each function has its name in the address. What is left of its
# gotos runs in softirq, where there is no thread to defer in, or goes back to an earlier state.

/^#include <linux\/net_tstamp\.h>/a\
#include <kdefer/kdefer.h>

/^static int __veth_napi_enable_range/i\
DEFINE_KDEFER(clean_ring, struct veth_rq *, ptr_ring_cleanup(&_T->xdp_ring, veth_ptr_free))\
DEFINE_KDEFER(del_napi, struct veth_rq *, netif_napi_del(&_T->xdp_napi))\
DEFINE_KDEFER(unreg_rxq, struct veth_rq *, xdp_rxq_info_unreg(&_T->xdp_rxq))\

/^static int __veth_napi_enable_range/,/^}/ {
	/^static/c\
static KDEFER_DEFINE(int, __veth_napi_enable_range, struct net_device *, dev, int, start, int, end)
	s/goto err_xdp_ring;/return err;\n\t\tkdefer_on_failure(clean_ring, rq);/
	/^err_xdp_ring:/,/^\treturn err;/d
}

/^static int veth_enable_xdp_range/,/^}/ {
	/^static/,/)$/c\
static KDEFER_DEFINE(int, veth_enable_xdp_range, struct net_device *, dev, int, start, int, end,\
		     bool, napi_already_on)
	s/\t\tif (!napi_already_on)/& {/
	s/\t\t\tnetif_napi_add(.*/&\n\t\t\tkdefer_on_failure(del_napi, rq);\n\t\t}/
	s/goto err_rxq_reg;/return err;\n\t\tkdefer_on_failure(unreg_rxq, rq);/
	s/goto err_reg_mem;/return err;/
	/^err_reg_mem:/,/^\treturn err;/d
}

/^static int veth_napi_enable_range/,/^}/ {
	/^static/c\
static KDEFER_DEFINE(int, veth_napi_enable_range, struct net_device *, dev, int, start, int, end)
	s/\t\tnetif_napi_add(.*/&\n\t\tkdefer_on_failure(del_napi, rq);/
	/^\tif (err) {/,/^\t}/d
}

/^static int veth_newlink/i\
/* The peer is the network's as soon as it is registered. */\
static void undo_peer(void *peer)\
{\
	struct net_device *dev = peer;\
\
	if (dev->reg_state == NETREG_REGISTERED)\
		unregister_netdevice(dev);\
	else\
		free_netdev(dev);\
}\
\
DEFINE_KDEFER(unregister_dev, struct net_device *, unregister_netdevice(_T))\
DEFINE_KDEFER(put_its_net, struct net *, put_net(_T))\

/^static int veth_newlink/,/^}/ {
	/^static/,/)$/c\
static KDEFER_DEFINE(int, veth_newlink, struct net *, src_net, struct net_device *, dev,\
		     struct nlattr **, tb, struct nlattr **, data,\
		     struct netlink_ext_ack *, extack)
	s/\t\treturn PTR_ERR(net);/&\n\tkdefer(put_its_net, net);/
	/^\t*put_net(net);/d
	/^\tnet = NULL;/d
	s/\tif (IS_ERR(peer)) {/\tif (IS_ERR(peer))/
	/return PTR_ERR(peer);/ {
		n
		s/.*/\tkdefer_on_failure(undo_peer, peer);/
	}
	s/goto err_register_dev;/return err;\n\tkdefer_on_failure(unregister_dev, dev);/
	s/goto err_[a-z_]*;/return err;/
	/^err_queues:/,/^\treturn err;/d
	/^err_register_peer:/,/^\treturn err;/d
}
