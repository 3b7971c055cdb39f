// SPDX-License-Identifier: GPL-2.0
/*
 * Who is bound to which endpoint, and the hook of exits.
 *
 * The key is an address, not a pid: that of the task if a thread is bound by
 * itself, else that of the signal structure that all threads of a process share
 * and keep through an exec. So a binding of a process lives as long as any of
 * its threads. An entry holds a reference on a task, which has one on the other
 * structure, so an address never names two.
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
	return ((const struct dvk_endpoint *)ep)->owner_key !=
	       *(const void *const *)arg->key;
}

static const struct rhashtable_params task_params = {
	.key_len = sizeof(void *),
	.key_offset = offsetof(struct dvk_endpoint, owner_key),
	.head_offset = offsetof(struct dvk_endpoint, task_node),
	.hashfn = hash_task,
	.obj_cmpfn = differs,
	.automatic_shrinking = true,
};

static struct rhashtable tasks;
static struct tracepoint *exit_tp;

static struct dvk_endpoint *find(const void *key)
{
	return rhashtable_lookup(&tasks, &key, task_params);
}

/* A main thread has only one of the two kinds of binding. Under RCU. */
static bool has_other_kind(const struct dvk_endpoint *ep)
{
	struct task_struct *task = ep->task;

	if (ep->owner_key == task)
		return thread_group_leader(task) && find(task->signal);
	return find(READ_ONCE(task->group_leader));
}

int dvk_task_add(struct dvk_endpoint *ep)
{
	bool busy;

	/* A process without threads of its own can do without the second look. */
	ep->owner_key = ep->task;
	if (ep->leader || ep->task->flags & PF_KTHREAD)
		ep->owner_key = ep->task->signal;
	rcu_read_lock();
	busy = has_other_kind(ep);
	rcu_read_unlock();
	if (busy)
		return -DVK_EBUSY;
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

struct dvk_endpoint *dvk_ep_of_task(struct task_struct *task)
{
	struct dvk_endpoint *ep;

	/* The likely one first. */
	if (thread_group_leader(task))
		return find(task->signal) ?: find(task);
	ep = find(task);
	return ep ?: find(task->signal);
}

/*
 * Another thread of the process, which lives on when @task does not, or NULL.
 * In an exec by one that is not the leader all others go. Under RCU.
 */
static struct task_struct *heir_of(struct task_struct *task)
{
	struct task_struct *t = READ_ONCE(task->signal->group_exec_task);

	/* If it has an endpoint of its own, it goes on with that one. */
	if (t && t != task)
		return find(t) ? NULL : t;
	if (READ_ONCE(task->signal->flags) & SIGNAL_GROUP_EXIT)
		return NULL;
	for_each_thread(task, t)
		if (t != task && !(READ_ONCE(t->flags) & PF_EXITING))
			return t;
	return NULL;
}

/*
 * The thread behind @ep if it is not @task, else its heir, which is put there;
 * with a reference, and an anchor. NULL if @ep is to end.
 */
static struct task_struct *pass_on_once(struct dvk_endpoint *ep,
					struct task_struct *task,
					struct dvk_anchor *spare)
{
	struct task_struct *heir = NULL;
	bool passed = false;

	rcu_read_lock();
	spin_lock_bh(&ep->dc->lock);
	if (!ep->dead) {
		passed = ep->task == task;
		heir = passed ? heir_of(task) : ep->task;
	}
	if (heir) {
		get_task_struct(heir);
		if (passed) {
			get_task_struct(heir);
			WRITE_ONCE(ep->task, heir);
		}
		/* Who was behind it has pulled the one there was. */
		if (!READ_ONCE(ep->anchor.file))
			swap(ep->anchor.file, spare->file);
	}
	spin_unlock_bh(&ep->dc->lock);
	rcu_read_unlock();
	/* Who looked at ep->task under RCU is safe: @task lasts beyond this. */
	if (heir && passed)
		put_task_struct(task);
	return heir;
}

bool dvk_task_pass_on(struct dvk_endpoint *ep, struct task_struct *task)
{
	struct dvk_anchor spare = { };
	struct task_struct *heir;

	/* Nearly all processes end with their last thread. */
	if (!ep->leader || thread_group_empty(task))
		return READ_ONCE(ep->task) != task;
	get_task_struct(task);
	for (;;) {
		heir = NULL;
		if (!spare.file && dvk_anchor_init(&spare))
			break;
		heir = pass_on_once(ep, task, &spare);
		put_task_struct(task);
		task = heir;
		if (!heir)
			break;
		/*
		 * Either it finds in its exit that it is behind @ep, or the mark is
		 * seen here; or both, which does no harm.
		 */
		smp_mb();
		if (!(READ_ONCE(heir->flags) & PF_EXITING))
			break;
	}
	dvk_anchor_drop(&spare);
	if (task)
		put_task_struct(task);
	return heir;
}

struct task_struct *dvk_task_living(struct task_struct *task)
{
	struct task_struct *heir = NULL;

	rcu_read_lock();
	if (READ_ONCE(task->flags) & PF_EXITING)
		heir = heir_of(task);
	if (heir) {
		get_task_struct(heir);
		put_task_struct(task);
	}
	rcu_read_unlock();
	return heir ?: task;
}

/* The endpoint under a key, with a reference. */
static struct dvk_endpoint *find_get(const void *key)
{
	struct dvk_endpoint *ep;

	rcu_read_lock();
	ep = find(key);
	if (ep && !kref_get_unless_zero(&ep->ref))
		ep = NULL;
	rcu_read_unlock();
	return ep;
}

/*
 * A task that was bound ends. A call by another thread of the group may be in
 * progress on the endpoint; then that thread unbinds it when the call has ended.
 */
static void task_ended(struct task_struct *task)
{
	struct dvk_endpoint *ep = find_get(task);

	if (ep) {
		dvk_ep_shutdown(ep);
		dvk_ep_put(ep);
	}
	ep = find_get(task->signal);
	if (ep) {
		if (!dvk_task_pass_on(ep, task))
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
	ep = find(p->signal);
	if (unlikely(ep)) {
		/* PF_EXITING is seen, or it is seen here who is behind @ep. */
		smp_mb();
		if (READ_ONCE(ep->task) == p)
			dvk_anchor_pull(&ep->anchor, p);
	}
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
