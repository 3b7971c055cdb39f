// SPDX-License-Identifier: GPL-2.0
/*
 * A node is lost: everything in flight to it fails with NOTCONN at once. When
 * it is back, calls work again, and nothing of before is replayed. Programs that
 * carry the frames have an own keep-alive, of four seconds.
 *
 * test-timeout: 600
 * test-transport: each
 */
#include "kselftest_harness.h"

#include <signal.h>

#include "cluster.h"
#include "faults.h"
#include "puppet.h"
#include "util.h"

#define SRV	10
#define CLT	100
#define FOREVER	TIMEOUT_FOREVER
#define MAX	((long)DVK_MAXCOPYLEN)
#define KEEPALIVE	1000

/* How the connection between node 0 and node 1 gets lost. */
enum loss {
	DISABLED_HERE,	/* the client's node hangs up */
	DISABLED_THERE,	/* the server's node does */
	LINK_DOWN,	/* silence: nobody tells anybody */
	NO_FRAMES,	/* the same, with a link that looks well */
	RESET,		/* a firewall before the server's node says no to all */
	DVS_END,	/* the server's node leaves the DVS */
	PEER_REMOVED,	/* its configuration goes */
};

FIXTURE(loss) {
	int dcid;
	struct puppet *srv;		/* on node 1, serves */
	struct puppet *clt[8];		/* on node 0, one for each kind of wait */
	char *sbuf, *cbuf;
};

FIXTURE_VARIANT(loss) {
	int how;
	int ms;		/* bound of "at once" */
};

FIXTURE_VARIANT_ADD(loss, disabled_here) { DISABLED_HERE, 3000 };
FIXTURE_VARIANT_ADD(loss, disabled_there) { DISABLED_THERE, 3000 };
FIXTURE_VARIANT_ADD(loss, link_down) { LINK_DOWN, KEEPALIVE + 9000 };
FIXTURE_VARIANT_ADD(loss, no_frames) { NO_FRAMES, KEEPALIVE + 9000 };
FIXTURE_VARIANT_ADD(loss, reset) { RESET, KEEPALIVE + 9000 };
FIXTURE_VARIANT_ADD(loss, dvs_end) { DVS_END, 3000 };
FIXTURE_VARIANT_ADD(loss, peer_removed) { PEER_REMOVED, 3000 };

enum {
	QUEUED_SEND, QUEUED_RQST, TAKEN_RQST, RECEIVES, COPY_IN, COPY_OUT,
	NR_WAITS
};

static const char * const wait_name[] = {
	"send, queued", "sendrec, queued", "sendrec, being served",
	"receive from there", "vcopy to", "vcopy from",
};

FIXTURE_SETUP(loss)
{
	int i;

	if (variant->how == RESET && strcmp(transport(), "tcp"))
		SKIP_TEST("TIPC has nothing that a firewall could answer");
	cluster_up();
	self->dcid = dc_new(ALL_NODES);
	self->srv = puppet_bound(1, self->dcid, SRV);
	puppet_known_at(self->srv, SRV, self->dcid, 0);
	self->sbuf = puppet_map(self->srv, MAX);
	for (i = 0; i < NR_WAITS; i++) {
		self->clt[i] = puppet_bound(0, self->dcid, CLT + i);
		puppet_known_at(self->clt[i], CLT + i, self->dcid, 1);
	}
	if (variant->how == LINK_DOWN || variant->how == NO_FRAMES ||
	    variant->how == RESET) {
		ASSERT_EQ(0, attr_write(0, "keepalive_ms", "%d", KEEPALIVE));
		ASSERT_EQ(0, attr_write(1, "keepalive_ms", "%d", KEEPALIVE));
	}
}

/* Whether the link to node 1 was without frames. */
static bool silent;

static void mend(void)
{
	links_mend();
	attr_write(0, "keepalive_ms", "5000");
	attr_write(1, "keepalive_ms", "5000");
	if (silent)
		links_rediscover(1);
	silent = false;
	/*
	 * A connection that the silence did not end may still find itself dead
	 * when the next test has begun.
	 */
	attr_write(0, "peers/1/enabled", "0");
	attr_write(1, "peers/0/enabled", "0");
	attr_write(0, "peers/1/enabled", "1");
	attr_write(1, "peers/0/enabled", "1");
	/* The script takes longer, but it can also configure anew. */
	if (attr_is(1, "nodeid", "1") && attr_is(0, "peers/1/enabled", "1") &&
	    cluster_whole(LATE))
		return;
	if (run("%s/cluster.sh up", tests_dir()))
		die("the cluster does not come up again");
}

