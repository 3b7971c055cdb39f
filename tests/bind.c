// SPDX-License-Identifier: GPL-2.0
/*
 * Who has which endpoint: all kinds of bind, getep, getprocinfo, and the ways
 * in which a process ceases to be bound.
 */
#include "kselftest_harness.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "cluster.h"
#include "puppet.h"
#include "util.h"

#define EP	30

FIXTURE(bind) {
	int dcid;
	struct puppet *p;	/* in node 0, not bound */
	proc_usr_t info;
};

FIXTURE_SETUP(bind)
{
	cluster_up();
	self->dcid = dc_new(1 | 1 << 1);
	self->p = puppet_new(0);
}

FIXTURE_TEARDOWN(bind)
{
	puppets_end();
	dc_drop(self->dcid);
}

TEST_F(bind, self)
{
	ASSERT_EQ(EDVSNOTBIND, call(self->p, OP_GETEP, self->p->pid));
	ASSERT_EQ(EP, call(self->p, OP_BIND, self->dcid, EP));
	EXPECT_EQ(EP, call(self->p, OP_GETEP, self->p->pid));

	ASSERT_EQ(0, proc_info(0, self->dcid, EP, &self->info));
	EXPECT_EQ(EP, self->info.p_nr);
	EXPECT_EQ(EP, self->info.p_endpoint);
	EXPECT_EQ(self->dcid, self->info.p_dcid);
	EXPECT_EQ(self->p->pid, self->info.p_lpid);
	EXPECT_EQ(self->p->pid, self->info.p_vpid);
	EXPECT_EQ(0, self->info.p_nodeid);
	EXPECT_EQ(0, self->info.p_rts_flags);
	EXPECT_EQ(DVK_MISC_GRPLEADER, self->info.p_misc_flags);
	EXPECT_EQ(NONE, self->info.p_getfrom);
	EXPECT_EQ(NONE, self->info.p_sendto);
	EXPECT_EQ(NONE, self->info.p_waitmigr);
	EXPECT_EQ(NONE, self->info.p_proxy);
	/* A process is named as the program it runs. */
	EXPECT_STREQ("bind", self->info.p_name);
}

/* System endpoints are negative and come back as they are. */
TEST_F(bind, system_endpoints)
{
	struct puppet *q = puppet_new(0);

	EXPECT_EQ(SYSTEM, call(self->p, OP_BIND, self->dcid, SYSTEM));
	EXPECT_EQ(SYSTEM, call(self->p, OP_GETEP, self->p->pid));
	EXPECT_EQ(-DVK_NR_TASKS, call(q, OP_BIND, self->dcid, -DVK_NR_TASKS));
	EXPECT_EQ(-DVK_NR_TASKS, call(q, OP_GETEP, q->pid));
	EXPECT_EQ(0, proc_info(0, self->dcid, -DVK_NR_TASKS, &self->info));
	EXPECT_EQ(-DVK_NR_TASKS, self->info.p_endpoint);
}

