// SPDX-License-Identifier: GPL-2.0
/* Datagrams: UDP, and RDS, which is reliable and keeps their borders. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "stream.h"

/**
 * struct kind - a protocol with addresses of IP
 * @family: of the socket
 * @type: of the socket
 * @port: of the server, 0: any
 */
struct kind {
	int family;
	int type;
	int port;
};

static const struct kind udp = { AF_INET, SOCK_DGRAM, 0 };
static const struct kind rds = { AF_RDS, SOCK_SEQPACKET, 4711 };
static const struct kind *kind;

static int bound_socket(struct sockaddr_in *addr, int port)
{
	socklen_t len = sizeof(*addr);
	int fd = socket(kind->family, kind->type, 0);

	*addr = (struct sockaddr_in){ .sin_family = AF_INET,
				      .sin_port = htons(port),
				      .sin_addr = stream_own_address() };
	if (fd < 0 || bind(fd, (struct sockaddr *)addr, len) ||
	    getsockname(fd, (struct sockaddr *)addr, &len))
		return bench_fail("cannot bind to %s: %s",
				  inet_ntoa(addr->sin_addr), strerror(errno));
	return fd;
}

static int server(void *arg)
{
	struct meeting *m = arg;
	struct sockaddr_in from = { 0 };
	socklen_t len = sizeof(from);
	char first;
	int fd = bound_socket(&m->address.addr, kind->port);

	if (fd < 0 || stream_server_ready(m))
		return -1;
	/* Answers go to the one client that there is. */
	if (recvfrom(fd, &first, 1, MSG_PEEK, (struct sockaddr *)&from,
		     &len) < 0 ||
	    connect(fd, (struct sockaddr *)&from, sizeof(from)))
		return bench_fail("cannot connect to the client: %s",
				  strerror(errno));
	return stream_serve(&(struct end){ fd, fd }, m);
}

static int client(void *arg)
{
	struct client *c = arg;
	struct sockaddr_in own, *to = &c->meeting->address.addr;
	int fd = bound_socket(&own, 0);

	if (fd < 0 || stream_client_ready(c->meeting))
		return -1;
	if (connect(fd, (struct sockaddr *)to, sizeof(*to)))
		return bench_fail("cannot connect to %s: %s",
				  inet_ntoa(to->sin_addr), strerror(errno));
	c->end = (struct end){ fd, fd };
	return stream_ask(c);
}

int run_udp(const struct baseline *b)
{
	kind = &udp;
	return stream_run(b, server, client);
}

int run_rds(const struct baseline *b)
{
	int fd = socket(AF_RDS, SOCK_SEQPACKET, 0);

	if (fd < 0)
		return baseline_missing("this kernel has no RDS (modprobe rds_tcp)");
	close(fd);
	kind = &rds;
	/* With write() the kernel adds a flag that RDS refuses. */
	stream_by_send = true;
	return stream_run(b, server, client);
}
