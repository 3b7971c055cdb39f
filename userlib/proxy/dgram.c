// SPDX-License-Identifier: GPL-2.0
/*
 * A task that sends makes segments and sends those that may go. The one that
 * receives does the rest: it reads what arrives, acknowledges, and sends again
 * what was lost. It has a timer for that, which the sender starts.
 */
#include <endian.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <sys/random.h>
#include <sys/timerfd.h>
#include "dgram.h"
#include "proxy.h"
#include "window.h"

#define OPEN_MS		5000
#define OPEN_AGAIN_MS	200
#define SOCKET_BUFFER	(4 * 1024 * 1024)
/* Datagrams of one system call. */
#define BURST		32
#define DATAGRAM_MAX	65536
/* Who takes less is none of ours. */
#define ROOM_MIN	256

/**
 * struct dgram_conn - a connection
 * @conn: what the rest of the program knows
 * @d: where its datagrams go
 * @our: its number as the peer says it
 * @their: as the peer has chosen it
 * @timer: wakes the receiver, when something was not acknowledged in time
 * @lock: protects what follows
 * @space: there is room in the window, or it is closed
 * @armed: the timer runs
 * @closed: by either side
 * @w: what is sent and received
 */
struct dgram_conn {
	struct conn conn;
	struct dgram *d;
	__u64 our;
	__u64 their;
	int timer;
	pthread_mutex_t lock;
	pthread_cond_t space;
	bool armed;
	bool closed;
	struct window w;
};

static usec_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000L + t.tv_nsec / 1000;
}

static __u64 new_number(void)
{
	__u64 number = 0;

	while (!number)
		if (getrandom(&number, sizeof(number), 0) < 0)
			return 0;
	return number;
}

/* --- datagrams out --- */

static void fill(const struct dgram *d, struct segment *s, int type,
		 __u64 conn, __u64 own)
{
	memset(s, 0, sizeof(*s));
	s->magic = htole32(SEGMENT_MAGIC);
	s->version = SEGMENT_VERSION;
	s->type = type;
	s->from = htole32(settings.self);
	s->to = htole32(d->peer->id);
	s->conn = htole64(conn);
	s->own = htole64(own);
}

static int send_alone(const struct dgram *d, const struct segment *s)
{
	return sendto(d->fd, s, sizeof(*s), MSG_DONTWAIT | MSG_NOSIGNAL,
		      d->dest_len ? (const void *)&d->dest : NULL,
		      d->dest_len) < 0 ? -1 : 0;
}

static int say(const struct dgram *d, int type, __u64 conn, __u64 own)
{
	struct segment s;

	fill(d, &s, type, conn, own);
	s.seq = htole32(d->room);
	return send_alone(d, &s);
}

/* What cannot be sent is lost, like what the network loses. */
static void send_burst(struct dgram_conn *c, struct mmsghdr *msgs, int n)
{
	int done = 0, ret;

	while (done < n) {
		ret = sendmmsg(c->d->fd, msgs + done, n - done,
			       MSG_DONTWAIT | MSG_NOSIGNAL);
		if (ret < 0 && errno == EINTR)
			continue;
		if (ret <= 0)
			return;
		done += ret;
	}
}

/* Every DATA says what has arrived here. */
static void head_of_data(struct dgram_conn *c, struct segment *s, usec_t now)
{
	struct window_ack a;

	window_say(&c->w, &a);
	fill(c->d, s, SEGMENT_DATA, c->their, c->our);
	s->ack = htole32(a.ack);
	s->map = htole64(a.map);
	s->echo = htole32(a.echo);
	s->stamp = htole32(now);
}

static void acknowledge(struct dgram_conn *c, usec_t now)
{
	struct segment s;

	head_of_data(c, &s, now);
	send_alone(c->d, &s);
}

