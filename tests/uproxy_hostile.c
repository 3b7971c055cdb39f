// SPDX-License-Identifier: GPL-2.0
/*
 * Strangers and liars at the shipped proxies in user space: the connection is
 * closed, the program says why, and the node works on. What a frame asks for is
 * judged by the core (tests/uproxy.c); here it is what the program looks at.
 *
 * Node 5 lives in a namespace of its own; peer 1 is the attacker, peer 2 behaves
 * well throughout.
 */
#include "kselftest_harness.h"

#include <endian.h>
#include <lz4frame.h>
#include <sys/socket.h>

#include "cluster.h"
#include "proxies.h"
#include "util.h"
#include "victim.h"

#define BOTH	(DVK_HELLO_F_BATCH | DVK_HELLO_F_LZ4)

FIXTURE(proxy) {
	struct fake_peer bad, good;
	struct puppet *srv;
	pid_t pid;		/* of the program */
	struct dvk_cmd cmd;
	char payload[DVK_MAXCOPYBUF];
};

FIXTURE_SETUP(proxy)
{
	modules_up();
	node_fresh();
	ASSERT_EQ(VICTIM, dvk_dvs_init(VICTIM, NULL));
	/* The fake peers answer only while a test looks at them. */
	self->pid = proxy_start(THIS_NODE, "--keepalive 60000 --batch --compress "
				"1=" BAD_IP " 2=" GOOD_IP);
	ASSERT_TRUE(wait_until(attr_is(THIS_NODE, "peers/1/enabled", "1") &&
			       attr_is(THIS_NODE, "peers/2/enabled", "1"),
			       SOON));
	self->srv = victim_serves();
	fake_join(&self->good, GOOD, VICTIM, GOOD_IP, HOST, "DVS");
	self->bad.fd = -1;
	self->bad.self = BAD;
	self->bad.node = VICTIM;
}

FIXTURE_TEARDOWN(proxy)
{
	EXPECT_TRUE(victim_works_on(&self->good, self->srv));
	puppets_end();
	fake_leave(&self->good);
	if (self->bad.fd >= 0)
		fake_leave(&self->bad);
	/* Told to end, it does. */
	EXPECT_EQ(0, proxy_stop(self->pid));
	dvk_dvs_end();
}

/* What the program has said since it started. */
static bool has_said(const char *what)
{
	return proxy_said(THIS_NODE, what);
}

/* Sends what is in @cmd, which is the end of the connection. */
static void hung_up(struct __test_metadata *_metadata, SELF_OF(proxy),
		    const char *why)
{
	int before = proxy_said(THIS_NODE, why);

	fake_send(&self->bad, &self->cmd,
		  self->cmd.c_len && le32toh(self->cmd.c_len) <= DVK_MAXCOPYBUF ?
		  self->payload : NULL);
	EXPECT_TRUE(fake_closed(&self->bad, SOON)) TH_LOG("%s", why);
	EXPECT_TRUE(wait_until(proxy_said(THIS_NODE, why) > before, SOON))
		TH_LOG("%s", why);
	EXPECT_TRUE(wait_until(!attr_is(THIS_NODE, "peers/1/state", "up"),
			       SOON));
}

/* A HELLO that is not right is answered with a refusal, or not at all. */
static void refused(struct __test_metadata *_metadata, SELF_OF(proxy),
		    const char *why)
{
	struct dvk_cmd answer;
	int ret;

	fake_send(&self->bad, &self->cmd, NULL);
	ret = fake_read(&self->bad, &answer, NULL, SOON);
	EXPECT_LE(0, ret);
	if (ret == 1)
		EXPECT_GT(0, (int)le32toh(answer.c_rcode));
	EXPECT_TRUE(fake_closed(&self->bad, SOON)) TH_LOG("%s", why);
	EXPECT_TRUE(wait_until(has_said(why), SOON)) TH_LOG("%s", why);
	EXPECT_FALSE(attr_is(THIS_NODE, "peers/1/state", "up"));
}

