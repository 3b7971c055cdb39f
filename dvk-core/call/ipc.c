// SPDX-License-Identifier: GPL-2.0
/*
 * The rendezvous calls. See ipc.h for the rules they follow.
 */
#include "ipc.h"

#include <linux/jiffies.h>
#include <linux/sched/signal.h>

#include "base/current.h"
#include "base/trace.h"
#include "migrate.h"
#include "notify.h"
#include "object/dc.h"
#include "object/priv.h"
#include "remote.h"

int dvk_ipc_find(const struct dvk_endpoint *ep, int other,
		 struct dvk_endpoint **otherp)
{
	const struct dvk_dc *dc = ep->dc;
	int slot = dvk_ep_slot(dc, other);
	struct dvk_endpoint *e;

	if (!dvk_dc_slot_valid(dc, slot))
		return -DVK_ERANGE;
	e = dvk_dc_slot(dc, slot);
	if (!e)
		return -DVK_EDSTDIED;
	if (e->ep != other)
		return -DVK_EENDPOINT;
	*otherp = e;
	return 0;
}

void dvk_ipc_finish(struct dvk_endpoint *ep, int result)
{
	ep->result = result;
	/* Pairs with the acquire in is_over(): inbox before DONE. */
	smp_store_release(&ep->state, DVK_DONE);
}

bool dvk_ipc_admits(const struct dvk_endpoint *dst,
		    const struct dvk_endpoint *src, bool rqst)
{
	switch (dst->state) {
	case DVK_RECV:
		return (!dst->from || dst->from == src) &&
		       (rqst || !dst->rqst_only) &&
		       /* Frozen, but for the answer that it waits for. */
		       (likely(!dst->migrating) || dst->answer);
	case DVK_REMOTE:
		/* A server may answer a request with an ordinary send. */
		return dst->wants_reply && dst->from == src && !rqst;
	default:
		return false;
	}
}

int dvk_ipc_offer(struct dvk_endpoint *src, struct dvk_endpoint *dst,
		  const struct dvk_message *msg, bool rqst, bool nowait,
		  u32 seq)
{
	spin_lock_bh(&dst->lock);
	if (unlikely(dst->dead || (src->dead && !src->ghost))) {
		bool gone = dst->dead, moved = dst->migrating;

		spin_unlock_bh(&dst->lock);
		if (!gone)
			return -DVK_ESRCDIED;
		if (moved)
			return -DVK_EMIGRATE;
		return rqst ? -DVK_EDEADSRCDST : -DVK_EDSTDIED;
	}
	if (unlikely(!dvk_priv_may_receive(dst, src))) {
		spin_unlock_bh(&dst->lock);
		return -DVK_ECALLDENIED;
	}
	if (dvk_ipc_admits(dst, src, rqst)) {
		dst->inbox = *msg;
		dst->inbox.m_source = src->ep;
		/* The receiver acknowledges what it has really taken. */
		dst->ack_node = src->task || rqst ? -1 : src->nodeid;
		dst->ack_seq = seq;
		dst->ack_inc = src->inc;
		dst->far = !src->task;
		if (rqst)
			WRITE_ONCE(src->state, DVK_RECV);
		dvk_ipc_finish(dst, 0);
		spin_unlock_bh(&dst->lock);
		trace_dvk_deliver(dst, src->ep, msg);
		dvk_ipc_wake(dst);
		/*
		 * A stand-in may have been unbound before it waited for the
		 * answer, with nobody told: either that is seen here, after
		 * the barrier in dvk_ipc_wake(), or he sees the wait.
		 */
		if (rqst && unlikely(READ_ONCE(src->dead)))
			return -DVK_ESRCDIED;
		return 0;
	}
	if (nowait) {
		spin_unlock_bh(&dst->lock);
		return -DVK_EAGAIN;
	}
	src->outbox = *msg;
	src->outbox.m_source = src->ep;
	/* Not dead, so the table still has its reference. */
	dvk_ep_get(dst);
	src->sendto = dst;
	src->sendto_ep = dst->ep;
	WRITE_ONCE(src->state, rqst ? DVK_SENDREC : DVK_SEND);
	list_add_tail(&src->link, &dst->senders);
	spin_unlock_bh(&dst->lock);
	/*
	 * A stand-in may be unbound meanwhile by somebody who looked at
	 * @sendto too early: either he sees it, or we see the mark.
	 */
	smp_mb();
	if (unlikely(READ_ONCE(src->dead) && !src->ghost)) {
		dvk_ipc_unqueue(src);
		return -DVK_ESRCDIED;
	}
	return DVK_QUEUED;
}

