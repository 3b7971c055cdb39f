// SPDX-License-Identifier: GPL-2.0
/*
 * Rendezvous: send, receive, sendrec, rcvrqst, reply and reply_rcvrqst when
 * all goes well, on one node and between two.
 *
 * test-transport: each
 */
#include "kselftest_harness.h"

#include "pair.h"

#define FOREVER	TIMEOUT_FOREVER

/* A message of which every byte matters. */
static void say_all(struct puppet *p, int type, unsigned int seed)
{
	message *m = &p->page->msg;

	pattern_fill(m->m6_ca1, sizeof(m->m6_ca1), seed);
	m->m_source = 12345;	/* a lie that must not arrive */
	m->m_type = type;
}

static bool heard_all(struct puppet *p, int source, int type, unsigned int seed)
{
	message *m = &p->page->msg;

	return m->m_source == source && m->m_type == type &&
	       pattern_check(m->m6_ca1, sizeof(m->m6_ca1), seed) < 0;
}

TEST_F(pair, receiver_waits_first)
{
	begin(self->srv, OP_RECEIVE, ANY, FOREVER);
	ASSERT_TRUE(server_waits(self));
	proc_info(self->sn, self->dcid, SRV, &self->info);
	EXPECT_EQ(ANY, self->info.p_getfrom);
	say_all(self->clt, 77, 1);
	EXPECT_EQ(0, act(self->clt, OP_SEND, SRV, FOREVER));
	EXPECT_EQ(0, end(self->srv));
	EXPECT_TRUE(heard_all(self->srv, CLT, 77, 1));
	proc_info(self->sn, self->dcid, SRV, &self->info);
	EXPECT_EQ(0, self->info.p_rts_flags);
	EXPECT_EQ(NONE, self->info.p_getfrom);
}

TEST_F(pair, sender_waits_first)
{
	say_all(self->clt, -78, 2);
	begin(self->clt, OP_SEND, SRV, FOREVER);
	ASSERT_TRUE(queues(self, CLT));
	proc_info(self->sn, self->dcid, CLT, &self->info);
	EXPECT_EQ(SRV, self->info.p_sendto);
	EXPECT_FALSE(ended(self->clt));
	EXPECT_EQ(0, act(self->srv, OP_RECEIVE, ANY, FOREVER));
	EXPECT_EQ(0, end(self->clt));
	EXPECT_TRUE(heard_all(self->srv, CLT, -78, 2));
}

TEST_F(pair, receive_from_one)
{
	begin(self->srv, OP_RECEIVE, CLT, FOREVER);
	ASSERT_TRUE(server_waits(self));
	proc_info(self->sn, self->dcid, SRV, &self->info);
	EXPECT_EQ(CLT, self->info.p_getfrom);
	say_all(self->clt, 5, 3);
	EXPECT_EQ(0, act(self->clt, OP_SEND, SRV, FOREVER));
	EXPECT_EQ(0, end(self->srv));
	EXPECT_TRUE(heard_all(self->srv, CLT, 5, 3));
}

/* Who comes first is served first. */
TEST_F(pair, fifo)
{
	struct puppet *c[] = { client(self, CLT2), self->clt, client(self, CLT3) };
	static const int ep[] = { CLT2, CLT, CLT3 };
	int i;

	for (i = 0; i < 3; i++) {
		say_all(c[i], i, i);
		begin(c[i], OP_SEND, SRV, FOREVER);
		ASSERT_TRUE(queues(self, ep[i]));
	}
	for (i = 0; i < 3; i++) {
		EXPECT_EQ(0, act(self->srv, OP_RECEIVE, ANY, FOREVER));
		EXPECT_TRUE(heard_all(self->srv, ep[i], i, i));
		EXPECT_EQ(0, end(c[i]));
	}
}