TEST_F(proxy, wrong_hello)
{
	victim_knock(&self->bad, BAD_IP);
	memset(&self->cmd, 'x', sizeof(self->cmd));
	refused(_metadata, self, "not a HELLO of this protocol");

	victim_knock(&self->bad, BAD_IP);
	fake_hello(&self->bad, &self->cmd, "other");
	refused(_metadata, self, "of another cluster");

	victim_knock(&self->bad, BAD_IP);
	fake_hello(&self->bad, &self->cmd, "DVS");
	self->cmd.c_dnode = htole32(VICTIM + 1);
	refused(_metadata, self, "for another node");

	victim_knock(&self->bad, BAD_IP);
	fake_hello(&self->bad, &self->cmd, "DVS");
	self->cmd.c_snode = htole32(7);
	refused(_metadata, self, "from a node that is not a peer");

	victim_knock(&self->bad, "127.0.0.77");
	fake_hello(&self->bad, &self->cmd, "DVS");
	refused(_metadata, self, "from a wrong address");
	victim_join(&self->bad);
}

/* A connection from its first byte once more, while a later one is up. */
TEST_F(proxy, replayed_hello)
{
	struct fake_peer again = self->bad;
	struct dvk_cmd hello, answer;

	victim_knock(&self->bad, BAD_IP);
	fake_hello(&self->bad, &hello, "DVS");
	fake_send(&self->bad, &hello, NULL);
	ASSERT_EQ(1, fake_read(&self->bad, &answer, NULL, SOON));
	ASSERT_EQ(0, (int)le32toh(answer.c_rcode));
	victim_join(&self->bad);
	again.fd = fake_connect(BAD_IP, HOST, PORT);
	ASSERT_LE(0, again.fd);
	fake_send(&again, &hello, NULL);
	EXPECT_EQ(1, fake_read(&again, &answer, NULL, SOON));
	EXPECT_EQ(-DVK_EEXIST, (int)le32toh(answer.c_rcode));
	EXPECT_TRUE(fake_closed(&again, SOON));
	EXPECT_TRUE(has_said("of an old connection"));
	fake_leave(&again);
	EXPECT_TRUE(attr_is(THIS_NODE, "peers/1/state", "up"));
}

/* What the program needs to find the end of a frame. */
TEST_F(proxy, bad_frames)
{
	victim_join(&self->bad);
	fake_message(&self->bad, &self->cmd, DVK_CMD_SEND_MSG, DC, 40, 77);
	self->cmd.c_magic ^= htole32(1);
	hung_up(_metadata, self, "sends a bad frame");

	victim_join(&self->bad);
	fake_message(&self->bad, &self->cmd, DVK_CMD_SEND_MSG, DC, 40, 77);
	self->cmd.c_len = htole32(DVK_MAXCOPYBUF + 1);
	hung_up(_metadata, self, "sends a bad frame");

	/* And what it leaves to the core: a command that there is not. */
	victim_join(&self->bad);
	fake_cmd(&self->bad, &self->cmd, 4711);
	hung_up(_metadata, self, "a frame is not delivered");
}

/* Frames that get lost: whoever counts must not skip any. */
TEST_F(proxy, missing)
{
	victim_join(&self->bad);
	ASSERT_TRUE(victim_counts(&self->bad, &self->cmd));
	EXPECT_FALSE(has_said("frames are missing"));
	hung_up(_metadata, self, "frames are missing");
	victim_join(&self->bad);
}

/* Half a frame, and no more. */
TEST_F(proxy, truncated)
{
	victim_join(&self->bad);
	fake_cmd(&self->bad, &self->cmd, DVK_CMD_COPYIN_DATA);
	self->cmd.c_len = htole32(50000);
	self->cmd.c_vcopy.v_total = htole32(50000);
	fake_write(&self->bad, &self->cmd, sizeof(self->cmd));
	fake_write(&self->bad, self->payload, 20000);
	fake_leave(&self->bad);
	EXPECT_TRUE(wait_until(!attr_is(THIS_NODE, "peers/1/state", "up"), SOON));
	victim_join(&self->bad);
}

/* --- what is agreed on in HELLO --- */

