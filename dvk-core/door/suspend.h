/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Calls that a signal interrupts.
 *
 * Whether a handler runs, and whether it lets calls go on (SA_RESTART), is known
 * to the kernel's signal code only, and only on the way out of the system call.
 * So each interrupted wait returns -ERESTARTSYS, and is decided there: the ioctl
 * is issued again, or fails with EINTR.
 *
 * - What has not happened yet is undone: a receiver is none any more, a sender
 *   leaves the queue. The ioctl that is issued again starts anew.
 * - A request that is out (a server of this node has taken it, or it has left for
 *   another node) must not be sent twice. It stays as it is, and so does the state
 *   of the endpoint: answers, deaths, relays and the loss of a node find it as if
 *   its task slept. The record of the suspended call, in the endpoint, has a
 *   number, and so has the caller's structure: the ioctl issued again with that
 *   number goes on with the wait.
 *
 * The endpoint stays the interrupted thread's meanwhile, but nobody owns it. If
 * the thread makes another call that waits, out of a handler or because it did
 * not return from it, the suspended one is taken back first (CANCEL); so it is when
 * the endpoint is unbound, or the thread has gone.
 *
 * When the wait ends does not depend on interruptions: with the number the
 * structure holds the time when it does.
 */
#ifndef _DVK_SUSPEND_H
#define _DVK_SUSPEND_H

#include "object/endpoint.h"

/**
 * dvk_call_suspend() - the call in progress ends with -ERESTARTSYS
 * @ep: owned
 *
 * Return: what the result field of the caller's structure shall be.
 */
s32 dvk_call_suspend(struct dvk_endpoint *ep);

/**
 * dvk_call_resume() - a call goes on
 * @ep: owned, by dvk_ep_enter_again()
 * @result: of the caller's structure, as dvk_call_suspend() returned it
 *
 * Return: true if the suspended request is out, and the caller is to wait
 * for its answer; false if the call starts anew, or has been taken back.
 */
bool dvk_call_resume(struct dvk_endpoint *ep, s32 result);

/*
 * The current task enters an endpoint that has a suspended call. 0, or
 * -DVK_EPROCRUN: it is another thread's.
 */
int dvk_call_found(struct dvk_endpoint *ep, enum dvk_call call);

/* Give up a suspended call. @ep is owned; any context but hard interrupts. */
void dvk_call_drop(struct dvk_endpoint *ep);

static inline bool dvk_result_again(s32 result)
{
	return ((u32)result & ~DVK_RESULT_OUT_MASK) == DVK_RESULT_OUT ||
	       result == DVK_RESULT_AGAIN;
}

#endif /* _DVK_SUSPEND_H */