/* A filter takes what it wants out of the middle of the queue. */
TEST_F(pair, source_filter_on_queued)
{
	struct puppet *c2 = client(self, CLT2);

	say_all(self->clt, 1, 1);
	begin(self->clt, OP_SEND, SRV, FOREVER);
	ASSERT_TRUE(queues(self, CLT));
	say_all(c2, 2, 2);
	begin(c2, OP_SEND, SRV, FOREVER);
	ASSERT_TRUE(queues(self, CLT2));

	EXPECT_EQ(0, act(self->srv, OP_RECEIVE, CLT2, FOREVER));
	EXPECT_TRUE(heard_all(self->srv, CLT2, 2, 2));
	EXPECT_EQ(0, end(c2));
	EXPECT_FALSE(ended(self->clt));
	EXPECT_EQ(EDVSAGAIN, act(self->srv, OP_RECEIVE, CLT2, 0));
	EXPECT_EQ(0, act(self->srv, OP_RECEIVE, ANY, FOREVER));
	EXPECT_TRUE(heard_all(self->srv, CLT, 1, 1));
	EXPECT_EQ(0, end(self->clt));
}

TEST_F(pair, source_filter_on_arriving)
{
	struct puppet *c2 = client(self, CLT2);

	begin(self->srv, OP_RECEIVE, CLT2, FOREVER);
	ASSERT_TRUE(server_waits(self));
	say_all(self->clt, 1, 1);
	begin(self->clt, OP_SEND, SRV, FOREVER);
	ASSERT_TRUE(queues(self, CLT));
	EXPECT_FALSE(ended(self->srv));
	say_all(c2, 2, 2);
	EXPECT_EQ(0, act(c2, OP_SEND, SRV, FOREVER));
	EXPECT_EQ(0, end(self->srv));
	EXPECT_TRUE(heard_all(self->srv, CLT2, 2, 2));
	EXPECT_FALSE(ended(self->clt));
}

TEST_F(pair, request_and_reply)
{
	begin(self->srv, OP_RCVRQST, 0, FOREVER);
	ASSERT_TRUE(server_waits(self));
	say_all(self->clt, 1, 4);
	begin(self->clt, OP_SENDREC, SRV, FOREVER);
	ASSERT_EQ(0, end(self->srv));
	EXPECT_TRUE(heard_all(self->srv, CLT, 1, 4));
	/* Taken is not answered. */
	ASSERT_TRUE(client_waits(self));
	EXPECT_FALSE(ended(self->clt));
	say_all(self->srv, 2, 5);
	EXPECT_EQ(0, act(self->srv, OP_REPLY, CLT, FOREVER));
	EXPECT_EQ(0, end(self->clt));
	EXPECT_TRUE(heard_all(self->clt, SRV, 2, 5));
}

TEST_F(pair, request_waits_first)
{
	say_all(self->clt, 1, 6);
	begin(self->clt, OP_SENDREC, SRV, FOREVER);
	ASSERT_TRUE(queues(self, CLT));
	EXPECT_EQ(0, act(self->srv, OP_RCVRQST, 0, FOREVER));
	EXPECT_TRUE(heard_all(self->srv, CLT, 1, 6));
	say_all(self->srv, 2, 7);
	EXPECT_EQ(0, act(self->srv, OP_REPLY, CLT, FOREVER));
	EXPECT_EQ(0, end(self->clt));
	EXPECT_TRUE(heard_all(self->clt, SRV, 2, 7));
}

/* receive takes requests as well, and send answers them. */
TEST_F(pair, request_answered_by_send)
{
	begin(self->srv, OP_RECEIVE, ANY, FOREVER);
	ASSERT_TRUE(server_waits(self));
	say_all(self->clt, 1, 8);
	begin(self->clt, OP_SENDREC, SRV, FOREVER);
	ASSERT_EQ(0, end(self->srv));
	EXPECT_TRUE(heard_all(self->srv, CLT, 1, 8));
	say_all(self->srv, 2, 9);
	EXPECT_EQ(0, act(self->srv, OP_SEND, CLT, FOREVER));
	EXPECT_EQ(0, end(self->clt));
	EXPECT_TRUE(heard_all(self->clt, SRV, 2, 9));
}

