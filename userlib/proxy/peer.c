// SPDX-License-Identifier: GPL-2.0
/*
 * The two tasks of a peer. The receiver leads the connection's life: get one,
 * HELLO, tell the core, read until it is lost, tell the core, wait, again. The
 * sender uses it meanwhile.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/syscall.h>
#include "proxy.h"

#define HELLO_MS	5000
#define BACKOFF_MIN_MS	100
#define BACKOFF_MAX_MS	5000

/* Whole frames are delivered from it, so there is room for one and a rest. */
#define BUFFER		(256 * 1024)

static bool is_stopping(void)
{
	return __atomic_load_n(&stopping, __ATOMIC_RELAXED);
}

/* --- frames --- */

/*
 * One frame, numbered: the header and the payload that follows it in memory. A
 * connection has seen the HELLO when it gets here.
 */
static bool write_frame(struct peer *peer, int fd, cmd_t *cmd)
{
	cmd->c_batch_nr = ++peer->tx_nr;
	return write_all(fd, cmd, sizeof(*cmd) + cmd->c_len);
}

/*
 * Ask for a sign of life, unless something is being sent anyhow, or waits to
 * be: who finds out that the peer is silent must not wait for it.
 */
static void ping(struct peer *peer, int fd)
{
	struct pollfd pfd = { .fd = fd, .events = POLLOUT };
	cmd_t cmd;

	if (pthread_mutex_trylock(&peer->wlock))
		return;
	if (poll(&pfd, 1, 0) == 1 && pfd.revents == POLLOUT) {
		hello_fill(&cmd, peer->id, CMD_HELLO);
		write_frame(peer, fd, &cmd);
	}
	pthread_mutex_unlock(&peer->wlock);
}

/* --- the sender --- */

static void wait_bound(void)
{
	long ret;

	do {
		ret = dvk_wait4bind_T(TIMEOUT_MOLCALL);
	} while (ret == EDVSTIMEDOUT || ret == EDVSINTR);
}

/* The connection, once it is up. */
static int sender_begin(struct peer *peer)
{
	int fd;

	pthread_mutex_lock(&peer->lock);
	while (!peer->up)
		pthread_cond_wait(&peer->changed, &peer->lock);
	fd = peer->fd;
	peer->sending = true;
	pthread_mutex_unlock(&peer->lock);
	return fd;
}

/* Let the receiver, who closes it, know that nobody uses it any more. */
static void sender_end(struct peer *peer, int fd)
{
	shutdown(fd, SHUT_RDWR);
	pthread_mutex_lock(&peer->lock);
	peer->sending = false;
	pthread_cond_broadcast(&peer->changed);
	while (peer->up)
		pthread_cond_wait(&peer->changed, &peer->lock);
	pthread_mutex_unlock(&peer->lock);
}

static void send_frames(struct peer *peer, int fd, struct frame *f)
{
	long ret;
	bool ok;

	for (;;) {
		ret = dvk_get2rmt_T(&f->cmd, &f->payload,
				    settings.keepalive_ms / 4);
		if (ret == EDVSINTR)
			continue;
		/* What a timeout leaves there is a HELLO. */
		if (ret != OK && ret != EDVSTIMEDOUT)
			break;
		pthread_mutex_lock(&peer->wlock);
		ok = write_frame(peer, fd, &f->cmd);
		pthread_mutex_unlock(&peer->wlock);
		if (!ok)
			return;
	}
	if (ret != EDVSNOTCONN && !is_stopping())
		note("node %d: the sender gets no frames: %s", peer->id,
		     dvk_strerror(ret));
	if (ret == EDVSSHUTDOWN && !is_stopping())
		exit(EXIT_FAILURE);
}

void *peer_sender(void *arg)
{
	struct peer *peer = arg;
	struct frame *f = malloc(sizeof(*f));

	if (!f) {
		note("no memory");
		exit(EXIT_FAILURE);
	}
	/* The first use of the library in a thread is none of the latency's. */
	memset(f, 0, sizeof(*f));
	__atomic_store_n(&peer->sender_tid, syscall(SYS_gettid),
			 __ATOMIC_RELEASE);
	wait_bound();
	for (;;) {
		int fd = sender_begin(peer);

		send_frames(peer, fd, f);
		sender_end(peer, fd);
	}
	return NULL;
}

/* --- the receiver: getting a connection --- */

/* The accept thread has one for us. A former one is void: the peer knows. */
bool peer_take(struct peer *peer, int fd, const cmd_t *hello)
{
	pthread_mutex_lock(&peer->lock);
	if (peer->greeted && (long)(hello->c_hello.h_session -
				    peer->hello.c_hello.h_session) <= 0) {
		pthread_mutex_unlock(&peer->lock);
		return false;
	}
	peer->greeted = true;
	if (peer->accepted >= 0)
		close(peer->accepted);
	peer->accepted = fd;
	peer->hello = *hello;
	if (peer->fd >= 0)
		shutdown(peer->fd, SHUT_RDWR);
	pthread_cond_broadcast(&peer->changed);
	pthread_mutex_unlock(&peer->lock);
	return true;
}

/* Of its latest HELLO. */
unsigned long peer_session(struct peer *peer)
{
	unsigned long session;

	pthread_mutex_lock(&peer->lock);
	session = peer->hello.c_hello.h_session;
	pthread_mutex_unlock(&peer->lock);
	return session;
}

