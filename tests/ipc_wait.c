// SPDX-License-Identifier: GPL-2.0
/*
 * How a wait ends when nobody comes: NOWAIT, timeouts, signals. A message is
 * then either still the sender's or it has been taken once; never both.
 *
 * test-transport: each
 */
#include "kselftest_harness.h"

#include <signal.h>

#include "pair.h"

#define FOREVER	TIMEOUT_FOREVER
#define NOWAIT	TIMEOUT_NOWAIT
#define SHORT	120
/*
 * What a timeout may be too short. Timers run on ticks, which an emulated
 * machine on a busy host gets late and several at once.
 */
#define TICK	60

/* Nothing is queued at the server, and nothing comes. */
static bool nothing_queued(SELF_OF(pair))
{
	return left_queue(self, CLT) &&
	       act(self->srv, OP_RECEIVE, ANY, NOWAIT) == EDVSAGAIN;
}

/* A complete request with the given contents. */
static bool call_works(SELF_OF(pair), int value)
{
	say(self->clt, 50, value);
	begin(self->clt, OP_SENDREC, SRV, FOREVER);
	if (act(self->srv, OP_RCVRQST, 0, SOON / 2) ||
	    heard(self->srv)->m1_i1 != value)
		return false;
	say(self->srv, 51, value + 1);
	return !act(self->srv, OP_REPLY, CLT, FOREVER) && !end(self->clt) &&
	       heard(self->clt)->m1_i1 == value + 1;
}

TEST_F(pair, nowait_receive)
{
	EXPECT_EQ(EDVSAGAIN, act(self->srv, OP_RECEIVE, ANY, NOWAIT));
	EXPECT_EQ(EDVSAGAIN, act(self->srv, OP_RECEIVE, CLT, NOWAIT));
	EXPECT_EQ(EDVSAGAIN, act(self->srv, OP_RCVRQST, 0, NOWAIT));

	say(self->clt, 1, 2);
	begin(self->clt, OP_SEND, SRV, FOREVER);
	ASSERT_TRUE(queues(self, CLT));
	EXPECT_EQ(0, act(self->srv, OP_RECEIVE, ANY, NOWAIT));
	EXPECT_EQ(2, heard(self->srv)->m1_i1);
	EXPECT_EQ(0, end(self->clt));
}

TEST_F(pair, nowait_send)
{
	EXPECT_EQ(EDVSAGAIN, act(self->clt, OP_SEND, SRV, NOWAIT));
	EXPECT_TRUE(nothing_queued(self));

	begin(self->srv, OP_RECEIVE, ANY, FOREVER);
	ASSERT_TRUE(server_waits(self));
	say(self->clt, 1, 3);
	EXPECT_EQ(0, act(self->clt, OP_SEND, SRV, NOWAIT));
	EXPECT_EQ(0, end(self->srv));
	EXPECT_EQ(3, heard(self->srv)->m1_i1);
}

/* A receiver that waits for somebody else is not ready either. */
TEST_F(pair, nowait_send_filtered)
{
	client(self, CLT2);
	begin(self->srv, OP_RECEIVE, CLT2, FOREVER);
	ASSERT_TRUE(server_waits(self));
	EXPECT_EQ(EDVSAGAIN, act(self->clt, OP_SEND, SRV, NOWAIT));
	EXPECT_FALSE(ended(self->srv));
}

TEST_F(pair, nowait_sendrec)
{
	EXPECT_EQ(EDVSAGAIN, act(self->clt, OP_SENDREC, SRV, NOWAIT));
	EXPECT_TRUE(nothing_queued(self));
	EXPECT_TRUE(call_works(self, 7));
}

TEST_F(pair, timeout_receive)
{
	long start = now_ms();

	EXPECT_EQ(EDVSTIMEDOUT, act(self->srv, OP_RECEIVE, ANY, SHORT));
	EXPECT_LE(SHORT - TICK, now_ms() - start);
	EXPECT_EQ(EDVSTIMEDOUT, act(self->srv, OP_RECEIVE, CLT, SHORT));
	EXPECT_EQ(EDVSTIMEDOUT, act(self->srv, OP_RCVRQST, 0, SHORT));
	EXPECT_LE(3 * (SHORT - TICK), now_ms() - start);
	EXPECT_TRUE(call_works(self, 8));
}

TEST_F(pair, timeout_send)
{
	long start = now_ms();

	say(self->clt, 1, 99);
	EXPECT_EQ(EDVSTIMEDOUT, act(self->clt, OP_SEND, SRV, SHORT));
	EXPECT_LE(SHORT - TICK, now_ms() - start);
	EXPECT_TRUE(nothing_queued(self));
	EXPECT_TRUE(call_works(self, 9));
}

