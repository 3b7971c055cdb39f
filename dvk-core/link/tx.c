// SPDX-License-Identifier: GPL-2.0
/*
 * Outgoing frames.
 *
 * Whoever has a frame sends it on the socket himself if nothing is queued
 * before it: no other thread is woken (compare drivers/nvme/host/tcp.c). What
 * the socket does not take, and what comes from where one may not sleep, is
 * queued. The queue is emptied by whoever holds tx_mutex, and by the sender
 * thread when the socket has been full.
 */
#include "link.h"

#include <linux/kthread.h>
#include <linux/refcount.h>
#include <linux/slab.h>
#include <dvk/compat.h>

#include "base/current.h"
#include "base/trace.h"

/* Frames one caller sends on behalf of others before the thread takes over. */
#define TX_BURST	64
/* Who asks for something waits while more are queued, if some are his own; */
#define TX_QUEUE_MAX	1024
/* or if so many are. */
#define TX_SHARE	64
/* So many are not held back any more. */
#define TX_HOLD_MAX	32
/*
 * Answers and news do not wait, and whoever causes them may go on. A connection
 * that is so far behind is of no use: more than all that live on a node are rarely
 * announced at once.
 */
#define TX_QUEUE_END	(128 * 1024)

/**
 * struct dvk_tx_share - what one sender has in the queues of all links
 * @ref: so many frames, and the sender himself
 */
struct dvk_tx_share {
	refcount_t ref;
};

/* A frame in the queue outlives the call that made it, and may outlive its sender. */
struct queued_frame {
	struct dvk_frame frame;
	struct dvk_cmd cmd;
	struct dvk_tx_share *share;	/* which it is of, or NULL */
};

static struct kmem_cache *frame_cache;

static void frame_init(struct dvk_frame *f, struct dvk_cmd *cmd)
{
	f->xfer = NULL;
	f->hdr_sent = 0;
	f->cmd = cmd;
	f->train = NULL;
	iov_iter_bvec(&f->payload, ITER_SOURCE, NULL, 0, 0);
}

struct dvk_frame *dvk_frame_alloc(gfp_t gfp)
{
	struct queued_frame *q = kmem_cache_alloc(frame_cache, gfp);

	if (!q)
		return NULL;
	frame_init(&q->frame, &q->cmd);
	q->share = NULL;
	return &q->frame;
}

static struct queued_frame *queued(struct dvk_frame *f)
{
	return container_of(f, struct queued_frame, frame);
}

struct dvk_tx_share *dvk_tx_share_alloc(gfp_t gfp)
{
	struct dvk_tx_share *share = kmalloc(sizeof(*share), gfp);

	if (share)
		refcount_set(&share->ref, 1);
	return share;
}

void dvk_tx_share_put(struct dvk_tx_share *share)
{
	if (share && refcount_dec_and_test(&share->ref))
		kfree(share);
}

static unsigned int queued_of(const struct dvk_tx_share *share)
{
	return refcount_read(&share->ref) - 1;
}

static void set_share(struct dvk_frame *f, struct dvk_tx_share *share)
{
	if (!share)
		return;
	refcount_inc(&share->ref);
	queued(f)->share = share;
}

/* Sleeps if the frame is the last user of its pages: process context then. */
void dvk_frame_free(struct dvk_frame *f)
{
	struct queued_frame *q = queued(f);

	dvk_train_free(f->train);
	if (f->xfer)
		dvk_link_ops.xfer_put(f->xfer);
	dvk_tx_share_put(q->share);
	kmem_cache_free(frame_cache, q);
}

void dvk_link_fill_header(const struct dvk_link *link, struct dvk_cmd *cmd)
{
	cmd->c_magic = cpu_to_le32(DVK_WIRE_MAGIC);
	cmd->c_version = cpu_to_le16(DVK_WIRE_VERSION);
	cmd->c_hdrlen = cpu_to_le16(sizeof(*cmd));
	cmd->c_snode = cpu_to_le32(link->node->nodeid);
	cmd->c_dnode = cpu_to_le32(link->nodeid);
}

static void count_sent(struct dvk_link *link, const struct dvk_cmd *cmd)
{
	link->stats.tx_msgs++;
	link->stats.tx_bytes += sizeof(*cmd) + le32_to_cpu(cmd->c_len);
	trace_dvk_frame_out(link, cmd);
}

