// SPDX-License-Identifier: GPL-2.0
/*
 * The original proxies' way: a connection for each direction, opened by whoever
 * sends on it, headers and payload and nothing else. Nobody says HELLO: a node
 * is who calls the port that is meant for it.
 *
 * Each task tells the core of its own half. If one of them is lost the core
 * has the other one hang up, so that the other node's proxies notice.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/syscall.h>
#include "proxy.h"

#define BACKOFF_MIN_MS	100
#define BACKOFF_MAX_MS	5000

static void pause_ms(int *backoff)
{
	usleep(*backoff * 1000);
	if (*backoff < BACKOFF_MAX_MS)
		*backoff *= 2;
}

/* --- sending --- */

void *original_sender(void *arg)
{
	struct peer *peer = arg;
	struct frame *f = calloc(2, sizeof(*f));
	int backoff = BACKOFF_MIN_MS;
	struct conn *conn;

	if (!f) {
		note("no memory");
		exit(EXIT_FAILURE);
	}
	/* Nobody asks the other side: what is wanted is done. */
	peer->features = settings.features;
	__atomic_store_n(&peer->sender_tid, syscall(SYS_gettid),
			 __ATOMIC_RELEASE);
	wait_bound();
	for (;; pause_ms(&backoff)) {
		conn = settings.net->dial(peer);
		if (!conn) {
			if (settings.verbose)
				note("node %d: cannot connect: %s", peer->id,
				     strerror(errno));
			continue;
		}
		if (tell_core(peer, CONNECT_SPROXY)) {
			note("node %d: the sender is connected", peer->id);
			backoff = BACKOFF_MIN_MS;
			send_frames(peer, conn, f, f + 1);
			tell_core(peer, DISCONNECT_SPROXY);
			note("node %d: the sender has lost its connection",
			     peer->id);
		}
		conn->ops->free(conn);
	}
	return NULL;
}

/* --- receiving --- */

/* The next caller that has the peer's address. */
static struct conn *next_caller(struct peer *peer)
{
	struct sockaddr_storage from;
	socklen_t len;
	int fd;

	for (;;) {
		memset(&from, 0, sizeof(from));
		len = sizeof(from);
		fd = accept4(peer->listener, (struct sockaddr *)&from, &len,
			     SOCK_CLOEXEC);
		if (fd < 0) {
			/* Without descriptors it stays ready. */
			usleep(10000);
			continue;
		}
		if (settings.net->is_from(peer, &from))
			return settings.net->conn(fd);
		note_limited("refused: a caller that is not node %d, whose port it has called",
			     peer->id);
		close(fd);
	}
}

void *original_receiver(void *arg)
{
	struct peer *peer = arg;
	struct inbox *in = inbox_new();
	struct conn *conn;

	if (!in) {
		note("no memory");
		exit(EXIT_FAILURE);
	}
	__atomic_store_n(&peer->receiver_tid, syscall(SYS_gettid),
			 __ATOMIC_RELEASE);
	wait_bound();
	for (;;) {
		conn = next_caller(peer);
		if (!conn)
			continue;
		if (tell_core(peer, CONNECT_RPROXY)) {
			note("node %d: the receiver is connected", peer->id);
			receive_frames(peer, conn, in);
			tell_core(peer, DISCONNECT_RPROXY);
			note("node %d: the receiver has lost its connection",
			     peer->id);
		}
		conn->ops->free(conn);
	}
	return NULL;
}
