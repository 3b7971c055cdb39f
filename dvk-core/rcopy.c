// SPDX-License-Identifier: GPL-2.0
/*
 * Copies from and to another node.
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
 * Nothing waits between frames: TCP's window is the only one.
 */
#include "copy.h"

#include <linux/capability.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>

#include "dc.h"
#include "ipc.h"
#include "node.h"
#include "remote.h"
#include "trace.h"

static struct workqueue_struct *serve_wq;

/* --- common --- */

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
	/* The other node cannot see our capabilities; it trusts our word. */
	if (capable(CAP_SYS_PTRACE))
		cmd->c_flags |= cpu_to_le32(DVK_CMD_F_PRIV);
}

/*
 * Send pinned memory in frames like @cmd. Always sends the last one, even if
 * the copy is empty. Process context.
 */
static int send_pages(struct dvk_link *link, struct dvk_xfer *x,
		      const struct dvk_cmd *cmd)
{
	u32 chunk = link->node->limits.max_copybuf;
	struct iov_iter all;
	u32 offset = 0, len;
	int ret;

	iov_iter_bvec(&all, WRITE, x->bvec, x->nr_bvec, x->bytes);
	do {
		struct dvk_frame *f = dvk_frame_alloc(GFP_KERNEL);

		if (!f)
			return -DVK_ENOMEM;
		len = min_t(u32, chunk, x->bytes - offset);
		f->cmd = *cmd;
		f->cmd.c_len = cpu_to_le32(len);
		f->cmd.c_vcopy.v_offset = cpu_to_le32(offset);
		if (offset + len == x->bytes)
			f->cmd.c_flags |= cpu_to_le32(DVK_CMD_F_LAST);
		f->payload = all;
		iov_iter_truncate(&f->payload, len);
		kref_get(&x->ref);
		f->xfer = x;
		iov_iter_advance(&all, len);
		offset += len;
		ret = dvk_link_send_frame(link, f, offset < x->bytes);
	} while (!ret && offset < x->bytes);
	return ret;
}

/* The local party that is not the requester: asleep, and ours to touch. */
static int check_local_party(struct dvk_endpoint *rqtr,
			     struct dvk_endpoint *party)
{
	struct mm_struct *mm;
	bool ok;

	if (party == rqtr)
		return 0;
	if (!dvk_copy_is_blocked(party))
		return -DVK_EPROCSTS;
	mm = get_task_mm(party->task);
	if (!mm)
		return -DVK_EPROCSTS;
	ok = dvk_copy_allowed(rqtr, party, mm);
	mmput(mm);
	return ok ? 0 : -DVK_EPRIVILEGES;
}

/* --- requester --- */

int dvk_rcopy_in(struct dvk_endpoint *ep, const struct dvk_copy_plan *plan)
{
	struct dvk_link *link;
	struct dvk_xfer *x;
	struct dvk_cmd cmd;
	int ret;

	ret = check_local_party(ep, plan->src);
	if (ret)
		return ret;
	ret = dvk_xfer_new(plan->src, plan->src_addr, plan->bytes, false, &x);
	if (ret)
		return ret;

	rcu_read_lock();
	dvk_cmd_init(&cmd, DVK_CMD_COPYIN_DATA, ep, plan->dst);
	put_vcopy(&cmd, plan, ep, 0);
	ret = dvk_remote_begin(ep, plan->dst, &cmd, false, &link);
	rcu_read_unlock();
	if (ret)
		goto out;
	/* The request's number serves as the copy's: it is the requester's. */
	cmd.c_vcopy.v_id = cmd.c_snd_seq;
	ret = send_pages(link, x, &cmd);
	ret = dvk_remote_end(ep, link, ret, -1);
out:
	dvk_xfer_put_now(x);
	return ret;
}

int dvk_rcopy_out(struct dvk_endpoint *ep, const struct dvk_copy_plan *plan)
{
	struct dvk_node *node = ep->dc->node;
	struct dvk_xfer *x;
	struct dvk_cmd cmd;
	int ret;

	ret = check_local_party(ep, plan->dst);
	if (ret)
		return ret;
	ret = dvk_xfer_new(plan->dst, plan->dst_addr, plan->bytes, true, &x);
	if (ret)
		return ret;
	ret = dvk_xfer_attach(x, plan->dst != ep);
	if (ret)
		goto out;
	x->nodeid = plan->src->nodeid;
	if (xa_alloc_cyclic_bh(&node->xfers, &x->id, x, xa_limit_32b,
			       &node->xfer_next, GFP_KERNEL) < 0) {
		ret = -DVK_ENOMEM;
		goto out;
	}

	rcu_read_lock();
	dvk_cmd_init(&cmd, DVK_CMD_COPYOUT_RQST, ep, plan->src);
	put_vcopy(&cmd, plan, ep, x->id);
	ret = dvk_remote_call(ep, plan->src, &cmd, false, -1);
	xa_erase_bh(&node->xfers, x->id);
	if (!ret && x->done != x->bytes)
		ret = -DVK_EFAULT;
out:
	dvk_xfer_put_now(x);
	return ret;
}

