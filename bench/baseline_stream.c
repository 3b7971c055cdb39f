// SPDX-License-Identifier: GPL-2.0
/*
 * Ping-pong over byte streams and what can be used like one: pipes, UNIX
 * sockets, TCP, TIPC. They differ only in how the two ends meet.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <linux/tipc.h>
#include <net/if.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "baseline.h"
#include "lib/pattern.h"

/* Seed of the contents of answers that are longer than a message. */
#define ANSWER_SEED 77

/**
 * struct meeting - shared memory through which the processes find each other
 * @gate: both sides are ready
 * @start: clients are warmed up
 * @work: what is left for the server
 * @addr: TCP: where the server listens
 * @service: TIPC: instance of the service that the server is
 * @taken: in one direction: messages that the server has read
 */
struct meeting {
	struct bench_gate gate;
	struct bench_gate start;
	struct bench_work work;
	struct sockaddr_in addr;
	unsigned int service;
	struct bench_taken taken;
	struct bench_result result[];
};

/* Descriptors of one end; equal for sockets. */
struct end {
	int in;
	int out;
};

struct client {
	struct meeting *meeting;
	struct end end;
	int index;
	long sent;
	char *request;
	char *answer;
};

static struct end server_end;

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
	ssize_t n = write(fd, buf, len);

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

static int buffers(char **request, char **answer)
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

/* Both sizes are the usual one. */
static bool plain(void)
{
	return baseline_opts.bytes == MESSAGE_BYTES &&
	       baseline_opts.answer == MESSAGE_BYTES && !baseline_opts.oneway;
}

static int serve(struct end *e, struct bench_work *work,
		 struct bench_taken *taken)
{
	size_t in = baseline_opts.bytes;
	size_t out = baseline_opts.oneway ? 0 : baseline_opts.answer;
	char *request, *answer;
	int err = buffers(&request, &answer);
	long i;

	if (plain()) {
		for (i = 0; bench_work_left(work, i) && !err; i++)
			err = serve_one(e, request, answer, i, MESSAGE_BYTES,
					MESSAGE_BYTES);
	} else if (!out) {
		for (i = 0; bench_work_left(work, i) && !err; i++) {
			err = serve_one(e, request, answer, i, in, 0);
			bench_taken_one(taken);
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

static int ask(struct client *c)
{
	struct bench_loop loop = {
		.round = any_round,
		.finish = wait_taken,
		.start = &c->meeting->start,
		.work = &c->meeting->work,
		.ctx = c,
	};
	struct bench_result *res = &c->meeting->result[c->index];
	int err = buffers(&c->request, &c->answer);

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

static struct meeting *make_meeting(int clients)
{
	struct meeting *m;

	m = bench_shared(sizeof(*m) + clients * sizeof(m->result[0]));
	bench_gate_init(&m->gate, clients + 1);
	bench_gate_init(&m->start, clients);
	bench_work_init(&m->work, clients);
	return m;
}

static int report(const struct baseline *b, const struct meeting *m)
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

/* --- pipe and UNIX socket: the ends are made before the fork -------------- */

static int pair_server(void *arg)
{
	struct client *c = arg;

	/* Otherwise the death of the client would not be seen. */
	close(c->end.in);
	if (c->end.out != c->end.in)
		close(c->end.out);
	bench_gate_wait(&c->meeting->gate);
	return serve(&server_end, &c->meeting->work, &c->meeting->taken);
}

static int pair_client(void *arg)
{
	struct client *c = arg;

	close(server_end.in);
	if (server_end.out != server_end.in)
		close(server_end.out);
	bench_gate_wait(&c->meeting->gate);
	return ask(c);
}

static int run_pair(const struct baseline *b, struct end server,
		    struct end client)
{
	struct client c = { .meeting = make_meeting(1), .end = client };
	struct bench_proc procs[] = {
		{ .role = "server", .fn = pair_server, .arg = &c,
		  .netns = bench_opts.server_ns, .cpu = bench_opts.server_cpu },
		{ .role = "client", .fn = pair_client, .arg = &c,
		  .netns = bench_opts.client_ns, .cpu = bench_opts.client_cpu },
	};

	server_end = server;
	if (bench_run(procs, 2))
		return -1;
	return report(b, c.meeting);
}

int run_pipe(const struct baseline *b)
{
	int to[2], from[2];

	if (pipe(to) || pipe(from))
		return bench_fail("pipe: %s", strerror(errno));
	return run_pair(b, (struct end){ to[0], from[1] },
			(struct end){ from[0], to[1] });
}

int run_unix(const struct baseline *b)
{
	int fd[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, fd))
		return bench_fail("socketpair: %s", strerror(errno));
	return run_pair(b, (struct end){ fd[0], fd[0] },
			(struct end){ fd[1], fd[1] });
}

/* --- TCP ------------------------------------------------------------------ */

/* The address that the other namespace reaches this one by. */
static struct in_addr own_address(void)
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

static int no_delay(int fd)
{
	int on = 1;

	if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)))
		return bench_fail("TCP_NODELAY: %s", strerror(errno));
	return 0;
}

