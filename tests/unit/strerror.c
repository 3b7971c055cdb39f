// SPDX-License-Identifier: GPL-2.0
/*
 * dvk_strerror() and the numbers of the codes.
 */
#include "kselftest_harness.h"

#include <ctype.h>

#include <dvk/dvk.h>

#define ENTRY(name, number, text) { -(number), text },
static const struct {
	int code;
	const char *text;
} codes[] = { DVK_ERRNO_LIST(ENTRY) };

/* The border is no code of a call. */
TEST(every_code_has_a_text)
{
	size_t i, k;

	EXPECT_LE(70, ARRAY_SIZE(codes));
	for (i = 0; i < ARRAY_SIZE(codes); i++) {
		const char *text = dvk_strerror(codes[i].code);

		EXPECT_STREQ(codes[i].text, text);
		EXPECT_LT(3, strlen(text));
		EXPECT_TRUE(isprint(text[0]));
		EXPECT_EQ(NULL, strchr(text, '\n'));
		/* With or without its sign. */
		EXPECT_STREQ(text, dvk_strerror(-codes[i].code));
		for (k = 0; k < i; k++)
			EXPECT_NE(codes[k].code, codes[i].code);
	}
}

TEST(numbers)
{
	EXPECT_EQ(-1, EDVSPERM);
	EXPECT_EQ(-4, EDVSINTR);
	EXPECT_EQ(-11, EDVSAGAIN);
	EXPECT_EQ(-14, EDVSFAULT);
	EXPECT_EQ(-34, EDVSRANGE);
	EXPECT_EQ(-55, EDVSBADDEST);
	EXPECT_EQ(-61, EDVSTIMEDOUT);
	EXPECT_EQ(-64, EDVSNOTCONN);
	EXPECT_EQ(-65, EDVSSHUTDOWN);
	EXPECT_EQ(-102, EDVSBADCALL);
	EXPECT_EQ(-105, EDVSDEADSRCDST);
	EXPECT_EQ(-108, EDVSSRCDIED);
	EXPECT_EQ(-109, EDVSDSTDIED);
	EXPECT_EQ(-301, EDVSBADNODEID);
	EXPECT_EQ(-306, EDVSENDPOINT);
	EXPECT_EQ(-310, EDVSNOTBIND);
	EXPECT_EQ(-319, EDVSNODCNODE);
	EXPECT_EQ(-320, EDVSPROCRUN);
	EXPECT_EQ(-324, EDVSPROCSTS);
	EXPECT_EQ(-337, EDVSSLOTUSED);
	EXPECT_EQ(-348, EDVSWOKENUP);
	EXPECT_EQ(-401, EDVSPRIMARY);
	EXPECT_EQ(-512, EDVSRESTARTSYS);
}

TEST(unknown)
{
	static const long unknown[] = { 0, 1, 2, -2, 200, -299, -400, 100000,
					-100000, 1L << 62, -(1L << 62) };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(unknown); i++) {
		const char *text = dvk_strerror(unknown[i]);

		ASSERT_NE(NULL, text);
		EXPECT_LT(0, strlen(text));
	}
}

/* Without the device each call says so, and none crashes. */
TEST(no_device)
{
	message m;
	dc_usr_t dc;

	if (!access("/dev/dvk", F_OK))
		SKIP(return, "there is a device here");
	EXPECT_EQ(EDVSNOSYS, dvk_open());
	/* Where an endpoint is returned, all codes are below the border. */
	EXPECT_EQ(EDVSBADFILE, dvk_bind(0, 1));
	EXPECT_EQ(EDVSNOSYS, dvk_send(1, &m));
	EXPECT_EQ(EDVSNOSYS, dvk_receive(ANY, &m));
	EXPECT_EQ(EDVSNOSYS, dvk_getdcinfo(0, &dc));
	EXPECT_EQ(EDVSNOSYS, dvk_vcopy(1, &m, 2, &dc, 4));
	EXPECT_EQ(-1, dvk_fd);
}

TEST_HARNESS_MAIN
