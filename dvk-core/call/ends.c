// SPDX-License-Identifier: GPL-2.0
/*
 * What becomes of those who wait for an endpoint that is gone.
 */
#include "ipc.h"

#include "object/dc.h"
#include "remote.h"

void dvk_ipc_warn(struct dvk_endpoint *ep)
{
	struct dvk_message msg = {
		.m_type = ep->dc->warnmsg,
		.m1.i1 = ep->task->exit_code,
	};
	int whom = READ_ONCE(ep->priv_warn);
	struct dvk_endpoint *dst;

	if (whom == DVK_NONE)
		whom = ep->dc->warn2proc;
	if (whom == DVK_NONE || whom == ep->ep)
		return;
	rcu_read_lock();
	dst = dvk_dc_find_ep(ep->dc, whom);
	if (dst && dvk_ep_is_local(dst)) {
		/* If it must wait, the message keeps its dead sender around. */
		dvk_ep_get(ep);
		WRITE_ONCE(ep->caller, NULL);
		ep->ghost = true;
		ep->from = NULL;
		if (dvk_ipc_offer(ep, dst, &msg, false, false, 0) !=
		    DVK_QUEUED)
			dvk_ep_put(ep);
	}
	rcu_read_unlock();
}

/* A warning has been taken, or its receiver is gone: the ghost may rest. */
void dvk_ipc_ghost_put(struct dvk_endpoint *ghost)
{
	dvk_ep_put(ghost->sendto);
	ghost->sendto = NULL;
	dvk_ep_put(ghost);
}

static void turn_away(struct dvk_endpoint *ep, bool moved)
{
	struct dvk_node *node = ep->dc->node;
	struct dvk_endpoint *s;
	int why, s_node;
	u32 seq, inc;
	bool rqst;
	s32 s_ep;

	for (;;) {
		spin_lock_bh(&ep->lock);
		s = list_first_entry_or_null(&ep->senders, struct dvk_endpoint,
					     link);
		if (!s) {
			spin_unlock_bh(&ep->lock);
			return;
		}
		list_del_init(&s->link);
		rqst = s->state == DVK_SENDREC;
		why = rqst ? -DVK_EDEADSRCDST : -DVK_EDSTDIED;
		if (moved)
			why = -DVK_EMIGRATE;
		seq = s->seq;
		inc = s->inc;
		s_ep = s->ep;
		s_node = s->nodeid;
		if (s->task)
			dvk_ipc_finish(s, moved ? DVK_RETRY : why);
		else
			WRITE_ONCE(s->state, DVK_RUN);
		spin_unlock_bh(&ep->lock);

		if (s->ghost)
			dvk_ipc_ghost_put(s);
		else if (s->task)
			dvk_ipc_wake(s);
		else
			dvk_remote_answer(node, s_node,
					  (rqst ? DVK_CMD_SNDREC_MSG :
						  DVK_CMD_SEND_MSG) |
					  DVK_CMD_ACK,
					  ep->dc->dcid, ep, ep->ep, s_ep, inc,
					  seq, why, false);
	}
}

void dvk_ipc_unqueue(struct dvk_endpoint *ep)
{
	struct dvk_endpoint *dst;

	/* Pairs with the barrier in dvk_ipc_offer(). */
	smp_mb();
	spin_lock_bh(&ep->lock);
	dst = ep->sendto;
	ep->sendto = NULL;
	spin_unlock_bh(&ep->lock);
	if (!dst)
		return;

	spin_lock_bh(&dst->lock);
	if (!list_empty(&ep->link)) {
		list_del_init(&ep->link);
		WRITE_ONCE(ep->state, DVK_RUN);
	}
	spin_unlock_bh(&dst->lock);
	dvk_ep_put(dst);
}

void dvk_ipc_dismiss(struct dvk_endpoint *ep)
{
	bool rqst, waits;

	/*
	 * Whoever makes it wait from now on sees that it is dead, after a
	 * barrier in dvk_ipc_offer(), and says so himself.
	 */
	smp_mb();
	rqst = READ_ONCE(ep->state) != DVK_SEND;
	waits = READ_ONCE(ep->state) != DVK_RUN;
	dvk_ipc_unqueue(ep);
	WRITE_ONCE(ep->state, DVK_RUN);
	if (waits)
		dvk_remote_answer(ep->dc->node, ep->nodeid,
				  (rqst ? DVK_CMD_SNDREC_MSG :
					  DVK_CMD_SEND_MSG) | DVK_CMD_ACK,
				  ep->dc->dcid, NULL, ep->sendto_ep, ep->ep,
				  ep->inc, ep->seq, -DVK_ESRCDIED, false);
}

