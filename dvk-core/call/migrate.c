// SPDX-License-Identifier: GPL-2.0
/*
 * Migration. See migrate.h for the rules.
 */
#include "migrate.h"

#include <linux/completion.h>
#include <linux/freezer.h>
#include <linux/pid.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>

#include "base/current.h"
#include "base/node.h"
#include "base/trace.h"
#include "bind.h"
#include "ipc.h"
#include "notify.h"
#include "object/backup.h"
#include "object/dc.h"
#include "object/priv.h"
#include "object/task.h"
#include "remote.h"

/* --- who is where --- */

int dvk_migrate_pause(struct dvk_endpoint *ep, int other)
{
	long left;

	WRITE_ONCE(ep->bind_ep, other);
	WRITE_ONCE(ep->bind_flags, DVK_RTS_WAITMIGR);
	left = wait_event_freezable_timeout(ep->dc->bind_wait,
					    READ_ONCE(ep->shutdown) ||
					    dvk_task_stopping(),
					    msecs_to_jiffies(10));
	WRITE_ONCE(ep->bind_flags, 0);
	if (READ_ONCE(ep->shutdown))
		return -DVK_ESHUTDOWN;
	return dvk_wait_result(left);
}

bool dvk_migrate_is_news(const struct dvk_cmd *cmd, int rcode)
{
	u32 code = le32_to_cpu(cmd->c_cmd);

	return rcode == -DVK_EMIGRATE &&
	       (code == (DVK_CMD_SEND_MSG | DVK_CMD_ACK) ||
		code == (DVK_CMD_SNDREC_MSG | DVK_CMD_ACK));
}

void dvk_migrate_tell(struct dvk_node *node, struct dvk_cmd *answer)
{
	int nodeid = node->nodeid;
	struct dvk_endpoint *ep;
	struct dvk_dc *dc;

	rcu_read_lock();
	dc = dvk_dc_find(node, le32_to_cpu(answer->c_dcid));
	ep = dc ? dvk_dc_find_ep(dc, (s32)le32_to_cpu(answer->c_src)) : NULL;
	if (ep && !ep->task)
		nodeid = READ_ONCE(ep->moved_to) >= 0 ? ep->moved_to :
							ep->nodeid;
	rcu_read_unlock();
	answer->c_rnode = cpu_to_le32(nodeid);
}

/* The endpoint, known as one of another node, lives on @nodeid. */
static void note_place(struct dvk_dc *dc, struct dvk_endpoint *ep, int nodeid)
{
	struct dvk_bind_spec spec = {
		.dc = dc,
		.ep = ep->ep,
		.kind = DVK_KIND_REMOTE,
		.nodeid = nodeid,
		.moved = true,
		.autobound = true,
		.name = ep->name,
	};

	if (ep->nodeid == nodeid)
		/* Which one of those that it had there, we do not know. */
		WRITE_ONCE(ep->inc, 0);
	else if (test_bit(nodeid, dc->members))
		dvk_ep_bind(&spec, GFP_ATOMIC);
}

void dvk_migrate_learn(struct dvk_link *link, const struct dvk_cmd *cmd)
{
	int nodeid = le32_to_cpu(cmd->c_rnode);
	struct dvk_endpoint *ep;
	struct dvk_dc *dc;

	dc = dvk_dc_find(link->node, le32_to_cpu(cmd->c_dcid));
	if (!dc || nodeid < 0 || nodeid >= dc->nr_nodes ||
	    nodeid == link->node->nodeid)
		return;
	ep = dvk_dc_find_ep(dc, (s32)le32_to_cpu(cmd->c_src));
	if (ep && !ep->task && ep->nodeid == link->nodeid)
		note_place(dc, ep, nodeid);
}

/* --- notifications follow --- */

/* Send one on to @nodeid, on behalf of its source. */
static void send_note(struct dvk_endpoint *ep, int nodeid, int src_ep, u32 bits)
{
	struct dvk_link *link = dvk_link_find(ep->dc->node, nodeid);
	struct dvk_cmd cmd;

	if (!link)
		return;
	dvk_cmd_init(&cmd, DVK_CMD_NTFY_MSG, ep, ep);
	cmd.c_src = cpu_to_le32(src_ep);
	cmd.c_src_inc = 0;
	cmd.c_dst_inc = 0;
	cmd.c_msg.m9.i1 = bits;
	dvk_link_send(link, &cmd, false);
}

