// SPDX-License-Identifier: GPL-2.0
/*
 * Kernel clients, by way of samples/dvk_echo.c: messages and copies in both
 * directions, what they expose, and how they end.
 *
 * test-timeout: 900
 */
#include "kselftest_harness.h"

#include <signal.h>

#include "../samples/dvk_echo.h"
#include "pair.h"

#define FOREVER	TIMEOUT_FOREVER
#define MAX	((long)DVK_MAXCOPYLEN)
#define KSRV	10		/* the kernel clients */
#define KSRV2	11
#define USRV	20		/* a process that serves */
#define UCLT	110		/* one that waits for the server */
#define READ	1		/* DVK_EXPOSE_READ */
#define WRITE	2
#define KINDS	3
/* The kernel client goes through 1 MiB, which takes long under KASAN. */
#define LONG	(2 * LATE)

static const int sizes[] = { 1, 4095, 4097, 20481, 65537, MAX };
#define SIZES	((int)(sizeof(sizes) / sizeof(sizes[0])))

FIXTURE(kernel) {
	int dcid;
	int un, kn;		/* nodes of the processes and the kernel client */
	struct puppet *asker, *srv;
};

FIXTURE_VARIANT(kernel) {
	int un, kn;
};

FIXTURE_VARIANT_ADD(kernel, local) { .un = 0, .kn = 0 };
FIXTURE_VARIANT_ADD(kernel, remote) { .un = 0, .kn = 1 };
FIXTURE_VARIANT_ADD(kernel, remote_back) { .un = 2, .kn = 1 };

/* @pid: in the namespace of the second kernel client, if not in the same */
static int load_two(int node, int dcid, pid_t pid)
{
	return run("ip netns exec n%d insmod "
		   "${DVK_MODULES:-%s/../modules/$(uname -r)}/samples/dvk_echo.ko "
		   "dcid=%d endpoint=%d,%d pid=0,%d", node, tests_dir(), dcid,
		   KSRV, KSRV2, pid);
}

static int load_at(int node, int dcid)
{
	return load_two(node, dcid, 0);
}

static bool loaded(void)
{
	return !access("/sys/module/dvk_echo", F_OK);
}

static int unload(void)
{
	return run("rmmod dvk_echo");
}

/* Makes an endpoint known on the other node at once. */
static void known(SELF_OF(kernel), int ep, int home)
{
	int other = home == self->un ? self->kn : self->un;
	long ret;

	if (self->un == self->kn)
		return;
	at_node(other);
	ret = dvk_rmtbind(self->dcid, "known", ep, home);
	if (ret != ep)
		die("rmtbind(%d) on node %d: %ld", ep, other, ret);
	at_node(0);
}

static struct puppet *process(SELF_OF(kernel), int node, int ep)
{
	struct puppet *p = puppet_bound(node, self->dcid, ep);

	known(self, ep, node);
	return p;
}

FIXTURE_SETUP(kernel)
{
	cluster_up();
	/* Left by a test that was ended by force. */
	if (loaded() && unload())
		die("dvk_echo cannot be unloaded");
	self->un = variant->un;
	self->kn = variant->kn;
	self->dcid = dc_new(1U << self->un | 1U << self->kn);
	if (load_at(self->kn, self->dcid))
		die("dvk_echo cannot be loaded");
	known(self, KSRV, self->kn);
	known(self, KSRV2, self->kn);
	self->asker = process(self, self->un, CLT);
	self->srv = process(self, self->un, USRV);
}

FIXTURE_TEARDOWN(kernel)
{
	puppets_end();
	EXPECT_EQ(0, loaded() ? unload() : 0);
	dc_drop(self->dcid);
}

/* What the asker asks next. */
static void tell(struct puppet *p, int type, int len, int kind, int ep,
		 long timeout, long access)
{
	message *m = &p->page->msg;

	memset(m, 0, sizeof(*m));
	m->m_type = type;
	m->m1_i1 = len;
	m->m1_i2 = kind;
	m->m1_i3 = ep;
	m->m1_p2 = (char *)timeout;
	m->m1_p3 = (char *)access;
}

/* The kernel client is told to be the client of @ep. */
static void begin_client(SELF_OF(kernel), int type, int len, int kind, int ep,
			 long timeout)
{
	tell(self->asker, type, len, kind, ep, timeout, READ | WRITE);
	begin(self->asker, OP_SENDREC, KSRV, FOREVER);
}

/* The result of what the kernel client was told to do. */
static long client_result(SELF_OF(kernel))
{
	long ret = end_within(self->asker, LONG);

	return ret ? ret - 10000 : heard(self->asker)->m_type;
}

static long client_act(SELF_OF(kernel), int type, int ep, long timeout)
{
	begin_client(self, type, 0, 0, ep, timeout);
	return client_result(self);
}

static unsigned long sum_of(int len, int seed)
{
	static unsigned char buf[DVK_MAXCOPYLEN];
	unsigned long sum = 0;
	int i;

	pattern_fill(buf, len, seed);
	for (i = 0; i < len; i++)
		sum += buf[i];
	return sum;
}