TEST_F(bind, refusals)
{
	struct puppet *other = puppet_bound(0, self->dcid, EP);
	int dcid = self->dcid;

	EXPECT_EQ(EDVSSLOTUSED, call(self->p, OP_BIND, dcid, EP));
	EXPECT_EQ(EDVSBADRANGE, call(self->p, OP_BIND, dcid, DVK_NR_PROCS));
	EXPECT_EQ(EDVSBADRANGE, call(self->p, OP_BIND, dcid, -DVK_NR_TASKS - 1));
	EXPECT_EQ(EDVSENDPOINT, call(self->p, OP_BIND, dcid, _ENDPOINT(1, EP)));
	EXPECT_EQ(EDVSBADDCID, call(self->p, OP_BIND, -1, EP));
	EXPECT_EQ(EDVSBADDCID, call(self->p, OP_BIND, DVK_NR_DCS, EP));
	EXPECT_EQ(EDVSNOTBIND, call(self->p, OP_GETEP, self->p->pid));
	EXPECT_EQ(EP, call(self->p, OP_GETEP, other->pid));

	at_node(0);
	EXPECT_EQ(EDVSBINDTYPE, dvk_bind_X(-1, dcid, getpid(), 40, 0));
	EXPECT_EQ(EDVSBINDTYPE, dvk_bind_X(6, dcid, getpid(), 40, 0));
	EXPECT_EQ(EDVSBADPID, dvk_lclbind(dcid, -5, 40));
	EXPECT_EQ(EDVSBADPID, dvk_lclbind(dcid, 1 << 30, 40));
	EXPECT_EQ(EDVSBADNODEID, dvk_rmtbind(dcid, "x", 40, -1));
	EXPECT_EQ(EDVSBADNODEID, dvk_rmtbind(dcid, "x", 40, DVK_NR_NODES));
	EXPECT_EQ(EDVSBADNODEID, dvk_rmtbind(dcid, "x", 40, 0));
	EXPECT_EQ(EDVSNODCNODE, dvk_rmtbind(dcid, "x", 40, 2));
	EXPECT_EQ(EDVSSLOTUSED, dvk_rmtbind(dcid, "x", EP, 1));
	EXPECT_EQ(EDVSNAMESIZE, dvk_rmtbind(dcid, "sixteen-letters!", 40, 1));
}

/* One process has one endpoint. */
TEST_F(bind, twice)
{
	ASSERT_EQ(EP, call(self->p, OP_BIND, self->dcid, EP));
	/* Not -EBUSY or the like, which would be a system endpoint. */
	EXPECT_GT(EDVSERRCODE, call(self->p, OP_BIND, self->dcid, EP + 1));
	EXPECT_TRUE(proc_free(0, self->dcid, EP + 1));
	EXPECT_EQ(EP, call(self->p, OP_GETEP, self->p->pid));
}

/* The one that it has it may bind again: it was given, and nobody has said so. */
TEST_F(bind, what_it_has)
{
	struct puppet *other = puppet_new(0);
	struct puppet *thread = puppet_thread(self->p);

	at_node(0);
	ASSERT_EQ(EP, dvk_lclbind(self->dcid, self->p->pid, EP));
	ASSERT_EQ(0, proc_info(0, self->dcid, EP, &self->info));
	EXPECT_EQ(EP, call(self->p, OP_BIND, self->dcid, EP));
	EXPECT_EQ(EP, call(thread, OP_BIND, self->dcid, EP));
	EXPECT_EQ(EP, dvk_lclbind(self->dcid, self->p->pid, EP));
	/* A thread does not get for itself what all have. */
	EXPECT_GT(EDVSERRCODE, call(thread, OP_TBIND, self->dcid, EP));
	EXPECT_EQ(EDVSSLOTUSED, call(other, OP_BIND, self->dcid, EP));
	/* It needs no right to what it has. */
	ASSERT_EQ(0, call(self->p, OP_SETUID, 12345));
	EXPECT_EQ(EP, call(self->p, OP_BIND, self->dcid, EP));
	/* Once it is gone it is not had any more. */
	EXPECT_EQ(0, call(self->p, OP_UNBIND, self->dcid, EP, SOON));
	EXPECT_EQ(EDVSBADOWNER, call(self->p, OP_BIND, self->dcid, EP));
}

/* poll() has nothing to tell, and must not say that something can be read. */
TEST_F(bind, poll_of_the_device)
{
	struct pollfd p = { .events = POLLIN | POLLOUT };

	p.fd = open("/dev/dvk", O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, p.fd);
	EXPECT_EQ(1, poll(&p, 1, SOON));
	EXPECT_EQ(POLLERR, p.revents);
	close(p.fd);
}

static long take_name(const long *a)
{
	(void)a;
	return prctl(PR_SET_NAME, "x\n 0  7 \33[31m\377");
}

