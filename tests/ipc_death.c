// SPDX-License-Identifier: GPL-2.0
/*
 * Either side dies at each point of a call. Nobody waits for the dead, and
 * the dead are not heard.
 *
 * test-transport: each
 */
#include "kselftest_harness.h"

#include <signal.h>

#include "pair.h"

#define FOREVER	TIMEOUT_FOREVER

TEST_F(pair, sender_dies_queued)
{
	begin(self->clt, OP_SEND, SRV, FOREVER);
	ASSERT_TRUE(queues(self, CLT));
	puppet_kill(self->clt);
	EXPECT_TRUE(proc_free(self->sn, self->dcid, CLT));
	EXPECT_EQ(EDVSAGAIN, act(self->srv, OP_RECEIVE, ANY, 0));
}

TEST_F(pair, requester_dies_queued)
{
	begin(self->clt, OP_SENDREC, SRV, FOREVER);
	ASSERT_TRUE(queues(self, CLT));
	puppet_kill(self->clt);
	EXPECT_TRUE(proc_free(self->sn, self->dcid, CLT));
	EXPECT_EQ(EDVSAGAIN, act(self->srv, OP_RCVRQST, 0, 0));
}

/* What has been answered is answered, even if the next one never is. */
TEST_F(pair, server_dies_after_reply)
{
	struct puppet *c2 = client(self, CLT2);

	begin(self->clt, OP_SENDREC, SRV, FOREVER);
	ASSERT_TRUE(queues(self, CLT));
	begin(c2, OP_SENDREC, SRV, FOREVER);
	ASSERT_TRUE(queues(self, CLT2));
	ASSERT_EQ(0, act(self->srv, OP_RCVRQST, 0, FOREVER));
	say(self->srv, 3, 77);
	ASSERT_EQ(0, act(self->srv, OP_REPLY, CLT, FOREVER));
	puppet_kill(self->srv);
	EXPECT_EQ(0, end(self->clt));
	EXPECT_EQ(77, heard(self->clt)->m1_i1);
	EXPECT_TRUE(is_death(end(c2)));
}

TEST_F(pair, requester_dies_while_served)
{
	begin(self->clt, OP_SENDREC, SRV, FOREVER);
	ASSERT_EQ(0, act(self->srv, OP_RCVRQST, 0, FOREVER));
	puppet_kill(self->clt);
	EXPECT_TRUE(proc_free(self->sn, self->dcid, CLT));
	EXPECT_EQ(EDVSDSTDIED, act(self->srv, OP_REPLY, CLT, FOREVER));
	EXPECT_EQ(EDVSAGAIN, act(self->srv, OP_RCVRQST, 0, 0));
}

/* The answer to a dead process does not reach its successor. */
TEST_F(pair, successor_of_requester)
{
	struct puppet *next;

	say(self->clt, 1, 1);
	begin(self->clt, OP_SENDREC, SRV, FOREVER);
	ASSERT_EQ(0, act(self->srv, OP_RCVRQST, 0, FOREVER));
	puppet_kill(self->clt);
	ASSERT_TRUE(proc_free(self->cn, self->dcid, CLT));
	next = client(self, CLT);
	say(next, 2, 2);
	begin(next, OP_SENDREC, SRV, FOREVER);
	ASSERT_TRUE(queues(self, CLT));
	say(self->srv, 99, 99);
	EXPECT_EQ(EDVSPROCSTS, act(self->srv, OP_REPLY, CLT, FOREVER));
	EXPECT_FALSE(ended(next));
	ASSERT_EQ(0, act(self->srv, OP_RCVRQST, 0, FOREVER));
	EXPECT_EQ(2, heard(self->srv)->m1_i1);
	say(self->srv, 3, 3);
	EXPECT_EQ(0, act(self->srv, OP_REPLY, CLT, FOREVER));
	EXPECT_EQ(0, end(next));
	EXPECT_EQ(3, heard(next)->m1_i1);
}

