/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the current task may do, and whether it is to stop.
 */
#ifndef _DVK_CURRENT_H
#define _DVK_CURRENT_H

#include <linux/kthread.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/dvk.h>

struct dvk_node;

/*
 * Whether the current task is a kernel client that is to stop: kthread_stop() has
 * woken it, and signals do not reach it.
 */
static inline bool dvk_task_stopping(void)
{
	return unlikely(current->flags & PF_KTHREAD) && kthread_should_stop();
}

/*
 * What a wait returns that a signal ends: -ERESTARTSYS, unless the task is to die,
 * or is a kernel client, which is not started again.
 */
static inline int dvk_interrupted(void)
{
	return fatal_signal_pending(current) || (current->flags & PF_KTHREAD) ?
	       -DVK_EINTR : -ERESTARTSYS;
}

/* The same of the result of a wait_event_*(): @ret is negative, or it stops. */
static inline int dvk_wait_result(long ret)
{
	if (unlikely(ret < 0))
		return dvk_interrupted();
	return unlikely(dvk_task_stopping()) ? -DVK_EINTR : 0;
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