static bool is_queued(const struct dvk_endpoint *ep)
{
	return ep->state == DVK_SEND || ep->state == DVK_SENDREC;
}

/* To give the wait up, and send its message anew, would be to send it twice. */
static bool is_out(const struct dvk_endpoint *ep)
{
	switch (ep->state) {
	case DVK_SENDREC:
		return ep->relayed;
	case DVK_RECV:
		return ep->answer;
	default:
		return ep->state == DVK_REMOTE;
	}
}

int dvk_ipc_withdraw(struct dvk_endpoint *ep, int why)
{
	struct dvk_endpoint *dst;
	bool remote;

	rcu_read_lock();
again:
	dst = READ_ONCE(ep->sendto);
	if (dst) {
		spin_lock_bh(&dst->lock);
		if (is_queued(ep) && ep->sendto == dst) {
			if (unlikely(why == -ERESTARTSYS && is_out(ep))) {
				spin_unlock_bh(&dst->lock);
				rcu_read_unlock();
				goto out;
			}
			list_del_init(&ep->link);
			ep->state = DVK_RUN;
			spin_unlock_bh(&dst->lock);
			rcu_read_unlock();
			return why;
		}
		spin_unlock_bh(&dst->lock);
	}

	spin_lock_bh(&ep->lock);
	if (unlikely(is_queued(ep))) {
		/* Passed on meanwhile, into the queue of another server. */
		spin_unlock_bh(&ep->lock);
		goto again;
	}
	rcu_read_unlock();
	if (ep->state == DVK_DONE) {
		spin_unlock_bh(&ep->lock);
		return ep->result;
	}
	if (unlikely(why == -ERESTARTSYS && is_out(ep))) {
		spin_unlock_bh(&ep->lock);
		goto out;
	}
	remote = ep->state == DVK_REMOTE;
	ep->state = DVK_RUN;
	spin_unlock_bh(&ep->lock);
	if (remote)
		dvk_remote_cancel(ep);
	return why;
out:
	ep->out = true;
	return why;
}

/*
 * A server may answer a request from another node with an ordinary send. Other
 * than a reply that must be acknowledged: the client may have given up, which we
 * have not heard of yet, and then it queues.
 */
static void answer_by_send(struct dvk_endpoint *ep, struct dvk_endpoint *dst)
{
	spin_lock_bh(&dst->lock);
	if (!dst->task && dst->state == DVK_RECV && dst->from == ep) {
		WRITE_ONCE(dst->state, DVK_RUN);
		dst->answer = false;
	}
	spin_unlock_bh(&dst->lock);
}

static int send(struct dvk_endpoint *ep, int dst_ep, struct dvk_message *msg,
		int timeout)
{
	struct dvk_endpoint *dst;
	struct dvk_cmd cmd;
	int ret;

	if (dst_ep == ep->ep || dst_ep == DVK_HARDWARE)
		return -DVK_EBADDEST;

	rcu_read_lock();
	ret = dvk_ipc_find(ep, dst_ep, &dst);
	if (ret) {
		rcu_read_unlock();
		return ret;
	}
	if (unlikely(!dvk_priv_may_send(ep, dst))) {
		rcu_read_unlock();
		return -DVK_ETRAPDENIED;
	}
	trace_dvk_send(ep, dst_ep, msg);
	if (!dvk_ep_is_local(dst)) {
		answer_by_send(ep, dst);
		dvk_cmd_init_msg(&cmd, DVK_CMD_SEND_MSG, ep, dst, msg);
		ret = dvk_remote_call(ep, dst, &cmd, false, timeout);
		if (!ret)
			ep->rmtsent++;
		return unlikely(ret == DVK_NOROOM) ? DVK_RETRY : ret;
	}

	ep->from = NULL;
	ret = dvk_ipc_offer(ep, dst, msg, false, !timeout, 0);
	rcu_read_unlock();
	if (ret == DVK_QUEUED)
		ret = dvk_ipc_wait(ep, timeout);
	else if (unlikely(ret == -DVK_EMIGRATE))
		ret = DVK_RETRY;
	if (!ret)
		ep->lclsent++;
	return ret;
}

/* The end of a sendrec, with @ret. */
static int answered(struct dvk_endpoint *ep, struct dvk_message *msg, int ret)
{
	if (unlikely(ep->out))
		return ret;
	ep->answer = false;
	if (ret)
		return ret;
	if (ep->far)
		ep->rmtsent++;
	else
		ep->lclsent++;
	*msg = ep->inbox;
	dvk_ipc_ack(ep);
	return 0;
}

