# SPDX-License-Identifier: GPL-2.0-only
#
# veth.c, with its releases deferred. Each function has its name in the address. What is left of its
# gotos runs in softirq, where there is no thread to defer in, or in a function that cannot fail.

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

/^static int veth_enable_xdp(struct net_device \*dev)/i\
DEFINE_KDEFER(disable_xdp, struct net_device *,\
	      veth_disable_xdp_range(_T, 0, _T->real_num_rx_queues, true))\

/^static int veth_enable_xdp(struct net_device \*dev)/,/^}/ {
	/^static/c\
static KDEFER_DEFINE(int, veth_enable_xdp, struct net_device *, dev)
	/^\t\tif (!napi_already_on) {/ {
		n
		i\
			kdefer_on_failure(disable_xdp, dev);
		n
		N
		N
		N
		s/.*/\t\t\tif (err)\n\t\t\t\treturn err;/
	}
}

/^static void veth_disable_range_safe/,/^}/ {
	/^}/a\
\
/* Queues that the device does not have in the end. */\
struct veth_unused {\
	struct net_device *dev;\
	unsigned int start, end;\
};\
\
DEFINE_KDEFER(carrier_on, struct net_device *, netif_carrier_on(_T))\
DEFINE_KDEFER(disable_unused, struct veth_unused *,\
	      veth_disable_range_safe(_T->dev, _T->start, _T->end))
}

# Not its declaration.
/^static void veth_disable_range_safe/,/^static int veth_open/ {
	/^static int veth_set_channels/,/^}/ {
		/^static/,/ch)$/c\
static KDEFER_DEFINE(int, veth_change_channels, struct net_device *, dev,\
		     struct ethtool_channels *, ch, struct veth_unused *, unused)
		/turn device off/i\
		if (peer)\
			kdefer(carrier_on, peer);\
		kdefer(carrier_on, dev);
		s/^\t\t\tgoto out;/\t\t\treturn err;\
		*unused = (struct veth_unused){ dev, old_rx_count, new_rx_count };\
		kdefer(disable_unused, unused);/
		s/goto revert;/return err;/
		/^out:/,/^\t}/d
		/^\treturn err;/i\
	*unused = (struct veth_unused){ dev, new_rx_count, old_rx_count };
		/^revert:/,/^\tgoto out;/d
		/^}/a\
\
static int veth_set_channels(struct net_device *dev, struct ethtool_channels *ch)\
{\
	struct veth_unused unused;\
\
	return veth_change_channels(dev, ch, &unused);\
}
	}
}

/^static int veth_xdp_set/i\
/* What a device that gets another program had before. */\
struct veth_program {\
	struct veth_priv *priv;\
	struct bpf_prog *prog;\
};\
\
DEFINE_KDEFER(use_again, struct veth_program *, _T->priv->_xdp_prog = _T->prog)\

/^static int veth_xdp_set/,/^}/ {
	/^static/,/extack)$/c\
static KDEFER_DEFINE(int, veth_change_program, struct net_device *, dev, struct bpf_prog *, prog,\
		     struct veth_program *, old, struct netlink_ext_ack *, extack)
	s/^\told_prog = .*/\told_prog = old->prog;\n\tkdefer_on_failure(use_again, old);/
	s/goto err;/return err;/
	/^err:/,/^\treturn err;/d
	/^}/a\
\
static int veth_xdp_set(struct net_device *dev, struct bpf_prog *prog,\
			struct netlink_ext_ack *extack)\
{\
	struct veth_priv *priv = netdev_priv(dev);\
	struct veth_program old = { priv, priv->_xdp_prog };\
\
	return veth_change_program(dev, prog, &old, extack);\
}
}
