// SPDX-License-Identifier: GPL-2.0
/*
 * What callers are told of the DVS and its nodes, by calls and by /proc.
 */
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/sched.h>
#include <linux/string.h>

#include "base/name.h"
#include "base/node.h"
#include "dvs.h"
#include "info.h"
#include "link/link.h"
#include "link/pair.h"
#include "object/dc.h"
#include "object/endpoint.h"

void dvk_dvs_fill_usr(const struct dvk_node *node, struct dvk_dvs_usr *usr)
{
	const struct dvk_limits *limits = &node->limits;

	memset(usr, 0, sizeof(*usr));
	strscpy(usr->d_name, node->name, sizeof(usr->d_name));
	usr->d_nr_dcs = READ_ONCE(limits->nr_dcs);
	usr->d_nr_nodes = READ_ONCE(limits->nr_nodes);
	usr->d_nr_procs = READ_ONCE(limits->nr_procs);
	usr->d_nr_tasks = READ_ONCE(limits->nr_tasks);
	usr->d_nr_sysprocs = READ_ONCE(limits->nr_sysprocs);
	usr->d_max_copybuf = READ_ONCE(limits->max_copybuf);
	usr->d_max_copylen = READ_ONCE(limits->max_copylen);
	usr->d_version = DVK_VERSION;
	usr->d_dbglvl = READ_ONCE(limits->dbglvl) ?: dvk_dbglvl();
	usr->d_flags = DVK_DVS_IOCTL;
	if (dvk_node_up(node))
		usr->d_flags |= DVK_DVS_INITIALIZED;
	usr->d_size_proc = sizeof(struct dvk_endpoint);
}

/* The DCs, of those that fit into a word, that include a node. */
static u64 dcs_of(struct dvk_node *node, int nodeid)
{
	unsigned long dcid;
	struct dvk_dc *dc;
	u64 map = 0;

	rcu_read_lock();
	xa_for_each_range(&node->dcs, dcid, dc, 0, BITS_PER_TYPE(map) - 1)
		if (test_bit(nodeid, dc->members))
			map |= BIT_ULL(dcid);
	rcu_read_unlock();
	return map;
}

/* Seconds of the day's clock for a time in jiffies; 0 stands for never. */
static s64 when(unsigned long time)
{
	if (!time)
		return 0;
	return ktime_get_real_seconds() - (long)(jiffies - time) / HZ;
}

static bool by_programs(const struct dvk_link *link)
{
	return !strcmp(link->tname, "user");
}

/* The pair of programs that serves a link, which may just go. Under RCU. */
static struct dvk_pair *pair_of(const struct dvk_link *link)
{
	struct dvk_pair *pair = READ_ONCE(link->pair);

	return pair && READ_ONCE(pair->bound) ? pair : NULL;
}

static void fill_connection(const struct dvk_link *link,
			    struct dvk_node_usr *usr)
{
	const struct dvk_pair *pair = pair_of(link);
	unsigned int halves = dvk_link_up(link) ? DVK_BOTH : 0;

	usr->n_proxies = link->nodeid;
	if (by_programs(link)) {
		usr->n_proxies = pair ? pair->pxid : -1;
		halves = pair ? READ_ONCE(pair->connected) : 0;
	}
	if (halves & DVK_SPROXY)
		usr->n_flags |= DVK_NODE_SCONNECTED;
	if (halves & DVK_RPROXY)
		usr->n_flags |= DVK_NODE_RCONNECTED;
}

static void fill_peer(const struct dvk_link *link, struct dvk_node_usr *usr)
{
	if (READ_ONCE(link->enabled))
		usr->n_flags |= DVK_NODE_ATTACHED;
	fill_connection(link, usr);
	usr->n_stimestamp_sec = when(READ_ONCE(link->last_tx));
	usr->n_rtimestamp_sec = when(READ_ONCE(link->last_rx));
	usr->n_pxsent = READ_ONCE(link->stats.tx_msgs);
	usr->n_pxrcvd = READ_ONCE(link->stats.rx_msgs);
	strscpy(usr->n_name, link->name, sizeof(usr->n_name));
}

int dvk_node_fill_usr(struct dvk_node *node, int nodeid,
		      struct dvk_node_usr *usr)
{
	struct dvk_link *link;
	int ret = 0;

	memset(usr, 0, sizeof(*usr));
	usr->n_nodeid = nodeid;
	usr->n_proxies = -1;
	if (nodeid < 0 || nodeid >= READ_ONCE(node->limits.nr_nodes))
		return -DVK_EBADNODEID;

	rcu_read_lock();
	link = dvk_link_find(node, nodeid);
	if (link) {
		fill_peer(link, usr);
	} else if (nodeid == READ_ONCE(node->nodeid)) {
		/* What existing programs have always been told of their node. */
		usr->n_flags = DVK_NODE_ATTACHED | DVK_NODE_SCONNECTED;
		snprintf(usr->n_name, sizeof(usr->n_name), "node%d", nodeid);
	} else {
		ret = -DVK_ENODEFREE;
	}
	rcu_read_unlock();
	if (!ret)
		usr->n_dcs = dcs_of(node, nodeid);
	return ret;
}