/*
 * What is pending at @ep, or has been kept at a stand-in, goes to where it
 * lives: here, if @to has a task, or on @to's node. Nothing is added any more.
 */
static void move_notes(struct dvk_endpoint *ep, struct dvk_endpoint *to)
{
	unsigned long i;
	void *note;
	int src_ep;

	xa_for_each(&ep->notes, i, note) {
		/* Somebody else may be about it, too. */
		note = xa_erase_bh(&ep->notes, i);
		src_ep = (int)i - dvk_note_base(ep->dc);
		if (!note)
			continue;
		if (to->task)
			dvk_notify_post(to, dvk_dc_find_ep(ep->dc, src_ep),
					src_ep, xa_to_value(note));
		else
			send_note(ep, to->nodeid, src_ep, xa_to_value(note));
	}
}

int dvk_migrate_forward(struct dvk_dc *dc, int number, int src_ep, u32 bits)
{
	struct dvk_endpoint *ep;
	int ret = -DVK_EMIGRATE;
	int i;

	/* It may come, or go on, while this looks. */
	for (i = 0; i < 3 && ret == -DVK_EMIGRATE; i++) {
		ep = dvk_dc_find_ep(dc, number);
		if (!ep)
			return -DVK_EDSTDIED;
		if (ep->task) {
			ret = dvk_notify_post(ep, dvk_dc_find_ep(dc, src_ep),
					      src_ep, bits);
		} else if (READ_ONCE(ep->moved_to) == dc->node->nodeid) {
			/* To send it to the old node would bring it back. */
			ret = dvk_notify_keep(ep, src_ep, bits);
		} else {
			send_note(ep, ep->nodeid, src_ep, bits);
			ret = 0;
		}
	}
	return ret;
}

/*
 * Stand-in @ep is to come here, and who looks for it here must wait; or it is
 * not after all. Under RCU.
 */
static void expect_it(struct dvk_endpoint *ep, bool coming)
{
	spin_lock_bh(&ep->lock);
	WRITE_ONCE(ep->moved_to, coming ? ep->dc->node->nodeid : -1);
	spin_unlock_bh(&ep->lock);
	if (!coming)
		move_notes(ep, ep);
}

void dvk_migrate_replaced(struct dvk_endpoint *old, struct dvk_endpoint *new)
{
	dvk_ipc_repoint(old, new);
	dvk_ipc_dismiss(old);
	move_notes(old, new);
}

/* --- what is done where the endpoint lives --- */

/* Other threads of its process that are bound would stay behind. */
static bool has_bound_threads(struct dvk_endpoint *ep)
{
	struct task_struct *t, *leader = READ_ONCE(ep->task);
	struct dvk_endpoint *other;

	if (!ep->leader)
		return false;
	for_each_thread(leader, t) {
		other = dvk_ep_of_task(t);
		if (other && other != ep)
			return true;
	}
	return false;
}

/*
 * From its next wait for a message on; what it does until then is its own matter,
 * and may be a call of its own or a copy. Under RCU.
 */
static int freeze(struct dvk_endpoint *ep)
{
	int ret = 0;

	if (ep->kind != DVK_KIND_LOCAL || (ep->task->flags & PF_KTHREAD))
		return -DVK_EBUSY;
	if (has_bound_threads(ep))
		return -DVK_EGRPLEADER;
	spin_lock_bh(&ep->lock);
	if (ep->dead)
		ret = -DVK_ENOTBIND;
	else if (ep->migrating)
		ret = -DVK_EPROCSTS;
	else
		ep->migrating = true;
	spin_unlock_bh(&ep->lock);
	return ret;
}

static int unfreeze(struct dvk_endpoint *ep)
{
	bool wake = false;
	int ret = 0;

	spin_lock_bh(&ep->lock);
	if (ep->dead || !ep->migrating) {
		ret = -DVK_EPROCSTS;
	} else {
		ep->migrating = false;
		/* It looks at once at what has queued meanwhile. */
		wake = ep->state == DVK_RECV && !ep->answer;
		if (wake)
			dvk_ipc_finish(ep, DVK_RETRY);
	}
	spin_unlock_bh(&ep->lock);
	if (wake)
		dvk_ipc_wake(ep);
	return ret;
}