TEST_F(pair, timeout_sendrec_queued)
{
	say(self->clt, 1, 99);
	EXPECT_EQ(EDVSTIMEDOUT, act(self->clt, OP_SENDREC, SRV, SHORT));
	EXPECT_TRUE(nothing_queued(self));
	EXPECT_TRUE(call_works(self, 10));
}

/* One timeout for both halves. */
TEST_F(pair, timeout_sendrec_taken)
{
	long start = now_ms();

	say(self->clt, 1, 99);
	begin(self->clt, OP_SENDREC, SRV, 2 * SHORT);
	ASSERT_EQ(0, act(self->srv, OP_RCVRQST, 0, FOREVER));
	EXPECT_EQ(EDVSTIMEDOUT, end(self->clt));
	EXPECT_LE(2 * SHORT - TICK, now_ms() - start);
	EXPECT_GE(2 * SHORT + SOON / 2, now_ms() - start);
	/* The answer comes too late; the server is told. */
	EXPECT_TRUE(wait_until(act(self->srv, OP_REPLY, CLT, FOREVER) ==
			       EDVSPROCSTS, SOON));
	EXPECT_TRUE(call_works(self, 11));
}

/* An answer that is late for one request is not taken for that to the next. */
TEST_F(pair, late_answer)
{
	say(self->clt, 1, 1);
	begin(self->clt, OP_SENDREC, SRV, SHORT);
	ASSERT_EQ(0, act(self->srv, OP_RCVRQST, 0, FOREVER));
	EXPECT_EQ(EDVSTIMEDOUT, end(self->clt));

	say(self->clt, 2, 2);
	begin(self->clt, OP_SENDREC, SRV, FOREVER);
	ASSERT_TRUE(queues(self, CLT));
	say(self->srv, 99, 99);
	EXPECT_EQ(EDVSPROCSTS, act(self->srv, OP_REPLY, CLT, FOREVER));
	EXPECT_FALSE(ended(self->clt));
	ASSERT_EQ(0, act(self->srv, OP_RCVRQST, 0, FOREVER));
	EXPECT_EQ(2, heard(self->srv)->m1_i1);
	say(self->srv, 3, 3);
	EXPECT_EQ(0, act(self->srv, OP_REPLY, CLT, FOREVER));
	EXPECT_EQ(0, end(self->clt));
	EXPECT_EQ(3, heard(self->clt)->m1_i1);
}

/* The same when the late answer is an ordinary send, which must queue. */
TEST_F(pair, late_send)
{
	say(self->clt, 1, 1);
	begin(self->clt, OP_SENDREC, SRV, SHORT);
	ASSERT_EQ(0, act(self->srv, OP_RCVRQST, 0, FOREVER));
	EXPECT_EQ(EDVSTIMEDOUT, end(self->clt));
	EXPECT_EQ(EDVSAGAIN, act(self->srv, OP_SEND, CLT, NOWAIT));
	say(self->srv, 4, 4);
	begin(self->srv, OP_SEND, CLT, FOREVER);
	EXPECT_EQ(0, act(self->clt, OP_RECEIVE, SRV, FOREVER));
	EXPECT_EQ(4, heard(self->clt)->m1_i1);
	EXPECT_EQ(0, end(self->srv));
}

/*
 * Signals with a handler that does not let calls go on. What does is the matter of
 * ipc_signal.c.
 */

TEST_F(pair, signal_in_receive)
{
	int i;

	for (i = 0; i < 2; i++) {
		call(self->srv, OP_CATCH, SIGUSR1, 0);
		begin(self->srv, OP_RECEIVE, ANY, FOREVER);
		ASSERT_TRUE(server_waits(self));
		puppet_signal(self->srv, SIGUSR1);
		EXPECT_EQ(EDVSINTR, end(self->srv));
		EXPECT_EQ(i + 1, atomic_load(&self->srv->page->signals));
	}
	EXPECT_TRUE(call_works(self, 12));
}

TEST_F(pair, signal_in_send)
{
	int i;

	for (i = 0; i < 2; i++) {
		call(self->clt, OP_CATCH, SIGUSR1, 0);
		begin(self->clt, OP_SEND, SRV, FOREVER);
		ASSERT_TRUE(queues(self, CLT));
		puppet_signal(self->clt, SIGUSR1);
		EXPECT_EQ(EDVSINTR, end(self->clt));
		EXPECT_TRUE(nothing_queued(self));
	}
	EXPECT_TRUE(call_works(self, 13));
}

