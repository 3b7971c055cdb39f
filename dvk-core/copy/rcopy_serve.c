// SPDX-License-Identifier: GPL-2.0
/*
 * Copies that other nodes ask for: pin what lives here and send it, or copy
 * between two that both live here. Workers do it, for it sleeps, and a
 * receiver that waited for a socket to take data could wait for itself.
 */
#include "copy.h"

#include <linux/sched/mm.h>
#include <linux/slab.h>

#include "access.h"
#include "base/node.h"
#include "call/ipc.h"
#include "call/remote.h"
#include "object/dc.h"

/*
 * Copies in work for one requester. It waits for one; those it has given up take
 * their time to end. Who has more is told to ask again.
 */
#define SERVING_MAX	4

static struct workqueue_struct *serve_wq;

/**
 * struct serve - a request in work
 * @work: the worker
 * @link: where it came from, and the answer goes to
 * @standin: who asked
 * @cmd: the request
 */
struct serve {
	struct work_struct work;
	struct dvk_link *link;
	struct dvk_endpoint *standin;
	struct dvk_cmd cmd;
};

/**
 * struct forward - data of a COPYRMT that was sent to the third node
 * @rcu: look-up uses RCU
 * @id: number; the third node's acknowledgement names it
 * @rnode: node of the requester
 * @dnode: node of the destination
 * @rqst: the request, as it came from the requester
 *
 * The third node answers the requester itself. If it is lost before it does,
 * only this node knows that the requester waits in vain.
 */
struct forward {
	struct rcu_head rcu;
	u32 id;
	int rnode;
	int dnode;
	struct dvk_cmd rqst;
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
		return READ_ONCE(ep->moved_to) >= 0 ? -DVK_EMIGRATE :
						      -DVK_ERMTPROC;
	return 0;
}

/* Who asked: the source of the command, or its header says who. */
static s32 requester(struct dvk_link *link, const struct dvk_cmd *cmd,
		     int *nodeid, u32 *inc)
{
	const struct dvk_vcopy *vc = &cmd->c_vcopy;

	if (cmd->c_cmd != cpu_to_le32(DVK_CMD_COPYIN_RQST)) {
		*nodeid = link->nodeid;
		*inc = le32_to_cpu(cmd->c_src_inc);
		return (s32)le32_to_cpu(cmd->c_src);
	}
	/* Data from one node, on behalf of a requester on another. */
	*nodeid = (s32)le32_to_cpu(vc->v_rnode);
	*inc = le32_to_cpu(vc->v_rqtr_inc);
	return (s32)le32_to_cpu(vc->v_rqtr);
}

int dvk_rcopy_requester(struct dvk_link *link, const struct dvk_cmd *cmd,
			struct dvk_endpoint **standin)
{
	struct dvk_dc *dc;
	int nodeid, ret;
	pid_t pid = 0;
	s32 number;
	u32 inc;

	number = requester(link, cmd, &nodeid, &inc);
	if (nodeid == link->nodeid)
		pid = le32_to_cpu(cmd->c_pid);
	else if (!READ_ONCE(link->trust))
		/* Nobody but this node says that the requester asks for it. */
		return -DVK_EPRIVILEGES;
	rcu_read_lock();
	ret = dvk_remote_find_dc(link, cmd, &dc);
	if (!ret)
		ret = dvk_remote_standin_of(dc, nodeid, number, inc, pid,
					    standin);
	if (!ret && !kref_get_unless_zero(&(*standin)->ref))
		ret = -DVK_ESRCDIED;
	rcu_read_unlock();
	return ret;
}

struct dvk_endpoint *dvk_rcopy_standin(struct dvk_link *link,
				       const struct dvk_cmd *cmd)
{
	struct dvk_endpoint *ep;
	struct dvk_dc *dc;
	int nodeid;
	s32 number;
	u32 inc;

	if (dvk_remote_find_dc(link, cmd, &dc))
		return NULL;
	number = requester(link, cmd, &nodeid, &inc);
	ep = dvk_dc_find_ep(dc, number);
	if (!ep || ep->task || ep->nodeid != nodeid || (inc && ep->inc != inc))
		return NULL;
	return ep;
}

/*
 * Whether the node of the requester, and the one between that passes its word on,
 * may say that he is privileged. Under RCU.
 */
static bool word_counts(struct dvk_link *link, const struct dvk_cmd *cmd)
{
	struct dvk_link *of = link;
	int nodeid;
	u32 inc;

	requester(link, cmd, &nodeid, &inc);
	if (nodeid != link->nodeid)
		of = dvk_link_find(link->node, nodeid);
	return READ_ONCE(link->trust) && of && READ_ONCE(of->trust);
}

int dvk_rcopy_target(struct dvk_link *link, const struct dvk_cmd *cmd,
		     bool is_dst, const struct dvk_endpoint *standin,
		     struct dvk_endpoint **party, struct mm_struct **mm)
{
	const struct dvk_vcopy *vc = &cmd->c_vcopy;
	u32 code = le32_to_cpu(cmd->c_cmd);
	u32 flags = le32_to_cpu(cmd->c_ctl);
	struct dvk_dc *dc;
	bool privileged;
	u32 inc;
	int ret;

