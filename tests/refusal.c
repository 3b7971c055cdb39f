// SPDX-License-Identifier: GPL-2.0
/*
 * No caller ever hangs: everything that another node can refuse, for every
 * kind of call, comes back within a bound and with the code that says why.
 *
 * The client lives on node 0, the server, if there is one, on node 1.
 *
 * test-transport: each
 */
#include "kselftest_harness.h"

#include <signal.h>

#include "cluster.h"
#include "puppet.h"
#include "util.h"

#define SRV	10
#define CLT	100
#define FOREVER	TIMEOUT_FOREVER
#define LEN	10000
/* At once, on a machine that does other things as well. */
#define AT_ONCE	3000

/* The calls that go to another node. */
enum rcall {
	SEND,
	SENDREC,
	NOTIFY,
	COPY_IN,	/* from here to there */
	COPY_OUT,	/* from there to here */
	NR_RCALLS
};

static const char * const rcall_name[] = {
	"send", "sendrec", "notify", "vcopy to", "vcopy from",
};

FIXTURE(refusal) {
	int dcid;
	struct puppet *clt, *srv;
	char *cbuf, *sbuf;
	dc_usr_t dc;
};

FIXTURE_SETUP(refusal)
{
	cluster_up();
	self->dc = (dc_usr_t){
		.dc_nr_procs = DVK_NR_PROCS, .dc_nr_tasks = DVK_NR_TASKS,
		.dc_nr_sysprocs = DVK_NR_SYSPROCS,
		.dc_nr_nodes = DVK_NR_NODES, .dc_warn2proc = NONE,
	};
	self->dcid = dc_new_like(1 | 1 << 1, &self->dc);
	self->clt = puppet_bound(0, self->dcid, CLT);
	self->cbuf = puppet_map(self->clt, LEN);
}

FIXTURE_TEARDOWN(refusal)
{
	puppets_end();
	attr_write(0, "peers/1/enabled", "1");
	attr_write(1, "peers/0/enabled", "1");
	dc_drop(self->dcid);
}

/* A server that waits, for somebody else, so that it is not at fault. */
static void server_waits(SELF_OF(refusal))
{
	puppet_bound(1, self->dcid, SRV + 1);
	self->srv = puppet_bound(1, self->dcid, SRV);
	self->sbuf = puppet_map(self->srv, LEN);
	begin(self->srv, OP_RECEIVE, SRV + 1, FOREVER);
	if (!proc_flags(1, self->dcid, SRV, DVK_RTS_RECEIVING, 0))
		die("the server does not wait");
}

static void begin_rcall(SELF_OF(refusal), enum rcall c, int ep)
{
	switch (c) {
	case SEND:
		begin(self->clt, OP_SEND, ep, FOREVER);
		break;
	case SENDREC:
		begin(self->clt, OP_SENDREC, ep, FOREVER);
		break;
	case NOTIFY:
		begin_call(self->clt, OP_NOTIFY, ep);
		break;
	case COPY_IN:
		begin_call(self->clt, OP_VCOPY, SELF, (long)self->cbuf, ep,
			   (long)self->sbuf, LEN);
		break;
	default:
		begin_call(self->clt, OP_VCOPY, ep, (long)self->sbuf, SELF,
			   (long)self->cbuf, LEN);
	}
}

/* The call itself knows nothing, as after a long absence. */
static void believe(struct __test_metadata *_metadata,
		    SELF_OF(refusal), int ep)
{
	at_node(0);
	ASSERT_EQ(ep, dvk_rmtbind(self->dcid, "believed", ep, 1));
}

#define ANY_CODE	1	/* not refused in this way, or not asked */

/*
 * Makes every call to @ep and expects these codes. The client believes each
 * time anew that @ep lives on node 1.
 */
static void expect(struct __test_metadata *_metadata,
		   SELF_OF(refusal), int ep, bool rebind,
		   const long *want)
{
	int c;

	for (c = 0; c < NR_RCALLS; c++) {
		long ret, start;

		if (want[c] == ANY_CODE)
			continue;
		if (rebind)
			believe(_metadata, self, ep);
		start = now_ms();
		begin_rcall(self, c, ep);
		ret = end_within(self->clt, AT_ONCE);
		EXPECT_EQ(want[c], ret)
			TH_LOG("%s, after %ld ms", rcall_name[c],
			       now_ms() - start);
		/* A call that hangs would make all that follow useless. */
		ASSERT_NE(STUCK, ret);
	}
}

