// SPDX-License-Identifier: GPL-2.0
/*
 * Who may do what on a node that the host's root has made.
 */
#include "kselftest_harness.h"

#include "rights.h"

/* Endpoints. Those of the actors are free until a row needs one. */
#define ASKS	120	/* waits for the actor's answer */
#define ALICES	121
#define ALICES2	122
#define FAR	124	/* Alice's too, on node 1 */
#define FAR2	125
#define FAR3	126	/* on node 2 */

/* What the actors do it to; copied into them when they start. */
static struct scene {
	int dc;			/* owned by Alice, mode 0600 */
	int dc_open;		/* of root, but everybody may bind */
	int dc_root;
	int absent;		/* a DC that does not run */
	long root;		/* a process that is not bound */
	char *mem[UNBOUND];	/* by endpoint */
} g;

/* --- what is done ----------------------------------------------------------- */

static long bind_own_dc(const long *a)
{
	(void)a;
	return undo(dvk_bind(g.dc, CHILD), g.dc, CHILD);
}

static long bind_open_dc(const long *a)
{
	(void)a;
	return undo(dvk_bind(g.dc_open, CHILD), g.dc_open, CHILD);
}

static long bind_root_dc(const long *a)
{
	(void)a;
	return undo(dvk_bind(g.dc_root, CHILD), g.dc_root, CHILD);
}

/* A process of the same user, in a DC where anybody may bind. */
static long lclbind_child(const long *a)
{
	pid_t pid = fork();
	long ret;

	(void)a;
	if (!pid) {
		pause();
		_exit(0);
	}
	ret = dvk_lclbind(g.dc_open, pid, CHILD);
	kill(pid, SIGKILL);
	return ret;
}

static long lclbind_root(const long *a)
{
	(void)a;
	return undo(dvk_lclbind(g.dc_open, g.root, CHILD), g.dc_open, CHILD);
}

static long umbind_self(const long *a)
{
	(void)a;
	return undo(dvk_umbind(g.dc_open, 0, CHILD), g.dc_open, CHILD);
}

static long umbind_root(const long *a)
{
	(void)a;
	return undo(dvk_umbind(g.dc_open, g.root, CHILD), g.dc_open, CHILD);
}

static long replbind_root(const long *a)
{
	(void)a;
	return undo(dvk_replbind(g.dc_open, g.root, CHILD), g.dc_open, CHILD);
}

static long rmtbind(const long *a)
{
	(void)a;
	return undo(dvk_rmtbind(g.dc, "far", CHILD, 1), g.dc, CHILD);
}

static long bkupbind_self(const long *a)
{
	(void)a;
	return dvk_bkupbind(g.dc, getpid(), FAR, 9);
}

static long unbind_root(const long *a)
{
	(void)a;
	return dvk_unbind_T(g.dc_open, UNBOUND, TIMEOUT_NOWAIT);
}

static long copy(int src, int dst)
{
	return dvk_vcopy(src, src == SELF ? own : g.mem[src], dst,
			 dst == SELF ? own : g.mem[dst], LEN);
}

static long copy_row(const long *a)
{
	return copy(a[0], a[1]);
}

static long serve(const long *a)
{
	message m;
	long ret = dvk_rcvrqst_T(&m, SOON);

	if (!ret)
		ret = copy(ASKS, SELF);
	if (!ret)
		ret = copy(SELF, ASKS);
	(void)a;
	dvk_reply(ASKS, &m);
	return ret;
}

static long migr_start(const long *a)
{
	long ret = dvk_migr_start(g.dc, ALICES);

	(void)a;
	if (!ret)
		dvk_migr_rollback(g.dc, ALICES);
	return ret;
}

static long migr_rollback(const long *a)
{
	(void)a;
	return dvk_migr_rollback(g.dc, ALICES);
}

static long migr_commit(const long *a)
{
	(void)a;
	return dvk_migr_commit(-1, g.dc, ALICES, 9);
}

static long getpriv(const long *a)
{
	priv_usr_t p;

	(void)a;
	return dvk_getpriv(g.dc, ALICES, &p);
}

static long setpriv(const long *a)
{
	priv_usr_t p;
	long ret = dvk_getpriv(g.dc, a[0], &p);

	return ret ? ret : dvk_setpriv(g.dc, a[0], &p);
}

static long do_dc_init(const long *a)
{
	dc_usr_t dc = { .dc_dcid = g.dc, .dc_nr_procs = 10, .dc_nr_nodes = 1 };

	(void)a;
	return dvk_dc_init(&dc);
}