	/* The header names the party that the frame is sent to. */
	inc = le32_to_cpu(is_dst && code == DVK_CMD_COPYLCL_RQST ?
			  vc->v_dst_inc : cmd->c_dst_inc);
	rcu_read_lock();
	ret = dvk_remote_find_dc(link, cmd, &dc);
	if (!ret && READ_ONCE(standin->dead))
		ret = -DVK_ESRCDIED;
	if (!ret)
		ret = is_dst ? find_party(dc, (s32)le32_to_cpu(vc->v_dst), inc,
					  -DVK_EDSTDIED, party) :
			       find_party(dc, (s32)le32_to_cpu(vc->v_src), inc,
					  -DVK_ESRCDIED, party);
	privileged = flags & DVK_CMD_C_PRIV && word_counts(link, cmd);
	rcu_read_unlock();
	if (!ret && !dvk_copy_is_blocked(*party))
		ret = -DVK_EPROCSTS;
	if (!ret)
		ret = dvk_copy_mm_for_node(standin, privileged, *party, mm);
	return ret;
}

/* --- COPYOUT: send to the requester --- */

static int serve_copyout(struct dvk_link *link, const struct dvk_cmd *rqst,
			 struct dvk_endpoint *standin)
{
	const struct dvk_vcopy *vc = &rqst->c_vcopy;
	struct dvk_endpoint *src = NULL;
	struct mm_struct *mm = NULL;
	struct dvk_xfer *x = NULL;
	struct dvk_cmd cmd;
	int ret;

	ret = dvk_rcopy_target(link, rqst, false, standin, &src, &mm);
	if (ret)
		goto out;
	ret = dvk_xfer_new(src, mm, le64_to_cpu(vc->v_saddr),
			   le32_to_cpu(vc->v_total), false, &x);
	if (ret)
		goto out;
	dvk_cmd_init(&cmd, DVK_CMD_COPYOUT_DATA, src, standin);
	cmd.c_vcopy = *vc;
	cmd.c_id = rqst->c_id;
	ret = dvk_rcopy_send(link, x, &cmd, NULL);
	/* A lost connection has told the requester already. */
	if (ret == -DVK_ENOTCONN)
		ret = 0;
out:
	dvk_xfer_put_now(x);
	if (mm)
		mmput(mm);
	dvk_ep_put(src);
	return ret;
}

/* --- COPYLCL: both parties are here --- */

static int serve_copylcl(struct dvk_link *link, const struct dvk_cmd *rqst,
			 struct dvk_endpoint *standin)
{
	const struct dvk_vcopy *vc = &rqst->c_vcopy;
	struct dvk_copy_plan plan = {
		.src_addr = le64_to_cpu(vc->v_saddr),
		.dst_addr = le64_to_cpu(vc->v_daddr),
		.bytes = le32_to_cpu(vc->v_total),
	};
	int ret;

	ret = dvk_rcopy_target(link, rqst, false, standin, &plan.src,
			       &plan.src_mm);
	if (!ret)
		ret = dvk_rcopy_target(link, rqst, true, standin, &plan.dst,
				       &plan.dst_mm);
	if (!ret)
		ret = dvk_copy_between(&plan);
	dvk_copy_plan_put(&plan);
	/* Success is answered too, by the caller. */
	dvk_remote_refuse(link, rqst, ret, true);
	return 0;
}

/* --- COPYRMT: send to a third node --- */

static struct forward *forward_new(struct dvk_node *node,
				   const struct dvk_cmd *rqst, int rnode,
				   int dnode)
{
	struct forward *fw = kzalloc(sizeof(*fw), GFP_KERNEL);

	if (!fw)
		return NULL;
	fw->rqst = *rqst;
	fw->rnode = rnode;
	fw->dnode = dnode;
	if (xa_alloc_cyclic_bh(&node->forwards, &fw->id, fw, xa_limit_32b,
			       &node->forward_next, GFP_KERNEL) < 0) {
		kfree(fw);
		return NULL;
	}
	return fw;
}

/* Forget a forward; whoever gets it answers for it. */
static struct forward *forward_take(struct dvk_node *node, u32 id, int dnode)
{
	struct forward *fw;

	xa_lock_bh(&node->forwards);
	fw = xa_load(&node->forwards, id);
	if (fw && fw->dnode == dnode)
		__xa_erase(&node->forwards, id);
	else
		fw = NULL;
	xa_unlock_bh(&node->forwards);
	return fw;
}

void dvk_rcopy_node_lost(struct dvk_link *lost)
{
	struct dvk_node *node = lost->node;
	struct dvk_link *link;
	struct forward *fw;
	unsigned long id;

	xa_for_each(&node->forwards, id, fw) {
		int rnode = READ_ONCE(fw->rnode);

		if (fw->dnode != lost->nodeid && rnode != lost->nodeid)
			continue;
		fw = forward_take(node, id, fw->dnode);
		if (!fw)
			continue;
		link = dvk_link_get(node, rnode);
		if (link) {
			if (rnode != lost->nodeid)
				dvk_remote_refuse(link, &fw->rqst,
						  -DVK_ENOTCONN, true);
			dvk_link_put(link);
		}
		kfree_rcu(fw, rcu);
	}
}

