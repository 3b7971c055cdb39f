// SPDX-License-Identifier: GPL-2.0
/*
 * The DVS of a node: dvs_init, dvs_end, getdvsinfo and the limits.
 *
 * Each test has a network namespace of its own, so nothing here touches the
 * cluster that other tests share.
 */
#include "kselftest_harness.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>

#include "cluster.h"
#include "puppet.h"
#include "util.h"

FIXTURE(dvs) {
	dvs_usr_t usr;
};

FIXTURE_SETUP(dvs)
{
	modules_up();
	node_fresh();
}

FIXTURE_TEARDOWN(dvs)
{
	puppets_end();
	dvk_dvs_end();
}

TEST_F(dvs, not_initialised)
{
	dc_usr_t dc = { .dc_dcid = 0, .dc_nr_procs = 10, .dc_nr_tasks = 2,
			.dc_nr_sysprocs = 4, .dc_nr_nodes = 2,
			.dc_name = "early" };

	EXPECT_EQ(-1, dvk_getdvsinfo(&self->usr));
	EXPECT_EQ(0, self->usr.d_flags & DVS_INITIALIZED);
	EXPECT_TRUE(attr_is(THIS_NODE, "nodeid", "-1"));
	EXPECT_EQ(EDVSDVSINIT, dvk_dc_init(&dc));
	EXPECT_EQ(EDVSDVSINIT, dvk_dvs_end());
	EXPECT_EQ(EDVSDVSINIT, dvk_bind(0, 1));
}

TEST_F(dvs, init_info_end)
{
	dvs_usr_t def = { 0 };

	ASSERT_EQ(3, dvk_dvs_init(3, NULL));
	ASSERT_EQ(3, dvk_getdvsinfo(&self->usr));
	EXPECT_STREQ("DVS", self->usr.d_name);
	EXPECT_EQ(DVK_NR_DCS, self->usr.d_nr_dcs);
	EXPECT_EQ(DVK_NR_NODES, self->usr.d_nr_nodes);
	EXPECT_EQ(DVK_NR_PROCS, self->usr.d_nr_procs);
	EXPECT_EQ(DVK_NR_TASKS, self->usr.d_nr_tasks);
	EXPECT_EQ(DVK_NR_SYSPROCS, self->usr.d_nr_sysprocs);
	EXPECT_EQ(DVK_MAXCOPYBUF, self->usr.d_max_copybuf);
	EXPECT_EQ(DVK_MAXCOPYLEN, self->usr.d_max_copylen);
	EXPECT_EQ(DVK_DVS_IOCTL | DVK_DVS_INITIALIZED,
		  self->usr.d_flags & (DVK_DVS_IPC | DVK_DVS_IOCTL |
				       DVK_DVS_INITIALIZED));
	EXPECT_LT(0, self->usr.d_size_proc);
	EXPECT_TRUE(attr_is(THIS_NODE, "nodeid", "3"));

	ASSERT_EQ(0, dvk_dvs_end());
	EXPECT_EQ(-1, dvk_getdvsinfo(&self->usr));

	/* The same limits given back start the next one. */
	def = self->usr;
	EXPECT_EQ(4, dvk_dvs_init(4, &def));
	EXPECT_EQ(4, dvk_getdvsinfo(&self->usr));
}

TEST_F(dvs, init_twice)
{
	ASSERT_EQ(1, dvk_dvs_init(1, NULL));
	EXPECT_EQ(EDVSDVSBUSY, dvk_dvs_init(1, NULL));
	EXPECT_EQ(EDVSDVSBUSY, dvk_dvs_init(2, NULL));
	EXPECT_EQ(1, dvk_getdvsinfo(&self->usr));
	EXPECT_EQ(-EBUSY, attr_write(THIS_NODE, "nodeid", "2"));
	EXPECT_EQ(1, dvk_getdvsinfo(&self->usr));
}