/* Send what is left of a frame; 0, -EAGAIN or a negative errno. */
static int send_one(struct dvk_link *link, struct dvk_frame *f, bool more)
{
	unsigned int i, following = unlikely(f->train) ? f->train->nr : 0;
	u64 zerocopy = 0;
	int ret;

	lockdep_assert_held(&link->tx_mutex);
	/*
	 * Set before, so that a dvk_link_writable() between the refusal and
	 * our note of it is not lost.
	 */
	WRITE_ONCE(link->tx_blocked, true);
	/* The same as before, if some of it has gone already. */
	f->cmd->c_batch_nr = cpu_to_le32(link->tx_nr);
	for (i = 0; i < following; i++)
		f->train->cmds[i].c_batch_nr = cpu_to_le32(link->tx_nr + 1 + i);
	ret = link->transport->send(link, f, more, &zerocopy);
	link->stats.tx_zerocopy_bytes += zerocopy;
	if (ret == -EAGAIN)
		return ret;
	if (ret) {
		dvk_link_error(link, ret);
		return ret;
	}
	WRITE_ONCE(link->tx_blocked, false);
	link->last_tx = jiffies;
	link->tx_nr += 1 + following;
	count_sent(link, f->cmd);
	for (i = 0; i < following; i++) {
		count_sent(link, &f->train->cmds[i]);
		/* Only payload is what it says. */
		if (zerocopy)
			link->stats.tx_zerocopy_bytes -= sizeof(*f->cmd);
	}
	return 0;
}

static struct dvk_frame *first_frame(struct dvk_link *link, bool *more)
{
	struct dvk_frame *f;

	spin_lock_bh(&link->tx_lock);
	f = list_first_entry_or_null(&link->txq, struct dvk_frame, node);
	*more = f && !list_is_last(&f->node, &link->txq);
	spin_unlock_bh(&link->tx_lock);
	return f;
}

/* Free a frame that has left the queue: whoever waits for that is woken. */
static void free_sent(struct dvk_link *link, struct dvk_frame *f)
{
	bool owned = queued(f)->share;

	dvk_frame_free(f);
	if (wq_has_sleeper(&link->space_waitq) &&
	    (owned || READ_ONCE(link->queue_len) < TX_QUEUE_MAX / 2))
		wake_up_all(&link->space_waitq);
}

static void drop_first(struct dvk_link *link, struct dvk_frame *f)
{
	spin_lock_bh(&link->tx_lock);
	list_del(&f->node);
	link->queue_len--;
	spin_unlock_bh(&link->tx_lock);
	free_sent(link, f);
}

/* Send from the queue. 0 if it is empty, else why not. */
static int drain(struct dvk_link *link, int burst)
{
	struct dvk_frame *f;
	bool more;
	int ret;

	while ((f = first_frame(link, &more))) {
		if (!dvk_link_up(link))
			return -ENOTCONN;
		if (!burst--)
			return -EBUSY;
		ret = send_one(link, f, more);
		if (ret)
			return ret;
		drop_first(link, f);
	}
	return 0;
}

static bool has_work(const struct dvk_link *link)
{
	return !list_empty_careful(&link->txq) && dvk_link_up(link) &&
	       !READ_ONCE(link->tx_blocked);
}

/*
 * Let go of the right to send. Frames that others queued meanwhile are ours
 * to send, since they saw the mutex held and left.
 */
static void tx_release(struct dvk_link *link)
{
	int ret;

	do {
		ret = has_work(link) ? drain(link, TX_BURST) : 0;
		mutex_unlock(&link->tx_mutex);
		if (ret == -EBUSY) {
			wake_up(&link->tx_waitq);
			return;
		}
		/* Pairs with the barrier in enqueue(). */
		smp_mb();
	} while (unlikely(has_work(link)) && mutex_trylock(&link->tx_mutex));
}

/*
 * Put a frame into the queue; it is consumed either way. A train that was made
 * for a connection by another transport than the one there is now is as late as
 * one for a connection that is down.
 */
static int enqueue(struct dvk_link *link, struct dvk_frame *f, bool head)
{
	bool full;

	spin_lock_bh(&link->tx_lock);
	full = unlikely(link->queue_len >= TX_QUEUE_END);
	if (!link->up || full || unlikely(f->train && f->train->nr && !link->trains)) {
		spin_unlock_bh(&link->tx_lock);
		dvk_frame_free(f);
		/* Somebody waits for what it says: end his wait. */
		if (full)
			dvk_link_error(link, -ENOBUFS);
		return -DVK_ENOTCONN;
	}
	if (head)
		list_add(&f->node, &link->txq);
	else
		list_add_tail(&f->node, &link->txq);
	link->queue_len++;
	spin_unlock_bh(&link->tx_lock);
	/* The frame is seen by whoever releases the mutex after this. */
	smp_mb();
	if (unlikely(link->pulled))
		wake_up(&link->tx_waitq);
	return 0;
}