FIXTURE_TEARDOWN(loss)
{
	puppets_end();
	mend();
	dc_drop(self->dcid);
}

static void lose(struct __test_metadata *_metadata, int how)
{
	switch (how) {
	case DISABLED_HERE:
		ASSERT_EQ(0, attr_write(0, "peers/1/enabled", "0"));
		break;
	case DISABLED_THERE:
		ASSERT_EQ(0, attr_write(1, "peers/0/enabled", "0"));
		break;
	case LINK_DOWN:
		silent = true;
		link_carrier(1, false);
		break;
	case NO_FRAMES:
		silent = true;
		link_netem(1, "loss 100%");
		break;
	case RESET:
		firewall_resets(1, true);
		break;
	case DVS_END:
		at_node(1);
		ASSERT_EQ(0, dvk_dvs_end());
		break;
	case PEER_REMOVED:
		ASSERT_EQ(0, attr_write(0, "del_peer", "1"));
		break;
	}
}

/* Programs carry the frames of node 1, or of all: see tests/uproxy_suite.sh. */
static bool by_programs(void)
{
	return getenv("DVK_TEST_PROXIES");
}

/*
 * A copy is over so soon that another one may just begin when the node is
 * lost, and is refused for what it then finds.
 */
static bool ended_well(int wait, int how, long ret)
{
	if (ret == EDVSNOTCONN)
		return true;
	/*
	 * Who leaves in good order says first that its endpoints end; another
	 * copy may ask for them when their DC has.
	 */
	if (how == DVS_END)
		return ret == EDVSDSTDIED || ret == EDVSSRCDIED ||
		       ret == EDVSDEADSRCDST ||
		       (wait >= COPY_IN && ret == EDVSDCNOTRUN);
	/* Without its programs a node is forgotten, as one that is disabled. */
	if (wait < COPY_IN || (how != DISABLED_HERE && how != PEER_REMOVED &&
			       !by_programs()))
		return false;
	return ret == EDVSNOPROXY || ret == EDVSDSTDIED ||
	       ret == EDVSSRCDIED || ret == EDVSNODCNODE;
}

/* Copies till it fails. */
static long copy_on(const long *a)
{
	long ret;

	do {
		ret = a[4] ? dvk_vcopy(a[0], a[1], SELF, a[2], a[3]) :
			     dvk_vcopy(SELF, a[2], a[0], a[1], a[3]);
	} while (!ret);
	return ret;
}

static void wait_in_all_ways(struct __test_metadata *_metadata,
			     SELF_OF(loss))
{
	char *buf[NR_WAITS];
	int i;

	say(self->clt[TAKEN_RQST], 1, 1);
	begin(self->clt[TAKEN_RQST], OP_SENDREC, SRV, FOREVER);
	ASSERT_EQ(0, act(self->srv, OP_RCVRQST, 0, FOREVER))
		TH_LOG("the client: %ld", ended(self->clt[TAKEN_RQST]) ?
		       end(self->clt[TAKEN_RQST]) : 0);
	begin(self->clt[QUEUED_SEND], OP_SEND, SRV, FOREVER);
	begin(self->clt[QUEUED_RQST], OP_SENDREC, SRV, FOREVER);
	ASSERT_TRUE(proc_flags(1, self->dcid, CLT + QUEUED_SEND,
			       DVK_RTS_SENDING, 0));
	ASSERT_TRUE(proc_flags(1, self->dcid, CLT + QUEUED_RQST,
			       DVK_RTS_SENDING, 0));
	begin(self->clt[RECEIVES], OP_RECEIVE, SRV, FOREVER);
	ASSERT_TRUE(puppet_sleeps(self->clt[RECEIVES]));
	for (i = COPY_IN; i <= COPY_OUT; i++) {
		buf[i] = puppet_map(self->clt[i], MAX);
		self->clt[i]->page->fn = copy_on;
	}
	/* The server waits for the one that will not speak. */
	begin(self->srv, OP_RECEIVE, CLT + RECEIVES, FOREVER);
	ASSERT_TRUE(proc_flags(1, self->dcid, SRV, DVK_RTS_RECEIVING, 0));
	for (i = COPY_IN; i <= COPY_OUT; i++)
		begin_call(self->clt[i], OP_FN, SRV, (long)self->sbuf,
			   (long)buf[i], MAX, i == COPY_OUT);
	/* Both have begun when the link carries their frames. */
	nap_ms(50);
	EXPECT_FALSE(ended(self->clt[COPY_IN]));
	EXPECT_FALSE(ended(self->clt[COPY_OUT]));
}