/* All that may go now. With @lock held. */
static void transmit(struct dgram_conn *c, usec_t now)
{
	struct itimerspec t = { 0 };
	struct mmsghdr msgs[BURST];
	struct segment heads[BURST];
	struct iovec iov[BURST][2];
	uint32_t seq;
	int n;

	do {
		for (n = 0; n < BURST && window_next(&c->w, now, &seq); n++) {
			head_of_data(c, &heads[n], now);
			heads[n].seq = htole32(seq);
			heads[n].len = htole16(c->w.out[seq % WINDOW].len);
			iov[n][0].iov_base = &heads[n];
			iov[n][0].iov_len = sizeof(heads[n]);
			iov[n][1].iov_base = window_data(&c->w, seq);
			iov[n][1].iov_len = c->w.out[seq % WINDOW].len;
			msgs[n] = (struct mmsghdr){ .msg_hdr = {
				.msg_iov = iov[n],
				.msg_iovlen = 2,
				.msg_name = c->d->dest_len ? &c->d->dest : NULL,
				.msg_namelen = c->d->dest_len,
			} };
		}
		send_burst(c, msgs, n);
	} while (n == BURST);
	if (c->armed || window_timeout(&c->w) == NEVER)
		return;
	t.it_value.tv_sec = c->w.rto / 1000000;
	t.it_value.tv_nsec = c->w.rto % 1000000 * 1000;
	c->armed = !timerfd_settime(c->timer, 0, &t, NULL);
}

/* --- datagrams in --- */

static bool is_segment(const struct dgram *d, const struct segment *s,
		       size_t len)
{
	return len >= sizeof(*s) && le32toh(s->magic) == SEGMENT_MAGIC &&
	       s->version == SEGMENT_VERSION &&
	       le16toh(s->len) <= len - sizeof(*s) &&
	       (int)le32toh(s->from) == d->peer->id &&
	       (int)le32toh(s->to) == settings.self;
}

/* The peer dials. That ends nothing yet: see struct dgram. */
static void peer_opens(struct dgram *d, const struct segment *s)
{
	__u64 their = le64toh(s->own);
	__u32 room = le32toh(s->seq);

	if (settings.self < d->peer->id || !their || room < ROOM_MIN)
		return;
	if (d->their != their) {
		d->their = their;
		d->their_room = room;
		d->our = new_number();
		d->opened = false;
	}
	if (d->our)
		say(d, SEGMENT_OPENED, d->their, d->our);
}

/* With @lock held. */
static void segment_in(struct dgram_conn *c, const struct segment *s,
		       usec_t now)
{
	const struct window_ack a = {
		.ack = le32toh(s->ack),
		.map = le64toh(s->map),
		.echo = le32toh(s->echo),
	};
	size_t len = le16toh(s->len);

	if (s->type == SEGMENT_CLOSE) {
		c->closed = true;
		return;
	}
	if (s->type != SEGMENT_DATA)
		return;
	if (window_acked(&c->w, &a, now) && len)
		window_arrived(&c->w, le32toh(s->seq), s + 1, len,
			       le32toh(s->stamp), now);
}

/* A datagram of the peer's; @c is its connection, locked, or NULL. */
static void datagram_in(struct dgram *d, struct dgram_conn *c,
			const struct segment *s, usec_t now)
{
	__u64 conn = le64toh(s->conn), own = le64toh(s->own);

	if (s->type == SEGMENT_OPEN) {
		peer_opens(d, s);
	} else if (c && conn == c->our && own == c->their) {
		segment_in(c, s, now);
	} else if (s->type == SEGMENT_DATA && conn && conn == d->our &&
		   own == d->their) {
		/* Its first segment is sent again when somebody listens. */
		d->opened = true;
		if (c)
			c->closed = true;
	} else if (s->type == SEGMENT_DATA) {
		/* Of a connection that this side has forgotten. */
		say(d, SEGMENT_CLOSE, own, conn);
	}
}

/* Up to BURST datagrams that are there; whether there were so many. */
static bool read_burst(struct dgram *d, struct dgram_conn *c)
{
	static __thread char *buffers;
	struct sockaddr_storage from[BURST];
	struct mmsghdr msgs[BURST];
	struct iovec iov[BURST];
	usec_t now;
	int i, n;

	/* Of the thread, which lives as long as the program. */
	if (!buffers)
		buffers = malloc((size_t)BURST * DATAGRAM_MAX);
	if (!buffers)
		return false;
	memset(msgs, 0, sizeof(msgs));
	for (i = 0; i < BURST; i++) {
		iov[i].iov_base = buffers + (size_t)i * DATAGRAM_MAX;
		iov[i].iov_len = DATAGRAM_MAX;
		msgs[i].msg_hdr.msg_iov = &iov[i];
		msgs[i].msg_hdr.msg_iovlen = 1;
		msgs[i].msg_hdr.msg_name = &from[i];
		msgs[i].msg_hdr.msg_namelen = sizeof(from[i]);
	}
	n = recvmmsg(d->fd, msgs, BURST, MSG_DONTWAIT, NULL);
	now = now_us();
	for (i = 0; i < n; i++) {
		const struct segment *s = iov[i].iov_base;

		if (is_segment(d, s, msgs[i].msg_len) &&
		    (!d->source_is || d->source_is(d, &from[i])))
			datagram_in(d, c, s, now);
	}
	return n == BURST;
}