/* What a process calls itself is one line and no order to a terminal. */
TEST_F(bind, name_of_a_task)
{
	char path[64], text[4096];

	self->p->page->fn = take_name;
	ASSERT_EQ(0, call(self->p, OP_FN, 0));
	ASSERT_EQ(EP, call(self->p, OP_BIND, self->dcid, EP));
	ASSERT_EQ(0, proc_info(0, self->dcid, EP, &self->info));
	EXPECT_STREQ("x? 0  7 ?[31m?", self->info.p_name);
	/* And so it is called elsewhere. */
	EXPECT_TRUE(wait_until(!proc_info(1, self->dcid, EP, &self->info) &&
			       !strcmp("x? 0  7 ?[31m?", self->info.p_name),
			       SOON));
	/* What others call it comes in the same way. */
	at_node(1);
	EXPECT_EQ(EP, dvk_rmtbind(self->dcid, "y\nz\033", EP, 0));
	ASSERT_EQ(0, proc_info(1, self->dcid, EP, &self->info));
	EXPECT_STREQ("y?z?", self->info.p_name);
	snprintf(path, sizeof(path), "/proc/dvs/test-%d/procs", self->dcid);
	ASSERT_LT(0, node_read(0, path, text, sizeof(text)));
	EXPECT_NE(NULL, strstr(text, " x? 0  7 ?[31m?"));
	EXPECT_EQ(NULL, strchr(text, '\033'));
}

TEST_F(bind, ended_dc)
{
	int dcid = dc_new(1);

	dvk_dc_end(dcid);
	EXPECT_EQ(EDVSDCNOTRUN, call(self->p, OP_BIND, dcid, EP));
	EXPECT_EQ(EDVSDCNOTRUN, proc_info(0, dcid, EP, &self->info));
}

TEST_F(bind, getprocinfo_refusals)
{
	EXPECT_EQ(EDVSBADDCID, proc_info(0, DVK_NR_DCS, 0, &self->info));
	/* -1 stands for one's own. */
	EXPECT_EQ(EDVSNOTBIND, proc_info(0, -1, 0, &self->info));
	EXPECT_EQ(EDVSBADPROC, proc_info(0, self->dcid, DVK_NR_PROCS,
					 &self->info));
	EXPECT_EQ(EDVSBADPROC, proc_info(0, self->dcid, -DVK_NR_TASKS - 1,
					 &self->info));
}

/* A free slot says so and has no values of an earlier tenant. */
TEST_F(bind, free_slot)
{
	struct puppet *p = puppet_bound(0, self->dcid, EP);

	puppet_kill(p);
	ASSERT_TRUE(proc_free(0, self->dcid, EP));
	ASSERT_EQ(0, proc_info(0, self->dcid, EP, &self->info));
	EXPECT_EQ(EP, self->info.p_nr);
	EXPECT_EQ(DVK_RTS_SLOT_FREE, self->info.p_rts_flags);
	EXPECT_EQ(-1, self->info.p_lpid);
	EXPECT_STREQ("", self->info.p_name);
}

TEST_F(bind, getep_refusals)
{
	EXPECT_EQ(EDVSBADPID, call(self->p, OP_GETEP, -2));
	EXPECT_EQ(EDVSBADPID, call(self->p, OP_GETEP, 1 << 30));
	EXPECT_EQ(EDVSNOTBIND, call(self->p, OP_GETEP, getpid()));
}

TEST_F(bind, remote)
{
	at_node(0);
	ASSERT_EQ(EP, dvk_rmtbind(self->dcid, "far", EP, 1));
	ASSERT_EQ(0, proc_info(0, self->dcid, EP, &self->info));
	EXPECT_EQ(1, self->info.p_nodeid);
	EXPECT_EQ(-1, self->info.p_lpid);
	EXPECT_EQ(DVK_RTS_REMOTE, self->info.p_rts_flags);
	EXPECT_STREQ("far", self->info.p_name);
	/* It lives in no process of this node. */
	EXPECT_EQ(EDVSSLOTUSED, call(self->p, OP_BIND, self->dcid, EP));
	EXPECT_EQ(0, dvk_unbind(self->dcid, EP));
	EXPECT_TRUE(proc_free(0, self->dcid, EP));
	EXPECT_EQ(EP, call(self->p, OP_BIND, self->dcid, EP));
}

