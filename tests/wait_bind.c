// SPDX-License-Identifier: GPL-2.0
/*
 * Waiting for a bind or an unbind: wait4bind, wait4bindep, wait4unbind, and
 * unbind's own wait.
 *
 * test-transport: each
 */
#include "kselftest_harness.h"

#include <signal.h>

#include "cluster.h"
#include "puppet.h"
#include "util.h"

#define EP	50
#define OTHER	51
#define NOTHING	0

FIXTURE(wait_bind) {
	int dcid;
	struct puppet *waits;	/* bound as EP in node 0 */
	struct puppet *other;	/* not bound */
};

FIXTURE_VARIANT(wait_bind) {
	int other_node;
};

FIXTURE_VARIANT_ADD(wait_bind, local) { .other_node = 0 };
FIXTURE_VARIANT_ADD(wait_bind, remote) { .other_node = 1 };

FIXTURE_SETUP(wait_bind)
{
	cluster_up();
	self->dcid = dc_new(1 | 1 << 1);
	self->waits = puppet_bound(0, self->dcid, EP);
	self->other = puppet_new(variant->other_node);
}

FIXTURE_TEARDOWN(wait_bind)
{
	puppets_end();
	dc_drop(self->dcid);
}

TEST_F(wait_bind, bound_already)
{
	ASSERT_EQ(OTHER, call(self->other, OP_BIND, self->dcid, OTHER));
	/* Another node learns it a moment later. */
	EXPECT_EQ(OTHER, call(self->waits, OP_WAIT4BIND, OTHER, SOON / 2));
	EXPECT_EQ(OTHER, call(self->waits, OP_WAIT4BIND, OTHER, NOTHING));
	EXPECT_EQ(EP, call(self->waits, OP_WAIT4BIND, SELF, NOTHING));
}

TEST_F(wait_bind, bound_later)
{
	begin_call(self->waits, OP_WAIT4BIND, OTHER, TIMEOUT_FOREVER);
	ASSERT_TRUE(puppet_sleeps(self->waits));
	ASSERT_EQ(OTHER, call(self->other, OP_BIND, self->dcid, OTHER));
	EXPECT_EQ(OTHER, end(self->waits));
}

TEST_F(wait_bind, never_bound)
{
	long start = now_ms();

	EXPECT_EQ(EDVSAGAIN, call(self->waits, OP_WAIT4BIND, OTHER, NOTHING));
	EXPECT_EQ(EDVSTIMEDOUT, call(self->waits, OP_WAIT4BIND, OTHER, 150));
	/* Ticks of a busy emulated machine come in bursts. */
	EXPECT_LE(90, now_ms() - start);
}

TEST_F(wait_bind, unbound_already)
{
	EXPECT_EQ(0, call(self->waits, OP_WAIT4UNBIND, OTHER, NOTHING));
	EXPECT_EQ(0, call(self->waits, OP_WAIT4UNBIND, OTHER, TIMEOUT_FOREVER));
}

TEST_F(wait_bind, unbound_later)
{
	ASSERT_EQ(OTHER, call(self->other, OP_BIND, self->dcid, OTHER));
	ASSERT_EQ(OTHER, call(self->waits, OP_WAIT4BIND, OTHER, SOON / 2));
	EXPECT_EQ(EDVSAGAIN, call(self->waits, OP_WAIT4UNBIND, OTHER, NOTHING));
	EXPECT_EQ(EDVSTIMEDOUT, call(self->waits, OP_WAIT4UNBIND, OTHER, 100));
	begin_call(self->waits, OP_WAIT4UNBIND, OTHER, TIMEOUT_FOREVER);
	ASSERT_TRUE(puppet_sleeps(self->waits));
	puppet_kill(self->other);
	EXPECT_EQ(0, end(self->waits));
}

/* Tables tell who waits so, and for whom. */
TEST_F(wait_bind, shown)
{
	proc_usr_t info;

	begin_call(self->waits, OP_WAIT4BIND, OTHER, TIMEOUT_FOREVER);
	ASSERT_TRUE(puppet_sleeps(self->waits));
	EXPECT_TRUE(proc_flags(0, self->dcid, EP, DVK_RTS_WAITBIND, 0));
	ASSERT_EQ(OTHER, call(self->other, OP_BIND, self->dcid, OTHER));
	EXPECT_EQ(OTHER, end(self->waits));
	EXPECT_TRUE(proc_flags(0, self->dcid, EP, 0, DVK_RTS_WAITBIND));
	begin_call(self->waits, OP_WAIT4UNBIND, OTHER, TIMEOUT_FOREVER);
	ASSERT_TRUE(puppet_sleeps(self->waits));
	EXPECT_TRUE(proc_flags(0, self->dcid, EP, DVK_RTS_WAITUNBIND, 0));
	ASSERT_EQ(0, proc_info(0, self->dcid, EP, &info));
	EXPECT_EQ(OTHER, info.p_waitunbind);
}

TEST_F(wait_bind, signal_ends_the_wait)
{
	call(self->waits, OP_CATCH, SIGUSR1, 0);
	begin_call(self->waits, OP_WAIT4BIND, OTHER, TIMEOUT_FOREVER);
	ASSERT_TRUE(puppet_sleeps(self->waits));
	puppet_signal(self->waits, SIGUSR1);
	EXPECT_EQ(EDVSINTR, end(self->waits));
	EXPECT_EQ(1, atomic_load(&self->waits->page->signals));
}

TEST_F(wait_bind, unbound_meanwhile)
{
	call(self->waits, OP_CATCH, SIGTERM, 0);
	begin_call(self->waits, OP_WAIT4BIND, OTHER, TIMEOUT_FOREVER);
	ASSERT_TRUE(puppet_sleeps(self->waits));
	at_node(0);
	ASSERT_EQ(0, dvk_unbind(self->dcid, EP));
	EXPECT_EQ(EDVSSHUTDOWN, end(self->waits));
}

TEST_F(wait_bind, refusals)
{
	struct puppet *unbound = puppet_new(0);

	EXPECT_EQ(EDVSRANGE, call(self->waits, OP_WAIT4BIND, DVK_NR_PROCS, 0));
	EXPECT_EQ(EDVSRANGE, call(self->waits, OP_WAIT4UNBIND, DVK_NR_PROCS, 0));
	/* Whose DC would it be? */
	EXPECT_EQ(EDVSNOTBIND, call(unbound, OP_WAIT4BIND, OTHER, NOTHING));
	EXPECT_EQ(EDVSNOTBIND, call(unbound, OP_WAIT4UNBIND, OTHER, NOTHING));
}

/* A child waits until its parent binds it. */
TEST_F(wait_bind, for_ones_own)
{
	struct puppet *child = puppet_new(0);

	EXPECT_EQ(EDVSAGAIN, call(child, OP_WAIT4BIND, SELF, NOTHING));
	EXPECT_EQ(EDVSTIMEDOUT, call(child, OP_WAIT4BIND, SELF, 50));
	begin_call(child, OP_WAIT4BIND, SELF, TIMEOUT_FOREVER);
	ASSERT_TRUE(puppet_sleeps(child));
	at_node(0);
	ASSERT_EQ(OTHER, dvk_lclbind(self->dcid, child->pid, OTHER));
	EXPECT_EQ(OTHER, end(child));
	EXPECT_EQ(EDVSAGAIN, act(child, OP_RECEIVE, ANY, NOTHING));
}

TEST_HARNESS_MAIN
