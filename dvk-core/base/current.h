/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the current task may do, and whether it is to stop.
 */
#ifndef _DVK_CURRENT_H
#define _DVK_CURRENT_H

#include <linux/kthread.h>
#include <linux/sched.h>

struct dvk_node;

/*
 * Whether the current task is a kernel client that is to stop: kthread_stop() has
 * woken it, and signals do not reach it.
 */
static inline bool dvk_task_stopping(void)
{
	return unlikely(current->flags & PF_KTHREAD) && kthread_should_stop();
}

/* Whether the current task may change the set-up of a node: its administrator. */
bool dvk_may_configure(const struct dvk_node *node);

/**
 * dvk_may_signal() - whether the current task may send signals to @task
 * @task: the other
 *
 * The rule of kill(2). Who binds a task decides when a signal ends it, since an
 * unbind sends one; an administrator of a namespace of his own is no master over
 * the processes of others.
 */
bool dvk_may_signal(struct task_struct *task);

#endif /* _DVK_CURRENT_H */
