// SPDX-License-Identifier: GPL-2.0
/*
 * Migration and backups on three nodes: no call is lost, none is executed twice,
 * none is answered by one who has been left behind.
 *
 * test-timeout: 600
 */
#include "kselftest_harness.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>

#include "cluster.h"
#include "faults.h"
#include "puppet.h"
#include "util.h"

#define EP	10
#define CLT	100
#define FOREVER	TIMEOUT_FOREVER

FIXTURE(migr) {
	int dcid;
	struct puppet *old, *new;	/* nodes 0 and 1, not bound there yet */
	struct puppet *clt[NODES];	/* one on each node */
	proc_usr_t info;
};

FIXTURE_SETUP(migr)
{
	int i, n;

	cluster_up();
	self->dcid = dc_new(ALL_NODES);
	self->old = puppet_bound(0, self->dcid, EP);
	self->new = puppet_new(1);
	puppet_known_at(self->old, EP, self->dcid, 1);
	puppet_known_at(self->old, EP, self->dcid, 2);
	for (i = 0; i < NODES; i++) {
		self->clt[i] = puppet_bound(i, self->dcid, CLT + i);
		for (n = 0; n < NODES; n++)
			if (n != i)
				puppet_known_at(self->clt[i], CLT + i,
						self->dcid, n);
	}
}

FIXTURE_TEARDOWN(migr)
{
	int i;

	puppets_end();
	links_mend();
	for (i = 0; i < NODES; i++)
		attr_write(i, "peers/0/enabled", "1");
	attr_write(0, "peers/1/enabled", "1");
	attr_write(0, "peers/2/enabled", "1");
	attr_write(2, "peers/1/enabled", "1");
	cluster_whole(LATE);
	dc_drop(self->dcid);
}

static long start(SELF_OF(migr), int node)
{
	at_node(node);
	return dvk_migr_start(self->dcid, EP);
}

static long commit(SELF_OF(migr), int pid, int node, int at)
{
	at_node(at);
	return dvk_migr_commit(pid, self->dcid, EP, node);
}

static long rollback(SELF_OF(migr), int node)
{
	at_node(node);
	return dvk_migr_rollback(self->dcid, EP);
}

/* The endpoint waits for a message on the node, frozen or not. */
static bool waits(SELF_OF(migr), int node, bool frozen)
{
	return proc_flags(node, self->dcid, EP,
			  DVK_RTS_RECEIVING | (frozen ? DVK_RTS_MIGRATE : 0),
			  frozen ? 0 : DVK_RTS_MIGRATE);
}

static bool lives_at(SELF_OF(migr), int node)
{
	int n;

	for (n = 0; n < NODES; n++)
		if (!wait_until(!proc_info(n, self->dcid, EP, &self->info) &&
				self->info.p_nodeid == node, SOON))
			return false;
	return true;
}

/* All three ask, and queue up wherever the endpoint is. */
static void all_ask(struct __test_metadata *_metadata, SELF_OF(migr), int at)
{
	int i;

	for (i = 0; i < NODES; i++) {
		say(self->clt[i], 1, i);
		begin(self->clt[i], OP_SENDREC, EP, FOREVER);
		ASSERT_TRUE(proc_flags(at, self->dcid, CLT + i,
				       DVK_RTS_SENDING, 0));
	}
}

static void all_served(struct __test_metadata *_metadata, SELF_OF(migr),
		       struct puppet *by)
{
	int i, from;

	for (i = 0; i < NODES; i++) {
		ASSERT_EQ(0, act(by, OP_RCVRQST, 0, SOON));
		from = heard(by)->m_source;
		EXPECT_EQ(from - CLT, heard(by)->m1_i1);
		EXPECT_EQ(0, act(by, OP_REPLY, from, FOREVER));
		EXPECT_EQ(0, end(self->clt[from - CLT]));
	}
	EXPECT_EQ(EDVSAGAIN, act(by, OP_RCVRQST, 0, 0));
}

/* Who has queued at a frozen endpoint is served where it goes. */
TEST_F(migr, queued_requests_move)
{
	begin(self->old, OP_RCVRQST, 0, FOREVER);
	ASSERT_TRUE(waits(self, 0, false));
	ASSERT_EQ(0, start(self, 0));
	ASSERT_TRUE(waits(self, 0, true));
	all_ask(_metadata, self, 0);
	EXPECT_FALSE(ended(self->old));
	ASSERT_EQ(0, commit(self, self->new->pid, 1, 1));
	EXPECT_EQ(EDVSMIGRATE, end(self->old));
	EXPECT_EQ(EDVSNOTBIND, act(self->old, OP_RCVRQST, 0, 0));
	EXPECT_EQ(EP, call(self->new, OP_GETEP, 0));
	EXPECT_TRUE(lives_at(self, 1));
	all_served(_metadata, self, self->new);
}

/* Started from any node; one that runs is frozen when it next waits. */
static void pin_to(int pid, int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(pid, sizeof(set), &set))
		die("sched_setaffinity: %m");
}

/* Lets nobody else run on a CPU. */
static long hog(const long *a)
{
	struct sched_param param = { .sched_priority = 50 };
	struct puppet_page *page = (void *)a[0];

	pin_to(0, a[1]);
	if (sched_setscheduler(0, SCHED_FIFO, &param))
		return -errno;
	atomic_store(&page->rounds, 1);
	while (!atomic_load(&page->stop))
		;
	return 0;
}

/*
 * The process hears late that its endpoint has gone, when the kernel has long
 * given back what nobody holds.
 */
