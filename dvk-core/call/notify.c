// SPDX-License-Identifier: GPL-2.0
/*
 * Notifications: one pending bit per source, never blocking locally.
 */
#include "notify.h"

#include <linux/timekeeping.h>

#include "base/current.h"
#include "base/node.h"
#include "base/trace.h"
#include "ipc.h"
#include "migrate.h"
#include "object/dc.h"
#include "object/priv.h"
#include "remote.h"

bool dvk_notify_slot_valid(const struct dvk_dc *dc, int slot)
{
	return dvk_dc_slot_valid(dc, slot) ||
	       (slot < 0 && slot >= -DVK_NR_TASKS);
}

int dvk_note_base(const struct dvk_dc *dc)
{
	return max(dc->nr_tasks, DVK_NR_TASKS);
}

/*
 * Pending notifications of an endpoint: in ep->notes, by slot of the source,
 * a value entry with the bits of the values given. An xarray costs nothing
 * while empty, and its lowest entry comes first, which is the order asked for.
 */
static unsigned long note_index(const struct dvk_endpoint *ep, int src_ep)
{
	return src_ep + dvk_note_base(ep->dc);
}

static void build(struct dvk_message *msg, int src_ep, u32 bits)
{
	struct timespec64 now;

	ktime_get_coarse_real_ts64(&now);
	memset(msg, 0, sizeof(*msg));
	msg->m_source = src_ep;
	msg->m_type = DVK_NOTIFY_MESSAGE | src_ep;
	msg->m9.i1 = bits;
	msg->m9.t1_sec = now.tv_sec;
	msg->m9.t1_nsec = now.tv_nsec;
}

static int note_pending(struct dvk_endpoint *dst, int src_ep, u32 bits)
	__must_hold(&dst->lock)
{
	void *old;
	int err;

	if (src_ep == DVK_HARDWARE) {
		if (dst->hw_pending)
			return -DVK_EOVERRUN;
		dst->hw_pending = true;
		return 0;
	}
	old = xa_load(&dst->notes, note_index(dst, src_ep));
	if (old)
		bits |= xa_to_value(old);
	err = xa_err(xa_store(&dst->notes, note_index(dst, src_ep),
			      xa_mk_value(bits), GFP_ATOMIC));
	return err ? -DVK_ENOMEM : 0;
}

int dvk_notify_post(struct dvk_endpoint *dst, const struct dvk_endpoint *src,
		    int src_ep, u32 bits)
{
	bool delivered = false;
	int ret = 0;

	if (src_ep == DVK_HARDWARE)
		src = DVK_FROM_HARDWARE;

	spin_lock_bh(&dst->lock);
	if (dst->dead) {
		ret = dst->migrating ? -DVK_EMIGRATE : -DVK_EDSTDIED;
	} else if (src && src != DVK_FROM_HARDWARE &&
		   unlikely(!dvk_priv_may_receive(dst, src))) {
		ret = -DVK_ECALLDENIED;
	} else if (dst->state == DVK_RECV && !dst->rqst_only && !dst->answer &&
		   !dst->migrating &&
		   (!dst->from || dst->from == src)) {
		build(&dst->inbox, src_ep, bits);
		dst->ack_node = -1;
		dvk_ipc_finish(dst, 0);
		delivered = true;
	} else {
		ret = note_pending(dst, src_ep, bits);
	}
	spin_unlock_bh(&dst->lock);
	if (delivered) {
		trace_dvk_deliver(dst, src_ep, &dst->inbox);
		dvk_ipc_wake(dst);
	}
	return ret;
}

int dvk_notify_keep(struct dvk_endpoint *standin, int src_ep, u32 bits)
{
	int ret = -DVK_EMIGRATE;

	spin_lock_bh(&standin->lock);
	if (!standin->dead && standin->moved_to == standin->dc->node->nodeid)
		ret = note_pending(standin, src_ep, bits);
	spin_unlock_bh(&standin->lock);
	return ret;
}

bool dvk_notify_take_from(struct dvk_endpoint *ep, int src,
			  struct dvk_message *msg)
{
	unsigned long i = note_index(ep, src);
	void *note = xa_load(&ep->notes, i);

	if (!note)
		return false;
	xa_erase(&ep->notes, i);
	build(msg, src, xa_to_value(note));
	return true;
}

bool dvk_notify_take(struct dvk_endpoint *ep, const struct dvk_endpoint *from,
		     struct dvk_message *msg)
{
	unsigned long i = 0;
	void *note;

	if (unlikely(ep->hw_pending) &&
	    (!from || from == DVK_FROM_HARDWARE)) {
		ep->hw_pending = false;
		build(msg, DVK_HARDWARE, 0);
		return true;
	}
	if (likely(xa_empty(&ep->notes)) || from == DVK_FROM_HARDWARE)
		return false;
	if (from)
		return dvk_notify_take_from(ep, from->ep, msg);
	note = xa_find(&ep->notes, &i, ULONG_MAX, XA_PRESENT);
	if (!note)
		return false;
	xa_erase(&ep->notes, i);
	build(msg, (int)i - dvk_note_base(ep->dc), xa_to_value(note));
	return true;
}

