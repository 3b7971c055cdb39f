// SPDX-License-Identifier: GPL-2.0
/*
 * Why a peer is not connected: its attribute last_error says so, in words, for
 * every reason there is, on both sides. And the address that it is dialled from.
 *
 * test-timeout: 300
 */
#include "kselftest_harness.h"

#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/klog.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cluster.h"
#include "fake_auth.h"
#include "fake_peer.h"
#include "util.h"

#define VICTIM	5
#define UPPER	7	/* a peer that this node dials */
#define LOWER	1	/* one that dials */
#define HOST	"127.0.0.5"
#define PORT	4007
#define KEY	"what-only-the-two-know"
#define OTHER	"what-somebody-else-knows"

FIXTURE(why) {
	int listener;
	struct fake_peer p;
	struct dvk_cmd cmd;
	char text[256];
};

static void add_peer(int id, const char *address)
{
	char name[40];

	if (attr_write(THIS_NODE, "new_peer", "%d", id))
		die("new_peer %d", id);
	snprintf(name, sizeof(name), "peers/%d/address", id);
	if (attr_write(THIS_NODE, name, "%s", address))
		die("%s", name);
	snprintf(name, sizeof(name), "peers/%d/insecure", id);
	if (attr_write(THIS_NODE, name, "2"))
		die("%s", name);
}

FIXTURE_SETUP(why)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons(PORT),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

	modules_up();
	node_fresh();
	self->p = (struct fake_peer){ .fd = -1, .self = LOWER, .node = VICTIM };
	self->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ASSERT_LE(0, self->listener);
	ASSERT_EQ(0, bind(self->listener, (struct sockaddr *)&at, sizeof(at)));
	ASSERT_EQ(0, attr_write(THIS_NODE, "nodeid", "%d", VICTIM));
	add_peer(LOWER, "127.0.0.1");
	add_peer(UPPER, "127.0.0.1:4007");
	ASSERT_EQ(0, attr_write(THIS_NODE, "peers/1/enabled", "1"));
}

FIXTURE_TEARDOWN(why)
{
	attr_write(THIS_NODE, "nodeid", "-1");
	close(self->listener);
	if (self->p.fd >= 0)
		fake_leave(&self->p);
}

static const char *last_error(SELF_OF(why), int peer)
{
	char name[40];

	snprintf(name, sizeof(name), "peers/%d/last_error", peer);
	attr_read(THIS_NODE, name, self->text, sizeof(self->text));
	return self->text;
}

static bool says(SELF_OF(why), int peer, const char *what)
{
	if (wait_until(strstr(last_error(self, peer), what), LATE))
		return true;
	printf("# wanted '%s', is '%s'\n", what, self->text);
	fflush(stdout);
	return false;
}

/* Dials an address; false if last_error does not become @what. */
static bool dials(SELF_OF(why), const char *address, const char *what)
{
	bool ok;

	if (attr_write(THIS_NODE, "peers/7/enabled", "0") ||
	    attr_write(THIS_NODE, "peers/7/address", "%s", address) ||
	    attr_write(THIS_NODE, "peers/7/enabled", "1"))
		die("cannot dial %s", address);
	ok = says(self, UPPER, what);
	return ok && attr_is(THIS_NODE, "peers/7/state", "connecting");
}

TEST_F(why, nobody_there)
{
	long at;

	EXPECT_TRUE(dials(self, "127.0.0.1:4999",
			  " 127.0.0.1:4999: nobody listens there"));
	/* The time is that of the wall clock. */
	at = strtol(self->text, NULL, 10);
	EXPECT_GE(2, labs(time(NULL) - at));
	EXPECT_TRUE(dials(self, "10.98.0.2", "no route to it"));
	ASSERT_EQ(0, run("ip link add d0 type dummy"));
	ASSERT_EQ(0, run("ip addr add 10.98.0.1/24 dev d0"));
	ASSERT_EQ(0, run("ip link set d0 up"));
	EXPECT_TRUE(dials(self, "10.98.0.2", "no answer: nobody is there"));
	ASSERT_EQ(0, run("ip route add unreachable 10.97.0.0/16"));
	EXPECT_TRUE(dials(self, "10.97.0.2", "no such host"));
}

TEST_F(why, own_address)
{
	EXPECT_TRUE(dials(self, "127.0.0.1:3000", "that is this node, or another"));
}

