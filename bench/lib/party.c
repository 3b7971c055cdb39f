// SPDX-License-Identifier: GPL-2.0
/* Joining a DC. */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "party.h"

/*
 * Two ranges, so that a local run does not meet the remote endpoints that a
 * remote run before it has left behind.
 */
#define LOCAL_BASE 20
#define REMOTE_BASE 120

struct party_opts party_opts = { .base = -1 };

enum { OPT_DC = 0x300, OPT_EP, OPT_LOCAL };

static const struct argp_option options[] = {
	{ "dc", OPT_DC, "ID", 0, "The DC to bind in (default 0)", 0 },
	{ "ep", OPT_EP, "N", 0,
	  "First endpoint to use (default 20, remote 120)", 0 },
	{ "local", OPT_LOCAL, 0, 0,
	  "All processes on the client's node", 0 },
	{ 0 }
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	switch (key) {
	case OPT_DC:
		party_opts.dcid = bench_number(state, "--dc", arg, 0,
					       DVK_MAX_DCS - 1);
		return 0;
	case OPT_EP:
		party_opts.base = bench_number(state, "--ep", arg, 0,
					       DVK_MAX_SLOTS - 1);
		return 0;
	case OPT_LOCAL:
		party_opts.local = true;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_child children[] = { { &bench_argp, 0, 0, 0 }, { 0 } };

const struct argp party_argp = {
	.options = options,
	.parser = parse,
	.children = children,
};

void party_settle(void)
{
	if (party_opts.local)
		bench_opts.server_ns = bench_opts.client_ns;
	if (party_opts.base < 0)
		party_opts.base = bench_across() ?
					  REMOTE_BASE : LOCAL_BASE;
}

int party_failed(const char *call, long code)
{
	return bench_fail("%s: %s (%ld)", call, dvk_strerror(code), code);
}

int party_join(int ep)
{
	dvs_usr_t dvs;
	long ret;

	if (dvk_open() < 0)
		return bench_fail("/dev/dvk: %s; is dvk.ko loaded?",
				  strerror(errno));
	ret = dvk_getdvsinfo(&dvs);
	if (ret < 0)
		return bench_fail("this node has no number yet: set /sys/class/dvk/dvk0/nodeid");
	/* A process of an earlier run may be on its way out. */
	for (int tries = 0;; tries++) {
		long got = dvk_bind(party_opts.dcid, ep);

		if (got == ep)
			return ret;
		if (got != EDVSSLOTUSED || tries == 100)
			return bench_fail("cannot bind endpoint %d in DC %d: %s (%ld)",
					  ep, party_opts.dcid,
					  dvk_strerror(got), got);
		nanosleep(&(struct timespec){ .tv_nsec = 10000000 }, NULL);
	}
}

int party_meet(int own, int ep, int node)
{
	long ret;

	if (own == node)
		return 0;
	ret = dvk_rmtbind(party_opts.dcid, "bench", ep, node);
	if (ret != ep)
		return bench_fail("cannot bind endpoint %d of node %d: %s (%ld)",
				  ep, node, dvk_strerror(ret), ret);
	return 0;
}

void party_forget(int own, int ep, int node)
{
	/* It may be gone already: its node tells when it is unbound there. */
	if (own != node)
		dvk_unbind(party_opts.dcid, ep);
}

int party_leave(int ep)
{
	long ret = dvk_unbind(party_opts.dcid, ep);

	return ret ? party_failed("unbind", ret) : 0;
}
