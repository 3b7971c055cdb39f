// SPDX-License-Identifier: GPL-2.0
/*
 * What concerns only copies between nodes: many at once, beside messages, in
 * both directions; the counters of the link; ends in the middle.
 *
 * test-transport: each
 */
#include "kselftest_harness.h"

#include <signal.h>

#include "faults.h"
#include "pair.h"

#define FOREVER	TIMEOUT_FOREVER
#define PAGE	4096L
#define MAX	((long)DVK_MAXCOPYLEN)
#define PAIRS	4

static long peer_counter(int node, int peer, const char *what)
{
	char name[64];

	snprintf(name, sizeof(name), "peers/%d/%s", peer, what);
	return attr_long(node, name);
}

/* Serves requests: copies in, checks, changes, copies out, answers. */
static long copy_server(const long *a)
{
	static char buf[DVK_MAXCOPYLEN + 64];
	message m;
	long i, ret;

	for (i = 0; i < a[0]; i++) {
		char *at = buf + i % 61;

		ret = dvk_rcvrqst(&m);
		if (ret)
			return ret;
		ret = dvk_vcopy(m.m_source, m.m1_p1, SELF, at, m.m1_i1);
		if (ret)
			return ret;
		if (pattern_check(at, m.m1_i1, m.m1_i2) >= 0)
			return -10000;
		pattern_fill(at, m.m1_i1, m.m1_i2 + 1);
		ret = dvk_vcopy(SELF, at, m.m_source, m.m1_p1, m.m1_i1);
		if (ret)
			return ret;
		m.m_type = 0;
		ret = dvk_reply(m.m_source, &m);
		if (ret)
			return ret;
	}
	return 0;
}

/* a: server, calls, seed of the sizes */
static long copy_client(const long *a)
{
	static char buf[DVK_MAXCOPYLEN + 2 * 4096];
	unsigned int rnd = a[2];
	message m;
	long i, ret;

	for (i = 0; i < a[1]; i++) {
		char *at;
		int len;

		rnd = rnd * 1103515245 + 12345;
		at = buf + (rnd >> 8) % 4096;
		/* All magnitudes are equally likely. */
		len = (rnd >> 4) % (1U << (1 + (rnd >> 20) % 20)) + 1;
		pattern_fill(at, len, i);
		memset(at + len, 0x77, 16);
		memset(&m, 0, sizeof(m));
		m.m_type = 1;
		m.m1_i1 = len;
		m.m1_i2 = i;
		m.m1_p1 = at;
		ret = dvk_sendrec(a[0], &m);
		if (ret)
			return ret;
		if (pattern_check(at, len, i + 1) >= 0 || at[len] != 0x77 ||
		    at[len + 15] != 0x77)
			return -20000 - i;
	}
	return 0;
}

/* Random sizes and offsets, every byte checked on both sides. */
TEST_F_TIMEOUT(pair, random_sizes, 60)
{
	self->srv->page->fn = copy_server;
	self->clt->page->fn = copy_client;
	begin_call(self->srv, OP_FN, 60);
	begin_call(self->clt, OP_FN, SRV, 60, 20240 + self->cn);
	EXPECT_EQ(0, end_within(self->clt, 3 * LATE));
	EXPECT_EQ(0, end_within(self->srv, SOON));
}

/* Several pairs over one link, in both directions at the same time. */
TEST_F_TIMEOUT(pair, concurrent, 90)
{
	struct puppet *s[PAIRS], *c[PAIRS];
	int i;

	for (i = 0; i < PAIRS; i++) {
		int sn = i & 1 ? self->cn : self->sn;
		int cn = i & 1 ? self->sn : self->cn;

		s[i] = puppet_bound(sn, self->dcid, 20 + i);
		c[i] = puppet_bound(cn, self->dcid, 120 + i);
		if (sn != cn) {
			puppet_known_at(s[i], 20 + i, self->dcid, cn);
			puppet_known_at(c[i], 120 + i, self->dcid, sn);
		}
		s[i]->page->fn = copy_server;
		c[i]->page->fn = copy_client;
		begin_call(s[i], OP_FN, 25);
	}
	for (i = 0; i < PAIRS; i++)
		begin_call(c[i], OP_FN, 20 + i, 25, 977 * i);
	for (i = 0; i < PAIRS; i++) {
		EXPECT_EQ(0, end_within(c[i], 4 * LATE));
		EXPECT_EQ(0, end_within(s[i], SOON));
	}
}

static long copy_for_ever(const long *a)
{
	long n, ret;

	for (n = 0; !atomic_load((_Atomic int *)a[3]); n++) {
		ret = dvk_vcopy(CLT, a[0], SELF, a[1], a[2]);
		if (ret)
			return ret;
	}
	return n;
}

