// SPDX-License-Identifier: GPL-2.0
/*
 * What callers are told of the DVS and its nodes, by calls and by /proc.
 */
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/string.h>

#include "dc.h"
#include "endpoint.h"
#include "info.h"
#include "link.h"
#include "node.h"

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

static void fill_peer(const struct dvk_link *link, struct dvk_node_usr *usr)
{
	usr->n_proxies = link->nodeid;
	if (READ_ONCE(link->enabled))
		usr->n_flags |= DVK_NODE_ATTACHED;
	if (dvk_link_up(link))
		usr->n_flags |= DVK_NODE_SCONNECTED | DVK_NODE_RCONNECTED;
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
