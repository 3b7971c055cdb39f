// SPDX-License-Identifier: GPL-2.0
/*
 * vcopy between two processes, on one node and between two: alignments,
 * sizes, bad addresses, parties that are not ready.
 *
 * test-transport: each
 */
#include "kselftest_harness.h"

#include <signal.h>

#include "pair.h"

#define FOREVER	TIMEOUT_FOREVER
#define PAGE	4096L
#define MAX	((long)DVK_MAXCOPYLEN)
#define ROOM	(MAX + 4 * PAGE)

/* The client asks, the server has taken the request and may copy. */
static void ask(struct __test_metadata *_metadata, SELF_OF(pair))
{
	begin(self->clt, OP_SENDREC, SRV, FOREVER);
	ASSERT_EQ(0, act(self->srv, OP_RCVRQST, 0, FOREVER));
	ASSERT_TRUE(client_waits(self));
}

static void answer(struct __test_metadata *_metadata, SELF_OF(pair))
{
	/* Copies do not end the client's wait. */
	EXPECT_FALSE(ended(self->clt));
	EXPECT_EQ(0, act(self->srv, OP_REPLY, CLT, FOREVER));
	EXPECT_EQ(0, end(self->clt));
}

static const struct {
	long len, src_off, dst_off;
} shapes[] = {
	/* small, at all corners of a page */
	{ 1, 0, 0 }, { 1, PAGE - 1, 0 }, { 1, 0, PAGE - 1 }, { 2, PAGE - 1, 1 },
	{ 3, 1, 2 }, { 7, 3, 5 }, { 8, 0, 0 }, { 8, PAGE - 4, 1 },
	{ 63, 1, 0 }, { 64, 0, 1 }, { 65, PAGE - 64, PAGE - 1 },
	{ 511, 17, 33 }, { 1024, 0, 0 }, { 1500, 600, 3000 },
	/* about a page */
	{ PAGE - 1, 0, 0 }, { PAGE - 1, 1, 0 }, { PAGE - 1, 2, 1 },
	{ PAGE, 0, 0 }, { PAGE, 1, 0 }, { PAGE, 0, 1 }, { PAGE, 8, PAGE - 8 },
	{ PAGE + 1, 0, 0 }, { PAGE + 1, PAGE - 1, PAGE - 1 },
	{ 2 * PAGE, PAGE - 1, 1 }, { 3 * PAGE + 5, 5, 9 },
	/* about a batch of pages, and about a frame */
	{ 16 * PAGE - 1, 1, 0 }, { 16 * PAGE, 0, 0 }, { 16 * PAGE, 1, 2 },
	{ 16 * PAGE + 1, 0, 0 }, { 16 * PAGE + 1, PAGE - 1, 3 },
	{ 17 * PAGE, 100, 200 }, { 32 * PAGE, 4, 4 }, { 33 * PAGE + 7, 7, 0 },
	{ 100003, 13, 77 }, { 262144, 0, 0 }, { 524287, 1, 1 },
	/* the largest */
	{ MAX - 1, 1, 1 }, { MAX, 0, 0 }, { MAX, 1, PAGE - 1 },
	{ MAX, PAGE - 1, 1 },
};

/*
 * Copies each shape from one puppet to another on behalf of @by and checks
 * the bytes, those in front and those behind included.
 */
static void copy_shapes(struct __test_metadata *_metadata, struct puppet *by,
			struct puppet *from, int src_ep,
			struct puppet *to, int dst_ep)
{
	char *s = puppet_map(from, ROOM), *d = puppet_map(to, ROOM);
	size_t i;

	for (i = 0; i < ARRAY_SIZE(shapes); i++) {
		long len = shapes[i].len;
		char *sp = s + shapes[i].src_off + PAGE;
		char *dp = d + shapes[i].dst_off + PAGE;

		puppet_fill(from, sp, len, i);
		puppet_fill(to, dp - 64, 64, 200);
		puppet_fill(to, dp + len, 64, 201);
		EXPECT_EQ(0, puppet_vcopy(by, src_ep, sp, dst_ep, dp, len))
			TH_LOG("%ld bytes, offsets %ld %ld", len,
			       shapes[i].src_off, shapes[i].dst_off);
		EXPECT_EQ(-1, puppet_check(to, dp, len, i))
			TH_LOG("%ld bytes, offsets %ld %ld", len,
			       shapes[i].src_off, shapes[i].dst_off);
		EXPECT_EQ(-1, puppet_check(to, dp - 64, 64, 200));
		EXPECT_EQ(-1, puppet_check(to, dp + len, 64, 201));
		EXPECT_EQ(-1, puppet_check(from, sp, len, i));
	}
}

