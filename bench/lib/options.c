// SPDX-License-Identifier: GPL-2.0
/* The options that all benchmarks share. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"

struct bench_opts bench_opts = {
	.loops = 10000,
	.warmup = -1,
	.slices = 20,
	.seconds = 10,
	.timeout = 120,
	.server_cpu = -1,
	.client_cpu = -1,
};

enum {
	OPT_WARMUP = 0x100,
	OPT_SLICES,
	OPT_SECONDS,
	OPT_TIMEOUT,
	OPT_SERVER_CPU,
	OPT_CLIENT_CPU,
	OPT_FIFO,
	OPT_ICOUNT,
	OPT_PERCENTILES,
	OPT_JSON,
	OPT_PLACEMENT,
	OPT_RATE,
	OPT_HOGS,
	OPT_SIDE,
	OPT_AT,
	OPT_SERVER_NS,
	OPT_CLIENT_NS,
};

static const struct argp_option options[] = {
	{ 0, 0, 0, 0, "Placement:", 10 },
	{ "server-ns", OPT_SERVER_NS, "NAME", 0,
	  "Network namespace of the server, as in ip netns", 0 },
	{ "client-ns", OPT_CLIENT_NS, "NAME", 0,
	  "Network namespace of the client", 0 },
	{ "server-cpu", OPT_SERVER_CPU, "N", 0, "Pin the server to a CPU", 0 },
	{ "client-cpu", OPT_CLIENT_CPU, "N", 0, "Pin the client to a CPU", 0 },
	{ "side", OPT_SIDE, "server|client", 0,
	  "Only the processes of that side; the other runs in another machine", 0 },
	{ "at", OPT_AT, "HOST", 0, "--side client: where the server's side is",
	  0 },
	{ "hogs", OPT_HOGS, "N", 0,
	  "Start N processes beside it that use up CPU time", 0 },
	{ "fifo", OPT_FIFO, 0, 0, "Run all processes under SCHED_FIFO", 0 },
	{ 0, 0, 0, 0, "Measuring:", 20 },
	{ "warmup", OPT_WARMUP, "ROUNDS", 0,
	  "Rounds before the clock starts (default 3000, copies 20)", 0 },
	{ "slices", OPT_SLICES, "N", 0,
	  "Time the rounds in N slices; the median counts (default 20)", 0 },
	{ "percentiles", OPT_PERCENTILES, 0, 0,
	  "Time every round by itself and report percentiles", 0 },
	{ "rate", OPT_RATE, "N", 0,
	  "Begin N rounds a second, and report how long after they were due they end",
	  0 },
	{ "icount", OPT_ICOUNT, 0, 0,
	  "A nanosecond of this machine is one instruction (default if DVK_ICOUNT=1 is set)",
	  0 },
	{ "seconds", OPT_SECONDS, "N", 0,
	  "Do fewer rounds rather than measure much longer than this; 0 for no limit (default 10)",
	  0 },
	{ "timeout", OPT_TIMEOUT, "SECONDS", 0,
	  "Give up after this time (default 120)", 0 },
	{ "json", OPT_JSON, "FILE", 0, "Append the result to FILE", 0 },
	{ "placement", OPT_PLACEMENT, "NAME", 0,
	  "What the result calls the placement (default local or remote)", 0 },
	{ 0 }
};

long bench_number(const struct argp_state *state, const char *what,
		  const char *arg, long min, long max)
{
	char *end;
	long v;

	errno = 0;
	v = strtol(arg, &end, 0);
	if (errno || end == arg || *end || v < min || v > max)
		argp_error(state, "%s must be a number from %ld to %ld, not '%s'",
			   what, min, max, arg);
	return v;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct bench_opts *o = &bench_opts;
	const char *env;

	switch (key) {
	case ARGP_KEY_INIT:
		env = getenv("DVK_ICOUNT");
		o->icount = env && !strcmp(env, "1");
		return 0;
	case OPT_WARMUP:
		o->warmup = bench_number(state, "--warmup", arg, 0, 1000000000);
		return 0;
	case OPT_SLICES:
		o->slices = bench_number(state, "--slices", arg, 1, 1000000);
		return 0;
	case OPT_SECONDS:
		o->seconds = bench_number(state, "--seconds", arg, 0, 1000000);
		return 0;
	case OPT_TIMEOUT:
		o->timeout = bench_number(state, "--timeout", arg, 1, 1000000);
		return 0;
	case OPT_SERVER_CPU:
		o->server_cpu = bench_number(state, "--server-cpu", arg, 0, 1023);
		return 0;
	case OPT_CLIENT_CPU:
		o->client_cpu = bench_number(state, "--client-cpu", arg, 0, 1023);
		return 0;
	case OPT_FIFO:
		o->fifo = true;
		return 0;
	case OPT_ICOUNT:
		o->icount = true;
		return 0;
	case OPT_PERCENTILES:
		o->percentiles = true;
		return 0;
	case OPT_JSON:
		o->json = arg;
		return 0;
	case OPT_RATE:
		o->rate = bench_number(state, "--rate", arg, 1, 1000000);
		o->percentiles = true;
		return 0;
	case OPT_HOGS:
		o->hogs = bench_number(state, "--hogs", arg, 0,
				       BENCH_MAX_HOGS);
		return 0;
	case OPT_SIDE:
		if (!strcmp(arg, "server"))
			o->side = BENCH_SERVER;
		else if (!strcmp(arg, "client"))
			o->side = BENCH_CLIENT;
		else
			argp_error(state, "--side takes server or client");
		/* Rounds left out by one side would be missed by the other. */
		o->seconds = 0;
		return 0;
	case OPT_AT:
		o->at = arg;
		return 0;
	case ARGP_KEY_END:
		if (o->side == BENCH_CLIENT && !o->at)
			argp_error(state, "--side client needs --at");
		return 0;
	case OPT_PLACEMENT:
		o->placement = arg;
		return 0;
	case OPT_SERVER_NS:
		o->server_ns = arg;
		return 0;
	case OPT_CLIENT_NS:
		o->client_ns = arg;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct argp bench_argp = { .options = options, .parser = parse };

bool bench_split(void)
{
	return bench_opts.side != BENCH_BOTH;
}

bool bench_across(void)
{
	const char *s = bench_opts.server_ns ? bench_opts.server_ns : "";
	const char *c = bench_opts.client_ns ? bench_opts.client_ns : "";

	return bench_split() || strcmp(s, c);
}

const char *bench_placement(void)
{
	if (bench_opts.placement)
		return bench_opts.placement;
	return bench_across() ? "remote" : "local";
}
