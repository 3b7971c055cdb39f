// SPDX-License-Identifier: GPL-2.0
/*
 * Distributed containers: slot tables and member nodes.
 */
#include "dc.h"

#include <linux/cred.h>
#include <linux/ctype.h>
#include <linux/pid.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "base/current.h"
#include "base/locks.h"
#include "base/node.h"
#include "endpoint.h"
#include "link/link.h"

struct dvk_dc *dvk_dc_find(struct dvk_node *node, int dcid)
{
	return dcid < 0 ? NULL : xa_load(&node->dcs, dcid);
}

struct dvk_dc *dvk_dc_get(struct dvk_node *node, int dcid)
{
	struct dvk_dc *dc;

	rcu_read_lock();
	dc = dvk_dc_find(node, dcid);
	if (dc && !kref_get_unless_zero(&dc->ref))
		dc = NULL;
	rcu_read_unlock();
	return dc;
}

static void dc_free_rcu(struct rcu_head *rcu)
{
	struct dvk_dc *dc = container_of(rcu, struct dvk_dc, rcu);

	put_pid(dc->init);
	kvfree(dc);
}

static void dc_free(struct kref *ref)
{
	struct dvk_dc *dc = container_of(ref, struct dvk_dc, ref);

	call_rcu(&dc->rcu, dc_free_rcu);
}

void dvk_dc_put(struct dvk_dc *dc)
{
	kref_put(&dc->ref, dc_free);
}

/* Whether the slots asked for are possible; 0 stands for the default. */
static int check_sizes(const struct dvk_node *node, struct dvk_dc_usr *usr)
{
	const struct dvk_limits *l = &node->limits;

	if (!usr->dc_nr_procs)
		usr->dc_nr_procs = l->nr_procs;
	if (!usr->dc_nr_nodes)
		usr->dc_nr_nodes = l->nr_nodes;
	if (usr->dc_nr_tasks < 0 || usr->dc_nr_tasks > l->nr_tasks ||
	    usr->dc_nr_procs < 1 || usr->dc_nr_procs > l->nr_procs ||
	    usr->dc_nr_sysprocs < 0 ||
	    usr->dc_nr_sysprocs > usr->dc_nr_tasks + usr->dc_nr_procs ||
	    usr->dc_nr_nodes < 1 || usr->dc_nr_nodes > l->nr_nodes)
		return -DVK_EBADRANGE;
	return 0;
}

/*
 * It names a directory of /proc/dvs and is a column of tables: printable characters
 * without white space and slash, and none of the names that are in use there.
 */
static bool name_valid(const char *name)
{
	static const char * const used[] = {
		".", "..", "info", "nodes", "proxies",
	};
	const char *c;

	for (c = name; *c; c++)
		if (!isascii(*c) || !isgraph(*c) || *c == '/')
			return false;
	return *name && match_string(used, ARRAY_SIZE(used), name) < 0;
}

static int check_name(struct dvk_node *node, struct dvk_dc_usr *usr)
{
	struct dvk_dc *dc;
	unsigned long i;

	if (strnlen(usr->dc_name, DVK_NAME_LEN) == DVK_NAME_LEN)
		return -DVK_ENAMESIZE;
	if (!usr->dc_name[0])
		snprintf(usr->dc_name, DVK_NAME_LEN, "DC%d", usr->dc_dcid);
	if (!name_valid(usr->dc_name))
		return -DVK_EINVAL;
	xa_for_each(&node->dcs, i, dc)
		if (!strcmp(dc->name, usr->dc_name))
			return -DVK_ERSCBUSY;
	return 0;
}

/* The process named as the first of the DC's pid namespace, if it is one. */
static void set_init(struct dvk_dc *dc, pid_t nr)
{
	dc->pid = task_tgid_nr(current);
	if (nr <= 0)
		return;
	dc->init = find_get_pid(nr);
	if (dc->init)
		dc->pid = pid_nr(dc->init);
}