/* What backups do when it matters is in migrate.c. */
TEST_F(bind, backup_and_replica)
{
	struct puppet *q = puppet_new(0);

	at_node(0);
	ASSERT_EQ(EP, dvk_bkupbind(self->dcid, self->p->pid, EP, 1));
	ASSERT_EQ(0, proc_info(0, self->dcid, EP, &self->info));
	EXPECT_EQ(1, self->info.p_nodeid);
	EXPECT_EQ(self->p->pid, self->info.p_lpid);
	EXPECT_EQ(DVK_RTS_REMOTE, self->info.p_rts_flags & DVK_RTS_REMOTE);
	EXPECT_EQ(DVK_MISC_RMTBACKUP,
		  self->info.p_misc_flags & DVK_MISC_RMTBACKUP);

	ASSERT_EQ(EP + 1, dvk_replbind(self->dcid, q->pid, EP + 1));
	ASSERT_EQ(0, proc_info(0, self->dcid, EP + 1, &self->info));
	EXPECT_EQ(0, self->info.p_nodeid);
	EXPECT_EQ(0, self->info.p_rts_flags & DVK_RTS_REMOTE);
	EXPECT_EQ(DVK_MISC_REPLICATED,
		  self->info.p_misc_flags & DVK_MISC_REPLICATED);

	puppet_kill(self->p);
	puppet_kill(q);
	/* The primary's place does not go with its backup. */
	EXPECT_TRUE(proc_flags(0, self->dcid, EP, DVK_RTS_REMOTE, 0));
	ASSERT_EQ(0, proc_info(0, self->dcid, EP, &self->info));
	EXPECT_EQ(-1, self->info.p_lpid);
	EXPECT_TRUE(proc_free(0, self->dcid, EP + 1));
}

/* A parent binds its child, which keeps the endpoint through an exec. */
TEST_F(bind, child_that_execs)
{
	struct puppet *child = puppet_fork(self->p);

	ASSERT_EQ(EP, call(self->p, OP_BIND, self->dcid, EP));
	ASSERT_EQ(EP + 1, call(self->p, OP_LCLBIND, self->dcid, child->pid, EP + 1));
	EXPECT_EQ(EP + 1, call(child, OP_GETEP, child->pid));
	ASSERT_EQ(0, puppet_exec(child));
	EXPECT_EQ(EP + 1, call(child, OP_GETEP, child->pid));

	/* And uses it. */
	begin(child, OP_RCVRQST, 0, TIMEOUT_FOREVER);
	say(self->p, 1, 2);
	begin(self->p, OP_SENDREC, EP + 1, TIMEOUT_FOREVER);
	ASSERT_EQ(0, end(child));
	EXPECT_EQ(EP, heard(child)->m_source);
	say(child, 3, 4);
	EXPECT_EQ(0, act(child, OP_REPLY, EP, TIMEOUT_FOREVER));
	EXPECT_EQ(0, end(self->p));
	EXPECT_EQ(3, heard(self->p)->m_type);
	ASSERT_EQ(0, proc_info(0, self->dcid, EP + 1, &self->info));
	EXPECT_STREQ("execed", self->info.p_name);

	puppet_kill(child);
	EXPECT_TRUE(proc_free(0, self->dcid, EP + 1));
}

TEST_F(bind, fork_starts_unbound)
{
	struct puppet *child;

	ASSERT_EQ(EP, call(self->p, OP_BIND, self->dcid, EP));
	child = puppet_fork(self->p);
	EXPECT_EQ(EDVSNOTBIND, call(child, OP_GETEP, child->pid));
	EXPECT_EQ(EDVSNOTBIND, act(child, OP_RECEIVE, ANY, TIMEOUT_NOWAIT));
	/* Its end does not touch the parent's. */
	puppet_kill(child);
	EXPECT_EQ(EP, call(self->p, OP_GETEP, self->p->pid));
	EXPECT_EQ(EDVSAGAIN, act(self->p, OP_RECEIVE, ANY, TIMEOUT_NOWAIT));
}

