// SPDX-License-Identifier: GPL-2.0
/*
 * The tables in /proc/dvs: their exact formats, which scripts parse, and that
 * readers see whole rows while processes come and go.
 */
#include "kselftest_harness.h"

#include <ctype.h>
#include <fcntl.h>
#include <regex.h>

#include "cluster.h"
#include "puppet.h"
#include "util.h"

#define RULER	"10987654321098765432109876543210"

FIXTURE(tables) {
	int dcid;
	char dir[64];		/* /proc/dvs/NAME */
	char buf[65536];
};

FIXTURE_SETUP(tables)
{
	cluster_up();
	self->dcid = dc_new(1 | 1 << 1);
	snprintf(self->dir, sizeof(self->dir), "/proc/dvs/test-%d", self->dcid);
}

FIXTURE_TEARDOWN(tables)
{
	puppets_end();
	dc_drop(self->dcid);
}

static char *table(SELF_OF(tables), int node, const char *name)
{
	char path[128];

	if (name[0] == '/')
		snprintf(path, sizeof(path), "%s", name);
	else
		snprintf(path, sizeof(path), "%s/%s", self->dir, name);
	node_read(node, path, self->buf, sizeof(self->buf));
	return self->buf;
}

/* Line @n of a text, in a buffer of its own. */
static const char *nth_line(const char *text, int n)
{
	static char buf[512];
	size_t len;

	while (n-- > 0) {
		text = strchr(text, '\n');
		if (!text)
			return "(no such line)";
		text++;
	}
	len = strcspn(text, "\n");
	snprintf(buf, sizeof(buf), "%.*s", (int)len, text);
	return buf;
}

static bool matches(const char *text, const char *pattern)
{
	regex_t re;
	bool ok;

	if (regcomp(&re, pattern, REG_EXTENDED | REG_NOSUB | REG_NEWLINE))
		die("bad pattern %s", pattern);
	ok = !regexec(&re, text, 0, NULL, 0);
	regfree(&re);
	return ok;
}

#define EXPECT_MATCH(text, pattern)					\
	EXPECT_STREQ("", match_error(text, pattern))

/* Nothing, or what does not match. */
static const char *match_error(const char *text, const char *pattern)
{
	static char buf[1024];

	buf[0] = 0;
	if (!matches(text, pattern))
		snprintf(buf, sizeof(buf), "\"%.400s\" does not match \"%s\"",
			 text, pattern);
	return buf;
}

/* True when the row of slot @ep is in the table of @node. */
static bool has_row(SELF_OF(tables), int node, int ep)
{
	char pattern[64];

	snprintf(pattern, sizeof(pattern), "^ *%d +%d +%d ", self->dcid, ep, ep);
	return matches(table(self, node, "procs"), pattern);
}

TEST_F(tables, info)
{
	static const char * const want[] = {
		"^name=DVS$", "^nodeid=0$", "^nr_dcs=32$", "^nr_nodes=32$",
		"^max_nr_procs=221$", "^max_nr_tasks=35$",
		"^max_sys_procs=64$", "^max_copy_buf=65536$",
		"^max_copy_len=1048576$", "^dbglvl=[0-9A-F]+$",
		"^version=[0-9]+$", "^flags=[0-9A-F]+$",
		"^sizeof\\(proc\\)=[0-9]+$", "^sizeof\\(proc\\) aligned=[0-9]+$",
		"^sizeof\\(dc\\)=[0-9]+$", "^sizeof\\(node\\)=[0-9]+$",
	};
	dvs_usr_t usr;
	char flags[32];
	size_t i;

	table(self, 0, "/proc/dvs/info");
	for (i = 0; i < ARRAY_SIZE(want); i++)
		EXPECT_MATCH(nth_line(self->buf, i), want[i]);
	EXPECT_STREQ("", nth_line(self->buf, i));
	at_node(0);
	dvk_getdvsinfo(&usr);
	snprintf(flags, sizeof(flags), "^flags=%lX$", usr.d_flags);
	EXPECT_MATCH(self->buf, flags);

	table(self, 1, "/proc/dvs/info");
	EXPECT_MATCH(self->buf, "^nodeid=1$");
}

