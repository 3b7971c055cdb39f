// SPDX-License-Identifier: GPL-2.0
/*
 * Copies from and to other nodes: the requester. Those who serve it are in
 * rcopy_serve.c, data on its way in rcopy_tx.c and rcopy_rx.c.
 *
 * To another node (COPYIN): the requester pins the source and sends all of it
 * in frames whose payload are the pinned pages. The other node pins the
 * destination when the first frame comes, in its receiver thread; after that
 * the arriving bytes go straight into it. One acknowledgement ends the copy.
 *
 * From another node (COPYOUT): the requester pins the destination and sends a
 * request. There a worker pins the source and sends it; the arriving data
 * goes straight into the pinned destination, and the last of it is the answer.
 *
 * Between two processes of one other node (COPYLCL) a worker there copies as
 * for a local requester. Between two other nodes (COPYRMT) the source's node
 * sends the data to the destination's node, which answers the requester.
 *
 * Nothing waits between frames: TCP's window is the only one.
 */
#include "copy.h"

#include <linux/capability.h>

#include "access.h"
#include "base/node.h"
#include "call/ipc.h"
#include "call/remote.h"
#include "object/dc.h"

static void put_vcopy(struct dvk_cmd *cmd, const struct dvk_copy_plan *plan,
		      const struct dvk_endpoint *rqtr, u32 id)
{
	cmd->c_vcopy.v_src = cpu_to_le32(plan->src->ep);
	cmd->c_vcopy.v_dst = cpu_to_le32(plan->dst->ep);
	cmd->c_vcopy.v_rqtr = cpu_to_le32(rqtr->ep);
	cmd->c_vcopy.v_id = cpu_to_le32(id);
	cmd->c_vcopy.v_saddr = cpu_to_le64(plan->src_addr);
	cmd->c_vcopy.v_daddr = cpu_to_le64(plan->dst_addr);
	cmd->c_vcopy.v_bytes = cpu_to_le32(plan->bytes);
	cmd->c_vcopy.v_total = cmd->c_vcopy.v_bytes;
	/* The other node cannot see our capabilities; it trusts our word. */
	if (capable(CAP_SYS_PTRACE))
		cmd->c_ctl |= cpu_to_le32(DVK_CMD_C_PRIV);
}

/* The local party if it is not the requester: asleep, and ours to touch. */
static int check_local_party(struct dvk_endpoint *rqtr,
			     struct dvk_endpoint *party, struct mm_struct **mm)
{
	if (party != rqtr && !dvk_copy_is_blocked(party))
		return -DVK_EPROCSTS;
	return dvk_copy_mm(rqtr, party, mm);
}

/* The memory of the local party. */
static int local_memory(struct dvk_endpoint *rqtr,
			const struct dvk_copy_plan *plan, bool write,
			struct dvk_xfer **xp)
{
	struct dvk_endpoint *party = write ? plan->dst : plan->src;

	if (party == rqtr && plan->own)
		return dvk_xfer_kernel(party, plan->own, write, xp);
	return dvk_xfer_new(party, write ? plan->dst_mm : plan->src_mm,
			    write ? plan->dst_addr : plan->src_addr,
			    plan->bytes, write, xp);
}

int dvk_rcopy_in(struct dvk_endpoint *ep, struct dvk_copy_plan *plan)
{
	struct dvk_link *link;
	struct dvk_xfer *x;
	struct dvk_cmd cmd;
	int ret;

	ret = check_local_party(ep, plan->src, &plan->src_mm);
	if (ret)
		return ret;
	ret = local_memory(ep, plan, false, &x);
	if (ret)
		return ret;

	rcu_read_lock();
	dvk_cmd_init(&cmd, DVK_CMD_COPYIN_DATA, ep, plan->dst);
	put_vcopy(&cmd, plan, ep, 0);
	ret = dvk_remote_begin(ep, plan->dst, &cmd, false, &link);
	rcu_read_unlock();
	if (ret == DVK_NOROOM)
		ret = dvk_remote_room(ep, plan->dst->nodeid, -1);
	if (ret)
		goto out;
	/* The request's number serves as the copy's: it is the requester's. */
	cmd.c_vcopy.v_id = cmd.c_id;
	ret = dvk_rcopy_send(link, x, &cmd, ep);
	ret = dvk_remote_end(ep, link, ret, -1);
out:
	dvk_xfer_put_now(x);
	return ret;
}

