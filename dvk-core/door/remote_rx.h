/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What arrives from other nodes, and that nothing will any more.
 */
#ifndef _DVK_REMOTE_RX_H
#define _DVK_REMOTE_RX_H

#include <linux/types.h>

struct dvk_cmd;
struct dvk_link;

/*
 * End every wait for the link's node, and unbind its endpoints: those bound by
 * themselves, or all. Process context.
 */
void dvk_remote_node_lost(struct dvk_link *link, bool all);

/**
 * dvk_remote_rx() - a header has arrived
 * @link: from where
 * @cmd: checked by dvk_wire_check()
 * @may_sleep: process context, without spinlocks
 *
 * Return: enum dvk_rx_verdict, or a negative errno for a frame that no honest
 * peer sends: the connection is closed.
 */
int dvk_remote_rx(struct dvk_link *link, const struct dvk_cmd *cmd,
		  bool may_sleep);

#endif /* _DVK_REMOTE_RX_H */