/* Bulk does not block the link: small calls go on beside it. */
TEST_F_TIMEOUT(pair, messages_beside_bulk, 60)
{
	struct puppet *s2 = puppet_bound(self->sn, self->dcid, SRV + 1);
	struct puppet *c2 = client(self, CLT2);
	char *c = puppet_map(self->clt, MAX), *s = puppet_map(self->srv, MAX);
	int i;

	if (self->cn != self->sn)
		puppet_known_at(s2, SRV + 1, self->dcid, self->cn);
	begin(self->clt, OP_SENDREC, SRV, FOREVER);
	ASSERT_EQ(0, act(self->srv, OP_RCVRQST, 0, FOREVER));
	self->srv->page->fn = copy_for_ever;
	begin_call(self->srv, OP_FN, (long)c, (long)s, MAX,
		   (long)&self->srv->page->stop);
	for (i = 0; i < 50; i++) {
		say(c2, 1, i);
		begin(c2, OP_SENDREC, SRV + 1, FOREVER);
		ASSERT_EQ(0, act(s2, OP_RCVRQST, 0, FOREVER));
		ASSERT_EQ(0, act(s2, OP_REPLY, CLT2, FOREVER));
		ASSERT_EQ(0, end(c2));
	}
	EXPECT_FALSE(ended(self->srv));
	atomic_store(&self->srv->page->stop, 1);
	EXPECT_LT(0, end(self->srv));
}

/* The link's counters tell what went over it. */
TEST_F(pair, link_counters)
{
	char *c = puppet_map(self->clt, MAX), *s = puppet_map(self->srv, MAX);
	long tx, rx, zc, far_tx, far_rx;
	char transport[40];

	if (self->cn == self->sn)
		return;
	snprintf(transport, sizeof(transport), "peers/%d/transport",
		 self->cn);
	begin(self->clt, OP_SENDREC, SRV, FOREVER);
	ASSERT_EQ(0, act(self->srv, OP_RCVRQST, 0, FOREVER));
	tx = peer_counter(self->sn, self->cn, "tx_bytes");
	rx = peer_counter(self->sn, self->cn, "rx_bytes");
	zc = peer_counter(self->sn, self->cn, "tx_zerocopy_bytes");
	far_tx = peer_counter(self->cn, self->sn, "tx_bytes");
	far_rx = peer_counter(self->cn, self->sn, "rx_bytes");
	puppet_fill(self->srv, s, MAX, 1);
	EXPECT_EQ(0, puppet_vcopy(self->srv, SELF, s, CLT, c, MAX));
	EXPECT_LE(MAX, peer_counter(self->sn, self->cn, "tx_bytes") - tx);
	EXPECT_LE(MAX, peer_counter(self->cn, self->sn, "rx_bytes") - far_rx);
	/*
	 * Handed to the network as they are, not by way of a buffer. Only TCP in
	 * the kernel has such a way.
	 */
	zc = peer_counter(self->sn, self->cn, "tx_zerocopy_bytes") - zc;
	EXPECT_EQ(attr_is(self->sn, transport, "tcp") ? MAX : 0,
		  zc / MAX * MAX);
	EXPECT_EQ(0, puppet_vcopy(self->srv, CLT, c, SELF, s, MAX));
	EXPECT_LE(MAX, peer_counter(self->sn, self->cn, "rx_bytes") - rx);
	/* It counts when the last of it is off its hands, a moment later. */
	EXPECT_TRUE(wait_until(peer_counter(self->cn, self->sn, "tx_bytes") -
			       far_tx >= MAX, SOON));
	EXPECT_EQ(-1, puppet_check(self->srv, s, MAX, 1));
}

/* Headers are few beside the payload: copies travel in large frames. */
TEST_F(pair, few_frames)
{
	char *c = puppet_map(self->clt, MAX), *s = puppet_map(self->srv, MAX);
	long tx;

	if (self->cn == self->sn)
		return;
	begin(self->clt, OP_SENDREC, SRV, FOREVER);
	ASSERT_EQ(0, act(self->srv, OP_RCVRQST, 0, FOREVER));
	tx = peer_counter(self->sn, self->cn, "tx_msgs");
	EXPECT_EQ(0, puppet_vcopy(self->srv, SELF, s, CLT, c, MAX));
	EXPECT_GE(2 * (MAX / DVK_MAXCOPYBUF) + 2,
		  peer_counter(self->sn, self->cn, "tx_msgs") - tx);
}

/* The source changes while it is sent: some mixture arrives, nothing else. */
static long scribble(const long *a)
{
	struct puppet_page *page = (struct puppet_page *)a[2];
	long n;

	for (n = 0; !atomic_load(&page->stop); n++) {
		memset((void *)a[0], n & 1 ? 0x55 : 0xaa, a[1]);
		atomic_fetch_add(&page->rounds, 1);
	}
	return n;
}

