// SPDX-License-Identifier: GPL-2.0
/*
 * Set-up through /sys/class/dvk/dvk0: every attribute, one value per file.
 * What is refused changes nothing.
 */
#include "kselftest_harness.h"

#include <dirent.h>
#include <errno.h>
#include <linux/capability.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "cluster.h"
#include "puppet.h"
#include "util.h"

/* In a namespace of its own, where nothing else is set up. */
FIXTURE(sysfs) {
	char buf[256];
};

FIXTURE_SETUP(sysfs)
{
	modules_up();
	node_fresh();
}

FIXTURE_TEARDOWN(sysfs)
{
	puppets_end();
	dvk_dvs_end();
}

#define SET(name, value)	attr_write(THIS_NODE, name, "%s", value)
#define IS(name, value)		attr_is(THIS_NODE, name, value)

/* Exists with this mode. */
static bool has(const char *name, mode_t mode)
{
	char path[160];
	struct stat st;

	snprintf(path, sizeof(path), "/sys/class/dvk/dvk0/%s", name);
	return !stat(path, &st) && (st.st_mode & 07777) == mode;
}

static bool exists(const char *name)
{
	char path[160];

	snprintf(path, sizeof(path), "/sys/class/dvk/dvk0/%s", name);
	return !access(path, F_OK);
}

TEST_F(sysfs, node_attributes)
{
	static const struct {
		const char *name;
		mode_t mode;
	} want[] = {
		{ "nodeid", 0644 }, { "name", 0644 }, { "version", 0444 },
		{ "interfaces", 0444 }, { "nr_dcs", 0644 },
		{ "nr_nodes", 0644 }, { "nr_procs", 0644 },
		{ "nr_tasks", 0644 }, { "nr_sysprocs", 0644 },
		{ "max_copybuf", 0644 }, { "max_copylen", 0644 },
		{ "keepalive_ms", 0644 }, { "busy_poll_us", 0644 },
		{ "local_poll_us", 0644 }, { "port", 0644 },
		{ "tx_hold_us", 0644 },
		{ "new_peer", 0200 }, { "del_peer", 0200 },
		{ "new_dc", 0200 }, { "del_dc", 0200 },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(want); i++)
		EXPECT_TRUE(has(want[i].name, want[i].mode))
			TH_LOG("attribute %zu", i);
	EXPECT_TRUE(exists("peers/."));
	EXPECT_TRUE(exists("dcs/."));
	EXPECT_TRUE(IS("nodeid", "-1"));
	EXPECT_TRUE(IS("name", "DVS"));
	EXPECT_TRUE(IS("nr_dcs", "32"));
	EXPECT_TRUE(IS("nr_nodes", "32"));
	EXPECT_TRUE(IS("nr_procs", "221"));
	EXPECT_TRUE(IS("nr_tasks", "35"));
	EXPECT_TRUE(IS("nr_sysprocs", "64"));
	EXPECT_TRUE(IS("max_copybuf", "65536"));
	EXPECT_TRUE(IS("max_copylen", "1048576"));
	EXPECT_TRUE(IS("keepalive_ms", "5000"));
	EXPECT_TRUE(IS("busy_poll_us", "0"));
	EXPECT_TRUE(IS("local_poll_us", "50"));
	EXPECT_TRUE(IS("tx_hold_us", "20"));
	EXPECT_TRUE(IS("port", "3000"));
	EXPECT_LT(0, attr_read(THIS_NODE, "version", self->buf, 256));
	EXPECT_LT(0, attr_read(THIS_NODE, "interfaces", self->buf, 256));
	EXPECT_NE(NULL, strstr(self->buf, "ioctl"));
}

/* A device per namespace, all with the same name; and no other is in sight. */
TEST_F(sysfs, one_device)
{
	DIR *d = opendir("/sys/class/dvk");
	struct dirent *e;
	int n = 0;

	ASSERT_NE(NULL, d);
	while ((e = readdir(d)))
		if (e->d_name[0] != '.') {
			EXPECT_STREQ("dvk0", e->d_name);
			n++;
		}
	closedir(d);
	EXPECT_EQ(1, n);
}