TEST_F(pair, rcvrqst_takes_requests_only)
{
	struct puppet *c2 = client(self, CLT2);

	say_all(self->clt, 1, 1);
	begin(self->clt, OP_SEND, SRV, FOREVER);
	ASSERT_TRUE(queues(self, CLT));
	EXPECT_EQ(EDVSAGAIN, act(self->srv, OP_RCVRQST, 0, 0));

	begin(self->srv, OP_RCVRQST, 0, FOREVER);
	ASSERT_TRUE(server_waits(self));
	say_all(c2, 2, 2);
	begin(c2, OP_SENDREC, SRV, FOREVER);
	EXPECT_EQ(0, end(self->srv));
	EXPECT_TRUE(heard_all(self->srv, CLT2, 2, 2));
	EXPECT_EQ(0, act(self->srv, OP_REPLY, CLT2, FOREVER));
	EXPECT_EQ(0, end(c2));

	EXPECT_FALSE(ended(self->clt));
	EXPECT_EQ(0, act(self->srv, OP_RECEIVE, ANY, FOREVER));
	EXPECT_TRUE(heard_all(self->srv, CLT, 1, 1));
	EXPECT_EQ(0, end(self->clt));
}

/* A send that arrives does not end a wait for requests. */
TEST_F(pair, rcvrqst_ignores_arriving_send)
{
	begin(self->srv, OP_RCVRQST, 0, FOREVER);
	ASSERT_TRUE(server_waits(self));
	begin(self->clt, OP_SEND, SRV, FOREVER);
	ASSERT_TRUE(queues(self, CLT));
	EXPECT_FALSE(ended(self->srv));
}

TEST_F(pair, reply_rcvrqst)
{
	int i;

	begin(self->srv, OP_RCVRQST, 0, FOREVER);
	for (i = 0; i < 20; i++) {
		say_all(self->clt, i, i);
		begin(self->clt, OP_SENDREC, SRV, FOREVER);
		ASSERT_EQ(0, end(self->srv));
		ASSERT_TRUE(heard_all(self->srv, CLT, i, i));
		say_all(self->srv, i + 1000, i + 7);
		begin(self->srv, OP_REPLY_RCVRQST, CLT, FOREVER);
		ASSERT_EQ(0, end(self->clt));
		ASSERT_TRUE(heard_all(self->clt, SRV, i + 1000, i + 7));
	}
	EXPECT_TRUE(server_waits(self));
}

/* The next request may be there already. */
TEST_F(pair, reply_rcvrqst_with_queue)
{
	struct puppet *c2 = client(self, CLT2);

	say_all(self->clt, 1, 1);
	begin(self->clt, OP_SENDREC, SRV, FOREVER);
	ASSERT_TRUE(queues(self, CLT));
	say_all(c2, 2, 2);
	begin(c2, OP_SENDREC, SRV, FOREVER);
	ASSERT_TRUE(queues(self, CLT2));
	ASSERT_EQ(0, act(self->srv, OP_RCVRQST, 0, FOREVER));
	say_all(self->srv, 3, 3);
	EXPECT_EQ(0, act(self->srv, OP_REPLY_RCVRQST, CLT, FOREVER));
	EXPECT_TRUE(heard_all(self->srv, CLT2, 2, 2));
	EXPECT_EQ(0, end(self->clt));
	EXPECT_TRUE(heard_all(self->clt, SRV, 3, 3));
	say_all(self->srv, 4, 4);
	/* The answer is given although no other request comes. */
	EXPECT_EQ(EDVSAGAIN, act(self->srv, OP_REPLY_RCVRQST, CLT2, 0));
	EXPECT_EQ(0, end(c2));
	EXPECT_TRUE(heard_all(c2, SRV, 4, 4));
}

/* An answer may be held back for the next one, but not if that takes long. */
TEST_F(pair, next_answer_takes_long)
{
	struct puppet *c2 = client(self, CLT2);
	int i;

	for (i = 0; i < 5; i++) {
		say_all(self->clt, 1, 1);
		begin(self->clt, OP_SENDREC, SRV, FOREVER);
		ASSERT_TRUE(queues(self, CLT));
		begin(c2, OP_SENDREC, SRV, FOREVER);
		ASSERT_TRUE(queues(self, CLT2));
		ASSERT_EQ(0, act(self->srv, OP_RCVRQST, 0, FOREVER));
		say_all(self->srv, 3, i);
		ASSERT_EQ(0, act(self->srv, OP_REPLY, CLT, FOREVER));
		/* Sooner than any other frame would take it along. */
		ASSERT_EQ(0, end_within(self->clt, 300 * slowness()));
		EXPECT_TRUE(heard_all(self->clt, SRV, 3, i));
		ASSERT_EQ(0, act(self->srv, OP_RCVRQST, 0, FOREVER));
		ASSERT_EQ(0, act(self->srv, OP_REPLY, CLT2, FOREVER));
		ASSERT_EQ(0, end(c2));
	}
}

