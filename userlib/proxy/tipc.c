// SPDX-License-Identifier: GPL-2.0
/*
 * TIPC: node N is the service of type 3000 + N, instance 17. Connections keep
 * the boundaries of messages, and a frame is a message.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <linux/tipc.h>
#include "proxy.h"

#define TYPE_BASE	3000
#define INSTANCE	17
#define CONNECT_MS	5000

static const char *parse_peer(const char *arg, struct peer *peer)
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
	addr.addr.name.name.type = TYPE_BASE + peer->id;
	addr.addr.name.name.instance = INSTANCE;
	memcpy(&peer->addr, &addr, sizeof(addr));
	peer->addr_len = sizeof(addr);
	return NULL;
}

static int tipc_listen(int self)
{
	struct sockaddr_tipc addr = {
		.family = AF_TIPC,
		.addrtype = TIPC_ADDR_NAMESEQ,
		.scope = TIPC_CLUSTER_SCOPE,
		.addr.nameseq = { TYPE_BASE + self, INSTANCE, INSTANCE },
	};
	int fd = socket(AF_TIPC, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	if (bind(fd, (struct sockaddr *)&addr, sizeof(addr)) ||
	    listen(fd, 64)) {
		close(fd);
		return -1;
	}
	return fd;
}

static int tipc_dial(const struct peer *peer)
{
	unsigned int ms = CONNECT_MS;
	int fd = socket(AF_TIPC, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	int err;

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_TIPC, TIPC_CONN_TIMEOUT, &ms, sizeof(ms));
	if (!connect(fd, (const struct sockaddr *)&peer->addr,
		     peer->addr_len))
		return fd;
	err = errno;
	close(fd);
	errno = err;
	return -1;
}

static void tipc_tune(int fd)
{
	int zero = 0;

	/* What cannot be delivered is lost with the connection. */
	setsockopt(fd, SOL_TIPC, TIPC_DEST_DROPPABLE, &zero, sizeof(zero));
}

/* A port that calls has an address that no configuration knows. */
static bool tipc_is_from(const struct peer *peer,
			 const struct sockaddr_storage *from)
{
	(void)peer;
	return from->ss_family == AF_TIPC;
}

const struct net net = {
	.name = "tipc",
	.args_doc = "ID...",
	.doc = "Carry the frames of DVK between nodes over TIPC.",
	.parse_peer = parse_peer,
	.listen = tipc_listen,
	.dial = tipc_dial,
	.tune = tipc_tune,
	.is_from = tipc_is_from,
};
