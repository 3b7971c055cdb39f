// SPDX-License-Identifier: GPL-2.0
/*
 * 6.17: a workqueue whose workers belong to CPUs has a flag for that, and newer
 * ones warn of one that has neither that nor WQ_UNBOUND.
 */
#include <linux/workqueue.h>

int probe(void);
int probe(void)
{
	return WQ_PERCPU;
}
