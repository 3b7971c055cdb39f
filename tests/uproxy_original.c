// SPDX-License-Identifier: GPL-2.0
/*
 * Node 0 has dvk-proxy --original, and node 1 proxies as users of the original
 * ones wrote them: each dials the port 3000 + own number, waits for the other at
 * 3000 + its number (here 3100), and sends headers and payload. They gather messages and
 * pack payload without asking anybody.
 */
#include "kselftest_harness.h"

#include <arpa/inet.h>
#include <lz4frame.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
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
/* In place of 3000, where the kernel's proxies for node 2 are. */
#define PORT	3100
#define BATCHED	((int)(MAXCOPYBUF / sizeof(cmd_t)))
#define FLAGS	(DVK_CMD_F_BATCH | DVK_CMD_F_LZ4)

static cmd_t cmd, more;
static proxy_payload_t payload, scratch;
static char packed[2 * MAXCOPYBUF];

static struct puppet_page *page_of(const long *a)
{
	return (void *)((char *)a - offsetof(struct puppet_page, a));
}

static bool move(int fd, void *buf, size_t len, bool out)
{
	ssize_t n;

	for (; len; len -= n, buf = (char *)buf + n) {
		n = out ? send(fd, buf, len, MSG_NOSIGNAL) :
			  recv(fd, buf, len, MSG_WAITALL);
		if (n <= 0)
			return false;
	}
	return true;
}

/* Adds messages that are there; the frame with payload that ends it, if any. */
static bool gather(void)
{
	int n;

	for (n = 0; n < BATCHED; n++) {
		if (dvk_get2rmt_T(&more, &scratch, TIMEOUT_NOWAIT) != OK)
			break;
		if (more.c_len)
			break;
		memcpy(payload.pay_data + n * sizeof(more), &more,
		       sizeof(more));
	}
	if (n) {
		cmd.c_flags |= DVK_CMD_F_BATCH;
		cmd.c_batch_nr = n;
		cmd.c_len = n * sizeof(more);
	}
	return n < BATCHED && more.c_len;
}

static bool send_packed(int fd, cmd_t *c, proxy_payload_t *p)
{
	size_t n = 0;

	if (c->c_len > 64)
		n = LZ4F_compressFrame(packed, sizeof(packed), p, c->c_len,
				       NULL);
	if (n && !LZ4F_isError(n) && n < (size_t)c->c_len) {
		c->c_flags |= DVK_CMD_F_LZ4;
		c->c_len = n;
		return move(fd, c, sizeof(*c), true) &&
		       move(fd, packed, n, true);
	}
	return move(fd, c, sizeof(*c), true) && move(fd, p, c->c_len, true);
}

static int dial(int port)
{
	struct sockaddr_in to = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = inet_addr("10.10.0.1"),
	};
	int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	while (connect(fd, (struct sockaddr *)&to, sizeof(to)))
		usleep(20000);
	return fd;
}

/* a: whether it gathers and packs */
static long original_sender(const long *a)
{
	bool ok = true;
	long ret;
	int fd;

	if (dvk_wait4bind_T(SOON) != NONE)
		return -20001;
	fd = dial(PORT + 1);
	ret = dvk_proxy_conn(0, CONNECT_SPROXY);
	while (!ret && ok) {
		bool next = false;

		ret = dvk_get2rmt_T(&cmd, &payload, 300);
		more.c_len = 0;
		if (ret == EDVSTIMEDOUT) {
			cmd.c_cmd = CMD_NONE;
			cmd.c_len = 0;
			ret = 0;
		} else if (!ret && a[0] && !cmd.c_len) {
			next = gather();
		}
		if (ret)
			break;
		ok = a[0] ? send_packed(fd, &cmd, &payload) :
		     move(fd, &cmd, sizeof(cmd), true) &&
		     move(fd, &payload, cmd.c_len, true);
		if (ok && next)
			ok = send_packed(fd, &more, &scratch);
	}
	close(fd);
	dvk_proxy_conn(0, DISCONNECT_SPROXY);
	return ret;
}