/*
 * In a puppet. a: endpoint, length, kind, seed of place and bytes, (what
 * others use,) endpoint that it is passed on to, if any
 */
static long ask_invert(const long *a)
{
	static unsigned char buf[DVK_MAXCOPYLEN + 3 * 4096];
	unsigned char *at = buf + 1 + a[3] * 379 % 4096;
	message m = { .m_type = DVK_ECHO_INVERT };
	long i, ret;

	if (a[5]) {
		m.m_type = DVK_ECHO_RELAY;
		m.m1_i3 = a[5];
		m.m1_p2 = (char *)DVK_ECHO_INVERT;
	}
	m.m1_i1 = a[1];
	m.m1_i2 = a[2];
	m.m1_p1 = (char *)at;
	pattern_fill(at, a[1], a[3]);
	at[-1] = 0x77;
	at[a[1]] = 0x77;
	ret = dvk_sendrec(a[0], &m);
	if (ret || m.m_type)
		return ret ? ret : m.m_type;
	if (m.m_source != (a[5] ? a[5] : a[0]))
		return -30000 - m.m_source;
	for (i = 0; i < a[1]; i++)
		at[i] = ~at[i];
	ret = pattern_check(at, a[1], a[3]);
	if (ret >= 0)
		return -20000 - ret;
	return at[-1] == 0x77 && at[a[1]] == 0x77 ? 0 : -10000;
}

/* Lets @p ask for that. */
static long invert_by(struct puppet *p, long len, int kind, int seed, int other)
{
	p->page->fn = ask_invert;
	begin_call(p, OP_FN, KSRV, len, kind, seed, 0, other);
	return end_within(p, LONG);
}

static long invert(struct puppet *p, long len, int kind, int seed)
{
	return invert_by(p, len, kind, seed, 0);
}

/* a: as above, and the puppet's page; until told to stop, or an error */
static long ask_for_ever(const long *a)
{
	struct puppet_page *page = (struct puppet_page *)a[4];
	long ret = 0;

	while (!ret && !atomic_load(&page->stop)) {
		ret = ask_invert(a);
		atomic_fetch_add(&page->rounds, 1);
	}
	return ret;
}

static void begin_load(struct puppet *p, int len, int kind)
{
	p->page->fn = ask_for_ever;
	begin_call(p, OP_FN, KSRV, len, kind, len % 97, (long)p->page);
}

/*
 * In a puppet: one request of the kernel client. Fills what it exposes, reads
 * it back, as a whole and in part.
 */
static long serve_window(const long *a)
{
	static unsigned char buf[DVK_MAXCOPYLEN + 64];
	static unsigned char back[DVK_MAXCOPYLEN + 64];
	unsigned char *at = buf + 1 + a[0] % 61, *b = back + 1;
	message m;
	long len, ret;

	ret = dvk_rcvrqst_T(&m, SOON);
	if (ret)
		return ret;
	len = m.m1_i1;
	if (m.m_type != DVK_ECHO_INVERT || m.m1_p1)
		return -10000;
	pattern_fill(at, len, a[0]);
	ret = dvk_vcopy(SELF, at, m.m_source, 0, len);
	if (!ret)
		ret = dvk_vcopy(m.m_source, 0, SELF, b, len);
	if (!ret && memcmp(at, b, len))
		ret = -10001;
	if (!ret && len > 9) {
		memset(b, 0, len);
		ret = dvk_vcopy(m.m_source, (char *)5, SELF, b, len - 9);
		if (!ret && (memcmp(at + 5, b, len - 9) || b[len - 9]))
			ret = -10002;
	}
	m.m_type = 77;
	dvk_reply(m.m_source, &m);
	return ret;
}

TEST_F(kernel, echo)
{
	proc_usr_t p;
	int i;

	for (i = 0; i < 20; i++) {
		say(self->asker, DVK_ECHO_MESSAGE, 1000 + i);
		ASSERT_EQ(0, act(self->asker, OP_SENDREC, KSRV, FOREVER));
		EXPECT_EQ(KSRV, heard(self->asker)->m_source);
		EXPECT_EQ(1000 + i, heard(self->asker)->m1_i1);
	}
	EXPECT_TRUE(proc_flags(self->kn, self->dcid, KSRV, DVK_RTS_RECEIVING, 0));
	ASSERT_EQ(0, proc_info(self->kn, self->dcid, KSRV, &p));
	EXPECT_TRUE(p.p_misc_flags & DVK_MISC_KTHREAD);
	EXPECT_STREQ("dvk_echo/10", p.p_name);
}

TEST_F_TIMEOUT(kernel, copies_from_and_to_processes, 240)
{
	int i, k;

	for (k = 0; k < KINDS; k++)
		for (i = 0; i < SIZES; i++)
			EXPECT_EQ(0, invert(self->asker, sizes[i], k,
					    k * SIZES + i)) {
				TH_LOG("kind %d size %d", k, sizes[i]);
			}
	EXPECT_EQ(0, invert(self->asker, 0, 0, 1));
	EXPECT_EQ(EDVSRANGE, invert(self->asker, MAX + 1, 0, 1));
}

