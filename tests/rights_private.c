// SPDX-License-Identifier: GPL-2.0
/*
 * Who may do what on a node that belongs to a user's own namespaces: its root
 * administers it, and is still no more than that user to everybody else.
 */
#include "kselftest_harness.h"

#include <stddef.h>

#include "rights.h"

#define FAR	124		/* an endpoint of the node that is played */
#define MINE	3		/* DC there */
#define PX	1		/* node and pair of proxies there */

/* Processes, and memory of one of root's; the actors learn it. */
static struct private {
	long maker_child, root;
	char *mem;
} h;

static long p_setup(const long *a)
{
	dvs_usr_t dvs = { .d_name = "mine" };
	dc_usr_t dc = { .dc_dcid = MINE, .dc_nr_procs = DVK_NR_PROCS,
			.dc_nr_tasks = DVK_NR_TASKS,
			.dc_nr_sysprocs = DVK_NR_SYSPROCS,
			.dc_nr_nodes = DVK_NR_NODES, .dc_warn2proc = DVK_NONE };

	(void)a;
	return dvk_dvs_init(0, &dvs) ?: dvk_dc_init(&dc) == MINE ? 0 : -1;
}

static long p_link(const long *a)
{
	return dvk_proxies_bind("px", PX, a[0], a[1], MAX) ?:
	       dvk_node_up("far", PX, PX) ?: dvk_add_node(MINE, PX) ?:
	       dvk_rmtbind(MINE, "far", FAR, PX) == FAR ? 0 : -1;
}

static long p_dc_init(const long *a)
{
	dc_usr_t dc = { .dc_dcid = MINE, .dc_nr_procs = 10, .dc_nr_nodes = 1 };

	(void)a;
	return dvk_dc_init(&dc);
}

static long p_bind(const long *a)
{
	(void)a;
	return undo(dvk_bind(MINE, CHILD), MINE, CHILD);
}

static long p_lclbind_maker(const long *a)
{
	(void)a;
	return undo(dvk_lclbind(MINE, h.maker_child, CHILD), MINE, CHILD);
}

static long p_lclbind_root(const long *a)
{
	(void)a;
	return undo(dvk_lclbind(MINE, h.root, CHILD), MINE, CHILD);
}

static long p_bkupbind_root(const long *a)
{
	long ret = dvk_bkupbind(MINE, h.root, FAR, PX);

	(void)a;
	return ret;
}

static long p_commit_root(const long *a)
{
	(void)a;
	return dvk_migr_commit(h.root, MINE, FAR, 0);
}

static long p_proxies_root(const long *a)
{
	long ret = dvk_proxies_bind("px", 2, h.root, h.maker_child, MAX);

	(void)a;
	if (!ret)
		dvk_proxies_unbind(2);
	/* Who administers nothing hears that first. */
	return ret == EDVSPERM ? EDVSPRIVILEGES : ret;
}

static long p_read_root(const long *a)
{
	(void)a;
	return dvk_vcopy(ROOTS, h.mem, SELF, own, LEN);
}

static long p_write_root(const long *a)
{
	(void)a;
	return dvk_vcopy(SELF, own, ROOTS, h.mem, LEN);
}

static long p_unbind_root(const long *a)
{
	(void)a;
	return dvk_unbind_T(MINE, UNBOUND, TIMEOUT_NOWAIT);
}

static long p_proc_dump(const long *a)
{
	(void)a;
	return dvk_proc_dump(MINE + 1);
}

/* Of: its root, root of the host, another user */
static const struct right private_rights[] = {
	ROW("dc_init and all else that configures it",
	    "yes yes -", p_dc_init, EDVSDCRUN, EDVSPERM),
	ROW("bind in a DC of its root's, mode 0600",
	    "yes yes -", p_bind, CHILD, EDVSBADOWNER),
	ROW("lclbind a process of its root's user",
	    "yes yes -", p_lclbind_maker, CHILD, EDVSPRIVILEGES),
	ROW("lclbind a process of the host's root",
	    "- yes -", p_lclbind_root, CHILD, EDVSPRIVILEGES),
	ROW("proxies_bind a process of the host's root",
	    "- yes -", p_proxies_root, 0, EDVSPRIVILEGES),
	ROW("migr_commit with a process of the host's root",
	    "- yes -", p_commit_root, EDVSNOTCONN, EDVSPRIVILEGES),
	ROW("bkupbind a process of the host's root",
	    "- yes -", p_bkupbind_root, FAR, EDVSPRIVILEGES),
	ROW("vcopy from a process of the host's root that is bound there",
	    "- yes -", p_read_root, 0, EDVSPRIVILEGES, .bound = true),
	ROW("vcopy to a process of the host's root that is bound there",
	    "- yes -", p_write_root, 0, EDVSPRIVILEGES, .bound = true),
	ROW("unbind a process of the host's root that is bound there",
	    "yes yes -", p_unbind_root, 0, EDVSPRIVILEGES),
	ROW("proc_dump, dc_dump",
	    "- yes -", p_proc_dump, EDVSDCNOTRUN, EDVSPERM),
};