static bool unpack(cmd_t *c, proxy_payload_t *p)
{
	size_t in = c->c_len, out = sizeof(scratch);
	LZ4F_dctx *ctx;
	size_t left;

	if (LZ4F_isError(LZ4F_createDecompressionContext(&ctx, LZ4F_VERSION)))
		return false;
	left = LZ4F_decompress(ctx, &scratch, &out, p, &in, NULL);
	LZ4F_freeDecompressionContext(ctx);
	memcpy(p, &scratch, out);
	c->c_len = out;
	return !left;
}

static long deliver(cmd_t *c, proxy_payload_t *p)
{
	int n = c->c_flags & DVK_CMD_F_BATCH ? c->c_batch_nr : 0, i;
	long ret;

	if (c->c_flags & DVK_CMD_F_LZ4 && !unpack(c, p))
		return -20003;
	if (c->c_flags & DVK_CMD_F_BATCH)
		c->c_len = 0;
	c->c_flags &= ~FLAGS;
	ret = dvk_put2lcl(c, p);
	for (i = 0; i < n && !ret; i++) {
		memcpy(c, p->pay_data + i * sizeof(*c), sizeof(*c));
		ret = dvk_put2lcl(c, NULL);
	}
	return ret;
}

/* a: listening socket */
static long original_receiver(const long *a)
{
	long ret;
	int fd;

	if (dvk_wait4bind_T(SOON) != NONE)
		return -20001;
	fd = accept(a[0], NULL, NULL);
	ret = dvk_proxy_conn(0, CONNECT_RPROXY);
	while (!ret && move(fd, &cmd, sizeof(cmd), false) &&
	       move(fd, &payload, cmd.c_len, false)) {
		if (cmd.c_flags & DVK_CMD_F_LZ4)
			page_of(a)->data[0] = 1;
		ret = deliver(&cmd, &payload);
	}
	close(fd);
	dvk_proxy_conn(0, DISCONNECT_RPROXY);
	return ret;
}

static long original_listen(const long *a)
{
	struct sockaddr_in at = {
		.sin_family = AF_INET,
		.sin_port = htons(PORT + 0),
	};
	int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;

	(void)a;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, (struct sockaddr *)&at, sizeof(at)) || listen(fd, 4))
		return -1;
	return fd;
}

FIXTURE(original) {
	int dcid;
	pid_t program;
	struct puppet *srv, *clt;	/* on nodes 1 and 0 */
	struct puppet *s, *r;		/* the proxies of node 1 */
};

FIXTURE_VARIANT(original) {
	bool packs;
};

FIXTURE_VARIANT_ADD(original, plain) { .packs = false };
FIXTURE_VARIANT_ADD(original, gathers_and_packs) { .packs = true };

static void originals_up(struct __test_metadata *_metadata, SELF_OF(original),
			 bool packs)
{
	long fd;

	self->s = puppet_new(1);
	self->r = puppet_new(1);
	self->r->page->fn = original_listen;
	fd = call(self->r, OP_FN);
	ASSERT_LE(0, fd);
	self->s->page->fn = original_sender;
	begin_call(self->s, OP_FN, packs);
	self->r->page->fn = original_receiver;
	begin_call(self->r, OP_FN, fd);
	at_node(1);
	ASSERT_EQ(0, dvk_proxies_bind("original", 0, self->s->tid,
				      self->r->tid, MAXCOPYBUF));
	ASSERT_EQ(0, dvk_node_up(NULL, 0, 0));
	at_node(0);
	ASSERT_TRUE(peer_state(0, 1, "up", LATE));
	ASSERT_TRUE(peer_state(1, 0, "up", LATE));
	ASSERT_TRUE(proc_flags(0, self->dcid, SRV, DVK_RTS_REMOTE, 0));
	ASSERT_TRUE(proc_flags(1, self->dcid, CLT, DVK_RTS_REMOTE, 0));
}