static struct dvk_dc *dc_alloc(struct dvk_node *node,
			       const struct dvk_dc_usr *usr)
{
	int slots = usr->dc_nr_tasks + usr->dc_nr_procs;
	struct dvk_dc *dc;

	dc = kvzalloc(struct_size(dc, slots, slots), GFP_KERNEL_ACCOUNT);
	if (!dc)
		return NULL;
	dc->node = node;
	dc->dcid = usr->dc_dcid;
	dc->nr_tasks = usr->dc_nr_tasks;
	dc->nr_procs = usr->dc_nr_procs;
	dc->nr_sysprocs = usr->dc_nr_sysprocs;
	dc->nr_nodes = usr->dc_nr_nodes;
	dc->flags = usr->dc_flags;
	dc->running = true;
	dc->warn2proc = usr->dc_warn2proc;
	/* Zeroed by a program that does not know of it: not endpoint 0. */
	if (!usr->dc_warn2proc && !usr->dc_warnmsg)
		dc->warn2proc = DVK_NONE;
	dc->warnmsg = usr->dc_warnmsg;
	set_init(dc, usr->dc_pid);
	dc->owner = current_euid();
	dc->mode = 0600;
	strscpy(dc->name, usr->dc_name, sizeof(dc->name));
	spin_lock_init(&dc->lock);
	init_waitqueue_head(&dc->bind_wait);
	kref_init(&dc->ref);
	set_bit(node->nodeid, dc->members);
	return dc;
}

static int dc_init_locked(struct dvk_node *node, struct dvk_dc_usr *usr)
	__must_hold(&node->config)
{
	struct dvk_dc *dc;
	int ret;

	if (!dvk_node_up(node))
		return -DVK_EDVSINIT;
	if (usr->dc_dcid < 0 || usr->dc_dcid >= node->limits.nr_dcs)
		return -DVK_EBADDCID;
	if (usr->dc_flags & ~(u64)(DVK_DC_STRICT | DVK_DC_NOAUTOBIND))
		return -DVK_EINVAL;
	if (xa_load(&node->dcs, usr->dc_dcid))
		return -DVK_EDCRUN;
	ret = check_sizes(node, usr);
	if (ret)
		return ret;
	ret = check_name(node, usr);
	if (ret)
		return ret;

	dc = dc_alloc(node, usr);
	if (!dc)
		return -DVK_EALLOCMEM;
	ret = -DVK_EALLOCMEM;
	if (xa_err(xa_store(&node->dcs, dc->dcid, dc, GFP_KERNEL)))
		goto err_put;
	if (dvk_object_ops.dc_added(dc))
		goto err_erase;
	return dc->dcid;

err_erase:
	xa_erase(&node->dcs, dc->dcid);
err_put:
	dvk_dc_put(dc);
	return ret;
}

int dvk_dc_init(struct dvk_node *node, const struct dvk_dc_usr *usr)
{
	struct dvk_dc_usr copy = *usr;
	int ret;

	mutex_lock(&node->setup);
	mutex_lock(&node->config);
	ret = dc_init_locked(node, &copy);
	mutex_unlock(&node->config);
	mutex_unlock(&node->setup);
	return ret;
}

/*
 * The tables forget the DC at once; the calls in progress in it end with
 * SHUTDOWN, and the last reference frees it.
 */
static void dc_stop(struct dvk_dc *dc)
	__must_hold(&dc->node->config)
{
	struct dvk_endpoint *ep;
	int i;

	spin_lock_bh(&dc->lock);
	dc->running = false;
	spin_unlock_bh(&dc->lock);
	xa_erase(&dc->node->dcs, dc->dcid);

	for (i = 0; i < dvk_dc_nr_slots(dc); i++) {
		rcu_read_lock();
		ep = rcu_dereference(dc->slots[i]);
		if (ep)
			dvk_ep_shutdown(ep);
		rcu_read_unlock();
		cond_resched();
	}
	wake_up_all(&dc->bind_wait);
}