static int tcp_listen(struct sockaddr_in *addr)
{
	socklen_t len = sizeof(*addr);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	*addr = (struct sockaddr_in){ .sin_family = AF_INET,
				      .sin_addr = own_address() };
	if (fd < 0 || bind(fd, (struct sockaddr *)addr, len) ||
	    listen(fd, SOMAXCONN) ||
	    getsockname(fd, (struct sockaddr *)addr, &len))
		return bench_fail("cannot listen on %s: %s",
				  inet_ntoa(addr->sin_addr), strerror(errno));
	return fd;
}

/* Many connections, one process: the usual way to write such a server. */
static int serve_many(const int *fds, int n, struct bench_work *work)
{
	struct epoll_event ev[64];
	char *request, *answer;
	uint64_t *seq = calloc(n, sizeof(*seq));
	long done = 0;
	int ep = epoll_create1(0), err = buffers(&request, &answer), ready;

	if (!err && (!seq || ep < 0))
		err = bench_fail("epoll: %s", strerror(errno));
	for (int i = 0; i < n && !err; i++) {
		struct epoll_event add = { .events = EPOLLIN | EPOLLRDHUP,
					   .data.u32 = i };

		if (epoll_ctl(ep, EPOLL_CTL_ADD, fds[i], &add))
			err = bench_fail("epoll_ctl: %s", strerror(errno));
	}
	while (seq && bench_work_left(work, done) && !err) {
		ready = epoll_wait(ep, ev, 64, -1);
		if (ready < 0)
			err = bench_fail("epoll_wait: %s", strerror(errno));
		for (int i = 0; i < ready && !err; i++) {
			unsigned int k = ev[i].data.u32;
			struct end e = { fds[k], fds[k] };

			/* A client that has finished leaves before others. */
			if (ev[i].events & EPOLLRDHUP) {
				epoll_ctl(ep, EPOLL_CTL_DEL, e.in, NULL);
				continue;
			}
			err = serve_one(&e, request, answer, seq[k]++,
					baseline_opts.bytes,
					baseline_opts.answer);
			done++;
		}
	}
	close(ep);
	free(seq);
	free(request);
	free(answer);
	return err;
}

static int tcp_connect(struct meeting *m)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd < 0 || connect(fd, (struct sockaddr *)&m->addr, sizeof(m->addr)))
		return bench_fail("cannot connect to %s: %s",
				  inet_ntoa(m->addr.sin_addr), strerror(errno));
	return no_delay(fd) ? -1 : fd;
}

static int tcp_server(void *arg)
{
	struct meeting *m = arg;
	int n = baseline_opts.clients, fds[n], fd;

	fd = tcp_listen(&m->addr);
	if (fd < 0)
		return -1;
	bench_gate_wait(&m->gate);
	for (int i = 0; i < n; i++) {
		fds[i] = accept(fd, NULL, NULL);
		if (fds[i] < 0)
			return bench_fail("accept: %s", strerror(errno));
		if (no_delay(fds[i]))
			return -1;
	}
	if (n > 1)
		return serve_many(fds, n, &m->work);
	return serve(&(struct end){ fds[0], fds[0] }, &m->work, &m->taken);
}