TEST_F(migr, old_process_is_late)
{
	struct puppet *p;

	if (sysconf(_SC_NPROCESSORS_ONLN) < 2)
		SKIP(return, "needs a CPU for each of the two");
	p = puppet_new(0);
	pin_to(self->old->pid, 1);
	pin_to(0, 0);
	begin(self->old, OP_RCVRQST, 0, FOREVER);
	ASSERT_TRUE(waits(self, 0, false));
	/* It sleeps, and not in the polls before that. */
	ASSERT_TRUE(puppet_sleeps(self->old));
	nap_ms(50);
	ASSERT_EQ(0, start(self, 0));
	p->page->fn = hog;
	begin_call(p, OP_FN, (long)p->page, 1);
	ASSERT_TRUE(wait_until(atomic_load(&p->page->rounds), SOON));
	EXPECT_EQ(0, commit(self, self->new->pid, 1, 1));
	/* How late: less than what realtime may take of a second. */
	nap_ms(600);
	EXPECT_FALSE(ended(self->old));
	atomic_store(&p->page->stop, 1);
	EXPECT_EQ(0, end(p));
	EXPECT_EQ(EDVSMIGRATE, end(self->old));
	EXPECT_EQ(EDVSNOTBIND, act(self->old, OP_RCVRQST, 0, 0));
}

TEST_F(migr, running_process)
{
	begin(self->clt[2], OP_SENDREC, EP, FOREVER);
	ASSERT_EQ(0, act(self->old, OP_RCVRQST, 0, FOREVER));
	ASSERT_EQ(0, start(self, 2));
	EXPECT_EQ(0, proc_info(0, self->dcid, EP, &self->info));
	EXPECT_TRUE(self->info.p_misc_flags & DVK_MISC_NEEDMIGR);
	/* Not before what it has begun is done. */
	EXPECT_EQ(EDVSBUSY, commit(self, self->new->pid, 1, 1));
	EXPECT_EQ(EDVSNOTBIND, call(self->new, OP_GETEP, 0));
	EXPECT_EQ(0, act(self->old, OP_REPLY, CLT + 2, FOREVER));
	EXPECT_EQ(0, end(self->clt[2]));
	begin(self->old, OP_RCVRQST, 0, FOREVER);
	ASSERT_TRUE(waits(self, 0, true));
	all_ask(_metadata, self, 0);
	ASSERT_EQ(0, commit(self, self->new->pid, 1, 1));
	EXPECT_EQ(EDVSMIGRATE, end(self->old));
	all_served(_metadata, self, self->new);
}

TEST_F(migr, rollback)
{
	begin(self->old, OP_RCVRQST, 0, FOREVER);
	ASSERT_TRUE(waits(self, 0, false));
	ASSERT_EQ(0, start(self, 1));
	all_ask(_metadata, self, 0);
	EXPECT_FALSE(ended(self->old));
	ASSERT_EQ(0, rollback(self, 2));
	/* It finds the first of them at once. */
	EXPECT_EQ(0, end(self->old));
	EXPECT_EQ(CLT, heard(self->old)->m_source);
	EXPECT_EQ(0, act(self->old, OP_REPLY, CLT, FOREVER));
	EXPECT_EQ(0, end(self->clt[0]));
	EXPECT_EQ(0, act(self->old, OP_RCVRQST, 0, SOON));
	EXPECT_EQ(CLT + 1, heard(self->old)->m_source);
	EXPECT_EQ(0, act(self->old, OP_REPLY, CLT + 1, FOREVER));
	EXPECT_EQ(0, end(self->clt[1]));
	EXPECT_EQ(0, act(self->old, OP_RCVRQST, 0, SOON));
	EXPECT_EQ(0, act(self->old, OP_REPLY, CLT + 2, FOREVER));
	EXPECT_EQ(0, end(self->clt[2]));
}

/* Given on the old node, as programs that make the call on each node do. */
TEST_F(migr, old_node_first)
{
	begin(self->old, OP_RCVRQST, 0, FOREVER);
	ASSERT_TRUE(waits(self, 0, false));
	ASSERT_EQ(0, start(self, 0));
	ASSERT_EQ(0, start(self, 1));
	ASSERT_EQ(0, start(self, 2));
	all_ask(_metadata, self, 0);
	ASSERT_EQ(0, commit(self, PROC_NO_PID, 1, 0));
	EXPECT_EQ(EDVSMIGRATE, end(self->old));
	nap_ms(50);
	EXPECT_FALSE(ended(self->clt[0]) || ended(self->clt[1]) ||
		     ended(self->clt[2]));
	ASSERT_EQ(0, commit(self, PROC_NO_PID, 1, 2));
	ASSERT_EQ(0, commit(self, self->new->pid, 1, 1));
	EXPECT_TRUE(lives_at(self, 1));
	all_served(_metadata, self, self->new);
}

static long commit_from(const long *a)
{
	return dvk_migr_commit(a[1], a[0], EP, 1);
}

/*
 * The news for the new node are slow, the way over a third node is not: nobody
 * is sent there before they have arrived.
 */
static struct puppet *slow_commit(struct __test_metadata *_metadata,
				  SELF_OF(migr))
{
	struct puppet *admin = puppet_new(0);

	begin(self->old, OP_RCVRQST, 0, FOREVER);
	ASSERT_TRUE(waits(self, 0, false));
	ASSERT_EQ(0, start(self, 0));
	all_ask(_metadata, self, 0);
	firewall_drops(1, 0, true);
	admin->page->fn = commit_from;
	begin_call(admin, OP_FN, self->dcid, PROC_NO_PID);
	nap_ms(100);
	EXPECT_FALSE(ended(admin) || ended(self->old));
	EXPECT_FALSE(ended(self->clt[0]) || ended(self->clt[1]) ||
		     ended(self->clt[2]));
	return admin;
}