TEST_F(tables, nodes)
{
	node_usr_t usr;
	char map[40], want[160];
	int i;

	table(self, 0, "/proc/dvs/nodes");
	EXPECT_STREQ("ID Flags Proxies -pxsent- -pxrcvd- " RULER " Name",
		     nth_line(self->buf, 0));
	at_node(0);
	for (i = 0; i < NODES; i++) {
		ASSERT_EQ(i, dvk_getnodeinfo(i, &usr));
		EXPECT_EQ(!!(usr.n_dcs & 1UL << self->dcid), i < 2);
		memset(map, '-', 32);
		map[32] = 0;
		for (int b = 0; b < 32; b++)
			if (usr.n_dcs & 1UL << b)
				map[31 - b] = 'X';
		/* The counters go on while we look. */
		snprintf(want, sizeof(want),
			 "^%2d %5lX %7d [ 0-9]{7}[0-9] [ 0-9]{7}[0-9] %s %-16.16s$",
			 i, usr.n_flags, usr.n_proxies, map, usr.n_name);
		EXPECT_MATCH(nth_line(self->buf, 1 + i), want);
	}
	EXPECT_STREQ("", nth_line(self->buf, 1 + NODES));
}

TEST_F(tables, node_info)
{
	node_usr_t usr;

	at_node(0);
	/* -1 is the own one. */
	ASSERT_EQ(0, dvk_getnodeinfo(-1, &usr));
	EXPECT_EQ(0, usr.n_nodeid);
	EXPECT_EQ(-1, usr.n_proxies);
	EXPECT_EQ(NODE_ATTACHED | NODE_SCONNECTED, usr.n_flags);
	ASSERT_EQ(1, dvk_getnodeinfo(1, &usr));
	EXPECT_EQ(1, usr.n_nodeid);
	EXPECT_EQ(NODE_ATTACHED | NODE_SCONNECTED | NODE_RCONNECTED,
		  usr.n_flags);
	EXPECT_STREQ("node1", usr.n_name);
	EXPECT_LT(0, usr.n_pxsent);
	EXPECT_LT(0, usr.n_pxrcvd);
	EXPECT_LT(0, usr.n_stimestamp.tv_sec);
	EXPECT_LT(0, usr.n_rtimestamp.tv_sec);
	EXPECT_EQ(EDVSBADNODEID, dvk_getnodeinfo(-2, &usr));
	EXPECT_EQ(EDVSBADNODEID, dvk_getnodeinfo(DVK_NR_NODES, &usr));
	EXPECT_EQ(EDVSNODEFREE, dvk_getnodeinfo(9, &usr));
}

