// SPDX-License-Identifier: GPL-2.0
/*
 * Pairs of clients and servers on three nodes, processes killed at random. At
 * the end all is counted: each request was answered exactly once or failed,
 * and none was executed twice.
 *
 * test-timeout: 300
 * test-transport: each
 */
#include "kselftest_harness.h"

#include <signal.h>

#include "cluster.h"
#include "puppet.h"
#include "util.h"

#define SERVERS	6
#define CLIENTS	12
#define CALLS	1500
#define MAXREQ	4000

/* What became of one request of one client; shared by all processes. */
struct fate {
	_Atomic unsigned char executed;
	_Atomic unsigned char answered;
	_Atomic unsigned char failed;
};

struct ledger {
	_Atomic int stop;
	_Atomic int wrong;		/* an answer that is not the right one */
	_Atomic int next[CLIENTS];	/* request number of each client */
	struct fate fate[CLIENTS][MAXREQ];
};

FIXTURE(stress) {
	int dcid;
	struct ledger *ledger;
	struct puppet *srv[SERVERS], *clt[CLIENTS];
};

FIXTURE_SETUP(stress)
{
	cluster_up();
	self->dcid = dc_new(ALL_NODES);
	self->ledger = mmap(NULL, sizeof(*self->ledger), PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, self->ledger);
}

FIXTURE_TEARDOWN(stress)
{
	puppets_end();
	dc_drop(self->dcid);
}

static int srv_ep(int i)
{
	return 10 + i;
}

static int clt_ep(int i)
{
	return 100 + i;
}

/* Every pairing of nodes occurs, one's own node included. */
static int srv_node(int i)
{
	return i % NODES;
}

static int clt_node(int i)
{
	return (i + i / SERVERS) % NODES;
}

static unsigned int check_sum(int client, int number)
{
	return (client * 7919u + number * 104729u) ^ 0x5a5a5a5a;
}

/* a: ledger */
static long server(const long *a)
{
	struct ledger *l = (struct ledger *)a[0];
	bool have = false;
	message m;
	long ret;

	while (!atomic_load(&l->stop)) {
		ret = have ? dvk_reply_rcvrqst_T(m.m_source, &m, 200) :
			     dvk_rcvrqst_T(&m, 200);
		have = !ret;
		if (ret)
			continue;
		if (m.m1_i1 < 0 || m.m1_i1 >= CLIENTS || m.m1_i2 < 0 ||
		    m.m1_i2 >= MAXREQ) {
			atomic_fetch_add(&l->wrong, 1);
			continue;
		}
		atomic_fetch_add(&l->fate[m.m1_i1][m.m1_i2].executed, 1);
		m.m1_i3 = check_sum(m.m1_i1, m.m1_i2);
		m.m_type = 1;
	}
	return 0;
}

/* a: ledger, own number, calls */
static long client(const long *a)
{
	struct ledger *l = (struct ledger *)a[0];
	int me = a[1], n;
	message m;
	long ret;

	while ((n = atomic_fetch_add(&l->next[me], 1)) < a[2]) {
		memset(&m, 0, sizeof(m));
		m.m_type = 2;
		m.m1_i1 = me;
		m.m1_i2 = n;
		ret = dvk_sendrec_T(srv_ep((me + n) % SERVERS), &m,
				    3000 * slowness());
		if (ret) {
			atomic_store(&l->fate[me][n].failed, 1);
			/* It will be back in a moment. */
			nap_ms(3);
			continue;
		}
		if (m.m1_i1 != me || m.m1_i2 != n ||
		    m.m1_i3 != (int)check_sum(me, n))
			atomic_fetch_add(&l->wrong, 1);
		atomic_fetch_add(&l->fate[me][n].answered, 1);
	}
	return 0;
}

static void start_server(SELF_OF(stress), int i)
{
	struct puppet *p = puppet_new(srv_node(i));

	/* The slot of the one that was killed is free at once on its node. */
	if (call(p, OP_BIND, self->dcid, srv_ep(i)) != srv_ep(i))
		die("server %d cannot bind", i);
	p->page->fn = server;
	begin_call(p, OP_FN, (long)self->ledger);
	self->srv[i] = p;
}

static void start_client(SELF_OF(stress), int i, int calls)
{
	struct puppet *p = puppet_new(clt_node(i));

	if (call(p, OP_BIND, self->dcid, clt_ep(i)) != clt_ep(i))
		die("client %d cannot bind", i);
	p->page->fn = client;
	begin_call(p, OP_FN, (long)self->ledger, i, calls);
	self->clt[i] = p;
}

static bool all_ended(SELF_OF(stress))
{
	int i;

	for (i = 0; i < CLIENTS; i++)
		if (!ended(self->clt[i]))
			return false;
	return true;
}

