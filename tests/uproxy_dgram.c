// SPDX-License-Identifier: GPL-2.0
/*
 * Datagrams of strangers and liars at dvk-proxy over UDP: none of them opens,
 * ends or disturbs a connection but with the numbers that it has. Raw Ethernet
 * has the same form.
 *
 * Node 5 lives in a namespace of its own; the test is its peer 1, which dials.
 */
#include "kselftest_harness.h"

#include <arpa/inet.h>
#include <endian.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/random.h>
#include <sys/socket.h>

#include "cluster.h"
#include "fake_peer.h"
#include "proxies.h"
#include "puppet.h"
#include "util.h"
#include "victim.h"

#include "../userlib/proxy/dgram.h"

#define OWN_PORT	4001
#define ROOM		1000

/* One datagram, and what it may carry. */
struct datagram {
	struct segment s;
	char data[2000];
};

FIXTURE(dgram) {
	pid_t pid;
	int fd;
	uint64_t ours, theirs;	/* numbers of the connection */
	uint32_t seq, heard;	/* next segment to send, and to be heard */
	struct fake_peer peer;	/* for headers alone */
	struct puppet *srv;
	struct datagram out, in;
};

static int bound(const char *ip, int port)
{
	struct sockaddr_in a = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = inet_addr(ip),
	};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (bind(fd, (struct sockaddr *)&a, sizeof(a)))
		die("bind %s:%d: %m", ip, port);
	/* Where the program sends from when it sends here. */
	a.sin_port = htons(PORT);
	a.sin_addr.s_addr = inet_addr(BAD_IP);
	if (connect(fd, (struct sockaddr *)&a, sizeof(a)))
		die("connect: %m");
	return fd;
}

static struct segment *segment(SELF_OF(dgram), int type)
{
	struct segment *s = &self->out.s;

	memset(s, 0, sizeof(*s));
	s->magic = htole32(SEGMENT_MAGIC);
	s->version = SEGMENT_VERSION;
	s->type = type;
	s->from = htole32(BAD);
	s->to = htole32(VICTIM);
	s->conn = htole64(self->theirs);
	s->own = htole64(self->ours);
	s->ack = htole32(self->heard);
	return s;
}

static void post(SELF_OF(dgram))
{
	/* That nobody listens yet is said to us, and is no matter. */
	send(self->fd, &self->out, sizeof(self->out.s) +
	     le16toh(self->out.s.len), MSG_NOSIGNAL);
}

/* The next datagram within @ms; false if there is none. */
static bool next(SELF_OF(dgram), int ms)
{
	struct pollfd pfd = { .fd = self->fd, .events = POLLIN };
	ssize_t n;

	if (poll(&pfd, 1, ms) <= 0)
		return false;
	n = recv(self->fd, &self->in, sizeof(self->in), MSG_DONTWAIT);
	return n >= (ssize_t)sizeof(self->in.s);
}

/* One of that type, others are passed over. */
static bool hear(SELF_OF(dgram), int type, int ms)
{
	long end = now_ms() + ms;

	while (now_ms() < end)
		if (next(self, end - now_ms()) && self->in.s.type == type)
			return true;
	return false;
}

/* Sends a header as the next segment till it is acknowledged. */
static bool say_header(SELF_OF(dgram), const struct dvk_cmd *cmd)
{
	int i;

	for (i = 0; i < 100; i++) {
		struct segment *s = segment(self, SEGMENT_DATA);

		s->len = htole16(sizeof(*cmd));
		s->seq = htole32(self->seq);
		memcpy(self->out.data, cmd, sizeof(*cmd));
		post(self);
		while (hear(self, SEGMENT_DATA, 50)) {
			if (le32toh(self->in.s.ack) == self->seq + 1) {
				self->seq++;
				return true;
			}
		}
	}
	return false;
}

/* A header that comes, with that command, and is acknowledged. */
static bool hear_header(SELF_OF(dgram), uint32_t code, struct dvk_cmd *cmd)
{
	long end = now_ms() + SOON;
	bool got = false;

	do {
		if (self->in.s.type != SEGMENT_DATA || !self->in.s.len ||
		    le32toh(self->in.s.seq) != self->heard)
			continue;
		/* Here a segment is a frame, for none of them is long. */
		memcpy(cmd, self->in.data, sizeof(*cmd));
		self->heard++;
		segment(self, SEGMENT_DATA);
		post(self);
		got = le32toh(cmd->c_cmd) == code;
		self->in.s.len = 0;
	} while (!got && now_ms() < end && (next(self, 100) || true));
	return got;
}

