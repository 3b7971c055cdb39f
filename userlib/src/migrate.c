// SPDX-License-Identifier: LGPL-2.1
/* An endpoint moves to another node. */
#define _GNU_SOURCE
#include <poll.h>
#include <signal.h>
#include <time.h>
#include "internal.h"

/* How often it is looked whether an endpoint has come to rest. */
#define LOOK_NS		2000000

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

static long long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

long dvk_migr_start_T(int dcid, int ep, long timeout)
{
	const struct timespec pause = { .tv_nsec = LOOK_NS };
	long long begin = now_ms();
	sigset_t all, before;
	long ret;

	/* One that comes while the question is out is seen in the pause. */
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &before);
	ret = dvk_migr_start(dcid, ep);
	while (!ret) {
		ret = migrate(DVK_MIGR_RESTS, PROC_NO_PID, dcid, ep, LOCALNODE);
		if (ret != EDVSBUSY && ret != EDVSONCOPY)
			break;
		if (timeout >= 0 && now_ms() - begin >= timeout)
			ret = EDVSTIMEDOUT;
		else
			ret = ppoll(NULL, 0, &pause, &before) ? EDVSINTR : OK;
		if (ret)
			dvk_migr_rollback(dcid, ep);
	}
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return ret;
}

long dvk_migr_commit(int pid, int dcid, int ep, int nodeid)
{
	return migrate(DVK_MIGR_COMMIT, pid, dcid, ep, nodeid);
}

long dvk_migr_rollback(int dcid, int ep)
{
	return migrate(DVK_MIGR_ROLLBACK, PROC_NO_PID, dcid, ep, LOCALNODE);
}
