// SPDX-License-Identifier: GPL-2.0
/* Timing a loop, and telling what came out. */
#define _GNU_SOURCE
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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

static int append(const json_t *obj)
{
	FILE *f = fopen(bench_opts.json, "a");
	int err;

	if (!f)
		return bench_fail("%s: %s", bench_opts.json, strerror(errno));
	err = json_dumpf(obj, f, JSON_COMPACT | JSON_REAL_PRECISION(8));
	fputc('\n', f);
	err |= ferror(f);
	err |= fclose(f);
	if (err)
		return bench_fail("cannot write to %s", bench_opts.json);
	return 0;
}

static void set_text(json_t *o, const char *key, const char *value)
{
	json_object_set_new(o, key, json_string(value));
}

static void set_int(json_t *o, const char *key, long value)
{
	json_object_set_new(o, key, json_integer(value));
}

static void set_real(json_t *o, const char *key, double value)
{
	json_object_set_new(o, key, json_real(value));
}

static int write_json(const struct bench_row *row, const struct bench_result *r,
		      double messages, double bytes)
{
	json_t *o = json_object();
	int err;

	set_text(o, "name", row->name);
	set_text(o, "what", row->what);
	set_text(o, "placement", bench_placement());
	set_int(o, "bytes", row->bytes);
	if (row->answer)
		set_int(o, "answer", row->answer);
	set_int(o, "pairs", row->pairs);
	set_int(o, "clients", row->clients);
	set_int(o, "loops", r->rounds);
	set_text(o, "sched", bench_opts.fifo ? "fifo" : "other");
	json_object_set_new(o, "icount", json_boolean(bench_opts.icount));

	set_real(o, "ns_per_round", r->median);
	if (bench_opts.icount)
		set_real(o, "instr_per_round", r->median);
	set_real(o, "msgs_per_s", messages);
	if (row->copied)
		set_real(o, "bytes_per_s", bytes);
	set_real(o, "ns_mean", r->mean);
	set_real(o, "ns_min", r->min);
	set_real(o, "ns_quarter", r->quarter);
	set_real(o, "ns_three_quarters", r->three_quarters);
	set_real(o, "ns_max", r->max);
	if (bench_opts.percentiles) {
		set_real(o, "ns_p50", r->pct[0]);
		set_real(o, "ns_p90", r->pct[1]);
		set_real(o, "ns_p99", r->pct[2]);
		set_real(o, "ns_p999", r->pct[3]);
	}
	if (bench_opts.rate) {
		set_int(o, "rate", bench_opts.rate);
		set_int(o, "hogs", bench_opts.hogs);
	}
	err = append(o);
	json_decref(o);
	return err;
}

/* Several processes measured at once: a typical one, and all they did. */
static void merge(const struct bench_result *res, int n,
		  struct bench_result *all)
{
	*all = res[0];
	for (int i = 1; i < n; i++) {
		if (res[i].start < all->start)
			all->start = res[i].start;
		if (res[i].end > all->end)
			all->end = res[i].end;
		if (res[i].min < all->min)
			all->min = res[i].min;
		if (res[i].max > all->max)
			all->max = res[i].max;
		all->median += res[i].median;
		all->quarter += res[i].quarter;
		all->three_quarters += res[i].three_quarters;
		all->mean += res[i].mean;
		all->rounds += res[i].rounds;
		for (int k = 0; k < 4; k++)
			all->pct[k] += res[i].pct[k];
	}
	all->median /= n;
	all->quarter /= n;
	all->three_quarters /= n;
	all->mean /= n;
	for (int k = 0; k < 4; k++)
		all->pct[k] /= n;
}

int bench_report(const struct bench_row *row, const struct bench_result *res,
		 int n)
{
	double messages, bytes, ns;
	struct bench_result all;

	/* The other side does, which measured. */
	if (bench_opts.side == BENCH_SERVER)
		return 0;
	merge(res, n, &all);
	/* Alone, a round's median counts; together, what they did in all. */
	ns = n > 1 || bench_opts.rate ?
	     (double)(all.end - all.start) / all.rounds : all.median;
	messages = row->messages * 1e9 / ns;
	bytes = row->copied * 1e9 / ns;

	printf("%s, %s, %zu bytes", row->name, bench_placement(), row->bytes);
	if (row->answer)
		printf(" (answer %zu)", row->answer);
	if (n > 1)
		printf(", %d clients", n);
	if (bench_opts.icount)
		printf(": %.2f k instructions (%.2f to %.2f)", all.median / 1e3,
		       all.min / 1e3, all.max / 1e3);
	else
		printf(": %.2f us (%.2f to %.2f), %.0f messages/s",
		       all.median / 1e3, all.min / 1e3, all.max / 1e3, messages);
	if (row->copied && bench_opts.icount)
		printf(", %.4f instructions per byte", all.median / row->copied);
	else if (row->copied)
		printf(", %.1f MB/s", bytes / 1e6);
	if (bench_opts.percentiles)
		printf("; p50 %.2f, p90 %.2f, p99 %.2f, p99.9 %.2f",
		       all.pct[0] / 1e3, all.pct[1] / 1e3, all.pct[2] / 1e3,
		       all.pct[3] / 1e3);
	if (bench_opts.rate)
		printf(" at %ld/s beside %d hogs", bench_opts.rate,
		       bench_opts.hogs);
	printf("\n");
	fflush(stdout);

	if (bench_opts.json)
		return write_json(row, &all, messages, bytes);
	return 0;
}
