// SPDX-License-Identifier: GPL-2.0
/*
 * What calls say where the module is not loaded: their first word to many a
 * newcomer.
 */
#include "kselftest_harness.h"

#include <unistd.h>

#include <dvk/dvk.h>

FIXTURE(no_module) {
};

FIXTURE_SETUP(no_module)
{
	if (!access("/dev/dvk", F_OK))
		SKIP(return, "the module is loaded");
}

FIXTURE_TEARDOWN(no_module)
{
}

TEST_F(no_module, open)
{
	EXPECT_EQ(EDVSNOSYS, dvk_open());
	EXPECT_GT(0, dvk_fd);
}

/* Without an open(), as programs do that rely on the library for it. */
TEST_F(no_module, calls)
{
	dvs_usr_t dvs;
	message m = { 0 };

	EXPECT_EQ(EDVSNOSYS, dvk_getdvsinfo(&dvs));
	EXPECT_EQ(EDVSNOSYS, dvk_send(1, &m));
	EXPECT_EQ(EDVSNOSYS, dvk_receive_T(ANY, &m, 0));
	EXPECT_EQ(EDVSNOSYS, dvk_vcopy(1, &m, SELF, &m, sizeof(m)));
	EXPECT_EQ(EDVSNOSYS, dvk_migr_start(0, 1));
	EXPECT_EQ(EDVSNOSYS, dvk_migr_start_T(0, 1, TIMEOUT_FOREVER));
}

/* Calls that return endpoints fail below the border of codes. */
TEST_F(no_module, endpoints)
{
	EXPECT_EQ(EDVSBADFILE, dvk_bind(0, 1));
	EXPECT_EQ(EDVSBADFILE, dvk_getep(0));
	EXPECT_EQ(EDVSBADFILE, dvk_wait4bind_T(0));
	EXPECT_GT(EDVSERRCODE, dvk_bind(0, 1));
}

TEST_HARNESS_MAIN