/* A connection whose HELLO has @features; the answer has those of the program. */
static void join_with(struct __test_metadata *_metadata, SELF_OF(proxy),
		      unsigned int features)
{
	struct dvk_cmd hello, answer;

	victim_knock(&self->bad, BAD_IP);
	fake_hello(&self->bad, &hello, "DVS");
	hello.c_hello.h_features = htole32(features);
	fake_send(&self->bad, &hello, NULL);
	ASSERT_EQ(1, fake_read(&self->bad, &answer, NULL, SOON));
	ASSERT_EQ(0, (int)le32toh(answer.c_rcode));
	EXPECT_EQ(BOTH, le32toh(answer.c_hello.h_features));
	ASSERT_TRUE(wait_until(attr_is(THIS_NODE, "peers/1/state", "up"), SOON));
}

/* A request with @n more of them behind it. */
static struct dvk_cmd *batch(SELF_OF(proxy), int n)
{
	struct dvk_cmd *more = (struct dvk_cmd *)self->payload;
	int i;

	fake_message(&self->bad, &self->cmd, DVK_CMD_SEND_MSG, DC, 40, 77);
	self->cmd.c_flags = htole32(DVK_CMD_F_BATCH);
	self->cmd.c_len = htole32(n * sizeof(*more));
	for (i = 0; i < n; i++)
		fake_message(&self->bad, &more[i], DVK_CMD_SEND_MSG, DC, 40, 77);
	return more;
}

/* Answers to @n requests; *@gathered of them came as the payload of others. */
static int answers(SELF_OF(proxy), int n, int *gathered)
{
	struct dvk_cmd *more = (struct dvk_cmd *)self->payload;
	struct dvk_cmd cmd;
	int found = 0, i;

	*gathered = 0;
	while (found < n &&
	       fake_read(&self->bad, &cmd, self->payload, SOON) == 1) {
		int nr = le32toh(cmd.c_len) / sizeof(*more);

		if (!(cmd.c_flags & htole32(DVK_CMD_F_BATCH)))
			nr = 0;
		*gathered += nr;
		for (i = -1; i < nr; i++) {
			const struct dvk_cmd *c = i < 0 ? &cmd : &more[i];

			found += le32toh(c->c_cmd) ==
				 (DVK_CMD_SEND_MSG | DVK_CMD_ACK);
		}
	}
	return found;
}

TEST_F(proxy, not_agreed_on)
{
	int gathered;

	join_with(_metadata, self, 0);
	batch(self, 1);
	hung_up(_metadata, self, "sends a bad frame");
	join_with(_metadata, self, DVK_HELLO_F_LZ4);
	batch(self, 1);
	hung_up(_metadata, self, "sends a bad frame");
	join_with(_metadata, self, DVK_HELLO_F_BATCH);
	batch(self, 1);
	self->cmd.c_flags = htole32(DVK_CMD_F_LZ4);
	hung_up(_metadata, self, "sends a bad frame");
	/* What nobody knows yet is no matter. */
	join_with(_metadata, self, ~0U);
	batch(self, 1);
	fake_send(&self->bad, &self->cmd, self->payload);
	EXPECT_EQ(2, answers(self, 2, &gathered));
}

TEST_F(proxy, batches)
{
	const int most = DVK_MAXCOPYBUF / sizeof(struct dvk_cmd);
	int gathered;

	join_with(_metadata, self, BOTH);
	batch(self, 0);
	fake_send(&self->bad, &self->cmd, NULL);
	EXPECT_EQ(1, answers(self, 1, &gathered));
	batch(self, most);
	fake_send(&self->bad, &self->cmd, self->payload);
	EXPECT_EQ(most + 1, answers(self, most + 1, &gathered));
	/* They come faster than one by one. */
	EXPECT_LE(1, gathered);

	/* Half a header; one with payload, one with a batch; none. */
	batch(self, 3);
	self->cmd.c_len = htole32(3 * sizeof(self->cmd) - 1);
	hung_up(_metadata, self, "sends a bad frame");
	join_with(_metadata, self, BOTH);
	batch(self, 3)[2].c_len = htole32(1);
	hung_up(_metadata, self, "sends a bad frame");
	join_with(_metadata, self, BOTH);
	batch(self, 3)[0].c_flags = htole32(DVK_CMD_F_BATCH);
	hung_up(_metadata, self, "sends a bad frame");
	join_with(_metadata, self, BOTH);
	batch(self, 3)[1].c_magic ^= htole32(1);
	hung_up(_metadata, self, "sends a bad frame");
	/* And one that is missing. */
	join_with(_metadata, self, BOTH);
	batch(self, 2)[0].c_batch_nr = htole32(2);
	((struct dvk_cmd *)self->payload)[1].c_batch_nr = htole32(4);
	hung_up(_metadata, self, "frames are missing");
}