/* --- the other node of a COPYOUT: serve the request --- */

struct serve {
	struct work_struct work;
	struct dvk_link *link;
	struct dvk_cmd cmd;
};

/* Find a party that must live here. Under RCU. */
static int find_party(struct dvk_dc *dc, s32 number, u32 inc, int died,
		      struct dvk_endpoint **epp)
{
	int slot = dvk_ep_slot(dc, number);
	struct dvk_endpoint *ep;

	if (!dvk_dc_slot_valid(dc, slot))
		return -DVK_ERANGE;
	ep = dvk_dc_slot(dc, slot);
	if (!ep || !kref_get_unless_zero(&ep->ref))
		return died;
	*epp = ep;
	if (ep->ep != number || (inc && inc != ep->inc))
		return -DVK_EENDPOINT;
	if (!dvk_ep_is_local(ep))
		return -DVK_ERMTPROC;
	return 0;
}

/* A party of a remote requester: asleep, and it serves or is privileged. */
static int check_party(struct dvk_endpoint *party,
		       const struct dvk_endpoint *standin, u32 flags)
{
	if (!dvk_copy_is_blocked(party))
		return -DVK_EPROCSTS;
	if (!(flags & DVK_CMD_F_PRIV) && !dvk_copy_serves(standin, party))
		return -DVK_EPRIVILEGES;
	return 0;
}

/* What the request of a remote requester is about: the party on this node. */
static int find_target(struct dvk_link *link, const struct dvk_cmd *cmd,
		       s32 number, int died, struct dvk_endpoint **standin,
		       struct dvk_endpoint **party)
{
	struct dvk_dc *dc;
	int ret;

	rcu_read_lock();
	ret = dvk_remote_find_dc(link, cmd, &dc);
	if (!ret)
		ret = find_party(dc, number, le32_to_cpu(cmd->c_dst_inc),
				 died, party);
	if (!ret)
		ret = dvk_remote_standin(link, dc, cmd, standin);
	if (!ret && !kref_get_unless_zero(&(*standin)->ref)) {
		*standin = NULL;
		ret = -DVK_ESRCDIED;
	}
	if (!ret)
		ret = check_party(*party, *standin, le32_to_cpu(cmd->c_flags));
	rcu_read_unlock();
	return ret;
}

static int serve_copyout(struct dvk_link *link, const struct dvk_cmd *rqst)
{
	const struct dvk_vcopy *vc = &rqst->c_vcopy;
	struct dvk_endpoint *standin = NULL, *src = NULL;
	struct dvk_xfer *x = NULL;
	struct dvk_cmd cmd;
	int ret;

	ret = find_target(link, rqst, le32_to_cpu(vc->v_src), -DVK_ESRCDIED,
			  &standin, &src);
	if (ret)
		goto out;
	ret = dvk_xfer_new(src, le64_to_cpu(vc->v_saddr),
			   le32_to_cpu(vc->v_bytes), false, &x);
	if (ret)
		goto out;
	dvk_cmd_init(&cmd, DVK_CMD_COPYOUT_DATA, src, standin);
	cmd.c_vcopy = *vc;
	cmd.c_ack_seq = rqst->c_snd_seq;
	ret = send_pages(link, x, &cmd);
	/* A lost connection has told the requester already. */
	if (ret == -DVK_ENOTCONN)
		ret = 0;
out:
	dvk_xfer_put_now(x);
	dvk_ep_put(src);
	dvk_ep_put(standin);
	return ret;
}

static void serve_work(struct work_struct *work)
{
	struct serve *s = container_of(work, struct serve, work);
	int ret = serve_copyout(s->link, &s->cmd);

	if (ret)
		dvk_remote_refuse(s->link, &s->cmd, ret, true);
	dvk_link_put(s->link);
	kfree(s);
}

static int rx_copyout_rqst(struct dvk_link *link, const struct dvk_cmd *cmd)
{
	struct serve *s = kmalloc(sizeof(*s), GFP_ATOMIC);

	if (!s) {
		dvk_remote_refuse(link, cmd, -DVK_ENOMEM, false);
		return DVK_RX_DONE;
	}
	INIT_WORK(&s->work, serve_work);
	kref_get(&link->ref);
	s->link = link;
	s->cmd = *cmd;
	queue_work(serve_wq, &s->work);
	return DVK_RX_DONE;
}

