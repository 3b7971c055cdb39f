/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The DVS on this node begins and ends, and so does the node itself.
 */
#ifndef _DVK_DVS_H
#define _DVK_DVS_H

#include <linux/dvk.h>
#include <net/net_namespace.h>

struct dvk_node;

struct dvk_node *dvk_node_of(const struct net *net);

/* The parameter of the module. */
ulong dvk_dbglvl(void);

/**
 * dvk_node_init_dvs() - dvs_init: become node @nodeid
 * @node: the local node
 * @nodeid: 0 .. nr_nodes - 1
 * @usr: name and sizes, or NULL for those of the attributes
 *
 * Process context; takes node->setup. Return: the node id or a negated DVK_E* code.
 */
int dvk_node_init_dvs(struct dvk_node *node, int nodeid,
		      const struct dvk_dvs_usr *usr);

/**
 * dvk_node_end_dvs() - dvs_end: end all DCs and hang up all peers
 * @node: the local node
 *
 * Configured peers are removed too. Process context; takes node->setup.
 * Return: 0 or -DVK_EDVSINIT.
 */
int dvk_node_end_dvs(struct dvk_node *node);

int dvk_node_register(void);
void dvk_node_unregister(void);

#endif /* _DVK_DVS_H */