static int sendrec(struct dvk_endpoint *ep, int dst_ep,
		   struct dvk_message *msg, int timeout)
{
	struct dvk_endpoint *dst;
	struct dvk_cmd cmd;
	int ret;

	if (dst_ep == ep->ep)
		return -DVK_EENDPOINT;
	if (dst_ep == DVK_HARDWARE)
		return -DVK_EBADDEST;

	rcu_read_lock();
	ret = dvk_ipc_find(ep, dst_ep, &dst);
	if (ret) {
		rcu_read_unlock();
		return ret == -DVK_EDSTDIED ? -DVK_EDEADSRCDST : ret;
	}
	if (unlikely(!dvk_priv_may_send(ep, dst))) {
		rcu_read_unlock();
		return -DVK_ETRAPDENIED;
	}
	trace_dvk_send(ep, dst_ep, msg);
	if (!dvk_ep_is_local(dst)) {
		dvk_cmd_init_msg(&cmd, DVK_CMD_SNDREC_MSG, ep, dst, msg);
		ret = dvk_remote_call(ep, dst, &cmd, true, timeout);
		if (unlikely(ret == DVK_NOROOM))
			ret = DVK_RETRY;
	} else {
		/* Looked at only once the request is taken: see enum state. */
		ep->from = dst;
		ep->answer = true;
		ep->rqst_only = false;
		ep->relayed = false;
		ep->far = false;
		ret = dvk_ipc_offer(ep, dst, msg, true, !timeout, 0);
		rcu_read_unlock();
		if (ret >= 0)
			ret = dvk_ipc_wait(ep, timeout);
		else
			ep->state = DVK_RUN;
		if (unlikely(ret == -DVK_EMIGRATE))
			ret = DVK_RETRY;
	}
	return answered(ep, msg, ret);
}

/*
 * A call whose other side has moved starts again, in what is left of its time.
 */
struct again {
	unsigned long since;
	int timeout;
	int times;
};

/* 0 with the time left in *@timeout, or why the call ends. */
static int start_again(struct dvk_endpoint *ep, struct again *a, int dst_ep,
		       int *timeout)
{
	unsigned int passed = jiffies_to_msecs(jiffies - a->since);

	if (a->timeout > 0) {
		if (passed >= a->timeout)
			return -DVK_ETIMEDOUT;
		*timeout = a->timeout - passed;
	}
	/* The news of where it is may be on their way. */
	return a->times++ ? dvk_migrate_pause(ep, dst_ep) : 0;
}

int dvk_ipc_send(struct dvk_endpoint *ep, int dst_ep, struct dvk_message *msg,
		 int timeout)
{
	struct again again = { .since = jiffies, .timeout = timeout };
	int ret;

	do {
		ret = send(ep, dst_ep, msg, timeout);
		if (likely(ret != DVK_RETRY))
			return ret;
		ret = start_again(ep, &again, dst_ep, &timeout);
	} while (!ret);
	return ret;
}

int dvk_ipc_sendrec(struct dvk_endpoint *ep, int dst_ep,
		    struct dvk_message *msg, int timeout)
{
	struct again again = { .since = jiffies, .timeout = timeout };
	int ret;

	do {
		ret = sendrec(ep, dst_ep, msg, timeout);
		if (likely(ret != DVK_RETRY))
			return ret;
		ret = start_again(ep, &again, dst_ep, &timeout);
	} while (!ret);
	return ret;
}

int dvk_ipc_again(struct dvk_endpoint *ep, enum dvk_call call, int dst,
		  struct dvk_message *msg, int timeout, bool end)
{
	bool rqst = call == DVK_CALL_SENDREC;
	int ret;

	ret = end ? dvk_ipc_wait_end(ep, -DVK_EINTR) :
		    dvk_ipc_wait(ep, timeout);
	if (rqst)
		ret = answered(ep, msg, ret);
	else if (!ret)
		ep->rmtsent++;
	if (likely(ret != DVK_RETRY))
		return ret;
	/* Whom it was sent to has moved, and has not taken it. */
	if (end)
		return -DVK_EINTR;
	if (!timeout)
		return -DVK_ETIMEDOUT;
	return rqst ? dvk_ipc_sendrec(ep, dst, msg, timeout) :
		      dvk_ipc_send(ep, dst, msg, timeout);
}

