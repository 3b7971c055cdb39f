/* SPDX-License-Identifier: GPL-2.0 */
/*
 * /sys/class/dvk/dvk0: set-up and counters, one value per file.
 *
 * The class is tagged by network namespace: each namespace sees its own node
 * under the same name. Peers and DCs are directories below it.
 *
 * Removing a file or directory waits for the reads and writes that are going
 * on in it, and a write takes locks of its own. So that both never wait for
 * each other:
 *
 * - Everything that makes or removes peers or DCs, hence dvk_node_init_dvs(),
 *   dvk_node_end_dvs(), dvk_dc_init(), dvk_dc_end(), dvk_link_add() and
 *   dvk_link_del(), runs as a whole under node->setup, the outermost lock.
 * - What files in the directories of peers and DCs call never takes
 *   node->setup: dvk_link_set_*(), dvk_dc_add_node(), dvk_dc_del_node(). Nor
 *   may it remove a peer or DC, which would wait for itself.
 * - dvk_sysfs_link_del() and dvk_dc_hide() are called with node->setup
 *   and no other lock of locks.h held. A write that waits for node->config or
 *   dvk_transports_lock thus gets it and is done. If the object is out of the
 *   tables by then, what the write calls must notice and refuse.
 * - node->setup is kept until both the directories are removed and the object
 *   is out of the tables, in either order, so that neither its number nor its
 *   name is used again before.
 * - dvk_sysfs_node_close() and dvk_sysfs_node_del() are called without locks.
 */
#ifndef _DVK_SYSFS_H
#define _DVK_SYSFS_H

struct dvk_dc;
struct dvk_link;
struct dvk_node;

/**
 * dvk_errno() - the Linux errno for the result of a call
 * @result: of a call: a negated DVK_E* code, or anything else for success
 *
 * Return: 0 or a negative errno.
 */
int dvk_errno(int result);

/* The class; return 0 or a negative errno. */
int dvk_sysfs_register(void);
void dvk_sysfs_unregister(void);

/**
 * dvk_sysfs_node_add() - make dvk0 in the node's namespace
 * @node: usable in every respect, for writes may follow at once
 *
 * Sets node->dev, node->peers_kobj and node->dcs_kobj. Return: 0 or a negative
 * errno.
 */
int dvk_sysfs_node_add(struct dvk_node *node);

/**
 * dvk_sysfs_node_close() - let nobody make or remove peers and DCs any more
 * @node: the node
 *
 * The first step of a node's end: removes the files of dvk0 itself and waits
 * for their users. Nothing but descriptors of /dev/dvk, which keep the
 * namespace alive, can change the set of peers and DCs afterwards. Does
 * nothing if dvk_sysfs_node_add() failed.
 */
void dvk_sysfs_node_close(struct dvk_node *node);

/**
 * dvk_sysfs_node_del() - remove dvk0
 * @node: closed, and without peers and DCs
 */
void dvk_sysfs_node_del(struct dvk_node *node);

/**
 * dvk_sysfs_link_add() - make the directory of a peer
 * @link: complete; its kobj is all zero
 *
 * The directory holds a reference on @link. Needs node->setup; other mutexes
 * may be held. Return: 0 or a negative errno, after which there is nothing to
 * undo.
 */
int dvk_sysfs_link_add(struct dvk_link *link);

/**
 * dvk_sysfs_link_del() - remove the directory of a peer
 * @link: the link; the caller holds a reference
 *
 * node->setup held and no other lock, see above. No attribute of @link is in
 * use when it returns. To be called once for each successful
 * dvk_sysfs_link_add().
 */
void dvk_sysfs_link_del(struct dvk_link *link);

/* The same for DCs, here and in /proc. */
int dvk_dc_show(struct dvk_dc *dc);
void dvk_dc_hide(struct dvk_dc *dc);

#endif /* _DVK_SYSFS_H */