TEST_F(bind, exit_unbinds)
{
	struct puppet *next = puppet_new(0);

	ASSERT_EQ(EP, call(self->p, OP_BIND, self->dcid, EP));
	begin_call(self->p, OP_EXIT_GROUP, 3);
	ASSERT_TRUE(puppet_gone(self->p, SOON));
	/* At once: whoever has seen the exit can have the slot. */
	EXPECT_EQ(EP, call(next, OP_BIND, self->dcid, EP));
}

TEST_F(bind, kill_unbinds)
{
	struct puppet *next = puppet_new(0);

	ASSERT_EQ(EP, call(self->p, OP_BIND, self->dcid, EP));
	begin(self->p, OP_RECEIVE, ANY, TIMEOUT_FOREVER);
	ASSERT_TRUE(proc_flags(0, self->dcid, EP, DVK_RTS_RECEIVING, 0));
	puppet_kill(self->p);
	EXPECT_EQ(EP, call(next, OP_BIND, self->dcid, EP));
}

/* Slots do not wear out. */
TEST_F(bind, many_times)
{
	struct puppet *p;
	int i;

	for (i = 0; i < 60; i++) {
		p = puppet_bound(0, self->dcid, EP);
		puppet_kill(p);
	}
	ASSERT_EQ(EP, call(self->p, OP_BIND, self->dcid, EP));
	for (i = 0; i < 500; i++) {
		ASSERT_EQ(0, call(self->p, OP_UNBIND, self->dcid, EP, -1));
		ASSERT_EQ(EP, call(self->p, OP_BIND, self->dcid, EP));
	}
}

/* Numbers are those of the caller's pid namespace. */
TEST_F(bind, pid_namespace)
{
	struct puppet *inner, *third;

	ASSERT_EQ(EP, call(self->p, OP_BIND, self->dcid, EP));
	ASSERT_EQ(0, call(self->p, OP_UNSHARE_PID, 0));
	inner = puppet_fork(self->p);
	ASSERT_EQ(1, atomic_load(&inner->page->tid));
	/* Its own child is number 2 there; it binds that by this number. */
	third = puppet_fork(inner);
	ASSERT_EQ(2, atomic_load(&third->page->tid));
	EXPECT_EQ(EP + 1, call(inner, OP_BIND, self->dcid, EP + 1));
	EXPECT_EQ(EP + 2, call(inner, OP_LCLBIND, self->dcid, 2, EP + 2));
	EXPECT_EQ(EP + 1, call(inner, OP_GETEP, 1));
	EXPECT_EQ(EP + 2, call(inner, OP_GETEP, 2));
	/* It cannot name what it cannot see. */
	EXPECT_EQ(EDVSBADPID, call(inner, OP_GETEP, self->p->pid));
	/* Outside, it has another number; both are shown. */
	EXPECT_EQ(EP + 1, call(self->p, OP_GETEP, inner->pid));
	ASSERT_EQ(0, proc_info(0, self->dcid, EP + 1, &self->info));
	EXPECT_EQ(inner->pid, self->info.p_lpid);
	EXPECT_EQ(inner->pid, self->info.p_vpid);
}

static long info_vpid(const long *a)
{
	proc_usr_t info;
	long ret = dvk_getprocinfo(a[0], a[1], &info);

	return ret < 0 ? ret : info.p_vpid;
}

TEST_F(bind, vpid_is_the_readers)
{
	struct puppet *inner;

	ASSERT_EQ(0, call(self->p, OP_UNSHARE_PID, 0));
	inner = puppet_fork(self->p);
	ASSERT_EQ(EP, call(inner, OP_BIND, self->dcid, EP));
	inner->page->fn = info_vpid;
	EXPECT_EQ(1, call(inner, OP_FN, self->dcid, EP));
}

