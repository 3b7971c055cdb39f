/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which task is bound to which endpoint, and the hook of their exit.
 */
#ifndef _DVK_TASK_H
#define _DVK_TASK_H

struct dvk_endpoint;

/* Enter a local endpoint into the table. 0, -DVK_EBUSY, -DVK_ENOMEM. */
int dvk_task_add(struct dvk_endpoint *ep);
void dvk_task_del(struct dvk_endpoint *ep);

int dvk_task_init(void);
void dvk_task_exit(void);

#endif /* _DVK_TASK_H */
