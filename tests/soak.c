// SPDX-License-Identifier: GPL-2.0
/*
 * All operations at once among three nodes, while processes die, connections
 * break, and frames are lost, doubled, reordered, delayed and spoilt. All the
 * time:
 *
 *   - what a copy brings is compared, byte by byte, with what was there;
 *   - a request is executed at most once, and answered exactly once or fails:
 *     clients and servers each keep books, which must agree;
 *   - it goes on: there are answers in every half minute.
 *
 * Servers move from node to node meanwhile; a move may fail while connections
 * break, and who was lost by it is replaced.
 *
 * In the end all calls return, and as many endpoints, frames and pages are in
 * use as at the start.
 *
 * DVK_SOAK_SECONDS, DVK_SOAK_TRANSFERS: how long "everything" takes and how much
 * "transfers" copies. DVK_SOAK_SEED repeats the choices, but not the order in
 * which they meet.
 *
 * test-timeout: 172800
 * test-transport: each
 */
#include "kselftest_harness.h"

#include <limits.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "cluster.h"
#include "faults.h"
#include "lots.h"
#include "puppet.h"
#include "util.h"

#define SERVERS		3
#define CLIENTS		9
#define SRV(i)		(10 + (i))
#define CLT(i)		(100 + (i))
#define WINDOW		4096		/* requests of a client that are told apart */
#define AREA		(512 * 1024)
#define FOR_LONG	(10000 * slowness())

/* What a request asks for, in m_type. */
enum { ECHO_BACK = 1, GET, PUT, RELAYED, ANSWER };

/* The books; shared by all. */
struct books {
	_Atomic int stop;
	_Atomic int wrong;		/* line where something was not right */
	_Atomic long asked, answered, failed;	/* by clients */
	_Atomic long executed, replied;		/* by servers */
	_Atomic long transfers;		/* copies that were compared */
	_Atomic long told, heard;
	_Atomic int next[CLIENTS];	/* request number of each client */
	/* Number of the latest request that was executed, plus 1. */
	_Atomic int done[CLIENTS][WINDOW];
};

FIXTURE(soak) {
	int dcid;
	struct dice dice;
	struct puppet *srv[SERVERS], *clt[CLIENTS];
	int at[SERVERS];		/* nodes */
	long slabs, memory;
	int kills, client_kills, flaps, nets, cuts, resets, moves, lost_moves;
};

/*
 * The same addresses in all processes. In @fixed each has what is in @expected
 * for it, and it stays.
 */
static char *fixed, *scratch, *drop;
static char *expected[CLIENTS + SERVERS];
static struct books *books;
static int dc;

#define WRONG_IF(cond) do {						\
	if (cond)							\
		atomic_store(&books->wrong, __LINE__);			\
} while (0)

static long setting(const char *name, long otherwise)
{
	const char *s = getenv(name);

	return s ? atol(s) : otherwise;
}

/* From one byte to half of what there is, small ones as often as large ones. */
static long some_length(struct dice *d)
{
	return 1 + roll(d) % (1L << roll(d) % 19);
}

/* Compares what a copy has brought. */
static void arrived(const char *at, int from, long off, long len)
{
	WRONG_IF(memcmp(at, expected[from] + off, len));
	atomic_fetch_add(&books->transfers, 1);
}

/* --- servers --- */

/*
 * A client that has given up may still be copied from: its @fixed stays as it
 * is. What it is sent late goes to where it does not look soon.
 */
static long execute(const message *m)
{
	int c = m->m2_i1, n = m->m2_i2;
	long off = m->m2_i3, len = m->m2_l1, ret = 0;

	if (c < 0 || c >= CLIENTS || m->m_source != CLT(c)) {
		WRONG_IF(true);
		return 0;
	}
	WRONG_IF(atomic_exchange(&books->done[c][n % WINDOW], n + 1) == n + 1);
	atomic_fetch_add(&books->executed, 1);
	if (m->m_type == GET) {
		ret = dvk_vcopy(m->m_source, m->m2_p1, SELF, scratch, len);
		if (!ret)
			arrived(scratch, c, off, len);
	} else if (m->m_type == PUT) {
		ret = dvk_vcopy(SELF, fixed + off, m->m_source, m->m2_p1, len);
	}
	return ret;
}