/* The device of an address has a name that lasts. */
TEST_F(why, link_local)
{
	EXPECT_EQ(-EINVAL, attr_write(THIS_NODE, "peers/7/address", "fe80::1"));
	EXPECT_EQ(-EINVAL, attr_write(THIS_NODE, "peers/7/address", "fe80::1%%"));
	EXPECT_EQ(-EINVAL, attr_write(THIS_NODE, "peers/7/address",
				      "10.0.0.1%%d1"));
	EXPECT_TRUE(attr_is(THIS_NODE, "peers/7/address", "127.0.0.1:4007"));
	EXPECT_TRUE(dials(self, "[fe80::2%d1]:4007", "device of a link-local"));
	EXPECT_TRUE(attr_is(THIS_NODE, "peers/7/address", "[fe80::2%d1]:4007"));
	/* It comes, goes and is made anew, with another number. */
	ASSERT_EQ(0, run("ip link add d1 type dummy && ip link set d1 up"));
	EXPECT_TRUE(wait_until(!strstr(last_error(self, UPPER),
				       "device of a link-local"), LATE));
	ASSERT_EQ(0, run("ip link del d1"));
	EXPECT_TRUE(says(self, UPPER, "device of a link-local"));
	ASSERT_EQ(0, run("ip link add d2 type dummy && "
			 "ip link add d1 type dummy && ip link set d1 up"));
	EXPECT_TRUE(wait_until(!strstr(last_error(self, UPPER),
				       "device of a link-local"), LATE));
	EXPECT_TRUE(attr_is(THIS_NODE, "peers/7/address", "[fe80::2%d1]:4007"));
}

static bool dialled(SELF_OF(why), struct sockaddr_in *from)
{
	struct pollfd p = { .fd = self->listener, .events = POLLIN };
	socklen_t len = sizeof(*from);

	if (poll(&p, 1, LATE) != 1)
		return false;
	self->p.fd = accept(self->listener, (struct sockaddr *)from, &len);
	return self->p.fd >= 0;
}

TEST_F(why, local_address)
{
	struct sockaddr_in from = { };

	ASSERT_EQ(0, listen(self->listener, 5));
	EXPECT_TRUE(attr_is(THIS_NODE, "peers/7/local_address", ""));
	EXPECT_EQ(-EINVAL, attr_write(THIS_NODE, "peers/7/local_address",
				      "127.0.0.9:3"));
	EXPECT_EQ(-EINVAL, attr_write(THIS_NODE, "peers/7/local_address",
				      "fe80::1"));
	ASSERT_EQ(0, attr_write(THIS_NODE, "peers/7/local_address",
				"127.0.0.9"));
	EXPECT_TRUE(attr_is(THIS_NODE, "peers/7/local_address", "127.0.0.9"));
	ASSERT_EQ(0, attr_write(THIS_NODE, "peers/7/enabled", "1"));
	ASSERT_TRUE(dialled(self, &from));
	EXPECT_EQ(ntohl(inet_addr("127.0.0.9")), ntohl(from.sin_addr.s_addr));
	/* It is root's all the same. */
	EXPECT_GT(1024, ntohs(from.sin_port));
	EXPECT_EQ(-EBUSY, attr_write(THIS_NODE, "peers/7/local_address", "\n"));
	fake_leave(&self->p);
	ASSERT_EQ(0, attr_write(THIS_NODE, "peers/7/enabled", "0"));
	ASSERT_EQ(0, attr_write(THIS_NODE, "peers/7/local_address",
				"10.1.2.3"));
	EXPECT_TRUE(dials(self, "127.0.0.1:4007", "local_address is none"));
	ASSERT_EQ(0, attr_write(THIS_NODE, "peers/7/enabled", "0"));
	ASSERT_EQ(0, attr_write(THIS_NODE, "peers/7/local_address", "::1"));
	EXPECT_TRUE(dials(self, "127.0.0.1:4007", "different families"));
	ASSERT_EQ(0, attr_write(THIS_NODE, "peers/7/enabled", "0"));
	ASSERT_EQ(0, attr_write(THIS_NODE, "peers/7/local_address", "\n"));
	EXPECT_TRUE(attr_is(THIS_NODE, "peers/7/local_address", ""));
	ASSERT_EQ(0, attr_write(THIS_NODE, "peers/7/enabled", "1"));
	self->p.fd = -1;
	ASSERT_TRUE(dialled(self, &from));
	EXPECT_EQ(INADDR_LOOPBACK, ntohl(from.sin_addr.s_addr));
	EXPECT_GT(1024, ntohs(from.sin_port));
}

