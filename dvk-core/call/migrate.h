/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Migration: an endpoint moves to another node. And backups, which wait for
 * that, or for the loss of the primary's node.
 *
 * START freezes the endpoint on the node where it lives: it gets no message any
 * more once it next waits for one, and who sends to it queues. COMMIT is given
 * on the new node. It has the old node let go of the endpoint and binds the
 * process here; those who queued there are told to try again here. ROLLBACK
 * lets a frozen endpoint go on.
 *
 * A request that was queued has not been executed, so to send it once more is
 * safe. One that the old process has taken and not answered fails with SRCDIED:
 * nobody knows how far it got.
 */
#ifndef _DVK_MIGRATE_H
#define _DVK_MIGRATE_H

#include "link/link.h"
#include "object/endpoint.h"

/* The call. Process context, administrators only. 0 or -DVK_E*. */
int dvk_migrate_call(struct dvk_node *node, const struct dvk_ioc_migrate *arg);

/* MIGRATE, or the answer to it, has arrived. Under RCU. */
void dvk_migrate_rx(struct dvk_link *link, const struct dvk_cmd *cmd);
/* Steps that wait for the link's node fail. */
void dvk_migrate_node_lost(struct dvk_link *link);

/*
 * The other side of a call is not where it was looked for: wait a little for
 * news. The caller owns @ep. 0, -DVK_EINTR, -DVK_ESHUTDOWN.
 */
int dvk_migrate_pause(struct dvk_endpoint *ep, int other);

/*
 * The slot of @ep is free, and somebody else has claimed it meanwhile: ask who has
 * it. Any context but hard interrupts, under RCU.
 */
void dvk_migrate_look_for(const struct dvk_dc *dc, int ep);

/* An answer with the result -DVK_EMIGRATE: say where c_src lives now. RCU. */
void dvk_migrate_tell(struct dvk_node *node, struct dvk_cmd *answer);
/* Whether an answer to a message says so. */
bool dvk_migrate_is_news(const struct dvk_cmd *cmd, int rcode);
/* Believe it. Under RCU. */
void dvk_migrate_learn(struct dvk_link *link, const struct dvk_cmd *cmd);
/*
 * A notification from @src_ep for endpoint @number of @dc, which is not here any
 * more, or not yet, follows it or is kept for it. Under RCU. 0, or -DVK_E*:
 * EDSTDIED, EMIGRATE (it moves faster), ENOMEM.
 */
int dvk_migrate_forward(struct dvk_dc *dc, int number, int src_ep, u32 bits);

/*
 * Waits for stand-in @old, which has been replaced in its slot, become waits for
 * @new, and so do notifications that it has kept. Under RCU.
 */
void dvk_migrate_replaced(struct dvk_endpoint *old, struct dvk_endpoint *new);

#endif /* _DVK_MIGRATE_H */
