// SPDX-License-Identifier: GPL-2.0
/*
 * Threads: a binding belongs to a task. An unbound thread uses its group
 * leader's endpoint; threads may bind each on its own.
 */
#include "kselftest_harness.h"

#include <signal.h>

#include "cluster.h"
#include "puppet.h"
#include "util.h"

#define EP	40
#define PEER	41

FIXTURE(thread) {
	int dcid;
	struct puppet *leader, *thread, *peer;
	proc_usr_t info;
};

FIXTURE_SETUP(thread)
{
	cluster_up();
	self->dcid = dc_new(1);
	self->leader = puppet_new(0);
	self->thread = puppet_thread(self->leader);
	self->peer = puppet_bound(0, self->dcid, PEER);
}

FIXTURE_TEARDOWN(thread)
{
	puppets_end();
	dc_drop(self->dcid);
}

static bool is_zombie(int tid)
{
	char text[64] = "", state = 0;
	FILE *f;

	snprintf(text, sizeof(text), "/proc/%d/stat", tid);
	f = fopen(text, "r");
	if (!f)
		return false;
	if (fscanf(f, "%*d %*s %c", &state) != 1)
		state = 0;
	fclose(f);
	return state == 'Z';
}

TEST_F(thread, uses_the_leaders)
{
	EXPECT_EQ(EDVSNOTBIND, act(self->thread, OP_RECEIVE, ANY, 0));
	ASSERT_EQ(EP, call(self->leader, OP_BIND, self->dcid, EP));
	EXPECT_EQ(EP, call(self->thread, OP_GETEP, self->thread->tid));

	begin(self->peer, OP_RECEIVE, ANY, TIMEOUT_FOREVER);
	say(self->thread, 5, 6);
	EXPECT_EQ(0, act(self->thread, OP_SEND, PEER, TIMEOUT_FOREVER));
	EXPECT_EQ(0, end(self->peer));
	EXPECT_EQ(EP, heard(self->peer)->m_source);
}

/* One endpoint makes one call at a time. */
TEST_F(thread, busy)
{
	ASSERT_EQ(EP, call(self->leader, OP_BIND, self->dcid, EP));
	begin(self->leader, OP_RECEIVE, ANY, TIMEOUT_FOREVER);
	ASSERT_TRUE(proc_flags(0, self->dcid, EP, DVK_RTS_RECEIVING, 0));
	EXPECT_EQ(EDVSPROCRUN, act(self->thread, OP_RECEIVE, ANY, 0));
	EXPECT_EQ(EDVSPROCRUN, act(self->thread, OP_SEND, PEER, 0));
	EXPECT_EQ(EDVSPROCRUN, act(self->thread, OP_SENDREC, PEER, 0));
	EXPECT_EQ(EDVSPROCRUN, act(self->thread, OP_RCVRQST, 0, 0));
	EXPECT_EQ(EDVSPROCRUN, act(self->thread, OP_REPLY, PEER, 0));
	EXPECT_EQ(EDVSPROCRUN, call(self->thread, OP_NOTIFY, PEER));
	/* The refused calls did not disturb the one that waits. */
	say(self->peer, 1, 1);
	EXPECT_EQ(0, act(self->peer, OP_SEND, EP, TIMEOUT_FOREVER));
	EXPECT_EQ(0, end(self->leader));
}

TEST_F(thread, binds_itself)
{
	ASSERT_EQ(EP, call(self->leader, OP_BIND, self->dcid, EP));
	ASSERT_EQ(EP + 5, call(self->thread, OP_TBIND, self->dcid, EP + 5));
	EXPECT_EQ(EP, call(self->leader, OP_GETEP, self->leader->pid));
	EXPECT_EQ(EP + 5, call(self->leader, OP_GETEP, self->thread->tid));
	ASSERT_EQ(0, proc_info(0, self->dcid, EP, &self->info));
	EXPECT_EQ(DVK_MISC_GRPLEADER,
		  self->info.p_misc_flags & DVK_MISC_GRPLEADER);
	ASSERT_EQ(0, proc_info(0, self->dcid, EP + 5, &self->info));
	EXPECT_EQ(0, self->info.p_misc_flags & DVK_MISC_GRPLEADER);
	EXPECT_EQ(self->thread->tid, self->info.p_lpid);

	/* They can call one another. */
	begin(self->thread, OP_RCVRQST, 0, TIMEOUT_FOREVER);
	say(self->leader, 1, 2);
	begin(self->leader, OP_SENDREC, EP + 5, TIMEOUT_FOREVER);
	EXPECT_EQ(0, end(self->thread));
	EXPECT_EQ(EP, heard(self->thread)->m_source);
	EXPECT_EQ(0, act(self->thread, OP_REPLY, EP, TIMEOUT_FOREVER));
	EXPECT_EQ(0, end(self->leader));
}