/* Frozen @ep may go now: 0, or why not. */
static int may_go(struct dvk_endpoint *ep)
	__must_hold(&ep->lock)
{
	if (ep->dead)
		return -DVK_ENOTBIND;
	if (!ep->migrating)
		return -DVK_EPROCSTS;
	if (ep->state != DVK_RECV || ep->answer)
		return -DVK_EBUSY;
	/* What a copy reads or writes shall be there to its end. */
	return atomic_read(&ep->copies) || ep->xfers ? -DVK_EONCOPY : 0;
}

static int rests(struct dvk_endpoint *ep)
{
	int ret;

	spin_lock_bh(&ep->lock);
	ret = may_go(ep);
	spin_unlock_bh(&ep->lock);
	return ret;
}

static void fill_step(struct dvk_cmd *cmd, const struct dvk_dc *dc, int ep,
		      int op, int nodeid, u32 inc)
{
	memset(cmd, 0, sizeof(*cmd));
	cmd->c_cmd = cpu_to_le32(DVK_CMD_MIGRATE);
	cmd->c_dcid = cpu_to_le32(dc->dcid);
	cmd->c_src = cpu_to_le32(ep);
	cmd->c_dst = cpu_to_le32(ep);
	cmd->c_msg.m1.i1 = op;
	cmd->c_msg.m1.i2 = nodeid;
	cmd->c_msg.m1.i3 = inc;
}

void dvk_migrate_look_for(const struct dvk_dc *dc, int ep)
{
	struct dvk_node *node = dc->node;
	struct dvk_link *link;
	struct dvk_cmd cmd;
	int n;

	for_each_set_bit(n, dc->members, DVK_MAX_NODES) {
		link = n == node->nodeid ? NULL : dvk_link_find(node, n);
		if (!link || !dvk_link_up(link))
			continue;
		/* It announces what it has; else nobody answers. */
		fill_step(&cmd, dc, ep, DVK_MIGR_WHERE, 0, 0);
		dvk_link_send(link, &cmd, false);
	}
}

/* Let go of frozen @ep, which lives on @nodeid from now on. Under RCU. */
static int let_go(struct dvk_endpoint *ep, int nodeid, u32 inc)
{
	struct dvk_bind_spec spec = {
		.dc = ep->dc,
		.ep = ep->ep,
		.kind = DVK_KIND_REMOTE,
		.nodeid = nodeid,
		.inc = inc,
		.name = ep->name,
	};
	struct dvk_endpoint *new;
	struct dvk_dc *dc = ep->dc;
	int ret;

	if (!test_bit(nodeid, dc->members))
		return -DVK_ENODCNODE;
	new = dvk_ep_alloc(&spec, GFP_ATOMIC);
	if (!new)
		return -DVK_ENOMEM;
	new->moved_to = nodeid;
	new->autobound = true;

	spin_lock_bh(&dc->lock);
	spin_lock(&ep->lock);
	ret = may_go(ep);
	spin_unlock(&ep->lock);
	if (!ret) {
		ep->let_go = true;
		/* Only this lock's holders bring it to life or death. */
		dvk_ep_swap(ep, new);
	}
	spin_unlock_bh(&dc->lock);
	if (ret) {
		dvk_ep_put(new);
		return ret;
	}

	trace_dvk_unbind(ep);
	dvk_task_del(ep);
	move_notes(ep, new);
	dvk_ipc_ep_moved(ep, new);
	spin_lock_bh(&ep->lock);
	if (ep->state == DVK_RECV)
		dvk_ipc_finish(ep, -DVK_EMIGRATE);
	spin_unlock_bh(&ep->lock);
	dvk_ipc_wake(ep);
	wake_up_all(&dc->bind_wait);
	dvk_ep_let_go(ep);
	return 0;
}

/* --- between nodes --- */

/**
 * struct step - a step that another node was asked for
 * @done: completed with the answer
 * @id: number
 * @nodeid: who was asked
 * @result: what it said
 */
struct step {
	struct completion done;
	u32 id;
	int nodeid;
	int result;
};

static void step_end(struct dvk_node *node, u32 id, int nodeid, int result)
{
	struct step *s;

	/* Under the lock the one who waits cannot have gone. */
	xa_lock_bh(&node->migrations);
	s = xa_load(&node->migrations, id);
	if (s && s->nodeid == nodeid) {
		__xa_erase(&node->migrations, id);
		s->result = result;
		complete(&s->done);
	}
	xa_unlock_bh(&node->migrations);
}