TEST_F_TIMEOUT(kernel, processes_copy_from_and_to_it, 240)
{
	int i, k;

	self->srv->page->fn = serve_window;
	for (k = 0; k < KINDS; k++)
		for (i = 0; i < SIZES; i++) {
			int seed = k * SIZES + i;

			begin_call(self->srv, OP_FN, seed);
			begin_client(self, DVK_ECHO_SENDREC, sizes[i], k, USRV,
				     FOREVER);
			EXPECT_EQ(0, client_result(self)) {
				TH_LOG("kind %d size %d", k, sizes[i]);
			}
			EXPECT_EQ(0, end_within(self->srv, LONG)) {
				TH_LOG("kind %d size %d", k, sizes[i]);
			}
			EXPECT_EQ(77, heard(self->asker)->m1_i1);
			EXPECT_EQ(sum_of(sizes[i], seed),
				  (unsigned long)heard(self->asker)->m1_p1);
		}
}

/* One kernel client exposes memory to the other, which inverts it. */
static void copy_between(struct __test_metadata *_metadata, SELF_OF(kernel))
{
	int i, k;

	for (k = 0; k < KINDS; k++)
		for (i = 0; i < SIZES; i++) {
			begin_client(self, DVK_ECHO_SENDREC, sizes[i], k, KSRV2,
				     FOREVER);
			EXPECT_EQ(0, client_result(self)) {
				TH_LOG("kind %d size %d", k, sizes[i]);
			}
			EXPECT_EQ(0, heard(self->asker)->m1_i1);
			EXPECT_EQ(255UL * sizes[i],
				  (unsigned long)heard(self->asker)->m1_p1) {
				TH_LOG("kind %d size %d", k, sizes[i]);
			}
		}
}

TEST_F_TIMEOUT(kernel, one_copies_from_and_to_another, 120)
{
	copy_between(_metadata, self);
}

/* The same with the other one on the node of the processes. */
TEST_F_TIMEOUT(kernel, from_and_to_one_of_another_node, 120)
{
	proc_usr_t p;

	ASSERT_EQ(0, unload());
	ASSERT_TRUE(proc_free(self->un, self->dcid, KSRV2));
	ASSERT_TRUE(proc_free(self->un, self->dcid, KSRV));
	ASSERT_EQ(0, load_two(self->kn, self->dcid, self->asker->pid));
	known(self, KSRV, self->kn);
	known(self, KSRV2, self->un);
	ASSERT_EQ(0, proc_info(self->un, self->dcid, KSRV2, &p));
	EXPECT_EQ(self->un, p.p_nodeid);
	EXPECT_TRUE(p.p_misc_flags & DVK_MISC_KTHREAD);
	copy_between(_metadata, self);
	/* What it is asked by a process of its node is its own to pass on. */
	EXPECT_EQ(0, invert_by(self->asker, MAX, 2, 7, KSRV2));
}

/* Every place of the third process: beside the kernel client or not. */
TEST_F_TIMEOUT(kernel, third_party_copies, 60)
{
	const int len = 70001;
	int nodes[] = { self->un, self->kn };
	int i;

	for (i = 0; i < 2; i++) {
		struct puppet *c = process(self, nodes[i], UCLT + i);
		char *at = puppet_map(c, 2 * len);

		puppet_fill(c, at + 3, len, 5);
		begin(c, OP_SENDREC, USRV, FOREVER);
		ASSERT_EQ(0, act(self->srv, OP_RCVRQST, 0, SOON));
		begin_client(self, DVK_ECHO_SENDREC, len + 9, 1, USRV, FOREVER);
		ASSERT_EQ(0, act(self->srv, OP_RCVRQST, 0, SOON));

		EXPECT_EQ(0, puppet_vcopy(self->srv, UCLT + i, at + 3, KSRV,
					  (void *)7, len));
		EXPECT_EQ(0, puppet_vcopy(self->srv, KSRV, (void *)7, UCLT + i,
					  at + 10, len));
		EXPECT_EQ(EDVSFAULT, puppet_vcopy(self->srv, KSRV, (void *)7,
						  UCLT + i, at, len + 3));
		EXPECT_EQ(EDVSFAULT, puppet_vcopy(self->srv, UCLT + i, NULL,
						  KSRV, NULL, len));
		EXPECT_EQ(0, act(self->srv, OP_REPLY, KSRV, FOREVER));
		EXPECT_EQ(0, client_result(self));
		EXPECT_EQ(sum_of(len, 5),
			  (unsigned long)heard(self->asker)->m1_p1);
		EXPECT_EQ(0, act(self->srv, OP_REPLY, UCLT + i, FOREVER));
		EXPECT_EQ(0, end(c));
		EXPECT_EQ(-1, puppet_check(c, at + 10, len, 5));
	}
}

/* @p gives @len bytes, or takes them. */
static void begin_share(struct puppet *p, int type, char *at, int len)
{
	tell(p, type, len, 0, 0, 0, 0);
	p->page->msg.m1_p1 = at;
	begin(p, OP_SENDREC, KSRV, FOREVER);
}

/* Returns when the kernel client has the gift, or never will. */
static bool begin_give(SELF_OF(kernel), char *at, int len)
{
	begin_share(self->asker, DVK_ECHO_GIVE, at, len);
	return proc_flags(self->kn, self->dcid, CLT, DVK_RTS_RECEIVING,
			  DVK_RTS_SENDING);
}