TEST_F(migr, old_node_first_slowly)
{
	struct puppet *admin;

	if (strcmp(transport(), "tcp"))
		SKIP(return, "the firewall knows nodes by their IP addresses");
	admin = slow_commit(_metadata, self);
	firewall_drops(1, 0, false);
	EXPECT_EQ(0, end_within(admin, LATE));
	EXPECT_EQ(EDVSMIGRATE, end(self->old));
	ASSERT_EQ(0, commit(self, self->new->pid, 1, 1));
	EXPECT_TRUE(lives_at(self, 1));
	all_served(_metadata, self, self->new);
}

/* The commit on the new node is faster than that on the old one. */
TEST_F(migr, both_at_once)
{
	struct puppet *old_admin, *new_admin;

	if (strcmp(transport(), "tcp"))
		SKIP(return, "the firewall knows nodes by their IP addresses");
	old_admin = slow_commit(_metadata, self);
	new_admin = puppet_new(1);
	new_admin->page->fn = commit_from;
	begin_call(new_admin, OP_FN, self->dcid, self->new->pid);
	EXPECT_EQ(EDVSMIGRATE, end(self->old));
	firewall_drops(1, 0, false);
	EXPECT_EQ(0, end_within(new_admin, LATE));
	EXPECT_EQ(0, end_within(old_admin, LATE));
	EXPECT_TRUE(lives_at(self, 1));
	all_served(_metadata, self, self->new);
}

/* Steps given on a node that has not heard yet where the endpoint has gone. */
static long start_there(const long *a)
{
	return dvk_migr_start(a[0], EP);
}

static long commit_there(const long *a)
{
	return dvk_migr_commit(a[1], a[0], EP, 2);
}

static void to_node_1(struct __test_metadata *_metadata, SELF_OF(migr))
{
	ASSERT_EQ(0, attr_write(2, "peers/1/enabled", "0"));
	ASSERT_TRUE(wait_until(!attr_is(1, "peers/2/state", "up"), SOON));
	begin(self->old, OP_RCVRQST, 0, FOREVER);
	ASSERT_TRUE(waits(self, 0, false));
	ASSERT_EQ(0, start(self, 0));
	ASSERT_EQ(0, commit(self, self->new->pid, 1, 1));
	EXPECT_EQ(EDVSMIGRATE, end(self->old));
	ASSERT_TRUE(wait_until(!proc_info(0, self->dcid, EP, &self->info) &&
			       self->info.p_nodeid == 1, SOON));
	ASSERT_EQ(0, proc_info(2, self->dcid, EP, &self->info));
	ASSERT_EQ(0, self->info.p_nodeid);
	begin(self->new, OP_RCVRQST, 0, FOREVER);
	ASSERT_TRUE(waits(self, 1, false));
}

TEST_F(migr, start_before_the_news)
{
	struct puppet *admin = puppet_new(2);

	to_node_1(_metadata, self);
	admin->page->fn = start_there;
	begin_call(admin, OP_FN, self->dcid);
	nap_ms(30);
	EXPECT_FALSE(ended(admin));
	ASSERT_EQ(0, attr_write(2, "peers/1/enabled", "1"));
	EXPECT_EQ(0, end_within(admin, LATE));
	EXPECT_TRUE(waits(self, 1, true));
	EXPECT_EQ(0, rollback(self, 2));
	EXPECT_TRUE(waits(self, 1, false));
}

TEST_F(migr, commit_before_the_news)
{
	struct puppet *admin = puppet_new(2), *next = puppet_new(2);

	to_node_1(_metadata, self);
	ASSERT_EQ(0, start(self, 1));
	admin->page->fn = commit_there;
	begin_call(admin, OP_FN, self->dcid, next->pid);
	nap_ms(30);
	EXPECT_FALSE(ended(admin));
	ASSERT_EQ(0, attr_write(2, "peers/1/enabled", "1"));
	EXPECT_EQ(0, end_within(admin, LATE));
	EXPECT_EQ(EDVSMIGRATE, end(self->new));
	EXPECT_EQ(EP, call(next, OP_GETEP, 0));
	EXPECT_TRUE(lives_at(self, 2));
	all_ask(_metadata, self, 2);
	all_served(_metadata, self, next);
}

TEST_F(migr, refusals)
{
	struct puppet *thread;

	EXPECT_EQ(EDVSPROCSTS, rollback(self, 0));
	EXPECT_EQ(EDVSPROCSTS, commit(self, self->new->pid, 1, 1));
	EXPECT_EQ(EDVSLCLPROC, commit(self, self->new->pid, 0, 0));
	EXPECT_EQ(EDVSPROCSTS, commit(self, self->new->pid, 1, 0));
	EXPECT_EQ(EDVSBADPID, commit(self, 0x3fffff, 1, 1));
	EXPECT_EQ(EDVSBADPID, commit(self, PROC_NO_PID, 1, 1));
	EXPECT_EQ(EDVSBADNODEID, commit(self, self->new->pid, 77, 0));
	EXPECT_EQ(EDVSNODCNODE, commit(self, self->new->pid, 7, 0));
	at_node(0);
	EXPECT_EQ(EDVSNOTBIND, dvk_migr_start(self->dcid, EP + 1));
	EXPECT_EQ(EDVSRANGE, dvk_migr_start(self->dcid, 4000));
	EXPECT_EQ(EDVSENDPOINT, dvk_migr_start(self->dcid, _ENDPOINT(1, EP)));
	EXPECT_EQ(EDVSDCNOTRUN, dvk_migr_start(dc_absent(self->dcid), EP));
	EXPECT_EQ(EDVSBADDCID, dvk_migr_start(-1, EP));
	/* A thread of it is bound on its own. */
	thread = puppet_thread(self->old);
	ASSERT_EQ(50, call(thread, OP_TBIND, self->dcid, 50));
	EXPECT_EQ(EDVSGRPLEADER, start(self, 0));
	ASSERT_EQ(0, call(thread, OP_UNBIND, self->dcid, SELF, SOON));
	/* Twice. */
	EXPECT_EQ(0, start(self, 0));
	EXPECT_EQ(EDVSPROCSTS, start(self, 0));
	EXPECT_EQ(0, rollback(self, 0));
	EXPECT_TRUE(lives_at(self, 0));
}