TEST_F(pair, signal_in_sendrec_queued)
{
	int i;

	for (i = 0; i < 2; i++) {
		call(self->clt, OP_CATCH, SIGUSR1, 0);
		begin(self->clt, OP_SENDREC, SRV, FOREVER);
		ASSERT_TRUE(queues(self, CLT));
		puppet_signal(self->clt, SIGUSR1);
		EXPECT_EQ(EDVSINTR, end(self->clt));
		EXPECT_TRUE(nothing_queued(self));
	}
	EXPECT_TRUE(call_works(self, 14));
}

/* The request is being served when the signal comes. */
TEST_F(pair, signal_in_sendrec_taken)
{
	int i;

	for (i = 0; i < 2; i++) {
		call(self->clt, OP_CATCH, SIGUSR1, 0);
		say(self->clt, 1, 100 + i);
		begin(self->clt, OP_SENDREC, SRV, FOREVER);
		ASSERT_EQ(0, act(self->srv, OP_RCVRQST, 0, FOREVER));
		EXPECT_EQ(100 + i, heard(self->srv)->m1_i1);
		ASSERT_TRUE(client_waits(self));
		puppet_signal(self->clt, SIGUSR1);
		EXPECT_EQ(EDVSINTR, end(self->clt));
		/* Executed once: it does not come again. */
		EXPECT_TRUE(nothing_queued(self));
		EXPECT_TRUE(wait_until(act(self->srv, OP_REPLY, CLT, FOREVER) ==
				       EDVSPROCSTS, SOON));
	}
	EXPECT_TRUE(call_works(self, 15));
}

/* A signal that is pending already lets a call that need not wait succeed. */
TEST_F(pair, signal_but_no_wait)
{
	begin(self->srv, OP_RECEIVE, ANY, FOREVER);
	ASSERT_TRUE(server_waits(self));
	call(self->clt, OP_CATCH, SIGUSR1, 0);
	puppet_signal(self->clt, SIGUSR1);
	ASSERT_TRUE(wait_until(self->clt->page->signals == 1, SOON));
	EXPECT_EQ(0, act(self->clt, OP_SEND, SRV, FOREVER));
	EXPECT_EQ(0, end(self->srv));
}

static long send_many(const long *a)
{
	message m;
	long i, ret, sent = 0;

	for (i = 0; i < a[0]; i++) {
		memset(&m, 0, sizeof(m));
		m.m_type = 1;
		m.m1_i1 = i;
		do {
			m.m1_i2++;
			ret = dvk_send(SRV, &m);
			sent += !ret;
		} while (ret == EDVSINTR);
		if (ret)
			return ret;
	}
	return sent;
}

static long receive_many(const long *a)
{
	message m;
	long got = 0, next = 0, ret;

	for (;;) {
		ret = dvk_receive_T(ANY, &m, 500);
		if (ret == EDVSTIMEDOUT && atomic_load((_Atomic int *)a[0]))
			return got;
		if (ret == EDVSINTR || ret == EDVSTIMEDOUT)
			continue;
		if (ret)
			return ret;
		/* In order, whatever was interrupted in between. */
		if (m.m1_i1 < next)
			return -5000;
		next = m.m1_i1;
		got++;
		/* Not even after the last: the sender may repeat it. */
	}
}

/*
 * A storm of signals on both sides. Each message that the sender was told has
 * been taken was received; one that ended with INTR was not delivered, or the
 * receiver had it already when the signal came and the sender repeats it.
 */
TEST_F(pair, signal_storm)
{
	long sent, got;
	int i;

	call(self->clt, OP_CATCH, SIGUSR1, 0);
	call(self->srv, OP_CATCH, SIGUSR1, 0);
	self->clt->page->fn = send_many;
	self->srv->page->fn = receive_many;
	begin_call(self->srv, OP_FN, (long)&self->srv->page->stop);
	begin_call(self->clt, OP_FN, 300);
	for (i = 0; i < 400 && !ended(self->clt); i++) {
		puppet_signal(i & 1 ? self->srv : self->clt, SIGUSR1);
		nap_ms(1);
	}
	sent = end_within(self->clt, LATE);
	atomic_store(&self->srv->page->stop, 1);
	got = end_within(self->srv, LATE);
	EXPECT_EQ(300, sent);
	EXPECT_LE(sent, got);
	/* Locally the outcome of a send is always known. */
	if (self->cn == self->sn)
		EXPECT_EQ(sent, got);
}

TEST_HARNESS_MAIN