#define EXPECT_CODES(ep, rebind, ...) \
	expect(_metadata, self, ep, rebind, (const long []){ __VA_ARGS__ })

/* Notifications are not answered: the caller is released with the frame. */

TEST_F(refusal, not_bound_there)
{
	EXPECT_CODES(SRV, true, EDVSDSTDIED, EDVSDEADSRCDST, 0, EDVSDSTDIED,
		     EDVSSRCDIED);
	/* What is gone there is gone here from then on. */
	believe(_metadata, self, SRV);
	EXPECT_EQ(EDVSDSTDIED, act(self->clt, OP_SEND, SRV, FOREVER));
	EXPECT_TRUE(proc_free(0, self->dcid, SRV));
}

TEST_F(refusal, not_in_a_call)
{
	self->srv = puppet_bound(1, self->dcid, SRV);
	self->sbuf = puppet_map(self->srv, LEN);
	believe(_metadata, self, SRV);
	EXPECT_CODES(SRV, false, ANY_CODE, ANY_CODE, 0, EDVSPROCSTS,
		     EDVSPROCSTS);
}

TEST_F(refusal, number_in_use_there)
{
	struct puppet *squatter;

	server_waits(self);
	believe(_metadata, self, SRV);
	/* Both nodes have a process of their own by this number. */
	at_node(1);
	EXPECT_EQ(0, dvk_unbind(self->dcid, CLT));
	squatter = puppet_bound(1, self->dcid, CLT);
	EXPECT_EQ(CLT, call(squatter, OP_GETEP, squatter->pid));
	EXPECT_CODES(SRV, false, EDVSSLOTUSED, EDVSSLOTUSED, 0, EDVSSLOTUSED,
		     EDVSSLOTUSED);
}

TEST_F(refusal, node_not_a_member_there)
{
	server_waits(self);
	believe(_metadata, self, SRV);
	at_node(1);
	ASSERT_EQ(0, dvk_del_node(self->dcid, 0));
	EXPECT_CODES(SRV, false, EDVSNODCNODE, EDVSNODCNODE, 0, EDVSNODCNODE,
		     EDVSNODCNODE);
}

TEST_F(refusal, node_not_a_member_here)
{
	server_waits(self);
	believe(_metadata, self, SRV);
	at_node(0);
	ASSERT_EQ(0, dvk_del_node(self->dcid, 1));
	/* Its endpoints are gone with it. */
	EXPECT_CODES(SRV, false, EDVSDSTDIED, EDVSDEADSRCDST, EDVSDSTDIED,
		     EDVSDSTDIED, EDVSSRCDIED);
}

TEST_F(refusal, no_such_dc_there)
{
	at_node(1);
	ASSERT_EQ(0, dvk_dc_end(self->dcid));
	EXPECT_CODES(SRV, true, EDVSDCNOTRUN, EDVSDCNOTRUN, 0, EDVSDCNOTRUN,
		     EDVSDCNOTRUN);
}

TEST_F(refusal, strangers_not_admitted)
{
	char name[40];

	server_waits(self);
	believe(_metadata, self, SRV);
	snprintf(name, sizeof(name), "dcs/%d/autobind", self->dcid);
	ASSERT_EQ(0, attr_write(1, name, "0"));
	at_node(1);
	EXPECT_EQ(0, dvk_unbind(self->dcid, CLT));
	EXPECT_CODES(SRV, false, EDVSNOTBIND, EDVSNOTBIND, 0, EDVSNOTBIND,
		     EDVSNOTBIND);
	/* Made known by hand it may. */
	ASSERT_EQ(CLT, dvk_rmtbind(self->dcid, "client", CLT, 0));
	EXPECT_CODES(SRV, false, ANY_CODE, ANY_CODE, 0, 0, 0);
}

/* It has moved on: the other node knows it on a third one. */
TEST_F(refusal, lives_elsewhere)
{
	dc_drop(self->dcid);
	self->dcid = dc_new_like(ALL_NODES, &self->dc);
	ASSERT_EQ(CLT, call(self->clt, OP_BIND, self->dcid, CLT));
	at_node(1);
	ASSERT_EQ(SRV, dvk_rmtbind(self->dcid, "elsewhere", SRV, 2));
	EXPECT_CODES(SRV, true, EDVSRMTPROC, EDVSRMTPROC, 0, EDVSRMTPROC,
		     EDVSRMTPROC);
}

