// SPDX-License-Identifier: GPL-2.0
/*
 * 6.16: the tracepoint sched_process_exit also says whether the task is the last
 * of its group.
 */
#include <trace/events/sched.h>

void probe(void (*fn)(void *data, struct task_struct *task, bool group_dead));
void probe(void (*fn)(void *data, struct task_struct *task, bool group_dead))
{
	check_trace_callback_type_sched_process_exit(fn);
}