TEST_F(bind, unbind_oneself)
{
	struct puppet *peer = puppet_bound(0, self->dcid, EP + 1);

	ASSERT_EQ(EP, call(self->p, OP_BIND, self->dcid, EP));
	begin(peer, OP_RECEIVE, EP, TIMEOUT_FOREVER);
	ASSERT_TRUE(proc_flags(0, self->dcid, EP + 1, DVK_RTS_RECEIVING, 0));
	ASSERT_EQ(0, call(self->p, OP_UNBIND, self->dcid, EP, -1));
	EXPECT_EQ(EDVSNOTBIND, call(self->p, OP_GETEP, self->p->pid));
	/* Who waited for it is told. */
	EXPECT_EQ(EDVSSRCDIED, end(peer));
	EXPECT_EQ(EP + 7, call(self->p, OP_BIND, self->dcid, EP + 7));
}

TEST_F(bind, unbind_self)
{
	ASSERT_EQ(EP, call(self->p, OP_BIND, self->dcid, EP));
	ASSERT_EQ(0, call(self->p, OP_UNBIND, self->dcid, SELF, -1));
	EXPECT_EQ(EDVSNOTBIND, call(self->p, OP_GETEP, self->p->pid));
}

TEST_F(bind, unbind_refusals)
{
	struct puppet *p = self->p;

	EXPECT_EQ(EDVSNOTBIND, call(p, OP_UNBIND, self->dcid, EP, -1));
	EXPECT_EQ(EDVSNOTBIND, call(p, OP_UNBIND, self->dcid, SELF, -1));
	EXPECT_EQ(EDVSRANGE, call(p, OP_UNBIND, self->dcid, DVK_NR_PROCS, -1));
	EXPECT_EQ(EDVSBADDCID, call(p, OP_UNBIND, -1, EP, -1));
	ASSERT_EQ(EP, call(p, OP_BIND, self->dcid, EP));
	EXPECT_EQ(EDVSENDPOINT,
		  call(p, OP_UNBIND, self->dcid, _ENDPOINT(1, EP), -1));
	EXPECT_EQ(EP, call(p, OP_GETEP, p->pid));
}

/* Another process gets SIGTERM, and SHUTDOWN from the call it waits in. */
TEST_F(bind, unbind_another)
{
	struct puppet *victim = puppet_bound(0, self->dcid, EP);

	call(victim, OP_CATCH, SIGTERM, SA_RESTART);
	begin(victim, OP_RECEIVE, ANY, TIMEOUT_FOREVER);
	ASSERT_TRUE(proc_flags(0, self->dcid, EP, DVK_RTS_RECEIVING, 0));
	ASSERT_EQ(0, call(self->p, OP_UNBIND, self->dcid, EP, -1));
	/* When it returns the slot is free already. */
	EXPECT_EQ(EP, call(self->p, OP_BIND, self->dcid, EP));
	EXPECT_EQ(EDVSSHUTDOWN, end(victim));
	EXPECT_TRUE(wait_until(victim->page->signals == 1, SOON));
	EXPECT_EQ(EDVSNOTBIND, act(victim, OP_RECEIVE, ANY, TIMEOUT_NOWAIT));
}

/* The default action of SIGTERM ends it. */
TEST_F(bind, unbind_ends)
{
	struct puppet *victim = puppet_bound(0, self->dcid, EP);

	ASSERT_EQ(0, call(self->p, OP_UNBIND, self->dcid, EP, -1));
	ASSERT_TRUE(puppet_gone(victim, SOON));
	EXPECT_TRUE(WIFSIGNALED(victim->status));
	EXPECT_EQ(SIGTERM, WTERMSIG(victim->status));
}

TEST_F(bind, unprivileged)
{
	struct puppet *root = puppet_bound(0, self->dcid, EP);
	struct puppet *q = puppet_new(0);

	ASSERT_EQ(0, call(self->p, OP_SETUID, 1000));
	/* Another user's process may be neither bound nor unbound. */
	EXPECT_EQ(EDVSPRIVILEGES,
		  call(self->p, OP_LCLBIND, self->dcid, q->pid, 50));
	EXPECT_EQ(EDVSNOTBIND, call(q, OP_GETEP, q->pid));
	EXPECT_EQ(EDVSPRIVILEGES,
		  call(self->p, OP_UNBIND, self->dcid, EP, -1));
	EXPECT_EQ(EP, call(root, OP_GETEP, root->pid));
}