/* Requests are answered in any order. */
TEST_F(pair, replies_out_of_order)
{
	struct puppet *c2 = client(self, CLT2);

	say(self->clt, 1, 1);
	begin(self->clt, OP_SENDREC, SRV, FOREVER);
	ASSERT_EQ(0, act(self->srv, OP_RCVRQST, 0, FOREVER));
	say(c2, 2, 2);
	begin(c2, OP_SENDREC, SRV, FOREVER);
	ASSERT_EQ(0, act(self->srv, OP_RCVRQST, 0, FOREVER));
	say_all(self->srv, 12, 2);
	EXPECT_EQ(0, act(self->srv, OP_REPLY, CLT2, FOREVER));
	EXPECT_EQ(0, end(c2));
	EXPECT_TRUE(heard_all(c2, SRV, 12, 2));
	EXPECT_FALSE(ended(self->clt));
	say_all(self->srv, 11, 1);
	EXPECT_EQ(0, act(self->srv, OP_REPLY, CLT, FOREVER));
	EXPECT_EQ(0, end(self->clt));
	EXPECT_TRUE(heard_all(self->clt, SRV, 11, 1));
}

/* Who waits for an answer takes nothing from anybody else. */
TEST_F(pair, request_admits_its_server_only)
{
	struct puppet *third = puppet_bound(self->sn, self->dcid, CLT3);

	if (self->cn != self->sn)
		puppet_known_at(third, CLT3, self->dcid, self->cn);
	begin(self->clt, OP_SENDREC, SRV, FOREVER);
	ASSERT_EQ(0, act(self->srv, OP_RCVRQST, 0, FOREVER));
	ASSERT_TRUE(client_waits(self));
	say_all(third, 9, 9);
	begin(third, OP_SEND, CLT, FOREVER);
	/* It queues on the client's node. */
	ASSERT_TRUE(proc_flags(self->cn, self->dcid, CLT3, DVK_RTS_SENDING, 0));
	EXPECT_FALSE(ended(self->clt));
	say_all(self->srv, 2, 2);
	EXPECT_EQ(0, act(self->srv, OP_REPLY, CLT, FOREVER));
	EXPECT_EQ(0, end(self->clt));
	EXPECT_TRUE(heard_all(self->clt, SRV, 2, 2));
	EXPECT_EQ(0, act(self->clt, OP_RECEIVE, ANY, FOREVER));
	EXPECT_TRUE(heard_all(self->clt, CLT3, 9, 9));
	EXPECT_EQ(0, end(third));
}

/* The endpoints may be negative. */
TEST_F(pair, system_endpoints)
{
	struct puppet *task = puppet_bound(self->sn, self->dcid, SYSTEM);
	struct puppet *c2 = client(self, -DVK_NR_TASKS);

	if (self->cn != self->sn)
		puppet_known_at(task, SYSTEM, self->dcid, self->cn);
	say_all(c2, 1, 1);
	begin(c2, OP_SENDREC, SYSTEM, FOREVER);
	EXPECT_EQ(0, act(task, OP_RECEIVE, -DVK_NR_TASKS, FOREVER));
	EXPECT_TRUE(heard_all(task, -DVK_NR_TASKS, 1, 1));
	say_all(task, 2, 2);
	EXPECT_EQ(0, act(task, OP_REPLY, -DVK_NR_TASKS, FOREVER));
	EXPECT_EQ(0, end(c2));
	EXPECT_TRUE(heard_all(c2, SYSTEM, 2, 2));
}