static int dc_end(struct dvk_node *node, int dcid)
	__must_hold(&node->setup)
{
	struct dvk_dc *dc;

	mutex_lock(&node->config);
	dc = dcid < 0 ? NULL : xa_load(&node->dcs, dcid);
	if (dc)
		dc_stop(dc);
	mutex_unlock(&node->config);
	if (!dc) {
		if (!dvk_node_up(node))
			return -DVK_EDVSINIT;
		return dcid < 0 || dcid >= node->limits.nr_dcs ?
		       -DVK_EBADDCID : -DVK_EDCNOTRUN;
	}
	/* Without node->config, see sysfs.h. */
	dvk_object_ops.dc_gone(dc);
	dvk_dc_put(dc);
	return 0;
}

int dvk_dc_end(struct dvk_node *node, int dcid)
{
	int ret;

	mutex_lock(&node->setup);
	ret = dc_end(node, dcid);
	mutex_unlock(&node->setup);
	return ret;
}

void dvk_dc_end_all(struct dvk_node *node)
{
	struct dvk_dc *dc;
	unsigned long i;

	xa_for_each(&node->dcs, i, dc)
		dc_end(node, i);
}

static int member_change(struct dvk_node *node, int dcid, int nodeid, bool add)
	__must_hold(&node->config)
{
	struct dvk_dc *dc;
	int ret = 0;

	if (!dvk_node_up(node))
		return -DVK_EDVSINIT;
	if (dcid < 0 || dcid >= node->limits.nr_dcs)
		return -DVK_EBADDCID;
	dc = xa_load(&node->dcs, dcid);
	if (!dc)
		return -DVK_EDCNOTRUN;
	if (nodeid < 0 || nodeid >= dc->nr_nodes)
		return -DVK_EBADNODEID;
	if (nodeid == node->nodeid)
		return add ? -DVK_EDCNODE : -DVK_ENODEBUSY;
	if (add && !xa_load(&node->links, nodeid))
		return -DVK_ENODEFREE;

	spin_lock_bh(&dc->lock);
	if (test_bit(nodeid, dc->members) == add)
		ret = add ? -DVK_EDCNODE : -DVK_ENODCNODE;
	else
		assign_bit(nodeid, dc->members, add);
	spin_unlock_bh(&dc->lock);
	return ret;
}

/* The endpoints of a node that is no longer a member go. */
static void drop_members(struct dvk_dc *dc, int nodeid)
{
	struct dvk_endpoint *ep;
	int i;

	for (i = 0; i < dvk_dc_nr_slots(dc); i++) {
		rcu_read_lock();
		ep = rcu_dereference(dc->slots[i]);
		if (ep && !ep->task && ep->nodeid == nodeid)
			dvk_ep_kill(ep, false);
		rcu_read_unlock();
	}
}

int dvk_dc_add_node(struct dvk_node *node, int dcid, int nodeid)
{
	struct dvk_link *link = NULL;
	struct dvk_dc *dc = NULL;
	int ret;

	mutex_lock(&node->config);
	ret = member_change(node, dcid, nodeid, true);
	if (!ret) {
		dc = dvk_dc_get(node, dcid);
		link = dvk_link_get(node, nodeid);
	}
	mutex_unlock(&node->config);
	if (dc && link)
		dvk_object_ops.member_added(link, dc);
	if (link)
		dvk_link_put(link);
	if (dc)
		dvk_dc_put(dc);
	return ret;
}

int dvk_dc_del_node(struct dvk_node *node, int dcid, int nodeid)
{
	struct dvk_dc *dc = NULL;
	int ret;

	mutex_lock(&node->config);
	ret = member_change(node, dcid, nodeid, false);
	if (!ret)
		dc = dvk_dc_get(node, dcid);
	mutex_unlock(&node->config);
	if (dc) {
		drop_members(dc, nodeid);
		dvk_dc_put(dc);
	}
	return ret;
}

