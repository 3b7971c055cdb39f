// SPDX-License-Identifier: GPL-2.0
/*
 * When a wait ends.
 */
#include "deadline.h"

#include <linux/minmax.h>
#include <linux/dvk.h>

s32 dvk_deadline(int timeout, u64 since)
{
	s32 deadline;

	if (timeout <= 0)
		return timeout;
	deadline = dvk_clock_ms(since) + timeout;
	/* These two mean something else. */
	if (deadline == DVK_TIMEOUT_NOWAIT || deadline == DVK_TIMEOUT_FOREVER)
		deadline = 1;
	return deadline;
}

int dvk_time_left(s32 deadline)
{
	s32 left;

	if (deadline == DVK_TIMEOUT_NOWAIT || deadline == DVK_TIMEOUT_FOREVER)
		return deadline;
	left = deadline - dvk_clock_ms(get_jiffies_64());
	return max(left, 0);
}