/* a: own number */
static long server(const long *a)
{
	int me = a[0], src;
	message m;
	long ret;

	while (!atomic_load(&books->stop)) {
		ret = dvk_receive_T(ANY, &m, 200);
		/* Another process is the server now. */
		if (ret == EDVSMIGRATE || ret == EDVSNOTBIND)
			break;
		if (ret)
			continue;
		src = m.m_source;
		if (m.m_type < ECHO_BACK || m.m_type > RELAYED) {
			atomic_fetch_add(&books->heard, 1);
			continue;
		}
		if (m.m_type == RELAYED) {
			m.m_type = ECHO_BACK;
			ret = dvk_relay(SRV((me + 1) % SERVERS), &m);
			if (!ret)
				continue;
		} else {
			ret = execute(&m);
		}
		m.m_type = ANSWER;
		m.m2_i1 = me;
		m.m2_l2 = ret;
		if (!dvk_reply(src, &m))
			atomic_fetch_add(&books->replied, 1);
	}
	return 0;
}

/* --- clients --- */

static void ask(int me, int kind, struct dice *d)
{
	int n = atomic_fetch_add(&books->next[me], 1), srv = roll(d) % SERVERS;
	long len = some_length(d), off = roll(d) % (AREA / 2);
	char *to = scratch + n % 8 * (AREA / 2) + roll(d) % 4096;
	message m = { .m_type = kind };
	long ret;

	m.m2_i1 = me;
	m.m2_i2 = n;
	m.m2_i3 = off;
	m.m2_l1 = len;
	m.m2_p1 = kind == GET ? fixed + off : to;
	atomic_fetch_add(&books->asked, 1);
	ret = dvk_sendrec_T(SRV(srv), &m, FOR_LONG);
	if (!ret) {
		WRONG_IF(m.m_type != ANSWER || m.m2_i2 != n || m.m2_l1 != len);
		ret = m.m2_l2;
		/* Who says that it is done has done it. */
		WRONG_IF(!ret && atomic_load(&books->done[me][n % WINDOW]) !=
				 n + 1);
	}
	if (ret) {
		atomic_fetch_add(&books->failed, 1);
		nap_ms(2);
		return;
	}
	if (kind == PUT)
		arrived(to, CLIENTS + m.m2_i1, off, len);
	atomic_fetch_add(&books->answered, 1);
}

/* Copies that nobody is asked for. */
static void take(int me, struct dice *d)
{
	int from = roll(d) % CLIENTS;
	long len = some_length(d), off = roll(d) % (AREA / 2);

	if (from == me)
		return;
	if (one_in(d, 3))
		dvk_vcopy(CLT(from), fixed + off, SRV(roll(d) % SERVERS),
			  drop + off, len);
	else if (!dvk_vcopy(CLT(from), fixed + off, SELF, drop, len))
		arrived(drop, from, off, len);
}

static void tell(struct dice *d)
{
	message m = { .m_type = 77 };
	int to = SRV(roll(d) % SERVERS);
	long ret = one_in(d, 2) ? dvk_notify(to) :
				  dvk_send_T(to, &m, FOR_LONG);

	if (!ret)
		atomic_fetch_add(&books->told, 1);
}

/* a: own number, seed */
static long client(const long *a)
{
	struct dice d = { a[1] * 2654435761u | 1 };
	int me = a[0];

	while (!atomic_load(&books->stop)) {
		switch (roll(&d) % 16) {
		case 0 ... 4:
			ask(me, GET, &d);
			break;
		case 5 ... 9:
			ask(me, PUT, &d);
			break;
		case 10:
			ask(me, ECHO_BACK, &d);
			break;
		case 11:
			ask(me, RELAYED, &d);
			break;
		case 12:
		case 13:
			take(me, &d);
			break;
		case 14:
			tell(&d);
			break;
		case 15:
			if (roll(&d) % 64)
				break;
			dvk_unbind(dc, SELF);
			WRONG_IF(dvk_bind(dc, CLT(me)) != CLT(me));
			break;
		}
	}
	return 0;
}

/* --- processes --- */