static long do_dc_end(const long *a)
{
	(void)a;
	return dvk_dc_end(g.absent);
}

static long dvs_init(const long *a)
{
	(void)a;
	return dvk_dvs_init(0, NULL);
}

static long add_node(const long *a)
{
	(void)a;
	return dvk_add_node(g.dc, 1);
}

static long del_node(const long *a)
{
	(void)a;
	return dvk_del_node(g.dc, 9);
}

static long do_node_up(const long *a)
{
	(void)a;
	return dvk_node_up("node1", 1, 1);
}

static long do_node_down(const long *a)
{
	(void)a;
	return dvk_node_down(9);
}

static long proxies_bind(const long *a)
{
	(void)a;
	return dvk_proxies_bind("px", 1, getpid(), g.root, MAX);
}

static long proxies_unbind(const long *a)
{
	(void)a;
	return dvk_proxies_unbind(9);
}

static long proxy_conn(const long *a)
{
	(void)a;
	return dvk_proxy_conn(9, CONNECT_SPROXY);
}

/* Who is no proxy gets nothing, whoever it is. */
static long get2rmt(const long *a)
{
	static proxy_payload_t payload;
	cmd_t cmd;

	(void)a;
	return dvk_get2rmt_T(&cmd, &payload, TIMEOUT_NOWAIT);
}

static long put2lcl(const long *a)
{
	static proxy_payload_t payload;
	cmd_t cmd = { 0 };

	(void)a;
	return dvk_put2lcl(&cmd, &payload);
}

static long hdw_notify(const long *a)
{
	(void)a;
	return dvk_hdw_notify(g.dc, CHILD);
}

static long wakeup(const long *a)
{
	(void)a;
	return dvk_wakeup(g.dc, FAR);
}

static long proc_dump(const long *a)
{
	(void)a;
	return dvk_proc_dump(g.absent);
}

static long infos(const long *a)
{
	node_usr_t node;
	proc_usr_t proc;
	dvs_usr_t dvs;
	dc_usr_t dc;

	(void)a;
	if (dvk_getdvsinfo(&dvs) < 0 || dvk_getdcinfo(g.dc, &dc) < 0 ||
	    dvk_getnodeinfo(-1, &node) < 0)
		return -1;
	return dvk_getprocinfo(g.dc, ALICES, &proc);
}

static long sysfs_read(const long *a)
{
	char buf[64];

	(void)a;
	return attr_read(0, "peers/1/state", buf, sizeof(buf)) > 0 ? 0 : -1;
}

/* Each with a value that changes nothing, or that nothing may have. */
static const char * const attrs[][2] = {
	{ "nodeid", "x" }, { "name", " " }, { "new_peer", "x" },
	{ "del_peer", "x" }, { "new_dc", "x" }, { "del_dc", "x" },
	{ "nr_dcs", "x" }, { "nr_nodes", "x" }, { "nr_procs", "x" },
	{ "nr_tasks", "x" }, { "nr_sysprocs", "x" }, { "max_copybuf", "x" },
	{ "max_copylen", "x" }, { "keepalive_ms", "x" },
	{ "local_poll_us", "x" }, { "busy_poll_us", "x" }, { "port", "x" },
	{ "peers/1/name", " " }, { "peers/1/transport", " " },
	{ "peers/1/address", " " }, { "peers/1/enabled", "x" },
	{ "peers/1/tcp_md5_key", " " }, { "dcs/%d/user_slots", "x" },
	{ "dcs/%d/owner", "x" }, { "dcs/%d/mode", "x" },
	{ "dcs/%d/autobind", "x" }, { "dcs/%d/strict", "x" },
	{ "dcs/%d/add_node", "x" }, { "dcs/%d/del_node", "x" },
	{ "dcs/%d/slot_owner", "x" }, { "peers/1/trust", "x" },
};

/* -EINVAL if all can be written, -EACCES if none can; else which differs. */
static long sysfs_write(const long *a)
{
	long all = 0, ret;
	char name[64];
	size_t i;

	(void)a;
	for (i = 0; i < ARRAY_SIZE(attrs); i++) {
		/* A format of the table above. */
		if (strstr(attrs[i][0], "%d"))
			snprintf(name, sizeof(name), "dcs/%d/%s", g.dc,
				 attrs[i][0] + strlen("dcs/%d/"));
		else
			snprintf(name, sizeof(name), "%s", attrs[i][0]);
		ret = attr_write(0, name, "%s", attrs[i][1]);
		if (all && ret != all)
			return 1000 + i;
		all = ret;
	}
	return all;
}