TEST_F(dvs, bad_node_id)
{
	EXPECT_EQ(EDVSBADNODEID, dvk_dvs_init(-1, NULL));
	EXPECT_EQ(EDVSBADNODEID, dvk_dvs_init(DVK_NR_NODES, NULL));
	EXPECT_EQ(EDVSBADNODEID, dvk_dvs_init(1 << 30, NULL));
	EXPECT_EQ(-1, dvk_getdvsinfo(&self->usr));
	ASSERT_EQ(DVK_NR_NODES - 1, dvk_dvs_init(DVK_NR_NODES - 1, NULL));
}

TEST_F(dvs, init_by_attribute)
{
	ASSERT_EQ(0, attr_write(THIS_NODE, "name", "lab"));
	ASSERT_EQ(0, attr_write(THIS_NODE, "nodeid", "7"));
	EXPECT_EQ(7, dvk_getdvsinfo(&self->usr));
	EXPECT_STREQ("lab", self->usr.d_name);
	ASSERT_EQ(0, attr_write(THIS_NODE, "nodeid", "-1"));
	EXPECT_EQ(-1, dvk_getdvsinfo(&self->usr));
}

TEST_F(dvs, limits_by_attribute)
{
	dc_usr_t dc = { .dc_dcid = 1, .dc_nr_procs = 10, .dc_nr_tasks = 2,
			.dc_nr_sysprocs = 4, .dc_nr_nodes = 2,
			.dc_name = "small" };

	ASSERT_EQ(0, attr_write(THIS_NODE, "nr_dcs", "2"));
	ASSERT_EQ(0, attr_write(THIS_NODE, "nr_nodes", "100"));
	ASSERT_EQ(0, attr_write(THIS_NODE, "nr_procs", "10"));
	ASSERT_EQ(0, attr_write(THIS_NODE, "nr_tasks", "2"));
	ASSERT_EQ(0, attr_write(THIS_NODE, "nr_sysprocs", "4"));
	ASSERT_EQ(0, attr_write(THIS_NODE, "max_copybuf", "4096"));
	ASSERT_EQ(0, attr_write(THIS_NODE, "max_copylen", "8192"));
	/* Node 99 exists now. */
	ASSERT_EQ(99, dvk_dvs_init(99, NULL));
	ASSERT_EQ(99, dvk_getdvsinfo(&self->usr));
	EXPECT_EQ(2, self->usr.d_nr_dcs);
	EXPECT_EQ(100, self->usr.d_nr_nodes);
	EXPECT_EQ(10, self->usr.d_nr_procs);
	EXPECT_EQ(2, self->usr.d_nr_tasks);
	EXPECT_EQ(4, self->usr.d_nr_sysprocs);
	EXPECT_EQ(4096, self->usr.d_max_copybuf);
	EXPECT_EQ(8192, self->usr.d_max_copylen);

	EXPECT_EQ(-EBUSY, attr_write(THIS_NODE, "nr_dcs", "3"));
	EXPECT_EQ(2, attr_long(THIS_NODE, "nr_dcs"));

	dc.dc_dcid = 2;
	EXPECT_EQ(EDVSBADDCID, dvk_dc_init(&dc));
	dc.dc_dcid = 1;
	dc.dc_nr_procs = 11;
	EXPECT_EQ(EDVSBADRANGE, dvk_dc_init(&dc));
	dc.dc_nr_procs = 10;
	EXPECT_LE(0, dvk_dc_init(&dc));
}

TEST_F(dvs, limits_of_init)
{
	dvs_usr_t want;

	dvk_getdvsinfo(&want);
	want.d_nr_dcs = 5;
	want.d_nr_nodes = DVK_MAX_NODES;
	want.d_nr_procs = 1000;
	want.d_max_copylen = 65536;
	ASSERT_EQ(1000, dvk_dvs_init(1000, &want));
	ASSERT_EQ(1000, dvk_getdvsinfo(&self->usr));
	EXPECT_EQ(5, self->usr.d_nr_dcs);
	EXPECT_EQ(DVK_MAX_NODES, self->usr.d_nr_nodes);
	EXPECT_EQ(1000, self->usr.d_nr_procs);
	EXPECT_EQ(65536, self->usr.d_max_copylen);
	EXPECT_EQ(1000, attr_long(THIS_NODE, "nr_procs"));
}