static long only_two_values(const long *a)
{
	const unsigned char *p = (void *)a[0];
	long i;

	for (i = 0; i < a[1]; i++)
		if (p[i] != 0x55 && p[i] != 0xaa)
			return i;
	return -1;
}

TEST_F_TIMEOUT(pair, source_changes, 60)
{
	struct puppet *t = puppet_thread(self->clt);
	char *c = puppet_map(self->clt, MAX), *s = puppet_map(self->srv, MAX);
	int i;

	begin(self->clt, OP_SENDREC, SRV, FOREVER);
	ASSERT_EQ(0, act(self->srv, OP_RCVRQST, 0, FOREVER));
	t->page->fn = scribble;
	begin_call(t, OP_FN, (long)c, MAX, (long)t->page);
	/* It has gone through all of the memory at least once. */
	ASSERT_TRUE(wait_until(t->page->rounds > 1, SOON));
	self->srv->page->fn = only_two_values;
	for (i = 0; i < 5; i++) {
		EXPECT_EQ(0, puppet_vcopy(self->srv, CLT, c, SELF, s, MAX));
		EXPECT_EQ(-1, call(self->srv, OP_FN, (long)s, MAX));
	}
	atomic_store(&t->page->stop, 1);
	EXPECT_LT(0, end(t));
}

/*
 * The client's call ends by a signal in the middle of a copy: its memory is
 * its own again at once.
 */
static long copy_till_refused(const long *a)
{
	long ret;

	do {
		ret = dvk_vcopy(SELF, a[0], CLT, a[1], a[2]);
	} while (!ret);
	return ret;
}

TEST_F_TIMEOUT(pair, call_ends_in_a_copy, 60)
{
	char *c = puppet_map(self->clt, MAX), *s = puppet_map(self->srv, MAX);
	int i;

	call(self->clt, OP_CATCH, SIGUSR1, 0);
	self->srv->page->fn = copy_till_refused;
	for (i = 0; i < 8; i++) {
		begin(self->clt, OP_SENDREC, SRV, FOREVER);
		ASSERT_EQ(0, act(self->srv, OP_RCVRQST, 0, FOREVER));
		puppet_fill(self->srv, s, MAX, i);
		begin_call(self->srv, OP_FN, (long)s, (long)c, MAX);
		nap_ms(3 + 5 * i);
		puppet_signal(self->clt, SIGUSR1);
		EXPECT_EQ(EDVSINTR, end(self->clt));
		/* From here on nobody writes to it. */
		puppet_fill(self->clt, c, MAX, 100 + i);
		EXPECT_EQ(EDVSPROCSTS, end(self->srv));
		EXPECT_EQ(-1, puppet_check(self->clt, c, MAX, 100 + i));
	}
}

/* A signal to who copies: the call ends, the link stays in order. */
TEST_F_TIMEOUT(pair, requester_is_signalled, 60)
{
	char *c = puppet_map(self->clt, MAX), *s = puppet_map(self->srv, MAX);
	bool cut = !strcmp(transport(), "tcp");
	long ret, limit;
	int i;

	/* A local copy does not wait, so a signal does not end it. */
	if (self->cn == self->sn)
		return;
	call(self->srv, OP_CATCH, SIGUSR1, 0);
	self->srv->page->fn = copy_till_refused;
	begin(self->clt, OP_SENDREC, SRV, FOREVER);
	ASSERT_EQ(0, act(self->srv, OP_RCVRQST, 0, FOREVER));
	for (i = 0; i < 8; i++) {
		begin_call(self->srv, OP_FN, (long)s, (long)c, MAX);
		limit = now_ms() + LATE;
		nap_ms(2 + 3 * i);
		/*
		 * One that comes between two copies, or when a copy is over, is
		 * without effect. With one CPU most do, for there we run when it
		 * does not wait. So none gets through; but TIPC would notice.
		 */
		if (cut)
			link_carrier(self->cn, false);
		do {
			nap_ms(2 + 3 * i);
			puppet_signal(self->srv, SIGUSR1);
			ret = end_within(self->srv, 20);
		} while (ret == STUCK && now_ms() < limit);
		EXPECT_EQ(EDVSINTR, ret);
		if (cut)
			link_carrier(self->cn, true);
	}
	puppet_fill(self->srv, s, MAX, 1);
	EXPECT_EQ(0, puppet_vcopy(self->srv, SELF, s, CLT, c, MAX));
	puppet_fill(self->srv, s, MAX, 2);
	EXPECT_EQ(0, puppet_vcopy(self->srv, CLT, c, SELF, s, MAX));
	EXPECT_EQ(-1, puppet_check(self->srv, s, MAX, 1));
}

TEST_HARNESS_MAIN