/*
 * A puppet in a call cannot fill its memory, but another thread of it can.
 */
TEST_F_TIMEOUT(pair, server_reads, 60)
{
	struct puppet *t = puppet_thread(self->clt);

	ask(_metadata, self);
	copy_shapes(_metadata, self->srv, t, CLT, self->srv, SELF);
	answer(_metadata, self);
}

TEST_F_TIMEOUT(pair, server_writes, 60)
{
	struct puppet *t = puppet_thread(self->clt);

	ask(_metadata, self);
	copy_shapes(_metadata, self->srv, self->srv, SRV, t, CLT);
	answer(_metadata, self);
}

/* The other way round: who is blocked in a receive is a party as well. */
TEST_F(pair, client_reads_and_writes)
{
	struct puppet *t = puppet_thread(self->srv);
	char *c = puppet_map(self->clt, 20 * PAGE), *s = puppet_map(t, 20 * PAGE);

	puppet_fill(self->clt, c, 10 * PAGE, 1);
	puppet_fill(t, s + 10 * PAGE, 10 * PAGE, 2);
	begin(self->srv, OP_RECEIVE, ANY, FOREVER);
	ASSERT_TRUE(server_waits(self));
	EXPECT_EQ(0, puppet_vcopy(self->clt, SELF, c, SRV, s + 2, 9 * PAGE));
	EXPECT_EQ(-1, puppet_check(t, s + 2, 9 * PAGE, 1));
	EXPECT_EQ(0, puppet_vcopy(self->clt, SRV, s + 10 * PAGE, CLT,
				  c + 10 * PAGE, 10 * PAGE));
	EXPECT_EQ(-1, puppet_check(self->clt, c + 10 * PAGE, 10 * PAGE, 2));
	EXPECT_FALSE(ended(self->srv));
	EXPECT_EQ(0, act(self->clt, OP_SEND, SRV, FOREVER));
	EXPECT_EQ(0, end(self->srv));
}

TEST_F(pair, nothing)
{
	char *c = puppet_map(self->clt, PAGE), *s = puppet_map(self->srv, PAGE);

	puppet_fill(self->srv, s, PAGE, 1);
	ask(_metadata, self);
	EXPECT_EQ(0, puppet_vcopy(self->srv, CLT, c, SELF, s, 0));
	/* No byte is touched, so no address is bad. */
	EXPECT_EQ(0, puppet_vcopy(self->srv, CLT, NULL, SELF, NULL, 0));
	EXPECT_EQ(-1, puppet_check(self->srv, s, PAGE, 1));
	answer(_metadata, self);
}

TEST_F(pair, too_much)
{
	static const long bad[] = { MAX + 1, -1, 1L << 31, 1L << 32, 1L << 62,
				    -MAX };
	char *c = puppet_map(self->clt, ROOM), *s = puppet_map(self->srv, ROOM);
	size_t i;

	puppet_fill(self->srv, s, MAX + 1, 1);
	ask(_metadata, self);
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		EXPECT_EQ(EDVSRANGE,
			  puppet_vcopy(self->srv, CLT, c, SELF, s, bad[i]))
			TH_LOG("%ld bytes", bad[i]);
		EXPECT_EQ(EDVSRANGE,
			  puppet_vcopy(self->srv, SELF, s, CLT, c, bad[i]))
			TH_LOG("%ld bytes", bad[i]);
	}
	EXPECT_EQ(-1, puppet_check(self->srv, s, MAX + 1, 1));
	answer(_metadata, self);
}

static const size_t fault_lengths[] = { 1, 100, PAGE, 16 * PAGE, 40 * PAGE, MAX };

static void *bad_addresses[] = {
	NULL, (void *)16, (void *)-PAGE, (void *)0xffff888000000000,
	(void *)0x00007ffffffff000, (void *)0x8000000000000000,
};

