/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What callers are told of the DVS and its nodes, by calls and by /proc.
 */
#ifndef _DVK_INFO_H
#define _DVK_INFO_H

#include <linux/dvk.h>

struct dvk_node;

/**
 * dvk_dvs_fill_usr() - describe the DVS
 * @node: the local node
 * @usr: filled in completely
 *
 * Any context. Before dvs_init the sizes are those that it would use.
 */
void dvk_dvs_fill_usr(const struct dvk_node *node, struct dvk_dvs_usr *usr);

/**
 * dvk_node_fill_usr() - describe a node
 * @node: the local node
 * @nodeid: its own id or that of a configured peer
 * @usr: filled in completely, also in case of an error
 *
 * Any context. Return: 0, -DVK_EBADNODEID if there can be no such node, or
 * -DVK_ENODEFREE if there is none.
 */
int dvk_node_fill_usr(struct dvk_node *node, int nodeid,
		      struct dvk_node_usr *usr);

#endif /* _DVK_INFO_H */
