/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Rendezvous.
 *
 * A rendezvous is decided under the lock of the receiver: either it waits and
 * admits the sender, and gets the message at once; or the sender joins the
 * receiver's queue. A sender that lives on another node is represented by its
 * local endpoint object (kind REMOTE), its stand-in, in the same states and
 * the same queue; so the functions here do not care where a sender is, except
 * where one has to be told of an outcome.
 */
#ifndef _DVK_IPC_H
#define _DVK_IPC_H

#include "object/endpoint.h"

/* Instead of a result: the message queues, see dvk_ipc_offer(). */
#define DVK_QUEUED	1
/* Instead of a result: the call starts again, for somebody has moved. */
#define DVK_RETRY	2
/* The same, for there was no room in the queue to the other node; there may be now. */
#define DVK_NOROOM	3

/* The calls. Process context, @ep owned by the current task. Results are 0 or
 * negated DVK_E* codes; see the interface's description.
 */
int dvk_ipc_send(struct dvk_endpoint *ep, int dst, struct dvk_message *msg,
		 int timeout);
int dvk_ipc_receive(struct dvk_endpoint *ep, int src, struct dvk_message *msg,
		    int timeout);
int dvk_ipc_sendrec(struct dvk_endpoint *ep, int dst, struct dvk_message *msg,
		    int timeout);
int dvk_ipc_rcvrqst(struct dvk_endpoint *ep, struct dvk_message *msg,
		    int timeout);
int dvk_ipc_reply(struct dvk_endpoint *ep, int dst, struct dvk_message *msg);
/* Pass the request of msg->m_source, which waits for the answer, on to @dst. */
int dvk_ipc_relay(struct dvk_endpoint *ep, int dst, struct dvk_message *msg);
/* Answer, then wait for the next request; fails at once if the answer does. */
int dvk_ipc_reply_rcvrqst(struct dvk_endpoint *ep, int dst,
			  struct dvk_message *msg, int timeout);

/**
 * dvk_ipc_again() - go on with a call whose request is out
 * @ep: own endpoint, after dvk_call_resume()
 * @call: DVK_CALL_SEND or DVK_CALL_SENDREC
 * @dst: as of the call
 * @msg: as of the call
 * @timeout: what is left of it
 * @end: look only whether it is over, else give up with -DVK_EINTR
 *
 * Return: as those calls.
 */
int dvk_ipc_again(struct dvk_endpoint *ep, enum dvk_call call, int dst,
		  struct dvk_message *msg, int timeout, bool end);

/* What else a request may be admitted by, beside plain RECV. */
bool dvk_ipc_admits(const struct dvk_endpoint *dst,
		    const struct dvk_endpoint *src, bool rqst);

/**
 * dvk_ipc_find() - look up the other party of a call
 * @ep: own endpoint
 * @other: endpoint number
 * @otherp: set to the endpoint, under RCU
 *
 * Return: 0, -DVK_ERANGE, -DVK_EENDPOINT (wrong generation), -DVK_EDSTDIED
 * (free slot).
 */
int dvk_ipc_find(const struct dvk_endpoint *ep, int other,
		 struct dvk_endpoint **otherp);

/**
 * dvk_ipc_offer() - give a message to a local receiver, or queue for it
 * @src: sender, or the stand-in of one
 * @dst: local receiver, under RCU
 * @msg: the message
 * @rqst: @src waits for an answer (its from must be set to @dst already)
 * @nowait: do not queue
 * @seq: of a stand-in: the number of its command
 *
 * Return: 0 if delivered, DVK_QUEUED (a reference on @dst is in src->sendto),
 * or -DVK_E*: AGAIN, DSTDIED, DEADSRCDST, CALLDENIED, MIGRATE (it has just
 * moved, look again), SRCDIED (the stand-in has just been
 * unbound).
 */
int dvk_ipc_offer(struct dvk_endpoint *src, struct dvk_endpoint *dst,
		  const struct dvk_message *msg, bool rqst, bool nowait,
		  u32 seq);

/**
 * dvk_ipc_finish() - end a wait
 * @ep: a local endpoint that waits
 * @result: what its call returns
 *
 * Under the lock that its state demands (see enum dvk_state). To be followed
 * by dvk_ipc_wake() without the lock.
 */
void dvk_ipc_finish(struct dvk_endpoint *ep, int result);

/* wait.c */

/**
 * dvk_ipc_wait() - wait until somebody ends the wait
 * @ep: own endpoint, already in a waiting state
 * @timeout: milliseconds, negative for ever
 *
 * Withdraws from the wait on a signal, a timeout or when the endpoint is being
 * unbound. Return: the result of the wait, or -DVK_EINTR, -DVK_ETIMEDOUT,
 * -DVK_ESHUTDOWN; -ERESTARTSYS on a signal, and if the request is out ep->out is
 * set and the wait goes on: the call returns at once, and changes nothing.
 */
int dvk_ipc_wait(struct dvk_endpoint *ep, int timeout);

/* End a wait that is over, or if not, give it up for @why. */
int dvk_ipc_wait_end(struct dvk_endpoint *ep, int why);

/* Wake the task whose wait was ended; under RCU, no locks needed. */
void dvk_ipc_wake(struct dvk_endpoint *ep);

/*
 * Give up a wait. Whoever ends it may be faster: then his result counts, for
 * a message that was taken has been taken. Returns that, or @why. For -ERESTARTSYS
 * only what has not happened yet is given up: else ep->out is set.
 */
int dvk_ipc_withdraw(struct dvk_endpoint *ep, int why);

/* Acknowledge the message in ep->inbox to its sender's node, if it asked. */
void dvk_ipc_ack(struct dvk_endpoint *ep);

/* ends.c: the other side is gone */

/*
 * The task of @ep, which is dead, exits: tell its priv_warn or else the DC's
 * dc_warn2proc, if that is an endpoint of this node.
 */
void dvk_ipc_warn(struct dvk_endpoint *ep);
void dvk_ipc_ghost_put(struct dvk_endpoint *ghost);
/*
 * @ep is dead: turn away everyone queued at it, let it give up what it waits for
 * if it is a stand-in, and end all waits for messages or answers from it.
 */
void dvk_ipc_ep_gone(struct dvk_endpoint *ep);
/*
 * @ep, which is dead, lives on as @to on another node: who queues at it tries
 * again there; those whose requests it has taken get no answer any more.
 */
void dvk_ipc_ep_moved(struct dvk_endpoint *ep, struct dvk_endpoint *to);
/* Waits for @ep, which is dead, become waits for @to. */
void dvk_ipc_repoint(struct dvk_endpoint *ep, struct dvk_endpoint *to);
/* Take stand-in @ep out of the queue it is in. */
void dvk_ipc_unqueue(struct dvk_endpoint *ep);
/*
 * Stand-in @ep, which is dead, gives up what it waits for; its task, which may
 * well live on, is told.
 */
void dvk_ipc_dismiss(struct dvk_endpoint *ep);

#endif /* _DVK_IPC_H */