static long lost_calls(int node, int peer)
{
	char name[40];

	snprintf(name, sizeof(name), "peers/%d/lost", peer);
	return attr_long(node, name);
}

TEST_F_TIMEOUT(loss, all_that_is_in_flight, 90)
{
	long start, lost = lost_calls(0, 1);
	struct puppet *local = puppet_bound(0, self->dcid, CLT + 20);
	long ret;
	int i;

	wait_in_all_ways(_metadata, self);
	/* What goes on between others is not touched. */
	begin(local, OP_RECEIVE, ANY, FOREVER);
	start = now_ms();
	lose(_metadata, variant->how);
	for (i = 0; i < NR_WAITS; i++) {
		ret = end_within(self->clt[i], variant->ms * slowness());
		EXPECT_TRUE(ended_well(i, variant->how, ret))
			TH_LOG("%s: %ld, after %ld ms", wait_name[i], ret,
			       now_ms() - start);
	}
	EXPECT_GE(variant->ms * slowness(), now_ms() - start);
	/* The other side is told as well. */
	ret = end_within(self->srv, variant->ms * slowness());
	EXPECT_TRUE(variant->how == DVS_END ? ret < 0 && ret != STUCK :
					      ret == EDVSNOTCONN)
		TH_LOG("the server: %ld", ret);
	EXPECT_FALSE(ended(local));
	if (variant->how != PEER_REMOVED && variant->how != DVS_END)
		EXPECT_LE(COPY_IN, lost_calls(0, 1) - lost);
}

/* Afterwards: everything works, and the server sees nothing old. */
TEST_F_TIMEOUT(loss, nothing_is_replayed, 90)
{
	int i;

	if (variant->how == DVS_END || variant->how == PEER_REMOVED)
		return;
	wait_in_all_ways(_metadata, self);
	lose(_metadata, variant->how);
	for (i = 0; i < NR_WAITS; i++)
		EXPECT_TRUE(ended_well(i, variant->how,
				       end_within(self->clt[i], variant->ms * slowness())));
	end_within(self->srv, variant->ms * slowness());

	mend();
	EXPECT_EQ(EDVSAGAIN, act(self->srv, OP_RECEIVE, ANY, 0));
	EXPECT_GT(0, act(self->srv, OP_REPLY, CLT + TAKEN_RQST, 0));

	/* Who was in a call and who was not, all can call. */
	puppet_known_at(self->srv, SRV, self->dcid, 0);
	for (i = 0; i < NR_WAITS; i++) {
		say(self->clt[i], 2, 500 + i);
		begin(self->clt[i], OP_SENDREC, SRV, FOREVER);
		ASSERT_EQ(0, act(self->srv, OP_RCVRQST, 0, SOON));
		EXPECT_EQ(500 + i, heard(self->srv)->m1_i1);
		EXPECT_EQ(CLT + i, heard(self->srv)->m_source);
		EXPECT_EQ(0, act(self->srv, OP_REPLY, CLT + i, FOREVER));
		EXPECT_EQ(0, end(self->clt[i]));
	}
	EXPECT_EQ(EDVSAGAIN, act(self->srv, OP_RECEIVE, ANY, 0));
}

/* The other nodes go on meanwhile. */
TEST_F_TIMEOUT(loss, others_go_on, 90)
{
	struct puppet *s2 = puppet_bound(2, self->dcid, SRV + 1);
	int i;

	puppet_known_at(s2, SRV + 1, self->dcid, 0);
	lose(_metadata, variant->how);
	for (i = 0; i < 30; i++) {
		begin(self->clt[0], OP_SENDREC, SRV + 1, FOREVER);
		ASSERT_EQ(0, act(s2, OP_RCVRQST, 0, FOREVER));
		ASSERT_EQ(0, act(s2, OP_REPLY, CLT, FOREVER));
		ASSERT_EQ(0, end(self->clt[0]));
		nap_ms(20);
	}
	EXPECT_TRUE(attr_is(0, "peers/2/state", "up"));
}

/* A short silence is no loss: the call waits and completes. */
FIXTURE(silence) {
	int dcid;
	struct puppet *srv, *clt;
};

FIXTURE_SETUP(silence)
{
	cluster_up();
	self->dcid = dc_new(1 | 1 << 1);
	self->srv = puppet_bound(1, self->dcid, SRV);
	self->clt = puppet_bound(0, self->dcid, CLT);
	puppet_known_at(self->srv, SRV, self->dcid, 0);
	ASSERT_EQ(0, attr_write(0, "keepalive_ms", "30000"));
	ASSERT_EQ(0, attr_write(1, "keepalive_ms", "30000"));
}