/* The tables differ in size. */
TEST_F(refusal, slot_out_of_range_there)
{
	dc_usr_t small = self->dc;

	at_node(1);
	ASSERT_EQ(0, dvk_dc_end(self->dcid));
	small.dc_nr_procs = 50;
	ASSERT_EQ(self->dcid, dvk_dc_init(&small));
	ASSERT_EQ(0, dvk_add_node(self->dcid, 0));
	/* The destination. */
	EXPECT_CODES(60, true, EDVSRANGE, EDVSRANGE, 0, EDVSRANGE, EDVSRANGE);
	/* The source. */
	server_waits(self);
	EXPECT_CODES(SRV, true, EDVSRANGE, EDVSRANGE, 0, EDVSRANGE, EDVSRANGE);
}

TEST_F(refusal, bad_address_there)
{
	server_waits(self);
	self->sbuf = (char *)4096;
	EXPECT_CODES(SRV, true, ANY_CODE, ANY_CODE, ANY_CODE, EDVSFAULT,
		     EDVSFAULT);
}

TEST_F(refusal, bad_address_here)
{
	server_waits(self);
	self->cbuf = (char *)4096;
	EXPECT_CODES(SRV, true, ANY_CODE, ANY_CODE, ANY_CODE, EDVSFAULT,
		     EDVSFAULT);
}

TEST_F(refusal, other_users_memory)
{
	server_waits(self);
	ASSERT_EQ(0, call(self->clt, OP_SETUID, 1000));
	EXPECT_CODES(SRV, true, ANY_CODE, ANY_CODE, ANY_CODE, EDVSPRIVILEGES,
		     EDVSPRIVILEGES);
}

/* Nothing leads there: the peer is disabled here. */
TEST_F(refusal, peer_disabled_here)
{
	server_waits(self);
	believe(_metadata, self, SRV);
	ASSERT_EQ(0, attr_write(0, "peers/1/enabled", "0"));
	/* Its endpoints are unbound with it. */
	EXPECT_CODES(SRV, false, EDVSDSTDIED, EDVSDEADSRCDST, EDVSDSTDIED,
		     EDVSDSTDIED, EDVSSRCDIED);
	/* To insist does not help. */
	EXPECT_CODES(SRV, true, EDVSNOPROXY, EDVSNOPROXY, EDVSNOPROXY,
		     EDVSNOPROXY, EDVSNOPROXY);
}

/* A peer that is enabled but not there. */
TEST_F(refusal, not_connected)
{
	server_waits(self);
	believe(_metadata, self, SRV);
	ASSERT_EQ(0, attr_write(1, "peers/0/enabled", "0"));
	ASSERT_TRUE(peer_state(0, 1, "connecting", SOON));
	EXPECT_CODES(SRV, false, EDVSNOTCONN, EDVSNOTCONN, EDVSNOTCONN,
		     EDVSNOTCONN, EDVSNOTCONN);
}

/*
 * The same while a call is in progress: something happens to the other side
 * while the request waits there.
 */
enum stage {
	QUEUED_SEND,
	QUEUED_RQST,
	TAKEN_RQST,
	NR_STAGES
};

static const char * const stage_name[] = {
	"send, queued", "sendrec, queued", "sendrec, being served",
};

FIXTURE(in_flight) {
	int dcid;
	struct puppet *clt, *srv;
};

FIXTURE_VARIANT(in_flight) {
	int stage;
};

FIXTURE_VARIANT_ADD(in_flight, send_queued) { .stage = QUEUED_SEND };
FIXTURE_VARIANT_ADD(in_flight, request_queued) { .stage = QUEUED_RQST };
FIXTURE_VARIANT_ADD(in_flight, request_taken) { .stage = TAKEN_RQST };

FIXTURE_SETUP(in_flight)
{
	cluster_up();
	self->dcid = dc_new(ALL_NODES);
	self->srv = puppet_bound(1, self->dcid, SRV);
	self->clt = puppet_bound(0, self->dcid, CLT);
	puppet_known_at(self->srv, SRV, self->dcid, 0);
	puppet_known_at(self->clt, CLT, self->dcid, 1);
	call(self->clt, OP_CATCH, SIGTERM, 0);
	call(self->srv, OP_CATCH, SIGTERM, 0);

	begin(self->clt, variant->stage == QUEUED_SEND ? OP_SEND : OP_SENDREC,
	      SRV, FOREVER);
	ASSERT_TRUE(proc_flags(1, self->dcid, CLT, DVK_RTS_SENDING, 0));
	if (variant->stage == TAKEN_RQST)
		ASSERT_EQ(0, act(self->srv, OP_RCVRQST, 0, FOREVER));
}

