// SPDX-License-Identifier: GPL-2.0
/*
 * Keys of peers over TCP: two nodes with the same key meet, others do not, and
 * whoever knows none is not even heard. Between nodes 0, which dials, and 1.
 */
#include "kselftest_harness.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cluster.h"
#include "puppet.h"
#include "util.h"

#define KEY0	"peers/1/tcp_md5_key"	/* of node 0 */
#define KEY1	"peers/0/tcp_md5_key"	/* of node 1 */
#define SRV	10
#define CLT	100
#define MIB	1048576L
#define FOREVER	TIMEOUT_FOREVER
#define PORT	3000

FIXTURE(key) {
	char buf[256];
};

FIXTURE_SETUP(key)
{
	cluster_up();
	ASSERT_TRUE(cluster_whole(LATE));
}

static void set_addresses(const char *of0, const char *of1)
{
	attr_write(0, "peers/1/enabled", "0");
	attr_write(1, "peers/0/enabled", "0");
	if (attr_write(0, "peers/1/address", "%s", of1) ||
	    attr_write(1, "peers/0/address", "%s", of0))
		die("no addresses");
	attr_write(1, "peers/0/enabled", "1");
	attr_write(0, "peers/1/enabled", "1");
}

FIXTURE_TEARDOWN(key)
{
	puppets_end();
	attr_write(0, KEY0, "\n");
	attr_write(1, KEY1, "\n");
	if (!attr_is(0, "peers/1/address", "10.10.0.2:3000"))
		set_addresses("10.10.0.1", "10.10.0.2");
	cluster_whole(LATE);
}

#define SET0(key)	ASSERT_EQ(0, attr_write(0, KEY0, "%s", key))
#define SET1(key)	ASSERT_EQ(0, attr_write(1, KEY1, "%s", key))

static bool both(const char *state, int ms)
{
	return peer_state(0, 1, state, ms) && peer_state(1, 0, state, ms);
}

/* How many segments a node has dropped for one reason. */
static long dropped(int node, const char *what)
{
	char buf[16384], *names, *values, *n, *v, *save1, *save2;

	node_read(node, "/proc/net/netstat", buf, sizeof(buf));
	names = strtok_r(buf, "\n", &save1);
	values = strtok_r(NULL, "\n", &save1);
	n = strtok_r(names, " ", &save1);
	v = strtok_r(values, " ", &save2);
	while (n && v && strcmp(n, what)) {
		n = strtok_r(NULL, " ", &save1);
		v = strtok_r(NULL, " ", &save2);
	}
	if (n && v)
		return atol(v);
	die("no counter %s", what);
}

/* They do not meet, and node 1, which listens, says why. */
#define EXPECT_APART(why) do {						\
	long before_ = dropped(1, why);					\
									\
	EXPECT_TRUE(both("connecting", LATE));				\
	EXPECT_TRUE(wait_until(dropped(1, why) > before_ + 1, LATE));	\
	EXPECT_TRUE(both("connecting", 0));				\
} while (0)

TEST_F(key, is_written_only)
{
	struct stat st;
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/run/dvk-test/n0/class/dvk/dvk0/" KEY0);
	ASSERT_EQ(0, stat(path, &st));
	EXPECT_EQ(0200, st.st_mode & 07777);
	SET0("secret");
	fd = open(path, O_RDONLY | O_CLOEXEC);
	EXPECT_TRUE(fd < 0 || read(fd, self->buf, sizeof(self->buf)) < 0);
	if (fd >= 0)
		close(fd);
}

TEST_F(key, what_it_may_be)
{
	char longest[82];

	memset(longest, 'k', sizeof(longest));
	longest[81] = 0;
	EXPECT_EQ(-ENAMETOOLONG, attr_write(0, KEY0, "%s", longest));
	longest[80] = 0;
	EXPECT_EQ(-EINVAL, attr_write(0, KEY0, "two words"));
	EXPECT_EQ(-EINVAL, attr_write(0, KEY0, "a\nb\n"));
	/* None of these has changed anything. */
	EXPECT_TRUE(both("up", 0));
	SET0(longest);
	SET1(longest);
	EXPECT_TRUE(both("up", LATE));
}

/* Only node 0 has one: node 1 does not listen to what is signed. */
TEST_F_TIMEOUT(key, only_who_dials, 90)
{
	SET0("secret");
	EXPECT_APART("TCPMD5Unexpected");
	SET0("\n");
	EXPECT_TRUE(both("up", LATE));
}

TEST_F_TIMEOUT(key, only_who_listens, 90)
{
	SET1("secret");
	EXPECT_APART("TCPMD5NotFound");
	SET1("\n");
	EXPECT_TRUE(both("up", LATE));
}

TEST_F_TIMEOUT(key, different, 90)
{
	SET0("secret");
	SET1("Secret");
	EXPECT_APART("TCPMD5Failure");
	SET0("Secret");
	EXPECT_TRUE(both("up", LATE));
}

/* The other peers of both have nothing to do with it. */
TEST_F_TIMEOUT(key, of_this_peer_only, 60)
{
	SET0("secret");
	SET1("other");
	EXPECT_TRUE(both("connecting", LATE));
	EXPECT_TRUE(peer_state(0, 2, "up", 0));
	EXPECT_TRUE(peer_state(1, 2, "up", 0));
	EXPECT_TRUE(peer_state(2, 0, "up", 0));
	EXPECT_TRUE(peer_state(2, 1, "up", 0));
}

