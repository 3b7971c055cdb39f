// SPDX-License-Identifier: GPL-2.0
/*
 * Who may copy from and to whose memory.
 *
 * A task that sleeps in a request has put itself into the hands of its server,
 * which may read and write its memory until it answers. Any other copy needs
 * what attaching a debugger needs: the same user and a dumpable target, or
 * CAP_SYS_PTRACE over it (compare __ptrace_may_access() in kernel/ptrace.c,
 * which modules cannot call). A kernel client may do what root may.
 */
#include "copy.h"

#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/sched/coredump.h>
#include <linux/sched/signal.h>
#include <linux/user_namespace.h>

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

static bool same_user(struct task_struct *task)
{
	const struct cred *cred = current_cred();
	const struct cred *tcred;
	bool same;

	rcu_read_lock();
	tcred = __task_cred(task);
	same = uid_eq(cred->uid, tcred->euid) &&
	       uid_eq(cred->uid, tcred->suid) &&
	       uid_eq(cred->uid, tcred->uid) &&
	       gid_eq(cred->gid, tcred->egid) &&
	       gid_eq(cred->gid, tcred->sgid) &&
	       gid_eq(cred->gid, tcred->gid);
	rcu_read_unlock();
	return same;
}

bool dvk_copy_allowed(const struct dvk_endpoint *rqtr,
		      struct dvk_endpoint *target, struct mm_struct *mm)
{
	if (target == rqtr || same_thread_group(target->task, current))
		return true;
	if (dvk_copy_serves(rqtr, target))
		return true;
	/* A kernel client belongs to no user. */
	if (!mm)
		return capable(CAP_SYS_PTRACE);
	if (same_user(target->task) &&
	    __get_dumpable(mm->flags) == SUID_DUMP_USER)
		return true;
	return ns_capable(mm->user_ns, CAP_SYS_PTRACE);
}