/* A bad address on the client's side, read and written. */
TEST_F(pair, fault_at_the_client)
{
	char *s = puppet_map(self->srv, ROOM);
	size_t i, k;

	ask(_metadata, self);
	for (i = 0; i < ARRAY_SIZE(bad_addresses); i++) {
		for (k = 0; k < ARRAY_SIZE(fault_lengths); k++) {
			EXPECT_EQ(EDVSFAULT,
				  puppet_vcopy(self->srv, CLT, bad_addresses[i],
					       SELF, s, fault_lengths[k]))
				TH_LOG("from %p, %zu bytes", bad_addresses[i],
				       fault_lengths[k]);
			EXPECT_EQ(EDVSFAULT,
				  puppet_vcopy(self->srv, SELF, s, CLT,
					       bad_addresses[i],
					       fault_lengths[k]))
				TH_LOG("to %p, %zu bytes", bad_addresses[i],
				       fault_lengths[k]);
		}
	}
	answer(_metadata, self);
}

TEST_F(pair, fault_at_the_server)
{
	char *c = puppet_map(self->clt, ROOM);
	size_t i, k;

	ask(_metadata, self);
	for (i = 0; i < ARRAY_SIZE(bad_addresses); i++) {
		for (k = 0; k < ARRAY_SIZE(fault_lengths); k++) {
			EXPECT_EQ(EDVSFAULT,
				  puppet_vcopy(self->srv, SELF,
					       bad_addresses[i], CLT, c,
					       fault_lengths[k]))
				TH_LOG("from %p, %zu bytes", bad_addresses[i],
				       fault_lengths[k]);
			EXPECT_EQ(EDVSFAULT,
				  puppet_vcopy(self->srv, CLT, c, SELF,
					       bad_addresses[i],
					       fault_lengths[k]))
				TH_LOG("to %p, %zu bytes", bad_addresses[i],
				       fault_lengths[k]);
		}
	}
	answer(_metadata, self);
}

/* Good memory that ends too early: at the start, in the middle, at the end. */
TEST_F(pair, fault_in_the_middle)
{
	static const long holes[] = { 0, 1, 15, 16, 17, 100, 254, 255 };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(holes); i++) {
		char *c = puppet_map(self->clt, MAX);
		char *s = puppet_map(self->srv, MAX);

		ASSERT_EQ(0, call(self->clt, OP_UNMAP,
				  (long)c + holes[i] * PAGE, PAGE));
		ask(_metadata, self);
		EXPECT_EQ(EDVSFAULT, puppet_vcopy(self->srv, CLT, c, SELF, s, MAX))
			TH_LOG("hole at page %ld of the source", holes[i]);
		EXPECT_EQ(EDVSFAULT, puppet_vcopy(self->srv, SELF, s, CLT, c, MAX))
			TH_LOG("hole at page %ld of the target", holes[i]);
		ASSERT_EQ(0, call(self->srv, OP_UNMAP,
				  (long)s + holes[i] * PAGE, PAGE));
		c += (holes[i] + 1) * PAGE;
		if (holes[i] < 200) {
			EXPECT_EQ(EDVSFAULT,
				  puppet_vcopy(self->srv, CLT, c, SELF, s,
					       (holes[i] + 1) * PAGE));
			EXPECT_EQ(EDVSFAULT,
				  puppet_vcopy(self->srv, SELF, s, CLT, c,
					       (holes[i] + 1) * PAGE));
		}
		answer(_metadata, self);
	}
}

