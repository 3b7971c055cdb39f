// SPDX-License-Identifier: GPL-2.0
/*
 * Commands that arrive from other nodes.
 *
 * Runs where the data arrives: in softirq, or in a process that happens to
 * release the socket. A command that needs to sleep is deferred to the
 * receiver thread (DVK_RX_DEFER). Whatever is refused is answered, for a
 * caller waits for it.
 */
#include "remote_rx.h"

#include "base/node.h"
#include "base/trace.h"
#include "call/ipc.h"
#include "call/migrate.h"
#include "call/notify.h"
#include "call/remote.h"
#include "copy/copy.h"
#include "link/wire.h"
#include "object/dc.h"

/* A command for an endpoint that must be bound here. */
static int find_dst(struct dvk_dc *dc, const struct dvk_cmd *cmd, int died,
		    struct dvk_endpoint **dstp)
{
	s32 number = le32_to_cpu(cmd->c_dst);
	u32 inc = le32_to_cpu(cmd->c_dst_inc);
	int slot = dvk_ep_slot(dc, number);
	struct dvk_endpoint *dst;

	if (!dvk_dc_slot_valid(dc, slot))
		return -DVK_ERANGE;
	dst = dvk_dc_slot(dc, slot);
	if (!dst)
		return died;
	if (dst->ep != number)
		return -DVK_EENDPOINT;
	if (!dvk_ep_is_local(dst))
		return READ_ONCE(dst->moved_to) >= 0 ? -DVK_EMIGRATE :
						       -DVK_ERMTPROC;
	/* It was looked for before it moved here. */
	if (inc && inc != dst->inc && dst->moved)
		return -DVK_EMIGRATE;
	if (inc && inc != dst->inc)
		return -DVK_EENDPOINT;
	*dstp = dst;
	return 0;
}

/* --- SEND_MSG, SNDREC_MSG --- */

/* A new command of a stand-in: whatever it waited for before is void. */
static bool standin_begin(struct dvk_endpoint *standin,
			  struct dvk_endpoint *dst, u32 seq, bool rqst)
{
	bool dead;

	if (standin->sendto)
		dvk_ipc_unqueue(standin);
	spin_lock_bh(&standin->lock);
	dead = standin->dead;
	standin->seq = seq;
	standin->from = dst;
	standin->answer = rqst;
	standin->rqst_only = false;
	WRITE_ONCE(standin->state, DVK_RUN);
	spin_unlock_bh(&standin->lock);
	return !dead;
}

/* A request taken that may not wait: as with local ones, it is too late. */
static void standin_abandon(struct dvk_endpoint *standin)
{
	spin_lock_bh(&standin->lock);
	if (standin->state == DVK_RECV)
		WRITE_ONCE(standin->state, DVK_RUN);
	standin->answer = false;
	spin_unlock_bh(&standin->lock);
}

static int rx_message(struct dvk_link *link, const struct dvk_cmd *cmd,
		      bool rqst)
{
	bool nowait = cmd->c_ctl & cpu_to_le32(DVK_CMD_C_NOWAIT);
	struct dvk_endpoint *standin, *dst;
	u32 seq = le32_to_cpu(cmd->c_id);
	struct dvk_dc *dc;
	int ret;

	ret = dvk_remote_find_dc(link, cmd, &dc);
	if (ret)
		return ret;
	ret = find_dst(dc, cmd, rqst ? -DVK_EDEADSRCDST : -DVK_EDSTDIED, &dst);
	if (ret)
		return ret;
	ret = dvk_remote_standin(link, dc, cmd, &standin);
	if (ret)
		return ret;
	if (!standin_begin(standin, dst, seq, rqst))
		return -DVK_ESRCDIED;
	ret = dvk_ipc_offer(standin, dst, &cmd->c_msg, rqst, nowait, seq);
	if (ret < 0)
		return ret;
	if (!ret && rqst && nowait) {
		standin_abandon(standin);
		return -DVK_ETIMEDOUT;
	}
	return 0;
}

/* --- answers --- */

/* An answer tells the incarnation of an endpoint that was bound by hand. */
static void learn_inc(struct dvk_endpoint *waiter, const struct dvk_cmd *cmd)
{
	struct dvk_endpoint *src;

	src = dvk_dc_find_ep(waiter->dc, (s32)le32_to_cpu(cmd->c_src));
	if (src && !src->task && unlikely(!READ_ONCE(src->inc)) &&
	    src->nodeid == waiter->rmt_node)
		WRITE_ONCE(src->inc, le32_to_cpu(cmd->c_src_inc));
}

