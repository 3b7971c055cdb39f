// SPDX-License-Identifier: GPL-2.0
/*
 * Requests to other nodes, as the calls make them. What arrives is in
 * remote_rx.c.
 */
#include "remote.h"

#include <linux/freezer.h>
#include <linux/jiffies.h>

#include "base/current.h"
#include "base/node.h"
#include "base/trace.h"
#include "ipc.h"
#include "migrate.h"
#include "object/dc.h"

static void init_header(struct dvk_cmd *cmd, u32 code,
			const struct dvk_endpoint *src,
			const struct dvk_endpoint *dst)
{
	memset(cmd, 0, offsetof(struct dvk_cmd, c_msg));
	cmd->c_cmd = cpu_to_le32(code);
	cmd->c_dcid = cpu_to_le32(src->dc->dcid);
	cmd->c_src = cpu_to_le32(src->ep);
	cmd->c_dst = cpu_to_le32(dst->ep);
	cmd->c_src_inc = cpu_to_le32(src->inc);
	cmd->c_dst_inc = cpu_to_le32(READ_ONCE(dst->inc));
	cmd->c_pid = cpu_to_le32(src->rpid);
}

void dvk_cmd_init(struct dvk_cmd *cmd, u32 code, const struct dvk_endpoint *src,
		  const struct dvk_endpoint *dst)
{
	init_header(cmd, code, src, dst);
	memset(&cmd->c_msg, 0, sizeof(*cmd) - offsetof(struct dvk_cmd, c_msg));
}

void dvk_cmd_init_msg(struct dvk_cmd *cmd, u32 code,
		      const struct dvk_endpoint *src,
		      const struct dvk_endpoint *dst,
		      const struct dvk_message *msg)
{
	init_header(cmd, code, src, dst);
	cmd->c_msg = *msg;
}

int dvk_remote_check(const struct dvk_endpoint *dst, struct dvk_link **linkp)
{
	struct dvk_link *link;

	if (!test_bit(dst->nodeid, dst->dc->members))
		return -DVK_ENODCNODE;
	link = dvk_link_find(dst->dc->node, dst->nodeid);
	if (!link || !READ_ONCE(link->enabled))
		return -DVK_ENOPROXY;
	if (!dvk_link_up(link))
		return -DVK_ENOTCONN;
	*linkp = link;
	return 0;
}

int dvk_remote_get_link(const struct dvk_endpoint *dst,
			struct dvk_link **linkp)
{
	int ret = dvk_remote_check(dst, linkp);

	if (ret)
		return ret;
	/* The table has a reference as long as RCU finds the link in it. */
	return kref_get_unless_zero(&(*linkp)->ref) ? 0 : -DVK_ENOPROXY;
}

int dvk_remote_begin(struct dvk_endpoint *ep, struct dvk_endpoint *dst,
		     struct dvk_cmd *cmd, bool wants_reply,
		     struct dvk_link **linkp)
{
	struct dvk_link *link;
	int ret;

	ret = dvk_remote_get_link(dst, &link);
	if (ret)
		return ret;
	if (unlikely(!dvk_link_has_room(link, ep->share, cmd->c_ctl &
					cpu_to_le32(DVK_CMD_C_NOWAIT)))) {
		dvk_link_put(link);
		return DVK_NOROOM;
	}
	/* 0 stands for "no request". */
	if (unlikely(!++ep->seq))
		++ep->seq;
	cmd->c_id = cpu_to_le32(ep->seq);

	spin_lock_bh(&ep->lock);
	/*
	 * Under the own lock: whoever ends the waits for a dead endpoint
	 * takes it after setting the mark.
	 */
	if (unlikely(READ_ONCE(dst->dead))) {
		spin_unlock_bh(&ep->lock);
		dvk_link_put(link);
		/* It has just moved: look again. */
		if (READ_ONCE(dst->migrating))
			return DVK_RETRY;
		return wants_reply ? -DVK_EDEADSRCDST : -DVK_EDSTDIED;
	}
	ep->from = dst;
	ep->rmt_node = dst->nodeid;
	ep->wants_reply = wants_reply;
	ep->ack_node = -1;
	ep->far = true;
	WRITE_ONCE(ep->state, DVK_REMOTE);
	spin_unlock_bh(&ep->lock);

	*linkp = link;
	return 0;
}