/* The answer to a COPYOUT has come, or it is given up. */
static int copyout_end(struct dvk_node *node, struct dvk_xfer *x, int ret)
{
	dvk_xfer_leave(node, x);
	if (ret)
		dvk_xfer_void(x);
	if (!ret && x->done != x->bytes)
		ret = -DVK_EFAULT;
	dvk_xfer_put_now(x);
	return ret;
}

int dvk_rcopy_out(struct dvk_endpoint *ep, struct dvk_copy_plan *plan)
{
	struct dvk_node *node = ep->dc->node;
	struct dvk_xfer *x;
	struct dvk_cmd cmd;
	int ret;

	ret = check_local_party(ep, plan->dst, &plan->dst_mm);
	if (ret)
		return ret;
	ret = local_memory(ep, plan, true, &x);
	if (ret)
		return ret;
	ret = dvk_xfer_attach(x, plan->dst != ep);
	if (ret)
		goto out;
	x->nodeid = plan->src->nodeid;
	ret = dvk_xfer_enter(node, x);
	if (ret)
		goto out;

	rcu_read_lock();
	dvk_cmd_init(&cmd, DVK_CMD_COPYOUT_RQST, ep, plan->src);
	put_vcopy(&cmd, plan, ep, x->id);
	ret = dvk_remote_call(ep, plan->src, &cmd, false, -1);
	if (likely(!ep->out))
		return copyout_end(node, x, ret);
	ep->out_xfer = x;
	return ret;
out:
	dvk_xfer_put_now(x);
	return ret;
}

/* Neither party is here: their nodes do it among themselves. */
int dvk_rcopy_far(struct dvk_endpoint *ep, const struct dvk_copy_plan *plan)
{
	bool same = plan->src->nodeid == plan->dst->nodeid;
	struct dvk_link *link;
	struct dvk_cmd cmd;
	int ret;

	rcu_read_lock();
	/* The answer comes from the destination's node. */
	ret = dvk_remote_check(plan->dst, &link);
	if (ret) {
		rcu_read_unlock();
		return ret;
	}
	dvk_cmd_init(&cmd, same ? DVK_CMD_COPYLCL_RQST : DVK_CMD_COPYRMT_RQST,
		     ep, plan->src);
	put_vcopy(&cmd, plan, ep, 0);
	cmd.c_vcopy.v_rnode = cpu_to_le32(ep->dc->node->nodeid);
	cmd.c_vcopy.v_dnode = cpu_to_le32(plan->dst->nodeid);
	cmd.c_vcopy.v_rqtr_inc = cpu_to_le32(ep->inc);
	cmd.c_vcopy.v_dst_inc = cpu_to_le32(READ_ONCE(plan->dst->inc));
	ep->rmt_node2 = plan->dst->nodeid;
	ret = dvk_remote_call(ep, plan->src, &cmd, false, -1);
	if (likely(!ep->out))
		ep->rmt_node2 = -1;
	return ret;
}

int dvk_rcopy_again(struct dvk_endpoint *ep, bool end)
{
	struct dvk_xfer *x = ep->out_xfer;
	int ret;

	ret = end ? dvk_ipc_wait_end(ep, -DVK_EINTR) : dvk_ipc_wait(ep, -1);
	if (unlikely(ep->out))
		return ret;
	ep->rmt_node2 = -1;
	if (!x)
		return ret;
	ep->out_xfer = NULL;
	return copyout_end(ep->dc->node, x, ret);
}
