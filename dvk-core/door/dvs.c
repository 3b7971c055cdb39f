// SPDX-License-Identifier: GPL-2.0
/*
 * The local node comes and goes with its network namespace, the DVS on it as
 * callers ask.
 */
#include "dvs.h"

#include <linux/moduleparam.h>
#include <linux/random.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/timekeeping.h>
#include <net/netns/generic.h>

#include "base/locks.h"
#include "base/name.h"
#include "base/node.h"
#include "copy/copy.h"
#include "kernel.h"
#include "link/link.h"
#include "link/pair.h"
#include "object/dc.h"
#include "proc.h"
#include "sysfs.h"

/* Of scripts written for the earlier system, which had no debug messages either. */
static ulong dbglvl;
module_param(dbglvl, ulong, 0444);
MODULE_PARM_DESC(dbglvl, "Kept, and shown as d_dbglvl; debugging is done with tracepoints");

ulong dvk_dbglvl(void)
{
	return dbglvl;
}

static unsigned int dvk_net_id __read_mostly;

struct dvk_node *dvk_node_of(const struct net *net)
{
	return net_generic(net, dvk_net_id);
}

static const struct dvk_limits default_limits = {
	.nr_dcs = DVK_NR_DCS,
	.nr_nodes = DVK_NR_NODES,
	.nr_procs = DVK_NR_PROCS,
	.nr_tasks = DVK_NR_TASKS,
	.nr_sysprocs = DVK_NR_SYSPROCS,
	.max_copybuf = DVK_MAXCOPYBUF,
	.max_copylen = DVK_MAXCOPYLEN,
	.keepalive_ms = 5000,
	.local_poll_us = 50,
	.tx_hold_us = 20,
	.port = 3000,
};

static int set_sizes(struct dvk_node *node, const struct dvk_dvs_usr *usr)
	__must_hold(&node->config)
{
	struct dvk_limits l = node->limits;

	if (strnlen(usr->d_name, DVK_NAME_LEN) == DVK_NAME_LEN)
		return -DVK_ENAMESIZE;
	/* Zero, or what an uninitialised program leaves there, is default. */
	if (usr->d_nr_dcs)
		l.nr_dcs = usr->d_nr_dcs;
	if (usr->d_nr_nodes)
		l.nr_nodes = usr->d_nr_nodes;
	if (usr->d_nr_procs)
		l.nr_procs = usr->d_nr_procs;
	if (usr->d_nr_tasks)
		l.nr_tasks = usr->d_nr_tasks;
	if (usr->d_nr_sysprocs)
		l.nr_sysprocs = usr->d_nr_sysprocs;
	if (usr->d_max_copybuf)
		l.max_copybuf = usr->d_max_copybuf;
	if (usr->d_dbglvl)
		l.dbglvl = usr->d_dbglvl;
	if (usr->d_max_copylen)
		l.max_copylen = usr->d_max_copylen;
	if (l.nr_dcs < 1 || l.nr_dcs > DVK_MAX_DCS ||
	    l.nr_nodes < 1 || l.nr_nodes > DVK_MAX_NODES ||
	    l.nr_procs < 1 || l.nr_tasks < 0 ||
	    l.nr_procs > DVK_MAX_SLOTS - DVK_NR_TASKS ||
	    l.nr_tasks > DVK_NR_TASKS ||
	    l.nr_sysprocs < 0 || l.nr_sysprocs > l.nr_procs + l.nr_tasks ||
	    l.max_copybuf < 512 || l.max_copybuf > DVK_MAXCOPYBUF ||
	    l.max_copylen < 1 || l.max_copylen > DVK_MAXCOPYLEN)
		return -DVK_EBADRANGE;
	node->limits = l;
	if (usr->d_name[0])
		dvk_set_name(node->name, usr->d_name);
	return 0;
}