/* It is about something: it is frozen from its next wait for a message on. */
static void freeze_busy(struct __test_metadata *_metadata, SELF_OF(migr), int clt,
			bool by_send)
{
	struct puppet *other = self->clt[clt];

	begin(self->old, OP_SENDREC, CLT + clt, FOREVER);
	ASSERT_TRUE(proc_flags(0, self->dcid, EP, DVK_RTS_SENDING, 0));
	/* No time to come to rest: it is let go on. */
	at_node(1);
	EXPECT_EQ(EDVSTIMEDOUT,
		  dvk_migr_start_T(self->dcid, EP, TIMEOUT_NOWAIT));
	EXPECT_EQ(EDVSPROCSTS, rollback(self, 0));
	EXPECT_EQ(0, start(self, 1));
	EXPECT_EQ(EDVSPROCSTS, start(self, 0));
	EXPECT_EQ(EDVSBUSY, commit(self, self->new->pid, 1, 1));
	/* What it asked for is answered, in whatever way. */
	EXPECT_EQ(0, act(other, OP_RCVRQST, 0, FOREVER));
	ASSERT_EQ(0, proc_info(0, self->dcid, EP, &self->info));
	EXPECT_FALSE(self->info.p_rts_flags & DVK_RTS_MIGRATE);
	EXPECT_TRUE(self->info.p_misc_flags & DVK_MISC_NEEDMIGR);
	say(other, 7, 8);
	EXPECT_EQ(0, act(other, by_send ? OP_SEND : OP_REPLY, EP, SOON));
	EXPECT_EQ(0, end(self->old));
	EXPECT_EQ(7, heard(self->old)->m_type);
	/* And who sends to it now is served where it goes. */
	say(other, 1, 2);
	begin(other, OP_SENDREC, EP, FOREVER);
	begin(self->old, OP_RCVRQST, 0, FOREVER);
	EXPECT_TRUE(waits(self, 0, true));
	EXPECT_FALSE(ended(self->old));
}

TEST_F(migr, busy_with_a_local_call)
{
	freeze_busy(_metadata, self, 0, false);
	EXPECT_EQ(0, rollback(self, 0));
	EXPECT_EQ(0, end(self->old));
	EXPECT_EQ(0, act(self->old, OP_REPLY, CLT, FOREVER));
	EXPECT_EQ(0, end(self->clt[0]));
	freeze_busy(_metadata, self, 0, true);
}

TEST_F(migr, busy_with_a_remote_call)
{
	freeze_busy(_metadata, self, 1, true);
	EXPECT_EQ(0, commit(self, self->new->pid, 1, 1));
	EXPECT_EQ(EDVSMIGRATE, end(self->old));
	EXPECT_EQ(0, act(self->new, OP_RCVRQST, 0, SOON));
	EXPECT_EQ(0, act(self->new, OP_REPLY, CLT + 1, FOREVER));
	EXPECT_EQ(0, end(self->clt[1]));
}

static long start_and_wait(const long *a)
{
	return dvk_migr_start_T(a[0], EP, a[1]);
}

/* The wait for it to come to rest ends when it does, or with a signal. */
TEST_F(migr, start_with_a_timeout)
{
	struct puppet *admin = puppet_new(2);

	admin->page->fn = start_and_wait;
	begin_call(admin, OP_FN, self->dcid, LATE);
	ASSERT_TRUE(wait_until(!proc_info(0, self->dcid, EP, &self->info) &&
			       self->info.p_misc_flags & DVK_MISC_NEEDMIGR,
			       SOON));
	EXPECT_FALSE(ended(admin));
	begin(self->old, OP_RECEIVE, ANY, FOREVER);
	EXPECT_EQ(0, end(admin));
	EXPECT_TRUE(waits(self, 0, true));
	EXPECT_EQ(0, rollback(self, 0));
	EXPECT_EQ(0, act(self->clt[0], OP_NOTIFY, EP, 0));
	EXPECT_EQ(0, end(self->old));

	ASSERT_EQ(0, call(admin, OP_CATCH, SIGUSR1, 0));
	begin_call(admin, OP_FN, self->dcid, FOREVER);
	ASSERT_TRUE(wait_until(!proc_info(0, self->dcid, EP, &self->info) &&
			       self->info.p_misc_flags & DVK_MISC_NEEDMIGR,
			       SOON));
	puppet_signal(admin, SIGUSR1);
	EXPECT_EQ(EDVSINTR, end(admin));
	EXPECT_EQ(EDVSPROCSTS, rollback(self, 0));
}

