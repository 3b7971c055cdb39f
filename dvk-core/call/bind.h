/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The calls about bindings. Process context; they return what the call
 * returns: an endpoint, 0 or a negated DVK_E* code.
 */
#ifndef _DVK_BIND_H
#define _DVK_BIND_H

#include <linux/dvk.h>

struct dvk_node;
struct task_struct;

/* A task by its number in the caller's pid namespace, with a reference. */
struct task_struct *dvk_task_by_pid(int nr);

int dvk_bind_call(struct dvk_node *node, struct dvk_ioc_bind *arg);
int dvk_unbind_call(struct dvk_node *node, struct dvk_ioc_bind *arg);
int dvk_getep_call(struct dvk_node *node, int pid);
int dvk_wait4bind_call(struct dvk_node *node,
		       const struct dvk_ioc_wait4bind *arg);
int dvk_getprocinfo_call(struct dvk_node *node, int dcid, int slot,
			 struct dvk_proc_usr *usr);

#endif /* _DVK_BIND_H */
