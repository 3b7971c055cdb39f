/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Backups: local processes that wait behind the stand-ins of remote endpoints.
 */
#ifndef _DVK_BACKUP_H
#define _DVK_BACKUP_H

#include "endpoint.h"

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

#endif /* _DVK_BACKUP_H */
