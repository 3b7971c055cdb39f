/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What an endpoint may do: its privileges.
 *
 * The maps have a bit for each of the first 64 system slots of a DC. The usual
 * maps are full, so that a path of a call compares one word.
 */
#ifndef _DVK_PRIV_H
#define _DVK_PRIV_H

#include "dc.h"
#include "endpoint.h"

/* The privileges of a new endpoint: by its slot, and by how strict the DC is. */
void dvk_priv_init(struct dvk_endpoint *ep);

/* Whether @map has the bit of @other; user slots have none. */
bool dvk_priv_in_map(u64 map, const struct dvk_endpoint *other);

static inline bool dvk_priv_may_send(const struct dvk_endpoint *ep,
				     const struct dvk_endpoint *dst)
{
	u64 map = READ_ONCE(ep->ipc_to);

	return likely(map == ~0ULL) || dvk_priv_in_map(map, dst);
}

static inline bool dvk_priv_may_receive(const struct dvk_endpoint *ep,
					const struct dvk_endpoint *src)
{
	u64 map = READ_ONCE(ep->ipc_from);

	return likely(map == ~0ULL) || dvk_priv_in_map(map, src);
}

/* System endpoints: those of system slots, and those raised to their level. */
static inline bool dvk_priv_is_system(const struct dvk_endpoint *ep)
{
	return READ_ONCE(ep->priv_level) >= DVK_PRIV_SERVER;
}

/*
 * A call that is not about the caller's own endpoint, which he need not have:
 * 0, or -DVK_EBADCALL if he has one that may not make it.
 */
int dvk_priv_check(struct dvk_node *node, enum dvk_call call);

/*
 * The calls. 0 or -DVK_E*: DVSINIT, BADDCID, DCNOTRUN, RANGE, ENDPOINT,
 * NOTBIND, RMTPROC, BADCALL, PRIVILEGES, BADVALUE.
 */
int dvk_getpriv_call(struct dvk_node *node, struct dvk_ioc_priv *arg);
int dvk_setpriv_call(struct dvk_node *node, const struct dvk_ioc_priv *arg);

#endif /* _DVK_PRIV_H */
