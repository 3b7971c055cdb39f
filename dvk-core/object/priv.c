// SPDX-License-Identifier: GPL-2.0
/*
 * Privileges. See priv.h.
 */
#include "priv.h"

#include "base/current.h"
#include "base/node.h"

/* What user slots of a strict DC may do: ask servers. */
#define USER_CALLS	(BIT_ULL(DVK_CALL_SENDREC) | BIT_ULL(DVK_CALL_UNBIND) | \
			 BIT_ULL(DVK_CALL_GETEP) | BIT_ULL(DVK_CALL_WAIT4BIND))

#define ALL_CALLS	GENMASK_ULL(47, 0)

static int priv_id(const struct dvk_endpoint *ep)
{
	return ep->nr + ep->dc->nr_tasks;
}

void dvk_priv_init(struct dvk_endpoint *ep)
{
	bool system = dvk_dc_slot_is_system(ep->dc, ep->nr);

	ep->allowed = ALL_CALLS;
	if ((ep->dc->flags & DVK_DC_STRICT) && !system)
		ep->allowed = USER_CALLS;
	ep->ipc_to = ~0ULL;
	ep->ipc_from = ~0ULL;
	ep->priv_warn = DVK_NONE;
	if (ep->task && (ep->task->flags & PF_KTHREAD))
		ep->priv_level = DVK_PRIV_KERNEL;
	else if (ep->nr < 0)
		ep->priv_level = DVK_PRIV_TASK;
	else
		ep->priv_level = system ? DVK_PRIV_SERVER : DVK_PRIV_USER;
}

bool dvk_priv_in_map(u64 map, const struct dvk_endpoint *other)
{
	int id = priv_id(other);

	if (!dvk_dc_slot_is_system(other->dc, other->nr) || id >= 64)
		return true;
	return map & BIT_ULL(id);
}

int dvk_priv_check(struct dvk_node *node, enum dvk_call call)
{
	struct dvk_endpoint *ep;
	int ret = 0;

	rcu_read_lock();
	ep = dvk_ep_of_task(current);
	if (ep && ep->dc->node == node &&
	    !(READ_ONCE(ep->allowed) & BIT_ULL(call)))
		ret = -DVK_EBADCALL;
	rcu_read_unlock();
	return ret;
}

/* The local endpoint that a call names. Under RCU. */
static int find_named(struct dvk_node *node, const struct dvk_ioc_priv *arg,
		      struct dvk_endpoint **epp)
{
	struct dvk_endpoint *ep;
	struct dvk_dc *dc;
	int slot;

	if (!dvk_node_up(node))
		return -DVK_EDVSINIT;
	if (arg->dcid < 0 || arg->dcid >= node->limits.nr_dcs)
		return -DVK_EBADDCID;
	dc = dvk_dc_find(node, arg->dcid);
	if (!dc)
		return -DVK_EDCNOTRUN;
	if (arg->endpoint == DVK_SELF) {
		ep = dvk_ep_of_task(current);
		if (ep && ep->dc != dc)
			ep = NULL;
	} else {
		slot = dvk_ep_slot(dc, arg->endpoint);
		if (!dvk_dc_slot_valid(dc, slot))
			return -DVK_ERANGE;
		ep = dvk_dc_slot(dc, slot);
		if (ep && ep->ep != arg->endpoint)
			return -DVK_EENDPOINT;
	}
	if (!ep)
		return -DVK_ENOTBIND;
	if (!ep->task)
		return -DVK_ERMTPROC;
	*epp = ep;
	return 0;
}

int dvk_getpriv_call(struct dvk_node *node, struct dvk_ioc_priv *arg)
{
	struct dvk_endpoint *ep;
	int ret = dvk_priv_check(node, DVK_CALL_GETPRIV);

	if (ret)
		return ret;
	rcu_read_lock();
	ret = find_named(node, arg, &ep);
	if (!ret) {
		arg->usr.priv_id = priv_id(ep);
		arg->usr.priv_warn = READ_ONCE(ep->priv_warn);
		arg->usr.priv_level = READ_ONCE(ep->priv_level);
		arg->usr.priv_trap_mask = READ_ONCE(ep->trap_mask);
		arg->usr.priv_ipc_from = READ_ONCE(ep->ipc_from);
		arg->usr.priv_ipc_to = READ_ONCE(ep->ipc_to);
		arg->usr.priv_dvk_allowed = READ_ONCE(ep->allowed);
	}
	rcu_read_unlock();
	return ret;
}

/*
 * An administrator may set all; an endpoint of level SYSTEM or higher those of
 * others in its DC, up to its own level and no calls that it has not itself.
 */
static bool may_set(struct dvk_node *node, const struct dvk_endpoint *ep,
		    const struct dvk_priv_usr *usr)
{
	struct dvk_endpoint *own;

	if (dvk_may_configure(node))
		return true;
	own = dvk_ep_of_task(current);
	return own && own != ep && own->dc == ep->dc &&
	       READ_ONCE(own->priv_level) >= DVK_PRIV_SYSTEM &&
	       usr->priv_level <= READ_ONCE(own->priv_level) &&
	       READ_ONCE(ep->priv_level) <= READ_ONCE(own->priv_level) &&
	       !(usr->priv_dvk_allowed & ~READ_ONCE(own->allowed));
}

static bool is_sound(const struct dvk_endpoint *ep,
		     const struct dvk_priv_usr *usr)
{
	return usr->priv_id == priv_id(ep) &&
	       usr->priv_level >= DVK_PRIV_USER &&
	       usr->priv_level <= DVK_PRIV_PROXY &&
	       !(usr->priv_dvk_allowed & ~ALL_CALLS) &&
	       (usr->priv_warn == DVK_NONE ||
		dvk_dc_slot_valid(ep->dc, usr->priv_warn));
}

int dvk_setpriv_call(struct dvk_node *node, const struct dvk_ioc_priv *arg)
{
	const struct dvk_priv_usr *usr = &arg->usr;
	struct dvk_endpoint *ep;
	int ret = dvk_priv_check(node, DVK_CALL_SETPRIV);

	if (ret)
		return ret;
	rcu_read_lock();
	ret = find_named(node, arg, &ep);
	if (!ret && !may_set(node, ep, usr))
		ret = -DVK_EPRIVILEGES;
	if (!ret && !is_sound(ep, usr))
		ret = -DVK_EBADVALUE;
	if (!ret) {
		WRITE_ONCE(ep->priv_warn, usr->priv_warn);
		WRITE_ONCE(ep->priv_level, usr->priv_level);
		WRITE_ONCE(ep->trap_mask, usr->priv_trap_mask);
		WRITE_ONCE(ep->ipc_from, usr->priv_ipc_from);
		WRITE_ONCE(ep->ipc_to, usr->priv_ipc_to);
		WRITE_ONCE(ep->allowed, usr->priv_dvk_allowed);
	}
	rcu_read_unlock();
	return ret;
}