static int enqueue_copy(struct dvk_link *link, const struct dvk_cmd *cmd,
			struct dvk_tx_share *share, unsigned int hdr_sent,
			bool head)
{
	struct dvk_frame *f = dvk_frame_alloc(GFP_ATOMIC);

	if (!f) {
		/* Somebody waits for what it says: end his wait. */
		dvk_link_error(link, -ENOMEM);
		return -DVK_ENOTCONN;
	}
	*f->cmd = *cmd;
	f->hdr_sent = hdr_sent;
	set_share(f, share);
	return enqueue(link, f, head);
}

/* The way of a small frame: straight into the socket. */
static int send_direct(struct dvk_link *link, struct dvk_cmd *cmd,
		       struct dvk_tx_share *share)
{
	struct dvk_frame f;
	int ret;

	if (unlikely(!list_empty_careful(&link->txq)))
		return enqueue_copy(link, cmd, share, 0, false);
	if (unlikely(!dvk_link_up(link)))
		return -DVK_ENOTCONN;
	frame_init(&f, cmd);
	ret = send_one(link, &f, false);
	if (likely(!ret))
		return 0;
	if (ret == -EAGAIN)
		return enqueue_copy(link, cmd, share, f.hdr_sent, true);
	return -DVK_ENOTCONN;
}

static bool has_space(const struct dvk_link *link)
{
	return READ_ONCE(link->queue_len) < TX_QUEUE_MAX || !dvk_link_up(link);
}

static int wait_for_space(struct dvk_link *link)
{
	int ret;

	if (likely(READ_ONCE(link->queue_len) < TX_QUEUE_MAX))
		return 0;
	ret = wait_event_killable(link->space_waitq,
				  has_space(link) || dvk_task_stopping());
	return ret || dvk_task_stopping() ? -DVK_EINTR : 0;
}

bool dvk_link_has_room(const struct dvk_link *link,
		       const struct dvk_tx_share *share, bool nowait)
{
	unsigned int len = READ_ONCE(link->queue_len);

	/* The usual case, and its cost. */
	if (likely(len < TX_HOLD_MAX))
		return true;
	return !dvk_link_up(link) ||
	       (!nowait && !queued_of(share)) ||
	       (!nowait && len < TX_QUEUE_MAX &&
		queued_of(share) < TX_SHARE);
}

int dvk_link_send(struct dvk_link *link, struct dvk_cmd *cmd, bool may_block)
{
	return dvk_link_send_for(link, cmd, NULL, may_block);
}

int dvk_link_send_for(struct dvk_link *link, struct dvk_cmd *cmd,
		      struct dvk_tx_share *share, bool may_block)
{
	int ret;

	if (unlikely(!dvk_link_up(link)))
		return -DVK_ENOTCONN;
	dvk_link_fill_header(link, cmd);
	if (may_block && likely(mutex_trylock(&link->tx_mutex))) {
		ret = send_direct(link, cmd, share);
		tx_release(link);
		return ret;
	}
	ret = enqueue_copy(link, cmd, share, 0, false);
	if (ret)
		return ret;
	if (may_block)
		dvk_link_flush(link);
	else if (!in_task() || current != link->receiver)
		wake_up(&link->tx_waitq);
	return 0;
}

/* What was held back has waited long enough. */
static enum hrtimer_restart hold_over(struct hrtimer *timer)
{
	struct dvk_link *link = container_of(timer, struct dvk_link, hold_timer);

	if (has_work(link))
		wake_up(&link->tx_waitq);
	return HRTIMER_NORESTART;
}

int dvk_link_send_held(struct dvk_link *link, struct dvk_cmd *cmd)
{
	unsigned int us = READ_ONCE(link->node->limits.tx_hold_us);
	int ret;

	if (!us || link->pulled)
		return dvk_link_send(link, cmd, true);
	dvk_link_fill_header(link, cmd);
	ret = enqueue_copy(link, cmd, NULL, 0, false);
	if (ret)
		return ret;
	if (READ_ONCE(link->queue_len) >= TX_HOLD_MAX)
		dvk_link_flush(link);
	else if (!hrtimer_active(&link->hold_timer))
		hrtimer_start(&link->hold_timer, ns_to_ktime((u64)us * NSEC_PER_USEC),
			      HRTIMER_MODE_REL_SOFT);
	return 0;
}