/* End a receive(ANY), or let the next one end at once. */
static int wake_up_receiver(struct dvk_endpoint *dst)
{
	bool wake = false;
	int ret = 0;

	spin_lock_bh(&dst->lock);
	if (dst->dead) {
		ret = -DVK_EDSTDIED;
	} else if (dst->state == DVK_RECV && !dst->from && !dst->answer &&
		   !dst->migrating) {
		dst->ack_node = -1;
		dvk_ipc_finish(dst, -DVK_EWOKENUP);
		wake = true;
	} else {
		dst->woken = true;
	}
	spin_unlock_bh(&dst->lock);
	if (wake)
		dvk_ipc_wake(dst);
	return ret;
}

/* hdw_notify and wakeup: from outside, by an administrator. */
static int notify_outside(struct dvk_node *node,
			  const struct dvk_ioc_notify *arg)
{
	struct dvk_endpoint *dst = NULL;
	struct dvk_dc *dc;
	int slot, ret;

	if (!dvk_may_configure(node))
		return -DVK_EPRIVILEGES;
	rcu_read_lock();
	dc = dvk_dc_find(node, arg->dcid);
	slot = dc ? dvk_ep_slot(dc, arg->endpoint) : 0;
	if (dc && dvk_dc_slot_valid(dc, slot))
		dst = dvk_dc_slot(dc, slot);
	if (!dc)
		ret = -DVK_EBADDCID;
	else if (!dvk_dc_slot_valid(dc, slot))
		ret = -DVK_ERANGE;
	else if (!dst)
		ret = -DVK_EDSTDIED;
	else if (dst->ep != arg->endpoint)
		ret = -DVK_EENDPOINT;
	else if (!dvk_ep_is_local(dst))
		ret = -DVK_ERMTPROC;
	else if (arg->op == DVK_NTFY_WAKEUP)
		ret = wake_up_receiver(dst);
	else
		ret = dvk_notify_post(dst, NULL, DVK_HARDWARE, 0);
	rcu_read_unlock();
	return ret;
}

static int notify_remote(struct dvk_endpoint *ep, struct dvk_endpoint *dst,
			 int src_ep, u32 bits)
	__releases(RCU)
{
	struct dvk_link *link;
	struct dvk_cmd cmd;
	int ret;

	ret = dvk_remote_get_link(dst, &link);
	/* It never waits, and what has been given so often will be received. */
	if (!ret && unlikely(!dvk_link_has_room(link, ep->share, false))) {
		dvk_link_put(link);
		ret = -DVK_EAGAIN;
	}
	if (ret) {
		rcu_read_unlock();
		return ret;
	}
	dvk_cmd_init(&cmd, DVK_CMD_NTFY_MSG, ep, dst);
	cmd.c_src = cpu_to_le32(src_ep);
	if (src_ep != ep->ep)
		cmd.c_src_inc = 0;
	build(&cmd.c_msg, src_ep, bits);
	rcu_read_unlock();
	ret = dvk_link_send_for(link, &cmd, ep->share, true);
	dvk_link_put(link);
	if (!ret)
		ep->rmtsent++;
	return ret;
}

static int notify(struct dvk_endpoint *ep, const struct dvk_ioc_notify *arg)
{
	struct dvk_endpoint *dst, *src = ep;
	int number = ep->ep;
	u32 bits = 0;
	int ret;

	if (arg->op == DVK_NTFY_VALUE) {
		if (arg->value < 0 || arg->value > 31)
			return -DVK_EBADVALUE;
		bits = BIT(arg->value);
	}
	if (arg->endpoint == DVK_HARDWARE || arg->endpoint == ep->ep)
		return -DVK_EBADDEST;

	rcu_read_lock();
	if (arg->op != DVK_NTFY_PLAIN && arg->source != DVK_SELF &&
	    arg->source != ep->nr) {
		/* On behalf of another slot: a matter of system slots. */
		ret = -DVK_EPRIVILEGES;
		if (!dvk_priv_is_system(ep) &&
		    (ep->dc->flags & DVK_DC_STRICT))
			goto out;
		ret = -DVK_EBADPROC;
		if (!dvk_notify_slot_valid(ep->dc, arg->source) ||
		    arg->source == DVK_HARDWARE)
			goto out;
		/* Nobody need have it: CLOCK is a slot of no process. */
		number = arg->source;
		src = dvk_dc_slot_valid(ep->dc, number) ?
		      dvk_dc_slot(ep->dc, number) : NULL;
	}
	ret = dvk_ipc_find(ep, arg->endpoint, &dst);
	if (!ret && unlikely(!dvk_priv_may_send(ep, dst)))
		ret = -DVK_ETRAPDENIED;
	if (ret)
		goto out;
	if (!dvk_ep_is_local(dst))
		return notify_remote(ep, dst, number, bits);
	ret = dvk_notify_post(dst, src, number, bits);
	if (!ret)
		ep->lclsent++;
out:
	rcu_read_unlock();
	return ret;
}

int dvk_notify_call(struct dvk_node *node, const struct dvk_ioc_notify *arg)
{
	struct dvk_endpoint *ep;
	int ret, pause;

	if (arg->op == DVK_NTFY_HARDWARE || arg->op == DVK_NTFY_WAKEUP)
		return notify_outside(node, arg);

	ret = dvk_ep_enter(node, DVK_CALL_NOTIFY, &ep);
	if (ret)
		return ret;
	do {
		ret = notify(ep, arg);
		/* The destination is on its way to another node. */
		pause = ret == -DVK_EMIGRATE ?
			dvk_migrate_pause(ep, arg->endpoint) : 0;
	} while (ret == -DVK_EMIGRATE && !pause);
	if (pause)
		ret = pause;
	dvk_ep_leave(ep);
	return ret;
}