/* The answer to either of them. */
static long share_result(struct puppet *p)
{
	long ret = end_within(p, LONG);

	return ret ? ret - 10000 : heard(p)->m_type;
}

static long take(struct puppet *p, char *at, int len)
{
	begin_share(p, DVK_ECHO_TAKE, at, len);
	return share_result(p);
}

/* The kernel client copies between two others, on every node. */
TEST_F_TIMEOUT(kernel, copies_between_two_others, 120)
{
	int nodes[] = { self->un, self->kn };
	char *g = puppet_map(self->asker, MAX + 8);
	int i, k;

	for (k = 0; k < 2; k++) {
		struct puppet *taker = process(self, nodes[k], UCLT + k);
		char *t = puppet_map(taker, MAX + 8);

		/* Nobody gives, so nothing can be taken. */
		EXPECT_EQ(EDVSAGAIN, take(taker, t, 1));
		for (i = 0; i < SIZES; i++) {
			int len = sizes[i];

			puppet_fill(self->asker, g + 3, len, i);
			ASSERT_TRUE(begin_give(self, g + 3, len));
			EXPECT_EQ(0, take(taker, t + 5, MAX)) {
				TH_LOG("size %d", len);
			}
			EXPECT_EQ(len, heard(taker)->m1_i1);
			EXPECT_EQ(0, share_result(self->asker));
			EXPECT_EQ(len, heard(self->asker)->m1_i1);
			EXPECT_EQ(-1, puppet_check(taker, t + 5, len, i));
		}
		/* Either one's bad address is told to both. */
		ASSERT_TRUE(begin_give(self, NULL, 100));
		EXPECT_EQ(EDVSFAULT, take(taker, t, 100));
		EXPECT_EQ(EDVSFAULT, share_result(self->asker));
		ASSERT_TRUE(begin_give(self, g, 100));
		EXPECT_EQ(EDVSFAULT, take(taker, NULL, 100));
		EXPECT_EQ(EDVSFAULT, share_result(self->asker));
		puppet_kill(taker);
	}
}

/* One of the others is gone when the kernel client wants to copy. */
TEST_F_TIMEOUT(kernel, copies_from_one_that_is_gone, 60)
{
	char *g = puppet_map(self->asker, 4096);
	struct puppet *taker = process(self, self->un, UCLT);
	char *t = puppet_map(taker, 4096);
	long ret;

	ASSERT_TRUE(begin_give(self, g, 100));
	begin_share(self->srv, DVK_ECHO_GIVE, NULL, -1);
	EXPECT_EQ(EDVSRANGE, share_result(self->srv));
	EXPECT_FALSE(ended(self->asker));
	/* Another one's comes in place of it. */
	begin_share(self->srv, DVK_ECHO_GIVE, puppet_map(self->srv, 8), 8);
	EXPECT_EQ(EDVSAGAIN, share_result(self->asker));
	EXPECT_EQ(0, heard(self->asker)->m1_i1);
	EXPECT_EQ(0, take(taker, t, 100));
	EXPECT_EQ(8, heard(taker)->m1_i1);
	EXPECT_EQ(0, share_result(self->srv));

	ASSERT_TRUE(begin_give(self, g, 100));
	puppet_kill(self->asker);
	ASSERT_TRUE(proc_free(self->kn, self->dcid, CLT));
	ret = take(taker, t, 100);
	EXPECT_TRUE(is_death(ret)) {
		TH_LOG("the taker: %ld", ret);
	}
	/* That one is forgotten. */
	EXPECT_EQ(EDVSAGAIN, take(taker, t, 100));
}

