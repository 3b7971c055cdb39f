// SPDX-License-Identifier: GPL-2.0
/*
 * Notifications: notify, src_notify, ntfy_value, hdw_notify and wakeup.
 *
 * test-transport: each
 */
#include "kselftest_harness.h"

#include <time.h>

#include "pair.h"

#define FOREVER	TIMEOUT_FOREVER

/* A pending notification shows in the receiver's flags. */
static bool pending(SELF_OF(pair))
{
	return wait_until(!proc_info(self->sn, self->dcid, SRV, &self->info) &&
			  (self->info.p_misc_flags & DVK_MISC_NOTIFY), SOON);
}

TEST_F(pair, receiver_waits)
{
	time_t before = time(NULL);

	begin(self->srv, OP_RECEIVE, ANY, FOREVER);
	ASSERT_TRUE(server_waits(self));
	EXPECT_EQ(0, call(self->clt, OP_NOTIFY, SRV));
	EXPECT_EQ(0, end(self->srv));
	EXPECT_EQ(CLT, heard(self->srv)->m_source);
	EXPECT_EQ(NOTIFY_FROM(CLT), heard(self->srv)->m_type);
	EXPECT_EQ(NOTIFY_MESSAGE | CLT, heard(self->srv)->m_type);
	EXPECT_LE(before - 1, heard(self->srv)->m9_t1.tv_sec);
	EXPECT_GE(time(NULL) + 1, heard(self->srv)->m9_t1.tv_sec);
}

TEST_F(pair, receiver_waits_for_the_sender)
{
	begin(self->srv, OP_RECEIVE, CLT, FOREVER);
	ASSERT_TRUE(server_waits(self));
	EXPECT_EQ(0, call(self->clt, OP_NOTIFY, SRV));
	EXPECT_EQ(0, end(self->srv));
	EXPECT_EQ(NOTIFY_FROM(CLT), heard(self->srv)->m_type);
}

/* What was given before its sender ended has been given. */
TEST_F(pair, sender_ends)
{
	EXPECT_EQ(0, call(self->clt, OP_NTFY_VALUE, SELF, SRV, 3));
	ASSERT_TRUE(pending(self));
	puppet_kill(self->clt);
	ASSERT_TRUE(proc_free(self->sn, self->dcid, CLT));
	EXPECT_EQ(0, act(self->srv, OP_RECEIVE, CLT, FOREVER));
	EXPECT_EQ(NOTIFY_FROM(CLT), heard(self->srv)->m_type);
	EXPECT_EQ(1 << 3, heard(self->srv)->m9_i1);
	EXPECT_EQ(EDVSSRCDIED, act(self->srv, OP_RECEIVE, CLT, FOREVER));
}

/* But what it waits with goes with it. */
TEST_F(pair, sender_that_waits_ends)
{
	begin(self->clt, OP_SEND, SRV, FOREVER);
	ASSERT_TRUE(queues(self, CLT));
	puppet_kill(self->clt);
	ASSERT_TRUE(proc_free(self->sn, self->dcid, CLT));
	EXPECT_EQ(EDVSSRCDIED, act(self->srv, OP_RECEIVE, CLT, FOREVER));
	EXPECT_EQ(EDVSAGAIN, act(self->srv, OP_RECEIVE, ANY, 0));
}

/* The sender does not wait; the notification does, once. */
TEST_F(pair, pending_bit)
{
	int i;

	for (i = 0; i < 3; i++)
		EXPECT_EQ(0, call(self->clt, OP_NOTIFY, SRV));
	ASSERT_TRUE(pending(self));
	/* All three have arrived when a message sent after them has. */
	say(self->clt, 1, 1);
	begin(self->clt, OP_SEND, SRV, FOREVER);
	ASSERT_TRUE(queues(self, CLT));
	EXPECT_EQ(0, act(self->srv, OP_RECEIVE, ANY, 0));
	EXPECT_EQ(NOTIFY_FROM(CLT), heard(self->srv)->m_type);
	EXPECT_EQ(0, act(self->srv, OP_RECEIVE, ANY, 0));
	EXPECT_EQ(1, heard(self->srv)->m_type);
	EXPECT_EQ(0, end(self->clt));
	EXPECT_EQ(EDVSAGAIN, act(self->srv, OP_RECEIVE, ANY, 0));
	EXPECT_EQ(0, proc_info(self->sn, self->dcid, SRV, &self->info));
	EXPECT_EQ(0, self->info.p_misc_flags & DVK_MISC_NOTIFY);
}