/* The device of the namespace it is in, and not the one it has inherited. */
static long open_here(const long *a)
{
	(void)a;
	dvk_fd = -1;
	return dvk_open() < 0 ? -errno : 0;
}

/* Enters the network namespace of a process, then becomes a user. */
static long visit(const long *a)
{
	char path[64];
	int fd, ret;

	snprintf(path, sizeof(path), "/proc/%ld/ns/net", a[0]);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	ret = setns(fd, CLONE_NEWNET) ? -errno : 0;
	close(fd);
	if (ret)
		return ret;
	ret = open_here(a);
	if (ret || !a[1])
		return ret;
	return syscall(SYS_setresgid, a[1], a[1], a[1]) ||
	       syscall(SYS_setresuid, a[1], a[1], a[1]) ? -errno : 0;
}

FIXTURE(private) {
	struct puppet *maker, *host, *eye, *victim;
	struct puppet *s, *r;
	struct puppet *actor[3];
};

FIXTURE_SETUP(private)
{
	struct puppet *p;

	cluster_up();
	self->maker = user(_metadata, THIS_NODE, BOB);
	ASSERT_EQ(0, run_in(self->maker, new_userns, CLONE_NEWNET, BOB));
	ASSERT_EQ(0, run_in(self->maker, open_here, 0));
	ASSERT_EQ(0, run_in(self->maker, p_setup, 0));
	p = user(_metadata, THIS_NODE, BOB);
	ASSERT_EQ(0, call(p, OP_CATCH, SIGTERM, SA_RESTART));
	h.maker_child = p->tid;
	p = user(_metadata, THIS_NODE, 0);
	ASSERT_EQ(0, call(p, OP_CATCH, SIGTERM, SA_RESTART));
	h.root = p->tid;
	/* Its proxies. */
	self->s = puppet_fork(self->maker);
	self->r = puppet_fork(self->maker);
	ASSERT_EQ(0, run_in(self->maker, p_link, self->s->tid, self->r->tid));

	/* A process of the host's root that uses this node. */
	self->victim = user(_metadata, THIS_NODE, 0);
	ASSERT_EQ(0, run_in(self->victim, visit, self->maker->pid, 0));
	ASSERT_EQ(ROOTS, call(self->victim, OP_BIND, MINE, ROOTS));
	self->eye = puppet_thread(self->victim);
	h.mem = puppet_map(self->victim, LEN);
	puppet_fill(self->victim, h.mem, LEN, 9);
	begin(self->victim, OP_RECEIVE, ANY, FOREVER);
	ASSERT_TRUE(puppet_sleeps(self->victim));

	self->actor[0] = self->maker;
	self->actor[1] = user(_metadata, THIS_NODE, 0);
	ASSERT_EQ(0, run_in(self->actor[1], visit, self->maker->pid, 0));
	self->actor[2] = user(_metadata, THIS_NODE, 0);
	ASSERT_EQ(0, run_in(self->actor[2], visit, self->maker->pid, ALICE));
	self->host = user(_metadata, THIS_NODE, 0);
	ASSERT_EQ(0, run_in(self->host, visit, self->maker->pid, 0));
}

FIXTURE_TEARDOWN(private)
{
	puppets_end();
}

static long learn(const long *a)
{
	h = (struct private){ a[0], a[1], (char *)a[2] };
	return 0;
}

static long bind_other(const long *a)
{
	return dvk_lclbind(MINE, a[0], a[1]);
}

