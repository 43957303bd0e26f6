# SPDX-License-Identifier: GPL-2.0-only
#
# null_blk's main.c, with its releases deferred. Each function has its name in the address.

/^#include "null_blk\.h"/a\
#include <kdefer/kdefer.h>\
\
DEFINE_KDEFER(unlock, struct mutex *, mutex_unlock(_T))

/^static void null_config_discard/i\
DEFINE_KDEFER(free_dev, struct nullb_device *, null_free_dev(_T))\
DEFINE_KDEFER(free_zones, struct nullb_device *, null_free_zoned_dev(_T))\
DEFINE_KDEFER(free_queues, struct nullb *, cleanup_queues(_T))\
DEFINE_KDEFER(free_nullb, struct nullb *, _T->dev->nullb = NULL; kfree(_T))\
DEFINE_KDEFER(free_own_tags, struct nullb *,\
	      if (_T->tag_set == &_T->__tag_set)\
		      blk_mq_free_tag_set(_T->tag_set))\
DEFINE_KDEFER(put_its_disk, struct nullb *, put_disk(_T->disk))\
DEFINE_KDEFER(free_its_index, struct nullb *, ida_free(&nullb_indexes, _T->index))\

/^static int nullb_update_nr_hw_queues/i\
DEFINE_KDEFER(revert_queues, struct nullb_device *,\
	      _T->submit_queues = _T->prev_submit_queues;\
	      _T->poll_queues = _T->prev_poll_queues)\

/^static int nullb_update_nr_hw_queues/,/^}/ {
	/^static/,/poll_queues)$/c\
static KDEFER_DEFINE(int, nullb_update_nr_hw_queues, struct nullb_device *, dev,\
		     unsigned int, submit_queues, unsigned int, poll_queues)
	s/\tdev->prev_poll_queues = .*/&\n\tkdefer_on_failure(revert_queues, dev);/
	/^\tif (ret) {/,/^\t}/d
}

/^static ssize_t nullb_device_power_store/,/^}/ {
	/^static ssize_t/,/)$/c\
static KDEFER_DEFINE(ssize_t, nullb_device_power_store, struct config_item *, item,\
		     const char *, page, size_t, count)
	s/\tmutex_lock(&lock);/&\n\tkdefer(unlock, \&lock);/
	s/goto out;/return ret;/
	/^out:/d
	/mutex_unlock/d
}

/^static ssize_t nullb_device_badblocks_store/,/^}/ {
	/^static ssize_t/,/)$/c\
static KDEFER_DEFINE(ssize_t, nullb_device_badblocks_store, struct config_item *, item,\
		     const char *, page, size_t, count)
	s/\tbuf = strstrip(orig);/\tkdefer(kfree, orig);\n&/
	s/goto out;/return ret;/
	/^out:/d
	/^\tkfree/d
}

/^static struct nullb_device \*null_alloc_dev(void)$/,/^}/ {
	/^static/c\
static KDEFER_DEFINE(struct nullb_device *, null_alloc_dev)
	s/\tINIT_RADIX_TREE(&dev->data, .*/\tkdefer_on_failure_or_null(kfree, dev);\n&/
	/badblocks_init/,/}/ {
		s/ {$//
		/kfree/d
		/}/d
	}
}

/^static int setup_commands/,/^}/ {
	/^static/c\
static KDEFER_DEFINE(int, setup_commands, struct nullb_queue *, nq)
	/tag_map = /i\
	kdefer_on_failure(kfree, nq->cmds);
	/!nq->tag_map/,/}/ {
		s/ {$//
		/kfree/d
		/}/d
	}
}

/^static int null_add_dev(struct nullb_device \*dev)$/,/^}/ {
	/^static/c\
static KDEFER_DEFINE(int, null_add_dev, struct nullb_device *, dev)
	s/\tdev->nullb = nullb;/&\n\tkdefer_on_failure(free_nullb, nullb);/
	s/goto out_free_nullb;/return rv;\n\tkdefer_on_failure(free_queues, nullb);/
	/null_setup_fault/ {
		i\
		kdefer_on_failure(free_own_tags, nullb);
		n
		s/goto out_cleanup_tags;/return -EINVAL;/
	}
	s/\tnullb->q = nullb->disk->queue;/&\n\t\tkdefer_on_failure(put_its_disk, nullb);/
	s/\tnullb->q->queuedata = nullb;/\tkdefer_on_failure(free_zones, dev);\n&/
	s/\tnullb->index = rv;/&\n\tkdefer_on_failure(free_its_index, nullb);/
	s/goto out[a-z_]*;/return rv;/
	/^out_ida_free:/,/^\treturn rv;/d
}

/^static int null_create_dev/,/^}/ {
	/^static/c\
static KDEFER_DEFINE(int, null_create_dev)
	/^\tmutex_lock/i\
	kdefer_on_failure(free_dev, dev);
	/^\tif (ret) {/,/^\t}/d
	s/^\treturn 0;/\treturn ret;/
}

/^static int __init null_init/i\
DEFINE_KDEFER(undo_init, struct blk_mq_tag_set *,\
	      while (!list_empty(&nullb_list))\
		      null_destroy_dev(list_first_entry(&nullb_list, struct nullb, list));\
	      unregister_blkdev(null_major, "nullb");\
	      if (_T->ops)\
		      blk_mq_free_tag_set(_T))\

/^static int __init null_init/,/^}/ {
	/^static/c\
static __init KDEFER_DEFINE(int, null_init)
	/struct nullb \*nullb;/d
	s/\t\treturn null_major;/&\n\tkdefer_on_failure(undo_init, \&tag_set);/
	s/goto err_dev;/return ret;/
	/^err_dev:/,/^\treturn ret;/d
}