/* One may give back one's own, also for another process of the same user. */
TEST_F(bind, unbind_same_user)
{
	struct puppet *q = puppet_bound(0, self->dcid, EP);

	call(q, OP_CATCH, SIGTERM, 0);
	ASSERT_EQ(0, call(q, OP_SETUID, 1000));
	ASSERT_EQ(0, call(self->p, OP_SETUID, 1000));
	EXPECT_EQ(0, call(self->p, OP_UNBIND, self->dcid, EP, -1));
	EXPECT_EQ(EDVSNOTBIND, call(q, OP_GETEP, q->pid));
}

/* System slots are for administrators, and whom they name. */
TEST_F(bind, system_slots)
{
	char mode[40], owner[40], slots[40];
	struct puppet *p = self->p;

	snprintf(mode, sizeof(mode), "dcs/%d/mode", self->dcid);
	snprintf(owner, sizeof(owner), "dcs/%d/owner", self->dcid);
	snprintf(slots, sizeof(slots), "dcs/%d/slot_owner", self->dcid);
	ASSERT_EQ(0, call(p, OP_SETUID, 1000));
	ASSERT_EQ(0, attr_write(0, mode, "0602"));
	EXPECT_EQ(EDVSBADOWNER, call(p, OP_BIND, self->dcid, 5));
	EXPECT_EQ(EDVSBADOWNER, call(p, OP_BIND, self->dcid, -5));
	/* For his slots it does not even have to be open to all. */
	ASSERT_EQ(0, attr_write(0, mode, "0600"));
	ASSERT_EQ(0, attr_write(0, slots, "-6--4 1000"));
	ASSERT_EQ(0, attr_write(0, slots, "4-6 1000"));
	ASSERT_EQ(0, attr_write(0, slots, "6 1001"));
	EXPECT_TRUE(attr_is(0, slots, "-6--4 1000\n4-6 1000\n6-6 1001"));
	EXPECT_EQ(EDVSBADOWNER, call(p, OP_BIND, self->dcid, 6));
	EXPECT_EQ(EDVSBADOWNER, call(p, OP_BIND, self->dcid, 7));
	EXPECT_EQ(5, call(p, OP_BIND, self->dcid, 5));
	EXPECT_EQ(0, call(p, OP_UNBIND, self->dcid, 5, -1));
	EXPECT_EQ(-5, call(p, OP_BIND, self->dcid, -5));
	EXPECT_EQ(0, call(p, OP_UNBIND, self->dcid, -5, -1));
	/* A part of a range cannot be given back. */
	EXPECT_EQ(-EBUSY, attr_write(0, slots, "5 none"));
	EXPECT_EQ(0, attr_write(0, slots, "-6-6 none"));
	EXPECT_TRUE(attr_is(0, slots, ""));
	EXPECT_EQ(EDVSBADOWNER, call(p, OP_BIND, self->dcid, 5));
	EXPECT_EQ(-ERANGE, attr_write(0, slots, "6-4 1000"));
	EXPECT_EQ(-ERANGE, attr_write(0, slots, "4-1000 1000"));
	EXPECT_EQ(-EINVAL, attr_write(0, slots, "4 1000 1"));
	EXPECT_EQ(-EINVAL, attr_write(0, slots, "4"));
	/* All of them are those of the DC's owner else. */
	ASSERT_EQ(0, attr_write(0, owner, "1000"));
	EXPECT_EQ(5, call(p, OP_BIND, self->dcid, 5));
}

static bool known_on(int node, int dcid, int ep, int nodeid)
{
	proc_usr_t info;

	return wait_until(!proc_info(node, dcid, ep, &info) &&
			  info.p_nodeid == nodeid, SOON);
}

