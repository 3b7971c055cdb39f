// SPDX-License-Identifier: GPL-2.0
/*
 * Whom a command from another node is about: its DC, the stand-in of its source,
 * the local endpoint that it answers; and how it is refused.
 */
#include "remote.h"

#include "base/node.h"
#include "base/trace.h"
#include "ipc.h"
#include "migrate.h"
#include "object/dc.h"

void dvk_remote_refuse(struct dvk_link *link, const struct dvk_cmd *cmd,
		       int rcode, bool may_block)
{
	struct dvk_cmd answer = {
		.c_cmd = cmd->c_cmd | cpu_to_le32(DVK_CMD_ACK),
		.c_dcid = cmd->c_dcid,
		.c_src = cmd->c_dst,
		.c_dst = cmd->c_src,
		.c_rcode = cpu_to_le32(rcode),
		.c_id = cmd->c_id,
		.c_dst_inc = cmd->c_src_inc,
	};

	if (unlikely(rcode == -DVK_EMIGRATE))
		dvk_migrate_tell(link->node, &answer);
	/* If it does not get through, the connection is lost, which ends it. */
	dvk_link_send(link, &answer, may_block);
}

int dvk_remote_find_dc(struct dvk_link *link, const struct dvk_cmd *cmd,
		       struct dvk_dc **dcp)
{
	int dcid = le32_to_cpu(cmd->c_dcid);
	struct dvk_dc *dc;

	if (dcid >= link->node->limits.nr_dcs)
		return -DVK_EBADDCID;
	dc = dvk_dc_find(link->node, dcid);
	if (!dc || !READ_ONCE(dc->running))
		return -DVK_EDCNOTRUN;
	if (!test_bit(link->nodeid, dc->members))
		return -DVK_ENODCNODE;
	*dcp = dc;
	return 0;
}

int dvk_remote_standin_of(struct dvk_dc *dc, int nodeid, s32 number, u32 inc,
			  pid_t pid, struct dvk_endpoint **standin)
{
	struct dvk_bind_spec spec = {
		.dc = dc,
		.ep = number,
		.kind = DVK_KIND_REMOTE,
		.nodeid = nodeid,
		.inc = inc,
		.rpid = pid,
		.autobound = true,
	};
	struct dvk_endpoint *ep;
	int ret;

	if (!dvk_dc_slot_valid(dc, number))
		return -DVK_ERANGE;
	ep = dvk_dc_slot(dc, number);
	if (ep && !ep->task && ep->nodeid == nodeid &&
	    (!inc || ep->inc == inc)) {
		*standin = ep;
		return 0;
	}
	if (!ep && (READ_ONCE(dc->flags) & DVK_DC_NOAUTOBIND))
		return -DVK_ENOTBIND;
	if (nodeid < 0 || nodeid >= dc->nr_nodes ||
	    nodeid == dc->node->nodeid || !test_bit(nodeid, dc->members))
		return -DVK_ENODCNODE;
	ret = dvk_ep_bind(&spec, GFP_ATOMIC);
	if (ret)
		return ret;
	ep = dvk_dc_slot(dc, number);
	if (!ep || ep->task)
		return -DVK_ENOTBIND;
	*standin = ep;
	return 0;
}

int dvk_remote_standin(struct dvk_link *link, struct dvk_dc *dc,
		       const struct dvk_cmd *cmd,
		       struct dvk_endpoint **standin)
{
	return dvk_remote_standin_of(dc, link->nodeid,
				     (s32)le32_to_cpu(cmd->c_src),
				     le32_to_cpu(cmd->c_src_inc),
				     le32_to_cpu(cmd->c_pid), standin);
}

struct dvk_endpoint *dvk_remote_waiter(struct dvk_link *link,
				       const struct dvk_cmd *cmd)
{
	struct dvk_endpoint *ep;
	struct dvk_dc *dc;

	dc = dvk_dc_find(link->node, le32_to_cpu(cmd->c_dcid));
	if (!dc)
		return NULL;
	ep = dvk_dc_find_ep(dc, (s32)le32_to_cpu(cmd->c_dst));
	if (!ep || !ep->task)
		return NULL;
	if (cmd->c_dst_inc && le32_to_cpu(cmd->c_dst_inc) != ep->inc)
		return NULL;
	return ep;
}

bool dvk_remote_awaits(const struct dvk_endpoint *ep,
		       const struct dvk_link *link, const struct dvk_cmd *cmd)
{
	return ep->state == DVK_REMOTE &&
	       (ep->rmt_node == link->nodeid ||
		ep->rmt_node2 == link->nodeid) &&
	       ep->seq == le32_to_cpu(cmd->c_id);
}

/* The other node says that an endpoint is gone: then it is gone here too. */
static void forget_dead(struct dvk_link *link, const struct dvk_cmd *cmd,
			int rcode)
{
	struct dvk_endpoint *ep;
	struct dvk_dc *dc;

	if (rcode != -DVK_EDSTDIED && rcode != -DVK_EDEADSRCDST &&
	    rcode != -DVK_EENDPOINT)
		return;
	dc = dvk_dc_find(link->node, le32_to_cpu(cmd->c_dcid));
	if (!dc)
		return;
	ep = dvk_dc_find_ep(dc, (s32)le32_to_cpu(cmd->c_src));
	if (ep && !ep->task && ep->nodeid == link->nodeid)
		dvk_ep_forget(ep);
}

/*
 * An answer for nobody: the request of one who is dead may have passed the
 * news of his death on its way over a third node, and bound him there again.
 */
static void tell_dead(struct dvk_link *link, const struct dvk_cmd *cmd)
{
	struct dvk_cmd news = {
		.c_cmd = cpu_to_le32(DVK_CMD_PROCUNBIND),
		.c_dcid = cmd->c_dcid,
		.c_src = cmd->c_dst,
		.c_src_inc = cmd->c_dst_inc,
	};

	if (cmd->c_dst_inc)
		dvk_link_send(link, &news, false);
}

void dvk_remote_rx_ack(struct dvk_link *link, const struct dvk_cmd *cmd,
		       int rcode)
{
	struct dvk_endpoint *ep;
	bool mine = false;

	/* Here it would mean that the call is to be started again. */
	if (unlikely(rcode == -ERESTARTSYS))
		rcode = -DVK_EINTR;
	rcu_read_lock();
	ep = dvk_remote_waiter(link, cmd);
	/* Before the caller looks again. */
	if (unlikely(dvk_migrate_is_news(cmd, rcode)))
		dvk_migrate_learn(link, cmd);
	if (ep) {
		trace_dvk_ack(ep, le32_to_cpu(cmd->c_id), rcode);
		spin_lock_bh(&ep->lock);
		mine = dvk_remote_awaits(ep, link, cmd);
		/* A request ends with a message, or with a refusal. */
		if (mine && unlikely(dvk_migrate_is_news(cmd, rcode)))
			dvk_ipc_finish(ep, DVK_RETRY);
		else if (mine && (rcode || !ep->wants_reply))
			dvk_ipc_finish(ep, rcode);
		else
			mine = false;
		spin_unlock_bh(&ep->lock);
	}
	if (mine) {
		dvk_ipc_wake(ep);
		forget_dead(link, cmd, rcode);
	} else {
		atomic64_inc(&link->stats.stale);
		if (!ep && cmd->c_cmd ==
		    cpu_to_le32(DVK_CMD_COPYRMT_RQST | DVK_CMD_ACK))
			tell_dead(link, cmd);
	}
	rcu_read_unlock();
}
