// SPDX-License-Identifier: GPL-2.0
/*
 * The calls that bind pairs of proxies and give them to nodes.
 */
#include "link/pair.h"

#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "base/current.h"
#include "base/name.h"
#include "base/node.h"
#include "call/bind.h"
#include "info.h"
#include "link/link.h"
#include "object/endpoint.h"

/* Smaller frames would only be a burden. */
#define MAXBYTES_MIN	512

static void half_init(struct dvk_half *half, struct dvk_pair *pair,
		      unsigned int role, struct task_struct *task)
{
	half->pair = pair;
	half->role = role;
	half->task = task;
}

/* Of its own: a thread may be a proxy though its process has one. */
static bool has_endpoint(struct task_struct *task)
{
	struct dvk_endpoint *ep;
	bool has;

	rcu_read_lock();
	ep = dvk_ep_of_task(task);
	has = ep && ep->task == task;
	rcu_read_unlock();
	return has;
}

/* Takes over the references on the tasks if it succeeds. */
static struct dvk_pair *pair_alloc(struct dvk_node *node,
				   const struct dvk_ioc_proxies *arg,
				   struct task_struct *sender,
				   struct task_struct *receiver)
{
	struct dvk_pair *pair = kzalloc(sizeof(*pair), GFP_KERNEL);

	if (!pair)
		return NULL;
	if (dvk_anchor_init(&pair->sender.anchor) ||
	    dvk_anchor_init(&pair->receiver.anchor))
		goto err_anchor;
	pair->skb = alloc_skb(sizeof(struct dvk_cmd), GFP_KERNEL);
	if (!pair->skb)
		goto err_anchor;
	skb_put_zero(pair->skb, sizeof(struct dvk_cmd));
	kref_init(&pair->ref);
	pair->node = node;
	pair->pxid = arg->pxid;
	pair->maxbytes = arg->maxbytes;
	dvk_set_name(pair->name, arg->name);
	half_init(&pair->sender, pair, DVK_SPROXY, sender);
	half_init(&pair->receiver, pair, DVK_RPROXY, receiver);
	init_waitqueue_head(&pair->waitq);
	mutex_init(&pair->rx_mutex);
	return pair;

err_anchor:
	dvk_anchor_drop(&pair->sender.anchor);
	dvk_anchor_drop(&pair->receiver.anchor);
	kfree(pair);
	return NULL;
}

/* Whether a kernel proxy goes by that number: the node that it leads to. */
static bool kernel_proxy(struct dvk_node *node, int pxid)
{
	bool is;

	rcu_read_lock();
	is = dvk_kernel_proxies(node, pxid);
	rcu_read_unlock();
	return is;
}

static int check_pxid(const struct dvk_node *node, int pxid)
{
	if (!dvk_node_up(node))
		return -DVK_EDVSINIT;
	if (pxid < 0 || pxid >= READ_ONCE(node->limits.nr_nodes))
		return -DVK_EBADPROXY;
	return 0;
}

/* The tasks' references are the pair's in case of success. */
static int bind_tasks(struct dvk_node *node, const struct dvk_ioc_proxies *arg,
		      struct task_struct *sender, struct task_struct *receiver)
{
	struct dvk_pair *pair, *old;
	int ret;

	mutex_lock(&node->config);
	ret = -DVK_EDVSINIT;
	if (!dvk_node_up(node))
		goto out;
	ret = -DVK_EPROXYRUN;
	if (kernel_proxy(node, arg->pxid))
		goto out;
	old = xa_load(&node->pairs, arg->pxid);
	if (old && READ_ONCE(old->bound))
		goto out;
	/* Its tasks have exited: nobody will unbind it. */
	if (old)
		dvk_pair_unbind(old);
	ret = -DVK_ENOMEM;
	pair = pair_alloc(node, arg, sender, receiver);
	if (!pair)
		goto out;
	/* From here on they are the pair's to put. */
	get_task_struct(sender);
	get_task_struct(receiver);
	if (!xa_err(xa_store(&node->pairs, arg->pxid, pair, GFP_KERNEL)))
		ret = has_endpoint(sender) || has_endpoint(receiver) ?
			-DVK_EPROCRUN : dvk_pair_enter(pair);
	if (ret) {
		xa_erase(&node->pairs, arg->pxid);
		dvk_pair_put(pair);
	}
out:
	mutex_unlock(&node->config);
	return ret;
}