static int tcp_client(void *arg)
{
	struct client *c = arg;
	int fd;

	bench_gate_wait(&c->meeting->gate);
	fd = tcp_connect(c->meeting);
	if (fd < 0)
		return -1;
	c->end = (struct end){ fd, fd };
	return ask(c);
}

static int run_net(const struct baseline *b, int (*server)(void *arg),
		   int (*client)(void *arg))
{
	int n = baseline_opts.clients;
	struct meeting *m = make_meeting(n);
	struct bench_proc procs[n + 1];
	struct client clients[n];

	m->service = getpid();
	procs[0] = (struct bench_proc){ .role = "server", .fn = server,
					.arg = m, .netns = bench_opts.server_ns,
					.cpu = bench_opts.server_cpu };
	for (int i = 0; i < n; i++) {
		clients[i] = (struct client){ .meeting = m, .index = i };
		procs[i + 1] = (struct bench_proc){
			.role = "client", .fn = client, .arg = &clients[i],
			.netns = bench_opts.client_ns,
			.cpu = bench_opts.client_cpu,
		};
	}
	if (bench_run(procs, n + 1))
		return -1;
	return report(b, m);
}

int run_tcp(const struct baseline *b)
{
	return run_net(b, tcp_server, tcp_client);
}

/* --- TIPC ----------------------------------------------------------------- */

/* Not among those of DVK, which begin at 3000. */
#define TIPC_BENCH_TYPE	5000

/* As messages while they fit into one. */
static int tipc_socket(void)
{
	size_t most = baseline_opts.bytes > baseline_opts.answer ?
		      baseline_opts.bytes : baseline_opts.answer;
	int fd = socket(AF_TIPC, most > TIPC_MAX_USER_MSG_SIZE ?
				 SOCK_STREAM : SOCK_SEQPACKET, 0);

	return fd < 0 ? bench_fail("TIPC: %s", strerror(errno)) : fd;
}

static int tipc_server(void *arg)
{
	struct meeting *m = arg;
	struct sockaddr_tipc addr = {
		.family = AF_TIPC,
		.addrtype = TIPC_SERVICE_RANGE,
		.scope = TIPC_CLUSTER_SCOPE,
		.addr.nameseq = { TIPC_BENCH_TYPE, m->service, m->service },
	};
	int fd = tipc_socket(), conn;

	if (fd < 0)
		return -1;
	if (listen(fd, 1) || bind(fd, (struct sockaddr *)&addr, sizeof(addr)))
		return bench_fail("cannot offer a TIPC service: %s",
				  strerror(errno));
	bench_gate_wait(&m->gate);
	conn = accept(fd, NULL, NULL);
	if (conn < 0)
		return bench_fail("accept: %s", strerror(errno));
	return serve(&(struct end){ conn, conn }, &m->work, &m->taken);
}

static int tipc_client(void *arg)
{
	struct client *c = arg;
	struct sockaddr_tipc addr = {
		.family = AF_TIPC,
		.addrtype = TIPC_SERVICE_ADDR,
		.addr.name.name = { TIPC_BENCH_TYPE, c->meeting->service },
	};
	int fd = tipc_socket(), tries = 0;

	bench_gate_wait(&c->meeting->gate);
	if (fd < 0)
		return -1;
	/* The news of a service needs a moment to the other node. */
	while (connect(fd, (struct sockaddr *)&addr, sizeof(addr))) {
		if (errno != EHOSTUNREACH || ++tries == 500)
			return bench_fail("no TIPC service: %s",
					  strerror(errno));
		usleep(10000);
	}
	c->end = (struct end){ fd, fd };
	return ask(c);
}

int run_tipc(const struct baseline *b)
{
	return run_net(b, tipc_server, tipc_client);
}
