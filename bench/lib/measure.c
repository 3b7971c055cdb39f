// SPDX-License-Identifier: GPL-2.0
/* Timing a loop. */
#include <stdlib.h>
#include <time.h>

#include "bench.h"

static const double pct_points[4] = { 50, 90, 99, 99.9 };

static uint64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double part(const double *sorted, long n, double percent)
{
	long k = percent / 100 * n;

	return sorted[k < n ? k : n - 1];
}

static void summarize(double *slice, long n, struct bench_result *res)
{
	qsort(slice, n, sizeof(*slice), by_value);
	res->min = slice[0];
	res->max = slice[n - 1];
	res->median = n % 2 ? slice[n / 2] :
			      (slice[n / 2 - 1] + slice[n / 2]) / 2;
	res->quarter = part(slice, n, 25);
	res->three_quarters = part(slice, n, 75);
	res->mean = (double)(res->end - res->start) / res->rounds;
	for (int i = 0; i < 4 && bench_opts.percentiles; i++)
		res->pct[i] = part(slice, n, pct_points[i]);
}

/*
 * Does the warm-up, and decides how many rounds there is time for. Returns
 * that number, or -1; *@seq is the next round's.
 */
static long warm_up(const struct bench_loop *loop, uint64_t *seq)
{
	uint64_t start = now(), limit = bench_opts.seconds * 1000000000ull;
	uint64_t spent;
	long rounds = bench_opts.loops, done = 0;

	while (done < bench_opts.warmup) {
		if (loop->round(loop->ctx, (*seq)++))
			return -1;
		done++;
		if (limit && done % 64 == 0 && now() - start > limit / 2)
			break;
	}
	spent = now() - start;
	if (limit && done && (double)spent / done * rounds > limit)
		rounds = limit / ((double)spent / done);
	if (rounds < bench_opts.slices)
		rounds = bench_opts.slices;
	if (rounds > bench_opts.loops)
		rounds = bench_opts.loops;
	if (loop->work)
		atomic_fetch_sub(&loop->work->rounds,
				 bench_opts.warmup - done +
					 bench_opts.loops - rounds);
	return rounds;
}

int bench_measure(const struct bench_loop *loop, struct bench_result *res)
{
	uint64_t seq = 0, t, last, busy;
	long rounds, slices, i, n, done = 0;
	double *slice;

	rounds = warm_up(loop, &seq);
	if (rounds < 0)
		return -1;
	slices = bench_opts.percentiles ? rounds : bench_opts.slices;
	if (slices > rounds)
		slices = rounds;
	slice = malloc(slices * sizeof(*slice));
	if (!slice)
		return bench_fail("no memory");
	/* Written once now, so that no page fault falls into the loop. */
	for (i = 0; i < slices; i++)
		slice[i] = 1;
	if (loop->start)
		bench_gate_wait(loop->start);
	busy = bench_metered() ? bench_busy() : 0;

	res->rounds = rounds;
	last = now();
	res->start = last;
	if (bench_opts.rate && bench_open_loop(loop, &seq, rounds, slice))
		goto fail;
	for (long s = 0; s < slices && !bench_opts.rate; s++) {
		n = rounds * (s + 1) / slices - done;
		for (i = 0; i < n; i++)
			if (loop->round(loop->ctx, seq++))
				goto fail;
		done += n;
		t = now();
		slice[s] = (double)(t - last) / n;
		last = t;
	}
	if (loop->finish && loop->finish(loop->ctx))
		goto fail;
	res->end = now();
	if (busy) {
		res->busy = bench_busy();
		if (!res->busy)
			goto fail;
		res->busy -= busy;
	}
	res->last = seq - 1;
	summarize(slice, slices, res);
	if (res->busy) {
		res->median = (double)res->busy / rounds;
		res->min = res->median;
		res->max = res->median;
		res->quarter = res->median;
		res->three_quarters = res->median;
		res->mean = res->median;
	}
	free(slice);
	return 0;

fail:
	free(slice);
	return -1;
}