/* Protection counts as if the owner had done it. */
TEST_F(pair, protection)
{
	char *c = puppet_map(self->clt, 4 * PAGE);
	char *s = puppet_map(self->srv, 4 * PAGE);

	puppet_fill(self->clt, c, 4 * PAGE, 1);
	puppet_fill(self->srv, s, 4 * PAGE, 2);
	ASSERT_EQ(0, call(self->clt, OP_PROTECT, (long)c, 2 * PAGE, PROT_READ));
	ASSERT_EQ(0, call(self->clt, OP_PROTECT, (long)c + 3 * PAGE, PAGE,
			  PROT_NONE));
	ask(_metadata, self);
	EXPECT_EQ(EDVSFAULT, puppet_vcopy(self->srv, SELF, s, CLT, c, PAGE));
	EXPECT_EQ(EDVSFAULT, puppet_vcopy(self->srv, SELF, s, CLT,
					  c + PAGE, 2 * PAGE));
	EXPECT_EQ(EDVSFAULT, puppet_vcopy(self->srv, CLT, c + 3 * PAGE, SELF, s,
					  PAGE));
	EXPECT_EQ(EDVSFAULT, puppet_vcopy(self->srv, SELF, s, CLT, c + 3 * PAGE,
					  1));
	EXPECT_EQ(0, puppet_vcopy(self->srv, CLT, c, SELF, s, 2 * PAGE));
	answer(_metadata, self);
	EXPECT_EQ(-1, puppet_check(self->clt, c, 2 * PAGE, 1));
	EXPECT_EQ(-1, puppet_check(self->srv, s, 2 * PAGE, 1));

	/* And on the server's own side. */
	ASSERT_EQ(0, call(self->srv, OP_PROTECT, (long)s, PAGE, PROT_READ));
	ask(_metadata, self);
	EXPECT_EQ(EDVSFAULT, puppet_vcopy(self->srv, CLT, c, SELF, s, 10));
	EXPECT_EQ(0, puppet_vcopy(self->srv, SELF, s, CLT, c + 2 * PAGE, PAGE));
	answer(_metadata, self);
}

/* The code that a process runs must stay as it is. */
TEST_F(pair, not_into_code)
{
	char *s = puppet_map(self->srv, PAGE);

	ask(_metadata, self);
	EXPECT_EQ(EDVSFAULT, puppet_vcopy(self->srv, SELF, s, CLT,
					  (void *)pattern_fill, 16));
	EXPECT_EQ(0, puppet_vcopy(self->srv, CLT, (void *)pattern_fill, SELF, s,
				  16));
	answer(_metadata, self);
}

static long all_zero(const long *a)
{
	const char *p = (const char *)a[0];
	long i;

	for (i = 0; i < a[1]; i++)
		if (p[i])
			return i;
	return -1;
}

/* Pages that were never touched, on either side. */
TEST_F(pair, untouched_pages)
{
	char *c = puppet_map(self->clt, 40 * PAGE);
	char *s = puppet_map(self->srv, 40 * PAGE);
	struct puppet *t = puppet_thread(self->clt);

	ask(_metadata, self);
	puppet_fill(self->srv, s, 40 * PAGE, 3);
	EXPECT_EQ(0, puppet_vcopy(self->srv, SELF, s, CLT, c, 40 * PAGE));
	EXPECT_EQ(-1, puppet_check(t, c, 40 * PAGE, 3));
	c = puppet_map(t, 40 * PAGE);
	EXPECT_EQ(0, puppet_vcopy(self->srv, CLT, c, SELF, s, 40 * PAGE));
	self->srv->page->fn = all_zero;
	EXPECT_EQ(-1, call(self->srv, OP_FN, (long)s, 40 * PAGE));
	answer(_metadata, self);
}

/* A page shared after fork: the copy is the child's alone. */
TEST_F(pair, copy_on_write)
{
	char *c = puppet_map(self->clt, 8 * PAGE);
	char *s = puppet_map(self->srv, 8 * PAGE);
	struct puppet *child;

	puppet_fill(self->clt, c, 8 * PAGE, 4);
	child = puppet_fork(self->clt);
	puppet_fill(self->srv, s, 8 * PAGE, 5);
	ask(_metadata, self);
	EXPECT_EQ(0, puppet_vcopy(self->srv, SELF, s, CLT, c, 8 * PAGE));
	answer(_metadata, self);
	EXPECT_EQ(-1, puppet_check(self->clt, c, 8 * PAGE, 5));
	EXPECT_EQ(-1, puppet_check(child, c, 8 * PAGE, 4));
}

/* Memory that two processes share is memory like any other. */
TEST_F(pair, shared_memory)
{
	char *c = self->clt->page->data, *s = puppet_map(self->srv, PAGE);

	memset(c, 'x', sizeof(self->clt->page->data));
	puppet_fill(self->srv, s, PAGE, 6);
	ask(_metadata, self);
	EXPECT_EQ(0, puppet_vcopy(self->srv, SELF, s, CLT, c, 500));
	EXPECT_EQ(-1, pattern_check(c, 500, 6));
	EXPECT_EQ('x', c[500]);
	answer(_metadata, self);
}