int dvk_remote_wait_room(struct dvk_link *link, struct dvk_endpoint *ep,
			 int timeout)
{
	long left = timeout < 0 ? MAX_SCHEDULE_TIMEOUT :
				  msecs_to_jiffies(timeout);

	if (!timeout)
		return -DVK_EAGAIN;
	left = wait_event_freezable_timeout(link->space_waitq,
					    dvk_link_has_room(link, ep->share,
							      false) ||
					    READ_ONCE(ep->shutdown) ||
					    dvk_task_stopping(),
					    left);
	if (READ_ONCE(ep->shutdown))
		return -DVK_ESHUTDOWN;
	return left ? dvk_wait_result(left) : -DVK_ETIMEDOUT;
}

int dvk_remote_room(struct dvk_endpoint *ep, int nodeid, int timeout)
{
	struct dvk_link *link = dvk_link_get(ep->dc->node, nodeid);
	int ret;

	if (!link)
		return DVK_NOROOM;
	ret = dvk_remote_wait_room(link, ep, timeout);
	dvk_link_put(link);
	return ret ? ret : DVK_NOROOM;
}

int dvk_remote_end(struct dvk_endpoint *ep, struct dvk_link *link, int sent,
		   int timeout)
{
	int ret;

	/*
	 * Some of it may have left, so that there is something to cancel; and
	 * the loss of the connection may have ended the wait.
	 */
	if (unlikely(sent)) {
		ret = dvk_ipc_wait_end(ep, sent == -ERESTARTSYS ? -DVK_EINTR :
								  sent);
		/* Cancelled, so that it may start anew. */
		if (ret == -DVK_EINTR)
			ret = sent;
	} else {
		ret = dvk_ipc_wait(ep, timeout);
	}
	dvk_link_put(link);
	return ret;
}

int dvk_remote_call(struct dvk_endpoint *ep, struct dvk_endpoint *dst,
		    struct dvk_cmd *cmd, bool wants_reply, int timeout)
	__releases(RCU)
{
	int nodeid = dst->nodeid;
	struct dvk_link *link;
	int ret;

	if (!timeout)
		cmd->c_ctl |= cpu_to_le32(DVK_CMD_C_NOWAIT);
	ret = dvk_remote_begin(ep, dst, cmd, wants_reply, &link);
	rcu_read_unlock();
	if (unlikely(ret == DVK_NOROOM))
		return dvk_remote_room(ep, nodeid, timeout);
	if (ret)
		return ret;
	/* The other node answers at once, so wait for that. */
	if (!timeout)
		timeout = -1;
	ret = dvk_link_send_for(link, cmd, ep->share, true);
	return dvk_remote_end(ep, link, ret, timeout);
}

/* Send a command that nobody waits for; the link is found by node. */
static int send_to(struct dvk_node *node, int nodeid, struct dvk_cmd *cmd,
		   struct dvk_tx_share *share, bool may_block, bool hold)
{
	struct dvk_link *link = dvk_link_get(node, nodeid);
	int ret;

	if (!link)
		return -DVK_ENOPROXY;
	ret = hold ? dvk_link_send_held(link, cmd) :
		     dvk_link_send_for(link, cmd, share, may_block);
	dvk_link_put(link);
	return ret;
}

int dvk_remote_answer(struct dvk_node *node, int nodeid, u32 code, int dcid,
		      const struct dvk_endpoint *src, s32 src_ep, s32 dst_ep,
		      u32 dst_inc, u32 ack_seq, int rcode, bool may_block)
{
	struct dvk_cmd cmd = {
		.c_cmd = cpu_to_le32(code),
		.c_dcid = cpu_to_le32(dcid),
		.c_src = cpu_to_le32(src_ep),
		.c_dst = cpu_to_le32(dst_ep),
		.c_rcode = cpu_to_le32(rcode),
		.c_id = cpu_to_le32(ack_seq),
		.c_src_inc = cpu_to_le32(src ? src->inc : 0),
		.c_dst_inc = cpu_to_le32(dst_inc),
	};

	if (unlikely(rcode == -DVK_EMIGRATE))
		dvk_migrate_tell(node, &cmd);
	return send_to(node, nodeid, &cmd, NULL, may_block, false);
}

