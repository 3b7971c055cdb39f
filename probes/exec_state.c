// SPDX-License-Identifier: GPL-2.0
/*
 * 7.2: whether a program may be looked into, and the user namespace it was started
 * in, belong to the task and no more to its memory.
 */
#include <linux/sched.h>
#include <linux/sched/exec_state.h>

struct user_namespace *probe(const struct task_struct *task);
struct user_namespace *probe(const struct task_struct *task)
{
	return rcu_dereference(task->exec_state)->user_ns;
}
