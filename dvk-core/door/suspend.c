// SPDX-License-Identifier: GPL-2.0
/*
 * Calls that a signal interrupts. See suspend.h.
 */
#include "suspend.h"

#include <linux/sched/task.h>

#include "base/current.h"
#include "call/ipc.h"
#include "copy/copy.h"
#include "object/dc.h"
#include "object/hold.h"

s32 dvk_call_suspend(struct dvk_endpoint *ep)
{
	get_task_struct(current);
	spin_lock_bh(&ep->lock);
	/* Where nobody owns it its memory may be looked for, see below. */
	ep->susp_mm = current->mm;
	ep->susp_exec = current->self_exec_id;
	ep->susp_nr = (ep->susp_nr + 1) & DVK_RESULT_OUT_MASK;
	WRITE_ONCE(ep->susp_task, current);
	spin_unlock_bh(&ep->lock);
	return ep->out ? DVK_RESULT_OUT | ep->susp_nr : DVK_RESULT_AGAIN;
}

/* The record goes; what it was about is the caller's now. */
static void forget(struct dvk_endpoint *ep)
{
	struct task_struct *task;

	spin_lock_bh(&ep->lock);
	task = ep->susp_task;
	WRITE_ONCE(ep->susp_task, NULL);
	spin_unlock_bh(&ep->lock);
	put_task_struct(task);
}

bool dvk_call_resume(struct dvk_endpoint *ep, s32 result)
{
	bool out;

	if (ep->susp_task != current)
		return false;
	out = ep->out && (u32)result == (DVK_RESULT_OUT | ep->susp_nr);
	if (ep->out && !out) {
		/* Another one than that which is resumed. */
		dvk_call_drop(ep);
		dvk_copy_settle(ep);
		return false;
	}
	ep->out = false;
	forget(ep);
	return out;
}

void dvk_call_drop(struct dvk_endpoint *ep)
{
	struct dvk_xfer *x = ep->out_xfer;

	if (ep->out) {
		ep->out = false;
		dvk_ipc_withdraw(ep, -DVK_EINTR);
		ep->state = DVK_RUN;
		ep->answer = false;
		ep->rmt_node2 = -1;
		dvk_copy_void(ep);
		if (ep->sendto) {
			dvk_ep_put(ep->sendto);
			ep->sendto = NULL;
		}
	}
	if (x) {
		ep->out_xfer = NULL;
		dvk_xfer_leave(ep->dc->node, x);
		dvk_xfer_void(x);
		dvk_xfer_put(x);
	}
	forget(ep);
}

/* Calls that do not wait on the endpoint itself leave a suspended one alone. */
#define BESIDE	(BIT_ULL(DVK_CALL_NOTIFY) | BIT_ULL(DVK_CALL_REPLY) |	\
		 BIT_ULL(DVK_CALL_RELAY) | BIT_ULL(DVK_CALL_WAIT4BIND))

int dvk_call_found(struct dvk_endpoint *ep, enum dvk_call call)
{
	const struct task_struct *task = ep->susp_task;

	if (task == current && (BESIDE & BIT_ULL(call)))
		return 0;
	/* It comes back, or makes another call, or ends. */
	if (task != current && !(READ_ONCE(task->flags) & PF_EXITING))
		return -DVK_EPROCRUN;
	dvk_call_drop(ep);
	dvk_copy_settle(ep);
	return 0;
}