/* What a number attribute takes, with and without the newline of echo. */
TEST_F(sysfs, limits)
{
	static const struct {
		const char *name;
		const char *good[3];
		const char *bad[8];
	} limits[] = {
		{ "nr_dcs", { "1", "65536", "8" }, { "0", "-1", "65537" } },
		{ "nr_nodes", { "1", "1024", "40" }, { "0", "-1", "1025" } },
		{ "nr_procs", { "1", "500", "50" }, { "0", "-1", "65537" } },
		{ "nr_tasks", { "0", "35", "7" }, { "-1", "36", "65536" } },
		{ "nr_sysprocs", { "0", "20", "11" }, { "-1", "1000000" } },
		{ "max_copybuf", { "65536", "4096", "8192" },
		  { "0", "-1", "65537" } },
		{ "max_copylen", { "1048576", "65536", "100000" },
		  { "0", "-1", "1048577" } },
		{ "keepalive_ms", { "100", "60000", "1000" },
		  { "0", "-1", "99999999" } },
		{ "local_poll_us", { "0", "10000", "20" }, { "-1", "10001" } },
		{ "busy_poll_us", { "0", "10000", "20" }, { "-1", "10001" } },
		{ "tx_hold_us", { "0", "10000", "30" }, { "-1", "10001" } },
		{ "port", { "1", "65535", "4000" }, { "0", "-1", "65536" } },
	};
	static const char * const nonsense[] = {
		"", "\n", " ", "x", "1x", "0x", "1 2", "99999999999999999999",
		"1.5", "--1", "1,", "\xff",
	};
	size_t i, k;

	for (i = 0; i < ARRAY_SIZE(limits); i++) {
		const char *name = limits[i].name, *last = limits[i].good[2];

		for (k = 0; k < 3; k++) {
			EXPECT_EQ(0, attr_write(THIS_NODE, name, "%s\n",
						limits[i].good[k]))
				TH_LOG("%s=%s", name, limits[i].good[k]);
			EXPECT_TRUE(IS(name, limits[i].good[k]));
		}
		for (k = 0; limits[i].bad[k]; k++) {
			EXPECT_GT(0, SET(name, limits[i].bad[k]))
				TH_LOG("%s=%s", name, limits[i].bad[k]);
			EXPECT_TRUE(IS(name, last))
				TH_LOG("%s=%s", name, limits[i].bad[k]);
		}
		for (k = 0; k < ARRAY_SIZE(nonsense); k++) {
			/* A write of nothing is no write. */
			if (nonsense[k][0])
				EXPECT_GT(0, SET(name, nonsense[k]))
					TH_LOG("%s=\"%s\"", name, nonsense[k]);
			EXPECT_TRUE(IS(name, last))
				TH_LOG("%s=\"%s\"", name, nonsense[k]);
		}
	}

	/* Sizes are fixed while the DVS is initialised. */
	ASSERT_EQ(0, SET("nodeid", "1"));
	for (i = 0; i < 7; i++) {
		EXPECT_EQ(-EBUSY, SET(limits[i].name, limits[i].good[0]))
			TH_LOG("%s", limits[i].name);
		EXPECT_TRUE(IS(limits[i].name, limits[i].good[2]));
	}
	/* These are tuning, not sizes. */
	EXPECT_EQ(0, SET("keepalive_ms", "2000"));
	EXPECT_EQ(0, SET("busy_poll_us", "100"));
}

/* Limits that are fine one by one but make no sense together. */
TEST_F(sysfs, limits_that_conflict)
{
	ASSERT_EQ(0, SET("nr_procs", "10"));
	ASSERT_EQ(0, SET("nr_tasks", "2"));
	ASSERT_EQ(0, SET("nr_sysprocs", "64"));
	/* Either the node refuses to start, or DCs get sizes that fit. */
	if (SET("nodeid", "1") == 0) {
		ASSERT_EQ(0, SET("new_dc", "0"));
		EXPECT_GE(12, attr_long(THIS_NODE, "dcs/0/nr_sysprocs"));
	}
}