/* Lines of the kernel's log with a text. */
static int logged(const char *what)
{
	static char log[1 << 20];
	int len = klogctl(3, log, sizeof(log) - 1), n = 0;

	if (len < 0)
		die("klogctl: %m");
	log[len] = 0;
	for (const char *at = log; (at = strstr(at, what)); at++)
		n++;
	return n;
}

/* One line for a reason, however often it is tried. */
TEST_F(why, hangs_up)
{
	static const char line[] =
		"node 5: no connection to node 7: it hangs up without a word";
	int before = logged(line), i;
	struct sockaddr_in from = { };

	ASSERT_EQ(0, listen(self->listener, 5));
	ASSERT_EQ(0, attr_write(THIS_NODE, "peers/7/enabled", "1"));
	for (i = 0; i < 4; i++) {
		ASSERT_TRUE(dialled(self, &from));
		close(self->p.fd);
	}
	self->p.fd = -1;
	EXPECT_TRUE(says(self, UPPER, "it hangs up without a word"));
	EXPECT_EQ(before + 1, logged(line));
}

static const struct {
	int rcode;
	const char *what;
} answers[] = {
	{ -DVK_EDVSINIT, "refuses this node: it is of another cluster" },
	{ -DVK_ENODEFREE, "does not have this one as a peer" },
	{ -DVK_EADDRNOTAVAIL, "has another address for this one" },
	{ -DVK_ERSCBUSY, "has a node with this id already" },
	{ -DVK_EPRIVILEGES, "wants a key, or a call from a port below 1024" },
	{ -DVK_EBADRANGE, "no reason that is known here (-338)" },
	/* No result that there is. */
	{ -12345, "127.0.0.1:4007: bad answer" },
};

/* What the other node says about it. */
TEST_F_TIMEOUT(why, refused, 120)
{
	struct sockaddr_in from = { };
	struct dvk_cmd hello;
	size_t i;

	self->p.self = UPPER;
	ASSERT_EQ(0, listen(self->listener, 5));
	ASSERT_EQ(0, attr_write(THIS_NODE, "peers/7/enabled", "1"));
	for (i = 0; i <= ARRAY_SIZE(answers); i++) {
		bool cluster = i == ARRAY_SIZE(answers);

		ASSERT_TRUE(dialled(self, &from));
		ASSERT_EQ(1, fake_read(&self->p, &hello, NULL, SOON));
		fake_hello(&self->p, &self->cmd, cluster ? "OTHER" : "DVS");
		self->cmd.c_cmd = htole32(DVK_CMD_HELLO | DVK_CMD_ACK);
		self->cmd.c_timestamp_sec = hello.c_timestamp_sec;
		self->cmd.c_timestamp_nsec = hello.c_timestamp_nsec;
		if (!cluster)
			self->cmd.c_rcode = htole32(answers[i].rcode);
		fake_send(&self->p, &self->cmd, NULL);
		EXPECT_TRUE(says(self, UPPER, cluster ?
				 "it is of another cluster" : answers[i].what));
		fake_leave(&self->p);
		self->p.fd = -1;
	}
}

/* Says HELLO from an address; returns the code of the refusal. */
static int call_from(SELF_OF(why), const char *from)
{
	struct dvk_cmd answer;
	int code = 0;

	self->p.fd = fake_connect(from, HOST, 3000);
	if (self->p.fd < 0)
		die("connect from %s: %m", from);
	fake_hello(&self->p, &self->cmd, "DVS");
	fake_send(&self->p, &self->cmd, NULL);
	if (fake_read(&self->p, &answer, NULL, SOON) == 1)
		code = (int)le32toh(answer.c_rcode);
	fake_leave(&self->p);
	self->p.fd = -1;
	return code;
}

