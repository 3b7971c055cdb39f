// SPDX-License-Identifier: GPL-2.0
/*
 * Latency at a given rate: rounds begin when they are due, whatever became of
 * those before, as requests of many independent users do. Each is timed from
 * the moment it was due. A loop that only begins the next round after the last
 * one would leave out all the rounds that a long one delays ("coordinated
 * omission").
 */
#define _GNU_SOURCE
#include <errno.h>
#include <sys/prctl.h>
#include <time.h>

#include "bench.h"

#define SECOND 1000000000ull

static uint64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * SECOND + ts.tv_nsec;
}

static void sleep_until(uint64_t t)
{
	struct timespec ts = { t / SECOND, t % SECOND };

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL) ==
	       EINTR)
		;
}

int bench_open_loop(const struct bench_loop *loop, uint64_t *seq, long rounds,
		    double *latency)
{
	uint64_t start, due;

	/* Not the 50 us that the kernel may be late by default. */
	prctl(PR_SET_TIMERSLACK, 1);
	start = now() + SECOND / bench_opts.rate;
	for (long i = 0; i < rounds; i++) {
		due = start + i * SECOND / bench_opts.rate;
		if (now() < due)
			sleep_until(due);
		if (loop->round(loop->ctx, (*seq)++))
			return -1;
		latency[i] = now() - due;
	}
	return 0;
}
