// SPDX-License-Identifier: GPL-2.0
/*
 * Copies on behalf of a third: every placement of requester, source and
 * destination on three nodes. An error at each party comes back as that error.
 *
 * test-transport: each
 */
#include "kselftest_harness.h"

#include <signal.h>

#include "cluster.h"
#include "puppet.h"
#include "util.h"

#define RQTR	10
#define SRC	100
#define DST	101
#define FOREVER	TIMEOUT_FOREVER
#define PAGE	4096L
#define MAX	((long)DVK_MAXCOPYLEN)

FIXTURE(third) {
	int dcid;
	/* Threads, because who is blocked in a call cannot look. */
	struct puppet *rqtr, *src, *dst, *src_eye, *dst_eye;
	char *s, *d;
};

/* Nodes of requester, source and destination. */
FIXTURE_VARIANT(third) {
	int r, s, d;
};

#define PLACE(x, y, z) \
	FIXTURE_VARIANT_ADD(third, r##x##_s##y##_d##z) { .r = x, .s = y, .d = z }

PLACE(0, 0, 0);
PLACE(0, 0, 1);
PLACE(0, 1, 0);
PLACE(0, 1, 1);
PLACE(0, 1, 2);
PLACE(1, 0, 0);
PLACE(1, 0, 1);
PLACE(1, 1, 0);
PLACE(1, 0, 2);
PLACE(1, 2, 0);
PLACE(2, 0, 1);
PLACE(2, 1, 0);
PLACE(2, 1, 1);

static void introduce(SELF_OF(third), struct puppet *p, int ep)
{
	int n;

	for (n = 0; n < NODES; n++)
		if (n != p->node)
			puppet_known_at(p, ep, self->dcid, n);
}

FIXTURE_SETUP(third)
{
	cluster_up();
	self->dcid = dc_new(ALL_NODES);
	self->rqtr = puppet_bound(variant->r, self->dcid, RQTR);
	self->src = puppet_bound(variant->s, self->dcid, SRC);
	self->dst = puppet_bound(variant->d, self->dcid, DST);
	introduce(self, self->rqtr, RQTR);
	introduce(self, self->src, SRC);
	introduce(self, self->dst, DST);
	self->src_eye = puppet_thread(self->src);
	self->dst_eye = puppet_thread(self->dst);
	self->s = puppet_map(self->src, MAX + 2 * PAGE);
	self->d = puppet_map(self->dst, MAX + 2 * PAGE);
}

FIXTURE_TEARDOWN(third)
{
	puppets_end();
	dc_drop(self->dcid);
}

/* Both parties ask the requester, which takes their requests. */
static void ask(struct __test_metadata *_metadata, SELF_OF(third))
{
	begin(self->src, OP_SENDREC, RQTR, FOREVER);
	ASSERT_EQ(0, act(self->rqtr, OP_RCVRQST, 0, FOREVER));
	begin(self->dst, OP_SENDREC, RQTR, FOREVER);
	ASSERT_EQ(0, act(self->rqtr, OP_RCVRQST, 0, FOREVER));
	ASSERT_TRUE(puppet_sleeps(self->src));
	ASSERT_TRUE(puppet_sleeps(self->dst));
}

static void answer(struct __test_metadata *_metadata, SELF_OF(third))
{
	EXPECT_FALSE(ended(self->src));
	EXPECT_FALSE(ended(self->dst));
	EXPECT_EQ(0, act(self->rqtr, OP_REPLY, SRC, FOREVER));
	EXPECT_EQ(0, act(self->rqtr, OP_REPLY, DST, FOREVER));
	EXPECT_EQ(0, end(self->src));
	EXPECT_EQ(0, end(self->dst));
}

TEST_F_TIMEOUT(third, sizes, 60)
{
	static const struct {
		long len, so, dof;
	} shapes[] = {
		{ 0, 0, 0 }, { 1, 0, 0 }, { 1, PAGE - 1, 5 }, { 100, 3, 7 },
		{ PAGE, 0, 1 }, { PAGE + 1, PAGE - 1, 0 }, { 65536, 0, 0 },
		{ 65537, 1, 2 }, { 200001, 77, 13 }, { MAX, 0, 0 },
		{ MAX, PAGE - 1, 1 },
	};
	size_t i;

	ask(_metadata, self);
	for (i = 0; i < ARRAY_SIZE(shapes); i++) {
		char *s = self->s + shapes[i].so, *d = self->d + shapes[i].dof;
		long len = shapes[i].len;

		puppet_fill(self->src_eye, s, len, i);
		puppet_fill(self->dst_eye, d + len, 64, 99);
		EXPECT_EQ(0, puppet_vcopy(self->rqtr, SRC, s, DST, d, len))
			TH_LOG("%ld bytes", len);
		EXPECT_EQ(-1, puppet_check(self->dst_eye, d, len, i))
			TH_LOG("%ld bytes", len);
		EXPECT_EQ(-1, puppet_check(self->dst_eye, d + len, 64, 99));
	}
	answer(_metadata, self);
}

TEST_F(third, bad_addresses)
{
	static const long len[] = { 1, PAGE, 100000, MAX };
	size_t i;

	ask(_metadata, self);
	for (i = 0; i < ARRAY_SIZE(len); i++) {
		EXPECT_EQ(EDVSFAULT, puppet_vcopy(self->rqtr, SRC, (void *)PAGE,
						  DST, self->d, len[i]))
			TH_LOG("%ld bytes from nowhere", len[i]);
		EXPECT_EQ(EDVSFAULT, puppet_vcopy(self->rqtr, SRC, self->s, DST,
						  (void *)PAGE, len[i]))
			TH_LOG("%ld bytes to nowhere", len[i]);
	}
	/* The line is as good as before. */
	puppet_fill(self->src_eye, self->s, 70000, 1);
	EXPECT_EQ(0, puppet_vcopy(self->rqtr, SRC, self->s, DST, self->d, 70000));
	EXPECT_EQ(-1, puppet_check(self->dst_eye, self->d, 70000, 1));
	answer(_metadata, self);
}

TEST_F(third, not_in_a_call)
{
	EXPECT_EQ(EDVSPROCSTS, puppet_vcopy(self->rqtr, SRC, self->s, DST,
					    self->d, 100));
	begin(self->src, OP_SENDREC, RQTR, FOREVER);
	ASSERT_EQ(0, act(self->rqtr, OP_RCVRQST, 0, FOREVER));
	ASSERT_TRUE(puppet_sleeps(self->src));
	EXPECT_EQ(EDVSPROCSTS, puppet_vcopy(self->rqtr, SRC, self->s, DST,
					    self->d, 100));
	EXPECT_EQ(EDVSPROCSTS, puppet_vcopy(self->rqtr, DST, self->d, SRC,
					    self->s, 100));
	EXPECT_EQ(0, act(self->rqtr, OP_REPLY, SRC, FOREVER));
	EXPECT_EQ(0, end(self->src));
}

TEST_F(third, dead)
{
	long ret;

	ask(_metadata, self);
	puppet_kill(self->dst);
	ASSERT_TRUE(proc_free(variant->r, self->dcid, DST));
	EXPECT_EQ(EDVSDSTDIED, puppet_vcopy(self->rqtr, SRC, self->s, DST,
					    self->d, 100));
	ret = puppet_vcopy(self->rqtr, DST, self->d, SRC, self->s, 100);
	EXPECT_EQ(EDVSSRCDIED, ret);
	EXPECT_FALSE(ended(self->src));
}

/* Another user's processes, which ask somebody else. */
TEST_F(third, not_its_clients)
{
	struct puppet *other = puppet_bound(variant->r, self->dcid, RQTR + 1);

	introduce(self, other, RQTR + 1);
	puppet_fill(self->dst_eye, self->d, 1000, 1);
	ASSERT_EQ(0, call(self->rqtr, OP_SETUID, 1000));
	begin(self->src, OP_SENDREC, RQTR + 1, FOREVER);
	ASSERT_EQ(0, act(other, OP_RCVRQST, 0, FOREVER));
	begin(self->dst, OP_SENDREC, RQTR + 1, FOREVER);
	ASSERT_EQ(0, act(other, OP_RCVRQST, 0, FOREVER));
	ASSERT_TRUE(puppet_sleeps(self->src));
	ASSERT_TRUE(puppet_sleeps(self->dst));
	EXPECT_EQ(EDVSPRIVILEGES, puppet_vcopy(self->rqtr, SRC, self->s, DST,
					       self->d, 1000));
	EXPECT_EQ(-1, puppet_check(self->dst_eye, self->d, 1000, 1));
}

static long copy_on(const long *a)
{
	long ret;

	do {
		ret = dvk_vcopy(SRC, a[0], DST, a[1], MAX);
	} while (!ret);
	return ret;
}

/* A party dies while it is being copied from or to; the requester is told. */
TEST_F(third, death_in_the_middle)
{
	long ret;

	ask(_metadata, self);
	self->rqtr->page->fn = copy_on;
	begin_call(self->rqtr, OP_FN, (long)self->s, (long)self->d);
	nap_ms(30);
	EXPECT_FALSE(ended(self->rqtr));
	puppet_kill(variant->r & 1 ? self->src : self->dst);
	ret = end(self->rqtr);
	EXPECT_TRUE(ret == EDVSSRCDIED || ret == EDVSDSTDIED ||
		    ret == EDVSPROCSTS || ret == EDVSDEADSRCDST)
		TH_LOG("%ld", ret);
}

TEST_HARNESS_MAIN