/* The node that is called knows, too, and from where the other one came. */
TEST_F(why, wrong_address)
{
	struct fake_peer good = { .fd = -1 };

	EXPECT_TRUE(says(self, LOWER, "has not called yet"));
	EXPECT_EQ(-DVK_EADDRNOTAVAIL, call_from(self, "127.0.0.77"));
	EXPECT_TRUE(says(self, LOWER,
			 "refused a caller from 127.0.0.77: wrong address"));
	EXPECT_LT(0, logged("from 127.0.0.77 that says it is node 1: wrong address"));
	/* A second node with the id of one that is connected. */
	fake_join(&good, LOWER, VICTIM, "127.0.0.1", HOST, "DVS");
	EXPECT_EQ(-DVK_ERSCBUSY, call_from(self, "127.0.0.78"));
	EXPECT_TRUE(says(self, LOWER, "127.0.0.78: wrong address, and its node is connected"));
	EXPECT_TRUE(attr_is(THIS_NODE, "peers/1/state", "up"));
	fake_leave(&good);
	EXPECT_TRUE(says(self, LOWER, "closed the connection"));
}

/* The same with a key; returns the code of the last answer. */
static int call_keyed(SELF_OF(why), const char *key)
{
	struct dvk_cmd challenge, answer;
	int code = 0;

	self->p.fd = fake_connect("127.0.0.1", HOST, 3000);
	if (self->p.fd < 0)
		die("connect: %m");
	if (fake_greet(&self->p, key, &self->cmd, &challenge, &answer))
		code = (int)le32toh(answer.c_rcode);
	fake_leave(&self->p);
	self->p.fd = -1;
	return code;
}

/* The called one says what it is about the keys, and that to itself alone. */
TEST_F(why, keys_of_a_caller)
{
	static const char line[] =
		"from 127.0.0.1 that says it is node 1: it has another key";
	int before = logged(line), i;

	EXPECT_EQ(-DVK_EPRIVILEGES, call_keyed(self, KEY));
	EXPECT_TRUE(says(self, LOWER,
			 "127.0.0.1: it has a key, and there is none for it here"));
	ASSERT_EQ(0, attr_write(THIS_NODE, "peers/1/key", KEY));
	EXPECT_EQ(-DVK_EPRIVILEGES, call_from(self, "127.0.0.1"));
	EXPECT_TRUE(says(self, LOWER, "127.0.0.1: it has no key"));
	/* A line for a reason, however often it calls. */
	for (i = 0; i < 3; i++)
		EXPECT_EQ(-DVK_EPRIVILEGES, call_keyed(self, OTHER));
	EXPECT_TRUE(says(self, LOWER, "127.0.0.1: it has another key"));
	EXPECT_EQ(before + 1, logged(line));
	/* Who says something else is told nothing. */
	self->p.fd = fake_connect("127.0.0.1", HOST, 3000);
	ASSERT_LE(0, self->p.fd);
	fake_keyed_hello(&self->p, &self->cmd, "DVS");
	fake_send(&self->p, &self->cmd, NULL);
	ASSERT_EQ(1, fake_read(&self->p, &self->cmd, NULL, SOON));
	ASSERT_EQ(DVK_CMD_CHALLENGE, le32toh(self->cmd.c_cmd));
	fake_hello(&self->p, &self->cmd, "DVS");
	fake_send(&self->p, &self->cmd, NULL);
	EXPECT_TRUE(fake_closed(&self->p, SOON));
	EXPECT_TRUE(says(self, LOWER, "it does not answer the challenge"));
	fake_leave(&self->p);
	self->p.fd = -1;

	ASSERT_EQ(0, attr_write(THIS_NODE, "peers/1/enabled", "0"));
	ASSERT_EQ(0, attr_write(THIS_NODE, "peers/1/key", "\n"));
	ASSERT_EQ(0, attr_write(THIS_NODE, "peers/1/insecure", "1"));
	ASSERT_EQ(0, attr_write(THIS_NODE, "peers/1/enabled", "1"));
	EXPECT_EQ(-DVK_EPRIVILEGES, call_from(self, "127.0.0.1"));
	EXPECT_TRUE(says(self, LOWER, "127.0.0.1: not from a reserved port"));
}

/* An answer to the HELLO in @hello. */
static void answer(SELF_OF(why), const struct dvk_cmd *hello, int rcode)
{
	fake_hello(&self->p, &self->cmd, "DVS");
	self->cmd.c_cmd = htole32(DVK_CMD_HELLO | DVK_CMD_ACK);
	self->cmd.c_timestamp_sec = hello->c_timestamp_sec;
	self->cmd.c_timestamp_nsec = hello->c_timestamp_nsec;
	self->cmd.c_rcode = htole32(rcode);
	fake_send(&self->p, &self->cmd, NULL);
}

