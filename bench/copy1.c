// SPDX-License-Identifier: GPL-2.0
/*
 * copy1: a server copies from and to the memory of a client that waits in a
 * sendrec, which is how servers move bulk data.
 */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>

#include "lib/party.h"

#define CLIENT_SEED 33
#define SERVER_SEED 44

enum way { GET = 1, PUT = 2 };

/**
 * struct shared - what both processes see
 * @bound: both endpoints are bound
 * @work: with --call, what is left for the server
 * @node: of server and client
 */
struct shared {
	struct bench_gate bound;
	struct bench_work work;
	int node[2];
	struct bench_result result;
};

/**
 * struct copy - one side of it
 * @m: the request
 * @client: endpoint of the client
 * @buf: own buffer
 * @addr: address of the client's
 */
struct copy {
	message m;
	int client;
	char *buf;
	char *addr;
};

static struct shared *shared;
static long bytes;
static enum way way;
static int ways = GET | PUT;
static bool per_call;

enum { OPT_OP = 0x500, OPT_CALL };

static const struct argp_option options[] = {
	{ "op", OPT_OP, "get|put|both", 0,
	  "The server copies from the client, to it, or one after the other (default)",
	  0 },
	{ "call", OPT_CALL, 0, 0,
	  "Each copy in a request of its own: sendrec, vcopy, reply", 0 },
	{ 0 }
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	switch (key) {
	case OPT_OP:
		if (!strcmp(arg, "get"))
			ways = GET;
		else if (!strcmp(arg, "put"))
			ways = PUT;
		else if (!strcmp(arg, "both"))
			ways = GET | PUT;
		else
			argp_error(state, "--op takes get, put or both");
		return 0;
	case OPT_CALL:
		per_call = true;
		return 0;
	case ARGP_KEY_ARG:
		if (state->arg_num == 0)
			bench_opts.loops = bench_number(state, "LOOPS", arg, 1,
							1000000000);
		else if (state->arg_num == 1)
			bytes = bench_number(state, "BUFSIZE", arg, 1, 1 << 30);
		else
			argp_usage(state);
		return 0;
	case ARGP_KEY_END:
		if (state->arg_num != 2)
			argp_usage(state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_child children[] = { { &party_argp, 0, 0, 0 }, { 0 } };

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "LOOPS BUFSIZE",
	.doc = "A server copies BUFSIZE bytes from and to the memory of a client.",
	.children = children,
};

static char *make_buffer(uint64_t seed)
{
	char *p = aligned_alloc(PATTERN_PAGE, (bytes + PATTERN_PAGE - 1) &
						      ~(PATTERN_PAGE - 1L));

	if (!p) {
		bench_fail("no memory");
		return NULL;
	}
	bulk_fill(p, bytes, seed, 0);
	return p;
}

/* --- server ---------------------------------------------------------------- */

/*
 * One copy. In @seq the client has stamped its buffer with if there is a call
 * for each copy; with one call for all, the client sleeps and its stamps stay
 * those of 0, so the server's own are destroyed first.
 */
static int copy_once(void *ctx, uint64_t seq)
{
	struct copy *c = ctx;
	uint64_t stamp = per_call ? seq : 0;
	long ret;

	if (way == PUT) {
		stamp_set(c->buf, bytes, seq);
		ret = dvk_vcopy(SELF, c->buf, c->client, c->addr, bytes);
		return ret ? party_failed("vcopy", ret) : 0;
	}
	if (!per_call)
		stamp_set(c->buf, bytes, ~0ull);
	ret = dvk_vcopy(c->client, c->addr, SELF, c->buf, bytes);
	if (ret)
		return party_failed("vcopy", ret);
	if (seq ? !stamp_check(c->buf, bytes, stamp) :
		  !bulk_check(c->buf, bytes, CLIENT_SEED, stamp))
		return bench_fail("copy %lu is damaged", (unsigned long)seq);
	return 0;
}

static int take_request(struct copy *c)
{
	long ret = dvk_rcvrqst(&c->m);

	if (ret)
		return party_failed("rcvrqst", ret);
	if (c->m.m_source != c->client)
		return bench_fail("a request came from endpoint %d",
				  c->m.m_source);
	c->addr = c->m.m1_p1;
	return 0;
}

static int answer(struct copy *c)
{
	long ret = dvk_reply(c->client, &c->m);

	return ret ? party_failed("reply", ret) : 0;
}

static int last_ok(struct copy *c, uint64_t stamp)
{
	if (way == GET && !bulk_check(c->buf, bytes, CLIENT_SEED, stamp))
		return bench_fail("the last copy is damaged");
	return 0;
}

static int serve(struct copy *c)
{
	struct bench_loop loop = { .round = copy_once, .ctx = c };
	long done;

	if (!per_call)
		return take_request(c) ||
		       bench_measure(&loop, &shared->result) ||
		       last_ok(c, 0) || answer(c);
	for (done = 0; bench_work_left(&shared->work, done); done++)
		if (take_request(c) || copy_once(c, done) || answer(c))
			return -1;
	return last_ok(c, done - 1);
}

static int server(void *arg)
{
	struct copy c = { .client = party_opts.base + 1,
			  .buf = make_buffer(SERVER_SEED) };

	(void)arg;
	if (!c.buf)
		return -1;
	shared->node[0] = party_join(party_opts.base);
	if (shared->node[0] < 0)
		return -1;
	if (bench_meet(&shared->bound, &shared->node[0], sizeof(int),
		       &shared->node[1], sizeof(int)) ||
	    serve(&c))
		return -1;
	party_forget(shared->node[0], c.client, shared->node[1]);
	return party_leave(party_opts.base);
}

/* --- client ---------------------------------------------------------------- */

static int call_once(void *ctx, uint64_t seq)
{
	struct copy *c = ctx;
	long ret;

	if (way == GET && per_call)
		stamp_set(c->buf, bytes, seq);
	c->m.m_type = 1;
	c->m.m1_i1 = bytes;
	c->m.m1_p1 = c->buf;
	ret = dvk_sendrec(party_opts.base, &c->m);
	if (ret)
		return party_failed("sendrec", ret);
	if (way == PUT && per_call && !stamp_check(c->buf, bytes, seq))
		return bench_fail("copy %lu is damaged", (unsigned long)seq);
	return 0;
}

static int client(void *arg)
{
	struct copy c = { .client = party_opts.base + 1,
			  .buf = make_buffer(CLIENT_SEED) };
	struct bench_loop loop = { .round = call_once, .work = &shared->work,
				   .ctx = &c };
	int own;

	(void)arg;
	if (!c.buf)
		return -1;
	own = party_join(c.client);
	if (own < 0)
		return -1;
	shared->node[1] = own;
	if (bench_meet(&shared->bound, &shared->node[1], sizeof(int),
		       &shared->node[0], sizeof(int)) ||
	    party_meet(own, party_opts.base, shared->node[0]))
		return -1;
	if (per_call ? bench_measure(&loop, &shared->result) : call_once(&c, 0))
		return -1;
	if (way == PUT &&
	    !bulk_check(c.buf, bytes, SERVER_SEED, shared->result.last))
		return bench_fail("what was copied out is damaged");
	party_forget(own, party_opts.base, shared->node[0]);
	return party_leave(c.client);
}

static int run(enum way w)
{
	struct bench_proc procs[] = {
		{ .role = "server", .serves = true, .fn = server,
		  .netns = bench_opts.server_ns, .cpu = bench_opts.server_cpu },
		{ .role = "client", .fn = client,
		  .netns = bench_opts.client_ns, .cpu = bench_opts.client_cpu },
	};
	struct bench_row row = {
		.bytes = bytes,
		.messages = 1,
		.copied = bytes,
		.pairs = 1,
		.clients = 1,
	};

	way = w;
	if (w == GET) {
		row.name = per_call ? "copy1-get-call" : "copy1-get";
		row.what = per_call ? "sendrec / rcvrqst + vcopy from the client + reply" :
				      "vcopy from the client";
	} else {
		row.name = per_call ? "copy1-put-call" : "copy1-put";
		row.what = per_call ? "sendrec / rcvrqst + vcopy to the client + reply" :
				      "vcopy to the client";
	}
	bench_gate_init(&shared->bound, 2);
	bench_work_init(&shared->work, 1);
	if (bench_run(procs, 2))
		return -1;
	return bench_report(&row, &shared->result, 1);
}

int main(int argc, char **argv)
{
	argp_parse(&argp, argc, argv, 0, NULL, NULL);
	/* The client measures, and in another machine nobody else could. */
	per_call |= bench_split();
	if (bench_opts.warmup < 0)
		bench_opts.warmup = per_call ? 200 : 20;
	party_settle();
	shared = bench_shared(sizeof(*shared));

	if ((ways & GET && run(GET)) || (ways & PUT && run(PUT)))
		return 1;
	return 0;
}