FIXTURE_TEARDOWN(silence)
{
	puppets_end();
	mend();
	dc_drop(self->dcid);
}

TEST_F(silence, short_interruption)
{
	long reconnects = attr_long(0, "peers/1/reconnects");

	if (strcmp(transport(), "tcp"))
		SKIP(return, "TIPC gives up a link without carrier at once");
	link_carrier(1, false);
	say(self->clt, 1, 5);
	begin(self->clt, OP_SENDREC, SRV, FOREVER);
	begin(self->srv, OP_RCVRQST, 0, FOREVER);
	nap_ms(300);
	EXPECT_FALSE(ended(self->srv));
	link_carrier(1, true);
	EXPECT_EQ(0, end_within(self->srv, LATE));
	EXPECT_EQ(0, act(self->srv, OP_REPLY, CLT, FOREVER));
	EXPECT_EQ(0, end_within(self->clt, LATE));
	EXPECT_EQ(reconnects, attr_long(0, "peers/1/reconnects"));
}

/*
 * A peer that works is not lost, however slow the line: neither the one that sends
 * and hears nothing but acknowledgements, nor the one that has nothing to say.
 */
TEST_F_TIMEOUT(silence, slow_line, 90)
{
	const size_t len = 64 * 1024;
	long reconnects = attr_long(0, "peers/1/reconnects"), start;
	void *from, *to;
	int slow;

	if (strcmp(transport(), "tcp"))
		SKIP(return, "TIPC looks after its links by itself");
	from = puppet_map(self->clt, len);
	to = puppet_map(self->srv, len);
	puppet_fill(self->clt, from, len, 1);
	attr_write(0, "keepalive_ms", "2000");
	attr_write(1, "keepalive_ms", "2000");
	begin(self->srv, OP_RCVRQST, 0, FOREVER);
	ASSERT_TRUE(proc_flags(1, self->dcid, SRV, DVK_RTS_RECEIVING, 0));
	/* There, eight seconds; and back again. */
	for (slow = 1; slow >= 0; slow--) {
		link_slow(slow, 64);
		start = now_ms();
		if (slow)
			begin_call(self->clt, OP_VCOPY, CLT, (long)from, SRV,
				   (long)to, len);
		else
			begin_call(self->clt, OP_VCOPY, SRV, (long)to, CLT,
				   (long)from, len);
		EXPECT_EQ(0, end_within(self->clt, 30000 * slowness()));
		EXPECT_LE(4000, now_ms() - start);
		EXPECT_EQ(-1, puppet_check(self->clt, from, len, 1));
		link_netem(slow, NULL);
		puppet_fill(self->clt, from, len, 2 * slow);
	}
	EXPECT_EQ(reconnects, attr_long(0, "peers/1/reconnects"));
}

/* Notifies without end; the longest call in ms is the result. */
static long flood(const long *a)
{
	long worst = 0, start, ret;

	do {
		start = now_ms();
		ret = dvk_notify(SRV);
		if (now_ms() - start > worst)
			worst = now_ms() - start;
		if (ret == EDVSAGAIN)
			atomic_store((_Atomic int *)a[1], 1);
		else if (ret)
			return ret;
	} while (!atomic_load((_Atomic int *)a[0]));
	return worst;
}