TEST_F(sysfs, name)
{
	ASSERT_EQ(0, SET("name", "cluster-of-fun1"));
	EXPECT_TRUE(IS("name", "cluster-of-fun1"));
	EXPECT_EQ(-ENAMETOOLONG, SET("name", "sixteen-letters!"));
	EXPECT_GT(0, SET("name", "two words"));
	EXPECT_GT(0, SET("name", "\n"));
	EXPECT_GT(0, SET("name", "a\tb"));
	EXPECT_TRUE(IS("name", "cluster-of-fun1"));
	ASSERT_EQ(0, SET("nodeid", "1"));
	EXPECT_EQ(-EBUSY, SET("name", "other"));
	EXPECT_TRUE(IS("name", "cluster-of-fun1"));
}

TEST_F(sysfs, nodeid)
{
	EXPECT_GT(0, SET("nodeid", "32"));
	EXPECT_GT(0, SET("nodeid", "-2"));
	EXPECT_GT(0, SET("nodeid", "one"));
	EXPECT_EQ(-ENODEV, SET("nodeid", "-1"));
	EXPECT_TRUE(IS("nodeid", "-1"));
	ASSERT_EQ(0, SET("nodeid", "31"));
	EXPECT_TRUE(IS("nodeid", "31"));
	EXPECT_EQ(-EBUSY, SET("nodeid", "30"));
	EXPECT_EQ(-EBUSY, SET("nodeid", "31"));
	EXPECT_TRUE(IS("nodeid", "31"));
	ASSERT_EQ(0, SET("nodeid", "-1"));
	ASSERT_EQ(0, SET("nodeid", "0"));
}

TEST_F(sysfs, peer)
{
	static const struct {
		const char *name;
		mode_t mode;
	} want[] = {
		{ "local_address", 0644 }, { "last_error", 0444 },
		{ "name", 0644 }, { "transport", 0644 }, { "address", 0644 },
		{ "key", 0200 }, { "insecure", 0644 }, { "trust", 0644 },
		{ "enabled", 0644 }, { "state", 0444 }, { "rtt_us", 0444 },
		{ "tx_msgs", 0444 }, { "rx_msgs", 0444 }, { "tx_bytes", 0444 },
		{ "rx_bytes", 0444 }, { "tx_zerocopy_bytes", 0444 },
		{ "reconnects", 0444 }, { "bad_frames", 0444 },
		{ "queue_len", 0444 },
	};
	char name[64];
	size_t i;

	EXPECT_GT(0, SET("new_peer", "1"));
	ASSERT_EQ(0, SET("nodeid", "0"));
	EXPECT_GT(0, SET("new_peer", "0"));
	EXPECT_GT(0, SET("new_peer", "-1"));
	EXPECT_GT(0, SET("new_peer", "32"));
	EXPECT_GT(0, SET("new_peer", "x"));
	EXPECT_FALSE(exists("peers/0"));
	ASSERT_EQ(0, SET("new_peer", "3"));
	EXPECT_EQ(-EEXIST, SET("new_peer", "3"));
	for (i = 0; i < ARRAY_SIZE(want); i++) {
		snprintf(name, sizeof(name), "peers/3/%s", want[i].name);
		EXPECT_TRUE(has(name, want[i].mode)) TH_LOG("%s", name);
		/* Counters start at zero. */
		if (i >= 10)
			EXPECT_TRUE(IS(name, "0")) TH_LOG("%s", name);
	}
	EXPECT_TRUE(IS("peers/3/name", "node3"));
	EXPECT_TRUE(IS("peers/3/enabled", "0"));
	EXPECT_TRUE(IS("peers/3/state", "down"));

	EXPECT_GT(0, SET("del_peer", "2"));
	EXPECT_GT(0, SET("del_peer", "-1"));
	EXPECT_TRUE(exists("peers/3"));
	ASSERT_EQ(0, SET("del_peer", "3"));
	EXPECT_FALSE(exists("peers/3"));
	EXPECT_GT(0, SET("del_peer", "3"));
	ASSERT_EQ(0, SET("new_peer", "3"));
}