/* a: index of what is expected of it */
static long fill(const long *a)
{
	/* The test itself goes first, or it would hardly get to do harm. */
	setpriority(PRIO_PROCESS, 0, 0);
	memcpy(fixed, expected[a[0]], AREA);
	return 0;
}

/* Whoever copies from it finds what he expects from the first moment. */
static struct puppet *filled(int node, int index)
{
	struct puppet *p = puppet_new(node);

	p->page->fn = fill;
	if (call(p, OP_FN, index))
		die("no process on node %d", node);
	return p;
}

static struct puppet *actor(int node, int ep, int index)
{
	struct puppet *p = filled(node, index);

	/* A stand-in may be in the place of one who was lost while it moved. */
	if (!wait_until(call(p, OP_BIND, dc, ep) == ep, LATE))
		die("endpoint %d does not start", ep);
	return p;
}

static void serve(SELF_OF(soak), int i, struct puppet *p)
{
	self->srv[i] = p;
	p->page->fn = server;
	begin_call(p, OP_FN, i);
}

static void start_server(SELF_OF(soak), int i)
{
	serve(self, i, actor(self->at[i], SRV(i), CLIENTS + i));
}

static void start_client(SELF_OF(soak), int i)
{
	self->clt[i] = actor(i % NODES, CLT(i), i);
	self->clt[i]->page->fn = client;
	begin_call(self->clt[i], OP_FN, i, roll(&self->dice));
}

static void start_all(SELF_OF(soak))
{
	int i;

	for (i = 0; i < SERVERS; i++) {
		self->at[i] = i % NODES;
		start_server(self, i);
	}
	for (i = 0; i < CLIENTS; i++)
		start_client(self, i);
}

static void end_all(struct __test_metadata *_metadata, SELF_OF(soak))
{
	int i;

	atomic_store(&books->stop, 1);
	for (i = 0; i < CLIENTS; i++)
		EXPECT_EQ(0, end_within(self->clt[i], LATE))
			TH_LOG("client %d does not end", i);
	for (i = 0; i < SERVERS; i++)
		EXPECT_EQ(0, end_within(self->srv[i], LATE))
			TH_LOG("server %d does not end", i);
}

/* --- faults --- */

static const char * const netem[] = {
	"delay 1ms 1ms", "delay 3ms 1ms reorder 25% 50%", "loss 1%",
	"loss 0.3% duplicate 5%", "delay 1ms reorder 10% duplicate 1%",
	/* TIPC has no checksum: on Ethernet it trusts that of the frame. */
	"corrupt 1%",
};

static void net_fault(SELF_OF(soak))
{
	unsigned int kinds = sizeof(netem) / sizeof(netem[0]) -
			     (strcmp(transport(), "tcp") ? 1 : 0);
	int n = roll(&self->dice) % NODES;

	link_netem(n, netem[roll(&self->dice) % kinds]);
	self->nets++;
}

/* Nothing comes through for a while. */
static void cut(SELF_OF(soak))
{
	int n = roll(&self->dice) % NODES;

	link_netem(n, "loss 100%");
	nap_ms(200 + roll(&self->dice) % 1000);
	link_netem(n, NULL);
	self->cuts++;
}

/* A firewall on the way answers with resets. */
static void reset(SELF_OF(soak))
{
	if (strcmp(transport(), "tcp"))
		return;
	firewall_resets(1, true);
	nap_ms(100);
	firewall_resets(1, false);
	self->resets++;
}

static void flap(SELF_OF(soak))
{
	int a = roll(&self->dice) % NODES;
	int b = (a + 1 + roll(&self->dice) % (NODES - 1)) % NODES;
	char name[40];

	snprintf(name, sizeof(name), "peers/%d/enabled", b);
	attr_write(a, name, "0");
	nap_ms(roll(&self->dice) % 50);
	attr_write(a, name, "1");
	self->flaps++;
}

static void kill_one(SELF_OF(soak))
{
	int i = roll(&self->dice) % (SERVERS + CLIENTS);

	if (i < SERVERS) {
		puppet_kill(self->srv[i]);
		start_server(self, i);
	} else {
		i -= SERVERS;
		puppet_kill(self->clt[i]);
		start_client(self, i);
		self->client_kills++;
	}
	self->kills++;
}

