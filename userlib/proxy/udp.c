// SPDX-License-Identifier: GPL-2.0
/*
 * UDP: both nodes send from and to the port that they have agreed on, each peer
 * by a socket of its own, which is connected: what others send, the listener
 * gets.
 */
#include <errno.h>
#include <netinet/in.h>
#include <unistd.h>
#include "dgram.h"
#include "inet.h"

/*
 * Bytes of a datagram, which fits into a frame of Ethernet with IPv6, and with
 * some tunnel's header. IP cuts it for networks that take less.
 */
#define DATAGRAM	1400

static int udp_listen(const struct peer *caller)
{
	(void)caller;
	return inet_bound(SOCK_DGRAM, settings.port);
}

static struct dgram *udp_open(struct peer *peer)
{
	int discover = IP_PMTUDISC_DONT, one = 1;
	struct sockaddr_storage addr = { .ss_family = peer->addr.ss_family };
	int fd = socket(addr.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return NULL;
	if (addr.ss_family == AF_INET6)
		((struct sockaddr_in6 *)&addr)->sin6_port = htons(settings.port);
	else
		((struct sockaddr_in *)&addr)->sin_port = htons(settings.port);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (addr.ss_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, &discover,
			   sizeof(discover));
	else
		setsockopt(fd, IPPROTO_IP, IP_MTU_DISCOVER, &discover,
			   sizeof(discover));
	if (bind(fd, (struct sockaddr *)&addr, peer->addr_len) ||
	    connect(fd, (struct sockaddr *)&peer->addr, peer->addr_len)) {
		int err = errno;

		close(fd);
		errno = err;
		return NULL;
	}
	return dgram_new(peer, fd, DATAGRAM - sizeof(struct segment));
}

const struct net net_udp = {
	.name = "udp",
	.parse_peer = inet_parse_peer,
	.listen = udp_listen,
	.open = udp_open,
	.is_from = inet_is_from,
};
