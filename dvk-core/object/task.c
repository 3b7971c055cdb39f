// SPDX-License-Identifier: GPL-2.0
/*
 * Which task is bound to which endpoint, and the hook of their exit.
 *
 * The key is the address of the task, not its pid: an exec by a thread that
 * is not the group leader gives it the leader's pid. An entry holds a
 * reference on the task, so an address never names two tasks.
 */
#include "task.h"

#include <linux/hash.h>
#include <linux/rhashtable.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/tracepoint.h>

#include "dc.h"
#include "endpoint.h"
#include "link/pair.h"

/* As good as the general functions for an address, at a fraction of the cost. */
static u32 hash_task(const void *key, u32 len, u32 seed)
{
	return hash_long(*(const unsigned long *)key ^ seed, 32);
}

static int differs(struct rhashtable_compare_arg *arg, const void *ep)
{
	return ((const struct dvk_endpoint *)ep)->task !=
	       *(struct task_struct *const *)arg->key;
}

static const struct rhashtable_params task_params = {
	.key_len = sizeof(struct task_struct *),
	.key_offset = offsetof(struct dvk_endpoint, task),
	.head_offset = offsetof(struct dvk_endpoint, task_node),
	.hashfn = hash_task,
	.obj_cmpfn = differs,
	.automatic_shrinking = true,
};

static struct rhashtable tasks;
static struct tracepoint *exit_tp;

int dvk_task_add(struct dvk_endpoint *ep)
{
	switch (rhashtable_lookup_insert_fast(&tasks, &ep->task_node,
					      task_params)) {
	case 0:
		return 0;
	case -EEXIST:
		return -DVK_EBUSY;
	default:
		return -DVK_ENOMEM;
	}
}

void dvk_task_del(struct dvk_endpoint *ep)
{
	rhashtable_remove_fast(&tasks, &ep->task_node, task_params);
}

static struct dvk_endpoint *find(struct task_struct *task)
{
	return rhashtable_lookup(&tasks, &task, task_params);
}

struct dvk_endpoint *dvk_ep_of_task(struct task_struct *task)
{
	struct dvk_endpoint *ep = find(task);

	if (ep || thread_group_leader(task))
		return ep;
	ep = find(READ_ONCE(task->group_leader));
	return ep && ep->leader ? ep : NULL;
}

/*
 * The group leader exits because another of its threads executes a program,
 * and becomes the leader: the process goes on, and so does its binding. The
 * leader's own reference on itself lasts beyond this, so that those who look
 * at ep->task under RCU are safe. Returns false if it cannot be.
 */
static bool hand_over(struct dvk_endpoint *ep, struct task_struct *task)
{
	struct task_struct *heir = READ_ONCE(task->signal->group_exec_task);
	bool done = false;

	if (!ep->leader || !heir || heir == task || find(heir))
		return false;
	/* Dead ones leave the table once; so none may return to it. */
	spin_lock_bh(&ep->dc->lock);
	if (!ep->dead) {
		dvk_task_del(ep);
		get_task_struct(heir);
		WRITE_ONCE(ep->task, heir);
		put_task_struct(task);
		done = !dvk_task_add(ep);
	}
	spin_unlock_bh(&ep->dc->lock);
	return done;
}

/*
 * Runs in every task that exits, in its own context, with preemption off and
 * its memory gone. A call by another thread of the group may be in progress
 * on the endpoint; then that thread unbinds it when the call has ended.
 */
static void on_exit(void *data, struct task_struct *task)
{
	struct dvk_endpoint *ep;

	rcu_read_lock();
	ep = find(task);
	if (unlikely(ep) && !hand_over(ep, task))
		dvk_ep_shutdown(ep);
	rcu_read_unlock();
	dvk_pair_task_exit(task);
}

static void find_exit_tp(struct tracepoint *tp, void *data)
{
	if (!strcmp(tp->name, "sched_process_exit"))
		exit_tp = tp;
}

int dvk_task_init(void)
{
	int err = rhashtable_init(&tasks, &task_params);

	if (err)
		return err;
	for_each_kernel_tracepoint(find_exit_tp, NULL);
	err = -ENOENT;
	if (exit_tp)
		err = tracepoint_probe_register(exit_tp, on_exit, NULL);
	if (err) {
		pr_err("no sched_process_exit tracepoint in this kernel\n");
		rhashtable_destroy(&tasks);
	}
	return err;
}

void dvk_task_exit(void)
{
	tracepoint_probe_unregister(exit_tp, on_exit, NULL);
	tracepoint_synchronize_unregister();
	rhashtable_destroy(&tasks);
}
