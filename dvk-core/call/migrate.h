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

#include "endpoint.h"
#include "link.h"

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
 * Replace stand-in or frozen endpoint @old by @new in its slot. dc->lock is
 * held; to be followed by dvk_migrate_swapped() without it.
 */
void dvk_migrate_swap(struct dvk_endpoint *old, struct dvk_endpoint *new);
/*
 * Waits for stand-in @old become waits for @new, and so do notifications that it
 * has kept. Drops the slot's reference.
 */
void dvk_migrate_swapped(struct dvk_endpoint *old, struct dvk_endpoint *new);

/* --- backup.c --- */

/* Bind spec->task as the passive copy. As dvk_ep_bind(). */
int dvk_backup_bind(const struct dvk_bind_spec *spec);

/* A call of a backup: wait until it is the active one. 0 or -DVK_E*. */
int dvk_backup_wait(struct dvk_endpoint *ep);

/*
 * Stand-in @ep's backup takes its place, if it has one; @moved says that it
 * was asked to. Under RCU. 0, -DVK_ENOTBIND.
 */
int dvk_backup_promote(struct dvk_endpoint *ep, bool moved);

/* Stand-in @ep, which is dead or was never bound, takes its backup with it. */
void dvk_backup_drop(struct dvk_endpoint *ep);

#endif /* _DVK_MIGRATE_H */
