// SPDX-License-Identifier: GPL-2.0
/*
 * Relay: a server passes a request on to another, which answers the client
 * directly. Every placement of client and both servers on three nodes.
 */
#include "kselftest_harness.h"

#include <signal.h>

#include "cluster.h"
#include "puppet.h"
#include "util.h"

#define FIRST	10	/* the server that is asked */
#define SECOND	11	/* the one that answers */
#define THIRD	12
#define CLT	100
#define FOREVER	TIMEOUT_FOREVER

FIXTURE(relay) {
	int dcid;
	struct puppet *clt, *first, *second;
};

/* Nodes of the client, and of the first and the second server. */
FIXTURE_VARIANT(relay) {
	int c, f, s;
};

#define PLACE(x, y, z) \
	FIXTURE_VARIANT_ADD(relay, c##x##_f##y##_s##z) { .c = x, .f = y, .s = z }

PLACE(0, 0, 0);
PLACE(0, 0, 1);
PLACE(0, 1, 0);
PLACE(0, 1, 1);
PLACE(0, 1, 2);
PLACE(2, 0, 1);
PLACE(1, 0, 1);

static struct puppet *everywhere(int node, int dcid, int ep)
{
	struct puppet *p = puppet_bound(node, dcid, ep);
	int n;

	for (n = 0; n < NODES; n++)
		if (n != node)
			puppet_known_at(p, ep, dcid, n);
	return p;
}

FIXTURE_SETUP(relay)
{
	cluster_up();
	self->dcid = dc_new(ALL_NODES);
	self->first = everywhere(variant->f, self->dcid, FIRST);
	self->second = everywhere(variant->s, self->dcid, SECOND);
	self->clt = everywhere(variant->c, self->dcid, CLT);
}

FIXTURE_TEARDOWN(relay)
{
	puppets_end();
	dc_drop(self->dcid);
}

/* The client asks, and the first server has taken the request. */
static void ask(struct __test_metadata *_metadata, SELF_OF(relay), int value,
		int timeout)
{
	say(self->clt, 5, value);
	begin(self->clt, OP_SENDREC, FIRST, timeout);
	ASSERT_EQ(0, act(self->first, OP_RCVRQST, 0, FOREVER));
	ASSERT_EQ(CLT, heard(self->first)->m_source);
	ASSERT_EQ(value, heard(self->first)->m1_i1);
}

static bool waits_in_queue(SELF_OF(relay), int node, int ep)
{
	return proc_flags(node, self->dcid, ep, DVK_RTS_SENDING, 0);
}

TEST_F(relay, second_waits)
{
	begin(self->second, OP_RCVRQST, 0, FOREVER);
	ask(_metadata, self, 7, FOREVER);
	heard(self->first)->m1_i2 = 70;
	EXPECT_EQ(0, act(self->first, OP_RELAY, SECOND, 0));
	EXPECT_EQ(0, end(self->second));
	EXPECT_EQ(CLT, heard(self->second)->m_source);
	EXPECT_EQ(5, heard(self->second)->m_type);
	EXPECT_EQ(7, heard(self->second)->m1_i1);
	EXPECT_EQ(70, heard(self->second)->m1_i2);
	EXPECT_FALSE(ended(self->clt));
	/* The first has nothing more to say to it. */
	EXPECT_EQ(EDVSPROCSTS, act(self->first, OP_REPLY, CLT, 0));
	say(self->second, 6, 77);
	EXPECT_EQ(0, act(self->second, OP_REPLY, CLT, 0));
	EXPECT_EQ(0, end(self->clt));
	EXPECT_EQ(SECOND, heard(self->clt)->m_source);
	EXPECT_EQ(77, heard(self->clt)->m1_i1);
}

TEST_F(relay, second_comes_later)
{
	int i;

	for (i = 0; i < 5; i++) {
		ask(_metadata, self, i, FOREVER);
		EXPECT_EQ(0, act(self->first, OP_RELAY, SECOND, 0));
		ASSERT_TRUE(waits_in_queue(self, variant->s, CLT));
		EXPECT_EQ(0, act(self->second, OP_RCVRQST, 0, FOREVER));
		EXPECT_EQ(i, heard(self->second)->m1_i1);
		EXPECT_EQ(0, act(self->second, OP_REPLY, CLT, 0));
		EXPECT_EQ(0, end(self->clt));
		EXPECT_EQ(SECOND, heard(self->clt)->m_source);
	}
}

/* And back again: a request may be passed on any number of times. */
TEST_F(relay, there_and_back)
{
	int i;

	ask(_metadata, self, 1, FOREVER);
	for (i = 0; i < 6; i++) {
		struct puppet *from = i & 1 ? self->second : self->first;
		struct puppet *to = i & 1 ? self->first : self->second;

		heard(from)->m1_i1++;
		ASSERT_EQ(0, act(from, OP_RELAY, i & 1 ? FIRST : SECOND, 0));
		ASSERT_EQ(0, act(to, OP_RCVRQST, 0, FOREVER));
		ASSERT_EQ(CLT, heard(to)->m_source);
		ASSERT_EQ(i + 2, heard(to)->m1_i1);
	}
	EXPECT_EQ(0, act(self->first, OP_REPLY, CLT, 0));
	EXPECT_EQ(0, end(self->clt));
	EXPECT_EQ(FIRST, heard(self->clt)->m_source);
	EXPECT_EQ(7, heard(self->clt)->m1_i1);
}

/* The client's memory is in the hands of the second now. */
TEST_F(relay, copies)
{
	long len = 100000;
	char *c = puppet_map(self->clt, len), *s;

	s = puppet_map(self->second, len);
	puppet_fill(self->clt, c, len, 3);
	ask(_metadata, self, 1, FOREVER);
	EXPECT_EQ(0, act(self->first, OP_RELAY, SECOND, 0));
	EXPECT_EQ(0, act(self->second, OP_RCVRQST, 0, FOREVER));
	EXPECT_EQ(0, puppet_vcopy(self->second, CLT, c, SELF, s, len));
	EXPECT_EQ(-1, puppet_check(self->second, s, len, 3));
	puppet_fill(self->second, s, len, 4);
	EXPECT_EQ(0, puppet_vcopy(self->second, SELF, s, CLT, c, len));
	EXPECT_EQ(0, act(self->second, OP_REPLY, CLT, 0));
	EXPECT_EQ(0, end(self->clt));
	EXPECT_EQ(-1, puppet_check(self->clt, c, len, 4));
}

/* Who passed it on may go; it concerns the client no more. */
TEST_F(relay, first_dies)
{
	ask(_metadata, self, 1, FOREVER);
	EXPECT_EQ(0, act(self->first, OP_RELAY, SECOND, 0));
	ASSERT_TRUE(waits_in_queue(self, variant->s, CLT));
	puppet_kill(self->first);
	ASSERT_TRUE(proc_free(variant->c, self->dcid, FIRST));
	EXPECT_EQ(0, act(self->second, OP_RCVRQST, 0, FOREVER));
	EXPECT_FALSE(ended(self->clt));
	EXPECT_EQ(0, act(self->second, OP_REPLY, CLT, 0));
	EXPECT_EQ(0, end(self->clt));
}

TEST_F(relay, second_dies)
{
	long ret;

	ask(_metadata, self, 1, FOREVER);
	EXPECT_EQ(0, act(self->first, OP_RELAY, SECOND, 0));
	ASSERT_TRUE(waits_in_queue(self, variant->s, CLT));
	puppet_kill(self->second);
	ret = end(self->clt);
	EXPECT_TRUE(ret == EDVSDEADSRCDST || ret == EDVSSRCDIED)
		TH_LOG("the client: %ld", ret);
	/* The same with the request taken. */
	self->second = everywhere(variant->s, self->dcid, SECOND);
	ask(_metadata, self, 2, FOREVER);
	EXPECT_EQ(0, act(self->first, OP_RELAY, SECOND, 0));
	EXPECT_EQ(0, act(self->second, OP_RCVRQST, 0, FOREVER));
	puppet_kill(self->second);
	EXPECT_EQ(EDVSSRCDIED, end(self->clt));
}

TEST_F(relay, client_gives_up)
{
	call(self->clt, OP_CATCH, SIGUSR1, 0);
	ask(_metadata, self, 1, 400);
	EXPECT_EQ(0, act(self->first, OP_RELAY, SECOND, 0));
	EXPECT_EQ(EDVSTIMEDOUT, end(self->clt));
	EXPECT_TRUE(proc_flags(variant->s, self->dcid, CLT, 0,
			       DVK_RTS_SENDING));
	EXPECT_EQ(EDVSAGAIN, act(self->second, OP_RCVRQST, 0, 0));

	ask(_metadata, self, 2, FOREVER);
	EXPECT_EQ(0, act(self->first, OP_RELAY, SECOND, 0));
	ASSERT_TRUE(waits_in_queue(self, variant->s, CLT));
	puppet_signal(self->clt, SIGUSR1);
	EXPECT_EQ(EDVSINTR, end(self->clt));
	EXPECT_TRUE(proc_flags(variant->s, self->dcid, CLT, 0,
			       DVK_RTS_SENDING));
	EXPECT_EQ(EDVSAGAIN, act(self->second, OP_RCVRQST, 0, 0));

	ask(_metadata, self, 3, FOREVER);
	EXPECT_EQ(0, act(self->first, OP_RELAY, SECOND, 0));
	ASSERT_TRUE(waits_in_queue(self, variant->s, CLT));
	puppet_kill(self->clt);
	ASSERT_TRUE(proc_free(variant->s, self->dcid, CLT));
	EXPECT_EQ(EDVSAGAIN, act(self->second, OP_RCVRQST, 0, 0));
}

TEST_F(relay, refusals)
{
	struct puppet *third = everywhere(variant->f, self->dcid, THIRD);

	/* Nobody waits for its answer. */
	heard(self->first)->m_source = CLT;
	EXPECT_EQ(EDVSPROCSTS, act(self->first, OP_RELAY, SECOND, 0));
	ask(_metadata, self, 1, FOREVER);
	/* Not this one's request. */
	heard(third)->m_source = CLT;
	EXPECT_EQ(EDVSPROCSTS, act(third, OP_RELAY, SECOND, 0));
	/* Not to these. */
	EXPECT_EQ(EDVSBADDEST, act(self->first, OP_RELAY, FIRST, 0));
	EXPECT_EQ(EDVSBADDEST, act(self->first, OP_RELAY, CLT, 0));
	EXPECT_EQ(EDVSBADDEST, act(self->first, OP_RELAY, HARDWARE, 0));
	EXPECT_EQ(EDVSDSTDIED, act(self->first, OP_RELAY, 50, 0));
	EXPECT_EQ(EDVSRANGE, act(self->first, OP_RELAY, 5000, 0));
	heard(self->first)->m_source = 51;
	EXPECT_EQ(EDVSDSTDIED, act(self->first, OP_RELAY, SECOND, 0));
	/* All that has changed nothing. */
	EXPECT_FALSE(ended(self->clt));
	EXPECT_EQ(0, act(self->first, OP_REPLY, CLT, 0));
	EXPECT_EQ(0, end(self->clt));
	EXPECT_EQ(FIRST, heard(self->clt)->m_source);
}

/* A message that is only sent cannot be passed on: nobody waits. */
TEST_F(relay, of_a_send)
{
	begin(self->first, OP_RECEIVE, ANY, FOREVER);
	EXPECT_EQ(0, act(self->clt, OP_SEND, FIRST, FOREVER));
	EXPECT_EQ(0, end(self->first));
	EXPECT_EQ(EDVSPROCSTS, act(self->first, OP_RELAY, SECOND, 0));
}

/* The frames of a server that passes on, and the server that answers. */
static long pass_on(const long *a)
{
	message m;
	long i, ret;

	for (i = 0; i < a[0]; i++) {
		ret = dvk_rcvrqst_T(&m, 10000);
		if (!ret)
			ret = dvk_relay(a[1], &m);
		/* The client may have given up. */
		if (ret && ret != EDVSPROCSTS)
			return ret;
	}
	return 0;
}

static long serve(const long *a)
{
	message m;
	long i, ret;

	for (i = 0; i < a[0]; i++) {
		ret = dvk_rcvrqst_T(&m, 10000);
		if (ret)
			return ret;
		m.m1_i1++;
		ret = dvk_reply(m.m_source, &m);
		if (ret)
			return ret;
	}
	return 0;
}

static long call_on(const long *a)
{
	message m = { .m_type = 1 };
	long i, ret;

	for (i = 0; i < a[0]; i++) {
		m.m1_i1 = i;
		ret = dvk_sendrec_T(FIRST, &m, 10000);
		if (ret)
			return ret;
		if (m.m1_i1 != i + 1 || m.m_source != SECOND)
			return -9999;
	}
	return i;
}

TEST_F_TIMEOUT(relay, many, 60)
{
	struct puppet *more[3];
	int i;

	self->first->page->fn = pass_on;
	self->second->page->fn = serve;
	self->clt->page->fn = call_on;
	for (i = 0; i < 3; i++) {
		more[i] = everywhere(i, self->dcid, CLT + 1 + i);
		more[i]->page->fn = call_on;
	}
	begin_call(self->first, OP_FN, 400, SECOND);
	begin_call(self->second, OP_FN, 400);
	begin_call(self->clt, OP_FN, 100);
	for (i = 0; i < 3; i++)
		begin_call(more[i], OP_FN, 100);
	EXPECT_EQ(100, end_within(self->clt, LATE));
	for (i = 0; i < 3; i++)
		EXPECT_EQ(100, end_within(more[i], LATE));
	EXPECT_EQ(0, end(self->first));
	EXPECT_EQ(0, end(self->second));
}

TEST_HARNESS_MAIN