/* A frame whose payload is @bytes zeros, packed. */
static size_t packed(SELF_OF(proxy), size_t bytes)
{
	static char zeros[64 * 1024 * 1024], out[sizeof(zeros)];
	size_t n = LZ4F_compressFrame(out, sizeof(out), zeros, bytes, NULL);

	if (LZ4F_isError(n))
		die("LZ4");
	memcpy(self->payload, out,
	       n < sizeof(self->payload) ? n : sizeof(self->payload));
	fake_cmd(&self->bad, &self->cmd, DVK_CMD_COPYIN_DATA);
	self->cmd.c_flags = htole32(DVK_CMD_F_LZ4);
	self->cmd.c_len = htole32(n);
	return n;
}

TEST_F(proxy, packed)
{
	size_t n;

	/* More than a frame may have, a little and a lot. */
	join_with(_metadata, self, BOTH);
	packed(self, DVK_MAXCOPYBUF + 1);
	hung_up(_metadata, self, "sends a bad frame");
	join_with(_metadata, self, BOTH);
	n = packed(self, 15 * 1024 * 1024);
	ASSERT_GE(DVK_MAXCOPYBUF, n);
	hung_up(_metadata, self, "sends a bad frame");
	/* Without its end, with something behind it, and nothing at all. */
	join_with(_metadata, self, BOTH);
	n = packed(self, 10000);
	self->cmd.c_len = htole32(n - 1);
	hung_up(_metadata, self, "sends a bad frame");
	join_with(_metadata, self, BOTH);
	n = packed(self, 10000);
	self->cmd.c_len = htole32(n + 1);
	hung_up(_metadata, self, "sends a bad frame");
	join_with(_metadata, self, BOTH);
	packed(self, 10000);
	memset(self->payload, 'x', 100);
	hung_up(_metadata, self, "sends a bad frame");
	join_with(_metadata, self, BOTH);
	packed(self, 10000);
	self->cmd.c_len = 0;
	hung_up(_metadata, self, "sends a bad frame");
	/* What unpacks well is judged by the core, as if it had come so. */
	join_with(_metadata, self, BOTH);
	packed(self, 10000);
	hung_up(_metadata, self, "a frame is not delivered");
}

/* --- strangers --- */

static void knock_and_say(SELF_OF(proxy), const char *what)
{
	victim_knock(&self->bad, "127.0.0.77");
	send(self->bad.fd, what, strlen(what), MSG_NOSIGNAL);
	shutdown(self->bad.fd, SHUT_WR);
	if (!fake_closed(&self->bad, SOON))
		die("a stranger is kept");
}

TEST_F_TIMEOUT(proxy, strangers, 60)
{
	struct dvk_cmd cmd;
	int i;

	knock_and_say(self, "GET / HTTP/1.1\r\n\r\n");
	EXPECT_TRUE(wait_until(has_said("it seems to be an HTTP client"), SOON));
	knock_and_say(self, "");
	EXPECT_TRUE(wait_until(has_said("it says nothing"), SOON));
	/* A header that is no HELLO: so do the original ones begin. */
	victim_knock(&self->bad, BAD_IP);
	fake_message(&self->bad, &cmd, DVK_CMD_SEND_MSG, DC, 40, 77);
	fake_send(&self->bad, &cmd, NULL);
	EXPECT_TRUE(fake_closed(&self->bad, SOON));
	EXPECT_TRUE(wait_until(has_said("of the original kind"), SOON));
	/* Many of them do not fill the log. */
	for (i = 0; i < 40; i++)
		knock_and_say(self, "SSH-2.0-x\r\n");
	EXPECT_LE(20, proxy_said(THIS_NODE, "SSH client"));
	EXPECT_GE(30, proxy_said(THIS_NODE, "SSH client"));
	victim_join(&self->bad);
}

TEST_HARNESS_MAIN
