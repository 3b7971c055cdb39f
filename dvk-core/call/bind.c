// SPDX-License-Identifier: GPL-2.0
/*
 * The calls about bindings: who may bind what, and what they return.
 */
#include "bind.h"

#include <linux/freezer.h>
#include <linux/jiffies.h>
#include <linux/pid.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>

#include "base/current.h"
#include "base/deadline.h"
#include "base/node.h"
#include "link/link.h"
#include "link/pair.h"
#include "object/backup.h"
#include "object/dc.h"
#include "object/endpoint.h"
#include "object/priv.h"
#include "object/task.h"

struct task_struct *dvk_task_by_pid(int nr)
{
	struct task_struct *task;
	struct pid *pid;

	if (nr <= 0)
		return NULL;
	pid = find_get_pid(nr);
	task = get_pid_task(pid, PIDTYPE_PID);
	put_pid(pid);
	return task;
}

/*
 * Whether the task, or its process, has the endpoint that it is to be bound to. A
 * program that binds its endpoint itself need not know that it was given one, by
 * dvk_lclbind() or a migration.
 */
static bool has_it(struct dvk_node *node, const struct dvk_ioc_bind *arg,
		   struct task_struct *task)
{
	const struct dvk_endpoint *ep;
	bool has;

	rcu_read_lock();
	ep = dvk_ep_of_task(task);
	has = ep && ep->dc->node == node && ep->dc->dcid == arg->dcid &&
	      ep->ep == arg->endpoint &&
	      (READ_ONCE(ep->kind) == DVK_KIND_REPLICA) ==
	      (arg->cmd == DVK_BIND_REPLICA) &&
	      READ_ONCE(ep->kind) != DVK_KIND_BACKUP &&
	      (arg->flags & DVK_BIND_THREAD ? ep->task == task : ep->leader) &&
	      !READ_ONCE(ep->dead) && !READ_ONCE(ep->shutdown);
	rcu_read_unlock();
	return has;
}

/* It has been bound, and keeps that. */
#define ALREADY		1

/*
 * Local kinds: whom to bind. Returns 0 with a reference in spec->task, ALREADY, or
 * why not.
 */
static int local_target(struct dvk_node *node, const struct dvk_ioc_bind *arg,
			struct dvk_bind_spec *spec)
{
	struct task_struct *task;

	if (arg->cmd == DVK_BIND_SELF ||
	    (arg->cmd == DVK_BIND_USERMODE && arg->pid <= 0)) {
		task = current;
		if (!(arg->flags & DVK_BIND_THREAD))
			task = current->group_leader;
		get_task_struct(task);
	} else {
		task = dvk_task_by_pid(arg->pid);
		if (!task)
			return -DVK_EBADPID;
	}
	if (!same_thread_group(task, current) &&
	    (!dvk_may_configure(node) || !dvk_may_signal(task))) {
		put_task_struct(task);
		return -DVK_EPRIVILEGES;
	}
	if (arg->cmd != DVK_BIND_BACKUP && has_it(node, arg, task)) {
		put_task_struct(task);
		return ALREADY;
	}
	if (!dvk_dc_may_bind(spec->dc, dvk_ep_slot(spec->dc, spec->ep))) {
		put_task_struct(task);
		return -DVK_EBADOWNER;
	}
	spec->limited = !dvk_may_configure(node);
	spec->usermode = arg->cmd == DVK_BIND_USERMODE;
	spec->leader = thread_group_leader(task) &&
		       !(arg->flags & DVK_BIND_THREAD);
	spec->task = spec->leader ? dvk_task_living(task) : task;
	return 0;
}

static int remote_target(struct dvk_node *node, const struct dvk_ioc_bind *arg,
			 struct dvk_bind_spec *spec)
{
	if (!dvk_may_configure(node))
		return -DVK_EPRIVILEGES;
	if (arg->nodeid < 0 || arg->nodeid >= node->limits.nr_nodes ||
	    arg->nodeid == node->nodeid)
		return -DVK_EBADNODEID;
	if (!test_bit(arg->nodeid, spec->dc->members))
		return -DVK_ENODCNODE;
	if (strnlen(arg->name, DVK_NAME_LEN) == DVK_NAME_LEN)
		return -DVK_ENAMESIZE;
	rcu_read_lock();
	if (!dvk_link_find(node, arg->nodeid)) {
		rcu_read_unlock();
		return -DVK_ENOPROXY;
	}
	rcu_read_unlock();
	spec->nodeid = arg->nodeid;
	spec->name = arg->name[0] ? arg->name : NULL;
	return 0;
}

