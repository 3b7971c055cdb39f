// SPDX-License-Identifier: GPL-2.0
/*
 * Endpoint arithmetic: generation and slot in one number.
 */
#include "kselftest_harness.h"

#include <dvk/dvk.h>

TEST(special_values)
{
	EXPECT_EQ(31438, ANY);
	EXPECT_EQ(27342, NONE);
	EXPECT_EQ(35534, SELF);
	EXPECT_EQ(-1, HARDWARE);
	EXPECT_EQ(-1, KERNEL);
	EXPECT_EQ(-2, SYSTEM);
	EXPECT_EQ(-2, SYSTASK(0));
	EXPECT_EQ(-5, SYSTASK(3));
	EXPECT_EQ(-34, SLOTS);
	EXPECT_EQ(-35, CLOCK);
	EXPECT_EQ(-36, IDLE);
	EXPECT_EQ(-1, LOCALNODE);
	EXPECT_EQ(-1, PROC_NO_PID);
	EXPECT_EQ(0, DCID0);
	EXPECT_EQ(0, OK);
	EXPECT_EQ(35570, DVK_EP_STRIDE);
	EXPECT_EQ(0x1000, NOTIFY_MESSAGE);
	EXPECT_EQ(0, TIMEOUT_NOWAIT);
	EXPECT_EQ(-1, TIMEOUT_FOREVER);
	EXPECT_EQ(30000, TIMEOUT_MOLCALL);
}

/* Generation 0 of a slot is the slot's own number. */
TEST(generation_zero)
{
	int slot;

	for (slot = -NR_TASKS; slot < NR_PROCS; slot++) {
		EXPECT_EQ(slot, _ENDPOINT(0, slot));
		EXPECT_EQ(slot, _ENDPOINT_P(slot));
		EXPECT_EQ(0, _ENDPOINT_G(slot));
	}
}

TEST(round_trip)
{
	int gen, slot, bad = 0;

	for (gen = 0; gen < 1000; gen += 7)
		for (slot = -NR_TASKS; slot < NR_PROCS; slot++) {
			int ep = _ENDPOINT(gen, slot);

			bad += _ENDPOINT_G(ep) != gen || _ENDPOINT_P(ep) != slot;
		}
	EXPECT_EQ(0, bad);
}

/* No endpoint of a default table can be taken for a special value. */
TEST(no_clash)
{
	static const int special[] = { ANY, NONE, SELF };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(special); i++)
		EXPECT_LE(NR_PROCS, _ENDPOINT_P(special[i]));
}

/* Codes that come where endpoints do are below all system endpoints. */
TEST(border)
{
	EXPECT_EQ(-300, EDVSERRCODE);
	EXPECT_GT(-NR_TASKS, EDVSERRCODE);
	EXPECT_GT(EDVSERRCODE, EDVSBADNODEID);
	EXPECT_GT(EDVSERRCODE, EDVSSLOTUSED);
	EXPECT_GT(EDVSERRCODE, EDVSNOTBIND);
}

TEST_HARNESS_MAIN