/* Nothing but offsets into what is exposed, and only what it is exposed for. */
TEST_F_TIMEOUT(kernel, window, 60)
{
	static const struct {
		unsigned long offset;
		long bytes;
		long result;
	} copies[] = {
		{ 0, 5000, 0 },
		{ 4999, 1, 0 },
		{ 5000, 0, 0 },
		{ 5000, 1, EDVSFAULT },
		{ 4999, 2, EDVSFAULT },
		{ 0, 5001, EDVSFAULT },
		{ 5001, 0, EDVSFAULT },
		{ -1UL, 1, EDVSFAULT },
		{ -1UL, 2, EDVSFAULT },
		{ -5000UL, 5001, EDVSFAULT },
		{ 0xffff888000000000, 8, EDVSFAULT },
		{ 0xffffffff81000000, 8, EDVSFAULT },
		{ 0x7fffffffe000, 8, EDVSFAULT },
		{ 0, MAX + 1, EDVSRANGE },
		{ 0, -1, EDVSRANGE },
	};
	char *s = puppet_map(self->srv, 2 * MAX);
	unsigned int i;
	int access;

	for (access = 0; access < 4; access++) {
		tell(self->asker, DVK_ECHO_SENDREC, 5000, access % KINDS, USRV,
		     FOREVER, access);
		begin(self->asker, OP_SENDREC, KSRV, FOREVER);
		ASSERT_EQ(0, act(self->srv, OP_RCVRQST, 0, SOON));
		for (i = 0; i < sizeof(copies) / sizeof(copies[0]); i++) {
			void *at = (void *)copies[i].offset;
			long rd = copies[i].result, wr = rd;

			if (!rd && copies[i].bytes) {
				rd = access & READ ? 0 : EDVSFAULT;
				wr = access & WRITE ? 0 : EDVSFAULT;
			}
			EXPECT_EQ(rd, puppet_vcopy(self->srv, KSRV, at, SELF, s,
						   copies[i].bytes)) {
				TH_LOG("read %u access %d", i, access);
			}
			EXPECT_EQ(wr, puppet_vcopy(self->srv, SELF, s, KSRV, at,
						   copies[i].bytes)) {
				TH_LOG("write %u access %d", i, access);
			}
		}
		say(self->srv, 0, 0);
		EXPECT_EQ(0, act(self->srv, OP_REPLY, KSRV, FOREVER));
		EXPECT_EQ(0, client_result(self));
	}

	/* It has gone with the call; only root gets so far. */
	EXPECT_TRUE(proc_flags(self->kn, self->dcid, KSRV, DVK_RTS_RECEIVING, 0));
	EXPECT_EQ(EDVSFAULT, puppet_vcopy(self->srv, KSRV, NULL, SELF, s, 1));
	EXPECT_EQ(EDVSFAULT, puppet_vcopy(self->srv, SELF, s, KSRV, NULL, 1));

	/* What cannot be exposed at all. */
	tell(self->asker, DVK_ECHO_SENDREC, 8, 0, USRV, FOREVER, 4);
	ASSERT_EQ(0, act(self->asker, OP_SENDREC, KSRV, FOREVER));
	EXPECT_EQ(EDVSINVAL, heard(self->asker)->m_type);
}

/* Whom it asks, and root, but nobody else. */
TEST_F_TIMEOUT(kernel, rights, 60)
{
	struct puppet *other = process(self, self->un, UCLT);
	char *s = puppet_map(self->srv, 4096), *o = puppet_map(other, 4096);

	ASSERT_EQ(0, call(self->srv, OP_SETUID, 1000));
	begin_client(self, DVK_ECHO_SENDREC, 100, 0, USRV, FOREVER);
	ASSERT_EQ(0, act(self->srv, OP_RCVRQST, 0, SOON));
	EXPECT_EQ(0, puppet_vcopy(self->srv, SELF, s, KSRV, NULL, 100));
	EXPECT_EQ(0, puppet_vcopy(other, KSRV, NULL, SELF, o, 100));
	ASSERT_EQ(0, call(other, OP_SETUID, 1001));
	EXPECT_EQ(EDVSPRIVILEGES,
		  puppet_vcopy(other, KSRV, NULL, SELF, o, 100));
	EXPECT_EQ(EDVSPRIVILEGES,
		  puppet_vcopy(other, SELF, o, KSRV, NULL, 100));
	EXPECT_EQ(0, act(self->srv, OP_REPLY, KSRV, FOREVER));
	EXPECT_EQ(0, client_result(self));
	EXPECT_TRUE(proc_flags(self->kn, self->dcid, KSRV, DVK_RTS_RECEIVING, 0));
	EXPECT_EQ(EDVSPRIVILEGES,
		  puppet_vcopy(self->srv, KSRV, NULL, SELF, s, 1));

	/* It is privileged itself, as long as the other is in a call to it. */
	EXPECT_EQ(0, invert(self->srv, 5000, 1, 3));
	ASSERT_EQ(0, call(self->srv, OP_DUMPABLE, 0));
	EXPECT_EQ(0, invert(self->srv, 5000, 1, 4));
}

TEST_F(kernel, bad_addresses_of_processes)
{
	message *m = &self->asker->page->msg;
	char *at = puppet_map(self->asker, 3 * 4096);
	int k;

	call(self->asker, OP_UNMAP, (long)at + 4096, 4096);
	for (k = 0; k < KINDS; k++) {
		tell(self->asker, DVK_ECHO_INVERT, 5000, k, 0, 0, 0);
		m->m1_p1 = at;
		EXPECT_EQ(0, act(self->asker, OP_SENDREC, KSRV, FOREVER));
		EXPECT_EQ(EDVSFAULT, heard(self->asker)->m_type);
		tell(self->asker, DVK_ECHO_INVERT, 8, k, 0, 0, 0);
		m->m1_p1 = (char *)0xffff888000000000;
		EXPECT_EQ(0, act(self->asker, OP_SENDREC, KSRV, FOREVER));
		EXPECT_EQ(EDVSFAULT, heard(self->asker)->m_type);
	}
}