/* Whether the server is still what it was before it should move. */
static bool still_there(SELF_OF(soak), int i)
{
	proc_usr_t p;

	return !proc_info(self->at[i], dc, SRV(i), &p) &&
	       p.p_nodeid == self->at[i] && p.p_lpid == self->srv[i]->pid &&
	       !(p.p_rts_flags & DVK_RTS_MIGRATE);
}

static void move_one(SELF_OF(soak))
{
	int i = roll(&self->dice) % SERVERS, from = self->at[i];
	int to = (from + 1 + roll(&self->dice) % (NODES - 1)) % NODES;
	struct puppet *old = self->srv[i], *new = filled(to, CLIENTS + i);
	long ret;

	at_node(roll(&self->dice) % NODES);
	ret = dvk_migr_start_T(dc, SRV(i), LATE);
	if (!ret) {
		at_node(to);
		/* Who is being copied from or to stays. */
		wait_until((ret = dvk_migr_commit(new->pid, dc, SRV(i), to)) !=
			   EDVSONCOPY, LATE);
	}
	if (!ret) {
		self->at[i] = to;
		serve(self, i, new);
		self->moves++;
		/* Who is left behind notices. */
		WRONG_IF(end_within(old, LATE));
		puppet_kill(old);
		return;
	}
	/* The answer to a START may be what was lost. */
	at_node(from);
	dvk_migr_rollback(dc, SRV(i));
	puppet_kill(new);
	if (still_there(self, i))
		return;
	puppet_kill(old);
	start_server(self, i);
	self->lost_moves++;
	self->kills++;
}

static void fault(SELF_OF(soak), bool kills)
{
	switch (roll(&self->dice) % 24) {
	case 0 ... 9:
		if (kills)
			kill_one(self);
		break;
	case 10:
		flap(self);
		break;
	case 11:
		net_fault(self);
		break;
	case 12:
		if (kills)
			cut(self);
		break;
	case 13:
		reset(self);
		break;
	case 14:
		links_mend();
		break;
	case 15 ... 16:
		move_one(self);
		break;
	}
}

/* --- start and end --- */

/* Objects in use in our slab caches. */
static long slabs(void)
{
	static const char * const cache[] = { "dvk_endpoint", "queued_frame" };
	long sum = 0, n;
	size_t i;
	char path[80];
	FILE *f;

	for (i = 0; i < 2; i++) {
		run("echo 1 >/sys/kernel/slab/%s/shrink", cache[i]);
		snprintf(path, sizeof(path), "/sys/kernel/slab/%s/objects",
			 cache[i]);
		f = fopen(path, "r");
		if (!f || fscanf(f, "%ld", &n) != 1)
			die("%s: %m", path);
		fclose(f);
		sum += n;
	}
	return sum;
}

/* What nobody uses, in KiB, when caches are empty. */
static long available(void)
{
	char line[128];
	long n = 0;
	FILE *f;

	run("sync; echo 3 >/proc/sys/vm/drop_caches");
	f = fopen("/proc/meminfo", "r");
	if (!f)
		die("/proc/meminfo: %m");
	while (!n && fgets(line, sizeof(line), f))
		(void)!sscanf(line, "MemFree: %ld", &n);
	fclose(f);
	return n;
}

static void *map(size_t size, int flags)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
		       MAP_ANONYMOUS | flags, -1, 0);

	if (p == MAP_FAILED)
		die("mmap: %m");
	return p;
}

FIXTURE_SETUP(soak)
{
	long i, k;

	cluster_up();
	self->dice.s = setting("DVK_SOAK_SEED", now_ms()) | 1;
	printf("# DVK_SOAK_SEED=%u\n", self->dice.s);
	self->dcid = dc_new(ALL_NODES);
	dc = self->dcid;
	books = map(sizeof(*books), MAP_SHARED);
	fixed = map(AREA, MAP_PRIVATE);
	drop = map(AREA, MAP_PRIVATE);
	scratch = map(9 * (AREA / 2), MAP_PRIVATE);
	for (i = 0; i < CLIENTS + SERVERS; i++) {
		struct dice d = { i * 7919 + 1 };

		expected[i] = map(AREA, MAP_PRIVATE);
		for (k = 0; k < AREA; k += sizeof(int))
			*(unsigned int *)(expected[i] + k) = roll(&d);
	}
	setpriority(PRIO_PROCESS, 0, -10);
	/* What the kernel keeps for later use is there after the first calls. */
	start_all(self);
	ASSERT_TRUE(wait_until(books->transfers > 300, 4 * LATE));
	end_all(_metadata, self);
	puppets_free();
	memset(books, 0, sizeof(*books));
	self->slabs = slabs();
	self->memory = available();
	start_all(self);
}

