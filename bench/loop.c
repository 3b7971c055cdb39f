// SPDX-License-Identifier: GPL-2.0
/* The frame of the loop benchmarks: options, processes, report. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "loop.h"

#define MESSAGE_BYTES 64
#define MAX_PROCESSES 4096

/**
 * struct shared - what all processes see
 * @bound: all endpoints are bound
 * @start: all clients are warmed up
 * @finish: all clients have finished
 * @work: of each server
 * @taken: by each server
 * @node: nodes of the servers, then of the clients
 * @result: of each client
 */
struct shared {
	struct bench_gate bound;
	struct bench_gate start;
	struct bench_gate finish;
	struct bench_work work[MAX_PROCESSES];
	struct bench_taken taken[MAX_PROCESSES];
	int node[MAX_PROCESSES];
	struct bench_result result[];
};

static const struct loop_kind *kind;
static enum loop_arguments arguments;
static struct shared *shared;
static int pairs = 1;
static int clients = 1;
static bool stream;

enum { OPT_PAIRS = 0x400, OPT_CLIENTS, OPT_STREAM };

static const struct argp_option options[] = {
	{ "pairs", OPT_PAIRS, "N", 0, "So many servers at once (default 1)", 0 },
	{ "clients", OPT_CLIENTS, "N", 0,
	  "Clients of each server (default 1)", 0 },
	{ "stream", OPT_STREAM, 0, 0,
	  "send_oneway: send as fast as it goes; without it the next message waits until the one before it is taken",
	  0 },
	{ 0 }
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	switch (key) {
	case OPT_PAIRS:
		pairs = bench_number(state, "--pairs", arg, 1, 1000);
		return 0;
	case OPT_CLIENTS:
		clients = bench_number(state, "--clients", arg, 1, 1000);
		return 0;
	case OPT_STREAM:
		stream = true;
		return 0;
	case ARGP_KEY_ARG:
		if (arguments == LOOP_PEERS_ROUNDS && state->arg_num == 0) {
			long n = bench_number(state, "PEERS", arg, 2, 2000);

			if (n % 2)
				argp_error(state, "PEERS must be even");
			pairs = n / 2;
			return 0;
		}
		if (state->arg_num > (arguments == LOOP_ROUNDS ? 0 : 1))
			argp_usage(state);
		bench_opts.loops = bench_number(state, "LOOPS", arg, 1,
						1000000000);
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_usage(state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* Endpoints: server, its clients, next server, its clients ... */
static int server_ep(int pair)
{
	return party_opts.base + pair * (1 + clients);
}

static int serve(struct loop *l, int pair)
{
	int own, err;

	own = party_join(l->ep);
	if (own < 0)
		return -1;
	shared->node[pair] = own;
	if (bench_meet(&shared->bound, &own, sizeof(own), &shared->node[pairs],
		       sizeof(own)))
		return -1;
	err = kind->serve(l);
	if (err)
		return err;
	for (int i = 0; i < clients; i++)
		party_forget(own, l->first + i,
			     shared->node[pairs + pair * clients + i]);
	return party_leave(l->ep);
}

static int server(void *arg)
{
	int pair = (long)arg, err;
	struct loop l = {
		.ep = server_ep(pair),
		.server = server_ep(pair),
		.first = server_ep(pair) + 1,
		.clients = clients,
		.work = &shared->work[pair],
		.taken = &shared->taken[pair],
		.expect = calloc(clients, sizeof(*l.expect)),
	};

	err = l.expect ? serve(&l, pair) : bench_fail("no memory");
	free(l.expect);
	return err;
}

static int wait_taken(void *ctx)
{
	struct loop *l = ctx;

	bench_taken_wait(l->taken, l->sent);
	return 0;
}

static int client(void *arg)
{
	int i = (long)arg, pair = i / clients, own;
	struct loop l = {
		.ep = server_ep(pair) + 1 + i % clients,
		.server = server_ep(pair),
		.taken = &shared->taken[pair],
		.stream = stream,
	};
	struct bench_loop loop = {
		.round = kind->round,
		.finish = kind->oneway ? wait_taken : NULL,
		.start = &shared->start,
		.work = &shared->work[pair],
		.ctx = &l,
	};

	own = party_join(l.ep);
	if (own < 0)
		return -1;
	shared->node[pairs + i] = own;
	if (bench_meet(&shared->bound, &own, sizeof(own), &shared->node[0],
		       sizeof(own)))
		return -1;
	if (party_meet(own, l.server, shared->node[pair]))
		return -1;
	if (bench_measure(&loop, &shared->result[i]))
		return -1;
	/* Others on this node may still be talking to it. */
	bench_gate_wait(&shared->finish);
	party_forget(own, l.server, shared->node[pair]);
	return party_leave(l.ep);
}

static int run(int nr_clients)
{
	int total = pairs + nr_clients, err;
	struct bench_proc *procs, *p;

	procs = calloc(total, sizeof(*procs));
	if (!procs)
		return bench_fail("no memory");
	for (long i = 0; i < pairs; i++) {
		p = &procs[i];
		*p = (struct bench_proc){ .serves = true,
					  .fn = server, .arg = (void *)i,
					  .netns = bench_opts.server_ns,
					  .cpu = bench_opts.server_cpu };
		snprintf(p->role, sizeof(p->role), "server %ld", i);
	}
	for (long i = 0; i < nr_clients; i++) {
		p = &procs[pairs + i];
		*p = (struct bench_proc){ .fn = client, .arg = (void *)i,
					  .netns = bench_opts.client_ns,
					  .cpu = bench_opts.client_cpu };
		snprintf(p->role, sizeof(p->role), "client %ld", i);
	}
	err = bench_run(procs, total);
	free(procs);
	return err;
}

static const struct argp_child children[] = { { &party_argp, 0, 0, 0 }, { 0 } };

int loop_main(int argc, char **argv, const struct loop_kind *k,
	      enum loop_arguments a)
{
	struct argp argp = {
		.options = options,
		.parser = parse,
		.args_doc = a == LOOP_PEERS_ROUNDS ? "PEERS LOOPS" : "LOOPS",
		.doc = "Clients and servers exchange 64-byte messages.",
		.children = children,
	};
	struct bench_row row = {
		.what = k->what,
		.bytes = MESSAGE_BYTES,
		.messages = k->oneway ? 1 : 2,
	};
	int n;

	kind = k;
	arguments = a;
	argp_parse(&argp, argc, argv, 0, NULL, NULL);
	if (bench_opts.warmup < 0)
		bench_opts.warmup = 3000;
	party_settle();

	n = pairs * clients;
	if (bench_split() && (n > 1 || k->oneway)) {
		bench_fail("--side is for one client that is answered");
		return 2;
	}
	if (k->oneway && clients > 1) {
		bench_fail("in one direction there is one client to a server");
		return 2;
	}
	if (stream && k != &loop_send_oneway) {
		bench_fail("--stream is for send_oneway");
		return 2;
	}
	if (pairs + n > MAX_PROCESSES) {
		bench_fail("that is more than %d processes", MAX_PROCESSES);
		return 2;
	}
	shared = bench_shared(sizeof(*shared) + n * sizeof(shared->result[0]));
	bench_gate_init(&shared->bound, pairs + n);
	bench_gate_init(&shared->start, n);
	bench_gate_init(&shared->finish, n);
	for (int i = 0; i < pairs; i++)
		bench_work_init(&shared->work[i], clients);
	if (run(n))
		return 1;
	row.name = program_invocation_short_name;
	if (stream)
		row.name = "send_stream";
	row.pairs = pairs;
	row.clients = clients;
	return bench_report(&row, shared->result, n) ? 1 : 0;
}
