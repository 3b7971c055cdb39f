// SPDX-License-Identifier: LGPL-2.1
/* An endpoint moves to another node. */
#include "internal.h"

static long migrate(int cmd, int pid, int dcid, int ep, int nodeid)
{
	struct dvk_ioc_migrate io = {
		.cmd = cmd,
		.dcid = dcid,
		.pid = pid,
		.endpoint = ep,
		.nodeid = nodeid,
	};
	long ret = dvk_ioctl(DVK_IOC_MIGRATE, &io);

	return ret ? ret : io.result;
}

long dvk_migr_start(int dcid, int ep)
{
	return migrate(DVK_MIGR_START, PROC_NO_PID, dcid, ep, LOCALNODE);
}

long dvk_migr_commit(int pid, int dcid, int ep, int nodeid)
{
	return migrate(DVK_MIGR_COMMIT, pid, dcid, ep, nodeid);
}

long dvk_migr_rollback(int dcid, int ep)
{
	return migrate(DVK_MIGR_ROLLBACK, PROC_NO_PID, dcid, ep, LOCALNODE);
}
