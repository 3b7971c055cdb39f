// SPDX-License-Identifier: GPL-2.0
/*
 * One process, or one peer, cannot use a node up: pinned memory, endpoints,
 * queued senders, queued frames, copies in work.
 */
#include "kselftest_harness.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cluster.h"
#include "puppet.h"
#include "util.h"

#define FOREVER	TIMEOUT_FOREVER
#define ALICE	1000
#define BOB	1001
#define KIB	1024L
#define LIMIT	(64 * KIB)
#define MORE	(128 * KIB)
#define LESS	(60 * KIB)
#define HALF	(512 * KIB)	/* of two, one fits below this: */
#define WIDE	(768 * KIB)

#define A	10		/* system slots */
#define B	11
#define CLT	100
#define CLT2	101
#define PEER	5		/* a node that the test plays */
#define THERE	120		/* an endpoint there */

#define run_in(p, f, ...) ({						\
	(p)->page->fn = (f);						\
	call(p, OP_FN, __VA_ARGS__);					\
})

static struct puppet_page *page_of(const long *a)
{
	return (void *)((char *)a - offsetof(struct puppet_page, a));
}

static cmd_t *header(struct puppet *p)
{
	return (cmd_t *)p->page->data;
}

static proxy_payload_t payload;

static long fn_get(const long *a)
{
	return dvk_get2rmt_T(page_of(a)->data, &payload, a[0]);
}

static long fn_limit(const long *a)
{
	struct rlimit r = { a[0], a[0] };

	return setrlimit(RLIMIT_MEMLOCK, &r) ? -errno : 0;
}

/* An ordinary user with little memory to pin. */
static void restrict_to(struct __test_metadata *_metadata, struct puppet *p,
			long bytes, int uid)
{
	ASSERT_EQ(0, run_in(p, fn_limit, bytes));
	if (uid) {
		ASSERT_EQ(0, call(p, OP_SETUID, uid));
		ASSERT_EQ(0, call(p, OP_DUMPABLE, 1));
	}
}

/* Pinned pages of a process, in KiB. */
static long pinned(struct puppet *p)
{
	char path[64], line[128];
	long kib = -1;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", p->pid);
	f = fopen(path, "r");
	if (!f)
		return -1;
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "VmPin: %ld", &kib) == 1)
			break;
	fclose(f);
	return kib;
}

FIXTURE(limits) {
	int dcid;
	struct puppet *s, *r;	/* proxies of PEER */
};

FIXTURE_SETUP(limits)
{
	cluster_up();
	self->dcid = dc_new(ALL_NODES);
}

FIXTURE_TEARDOWN(limits)
{
	puppets_end();
	at_node(0);
	dvk_node_down(PEER);
	dvk_proxies_unbind(PEER);
	dc_drop(self->dcid);
}

/* --- pinned memory ---------------------------------------------------------- */

/* A client on @node, with memory at *@at, waits for the answer of @p. */
static struct puppet *served(struct __test_metadata *_metadata,
			     SELF_OF(limits), struct puppet *p, int ep, int node,
			     int clt, long limit, char **at)
{
	struct puppet *c = puppet_bound(node, self->dcid, clt);

	if (node != p->node) {
		puppet_known_at(p, ep, self->dcid, node);
		puppet_known_at(c, clt, self->dcid, p->node);
	}
	*at = puppet_map(c, HALF);
	if (limit)
		restrict_to(_metadata, c, limit, ALICE);
	begin(c, OP_SENDREC, ep, FOREVER);
	ASSERT_EQ(0, act(p, OP_RCVRQST, 0, FOREVER));
	return c;
}

/* The limit of the one who asks holds for his own memory. */
TEST_F(limits, memory_of_the_caller)
{
	struct puppet *p = puppet_bound(0, self->dcid, A);
	char *mine = puppet_map(p, MORE), *its;
	long start;

	served(_metadata, self, p, A, 1, CLT, 0, &its);
	/* Root's does not. */
	restrict_to(_metadata, p, LIMIT, 0);
	EXPECT_EQ(0, puppet_vcopy(p, SELF, mine, CLT, its, MORE));
	restrict_to(_metadata, p, LIMIT, ALICE);
	start = now_ms();
	EXPECT_EQ(EDVSALLOCMEM, puppet_vcopy(p, SELF, mine, CLT, its, MORE));
	EXPECT_EQ(EDVSALLOCMEM, puppet_vcopy(p, CLT, its, SELF, mine, MORE));
	/* It will never fit, so nothing is waited for. */
	EXPECT_GT(2000 * slowness(), now_ms() - start);
	EXPECT_EQ(0, puppet_vcopy(p, SELF, mine, CLT, its, LESS));
	EXPECT_EQ(0, puppet_vcopy(p, CLT, its, SELF, mine, LESS));
	EXPECT_TRUE(wait_until(pinned(p) == 0, SOON));
}

