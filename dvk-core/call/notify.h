/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Notifications: one pending bit per source, never blocking locally.
 */
#ifndef _DVK_NOTIFY_H
#define _DVK_NOTIFY_H

#include "object/endpoint.h"

/**
 * dvk_notify_post() - notify a local endpoint
 * @dst: the endpoint, under RCU
 * @src: endpoint object of the source if there is one, for the source filter
 * @src_ep: the source's endpoint number, DVK_HARDWARE allowed
 * @bits: the values notified of, as a mask
 *
 * Any context but hard interrupts.
 * Return: 0, -DVK_EDSTDIED, -DVK_ENOMEM, -DVK_EOVERRUN (HARDWARE only).
 */
int dvk_notify_post(struct dvk_endpoint *dst, const struct dvk_endpoint *src,
		    int src_ep, u32 bits);

/**
 * dvk_notify_keep() - keep a notification for an endpoint that is coming here
 * @standin: what has its slot until then, under RCU
 * @src_ep: the source's endpoint number
 * @bits: the values notified of, as a mask
 *
 * Any context but hard interrupts.
 * Return: 0, -DVK_EMIGRATE if it is not, or not any more, -DVK_ENOMEM.
 */
int dvk_notify_keep(struct dvk_endpoint *standin, int src_ep, u32 bits);

/**
 * dvk_notify_take() - take the first pending notification
 * @ep: own endpoint, its lock held
 * @from: only from this source, or NULL
 * @msg: filled in
 *
 * Return: whether there was one.
 */
bool dvk_notify_take(struct dvk_endpoint *ep, const struct dvk_endpoint *from,
		     struct dvk_message *msg);
/* The same of endpoint number @src, which may have ended since it gave one. */
bool dvk_notify_take_from(struct dvk_endpoint *ep, int src,
			  struct dvk_message *msg);

/* Whether notifications may come in the name of a slot: one that may be bound, or a
 * usual task, which CLOCK is even in a DC that has no slot for it.
 */
bool dvk_notify_slot_valid(const struct dvk_dc *dc, int slot);
/* What is added to a slot's number to be an index of pending notifications. */
int dvk_note_base(const struct dvk_dc *dc);

/* The call: all forms of enum dvk_notify_op. Process context. */
int dvk_notify_call(struct dvk_node *node, const struct dvk_ioc_notify *arg);

#endif /* _DVK_NOTIFY_H */