static void do_private_row(struct __test_metadata *_metadata,
			   SELF_OF(private), const struct right *r, int n)
{
	struct puppet *p = self->actor[n], *v = NULL;
	long want = may(r, n) ? r->yes : r->no;

	if (r->bound)
		ASSERT_EQ(SELF_EP, run_in(self->host, bind_other, p->tid,
					  SELF_EP));
	if (r->fn == p_unbind_root) {
		v = user(_metadata, THIS_NODE, 0);
		ASSERT_EQ(0, call(v, OP_CATCH, SIGTERM, SA_RESTART));
		ASSERT_EQ(UNBOUND, run_in(self->host, bind_other, v->tid,
					  UNBOUND));
	}
	EXPECT_EQ(want, run_in(p, r->fn, 0)) TH_LOG("%s: actor %d", r->what, n);
	/* It loses the endpoint, but is not ended. */
	if (v) {
		EXPECT_EQ(n == 1, wait_until(v->page->signals,
					     n == 1 ? SOON : 100))
			TH_LOG("%s: actor %d", r->what, n);
		puppet_kill(v);
	}
	if (r->bound)
		EXPECT_EQ(0, call(p, OP_UNBIND, MINE, SELF_EP, FOREVER));
	if (r->fn == p_write_root && may(r, n))
		puppet_fill(self->eye, h.mem, LEN, 9);
	EXPECT_EQ(-1, puppet_check(self->eye, h.mem, LEN, 9))
		TH_LOG("%s: actor %d", r->what, n);
}

TEST_F_TIMEOUT(private, of_a_user, 60)
{
	size_t i;
	int n;

	for (n = 0; n < 3; n++)
		ASSERT_EQ(0, run_in(self->actor[n], learn, h.maker_child, h.root,
				    (long)h.mem));
	for (i = 0; i < ARRAY_SIZE(private_rights); i++)
		for (n = 0; n < 3; n++)
			do_private_row(_metadata, self, &private_rights[i], n);
}

static long connect_pair(const long *a)
{
	return dvk_proxy_conn(PX, a[0]);
}

static struct puppet_page *page_of(const long *a)
{
	return (void *)((char *)a - offsetof(struct puppet_page, a));
}

static proxy_payload_t payload;

static long get(const long *a)
{
	return dvk_get2rmt_T(page_of(a)->data, &payload, 2000);
}

static long put(const long *a)
{
	return dvk_put2lcl(page_of(a)->data, &payload);
}

/*
 * Whoever plays the other nodes may say that a requester there may copy
 * anything; but not more than he himself might.
 */
static void play_far(struct __test_metadata *_metadata, SELF_OF(private),
		     int code, unsigned int flags, int want)
{
	cmd_t *cmd = (cmd_t *)self->r->page->data, *got;
	long ret;

	memset(cmd, 0, sizeof(*cmd));
	cmd->c_magic = DVK_WIRE_MAGIC;
	cmd->c_version = DVK_WIRE_VERSION;
	cmd->c_hdrlen = sizeof(*cmd);
	cmd->c_cmd = code;
	cmd->c_dcid = MINE;
	cmd->c_src = FAR;
	cmd->c_src_inc = 77;
	cmd->c_dst = ROOTS;
	cmd->c_snode = PX;
	cmd->c_id = 5;
	cmd->c_ctl = flags;
	cmd->c_vcopy.v_src = code == CMD_COPYOUT_RQST ? ROOTS : FAR;
	cmd->c_vcopy.v_dst = code == CMD_COPYOUT_RQST ? FAR : ROOTS;
	cmd->c_vcopy.v_rqtr = FAR;
	cmd->c_vcopy.v_saddr = h.mem;
	cmd->c_vcopy.v_daddr = h.mem;
	cmd->c_vcopy.v_total = 64;
	cmd->c_vcopy.v_id = 5;
	if (code == CMD_COPYIN_DATA)
		cmd->c_len = 64;
	ASSERT_EQ(0, run_in(self->r, put, 0));
	got = (cmd_t *)self->s->page->data;
	do {
		ret = run_in(self->s, get, 0);
	} while (!ret && got->c_cmd != (code == CMD_COPYOUT_RQST ?
					CMD_COPYOUT_DATA : CMD_COPYIN_ACK));
	ASSERT_EQ(0, ret);
	EXPECT_EQ(want, got->c_rcode);
	EXPECT_EQ(-1, puppet_check(self->eye, h.mem, LEN, 9));
}

TEST_F(private, peer_of_his_own_making)
{
	ASSERT_EQ(0, run_in(self->maker, connect_pair, CONNECT_SPROXY));
	ASSERT_EQ(0, run_in(self->maker, connect_pair, CONNECT_RPROXY));
	play_far(_metadata, self, CMD_COPYOUT_RQST, DVK_CMD_C_PRIV,
		 EDVSPRIVILEGES);
	play_far(_metadata, self, CMD_COPYIN_DATA,
		 DVK_CMD_C_PRIV | DVK_CMD_C_LAST, EDVSPRIVILEGES);
}

TEST_HARNESS_MAIN
