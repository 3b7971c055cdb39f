// SPDX-License-Identifier: GPL-2.0
/*
 * Data of copies arrives. It goes into pinned memory where it arrives, in
 * softirq; only to pin it the first frame waits for the receiver thread.
 */
#include "copy.h"

#include <linux/sched/mm.h>

#include "base/node.h"
#include "call/ipc.h"
#include "call/remote.h"
#include "object/dc.h"

/* --- data of a COPYOUT arrives at the requester --- */

static int rx_copyout_data(struct dvk_link *link, const struct dvk_cmd *cmd)
{
	struct dvk_xfer *x;

	if (cmd->c_rcode) {
		dvk_remote_rx_ack(link, cmd, (s32)le32_to_cpu(cmd->c_rcode));
		return DVK_RX_DONE;
	}
	x = dvk_xfer_get(link->node, le32_to_cpu(cmd->c_vcopy.v_id));
	/* The requester gave up: let the rest of it pass by. */
	if (!x) {
		atomic64_inc(&link->stats.stale);
		return DVK_RX_DONE;
	}
	if (x->nodeid != link->nodeid ||
	    le32_to_cpu(cmd->c_vcopy.v_total) != x->bytes ||
	    le32_to_cpu(cmd->c_vcopy.v_offset) != x->done) {
		dvk_xfer_put(x);
		return -EPROTO;
	}
	link->rx_xfer = x;
	return DVK_RX_COPY;
}

/* --- data of a COPYIN arrives at the destination --- */

/* Exchange what the stand-in's node is sending; only its receive path does. */
static void set_rx_copy(struct dvk_endpoint *standin, struct dvk_xfer *x)
{
	struct dvk_xfer *old;

	spin_lock_bh(&standin->lock);
	old = standin->rx_copy;
	if (standin->dead && x) {
		spin_unlock_bh(&standin->lock);
		dvk_xfer_put(x);
		return;
	}
	standin->rx_copy = x;
	spin_unlock_bh(&standin->lock);
	dvk_xfer_put(old);
}

void dvk_copy_target_gone(struct dvk_endpoint *ep)
{
	if (!ep->task)
		set_rx_copy(ep, NULL);
}

void dvk_copy_source_gone(struct dvk_endpoint *ep, int nodeid)
{
	bool gone;

	spin_lock_bh(&ep->lock);
	gone = ep->rx_copy && ep->rx_copy->nodeid == nodeid;
	spin_unlock_bh(&ep->lock);
	if (gone)
		set_rx_copy(ep, NULL);
}

/* Tell the node that sent, and the requester if he is on a third. */
static void copyin_answer(struct dvk_link *link, const struct dvk_cmd *cmd,
			  int rcode)
{
	const struct dvk_vcopy *vc = &cmd->c_vcopy;

	dvk_remote_refuse(link, cmd, rcode, false);
	if (cmd->c_cmd == cpu_to_le32(DVK_CMD_COPYIN_RQST))
		dvk_remote_answer(link->node, (s32)le32_to_cpu(vc->v_rnode),
				  DVK_CMD_COPYRMT_RQST | DVK_CMD_ACK,
				  le32_to_cpu(cmd->c_dcid), NULL,
				  (s32)le32_to_cpu(cmd->c_dst),
				  (s32)le32_to_cpu(vc->v_rqtr),
				  le32_to_cpu(vc->v_rqtr_inc),
				  le32_to_cpu(vc->v_rseq), rcode, false);
}

/* The first frame: find and pin the destination. Receiver thread. */
static int copyin_begin(struct dvk_link *link, const struct dvk_cmd *cmd)
{
	const struct dvk_vcopy *vc = &cmd->c_vcopy;
	struct dvk_endpoint *standin, *dst = NULL;
	struct mm_struct *mm = NULL;
	struct dvk_xfer *x = NULL;
	int ret;

	ret = dvk_rcopy_requester(link, cmd, &standin);
	if (ret)
		return ret;
	ret = dvk_rcopy_target(link, cmd, true, standin, &dst, &mm);
	if (ret)
		goto out;
	ret = dvk_xfer_new(dst, mm, le64_to_cpu(vc->v_daddr),
			   le32_to_cpu(vc->v_total), true, &x);
	if (ret)
		goto out;
	ret = dvk_xfer_attach(x, true);
	if (ret)
		goto out;
	x->nodeid = link->nodeid;
	x->id = le32_to_cpu(vc->v_id);
	kref_get(&x->ref);
	set_rx_copy(standin, x);
out:
	dvk_xfer_put(x);
	if (mm)
		mmput(mm);
	dvk_ep_put(dst);
	dvk_ep_put(standin);
	return ret;
}