TEST_F(kernel, other_calls)
{
	struct puppet *late;

	begin(self->srv, OP_RECEIVE, KSRV, SOON);
	EXPECT_EQ(0, client_act(self, DVK_ECHO_SEND, USRV, SOON));
	EXPECT_EQ(0, end(self->srv));
	EXPECT_EQ(DVK_ECHO_INVERT, heard(self->srv)->m_type);

	begin(self->srv, OP_RECEIVE, KSRV, SOON);
	EXPECT_EQ(0, client_act(self, DVK_ECHO_NOTIFY, USRV, 0));
	EXPECT_EQ(0, end(self->srv));
	EXPECT_EQ(KSRV, heard(self->srv)->m_source);
	EXPECT_EQ(NOTIFY_MESSAGE, heard(self->srv)->m_type & NOTIFY_MESSAGE);

	say(self->srv, 4711, 0);
	begin(self->srv, OP_SEND, KSRV, SOON);
	EXPECT_EQ(0, client_act(self, DVK_ECHO_RECEIVE, USRV, SOON));
	EXPECT_EQ(0, end(self->srv));
	EXPECT_EQ(4711, heard(self->asker)->m1_i1);

	EXPECT_EQ(USRV, client_act(self, DVK_ECHO_WAIT4BIND, USRV, SOON));
	begin_client(self, DVK_ECHO_WAIT4BIND, 0, 0, UCLT, SOON);
	EXPECT_TRUE(proc_flags(self->kn, self->dcid, KSRV, DVK_RTS_WAITBIND, 0));
	late = process(self, self->kn, UCLT);
	EXPECT_EQ(UCLT, client_result(self));
	puppet_kill(late);
}

/* @p asks the kernel client to pass a request of type 4711 on to @ep. */
static void begin_relay(struct puppet *p, int ep)
{
	tell(p, DVK_ECHO_RELAY, 8, 15, ep, 4711, 0);
	begin(p, OP_SENDREC, KSRV, FOREVER);
}

/* A process answers in place of the kernel client, which serves others. */
TEST_F(kernel, relays_to_a_process)
{
	struct puppet *other = process(self, self->un, UCLT);
	int i;

	for (i = 0; i < 5; i++) {
		begin_relay(self->asker, USRV);
		ASSERT_EQ(0, act(self->srv, OP_RCVRQST, 0, SOON));
		EXPECT_EQ(CLT, heard(self->srv)->m_source);
		EXPECT_EQ(4711, heard(self->srv)->m_type);
		EXPECT_EQ(8, heard(self->srv)->m1_i1);
		EXPECT_EQ(15, heard(self->srv)->m1_i2);

		say(other, DVK_ECHO_MESSAGE, 1000 + i);
		EXPECT_EQ(0, act(other, OP_SENDREC, KSRV, FOREVER));
		EXPECT_EQ(1000 + i, heard(other)->m1_i1);

		EXPECT_FALSE(ended(self->asker));
		say(self->srv, 77, 2000 + i);
		EXPECT_EQ(0, act(self->srv, OP_REPLY, CLT, FOREVER));
		EXPECT_EQ(0, end(self->asker));
		EXPECT_EQ(USRV, heard(self->asker)->m_source);
		EXPECT_EQ(77, heard(self->asker)->m_type);
		EXPECT_EQ(2000 + i, heard(self->asker)->m1_i1);
	}
}

/* The other kernel client copies from and to the one who asked. */
TEST_F_TIMEOUT(kernel, relays_to_another, 120)
{
	int i, k;

	for (k = 0; k < KINDS; k++)
		for (i = 0; i < SIZES; i++)
			EXPECT_EQ(0, invert_by(self->asker, sizes[i], k,
					       k * SIZES + i, KSRV2)) {
				TH_LOG("kind %d size %d", k, sizes[i]);
			}
}

/* It is the one whose request is passed on, and its memory goes with that. */
TEST_F_TIMEOUT(kernel, is_relayed, 120)
{
	int i, k;

	for (k = 0; k < KINDS; k++)
		for (i = 0; i < SIZES; i++) {
			begin_client(self, DVK_ECHO_SENDREC, sizes[i], k, USRV,
				     FOREVER);
			ASSERT_EQ(0, act(self->srv, OP_RCVRQST, 0, SOON));
			ASSERT_EQ(KSRV, heard(self->srv)->m_source);
			heard(self->srv)->m1_i2 = (k + i) % KINDS;
			ASSERT_EQ(0, act(self->srv, OP_RELAY, KSRV2, 0));
			EXPECT_EQ(0, client_result(self));
			EXPECT_EQ(0, heard(self->asker)->m1_i1);
			EXPECT_EQ(255UL * sizes[i],
				  (unsigned long)heard(self->asker)->m1_p1);
		}
}

/* What cannot be passed on is answered by the one who should have. */
TEST_F(kernel, relays_in_vain)
{
	static const struct {
		int ep;
		long result;
	} to[] = {
		{ KSRV, EDVSBADDEST },
		{ CLT, EDVSBADDEST },
		{ HARDWARE, EDVSBADDEST },
		{ UCLT, EDVSDSTDIED },
		{ 9999, EDVSRANGE },
	};
	unsigned int i;

	for (i = 0; i < sizeof(to) / sizeof(to[0]); i++) {
		begin_relay(self->asker, to[i].ep);
		EXPECT_EQ(0, end(self->asker));
		EXPECT_EQ(KSRV, heard(self->asker)->m_source);
		EXPECT_EQ(to[i].result, heard(self->asker)->m_type) {
			TH_LOG("to %d", to[i].ep);
		}
	}
}

