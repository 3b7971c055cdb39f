/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Proxies in user space: pairs of tasks that carry frames for a link.
 *
 * pair.c      pairs and their tasks, and the transport "user" that they are
 * pair_io.c   frames in and out: get2rmt and put2lcl
 * pair_wire.c what in a header is the programs' own
 * pair_conf.c the calls that bind pairs and give them to nodes
 *
 * The core makes and understands all frames, as with other transports. It is
 * the programs that know how to reach the other node, who is there and whether
 * he still is; proxy_conn tells the core. A link is up while both halves of its
 * pair say that they are connected. The loss of either is the loss of the
 * connection: everything in flight fails with -DVK_ENOTCONN. When both are gone
 * the node's endpoints are unbound.
 */
#ifndef _DVK_PAIR_H
#define _DVK_PAIR_H

#include <linux/bits.h>
#include <linux/kref.h>
#include <linux/mutex.h>
#include <linux/rhashtable-types.h>
#include <linux/skbuff.h>
#include <linux/wait.h>
#include <linux/dvk.h>

#include "base/anchor.h"

struct dvk_link;
struct dvk_node;
struct dvk_pair;

/* The halves, also bits of masks. */
#define DVK_SPROXY	BIT(0)
#define DVK_RPROXY	BIT(1)
#define DVK_BOTH	(DVK_SPROXY | DVK_RPROXY)

/**
 * struct dvk_half - one of the two proxies
 * @task: the key of the table; holds a reference
 * @hash: in the table while bound
 * @anchor: what ends the binding with the task
 * @pair: whose half
 * @role: DVK_SPROXY or DVK_RPROXY
 */
struct dvk_half {
	struct task_struct *task;
	struct rhash_head hash;
	struct dvk_anchor anchor;
	struct dvk_pair *pair;
	unsigned int role;
};

/**
 * struct dvk_pair - a sender and a receiver in user space
 * @ref: the node's table, the link, whoever makes a call
 * @rcu: frees it after readers are gone
 * @node: where they live
 * @pxid: number of the pair
 * @maxbytes: most payload bytes it carries in one frame
 * @name: for people
 * @sender: gets frames to send
 * @receiver: puts those that arrive
 * @bound: halves whose task lives and is bound; under dvk_pairs_lock
 * @connected: halves that have a connection; under dvk_pairs_lock
 * @tell_sender: the receiver's connection was lost while the sender's stood: the
 *	sender shall hang up, so that the other node sees; under dvk_pairs_lock
 * @live: a connection of the link uses the pair; under dvk_pairs_lock
 * @link: the link it serves, or NULL; holds a reference. Changed under
 *	dvk_pairs_lock, read under RCU as well
 * @waitq: calls that wait for a link
 * @rx_mutex: one arriving frame at a time
 * @skb: the frame that arrives: its header, and references to the payload
 */
struct dvk_pair {
	struct kref ref;
	struct rcu_head rcu;
	struct dvk_node *node;
	int pxid;
	int maxbytes;
	char name[DVK_NAME_LEN];
	struct dvk_half sender;
	struct dvk_half receiver;
	unsigned int bound;
	unsigned int connected;
	bool tell_sender;
	bool live;
	struct dvk_link __rcu *link;
	wait_queue_head_t waitq;
	struct mutex rx_mutex;	/* held around dvk_link_rx() */
	struct sk_buff *skb;
};

/* Which tasks, connections and links belong to pairs. Never in a softirq. */
extern spinlock_t dvk_pairs_lock;

void dvk_pair_free(struct kref *ref);

static inline void dvk_pair_put(struct dvk_pair *pair)
{
	if (pair)
		kref_put(&pair->ref, dvk_pair_free);
}

/* The pair of that number while one of its halves lives. Under RCU. */
struct dvk_pair *dvk_pair_find(struct dvk_node *node, int pxid);

/* The current task's pair and role, with a reference; NULL if it has none. */
struct dvk_pair *dvk_pair_of_current(struct dvk_node *node,
				     unsigned int *role);
bool dvk_pair_is_proxy(struct dvk_node *node, struct task_struct *task);

/* The link that a pair serves, with a reference, or NULL. */
struct dvk_link *dvk_pair_link(struct dvk_pair *pair);

/* Bind the tasks. 0 or -DVK_E*: PROCRUN, BADPID, NOMEM. node->config held. */
int dvk_pair_enter(struct dvk_pair *pair);

/* Give a pair to a link. node->config held. */
void dvk_pair_attach(struct dvk_pair *pair, struct dvk_link *link);
/* Take a link's pair away; node->config held. */
void dvk_pair_detach(struct dvk_link *link);

/* Unbind a pair and forget it; node->config held. */
void dvk_pair_unbind(struct dvk_pair *pair);

/* The connections of these halves stand. */
void dvk_pair_connect(struct dvk_pair *pair, unsigned int halves);

/**
 * dvk_pair_disconnect() - the connections of these halves are lost
 * @pair: the pair
 * @halves: DVK_SPROXY, DVK_RPROXY or both
 * @err: why, for the link; -ENOTCONN if the program says so
 *
 * Return: the halves that were connected.
 */
unsigned int dvk_pair_disconnect(struct dvk_pair *pair, unsigned int halves,
				 int err);

/* Wait until what was told by the two calls above has had its effect. */
void dvk_pair_wait_up(struct dvk_pair *pair);
/* Whether the sender shall be told of a loss, which it is herewith. */
bool dvk_pair_told(struct dvk_pair *pair);

void dvk_pair_wait_down(struct dvk_link *link, unsigned int epoch);
unsigned int dvk_pair_epoch(struct dvk_link *link);

/* A task exits, in its own context, preemption off: let the anchor go. */
void dvk_pair_pull(struct task_struct *task);
/* Then this follows, where it may sleep. */
void dvk_pair_task_exit(struct task_struct *task);

/* Unbind all pairs of a node that has no links any more. */
void dvk_pair_end_all(struct dvk_node *node);

int dvk_pair_init(void);
void dvk_pair_exit(void);

/* --- pair_io.c --- */

/* The calls. 0 or a negated DVK_E* code; process context. */
int dvk_get2rmt_call(struct dvk_node *node, const struct dvk_ioc_frame *arg);
int dvk_put2lcl_call(struct dvk_node *node, const struct dvk_ioc_frame *arg);

/* --- pair_conf.c --- */

int dvk_proxies_bind_call(struct dvk_node *node,
			  const struct dvk_ioc_proxies *arg);
int dvk_proxies_unbind_call(struct dvk_node *node, int pxid);
int dvk_proxy_conn_call(struct dvk_node *node, int pxid, int status,
			bool admin);
int dvk_node_up_call(struct dvk_node *node, const struct dvk_ioc_node_up *arg);
int dvk_node_down_call(struct dvk_node *node, int nodeid);

#endif /* _DVK_PAIR_H */
