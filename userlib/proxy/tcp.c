// SPDX-License-Identifier: GPL-2.0
/* TCP, as kproxy_tcp speaks it. */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "proxy.h"

#define CONNECT_MS	5000

/* ID=HOST, ID=HOST:PORT, ID=[IPv6]:PORT */
static const char *parse_peer(const char *arg, struct peer *peer)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *found;
	char host[256], port[16];
	const char *colon;
	char *end;

	peer->id = strtol(arg, &end, 10);
	if (end == arg || *end != '=')
		return "ID=ADDRESS is expected";
	arg = end + 1;
	snprintf(port, sizeof(port), "%d", settings.port);
	colon = strrchr(arg, ':');
	/* More than one colon without brackets is an IPv6 address alone. */
	if (colon && *arg != '[' && strchr(arg, ':') != colon)
		colon = NULL;
	if (*arg == '[' && colon && colon < strchr(arg, ']'))
		colon = NULL;
	if (colon)
		snprintf(port, sizeof(port), "%s", colon + 1);
	snprintf(host, sizeof(host), "%.*s",
		 colon ? (int)(colon - arg) : (int)strlen(arg), arg);
	if (*host == '[' && host[strlen(host) - 1] == ']') {
		memmove(host, host + 1, strlen(host));
		host[strlen(host) - 1] = 0;
	}
	if (getaddrinfo(host, port, &hints, &found))
		return "no such host or port";
	memcpy(&peer->addr, found->ai_addr, found->ai_addrlen);
	peer->addr_len = found->ai_addrlen;
	freeaddrinfo(found);
	return NULL;
}

static int tcp_listen(int self)
{
	struct sockaddr_in6 addr = {
		.sin6_family = AF_INET6,
		.sin6_port = htons(settings.port),
		.sin6_addr = in6addr_any,
	};
	struct sockaddr_in addr4 = {
		.sin_family = AF_INET,
		.sin_port = htons(settings.port),
	};
	struct sockaddr *a = (struct sockaddr *)&addr;
	socklen_t len = sizeof(addr);
	int one = 1, fd;

	(void)self;
	fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0) {
		/* A kernel without IPv6. */
		fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		a = (struct sockaddr *)&addr4;
		len = sizeof(addr4);
	}
	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, a, len) || listen(fd, 64)) {
		close(fd);
		return -1;
	}
	return fd;
}

static int tcp_dial(const struct peer *peer)
{
	int fd = socket(peer->addr.ss_family,
			SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct pollfd pfd = { .fd = fd, .events = POLLOUT };
	int err = 0, zero = 0;
	socklen_t len = sizeof(err);

	if (fd < 0)
		return -1;
	if (connect(fd, (const struct sockaddr *)&peer->addr,
		    peer->addr_len)) {
		err = errno;
		if (err == EINPROGRESS) {
			err = ETIMEDOUT;
			if (poll(&pfd, 1, CONNECT_MS) == 1)
				getsockopt(fd, SOL_SOCKET, SO_ERROR, &err,
					   &len);
		}
	}
	if (err) {
		close(fd);
		errno = err;
		return -1;
	}
	/* Blocking from here on. */
	ioctl(fd, FIONBIO, &zero);
	return fd;
}

static void tcp_tune(int fd)
{
	int one = 1;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
}

static struct in6_addr as_ipv6(const struct sockaddr_storage *ss)
{
	struct in6_addr a = IN6ADDR_ANY_INIT;

	if (ss->ss_family == AF_INET6) {
		a = ((const struct sockaddr_in6 *)ss)->sin6_addr;
	} else {
		a.s6_addr[10] = 0xff;
		a.s6_addr[11] = 0xff;
		memcpy(&a.s6_addr[12],
		       &((const struct sockaddr_in *)ss)->sin_addr, 4);
	}
	return a;
}

static bool tcp_is_from(const struct peer *peer,
			const struct sockaddr_storage *from)
{
	struct in6_addr a = as_ipv6(&peer->addr), b = as_ipv6(from);

	return !memcmp(&a, &b, sizeof(a));
}

const struct net net = {
	.name = "tcp",
	.args_doc = "ID=ADDRESS[:PORT]...",
	.doc = "Carry the frames of DVK between nodes over TCP, as kproxy_tcp does.",
	.parse_peer = parse_peer,
	.listen = tcp_listen,
	.dial = tcp_dial,
	.tune = tcp_tune,
	.is_from = tcp_is_from,
};
