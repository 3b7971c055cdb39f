// SPDX-License-Identifier: GPL-2.0
/*
 * Distributed containers: dc_init, dc_end, add_node, del_node, getdcinfo.
 */
#include "kselftest_harness.h"

#include <errno.h>

#include "cluster.h"
#include "puppet.h"
#include "util.h"

FIXTURE(dc) {
	dc_usr_t usr;		/* of a DC that does not exist yet */
	int dcid;
};

FIXTURE_SETUP(dc)
{
	cluster_up();
	/* Takes a free number and gives it back. */
	self->dcid = dc_new(1);
	ASSERT_LE(0, dvk_getdcinfo(self->dcid, &self->usr));
	dc_drop(self->dcid);
	self->usr.dc_nodes = 0;
	memset(self->usr.dc_nodemap, 0, sizeof(self->usr.dc_nodemap));
	self->usr.dc_pid = 0;
}

FIXTURE_TEARDOWN(dc)
{
	puppets_end();
	dc_drop(self->dcid);
}

TEST_F(dc, init_info)
{
	dc_usr_t got;

	self->usr.dc_warn2proc = 3;
	self->usr.dc_warnmsg = 77;
	strcpy(self->usr.dc_name, "fifteen-letters");
	ASSERT_EQ(self->dcid, dvk_dc_init(&self->usr));
	ASSERT_LE(0, dvk_getdcinfo(self->dcid, &got));
	EXPECT_EQ(self->dcid, got.dc_dcid);
	EXPECT_EQ(DVK_NR_PROCS, got.dc_nr_procs);
	EXPECT_EQ(DVK_NR_TASKS, got.dc_nr_tasks);
	EXPECT_EQ(DVK_NR_SYSPROCS, got.dc_nr_sysprocs);
	EXPECT_EQ(DVK_NR_NODES, got.dc_nr_nodes);
	EXPECT_EQ(3, got.dc_warn2proc);
	EXPECT_EQ(77, got.dc_warnmsg);
	EXPECT_EQ(getpid(), got.dc_pid);
	EXPECT_EQ(0, got.dc_flags);
	EXPECT_STREQ("fifteen-letters", got.dc_name);
	/* The node that makes it is its first member. */
	EXPECT_EQ(1, got.dc_nodes);
	EXPECT_EQ(1, got.dc_nodemap[0]);
}

TEST_F(dc, used_number)
{
	ASSERT_EQ(self->dcid, dvk_dc_init(&self->usr));
	strcpy(self->usr.dc_name, "another");
	EXPECT_EQ(EDVSDCRUN, dvk_dc_init(&self->usr));
}

TEST_F(dc, used_name)
{
	dc_usr_t got;
	int other;

	strcpy(self->usr.dc_name, "the-same");
	ASSERT_EQ(self->dcid, dvk_dc_init(&self->usr));
	for (other = 0; dvk_getdcinfo(other, &got) >= 0; other++)
		;
	self->usr.dc_dcid = other;
	EXPECT_EQ(EDVSRSCBUSY, dvk_dc_init(&self->usr));
	EXPECT_GT(0, dvk_getdcinfo(other, &got));
}

TEST_F(dc, name_size)
{
	memset(self->usr.dc_name, 'x', DVK_NAME_LEN);
	EXPECT_EQ(EDVSNAMESIZE, dvk_dc_init(&self->usr));
	EXPECT_GT(0, dvk_getdcinfo(self->dcid, &self->usr));
}

/* A name is a directory below /proc/dvs. */
TEST_F(dc, name_is_a_file_name)
{
	static const char * const bad[] = { ".", "..", "a/b", "proxies",
					    "info", "nodes" };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		strcpy(self->usr.dc_name, bad[i]);
		EXPECT_EQ(EDVSINVAL, dvk_dc_init(&self->usr))
			TH_LOG("the name is \"%s\"", bad[i]);
	}
}

/* Without a name it gets one. */
TEST_F(dc, default_name)
{
	char want[DVK_NAME_LEN];

	self->usr.dc_name[0] = 0;
	ASSERT_EQ(self->dcid, dvk_dc_init(&self->usr));
	ASSERT_LE(0, dvk_getdcinfo(self->dcid, &self->usr));
	snprintf(want, sizeof(want), "DC%d", self->dcid);
	EXPECT_STREQ(want, self->usr.dc_name);
}