/* --- data of a COPYOUT arrives at the requester --- */

static int rx_copyout_data(struct dvk_link *link, const struct dvk_cmd *cmd)
{
	struct dvk_xfer *x;

	if (cmd->c_rcode) {
		dvk_remote_rx_ack(link, cmd, (s32)le32_to_cpu(cmd->c_rcode));
		return DVK_RX_DONE;
	}
	rcu_read_lock();
	x = xa_load(&link->node->xfers, le32_to_cpu(cmd->c_vcopy.v_id));
	if (x && !kref_get_unless_zero(&x->ref))
		x = NULL;
	rcu_read_unlock();
	/* The requester gave up: let the rest of it pass by. */
	if (!x) {
		atomic64_inc(&link->stats.stale);
		return DVK_RX_DONE;
	}
	if (x->nodeid != link->nodeid ||
	    le32_to_cpu(cmd->c_vcopy.v_bytes) != x->bytes ||
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

/* The first frame: find and pin the destination. Receiver thread. */
static int copyin_begin(struct dvk_link *link, const struct dvk_cmd *cmd)
{
	const struct dvk_vcopy *vc = &cmd->c_vcopy;
	struct dvk_endpoint *standin = NULL, *dst = NULL;
	struct dvk_xfer *x = NULL;
	int ret;

	ret = find_target(link, cmd, le32_to_cpu(vc->v_dst), -DVK_EDSTDIED,
			  &standin, &dst);
	if (ret)
		goto out;
	ret = dvk_xfer_new(dst, le64_to_cpu(vc->v_daddr),
			   le32_to_cpu(vc->v_bytes), true, &x);
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
	struct dvk_dc *dc;

	rcu_read_lock();
	if (!dvk_remote_find_dc(link, cmd, &dc) &&
	    !dvk_remote_standin(link, dc, cmd, &standin)) {
		spin_lock_bh(&standin->lock);
		x = standin->rx_copy;
		if (x && x->id == le32_to_cpu(cmd->c_vcopy.v_id))
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
			dvk_remote_refuse(link, cmd, ret, false);
			return DVK_RX_DONE;
		}
	}
	x = copyin_find(link, cmd);
	if (!x)
		return DVK_RX_DONE;
	if (le32_to_cpu(cmd->c_vcopy.v_bytes) != x->bytes ||
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
	struct dvk_dc *dc;
	int ret = x->error;

	if (!ret && x->done != x->bytes)
		ret = -DVK_EFAULT;
	rcu_read_lock();
	if (!dvk_remote_find_dc(link, cmd, &dc) &&
	    !dvk_remote_standin(link, dc, cmd, &standin))
		set_rx_copy(standin, NULL);
	rcu_read_unlock();
	dvk_remote_refuse(link, cmd, ret, false);
}

/* --- entry points of the receive path --- */

int dvk_rcopy_rx(struct dvk_link *link, const struct dvk_cmd *cmd,
		 bool may_sleep)
{
	switch (le32_to_cpu(cmd->c_cmd)) {
	case DVK_CMD_COPYIN_DATA:
		return rx_copyin_data(link, cmd, may_sleep);
	case DVK_CMD_COPYIN_DATA | DVK_CMD_ACK:
		dvk_remote_rx_ack(link, cmd, (s32)le32_to_cpu(cmd->c_rcode));
		return DVK_RX_DONE;
	case DVK_CMD_COPYOUT_RQST:
		return rx_copyout_rqst(link, cmd);
	case DVK_CMD_COPYOUT_DATA:
		return rx_copyout_data(link, cmd);
	default:
		dvk_remote_refuse(link, cmd, -DVK_ENOSYS, false);
		return DVK_RX_DONE;
	}
}

void dvk_rcopy_rx_payload(struct dvk_link *link, const struct dvk_cmd *cmd)
{
	struct dvk_xfer *x = link->rx_xfer;
	int ret;

	link->rx_xfer = NULL;
	x->done += le32_to_cpu(cmd->c_len);
	if (cmd->c_flags & cpu_to_le32(DVK_CMD_F_LAST)) {
		if (cmd->c_cmd == cpu_to_le32(DVK_CMD_COPYIN_DATA)) {
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

void dvk_rcopy_flush(void)
{
	flush_workqueue(serve_wq);
}

int dvk_copy_init(void)
{
	int err = dvk_xfer_init();

	if (err)
		return err;
	serve_wq = alloc_workqueue("dvk_copy", WQ_UNBOUND, 0);
	if (!serve_wq) {
		dvk_xfer_exit();
		return -ENOMEM;
	}
	return 0;
}

void dvk_copy_exit(void)
{
	destroy_workqueue(serve_wq);
	dvk_xfer_exit();
}
