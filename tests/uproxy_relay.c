// SPDX-License-Identifier: GPL-2.0
/*
 * Two nodes whose proxies are programs as users write them from the public
 * calls alone: a connection for each direction, and a framing of their own.
 * Nobody says HELLO.
 */
#include "kselftest_harness.h"

#include <signal.h>
#include <stddef.h>
#include <sys/socket.h>

#include "cluster.h"
#include "proxies.h"
#include "puppet.h"
#include "util.h"

#define SRV	10
#define CLT	100
#define FOREVER	TIMEOUT_FOREVER
#define MAX	((long)MAXCOPYLEN)

/* Length first, and the header after the payload: anything but ours. */
struct packet {
	unsigned int len;
	proxy_payload_t payload;
	cmd_t cmd;
};

static struct packet packet;

static bool move(int fd, void *buf, size_t len, bool out)
{
	ssize_t n;

	for (; len; len -= n, buf = (char *)buf + n) {
		n = out ? send(fd, buf, len, MSG_NOSIGNAL) :
			  recv(fd, buf, len, 0);
		if (n <= 0)
			return false;
	}
	return true;
}

/* a: own socket, three to close, pair */
static long relay_sender(const long *a)
{
	struct packet *p = &packet;
	long ret;

	close(a[1]), close(a[2]), close(a[3]);
	if (dvk_wait4bind_T(SOON) != NONE)
		return -20001;
	ret = dvk_proxy_conn(a[4], CONNECT_SPROXY);
	while (!ret) {
		ret = dvk_get2rmt_T(&p->cmd, &p->payload, 300);
		if (ret == EDVSTIMEDOUT) {
			/* The cue for a HELLO, which is not sent. */
			ret = 0;
			continue;
		}
		p->len = p->cmd.c_len;
		if (!ret && (!move(a[0], &p->len, sizeof(p->len), true) ||
			     !move(a[0], &p->payload, p->len, true) ||
			     !move(a[0], &p->cmd, sizeof(p->cmd), true)))
			ret = -20002;
	}
	shutdown(a[0], SHUT_RDWR);
	dvk_proxy_conn(a[4], DISCONNECT_SPROXY);
	return ret;
}

static long relay_receiver(const long *a)
{
	struct packet *p = &packet;
	long ret;

	close(a[1]), close(a[2]), close(a[3]);
	if (dvk_wait4bind_T(SOON) != NONE)
		return -20001;
	ret = dvk_proxy_conn(a[4], CONNECT_RPROXY);
	while (!ret) {
		if (!move(a[0], &p->len, sizeof(p->len), false) ||
		    !move(a[0], &p->payload, p->len, false) ||
		    !move(a[0], &p->cmd, sizeof(p->cmd), false))
			ret = -20002;
		else
			ret = dvk_put2lcl(&p->cmd, &p->payload);
	}
	shutdown(a[0], SHUT_RDWR);
	dvk_proxy_conn(a[4], DISCONNECT_RPROXY);
	return ret;
}

FIXTURE(relay) {
	int dcid;
	struct puppet *srv, *clt;	/* on nodes 1 and 0 */
	struct puppet *s[2], *r[2];	/* the proxies of each node */
};

/* The proxies of both nodes, and wires between them. */
static void relays_up(struct __test_metadata *_metadata, SELF_OF(relay))
{
	int wire[2][2], n;

	/* Wire n leads away from node n. */
	for (n = 0; n < 2; n++)
		ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, wire[n]));
	for (n = 0; n < 2; n++) {
		self->s[n] = puppet_new(n);
		self->r[n] = puppet_new(n);
	}
	for (n = 0; n < 2; n++) {
		self->s[n]->page->fn = relay_sender;
		begin_call(self->s[n], OP_FN, wire[n][0], wire[n][1],
			   wire[!n][0], wire[!n][1], !n);
		self->r[n]->page->fn = relay_receiver;
		begin_call(self->r[n], OP_FN, wire[!n][1], wire[!n][0],
			   wire[n][0], wire[n][1], !n);
	}
	for (n = 0; n < 2; n++) {
		close(wire[n][0]);
		close(wire[n][1]);
		at_node(n);
		ASSERT_EQ(0, dvk_proxies_bind("relay", !n, self->s[n]->tid,
					      self->r[n]->tid, 4096));
		ASSERT_EQ(0, dvk_node_up(NULL, !n, !n));
	}
	at_node(0);
	ASSERT_TRUE(peer_state(0, 1, "up", LATE));
	ASSERT_TRUE(peer_state(1, 0, "up", LATE));
}

FIXTURE_SETUP(relay)
{
	cluster_up();
	kernel_proxies(false);
	self->dcid = dc_new(3);
	self->srv = puppet_bound(1, self->dcid, SRV);
	self->clt = puppet_bound(0, self->dcid, CLT);
	relays_up(_metadata, self);
	/* They have told each other. */
	ASSERT_TRUE(proc_flags(0, self->dcid, SRV, DVK_RTS_REMOTE, 0));
	ASSERT_TRUE(proc_flags(1, self->dcid, CLT, DVK_RTS_REMOTE, 0));
}