/* --- the connection --- */

static struct dgram_conn *conn_of(struct conn *conn)
{
	return (struct dgram_conn *)conn;
}

/* Puts bytes of @iov into the segment that is made next. */
static size_t make_segment(struct window *w, struct iovec **iov, int *n)
{
	char *data = window_data(w, w->next);
	size_t len = 0, part;

	while (*n && len < w->room) {
		part = (*iov)->iov_len;
		if (part > w->room - len)
			part = w->room - len;
		memcpy(data + len, (*iov)->iov_base, part);
		len += part;
		(*iov)->iov_base = (char *)(*iov)->iov_base + part;
		(*iov)->iov_len -= part;
		if (!(*iov)->iov_len) {
			(*iov)++;
			(*n)--;
		}
	}
	return len;
}

static bool dgram_send(struct conn *conn, struct iovec *iov, int n)
{
	struct dgram_conn *c = conn_of(conn);
	bool ok = true;
	size_t len;

	pthread_mutex_lock(&c->lock);
	while (n && ok) {
		while (!c->closed && !window_has_room(&c->w)) {
			transmit(c, now_us());
			pthread_cond_wait(&c->space, &c->lock);
		}
		ok = !c->closed;
		len = ok ? make_segment(&c->w, &iov, &n) : 0;
		if (len)
			window_made(&c->w, len);
	}
	if (ok)
		transmit(c, now_us());
	pthread_mutex_unlock(&c->lock);
	return ok;
}

/* Waits for datagrams, the timer, or until @by. */
static void wait_for_something(struct dgram_conn *c, usec_t by)
{
	struct pollfd pfd[2] = {
		{ .fd = c->d->fd, .events = POLLIN },
		{ .fd = c->timer, .events = POLLIN },
	};
	usec_t left = by - now_us();
	struct timespec t;
	__u64 times;

	if (left < 0)
		left = 0;
	t.tv_sec = left / 1000000;
	t.tv_nsec = left % 1000000 * 1000;
	if (ppoll(pfd, 2, &t, NULL) <= 0 || !pfd[1].revents)
		return;
	if (read(c->timer, &times, sizeof(times)) < 0)
		return;
	pthread_mutex_lock(&c->lock);
	c->armed = false;
	pthread_mutex_unlock(&c->lock);
}

/* What there is to do when something has arrived or the time has come. */
static void work(struct dgram_conn *c)
{
	bool more = true;
	usec_t now;

	pthread_mutex_lock(&c->lock);
	while (more && !window_is_full(&c->w))
		more = read_burst(c->d, c);
	now = now_us();
	window_tick(&c->w, now);
	transmit(c, now);
	if (now >= c->w.ack_by)
		acknowledge(c, now);
	if (c->closed || window_has_room(&c->w))
		pthread_cond_broadcast(&c->space);
	pthread_mutex_unlock(&c->lock);
}

static ssize_t dgram_recv(struct conn *conn, void *buf, size_t len, int ms)
{
	struct dgram_conn *c = conn_of(conn);
	usec_t end = now_us() + ms * 1000L, by;
	bool closed;
	size_t n;

	for (;;) {
		pthread_mutex_lock(&c->lock);
		n = window_read(&c->w, buf, len);
		closed = c->closed;
		by = c->w.ack_by < end ? c->w.ack_by : end;
		pthread_mutex_unlock(&c->lock);
		if (n || closed)
			return n;
		if (now_us() >= end) {
			errno = EAGAIN;
			return -1;
		}
		wait_for_something(c, by);
		work(c);
	}
}