/* Each may be the one that sends. */
TEST_F(pair, both_ways)
{
	say_all(self->clt, 1, 1);
	begin(self->clt, OP_SEND, SRV, FOREVER);
	ASSERT_TRUE(queues(self, CLT));
	EXPECT_EQ(0, act(self->srv, OP_RECEIVE, ANY, FOREVER));
	EXPECT_EQ(0, end(self->clt));
	say_all(self->srv, 2, 2);
	begin(self->srv, OP_SEND, CLT, FOREVER);
	ASSERT_TRUE(proc_flags(self->cn, self->dcid, SRV, DVK_RTS_SENDING, 0));
	EXPECT_EQ(0, act(self->clt, OP_RECEIVE, ANY, FOREVER));
	EXPECT_TRUE(heard_all(self->clt, SRV, 2, 2));
	EXPECT_EQ(0, end(self->srv));
}

/* The counters count. */
TEST_F(pair, counters)
{
	proc_usr_t before, after;
	bool remote = self->cn != self->sn;
	int i;

	proc_info(self->cn, self->dcid, CLT, &before);
	for (i = 0; i < 7; i++) {
		begin(self->srv, OP_RECEIVE, ANY, FOREVER);
		ASSERT_EQ(0, act(self->clt, OP_SEND, SRV, FOREVER));
		ASSERT_EQ(0, end(self->srv));
	}
	for (i = 0; i < 4; i++) {
		begin(self->clt, OP_SENDREC, SRV, FOREVER);
		ASSERT_EQ(0, act(self->srv, OP_RCVRQST, 0, FOREVER));
		ASSERT_EQ(0, act(self->srv, OP_REPLY, CLT, FOREVER));
		ASSERT_EQ(0, end(self->clt));
	}
	proc_info(self->cn, self->dcid, CLT, &after);
	EXPECT_EQ(remote ? 0 : 11, after.p_lclsent - before.p_lclsent);
	EXPECT_EQ(remote ? 11 : 0, after.p_rmtsent - before.p_rmtsent);
	proc_info(self->sn, self->dcid, SRV, &after);
	EXPECT_EQ(remote ? 0 : 4, after.p_lclsent);
	EXPECT_EQ(remote ? 4 : 0, after.p_rmtsent);
}

static long serve(const long *a)
{
	message m;
	long i, ret;

	ret = dvk_rcvrqst(&m);
	for (i = 0; !ret && i < a[0]; i++) {
		m.m1_i2 = m.m1_i1 * 3;
		if (i == a[0] - 1)
			return dvk_reply(m.m_source, &m);
		ret = dvk_reply_rcvrqst(m.m_source, &m);
	}
	return ret;
}

static long ask(const long *a)
{
	message m;
	long i, ret;

	for (i = 0; i < a[0]; i++) {
		memset(&m, 0, sizeof(m));
		m.m_type = a[1];
		m.m1_i1 = i;
		ret = dvk_sendrec(SRV, &m);
		if (ret)
			return ret;
		if (m.m1_i2 != i * 3 || m.m_type != a[1])
			return -10000 - i;
	}
	return 0;
}

/*
 * As fast as they can, without a test between them. With proxies in user space
 * each call wakes six tasks, which takes an emulated machine its time.
 */
TEST_F_TIMEOUT(pair, many_calls, 90)
{
	self->srv->page->fn = serve;
	self->clt->page->fn = ask;
	begin_call(self->srv, OP_FN, 2000);
	begin_call(self->clt, OP_FN, 2000, 5);
	EXPECT_EQ(0, end_within(self->clt, 5 * LATE));
	EXPECT_EQ(0, end_within(self->srv, SOON));
}

/* Several clients at once: no answer goes to the wrong one. */
TEST_F(pair, many_clients)
{
	struct puppet *c[6];
	int i;

	self->srv->page->fn = serve;
	begin_call(self->srv, OP_FN, 6 * 300);
	for (i = 0; i < 6; i++) {
		c[i] = client(self, 110 + i);
		c[i]->page->fn = ask;
		begin_call(c[i], OP_FN, 300, i);
	}
	for (i = 0; i < 6; i++)
		EXPECT_EQ(0, end_within(c[i], LATE));
	EXPECT_EQ(0, end_within(self->srv, SOON));
}

TEST_HARNESS_MAIN
