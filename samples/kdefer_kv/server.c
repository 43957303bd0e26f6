// SPDX-License-Identifier: GPL-2.0-only
/*
 * The thread that serves the requests, and their way to it.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/completion.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/list.h>
#include <linux/printk.h>
#include <linux/spinlock.h>
#include <linux/wait.h>

#include "kv.h"

struct kv_server {
	struct task_struct *task;
	wait_queue_head_t wait;		/* where it waits for requests */
	spinlock_t lock;		/* guards what follows */
	struct list_head queue;		/* requests that it has not begun with, oldest first */
	bool ended;			/* nobody serves requests any more */
};

static struct kv_server kv_server = {
	.wait = __WAIT_QUEUE_HEAD_INITIALIZER(kv_server.wait),
	.lock = __SPIN_LOCK_UNLOCKED(kv_server.lock),
	.queue = LIST_HEAD_INIT(kv_server.queue),
};

static struct kv_request *kv_server_next(struct kv_server *server)
{
	struct kv_request *rq;

	spin_lock(&server->lock);
	rq = list_first_entry_or_null(&server->queue, struct kv_request, link);
	if (rq)
		list_del_init(&rq->link);
	spin_unlock(&server->lock);
	return rq;
}

/* Runs at the end of the server, whether it was stopped or told to quit. */
static void kv_server_end(void *arg)
{
	struct kv_server *server = arg;
	struct kv_request *rq;

	spin_lock(&server->lock);
	server->ended = true;
	spin_unlock(&server->lock);
	while ((rq = kv_server_next(server))) {
		kv_answer_errno(rq, -ESHUTDOWN);
		complete(&rq->done);
	}
}

static KDEFER_DEFINE1(int, kv_server_main, void *, arg)
{
	struct kv_server *server = arg;
	struct kv_request *rq;

	kdefer(kv_server_end, server);
	/* A request that faults is to end alone. Holds until the thread ends. */
	kdefer_set_panic_on_fault(true);
	for (;;) {
		wait_event_idle(server->wait,
				(rq = kv_server_next(server)) || kthread_should_stop());
		if (!rq)
			return 0;
		kv_serve(rq);
	}
}

static bool kv_server_queue(struct kv_server *server, struct kv_request *rq)
{
	bool queued;

	spin_lock(&server->lock);
	queued = !server->ended;
	if (queued)
		list_add_tail(&rq->link, &server->queue);
	spin_unlock(&server->lock);
	if (queued)
		wake_up(&server->wait);
	return queued;
}

/* Takes @rq back; false if it is too late for that. */
static bool kv_server_cancel(struct kv_server *server, struct kv_request *rq)
{
	bool queued;

	spin_lock(&server->lock);
	queued = !list_empty(&rq->link);
	list_del_init(&rq->link);
	spin_unlock(&server->lock);
	return queued;
}

/* Has @rq answered; fails when a signal came before the server had begun with it. */
int kv_server_ask(struct kv_request *rq)
{
	if (!kv_server_queue(&kv_server, rq)) {
		kv_answer_errno(rq, -ESHUTDOWN);
		return 0;
	}
	if (!wait_for_completion_interruptible(&rq->done))
		return 0;
	if (kv_server_cancel(&kv_server, rq))
		return -ERESTARTSYS;
	wait_for_completion(&rq->done);
	return 0;
}

int kv_server_start(void)
{
	kv_server.task = kdefer_kthread_run(kv_server_main, &kv_server, KBUILD_MODNAME);
	return PTR_ERR_OR_ZERO(kv_server.task);
}

void kv_server_stop(void)
{
	struct kdefer_outcome out;

	kdefer_kthread_stop(kv_server.task, &out);
	pr_info("the server %s, %ld\n", kv_how(out.how), out.result);
}