/* --- the tables ------------------------------------------------------------- */

#define COPY(words, actors, from, to)					\
	ROW(words, actors, copy_row, 0, EDVSPRIVILEGES, .bound = true,	\
	    .src = (from), .dst = (to))

/* Of: root, root outside, owner, other user, root of a user ns, of own net ns */
static const struct right rights[] = {
	ROW("bind in a DC owned by user 1000, mode 0600",
	    "yes yes yes - - -", bind_own_dc, CHILD, EDVSBADOWNER),
	ROW("bind in a DC owned by root, mode 0602",
	    "yes yes yes yes yes yes", bind_open_dc, CHILD, EDVSBADOWNER),
	ROW("bind in a DC owned by root, mode 0600",
	    "yes yes - - - -", bind_root_dc, CHILD, EDVSBADOWNER),
	ROW("lclbind a process of the same user",
	    "yes yes - - - -", lclbind_child, CHILD, EDVSPRIVILEGES),
	ROW("lclbind a process of root",
	    "yes yes - - - -", lclbind_root, CHILD, EDVSPRIVILEGES),
	ROW("replbind a process of root",
	    "yes yes - - - -", replbind_root, CHILD, EDVSPRIVILEGES),
	ROW("umbind itself",
	    "yes yes yes yes yes yes", umbind_self, CHILD, EDVSBADOWNER),
	ROW("umbind a process of root",
	    "yes yes - - - -", umbind_root, CHILD, EDVSPRIVILEGES),
	ROW("rmtbind",
	    "yes yes - - - -", rmtbind, CHILD, EDVSPRIVILEGES),
	ROW("bkupbind itself",
	    "yes yes - - - -", bkupbind_self, EDVSNODCNODE, EDVSPRIVILEGES),
	ROW("unbind a process of root",
	    "yes yes - - - -", unbind_root, 0, EDVSPRIVILEGES),
	ROW("vcopy from and to a process that waits for one's answer",
	    "yes yes yes yes yes yes", serve, 0, EDVSPRIVILEGES, .bound = true,
	    .asked = true),
	COPY("vcopy from a process of user 1000",
	     "yes yes yes - - -", ALICES, SELF),
	COPY("vcopy to a process of user 1000",
	     "yes yes yes - - -", SELF, ALICES),
	COPY("vcopy from a process of root",
	     "yes yes - - - -", ROOTS, SELF),
	COPY("vcopy to a process of root",
	     "yes yes - - - -", SELF, ROOTS),
	COPY("vcopy between two processes of user 1000",
	     "yes yes yes - - -", ALICES, ALICES2),
	COPY("vcopy from a process of user 1000 to one of root",
	     "yes yes - - - -", ALICES, ROOTS),
	COPY("vcopy from a process of root to one of user 1000",
	     "yes yes - - - -", ROOTS, ALICES),
	COPY("vcopy from a process of user 1000 on another node",
	     "yes yes - - - -", FAR, SELF),
	COPY("vcopy to a process of user 1000 on another node",
	     "yes yes - - - -", SELF, FAR),
	COPY("vcopy from a process of user 1000 here to one on another node",
	     "yes yes - - - -", ALICES, FAR),
	COPY("vcopy from a process of user 1000 on another node to one here",
	     "yes yes - - - -", FAR, ALICES),
	COPY("vcopy between two processes of user 1000 on another node",
	     "yes yes - - - -", FAR, FAR2),
	COPY("vcopy between processes of user 1000 on two other nodes",
	     "yes yes - - - -", FAR, FAR3),
	ROW("migr_start a process of user 1000",
	    "yes yes - - - -", migr_start, 0, EDVSPRIVILEGES),
	ROW("migr_rollback",
	    "yes yes - - - -", migr_rollback, EDVSPROCSTS, EDVSPRIVILEGES),
	ROW("migr_commit",
	    "yes yes - - - -", migr_commit, EDVSNODCNODE, EDVSPRIVILEGES),
	ROW("getpriv of a process of user 1000",
	    "yes yes yes yes yes yes", getpriv, 0, EDVSPRIVILEGES),
	ROW("setpriv of a process of user 1000",
	    "yes yes - - - -", setpriv, 0, EDVSPRIVILEGES, .src = ALICES),
	ROW("setpriv of itself",
	    "yes yes - - - -", setpriv, 0, EDVSPRIVILEGES, .bound = true, .src = SELF_EP),
	ROW("dvs_init, dvs_end",
	    "yes yes - - - -", dvs_init, EDVSDVSBUSY, EDVSPERM),
	ROW("dc_init",
	    "yes yes - - - -", do_dc_init, EDVSDCRUN, EDVSPERM),
	ROW("dc_end",
	    "yes yes - - - -", do_dc_end, EDVSDCNOTRUN, EDVSPERM),
	ROW("add_node",
	    "yes yes - - - -", add_node, EDVSDCNODE, EDVSPERM),
	ROW("del_node",
	    "yes yes - - - -", del_node, EDVSNODCNODE, EDVSPERM),
	ROW("node_up",
	    "yes yes - - - -", do_node_up, EDVSNODEBUSY, EDVSPERM),
	ROW("node_down",
	    "yes yes - - - -", do_node_down, EDVSNODEFREE, EDVSPERM),
	ROW("proxies_bind",
	    "yes yes - - - -", proxies_bind, EDVSPROXYRUN, EDVSPERM),
	ROW("proxies_unbind",
	    "yes yes - - - -", proxies_unbind, EDVSPROXYFREE, EDVSPERM),
	ROW("proxy_conn for proxies other than oneself",
	    "yes yes - - - -", proxy_conn, EDVSPROXYFREE, EDVSPRIVILEGES),
	ROW("get2rmt without being a proxy",
	    "- - - - - -", get2rmt, 0, EDVSNOTBIND),
	ROW("put2lcl without being a proxy",
	    "- - - - - -", put2lcl, 0, EDVSNOTBIND),
	ROW("hdw_notify",
	    "yes yes - - - -", hdw_notify, EDVSDSTDIED, EDVSPRIVILEGES),
	ROW("wakeup",
	    "yes yes - - - -", wakeup, EDVSRMTPROC, EDVSPRIVILEGES),
	ROW("proc_dump, dc_dump",
	    "yes yes - - - -", proc_dump, EDVSDCNOTRUN, EDVSPERM),
	ROW("getdvsinfo, getdcinfo, getnodeinfo, getprocinfo",
	    "yes yes yes yes yes yes", infos, 0, EDVSPERM),
	ROW("read attributes in sysfs",
	    "yes yes yes yes yes yes", sysfs_read, 0, -EACCES),
	ROW("write attributes in sysfs",
	    "yes yes - - - -", sysfs_write, -EINVAL, -EACCES),
};

