/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which task is bound to which endpoint, and the hook of their exit.
 */
#ifndef _DVK_TASK_H
#define _DVK_TASK_H

#include <linux/kthread.h>
#include <linux/sched.h>

struct dvk_endpoint;

/*
 * Whether the current task is a kernel client that is to stop: kthread_stop() has
 * woken it, and signals do not reach it.
 */
static inline bool dvk_task_stopping(void)
{
	return unlikely(current->flags & PF_KTHREAD) && kthread_should_stop();
}

/* Enter a local endpoint into the table. 0, -DVK_EBUSY, -DVK_ENOMEM. */
int dvk_task_add(struct dvk_endpoint *ep);
void dvk_task_del(struct dvk_endpoint *ep);

int dvk_task_init(void);
void dvk_task_exit(void);

#endif /* _DVK_TASK_H */