int dvk_node_init_dvs(struct dvk_node *node, int nodeid,
		      const struct dvk_dvs_usr *usr)
{
	int ret = 0;

	mutex_lock(&node->setup);
	mutex_lock(&node->config);
	if (dvk_node_up(node))
		ret = -DVK_EDVSBUSY;
	else if (usr)
		ret = set_sizes(node, usr);
	if (!ret && (nodeid < 0 || nodeid >= node->limits.nr_nodes))
		ret = -DVK_EBADNODEID;
	if (!ret) {
		/* 0 means that it is not told. */
		node->instance = get_random_u32() | 1;
		WRITE_ONCE(node->nodeid, nodeid);
	}
	mutex_unlock(&node->config);
	mutex_unlock(&node->setup);
	return ret ? ret : nodeid;
}

int dvk_node_end_dvs(struct dvk_node *node)
{
	mutex_lock(&node->setup);
	if (!dvk_node_up(node)) {
		mutex_unlock(&node->setup);
		return -DVK_EDVSINIT;
	}
	dvk_dc_end_all(node);
	dvk_link_del_all(node);
	dvk_pair_end_all(node);
	mutex_lock(&node->config);
	WRITE_ONCE(node->nodeid, -1);
	node->limits = default_limits;
	mutex_unlock(&node->config);
	mutex_unlock(&node->setup);
	return 0;
}

/*
 * A table of things with numbers of their own, which softirqs use too. All that
 * is initialised in a file would be of one lock class.
 */
static void init_numbers(struct xarray *xa)
{
	static struct lock_class_key key;

	xa_init_flags(xa, XA_FLAGS_ALLOC1 | XA_FLAGS_LOCK_BH);
	lockdep_set_class(&xa->xa_lock, &key);
}

static int __net_init node_net_init(struct net *net)
{
	struct dvk_node *node = dvk_node_of(net);
	int err;

	node->net = net;
	mutex_init(&node->setup);
	mutex_init(&node->config);
	node->nodeid = -1;
	node->limits = default_limits;
	strscpy(node->name, "DVS", sizeof(node->name));
	xa_init(&node->dcs);
	xa_init(&node->links);
	xa_init(&node->pairs);
	INIT_LIST_HEAD(&node->listeners);
	init_numbers(&node->xfers);
	init_numbers(&node->forwards);
	init_numbers(&node->migrations);
	/*
	 * Sessions of one life of the node are above those of earlier ones, as
	 * peers expect. A clock that was set back costs one refusal each.
	 */
	atomic64_set(&node->session, ktime_get_real_ns());

	err = dvk_xfers_init(&node->xfers);
	if (err)
		return err;
	err = dvk_proc_node_add(node);
	if (err) {
		xa_destroy(&node->xfers);
		return err;
	}
	/* Last, for from here on it is used. */
	err = dvk_sysfs_node_add(node);
	if (err) {
		dvk_proc_node_del(node);
		xa_destroy(&node->xfers);
	}
	return err;
}

/*
 * Processes that call hold the namespace, so no call of theirs is in progress
 * here; kernel clients are waited for. Before the exit() of anybody: the
 * sockets of transports go while their protocols are still there, whichever
 * module was loaded first.
 */
static void __net_exit node_net_pre_exit(struct net *net)
{
	struct dvk_node *node = dvk_node_of(net);

	dvk_sysfs_node_close(node);
	dvk_node_end_dvs(node);
	dvk_kernel_node_exit(node);
}

static void __net_exit node_net_exit(struct net *net)
{
	struct dvk_node *node = dvk_node_of(net);

	dvk_proc_node_del(node);
	dvk_sysfs_node_del(node);
	xa_destroy(&node->forwards);
	xa_destroy(&node->migrations);
	xa_destroy(&node->xfers);
	xa_destroy(&node->pairs);
	xa_destroy(&node->links);
	xa_destroy(&node->dcs);
}

static struct pernet_operations node_net_ops = {
	.init = node_net_init,
	.pre_exit = node_net_pre_exit,
	.exit = node_net_exit,
	.id = &dvk_net_id,
	.size = sizeof(struct dvk_node),
};

int dvk_node_register(void)
{
	return register_pernet_device(&node_net_ops);
}

void dvk_node_unregister(void)
{
	unregister_pernet_device(&node_net_ops);
}
