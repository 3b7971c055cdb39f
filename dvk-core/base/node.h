/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The local node: the state of one network namespace.
 */
#ifndef _DVK_NODE_H
#define _DVK_NODE_H

#include <linux/device.h>
#include <linux/mutex.h>
#include <linux/xarray.h>
#include <net/net_namespace.h>
#include <linux/dvk.h>

struct dvk_dc;
struct dvk_link;
struct proc_dir_entry;

#define DVK_VERSION		1

/**
 * struct dvk_limits - table sizes and tunables of a node
 * @nr_dcs: DCs it may have
 * @nr_nodes: nodes it may know; node ids are below it
 * @nr_procs: most process slots of a DC, and the default
 * @nr_tasks: most task slots of a DC, and the default
 * @nr_sysprocs: system slots of a DC by default
 * @max_copybuf: payload bytes of one frame
 * @max_copylen: bytes of one vcopy
 * @keepalive_ms: a peer that says nothing for so long is lost
 * @local_poll_us: longest time for which a call that waits polls before it sleeps
 * @busy_poll_us: the same of a call that waits for another node
 * @tx_hold_us: longest time for which an answer waits for the next ones
 * @port: where transports with ports listen
 * @dbglvl: what programs have set, 0 for the parameter of the module
 *
 * The sizes change only while the DVS is not initialised.
 */
struct dvk_limits {
	int nr_dcs;
	int nr_nodes;
	int nr_procs;
	int nr_tasks;
	int nr_sysprocs;
	int max_copybuf;
	int max_copylen;
	int keepalive_ms;
	int local_poll_us;
	int busy_poll_us;
	int tx_hold_us;
	int port;
	u64 dbglvl;
};

/**
 * struct dvk_node - the local node
 * @net: the namespace; the node lives as long as it
 * @setup: held while peers, DCs or the DVS come or go (see sysfs.h)
 * @config: protects their configuration (see locks.h)
 * @nodeid: -1 while the DVS is not initialised
 * @name: name of the DVS, the same on all its nodes
 * @limits: sizes and tunables
 * @dcs: struct dvk_dc by dcid; RCU look-up, changed under @config
 * @links: struct dvk_link by node id of the peer; RCU look-up, changed
 *	under @config
 * @pairs: struct dvk_pair by number; RCU look-up, changed under @config
 * @listeners: open listeners of transports, under @config
 * @xfers: remote copies that this node asked for, see dvk_xfer_enter()
 * @xfer_count: of them
 * @forwards: copies sent to a third node that has not confirmed yet
 * @forward_next: where to look for the next free number
 * @migrations: steps of migrations that another node is asked for
 * @migration_next: where to look for the next free number
 * @instance: drawn when it became a node: another one with its id has another
 * @session: number of the latest connection
 * @refused: connections turned away since the start
 * @dev: /sys/class/dvk/dvk0
 * @peers_kobj: its directory "peers"
 * @dcs_kobj: its directory "dcs"
 * @proc: /proc/net/dvs
 * @proxies_proc: its directory "proxies"
 */
struct dvk_node {
	struct net *net;
	struct mutex setup;
	struct mutex config;
	int nodeid;
	char name[DVK_NAME_LEN];
	struct dvk_limits limits;
	struct xarray dcs;
	struct xarray links;
	struct xarray pairs;
	struct list_head listeners;
	struct xarray xfers;
	atomic_t xfer_count;
	struct xarray forwards;
	u32 forward_next;
	struct xarray migrations;
	u32 migration_next;
	u32 instance;
	atomic64_t session;
	atomic_t refused;
	struct device *dev;
	struct kobject *peers_kobj;
	struct kobject *dcs_kobj;
	struct proc_dir_entry *proc;
	struct proc_dir_entry *proxies_proc;
};

static inline bool dvk_node_up(const struct dvk_node *node)
{
	return READ_ONCE(node->nodeid) >= 0;
}

#endif /* _DVK_NODE_H */