/* The calling one is told little, and knows the rest by itself. */
TEST_F_TIMEOUT(why, keys_of_who_is_called, 60)
{
	struct dvk_cmd hello, proof;
	struct sockaddr_in from = { };

	self->p.self = UPPER;
	ASSERT_EQ(0, listen(self->listener, 5));
	ASSERT_EQ(0, attr_write(THIS_NODE, "peers/7/key", KEY));
	ASSERT_EQ(0, attr_write(THIS_NODE, "peers/7/enabled", "1"));
	ASSERT_TRUE(dialled(self, &from));
	ASSERT_EQ(1, fake_read(&self->p, &hello, NULL, SOON));
	answer(self, &hello, -DVK_EPRIVILEGES);
	EXPECT_TRUE(says(self, UPPER, "refuses this node: it has no key for this"));
	fake_leave(&self->p);

	ASSERT_TRUE(dialled(self, &from));
	ASSERT_EQ(1, fake_read(&self->p, &hello, NULL, SOON));
	fake_keyed_hello(&self->p, &self->cmd, "DVS");
	self->cmd.c_cmd = htole32(DVK_CMD_CHALLENGE);
	fake_send(&self->p, &self->cmd, NULL);
	ASSERT_EQ(1, fake_read(&self->p, &proof, NULL, SOON));
	answer(self, &hello, -DVK_EPRIVILEGES);
	EXPECT_TRUE(says(self, UPPER, "refuses this node: it has another key"));
	fake_leave(&self->p);

	ASSERT_TRUE(dialled(self, &from));
	ASSERT_EQ(1, fake_read(&self->p, &hello, NULL, SOON));
	answer(self, &hello, 0);
	EXPECT_TRUE(says(self, UPPER, "it does not prove that it has the key"));
	EXPECT_LT(0, logged("node 7: this node refuses it: it does not prove"));
}

/* Two nodes with one id, where addresses do not tell: they take turns. */
TEST_F(why, id_used_twice)
{
	const unsigned int instances[] = { 11, 22, 22, 33, 22 };
	int before = logged("node 5: there are two nodes with the id 1");
	size_t i;

	for (i = 0; i < ARRAY_SIZE(instances); i++) {
		struct dvk_cmd answer;

		/* One that is made anew does not come back as it was. */
		EXPECT_EQ(before,
			  logged("node 5: there are two nodes with the id 1"));
		self->p.fd = fake_connect("127.0.0.1", HOST, 3000);
		ASSERT_LE(0, self->p.fd);
		fake_hello(&self->p, &self->cmd, "DVS");
		self->cmd.c_hello.h_instance = htole32(instances[i]);
		fake_send(&self->p, &self->cmd, NULL);
		ASSERT_EQ(1, fake_read(&self->p, &answer, NULL, SOON));
		EXPECT_EQ(0, answer.c_rcode);
		EXPECT_NE(0, answer.c_hello.h_instance);
		if (i < ARRAY_SIZE(instances) - 1) {
			fake_leave(&self->p);
			ASSERT_TRUE(peer_state(THIS_NODE, LOWER, "connecting",
					       SOON));
		}
	}
	EXPECT_TRUE(says(self, LOWER, "there are two nodes with this id"));
	EXPECT_EQ(before + 1, logged("node 5: there are two nodes with the id 1"));
}

/* What another node calls a process is one line and no order to a terminal. */
TEST_F(why, name_from_a_peer)
{
	struct dvk_cmd cmd;
	proc_usr_t info;

	ASSERT_EQ(0, attr_write(THIS_NODE, "new_dc", "3"));
	ASSERT_EQ(0, attr_write(THIS_NODE, "dcs/3/add_node", "%d", LOWER));
	fake_join(&self->p, LOWER, VICTIM, "127.0.0.1", HOST, "DVS");
	fake_cmd(&self->p, &cmd, DVK_CMD_PROCBIND);
	cmd.c_dcid = htole32(3);
	cmd.c_src = htole32(30);
	cmd.c_src_inc = htole32(99);
	memcpy(cmd.c_name, "a\nb\033[0m\201 c", 11);
	ASSERT_TRUE(fake_send(&self->p, &cmd, NULL));
	EXPECT_TRUE(wait_until(!dvk_getprocinfo(3, 30, &info) &&
			       info.p_nodeid == LOWER, SOON));
	EXPECT_STREQ("a?b?[0m? c", info.p_name);
}

TEST_HARNESS_MAIN
