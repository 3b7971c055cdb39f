// SPDX-License-Identifier: GPL-2.0
/*
 * Pairs of proxies in user space, and the transport "user" that they are.
 *
 * A pair and its link find each other under dvk_pairs_lock. The link's receiver
 * thread does what must sleep: it waits in dial() for both halves to be
 * connected, and ends what was in flight when one of them is not any more.
 */
#include "pair.h"

#include <linux/rhashtable.h>
#include <linux/sched.h>
#include <linux/sched/task.h>
#include <linux/slab.h>

#include "base/node.h"
#include "link.h"

/* A connect whose other half is there takes effect in no time. */
#define UP_TIMEOUT	(5 * HZ)

DEFINE_SPINLOCK(dvk_pairs_lock);

static const struct rhashtable_params half_params = {
	.key_len = sizeof(struct task_struct *),
	.key_offset = offsetof(struct dvk_half, task),
	.head_offset = offsetof(struct dvk_half, hash),
	.automatic_shrinking = true,
};

static struct rhashtable halves;
/* Spares tasks that exit the look-up on a machine without such proxies. */
static atomic_t nr_halves;

/* Tables show the tasks under RCU. dvk_link_exit() waits for this. */
static void pair_free_rcu(struct rcu_head *rcu)
{
	struct dvk_pair *pair = container_of(rcu, struct dvk_pair, rcu);

	put_task_struct(pair->sender.task);
	put_task_struct(pair->receiver.task);
	kfree(pair);
}

void dvk_pair_free(struct kref *ref)
{
	struct dvk_pair *pair = container_of(ref, struct dvk_pair, ref);

	dvk_anchor_drop(&pair->sender.anchor);
	dvk_anchor_drop(&pair->receiver.anchor);
	kfree_skb(pair->skb);
	call_rcu(&pair->rcu, pair_free_rcu);
}

/* --- look-up --- */

static struct dvk_link *link_of(const struct dvk_pair *pair)
	__must_hold(&dvk_pairs_lock)
{
	return rcu_dereference_protected(pair->link,
					 lockdep_is_held(&dvk_pairs_lock));
}

struct dvk_pair *dvk_pair_find(struct dvk_node *node, int pxid)
{
	struct dvk_pair *pair = pxid < 0 ? NULL : xa_load(&node->pairs, pxid);

	return pair && READ_ONCE(pair->bound) ? pair : NULL;
}

static struct dvk_half *half_of(struct task_struct *task)
{
	return rhashtable_lookup(&halves, &task, half_params);
}

struct dvk_pair *dvk_pair_of_current(struct dvk_node *node, unsigned int *role)
{
	struct dvk_pair *pair = NULL;
	struct dvk_half *half;

	rcu_read_lock();
	half = half_of(current);
	if (half && half->pair->node == node &&
	    kref_get_unless_zero(&half->pair->ref)) {
		pair = half->pair;
		*role = half->role;
	}
	rcu_read_unlock();
	return pair;
}

bool dvk_pair_is_proxy(struct dvk_node *node, struct task_struct *task)
{
	struct dvk_half *half;
	bool is;

	rcu_read_lock();
	half = half_of(task);
	is = half && half->pair->node == node;
	rcu_read_unlock();
	return is;
}

struct dvk_link *dvk_pair_link(struct dvk_pair *pair)
{
	struct dvk_link *link;

	rcu_read_lock();
	link = rcu_dereference(pair->link);
	if (link && !kref_get_unless_zero(&link->ref))
		link = NULL;
	rcu_read_unlock();
	return link;
}

/* --- changes --- */

/* Everybody who waits for something about the pair looks again. */
static void kick(struct dvk_pair *pair, struct dvk_link *link)
	__must_hold(&dvk_pairs_lock)
{
	if (link) {
		link->pair_work = true;
		wake_up_all(&link->waitq);
		wake_up_all(&link->tx_waitq);
	}
	wake_up_all(&pair->waitq);
}

static unsigned int disconnect_locked(struct dvk_pair *pair,
				      unsigned int halves, int err)
	__must_hold(&dvk_pairs_lock)
{
	struct dvk_link *link = link_of(pair);
	unsigned int lost = pair->connected & halves;

	WRITE_ONCE(pair->connected, pair->connected & ~halves);
	if (!lost)
		return 0;
	WRITE_ONCE(pair->tell_sender, pair->connected & DVK_SPROXY);
	if (link && !pair->connected)
		link->pair_gone = true;
	if (link && pair->live)
		dvk_link_error(link, err);
	kick(pair, link);
	return lost;
}

unsigned int dvk_pair_disconnect(struct dvk_pair *pair, unsigned int halves,
				 int err)
{
	unsigned int lost;

	spin_lock(&dvk_pairs_lock);
	lost = disconnect_locked(pair, halves, err);
	spin_unlock(&dvk_pairs_lock);
	return lost;
}