static void rx_reply(struct dvk_link *link, const struct dvk_cmd *cmd)
{
	struct dvk_endpoint *ep = dvk_remote_waiter(link, cmd);
	bool mine = false;

	if (ep) {
		spin_lock_bh(&ep->lock);
		mine = dvk_remote_awaits(ep, link, cmd) && ep->wants_reply;
		if (mine) {
			ep->inbox = cmd->c_msg;
			ep->inbox.m_source = le32_to_cpu(cmd->c_src);
			ep->ack_node = -1;
			dvk_ipc_finish(ep, 0);
		}
		spin_unlock_bh(&ep->lock);
	}
	if (!mine) {
		atomic64_inc(&link->stats.stale);
		return;
	}
	trace_dvk_deliver(ep, le32_to_cpu(cmd->c_src), &cmd->c_msg);
	dvk_ipc_wake(ep);
	learn_inc(ep, cmd);
}

/* --- the rest --- */

static void rx_notify(struct dvk_link *link, const struct dvk_cmd *cmd)
{
	s32 src = (s32)le32_to_cpu(cmd->c_src);
	struct dvk_endpoint *standin, *dst;
	struct dvk_dc *dc;
	int ret;

	/* Nobody waits for an answer, so a failure is only counted. */
	ret = dvk_remote_find_dc(link, cmd, &dc);
	if (!ret && !dvk_notify_slot_valid(dc, src))
		ret = -DVK_ERANGE;
	if (!ret)
		ret = find_dst(dc, cmd, -DVK_EDSTDIED, &dst);
	/* On behalf of another one, who may live anywhere. */
	if (!ret && !cmd->c_src_inc)
		standin = dvk_dc_find_ep(dc, src);
	else if (!ret)
		ret = dvk_remote_standin(link, dc, cmd, &standin);
	if (!ret)
		ret = dvk_notify_post(dst, standin, src, cmd->c_msg.m9.i1);
	if (ret == -DVK_EMIGRATE)
		ret = dvk_migrate_forward(dc, (s32)le32_to_cpu(cmd->c_dst), src,
					  cmd->c_msg.m9.i1);
	if (ret)
		atomic64_inc(&link->stats.stale);
}

static void rx_cancel(struct dvk_link *link, const struct dvk_cmd *cmd)
{
	struct dvk_endpoint *ep;
	struct dvk_dc *dc;

	if (dvk_remote_find_dc(link, cmd, &dc))
		return;
	ep = dvk_dc_find_ep(dc, (s32)le32_to_cpu(cmd->c_src));
	if (!ep || ep->task || ep->nodeid != link->nodeid ||
	    ep->seq != le32_to_cpu(cmd->c_id))
		return;
	dvk_ipc_unqueue(ep);
	standin_abandon(ep);
	dvk_copy_target_gone(ep);
}

static void rx_procbind(struct dvk_link *link, const struct dvk_cmd *cmd)
{
	char name[DVK_NAME_LEN];
	struct dvk_bind_spec spec = {
		.ep = (s32)le32_to_cpu(cmd->c_src),
		.kind = DVK_KIND_REMOTE,
		.nodeid = link->nodeid,
		.inc = le32_to_cpu(cmd->c_src_inc),
		.rpid = le32_to_cpu(cmd->c_pid),
		.autobound = true,
		/* Else the node where it was says so, to who calls it there. */
		.moved = cmd->c_ctl & cpu_to_le32(DVK_CMD_C_MOVED) &&
			 READ_ONCE(link->trust),
		.name = name,
	};
	struct dvk_dc *dc;

	if (dvk_remote_find_dc(link, cmd, &dc) ||
	    (READ_ONCE(dc->flags) & DVK_DC_NOAUTOBIND))
		return;
	strscpy(name, cmd->c_name, sizeof(name));
	spec.dc = dc;
	dvk_ep_bind(&spec, GFP_ATOMIC);
}