/* The kernel's sender and receiver threads appear as proxies. */
TEST_F(tables, proxies)
{
	int sender, receiver, n;
	char want[200];

	table(self, 0, "/proc/dvs/proxies/info");
	EXPECT_STREQ("Proxies Flags Sender Receiver --Proxies_Name- " RULER,
		     nth_line(self->buf, 0));
	EXPECT_MATCH(nth_line(self->buf, 1),
		     "^      1     7 [ 0-9]{5}[0-9] [ 0-9]{7}[0-9] "
		     "[ a-zA-Z0-9_-]{15} -{30}X-$");
	EXPECT_MATCH(nth_line(self->buf, 2), "^      2     7 .* -{29}X--$");
	n = sscanf(nth_line(self->buf, 1), "%*d %*x %d %d", &sender, &receiver);
	ASSERT_EQ(2, n);

	table(self, 0, "/proc/dvs/proxies/procs");
	EXPECT_STREQ("ID Type -lpid- -flag- -misc- -pxsent- -pxrcvd- -getf- "
		     "-sendt -wmig- name", nth_line(self->buf, 0));
	/* PROXY, CONNECTED, KTHREAD */
	snprintf(want, sizeof(want),
		 "^ 1 send %6d [ 0-9A-F]{6}     43 [ 0-9]{8} [ 0-9]{8} "
		 "[ 0-9]{6} [ 0-9]{6} [ 0-9]{6} .{15}$", sender);
	EXPECT_MATCH(nth_line(self->buf, 1), want);
	snprintf(want, sizeof(want),
		 "^ 1 recv %6d [ 0-9A-F]{6}     43 [ 0-9]{8} [ 0-9]{8} "
		 "[ 0-9]{6} [ 0-9]{6} [ 0-9]{6} .{15}$", receiver);
	EXPECT_MATCH(nth_line(self->buf, 2), want);

	/* And they are kernel threads indeed. */
	snprintf(want, sizeof(want), "/proc/%d/maps", sender);
	EXPECT_EQ(0, node_read(0, want, self->buf, sizeof(self->buf)));
	snprintf(want, sizeof(want), "/proc/%d/maps", receiver);
	EXPECT_EQ(0, node_read(0, want, self->buf, sizeof(self->buf)));
}

TEST_F(tables, procs)
{
	struct puppet *lo = puppet_bound(0, self->dcid, -3);
	struct puppet *a = puppet_bound(0, self->dcid, 30);
	struct puppet *far = puppet_bound(1, self->dcid, 40);
	char want[200];

	ASSERT_TRUE(wait_until(has_row(self, 0, 40), SOON));
	begin(a, OP_RECEIVE, ANY, TIMEOUT_FOREVER);
	ASSERT_TRUE(proc_flags(0, self->dcid, 30, DVK_RTS_RECEIVING, 0));
	begin(lo, OP_SENDREC, 40, TIMEOUT_FOREVER);
	ASSERT_TRUE(proc_flags(1, self->dcid, -3, DVK_RTS_SENDING, 0));

	table(self, 0, "procs");
	EXPECT_STREQ("DC pnr -endp -lpid/vpid- nd flag misc -getf -sndt -wmig "
		     "-prxy name", nth_line(self->buf, 0));
	/* Bound slots only, in slot order. -prxy is the way to node 1. */
	snprintf(want, sizeof(want), "%2d %3d %5d %5d/%-5d %2d %4X %4X %5d %5d "
		 "%5d %5d %-15.15s", self->dcid, -3, -3, lo->pid, lo->pid, 0,
		 DVK_RTS_SENDING | DVK_RTS_RECEIVING | DVK_RTS_RMTOPER,
		 DVK_MISC_GRPLEADER, 40, 40, NONE, 1, "proc");
	EXPECT_STREQ(want, nth_line(self->buf, 1));
	snprintf(want, sizeof(want), "%2d %3d %5d %5d/%-5d %2d %4X %4X %5d %5d "
		 "%5d %5d %-15.15s", self->dcid, 30, 30, a->pid, a->pid, 0,
		 DVK_RTS_RECEIVING, DVK_MISC_GRPLEADER, ANY, NONE, NONE, NONE,
		 "proc");
	EXPECT_STREQ(want, nth_line(self->buf, 2));
	snprintf(want, sizeof(want), "^%2d %3d %5d %5d/%-5d %2d %4X +[0-9A-F]+ "
		 "%5d %5d %5d %5d %-15.15s$", self->dcid, 40, 40, -1, -1, 1,
		 DVK_RTS_REMOTE, NONE, NONE, NONE, NONE, "proc");
	EXPECT_MATCH(nth_line(self->buf, 3), want);
	EXPECT_STREQ("", nth_line(self->buf, 4));

	/* Nothing is left of who has gone. */
	puppet_kill(a);
	puppet_kill(far);
	ASSERT_TRUE(wait_until(!has_row(self, 0, 40), SOON));
	table(self, 0, "procs");
	EXPECT_MATCH(nth_line(self->buf, 1), "^ *[0-9]+  -3 ");
	EXPECT_STREQ("", nth_line(self->buf, 2));
}