/* The copy that a frame belongs to, with a reference, or NULL. */
static struct dvk_xfer *copyin_find(struct dvk_link *link,
				    const struct dvk_cmd *cmd)
{
	struct dvk_endpoint *standin;
	struct dvk_xfer *x = NULL;

	rcu_read_lock();
	standin = dvk_rcopy_standin(link, cmd);
	if (standin) {
		spin_lock_bh(&standin->lock);
		x = standin->rx_copy;
		if (x && x->nodeid == link->nodeid &&
		    x->id == le32_to_cpu(cmd->c_vcopy.v_id))
			kref_get(&x->ref);
		else
			x = NULL;
		spin_unlock_bh(&standin->lock);
	}
	rcu_read_unlock();
	return x;
}

static int rx_copyin_data(struct dvk_link *link, const struct dvk_cmd *cmd,
			  bool may_sleep)
{
	struct dvk_xfer *x;
	int ret;

	if (!cmd->c_vcopy.v_offset) {
		if (!may_sleep)
			return DVK_RX_DEFER;
		ret = copyin_begin(link, cmd);
		if (ret) {
			/* The one answer; further frames find no copy. */
			link->refused_src = cmd->c_src;
			link->refused_seq = cmd->c_id;
			copyin_answer(link, cmd, ret);
			return DVK_RX_DONE;
		}
	}
	x = copyin_find(link, cmd);
	if (!x) {
		/*
		 * Refused before, which has been told; or the stand-in went
		 * in the middle, and nobody knows yet.
		 */
		if ((cmd->c_ctl & cpu_to_le32(DVK_CMD_C_LAST)) &&
		    (cmd->c_src != link->refused_src ||
		     cmd->c_id != link->refused_seq))
			copyin_answer(link, cmd, -DVK_ESRCDIED);
		return DVK_RX_DONE;
	}
	if (le32_to_cpu(cmd->c_vcopy.v_total) != x->bytes ||
	    le32_to_cpu(cmd->c_vcopy.v_offset) != x->done) {
		dvk_xfer_put(x);
		return -EPROTO;
	}
	link->rx_xfer = x;
	return DVK_RX_COPY;
}

static void copyin_end(struct dvk_link *link, const struct dvk_cmd *cmd,
		       struct dvk_xfer *x)
{
	struct dvk_endpoint *standin;
	int ret = x->error;

	if (!ret && x->done != x->bytes)
		ret = -DVK_EFAULT;
	rcu_read_lock();
	standin = dvk_rcopy_standin(link, cmd);
	if (standin)
		set_rx_copy(standin, NULL);
	rcu_read_unlock();
	copyin_answer(link, cmd, ret);
}

/* --- entry points of the receive path --- */

int dvk_rcopy_rx(struct dvk_link *link, const struct dvk_cmd *cmd,
		 bool may_sleep)
{
	switch (le32_to_cpu(cmd->c_cmd)) {
	case DVK_CMD_COPYIN_DATA:
	case DVK_CMD_COPYIN_RQST:
		return rx_copyin_data(link, cmd, may_sleep);
	case DVK_CMD_COPYOUT_DATA:
		return rx_copyout_data(link, cmd);
	case DVK_CMD_COPYIN_DATA | DVK_CMD_ACK:
	case DVK_CMD_COPYLCL_RQST | DVK_CMD_ACK:
	case DVK_CMD_COPYRMT_RQST | DVK_CMD_ACK:
		dvk_remote_rx_ack(link, cmd, (s32)le32_to_cpu(cmd->c_rcode));
		break;
	case DVK_CMD_COPYIN_RQST | DVK_CMD_ACK:
		dvk_rcopy_forwarded(link, cmd);
		break;
	default:
		dvk_rcopy_serve(link, cmd);
		break;
	}
	return DVK_RX_DONE;
}

void dvk_rcopy_rx_payload(struct dvk_link *link, const struct dvk_cmd *cmd)
{
	struct dvk_xfer *x = link->rx_xfer;
	int ret;

	link->rx_xfer = NULL;
	x->done += le32_to_cpu(cmd->c_len);
	if (cmd->c_ctl & cpu_to_le32(DVK_CMD_C_LAST)) {
		if (cmd->c_cmd != cpu_to_le32(DVK_CMD_COPYOUT_DATA)) {
			copyin_end(link, cmd, x);
		} else {
			ret = x->error;
			if (!ret && x->done != x->bytes)
				ret = -DVK_EFAULT;
			dvk_remote_rx_ack(link, cmd, ret);
		}
	}
	dvk_xfer_put(x);
}