int dvk_bind_call(struct dvk_node *node, struct dvk_ioc_bind *arg)
{
	struct dvk_bind_spec spec = { .ep = arg->endpoint };
	int ret;

	ret = dvk_priv_check(node, DVK_CALL_BIND);
	if (ret)
		return ret;
	if (!dvk_node_up(node))
		return -DVK_EDVSINIT;
	if (arg->cmd < DVK_BIND_SELF || arg->cmd > DVK_BIND_USERMODE)
		return -DVK_EBINDTYPE;
	if (arg->dcid < 0 || arg->dcid >= node->limits.nr_dcs)
		return -DVK_EBADDCID;
	spec.dc = dvk_dc_get(node, arg->dcid);
	if (!spec.dc)
		return -DVK_EDCNOTRUN;

	switch (arg->cmd) {
	case DVK_BIND_REMOTE:
		spec.kind = DVK_KIND_REMOTE;
		ret = remote_target(node, arg, &spec);
		break;
	case DVK_BIND_BACKUP:
		spec.kind = DVK_KIND_BACKUP;
		ret = remote_target(node, arg, &spec);
		if (!ret)
			ret = local_target(node, arg, &spec);
		break;
	case DVK_BIND_REPLICA:
		spec.kind = DVK_KIND_REPLICA;
		ret = local_target(node, arg, &spec);
		break;
	default:
		spec.kind = DVK_KIND_LOCAL;
		ret = local_target(node, arg, &spec);
		break;
	}
	if (!ret)
		ret = spec.kind == DVK_KIND_BACKUP ?
			dvk_backup_bind(&spec) :
			dvk_ep_bind(&spec, GFP_KERNEL);
	if (spec.task)
		put_task_struct(spec.task);
	dvk_dc_put(spec.dc);
	return ret < 0 ? ret : arg->endpoint;
}

/*
 * Unbinding oneself needs no right; another's endpoint that of an
 * administrator, or to be the same user. Who has no right to signal the process
 * takes its endpoint only: *@sig is 0 then.
 */
static bool may_unbind(const struct dvk_node *node,
		       const struct dvk_endpoint *ep, int *sig)
{
	bool may = false;

	rcu_read_lock();
	if (ep->task)
		may = dvk_may_signal(READ_ONCE(ep->task));
	rcu_read_unlock();
	*sig = may ? SIGTERM : 0;
	return may || dvk_may_configure(node);
}

/* What is to be unbound is so once: the slot may have a new one meanwhile. */
static int evict(struct dvk_endpoint *ep, int sig, struct dvk_ioc_bind *arg)
{
	bool again = arg->result == DVK_RESULT_AGAIN;
	u64 since = get_jiffies_64();
	int ret;

	if (!again)
		dvk_ep_evict(ep, sig);
	else if (ep->inc != (u32)arg->pid)
		return 0;
	ret = dvk_ep_wait_dead(ep, again ? dvk_time_left(arg->timeout) :
					   arg->timeout);
	if (ret == -ERESTARTSYS && !again) {
		arg->result = DVK_RESULT_AGAIN;
		arg->pid = ep->inc;
		arg->timeout = dvk_deadline(arg->timeout, since);
	}
	return ret;
}

int dvk_unbind_call(struct dvk_node *node, struct dvk_ioc_bind *arg)
{
	struct dvk_endpoint *ep;
	struct dvk_dc *dc;
	int number = arg->endpoint;
	int slot, sig, ret;

	ret = dvk_priv_check(node, DVK_CALL_UNBIND);
	if (ret)
		return ret;
	if (!dvk_node_up(node))
		return -DVK_EDVSINIT;
	if (arg->dcid < 0 || arg->dcid >= node->limits.nr_dcs)
		return -DVK_EBADDCID;
	rcu_read_lock();
	dc = dvk_dc_find(node, arg->dcid);
	if (!dc) {
		rcu_read_unlock();
		return -DVK_EDCNOTRUN;
	}
	if (arg->endpoint == DVK_SELF) {
		ep = dvk_ep_of_task(current);
		number = ep ? ep->ep : 0;
		if (ep && ep->dc != dc)
			ep = NULL;
	} else {
		slot = dvk_ep_slot(dc, number);
		if (!dvk_dc_slot_valid(dc, slot)) {
			rcu_read_unlock();
			return -DVK_ERANGE;
		}
		ep = dvk_dc_slot(dc, slot);
	}
	if (!ep || !kref_get_unless_zero(&ep->ref)) {
		rcu_read_unlock();
		/* Interrupted while it waited for just that. */
		return arg->result == DVK_RESULT_AGAIN ? 0 : -DVK_ENOTBIND;
	}
	rcu_read_unlock();

	if (ep->ep != number)
		ret = -DVK_EENDPOINT;
	else if (!may_unbind(node, ep, &sig))
		ret = -DVK_EPRIVILEGES;
	else
		ret = evict(ep, sig, arg);
	dvk_ep_put(ep);
	return ret;
}

int dvk_getep_call(struct dvk_node *node, int pid)
{
	struct task_struct *task;
	struct dvk_endpoint *ep;
	int ret;

	ret = dvk_priv_check(node, DVK_CALL_GETEP);
	if (ret)
		return ret;
	if (pid == 0 || pid == -1) {
		task = current;
		get_task_struct(task);
	} else {
		task = dvk_task_by_pid(pid);
		if (!task)
			return -DVK_EBADPID;
	}
	rcu_read_lock();
	ep = dvk_ep_of_task(task);
	ret = ep && ep->dc->node == node ? ep->ep : -DVK_ENOTBIND;
	rcu_read_unlock();
	put_task_struct(task);
	return ret;
}

