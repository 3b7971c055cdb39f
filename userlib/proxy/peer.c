// SPDX-License-Identifier: GPL-2.0
/*
 * The two tasks of a peer. The receiver leads the connection's life: get one,
 * HELLO, tell the core, read until it is lost, tell the core, wait, again. The
 * sender uses it meanwhile.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/syscall.h>
#include "dgram.h"
#include "proxy.h"

#define HELLO_MS	5000
#define BACKOFF_MIN_MS	100
#define BACKOFF_MAX_MS	5000

/* --- the sender --- */

/* The connection, once it is up. */
static struct conn *sender_begin(struct peer *peer)
{
	struct conn *conn;

	pthread_mutex_lock(&peer->lock);
	while (!peer->up)
		pthread_cond_wait(&peer->changed, &peer->lock);
	conn = peer->conn;
	peer->sending = true;
	pthread_mutex_unlock(&peer->lock);
	return conn;
}

/* Let the receiver, who frees it, know that nobody uses it any more. */
static void sender_end(struct peer *peer, struct conn *conn)
{
	conn->ops->shutdown(conn);
	pthread_mutex_lock(&peer->lock);
	peer->sending = false;
	pthread_cond_broadcast(&peer->changed);
	while (peer->up)
		pthread_cond_wait(&peer->changed, &peer->lock);
	pthread_mutex_unlock(&peer->lock);
}

void *peer_sender(void *arg)
{
	struct peer *peer = arg;
	/* The first use of pages is none of the latency's. */
	struct frame *f = calloc(2, sizeof(*f));
	struct conn *conn;

	if (!f) {
		note("no memory");
		exit(EXIT_FAILURE);
	}
	memset(f, 0, 2 * sizeof(*f));
	__atomic_store_n(&peer->sender_tid, syscall(SYS_gettid),
			 __ATOMIC_RELEASE);
	wait_bound();
	for (;;) {
		conn = sender_begin(peer);
		send_frames(peer, conn, f, f + 1);
		sender_end(peer, conn);
	}
	return NULL;
}

/* --- the receiver: getting a connection --- */

/* The peer's socket, where it has one. */
static struct dgram *socket_of(struct peer *peer)
{
	if (!peer->dgram)
		peer->dgram = settings.net->open(peer);
	if (!peer->dgram)
		note("node %d: no socket: %s", peer->id, strerror(errno));
	return peer->dgram;
}

/* Reads the peer's socket until it has opened a connection and said HELLO. */
static void wait_for_caller(struct peer *peer)
{
	struct conn *conn;

	if (!socket_of(peer))
		return;
	conn = dgram_wait(peer->dgram);
	if (conn)
		greet(conn, &peer->addr);
}

/* Waits for the connection that the peer opens, and answers its HELLO. */
static struct conn *take_accepted(struct peer *peer)
{
	cmd_t hello, answer;
	struct conn *conn;

	if (settings.net->open)
		wait_for_caller(peer);
	pthread_mutex_lock(&peer->lock);
	while (!peer->accepted && !settings.net->open)
		pthread_cond_wait(&peer->changed, &peer->lock);
	conn = peer->accepted;
	peer->accepted = NULL;
	hello = peer->hello;
	pthread_mutex_unlock(&peer->lock);
	if (!conn)
		return NULL;

	peer->features = hello_features(&hello);
	hello_answer(&answer, &hello, 0);
	if (conn_write(conn, &answer, sizeof(answer)))
		return conn;
	conn->ops->free(conn);
	return NULL;
}

static struct conn *open_conn(struct peer *peer)
{
	struct conn *conn;

	if (!settings.net->open)
		conn = settings.net->dial(peer);
	else if (socket_of(peer))
		conn = dgram_dial(peer->dgram);
	else
		return NULL;
	if (!conn && settings.verbose)
		note("node %d: cannot connect: %s", peer->id, strerror(errno));
	return conn;
}

static struct conn *dial(struct peer *peer)
{
	struct conn *conn = open_conn(peer);
	cmd_t cmd, answer;
	const char *why;

	if (!conn)
		return NULL;
	hello_fill(&cmd, peer->id, CMD_HELLO);
	if (!conn_write(conn, &cmd, sizeof(cmd)) ||
	    conn_read(conn, &answer, sizeof(answer), HELLO_MS) <
	    sizeof(answer)) {
		note("node %d: does not answer a HELLO: %s", peer->id,
		     strerror(errno));
		goto fail;
	}
	why = hello_check(&answer, CMD_HELLO | CMD_ACKNOWLEDGE);
	if (!why && answer.c_snode != peer->id)
		why = "from another node";
	if (!why && memcmp(&answer.c_timestamp, &cmd.c_timestamp,
			   sizeof(cmd.c_timestamp)))
		why = "that to an earlier HELLO";
	if (why) {
		hello_refused(&answer);
		note("node %d: its answer is %s", peer->id, why);
		goto fail;
	}
	peer->features = hello_features(&answer);
	return conn;
fail:
	conn->ops->free(conn);
	return NULL;
}

/* --- the receiver: serving it --- */

static void set_up(struct peer *peer, struct conn *conn, bool up)
{
	pthread_mutex_lock(&peer->lock);
	peer->conn = conn;
	peer->up = up;
	peer->tx_nr = 0;
	peer->rx_nr = 1;
	pthread_cond_broadcast(&peer->changed);
	while (!up && peer->sending)
		pthread_cond_wait(&peer->changed, &peer->lock);
	pthread_mutex_unlock(&peer->lock);
}

/* Returns whether the core has taken the connection. */
static bool serve(struct peer *peer, struct conn *conn, struct inbox *in)
{
	bool ok;

	ok = tell_core(peer, CONNECT_SPROXY) &&
	     tell_core(peer, CONNECT_RPROXY);
	if (ok) {
		note("node %d: connected%s%s", peer->id,
		     peer->features & DVK_HELLO_F_BATCH ? ", gathering" : "",
		     peer->features & DVK_HELLO_F_LZ4 ? ", packing" : "");
		set_up(peer, conn, true);
		receive_frames(peer, conn, in);
	}
	conn->ops->shutdown(conn);
	tell_core(peer, DISCONNECT_SPROXY);
	tell_core(peer, DISCONNECT_RPROXY);
	set_up(peer, NULL, false);
	conn->ops->free(conn);
	if (ok)
		note("node %d: connection lost", peer->id);
	return ok;
}

void *peer_receiver(void *arg)
{
	struct peer *peer = arg;
	bool dialler = settings.self < peer->id;
	struct inbox *in = inbox_new();
	int backoff = BACKOFF_MIN_MS;
	struct conn *conn;

	if (!in) {
		note("no memory");
		exit(EXIT_FAILURE);
	}
	__atomic_store_n(&peer->receiver_tid, syscall(SYS_gettid),
			 __ATOMIC_RELEASE);
	wait_bound();
	for (;;) {
		conn = dialler ? dial(peer) : take_accepted(peer);
		if (conn && serve(peer, conn, in))
			backoff = BACKOFF_MIN_MS;
		/* Who is called comes soon, unless there is no socket. */
		if (!dialler && (conn || peer->dgram))
			continue;
		usleep(backoff * 1000);
		if (backoff < BACKOFF_MAX_MS)
			backoff *= 2;
	}
	return NULL;
}