/* Who has passed a request on may go, who has got it may not. */
TEST_F(kernel, relayed_and_stopped)
{
	begin_relay(self->asker, USRV);
	ASSERT_EQ(0, act(self->srv, OP_RCVRQST, 0, SOON));
	ASSERT_EQ(0, unload());
	ASSERT_TRUE(proc_free(self->kn, self->dcid, KSRV));
	ASSERT_TRUE(proc_free(self->un, self->dcid, KSRV));
	EXPECT_FALSE(ended(self->asker));
	EXPECT_EQ(0, act(self->srv, OP_REPLY, CLT, FOREVER));
	EXPECT_EQ(0, end(self->asker));

	ASSERT_EQ(0, load_at(self->kn, self->dcid));
	known(self, KSRV, self->kn);
	begin_relay(self->asker, USRV);
	ASSERT_EQ(0, act(self->srv, OP_RCVRQST, 0, SOON));
	puppet_kill(self->srv);
	EXPECT_TRUE(is_death(end(self->asker)));
}

TEST_F(kernel, timeouts)
{
	static const int types[] = { DVK_ECHO_SENDREC, DVK_ECHO_SEND,
				     DVK_ECHO_RECEIVE };
	long start;
	unsigned int i;

	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		EXPECT_EQ(EDVSAGAIN, client_act(self, types[i], USRV, 0));
		start = now_ms();
		EXPECT_EQ(EDVSTIMEDOUT, client_act(self, types[i], USRV, 80));
		/* Jiffies: late ticks of a busy machine are made good. */
		EXPECT_LE(30, now_ms() - start);
	}
	EXPECT_EQ(EDVSTIMEDOUT, client_act(self, DVK_ECHO_WAIT4BIND, UCLT, 80));
	EXPECT_EQ(EDVSENDPOINT, client_act(self, DVK_ECHO_SENDREC, KSRV, 80));
	EXPECT_EQ(EDVSENDPOINT, client_act(self, DVK_ECHO_WAIT4BIND, SELF, 80));
	EXPECT_EQ(EDVSRANGE, client_act(self, DVK_ECHO_SEND, 9999, 80));
	EXPECT_EQ(EDVSDSTDIED, client_act(self, DVK_ECHO_SEND, UCLT, 80));
	EXPECT_EQ(EDVSDSTDIED, client_act(self, DVK_ECHO_NOTIFY, UCLT, 80));
}

/* The process that it asks dies, and one that asks, in a copy or out of it. */
TEST_F_TIMEOUT(kernel, others_die, 120)
{
	struct puppet *c;
	int i;

	begin_client(self, DVK_ECHO_SENDREC, 100, 0, USRV, FOREVER);
	ASSERT_EQ(0, act(self->srv, OP_RCVRQST, 0, SOON));
	puppet_kill(self->srv);
	EXPECT_TRUE(is_death(client_result(self)));

	for (i = 0; i < 6; i++) {
		c = process(self, self->un, UCLT);
		begin_load(c, MAX, i % KINDS);
		ASSERT_TRUE(wait_until(c->page->rounds > 0, LONG));
		nap_ms(1 + 7 * i);
		puppet_kill(c);
		ASSERT_TRUE(proc_free(self->un, self->dcid, UCLT));
		ASSERT_TRUE(proc_free(self->kn, self->dcid, UCLT));
	}
	EXPECT_EQ(0, invert(self->asker, MAX, 1, 9));
}

/* A server that copies to and from it loses it in the middle. */
static long copy_for_ever(const long *a)
{
	static char buf[DVK_MAXCOPYLEN];
	long ret;

	(void)a;
	do {
		ret = dvk_vcopy(SELF, buf, KSRV, 0, sizeof(buf));
		if (!ret)
			ret = dvk_vcopy(KSRV, 0, SELF, buf, sizeof(buf));
	} while (!ret);
	return ret;
}

TEST_F_TIMEOUT(kernel, stopped_while_copied, 90)
{
	int k;

	self->srv->page->fn = copy_for_ever;
	for (k = 0; k < KINDS; k++) {
		begin_client(self, DVK_ECHO_SENDREC, MAX, k, USRV, FOREVER);
		ASSERT_EQ(0, act(self->srv, OP_RCVRQST, 0, SOON));
		begin_call(self->srv, OP_FN, 0);
		nap_ms(10 + 13 * k);
		EXPECT_FALSE(ended(self->srv));
		ASSERT_EQ(0, unload());
		EXPECT_NE(STUCK, end(self->srv));
		EXPECT_TRUE(is_death(end(self->asker)));
		/* It may end between the look and the stop of its call. */
		EXPECT_TRUE(self->srv->page->ret == EDVSPROCSTS ||
			    is_death(self->srv->page->ret)) {
			TH_LOG("%ld", self->srv->page->ret);
		}
		ASSERT_TRUE(proc_free(self->kn, self->dcid, KSRV));
		ASSERT_TRUE(proc_free(self->un, self->dcid, KSRV));
		ASSERT_EQ(0, load_at(self->kn, self->dcid));
		known(self, KSRV, self->kn);
	}
}