FIXTURE_SETUP(original)
{
	cluster_up();
	kernel_proxies(false);
	self->dcid = dc_new(3);
	self->srv = puppet_bound(1, self->dcid, SRV);
	self->clt = puppet_bound(0, self->dcid, CLT);
	self->program = proxy_start(0, "--original --port %d %s 1=10.10.0.2",
				    PORT, variant->packs ?
				    "--batch --compress" : "");
	originals_up(_metadata, self, variant->packs);
}

FIXTURE_TEARDOWN(original)
{
	EXPECT_EQ(0, proxy_stop(self->program));
	puppets_end();
	kernel_proxies(true);
	dc_drop(self->dcid);
	if (!cluster_whole(LATE))
		die("the cluster does not come up again");
}

static void round_trip(struct __test_metadata *_metadata, SELF_OF(original),
		       int i)
{
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

TEST_F_TIMEOUT(original, messages_and_copies, 90)
{
	static const long sizes[] = { 0, 1, 4095, 4097, 65536, 65537, MAX };
	char *cbuf = puppet_map(self->clt, MAX + 1);
	char *sbuf = puppet_map(self->srv, MAX + 1);
	unsigned int i;

	for (i = 0; i < 20; i++)
		round_trip(_metadata, self, i);
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
}

/* a: address, length; where there is something, or -1 */
static long first_byte(const long *a)
{
	const char *p = (const char *)a[0];
	long i;

	for (i = 0; i < a[1]; i++)
		if (p[i])
			return i;
	return -1;
}

/* Nothing is smaller than nothing: in both directions, over what was there. */
TEST_F_TIMEOUT(original, zeros, 90)
{
	char *cbuf = puppet_map(self->clt, MAX), *czeros;
	char *sbuf = puppet_map(self->srv, MAX), *szeros;

	czeros = puppet_map(self->clt, MAX);
	szeros = puppet_map(self->srv, MAX);
	puppet_fill(self->clt, cbuf, MAX, 1);
	puppet_fill(self->srv, sbuf, MAX, 2);
	begin(self->clt, OP_SENDREC, SRV, FOREVER);
	ASSERT_EQ(0, act(self->srv, OP_RCVRQST, 0, FOREVER));
	EXPECT_EQ(0, call(self->srv, OP_VCOPY, SELF, (long)szeros,
			  CLT, (long)cbuf, MAX - 1));
	EXPECT_EQ(0, call(self->srv, OP_VCOPY, CLT, (long)czeros,
			  SELF, (long)sbuf, MAX - 1));
	ASSERT_EQ(0, act(self->srv, OP_REPLY, CLT, FOREVER));
	ASSERT_EQ(0, end(self->clt));
	self->clt->page->fn = first_byte;
	EXPECT_EQ(MAX - 1, call(self->clt, OP_FN, (long)cbuf, MAX));
	self->srv->page->fn = first_byte;
	EXPECT_EQ(MAX - 1, call(self->srv, OP_FN, (long)sbuf, MAX));
	/* What node 1 was sent. */
	EXPECT_EQ(variant->packs, self->r->page->data[0]);
}

/* Either of the other side's may die: ours notices, and it begins anew. */
TEST_F_TIMEOUT(original, proxies_die, 90)
{
	int i;

	for (i = 0; i < 2; i++) {
		begin(self->clt, OP_SENDREC, SRV, FOREVER);
		ASSERT_EQ(0, act(self->srv, OP_RCVRQST, 0, FOREVER));
		puppet_kill(i ? self->s : self->r);
		EXPECT_EQ(EDVSNOTCONN, end(self->clt)) TH_LOG("%d", i);
		puppet_kill(i ? self->r : self->s);
		originals_up(_metadata, self, variant->packs);
		round_trip(_metadata, self, i);
	}
}

TEST_HARNESS_MAIN