/* The first in the queue that the receiver wants. */
static struct dvk_endpoint *first_sender(const struct dvk_endpoint *ep,
					 const struct dvk_endpoint *from,
					 bool rqst_only)
{
	struct dvk_endpoint *s;

	list_for_each_entry(s, &ep->senders, link) {
		if (from && s != from)
			continue;
		if (rqst_only && s->state != DVK_SENDREC)
			continue;
		return s;
	}
	return NULL;
}

/*
 * Take the message of a queued sender, with ep->lock held. Returns true if a
 * sender on another node must be told; else it needs a wake-up if it only
 * sent.
 */
static bool take_queued(struct dvk_endpoint *s, struct dvk_message *msg,
			bool *wake)
{
	bool rqst = s->state == DVK_SENDREC;

	list_del_init(&s->link);
	*msg = s->outbox;
	*wake = false;
	if (rqst) {
		/* From here on its own lock protects the wait. */
		smp_store_release(&s->state, DVK_RECV);
		return false;
	}
	if (s->task) {
		dvk_ipc_finish(s, 0);
		*wake = true;
		return false;
	}
	WRITE_ONCE(s->state, DVK_RUN);
	return true;
}

/* Tell a sender on another node that its message has been taken. */
void dvk_ipc_ack(struct dvk_endpoint *ep)
{
	int node = ep->ack_node;

	if (likely(node < 0))
		return;
	ep->ack_node = -1;
	dvk_remote_answer(ep->dc->node, node,
			  DVK_CMD_SEND_MSG | DVK_CMD_ACK, ep->dc->dcid, ep,
			  ep->ep, ep->inbox.m_source, ep->ack_inc, ep->ack_seq,
			  0, true);
}

static bool is_gone(const struct dvk_endpoint *from)
{
	return from && from != DVK_FROM_HARDWARE && READ_ONCE(from->dead);
}

static int receive_from(struct dvk_endpoint *ep, struct dvk_endpoint *from,
			struct dvk_message *msg, int timeout, bool rqst_only)
	__releases(RCU)
{
	struct dvk_endpoint *s;
	bool wake, ack;
	u32 seq, inc;
	int ret;

	spin_lock_bh(&ep->lock);
	/* Frozen: what is queued is for where it goes. */
	if (unlikely(ep->migrating))
		goto wait;
	if (!from && unlikely(ep->woken)) {
		ep->woken = false;
		spin_unlock_bh(&ep->lock);
		rcu_read_unlock();
		return -DVK_EWOKENUP;
	}
	if (!rqst_only && dvk_notify_take(ep, from, msg)) {
		spin_unlock_bh(&ep->lock);
		rcu_read_unlock();
		return 0;
	}
	s = first_sender(ep, from, rqst_only);
	if (s) {
		ack = take_queued(s, msg, &wake);
		seq = s->seq;
		inc = s->inc;
		ep->far = !s->task;
		spin_unlock_bh(&ep->lock);
		trace_dvk_deliver(ep, msg->m_source, msg);
		if (unlikely(s->ghost))
			dvk_ipc_ghost_put(s);
		else if (wake)
			dvk_ipc_wake(s);
		if (!ack) {
			rcu_read_unlock();
			return 0;
		}
		ep->ack_node = s->nodeid;
		ep->ack_seq = seq;
		ep->ack_inc = inc;
		ep->inbox.m_source = msg->m_source;
		rcu_read_unlock();
		dvk_ipc_ack(ep);
		return 0;
	}
wait:
	/*
	 * Checked under the own lock: whoever ends the waits for a dead
	 * endpoint takes it after the mark is set (dvk_ipc_ep_gone()).
	 */
	if (!timeout || is_gone(from)) {
		ret = is_gone(from) ? -DVK_ESRCDIED : -DVK_EAGAIN;
		/* Gone from here only. */
		if (is_gone(from) && READ_ONCE(from->migrating))
			ret = DVK_RETRY;
		spin_unlock_bh(&ep->lock);
		rcu_read_unlock();
		return ret;
	}
	ep->from = from;
	ep->answer = false;
	ep->rqst_only = rqst_only;
	ep->ack_node = -1;
	ep->state = DVK_RECV;
	spin_unlock_bh(&ep->lock);
	rcu_read_unlock();

	ret = dvk_ipc_wait(ep, timeout);
	if (ret)
		return ret;
	*msg = ep->inbox;
	dvk_ipc_ack(ep);
	return 0;
}

/*
 * @src has ended. The notification that it has given before is still received; but
 * a message that it waited with has been taken back with it.
 */
