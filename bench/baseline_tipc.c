// SPDX-License-Identifier: GPL-2.0
/* TIPC. */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/tipc.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "stream.h"

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
		.addr.nameseq = { TIPC_BENCH_TYPE, m->address.service, m->address.service },
	};
	int fd = tipc_socket(), conn;

	if (fd < 0)
		return -1;
	if (listen(fd, 1) || bind(fd, (struct sockaddr *)&addr, sizeof(addr)))
		return bench_fail("cannot offer a TIPC service: %s",
				  strerror(errno));
	if (stream_server_ready(m))
		return -1;
	conn = accept(fd, NULL, NULL);
	if (conn < 0)
		return bench_fail("accept: %s", strerror(errno));
	return stream_serve(&(struct end){ conn, conn }, m);
}

static int tipc_client(void *arg)
{
	struct client *c = arg;
	struct sockaddr_tipc addr = {
		.family = AF_TIPC,
		.addrtype = TIPC_SERVICE_ADDR,
	};
	int fd = tipc_socket(), tries = 0;

	if (fd < 0 || stream_client_ready(c->meeting))
		return -1;
	addr.addr.name.name.type = TIPC_BENCH_TYPE;
	addr.addr.name.name.instance = c->meeting->address.service;
	/* The news of a service needs a moment to the other node. */
	while (connect(fd, (struct sockaddr *)&addr, sizeof(addr))) {
		if (errno != EHOSTUNREACH || ++tries == 500)
			return bench_fail("no TIPC service: %s",
					  strerror(errno));
		usleep(10000);
	}
	c->end = (struct end){ fd, fd };
	return stream_ask(c);
}

int run_tipc(const struct baseline *b)
{
	return stream_run(b, tipc_server, tipc_client);
}
