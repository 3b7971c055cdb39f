// SPDX-License-Identifier: GPL-2.0
/* Pipes and UNIX sockets: the ends are made before the fork. */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "stream.h"

static struct end server_end;

static int pair_server(void *arg)
{
	struct client *c = arg;

	/* Otherwise the death of the client would not be seen. */
	close(c->end.in);
	if (c->end.out != c->end.in)
		close(c->end.out);
	bench_gate_wait(&c->meeting->gate);
	return stream_serve(&server_end, c->meeting);
}

static int pair_client(void *arg)
{
	struct client *c = arg;

	close(server_end.in);
	if (server_end.out != server_end.in)
		close(server_end.out);
	bench_gate_wait(&c->meeting->gate);
	return stream_ask(c);
}

static int run_pair(const struct baseline *b, struct end server,
		    struct end client)
{
	struct client c = { .meeting = stream_meeting(1), .end = client };
	struct bench_proc procs[] = {
		{ .role = "server", .fn = pair_server, .arg = &c,
		  .netns = bench_opts.server_ns, .cpu = bench_opts.server_cpu },
		{ .role = "client", .fn = pair_client, .arg = &c,
		  .netns = bench_opts.client_ns, .cpu = bench_opts.client_cpu },
	};

	if (bench_split())
		return bench_fail("--side is for tcp and tipc");
	server_end = server;
	if (bench_run(procs, 2))
		return -1;
	return stream_report(b, c.meeting);
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
