/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What callers are told of the DVS and its nodes, by calls and by /proc.
 */
#ifndef _DVK_INFO_H
#define _DVK_INFO_H

#include <linux/dvk.h>

struct dvk_link;
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

/**
 * struct dvk_proxies_view - a pair of proxies, of the kernel or in user space
 * @pxid: its number; that of the kernel's own proxies is their node's
 * @nodeid: the node it leads to, or -1
 * @flags: DVK_PROXY_*
 * @maxbytes: most payload bytes in one frame
 * @name: for people
 * @sender: what getproxyinfo tells of the sender
 * @receiver: the same of the receiver
 */
struct dvk_proxies_view {
	int pxid;
	int nodeid;
	unsigned int flags;
	int maxbytes;
	char name[DVK_NAME_LEN];
	struct dvk_proc_usr sender;
	struct dvk_proc_usr receiver;
};

/* The link of the kernel's own proxies of that number, or NULL. Under RCU. */
struct dvk_link *dvk_kernel_proxies(struct dvk_node *node, int pxid);

/* Whether there are proxies of that number. Under RCU. */
bool dvk_proxies_exist(struct dvk_node *node, int pxid);

/**
 * dvk_proxies_fill() - describe a pair of proxies
 * @node: the local node
 * @pxid: its number
 * @view: filled in completely if it returns 0
 *
 * Any context. Return: 0, -DVK_EDVSINIT, -DVK_EBADPROXY if there can be no such
 * number, or -DVK_EPROXYFREE if it is not in use.
 */
int dvk_proxies_fill(struct dvk_node *node, int pxid,
		     struct dvk_proxies_view *view);

#endif /* _DVK_INFO_H */
