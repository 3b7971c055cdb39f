// SPDX-License-Identifier: GPL-2.0
/* Ping-pong over byte streams and what can be used like one. */
#define _GNU_SOURCE
#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/pattern.h"
#include "stream.h"

/* Seed of the contents of answers that are longer than a message. */
#define ANSWER_SEED 77

bool stream_by_send;

/*
 * What runs in every round is inlined and, for the usual size, compiled for
 * constants: the programs under comparison shall be mostly kernel.
 */
#define EACH_ROUND static inline __attribute__((always_inline))

static int read_rest(int fd, char *p, size_t len, ssize_t n)
{
	while (n > 0 && (size_t)n < len) {
		p += n;
		len -= n;
		n = read(fd, p, len);
	}
	if (n < 0)
		return bench_fail("read: %s", strerror(errno));
	if (!n)
		return bench_fail("the other side has gone");
	return 0;
}

EACH_ROUND int read_full(int fd, char *buf, size_t len)
{
	ssize_t n = read(fd, buf, len);

	return n == (ssize_t)len ? 0 : read_rest(fd, buf, len, n);
}

static int write_rest(int fd, const char *p, size_t len, ssize_t n)
{
	while (n >= 0 && (size_t)n < len) {
		p += n;
		len -= n;
		n = write(fd, p, len);
	}
	if (n < 0)
		return bench_fail("write: %s", strerror(errno));
	return 0;
}

EACH_ROUND int write_full(int fd, const char *buf, size_t len)
{
	ssize_t n = stream_by_send ? send(fd, buf, len, 0) :
				     write(fd, buf, len);

	return n == (ssize_t)len ? 0 : write_rest(fd, buf, len, n);
}

/* A message is a pattern throughout; other blocks have a stamp per page. */
EACH_ROUND bool is_block(size_t bytes)
{
	return bytes != MESSAGE_BYTES;
}

EACH_ROUND void fill(char *buf, size_t bytes, uint64_t seq, uint64_t salt)
{
	if (is_block(bytes))
		stamp_set(buf, bytes, seq);
	else
		pattern_fill(buf, MESSAGE_BYTES / 8, seq, salt);
}

EACH_ROUND bool check(const char *buf, size_t bytes, uint64_t seq,
		      uint64_t salt)
{
	if (!is_block(bytes))
		return pattern_check(buf, MESSAGE_BYTES / 8, seq, salt);
	if (!seq)
		return bulk_check(buf, bytes, ANSWER_SEED + salt, seq);
	return stamp_check(buf, bytes, seq);
}

int stream_buffers(char **request, char **answer)
{
	size_t in = baseline_opts.bytes, out = baseline_opts.answer;

	*request = calloc(1, in);
	*answer = calloc(1, out);
	if (!*request || !*answer)
		return bench_fail("no memory");
	if (is_block(in))
		bulk_fill(*request, in, ANSWER_SEED + PATTERN_REQUEST, 0);
	if (is_block(out))
		bulk_fill(*answer, out, ANSWER_SEED + PATTERN_ANSWER, 0);
	return 0;
}

EACH_ROUND int serve_one(struct end *e, char *request, char *answer,
			 uint64_t seq, size_t in, size_t out)
{
	if (read_full(e->in, request, in))
		return -1;
	if (!check(request, in, seq, PATTERN_REQUEST))
		return bench_fail("request %lu is damaged", (unsigned long)seq);
	if (!out)
		return 0;
	fill(answer, out, seq, PATTERN_ANSWER);
	return write_full(e->out, answer, out);
}

int stream_serve_one(struct end *e, char *request, char *answer, uint64_t seq)
{
	return serve_one(e, request, answer, seq, baseline_opts.bytes,
			 baseline_opts.answer);
}

/* Both sizes are the usual one. */
static bool plain(void)
{
	return baseline_opts.bytes == MESSAGE_BYTES &&
	       baseline_opts.answer == MESSAGE_BYTES && !baseline_opts.oneway;
}

int stream_serve(struct end *e, struct meeting *m)
{
	struct bench_work *work = &m->work;
	size_t in = baseline_opts.bytes;
	size_t out = baseline_opts.oneway ? 0 : baseline_opts.answer;
	char *request, *answer;
	int err = stream_buffers(&request, &answer);
	long i;

	if (plain()) {
		for (i = 0; bench_work_left(work, i) && !err; i++)
			err = serve_one(e, request, answer, i, MESSAGE_BYTES,
					MESSAGE_BYTES);
	} else if (!out) {
		for (i = 0; bench_work_left(work, i) && !err; i++) {
			err = serve_one(e, request, answer, i, in, 0);
			bench_taken_one(&m->taken);
		}
	} else {
		for (i = 0; bench_work_left(work, i) && !err; i++)
			err = serve_one(e, request, answer, i, in, out);
	}
	free(request);
	free(answer);
	return err;
}