/* OPEN, till it is answered. */
static bool open_it(SELF_OF(dgram))
{
	int i;

	self->theirs = 0;
	self->seq = 0;
	self->heard = 0;
	getrandom(&self->ours, sizeof(self->ours), 0);
	for (i = 0; i < 100; i++) {
		segment(self, SEGMENT_OPEN)->seq = htole32(ROOM);
		post(self);
		while (hear(self, SEGMENT_OPENED, 50)) {
			if (le64toh(self->in.s.conn) != self->ours)
				continue;
			self->theirs = le64toh(self->in.s.own);
			return true;
		}
	}
	return false;
}

/* All of it, as an honest peer does it. */
static bool join(SELF_OF(dgram))
{
	struct dvk_cmd cmd;

	if (!open_it(self))
		return false;
	fake_hello(&self->peer, &cmd, "DVS");
	return say_header(self, &cmd) &&
	       hear_header(self, DVK_CMD_HELLO | DVK_CMD_ACK, &cmd) &&
	       !cmd.c_rcode &&
	       wait_until(attr_is(THIS_NODE, "peers/1/state", "up"), SOON);
}

/* A message to nobody is answered. */
static bool works(SELF_OF(dgram))
{
	struct dvk_cmd cmd;

	fake_message(&self->peer, &cmd, DVK_CMD_SEND_MSG, DC, 40, 77);
	return say_header(self, &cmd) &&
	       hear_header(self, DVK_CMD_SEND_MSG | DVK_CMD_ACK, &cmd) &&
	       (int)le32toh(cmd.c_rcode) == -DVK_EDSTDIED;
}

FIXTURE_SETUP(dgram)
{
	modules_up();
	node_fresh();
	ASSERT_EQ(VICTIM, dvk_dvs_init(VICTIM, NULL));
	self->peer.self = BAD;
	self->peer.node = VICTIM;
	self->peer.fd = -1;
	self->fd = bound(BAD_IP, OWN_PORT);
	self->pid = proxy_start(THIS_NODE,
				"--transport udp --keepalive 60000 1=%s:%d",
				BAD_IP, OWN_PORT);
	ASSERT_TRUE(wait_until(attr_is(THIS_NODE, "peers/1/enabled", "1"),
			       SOON));
	ASSERT_EQ(0, attr_write(THIS_NODE, "new_dc", "%d", DC));
	ASSERT_EQ(0, attr_write(THIS_NODE, "dcs/0/add_node", "%d", BAD));
	self->srv = puppet_bound(THIS_NODE, DC, SRV);
	ASSERT_TRUE(join(self));
}

FIXTURE_TEARDOWN(dgram)
{
	puppets_end();
	EXPECT_EQ(0, proxy_stop(self->pid));
	close(self->fd);
	dvk_dvs_end();
}

TEST_F(dgram, works)
{
	EXPECT_TRUE(works(self));
	EXPECT_TRUE(works(self));
}

/* Each by itself changes nothing. */
TEST_F(dgram, single_lies)
{
	long reconnects = attr_long(THIS_NODE, "peers/1/reconnects");
	uint64_t theirs = self->theirs, ours = self->ours;
	struct segment *s;
	int i;

	/* Nothing is on its way that could be acknowledged by accident. */
	ASSERT_TRUE(works(self));
	for (i = 0; i < 40; i++)
		send(self->fd, &self->out, i, 0);
#define LIE(type, change) do {						\
	s = segment(self, type);					\
	change;								\
	post(self);							\
} while (0)
	LIE(SEGMENT_CLOSE, s->magic ^= 1);
	LIE(SEGMENT_CLOSE, s->version++);
	LIE(SEGMENT_CLOSE, s->from++);
	LIE(SEGMENT_CLOSE, s->to++);
	LIE(SEGMENT_CLOSE, s->conn ^= 1);
	LIE(SEGMENT_CLOSE, s->own ^= 1);
	LIE(SEGMENT_CLOSE, s->conn = 0; s->own = 0);
	LIE(99, s->len = 0);
	LIE(0, s->len = 0);
	/* More than there is. */
	s = segment(self, SEGMENT_CLOSE);
	s->len = htole16(2000);
	send(self->fd, &self->out, sizeof(*s) + 10, 0);
	/* Of what was never sent, and of what never can be received. */
	LIE(SEGMENT_DATA, s->ack = htole32(self->heard + 1));
	LIE(SEGMENT_DATA, s->ack = htole32(self->heard - 1));
	LIE(SEGMENT_DATA, s->ack = htole32(self->heard + (1U << 31)));
	LIE(SEGMENT_DATA, s->map = ~0ULL);
	LIE(SEGMENT_DATA, s->len = htole16(100);
	    s->seq = htole32(self->seq + 256));
	LIE(SEGMENT_DATA, s->len = htole16(100);
	    s->seq = htole32(self->seq - 1));
	LIE(SEGMENT_DATA, s->len = htole16(ROOM + 1);
	    s->seq = htole32(self->seq));
	/* Those who open, and never say a word with the number. */
	LIE(SEGMENT_OPEN, s->own = 0; s->seq = htole32(ROOM));
	LIE(SEGMENT_OPEN, s->own ^= 1; s->seq = htole32(0));
	LIE(SEGMENT_OPEN, s->own ^= 2; s->seq = htole32(ROOM));
	ASSERT_TRUE(hear(self, SEGMENT_OPENED, SOON));
	LIE(SEGMENT_OPENED, s->seq = htole32(ROOM));