TEST_F(dc, bad_number)
{
	static const int bad[] = { -1, -2, DVK_NR_DCS, DVK_MAX_DCS, 1 << 30 };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		self->usr.dc_dcid = bad[i];
		EXPECT_EQ(EDVSBADDCID, dvk_dc_init(&self->usr))
			TH_LOG("dcid %d", bad[i]);
		EXPECT_EQ(EDVSBADDCID, dvk_dc_end(bad[i]));
		EXPECT_EQ(EDVSBADDCID, dvk_add_node(bad[i], 1));
		EXPECT_EQ(EDVSBADDCID, dvk_del_node(bad[i], 1));
		if (bad[i] != -1)
			EXPECT_EQ(EDVSBADDCID, dvk_getdcinfo(bad[i], &self->usr));
	}
}

TEST_F(dc, not_running)
{
	EXPECT_EQ(EDVSDCNOTRUN, dvk_dc_end(self->dcid));
	EXPECT_EQ(EDVSDCNOTRUN, dvk_add_node(self->dcid, 1));
	EXPECT_EQ(EDVSDCNOTRUN, dvk_del_node(self->dcid, 1));
	EXPECT_EQ(EDVSDCNOTRUN, dvk_getdcinfo(self->dcid, &self->usr));
	EXPECT_EQ(EDVSDCNOTRUN, dvk_bind(self->dcid, 1));
}

TEST_F(dc, sizes_out_of_range)
{
	static const struct {
		const char *what;
		size_t at;
		int value;
	} bad[] = {
		{ "nr_procs", offsetof(dc_usr_t, dc_nr_procs), -1 },
		{ "nr_procs", offsetof(dc_usr_t, dc_nr_procs), DVK_NR_PROCS + 1 },
		{ "nr_tasks", offsetof(dc_usr_t, dc_nr_tasks), -1 },
		{ "nr_tasks", offsetof(dc_usr_t, dc_nr_tasks), DVK_NR_TASKS + 1 },
		{ "nr_sysprocs", offsetof(dc_usr_t, dc_nr_sysprocs), -1 },
		{ "nr_sysprocs", offsetof(dc_usr_t, dc_nr_sysprocs), 1 << 20 },
		{ "nr_nodes", offsetof(dc_usr_t, dc_nr_nodes), -1 },
		{ "nr_nodes", offsetof(dc_usr_t, dc_nr_nodes), DVK_NR_NODES + 1 },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		dc_usr_t usr = self->usr;

		*(int *)((char *)&usr + bad[i].at) = bad[i].value;
		EXPECT_EQ(EDVSBADRANGE, dvk_dc_init(&usr))
			TH_LOG("%s=%d", bad[i].what, bad[i].value);
		dvk_dc_end(self->dcid);
	}
}

/* Zero stands for the most that the node allows. */
TEST_F(dc, default_sizes)
{
	self->usr.dc_nr_procs = 0;
	self->usr.dc_nr_nodes = 0;
	ASSERT_EQ(self->dcid, dvk_dc_init(&self->usr));
	ASSERT_LE(0, dvk_getdcinfo(self->dcid, &self->usr));
	EXPECT_EQ(DVK_NR_PROCS, self->usr.dc_nr_procs);
	EXPECT_EQ(DVK_NR_NODES, self->usr.dc_nr_nodes);
}

TEST_F(dc, ended_and_made_again)
{
	int i;

	for (i = 0; i < 5; i++) {
		ASSERT_EQ(self->dcid, dvk_dc_init(&self->usr));
		ASSERT_EQ(0, dvk_dc_end(self->dcid));
	}
}

TEST_F(dc, add_and_del_node)
{
	dc_usr_t got;

	ASSERT_EQ(self->dcid, dvk_dc_init(&self->usr));
	ASSERT_LE(0, dvk_add_node(self->dcid, 2));
	dvk_getdcinfo(self->dcid, &got);
	EXPECT_EQ(1 | 1 << 2, got.dc_nodes);
	EXPECT_EQ(1 | 1 << 2, got.dc_nodemap[0]);
	EXPECT_EQ(EDVSDCNODE, dvk_add_node(self->dcid, 2));

	ASSERT_LE(0, dvk_del_node(self->dcid, 2));
	dvk_getdcinfo(self->dcid, &got);
	EXPECT_EQ(1, got.dc_nodes);
	EXPECT_EQ(EDVSNODCNODE, dvk_del_node(self->dcid, 2));
}

TEST_F(dc, add_bad_node)
{
	ASSERT_EQ(self->dcid, dvk_dc_init(&self->usr));
	EXPECT_EQ(EDVSBADNODEID, dvk_add_node(self->dcid, -1));
	EXPECT_EQ(EDVSBADNODEID, dvk_add_node(self->dcid, DVK_NR_NODES));
	EXPECT_EQ(EDVSBADNODEID, dvk_del_node(self->dcid, DVK_NR_NODES));
	/* No such peer is configured. */
	EXPECT_EQ(EDVSNODEFREE, dvk_add_node(self->dcid, 17));
	/* It is one already. */
	EXPECT_EQ(EDVSDCNODE, dvk_add_node(self->dcid, 0));
}

