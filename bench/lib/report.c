// SPDX-License-Identifier: GPL-2.0
/* Telling what came out, to people and to a file. */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "bench.h"

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