TEST_F(pair, party_not_blocked)
{
	char *c = puppet_map(self->clt, PAGE), *s = puppet_map(self->srv, PAGE);

	puppet_fill(self->clt, c, PAGE, 1);
	EXPECT_EQ(EDVSPROCSTS, puppet_vcopy(self->srv, CLT, c, SELF, s, 100));
	EXPECT_EQ(EDVSPROCSTS, puppet_vcopy(self->srv, SELF, s, CLT, c, 100));
	EXPECT_EQ(-1, puppet_check(self->clt, c, PAGE, 1));

	/* Nor any more after the answer. */
	ask(_metadata, self);
	EXPECT_EQ(0, puppet_vcopy(self->srv, CLT, c, SELF, s, 100));
	answer(_metadata, self);
	EXPECT_EQ(EDVSPROCSTS, puppet_vcopy(self->srv, CLT, c, SELF, s, 100));
}

TEST_F(pair, party_is_dead)
{
	char *c = puppet_map(self->clt, PAGE), *s = puppet_map(self->srv, PAGE);

	ask(_metadata, self);
	puppet_kill(self->clt);
	ASSERT_TRUE(proc_free(self->sn, self->dcid, CLT));
	EXPECT_EQ(EDVSSRCDIED, puppet_vcopy(self->srv, CLT, c, SELF, s, 100));
	EXPECT_EQ(EDVSDSTDIED, puppet_vcopy(self->srv, SELF, s, CLT, c, 100));
}

/* A requester that is neither source nor destination. */
TEST_F(pair, third_party)
{
	struct puppet *a = client(self, CLT2), *b = client(self, CLT3);
	struct puppet *tb;
	char *x, *y;

	/* Between nodes this is another concept. */
	if (self->cn != self->sn)
		return;
	tb = puppet_thread(b);
	x = puppet_map(a, 70 * PAGE);
	y = puppet_map(b, 70 * PAGE);
	puppet_fill(a, x, 70 * PAGE, 8);
	EXPECT_EQ(EDVSPROCSTS, puppet_vcopy(self->srv, CLT2, x, CLT3, y, 10));
	begin(a, OP_SENDREC, SRV, FOREVER);
	ASSERT_EQ(0, act(self->srv, OP_RCVRQST, 0, FOREVER));
	EXPECT_EQ(EDVSPROCSTS, puppet_vcopy(self->srv, CLT2, x, CLT3, y, 10));
	begin(b, OP_SENDREC, SRV, FOREVER);
	ASSERT_EQ(0, act(self->srv, OP_RCVRQST, 0, FOREVER));
	EXPECT_EQ(0, puppet_vcopy(self->srv, CLT2, x, CLT3, y, 70 * PAGE));
	EXPECT_EQ(-1, puppet_check(tb, y, 70 * PAGE, 8));
	/* Neither wait has ended. */
	EXPECT_FALSE(ended(a));
	EXPECT_FALSE(ended(b));
	EXPECT_EQ(0, act(self->srv, OP_REPLY, CLT2, FOREVER));
	EXPECT_EQ(0, end(a));
	EXPECT_EQ(0, act(self->srv, OP_REPLY, CLT3, FOREVER));
	EXPECT_EQ(0, end(b));
}

TEST_F(pair, counters)
{
	char *c = puppet_map(self->clt, PAGE), *s = puppet_map(self->srv, PAGE);
	bool remote = self->cn != self->sn;
	int i;

	ask(_metadata, self);
	for (i = 0; i < 5; i++)
		ASSERT_EQ(0, puppet_vcopy(self->srv, CLT, c, SELF, s, 100));
	EXPECT_EQ(EDVSFAULT, puppet_vcopy(self->srv, CLT, NULL, SELF, s, 100));
	answer(_metadata, self);
	ASSERT_EQ(0, proc_info(self->sn, self->dcid, SRV, &self->info));
	EXPECT_EQ(remote ? 0 : 5, self->info.p_lclcopy);
	EXPECT_EQ(remote ? 5 : 0, self->info.p_rmtcopy);
}