/* End the wait of @w if it is for @ep. */
static void end_wait_for(struct dvk_endpoint *w, struct dvk_endpoint *ep)
{
	enum dvk_state state;
	bool local = w->task;
	int node = 0, why;
	u32 seq, inc;
	s32 w_ep;

	spin_lock_bh(&w->lock);
	state = w->state;
	if (w->from != ep || (state != DVK_RECV && state != DVK_REMOTE)) {
		spin_unlock_bh(&w->lock);
		return;
	}
	why = state == DVK_REMOTE && !w->wants_reply ? -DVK_EDSTDIED :
						       -DVK_ESRCDIED;
	seq = w->seq;
	inc = w->inc;
	w_ep = w->ep;
	node = w->nodeid;
	if (local) {
		dvk_ipc_finish(w, why);
	} else {
		WRITE_ONCE(w->state, DVK_RUN);
		w->answer = false;
	}
	spin_unlock_bh(&w->lock);

	if (local)
		dvk_ipc_wake(w);
	else
		dvk_remote_answer(ep->dc->node, node,
				  DVK_CMD_SNDREC_MSG | DVK_CMD_ACK,
				  ep->dc->dcid, ep, ep->ep, w_ep, inc, seq,
				  why, false);
}

/*
 * There is no list of those who wait for an endpoint: keeping one would cost
 * a second lock in every call, and deaths are rare. Each lock is taken, for
 * a waiter looks at the mark of death under its own.
 */
static void end_waits(struct dvk_endpoint *ep)
{
	struct dvk_dc *dc = ep->dc;
	struct dvk_endpoint *w;
	int i;

	for (i = 0; i < dvk_dc_nr_slots(dc); i++) {
		w = rcu_dereference(dc->slots[i]);
		if (w && w != ep)
			end_wait_for(w, ep);
	}
}

void dvk_ipc_ep_gone(struct dvk_endpoint *ep)
{
	turn_away(ep, false);
	if (!ep->task)
		dvk_ipc_dismiss(ep);
	end_waits(ep);
}

/*
 * A wait of @w for @ep, which has moved. What was asked of it is still in the
 * hands of its old node, which will answer; to wait for a message from it is to
 * wait for one from where it is now.
 */
static void repoint(struct dvk_endpoint *w, struct dvk_endpoint *ep,
		    struct dvk_endpoint *to)
{
	spin_lock_bh(&w->lock);
	if (w->from == ep)
		w->from = to;
	spin_unlock_bh(&w->lock);
}

void dvk_ipc_repoint(struct dvk_endpoint *ep, struct dvk_endpoint *to)
{
	struct dvk_dc *dc = ep->dc;
	struct dvk_endpoint *w;
	int i;

	for (i = 0; i < dvk_dc_nr_slots(dc); i++) {
		w = rcu_dereference(dc->slots[i]);
		if (w && w != ep)
			repoint(w, ep, to);
	}
}

static bool waits_for_message(struct dvk_endpoint *w,
			      const struct dvk_endpoint *ep)
{
	bool waits;

	spin_lock_bh(&w->lock);
	waits = w->from == ep && w->state == DVK_RECV && !w->answer;
	spin_unlock_bh(&w->lock);
	return waits;
}

void dvk_ipc_ep_moved(struct dvk_endpoint *ep, struct dvk_endpoint *to)
{
	struct dvk_dc *dc = ep->dc;
	struct dvk_endpoint *w;
	int i;

	turn_away(ep, true);
	for (i = 0; i < dvk_dc_nr_slots(dc); i++) {
		w = rcu_dereference(dc->slots[i]);
		if (!w || w == ep)
			continue;
		if (waits_for_message(w, ep))
			repoint(w, ep, to);
		else
			end_wait_for(w, ep);
	}
}