void dvk_migrate_node_lost(struct dvk_link *link)
{
	struct dvk_node *node = link->node;
	unsigned long id;
	struct step *s;

	xa_for_each(&node->migrations, id, s)
		step_end(node, id, link->nodeid, -DVK_ENOTCONN);
}

/* Ask the node where the endpoint lives, and wait for the answer. */
static int ask(struct dvk_dc *dc, int ep, int whom, int op, int nodeid, u32 inc)
{
	struct step s = { .nodeid = whom, .result = -DVK_EINTR };
	struct dvk_node *node = dc->node;
	struct dvk_link *link;
	struct dvk_cmd cmd;
	int ret;

	init_completion(&s.done);
	link = dvk_link_get(node, whom);
	if (!link)
		return -DVK_ENOPROXY;
	if (xa_alloc_cyclic_bh(&node->migrations, &s.id, &s, xa_limit_32b,
			       &node->migration_next, GFP_KERNEL) < 0) {
		dvk_link_put(link);
		return -DVK_ENOMEM;
	}
	fill_step(&cmd, dc, ep, op, nodeid, inc);
	cmd.c_id = cpu_to_le32(s.id);
	ret = dvk_link_send(link, &cmd, true);
	/* Whoever ends the waits for the node looks for it after its mark. */
	if (!ret && !dvk_link_up(link))
		ret = -DVK_ENOTCONN;
	if (ret)
		step_end(node, s.id, whom, ret);
	/* The step is out, and what it does is done once. */
	ret = wait_for_completion_state(&s.done, TASK_KILLABLE | TASK_FREEZABLE);
	if (ret)
		step_end(node, s.id, whom, -DVK_EINTR);
	dvk_link_put(link);
	return s.result;
}

/* Its old node says that an endpoint comes here, or does not after all. */
static int serve_coming(struct dvk_link *link, const struct dvk_cmd *cmd,
			struct dvk_dc *dc)
{
	struct dvk_endpoint *ep;
	int ret;

	ret = dvk_remote_standin_of(dc, link->nodeid,
				    (s32)le32_to_cpu(cmd->c_dst), 0, 0, &ep);
	if (!ret)
		expect_it(ep, cmd->c_msg.m1.i2 == link->node->nodeid);
	return ret;
}

/* Stand-in @ep: whether this node has let go of it already, for @nodeid. */
static bool has_gone_to(const struct dvk_endpoint *ep, int nodeid)
{
	return !ep->task && ep->nodeid == nodeid &&
	       READ_ONCE(ep->moved_to) == nodeid;
}

static int serve_step(struct dvk_link *link, const struct dvk_cmd *cmd)
{
	u32 op = cmd->c_msg.m1.i1;
	int nodeid = cmd->c_msg.m1.i2;
	struct dvk_endpoint *ep;
	struct dvk_dc *dc;
	int ret;

	ret = dvk_remote_find_dc(link, cmd, &dc);
	if (ret)
		return ret;
	if (op == DVK_MIGR_COMING)
		return serve_coming(link, cmd, dc);
	ep = dvk_dc_find_ep(dc, (s32)le32_to_cpu(cmd->c_dst));
	if (!ep)
		return -DVK_ENOTBIND;
	if (op == DVK_MIGR_WHERE) {
		if (dvk_ep_is_local(ep))
			dvk_remote_announce_to(link, ep);
		return 0;
	}
	/* What lives here is no other node's to move, unless it may. */
	if (!READ_ONCE(link->trust))
		return -DVK_EPRIVILEGES;
	if (!dvk_ep_is_local(ep)) {
		/* By a commit given here. */
		if (op == DVK_MIGR_COMMIT && has_gone_to(ep, link->nodeid))
			return 0;
		return -DVK_ERMTPROC;
	}
	switch (op) {
	case DVK_MIGR_START:
		ret = freeze(ep);
		return ret == -DVK_EPROCSTS ? 0 : ret;
	case DVK_MIGR_ROLLBACK:
		ret = unfreeze(ep);
		return ret == -DVK_EPROCSTS ? 0 : ret;
	case DVK_MIGR_RESTS:
		return rests(ep);
	case DVK_MIGR_COMMIT:
		/* A node asks for itself only. */
		if (nodeid != link->nodeid)
			return -DVK_EBADNODEID;
		return let_go(ep, nodeid, cmd->c_msg.m1.i3);
	default:
		return -DVK_EINVAL;
	}
}

