// SPDX-License-Identifier: LGPL-2.1
/* Notifications and wake-ups: one ioctl in five forms. */
#include "internal.h"

static long notify(enum dvk_notify_op op, int dcid, int source, int ep, int value)
{
	struct dvk_ioc_notify io = {
		.op = (int)op,
		.source = source,
		.endpoint = ep,
		.value = value,
		.dcid = dcid,
	};
	long ret = dvk_ioctl(DVK_IOC_NOTIFY, &io);

	return ret ? ret : io.result;
}

long dvk_notify(int ep)
{
	return notify(DVK_NTFY_PLAIN, 0, SELF, ep, 0);
}

long dvk_src_notify(int slot, int ep)
{
	return notify(DVK_NTFY_SRC, 0, slot, ep, 0);
}

long dvk_ntfy_value(int slot, int ep, int value)
{
	return notify(DVK_NTFY_VALUE, 0, slot, ep, value);
}

long dvk_hdw_notify(int dcid, int ep)
{
	return notify(DVK_NTFY_HARDWARE, dcid, HARDWARE, ep, 0);
}

long dvk_wakeup(int dcid, int ep)
{
	return notify(DVK_NTFY_WAKEUP, dcid, SELF, ep, 0);
}
