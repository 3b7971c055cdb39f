// SPDX-License-Identifier: GPL-2.0
/*
 * What the current task may do to a node and to other tasks.
 */
#include "current.h"

#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/sched/signal.h>
#include <linux/user_namespace.h>

#include "node.h"

bool dvk_may_configure(const struct dvk_node *node)
{
	return ns_capable(node->net->user_ns, CAP_NET_ADMIN);
}

bool dvk_may_signal(struct task_struct *task)
{
	const struct cred *cred = current_cred();
	const struct cred *tcred;
	bool may;

	if (same_thread_group(task, current))
		return true;
	rcu_read_lock();
	tcred = __task_cred(task);
	may = uid_eq(cred->euid, tcred->suid) ||
	      uid_eq(cred->euid, tcred->uid) ||
	      uid_eq(cred->uid, tcred->suid) ||
	      uid_eq(cred->uid, tcred->uid) ||
	      ns_capable(tcred->user_ns, CAP_KILL);
	rcu_read_unlock();
	return may;
}