/* One who sends more than the line takes holds up nobody, himself included. */
TEST_F_TIMEOUT(silence, flooded, 60)
{
	struct puppet *hog = puppet_bound(0, self->dcid, CLT + 9);
	struct puppet_page *page = hog->page;
	long start;

	if (strcmp(transport(), "tcp"))
		SKIP(return, "TIPC gives up a link that is dead at once");
	/* Known there, so that nothing but the line holds it up. */
	ASSERT_EQ(0, call(hog, OP_NOTIFY, SRV));
	firewall_drops(1, 0, true);
	page->fn = flood;
	begin_call(hog, OP_FN, (long)&page->stop, (long)&page->rounds);
	ASSERT_TRUE(wait_until(atomic_load(&page->rounds) || ended(hog), LATE));
	EXPECT_FALSE(ended(hog));

	start = now_ms();
	EXPECT_EQ(EDVSTIMEDOUT, act(self->clt, OP_SENDREC, SRV, 500));
	EXPECT_GE(500 + 1000 * slowness(), now_ms() - start);
	start = now_ms();
	EXPECT_EQ(EDVSAGAIN, act(self->clt, OP_SENDREC, SRV, TIMEOUT_NOWAIT));
	EXPECT_GE(1000 * slowness(), now_ms() - start);
	call(self->clt, OP_CATCH, SIGUSR1, 0);
	begin(self->clt, OP_SENDREC, SRV, FOREVER);
	ASSERT_TRUE(proc_flags(0, self->dcid, CLT, DVK_RTS_SENDING, 0));
	puppet_signal(self->clt, SIGUSR1);
	EXPECT_EQ(EDVSINTR, end(self->clt));

	atomic_store(&page->stop, 1);
	EXPECT_GE(1000 * slowness(), end(hog));
	/* It has used up its own share, and nobody else's. */
	start = now_ms();
	EXPECT_EQ(EDVSTIMEDOUT, act(hog, OP_SENDREC, SRV, 500));
	EXPECT_GE(500 + 1000 * slowness(), now_ms() - start);
	firewall_drops(1, 0, false);
	say(self->clt, 1, 66);
	begin(self->clt, OP_SENDREC, SRV, FOREVER);
	/* What had queued comes first, and is cancelled after that. */
	do {
		begin(self->srv, OP_RCVRQST, 0, FOREVER);
		ASSERT_EQ(0, end_within(self->srv, LATE));
	} while (heard(self->srv)->m1_i1 != 66);
	EXPECT_EQ(0, act(self->srv, OP_REPLY, CLT, FOREVER));
	EXPECT_EQ(0, end_within(self->clt, LATE));
}

/* The time of day is nobody's business: bounds and keep-alive go on as before. */
TEST_F(silence, clock_jumps)
{
	static const int jump[] = { 3600, -7200, 3600 };
	long reconnects = attr_long(0, "peers/1/reconnects"), start;
	struct timespec now;
	size_t i;

	/* Less than it all takes, more than a busy machine sleeps. */
	attr_write(0, "keepalive_ms", "%d", 4000 * slowness());
	attr_write(1, "keepalive_ms", "%d", 4000 * slowness());
	for (i = 0; i < sizeof(jump) / sizeof(jump[0]); i++) {
		start = now_ms();
		begin(self->clt, OP_SENDREC, SRV, 1500);
		ASSERT_TRUE(puppet_sleeps(self->clt));
		clock_gettime(CLOCK_REALTIME, &now);
		now.tv_sec += jump[i];
		ASSERT_EQ(0, clock_settime(CLOCK_REALTIME, &now));
		EXPECT_EQ(EDVSTIMEDOUT, end(self->clt));
		/* A tick that comes late is made good: a little less. */
		EXPECT_LE(1400, now_ms() - start);
		/* The server hears a little later that it was given up. */
		ASSERT_TRUE(proc_flags(1, self->dcid, CLT, 0, DVK_RTS_SENDING));
		begin(self->clt, OP_SENDREC, SRV, FOREVER);
		ASSERT_EQ(0, act(self->srv, OP_RCVRQST, 0, SOON));
		EXPECT_EQ(0, act(self->srv, OP_REPLY, CLT, FOREVER));
		EXPECT_EQ(0, end(self->clt));
	}
	EXPECT_EQ(reconnects, attr_long(0, "peers/1/reconnects"));
}

/* Many losses in a row leave everything in order. */
TEST_F_TIMEOUT(silence, again_and_again, 90)
{
	long reconnects = attr_long(0, "peers/1/reconnects"), ret;
	int i;

	for (i = 0; i < 15; i++) {
		begin(self->clt, OP_SENDREC, SRV, FOREVER);
		if (i & 1)
			ASSERT_EQ(0, act(self->srv, OP_RCVRQST, 0, FOREVER));
		ASSERT_EQ(0, attr_write(1, "peers/0/enabled", "0"));
		/*
		 * A program gets a connection first and then hears that the
		 * other node does not want it; it may have tried while that was
		 * so. Then the server is forgotten once more.
		 */
		ret = end(self->clt);
		EXPECT_TRUE(ret == EDVSNOTCONN ||
			    (by_programs() && ret == EDVSDEADSRCDST))
			TH_LOG("%ld", ret);
		ASSERT_EQ(0, attr_write(1, "peers/0/enabled", "1"));
		ASSERT_TRUE(cluster_whole(LATE));
		puppet_known_at(self->srv, SRV, self->dcid, 0);
	}
	reconnects = attr_long(0, "peers/1/reconnects") - reconnects;
	EXPECT_LE(15, reconnects);
	EXPECT_TRUE(by_programs() || reconnects == 15)
		TH_LOG("%ld", reconnects);
	EXPECT_EQ(EDVSAGAIN, act(self->srv, OP_RECEIVE, ANY, 0));
}

TEST_HARNESS_MAIN