void dvk_migrate_rx(struct dvk_link *link, const struct dvk_cmd *cmd)
{
	int rcode;

	if (le32_to_cpu(cmd->c_cmd) & DVK_CMD_ACK) {
		rcode = (s32)le32_to_cpu(cmd->c_rcode);
		step_end(link->node, le32_to_cpu(cmd->c_id),
			 link->nodeid, rcode);
		return;
	}
	rcode = serve_step(link, cmd);
	if (cmd->c_id)
		dvk_remote_refuse(link, cmd, rcode, false);
}

/* --- the call --- */

/* How often, every 10 ms, a node is asked for what does not live there. */
#define NEWS_TIMES	300

/* What a step is about; all with references. */
struct target {
	struct dvk_dc *dc;
	struct dvk_endpoint *ep;
};

static int find_target(struct dvk_node *node, const struct dvk_ioc_migrate *arg,
		       struct target *t)
{
	int slot;

	if (!dvk_node_up(node))
		return -DVK_EDVSINIT;
	if (arg->dcid < 0 || arg->dcid >= node->limits.nr_dcs)
		return -DVK_EBADDCID;
	t->dc = dvk_dc_get(node, arg->dcid);
	if (!t->dc)
		return -DVK_EDCNOTRUN;
	slot = dvk_ep_slot(t->dc, arg->endpoint);
	if (!dvk_dc_slot_valid(t->dc, slot))
		return -DVK_ERANGE;
	if (slot != arg->endpoint)
		return -DVK_EENDPOINT;
	rcu_read_lock();
	t->ep = dvk_dc_slot(t->dc, slot);
	if (t->ep && !kref_get_unless_zero(&t->ep->ref))
		t->ep = NULL;
	rcu_read_unlock();
	return t->ep ? 0 : -DVK_ENOTBIND;
}

/*
 * The node that was asked does not have it: it has just moved, and the news of
 * that, which come from another node, are on their way. Look again in a moment,
 * unless it has been long.
 */
static bool look_again(struct target *t, int *times)
{
	struct dvk_endpoint *ep;

	if ((*times)++ >= NEWS_TIMES)
		return false;
	schedule_timeout_killable(msecs_to_jiffies(10));
	if (fatal_signal_pending(current))
		return false;
	rcu_read_lock();
	ep = dvk_dc_slot(t->dc, t->ep->nr);
	if (ep && !kref_get_unless_zero(&ep->ref))
		ep = NULL;
	rcu_read_unlock();
	if (!ep)
		return false;
	dvk_ep_put(t->ep);
	t->ep = ep;
	return true;
}

/* All but COMMIT: where it lives, be that here or elsewhere. */
static int on_its_node(struct target *t, int op)
{
	int times = 0, ret;

	while (!t->ep->task) {
		ret = ask(t->dc, t->ep->ep, t->ep->nodeid, op, 0, 0);
		if (ret != -DVK_ERMTPROC || !look_again(t, &times))
			return ret;
	}
	rcu_read_lock();
	if (op == DVK_MIGR_START)
		ret = freeze(t->ep);
	else if (op == DVK_MIGR_ROLLBACK)
		ret = unfreeze(t->ep);
	else
		ret = rests(t->ep);
	rcu_read_unlock();
	return ret;
}

/* The process that goes on here: its backup, or the one given. */
static int successor(const struct target *t, pid_t nr, bool *attached)
{
	struct dvk_bind_spec spec = {
		.dc = t->dc,
		.ep = t->ep->ep,
		.kind = DVK_KIND_BACKUP,
		.nodeid = t->ep->nodeid,
	};
	struct dvk_endpoint *b;
	bool same;
	int ret;

	rcu_read_lock();
	b = READ_ONCE(t->ep->backup);
	if (nr <= 0) {
		rcu_read_unlock();
		return b ? 0 : -DVK_EBADPID;
	}
	spec.task = dvk_task_by_pid(nr);
	same = b && spec.task && dvk_ep_of_task(spec.task) == b;
	rcu_read_unlock();
	if (!spec.task)
		return -DVK_EBADPID;
	if (same) {
		ret = 0;
	} else if (!dvk_may_signal(spec.task)) {
		ret = -DVK_EPRIVILEGES;
	} else {
		spec.leader = thread_group_leader(spec.task);
		if (spec.leader)
			spec.task = dvk_task_living(spec.task);
		ret = dvk_backup_bind(&spec);
		*attached = !ret;
	}
	put_task_struct(spec.task);
	return ret;
}

