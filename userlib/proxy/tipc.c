// SPDX-License-Identifier: GPL-2.0
/*
 * TIPC: node N is the service of type 3000 + N, instance 18, as kproxy_tipc has
 * it; a frame is a message, which nobody relies on.
 *
 * The original proxies have instance 17 and sockets that keep the boundaries of
 * messages. As with the ports of TCP, who waits for node N has the type 3000 +
 * N, and N dials that, whoever it wants. In a cluster of more than two nodes
 * that is ambiguous, and always was.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <linux/tipc.h>
#include "proxy.h"

#define TYPE_BASE		3000
#define INSTANCE		18
#define INSTANCE_ORIGINAL	17
#define CONNECT_MS		5000

static int instance(void)
{
	return settings.original ? INSTANCE_ORIGINAL : INSTANCE;
}

static int new_socket(void)
{
	return socket(AF_TIPC, SOCK_CLOEXEC | (settings.original ?
					       SOCK_SEQPACKET : SOCK_STREAM), 0);
}

static const char *tipc_parse_peer(const char *arg, struct peer *peer)
{
	struct sockaddr_tipc addr = {
		.family = AF_TIPC,
		.addrtype = TIPC_ADDR_NAME,
		.scope = TIPC_CLUSTER_SCOPE,
	};
	char *end;

	peer->id = strtol(arg, &end, 10);
	if (end == arg || *end)
		return "the number of a node is expected";
	addr.addr.name.name.type = TYPE_BASE +
		(settings.original ? settings.self : peer->id);
	addr.addr.name.name.instance = instance();
	memcpy(&peer->addr, &addr, sizeof(addr));
	peer->addr_len = sizeof(addr);
	return NULL;
}

static int tipc_listen(const struct peer *caller)
{
	unsigned int type = TYPE_BASE + (caller ? caller->id : settings.self);
	struct sockaddr_tipc addr = {
		.family = AF_TIPC,
		.addrtype = TIPC_ADDR_NAMESEQ,
		.scope = TIPC_CLUSTER_SCOPE,
		.addr.nameseq = { type, instance(), instance() },
	};
	int fd = new_socket();

	if (fd < 0)
		return -1;
	/* Who finds it can be sure that it listens. */
	if (!listen(fd, 64) && !bind(fd, (struct sockaddr *)&addr, sizeof(addr)))
		return fd;
	close(fd);
	return -1;
}

static struct conn *tipc_conn(int fd)
{
	int zero = 0;
	int one = 1;

	/* What cannot be delivered is lost with the connection. */
	setsockopt(fd, SOL_TIPC, TIPC_DEST_DROPPABLE, &zero, sizeof(zero));
	/* A frame that is written is complete. */
	setsockopt(fd, SOL_TIPC, TIPC_NODELAY, &one, sizeof(one));
	return stream_conn(fd);
}

static struct conn *tipc_dial(struct peer *peer)
{
	unsigned int ms = CONNECT_MS;
	int fd = new_socket();
	int err;

	if (fd < 0)
		return NULL;
	setsockopt(fd, SOL_TIPC, TIPC_CONN_TIMEOUT, &ms, sizeof(ms));
	if (!connect(fd, (const struct sockaddr *)&peer->addr,
		     peer->addr_len))
		return tipc_conn(fd);
	err = errno;
	close(fd);
	errno = err;
	return NULL;
}

/* A port that calls has an address that no configuration knows. */
static bool tipc_is_from(const struct peer *peer,
			 const struct sockaddr_storage *from)
{
	(void)peer;
	return from->ss_family == AF_TIPC;
}

const struct net net_tipc = {
	.name = "tipc",
	.parse_peer = tipc_parse_peer,
	.listen = tipc_listen,
	.conn = tipc_conn,
	.dial = tipc_dial,
	.is_from = tipc_is_from,
	.original = true,
};