TEST_F(tables, stats)
{
	struct puppet *a = puppet_bound(0, self->dcid, 30);
	struct puppet *b = puppet_bound(0, self->dcid, 31);
	char want[200], *ma = puppet_map(a, 4096), *mb = puppet_map(b, 4096);
	int i;

	for (i = 0; i < 3; i++) {
		begin(a, OP_RECEIVE, ANY, TIMEOUT_FOREVER);
		ASSERT_EQ(0, act(b, OP_SEND, 30, TIMEOUT_FOREVER));
		ASSERT_EQ(0, end(a));
	}
	begin(b, OP_SENDREC, 30, TIMEOUT_FOREVER);
	ASSERT_EQ(0, act(a, OP_RCVRQST, 0, TIMEOUT_FOREVER));
	ASSERT_EQ(0, puppet_vcopy(a, 31, mb, SELF, ma, 10));
	ASSERT_EQ(0, puppet_vcopy(a, 31, mb, SELF, ma, 10));
	ASSERT_EQ(0, act(a, OP_REPLY, 31, TIMEOUT_FOREVER));
	ASSERT_EQ(0, end(b));

	table(self, 0, "stats");
	EXPECT_STREQ("DC pnr -endp -lpid/vpid- nd --lsnt-- --rsnt-- -lcopy-- "
		     "-rcopy-- name", nth_line(self->buf, 0));
	snprintf(want, sizeof(want), "%2d %3d %5d %5d/%-5d %2d %8ld %8ld %8ld "
		 "%8ld %-15.15s", self->dcid, 30, 30, a->pid, a->pid, 0,
		 1L, 0L, 2L, 0L, "proc");
	EXPECT_STREQ(want, nth_line(self->buf, 1));
	snprintf(want, sizeof(want), "%2d %3d %5d %5d/%-5d %2d %8ld %8ld %8ld "
		 "%8ld %-15.15s", self->dcid, 31, 31, b->pid, b->pid, 0,
		 4L, 0L, 0L, 0L, "proc");
	EXPECT_STREQ(want, nth_line(self->buf, 2));
}

TEST_F(tables, dc_info)
{
	char want[10][64];
	int i;

	table(self, 0, "info");
	snprintf(want[0], 64, "^dcid=%d$", self->dcid);
	snprintf(want[1], 64, "^flags=0$");
	snprintf(want[2], 64, "^nr_procs=221$");
	snprintf(want[3], 64, "^nr_tasks=35$");
	snprintf(want[4], 64, "^nr_sysprocs=64$");
	snprintf(want[5], 64, "^nr_nodes=32$");
	snprintf(want[6], 64, "^dc_nodes=3$");
	snprintf(want[7], 64, "^dc_pid=%d$", getpid());
	snprintf(want[8], 64, "^warn2proc=%d$", NONE);
	snprintf(want[9], 64, "^warnmsg=0$");
	for (i = 0; i < 10; i++)
		EXPECT_MATCH(nth_line(self->buf, i), want[i]);
	snprintf(want[0], 64, "dc_name=test-%d", self->dcid);
	EXPECT_STREQ(want[0], nth_line(self->buf, 10));
	EXPECT_STREQ("nodes 33222222222211111111110000000000",
		     nth_line(self->buf, 11));
	EXPECT_STREQ("\t" RULER, nth_line(self->buf, 12));
	EXPECT_STREQ("\t------------------------------XX", nth_line(self->buf, 13));
	EXPECT_MATCH(nth_line(self->buf, 14), "^cpumask=[0-9a-fA-F]+$");
	EXPECT_STREQ("", nth_line(self->buf, 15));
}