/* Nobody has more of a process's memory pinned than it may, whoever he is. */
TEST_F(limits, memory_of_another)
{
	struct puppet *p = puppet_bound(1, self->dcid, A), *c, *d;
	char *mine = puppet_map(p, MORE), *its, *far;

	c = served(_metadata, self, p, A, 0, CLT, LIMIT, &its);
	EXPECT_EQ(EDVSALLOCMEM, puppet_vcopy(p, SELF, mine, CLT, its, MORE));
	EXPECT_EQ(EDVSALLOCMEM, puppet_vcopy(p, CLT, its, SELF, mine, MORE));
	EXPECT_EQ(0, puppet_vcopy(p, SELF, mine, CLT, its, LESS));
	EXPECT_EQ(0, puppet_vcopy(p, CLT, its, SELF, mine, LESS));

	/* Nor from there to a third node, or within the other. */
	d = served(_metadata, self, p, A, 2, CLT2, 0, &far);
	puppet_known_at(c, CLT, self->dcid, 2);
	puppet_known_at(d, CLT2, self->dcid, 0);
	EXPECT_EQ(EDVSALLOCMEM, puppet_vcopy(p, CLT, its, CLT2, far, MORE));
	EXPECT_EQ(EDVSALLOCMEM, puppet_vcopy(p, CLT2, far, CLT, its, MORE));
	EXPECT_EQ(0, puppet_vcopy(p, CLT, its, CLT2, far, LESS));
	EXPECT_EQ(0, puppet_vcopy(p, CLT2, far, CLT, its, LESS));
	EXPECT_TRUE(wait_until(pinned(c) == 0, SOON));
}

/* A copy between processes of one node, in one go, pins nothing for long. */
TEST_F(limits, local_copies_are_free)
{
	struct puppet *p = puppet_bound(0, self->dcid, A);
	char *mine = puppet_map(p, MORE), *its;

	served(_metadata, self, p, A, 0, CLT, LIMIT, &its);
	restrict_to(_metadata, p, LIMIT, ALICE);
	EXPECT_EQ(0, puppet_vcopy(p, SELF, mine, CLT, its, MORE));
	EXPECT_EQ(0, puppet_vcopy(p, CLT, its, SELF, mine, MORE));
}

/* Proxies of PEER that do nothing unless they are told. */
static void play_peer(struct __test_metadata *_metadata, SELF_OF(limits))
{
	char trust[32];

	self->s = puppet_new(0);
	self->r = puppet_new(0);
	at_node(0);
	ASSERT_EQ(0, dvk_proxies_bind("px", PEER, self->s->tid, self->r->tid,
				      (long)MAXCOPYBUF));
	ASSERT_EQ(0, dvk_node_up("peer", PEER, PEER));
	/* For what it says about its requesters. */
	snprintf(trust, sizeof(trust), "peers/%d/trust", PEER);
	ASSERT_EQ(0, attr_write(0, trust, "1"));
	ASSERT_EQ(0, dvk_proxy_conn(PEER, CONNECT_SPROXY));
	ASSERT_EQ(0, dvk_proxy_conn(PEER, CONNECT_RPROXY));
	ASSERT_EQ(0, dvk_add_node(self->dcid, PEER));
	ASSERT_EQ(THERE, dvk_rmtbind(self->dcid, "there", THERE, PEER));
}

/* One copy, to a peer that takes nothing, leaves no room for another. */
struct two {
	struct puppet *p, *t;
	char *mine, *its;
};

static void two_copies(struct __test_metadata *_metadata, SELF_OF(limits),
		       struct two *w)
{
	int i;