EACH_ROUND int ask_one(struct client *c, uint64_t seq, size_t out, size_t in)
{
	fill(c->request, out, seq, PATTERN_REQUEST);
	if (write_full(c->end.out, c->request, out))
		return -1;
	if (!in)
		return 0;
	if (read_full(c->end.in, c->answer, in))
		return -1;
	if (!check(c->answer, in, seq, PATTERN_ANSWER))
		return bench_fail("answer %lu is damaged", (unsigned long)seq);
	return 0;
}

static int plain_round(void *ctx, uint64_t seq)
{
	return ask_one(ctx, seq, MESSAGE_BYTES, MESSAGE_BYTES);
}

/* A message that is not answered, and not followed by one before it is read. */
static int step_round(void *ctx, uint64_t seq)
{
	struct client *c = ctx;

	if (ask_one(c, seq, MESSAGE_BYTES, 0))
		return -1;
	bench_taken_wait(&c->meeting->taken, seq + 1);
	c->sent = seq + 1;
	return 0;
}

static int any_round(void *ctx, uint64_t seq)
{
	struct client *c = ctx;

	c->sent = seq + 1;
	return ask_one(c, seq, baseline_opts.bytes,
		       baseline_opts.oneway ? 0 : baseline_opts.answer);
}

static int wait_taken(void *ctx)
{
	struct client *c = ctx;

	if (baseline_opts.oneway)
		bench_taken_wait(&c->meeting->taken, c->sent);
	return 0;
}

int stream_ask(struct client *c)
{
	struct bench_loop loop = {
		.round = any_round,
		.finish = wait_taken,
		.start = &c->meeting->start,
		.work = &c->meeting->work,
		.ctx = c,
	};
	struct bench_result *res = &c->meeting->result[c->index];
	int err = stream_buffers(&c->request, &c->answer);

	if (plain())
		loop.round = plain_round;
	else if (baseline_opts.oneway && !baseline_opts.stream &&
		 baseline_opts.bytes == MESSAGE_BYTES)
		loop.round = step_round;
	if (!err)
		err = bench_measure(&loop, res);
	if (!err && is_block(baseline_opts.answer) && !baseline_opts.oneway &&
	    !bulk_check(c->answer, baseline_opts.answer,
			ANSWER_SEED + PATTERN_ANSWER, res->last))
		err = bench_fail("the last answer is damaged");
	free(c->request);
	free(c->answer);
	return err;
}

struct meeting *stream_meeting(int clients)
{
	struct meeting *m;

	m = bench_shared(sizeof(*m) + clients * sizeof(m->result[0]));
	bench_gate_init(&m->gate, clients + 1);
	bench_gate_init(&m->start, clients);
	bench_work_init(&m->work, clients);
	return m;
}

int stream_report(const struct baseline *b, const struct meeting *m)
{
	char name[32];
	struct bench_row row = {
		.name = name,
		.what = b->what,
		.bytes = baseline_opts.bytes,
		.messages = baseline_opts.oneway ? 1 : 2,
		.pairs = 1,
		.clients = baseline_opts.clients,
	};

	snprintf(name, sizeof(name), "%s%s", b->name,
		 !baseline_opts.oneway ? "" :
		 baseline_opts.stream ? "-stream" : "-oneway");
	if (baseline_opts.answer != baseline_opts.bytes) {
		row.answer = baseline_opts.answer;
		row.copied = baseline_opts.answer;
	}
	return bench_report(&row, m->result, baseline_opts.clients);
}

int stream_run(const struct baseline *b, int (*server)(void *meeting),
	       int (*client)(void *client))
{
	int n = baseline_opts.clients;
	struct meeting *m = stream_meeting(n);
	struct bench_proc procs[n + 1];
	struct client clients[n];

	m->address.service = getpid();
	procs[0] = (struct bench_proc){ .role = "server", .serves = true,
					.fn = server, .arg = m,
					.netns = bench_opts.server_ns,
					.cpu = bench_opts.server_cpu };
	for (int i = 0; i < n; i++) {
		clients[i] = (struct client){ .meeting = m, .index = i };
		procs[i + 1] = (struct bench_proc){
			.role = "client", .fn = client, .arg = &clients[i],
			.netns = bench_opts.client_ns,
			.cpu = bench_opts.client_cpu,
		};
	}
	if (bench_split() && n > 1)
		return bench_fail("with --side there is one client");
	if (bench_run(procs, n + 1))
		return -1;
	return stream_report(b, m);
}

struct in_addr stream_own_address(void)
{
	struct in_addr found = { .s_addr = htonl(INADDR_LOOPBACK) };
	struct ifaddrs *list, *i;

	if (!bench_across() || getifaddrs(&list))
		return found;
	for (i = list; i; i = i->ifa_next) {
		if (!i->ifa_addr || i->ifa_addr->sa_family != AF_INET ||
		    i->ifa_flags & IFF_LOOPBACK)
			continue;
		found = ((struct sockaddr_in *)i->ifa_addr)->sin_addr;
		break;
	}
	freeifaddrs(list);
	return found;
}

int stream_server_ready(struct meeting *m)
{
	return bench_meet(&m->gate, &m->address, sizeof(m->address), NULL, 0);
}

int stream_client_ready(struct meeting *m)
{
	return bench_meet(&m->gate, NULL, 0, &m->address, sizeof(m->address));
}