/* --- the actors ------------------------------------------------------------- */

#define ACTORS	6

/* A process of @uid that waits for a message, with memory to look at. */
static struct puppet *victim(struct __test_metadata *_metadata, int node, int dc,
			     int ep, int uid)
{
	struct puppet *p = user(_metadata, node, uid), *t;

	at_node(node);
	ASSERT_EQ(ep, dvk_lclbind(dc, p->tid, ep));
	at_node(0);
	t = puppet_thread(p);
	g.mem[ep] = puppet_map(p, LEN);
	puppet_fill(p, g.mem[ep], LEN, ep);
	begin(p, OP_RECEIVE, ANY, FOREVER);
	ASSERT_TRUE(puppet_sleeps(p));
	return t;
}

FIXTURE(rights) {
	struct puppet *eye[UNBOUND];	/* threads of the victims */
	struct puppet *client;
	struct puppet *actor[ACTORS];
};

FIXTURE_SETUP(rights)
{
	struct puppet *p;
	char name[32];
	int i, n;

	cluster_up();
	g.dc = dc_new(ALL_NODES);
	g.dc_open = dc_new(1);
	g.dc_root = dc_new(1);
	g.absent = (g.dc_root + 1) % DVK_NR_DCS;
	snprintf(name, sizeof(name), "dcs/%d/owner", g.dc);
	ASSERT_EQ(0, attr_write(0, name, "%d", ALICE));
	snprintf(name, sizeof(name), "dcs/%d/mode", g.dc_open);
	ASSERT_EQ(0, attr_write(0, name, "0602"));

	self->eye[ALICES] = victim(_metadata, 0, g.dc, ALICES, ALICE);
	self->eye[ALICES2] = victim(_metadata, 0, g.dc, ALICES2, ALICE);
	self->eye[ROOTS] = victim(_metadata, 0, g.dc, ROOTS, 0);
	self->eye[FAR] = victim(_metadata, 1, g.dc, FAR, ALICE);
	self->eye[FAR2] = victim(_metadata, 1, g.dc, FAR2, ALICE);
	self->eye[FAR3] = victim(_metadata, 2, g.dc, FAR3, ALICE);
	for (n = 0; n < 2; n++) {
		at_node(n);
		for (i = FAR; i <= FAR3; i++)
			if (n != 1 || i == FAR3)
				ASSERT_EQ(i, dvk_rmtbind(g.dc, "far", i,
							 i == FAR3 ? 2 : 1));
	}
	at_node(0);
	p = user(_metadata, 0, 0);
	/* Whoever unbinds it sends one. */
	ASSERT_EQ(0, call(p, OP_CATCH, SIGTERM, SA_RESTART));
	g.root = p->tid;
	self->client = puppet_bound(0, g.dc, ASKS);
	self->eye[ASKS] = puppet_thread(self->client);
	g.mem[ASKS] = puppet_map(self->client, LEN);

	self->actor[0] = user(_metadata, 0, 0);
	self->actor[1] = user(_metadata, THIS_NODE, 0);
	self->actor[2] = user(_metadata, 0, ALICE);
	self->actor[3] = user(_metadata, 0, BOB);
	self->actor[4] = user(_metadata, 0, BOB);
	ASSERT_EQ(0, run_in(self->actor[4], new_userns, 0, BOB));
	/* It keeps the descriptor of node 0. */
	self->actor[5] = user(_metadata, THIS_NODE, BOB);
	ASSERT_EQ(0, run_in(self->actor[5], new_userns, CLONE_NEWNET, BOB));
}