/* Each namespace has its own tables, and an ended DC has none. */
TEST_F(tables, per_namespace)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/procs", self->dir);
	EXPECT_EQ(-1, node_open(2, path, O_RDONLY));
	EXPECT_LE(0, node_open(1, path, O_RDONLY));
	EXPECT_EQ(-1, node_open(0, path, O_RDWR));
	dc_drop(self->dcid);
	EXPECT_EQ(-1, node_open(0, path, O_RDONLY));
}

/* A file that is open when its DC ends can be read on, to an end. */
TEST_F(tables, open_while_dc_ends)
{
	struct puppet *p = puppet_bound(0, self->dcid, 30);
	char path[128], buf[64];
	int fd, i;

	snprintf(path, sizeof(path), "%s/procs", self->dir);
	fd = node_open(0, path, O_RDONLY);
	ASSERT_LE(0, fd);
	ASSERT_EQ(1, read(fd, buf, 1));
	puppet_kill(p);
	dc_drop(self->dcid);
	for (i = 0; i < 1000 && read(fd, buf, sizeof(buf)) > 0; i++)
		;
	EXPECT_GT(1000, i);
	close(fd);
}

static long bind_and_unbind(const long *a)
{
	long i, ret;

	for (i = 0; i < a[2]; i++) {
		ret = dvk_bind(a[0], a[1]);
		if (ret != a[1])
			return ret;
		ret = dvk_unbind(a[0], a[1]);
		if (ret)
			return ret;
	}
	return 0;
}

/* Every row that a reader sees is whole, and slots come in order. */
static bool table_is_sane(const char *text, int dcid)
{
	int dc, slot, ep, lpid, vpid, node, last = -1000, n;

	text = strchr(text, '\n') + 1;
	for (; *text; text = strchr(text, '\n') + 1) {
		n = sscanf(text, "%d %d %d %d/%d %d", &dc, &slot, &ep, &lpid,
			   &vpid, &node);
		if (n != 6 || dc != dcid || slot != ep || slot <= last ||
		    lpid != vpid || !strchr(text, '\n'))
			return false;
		last = slot;
	}
	return true;
}

TEST_F(tables, readers_and_writers)
{
	struct puppet *p[6];
	int i, n = 0;

	for (i = 0; i < 6; i++) {
		p[i] = puppet_new(i & 1);
		p[i]->page->fn = bind_and_unbind;
		begin_call(p[i], OP_FN, self->dcid, 50 + i, 1000);
	}
	for (;;) {
		bool busy = false;

		EXPECT_TRUE(table_is_sane(table(self, n & 1, "procs"),
					  self->dcid))
			TH_LOG("procs: %s", self->buf);
		EXPECT_TRUE(table_is_sane(table(self, n & 1, "stats"),
					  self->dcid))
			TH_LOG("stats: %s", self->buf);
		n++;
		for (i = 0; i < 6; i++)
			busy |= !ended(p[i]);
		if (!busy)
			break;
	}
	for (i = 0; i < 6; i++)
		EXPECT_EQ(0, end(p[i]));
	EXPECT_LT(3, n);
}

/* A table that does not fit into one buffer, read in small pieces. */
TEST_F(tables, long_table)
{
	char path[128], *buf = self->buf;
	int i, fd, n, len = 0, rows = 0;

	at_node(0);
	for (i = 0; i < DVK_NR_PROCS; i++)
		ASSERT_EQ(i, dvk_rmtbind(self->dcid, "row", i, 1));
	snprintf(path, sizeof(path), "%s/procs", self->dir);
	fd = node_open(0, path, O_RDONLY);
	ASSERT_LE(0, fd);
	while ((n = read(fd, buf + len, 100)) > 0)
		len += n;
	close(fd);
	buf[len] = 0;
	EXPECT_TRUE(matches(buf, "^DC pnr"));
	for (i = 0; buf[i]; i++)
		rows += buf[i] == '\n';
	EXPECT_EQ(1 + DVK_NR_PROCS, rows);
}

TEST_HARNESS_MAIN
