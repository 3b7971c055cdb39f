/* SPDX-License-Identifier: GPL-2.0 */
/*
 * An endpoint's task is kept in its call while others use its memory.
 */
#ifndef _DVK_HOLD_H
#define _DVK_HOLD_H

#include "endpoint.h"

struct mm_struct;

/*
 * Keep the other party of a copy in its call while its memory is used; @rqtr
 * itself does not sleep. 0 or -DVK_EPROCSTS.
 */
int dvk_copy_hold(const struct dvk_endpoint *rqtr, struct dvk_endpoint *other);
void dvk_copy_unhold(const struct dvk_endpoint *rqtr,
		     struct dvk_endpoint *other);

/*
 * The call of @ep is over: nobody may touch its task's memory any more. Waits
 * for local copies, which are short; voids remote ones.
 */
void dvk_copy_settle_slow(struct dvk_endpoint *ep);
/* Remote ones only; any context but hard interrupts. */
void dvk_copy_void(struct dvk_endpoint *ep);

static inline void dvk_copy_settle(struct dvk_endpoint *ep)
{
	/* The end of the wait before the look at those who copy. */
	smp_mb();
	if (unlikely(atomic_read(&ep->copies) || READ_ONCE(ep->xfers)))
		dvk_copy_settle_slow(ep);
}

/* True while the task sleeps in a call, so that its memory is at rest. */
static inline bool dvk_copy_is_blocked(const struct dvk_endpoint *ep)
{
	enum dvk_state state = READ_ONCE(ep->state);

	return state != DVK_RUN && state != DVK_DONE;
}

/*
 * Whether memory @mm of @ep's task, which waits, is that of the program that made
 * the call: a handler may have executed another one, perhaps with other rights.
 */
bool dvk_call_same_program(struct dvk_endpoint *ep, const struct mm_struct *mm);

#endif /* _DVK_HOLD_H */