/* COMMIT on the new node. */
static int come_here(struct target *t, pid_t nr)
{
	struct dvk_endpoint *ep, *b;
	bool attached = false;
	int times = 0, ret;
	u32 inc = 0;

	if (t->ep->task)
		return -DVK_ELCLPROC;
	ret = successor(t, nr, &attached);
	if (ret)
		return ret;
	do {
		/* The backup goes from one stand-in to the next. */
		rcu_read_lock();
		ep = t->ep;
		b = READ_ONCE(ep->backup);
		if (b) {
			inc = b->inc;
			expect_it(ep, true);
		}
		rcu_read_unlock();
		if (!b)
			return times ? -DVK_ERMTPROC : -DVK_EBADPID;
		ret = ask(t->dc, ep->ep, ep->nodeid, DVK_MIGR_COMMIT,
			  t->dc->node->nodeid, inc);
	} while (ret == -DVK_ERMTPROC && look_again(t, &times));
	ep = t->ep;
	rcu_read_lock();
	if (!ret) {
		ret = dvk_backup_promote(ep, true);
		/* It died meanwhile, and the old node has let go. */
		if (ret)
			dvk_ep_kill(ep, false);
	} else if (ret != -DVK_EINTR) {
		expect_it(ep, false);
		/*
		 * If the old process has died meanwhile, another stand-in has
		 * taken over the backup from this one.
		 */
		ep = dvk_dc_slot(t->dc, ep->nr);
		b = ep ? READ_ONCE(ep->backup) : NULL;
		if (attached && b && b->inc == inc)
			dvk_backup_drop(ep);
	}
	/* If the answer was not waited for, the same call may be made again. */
	rcu_read_unlock();
	return ret;
}

/* Tell the node that frozen @ep does not come to it after all. */
static void say_not_coming(const struct target *t, int nodeid)
{
	struct dvk_link *link = dvk_link_get(t->dc->node, nodeid);
	struct dvk_cmd cmd;

	if (!link)
		return;
	fill_step(&cmd, t->dc, t->ep->ep, DVK_MIGR_COMING, -1, 0);
	dvk_link_send(link, &cmd, true);
	dvk_link_put(link);
}

/* COMMIT anywhere else. */
static int go_there(const struct target *t, int nodeid)
{
	struct dvk_endpoint *ep = t->ep;
	int ret;

	if (nodeid < 0 || nodeid >= t->dc->nr_nodes)
		return -DVK_EBADNODEID;
	if (!test_bit(nodeid, t->dc->members))
		return -DVK_ENODCNODE;
	if (!ep->task) {
		rcu_read_lock();
		if (ep->nodeid != nodeid)
			note_place(t->dc, ep, nodeid);
		rcu_read_unlock();
		return 0;
	}
	ret = rests(ep);
	if (ret)
		return ret;
	/*
	 * Who is sent there must not hear that it is not there, and may come by
	 * another way than the news: they have arrived first.
	 */
	ret = ask(t->dc, ep->ep, nodeid, DVK_MIGR_COMING, nodeid, 0);
	if (!ret) {
		rcu_read_lock();
		ret = let_go(ep, nodeid, 0);
		/* Meanwhile a commit given there may have got it. */
		if (ret) {
			ep = dvk_dc_slot(t->dc, ep->nr);
			if (ep && has_gone_to(ep, nodeid))
				ret = 0;
		}
		rcu_read_unlock();
	}
	if (ret)
		say_not_coming(t, nodeid);
	return ret;
}

int dvk_migrate_call(struct dvk_node *node, const struct dvk_ioc_migrate *arg)
{
	struct target t = { };
	int ret;

	if (!dvk_may_configure(node))
		return -DVK_EPRIVILEGES;
	ret = dvk_priv_check(node, DVK_CALL_MIGRATE);
	if (!ret)
		ret = find_target(node, arg, &t);
	if (!ret) {
		if (arg->cmd != DVK_MIGR_COMMIT)
			ret = on_its_node(&t, arg->cmd);
		else if (arg->nodeid == node->nodeid)
			ret = come_here(&t, arg->pid);
		else
			ret = go_there(&t, arg->nodeid);
	}
	dvk_ep_put(t.ep);
	if (t.dc)
		dvk_dc_put(t.dc);
	return ret;
}
