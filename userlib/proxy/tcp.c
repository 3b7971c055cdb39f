// SPDX-License-Identifier: GPL-2.0
/* TCP, as kproxy_tcp speaks it, or as the original proxies do. */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <unistd.h>
#include "inet.h"

#define CONNECT_MS	5000

/* In the original way each peer has a port of its own to call. */
static int tcp_listen(const struct peer *caller)
{
	int fd = inet_bound(SOCK_STREAM,
			    settings.port + (caller ? caller->id : 0));

	if (fd < 0 || !listen(fd, 64))
		return fd;
	close(fd);
	return -1;
}

static struct conn *tcp_conn(int fd)
{
	int one = 1;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	return stream_conn(fd);
}

static struct conn *tcp_dial(struct peer *peer)
{
	int fd = socket(peer->addr.ss_family,
			SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct pollfd pfd = { .fd = fd, .events = POLLOUT };
	int err = 0, zero = 0;
	socklen_t len = sizeof(err);

	if (fd < 0)
		return NULL;
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
		return NULL;
	}
	/* Blocking from here on. */
	ioctl(fd, FIONBIO, &zero);
	return tcp_conn(fd);
}

const struct net net_tcp = {
	.name = "tcp",
	.parse_peer = inet_parse_peer,
	.listen = tcp_listen,
	.conn = tcp_conn,
	.dial = tcp_dial,
	.is_from = inet_is_from,
	.original = true,
};
