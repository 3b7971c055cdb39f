// SPDX-License-Identifier: GPL-2.0
/*
 * The connection to another node is lost: what waits for it waits no more.
 */
#include "remote_rx.h"

#include "base/node.h"
#include "call/ipc.h"
#include "call/migrate.h"
#include "copy/copy.h"
#include "link/link.h"
#include "object/backup.h"
#include "object/dc.h"

static bool waits_for_node(const struct dvk_endpoint *ep, int nodeid)
{
	const struct dvk_endpoint *from = ep->from;

	if (ep->state == DVK_REMOTE)
		return ep->rmt_node == nodeid || ep->rmt_node2 == nodeid;
	return ep->state == DVK_RECV && from && from != DVK_FROM_HARDWARE &&
	       !dvk_ep_is_local(from) && from->nodeid == nodeid;
}

/* A local endpoint stops to wait for the node. Returns whether it did. */
static bool end_wait_for_node(struct dvk_endpoint *ep, int nodeid)
{
	bool waits;

	spin_lock_bh(&ep->lock);
	waits = waits_for_node(ep, nodeid);
	if (waits)
		dvk_ipc_finish(ep, -DVK_ENOTCONN);
	spin_unlock_bh(&ep->lock);
	if (waits)
		dvk_ipc_wake(ep);
	return waits;
}

/* What a stand-in waited for is void; the endpoint itself may stay. */
static void reset_standin(struct dvk_endpoint *ep, bool unbind)
{
	dvk_ipc_unqueue(ep);
	spin_lock_bh(&ep->lock);
	WRITE_ONCE(ep->state, DVK_RUN);
	ep->answer = false;
	WRITE_ONCE(ep->inc, 0);
	spin_unlock_bh(&ep->lock);
	dvk_copy_target_gone(ep);
	if (unbind)
		dvk_ep_kill(ep, false);
}

static void dc_node_lost(struct dvk_dc *dc, struct dvk_link *link, bool all)
{
	struct dvk_endpoint *ep;
	int i;

	/* First the waits, so that they end with what really happened. */
	for (i = 0; i < dvk_dc_nr_slots(dc); i++) {
		rcu_read_lock();
		ep = rcu_dereference(dc->slots[i]);
		if (ep && ep->task && end_wait_for_node(ep, link->nodeid))
			atomic64_inc(&link->stats.lost);
		rcu_read_unlock();
	}
	for (i = 0; i < dvk_dc_nr_slots(dc); i++) {
		rcu_read_lock();
		ep = rcu_dereference(dc->slots[i]);
		if (ep && !ep->task && ep->nodeid == link->nodeid) {
			reset_standin(ep, (all || ep->autobound) &&
				      !READ_ONCE(ep->backup));
			dvk_backup_promote(ep, false);
			/* Who claimed it while its node could speak. */
			if (READ_ONCE(ep->contested))
				dvk_migrate_look_for(dc, ep->ep);
		} else if (ep && !ep->task) {
			dvk_copy_source_gone(ep, link->nodeid);
		}
		rcu_read_unlock();
		cond_resched();
	}
}

void dvk_remote_node_lost(struct dvk_link *link, bool all)
{
	struct dvk_node *node = link->node;
	struct dvk_dc *dc;
	unsigned long i;

	for (i = 0; i < node->limits.nr_dcs; i++) {
		if (!xa_find(&node->dcs, &i, ULONG_MAX, XA_PRESENT))
			break;
		dc = dvk_dc_get(node, i);
		if (!dc)
			continue;
		dc_node_lost(dc, link, all);
		dvk_dc_put(dc);
	}
	dvk_rcopy_node_lost(link);
	dvk_migrate_node_lost(link);
}