void dvk_rcopy_forwarded(struct dvk_link *link, const struct dvk_cmd *cmd)
{
	struct forward *fw = forward_take(link->node,
					  le32_to_cpu(cmd->c_id),
					  link->nodeid);

	if (fw)
		kfree_rcu(fw, rcu);
}

static int send_forward(struct dvk_link *to, struct dvk_link *from,
			const struct dvk_cmd *rqst, struct dvk_endpoint *src,
			struct dvk_xfer *x)
{
	struct dvk_cmd cmd = *rqst;
	struct forward *fw;
	int ret;

	fw = forward_new(to->node, rqst, from->nodeid, to->nodeid);
	if (!fw)
		return -DVK_ENOMEM;
	cmd.c_cmd = cpu_to_le32(DVK_CMD_COPYIN_RQST);
	/* No word goes farther than it is believed. */
	if (!READ_ONCE(from->trust))
		cmd.c_ctl &= ~cpu_to_le32(DVK_CMD_C_PRIV);
	cmd.c_src = cpu_to_le32(src->ep);
	cmd.c_src_inc = cpu_to_le32(src->inc);
	cmd.c_dst = rqst->c_vcopy.v_dst;
	cmd.c_dst_inc = rqst->c_vcopy.v_dst_inc;
	cmd.c_id = cpu_to_le32(fw->id);
	cmd.c_vcopy.v_id = cpu_to_le32(fw->id);
	cmd.c_vcopy.v_rseq = rqst->c_id;
	cmd.c_vcopy.v_rnode = cpu_to_le32(from->nodeid);
	ret = dvk_rcopy_send(to, x, &cmd, NULL);
	if (!ret)
		return 0;
	/* If the loss of the node was faster, it has been answered. */
	fw = forward_take(to->node, le32_to_cpu(cmd.c_id), to->nodeid);
	if (!fw)
		return 0;
	kfree_rcu(fw, rcu);
	return ret;
}

static int serve_copyrmt(struct dvk_link *link, const struct dvk_cmd *rqst,
			 struct dvk_endpoint *standin)
{
	const struct dvk_vcopy *vc = &rqst->c_vcopy;
	struct dvk_endpoint *src = NULL;
	struct mm_struct *mm = NULL;
	struct dvk_xfer *x = NULL;
	struct dvk_link *to;
	int ret;

	to = dvk_link_get(link->node, (s32)le32_to_cpu(vc->v_dnode));
	if (!to)
		return -DVK_ENOPROXY;
	ret = dvk_rcopy_target(link, rqst, false, standin, &src, &mm);
	if (!ret)
		ret = dvk_xfer_new(src, mm, le64_to_cpu(vc->v_saddr),
				   le32_to_cpu(vc->v_total), false, &x);
	if (!ret)
		ret = send_forward(to, link, rqst, src, x);
	dvk_xfer_put_now(x);
	if (mm)
		mmput(mm);
	dvk_ep_put(src);
	dvk_link_put(to);
	return ret;
}

/* --- workers --- */

static void serve_work(struct work_struct *work)
{
	struct serve *s = container_of(work, struct serve, work);
	int ret;

	switch (le32_to_cpu(s->cmd.c_cmd)) {
	case DVK_CMD_COPYOUT_RQST:
		ret = serve_copyout(s->link, &s->cmd, s->standin);
		break;
	case DVK_CMD_COPYLCL_RQST:
		ret = serve_copylcl(s->link, &s->cmd, s->standin);
		break;
	default:
		ret = serve_copyrmt(s->link, &s->cmd, s->standin);
		break;
	}
	if (ret)
		dvk_remote_refuse(s->link, &s->cmd, ret, true);
	atomic_dec(&s->standin->serving);
	dvk_ep_put(s->standin);
	dvk_link_put(s->link);
	kfree(s);
}

void dvk_rcopy_serve(struct dvk_link *link, const struct dvk_cmd *cmd)
{
	struct serve *s = kmalloc(sizeof(*s), GFP_ATOMIC);
	int ret = -DVK_ENOMEM;

	if (s)
		ret = dvk_rcopy_requester(link, cmd, &s->standin);
	if (!ret && atomic_inc_return(&s->standin->serving) > SERVING_MAX) {
		atomic_dec(&s->standin->serving);
		dvk_ep_put(s->standin);
		ret = -DVK_EAGAIN;
	}
	if (ret) {
		kfree(s);
		dvk_remote_refuse(link, cmd, ret, false);
		return;
	}
	INIT_WORK(&s->work, serve_work);
	kref_get(&link->ref);
	s->link = link;
	s->cmd = *cmd;
	queue_work(serve_wq, &s->work);
}

void dvk_rcopy_quiesce(void)
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