void dvk_link_hold_init(struct dvk_link *link)
{
	dvk_hrtimer_setup(&link->hold_timer, hold_over, CLOCK_MONOTONIC,
			  HRTIMER_MODE_REL_SOFT);
}

void dvk_link_flush(struct dvk_link *link)
{
	if (has_work(link) && mutex_trylock(&link->tx_mutex))
		tx_release(link);
}

int dvk_link_send_frame(struct dvk_link *link, struct dvk_frame *f,
			struct dvk_tx_share *share, bool more)
{
	int ret = share ? 0 : wait_for_space(link);

	dvk_link_fill_header(link, f->cmd);
	set_share(f, share);
	if (ret) {
		dvk_frame_free(f);
		return ret;
	}
	ret = enqueue(link, f, false);
	/* With more to come at once the last one sends them all. */
	if (!ret && !more)
		dvk_link_flush(link);
	return ret;
}

int dvk_link_send_page(struct dvk_link *link, const struct dvk_cmd *cmd,
		       struct page *page, unsigned int len)
{
	struct dvk_train *train = dvk_train_of_page(page, len);
	struct dvk_frame *f;
	int ret;

	if (!train)
		return -DVK_ENOMEM;
	f = dvk_frame_alloc(GFP_KERNEL);
	if (!f) {
		dvk_train_free(train);
		return -DVK_ENOMEM;
	}
	*f->cmd = *cmd;
	f->cmd->c_len = cpu_to_le32(len);
	f->train = train;
	iov_iter_bvec(&f->payload, ITER_SOURCE, train->bvec, 1, len);
	dvk_link_fill_header(link, f->cmd);
	ret = enqueue(link, f, false);
	if (!ret && current != link->receiver)
		wake_up(&link->tx_waitq);
	return ret;
}

struct dvk_frame *dvk_link_pull(struct dvk_link *link)
{
	struct dvk_frame *f = NULL;

	spin_lock_bh(&link->tx_lock);
	if (link->up)
		f = list_first_entry_or_null(&link->txq, struct dvk_frame,
					     node);
	if (f) {
		list_del(&f->node);
		link->queue_len--;
	}
	spin_unlock_bh(&link->tx_lock);
	return f;
}

void dvk_link_pulled(struct dvk_link *link, struct dvk_frame *f)
{
	link->last_tx = jiffies;
	count_sent(link, f->cmd);
	free_sent(link, f);
}

void dvk_link_unpull(struct dvk_link *link, struct dvk_frame *f)
{
	enqueue(link, f, true);
}

int dvk_link_send_hello(struct dvk_link *link, struct dvk_cmd *cmd)
{
	struct dvk_frame f;
	int ret;

	frame_init(&f, cmd);
	dvk_link_fill_header(link, cmd);
	ret = send_one(link, &f, false);
	/* A fresh socket always has room for it. */
	return ret;
}

void dvk_link_set_up(struct dvk_link *link)
{
	spin_lock_bh(&link->tx_lock);
	WRITE_ONCE(link->up, true);
	WRITE_ONCE(link->tx_blocked, false);
	spin_unlock_bh(&link->tx_lock);
}

void dvk_link_writable(struct dvk_link *link)
{
	WRITE_ONCE(link->tx_blocked, false);
	/* Before the look at who sleeps. */
	smp_mb();
	if (!list_empty_careful(&link->txq))
		wake_up(&link->tx_waitq);
}
EXPORT_SYMBOL_GPL(dvk_link_writable);

void dvk_link_purge(struct dvk_link *link)
{
	struct dvk_frame *f, *next;
	LIST_HEAD(frames);

	spin_lock_bh(&link->tx_lock);
	list_splice_init(&link->txq, &frames);
	link->queue_len = 0;
	spin_unlock_bh(&link->tx_lock);
	list_for_each_entry_safe(f, next, &frames, node)
		dvk_frame_free(f);
	wake_up_all(&link->space_waitq);
}

/* Takes over when the socket was full, and for those who may not sleep. */
int dvk_link_sender(void *data)
{
	struct dvk_link *link = data;

	while (!kthread_should_stop()) {
		wait_event_interruptible(link->tx_waitq,
					 kthread_should_stop() ||
					 has_work(link));
		if (!has_work(link))
			continue;
		mutex_lock(&link->tx_mutex);
		tx_release(link);
		cond_resched();
	}
	return 0;
}

int dvk_tx_init(void)
{
	frame_cache = KMEM_CACHE(queued_frame, SLAB_HWCACHE_ALIGN);
	return frame_cache ? 0 : -ENOMEM;
}

void dvk_tx_exit(void)
{
	kmem_cache_destroy(frame_cache);
}