FIXTURE_TEARDOWN(soak)
{
	int i;

	puppets_end();
	links_mend();
	/* A cut may have been long enough for TIPC to lose its way. */
	for (i = 0; i < NODES; i++)
		links_rediscover(i);
	cluster_whole(LATE);
	dc_drop(self->dcid);
}

/* Waits till nothing is left of it, and looks at the books. */
static void audit(struct __test_metadata *_metadata, SELF_OF(soak))
{
	long open, lost;

	links_mend();
	EXPECT_TRUE(cluster_whole(LATE));
	end_all(_metadata, self);
	EXPECT_EQ(0, books->wrong)
		TH_LOG("something was not right, see that line");
	open = books->asked - books->answered - books->failed;
	printf("# %ld requests: %ld answered, %ld failed, %ld open with a client that died; %ld executed; %ld copies compared; %ld messages and notifications, %ld heard\n",
	       books->asked, books->answered, books->failed, open,
	       books->executed, books->transfers, books->told, books->heard);
	printf("# %d kills, %d of clients, %d moves, %d servers lost in one, %d connections hung up, %d kinds of bad network, %d cuts, %d resets\n",
	       self->kills, self->client_kills, self->moves, self->lost_moves,
	       self->flaps, self->nets, self->cuts, self->resets);
	fflush(stdout);
	EXPECT_LE(0, open);
	EXPECT_GE(self->client_kills, open);
	EXPECT_GE(books->asked, books->executed);
	/* A server that is killed may not have noted its latest. */
	lost = self->kills - self->client_kills;
	EXPECT_GE(books->replied + lost, books->answered);
	EXPECT_LT(0, books->answered);
	puppets_free();
	EXPECT_TRUE(wait_until(slabs() <= self->slabs, SOON))
		TH_LOG("%ld objects in use, %ld at the start", slabs(),
		       self->slabs);
	EXPECT_TRUE(wait_until(available() > self->memory - 64 * 1024, SOON))
		TH_LOG("%ld KiB free, %ld at the start", available(),
		       self->memory);
}

/* Until it is time, or enough has been copied. */
static void soak(struct __test_metadata *_metadata, SELF_OF(soak), long ms,
		 long transfers, bool kills)
{
	long end = now_ms() + ms, next = now_ms() + 2 * LATE, answered = 0;
	long told = now_ms() + 60000;

	while (now_ms() < end && books->transfers < transfers &&
	       !books->wrong) {
		nap_ms(roll(&self->dice) % 100);
		fault(self, kills);
		if (now_ms() > told) {
			printf("# %ld answered, %ld failed, %ld copies, %d kills\n",
			       books->answered, books->failed, books->transfers,
			       self->kills);
			fflush(stdout);
			told += 60000;
		}
		if (now_ms() < next)
			continue;
		EXPECT_LT(answered, books->answered)
			TH_LOG("nothing is answered any more");
		if (answered == books->answered)
			break;
		answered = books->answered;
		next = now_ms() + 2 * LATE;
	}
}

/* Nobody dies, so nothing may be open. */
TEST_F_TIMEOUT(soak, transfers, INT_MAX / 1000)
{
	long want = setting("DVK_SOAK_TRANSFERS", 2000);

	soak(_metadata, self, LONG_MAX / 2, want, false);
	EXPECT_LE(want, books->transfers);
	audit(_metadata, self);
	EXPECT_EQ(books->asked, books->answered + books->failed);
}

TEST_F_TIMEOUT(soak, everything, INT_MAX / 1000)
{
	soak(_metadata, self, setting("DVK_SOAK_SECONDS",
				      slowness() > 1 ? 600 : 20) * 1000,
	     LONG_MAX, true);
	audit(_metadata, self);
	EXPECT_LT(0, self->kills);
}

TEST_HARNESS_MAIN