/* A new key is for new connections; so there is one. */
TEST_F_TIMEOUT(key, change_reconnects, 60)
{
	long before;

	SET0("first");
	SET1("first");
	ASSERT_TRUE(both("up", LATE));
	before = attr_long(0, "peers/1/reconnects");
	SET1("second");
	EXPECT_TRUE(both("connecting", LATE));
	SET0("second");
	EXPECT_TRUE(both("up", LATE));
	EXPECT_LT(before, attr_long(0, "peers/1/reconnects"));
	/* It is kept while the peer is switched off. */
	ASSERT_EQ(0, attr_write(0, "peers/1/enabled", "0"));
	ASSERT_EQ(0, attr_write(0, "peers/1/enabled", "1"));
	EXPECT_TRUE(both("up", LATE));
	ASSERT_EQ(0, attr_write(1, "peers/0/enabled", "0"));
	ASSERT_EQ(0, attr_write(1, "peers/0/enabled", "1"));
	EXPECT_TRUE(both("up", LATE));
}

/* What is sent is as it was, also without a copy; and over IPv6. */
static void copies(struct __test_metadata *_metadata)
{
	int dcid = dc_new(3);
	struct puppet *srv = puppet_bound(1, dcid, SRV);
	struct puppet *clt = puppet_bound(0, dcid, CLT), *eye;
	char *c = puppet_map(clt, MIB), *s = puppet_map(srv, MIB);

	eye = puppet_thread(clt);
	puppet_known_at(srv, SRV, dcid, 0);
	puppet_known_at(clt, CLT, dcid, 1);
	puppet_fill(clt, c, MIB, 1);
	begin(clt, OP_SENDREC, SRV, FOREVER);
	ASSERT_EQ(0, act(srv, OP_RCVRQST, 0, FOREVER));
	EXPECT_EQ(0, puppet_vcopy(srv, CLT, c, SELF, s, MIB));
	EXPECT_EQ(-1, puppet_check(srv, s, MIB, 1));
	puppet_fill(srv, s, MIB, 2);
	EXPECT_EQ(0, puppet_vcopy(srv, SELF, s, CLT, c, MIB));
	EXPECT_EQ(-1, puppet_check(eye, c, MIB, 2));
	EXPECT_EQ(0, act(srv, OP_REPLY, CLT, FOREVER));
	EXPECT_EQ(0, end(clt));
	puppets_end();
	dc_drop(dcid);
}

TEST_F_TIMEOUT(key, copies, 60)
{
	SET0("secret");
	SET1("secret");
	ASSERT_TRUE(both("up", LATE));
	copies(_metadata);
}

TEST_F_TIMEOUT(key, ipv6, 90)
{
	run("ip -n n0 addr add fd00::1/64 dev eth0 nodad 2>/dev/null");
	run("ip -n n1 addr add fd00::2/64 dev eth0 nodad 2>/dev/null");
	set_addresses("[fd00::1]", "[fd00::2]");
	ASSERT_TRUE(both("up", LATE));
	SET0("secret");
	SET1("other");
	EXPECT_APART("TCPMD5Failure");
	SET1("secret");
	EXPECT_TRUE(both("up", LATE));
	copies(_metadata);
}

/* --- strangers at the peer's address ------------------------------------------ */

static int stranger = -1;

/* 0 once it is connected, -ETIMEDOUT if nobody answers for a second. */
static long knock(const long *a)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(PORT),
				  .sin_addr.s_addr = htonl(0x0a0a0002) };
	struct pollfd p = { .events = POLLOUT };
	int err = 0;
	socklen_t len = sizeof(err);

	(void)a;
	stranger = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (stranger < 0)
		return -errno;
	p.fd = stranger;
	if (connect(stranger, (struct sockaddr *)&to, sizeof(to)) &&
	    errno != EINPROGRESS)
		return -errno;
	if (poll(&p, 1, 1000) != 1)
		return -ETIMEDOUT;
	getsockopt(stranger, SOL_SOCKET, SO_ERROR, &err, &len);
	return -err;
}

/* 1 once the other side has hung up. */
static long hung_up(const long *a)
{
	char c;

	(void)a;
	return wait_until(read(stranger, &c, 1) == 0 || errno == ECONNRESET,
			  SOON);
}

#define run_in(p, f) ({							\
	(p)->page->fn = (f);						\
	call(p, OP_FN, 0);						\
})

/* Who does not know the key is not heard; who was let in before goes. */
TEST_F_TIMEOUT(key, strangers, 60)
{
	struct puppet *p = puppet_new(0), *q = puppet_new(0);

	ASSERT_EQ(0, run_in(p, knock));
	SET1("secret");
	EXPECT_EQ(1, run_in(p, hung_up));
	EXPECT_EQ(-ETIMEDOUT, run_in(q, knock));
}

TEST_F(key, other_transports_have_none)
{
	ASSERT_EQ(0, attr_write(0, "new_peer", "7"));
	EXPECT_EQ(0, attr_write(0, "peers/7/transport", "user"));
	EXPECT_EQ(-EOPNOTSUPP, attr_write(0, "peers/7/tcp_md5_key", "x"));
	ASSERT_EQ(0, attr_write(0, "del_peer", "7"));
}

TEST_HARNESS_MAIN