/* A program that binds its endpoint itself goes on with it all the same. */
TEST_F(migr, binds_what_it_has)
{
	begin(self->old, OP_RECEIVE, ANY, FOREVER);
	ASSERT_TRUE(waits(self, 0, false));
	ASSERT_EQ(0, start(self, 1));
	ASSERT_EQ(0, commit(self, self->new->pid, 1, 1));
	EXPECT_EQ(EP, call(self->new, OP_BIND, self->dcid, EP));
	say(self->clt[2], 1, 2);
	begin(self->clt[2], OP_SENDREC, EP, FOREVER);
	EXPECT_EQ(0, act(self->new, OP_RCVRQST, 0, SOON));
	EXPECT_EQ(0, act(self->new, OP_REPLY, CLT + 2, FOREVER));
	EXPECT_EQ(0, end(self->clt[2]));
}

/* Copies into the endpoint's memory till told to stop. */
static long copy_on(const long *a)
{
	long ret;

	do {
		ret = dvk_vcopy(SELF, (void *)a[0], EP, (void *)a[1],
				DVK_MAXCOPYLEN);
		/* A rollback has it look at its queue, and is not a wait. */
		if (ret == EDVSPROCSTS)
			ret = 0;
	} while (!ret && !atomic_load((_Atomic int *)a[2]));
	return ret;
}

static bool held_by_a_copy(SELF_OF(migr))
{
	long ret;

	at_node(0);
	ret = dvk_migr_start_T(self->dcid, EP, TIMEOUT_NOWAIT);
	if (!ret)
		rollback(self, 0);
	return ret == EDVSTIMEDOUT;
}

/* Memory that is being copied holds it, here or from another node. */
TEST_F_TIMEOUT(migr, being_copied, 60)
{
	char *to = puppet_map(self->old, DVK_MAXCOPYLEN);
	int i;

	begin(self->old, OP_RECEIVE, CLT + 2, FOREVER);
	ASSERT_TRUE(waits(self, 0, false));
	for (i = 0; i < 2; i++) {
		char *from = puppet_map(self->clt[i], DVK_MAXCOPYLEN);
		bool seen;

		self->clt[i]->page->fn = copy_on;
		begin_call(self->clt[i], OP_FN, (long)from, (long)to,
			   (long)&self->clt[i]->page->stop);
		seen = wait_until(held_by_a_copy(self), LATE);
		EXPECT_TRUE(seen);
		atomic_store(&self->clt[i]->page->stop, 1);
		EXPECT_EQ(0, end(self->clt[i]));
	}
	/* Not held any longer. */
	EXPECT_EQ(0, dvk_migr_start_T(self->dcid, EP, SOON));
}

static long migrate_unprivileged(const long *a)
{
	return dvk_migr_start(a[0], EP);
}

TEST_F(migr, needs_privilege)
{
	self->clt[0]->page->fn = migrate_unprivileged;
	ASSERT_EQ(0, call(self->clt[0], OP_SETUID, 12345));
	EXPECT_EQ(EDVSPRIVILEGES, call(self->clt[0], OP_FN, self->dcid));
	EXPECT_EQ(0, proc_info(0, self->dcid, EP, &self->info));
	EXPECT_FALSE(self->info.p_misc_flags & DVK_MISC_NEEDMIGR);
}

TEST_F(migr, timeout_and_nowait)
{
	begin(self->old, OP_RCVRQST, 0, FOREVER);
	ASSERT_TRUE(waits(self, 0, false));
	ASSERT_EQ(0, start(self, 0));
	EXPECT_EQ(EDVSAGAIN, act(self->clt[0], OP_SEND, EP, 0));
	EXPECT_EQ(EDVSAGAIN, act(self->clt[1], OP_SENDREC, EP, 0));
	EXPECT_EQ(EDVSTIMEDOUT, act(self->clt[0], OP_SENDREC, EP, 120));
	EXPECT_EQ(EDVSTIMEDOUT, act(self->clt[2], OP_SENDREC, EP, 120));
	/* The news that it gave up may be on their way. */
	ASSERT_TRUE(proc_flags(0, self->dcid, CLT + 2, 0, DVK_RTS_SENDING));
	EXPECT_EQ(0, rollback(self, 0));
	EXPECT_TRUE(waits(self, 0, false));
	EXPECT_FALSE(ended(self->old));
}

/* Notifications wait with it, and go where it goes. */
TEST_F(migr, notifications)
{
	int i, from, seen = 0;

	begin(self->old, OP_RECEIVE, ANY, FOREVER);
	ASSERT_TRUE(waits(self, 0, false));
	ASSERT_EQ(0, start(self, 0));
	for (i = 0; i < NODES; i++)
		EXPECT_EQ(0, call(self->clt[i], OP_NTFY_VALUE, SELF, EP, i));
	ASSERT_TRUE(wait_until(!proc_info(0, self->dcid, EP, &self->info) &&
			       (self->info.p_misc_flags & DVK_MISC_NOTIFY),
			       SOON));
	/* All three: over their links come answers to what is sent later. */
	for (i = 0; i < NODES; i++)
		EXPECT_EQ(EDVSAGAIN, act(self->clt[i], OP_SEND, EP, 0));
	EXPECT_FALSE(ended(self->old));
	ASSERT_EQ(0, commit(self, self->new->pid, 1, 1));
	for (i = 0; i < NODES; i++) {
		ASSERT_EQ(0, act(self->new, OP_RECEIVE, ANY, SOON));
		from = heard(self->new)->m_source - CLT;
		EXPECT_EQ(NOTIFY_FROM(CLT + from), heard(self->new)->m_type);
		EXPECT_EQ(1 << from, heard(self->new)->m9_i1);
		seen |= 1 << from;
	}
	EXPECT_EQ(7, seen);
	EXPECT_EQ(EDVSAGAIN, act(self->new, OP_RECEIVE, ANY, 0));
}