FIXTURE_TEARDOWN(relay)
{
	puppets_end();
	kernel_proxies(true);
	dc_drop(self->dcid);
	if (!cluster_whole(LATE))
		die("the cluster does not come up again");
}

TEST_F(relay, messages)
{
	int i;

	for (i = 0; i < 20; i++) {
		say(self->clt, 1, i);
		begin(self->clt, OP_SENDREC, SRV, FOREVER);
		ASSERT_EQ(0, act(self->srv, OP_RCVRQST, 0, FOREVER));
		EXPECT_EQ(i, heard(self->srv)->m1_i1);
		EXPECT_EQ(CLT, heard(self->srv)->m_source);
		say(self->srv, 2, 100 + i);
		ASSERT_EQ(0, act(self->srv, OP_REPLY, CLT, FOREVER));
		ASSERT_EQ(0, end(self->clt));
		EXPECT_EQ(100 + i, heard(self->clt)->m1_i1);
	}
	say(self->srv, 3, 7);
	begin(self->srv, OP_SEND, CLT, FOREVER);
	ASSERT_EQ(0, act(self->clt, OP_RECEIVE, ANY, FOREVER));
	EXPECT_EQ(7, heard(self->clt)->m1_i1);
	EXPECT_EQ(0, end(self->srv));
	ASSERT_EQ(0, call(self->clt, OP_NOTIFY, SRV));
	ASSERT_EQ(0, act(self->srv, OP_RECEIVE, ANY, FOREVER));
	EXPECT_EQ(NOTIFY_FROM(CLT), heard(self->srv)->m_type);
}

/* Frames have at most the 4,096 bytes that the pair was bound with. */
TEST_F_TIMEOUT(relay, copies, 90)
{
	static const long sizes[] = { 0, 1, 4095, 4096, 4097, 65537, MAX };
	char *cbuf = puppet_map(self->clt, MAX + 1);
	char *sbuf = puppet_map(self->srv, MAX + 1);
	long frames = attr_long(1, "peers/0/tx_msgs");
	unsigned int i;

	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		begin(self->clt, OP_SENDREC, SRV, FOREVER);
		ASSERT_EQ(0, act(self->srv, OP_RCVRQST, 0, FOREVER));
		puppet_fill(self->srv, sbuf + 1, sizes[i], i);
		EXPECT_EQ(0, call(self->srv, OP_VCOPY, SELF, (long)sbuf + 1,
				  CLT, (long)cbuf, sizes[i]));
		EXPECT_EQ(0, call(self->srv, OP_VCOPY, CLT, (long)cbuf,
				  SELF, (long)sbuf, sizes[i]));
		EXPECT_EQ(-1, puppet_check(self->srv, sbuf, sizes[i], i));
		ASSERT_EQ(0, act(self->srv, OP_REPLY, CLT, FOREVER));
		ASSERT_EQ(0, end(self->clt));
		EXPECT_EQ(-1, puppet_check(self->clt, cbuf, sizes[i], i));
	}
	EXPECT_LE(MAX / 4096, attr_long(1, "peers/0/tx_msgs") - frames);
}

/* Any of the four may die: both sides notice, and it all works again. */
TEST_F_TIMEOUT(relay, proxies_die, 90)
{
	struct puppet *victims[4];
	int i, n;

	for (i = 0; i < 4; i++) {
		victims[0] = self->s[0];
		victims[1] = self->r[0];
		victims[2] = self->s[1];
		victims[3] = self->r[1];
		begin(self->clt, OP_SENDREC, SRV, FOREVER);
		ASSERT_EQ(0, act(self->srv, OP_RCVRQST, 0, FOREVER));
		/* And the server waits for the client. */
		begin(self->srv, OP_RECEIVE, CLT, FOREVER);
		ASSERT_TRUE(proc_flags(1, self->dcid, SRV, DVK_RTS_RECEIVING,
				       0));
		puppet_kill(victims[i]);
		EXPECT_EQ(EDVSNOTCONN, end(self->clt)) TH_LOG("victim %d", i);
		EXPECT_EQ(EDVSNOTCONN, end(self->srv)) TH_LOG("victim %d", i);
		for (n = 0; n < 4; n++)
			if (n != i)
				puppet_kill(victims[n]);
		relays_up(_metadata, self);
		ASSERT_TRUE(proc_flags(0, self->dcid, SRV, DVK_RTS_REMOTE, 0));
		ASSERT_TRUE(proc_flags(1, self->dcid, CLT, DVK_RTS_REMOTE, 0));
	}
}

TEST_HARNESS_MAIN