int dvk_proxies_bind_call(struct dvk_node *node,
			  const struct dvk_ioc_proxies *arg)
{
	struct task_struct *sender, *receiver;
	int ret;

	ret = check_pxid(node, arg->pxid);
	if (ret)
		return ret;
	if (strnlen(arg->name, DVK_NAME_LEN) == DVK_NAME_LEN)
		return -DVK_ENAMESIZE;
	if (arg->maxbytes < MAXBYTES_MIN || arg->maxbytes > DVK_MAXCOPYBUF)
		return -DVK_ERANGE;
	sender = dvk_task_by_pid(arg->spid);
	receiver = dvk_task_by_pid(arg->rpid);
	ret = -DVK_EBADPID;
	if (sender && receiver && sender != receiver)
		ret = dvk_may_signal(sender) && dvk_may_signal(receiver) ?
			bind_tasks(node, arg, sender, receiver) :
			-DVK_EPRIVILEGES;
	if (sender)
		put_task_struct(sender);
	if (receiver)
		put_task_struct(receiver);
	/* Both may be waiting for this. */
	if (!ret)
		wake_up_all(&dvk_bind_any);
	return ret;
}

/* A link whose pair has gone or changed has dealt with that. */
static void settle(struct dvk_link *link, unsigned int epoch)
{
	dvk_pair_wait_down(link, epoch);
	dvk_link_put(link);
}

int dvk_proxies_unbind_call(struct dvk_node *node, int pxid)
{
	struct dvk_link *link = NULL;
	struct dvk_pair *pair;
	unsigned int epoch = 0;
	int ret;

	ret = check_pxid(node, pxid);
	if (ret)
		return ret;
	mutex_lock(&node->config);
	pair = xa_load(&node->pairs, pxid);
	if (pair && !READ_ONCE(pair->bound))
		ret = -DVK_EPROXYFREE;
	else if (!pair)
		ret = kernel_proxy(node, pxid) ? -DVK_EBADPROXY :
						 -DVK_EPROXYFREE;
	if (pair) {
		link = dvk_pair_link(pair);
		if (link)
			epoch = dvk_pair_epoch(link);
		dvk_pair_unbind(pair);
	}
	mutex_unlock(&node->config);
	if (link)
		settle(link, epoch);
	return ret;
}

/* --- connections --- */

static int connect_halves(struct dvk_pair *pair, unsigned int halves)
{
	struct dvk_link *link = dvk_pair_link(pair);
	bool off;

	if (READ_ONCE(pair->connected) & halves) {
		if (link)
			dvk_link_put(link);
		return -DVK_EPROXYRUN;
	}
	/* A node that is down shall look so from the other side, too. */
	off = link && !READ_ONCE(link->enabled);
	if (link)
		dvk_link_put(link);
	if (off)
		return -DVK_ENODEFREE;
	dvk_pair_connect(pair, halves);
	dvk_pair_wait_up(pair);
	return 0;
}

static int disconnect_halves(struct dvk_pair *pair, unsigned int halves)
{
	struct dvk_link *link = dvk_pair_link(pair);
	unsigned int epoch = link ? dvk_pair_epoch(link) : 0;
	unsigned int lost = dvk_pair_disconnect(pair, halves, -ENOTCONN);

	if (link && lost)
		settle(link, epoch);
	else if (link)
		dvk_link_put(link);
	return lost ? 0 : -DVK_ENOTCONN;
}

static int conn_status(struct dvk_pair *pair, int status)
{
	switch (status) {
	case DVK_CONNECT_SPROXY:
		return connect_halves(pair, DVK_SPROXY);
	case DVK_CONNECT_RPROXY:
		return connect_halves(pair, DVK_RPROXY);
	case DVK_DISCONNECT_SPROXY:
		return disconnect_halves(pair, DVK_SPROXY);
	case DVK_DISCONNECT_RPROXY:
		return disconnect_halves(pair, DVK_RPROXY);
	default:
		return -DVK_EBADVALUE;
	}
}

/* An administrator may say it of any pair, a proxy of its own. */
static bool may_say(struct dvk_node *node, int pxid, bool admin)
{
	struct dvk_pair *own;
	unsigned int role;
	bool is;

	if (admin)
		return true;
	own = dvk_pair_of_current(node, &role);
	is = own && own->pxid == pxid;
	dvk_pair_put(own);
	return is;
}

int dvk_proxy_conn_call(struct dvk_node *node, int pxid, int status,
			bool admin)
{
	struct dvk_pair *pair;
	int ret;

	if (!may_say(node, pxid, admin))
		return -DVK_EPRIVILEGES;
	ret = check_pxid(node, pxid);
	if (ret)
		return ret;
	rcu_read_lock();
	pair = dvk_pair_find(node, pxid);
	if (pair && !kref_get_unless_zero(&pair->ref))
		pair = NULL;
	rcu_read_unlock();
	if (!pair)
		return kernel_proxy(node, pxid) ? -DVK_EBADPROXY :
						  -DVK_EPROXYFREE;
	ret = conn_status(pair, status);
	dvk_pair_put(pair);
	return ret;
}

/* --- nodes --- */