int dvk_remote_reply(struct dvk_endpoint *ep, int node, int dst_ep,
		     u32 dst_inc, u32 seq, const struct dvk_message *msg,
		     bool hold)
{
	struct dvk_cmd cmd;

	memset(&cmd, 0, offsetof(struct dvk_cmd, c_msg));
	cmd.c_cmd = cpu_to_le32(DVK_CMD_REPLY_MSG);
	cmd.c_dcid = cpu_to_le32(ep->dc->dcid);
	cmd.c_src = cpu_to_le32(ep->ep);
	cmd.c_dst = cpu_to_le32(dst_ep);
	cmd.c_src_inc = cpu_to_le32(ep->inc);
	cmd.c_dst_inc = cpu_to_le32(dst_inc);
	cmd.c_id = cpu_to_le32(seq);
	cmd.c_pid = cpu_to_le32(ep->rpid);
	cmd.c_msg = *msg;
	return send_to(ep->dc->node, node, &cmd, NULL, true, hold);
}

void dvk_remote_cancel(struct dvk_endpoint *ep)
{
	struct dvk_cmd cmd = {
		.c_cmd = cpu_to_le32(DVK_CMD_CANCEL),
		.c_dcid = cpu_to_le32(ep->dc->dcid),
		.c_src = cpu_to_le32(ep->ep),
		.c_src_inc = cpu_to_le32(ep->inc),
		.c_id = cpu_to_le32(ep->seq),
	};

	/* If it does not get through, the connection is lost, which cancels. */
	send_to(ep->dc->node, ep->rmt_node, &cmd, ep->share, false, false);
}

/* --- who is where --- */

static void announce_to(struct dvk_link *link, const struct dvk_endpoint *ep,
			u32 code)
{
	struct dvk_cmd cmd = {
		.c_cmd = cpu_to_le32(code),
		.c_dcid = cpu_to_le32(ep->dc->dcid),
		.c_src = cpu_to_le32(ep->ep),
		.c_src_inc = cpu_to_le32(ep->inc),
		.c_pid = cpu_to_le32(ep->rpid),
	};

	if (code == DVK_CMD_PROCBIND && ep->moved)
		cmd.c_ctl = cpu_to_le32(DVK_CMD_C_MOVED);
	memcpy(cmd.c_name, ep->name, sizeof(cmd.c_name));
	dvk_link_send(link, &cmd, false);
	if (code != DVK_CMD_PROCBIND)
		return;
	/*
	 * The news of its death may have gone out before, from another task:
	 * either that one sends it after this, or the mark is seen here.
	 */
	smp_mb();
	if (READ_ONCE(ep->dead) && !READ_ONCE(ep->migrating))
		announce_to(link, ep, DVK_CMD_PROCUNBIND);
}

void dvk_remote_announce_to(struct dvk_link *link,
			    const struct dvk_endpoint *ep)
{
	announce_to(link, ep, DVK_CMD_PROCBIND);
}

void dvk_remote_announce(const struct dvk_endpoint *ep, u32 code)
{
	const struct dvk_dc *dc = ep->dc;
	struct dvk_node *node = dc->node;
	struct dvk_link *link;
	int n;

	rcu_read_lock();
	for_each_set_bit(n, dc->members, DVK_MAX_NODES) {
		if (n == node->nodeid)
			continue;
		link = dvk_link_find(node, n);
		if (link && dvk_link_up(link))
			announce_to(link, ep, code);
	}
	rcu_read_unlock();
}

void dvk_remote_announce_dc(struct dvk_link *link, struct dvk_dc *dc)
{
	struct dvk_endpoint *ep;
	int i;

	if (!test_bit(link->nodeid, dc->members))
		return;
	for (i = 0; i < dvk_dc_nr_slots(dc) && dvk_link_up(link); i++) {
		rcu_read_lock();
		ep = rcu_dereference(dc->slots[i]);
		if (ep && dvk_ep_is_local(ep))
			announce_to(link, ep, DVK_CMD_PROCBIND);
		rcu_read_unlock();
		cond_resched();
	}
}

void dvk_remote_announce_all(struct dvk_link *link)
{
	struct dvk_dc *dc;
	unsigned long i;

	for (i = 0; i < link->node->limits.nr_dcs; i++) {
		if (!xa_find(&link->node->dcs, &i, ULONG_MAX, XA_PRESENT))
			return;
		dc = dvk_dc_get(link->node, i);
		if (!dc)
			continue;
		dvk_remote_announce_dc(link, dc);
		dvk_dc_put(dc);
	}
}