/* A thread that binds itself before the leader does, and alone. */
TEST_F(thread, without_the_leader)
{
	ASSERT_EQ(EP, call(self->thread, OP_TBIND, self->dcid, EP));
	EXPECT_EQ(EDVSNOTBIND, call(self->leader, OP_GETEP, self->leader->pid));
	EXPECT_EQ(EDVSNOTBIND, act(self->leader, OP_RECEIVE, ANY, 0));
	EXPECT_EQ(EDVSAGAIN, act(self->thread, OP_RECEIVE, ANY, 0));
}

TEST_F(thread, end_of_a_bound_thread)
{
	ASSERT_EQ(EP, call(self->leader, OP_BIND, self->dcid, EP));
	ASSERT_EQ(EP + 5, call(self->thread, OP_TBIND, self->dcid, EP + 5));
	begin_call(self->thread, OP_EXIT, 0);
	EXPECT_TRUE(proc_free(0, self->dcid, EP + 5));
	EXPECT_EQ(EP, call(self->leader, OP_GETEP, self->leader->pid));
}

/* The last breath of an unbound thread is not the leader's. */
TEST_F(thread, end_of_an_unbound_thread)
{
	ASSERT_EQ(EP, call(self->leader, OP_BIND, self->dcid, EP));
	begin_call(self->thread, OP_EXIT, 0);
	ASSERT_TRUE(puppet_gone(self->thread, SOON));
	EXPECT_EQ(EP, call(self->leader, OP_GETEP, self->leader->pid));
	EXPECT_EQ(EDVSAGAIN, act(self->leader, OP_RECEIVE, ANY, 0));
}

/* The main thread ends before the others, as pthread_exit() lets it. */
TEST_F(thread, end_of_the_leader)
{
	struct puppet *worker = puppet_thread(self->leader);
	char *mem = puppet_map(worker, 4096);
	char *from = puppet_map(self->peer, 4096);

	ASSERT_EQ(EP, call(self->leader, OP_BIND, self->dcid, EP));
	ASSERT_EQ(EP + 5, call(self->thread, OP_TBIND, self->dcid, EP + 5));
	begin_call(self->leader, OP_EXIT, 0);
	/* Its process lives on, with its memory, and so does the binding. */
	ASSERT_TRUE(wait_until(is_zombie(self->leader->tid), SOON));
	begin(worker, OP_RCVRQST, 0, TIMEOUT_FOREVER);
	ASSERT_TRUE(proc_flags(0, self->dcid, EP, DVK_RTS_RECEIVING, 0));
	ASSERT_EQ(0, proc_info(0, self->dcid, EP, &self->info));
	EXPECT_EQ(self->leader->pid, self->info.p_lpid);
	puppet_fill(self->peer, from, 4096, 3);
	EXPECT_EQ(0, puppet_vcopy(self->peer, SELF, from, EP, mem, 4096));
	say(self->peer, 1, 2);
	begin(self->peer, OP_SENDREC, EP, TIMEOUT_FOREVER);
	EXPECT_EQ(0, end(worker));
	EXPECT_EQ(0, act(worker, OP_REPLY, PEER, TIMEOUT_FOREVER));
	EXPECT_EQ(0, end(self->peer));
	EXPECT_EQ(-1, puppet_check(worker, mem, 4096, 3));
	/* The one behind it now ends as well, and another is left. */
	begin_call(worker, OP_EXIT, 0);
	ASSERT_TRUE(puppet_gone(worker, SOON));
	EXPECT_EQ(0, proc_info(0, self->dcid, EP, &self->info));
	EXPECT_EQ(EDVSAGAIN, act(self->thread, OP_RECEIVE, ANY, 0));
	ASSERT_EQ(0, call(self->thread, OP_UNBIND, self->dcid, EP + 5, SOON));
	EXPECT_EQ(EP, call(self->thread, OP_GETEP, self->leader->pid));
	EXPECT_EQ(EDVSAGAIN, act(self->thread, OP_RECEIVE, ANY, 0));
	puppet_kill(self->leader);
	EXPECT_TRUE(proc_free(0, self->dcid, EP));
}

