// SPDX-License-Identifier: GPL-2.0
/*
 * Who copies from or to a task's memory keeps the task in its call; the end of
 * the call waits for them, or voids what they are about.
 */
#include "hold.h"

#include <linux/wait_bit.h>

void dvk_copy_void(struct dvk_endpoint *ep)
{
	spin_lock_bh(&ep->lock);
	if (ep->xfers)
		ep->call_nr++;
	spin_unlock_bh(&ep->lock);
}

void dvk_copy_settle_slow(struct dvk_endpoint *ep)
{
	dvk_copy_void(ep);
	/*
	 * A local copy only waits for page faults. They can take long if
	 * the memory of the one who copies is served by a process, so a kill
	 * of this task must get through. That of a kernel client is not
	 * pinned, but is not held across page faults either (see kmem.c).
	 */
	if (dvk_ep_is_kthread(ep))
		wait_var_event(&ep->copies, !atomic_read(&ep->copies));
	else
		wait_var_event_killable(&ep->copies,
					!atomic_read(&ep->copies));
}

int dvk_copy_hold(const struct dvk_endpoint *rqtr, struct dvk_endpoint *other)
{
	if (other == rqtr)
		return 0;
	atomic_inc(&other->copies);
	/* Pairs with the barrier in dvk_copy_settle(). */
	smp_mb__after_atomic();
	if (dvk_copy_is_blocked(other) && !READ_ONCE(other->dead))
		return 0;
	if (atomic_dec_and_test(&other->copies))
		wake_up_var(&other->copies);
	return -DVK_EPROCSTS;
}

void dvk_copy_unhold(const struct dvk_endpoint *rqtr,
		     struct dvk_endpoint *other)
{
	if (other != rqtr && atomic_dec_and_test(&other->copies))
		wake_up_var(&other->copies);
}

bool dvk_call_same_program(struct dvk_endpoint *ep, const struct mm_struct *mm)
{
	const struct task_struct *task;
	bool same = true;

	if (likely(!READ_ONCE(ep->susp_task)))
		return true;
	/*
	 * An exec puts new memory in the place of the old, which is not freed
	 * before: so the addresses differ. After that it counts itself, or
	 * it is another thread's, which has all others exit before.
	 */
	spin_lock_bh(&ep->lock);
	task = ep->susp_task;
	if (task)
		same = mm == ep->susp_mm &&
		       READ_ONCE(task->self_exec_id) == ep->susp_exec &&
		       !(READ_ONCE(task->flags) & PF_EXITING);
	spin_unlock_bh(&ep->lock);
	return same;
}