TEST_F(sysfs, peer_address)
{
	static const char * const good[] = {
		"10.0.0.2", "10.0.0.2:3001", "127.0.0.1", "192.168.255.254:65535",
	};
	static const char * const bad[] = {
		"10.0.0", "10.0.0.2.3", "10.0.0.256", "host", "10.0.0.2:",
		"10.0.0.2:0", "10.0.0.2:65536", "10.0.0.2:x", "10.0.0.2 3000",
		"10.0.0.2:3000x", "-1", ":3000", "10.0.0.2:-5",
		"[10.0.0.2", "10.0.0.2:30000000000000000001",
	};
	char before[256];
	size_t i;

	ASSERT_EQ(0, SET("nodeid", "0"));
	ASSERT_EQ(0, SET("new_peer", "1"));
	EXPECT_GT(0, SET("peers/1/transport", "carrier-pigeon-post"));
	ASSERT_EQ(0, SET("peers/1/transport", "tcp"));
	EXPECT_TRUE(IS("peers/1/transport", "tcp"));
	/* It needs to know where to. */
	EXPECT_GT(0, SET("peers/1/enabled", "1"));
	EXPECT_TRUE(IS("peers/1/enabled", "0"));
	for (i = 0; i < ARRAY_SIZE(good); i++) {
		EXPECT_EQ(0, attr_write(THIS_NODE, "peers/1/address", "%s\n",
					good[i])) TH_LOG("%s", good[i]);
		attr_read(THIS_NODE, "peers/1/address", self->buf, 256);
		/* The default port may be shown or not. */
		EXPECT_EQ(0, strncmp(good[i], self->buf, strlen(good[i])))
			TH_LOG("%s became %s", good[i], self->buf);
	}
	attr_read(THIS_NODE, "peers/1/address", before, 256);
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		EXPECT_GT(0, SET("peers/1/address", bad[i]))
			TH_LOG("\"%s\" is accepted", bad[i]);
		EXPECT_TRUE(IS("peers/1/address", before));
	}
}

TEST_F(sysfs, peer_enabled)
{
	ASSERT_EQ(0, SET("nodeid", "0"));
	ASSERT_EQ(0, SET("new_peer", "1"));
	ASSERT_EQ(0, SET("peers/1/transport", "tcp"));
	/* Nobody listens there. */
	ASSERT_EQ(0, SET("peers/1/address", "127.0.0.1:9"));
	EXPECT_GT(0, SET("peers/1/enabled", "2"));
	EXPECT_GT(0, SET("peers/1/enabled", "-1"));
	EXPECT_GT(0, SET("peers/1/enabled", "yes please"));
	EXPECT_TRUE(IS("peers/1/enabled", "0"));
	/* It says neither how it is to be known, nor that it need not. */
	EXPECT_EQ(-ENOKEY, SET("peers/1/enabled", "1"));
	EXPECT_TRUE(IS("peers/1/enabled", "0"));
	EXPECT_EQ(-ERANGE, SET("peers/1/insecure", "3"));
	EXPECT_GT(0, SET("peers/1/insecure", "-1"));
	EXPECT_TRUE(IS("peers/1/insecure", "0"));
	ASSERT_EQ(0, SET("peers/1/insecure", "1"));
	EXPECT_TRUE(IS("peers/1/insecure", "1"));
	ASSERT_EQ(0, SET("peers/1/enabled", "1"));
	EXPECT_EQ(0, SET("peers/1/enabled", "1"));
	EXPECT_TRUE(IS("peers/1/enabled", "1"));
	EXPECT_TRUE(wait_until(IS("peers/1/state", "connecting"), SOON));
	/* Not while it runs. */
	EXPECT_EQ(-EBUSY, SET("peers/1/address", "127.0.0.2"));
	EXPECT_EQ(-EBUSY, SET("peers/1/transport", "tipc"));
	EXPECT_EQ(-EBUSY, SET("peers/1/insecure", "0"));
	EXPECT_EQ(-EBUSY, SET("port", "4000"));
	ASSERT_EQ(0, SET("peers/1/enabled", "0"));
	EXPECT_TRUE(IS("peers/1/state", "down"));
	ASSERT_EQ(0, SET("peers/1/address", "127.0.0.2"));
	/* One that runs can be removed as it is. */
	ASSERT_EQ(0, SET("peers/1/enabled", "1"));
	EXPECT_EQ(0, SET("del_peer", "1"));
	EXPECT_FALSE(exists("peers/1"));
}

