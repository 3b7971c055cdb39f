/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The three nodes that cluster.sh builds, and DCs that span them.
 *
 * A test program is one process in the initial namespace. It looks at and
 * configures every node through that node's descriptor and its own view of
 * sysfs; what has to live in a node is a puppet (puppet.h).
 */
#ifndef TESTS_LIB_CLUSTER_H
#define TESTS_LIB_CLUSTER_H

#include <stdbool.h>
#include <stddef.h>

#include <dvk/dvk.h>

#define NODES		3
#define ALL_NODES	((1U << NODES) - 1)

/* The transport under test: "tcp" or "tipc". */
const char *transport(void);

/* Loads the modules if they are not; dies if that is not possible. */
void modules_up(void);

/* Makes the cluster if it is not there and opens every node; dies if not. */
void cluster_up(void);

/* True when every node is connected to every other within @ms. */
bool cluster_whole(int ms);

/*
 * Makes @node the one that library calls of this process refer to. The process
 * stays where it is.
 */
void at_node(int node);

/* Moves this process into @node for good and opens the device there. */
void node_enter(int node);

/* Closes what this process has open of @node, so that the node can go. */
void node_forget(int node);

/* A new namespace with nothing in it but "lo"; its sysfs is mounted on /sys. */
void node_fresh(void);

/* Opens a file as seen from @node, for what depends on the namespace. */
int node_open(int node, const char *path, int flags);

/* Reads a whole file as seen from @node; returns its length. */
int node_read(int node, const char *path, char *buf, size_t size);

/*
 * Attributes below /sys/class/dvk/dvk0 of a node; THIS_NODE is the namespace
 * of the process. attr_write() returns 0 or the negated errno.
 */
#define THIS_NODE	(-1)
int attr_write(int node, const char *name, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
int attr_read(int node, const char *name, char *buf, size_t size);
long attr_long(int node, const char *name);
bool attr_is(int node, const char *name, const char *value);

/* True when @node's connection to @peer is in @state within @ms. */
bool peer_state(int node, int peer, const char *state, int ms);

/*
 * A DC with the usual table sizes on every node of the set. The number is one
 * that no other test uses.
 */
int dc_new(unsigned int nodes);
/* The same with sizes and flags of @usr; its id and name are filled in. */
int dc_new_like(unsigned int nodes, dc_usr_t *usr);
void dc_drop(int dcid);

/* The number of a DC that does not run while @dcid is the test's only one. */
static inline int dc_absent(int dcid)
{
	return (dcid + 1) % DVK_NR_DCS;
}

/* What a node's tables say; die on misuse, return the call's code else. */
long proc_info(int node, int dcid, int slot, proc_usr_t *p);

/* Waits till all flags of @set are set and none of @clear, at most SOON. */
bool proc_flags(int node, int dcid, int slot, unsigned long set,
		unsigned long clear);

/* True when the slot is free within SOON. */
bool proc_free(int node, int dcid, int slot);

#endif