/* The kernel client is in this call, and not just waiting for requests. */
static bool waits_for(SELF_OF(kernel), int type)
{
	proc_usr_t p;

	if (proc_info(self->kn, self->dcid, KSRV, &p))
		return false;
	if (type == DVK_ECHO_WAIT4BIND)
		return p.p_rts_flags & DVK_RTS_WAITBIND;
	if (type == DVK_ECHO_RECEIVE)
		return p.p_getfrom == USRV;
	return p.p_sendto == USRV;
}

/* The module goes: whatever the kernel client waits for ends. */
TEST_F_TIMEOUT(kernel, stopped_while_it_waits, 120)
{
	static const int types[] = { 0, DVK_ECHO_SENDREC, DVK_ECHO_SEND,
				     DVK_ECHO_RECEIVE, DVK_ECHO_WAIT4BIND };
	unsigned int i;
	long ret;

	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		int ep = types[i] == DVK_ECHO_WAIT4BIND ? UCLT : USRV;

		if (types[i]) {
			begin_client(self, types[i], 100, 0, ep, FOREVER);
			ASSERT_TRUE(wait_until(waits_for(self, types[i]),
					       SOON));
		}
		ASSERT_EQ(0, unload());
		if (types[i]) {
			ret = end(self->asker);
			EXPECT_TRUE(is_death(ret)) {
				TH_LOG("type %d: %ld", types[i], ret);
			}
		}
		EXPECT_TRUE(proc_free(self->kn, self->dcid, KSRV));
		EXPECT_TRUE(proc_free(self->un, self->dcid, KSRV));
		ASSERT_EQ(0, load_at(self->kn, self->dcid));
		known(self, KSRV, self->kn);
	}
	say(self->asker, DVK_ECHO_MESSAGE, 1);
	EXPECT_EQ(0, act(self->asker, OP_SENDREC, KSRV, FOREVER));
}

TEST_F_TIMEOUT(kernel, unloaded_under_load, 120)
{
	struct puppet *c[4];
	int round, i;
	long ret;

	for (i = 0; i < 4; i++)
		c[i] = process(self, i & 1 ? self->kn : self->un, UCLT + i);
	for (round = 0; round < 4; round++) {
		for (i = 0; i < 4; i++) {
			c[i]->page->rounds = 0;
			begin_load(c[i], i < 2 ? MAX : 100 + 5000 * i, round %
				   KINDS);
		}
		for (i = 0; i < 4; i++)
			EXPECT_TRUE(wait_until(c[i]->page->rounds > 1, LONG));
		ASSERT_EQ(0, unload());
		for (i = 0; i < 4; i++) {
			ret = end(c[i]);
			EXPECT_TRUE(is_death(ret) || ret == EDVSPROCSTS) {
				TH_LOG("client %d: %ld", i, ret);
			}
		}
		EXPECT_TRUE(proc_free(self->un, self->dcid, KSRV));
		ASSERT_EQ(0, load_at(self->kn, self->dcid));
		known(self, KSRV, self->kn);
	}
}

/* It loses its endpoint while it waits; the module still goes. */
TEST_F(kernel, unbound)
{
	at_node(self->kn);
	EXPECT_EQ(0, dvk_unbind_T(self->dcid, KSRV, SOON));
	EXPECT_TRUE(proc_free(self->kn, self->dcid, KSRV));
	EXPECT_TRUE(proc_free(self->un, self->dcid, KSRV));

	/* The other one, while it is a client. */
	tell(self->asker, DVK_ECHO_SENDREC, 100, 0, USRV, FOREVER, READ);
	begin(self->asker, OP_SENDREC, KSRV2, FOREVER);
	ASSERT_EQ(0, act(self->srv, OP_RCVRQST, 0, SOON));
	at_node(self->kn);
	EXPECT_EQ(0, dvk_unbind_T(self->dcid, KSRV2, SOON));
	EXPECT_TRUE(is_death(end(self->asker)));
	EXPECT_EQ(EDVSDSTDIED, act(self->srv, OP_REPLY, KSRV2, FOREVER));
	EXPECT_EQ(0, unload());
}

TEST_F(kernel, dc_ends)
{
	tell(self->asker, DVK_ECHO_SENDREC, 100, 0, USRV, FOREVER, READ);
	begin(self->asker, OP_SENDREC, KSRV2, FOREVER);
	ASSERT_EQ(0, act(self->srv, OP_RCVRQST, 0, SOON));
	at_node(self->kn);
	EXPECT_EQ(0, dvk_dc_end(self->dcid));
	EXPECT_NE(STUCK, end(self->asker));
	EXPECT_NE(0, self->asker->page->ret);
	EXPECT_EQ(0, unload());
}

/* Nobody is bound twice, and not where there is no DC. */
TEST_F(kernel, cannot_bind)
{
	EXPECT_EQ(0, unload());
	ASSERT_TRUE(proc_free(self->kn, self->dcid, KSRV));
	process(self, self->kn, KSRV2);
	EXPECT_NE(0, load_at(self->kn, self->dcid));
	EXPECT_FALSE(loaded());
	/* Its first thread had been bound already. */
	EXPECT_TRUE(proc_free(self->kn, self->dcid, KSRV));
}

TEST_HARNESS_MAIN