TEST_F(sysfs, peer_name)
{
	ASSERT_EQ(0, SET("nodeid", "0"));
	ASSERT_EQ(0, SET("new_peer", "1"));
	ASSERT_EQ(0, SET("peers/1/name", "alpha"));
	EXPECT_TRUE(IS("peers/1/name", "alpha"));
	EXPECT_GT(0, SET("peers/1/name", "sixteen-letters!"));
	EXPECT_GT(0, SET("peers/1/name", "with space"));
	EXPECT_TRUE(IS("peers/1/name", "alpha"));
}

TEST_F(sysfs, dc)
{
	static const char * const bad[] = {
		"-1", "32", "x", "", " ", "3 ", "3 a/b", "3 two words",
		"3 sixteen-letters!", "3 info", "3 .", "3x",
	};
	size_t i;

	EXPECT_GT(0, SET("new_dc", "0"));
	ASSERT_EQ(0, SET("nodeid", "2"));
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		if (bad[i][0])
			EXPECT_GT(0, SET("new_dc", bad[i]))
				TH_LOG("\"%s\" is accepted", bad[i]);
		EXPECT_FALSE(exists("dcs/3"));
	}
	ASSERT_EQ(0, attr_write(THIS_NODE, "new_dc", "3\n"));
	ASSERT_EQ(0, SET("new_dc", "5 five"));
	EXPECT_GT(0, SET("new_dc", "5 six"));
	EXPECT_GT(0, SET("new_dc", "6 five"));
	EXPECT_FALSE(exists("dcs/6"));
	EXPECT_TRUE(IS("dcs/3/name", "DC3"));
	EXPECT_TRUE(IS("dcs/5/name", "five"));
	EXPECT_TRUE(IS("dcs/5/nr_procs", "221"));
	EXPECT_TRUE(IS("dcs/5/nr_tasks", "35"));
	EXPECT_TRUE(IS("dcs/5/nr_sysprocs", "64"));
	EXPECT_TRUE(IS("dcs/5/nr_nodes", "32"));
	EXPECT_TRUE(IS("dcs/5/nodes", "2"));
	EXPECT_TRUE(IS("dcs/5/owner", "0"));
	EXPECT_TRUE(IS("dcs/5/autobind", "1"));
	EXPECT_TRUE(has("dcs/5/add_node", 0200));
	EXPECT_TRUE(has("dcs/5/del_node", 0200));
	EXPECT_TRUE(has("dcs/5/owner", 0644));
	EXPECT_TRUE(has("dcs/5/mode", 0644));
	EXPECT_TRUE(has("dcs/5/autobind", 0644));

	EXPECT_GT(0, SET("del_dc", "4"));
	EXPECT_GT(0, SET("del_dc", "-1"));
	EXPECT_GT(0, SET("del_dc", "five"));
	ASSERT_EQ(0, SET("del_dc", "3"));
	EXPECT_FALSE(exists("dcs/3"));
	EXPECT_TRUE(exists("dcs/5"));
	EXPECT_GT(0, SET("del_dc", "3"));
	ASSERT_EQ(0, SET("nodeid", "-1"));
	EXPECT_FALSE(exists("dcs/5"));
}