FIXTURE_TEARDOWN(in_flight)
{
	puppets_end();
	attr_write(0, "peers/1/enabled", "1");
	attr_write(1, "peers/0/enabled", "1");
	dc_drop(self->dcid);
}

static bool is_death(long ret)
{
	return ret == EDVSDSTDIED || ret == EDVSSRCDIED ||
	       ret == EDVSDEADSRCDST;
}

#define EXPECT_RELEASED(condition) do {					\
	long ret = end_within(self->clt, AT_ONCE);			\
									\
	EXPECT_TRUE(condition)						\
		TH_LOG("%s: %ld", stage_name[variant->stage], ret);	\
} while (0)

TEST_F(in_flight, server_is_killed)
{
	puppet_kill(self->srv);
	EXPECT_RELEASED(is_death(ret));
}

TEST_F(in_flight, server_unbinds)
{
	ASSERT_EQ(0, call(self->srv, OP_UNBIND, self->dcid, SRV, -1));
	EXPECT_RELEASED(is_death(ret));
}

TEST_F(in_flight, server_is_unbound)
{
	at_node(1);
	ASSERT_EQ(0, dvk_unbind(self->dcid, SRV));
	EXPECT_RELEASED(is_death(ret));
}

/* The client's node forgets where the server is. */
TEST_F(in_flight, server_is_forgotten_here)
{
	at_node(0);
	ASSERT_EQ(0, dvk_unbind(self->dcid, SRV));
	EXPECT_RELEASED(is_death(ret));
}

/* The server's node forgets who the client is. */
TEST_F(in_flight, client_is_forgotten_there)
{
	at_node(1);
	ASSERT_EQ(0, dvk_unbind(self->dcid, CLT));
	EXPECT_RELEASED(ret < 0 && ret != STUCK);
}

/* A third node claims the client's number. */
TEST_F(in_flight, clients_number_is_taken)
{
	puppet_bound(2, self->dcid, CLT);
	at_node(1);
	dvk_unbind(self->dcid, CLT);
	dvk_rmtbind(self->dcid, "other", CLT, 2);
	EXPECT_RELEASED(ret < 0 && ret != STUCK);
}

TEST_F(in_flight, dc_ends_there)
{
	at_node(1);
	ASSERT_EQ(0, dvk_dc_end(self->dcid));
	EXPECT_RELEASED(is_death(ret) || ret == EDVSDCNOTRUN);
}

TEST_F(in_flight, dc_ends_here)
{
	at_node(0);
	ASSERT_EQ(0, dvk_dc_end(self->dcid));
	EXPECT_RELEASED(is_death(ret) || ret == EDVSSHUTDOWN);
}

TEST_F(in_flight, node_is_taken_out_there)
{
	at_node(1);
	ASSERT_EQ(0, dvk_del_node(self->dcid, 0));
	EXPECT_RELEASED(ret < 0 && ret != STUCK);
}

TEST_F(in_flight, node_is_taken_out_here)
{
	at_node(0);
	ASSERT_EQ(0, dvk_del_node(self->dcid, 1));
	EXPECT_RELEASED(is_death(ret) || ret == EDVSNODCNODE);
}

TEST_F(in_flight, peer_is_disabled_here)
{
	ASSERT_EQ(0, attr_write(0, "peers/1/enabled", "0"));
	EXPECT_RELEASED(ret == EDVSNOTCONN);
}

TEST_F(in_flight, peer_is_disabled_there)
{
	ASSERT_EQ(0, attr_write(1, "peers/0/enabled", "0"));
	EXPECT_RELEASED(ret == EDVSNOTCONN);
}

/* The client may be killed at any time, and leaves at once. */
TEST_F(in_flight, client_is_killed)
{
	puppet_kill(self->clt);
	EXPECT_TRUE(proc_free(1, self->dcid, CLT));
	EXPECT_EQ(EDVSAGAIN, act(self->srv, OP_RECEIVE, ANY, 0));
}

/* And what the server says to those who are no longer there is refused. */
TEST_F(in_flight, reply_after_all)
{
	if (variant->stage != TAKEN_RQST)
		return;
	at_node(1);
	dvk_unbind(self->dcid, CLT);
	EXPECT_GT(0, act(self->srv, OP_REPLY, CLT, FOREVER));
	EXPECT_RELEASED(ret < 0 && ret != STUCK);
}

TEST_HARNESS_MAIN
