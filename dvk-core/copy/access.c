// SPDX-License-Identifier: GPL-2.0
/*
 * Who may copy from and to whose memory.
 *
 * A task that sleeps in a request has put itself into the hands of its server,
 * which may read and write its memory until it answers. Any other copy needs
 * what attaching a debugger needs: the same user, in the same user namespace,
 * a dumpable target that is permitted nothing that one is not oneself, or
 * CAP_SYS_PTRACE over it. That is __ptrace_may_access() in kernel/ptrace.c with
 * cap_ptrace_access_check(), which modules cannot call; nor can they ask other
 * security modules. A kernel client may do what root may.
 *
 * The memory that was checked is the memory that is used: a look at the task
 * later on may find a program that it has executed meanwhile.
 */
#include "access.h"

#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/user_namespace.h>
#include <dvk/compat.h>

#include "base/node.h"
#include "object/dc.h"
#include "object/endpoint.h"
#include "object/hold.h"

bool dvk_copy_serves(const struct dvk_endpoint *rqtr,
		     struct dvk_endpoint *target)
{
	bool serves;

	spin_lock_bh(&target->lock);
	serves = target->from == rqtr &&
		 ((target->state == DVK_RECV && target->answer) ||
		  (target->state == DVK_REMOTE && target->wants_reply));
	spin_unlock_bh(&target->lock);
	return serves;
}

static bool same_user(const struct cred *cred, const struct cred *tcred)
{
	return uid_eq(cred->uid, tcred->euid) &&
	       uid_eq(cred->uid, tcred->suid) &&
	       uid_eq(cred->uid, tcred->uid) &&
	       gid_eq(cred->gid, tcred->egid) &&
	       gid_eq(cred->gid, tcred->sgid) &&
	       gid_eq(cred->gid, tcred->gid);
}

/* Whether the current task might attach a debugger to @task, with memory @mm. */
static bool may_trace(struct task_struct *task, const struct mm_struct *mm)
{
	const struct cred *cred = current_cred();
	const struct cred *tcred = get_task_cred(task);
	bool may;

	/* As a user of its own, with no more rights... */
	may = same_user(cred, tcred) && cred->user_ns == tcred->user_ns &&
	      cap_issubset(tcred->cap_permitted, cred->cap_permitted);
	/* ... or as one who is set over it; and so over its program. */
	if (!may)
		may = ns_capable(tcred->user_ns, CAP_SYS_PTRACE);
	if (may && !dvk_dumpable(task, mm)) {
		rcu_read_lock();
		may = ns_capable(dvk_exec_user_ns(task, mm), CAP_SYS_PTRACE);
		rcu_read_unlock();
	}
	put_cred(tcred);
	return may;
}

static bool copy_allowed(const struct dvk_endpoint *rqtr,
			 struct dvk_endpoint *target, struct task_struct *task,
			 const struct mm_struct *mm)
{
	if (target == rqtr || same_thread_group(task, current))
		return true;
	/* A kernel client belongs to no user. */
	if (!mm)
		return dvk_copy_serves(rqtr, target) || capable(CAP_SYS_PTRACE);
	return may_trace(task, mm);
}

/*
 * An exec, or the end of a thread, may put another task of the process behind the
 * endpoint at any time. The old one is freed after readers are gone.
 */
static struct task_struct *task_of(struct dvk_endpoint *ep)
{
	struct task_struct *task;

	rcu_read_lock();
	task = READ_ONCE(ep->task);
	get_task_struct(task);
	rcu_read_unlock();
	return task;
}

/*
 * What is compared must belong together: an exec changes first the memory and
 * then the credentials (compare mm_access() in kernel/fork.c).
 */
static int mm_checked(const struct dvk_endpoint *rqtr,
		      struct dvk_endpoint *target, struct task_struct *task,
		      struct mm_struct **mmp)
{
	struct mm_struct *mm;
	bool allowed;

	if (down_read_killable(&task->signal->exec_update_lock))
		return -DVK_EINTR;
	mm = get_task_mm(task);
	allowed = (mm || (task->flags & PF_KTHREAD)) &&
		  copy_allowed(rqtr, target, task, mm);
	up_read(&task->signal->exec_update_lock);
	if (!allowed && mm)
		mmput(mm);
	if (!allowed)
		return mm || (task->flags & PF_KTHREAD) ? -DVK_EPRIVILEGES :
							  -DVK_EPROCSTS;
	*mmp = mm;
	return 0;
}

int dvk_copy_mm(const struct dvk_endpoint *rqtr, struct dvk_endpoint *target,
		struct mm_struct **mmp)
{
	struct task_struct *task;
	struct mm_struct *mm;
	int ret = 0;

	*mmp = NULL;
	if (target == rqtr)
		return 0;
	task = task_of(target);
	mm = get_task_mm(task);
	/*
	 * The memory first: if it sleeps in a request after this, it is the
	 * memory of the program that made the request.
	 */
	if (mm && dvk_copy_serves(rqtr, target) &&
	    dvk_call_same_program(target, mm)) {
		*mmp = mm;
	} else {
		if (mm)
			mmput(mm);
		ret = mm_checked(rqtr, target, task, mmp);
	}
	put_task_struct(task);
	return ret;
}

/* Whether @child is @ancestor or was made below it; in_userns() for modules. */
static bool is_below(const struct user_namespace *ancestor,
		     const struct user_namespace *child)
{
	while (child->level > ancestor->level)
		child = child->parent;
	return child == ancestor;
}

int dvk_copy_mm_for_node(const struct dvk_endpoint *standin, bool privileged,
			 struct dvk_endpoint *target, struct mm_struct **mmp)
{
	const struct user_namespace *user_ns = target->dc->node->net->user_ns;
	struct task_struct *task = task_of(target);
	struct mm_struct *mm = get_task_mm(task);
	bool kthread = task->flags & PF_KTHREAD;
	bool below;

	rcu_read_lock();
	below = is_below(user_ns, mm ? dvk_exec_user_ns(task, mm) :
				       &init_user_ns);
	rcu_read_unlock();
	put_task_struct(task);
	*mmp = mm;
	if (!mm && !kthread)
		return -DVK_EPROCSTS;
	if (dvk_copy_serves(standin, target) &&
	    dvk_call_same_program(target, mm))
		return 0;
	/*
	 * Whoever administers this node says who its peers are. So a peer's word
	 * is worth what an administrator's is: nothing outside the user
	 * namespace that the node belongs to.
	 */
	if (privileged && below)
		return 0;
	if (mm)
		mmput(mm);
	*mmp = NULL;
	return -DVK_EPRIVILEGES;
}