void dvk_pair_connect(struct dvk_pair *pair, unsigned int halves)
{
	spin_lock(&dvk_pairs_lock);
	/* Who has exited meanwhile has said all he has to say. */
	WRITE_ONCE(pair->connected, pair->connected | (halves & pair->bound));
	if (halves & DVK_SPROXY)
		WRITE_ONCE(pair->tell_sender, false);
	kick(pair, link_of(pair));
	spin_unlock(&dvk_pairs_lock);
}

bool dvk_pair_told(struct dvk_pair *pair)
{
	bool tell;

	if (likely(!READ_ONCE(pair->tell_sender)))
		return false;
	spin_lock(&dvk_pairs_lock);
	tell = pair->tell_sender;
	pair->tell_sender = false;
	spin_unlock(&dvk_pairs_lock);
	return tell;
}

/* The half's task is not a proxy any more. */
static void unbind_half(struct dvk_half *half)
	__must_hold(&dvk_pairs_lock)
{
	struct dvk_pair *pair = half->pair;

	if (!(pair->bound & half->role))
		return;
	WRITE_ONCE(pair->bound, pair->bound & ~half->role);
	rhashtable_remove_fast(&halves, &half->hash, half_params);
	dvk_anchor_drop(&half->anchor);
	atomic_dec(&nr_halves);
	disconnect_locked(pair, half->role, -ENOTCONN);
	kick(pair, link_of(pair));
}

void dvk_pair_pull(struct task_struct *task)
{
	struct dvk_half *half;

	/* Pairs with the barrier in enter_half(). */
	smp_mb();
	if (likely(!atomic_read(&nr_halves)))
		return;
	rcu_read_lock();
	half = half_of(task);
	if (half)
		dvk_anchor_pull(&half->anchor, task);
	rcu_read_unlock();
}

void dvk_pair_task_exit(struct task_struct *task)
{
	struct dvk_half *half;

	rcu_read_lock();
	half = half_of(task);
	if (half) {
		spin_lock(&dvk_pairs_lock);
		unbind_half(half);
		spin_unlock(&dvk_pairs_lock);
	}
	rcu_read_unlock();
}

static int enter_half(struct dvk_half *half)
{
	int ret = rhashtable_lookup_insert_fast(&halves, &half->hash,
						half_params);

	if (ret)
		return ret == -EEXIST ? -DVK_EPROCRUN : -DVK_ENOMEM;
	atomic_inc(&nr_halves);
	spin_lock(&dvk_pairs_lock);
	WRITE_ONCE(half->pair->bound, half->pair->bound | half->role);
	/* Now its exit is either seen here, or it sees the half. */
	smp_mb();
	if (READ_ONCE(half->task->flags) & PF_EXITING) {
		unbind_half(half);
		ret = -DVK_EBADPID;
	}
	spin_unlock(&dvk_pairs_lock);
	return ret;
}

int dvk_pair_enter(struct dvk_pair *pair)
{
	int ret = enter_half(&pair->sender);

	if (ret)
		return ret;
	ret = enter_half(&pair->receiver);
	if (ret) {
		spin_lock(&dvk_pairs_lock);
		unbind_half(&pair->sender);
		spin_unlock(&dvk_pairs_lock);
	}
	return ret;
}

void dvk_pair_attach(struct dvk_pair *pair, struct dvk_link *link)
{
	lockdep_assert_held(&pair->node->config);
	kref_get(&pair->ref);
	kref_get(&link->ref);
	spin_lock(&dvk_pairs_lock);
	link->pair = pair;
	WRITE_ONCE(link->max_payload, pair->maxbytes);
	rcu_assign_pointer(pair->link, link);
	kick(pair, link);
	spin_unlock(&dvk_pairs_lock);
}

void dvk_pair_detach(struct dvk_link *link)
{
	struct dvk_pair *pair;

	lockdep_assert_held(&link->node->config);
	spin_lock(&dvk_pairs_lock);
	pair = link->pair;
	if (pair) {
		if (pair->live)
			dvk_link_error(link, -ENOTCONN);
		link->pair_gone = true;
		link->pair = NULL;
		/* That was the pair's; the link may get another transport. */
		WRITE_ONCE(link->max_payload, 0);
		rcu_assign_pointer(pair->link, NULL);
		kick(pair, link);
	}
	spin_unlock(&dvk_pairs_lock);
	if (pair) {
		dvk_link_put(link);
		dvk_pair_put(pair);
	}
}

void dvk_pair_unbind(struct dvk_pair *pair)
{
	struct dvk_link *link;

	lockdep_assert_held(&pair->node->config);
	spin_lock(&dvk_pairs_lock);
	unbind_half(&pair->sender);
	unbind_half(&pair->receiver);
	link = link_of(pair);
	spin_unlock(&dvk_pairs_lock);
	/* Under config nobody else attaches or detaches it. */
	if (link)
		dvk_pair_detach(link);
	xa_erase(&pair->node->pairs, pair->pxid);
	dvk_pair_put(pair);
}

