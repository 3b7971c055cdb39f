/* SPDX-License-Identifier: GPL-2.0 */
/*
 * When a wait ends: a time that interruptions do not change.
 */
#ifndef _DVK_DEADLINE_H
#define _DVK_DEADLINE_H

#include <linux/jiffies.h>
#include <linux/types.h>

static inline u32 dvk_clock_ms(u64 jiffies_64)
{
	return jiffies64_to_msecs(jiffies_64);
}

/* What the timeout field shall be: the call with @timeout began @since. */
s32 dvk_deadline(int timeout, u64 since);
/* The time left till then in milliseconds: 0 if it is over. */
int dvk_time_left(s32 deadline);

#endif /* _DVK_DEADLINE_H */
