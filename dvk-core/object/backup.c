// SPDX-License-Identifier: GPL-2.0
/*
 * Backups: a local process that waits behind the stand-in of a remote endpoint
 * to take its place when it migrates here (see migrate.h), or its node is lost.
 *
 * The slot keeps the stand-in, so that all paths see what they see without a
 * backup; it refers to the backup's own endpoint object.
 */
#include "backup.h"

#include <linux/freezer.h>
#include <linux/sched/signal.h>

#include "base/current.h"
#include "base/node.h"
#include "base/trace.h"
#include "dc.h"
#include "task.h"

/* Put @b behind the stand-in in its slot. */
static int attach(struct dvk_endpoint *b)
{
	struct dvk_dc *dc = b->dc;
	struct dvk_endpoint *ep;
	int ret = 0;

	spin_lock_bh(&dc->lock);
	ep = dvk_dc_slot(dc, b->nr);
	if (!dc->running)
		ret = -DVK_EDCNOTRUN;
	else if (b->dead)
		ret = -DVK_EBADPID;
	else if (!ep)
		ret = -DVK_ENOTBIND;
	else if (ep->task || ep->backup || ep->nodeid != b->nodeid)
		ret = -DVK_ESLOTUSED;
	else
		WRITE_ONCE(ep->backup, b);
	spin_unlock_bh(&dc->lock);
	return ret;
}

int dvk_backup_bind(const struct dvk_bind_spec *spec)
{
	struct dvk_bind_spec primary = {
		.dc = spec->dc,
		.ep = spec->ep,
		.kind = DVK_KIND_REMOTE,
		.nodeid = spec->nodeid,
	};
	struct dvk_endpoint *b;
	int ret;

	if (!dvk_dc_slot_valid(spec->dc, spec->ep))
		return -DVK_EBADRANGE;
	b = dvk_ep_alloc(spec, GFP_KERNEL);
	if (!b)
		return -DVK_ENOMEM;
	/* First, for this is what is refused without a trace of the attempt. */
	ret = dvk_task_add(b);
	if (ret) {
		dvk_ep_put(b);
		return ret;
	}
	/* From here on it is bound, which has the first reference. */
	dvk_ep_get(b);
	trace_dvk_bind(b);
	ret = attach(b);
	if (ret == -DVK_ENOTBIND) {
		/* The primary is not known yet. */
		ret = dvk_ep_bind(&primary, GFP_KERNEL);
		if (!ret)
			ret = attach(b);
	}
	/* As in dvk_ep_bind(): the hook of exit sees it, or we do. */
	smp_mb();
	if (!ret && (READ_ONCE(b->task->flags) & PF_EXITING))
		ret = -DVK_EBADPID;
	if (ret)
		dvk_ep_kill(b, false);
	dvk_ep_put(b);
	return ret;
}

int dvk_backup_wait(struct dvk_endpoint *ep)
{
	struct dvk_dc *dc = ep->dc;

	if (wait_event_freezable(dc->bind_wait, READ_ONCE(ep->dead) ||
				 READ_ONCE(ep->shutdown) ||
				 READ_ONCE(ep->kind) != DVK_KIND_BACKUP))
		return dvk_interrupted();
	if (READ_ONCE(ep->dead))
		return -DVK_ENOTBIND;
	return READ_ONCE(ep->shutdown) ? -DVK_ESHUTDOWN : 0;
}

int dvk_backup_promote(struct dvk_endpoint *ep, bool moved)
{
	struct dvk_dc *dc = ep->dc;
	struct dvk_endpoint *b;

	if (!READ_ONCE(ep->backup))
		return -DVK_ENOTBIND;
	spin_lock_bh(&dc->lock);
	b = ep->backup;
	if (!b || b->dead || ep->dead) {
		spin_unlock_bh(&dc->lock);
		return -DVK_ENOTBIND;
	}
	/* The slot takes over this reference. */
	ep->backup = NULL;
	b->nodeid = dc->node->nodeid;
	b->moved = moved;
	WRITE_ONCE(b->kind, DVK_KIND_LOCAL);
	dvk_ep_swap(ep, b);
	dvk_ep_get(b);
	spin_unlock_bh(&dc->lock);

	trace_dvk_bind(b);
	dvk_ep_swapped(ep, b);
	dvk_object_ops.announce(b, DVK_CMD_PROCBIND);
	wake_up_all(&dc->bind_wait);
	wake_up_all(&dvk_bind_any);
	dvk_ep_put(b);
	return 0;
}

void dvk_backup_drop(struct dvk_endpoint *ep)
{
	struct dvk_endpoint *b;

	if (likely(!READ_ONCE(ep->backup)))
		return;
	spin_lock_bh(&ep->dc->lock);
	b = ep->backup;
	ep->backup = NULL;
	spin_unlock_bh(&ep->dc->lock);
	if (b)
		dvk_ep_shutdown(b);
}
