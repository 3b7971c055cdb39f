// SPDX-License-Identifier: GPL-2.0
/* Command line of the baselines. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "baseline.h"

struct baseline_opts baseline_opts = { .clients = 1 };

static const struct baseline *chosen;

enum { OPT_ANSWER = 0x200, OPT_CLIENTS, OPT_ONEWAY, OPT_STREAM };

static const struct argp_option options[] = {
	{ "bytes", 'b', "BYTES", 0, "Size of a message (default 64) or copy", 0 },
	{ "answer", OPT_ANSWER, "BYTES", 0,
	  "Size of the answers, if they differ from the requests", 0 },
	{ "clients", OPT_CLIENTS, "N", 0,
	  "TCP: so many clients of one server that uses epoll", 0 },
	{ "oneway", OPT_ONEWAY, 0, 0,
	  "pipe, unix: messages in one direction, each read before the next is written",
	  0 },
	{ "stream", OPT_STREAM, 0, 0,
	  "pipe, unix: messages in one direction, as fast as they go", 0 },
	{ 0 }
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct baseline_opts *o = &baseline_opts;

	switch (key) {
	case 'b':
		o->bytes = bench_number(state, "--bytes", arg, 8, 1 << 30);
		return 0;
	case OPT_ANSWER:
		o->answer = bench_number(state, "--answer", arg, 8, 1 << 30);
		return 0;
	case OPT_CLIENTS:
		o->clients = bench_number(state, "--clients", arg, 1, 1024);
		return 0;
	case OPT_STREAM:
		o->stream = true;
		o->oneway = true;
		return 0;
	case OPT_ONEWAY:
		o->oneway = true;
		return 0;
	case ARGP_KEY_ARG:
		if (state->arg_num == 1) {
			bench_opts.loops = bench_number(state, "LOOPS", arg, 1,
							1000000000);
			return 0;
		}
		if (state->arg_num > 1)
			argp_usage(state);
		for (const struct baseline *b = baselines; b->name; b++)
			if (!strcmp(arg, b->name))
				chosen = b;
		if (!chosen)
			argp_error(state, "no baseline called '%s'", arg);
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_usage(state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_child children[] = { { &bench_argp, 0, 0, 0 }, { 0 } };

int baseline_missing(const char *why)
{
	bench_fail("not available: %s", why);
	return BASELINE_MISSING;
}

int main(int argc, char **argv)
{
	struct baseline_opts *o = &baseline_opts;
	struct argp argp = {
		.options = options,
		.parser = parse,
		.args_doc = "KIND [LOOPS]",
		.children = children,
	};
	char doc[512];
	int ret;

	snprintf(doc, sizeof(doc),
		 "Measures what programs would use without DVK.\v%s",
		 baseline_doc);
	argp.doc = doc;
	argp_parse(&argp, argc, argv, 0, NULL, NULL);
	if (!o->bytes)
		o->bytes = chosen->bulk ? 1 << 20 : MESSAGE_BYTES;
	if (!o->answer)
		o->answer = o->bytes;
	if (bench_opts.warmup < 0)
		bench_opts.warmup = chosen->bulk ? 20 : 3000;
	if (o->clients > 1 && !chosen->many) {
		bench_fail("--clients is for tcp");
		return 2;
	}
	if (o->oneway && !chosen->oneway) {
		bench_fail("--oneway and --stream are for pipe and unix");
		return 2;
	}
	ret = chosen->run(chosen);
	return ret == BASELINE_MISSING ? 4 : ret ? 1 : 0;
}