/* Nor are they lost, or sent to and fro, while it is on its way. */
TEST_F(migr, notification_on_the_way)
{
	long frames;
	int i;

	begin(self->old, OP_RECEIVE, ANY, FOREVER);
	ASSERT_TRUE(waits(self, 0, false));
	ASSERT_EQ(0, start(self, 0));
	ASSERT_EQ(0, commit(self, PROC_NO_PID, 1, 0));
	EXPECT_EQ(EDVSMIGRATE, end(self->old));
	frames = attr_long(0, "peers/1/tx_msgs");
	for (i = 0; i < NODES; i++)
		EXPECT_EQ(0, call(self->clt[i], OP_NTFY_VALUE, SELF, EP, i));
	nap_ms(200);
	EXPECT_GT(20, attr_long(0, "peers/1/tx_msgs") - frames);
	ASSERT_EQ(0, commit(self, self->new->pid, 1, 1));
	for (i = 0; i < NODES; i++) {
		ASSERT_EQ(0, act(self->new, OP_RECEIVE, ANY, SOON));
		EXPECT_EQ(CLT + i, heard(self->new)->m_source);
		EXPECT_EQ(1 << i, heard(self->new)->m9_i1);
	}
	EXPECT_EQ(EDVSAGAIN, act(self->new, OP_RECEIVE, ANY, 0));
}

/* A node that waits for it in vain sends on what it has kept. */
TEST_F(migr, commit_fails)
{
	ASSERT_EQ(0, start(self, 0));
	/* It does not wait, so it cannot go. */
	EXPECT_EQ(EDVSBUSY, commit(self, self->new->pid, 1, 1));
	EXPECT_EQ(0, call(self->clt[1], OP_NTFY_VALUE, SELF, EP, 5));
	EXPECT_EQ(0, rollback(self, 0));
	EXPECT_EQ(0, act(self->old, OP_RECEIVE, ANY, SOON));
	EXPECT_EQ(CLT + 1, heard(self->old)->m_source);
	EXPECT_EQ(1 << 5, heard(self->old)->m9_i1);
}

/* Nobody waits for one that does not come, wherever he has been sent. */
TEST_F(migr, refused_commit)
{
	EXPECT_EQ(EDVSPROCSTS, commit(self, PROC_NO_PID, 1, 0));
	nap_ms(100);
	/* Node 2 is told that it lives on node 1, which it does not. */
	ASSERT_EQ(0, commit(self, PROC_NO_PID, 1, 2));
	EXPECT_EQ(EDVSRMTPROC, act(self->clt[2], OP_SENDREC, EP, 1000));
}

/* Who waits for a message from it goes on waiting for one. */
TEST_F(migr, receivers_wait_on)
{
	int i;

	for (i = 0; i < NODES; i++) {
		begin(self->clt[i], OP_RECEIVE, EP, FOREVER);
		ASSERT_TRUE(puppet_sleeps(self->clt[i]));
	}
	begin(self->old, OP_RECEIVE, ANY, FOREVER);
	ASSERT_TRUE(waits(self, 0, false));
	ASSERT_EQ(0, start(self, 0));
	ASSERT_EQ(0, commit(self, self->new->pid, 1, 1));
	EXPECT_TRUE(lives_at(self, 1));
	for (i = 0; i < NODES; i++) {
		EXPECT_FALSE(ended(self->clt[i]));
		say(self->new, 3, 30 + i);
		EXPECT_EQ(0, act(self->new, OP_SEND, CLT + i, FOREVER));
		EXPECT_EQ(0, end(self->clt[i]));
		EXPECT_EQ(30 + i, heard(self->clt[i])->m1_i1);
	}
}

/* What was taken and not answered is lost with the old process, and said so. */
TEST_F(migr, taken_and_not_answered)
{
	int i;

	for (i = 0; i < NODES; i++) {
		begin(self->clt[i], OP_SENDREC, EP, FOREVER);
		ASSERT_EQ(0, act(self->old, OP_RCVRQST, 0, FOREVER));
	}
	begin(self->old, OP_RCVRQST, 0, FOREVER);
	ASSERT_TRUE(waits(self, 0, false));
	ASSERT_EQ(0, start(self, 0));
	ASSERT_EQ(0, commit(self, self->new->pid, 1, 1));
	for (i = 0; i < NODES; i++)
		EXPECT_EQ(EDVSSRCDIED, end(self->clt[i]));
}

TEST_F(migr, new_process_dies)
{
	begin(self->old, OP_RCVRQST, 0, FOREVER);
	ASSERT_TRUE(waits(self, 0, false));
	ASSERT_EQ(0, start(self, 0));
	ASSERT_EQ(0, commit(self, self->new->pid, 1, 1));
	EXPECT_TRUE(lives_at(self, 1));
	puppet_kill(self->new);
	EXPECT_TRUE(proc_free(0, self->dcid, EP));
	EXPECT_TRUE(proc_free(1, self->dcid, EP));
	EXPECT_TRUE(proc_free(2, self->dcid, EP));
	EXPECT_EQ(EDVSDEADSRCDST, act(self->clt[2], OP_SENDREC, EP, FOREVER));
}

/* A frozen process may die. */
TEST_F(migr, old_process_dies)
{
	begin(self->old, OP_RCVRQST, 0, FOREVER);
	ASSERT_TRUE(waits(self, 0, false));
	ASSERT_EQ(0, start(self, 0));
	begin(self->clt[1], OP_SENDREC, EP, FOREVER);
	ASSERT_TRUE(proc_flags(0, self->dcid, CLT + 1, DVK_RTS_SENDING, 0));
	puppet_kill(self->old);
	EXPECT_EQ(EDVSDEADSRCDST, end(self->clt[1]));
	EXPECT_EQ(EDVSNOTBIND, commit(self, self->new->pid, 1, 1));
	EXPECT_EQ(EDVSNOTBIND, call(self->new, OP_GETEP, 0));
}