static int take_accepted(struct peer *peer)
{
	cmd_t hello, answer;
	int fd;

	pthread_mutex_lock(&peer->lock);
	while (peer->accepted < 0)
		pthread_cond_wait(&peer->changed, &peer->lock);
	fd = peer->accepted;
	peer->accepted = -1;
	hello = peer->hello;
	pthread_mutex_unlock(&peer->lock);

	hello_answer(&answer, &hello, 0);
	if (write_all(fd, &answer, sizeof(answer)))
		return fd;
	close(fd);
	return -1;
}

static int dial(struct peer *peer)
{
	const char *why;
	cmd_t cmd, answer;
	int fd = net.dial(peer);

	if (fd < 0) {
		if (settings.verbose)
			note("node %d: cannot connect: %s", peer->id,
			     strerror(errno));
		return -1;
	}
	net.tune(fd);
	hello_fill(&cmd, peer->id, CMD_HELLO);
	if (!write_all(fd, &cmd, sizeof(cmd)) ||
	    read_header(fd, &answer, HELLO_MS)) {
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
	return fd;
fail:
	close(fd);
	return -1;
}

/* --- the receiver: serving it --- */

/* Deliver all whole frames; the rest moves to the front. -1: hang up. */
static int deliver(struct peer *peer, char *buf, size_t *have)
{
	size_t at = 0;
	long ret;

	while (*have - at >= sizeof(cmd_t)) {
		const cmd_t *cmd = (const cmd_t *)(buf + at);
		unsigned int nr = cmd->c_batch_nr;
		size_t len = (unsigned int)cmd->c_len;

		/* The core would refuse it, but we could not wait for it. */
		if (cmd->c_magic != DVK_WIRE_MAGIC || len > MAXCOPYBUF) {
			note("node %d: sends a bad frame", peer->id);
			return -1;
		}
		if (*have - at < sizeof(*cmd) + len)
			break;
		/* TIPC may lose some, see the core's rx.c. 0: not counted. */
		if (nr && nr != peer->rx_nr) {
			note("node %d: frames are missing", peer->id);
			return -1;
		}
		peer->rx_nr++;
		do {
			ret = dvk_put2lcl(cmd, buf + at + sizeof(*cmd));
		} while (ret == EDVSINTR);
		if (ret != OK) {
			if (!is_stopping() && ret != EDVSNOTCONN)
				note("node %d: a frame is not delivered: %s",
				     peer->id, dvk_strerror(ret));
			return -1;
		}
		at += sizeof(*cmd) + len;
	}
	*have -= at;
	if (at)
		memmove(buf, buf + at, *have);
	return 0;
}

/* Read till the connection is lost or the peer has been silent for long. */
static void receive(struct peer *peer, int fd, char *buf)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	long heard = now_ms();
	size_t have = 0;
	ssize_t n;

	for (;;) {
		n = recv(fd, buf + have, BUFFER - have, MSG_DONTWAIT);
		if (n > 0) {
			heard = now_ms();
			have += n;
			if (deliver(peer, buf, &have))
				return;
			continue;
		}
		if (!n || (errno != EAGAIN && errno != EINTR))
			return;
		if (poll(&pfd, 1, settings.keepalive_ms / 4))
			continue;
		if (now_ms() - heard >= settings.keepalive_ms) {
			note("node %d: says nothing any more", peer->id);
			return;
		}
		ping(peer, fd);
	}
}

static bool tell_core(struct peer *peer, int status)
{
	long ret = dvk_proxy_conn(peer->id, status);

	if (ret == OK)
		return true;
	if (ret == EDVSPROXYFREE && !is_stopping()) {
		note("node %d: the pair was unbound", peer->id);
		exit(EXIT_FAILURE);
	}
	if (settings.verbose && ret != EDVSNOTCONN)
		note("node %d: proxy_conn %d: %s", peer->id, status,
		     dvk_strerror(ret));
	return false;
}

static void set_up(struct peer *peer, int fd, bool up)
{
	pthread_mutex_lock(&peer->lock);
	peer->fd = fd;
	peer->up = up;
	peer->tx_nr = 0;
	peer->rx_nr = 1;
	pthread_cond_broadcast(&peer->changed);
	while (!up && peer->sending)
		pthread_cond_wait(&peer->changed, &peer->lock);
	pthread_mutex_unlock(&peer->lock);
}

/* Returns whether the core has taken the connection. */
static bool serve(struct peer *peer, int fd, char *buf)
{
	bool ok;

	ok = tell_core(peer, CONNECT_SPROXY) &&
	     tell_core(peer, CONNECT_RPROXY);
	if (ok) {
		note("node %d: connected", peer->id);
		set_up(peer, fd, true);
		receive(peer, fd, buf);
	}
	shutdown(fd, SHUT_RDWR);
	tell_core(peer, DISCONNECT_SPROXY);
	tell_core(peer, DISCONNECT_RPROXY);
	set_up(peer, -1, false);
	close(fd);
	if (ok)
		note("node %d: connection lost", peer->id);
	return ok;
}

void *peer_receiver(void *arg)
{
	struct peer *peer = arg;
	bool dialler = settings.self < peer->id;
	int fd, backoff = BACKOFF_MIN_MS;
	char *buf = malloc(BUFFER);

	if (!buf) {
		note("no memory");
		exit(EXIT_FAILURE);
	}
	__atomic_store_n(&peer->receiver_tid, syscall(SYS_gettid),
			 __ATOMIC_RELEASE);
	wait_bound();
	for (;;) {
		fd = dialler ? dial(peer) : take_accepted(peer);
		if (fd >= 0 && serve(peer, fd, buf))
			backoff = BACKOFF_MIN_MS;
		if (!dialler)
			continue;
		usleep(backoff * 1000);
		if (backoff < BACKOFF_MAX_MS)
			backoff *= 2;
	}
	return NULL;
}
