/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Distributed containers: slot tables and member nodes.
 */
#ifndef _DVK_DC_H
#define _DVK_DC_H

#include <linux/kobject.h>
#include <linux/kref.h>
#include <linux/rcupdate.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/uidgid.h>
#include <linux/wait.h>
#include <linux/dvk.h>

struct dvk_endpoint;
struct dvk_node;
struct proc_dir_entry;

/* Most ranges of slots of a DC that have an owner of their own. */
#define DVK_SLOT_OWNERS	32

/**
 * struct dvk_slot_owner - who may bind some system slots
 * @first: the first of them
 * @last: the last
 * @uid: the user
 */
struct dvk_slot_owner {
	int first;
	int last;
	kuid_t uid;
};

/**
 * struct dvk_dc - a DC, as this node knows it
 * @node: local node it belongs to
 * @dcid: its number
 * @nr_tasks: task slots, numbered -nr_tasks .. -1
 * @nr_procs: process slots, numbered 0 .. nr_procs - 1
 * @nr_sysprocs: how many slots, from the first, are system slots
 * @nr_nodes: most members
 * @flags: DVK_DC_*; written under @lock
 * @running: false once it ends; written under @lock
 * @warn2proc: endpoint told of exits, or DVK_NONE
 * @warnmsg: m_type of what it is told
 * @pid: creator, or whom he has named in his place; in the initial pid namespace
 * @init: that one, if he was named: its pid namespace is the DC's, which the pids
 *	of the DC's processes are shown in; else NULL, and it is the reader's
 * @owner: who may bind in it, with @mode
 * @mode: permission bits; write permission allows to bind
 * @owners: who may bind system slots, the latest last; under @lock
 * @nr_owners: how many
 * @user_slots: most endpoints of processes of one user, 0: no limit; under
 *	@lock
 * @name: unique on the node
 * @members: bitmap of member nodes; written under @lock
 * @nr_bound: endpoints in the table, under @lock
 * @lock: see locks.h
 * @bind_wait: woken at each bind and unbind
 * @ref: endpoints, the table of DCs, and users in process context
 * @rcu: frees it after readers are gone
 * @kobj: /sys/class/dvk/dvk0/dcs/N, holds a reference on the DC
 * @proc: /proc/net/dvs/NAME
 * @slots: the endpoints, slot number + nr_tasks; RCU look-up, changed
 *	under @lock
 */
struct dvk_dc {
	struct dvk_node *node;
	int dcid;
	int nr_tasks;
	int nr_procs;
	int nr_sysprocs;
	int nr_nodes;
	u32 flags;
	bool running;
	int warn2proc;
	int warnmsg;
	pid_t pid;
	struct pid *init;
	kuid_t owner;
	umode_t mode;
	struct dvk_slot_owner owners[DVK_SLOT_OWNERS];
	int nr_owners;
	int user_slots;
	char name[DVK_NAME_LEN];
	DECLARE_BITMAP(members, DVK_MAX_NODES);
	int nr_bound;
	spinlock_t lock;
	wait_queue_head_t bind_wait;
	struct kref ref;
	struct rcu_head rcu;
	struct kobject kobj;
	struct proc_dir_entry *proc;
	struct dvk_endpoint __rcu *slots[];
};

static inline int dvk_dc_nr_slots(const struct dvk_dc *dc)
{
	return dc->nr_tasks + dc->nr_procs;
}

/*
 * Slot number that an endpoint names. Endpoints bound here have generation 0
 * and equal their slot, so other generations only matter for the error that
 * they get.
 */
static inline int dvk_ep_slot(const struct dvk_dc *dc, int ep)
{
	int n;

	if (likely(ep >= -dc->nr_tasks && ep < dc->nr_procs))
		return ep;
	n = (ep + DVK_NR_TASKS) % DVK_EP_STRIDE;
	return (n < 0 ? n + DVK_EP_STRIDE : n) - DVK_NR_TASKS;
}

/* Numbers with a meaning of their own cannot be endpoints of big DCs. */
static inline bool dvk_ep_is_special(int ep)
{
	return ep == DVK_ANY || ep == DVK_NONE || ep == DVK_SELF;
}

static inline bool dvk_dc_slot_valid(const struct dvk_dc *dc, int slot)
{
	return slot >= -dc->nr_tasks && slot < dc->nr_procs;
}

static inline bool dvk_dc_slot_is_system(const struct dvk_dc *dc, int slot)
{
	return slot + dc->nr_tasks < dc->nr_sysprocs;
}

/**
 * dvk_dc_slot() - the endpoint in a slot
 * @dc: the DC
 * @slot: a valid slot number
 *
 * Under rcu_read_lock() or dc->lock. Return: the endpoint or NULL.
 */
static inline struct dvk_endpoint *dvk_dc_slot(const struct dvk_dc *dc,
					       int slot)
{
	return rcu_dereference_check(dc->slots[slot + dc->nr_tasks],
				     lockdep_is_held(&dc->lock));
}

/**
 * dvk_dc_find_ep() - the endpoint of a number
 * @dc: the DC
 * @ep: any number
 *
 * Under rcu_read_lock(). Return: the endpoint, or NULL if there is none.
 */
static inline struct dvk_endpoint *dvk_dc_find_ep(const struct dvk_dc *dc,
						  int ep)
{
	return dvk_dc_slot_valid(dc, ep) ? dvk_dc_slot(dc, ep) : NULL;
}

/**
 * dvk_dc_find() - look a DC up
 * @node: the local node
 * @dcid: any number
 *
 * Under rcu_read_lock(). Return: the DC or NULL.
 */
struct dvk_dc *dvk_dc_find(struct dvk_node *node, int dcid);

/* The same with a reference, any context. */
struct dvk_dc *dvk_dc_get(struct dvk_node *node, int dcid);
void dvk_dc_put(struct dvk_dc *dc);

/*
 * The calls. Process context; dc_init and dc_end take node->setup, all take
 * node->config. They return 0 (dc_init: the DC's number) or a negated DVK_E*
 * code.
 */
int dvk_dc_init(struct dvk_node *node, const struct dvk_dc_usr *usr);
int dvk_dc_end(struct dvk_node *node, int dcid);
int dvk_dc_add_node(struct dvk_node *node, int dcid, int nodeid);
int dvk_dc_del_node(struct dvk_node *node, int dcid, int nodeid);

/* node->setup held. */
void dvk_dc_end_all(struct dvk_node *node);
/* A member's peer is being removed: take it out of all DCs. Config held. */
void dvk_dc_drop_node(struct dvk_node *node, int nodeid);

void dvk_dc_fill_usr(const struct dvk_dc *dc, struct dvk_dc_usr *usr);

/*
 * Whether the current task may bind slot @slot of @dc, which may be any number: who
 * administers the node, or owns the slot; if it is no system slot, whoever may
 * bind in the DC.
 */
bool dvk_dc_may_bind(struct dvk_dc *dc, int slot);

/*
 * Let @uid own slots @first to @last; INVALID_UID: nobody but the DC's owner.
 * 0, -ERANGE, -ENOSPC.
 */
int dvk_dc_set_slot_owner(struct dvk_dc *dc, int first, int last, kuid_t uid);

#endif /* _DVK_DC_H */