/* --- under load: back and forth, while all nodes call --- */

#define CALLS	250

/* Answers with how often it has executed the request. */
struct tally {
	_Atomic int done[NODES][CALLS];
	_Atomic int stop;
};

static struct tally *tally;

static long serve(const long *a)
{
	message m;
	long ret;

	(void)a;
	for (;;) {
		ret = dvk_rcvrqst_T(&m, 1000);
		if (ret == EDVSTIMEDOUT && !atomic_load(&tally->stop))
			continue;
		/* Left behind, or told to stop. */
		if (ret == EDVSMIGRATE || ret == EDVSNOTBIND ||
		    ret == EDVSTIMEDOUT)
			return 0;
		if (ret)
			return ret;
		m.m1_i3 = ++tally->done[m.m1_i1][m.m1_i2];
		ret = dvk_reply(m.m_source, &m);
		if (ret)
			return ret;
	}
}

static long call_on(const long *a)
{
	message m = { .m_type = 1 };
	long i, ret;

	for (i = 0; i < CALLS; i++) {
		m.m1_i1 = a[0];
		m.m1_i2 = i;
		m.m1_i3 = 0;
		ret = dvk_sendrec_T(EP, &m, 20000);
		if (ret)
			return ret;
		if (m.m1_i2 != i || m.m1_i3 != 1)
			return -8888;
	}
	return i;
}

static bool frozen_at(SELF_OF(migr), int node)
{
	return waits(self, node, true);
}

TEST_F_TIMEOUT(migr, back_and_forth, 120)
{
	struct puppet *p[30], *from = self->old;
	int i, n, node = 0;

	for (i = 0; i < NODES; i++)
		self->clt[i]->page->fn = call_on;
	from->page->fn = serve;
	begin_call(from, OP_FN, 0);
	for (i = 0; i < NODES; i++)
		begin_call(self->clt[i], OP_FN, i);
	for (n = 0; n < 24; n++) {
		int to = n % 4 == 3 ? 0 : (node + 1) % NODES;

		if (to == node)
			to = (to + 1) % NODES;
		p[n] = puppet_new(to);
		p[n]->page->fn = serve;
		ASSERT_EQ(0, start(self, n % NODES))
			TH_LOG("round %d", n);
		ASSERT_TRUE(frozen_at(self, node));
		if (n % 5 == 4) {
			ASSERT_EQ(0, rollback(self, n % NODES));
			puppet_kill(p[n]);
			continue;
		}
		ASSERT_EQ(0, commit(self, p[n]->pid, to, to));
		EXPECT_EQ(0, end(from));
		from = p[n];
		node = to;
		begin_call(from, OP_FN, 0);
		nap_ms(15);
	}
	for (i = 0; i < NODES; i++)
		EXPECT_EQ(CALLS, end_within(self->clt[i], 30000))
			TH_LOG("client of node %d", i);
	atomic_store(&tally->stop, 1);
	EXPECT_EQ(0, end(from));
	for (i = 0; i < NODES; i++)
		for (n = 0; n < CALLS; n++)
			EXPECT_EQ(1, atomic_load(&tally->done[i][n]));
}

/* --- backups --- */

/* Makes the new process the backup of the old one. */
static void back_up(struct __test_metadata *_metadata, SELF_OF(migr))
{
	at_node(1);
	ASSERT_EQ(EP, dvk_bkupbind(self->dcid, self->new->pid, EP, 0));
	ASSERT_EQ(0, proc_info(1, self->dcid, EP, &self->info));
	EXPECT_EQ(0, self->info.p_nodeid);
	EXPECT_EQ(self->new->pid, self->info.p_lpid);
	EXPECT_TRUE(self->info.p_rts_flags & DVK_RTS_REMOTE);
	EXPECT_TRUE(self->info.p_misc_flags & DVK_MISC_RMTBACKUP);
}

TEST_F(migr, backup_is_parked)
{
	back_up(_metadata, self);
	begin(self->new, OP_RCVRQST, 0, FOREVER);
	ASSERT_TRUE(puppet_sleeps(self->new));
	/* The primary serves as ever. */
	begin(self->clt[1], OP_SENDREC, EP, FOREVER);
	EXPECT_EQ(0, act(self->old, OP_RCVRQST, 0, FOREVER));
	EXPECT_EQ(0, act(self->old, OP_REPLY, CLT + 1, FOREVER));
	EXPECT_EQ(0, end(self->clt[1]));
	EXPECT_FALSE(ended(self->new));
	call(self->old, OP_NONE, 0);
	puppet_signal(self->new, SIGKILL);
	ASSERT_TRUE(wait_until(!proc_info(1, self->dcid, EP, &self->info) &&
			       !(self->info.p_misc_flags &
				 DVK_MISC_RMTBACKUP), SOON));
	EXPECT_EQ(-1, self->info.p_lpid);
}

