/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Commands between nodes: what calls send, and whom arriving ones are about.
 */
#ifndef _DVK_REMOTE_H
#define _DVK_REMOTE_H

#include "link/link.h"
#include "object/endpoint.h"

/*
 * Start a command about @src (here) and @dst (on the other node); with a message,
 * or with zeros.
 */
void dvk_cmd_init_msg(struct dvk_cmd *cmd, u32 code,
		      const struct dvk_endpoint *src,
		      const struct dvk_endpoint *dst,
		      const struct dvk_message *msg);
void dvk_cmd_init(struct dvk_cmd *cmd, u32 code, const struct dvk_endpoint *src,
		  const struct dvk_endpoint *dst);

/**
 * dvk_remote_begin() - enter the wait for another node's answer
 * @ep: own endpoint, owned by the current task
 * @dst: remote endpoint, under RCU
 * @cmd: the request, from dvk_cmd_init(); gets its number
 * @wants_reply: a message answers it, else an acknowledgement
 * @linkp: set to the link, with a reference for dvk_remote_end()
 *
 * Return: 0, DVK_RETRY, or -DVK_E*: NODCNODE, NOPROXY, NOTCONN, DSTDIED,
 * DEADSRCDST.
 */
int dvk_remote_begin(struct dvk_endpoint *ep, struct dvk_endpoint *dst,
		     struct dvk_cmd *cmd, bool wants_reply,
		     struct dvk_link **linkp);

/*
 * Wait until dvk_link_has_room() for @ep. Return: 0, and it should look again;
 * -DVK_EAGAIN if @timeout is 0, -DVK_ETIMEDOUT, -DVK_ESHUTDOWN, -DVK_EINTR,
 * -ERESTARTSYS.
 */
int dvk_remote_wait_room(struct dvk_link *link, struct dvk_endpoint *ep,
			 int timeout);

/*
 * After DVK_NOROOM, without RCU: wait for room in the queue to @nodeid. Returns that
 * again, and the caller is to look again; or why the call ends.
 */
int dvk_remote_room(struct dvk_endpoint *ep, int nodeid, int timeout);

/**
 * dvk_remote_end() - wait for the answer
 * @ep: own endpoint
 * @link: from dvk_remote_begin()
 * @sent: result of sending the request; an error ends the wait at once
 * @timeout: milliseconds, negative for ever
 *
 * Return: the result of the call; a message is in ep->inbox.
 */
int dvk_remote_end(struct dvk_endpoint *ep, struct dvk_link *link, int sent,
		   int timeout);

/**
 * dvk_remote_call() - send a request and wait for its answer
 * @ep: own endpoint, owned by the current task
 * @dst: remote endpoint
 * @cmd: the request, from dvk_cmd_init()
 * @wants_reply: a message answers it, else an acknowledgement
 * @timeout: milliseconds
 *
 * Called with rcu_read_lock() held, which it drops. On success the message is
 * in ep->inbox. Return: 0 or -DVK_E*.
 */
int dvk_remote_call(struct dvk_endpoint *ep, struct dvk_endpoint *dst,
		    struct dvk_cmd *cmd, bool wants_reply, int timeout)
	__releases(RCU);

/*
 * Check the way to a remote endpoint's node. 0, -DVK_E*: NODCNODE, NOPROXY,
 * NOTCONN.
 */
int dvk_remote_check(const struct dvk_endpoint *dst, struct dvk_link **linkp);
/* The same with a reference on the link. Under RCU. */
int dvk_remote_get_link(const struct dvk_endpoint *dst,
			struct dvk_link **linkp);

/* Send an answer to a remote endpoint's command; any context if !may_block. */
int dvk_remote_answer(struct dvk_node *node, int nodeid, u32 code, int dcid,
		      const struct dvk_endpoint *src, s32 src_ep, s32 dst_ep,
		      u32 dst_inc, u32 ack_seq, int rcode, bool may_block);

/*
 * Send the answer to request @seq of @dst_ep, which waits on @node; if @hold,
 * together with the next one if that is soon (see dvk_link_send_held()).
 */
int dvk_remote_reply(struct dvk_endpoint *ep, int node, int dst_ep,
		     u32 dst_inc, u32 seq, const struct dvk_message *msg,
		     bool hold);

/* Tell the node that the latest request went to that it is void. */
void dvk_remote_cancel(struct dvk_endpoint *ep);

/* --- standin.c --- */

/*
 * Answer @cmd, which came over @link, with @rcode: a refusal, or the end of a
 * COPYIN. Any context if !may_block.
 */
void dvk_remote_refuse(struct dvk_link *link, const struct dvk_cmd *cmd,
		       int rcode, bool may_block);

/* The DC of a command, if it runs here and includes its node. Under RCU. */
int dvk_remote_find_dc(struct dvk_link *link, const struct dvk_cmd *cmd,
		       struct dvk_dc **dcp);

/*
 * The stand-in of a command's source; binds it if the DC allows. Under RCU.
 * 0 or -DVK_E*: RANGE, NOTBIND, SLOTUSED, NOMEM.
 */
int dvk_remote_standin(struct dvk_link *link, struct dvk_dc *dc,
		       const struct dvk_cmd *cmd,
		       struct dvk_endpoint **standin);

/* The same for any source of any member node. */
int dvk_remote_standin_of(struct dvk_dc *dc, int nodeid, s32 number, u32 inc,
			  pid_t pid, struct dvk_endpoint **standin);

/*
 * RELAY_MSG: the answer to a local request will come from another server, which
 * it is sent to now. Under RCU.
 */
void dvk_relay_rx(struct dvk_link *link, const struct dvk_cmd *cmd);

/* The local endpoint that waits for an answer. Under RCU. */
struct dvk_endpoint *dvk_remote_waiter(struct dvk_link *link,
				       const struct dvk_cmd *cmd);
/* Whether it is this one that it waits for. Its lock is held. */
bool dvk_remote_awaits(const struct dvk_endpoint *ep,
		       const struct dvk_link *link, const struct dvk_cmd *cmd);

/* A local request is answered without a message. Any context. */
void dvk_remote_rx_ack(struct dvk_link *link, const struct dvk_cmd *cmd,
		       int rcode);

/* Tell one node that local @ep is bound here. Any context. */
void dvk_remote_announce_to(struct dvk_link *link,
			    const struct dvk_endpoint *ep);
/* Tell all other nodes of the DC that @ep came or went. Any context. */
void dvk_remote_announce(const struct dvk_endpoint *ep, u32 code);
/* A link came up: tell its node all that is bound here. Process context. */
void dvk_remote_announce_all(struct dvk_link *link);
/* The same for one DC that the node has just become a member of. */
void dvk_remote_announce_dc(struct dvk_link *link, struct dvk_dc *dc);

#endif /* _DVK_REMOTE_H */