/* One bit for each sender; the lowest slot first, before queued messages. */
TEST_F(pair, order)
{
	struct puppet *c3 = client(self, CLT3), *c2 = client(self, CLT2);
	struct puppet *low = client(self, 3), *sender = client(self, 120);

	say(sender, 7, 7);
	begin(sender, OP_SEND, SRV, FOREVER);
	ASSERT_TRUE(queues(self, 120));
	EXPECT_EQ(0, call(c3, OP_NOTIFY, SRV));
	EXPECT_EQ(0, call(self->clt, OP_NOTIFY, SRV));
	EXPECT_EQ(0, call(low, OP_NOTIFY, SRV));
	EXPECT_EQ(0, call(c2, OP_NOTIFY, SRV));
	/* Frames of one node arrive in order: this one is behind them. */
	say(c2, 8, 8);
	begin(c2, OP_SEND, SRV, FOREVER);
	ASSERT_TRUE(queues(self, CLT2));

	EXPECT_EQ(0, act(self->srv, OP_RECEIVE, ANY, 0));
	EXPECT_EQ(3, heard(self->srv)->m_source);
	EXPECT_EQ(0, act(self->srv, OP_RECEIVE, ANY, 0));
	EXPECT_EQ(CLT, heard(self->srv)->m_source);
	EXPECT_EQ(0, act(self->srv, OP_RECEIVE, ANY, 0));
	EXPECT_EQ(NOTIFY_FROM(CLT2), heard(self->srv)->m_type);
	EXPECT_EQ(0, act(self->srv, OP_RECEIVE, ANY, 0));
	EXPECT_EQ(NOTIFY_FROM(CLT3), heard(self->srv)->m_type);
	EXPECT_EQ(0, act(self->srv, OP_RECEIVE, ANY, 0));
	EXPECT_EQ(7, heard(self->srv)->m_type);
	EXPECT_EQ(0, act(self->srv, OP_RECEIVE, ANY, 0));
	EXPECT_EQ(8, heard(self->srv)->m_type);
}

/* A filter holds for notifications too. */
TEST_F(pair, filter)
{
	struct puppet *c2 = client(self, CLT2);

	EXPECT_EQ(0, call(self->clt, OP_NOTIFY, SRV));
	ASSERT_TRUE(pending(self));
	EXPECT_EQ(EDVSAGAIN, act(self->srv, OP_RECEIVE, CLT2, 0));
	begin(self->srv, OP_RECEIVE, CLT2, FOREVER);
	ASSERT_TRUE(server_waits(self));
	EXPECT_EQ(0, call(c2, OP_NOTIFY, SRV));
	EXPECT_EQ(0, end(self->srv));
	EXPECT_EQ(NOTIFY_FROM(CLT2), heard(self->srv)->m_type);
	EXPECT_EQ(0, act(self->srv, OP_RECEIVE, CLT, 0));
	EXPECT_EQ(NOTIFY_FROM(CLT), heard(self->srv)->m_type);
}

/* Who waits for a request or an answer is not disturbed. */
TEST_F(pair, not_a_request)
{
	begin(self->srv, OP_RCVRQST, 0, FOREVER);
	ASSERT_TRUE(server_waits(self));
	EXPECT_EQ(0, call(self->clt, OP_NOTIFY, SRV));
	ASSERT_TRUE(pending(self));
	EXPECT_FALSE(ended(self->srv));
	say(self->clt, 5, 5);
	begin(self->clt, OP_SENDREC, SRV, FOREVER);
	EXPECT_EQ(0, end(self->srv));
	EXPECT_EQ(5, heard(self->srv)->m_type);

	/* The server's notification is not its answer. */
	ASSERT_TRUE(client_waits(self));
	EXPECT_EQ(0, call(self->srv, OP_NOTIFY, CLT));
	ASSERT_TRUE(wait_until(!proc_info(self->cn, self->dcid, CLT, &self->info) &&
			       (self->info.p_misc_flags & DVK_MISC_NOTIFY),
			       SOON));
	EXPECT_FALSE(ended(self->clt));
	say(self->srv, 6, 6);
	EXPECT_EQ(0, act(self->srv, OP_REPLY, CLT, FOREVER));
	EXPECT_EQ(0, end(self->clt));
	EXPECT_EQ(6, heard(self->clt)->m_type);
	EXPECT_EQ(0, act(self->clt, OP_RECEIVE, ANY, 0));
	EXPECT_EQ(NOTIFY_FROM(SRV), heard(self->clt)->m_type);
}

