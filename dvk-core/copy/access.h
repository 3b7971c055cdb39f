/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Who may touch whose memory.
 */
#ifndef _DVK_ACCESS_H
#define _DVK_ACCESS_H

#include <linux/types.h>

struct dvk_endpoint;
struct mm_struct;

/**
 * dvk_copy_mm() - memory of another party, if the current task may touch it
 * @rqtr: its endpoint
 * @target: the other, local
 * @mmp: set to the memory, with a reference; to NULL if @target is @rqtr, or a
 *	kernel client, which has none
 *
 * May sleep. Return: 0, -DVK_EPROCSTS if the process is going, -DVK_EINTR, or
 * -DVK_EPRIVILEGES.
 */
int dvk_copy_mm(const struct dvk_endpoint *rqtr, struct dvk_endpoint *target,
		struct mm_struct **mmp);

/**
 * dvk_copy_mm_for_node() - the same for a requester on another node
 * @standin: its stand-in here
 * @privileged: its node says that it may copy anything there, and is trusted
 * @target: local
 * @mmp: as above
 *
 * Return: as above.
 */
int dvk_copy_mm_for_node(const struct dvk_endpoint *standin, bool privileged,
			 struct dvk_endpoint *target, struct mm_struct **mmp);

/* Whether @target sleeps in a request to @rqtr, which may then serve it. */
bool dvk_copy_serves(const struct dvk_endpoint *rqtr,
		     struct dvk_endpoint *target);

#endif /* _DVK_ACCESS_H */