static void rx_procunbind(struct dvk_link *link, const struct dvk_cmd *cmd)
{
	u32 inc = le32_to_cpu(cmd->c_src_inc);
	struct dvk_endpoint *ep;
	struct dvk_dc *dc;

	if (dvk_remote_find_dc(link, cmd, &dc))
		return;
	ep = dvk_dc_find_ep(dc, (s32)le32_to_cpu(cmd->c_src));
	if (ep && !ep->task && ep->nodeid == link->nodeid &&
	    (!inc || !ep->inc || ep->inc == inc))
		dvk_ep_forget(ep);
}

/* Where the data of an answer is. */
static int fill_procinfo(struct dvk_link *link, const struct dvk_cmd *cmd,
			 struct dvk_proc_usr *usr)
{
	int slot = (s32)le32_to_cpu(cmd->c_dst);
	struct dvk_dc *dc;
	int ret;

	rcu_read_lock();
	ret = dvk_remote_find_dc(link, cmd, &dc);
	if (!ret && !dvk_dc_slot_valid(dc, slot))
		ret = -DVK_EBADPROC;
	if (!ret)
		dvk_dc_fill_slot(dc, slot, usr);
	rcu_read_unlock();
	return ret;
}

/* A program of the other node wants to know of one here. May sleep. */
static void rx_procinfo(struct dvk_link *link, const struct dvk_cmd *cmd)
{
	struct dvk_cmd answer = {
		.c_cmd = cpu_to_le32(DVK_CMD_PROCINFO_ACK),
		.c_dcid = cmd->c_dcid,
		.c_src = cmd->c_dst,
		.c_dst = cmd->c_src,
		.c_id = cmd->c_id,
		.c_dst_inc = cmd->c_src_inc,
	};
	struct page *page = alloc_page(GFP_KERNEL);
	int ret = -DVK_ENOMEM;

	if (page)
		ret = fill_procinfo(link, cmd, page_address(page));
	if (!ret) {
		dvk_link_send_page(link, &answer, page,
				   sizeof(struct dvk_proc_usr));
		return;
	}
	if (page)
		put_page(page);
	dvk_remote_refuse(link, cmd, ret, false);
}

int dvk_remote_rx(struct dvk_link *link, const struct dvk_cmd *cmd,
		  bool may_sleep)
{
	u32 code = le32_to_cpu(cmd->c_cmd);
	int ret = 0;

	/* These may sleep, and use RCU by themselves. */
	if (dvk_cmd_is_copy(code))
		return dvk_rcopy_rx(link, cmd, may_sleep);
	if (code == DVK_CMD_PROCINFO) {
		if (!may_sleep)
			return DVK_RX_DEFER;
		rx_procinfo(link, cmd);
		return DVK_RX_DONE;
	}

	rcu_read_lock();
	switch (code) {
	case DVK_CMD_SEND_MSG:
		ret = rx_message(link, cmd, false);
		break;
	case DVK_CMD_SNDREC_MSG:
		ret = rx_message(link, cmd, true);
		break;
	case DVK_CMD_REPLY_MSG:
		rx_reply(link, cmd);
		break;
	case DVK_CMD_SEND_MSG | DVK_CMD_ACK:
	case DVK_CMD_SNDREC_MSG | DVK_CMD_ACK:
	case DVK_CMD_REPLY_MSG | DVK_CMD_ACK:
	case DVK_CMD_NTFY_MSG | DVK_CMD_ACK:
		dvk_remote_rx_ack(link, cmd, (s32)le32_to_cpu(cmd->c_rcode));
		break;
	case DVK_CMD_NTFY_MSG:
		rx_notify(link, cmd);
		break;
	case DVK_CMD_RELAY_MSG:
		dvk_relay_rx(link, cmd);
		break;
	case DVK_CMD_CANCEL:
		rx_cancel(link, cmd);
		break;
	case DVK_CMD_MIGRATE:
	case DVK_CMD_MIGRATE | DVK_CMD_ACK:
		dvk_migrate_rx(link, cmd);
		break;
	case DVK_CMD_PROCBIND:
		rx_procbind(link, cmd);
		break;
	case DVK_CMD_PROCUNBIND:
		rx_procunbind(link, cmd);
		break;
	case DVK_CMD_PROCINFO_ACK:
		/* It was a program that asked, which has looked at it. */
		break;
	default:
		rcu_read_unlock();
		return -EPROTO;
	}
	rcu_read_unlock();
	if (ret)
		dvk_remote_refuse(link, cmd, ret, false);
	return DVK_RX_DONE;
}
