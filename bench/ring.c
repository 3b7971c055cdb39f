// SPDX-License-Identifier: GPL-2.0
/*
 * ring: a message goes round a ring of processes, every other one on the
 * server's node, by send and receive.
 */
#define _GNU_SOURCE
#include <string.h>

#include "lib/party.h"

#define MAX_PROCESSES	1000

/**
 * struct shared - what all processes see
 * @bound: all endpoints are bound
 * @finish: the last round is over
 * @work: rounds that are left
 * @node: of each
 */
struct shared {
	struct bench_gate bound;
	struct bench_gate finish;
	struct bench_work work;
	int node[MAX_PROCESSES];
	struct bench_result result;
};

static struct shared *shared;
static int members = 4;

enum { OPT_MEMBERS = 0x600 };

static const struct argp_option options[] = {
	{ "processes", OPT_MEMBERS, "N", 0, "Length of the ring (default 4)", 0 },
	{ 0 }
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	switch (key) {
	case OPT_MEMBERS:
		members = bench_number(state, "--processes", arg, 2,
				       MAX_PROCESSES);
		return 0;
	case ARGP_KEY_ARG:
		if (state->arg_num)
			argp_usage(state);
		bench_opts.loops = bench_number(state, "LOOPS", arg, 1,
						1000000000);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static int ep_of(int member)
{
	return party_opts.base + (member + members) % members;
}

static int node_of(int member)
{
	return shared->node[(member + members) % members];
}

/* Takes the message of round @seq from the member before, as that left it. */
static int take(int own, message *m, uint64_t seq)
{
	long ret = dvk_receive(ANY, m);
	int from = ep_of(own - 1);

	if (ret)
		return party_failed("receive", ret);
	if (m->m_source != from || !body_check(m, seq, PATTERN_REQUEST + from))
		return bench_fail("message %lu from endpoint %d is damaged",
				  (unsigned long)seq, m->m_source);
	return 0;
}

/* Every member writes it anew, so that a stale one would be seen. */
static int pass(int own, message *m, uint64_t seq)
{
	long ret;

	body_fill(m, seq, PATTERN_REQUEST + ep_of(own));
	ret = dvk_send(ep_of(own + 1), m);
	return ret ? party_failed("send", ret) : 0;
}

static int once_round(void *ctx, uint64_t seq)
{
	return pass(0, ctx, seq) || take(0, ctx, seq);
}

static int go_round(int own)
{
	struct bench_loop loop = { .round = once_round, .work = &shared->work };
	message m;

	loop.ctx = &m;
	if (!own)
		return bench_measure(&loop, &shared->result);
	for (long i = 0; bench_work_left(&shared->work, i); i++)
		if (take(own, &m, i) || pass(own, &m, i))
			return -1;
	return 0;
}

static int member(void *arg)
{
	int own = (long)arg, node = party_join(ep_of(own));

	if (node < 0)
		return -1;
	shared->node[own] = node;
	bench_gate_wait(&shared->bound);
	if (party_meet(node, ep_of(own + 1), node_of(own + 1)) ||
	    party_meet(node, ep_of(own - 1), node_of(own - 1)) ||
	    go_round(own))
		return -1;
	bench_gate_wait(&shared->finish);
	party_forget(node, ep_of(own + 1), node_of(own + 1));
	return party_leave(ep_of(own));
}

static const struct argp_child children[] = { { &party_argp, 0, 0, 0 }, { 0 } };

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "LOOPS",
	.doc = "A 64-byte message goes round a ring of processes on two nodes.",
	.children = children,
};

int main(int argc, char **argv)
{
	struct bench_row row = {
		.name = "ring",
		.what = "send + receive in a ring of processes",
		.bytes = 64,
		.clients = 1,
	};
	struct bench_proc procs[MAX_PROCESSES];

	argp_parse(&argp, argc, argv, 0, NULL, NULL);
	if (bench_opts.warmup < 0)
		bench_opts.warmup = 1000;
	party_settle();
	shared = bench_shared(sizeof(*shared));
	bench_gate_init(&shared->bound, members);
	bench_gate_init(&shared->finish, members);
	bench_work_init(&shared->work, 1);
	for (long i = 0; i < members; i++)
		procs[i] = (struct bench_proc){
			.role = "member", .fn = member, .arg = (void *)i,
			.netns = i % 2 ? bench_opts.server_ns :
					 bench_opts.client_ns,
			.cpu = -1,
		};
	if (bench_split()) {
		bench_fail("--side is not for a ring");
		return 2;
	}
	if (bench_run(procs, members))
		return 1;
	row.messages = members;
	row.pairs = members;
	return bench_report(&row, &shared->result, 1) ? 1 : 0;
}