TEST_F(sysfs, dc_members)
{
	ASSERT_EQ(0, SET("nodeid", "2"));
	ASSERT_EQ(0, SET("new_dc", "0"));
	EXPECT_GT(0, SET("dcs/0/add_node", "7"));
	ASSERT_EQ(0, SET("new_peer", "7"));
	ASSERT_EQ(0, SET("new_peer", "8"));
	ASSERT_EQ(0, SET("dcs/0/add_node", "7"));
	EXPECT_TRUE(IS("dcs/0/nodes", "2,7"));
	ASSERT_EQ(0, SET("dcs/0/add_node", "8"));
	EXPECT_TRUE(IS("dcs/0/nodes", "2,7-8"));
	EXPECT_GT(0, SET("dcs/0/add_node", "7"));
	EXPECT_GT(0, SET("dcs/0/add_node", "2"));
	EXPECT_GT(0, SET("dcs/0/add_node", "-1"));
	EXPECT_GT(0, SET("dcs/0/del_node", "2"));
	EXPECT_GT(0, SET("dcs/0/del_node", "9"));
	ASSERT_EQ(0, SET("dcs/0/del_node", "7"));
	EXPECT_TRUE(IS("dcs/0/nodes", "2,8"));
	/* A peer that goes is no member any more. */
	ASSERT_EQ(0, SET("del_peer", "8"));
	EXPECT_TRUE(IS("dcs/0/nodes", "2"));
}

TEST_F(sysfs, dc_rights)
{
	ASSERT_EQ(0, SET("nodeid", "2"));
	ASSERT_EQ(0, SET("new_dc", "0"));
	ASSERT_EQ(0, SET("dcs/0/mode", "0622"));
	EXPECT_TRUE(IS("dcs/0/mode", "0622"));
	EXPECT_GT(0, SET("dcs/0/mode", "1777"));
	EXPECT_GT(0, SET("dcs/0/mode", "0688"));
	EXPECT_GT(0, SET("dcs/0/mode", "rw"));
	EXPECT_TRUE(IS("dcs/0/mode", "0622"));
	ASSERT_EQ(0, SET("dcs/0/owner", "1000"));
	EXPECT_TRUE(IS("dcs/0/owner", "1000"));
	EXPECT_GT(0, SET("dcs/0/owner", "-1"));
	EXPECT_GT(0, SET("dcs/0/owner", "root"));
	EXPECT_TRUE(IS("dcs/0/owner", "1000"));
	ASSERT_EQ(0, SET("dcs/0/autobind", "0"));
	EXPECT_TRUE(IS("dcs/0/autobind", "0"));
	EXPECT_GT(0, SET("dcs/0/autobind", "2"));
	EXPECT_TRUE(IS("dcs/0/autobind", "0"));
}

static long write_attr(const long *a)
{
	return attr_write(THIS_NODE, (const char *)a[0], "%s",
			  (const char *)a[1]);
}

/* Root to the file system, but without rights over the network. */
static long drop_net_admin(const long *a)
{
	struct __user_cap_header_struct h = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct d[2];

	(void)a;
	if (syscall(SYS_capget, &h, d))
		return -errno;
	d[0].effective &= ~(1U << CAP_NET_ADMIN);
	d[0].permitted &= ~(1U << CAP_NET_ADMIN);
	return syscall(SYS_capset, &h, d) ? -errno : 0;
}

