// SPDX-License-Identifier: GPL-2.0
/*
 * How a call waits.
 *
 * To sleep and to be woken costs more than a rendezvous itself, so a wait that
 * may well be short does not begin with it:
 *
 * - If others want this CPU, whoever was just woken may be one of them and
 *   answer at once: give way to them, and look again; unless this is a task to
 *   which that may cost more than a wake-up.
 * - If not, look for a while before the CPU is left idle; only as long as that
 *   has been of use lately. Compare the polling of halted virtual CPUs in
 *   virt/kvm/kvm_main.c.
 */
#include "ipc.h"

#include <linux/freezer.h>
#include <linux/jiffies.h>
#include <linux/sched/clock.h>
#include <linux/sched/prio.h>
#include <linux/sched/signal.h>
#include <linux/sched/stat.h>

#include "base/current.h"
#include "base/node.h"
#include "base/trace.h"
#include "object/dc.h"
#include "object/hold.h"

/*
 * Who gives way may find that others, who have nothing to do with it, take
 * their time: more than this. Then the next waits sleep at once, for who is woken
 * has precedence over those who have used up their share: so many of them, twice
 * as many each time in a row, up to the latter.
 */
#define GIVE_WAY_MAX_NS		(500 * NSEC_PER_USEC)
#define GIVE_WAY_PAUSE		64
#define GIVE_WAY_PAUSE_MAX	4096

/*
 * One wait in so many looks whether polling has become of use again. A success
 * is good for so many failures.
 */
#define POLL_PROBE		16
#define POLL_CREDIT_MAX		8

static bool is_over(const struct dvk_endpoint *ep)
{
	/* Pairs with the release in dvk_ipc_finish(). */
	return smp_load_acquire(&ep->state) == DVK_DONE;
}

static u64 run_delay(void)
{
#ifdef CONFIG_SCHED_INFO
	return current->sched_info.run_delay;
#else
	return local_clock();
#endif
}

/*
 * To yield is to go behind those of one's own kind. A deadline task gives up the rest
 * of its period with that, a realtime task its turn before all of its priority; one
 * with less weight than most has long to wait till it is before them again. For
 * them all a wake-up is cheaper.
 */
static bool may_give_way(void)
{
	return current->policy == SCHED_NORMAL &&
	       current->prio >= MAX_RT_PRIO && current->prio <= DEFAULT_PRIO;
}

static void give_way(struct dvk_endpoint *ep)
{
	u64 delay;

	if (unlikely(!may_give_way()))
		return;
	if (unlikely(ep->give_way_pause)) {
		ep->give_way_pause--;
		return;
	}
	delay = run_delay();
	yield();
	if (likely(run_delay() - delay <= GIVE_WAY_MAX_NS)) {
		ep->give_way_next = GIVE_WAY_PAUSE;
		return;
	}
	ep->give_way_pause = ep->give_way_next;
	if (ep->give_way_next < GIVE_WAY_PAUSE_MAX)
		ep->give_way_next = max(2 * ep->give_way_next, GIVE_WAY_PAUSE);
}

/* Whether to look on: nobody else wants the CPU, nothing else is the matter. */
static bool may_poll(const struct dvk_endpoint *ep)
{
	return single_task_running() && !need_resched() &&
	       !signal_pending(current) && !READ_ONCE(ep->shutdown) &&
	       !dvk_task_stopping();
}

static bool poll_on(struct dvk_endpoint *ep, u64 limit)
{
	u64 start = local_clock();

	do {
		cpu_relax();
		if (is_over(ep))
			return true;
	} while (may_poll(ep) && local_clock() - start < limit);
	return false;
}

static void poll(struct dvk_endpoint *ep, int timeout)
{
	const struct dvk_limits *limits = &ep->dc->node->limits;
	u64 limit = ep->far ? READ_ONCE(limits->busy_poll_us) :
			      READ_ONCE(limits->local_poll_us);

	limit *= NSEC_PER_USEC;
	if (timeout > 0)
		limit = min_t(u64, limit, (u64)timeout * NSEC_PER_MSEC);
	if (!limit || (!ep->poll_credit && ++ep->polls_spared % POLL_PROBE))
		return;
	if (poll_on(ep, limit)) {
		if (ep->poll_credit < POLL_CREDIT_MAX)
			ep->poll_credit++;
	} else if (ep->poll_credit) {
		ep->poll_credit--;
	}
}

/* Sleep till the wait is over (0) or there is a reason to give it up. */
static int sleep(struct dvk_endpoint *ep, int timeout)
{
	long left = MAX_SCHEDULE_TIMEOUT;
	int ret = 0;

	if (timeout >= 0)
		left = msecs_to_jiffies(timeout);

	WRITE_ONCE(ep->asleep, true);
	for (;;) {
		/* Its barrier pairs with that in dvk_ipc_wake(). */
		set_current_state(TASK_INTERRUPTIBLE | TASK_FREEZABLE);
		if (is_over(ep))
			break;
		if (unlikely(READ_ONCE(ep->shutdown))) {
			ret = -DVK_ESHUTDOWN;
			break;
		}
		if (unlikely(signal_pending(current)) || dvk_task_stopping()) {
			ret = dvk_interrupted();
			break;
		}
		if (!left) {
			ret = -DVK_ETIMEDOUT;
			break;
		}
		left = schedule_timeout(left);
	}
	__set_current_state(TASK_RUNNING);
	WRITE_ONCE(ep->asleep, false);
	return ret;
}

/* The call may use its endpoint again: nobody else does any more. */
static int end_wait(struct dvk_endpoint *ep, int ret)
{
	ep->state = DVK_RUN;
	dvk_copy_settle(ep);
	if (ep->sendto) {
		dvk_ep_put(ep->sendto);
		ep->sendto = NULL;
	}
	return ret;
}

int dvk_ipc_wait_end(struct dvk_endpoint *ep, int why)
{
	return end_wait(ep, is_over(ep) ? ep->result :
					  dvk_ipc_withdraw(ep, why));
}

int dvk_ipc_wait(struct dvk_endpoint *ep, int timeout)
{
	int ret = 0;

	/* Who does not want to wait only looks. */
	if (timeout && !is_over(ep)) {
		if (single_task_running())
			poll(ep, timeout);
		else
			give_way(ep);
	}
	if (!is_over(ep))
		ret = sleep(ep, timeout);

	if (likely(!ret))
		return end_wait(ep, ep->result);
	ret = dvk_ipc_withdraw(ep, ret);
	return unlikely(ep->out) ? ret : end_wait(ep, ret);
}

void dvk_ipc_wake(struct dvk_endpoint *ep)
{
	struct task_struct *task;

	trace_dvk_wake(ep, READ_ONCE(ep->result));
	/* DONE is seen by who is about to sleep, or that he does is seen here. */
	smp_mb();
	if (!READ_ONCE(ep->asleep))
		return;
	task = READ_ONCE(ep->caller);
	if (task)
		wake_up_process(task);
}