static bool receive_left(struct dvk_endpoint *ep, int src,
			 struct dvk_message *msg)
{
	bool left;

	spin_lock_bh(&ep->lock);
	/* Of one that is frozen it is for where it goes. */
	left = !ep->migrating && dvk_notify_take_from(ep, src, msg);
	spin_unlock_bh(&ep->lock);
	return left;
}

static int receive(struct dvk_endpoint *ep, int src, struct dvk_message *msg,
		   int timeout, bool rqst_only)
{
	struct dvk_endpoint *from = NULL;
	int ret;

	rcu_read_lock();
	/* HARDWARE has no endpoint; its only messages are notifications. */
	if (src == DVK_HARDWARE) {
		from = DVK_FROM_HARDWARE;
	} else if (src != DVK_ANY) {
		ret = dvk_ipc_find(ep, src, &from);
		if (ret) {
			rcu_read_unlock();
			if (ret != -DVK_EDSTDIED)
				return ret;
			return receive_left(ep, src, msg) ? 0 : -DVK_ESRCDIED;
		}
	}
	return receive_from(ep, from, msg, timeout, rqst_only);
}

/* A receiver that was frozen and is not to move after all looks again. */
static int receive_again(struct dvk_endpoint *ep, int src,
			 struct dvk_message *msg, int timeout, bool rqst_only)
{
	struct again again = { .since = jiffies, .timeout = timeout };
	int ret;

	do {
		ret = receive(ep, src, msg, timeout, rqst_only);
		if (likely(ret != DVK_RETRY))
			return ret;
		again.times = 0;
		ret = start_again(ep, &again, src, &timeout);
	} while (!ret);
	return ret;
}

int dvk_ipc_receive(struct dvk_endpoint *ep, int src, struct dvk_message *msg,
		    int timeout)
{
	if (src == ep->ep)
		return -DVK_EENDPOINT;
	return receive_again(ep, src, msg, timeout, false);
}

int dvk_ipc_rcvrqst(struct dvk_endpoint *ep, struct dvk_message *msg,
		    int timeout)
{
	return receive_again(ep, DVK_ANY, msg, timeout, true);
}

/*
 * Whether the one that the server is likely to serve next waits on @nodeid, so
 * that its answer will go the same way. A guess without the lock; under RCU.
 */
static bool next_is_from(const struct dvk_endpoint *ep, int nodeid)
{
	const struct list_head *first = READ_ONCE(ep->senders.next);
	const struct dvk_endpoint *s;

	if (likely(first == &ep->senders))
		return false;
	s = list_entry(first, struct dvk_endpoint, link);
	return !READ_ONCE(s->task) && READ_ONCE(s->nodeid) == nodeid;
}

int dvk_ipc_reply(struct dvk_endpoint *ep, int dst_ep, struct dvk_message *msg)
{
	struct dvk_endpoint *dst;
	u32 seq, inc;
	int ret, node;
	bool hold;

	rcu_read_lock();
	ret = dvk_ipc_find(ep, dst_ep, &dst);
	if (ret)
		goto out;

	spin_lock_bh(&dst->lock);
	if (dst->dead) {
		ret = -DVK_EDSTDIED;
	} else if (dst->state != DVK_RECV || dst->from != ep || !dst->answer) {
		ret = -DVK_EPROCSTS;
	} else if (dst->task) {
		dst->inbox = *msg;
		dst->inbox.m_source = ep->ep;
		dst->ack_node = -1;
		dvk_ipc_finish(dst, 0);
	} else {
		WRITE_ONCE(dst->state, DVK_RUN);
		dst->answer = false;
	}
	seq = dst->seq;
	inc = dst->inc;
	node = dst->nodeid;
	spin_unlock_bh(&dst->lock);
	if (ret)
		goto out;

	trace_dvk_deliver(dst, ep->ep, msg);
	if (dst->task) {
		dvk_ipc_wake(dst);
		ep->lclsent++;
		goto out;
	}
	hold = next_is_from(ep, node);
	rcu_read_unlock();
	ret = dvk_remote_reply(ep, node, dst_ep, inc, seq, msg, hold);
	if (!ret)
		ep->rmtsent++;
	return ret;
out:
	rcu_read_unlock();
	return ret;
}

int dvk_ipc_reply_rcvrqst(struct dvk_endpoint *ep, int dst,
			  struct dvk_message *msg, int timeout)
{
	int ret = dvk_ipc_reply(ep, dst, msg);

	return ret ? ret : dvk_ipc_rcvrqst(ep, msg, timeout);
}