FIXTURE_TEARDOWN(rights)
{
	puppets_end();
	dc_drop(g.dc);
	dc_drop(g.dc_open);
	dc_drop(g.dc_root);
}

/* No byte that was not given away has changed; and puts it back in order. */
static void look_after(struct __test_metadata *_metadata, SELF_OF(rights),
		       const struct right *r, bool allowed, int n)
{
	int ep;

	for (ep = ALICES; ep <= FAR3; ep++) {
		bool written = allowed && r->dst == ep;

		if (written) {
			puppet_fill(self->eye[ep], g.mem[ep], LEN, ep);
			continue;
		}
		EXPECT_EQ(-1, puppet_check(self->eye[ep], g.mem[ep], LEN, ep))
			TH_LOG("%s: actor %d changes %d", r->what, n, ep);
	}
}

static long has_own(const long *a)
{
	return pattern_check(own, LEN, a[0]) == -1;
}

static void do_row(struct __test_metadata *_metadata, SELF_OF(rights),
		   const struct right *r, int n)
{
	struct puppet *p = self->actor[n], *v = NULL;
	long want = may(r, n) ? r->yes : r->no;
	bool is_copy = r->fn == copy_row;

	at_node(0);
	if (r->bound)
		ASSERT_EQ(SELF_EP, dvk_lclbind(g.dc, p->tid, SELF_EP));
	if (r->asked)
		begin(self->client, OP_SENDREC, SELF_EP, FOREVER);
	if (r->fn == unbind_root) {
		v = puppet_new(0);
		ASSERT_EQ(0, call(v, OP_CATCH, SIGTERM, SA_RESTART));
		ASSERT_EQ(UNBOUND, dvk_lclbind(g.dc_open, v->tid, UNBOUND));
	}
	if (is_copy)
		p->page->fn = copy_row;
	else
		p->page->fn = r->fn;
	EXPECT_EQ(want, call(p, OP_FN, r->src, r->dst))
		TH_LOG("%s: actor %d", r->what, n);
	/* What was read is what is there, or nothing. */
	if (is_copy && r->dst == SELF)
		EXPECT_EQ(may(r, n), run_in(p, has_own, r->src))
			TH_LOG("%s: actor %d", r->what, n);
	if (r->asked)
		EXPECT_EQ(0, end(self->client));
	if (v) {
		EXPECT_EQ(may(r, n), wait_until(v->page->signals,
						may(r, n) ? SOON : 0));
		puppet_kill(v);
	}
	if (r->bound)
		EXPECT_EQ(0, call(p, OP_UNBIND, g.dc, SELF_EP, FOREVER));
	look_after(_metadata, self, r, may(r, n), n);
}

TEST_F_TIMEOUT(rights, on_a_node_of_the_host, 120)
{
	size_t i;
	int n;

	for (i = 0; i < ARRAY_SIZE(rights); i++)
		for (n = 0; n < ACTORS; n++)
			do_row(_metadata, self, &rights[i], n);
}

TEST_HARNESS_MAIN