/* A node that is taken out takes its endpoints with it. */
TEST_F(dc, del_node_unbinds)
{
	proc_usr_t p;

	ASSERT_EQ(self->dcid, dvk_dc_init(&self->usr));
	ASSERT_LE(0, dvk_add_node(self->dcid, 1));
	ASSERT_EQ(20, dvk_rmtbind(self->dcid, "far", 20, 1));
	ASSERT_LE(0, proc_info(0, self->dcid, 20, &p));
	ASSERT_EQ(1, p.p_nodeid);
	ASSERT_LE(0, dvk_del_node(self->dcid, 1));
	EXPECT_TRUE(proc_free(0, self->dcid, 20));
	EXPECT_EQ(EDVSNODCNODE, dvk_rmtbind(self->dcid, "far", 20, 1));
}

TEST_F(dc, own_by_minus_one)
{
	struct puppet *p;

	ASSERT_EQ(self->dcid, dvk_dc_init(&self->usr));
	EXPECT_EQ(EDVSNOTBIND, dvk_getdcinfo(-1, &self->usr));
	p = puppet_bound(0, self->dcid, 9);
	EXPECT_EQ(self->dcid, call(p, OP_GETDCINFO, -1));
}

/* Ending a DC unbinds its processes and wakes who waits in a call. */
TEST_F(dc, end_unbinds)
{
	struct puppet *idle, *waits;

	ASSERT_EQ(self->dcid, dvk_dc_init(&self->usr));
	idle = puppet_bound(0, self->dcid, 5);
	waits = puppet_bound(0, self->dcid, 6);
	call(idle, OP_CATCH, SIGTERM, 0);
	call(waits, OP_CATCH, SIGTERM, 0);
	begin(waits, OP_RECEIVE, ANY, TIMEOUT_FOREVER);
	ASSERT_TRUE(proc_flags(0, self->dcid, 6, DVK_RTS_RECEIVING, 0));

	ASSERT_EQ(0, dvk_dc_end(self->dcid));
	EXPECT_EQ(EDVSSHUTDOWN, end(waits));
	EXPECT_EQ(EDVSDCNOTRUN, dvk_getdcinfo(self->dcid, &self->usr));
	EXPECT_EQ(EDVSNOTBIND, act(idle, OP_RECEIVE, ANY, TIMEOUT_NOWAIT));

	/* They may bind elsewhere. */
	ASSERT_EQ(self->dcid, dvk_dc_init(&self->usr));
	EXPECT_EQ(6, call(idle, OP_BIND, self->dcid, 6));
}

TEST_F(dc, needs_privilege)
{
	struct puppet *p = puppet_new(0);

	ASSERT_EQ(self->dcid, dvk_dc_init(&self->usr));
	ASSERT_EQ(0, call(p, OP_SETUID, 1000));
	p->page->fn = (void *)dvk_dc_end;
	EXPECT_EQ(EDVSPERM, call(p, OP_FN, 0));
	EXPECT_LE(0, dvk_getdcinfo(self->dcid, &self->usr));
}

/* The same number on another node is another table. */
TEST_F(dc, per_node)
{
	ASSERT_EQ(self->dcid, dvk_dc_init(&self->usr));
	at_node(1);
	EXPECT_EQ(EDVSDCNOTRUN, dvk_getdcinfo(self->dcid, &self->usr));
}

/* Larger than the defaults, where the node's limits allow it. */
TEST_F(dc, large)
{
	/* Above come the numbers that mean ANY, NONE and SELF. */
	const int most = DVK_NONE;
	dvs_usr_t limits;
	dc_usr_t dc = self->usr;

	node_fresh();
	dvk_getdvsinfo(&limits);
	limits.d_nr_procs = most;
	ASSERT_EQ(0, dvk_dvs_init(0, &limits));
	dc.dc_nr_procs = most;
	ASSERT_EQ(self->dcid, dvk_dc_init(&dc));
	EXPECT_EQ(most - 1, dvk_bind(self->dcid, most - 1));
	EXPECT_EQ(most - 1, dvk_getep(getpid()));
	EXPECT_EQ(0, dvk_unbind(self->dcid, most - 1));
	EXPECT_EQ(0, dvk_dvs_end());
}

TEST_HARNESS_MAIN