TEST_F(pair, receiver_dies_with_queue)
{
	struct puppet *c2 = client(self, CLT2);

	begin(self->clt, OP_SEND, SRV, FOREVER);
	begin(c2, OP_SENDREC, SRV, FOREVER);
	ASSERT_TRUE(queues(self, CLT));
	ASSERT_TRUE(queues(self, CLT2));
	puppet_kill(self->srv);
	EXPECT_EQ(EDVSDSTDIED, end(self->clt));
	EXPECT_TRUE(is_death(end(c2)));
	EXPECT_TRUE(proc_free(self->cn, self->dcid, SRV));
}

TEST_F(pair, server_dies_while_serving)
{
	begin(self->clt, OP_SENDREC, SRV, FOREVER);
	ASSERT_EQ(0, act(self->srv, OP_RCVRQST, 0, FOREVER));
	ASSERT_TRUE(client_waits(self));
	puppet_kill(self->srv);
	EXPECT_TRUE(is_death(end(self->clt)));
}

/* It ends its life in an orderly way without having answered. */
TEST_F(pair, server_exits_while_serving)
{
	begin(self->clt, OP_SENDREC, SRV, FOREVER);
	ASSERT_EQ(0, act(self->srv, OP_RCVRQST, 0, FOREVER));
	ASSERT_TRUE(client_waits(self));
	begin_call(self->srv, OP_EXIT_GROUP, 0);
	EXPECT_TRUE(is_death(end(self->clt)));
}

TEST_F(pair, server_unbinds_while_serving)
{
	begin(self->clt, OP_SENDREC, SRV, FOREVER);
	ASSERT_EQ(0, act(self->srv, OP_RCVRQST, 0, FOREVER));
	ASSERT_TRUE(client_waits(self));
	EXPECT_EQ(0, call(self->srv, OP_UNBIND, self->dcid, SRV, -1));
	EXPECT_TRUE(is_death(end(self->clt)));
}

/* A successor of the server owes nothing. */
TEST_F(pair, successor_of_server)
{
	struct puppet *next;

	begin(self->clt, OP_SENDREC, SRV, FOREVER);
	ASSERT_EQ(0, act(self->srv, OP_RCVRQST, 0, FOREVER));
	puppet_kill(self->srv);
	EXPECT_TRUE(is_death(end(self->clt)));
	next = puppet_bound(self->sn, self->dcid, SRV);
	EXPECT_EQ(EDVSPROCSTS, act(next, OP_REPLY, CLT, FOREVER));
	if (self->cn != self->sn)
		puppet_known_at(next, SRV, self->dcid, self->cn);
	say(self->clt, 1, 5);
	begin(self->clt, OP_SENDREC, SRV, FOREVER);
	ASSERT_EQ(0, act(next, OP_RCVRQST, 0, FOREVER));
	EXPECT_EQ(5, heard(next)->m1_i1);
	EXPECT_EQ(0, act(next, OP_REPLY, CLT, FOREVER));
	EXPECT_EQ(0, end(self->clt));
}

TEST_F(pair, source_dies)
{
	begin(self->srv, OP_RECEIVE, CLT, FOREVER);
	ASSERT_TRUE(server_waits(self));
	puppet_kill(self->clt);
	EXPECT_EQ(EDVSSRCDIED, end(self->srv));
}

TEST_F(pair, source_is_dead)
{
	puppet_kill(self->clt);
	ASSERT_TRUE(proc_free(self->sn, self->dcid, CLT));
	EXPECT_EQ(EDVSSRCDIED, act(self->srv, OP_RECEIVE, CLT, FOREVER));
	EXPECT_EQ(EDVSSRCDIED, act(self->srv, OP_RECEIVE, CLT, 0));
}

/* Others may still come. */
TEST_F(pair, source_dies_but_any_is_wanted)
{
	struct puppet *c2 = client(self, CLT2);

	begin(self->srv, OP_RECEIVE, ANY, FOREVER);
	ASSERT_TRUE(server_waits(self));
	puppet_kill(self->clt);
	ASSERT_TRUE(proc_free(self->sn, self->dcid, CLT));
	EXPECT_FALSE(ended(self->srv));
	say(c2, 1, 6);
	EXPECT_EQ(0, act(c2, OP_SEND, SRV, FOREVER));
	EXPECT_EQ(0, end(self->srv));
	EXPECT_EQ(6, heard(self->srv)->m1_i1);
}