	play_peer(_metadata, self);
	w->p = puppet_bound(0, self->dcid, A);
	w->t = puppet_thread(w->p);
	w->mine = puppet_map(w->p, HALF);
	ASSERT_EQ(B, call(w->t, OP_TBIND, self->dcid, B));
	served(_metadata, self, w->t, B, 1, CLT, 0, &w->its);
	restrict_to(_metadata, w->p, WIDE, ALICE);
	/* Each thread has credentials of its own. */
	restrict_to(_metadata, w->t, WIDE, ALICE);
	begin_call(w->p, OP_VCOPY, SELF, (long)w->mine, THERE, (long)w->mine,
		   HALF);
	ASSERT_TRUE(wait_until(pinned(w->p) == HALF / KIB, SOON));
	begin_call(w->t, OP_VCOPY, SELF, (long)w->mine, CLT, (long)w->its, HALF);
	for (i = 0; i < 50; i++) {
		ASSERT_FALSE(ended(w->t));
		nap_ms(10);
	}
}

TEST_F_TIMEOUT(limits, waits_for_others, 60)
{
	struct two w;

	two_copies(_metadata, self, &w);
	ASSERT_EQ(0, dvk_proxy_conn(PEER, DISCONNECT_RPROXY));
	EXPECT_EQ(0, end(w.t));
	EXPECT_EQ(EDVSNOTCONN, end(w.p));
	EXPECT_TRUE(wait_until(pinned(w.p) == 0, SOON));
}

TEST_F_TIMEOUT(limits, does_not_wait_for_ever, 60)
{
	struct two w;

	two_copies(_metadata, self, &w);
	EXPECT_EQ(EDVSALLOCMEM, end_within(w.t, LATE));
	EXPECT_FALSE(ended(w.p));
	ASSERT_EQ(0, dvk_proxy_conn(PEER, DISCONNECT_RPROXY));
	EXPECT_EQ(EDVSNOTCONN, end(w.p));
	EXPECT_TRUE(wait_until(pinned(w.p) == 0, SOON));
}

TEST_F_TIMEOUT(limits, signal_ends_the_wait, 60)
{
	struct two w;

	two_copies(_metadata, self, &w);
	puppet_signal(w.t, SIGUSR1);
	EXPECT_EQ(DEAD, end(w.t));
	EXPECT_TRUE(puppet_gone(w.p, SOON));
}

/* --- copies in work ---------------------------------------------------------- */

/* Memory that a page fault in never ends, until the process does. */
static long fn_never(const long *a)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register reg = { .mode = UFFDIO_REGISTER_MODE_MISSING };
	int fd = syscall(SYS_userfaultfd, O_CLOEXEC);
	void *m;

	if (fd < 0 || ioctl(fd, UFFDIO_API, &api))
		return -errno;
	m = mmap(NULL, a[0], PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
		 -1, 0);
	reg.range.start = (uintptr_t)m;
	reg.range.len = a[0];
	return ioctl(fd, UFFDIO_REGISTER, &reg) ? -errno : (long)m;
}

static void ask(struct puppet *r, int dcid, int code, int seq, long at)
{
	cmd_t *cmd = header(r);

	memset(cmd, 0, sizeof(*cmd));
	cmd->c_magic = DVK_WIRE_MAGIC;
	cmd->c_version = DVK_WIRE_VERSION;
	cmd->c_hdrlen = sizeof(*cmd);
	cmd->c_cmd = code;
	cmd->c_dcid = dcid;
	cmd->c_src = THERE;
	cmd->c_src_inc = 77;
	cmd->c_dst = CLT;
	cmd->c_snode = PEER;
	cmd->c_id = seq;
	cmd->c_vcopy.v_src = CLT;
	cmd->c_vcopy.v_dst = THERE;
	cmd->c_vcopy.v_rqtr = THERE;
	cmd->c_vcopy.v_saddr = (char *)at;
	cmd->c_vcopy.v_total = 64;
	cmd->c_vcopy.v_id = seq;
	if (code == CMD_COPYOUT_RQST)
		cmd->c_ctl = DVK_CMD_C_PRIV;
}

static long fn_put(const long *a)
{
	return dvk_put2lcl(page_of(a)->data, &payload);
}