static int check_nodeid(const struct dvk_node *node, int nodeid)
{
	if (!dvk_node_up(node))
		return -DVK_EDVSINIT;
	if (nodeid < 0 || nodeid >= READ_ONCE(node->limits.nr_nodes) ||
	    nodeid == READ_ONCE(node->nodeid))
		return -DVK_EBADNODEID;
	return 0;
}

/* Give the pair to the link, if both are free. */
static int give_pair(struct dvk_link *link, int pxid)
{
	struct dvk_node *node = link->node;
	struct dvk_pair *pair;
	int ret = 0;

	mutex_lock(&node->config);
	pair = dvk_pair_find(node, pxid);
	if (link->pair && READ_ONCE(link->pair->bound))
		ret = -DVK_ENODEBUSY;
	else if (!pair)
		ret = -DVK_EPROXYFREE;
	else if (rcu_access_pointer(pair->link))
		ret = -DVK_EPROXYRUN;
	else if (xa_load(&node->links, link->nodeid) != link)
		ret = -DVK_ENODEFREE;
	if (!ret) {
		/* One whose tasks have exited makes room. */
		dvk_pair_detach(link);
		dvk_pair_attach(pair, link);
	}
	mutex_unlock(&node->config);
	return ret;
}

static int enable(struct dvk_link *link)
{
	switch (dvk_link_set_enabled(link, true)) {
	case 0:
		return 0;
	case -EADDRINUSE:
	case -EADDRNOTAVAIL:
	case -EDESTADDRREQ:
		return -DVK_EADDRNOTAVAIL;
	case -ENOKEY:
		return -DVK_EPERM;
	case -ENOENT:
		return -DVK_ENODEFREE;
	default:
		return -DVK_ENOMEM;
	}
}

/*
 * A peer that the kernel's own proxies lead to, by its own number, unless that
 * is the number of programs: they mean themselves.
 */
static int kernel_node_up(struct dvk_link *link, int pxid)
{
	bool programs;

	rcu_read_lock();
	programs = dvk_pair_find(link->node, pxid);
	rcu_read_unlock();
	if (pxid != link->nodeid || programs)
		return -DVK_EBADPROXY;
	if (READ_ONCE(link->enabled))
		return -DVK_ENODEBUSY;
	return enable(link);
}

/* The peer, *@made now if nobody has configured it. */
static int get_peer(struct dvk_node *node, const struct dvk_ioc_node_up *arg,
		    struct dvk_link **linkp, bool *made)
{
	struct dvk_link *link = dvk_link_get(node, arg->nodeid);
	int err;

	*made = false;
	if (!link) {
		err = dvk_link_add(node, arg->nodeid);
		if (err && err != -EEXIST)
			return -DVK_ENOMEM;
		link = dvk_link_get(node, arg->nodeid);
		if (!link)
			return -DVK_ENODEFREE;
		if (!err) {
			*made = true;
			link->by_node_up = true;
			dvk_link_set_transport(link, "user");
		}
	}
	if (arg->name[0])
		dvk_link_set_name(link, arg->name);
	*linkp = link;
	return 0;
}

int dvk_node_up_call(struct dvk_node *node, const struct dvk_ioc_node_up *arg)
{
	struct dvk_link *link;
	bool known, made;
	int ret;

	ret = check_nodeid(node, arg->nodeid);
	if (!ret)
		ret = check_pxid(node, arg->pxid);
	if (ret)
		return ret;
	if (strnlen(arg->name, DVK_NAME_LEN) == DVK_NAME_LEN)
		return -DVK_ENAMESIZE;
	rcu_read_lock();
	known = dvk_pair_find(node, arg->pxid) ||
		dvk_link_find(node, arg->nodeid);
	rcu_read_unlock();
	if (!known)
		return -DVK_EPROXYFREE;
	ret = get_peer(node, arg, &link, &made);
	if (ret)
		return ret;
	if (strcmp(link->tname, "user"))
		ret = kernel_node_up(link, arg->pxid);
	else
		ret = give_pair(link, arg->pxid) ?: enable(link);
	if (ret && made && !READ_ONCE(link->enabled))
		dvk_link_del(node, arg->nodeid);
	dvk_link_put(link);
	return ret;
}

int dvk_node_down_call(struct dvk_node *node, int nodeid)
{
	struct dvk_link *link;
	int ret;

	ret = check_nodeid(node, nodeid);
	if (ret)
		return ret;
	link = dvk_link_get(node, nodeid);
	if (!link)
		return -DVK_ENODEFREE;
	if (!READ_ONCE(link->enabled)) {
		ret = -DVK_ENODEFREE;
	} else if (link->by_node_up) {
		ret = dvk_link_del(node, nodeid) ? -DVK_ENODEFREE : 0;
	} else {
		dvk_link_set_enabled(link, false);
		mutex_lock(&node->config);
		dvk_pair_detach(link);
		mutex_unlock(&node->config);
	}
	dvk_link_put(link);
	return ret;
}