/* Nobody takes the place of a server that lives on another node. */
TEST_F(bind, a_live_one_stays)
{
	int dcid = dc_new(ALL_NODES);
	struct puppet *other = puppet_new(2);
	char mode[40];

	snprintf(mode, sizeof(mode), "dcs/%d/mode", dcid);
	ASSERT_EQ(0, attr_write(0, mode, "0602"));
	puppet_bound(1, dcid, 50);
	ASSERT_TRUE(known_on(0, dcid, 50, 1));
	ASSERT_TRUE(known_on(2, dcid, 50, 1));
	ASSERT_EQ(0, call(self->p, OP_SETUID, 1000));
	EXPECT_EQ(EDVSSLOTUSED, call(self->p, OP_BIND, dcid, 50));
	/* An administrator may, on his node; others are not misled. */
	ASSERT_EQ(50, call(other, OP_BIND, dcid, 50));
	puppet_bound(2, dcid, 51);
	ASSERT_TRUE(known_on(0, dcid, 51, 2));
	EXPECT_TRUE(known_on(0, dcid, 50, 1));
	/* When his is gone the one that lives is found again. */
	ASSERT_EQ(0, call(other, OP_UNBIND, dcid, 50, -1));
	EXPECT_TRUE(known_on(2, dcid, 50, 1));
	dc_drop(dcid);
}

/* A DC's owner and mode decide who may bind in it. */
TEST_F(bind, owner_and_mode)
{
	char name[40];

	ASSERT_EQ(0, call(self->p, OP_SETUID, 1000));
	snprintf(name, sizeof(name), "dcs/%d/mode", self->dcid);
	ASSERT_EQ(0, attr_write(0, name, "0600"));
	EXPECT_EQ(EDVSBADOWNER, call(self->p, OP_BIND, self->dcid, EP));
	ASSERT_EQ(0, attr_write(0, name, "0622"));
	EXPECT_EQ(EP, call(self->p, OP_BIND, self->dcid, EP));
	ASSERT_EQ(0, call(self->p, OP_UNBIND, self->dcid, EP, -1));

	ASSERT_EQ(0, attr_write(0, name, "0600"));
	EXPECT_EQ(EDVSBADOWNER, call(self->p, OP_BIND, self->dcid, EP));
	snprintf(name, sizeof(name), "dcs/%d/owner", self->dcid);
	ASSERT_EQ(0, attr_write(0, name, "1000"));
	EXPECT_EQ(EP, call(self->p, OP_BIND, self->dcid, EP));
}

/* A bind is made known to the other members, and so is its end. */
TEST_F(bind, other_nodes_learn)
{
	struct puppet *p = puppet_bound(1, self->dcid, EP);

	ASSERT_TRUE(wait_until(proc_info(0, self->dcid, EP, &self->info) == 0 &&
			       self->info.p_nodeid == 1, SOON));
	EXPECT_EQ(DVK_RTS_REMOTE, self->info.p_rts_flags);
	puppet_kill(p);
	EXPECT_TRUE(proc_free(0, self->dcid, EP));
}

/* An endpoint that shows up on another node replaces the old one. */
TEST_F(bind, moves_to_another_node)
{
	struct puppet *far = puppet_bound(1, self->dcid, EP);

	ASSERT_TRUE(wait_until(proc_info(0, self->dcid, EP, &self->info) == 0 &&
			       self->info.p_nodeid == 1, SOON));
	puppet_kill(far);
	ASSERT_TRUE(proc_free(0, self->dcid, EP));
	ASSERT_EQ(EP, call(self->p, OP_BIND, self->dcid, EP));
	EXPECT_TRUE(wait_until(proc_info(1, self->dcid, EP, &self->info) == 0 &&
			       self->info.p_nodeid == 0, SOON));
}

/* One descriptor speaks for the node in which it was opened. */
TEST_F(bind, other_namespace)
{
	ASSERT_EQ(EP, call(self->p, OP_BIND, self->dcid, EP));
	at_node(2);
	EXPECT_EQ(EDVSDCNOTRUN, proc_info(2, self->dcid, EP, &self->info));
}

TEST_HARNESS_MAIN