TEST_F(sysfs, needs_privilege)
{
	static const char * const writes[][2] = {
		{ "nodeid", "-1" }, { "nr_dcs", "5" }, { "name", "x" },
		{ "keepalive_ms", "100" }, { "busy_poll_us", "9" },
		{ "tx_hold_us", "9" }, { "port", "99" },
		{ "new_dc", "1" }, { "del_dc", "0" }, { "new_peer", "7" },
		{ "del_peer", "6" }, { "dcs/0/owner", "1000" },
		{ "dcs/0/mode", "0666" }, { "dcs/0/autobind", "0" },
		{ "dcs/0/add_node", "6" }, { "dcs/0/del_node", "6" },
		{ "peers/6/name", "x" }, { "peers/6/transport", "tcp" },
		{ "peers/6/address", "1.2.3.4" }, { "peers/6/enabled", "1" },
		{ "peers/6/tcp_md5_key", "x" }, { "dcs/0/user_slots", "1" },
		{ "peers/6/trust", "1" }, { "dcs/0/slot_owner", "1 1000" },
	};
	struct puppet *p = puppet_new(THIS_NODE), *q = puppet_new(THIS_NODE);
	size_t i;

	ASSERT_EQ(0, SET("nodeid", "2"));
	ASSERT_EQ(0, SET("new_dc", "0"));
	ASSERT_EQ(0, SET("new_peer", "6"));
	/* The files' modes keep users out, the handlers a restricted root. */
	q->page->fn = drop_net_admin;
	ASSERT_EQ(0, call(q, OP_FN, 0));
	q->page->fn = write_attr;
	for (i = 0; i < ARRAY_SIZE(writes); i++)
		EXPECT_EQ(-EPERM, call(q, OP_FN, (long)writes[i][0],
				       (long)writes[i][1]))
			TH_LOG("write %zu", i);
	EXPECT_TRUE(IS("dcs/0/owner", "0"));
	EXPECT_TRUE(IS("keepalive_ms", "5000"));

	ASSERT_EQ(0, call(p, OP_SETUID, 1000));
	p->page->fn = write_attr;
	EXPECT_EQ(-EACCES, call(p, OP_FN, (long)"nodeid", (long)"-1"));
	EXPECT_EQ(-EACCES, call(p, OP_FN, (long)"new_dc", (long)"1"));
	EXPECT_EQ(-EACCES, call(p, OP_FN, (long)"dcs/0/owner", (long)"1000"));
	EXPECT_TRUE(IS("nodeid", "2"));
}

/* Attributes that belong to something which is going away. */
static long toggle(const long *a)
{
	long i;

	for (i = 0; i < a[0]; i++) {
		if (SET("new_peer", "5") || SET("peers/5/transport", "tcp") ||
		    SET("peers/5/address", "127.0.0.1:9") ||
		    SET("peers/5/insecure", "1") ||
		    SET("peers/5/enabled", "1") || SET("new_dc", "9 nine") ||
		    SET("dcs/9/add_node", "5") || SET("del_peer", "5") ||
		    SET("del_dc", "9"))
			return -1 - i;
	}
	return 0;
}

static long look(const long *a)
{
	static const char * const names[] = {
		"peers/5/state", "peers/5/address", "peers/5/tx_bytes",
		"dcs/9/nodes", "dcs/9/name", "peers/5/enabled",
	};
	char buf[256];
	long n;

	for (n = 0; !atomic_load((_Atomic int *)a[0]); n++)
		attr_read(THIS_NODE, names[n % ARRAY_SIZE(names)], buf, 256);
	return n;
}

TEST_F(sysfs, readers_while_it_changes)
{
	struct puppet *w = puppet_new(THIS_NODE), *r[2];
	int i;

	ASSERT_EQ(0, SET("nodeid", "2"));
	w->page->fn = toggle;
	for (i = 0; i < 2; i++) {
		r[i] = puppet_new(THIS_NODE);
		r[i]->page->fn = look;
		begin_call(r[i], OP_FN, (long)&r[i]->page->stop);
	}
	begin_call(w, OP_FN, 100);
	EXPECT_EQ(0, end_within(w, LATE));
	for (i = 0; i < 2; i++) {
		atomic_store(&r[i]->page->stop, 1);
		EXPECT_LT(0, end(r[i]));
	}
}

TEST_HARNESS_MAIN