/* The books: @lost is how many requests a killed client may have left open. */
static void audit(struct __test_metadata *_metadata,
		  SELF_OF(stress), int calls, int lost)
{
	long answered = 0, failed = 0, open = 0, executed = 0;
	struct ledger *l = self->ledger;
	int c, n;

	for (c = 0; c < CLIENTS; c++) {
		for (n = 0; n < calls; n++) {
			int ex = l->fate[c][n].executed;
			int an = l->fate[c][n].answered;
			int fa = l->fate[c][n].failed;

			EXPECT_GE(1, ex)
				TH_LOG("request %d.%d executed twice", c, n);
			EXPECT_GE(1, an + fa)
				TH_LOG("request %d.%d ended twice", c, n);
			/* An answer comes from an execution. */
			EXPECT_LE(an, ex)
				TH_LOG("request %d.%d answered by nobody", c, n);
			executed += ex;
			answered += an;
			failed += fa;
			open += !an && !fa;
		}
	}
	EXPECT_EQ(0, atomic_load(&l->wrong));
	EXPECT_GE(lost, open);
	EXPECT_LT(0, answered);
	printf("# %ld answered, %ld failed, %ld open, %ld executed\n", answered,
	       failed, open, executed);
}

TEST_F_TIMEOUT(stress, undisturbed, 120)
{
	int i;

	for (i = 0; i < SERVERS; i++)
		start_server(self, i);
	for (i = 0; i < SERVERS; i++)
		for (int n = 0; n < NODES; n++)
			if (n != srv_node(i))
				puppet_known_at(self->srv[i], srv_ep(i),
						self->dcid, n);
	for (i = 0; i < CLIENTS; i++)
		start_client(self, i, 300);
	EXPECT_TRUE(wait_until(all_ended(self), 90000 * slowness()));
	for (i = 0; i < CLIENTS; i++)
		EXPECT_EQ(0, end(self->clt[i]));
	atomic_store(&self->ledger->stop, 1);
	for (i = 0; i < SERVERS; i++)
		EXPECT_EQ(0, end(self->srv[i]));
	audit(_metadata, self, 300, 0);
	/* Nothing went wrong, so nothing failed. */
	for (i = 0; i < CLIENTS; i++)
		for (int n = 0; n < 300; n++)
			EXPECT_EQ(1, atomic_load(&self->ledger->fate[i][n].answered));
}

TEST_F_TIMEOUT(stress, random_kills, 180)
{
	unsigned int rnd = 4711;
	int i, kills = 0, killed_clients = 0;

	for (i = 0; i < SERVERS; i++)
		start_server(self, i);
	for (i = 0; i < CLIENTS; i++)
		start_client(self, i, CALLS);
	while (!all_ended(self) && kills < 120) {
		rnd = rnd * 1103515245 + 12345;
		nap_ms((rnd >> 8) % 30);
		i = (rnd >> 16) % (SERVERS + CLIENTS);
		if (i < SERVERS) {
			puppet_kill(self->srv[i]);
			start_server(self, i);
		} else {
			i -= SERVERS;
			if (ended(self->clt[i]))
				continue;
			puppet_kill(self->clt[i]);
			start_client(self, i, CALLS);
			killed_clients++;
		}
		kills++;
	}
	/* The rest of the calls, undisturbed. */
	EXPECT_TRUE(wait_until(all_ended(self), 120000 * slowness()));
	for (i = 0; i < CLIENTS; i++)
		EXPECT_EQ(0, end(self->clt[i]));
	atomic_store(&self->ledger->stop, 1);
	for (i = 0; i < SERVERS; i++)
		EXPECT_EQ(0, end(self->srv[i]));
	printf("# %d kills, %d of clients\n", kills, killed_clients);
	audit(_metadata, self, CALLS, killed_clients);
	EXPECT_LT(10, kills);
}

/* Connections go up and down meanwhile. */
TEST_F_TIMEOUT(stress, links_flap, 180)
{
	int i, flaps = 0;

	for (i = 0; i < SERVERS; i++)
		start_server(self, i);
	for (i = 0; i < CLIENTS; i++)
		start_client(self, i, CALLS);
	while (!all_ended(self) && flaps < 25) {
		int a = flaps % NODES, b = (flaps + 1 + flaps / 3 % 2) % NODES;
		char name[40];

		snprintf(name, sizeof(name), "peers/%d/enabled", b);
		EXPECT_EQ(0, attr_write(a, name, "0"));
		nap_ms(30);
		EXPECT_EQ(0, attr_write(a, name, "1"));
		EXPECT_TRUE(peer_state(a, b, "up", LATE));
		nap_ms(60);
		flaps++;
	}
	EXPECT_TRUE(wait_until(all_ended(self), 120000 * slowness()));
	for (i = 0; i < CLIENTS; i++)
		EXPECT_EQ(0, end(self->clt[i]));
	atomic_store(&self->ledger->stop, 1);
	for (i = 0; i < SERVERS; i++)
		EXPECT_EQ(0, end(self->srv[i]));
	printf("# %d times a link down and up\n", flaps);
	audit(_metadata, self, CALLS, 0);
	EXPECT_LT(2, flaps);
}

TEST_HARNESS_MAIN