TEST_F(migr, backup_is_promoted_by_commit)
{
	back_up(_metadata, self);
	begin(self->new, OP_RCVRQST, 0, FOREVER);
	begin(self->old, OP_RCVRQST, 0, FOREVER);
	ASSERT_TRUE(waits(self, 0, false));
	ASSERT_EQ(0, start(self, 0));
	begin(self->clt[2], OP_SENDREC, EP, FOREVER);
	ASSERT_TRUE(proc_flags(0, self->dcid, CLT + 2, DVK_RTS_SENDING, 0));
	ASSERT_EQ(0, commit(self, PROC_NO_PID, 1, 1));
	EXPECT_EQ(EDVSMIGRATE, end(self->old));
	EXPECT_EQ(0, end(self->new));
	EXPECT_EQ(CLT + 2, heard(self->new)->m_source);
	EXPECT_EQ(0, act(self->new, OP_REPLY, CLT + 2, FOREVER));
	EXPECT_EQ(0, end(self->clt[2]));
	EXPECT_TRUE(lives_at(self, 1));
}

/* The primary's node is lost to all others: its backup takes over. */
TEST_F(migr, backup_takes_over)
{
	long ret;
	int i;

	back_up(_metadata, self);
	begin(self->new, OP_RCVRQST, 0, FOREVER);
	begin(self->clt[1], OP_SENDREC, EP, FOREVER);
	ASSERT_EQ(0, act(self->old, OP_RCVRQST, 0, FOREVER));
	begin(self->clt[2], OP_SENDREC, EP, FOREVER);
	ASSERT_TRUE(proc_flags(0, self->dcid, CLT + 2, DVK_RTS_SENDING, 0));
	/* Both sides of both links, so that it stays lost. */
	ASSERT_EQ(0, attr_write(0, "peers/1/enabled", "0"));
	ASSERT_EQ(0, attr_write(0, "peers/2/enabled", "0"));
	EXPECT_EQ(EDVSNOTCONN, end(self->clt[1]));
	ret = end(self->clt[2]);
	EXPECT_TRUE(ret == EDVSNOTCONN || ret == EDVSSRCDIED)
		TH_LOG("the client: %ld", ret);
	for (i = 1; i < NODES; i++) {
		ASSERT_TRUE(wait_until(!proc_info(i, self->dcid, EP,
						  &self->info) &&
				       self->info.p_nodeid == 1, LATE));
		begin(self->clt[i], OP_SENDREC, EP, SOON);
		EXPECT_EQ(0, i == 1 ? end(self->new) :
				      act(self->new, OP_RCVRQST, 0, SOON));
		EXPECT_EQ(CLT + i, heard(self->new)->m_source);
		EXPECT_EQ(0, act(self->new, OP_REPLY, CLT + i, FOREVER));
		EXPECT_EQ(0, end(self->clt[i]));
	}
}

/* The process of the primary ends, its node lives: the backup stays one. */
TEST_F(migr, primary_ends)
{
	struct puppet *next;
	long ret;
	int i;

	back_up(_metadata, self);
	begin(self->new, OP_RCVRQST, 0, FOREVER);
	ASSERT_TRUE(puppet_sleeps(self->new));
	puppet_kill(self->old);
	for (i = 1; i < NODES; i++) {
		/* The news may arrive before the call, or during it. */
		ret = act(self->clt[i], OP_SENDREC, EP, FOREVER);
		EXPECT_TRUE(ret == EDVSDEADSRCDST || ret == EDVSSRCDIED)
			TH_LOG("the client: %ld", ret);
	}
	EXPECT_EQ(0, proc_info(1, self->dcid, EP, &self->info));
	EXPECT_TRUE(self->info.p_misc_flags & DVK_MISC_RMTBACKUP);
	EXPECT_FALSE(ended(self->new));
	/* A new one there is backed up as the first was. */
	next = puppet_new(0);
	ASSERT_EQ(EP, call(next, OP_BIND, self->dcid, EP));
	ASSERT_TRUE(lives_at(self, 0));
	EXPECT_EQ(0, proc_info(1, self->dcid, EP, &self->info));
	EXPECT_TRUE(self->info.p_misc_flags & DVK_MISC_RMTBACKUP);
}

TEST_F(migr, backup_refusals)
{
	struct puppet *other = puppet_new(1);

	at_node(1);
	EXPECT_EQ(EDVSBADPID, dvk_bkupbind(self->dcid, 0x3fffff, EP, 0));
	EXPECT_EQ(EDVSBADNODEID, dvk_bkupbind(self->dcid, other->pid, EP, 1));
	EXPECT_EQ(EDVSSLOTUSED, dvk_bkupbind(self->dcid, other->pid, EP, 2));
	EXPECT_EQ(EDVSSLOTUSED,
		  dvk_bkupbind(self->dcid, other->pid, CLT + 1, 0));
	back_up(_metadata, self);
	at_node(1);
	EXPECT_EQ(EDVSSLOTUSED, dvk_bkupbind(self->dcid, other->pid, EP, 0));
	EXPECT_EQ(EDVSRSCBUSY,
		  dvk_bkupbind(self->dcid, self->new->pid, EP + 2, 0));
	EXPECT_TRUE(proc_free(1, self->dcid, EP + 2));
	/* Bound before the primary is known. */
	EXPECT_EQ(EP + 1, dvk_bkupbind(self->dcid, other->pid, EP + 1, 0));
	EXPECT_EQ(EDVSBADPID, commit(self, 0x3fffff, 1, 1));
	/* Unbinding it ends both. */
	EXPECT_EQ(0, dvk_unbind(self->dcid, EP + 1));
	EXPECT_TRUE(proc_free(1, self->dcid, EP + 1));
	EXPECT_EQ(EDVSNOTBIND, call(other, OP_GETEP, 0));
}

int main(int argc, char **argv)
{
	tally = mmap(NULL, sizeof(*tally), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (tally == MAP_FAILED)
		die("no memory");
	return test_harness_run(argc, argv);
}