static long copy_many(const long *a)
{
	long i, ret;

	for (i = 0; i < a[4]; i++) {
		ret = i & 1 ? dvk_vcopy(CLT, a[0], SELF, a[1], a[2]) :
			      dvk_vcopy(SELF, a[1], CLT, a[0], a[3]);
		if (ret)
			return ret;
	}
	return 0;
}

/* The target goes while it is being copied from and to. */
TEST_F_TIMEOUT(pair, party_dies_in_a_copy, 60)
{
	char *s = puppet_map(self->srv, MAX);
	int i;

	self->srv->page->fn = copy_many;
	for (i = 0; i < 6; i++) {
		char *c = puppet_map(self->clt, MAX);
		long ret;

		ask(_metadata, self);
		begin_call(self->srv, OP_FN, (long)c, (long)s, MAX, MAX, 1 << 30);
		nap_ms(5 + 7 * i);
		puppet_kill(self->clt);
		ret = end(self->srv);
		EXPECT_TRUE(is_death(ret) || ret == EDVSPROCSTS)
			TH_LOG("copy ended with %ld", ret);
		ASSERT_TRUE(proc_free(self->sn, self->dcid, CLT));
		self->clt = client(self, CLT);
	}
	/* The server is as good as new. */
	ask(_metadata, self);
	answer(_metadata, self);
}

/* The requester goes in the middle of its own copy. */
TEST_F_TIMEOUT(pair, requester_dies_in_a_copy, 60)
{
	char *c = puppet_map(self->clt, MAX);
	int i;

	for (i = 0; i < 6; i++) {
		char *s = puppet_map(self->srv, MAX);

		ask(_metadata, self);
		self->srv->page->fn = copy_many;
		begin_call(self->srv, OP_FN, (long)c, (long)s, MAX, MAX, 1 << 30);
		nap_ms(5 + 7 * i);
		puppet_kill(self->srv);
		EXPECT_TRUE(is_death(end(self->clt)));
		ASSERT_TRUE(proc_free(self->cn, self->dcid, SRV));
		self->srv = puppet_bound(self->sn, self->dcid, SRV);
		if (self->cn != self->sn)
			puppet_known_at(self->srv, SRV, self->dcid, self->cn);
	}
}

/* Memory that is unmapped and mapped again all the time. */
static long map_and_unmap(const long *a)
{
	long i;

	for (i = 0; i < a[2]; i++) {
		munmap((void *)a[0], a[1]);
		if (mmap((void *)a[0], a[1], PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) ==
		    MAP_FAILED)
			return -1;
	}
	return 0;
}

/* a: addresses of the client and here, length, copies, the puppet's page */
static long copy_into_trouble(const long *a)
{
	struct puppet_page *page = (struct puppet_page *)a[4];
	long i, ret, ok = 0;

	for (i = 0; i < a[3]; i++) {
		atomic_fetch_add(&page->rounds, 1);
		ret = i & 1 ? dvk_vcopy(CLT, a[0], SELF, a[1], a[2]) :
			      dvk_vcopy(SELF, a[1], CLT, a[0], a[2]);
		if (ret && ret != EDVSFAULT)
			return ret;
		ok += !ret;
	}
	return ok;
}

/* Each round ends SOON; all of them take what they take. */
static bool gets_done(struct puppet *p)
{
	int rounds;

	do {
		rounds = p->page->rounds;
	} while (wait_until(ended(p) || p->page->rounds != rounds, SOON) &&
		 !ended(p));
	return ended(p);
}

TEST_F_TIMEOUT(pair, racing_munmap, 60)
{
	struct puppet *t = puppet_thread(self->clt);
	char *c = puppet_map(self->clt, 64 * PAGE);
	char *s = puppet_map(self->srv, 64 * PAGE);

	ask(_metadata, self);
	t->page->fn = map_and_unmap;
	self->srv->page->fn = copy_into_trouble;
	begin_call(t, OP_FN, (long)c, 64 * PAGE, 300);
	begin_call(self->srv, OP_FN, (long)c, (long)s, 64 * PAGE, 100,
		   (long)self->srv->page);
	EXPECT_TRUE(gets_done(self->srv)) {
		TH_LOG("in round %d", self->srv->page->rounds);
	}
	EXPECT_LE(0, end(self->srv));
	EXPECT_EQ(0, end_within(t, LATE));
	answer(_metadata, self);
}

TEST_HARNESS_MAIN