TEST_F(dvs, limits_out_of_range)
{
	static const struct {
		const char *what;
		size_t at;
		int value;
	} bad[] = {
		{ "nr_dcs", offsetof(dvs_usr_t, d_nr_dcs), DVK_MAX_DCS + 1 },
		{ "nr_nodes", offsetof(dvs_usr_t, d_nr_nodes), DVK_MAX_NODES + 1 },
		{ "nr_procs", offsetof(dvs_usr_t, d_nr_procs), DVK_MAX_SLOTS + 1 },
		{ "nr_tasks", offsetof(dvs_usr_t, d_nr_tasks), -1 },
		{ "nr_sysprocs", offsetof(dvs_usr_t, d_nr_sysprocs), -1 },
		{ "max_copybuf", offsetof(dvs_usr_t, d_max_copybuf), -1 },
		{ "max_copylen", offsetof(dvs_usr_t, d_max_copylen), -1 },
		{ "max_copylen", offsetof(dvs_usr_t, d_max_copylen),
		  DVK_MAXCOPYLEN + 1 },
	};
	dvs_usr_t good;
	size_t i;

	dvk_getdvsinfo(&good);
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		dvs_usr_t usr = good;
		long ret;

		*(int *)((char *)&usr + bad[i].at) = bad[i].value;
		ret = dvk_dvs_init(1, &usr);
		EXPECT_EQ(EDVSBADRANGE, ret)
			TH_LOG("%s=%d", bad[i].what, bad[i].value);
		EXPECT_EQ(-1, dvk_getdvsinfo(&usr));
	}
}

/* Ending the DVS ends its DCs and unbinds everybody. */
TEST_F(dvs, end_takes_all)
{
	dc_usr_t dc = { .dc_dcid = 0, .dc_nr_procs = 10, .dc_nr_tasks = 2,
			.dc_nr_sysprocs = 4, .dc_nr_nodes = 2,
			.dc_warn2proc = NONE, .dc_name = "DC0" };
	struct puppet *p;

	ASSERT_EQ(1, dvk_dvs_init(1, NULL));
	ASSERT_LE(0, dvk_dc_init(&dc));
	p = puppet_new(THIS_NODE);
	call(p, OP_CATCH, SIGTERM, 0);
	ASSERT_EQ(5, call(p, OP_BIND, 0, 5));
	begin(p, OP_RECEIVE, ANY, TIMEOUT_FOREVER);
	ASSERT_EQ(0, dvk_dvs_end());
	EXPECT_GT(0, end(p));
	EXPECT_EQ(-1, dvk_getdvsinfo(&self->usr));
	EXPECT_GT(0, call(p, OP_GETEP, p->pid));

	/* And nothing of it is there in the next one. */
	ASSERT_EQ(2, dvk_dvs_init(2, NULL));
	EXPECT_GT(0, dvk_getdcinfo(0, &dc));
}

/* A DVS belongs to one namespace: another one is not affected. */
TEST_F(dvs, per_namespace)
{
	int first = dvk_fd;

	ASSERT_EQ(1, dvk_dvs_init(1, NULL));
	node_fresh();
	EXPECT_EQ(-1, dvk_getdvsinfo(&self->usr));
	EXPECT_TRUE(attr_is(THIS_NODE, "nodeid", "-1"));
	ASSERT_EQ(1, dvk_dvs_init(1, NULL));
	ASSERT_EQ(0, dvk_dvs_end());
	/* The descriptor goes on referring to where it was opened. */
	dvk_fd = first;
	EXPECT_EQ(1, dvk_getdvsinfo(&self->usr));
}

TEST_F(dvs, needs_privilege)
{
	struct puppet *p = puppet_new(THIS_NODE);

	ASSERT_EQ(0, call(p, OP_SETUID, 1000));
	p->page->fn = (void *)dvk_dvs_end;
	ASSERT_EQ(1, dvk_dvs_init(1, NULL));
	EXPECT_EQ(EDVSPERM, call(p, OP_FN, 0));
	EXPECT_EQ(1, dvk_getdvsinfo(&self->usr));
}

TEST_HARNESS_MAIN
