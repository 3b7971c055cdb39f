// SPDX-License-Identifier: GPL-2.0
/*
 * Which task is bound to which endpoint, and the hook of their exit.
 *
 * The key is the address of the task, not its pid: an exec by a thread that
 * is not the group leader gives it the leader's pid. An entry holds a
 * reference on the task, so an address never names two tasks.
 *
 * The hook of exit runs with preemption off, and what the end of a binding needs
 * are locks that sleep on PREEMPT_RT. So the hook only lets go of a file that the
 * binding holds: its release then runs in the same task a little later, where
 * do_exit() does such work, and before anybody is told that the task has ended.
 * Who sees that it has, by wait() or otherwise, finds its slot free.
 */
#include "task.h"

#include <linux/hash.h>
#include <linux/rhashtable.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/tracepoint.h>
#include <dvk/compat.h>

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
	struct dvk_anchor anchor = { };
	struct task_struct *heir;
	bool done = false;

	rcu_read_lock();
	heir = READ_ONCE(task->signal->group_exec_task);
	if (!ep->leader || !heir || heir == task || find(heir)) {
		rcu_read_unlock();
		return false;
	}
	get_task_struct(heir);
	rcu_read_unlock();
	if (dvk_anchor_init(&anchor)) {
		put_task_struct(heir);
		return false;
	}
	/* Dead ones leave the table once; so none may return to it. */
	spin_lock_bh(&ep->dc->lock);
	if (!ep->dead) {
		dvk_task_del(ep);
		swap(ep->anchor.file, anchor.file);
		WRITE_ONCE(ep->task, heir);
		swap(task, heir);
		done = !dvk_task_add(ep);
	}
	spin_unlock_bh(&ep->dc->lock);
	/* It may have been killed meanwhile, as in dvk_ep_bind(). */
	smp_mb();
	if (done && READ_ONCE(task->flags) & PF_EXITING)
		done = false;
	dvk_anchor_drop(&anchor);
	put_task_struct(heir);
	return done;
}

/*
 * A task that was bound ends. A call by another thread of the group may be in
 * progress on the endpoint; then that thread unbinds it when the call has ended.
 */
static void task_ended(struct task_struct *task)
{
	struct dvk_endpoint *ep;

	rcu_read_lock();
	ep = find(task);
	if (ep && !kref_get_unless_zero(&ep->ref))
		ep = NULL;
	rcu_read_unlock();
	if (ep) {
		if (!hand_over(ep, task))
			dvk_ep_shutdown(ep);
		dvk_ep_put(ep);
	}
	dvk_pair_task_exit(task);
}

/*
 * Runs in every task that exits, in its own context, with preemption off and no
 * way back into a call.
 */
static void on_exit(void *data, DVK_SCHED_PROCESS_EXIT_ARGS)
{
	struct dvk_endpoint *ep;

	rcu_read_lock();
	ep = find(p);
	if (unlikely(ep))
		dvk_anchor_pull(&ep->anchor, p);
	rcu_read_unlock();
	dvk_pair_pull(p);
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
	dvk_anchor_ended = task_ended;
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
