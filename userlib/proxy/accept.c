// SPDX-License-Identifier: GPL-2.0
/* Whoever comes to the listener: nodes with lower ids, and strangers. */
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "proxy.h"

/* So many may be about to say who they are. */
#define GREETING_MAX	32

static int greeting;

struct caller {
	int fd;
	struct sockaddr_storage from;
};

/* A thread for each caller, so that a silent one keeps nobody waiting. */
static void *greet_caller(void *arg)
{
	struct caller *c = arg;
	struct conn *conn = settings.net->conn(c->fd);

	if (conn)
		greet(conn, &c->from);
	free(c);
	__atomic_sub_fetch(&greeting, 1, __ATOMIC_RELAXED);
	return NULL;
}

static void accept_one(int listener)
{
	struct caller *c = calloc(1, sizeof(*c));
	socklen_t len = sizeof(c->from);
	pthread_attr_t attr;
	pthread_t thread;

	if (c)
		c->fd = accept4(listener, (struct sockaddr *)&c->from, &len,
				SOCK_CLOEXEC);
	if (!c || c->fd < 0) {
		/* Without descriptors it stays ready: not too often, then. */
		free(c);
		usleep(10000);
		return;
	}
	if (__atomic_add_fetch(&greeting, 1, __ATOMIC_RELAXED) > GREETING_MAX)
		goto refuse;
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	if (!pthread_create(&thread, &attr, greet_caller, c))
		return;
refuse:
	__atomic_sub_fetch(&greeting, 1, __ATOMIC_RELAXED);
	close(c->fd);
	free(c);
}

/* Peers have sockets of their own, so whoever sends here is none. */
static void read_stranger(int listener)
{
	char host[NI_MAXHOST] = "somebody";
	struct sockaddr_storage from;
	socklen_t len = sizeof(from);
	struct peer *p;
	cmd_t first;
	ssize_t n;

	n = recvfrom(listener, &first, sizeof(first), MSG_DONTWAIT,
		     (struct sockaddr *)&from, &len);
	if (n < 0)
		return;
	/* Before its socket was there, or what is not in our form at all. */
	for (p = peers; p; p = p->next)
		if (settings.net->is_from(p, &from))
			break;
	getnameinfo((const struct sockaddr *)&from, len, host, sizeof(host),
		    NULL, 0, NI_NUMERICHOST);
	if (p)
		note_limited("not taken: a datagram from the address of node %d: %s",
			     p->id, stranger_guess(&first, n));
	else
		note_limited("not taken: a datagram of %s, which is no peer: %s",
			     host, stranger_guess(&first, n));
}

/* Until a signal comes. A listener of -1 is none. */
void accept_loop(int listener, int signals)
{
	struct pollfd pfd[2] = {
		{ .fd = signals, .events = POLLIN },
		{ .fd = listener, .events = POLLIN },
	};

	for (;;) {
		if (poll(pfd, 2, -1) < 0 && errno != EINTR)
			return;
		if (pfd[0].revents)
			return;
		if (!pfd[1].revents)
			continue;
		if (settings.net->conn)
			accept_one(listener);
		else
			read_stranger(listener);
	}
}