/* A receiver that dies while it waits leaves nothing behind. */
TEST_F(pair, receiver_dies_waiting)
{
	struct puppet *next;

	begin(self->srv, OP_RECEIVE, ANY, FOREVER);
	ASSERT_TRUE(server_waits(self));
	puppet_kill(self->srv);
	ASSERT_TRUE(proc_free(self->cn, self->dcid, SRV));
	EXPECT_EQ(EDVSDSTDIED, act(self->clt, OP_SEND, SRV, FOREVER));
	next = puppet_bound(self->sn, self->dcid, SRV);
	EXPECT_EQ(EDVSAGAIN, act(next, OP_RECEIVE, ANY, 0));
}

/* A dead thread's endpoint is no longer a source either. */
TEST_F(pair, thread_dies)
{
	struct puppet *t = puppet_thread(self->clt);

	ASSERT_EQ(CLT2, call(t, OP_TBIND, self->dcid, CLT2));
	if (self->cn != self->sn)
		puppet_known_at(t, CLT2, self->dcid, self->sn);
	begin(self->srv, OP_RECEIVE, CLT2, FOREVER);
	ASSERT_TRUE(server_waits(self));
	begin_call(t, OP_EXIT, 0);
	EXPECT_EQ(EDVSSRCDIED, end(self->srv));
}

/* Unbinding the server by force: SHUTDOWN for it, an error for the client. */
TEST_F(pair, server_is_unbound)
{
	call(self->srv, OP_CATCH, SIGTERM, 0);
	begin(self->clt, OP_SENDREC, SRV, FOREVER);
	ASSERT_EQ(0, act(self->srv, OP_RCVRQST, 0, FOREVER));
	ASSERT_TRUE(client_waits(self));
	begin(self->srv, OP_RECEIVE, ANY, FOREVER);
	ASSERT_TRUE(server_waits(self));
	at_node(self->sn);
	EXPECT_EQ(0, dvk_unbind(self->dcid, SRV));
	EXPECT_EQ(EDVSSHUTDOWN, end(self->srv));
	EXPECT_TRUE(is_death(end(self->clt)));
}

TEST_F(pair, queued_client_is_unbound)
{
	call(self->clt, OP_CATCH, SIGTERM, 0);
	begin(self->clt, OP_SENDREC, SRV, FOREVER);
	ASSERT_TRUE(queues(self, CLT));
	at_node(self->cn);
	EXPECT_EQ(0, dvk_unbind(self->dcid, CLT));
	EXPECT_EQ(EDVSSHUTDOWN, end(self->clt));
	EXPECT_TRUE(proc_free(self->sn, self->dcid, CLT));
	EXPECT_EQ(EDVSAGAIN, act(self->srv, OP_RECEIVE, ANY, 0));
}

/* The DC's warning endpoint learns of an exit and its code. */
TEST_F(pair, exit_warning)
{
	struct puppet *warned, *p;
	dc_usr_t dc = {
		.dc_nr_procs = DVK_NR_PROCS, .dc_nr_tasks = DVK_NR_TASKS,
		.dc_nr_sysprocs = DVK_NR_SYSPROCS,
		.dc_nr_nodes = DVK_NR_NODES,
		.dc_warn2proc = SRV, .dc_warnmsg = 4711,
	};
	int dcid = dc_new_like(1U << self->sn, &dc);

	warned = puppet_bound(self->sn, dcid, SRV);
	p = puppet_bound(self->sn, dcid, CLT);
	begin(warned, OP_RECEIVE, ANY, FOREVER);
	begin_call(p, OP_EXIT_GROUP, 42);
	EXPECT_EQ(0, end(warned));
	EXPECT_EQ(4711, heard(warned)->m_type);
	EXPECT_EQ(CLT, heard(warned)->m_source);
	EXPECT_EQ(42, WEXITSTATUS(heard(warned)->m1_i1)) {
		TH_LOG("m1_i1 is 0x%x", heard(warned)->m1_i1);
	}
	puppet_kill(warned);
	dc_drop(dcid);
}

TEST_HARNESS_MAIN
