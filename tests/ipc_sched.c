// SPDX-License-Identifier: GPL-2.0
/*
 * What a call costs a task of another scheduling class than most, on CPUs that
 * others want too.
 */
#include "kselftest_harness.h"

#include <errno.h>
#include <sched.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "pair.h"

#ifndef SCHED_DEADLINE
#define SCHED_DEADLINE	6
#endif

/* As of sched_setattr(2); the libraries do not have it. */
struct attr {
	uint32_t size;
	uint32_t sched_policy;
	uint64_t sched_flags;
	int32_t sched_nice;
	uint32_t sched_priority;
	uint64_t sched_runtime;
	uint64_t sched_deadline;
	uint64_t sched_period;
};

#define MAX_HOGS	16
#define CALLS		5
/* Who gives up the rest of a period waits for the next one. */
#define PERIOD_MS	4000L

static long hog(const long *a)
{
	while (!atomic_load((_Atomic int *)a[0]))
		;
	return 0;
}

static long serve(const long *a)
{
	message m;
	long ret;

	do {
		ret = dvk_rcvrqst_T(&m, 100);
		if (!ret)
			dvk_reply(m.m_source, &m);
	} while (!atomic_load((_Atomic int *)a[0]));
	return 0;
}

/* The longest of some requests in milliseconds, as a task of policy a[0]. */
static long slowest(const long *a)
{
	struct attr attr = {
		.size = sizeof(attr),
		.sched_policy = a[0],
		.sched_priority = a[0] == SCHED_FIFO ? 1 : 0,
		.sched_nice = a[0] == SCHED_OTHER ? 19 : 0,
	};
	long worst = 0, start, ret, i;
	message m = { .m_type = 1 };

	if (a[0] == SCHED_DEADLINE) {
		attr.sched_runtime = 100 * 1000000UL;
		attr.sched_deadline = PERIOD_MS * 1000000UL;
		attr.sched_period = PERIOD_MS * 1000000UL;
	}
	if (syscall(SYS_sched_setattr, 0, &attr, 0))
		return -errno;
	for (i = 0; i < CALLS; i++) {
		start = now_ms();
		ret = dvk_sendrec(SRV, &m);
		if (ret)
			return ret;
		if (now_ms() - start > worst)
			worst = now_ms() - start;
	}
	return worst;
}

TEST_F_TIMEOUT(pair, busy_cpus, 60)
{
	static const int policies[] = { SCHED_DEADLINE, SCHED_FIFO, SCHED_OTHER };
	int hogs = sysconf(_SC_NPROCESSORS_ONLN), i;
	atomic_int *stop = &self->srv->page->stop;
	struct puppet *h[MAX_HOGS];
	long ms;

	if (hogs > MAX_HOGS)
		hogs = MAX_HOGS;
	self->srv->page->fn = serve;
	begin_call(self->srv, OP_FN, (long)stop);
	for (i = 0; i < hogs; i++) {
		h[i] = puppet_new(self->cn);
		h[i]->page->fn = hog;
		begin_call(h[i], OP_FN, (long)&h[i]->page->stop);
	}
	for (i = 0; i < 3; i++) {
		self->clt->page->fn = slowest;
		begin_call(self->clt, OP_FN, policies[i]);
		ms = end_within(self->clt, CALLS * PERIOD_MS + LATE);
		TH_LOG("policy %d: the slowest of %d took %ld ms", policies[i],
		       CALLS, ms);
		EXPECT_LE(0, ms);
		EXPECT_GE(PERIOD_MS / 2 * slowness(), ms);
	}
	atomic_store(stop, 1);
	for (i = 0; i < hogs; i++)
		atomic_store(&h[i]->page->stop, 1);
	EXPECT_EQ(0, end(self->srv));
}

TEST_HARNESS_MAIN
