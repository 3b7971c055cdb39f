/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Who is bound to which endpoint, and the hook of their exit.
 */
#ifndef _DVK_TASK_H
#define _DVK_TASK_H

#include <linux/types.h>

struct dvk_endpoint;
struct task_struct;

/* Enter a local endpoint into the table. 0, -DVK_EBUSY, -DVK_ENOMEM. */
int dvk_task_add(struct dvk_endpoint *ep);
void dvk_task_del(struct dvk_endpoint *ep);

/*
 * @task exits. Whether @ep is bound nevertheless, for it is its process's, of
 * which another thread lives: that is the one behind it from now on. Process
 * context, sleeps; the caller has references on both.
 */
bool dvk_task_pass_on(struct dvk_endpoint *ep, struct task_struct *task);

/*
 * A thread to bind for the process of @task: a main thread may have exited before
 * the others. Takes over the reference on @task, returns one.
 */
struct task_struct *dvk_task_living(struct task_struct *task);

int dvk_task_init(void);
void dvk_task_exit(void);

#endif /* _DVK_TASK_H */