/* A requester has one copy in work; a few more may be on their way to end. */
TEST_F_TIMEOUT(limits, copies_of_one_requester, 60)
{
	struct puppet *c = puppet_bound(0, self->dcid, CLT);
	int refused = 0, i;
	long at;

	play_peer(_metadata, self);
	at = run_in(c, fn_never, HALF);
	ASSERT_LT(0, at);
	begin(c, OP_RECEIVE, ANY, FOREVER);
	ASSERT_TRUE(puppet_sleeps(c));
	for (i = 0; i < 10; i++) {
		ask(self->r, self->dcid, CMD_COPYOUT_RQST, i + 1, at);
		ASSERT_EQ(0, run_in(self->r, fn_put, 0));
	}
	/* All but four have an answer, and no other frame is there. */
	while (!run_in(self->s, fn_get, 500)) {
		cmd_t *got = header(self->s);

		if (got->c_cmd == CMD_PROCBIND || got->c_cmd == CMD_PROCUNBIND)
			continue;
		EXPECT_EQ(CMD_COPYOUT_DATA, got->c_cmd);
		EXPECT_EQ(EDVSAGAIN, got->c_rcode);
		refused++;
	}
	EXPECT_EQ(6, refused);
	puppet_kill(c);
}

/* --- queued frames ------------------------------------------------------------ */

static long queue_len(void)
{
	return attr_long(0, "peers/5/queue_len");
}

static long fn_notify_for_ever(const long *a)
{
	_Atomic int *rounds = &page_of(a)->rounds;
	long ret;

	while (!(ret = dvk_notify(THERE)))
		atomic_fetch_add(rounds, 1);
	return ret;
}

/* Frames of one endpoint that may queue, as design.md says. */
#define SHARE	64

/* Who sends more than its share is told so, and others go on. */
TEST_F_TIMEOUT(limits, frames_of_callers, 60)
{
	struct puppet *p, *q;
	long before;

	play_peer(_metadata, self);
	p = puppet_bound(0, self->dcid, A);
	q = puppet_bound(0, self->dcid, B);
	before = queue_len();
	p->page->fn = fn_notify_for_ever;
	EXPECT_EQ(EDVSAGAIN, call(p, OP_FN, 0));
	EXPECT_LE(SHARE, p->page->rounds);
	EXPECT_GE(SHARE + 1, p->page->rounds);
	EXPECT_GE(before + SHARE + 1, queue_len());
	/* To the same node, and within this one. */
	EXPECT_EQ(0, call(q, OP_NOTIFY, THERE));
	puppet_known_at(q, B, self->dcid, 1);
	EXPECT_EQ(0, call(q, OP_NOTIFY, A));
	puppet_kill(p);
	EXPECT_TRUE(proc_free(0, self->dcid, A));
}

static long fn_put_for_ever(const long *a)
{
	_Atomic int *rounds = &page_of(a)->rounds;
	long ret;

	while (!(ret = dvk_put2lcl(page_of(a)->data, &payload)))
		atomic_fetch_add(rounds, 1);
	return ret;
}

/* A peer that asks and asks, and never takes an answer, loses its connection. */
TEST_F_TIMEOUT(limits, frames_of_answers, 120)
{
	play_peer(_metadata, self);
	ask(self->r, self->dcid, CMD_SNDREC_MSG, 1, 0);
	self->r->page->fn = fn_put_for_ever;
	begin_call(self->r, OP_FN, 0);
	EXPECT_EQ(EDVSNOTCONN, end_within(self->r, 6 * LATE));
	EXPECT_LT(100000, self->r->page->rounds);
	EXPECT_GT(140000, self->r->page->rounds);
	EXPECT_TRUE(wait_until(queue_len() == 0, SOON));
	EXPECT_TRUE(peer_state(0, PEER, "connecting", SOON));
}

/* --- endpoints and senders ---------------------------------------------------- */