#undef LIE
	EXPECT_EQ(theirs, self->theirs);
	EXPECT_EQ(ours, self->ours);
	EXPECT_TRUE(works(self));
	EXPECT_TRUE(attr_is(THIS_NODE, "peers/1/state", "up"));
	EXPECT_EQ(reconnects, attr_long(THIS_NODE, "peers/1/reconnects"));
}

/* Whoever guesses does not guess the numbers. */
TEST_F(dgram, noise)
{
	struct segment *s = &self->out.s;
	int i;

	for (i = 0; i < 20000; i++) {
		getrandom(s, sizeof(*s), 0);
		s->magic = htole32(SEGMENT_MAGIC);
		s->version = SEGMENT_VERSION;
		s->from = htole32(BAD);
		s->to = htole32(VICTIM);
		s->type %= 6;
		s->len = htole16(le16toh(s->len) % 1400);
		post(self);
		/* Where it is answered, room for what follows. */
		while (next(self, 0))
			;
	}
	EXPECT_TRUE(works(self));
}

/* A connection that is over stays so, whatever comes of it again. */
TEST_F(dgram, old_ones)
{
	uint64_t theirs = self->theirs, ours = self->ours;
	struct segment *s;

	/* A new one takes the place of one that is up. */
	ASSERT_TRUE(join(self));
	EXPECT_NE(theirs, self->theirs);
	s = segment(self, SEGMENT_DATA);
	s->conn = htole64(theirs);
	s->own = htole64(ours);
	post(self);
	/* It is told so. */
	ASSERT_TRUE(hear(self, SEGMENT_CLOSE, SOON));
	EXPECT_EQ(ours, le64toh(self->in.s.conn));
	EXPECT_EQ(theirs, le64toh(self->in.s.own));
	EXPECT_TRUE(works(self));
	/* Its HELLO once more, in a connection that is new. */
	s = segment(self, SEGMENT_CLOSE);
	post(self);
	EXPECT_TRUE(wait_until(!attr_is(THIS_NODE, "peers/1/state", "up"),
			       SOON));
	EXPECT_TRUE(join(self));
	EXPECT_TRUE(works(self));
}

TEST_F(dgram, strangers)
{
	int fd = bound("127.0.0.77", 5000);

	ASSERT_EQ(16, send(fd, "GET / HTTP/1.1\r\n", 16, 0));
	EXPECT_TRUE(wait_until(proxy_said(THIS_NODE,
					  "127.0.0.77, which is no peer: it seems to be an HTTP"),
			       SOON));
	segment(self, SEGMENT_OPEN);
	ASSERT_LT(0, send(fd, &self->out, sizeof(self->out.s), 0));
	EXPECT_TRUE(wait_until(proxy_said(THIS_NODE, "takes this node for a peer"),
			       SOON));
	close(fd);
	EXPECT_TRUE(works(self));
}

/* A second HELLO with a number of before. */
TEST_F(dgram, replayed_hello)
{
	struct dvk_cmd hello, cmd;

	fake_hello(&self->peer, &hello, "DVS");
	ASSERT_TRUE(join(self));
	ASSERT_TRUE(open_it(self));
	ASSERT_TRUE(say_header(self, &hello));
	ASSERT_TRUE(hear_header(self, DVK_CMD_HELLO | DVK_CMD_ACK, &cmd));
	EXPECT_EQ(-DVK_EEXIST, (int)le32toh(cmd.c_rcode));
	EXPECT_TRUE(proxy_said(THIS_NODE, "of an old connection"));
	EXPECT_TRUE(join(self));
	EXPECT_TRUE(works(self));
}

TEST_HARNESS_MAIN