static unsigned long dgram_confirmed(struct conn *conn)
{
	struct dgram_conn *c = conn_of(conn);
	unsigned long n;

	pthread_mutex_lock(&c->lock);
	n = c->w.confirmed;
	pthread_mutex_unlock(&c->lock);
	return n;
}

static void dgram_shutdown(struct conn *conn)
{
	struct dgram_conn *c = conn_of(conn);

	pthread_mutex_lock(&c->lock);
	if (!c->closed)
		say(c->d, SEGMENT_CLOSE, c->their, c->our);
	c->closed = true;
	pthread_cond_broadcast(&c->space);
	pthread_mutex_unlock(&c->lock);
}

static void dgram_free(struct conn *conn)
{
	struct dgram_conn *c = conn_of(conn);

	dgram_shutdown(conn);
	c->d->conn = NULL;
	close(c->timer);
	window_free(&c->w);
	pthread_mutex_destroy(&c->lock);
	pthread_cond_destroy(&c->space);
	free(c);
}

static const struct conn_ops dgram_ops = {
	.send = dgram_send,
	.recv = dgram_recv,
	.confirmed = dgram_confirmed,
	.shutdown = dgram_shutdown,
	.free = dgram_free,
};

static struct conn *conn_new(struct dgram *d, __u64 our, __u64 their)
{
	struct dgram_conn *c = calloc(1, sizeof(*c));
	size_t room = d->their_room < d->room ? d->their_room : d->room;

	if (!c || !window_init(&c->w, room)) {
		free(c);
		errno = ENOMEM;
		return NULL;
	}
	c->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (c->timer < 0) {
		window_free(&c->w);
		free(c);
		return NULL;
	}
	c->conn.ops = &dgram_ops;
	c->d = d;
	c->our = our;
	c->their = their;
	pthread_mutex_init(&c->lock, NULL);
	pthread_cond_init(&c->space, NULL);
	d->conn = c;
	return &c->conn;
}

/* --- how it begins --- */

struct dgram *dgram_new(struct peer *peer, int fd, size_t room)
{
	struct dgram *d = calloc(1, sizeof(*d));
	int size = SOCKET_BUFFER;

	if (!d) {
		close(fd);
		errno = ENOMEM;
		return NULL;
	}
	/* As much as an administrator may, else as much as there is. */
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)))
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size)))
		setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	d->peer = peer;
	d->fd = fd;
	d->room = room;
	return d;
}

/* The answer to OPEN with the number @our, which is the peer's, or 0. */
static __u64 read_opened(struct dgram *d, __u64 our)
{
	struct sockaddr_storage from;
	socklen_t len = sizeof(from);
	struct segment s;
	ssize_t n;

	n = recvfrom(d->fd, &s, sizeof(s), MSG_DONTWAIT,
		     (struct sockaddr *)&from, &len);
	if (n < 0 || !is_segment(d, &s, n) ||
	    (d->source_is && !d->source_is(d, &from)) ||
	    s.type != SEGMENT_OPENED || le64toh(s.conn) != our ||
	    le32toh(s.seq) < ROOM_MIN)
		return 0;
	d->their_room = le32toh(s.seq);
	return le64toh(s.own);
}

struct conn *dgram_dial(struct dgram *d)
{
	struct pollfd pfd = { .fd = d->fd, .events = POLLIN };
	long end = now_ms() + OPEN_MS, again = 0;
	__u64 our = new_number(), their = 0;

	if (!our)
		return NULL;
	while (!their) {
		long now = now_ms();

		if (now >= end) {
			errno = ETIMEDOUT;
			return NULL;
		}
		if (now >= again) {
			if (say(d, SEGMENT_OPEN, 0, our))
				return NULL;
			again = now + OPEN_AGAIN_MS;
		}
		if (poll(&pfd, 1, again - now) > 0)
			their = read_opened(d, our);
	}
	return conn_new(d, our, their);
}

struct conn *dgram_wait(struct dgram *d)
{
	struct pollfd pfd = { .fd = d->fd, .events = POLLIN };
	__u64 our, their;

	while (!d->opened) {
		if (poll(&pfd, 1, -1) < 0 && errno != EINTR)
			return NULL;
		read_burst(d, NULL);
	}
	our = d->our;
	their = d->their;
	/* What comes of it when it is over opens nothing. */
	d->opened = false;
	d->our = 0;
	d->their = 0;
	return conn_new(d, our, their);
}
