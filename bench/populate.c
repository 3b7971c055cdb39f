// SPDX-License-Identifier: GPL-2.0
/*
 * populate: many endpoints that only exist. Threads bind them, a share in each
 * DC and the rest in the first one, and sleep until the program is told to
 * end. What a benchmark costs beside them shows whether a call depends on how
 * much is configured.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/party.h"

#define FIRST_EP	1000
#define STACK_SIZE	(64 * 1024)

static long endpoints = 10000;
static long dcs = 1;
static pthread_barrier_t bound;
static _Atomic int failed;

enum { OPT_ENDPOINTS = 0x700, OPT_DCS };

static const struct argp_option options[] = {
	{ "endpoints", OPT_ENDPOINTS, "N", 0,
	  "How many to bind (default 10000)", 0 },
	{ "dcs", OPT_DCS, "N", 0,
	  "In DC 0 to N - 1; half of them in DC 0 (default 1)", 0 },
	{ 0 }
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	switch (key) {
	case OPT_ENDPOINTS:
		endpoints = bench_number(state, "--endpoints", arg, 1, 60000);
		return 0;
	case OPT_DCS:
		dcs = bench_number(state, "--dcs", arg, 1, DVK_MAX_DCS);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* Half of all in DC 0, the others spread over the rest. */
static void place(long i, int *dcid, int *ep)
{
	long half = dcs > 1 ? endpoints / 2 : endpoints;

	if (i < half) {
		*dcid = 0;
		*ep = FIRST_EP + i;
	} else {
		*dcid = 1 + (i - half) % (dcs - 1);
		*ep = (i - half) / (dcs - 1);
	}
}

static void *hold(void *arg)
{
	int dcid, ep;
	long got;

	place((long)arg, &dcid, &ep);
	got = dvk_tbind(dcid, ep);
	if (got != ep && !failed++)
		bench_fail("cannot bind endpoint %d in DC %d: %s (%ld)", ep,
			   dcid, dvk_strerror(got), got);
	pthread_barrier_wait(&bound);
	for (;;)
		pause();
	return NULL;
}

static const struct argp_child children[] = { { &bench_argp, 0, 0, 0 }, { 0 } };

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.doc = "Binds many endpoints on the node of --client-ns and holds them until SIGTERM. "
	       "Prints a line when all are bound.",
	.children = children,
};

static int populate(void *arg)
{
	pthread_attr_t attr;
	pthread_t thread;

	(void)arg;
	if (dvk_open() < 0)
		return bench_fail("/dev/dvk: %s; is dvk.ko loaded?",
				  strerror(errno));
	pthread_barrier_init(&bound, NULL, endpoints + 1);
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_SIZE);
	for (long i = 0; i < endpoints; i++) {
		int err = pthread_create(&thread, &attr, hold, (void *)i);

		if (err)
			return bench_fail("thread %ld: %s", i, strerror(err));
	}
	pthread_barrier_wait(&bound);
	if (failed)
		return bench_fail("%d endpoints could not be bound", failed);
	printf("%ld endpoints in %ld DCs\n", endpoints, dcs);
	fflush(stdout);
	for (;;)
		pause();
}

int main(int argc, char **argv)
{
	struct bench_proc proc = { .role = "holder", .fn = populate,
				   .cpu = -1 };

	argp_parse(&argp, argc, argv, 0, NULL, NULL);
	proc.netns = bench_opts.client_ns;
	/* It ends when it is told to. */
	bench_opts.timeout = 1000000;
	return bench_run(&proc, 1) ? 1 : 0;
}