/* Values that merge are all reported. */
TEST_F(pair, values)
{
	begin(self->srv, OP_RECEIVE, ANY, FOREVER);
	ASSERT_TRUE(server_waits(self));
	EXPECT_EQ(0, call(self->clt, OP_NTFY_VALUE, SELF, SRV, 31));
	EXPECT_EQ(0, end(self->srv));
	EXPECT_EQ(NOTIFY_FROM(CLT), heard(self->srv)->m_type);
	EXPECT_EQ(1U << 31, (unsigned int)heard(self->srv)->m9_i1);

	EXPECT_EQ(0, call(self->clt, OP_NTFY_VALUE, SELF, SRV, 0));
	EXPECT_EQ(0, call(self->clt, OP_NTFY_VALUE, CLT, SRV, 5));
	EXPECT_EQ(0, call(self->clt, OP_NOTIFY, SRV));
	begin(self->clt, OP_SEND, SRV, FOREVER);
	ASSERT_TRUE(queues(self, CLT));
	EXPECT_EQ(0, act(self->srv, OP_RECEIVE, ANY, 0));
	EXPECT_EQ(1 << 0 | 1 << 5, heard(self->srv)->m9_i1);
}

TEST_F(pair, value_out_of_range)
{
	EXPECT_EQ(EDVSBADVALUE, call(self->clt, OP_NTFY_VALUE, SELF, SRV, 32));
	EXPECT_EQ(EDVSBADVALUE, call(self->clt, OP_NTFY_VALUE, SELF, SRV, -1));
	EXPECT_EQ(EDVSAGAIN, act(self->srv, OP_RECEIVE, ANY, 0));
}

/* In the name of another slot. */
TEST_F(pair, on_behalf)
{
	client(self, CLT2);
	begin(self->srv, OP_RECEIVE, ANY, FOREVER);
	ASSERT_TRUE(server_waits(self));
	EXPECT_EQ(0, call(self->clt, OP_SRC_NOTIFY, CLT2, SRV));
	EXPECT_EQ(0, end(self->srv));
	EXPECT_EQ(NOTIFY_FROM(CLT2), heard(self->srv)->m_type);
	EXPECT_EQ(CLT2, heard(self->srv)->m_source);
	begin(self->srv, OP_RECEIVE, ANY, FOREVER);
	ASSERT_TRUE(server_waits(self));
	EXPECT_EQ(0, call(self->clt, OP_SRC_NOTIFY, SELF, SRV));
	EXPECT_EQ(0, end(self->srv));
	EXPECT_EQ(NOTIFY_FROM(CLT), heard(self->srv)->m_type);
	EXPECT_GT(0, call(self->clt, OP_SRC_NOTIFY, DVK_NR_PROCS, SRV));
	/* That is not for anybody to say. */
	EXPECT_GT(0, call(self->clt, OP_SRC_NOTIFY, HARDWARE, SRV));
	EXPECT_EQ(EDVSAGAIN, act(self->srv, OP_RECEIVE, ANY, 0));
	/* Nobody need have the slot. */
	EXPECT_EQ(0, call(self->clt, OP_SRC_NOTIFY, 77, SRV));
	EXPECT_EQ(0, act(self->srv, OP_RECEIVE, ANY, SOON));
	EXPECT_EQ(77, heard(self->srv)->m_source);
	EXPECT_EQ(0, call(self->clt, OP_SRC_NOTIFY, CLOCK, SRV));
	EXPECT_EQ(0, act(self->srv, OP_RECEIVE, ANY, SOON));
	EXPECT_EQ(CLOCK, heard(self->srv)->m_source);
}

/* From outside, by an administrator of the receiver's node. */
TEST_F(pair, hardware)
{
	struct puppet *admin = puppet_new(self->sn);

	begin(self->srv, OP_RECEIVE, ANY, FOREVER);
	ASSERT_TRUE(server_waits(self));
	EXPECT_EQ(0, call(admin, OP_HDW_NOTIFY, self->dcid, SRV));
	EXPECT_EQ(0, end(self->srv));
	EXPECT_EQ(HARDWARE, heard(self->srv)->m_source);
	EXPECT_EQ(NOTIFY_FROM(HARDWARE), heard(self->srv)->m_type);

	EXPECT_EQ(0, call(admin, OP_HDW_NOTIFY, self->dcid, SRV));
	EXPECT_EQ(EDVSOVERRUN, call(admin, OP_HDW_NOTIFY, self->dcid, SRV));
	/* It can be asked for by name. */
	EXPECT_EQ(0, act(self->srv, OP_RECEIVE, HARDWARE, 0));
	EXPECT_EQ(HARDWARE, heard(self->srv)->m_source);
	EXPECT_EQ(EDVSAGAIN, act(self->srv, OP_RECEIVE, HARDWARE, 0));
	begin(self->srv, OP_RECEIVE, HARDWARE, FOREVER);
	ASSERT_TRUE(server_waits(self));
	EXPECT_EQ(0, call(self->clt, OP_NOTIFY, SRV));
	ASSERT_TRUE(pending(self));
	EXPECT_FALSE(ended(self->srv));
	EXPECT_EQ(0, call(admin, OP_HDW_NOTIFY, self->dcid, SRV));
	EXPECT_EQ(0, end(self->srv));
	EXPECT_EQ(HARDWARE, heard(self->srv)->m_source);
}