void dvk_dc_drop_node(struct dvk_node *node, int nodeid)
{
	struct dvk_dc *dc;
	unsigned long i;

	xa_for_each(&node->dcs, i, dc) {
		spin_lock_bh(&dc->lock);
		clear_bit(nodeid, dc->members);
		spin_unlock_bh(&dc->lock);
		drop_members(dc, nodeid);
	}
}

void dvk_dc_fill_usr(const struct dvk_dc *dc, struct dvk_dc_usr *usr)
{
	int i;

	memset(usr, 0, sizeof(*usr));
	usr->dc_dcid = dc->dcid;
	usr->dc_nr_procs = dc->nr_procs;
	usr->dc_nr_tasks = dc->nr_tasks;
	usr->dc_nr_sysprocs = dc->nr_sysprocs;
	usr->dc_nr_nodes = dc->nr_nodes;
	usr->dc_warn2proc = dc->warn2proc;
	usr->dc_warnmsg = dc->warnmsg;
	usr->dc_pid = dc->pid;
	usr->dc_flags = dc->flags;
	strscpy(usr->dc_name, dc->name, sizeof(usr->dc_name));
	for_each_set_bit(i, dc->members, DVK_MAX_NODES)
		usr->dc_nodemap[i / 64] |= BIT_ULL(i % 64);
	usr->dc_nodes = usr->dc_nodemap[0];
	usr->dc_cpumask = ~0ULL;
}

int dvk_dc_set_slot_owner(struct dvk_dc *dc, int first, int last, kuid_t uid)
{
	int i, ret = 0;

	if (first > last || !dvk_dc_slot_valid(dc, first) ||
	    !dvk_dc_slot_valid(dc, last))
		return -ERANGE;
	spin_lock_bh(&dc->lock);
	/* What is within the new range is no more. */
	for (i = 0; i < dc->nr_owners; i++) {
		if (dc->owners[i].first < first || dc->owners[i].last > last)
			continue;
		memmove(&dc->owners[i], &dc->owners[i + 1],
			(--dc->nr_owners - i) * sizeof(dc->owners[0]));
		i--;
	}
	if (!uid_valid(uid)) {
		/* Parts of other ranges cannot be left out. */
		for (i = 0; i < dc->nr_owners; i++)
			if (dc->owners[i].first <= last &&
			    dc->owners[i].last >= first)
				ret = -EBUSY;
	} else if (dc->nr_owners == DVK_SLOT_OWNERS) {
		ret = -ENOSPC;
	} else {
		dc->owners[dc->nr_owners].first = first;
		dc->owners[dc->nr_owners].last = last;
		dc->owners[dc->nr_owners++].uid = uid;
	}
	spin_unlock_bh(&dc->lock);
	return ret;
}

/* Whether @uid owns system slot @slot: he was named, or nobody and it is his DC. */
static bool owns_slot(struct dvk_dc *dc, int slot, kuid_t uid)
{
	kuid_t owner;
	int i;

	spin_lock_bh(&dc->lock);
	owner = dc->owner;
	for (i = 0; i < dc->nr_owners; i++)
		if (slot >= dc->owners[i].first && slot <= dc->owners[i].last)
			owner = dc->owners[i].uid;
	spin_unlock_bh(&dc->lock);
	return uid_eq(uid, owner);
}

bool dvk_dc_may_bind(struct dvk_dc *dc, int slot)
{
	umode_t mode = READ_ONCE(dc->mode);

	if (dvk_may_configure(dc->node))
		return true;
	if (dvk_dc_slot_valid(dc, slot) && dvk_dc_slot_is_system(dc, slot) &&
	    !owns_slot(dc, slot, current_euid()))
		return false;
	if (uid_eq(current_euid(), READ_ONCE(dc->owner)))
		return mode & 0200;
	/* Who was named for it needs no more. */
	if (dvk_dc_slot_valid(dc, slot) && dvk_dc_slot_is_system(dc, slot))
		return true;
	return mode & 0002;
}