static bool slot_bound(struct dvk_dc *dc, int slot, bool bound)
{
	bool now;

	if (!READ_ONCE(dc->running))
		return true;
	rcu_read_lock();
	now = dvk_dc_slot(dc, slot);
	rcu_read_unlock();
	return now == bound;
}

static bool task_bound(struct dvk_node *node)
{
	struct dvk_endpoint *ep;
	bool bound;

	rcu_read_lock();
	ep = dvk_ep_of_task(current);
	bound = ep && ep->dc->node == node;
	rcu_read_unlock();
	/* A proxy has no endpoint, but it has been waiting for this too. */
	return bound || dvk_pair_is_proxy(node, current);
}

/* A task waits until another one has bound it: it has no DC to wait in yet. */
static int wait_self(struct dvk_node *node, int timeout)
{
	long left = timeout < 0 ? MAX_SCHEDULE_TIMEOUT :
				  msecs_to_jiffies(timeout);

	left = wait_event_freezable_timeout(dvk_bind_any, task_bound(node),
					    left);
	if (left < 0)
		return dvk_interrupted();
	if (dvk_pair_is_proxy(node, current))
		return DVK_NONE;
	if (task_bound(node))
		return dvk_getep_call(node, 0);
	return timeout ? -DVK_ETIMEDOUT : -DVK_EAGAIN;
}

/* Wait until a slot is bound, or is not. The endpoint is owned. */
static int wait_slot(struct dvk_endpoint *ep, int slot, bool want, int timeout)
{
	long left = timeout < 0 ? MAX_SCHEDULE_TIMEOUT :
				  msecs_to_jiffies(timeout);
	struct dvk_dc *dc = ep->dc;

	WRITE_ONCE(ep->bind_ep, slot);
	WRITE_ONCE(ep->bind_flags,
		   want ? DVK_RTS_WAITBIND : DVK_RTS_WAITUNBIND);
	left = wait_event_freezable_timeout(dc->bind_wait,
					    READ_ONCE(ep->shutdown) ||
					    dvk_task_stopping() ||
					    slot_bound(dc, slot, want),
					    left);
	WRITE_ONCE(ep->bind_flags, 0);
	if (READ_ONCE(ep->shutdown))
		return -DVK_ESHUTDOWN;
	if (left < 0 || dvk_task_stopping())
		return dvk_wait_result(left);
	if (!READ_ONCE(dc->running))
		return -DVK_EDCNOTRUN;
	if (!left && !slot_bound(dc, slot, want))
		return timeout ? -DVK_ETIMEDOUT : -DVK_EAGAIN;
	return want ? slot : 0;
}

int dvk_wait4bind_call(struct dvk_node *node,
		       const struct dvk_ioc_wait4bind *arg)
{
	bool want = arg->cmd == DVK_WAIT_BIND;
	struct dvk_endpoint *ep;
	int slot, ret;

	if (arg->endpoint == DVK_SELF && want)
		return wait_self(node, arg->timeout);

	ret = dvk_ep_enter(node, DVK_CALL_WAIT4BIND, &ep);
	if (ret)
		return ret;
	slot = dvk_ep_slot(ep->dc, arg->endpoint);
	if (!dvk_dc_slot_valid(ep->dc, slot))
		ret = -DVK_ERANGE;
	else if (arg->endpoint != slot)
		ret = -DVK_EENDPOINT;
	else
		ret = wait_slot(ep, slot, want, arg->timeout);
	dvk_ep_leave(ep);
	return ret;
}

int dvk_getprocinfo_call(struct dvk_node *node, int dcid, int slot,
			 struct dvk_proc_usr *usr)
{
	struct dvk_endpoint *ep;
	struct dvk_dc *dc;
	int ret = dvk_priv_check(node, DVK_CALL_GETPROCINFO);

	if (ret)
		return ret;
	if (!dvk_node_up(node))
		return -DVK_EDVSINIT;
	rcu_read_lock();
	if (dcid == -1) {
		ep = dvk_ep_of_task(current);
		dc = ep && ep->dc->node == node ? ep->dc : NULL;
		if (!dc)
			ret = -DVK_ENOTBIND;
	} else {
		dc = dvk_dc_find(node, dcid);
		if (!dc)
			ret = dcid < 0 || dcid >= node->limits.nr_dcs ?
			      -DVK_EBADDCID : -DVK_EDCNOTRUN;
	}
	if (dc && !dvk_dc_slot_valid(dc, slot))
		ret = -DVK_EBADPROC;
	else if (dc)
		dvk_dc_fill_slot(dc, slot, usr);
	rcu_read_unlock();
	return ret;
}