/* A process whose main thread has ended is bound like another, and by another. */
TEST_F(thread, bind_without_the_leader)
{
	begin_call(self->leader, OP_EXIT, 0);
	ASSERT_TRUE(wait_until(is_zombie(self->leader->tid), SOON));
	ASSERT_EQ(EP, call(self->thread, OP_BIND, self->dcid, EP));
	EXPECT_EQ(EDVSAGAIN, act(self->thread, OP_RECEIVE, ANY, 0));
	ASSERT_EQ(0, call(self->thread, OP_UNBIND, self->dcid, EP, SOON));
	at_node(0);
	ASSERT_EQ(EP, dvk_lclbind(self->dcid, self->leader->pid, EP));
	EXPECT_EQ(EDVSAGAIN, act(self->thread, OP_RECEIVE, ANY, 0));
	/* Its exec makes it the leader of the same process. */
	ASSERT_EQ(0, puppet_exec(self->thread));
	EXPECT_EQ(EP, call(self->thread, OP_GETEP, self->leader->pid));
	EXPECT_EQ(EDVSAGAIN, act(self->thread, OP_RECEIVE, ANY, 0));
	puppet_kill(self->leader);
	EXPECT_TRUE(proc_free(0, self->dcid, EP));
}

/* exit_group from a thread while the leader waits in a call. */
TEST_F(thread, group_exit)
{
	ASSERT_EQ(EP, call(self->leader, OP_BIND, self->dcid, EP));
	ASSERT_EQ(EP + 5, call(self->thread, OP_TBIND, self->dcid, EP + 5));
	begin(self->leader, OP_RECEIVE, ANY, TIMEOUT_FOREVER);
	ASSERT_TRUE(proc_flags(0, self->dcid, EP, DVK_RTS_RECEIVING, 0));
	begin_call(self->thread, OP_EXIT_GROUP, 0);
	ASSERT_TRUE(puppet_gone(self->leader, SOON));
	EXPECT_TRUE(proc_free(0, self->dcid, EP));
	EXPECT_TRUE(proc_free(0, self->dcid, EP + 5));
}

/* The leader's exec ends the threads, their bindings too. */
TEST_F(thread, exec_of_the_leader)
{
	ASSERT_EQ(EP, call(self->leader, OP_BIND, self->dcid, EP));
	ASSERT_EQ(EP + 5, call(self->thread, OP_TBIND, self->dcid, EP + 5));
	ASSERT_EQ(0, puppet_exec(self->leader));
	EXPECT_EQ(EP, call(self->leader, OP_GETEP, self->leader->pid));
	EXPECT_TRUE(proc_free(0, self->dcid, EP + 5));
	EXPECT_EQ(EDVSAGAIN, act(self->leader, OP_RECEIVE, ANY, 0));
}

/*
 * A thread that execs takes over the process: it becomes the leader and gets
 * its pid. The process keeps the endpoint it had.
 */
TEST_F(thread, exec_of_an_unbound_thread)
{
	ASSERT_EQ(EP, call(self->leader, OP_BIND, self->dcid, EP));
	ASSERT_EQ(0, puppet_exec(self->thread));
	EXPECT_EQ(self->leader->pid, atomic_load(&self->thread->page->tid));
	EXPECT_EQ(EP, call(self->thread, OP_GETEP, self->leader->pid));
	begin(self->peer, OP_RECEIVE, ANY, TIMEOUT_FOREVER);
	say(self->thread, 5, 6);
	EXPECT_EQ(0, act(self->thread, OP_SEND, PEER, TIMEOUT_FOREVER));
	EXPECT_EQ(0, end(self->peer));
	EXPECT_EQ(EP, heard(self->peer)->m_source);
	puppet_kill(self->leader);
	EXPECT_TRUE(proc_free(0, self->dcid, EP));
}

/* The same while the old leader waits in a call, which ends without a word. */
TEST_F(thread, exec_while_the_leader_waits)
{
	ASSERT_EQ(EP, call(self->leader, OP_BIND, self->dcid, EP));
	begin(self->leader, OP_RECEIVE, ANY, TIMEOUT_FOREVER);
	ASSERT_TRUE(proc_flags(0, self->dcid, EP, DVK_RTS_RECEIVING, 0));
	ASSERT_EQ(0, puppet_exec(self->thread));
	EXPECT_EQ(EP, call(self->thread, OP_GETEP, self->leader->pid));
	EXPECT_EQ(EDVSAGAIN, act(self->thread, OP_RECEIVE, ANY, 0));
}

/* A thread with an endpoint of its own keeps that one through its exec. */
TEST_F(thread, exec_of_a_bound_thread)
{
	ASSERT_EQ(EP + 5, call(self->thread, OP_TBIND, self->dcid, EP + 5));
	ASSERT_EQ(0, puppet_exec(self->thread));
	EXPECT_EQ(EP + 5, call(self->thread, OP_GETEP, self->leader->pid));
	EXPECT_EQ(EDVSAGAIN, act(self->thread, OP_RECEIVE, ANY, 0));
	puppet_kill(self->leader);
	EXPECT_TRUE(proc_free(0, self->dcid, EP + 5));
}

TEST_HARNESS_MAIN