/* --- proxies --- */

struct dvk_link *dvk_kernel_proxies(struct dvk_node *node, int pxid)
{
	struct dvk_link *link = dvk_link_find(node, pxid);

	return link && READ_ONCE(link->enabled) && !by_programs(link) ? link :
									NULL;
}

bool dvk_proxies_exist(struct dvk_node *node, int pxid)
{
	return dvk_pair_find(node, pxid) || dvk_kernel_proxies(node, pxid);
}

static void fill_proxy(struct dvk_proxies_view *view, struct dvk_node *node,
		       struct task_struct *task, bool connected,
		       struct dvk_proc_usr *usr)
{
	usr->p_nr = view->pxid;
	usr->p_endpoint = DVK_NONE;
	usr->p_dcid = -1;
	usr->p_lpid = task ? task_pid_nr(task) : -1;
	usr->p_vpid = task ? task_pid_vnr(task) : -1;
	usr->p_nodeid = READ_ONCE(node->nodeid);
	usr->p_getfrom = DVK_NONE;
	usr->p_sendto = DVK_NONE;
	usr->p_waitmigr = DVK_NONE;
	usr->p_waitunbind = DVK_NONE;
	usr->p_proxy = DVK_NONE;
	usr->p_misc_flags = DVK_MISC_PROXY;
	if (connected)
		usr->p_misc_flags |= DVK_MISC_CONNECTED;
	if (view->nodeid >= 0 && view->nodeid < 64)
		usr->p_nodemap = BIT_ULL(view->nodeid);
}

static void fill_counts(const struct dvk_link *link,
			struct dvk_proxies_view *view)
{
	view->nodeid = link->nodeid;
	view->sender.p_rmtsent = READ_ONCE(link->stats.tx_msgs);
	view->receiver.p_rmtsent = READ_ONCE(link->stats.rx_msgs);
}

/* A stopped thread or a dead half is no task to tell of. */
static void fill_pair(struct dvk_node *node, struct dvk_pair *pair,
		      struct dvk_proxies_view *view)
{
	unsigned int connected = READ_ONCE(pair->connected);
	unsigned int bound = READ_ONCE(pair->bound);
	const struct dvk_link *link = rcu_dereference(pair->link);
	struct task_struct *sender, *receiver;

	sender = bound & DVK_SPROXY ? pair->sender.task : NULL;
	receiver = bound & DVK_RPROXY ? pair->receiver.task : NULL;
	view->maxbytes = pair->maxbytes;
	strscpy(view->name, pair->name, sizeof(view->name));
	if (link)
		fill_counts(link, view);
	if (connected & DVK_SPROXY)
		view->flags |= DVK_PROXY_SCONNECTED;
	if (connected & DVK_RPROXY)
		view->flags |= DVK_PROXY_RCONNECTED;
	fill_proxy(view, node, sender, connected & DVK_SPROXY, &view->sender);
	fill_proxy(view, node, receiver, connected & DVK_RPROXY,
		   &view->receiver);
	if (sender)
		dvk_get_task_name(view->sender.p_name, sender);
	if (receiver)
		dvk_get_task_name(view->receiver.p_name, receiver);
}

/* The link waits for RCU before it lets go of a stopped thread. */
static void fill_threads(struct dvk_node *node, const struct dvk_link *link,
			 struct dvk_proxies_view *view)
{
	bool up = dvk_link_up(link);

	snprintf(view->name, sizeof(view->name), "%.10s-%d", link->tname,
		 link->nodeid);
	view->maxbytes = READ_ONCE(node->limits.max_copybuf);
	fill_counts(link, view);
	if (up)
		view->flags |= DVK_PROXY_SCONNECTED | DVK_PROXY_RCONNECTED;
	fill_proxy(view, node, READ_ONCE(link->sender), up, &view->sender);
	fill_proxy(view, node, READ_ONCE(link->receiver), up, &view->receiver);
	view->sender.p_misc_flags |= DVK_MISC_KTHREAD;
	view->receiver.p_misc_flags |= DVK_MISC_KTHREAD;
	strscpy(view->sender.p_name, view->name, DVK_NAME_LEN);
	strscpy(view->receiver.p_name, view->name, DVK_NAME_LEN);
}

int dvk_proxies_fill(struct dvk_node *node, int pxid,
		     struct dvk_proxies_view *view)
{
	struct dvk_pair *pair;
	struct dvk_link *link;
	int ret = 0;

	if (!dvk_node_up(node))
		return -DVK_EDVSINIT;
	if (pxid < 0 || pxid >= READ_ONCE(node->limits.nr_nodes))
		return -DVK_EBADPROXY;
	memset(view, 0, sizeof(*view));
	view->pxid = pxid;
	view->nodeid = -1;
	view->flags = DVK_PROXY_INUSE;

	rcu_read_lock();
	pair = dvk_pair_find(node, pxid);
	link = dvk_kernel_proxies(node, pxid);
	if (pair)
		fill_pair(node, pair, view);
	else if (link)
		fill_threads(node, link, view);
	else
		ret = -DVK_EPROXYFREE;
	rcu_read_unlock();
	return ret;
}