TEST_F(pair, hardware_refusals)
{
	struct puppet *admin = puppet_new(self->cn);

	if (self->cn != self->sn)
		EXPECT_EQ(EDVSRMTPROC, call(admin, OP_HDW_NOTIFY, self->dcid, SRV));
	EXPECT_EQ(EDVSDSTDIED, call(admin, OP_HDW_NOTIFY, self->dcid, 77));
	EXPECT_EQ(EDVSRANGE,
		  call(admin, OP_HDW_NOTIFY, self->dcid, DVK_NR_PROCS));
	EXPECT_EQ(EDVSBADDCID, call(admin, OP_HDW_NOTIFY, -1, SRV));
	ASSERT_EQ(0, call(admin, OP_SETUID, 1000));
	EXPECT_EQ(EDVSPRIVILEGES, call(admin, OP_HDW_NOTIFY, self->dcid, CLT));
	EXPECT_EQ(EDVSPRIVILEGES, call(admin, OP_WAKEUP, self->dcid, CLT));
	EXPECT_EQ(EDVSAGAIN, act(self->clt, OP_RECEIVE, ANY, 0));
}

TEST_F(pair, wakeup)
{
	struct puppet *admin = puppet_new(self->sn);

	begin(self->srv, OP_RECEIVE, ANY, FOREVER);
	ASSERT_TRUE(server_waits(self));
	EXPECT_EQ(0, call(admin, OP_WAKEUP, self->dcid, SRV));
	EXPECT_EQ(EDVSWOKENUP, end(self->srv));

	/* Armed: the next wait ends at once, before anything is received. */
	say(self->clt, 4, 4);
	begin(self->clt, OP_SEND, SRV, FOREVER);
	ASSERT_TRUE(queues(self, CLT));
	EXPECT_EQ(0, call(admin, OP_WAKEUP, self->dcid, SRV));
	EXPECT_EQ(EDVSWOKENUP, act(self->srv, OP_RECEIVE, ANY, FOREVER));
	EXPECT_EQ(0, act(self->srv, OP_RECEIVE, ANY, FOREVER));
	EXPECT_EQ(4, heard(self->srv)->m_type);
	EXPECT_EQ(0, end(self->clt));
}

/* It ends a wait for anybody only. */
TEST_F(pair, wakeup_and_filter)
{
	struct puppet *admin = puppet_new(self->sn);

	begin(self->srv, OP_RECEIVE, CLT, FOREVER);
	ASSERT_TRUE(server_waits(self));
	EXPECT_EQ(0, call(admin, OP_WAKEUP, self->dcid, SRV));
	ASSERT_EQ(0, proc_info(self->sn, self->dcid, SRV, &self->info));
	EXPECT_EQ(DVK_MISC_WOKENUP, self->info.p_misc_flags & DVK_MISC_WOKENUP);
	say(self->clt, 4, 4);
	EXPECT_EQ(0, act(self->clt, OP_SEND, SRV, FOREVER));
	EXPECT_EQ(0, end(self->srv));
	EXPECT_EQ(4, heard(self->srv)->m_type);
	EXPECT_EQ(EDVSWOKENUP, act(self->srv, OP_RECEIVE, ANY, 0));
}

/* What the dead were told dies with them, what they told does not. */
TEST_F(pair, death)
{
	struct puppet *next;

	EXPECT_EQ(0, call(self->clt, OP_NOTIFY, SRV));
	ASSERT_TRUE(pending(self));
	puppet_kill(self->clt);
	ASSERT_TRUE(proc_free(self->sn, self->dcid, CLT));
	EXPECT_EQ(0, act(self->srv, OP_RECEIVE, ANY, 0));
	EXPECT_EQ(NOTIFY_FROM(CLT), heard(self->srv)->m_type);

	self->clt = client(self, CLT);
	EXPECT_EQ(0, call(self->clt, OP_NOTIFY, SRV));
	ASSERT_TRUE(pending(self));
	puppet_kill(self->srv);
	ASSERT_TRUE(proc_free(self->cn, self->dcid, SRV));
	next = puppet_bound(self->sn, self->dcid, SRV);
	EXPECT_EQ(EDVSAGAIN, act(next, OP_RECEIVE, ANY, 0));
}

TEST_HARNESS_MAIN
