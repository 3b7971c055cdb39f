// SPDX-License-Identifier: GPL-2.0
/* A caller says who it is, and is a peer's new connection or turned away. */
#include <netdb.h>
#include <stdio.h>
#include "proxy.h"

#define GREETING_MS	2000

static const char *check_caller(const struct sockaddr_storage *from,
				const cmd_t *hello, struct peer **peer)
{
	const char *why = hello_check(hello, CMD_HELLO);

	if (why)
		return why;
	*peer = peer_find(hello->c_snode);
	if (!*peer)
		return "from a node that is not a peer";
	if (hello->c_snode > settings.self)
		return "from a node that must be called";
	if (!settings.net->is_from(*peer, from))
		return "from a wrong address";
	return NULL;
}

/*
 * The connection is the peer's, if its HELLO is newer than those before: it has
 * given up theirs.
 */
static bool take(struct peer *peer, struct conn *conn, const cmd_t *hello)
{
	struct conn *old = NULL;
	bool newer;

	pthread_mutex_lock(&peer->lock);
	/* Compared like serial numbers: there is always a next one. */
	newer = !peer->greeted ||
		(long)(hello->c_hello.h_session -
		       peer->hello.c_hello.h_session) > 0;
	if (newer) {
		old = peer->accepted;
		peer->accepted = conn;
		peer->hello = *hello;
		peer->greeted = true;
		/* The receiver comes and takes it. */
		if (peer->conn)
			peer->conn->ops->shutdown(peer->conn);
		pthread_cond_broadcast(&peer->changed);
	}
	pthread_mutex_unlock(&peer->lock);
	if (old)
		old->ops->free(old);
	return newer;
}

static unsigned long latest_session(struct peer *peer)
{
	unsigned long session;

	pthread_mutex_lock(&peer->lock);
	session = peer->hello.c_hello.h_session;
	pthread_mutex_unlock(&peer->lock);
	return session;
}

static void refuse(const struct sockaddr_storage *from, const cmd_t *first,
		   size_t len, const char *why)
{
	char host[NI_MAXHOST] = "a stranger", port[NI_MAXSERV] = "";
	bool known = len == sizeof(*first) &&
		     first->c_magic == DVK_WIRE_MAGIC &&
		     first->c_version == DVK_WIRE_VERSION &&
		     first->c_cmd == CMD_HELLO;

	/* TIPC's are no more than numbers of ports. */
	getnameinfo((const struct sockaddr *)from, sizeof(*from), host,
		    sizeof(host), port, sizeof(port),
		    NI_NUMERICHOST | NI_NUMERICSERV);
	if (known)
		note_limited("refused: a HELLO of node %d, %s (%s %s)",
			     first->c_snode, why, host, port);
	else
		note_limited("refused: %s %s, %s: %s", host, port, why,
			     stranger_guess(first, len));
}

void greet(struct conn *conn, const struct sockaddr_storage *from)
{
	struct peer *peer = NULL;
	const char *why = "no HELLO in time";
	cmd_t hello, answer;
	size_t len;

	len = conn_read(conn, &hello, sizeof(hello), GREETING_MS);
	if (len < sizeof(hello)) {
		refuse(from, &hello, len, why);
		goto close;
	}
	why = check_caller(from, &hello, &peer);
	hello_answer(&answer, &hello, EDVSBADNODEID);
	if (!why) {
		if (take(peer, conn, &hello))
			return;
		/* An honest node dials again, with a higher number. */
		why = "of an old connection";
		answer.c_rcode = EDVSEXIST;
		answer.c_hello.h_session = latest_session(peer);
	}
	refuse(from, &hello, len, why);
	conn_write(conn, &answer, sizeof(answer));
close:
	conn->ops->free(conn);
}