void dvk_pair_end_all(struct dvk_node *node)
{
	struct dvk_pair *pair;
	unsigned long i;

	mutex_lock(&node->config);
	xa_for_each(&node->pairs, i, pair)
		dvk_pair_unbind(pair);
	mutex_unlock(&node->config);
}

/* --- waiting for the receiver thread --- */

static bool up_or_never(struct dvk_pair *pair, struct dvk_link *link)
{
	return dvk_link_up(link) || READ_ONCE(pair->connected) != DVK_BOTH ||
	       dvk_link_stopping(link);
}

void dvk_pair_wait_up(struct dvk_pair *pair)
{
	struct dvk_link *link = dvk_pair_link(pair);

	if (!link)
		return;
	if (READ_ONCE(link->state) != DVK_LINK_DOWN)
		wait_event_killable_timeout(link->waitq,
					    up_or_never(pair, link),
					    UP_TIMEOUT);
	dvk_link_put(link);
}

unsigned int dvk_pair_epoch(struct dvk_link *link)
{
	unsigned int epoch;

	spin_lock(&dvk_pairs_lock);
	epoch = link->pair_epoch;
	spin_unlock(&dvk_pairs_lock);
	return epoch;
}

void dvk_pair_wait_down(struct dvk_link *link, unsigned int epoch)
{
	if (READ_ONCE(link->state) != DVK_LINK_DOWN)
		wait_event_killable(link->waitq,
				    READ_ONCE(link->pair_epoch) != epoch ||
				    dvk_link_stopping(link));
}

/* --- the transport, called by the receiver thread --- */

static int user_listen(struct dvk_listener *listener, struct net *net, u16 port)
{
	return 0;
}

static void user_unlisten(struct dvk_listener *listener)
{
}

enum dial_step { DIAL_FORGET, DIAL_READY, DIAL_WAIT };

/* One look at what has happened to the pair. */
static enum dial_step dial_step(struct dvk_link *link)
{
	enum dial_step step = DIAL_WAIT;
	struct dvk_pair *pair;

	spin_lock(&dvk_pairs_lock);
	link->pair_work = false;
	pair = link->pair;
	if (link->pair_gone) {
		link->pair_gone = false;
		step = DIAL_FORGET;
	} else {
		WRITE_ONCE(link->pair_epoch, link->pair_epoch + 1);
		if (pair && pair->connected == DVK_BOTH) {
			kref_get(&pair->ref);
			pair->live = true;
			dvk_link_set_priv(link, pair);
			step = DIAL_READY;
		}
	}
	spin_unlock(&dvk_pairs_lock);
	return step;
}

static int user_dial(struct dvk_link *link)
{
	while (!dvk_link_stopping(link)) {
		switch (dial_step(link)) {
		case DIAL_FORGET:
			dvk_link_ops.lost(link, true);
			break;
		case DIAL_READY:
			return 0;
		case DIAL_WAIT:
			wake_up_all(&link->waitq);
			wait_event_interruptible(link->waitq,
						 READ_ONCE(link->pair_work) ||
						 dvk_link_stopping(link));
			break;
		}
	}
	return -EINTR;
}

static void user_start(struct dvk_link *link)
{
	wake_up_all(&link->waitq);
	wake_up_all(&link->tx_waitq);
}

/* What the sender proxy fetches is put into the queue. */
static int user_send(struct dvk_link *link, struct dvk_frame *frame, bool more,
		     u64 *zerocopy)
{
	return -EAGAIN;
}

/* Nothing is ever deferred: put2lcl may sleep. */
static void user_resume(struct dvk_link *link)
{
}

static void user_hangup(struct dvk_link *link)
{
	struct dvk_pair *pair = dvk_link_priv(link);

	dvk_link_set_priv(link, NULL);
	spin_lock(&dvk_pairs_lock);
	/* Not the programs' doing: have them hang up, so that the peer sees. */
	if (READ_ONCE(link->error) != -ENOTCONN)
		disconnect_locked(pair, DVK_BOTH, -ENOTCONN);
	pair->live = false;
	kick(pair, link);
	spin_unlock(&dvk_pairs_lock);
	/* Who is in the middle of a frame comes out; nobody goes in. */
	mutex_lock(&pair->rx_mutex);
	mutex_unlock(&pair->rx_mutex);
	dvk_pair_put(pair);
}

static struct dvk_transport user_transport = {
	.name		= "user",
	.owner		= THIS_MODULE,
	.user		= true,
	.listen		= user_listen,
	.unlisten	= user_unlisten,
	.dial		= user_dial,
	.start		= user_start,
	.send		= user_send,
	.resume		= user_resume,
	.hangup		= user_hangup,
};

int dvk_pair_init(void)
{
	int err = rhashtable_init(&halves, &half_params);

	if (err)
		return err;
	err = dvk_transport_register(&user_transport);
	if (err)
		rhashtable_destroy(&halves);
	return err;
}

void dvk_pair_exit(void)
{
	dvk_transport_unregister(&user_transport);
	rhashtable_destroy(&halves);
}