TEST_F(limits, slots_of_a_user)
{
	struct puppet *p = puppet_new(0), *t[3], *q = puppet_new(0);
	char name[40];
	int i;

	snprintf(name, sizeof(name), "dcs/%d/mode", self->dcid);
	ASSERT_EQ(0, attr_write(0, name, "0602"));
	snprintf(name, sizeof(name), "dcs/%d/user_slots", self->dcid);
	EXPECT_TRUE(attr_is(0, name, "0"));
	EXPECT_EQ(-ERANGE, attr_write(0, name, "-1"));
	EXPECT_EQ(-ERANGE, attr_write(0, name, "70000"));
	EXPECT_EQ(-EINVAL, attr_write(0, name, "x"));
	ASSERT_EQ(0, attr_write(0, name, "2"));
	EXPECT_TRUE(attr_is(0, name, "2"));
	ASSERT_EQ(0, call(p, OP_SETUID, ALICE));
	for (i = 0; i < 3; i++)
		t[i] = puppet_thread(p);
	EXPECT_EQ(CLT, call(p, OP_TBIND, self->dcid, CLT));
	EXPECT_EQ(CLT + 1, call(t[0], OP_TBIND, self->dcid, CLT + 1));
	EXPECT_EQ(EDVSALLOCMEM, call(t[1], OP_TBIND, self->dcid, CLT + 2));
	/* Others have their own, and an administrator binds whom he likes. */
	ASSERT_EQ(0, call(q, OP_SETUID, BOB));
	EXPECT_EQ(CLT + 2, call(q, OP_BIND, self->dcid, CLT + 2));
	at_node(0);
	EXPECT_EQ(CLT + 3, dvk_lclbind(self->dcid, t[1]->tid, CLT + 3));
	/* What is given back may be taken again. */
	EXPECT_EQ(0, call(p, OP_UNBIND, self->dcid, CLT, FOREVER));
	EXPECT_EQ(0, call(t[0], OP_UNBIND, self->dcid, CLT + 1, FOREVER));
	EXPECT_EQ(CLT + 1, call(t[2], OP_TBIND, self->dcid, CLT + 1));
	EXPECT_EQ(EDVSALLOCMEM, call(t[0], OP_TBIND, self->dcid, CLT));
}

#define CROWD	60
#define SERVER	0

struct crowd {
	int dcid;
	int ep;
	_Atomic int *bound;
};

static void *one_of_many(void *arg)
{
	const struct crowd *c = arg;
	message m = { .m_type = 1 };

	if (dvk_tbind(c->dcid, c->ep) != c->ep)
		return (void *)-1L;
	atomic_fetch_add(c->bound, 1);
	return (void *)dvk_send_T(SERVER, &m, FOREVER);
}

/* A thread for each slot, all sending; returns how many got through. */
static long fn_crowd(const long *a)
{
	static struct crowd c[CROWD];
	static pthread_t t[CROWD];
	long ok = 0;
	void *ret;
	int i;

	for (i = SERVER + 1; i < CROWD; i++) {
		c[i] = (struct crowd){ a[0], i, &page_of(a)->rounds };
		if (pthread_create(&t[i], NULL, one_of_many, &c[i]))
			return -1;
	}
	for (i = SERVER + 1; i < CROWD; i++)
		if (!pthread_join(t[i], &ret) && !ret)
			ok++;
	return ok;
}

/* A DC whose slots are all taken, by senders that queue at one server. */
TEST_F_TIMEOUT(limits, every_slot_queues, 60)
{
	dc_usr_t small = { .dc_nr_procs = CROWD, .dc_nr_nodes = NODES,
			   .dc_warn2proc = NONE };
	struct puppet *srv, *crowd = puppet_new(0), *q = puppet_new(0);
	int dcid = dc_new_like(1, &small), i;
	char name[40];

	snprintf(name, sizeof(name), "dcs/%d/mode", dcid);
	ASSERT_EQ(0, attr_write(0, name, "0602"));
	srv = puppet_bound(0, dcid, SERVER);
	ASSERT_EQ(0, call(crowd, OP_SETUID, ALICE));
	crowd->page->fn = fn_crowd;
	begin_call(crowd, OP_FN, dcid);
	ASSERT_TRUE(wait_until(crowd->page->rounds == CROWD - 1, SOON));
	for (i = SERVER + 1; i < CROWD; i++)
		ASSERT_TRUE(proc_flags(0, dcid, i, DVK_RTS_SENDING, 0));
	/* It is full, and that is all. */
	snprintf(name, sizeof(name), "dcs/%d/bound", dcid);
	EXPECT_EQ(CROWD, attr_long(0, name));
	EXPECT_EQ(EDVSSLOTUSED, call(q, OP_BIND, dcid, CROWD - 1));
	EXPECT_EQ(EDVSBADRANGE, call(q, OP_BIND, dcid, CROWD));
	EXPECT_EQ(CLT, call(q, OP_BIND, self->dcid, CLT));
	for (i = SERVER + 1; i < CROWD; i++)
		ASSERT_EQ(0, act(srv, OP_RECEIVE, ANY, SOON));
	EXPECT_EQ(EDVSAGAIN, act(srv, OP_RECEIVE, ANY, TIMEOUT_NOWAIT));
	EXPECT_EQ(CROWD - 1, end(crowd));
	puppets_end();
	dc_drop(dcid);
}

TEST_HARNESS_MAIN
