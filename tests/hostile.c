// SPDX-License-Identifier: GPL-2.0
/*
 * Strangers and liars: what arrives from the network is not trusted. Whatever
 * is sent, the connection is closed and counted, and the node works on.
 *
 * The node under attack, 5, lives in a namespace of its own; peer 1
 * (127.0.0.1) is the attacker, peer 2 (127.0.0.2) behaves well throughout.
 *
 * test-transport: each
 */
#include "kselftest_harness.h"

#include <endian.h>
#include <errno.h>
#include <sys/socket.h>

#include "cluster.h"
#include "util.h"
#include "victim.h"

#define FOREVER	TIMEOUT_FOREVER

FIXTURE(hostile) {
	struct fake_peer bad, good;
	struct puppet *srv;
	struct dvk_cmd cmd;
	char payload[DVK_MAXCOPYBUF];
};

static void add_peer(int id, const char *address)
{
	char name[40];

	if (attr_write(THIS_NODE, "new_peer", "%d", id))
		die("new_peer %d", id);
	snprintf(name, sizeof(name), "peers/%d/transport", id);
	attr_write(THIS_NODE, name, "%s", transport());
	snprintf(name, sizeof(name), "peers/%d/address", id);
	/* Over TIPC a peer has none. */
	if (attr_write(THIS_NODE, name, "%s", address) !=
	    (strcmp(transport(), "tcp") ? -EOPNOTSUPP : 0))
		die("%s", name);
	/* With keys it is peer_auth.c. */
	snprintf(name, sizeof(name), "peers/%d/insecure", id);
	if (attr_write(THIS_NODE, name, "2"))
		die("%s", name);
	snprintf(name, sizeof(name), "peers/%d/enabled", id);
	if (attr_write(THIS_NODE, name, "1"))
		die("%s", name);
}

FIXTURE_SETUP(hostile)
{
	modules_up();
	node_fresh();
	/* The fake peers answer pings only while a test looks at them. */
	ASSERT_EQ(0, attr_write(THIS_NODE, "keepalive_ms", "60000"));
	ASSERT_EQ(VICTIM, dvk_dvs_init(VICTIM, NULL));
	add_peer(BAD, BAD_IP);
	add_peer(GOOD, GOOD_IP);
	/* One that is not there, and one that dials us never. */
	add_peer(3, "127.0.0.3");
	add_peer(9, "127.0.0.9:1");
	ASSERT_EQ(0, attr_write(THIS_NODE, "peers/3/enabled", "0"));
	self->srv = victim_serves();
	fake_join(&self->good, GOOD, VICTIM, GOOD_IP, HOST, "DVS");
	self->bad.fd = -1;
	self->bad.self = BAD;
	self->bad.node = VICTIM;
}

FIXTURE_TEARDOWN(hostile)
{
	EXPECT_TRUE(victim_works_on(&self->good, self->srv));
	puppets_end();
	fake_leave(&self->good);
	if (self->bad.fd >= 0)
		fake_leave(&self->bad);
	dvk_dvs_end();
}

static long refused(void)
{
	return attr_long(THIS_NODE, "refused");
}

static long count_bad(void)
{
	return attr_long(THIS_NODE, "peers/1/bad_frames");
}

TEST_F(hostile, garbage)
{
	long before = refused();
	unsigned int seed;

	for (seed = 1; seed <= 5; seed++) {
		victim_knock(&self->bad, BAD_IP);
		pattern_fill(self->payload, 4096, seed);
		fake_write(&self->bad, self->payload, 4096);
		EXPECT_TRUE(fake_closed(&self->bad, SOON));
	}
	EXPECT_TRUE(wait_until(refused() == before + 5, SOON));
	EXPECT_EQ(0, count_bad());
}

/* Words of another protocol. */
TEST_F(hostile, other_protocol)
{
	static const char http[] = "GET / HTTP/1.1\r\nHost: example.org\r\n"
		"User-Agent: somebody who has the wrong port and talks long "
		"enough to fill a header of ours, which has 160 bytes, before "
		"he stops\r\n\r\n";
	long before = refused();

	ASSERT_LE(sizeof(struct dvk_cmd), sizeof(http));
	victim_knock(&self->bad, BAD_IP);
	fake_write(&self->bad, http, sizeof(http));
	EXPECT_TRUE(fake_closed(&self->bad, SOON));
	EXPECT_TRUE(wait_until(refused() == before + 1, SOON));
}

/* Who says nothing, or half a HELLO, is given up after a while. */
TEST_F(hostile, silence)
{
	struct fake_peer half = self->bad;

	victim_knock(&self->bad, BAD_IP);
	half.fd = fake_connect(BAD_IP, HOST, PORT);
	ASSERT_LE(0, half.fd);
	fake_hello(&half, &self->cmd, "DVS");
	fake_write(&half, &self->cmd, 100);
	EXPECT_TRUE(fake_closed(&self->bad, LATE));
	EXPECT_TRUE(fake_closed(&half, LATE));
	fake_leave(&half);
}

TEST_F(hostile, truncated)
{
	fake_hello(&self->bad, &self->cmd, "DVS");
	victim_knock(&self->bad, BAD_IP);
	fake_write(&self->bad, &self->cmd, 1);
	victim_knock(&self->bad, BAD_IP);
	fake_write(&self->bad, &self->cmd, sizeof(self->cmd) - 1);
	victim_knock(&self->bad, BAD_IP);
	/* In the middle of a payload. */
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

/* A HELLO that is wrong in one thing. */
enum hello_fault {
	MAGIC, VERSION, HDRLEN, CODE, PAYLOAD, OTHER_NODE, CLUSTER, CLUSTER_LONGER,
	UNKNOWN, NEGATIVE, HUGE_ID, DISABLED, HIGHER_ID, OURSELVES,
	NR_HELLO_FAULTS
};

static void spoil_hello(struct dvk_cmd *cmd, enum hello_fault f)
{
	switch (f) {
	case MAGIC:
		cmd->c_magic ^= htole32(1);
		break;
	case VERSION:
		cmd->c_version = htole16(DVK_WIRE_VERSION + 1);
		break;
	case HDRLEN:
		cmd->c_hdrlen = htole16(sizeof(*cmd) + 8);
		break;
	case CODE:
		cmd->c_cmd = htole32(DVK_CMD_SEND_MSG);
		break;
	case PAYLOAD:
		cmd->c_len = htole32(1);
		break;
	case OTHER_NODE:
		cmd->c_dnode = htole32(VICTIM + 1);
		break;
	case CLUSTER:
		strcpy(cmd->c_hello.h_cluster, "DV");
		break;
	case CLUSTER_LONGER:
		memset(cmd->c_hello.h_cluster, 'D', DVK_NAME_LEN);
		break;
	case UNKNOWN:
		cmd->c_snode = htole32(4);
		break;
	case NEGATIVE:
		cmd->c_snode = htole32(-1);
		break;
	case HUGE_ID:
		cmd->c_snode = htole32(0x7fffffff);
		break;
	case DISABLED:
		cmd->c_snode = htole32(3);
		break;
	case HIGHER_ID:
		cmd->c_snode = htole32(9);
		break;
	default:
		cmd->c_snode = htole32(VICTIM);
	}
}

TEST_F(hostile, wrong_hello)
{
	struct dvk_cmd answer;
	int f;

	for (f = 0; f < NR_HELLO_FAULTS; f++) {
		long before = refused();
		int ret;

		victim_knock(&self->bad, BAD_IP);
		fake_hello(&self->bad, &self->cmd, "DVS");
		spoil_hello(&self->cmd, f);
		fake_send(&self->bad, &self->cmd, NULL);
		/* Those who speak the protocol are told so. */
		ret = fake_read(&self->bad, &answer, NULL, SOON);
		if (ret == 1) {
			EXPECT_EQ(DVK_CMD_HELLO | DVK_CMD_ACK,
				  le32toh(answer.c_cmd));
			EXPECT_GT(0, (int)le32toh(answer.c_rcode))
				TH_LOG("fault %d is welcome", f);
		}
		EXPECT_LE(0, ret) TH_LOG("fault %d", f);
		EXPECT_TRUE(fake_closed(&self->bad, SOON)) TH_LOG("fault %d", f);
		EXPECT_TRUE(wait_until(refused() == before + 1, SOON))
			TH_LOG("fault %d is not counted", f);
	}
	EXPECT_TRUE(attr_is(THIS_NODE, "peers/1/state", "connecting"));
}

/* The right words from the wrong place. */
TEST_F(hostile, wrong_address)
{
	long before = refused();

	if (strcmp(transport(), "tcp"))
		SKIP(return, "only TCP has addresses");
	self->bad.fd = fake_connect("127.0.0.77", HOST, PORT);
	ASSERT_LE(0, self->bad.fd);
	fake_hello(&self->bad, &self->cmd, "DVS");
	fake_send(&self->bad, &self->cmd, NULL);
	EXPECT_TRUE(fake_closed(&self->bad, SOON));
	EXPECT_TRUE(wait_until(refused() == before + 1, SOON));

	/* Not even in the name of a peer that is connected. */
	self->bad.self = GOOD;
	victim_knock(&self->bad, BAD_IP);
	fake_hello(&self->bad, &self->cmd, "DVS");
	fake_send(&self->bad, &self->cmd, NULL);
	EXPECT_TRUE(fake_closed(&self->bad, SOON));
	EXPECT_TRUE(wait_until(refused() == before + 2, SOON));
}

/* A peer that connects anew has given up its old connection. */
TEST_F(hostile, second_connection)
{
	struct fake_peer first;

	victim_join(&self->bad);
	first = self->bad;
	self->bad.fd = -1;
	victim_join(&self->bad);
	EXPECT_TRUE(fake_closed(&first, SOON));
	fake_leave(&first);
	fake_message(&self->bad, &self->cmd, DVK_CMD_SEND_MSG, DC, 40, 77);
	fake_send(&self->bad, &self->cmd, NULL);
	EXPECT_EQ(-DVK_EDSTDIED,
		  fake_result(&self->bad, DVK_CMD_SEND_MSG | DVK_CMD_ACK,
			      self->bad.seq, SOON));
	EXPECT_EQ(1, attr_long(THIS_NODE, "peers/1/reconnects"));
}

/*
 * Frames that get lost on their way, which TIPC may do in one kernel. Whoever
 * counts must not skip any; who does not is believed.
 */
TEST_F(hostile, missing)
{
	long before = count_bad();

	victim_join(&self->bad);
	ASSERT_TRUE(victim_counts(&self->bad, &self->cmd));
	EXPECT_EQ(before, count_bad());
	fake_send(&self->bad, &self->cmd, NULL);
	EXPECT_TRUE(fake_closed(&self->bad, SOON));
	EXPECT_EQ(before + 1, count_bad());
}

/* All that a peer has ever said, to be said again by somebody. */
static size_t record(SELF_OF(hostile), size_t at, const struct dvk_cmd *cmd)
{
	memcpy(self->payload + at, cmd, sizeof(*cmd));
	return at + sizeof(*cmd);
}

static void replay(struct __test_metadata *_metadata, SELF_OF(hostile),
		   size_t len, uint64_t highest)
{
	long before = refused();
	struct fake_peer p = self->bad;

	p.fd = fake_connect(BAD_IP, HOST, PORT);
	ASSERT_LE(0, p.fd);
	fake_write(&p, self->payload, len);
	ASSERT_EQ(1, fake_read(&p, &self->cmd, NULL, SOON));
	EXPECT_EQ(DVK_CMD_HELLO | DVK_CMD_ACK, le32toh(self->cmd.c_cmd));
	EXPECT_EQ(-DVK_EEXIST, (int)le32toh(self->cmd.c_rcode));
	EXPECT_EQ(highest, le64toh(self->cmd.c_hello.h_session));
	EXPECT_TRUE(fake_closed(&p, SOON));
	EXPECT_EQ(before + 1, refused());
	fake_leave(&p);
}

/* Nothing of an old connection is taken again on a new one. */
TEST_F(hostile, replayed)
{
	struct dvk_cmd hello, rqst;
	size_t len;

	/* Before, during and after a later connection. */
	victim_knock(&self->bad, BAD_IP);
	fake_hello(&self->bad, &hello, "DVS");
	len = record(self, 0, &hello);
	ASSERT_TRUE(fake_send(&self->bad, &hello, NULL));
	ASSERT_EQ(1, fake_read(&self->bad, &self->cmd, NULL, SOON));
	ASSERT_EQ(0, (int)le32toh(self->cmd.c_rcode));
	fake_message(&self->bad, &rqst, DVK_CMD_SEND_MSG, DC, 40, SRV);
	len = record(self, len, &rqst);
	begin(self->srv, OP_RECEIVE, ANY, FOREVER);
	ASSERT_TRUE(fake_send(&self->bad, &rqst, NULL));
	EXPECT_EQ(0, end(self->srv));
	EXPECT_EQ(0, fake_result(&self->bad, DVK_CMD_SEND_MSG | DVK_CMD_ACK,
				 self->bad.seq, SOON));
	replay(_metadata, self, len, self->bad.session);
	/* What is up stays up. */
	EXPECT_TRUE(attr_is(THIS_NODE, "peers/1/state", "up"));
	EXPECT_EQ(0, attr_long(THIS_NODE, "peers/1/reconnects"));
	fake_leave(&self->bad);
	EXPECT_TRUE(wait_until(!attr_is(THIS_NODE, "peers/1/state", "up"), SOON));
	replay(_metadata, self, len, self->bad.session);
	EXPECT_FALSE(attr_is(THIS_NODE, "peers/1/state", "up"));
	victim_join(&self->bad);
	replay(_metadata, self, len, self->bad.session);

	/* Nor is it by switching the peer off and on. */
	ASSERT_EQ(0, attr_write(THIS_NODE, "peers/1/enabled", "0"));
	ASSERT_EQ(0, attr_write(THIS_NODE, "peers/1/enabled", "1"));
	replay(_metadata, self, len, self->bad.session);
	EXPECT_EQ(EDVSAGAIN, act(self->srv, OP_RECEIVE, ANY, 0));

	/* Whose clock was set back goes on above the number that he is told. */
	victim_knock(&self->bad, BAD_IP);
	hello.c_hello.h_session = htole64(self->bad.session + 1);
	ASSERT_TRUE(fake_send(&self->bad, &hello, NULL));
	ASSERT_EQ(1, fake_read(&self->bad, &self->cmd, NULL, SOON));
	EXPECT_EQ(0, (int)le32toh(self->cmd.c_rcode));
}

/* The node dials peer 9: one connection to what listens there. */
static void answer_dial(struct __test_metadata *_metadata, struct fake_peer *p,
			int listening, struct dvk_cmd *hello)
{
	p->fd = fake_accept(listening, LATE);
	ASSERT_LE(0, p->fd);
	ASSERT_EQ(1, fake_read(p, hello, NULL, SOON));
	ASSERT_EQ(DVK_CMD_HELLO, le32toh(hello->c_cmd));
}

static void say_hello(struct fake_peer *p, const struct dvk_cmd *hello,
		      struct dvk_cmd *cmd)
{
	fake_hello(p, cmd, "DVS");
	cmd->c_cmd = htole32(DVK_CMD_HELLO | DVK_CMD_ACK);
	cmd->c_timestamp_sec = hello->c_timestamp_sec;
	cmd->c_timestamp_nsec = hello->c_timestamp_nsec;
	fake_send(p, cmd, NULL);
}

static bool nine_is_up(void)
{
	return attr_is(THIS_NODE, "peers/9/state", "up");
}

/* Whoever answers where a peer should be, with what it once answered. */
TEST_F(hostile, answer_replayed)
{
	struct fake_peer p = { .self = 9, .node = VICTIM };
	struct dvk_cmd hello, old;
	int listening = fake_listen(9, "127.0.0.9", 1);
	uint64_t session;

	ASSERT_LE(0, listening);
	answer_dial(_metadata, &p, listening, &hello);
	say_hello(&p, &hello, &old);
	EXPECT_TRUE(wait_until(nine_is_up(), SOON));
	fake_leave(&p);
	EXPECT_TRUE(wait_until(!nine_is_up(), SOON));

	answer_dial(_metadata, &p, listening, &hello);
	fake_send(&p, &old, NULL);
	EXPECT_TRUE(fake_closed(&p, SOON));
	EXPECT_FALSE(nine_is_up());
	fake_leave(&p);

	/* Told that its number is old, the node takes a higher one. */
	answer_dial(_metadata, &p, listening, &hello);
	session = le64toh(hello.c_hello.h_session) + 1000000000000;
	fake_hello(&p, &self->cmd, "DVS");
	self->cmd.c_cmd = htole32(DVK_CMD_HELLO | DVK_CMD_ACK);
	self->cmd.c_rcode = htole32(-DVK_EEXIST);
	self->cmd.c_hello.h_session = htole64(session);
	fake_send(&p, &self->cmd, NULL);
	EXPECT_TRUE(fake_closed(&p, SOON));
	fake_leave(&p);
	answer_dial(_metadata, &p, listening, &hello);
	EXPECT_EQ(session + 1, le64toh(hello.c_hello.h_session));
	/* But not a lower one. */
	self->cmd.c_hello.h_session = htole64(session - 1000000);
	fake_send(&p, &self->cmd, NULL);
	EXPECT_TRUE(fake_closed(&p, SOON));
	fake_leave(&p);
	answer_dial(_metadata, &p, listening, &hello);
	EXPECT_EQ(session + 2, le64toh(hello.c_hello.h_session));
	say_hello(&p, &hello, &old);
	EXPECT_TRUE(wait_until(nine_is_up(), SOON));
	fake_leave(&p);
	close(listening);
}

/* The HELLO arrives byte by byte, and so does a request. */
TEST_F(hostile, slowly)
{
	const char *p = (const char *)&self->cmd;
	size_t i;

	victim_knock(&self->bad, BAD_IP);
	fake_hello(&self->bad, &self->cmd, "DVS");
	for (i = 0; i < sizeof(self->cmd); i++)
		ASSERT_TRUE(fake_write(&self->bad, p + i, 1));
	ASSERT_EQ(1, fake_read(&self->bad, &self->cmd, NULL, SOON));
	EXPECT_EQ(0, self->cmd.c_rcode);
	fake_message(&self->bad, &self->cmd, DVK_CMD_SEND_MSG, DC, 40, SRV);
	begin(self->srv, OP_RECEIVE, ANY, FOREVER);
	for (i = 0; i < sizeof(self->cmd); i++)
		ASSERT_TRUE(fake_write(&self->bad, p + i, 1));
	EXPECT_EQ(0, end(self->srv));
	EXPECT_EQ(40, heard(self->srv)->m_source);
	EXPECT_EQ(0, fake_result(&self->bad, DVK_CMD_SEND_MSG | DVK_CMD_ACK,
				 self->bad.seq, SOON));
}

/* A message with no bytes in it, where the transport has such a thing. */
static void say_nothing(SELF_OF(hostile))
{
	send(self->bad.fd, "", 0, MSG_NOSIGNAL);
}

/* HELLO and a request arrive in one piece, the next one with holes in it. */
TEST_F(hostile, together)
{
	struct dvk_cmd *both = (struct dvk_cmd *)self->payload;
	const char *p = (const char *)&self->cmd;

	victim_knock(&self->bad, BAD_IP);
	say_nothing(self);
	fake_hello(&self->bad, &both[0], "DVS");
	fake_message(&self->bad, &both[1], DVK_CMD_SEND_MSG, DC, 40, SRV);
	begin(self->srv, OP_RECEIVE, ANY, FOREVER);
	ASSERT_TRUE(fake_write(&self->bad, both, 2 * sizeof(*both)));
	say_nothing(self);
	EXPECT_EQ(0, fake_result(&self->bad, DVK_CMD_SEND_MSG | DVK_CMD_ACK,
				 self->bad.seq, SOON));
	EXPECT_EQ(0, end(self->srv));
	EXPECT_EQ(40, heard(self->srv)->m_source);

	begin(self->srv, OP_RECEIVE, ANY, FOREVER);
	fake_message(&self->bad, &self->cmd, DVK_CMD_SEND_MSG, DC, 40, SRV);
	ASSERT_TRUE(fake_write(&self->bad, p, 100));
	say_nothing(self);
	say_nothing(self);
	ASSERT_TRUE(fake_write(&self->bad, p + 100, sizeof(self->cmd) - 100));
	EXPECT_EQ(0, fake_result(&self->bad, DVK_CMD_SEND_MSG | DVK_CMD_ACK,
				 self->bad.seq, SOON));
	EXPECT_EQ(0, end(self->srv));
	EXPECT_EQ(0, count_bad());
}

/* A frame that is in order, to be spoilt. */
static void make_frame(SELF_OF(hostile), uint32_t code)
{
	fake_message(&self->bad, &self->cmd, code, DC, 40, SRV);
}

static void make_copy(SELF_OF(hostile), uint32_t code, uint32_t len,
		      uint32_t bytes, uint32_t offset)
{
	make_frame(self, code);
	memset(&self->cmd.c_vcopy, 0, sizeof(self->cmd.c_vcopy));
	self->cmd.c_len = htole32(len);
	self->cmd.c_vcopy.v_src = htole32(40);
	self->cmd.c_vcopy.v_dst = htole32(SRV);
	self->cmd.c_vcopy.v_total = htole32(bytes);
	self->cmd.c_vcopy.v_offset = htole32(offset);
}

/* Sends what is in self->cmd; the connection must not survive it. */
static void send_bad(struct __test_metadata *_metadata,
		     SELF_OF(hostile), size_t nr)
{
	long before = count_bad();

	fake_send(&self->bad, &self->cmd, NULL);
	EXPECT_TRUE(fake_closed(&self->bad, SOON)) TH_LOG("frame %zu", nr);
	EXPECT_EQ(before + 1, count_bad()) TH_LOG("frame %zu", nr);
}

#define FIELD(field, value) \
	{ offsetof(struct dvk_cmd, field), sizeof(((struct dvk_cmd *)0)->field), \
	  value }

/* One field of a good SEND_MSG is wrong. */
static const struct {
	size_t at, size;
	uint32_t value;
} bad_field[] = {
	FIELD(c_magic, 0),
	FIELD(c_magic, DVK_WIRE_MAGIC + 1),
	FIELD(c_version, 0),
	FIELD(c_version, DVK_WIRE_VERSION + 1),
	FIELD(c_hdrlen, 0),
	FIELD(c_hdrlen, 0xffff),
	FIELD(c_cmd, DVK_CMD_NONE),
	FIELD(c_cmd, DVK_CMD_NR),
	FIELD(c_cmd, 0xffffffff),
	FIELD(c_cmd, DVK_CMD_SEND_MSG | 0x8000),
	FIELD(c_snode, GOOD),
	FIELD(c_snode, -1),
	FIELD(c_dnode, VICTIM + 1),
	FIELD(c_dcid, DVK_MAX_DCS),
	FIELD(c_dcid, -1),
	FIELD(c_len, 1),
	FIELD(c_len, 0x7fffffff),
	FIELD(c_len, 0xffffffff),
	FIELD(c_flags, 0x80000000),
	FIELD(c_ctl, 0x80000000),
	FIELD(c_rcode, 1),
	FIELD(c_rcode, -1),
};

TEST_F_TIMEOUT(hostile, bad_frames, 60)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bad_field); i++) {
		uint32_t value = htole32(bad_field[i].value);

		victim_join(&self->bad);
		make_frame(self, DVK_CMD_SEND_MSG);
		memcpy((char *)&self->cmd + bad_field[i].at, &value,
		       bad_field[i].size);
		send_bad(_metadata, self, i);
	}
	/* Results that no call returns. */
	for (i = 0; i < 2; i++) {
		victim_join(&self->bad);
		make_frame(self, DVK_CMD_SEND_MSG | DVK_CMD_ACK);
		self->cmd.c_rcode = htole32(i ? 1 : -100000);
		send_bad(_metadata, self, 100 + i);
	}
}

TEST_F_TIMEOUT(hostile, bad_copies, 60)
{
	static const struct {
		uint32_t code, len, bytes, offset;
	} bad[] = {
		{ DVK_CMD_COPYIN_DATA, DVK_MAXCOPYBUF + 1, DVK_MAXCOPYLEN, 0 },
		{ DVK_CMD_COPYIN_DATA, 100, 99, 0 },
		{ DVK_CMD_COPYIN_DATA, 100, 200, 101 },
		{ DVK_CMD_COPYIN_DATA, 100, 200, 0xffffffff },
		{ DVK_CMD_COPYIN_DATA, 100, DVK_MAXCOPYLEN + 1, 0 },
		{ DVK_CMD_COPYOUT_RQST, 0, DVK_MAXCOPYLEN + 1, 0 },
		{ DVK_CMD_COPYOUT_RQST, 0, 0xffffffff, 0 },
		{ DVK_CMD_COPYOUT_RQST, 10, 100, 0 },
		{ DVK_CMD_COPYOUT_DATA, 65536, 65535, 0 },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		victim_join(&self->bad);
		make_copy(self, bad[i].code, bad[i].len, bad[i].bytes,
			  bad[i].offset);
		send_bad(_metadata, self, i);
	}
}

/* A connection that is refused for its frames can be made again. */
TEST_F(hostile, again_and_again)
{
	int i;

	for (i = 0; i < 30; i++) {
		victim_join(&self->bad);
		make_frame(self, DVK_CMD_SEND_MSG);
		self->cmd.c_magic = 0;
		fake_send(&self->bad, &self->cmd, NULL);
		ASSERT_TRUE(fake_closed(&self->bad, SOON));
	}
	EXPECT_EQ(30, count_bad());
}

/* Requests that are refused are answered with the reason. */
TEST_F(hostile, refused_requests)
{
	static const struct {
		uint32_t code;
		int dcid, src, dst;
		uint32_t dst_inc;
		int want;
	} rqst[] = {
		{ DVK_CMD_SEND_MSG, DC, 40, 77, 0, -DVK_EDSTDIED },
		{ DVK_CMD_SNDREC_MSG, DC, 40, 77, 0, -DVK_EDEADSRCDST },
		{ DVK_CMD_SEND_MSG, DC, 40, SRV, 0x7fffffff, -DVK_EENDPOINT },
		{ DVK_CMD_SNDREC_MSG, DC, 40, SRV, 0x7fffffff, -DVK_EENDPOINT },
		{ DVK_CMD_SEND_MSG, DC, 40, SRV + DVK_EP_STRIDE, 0,
		  -DVK_EENDPOINT },
		{ DVK_CMD_SEND_MSG, DC, 40, DVK_NR_PROCS, 0, -DVK_ERANGE },
		{ DVK_CMD_SEND_MSG, DC, 40, 0x7fffffff, 0, 0 },
		{ DVK_CMD_SEND_MSG, DC, 40, -0x7fffffff - 1, 0, 0 },
		{ DVK_CMD_SEND_MSG, DC, DVK_NR_PROCS, SRV, 0, -DVK_ERANGE },
		{ DVK_CMD_SEND_MSG, DC, 0x7fffffff, SRV, 0, 0 },
		{ DVK_CMD_SEND_MSG, DC, -0x7fffffff - 1, SRV, 0, 0 },
		{ DVK_CMD_SEND_MSG, DC, SRV, SRV, 0, -DVK_ESLOTUSED },
		{ DVK_CMD_SEND_MSG, 7, 40, SRV, 0, -DVK_EDCNOTRUN },
		{ DVK_CMD_SEND_MSG, DVK_NR_DCS, 40, SRV, 0, -DVK_EBADDCID },
		{ DVK_CMD_SEND_MSG, DVK_MAX_DCS - 1, 40, SRV, 0, -DVK_EBADDCID },
	};
	size_t i;

	victim_join(&self->bad);
	for (i = 0; i < ARRAY_SIZE(rqst); i++) {
		uint32_t code = rqst[i].code | DVK_CMD_ACK;
		int ret;

		fake_message(&self->bad, &self->cmd, rqst[i].code,
			     rqst[i].dcid, rqst[i].src, rqst[i].dst);
		self->cmd.c_dst_inc = htole32(rqst[i].dst_inc);
		ASSERT_TRUE(fake_send(&self->bad, &self->cmd, NULL));
		ret = fake_result(&self->bad, code, self->bad.seq, SOON);
		if (rqst[i].want)
			EXPECT_EQ(rqst[i].want, ret) TH_LOG("request %zu", i);
		EXPECT_GT(0, ret) TH_LOG("request %zu", i);
		ASSERT_NE(FAKE_NO_ANSWER, ret) TH_LOG("request %zu", i);
	}
	/* NOWAIT is answered as well. */
	fake_message(&self->bad, &self->cmd, DVK_CMD_SEND_MSG, DC, 40, SRV);
	self->cmd.c_ctl = htole32(DVK_CMD_C_NOWAIT);
	fake_send(&self->bad, &self->cmd, NULL);
	EXPECT_EQ(-DVK_EAGAIN,
		  fake_result(&self->bad, DVK_CMD_SEND_MSG | DVK_CMD_ACK,
			      self->bad.seq, SOON));
	EXPECT_EQ(0, count_bad());
}

/*
 * An acknowledgement is for the process that has sent, not for its successor,
 * whose first request has the same number.
 */
TEST_F(hostile, acknowledged_by_name)
{
	int queued;

	victim_join(&self->bad);
	for (queued = 0; queued < 2; queued++) {
		if (!queued) {
			begin(self->srv, OP_RECEIVE, ANY, SOON);
			ASSERT_TRUE(puppet_sleeps(self->srv));
		}
		fake_message(&self->bad, &self->cmd, DVK_CMD_SEND_MSG, DC, 40,
			     SRV);
		self->cmd.c_src_inc = htole32(77 + queued);
		ASSERT_TRUE(fake_send(&self->bad, &self->cmd, NULL));
		EXPECT_EQ(0, queued ? act(self->srv, OP_RECEIVE, ANY, SOON) :
				      end(self->srv));
		ASSERT_EQ(1, fake_expect(&self->bad,
					 DVK_CMD_SEND_MSG | DVK_CMD_ACK,
					 &self->cmd, NULL, SOON));
		EXPECT_EQ(self->bad.seq, le32toh(self->cmd.c_id));
		EXPECT_EQ(77 + queued, le32toh(self->cmd.c_dst_inc));
	}
}

/* Copies: of memory that is not theirs, of addresses that are none. */
TEST_F(hostile, copies)
{
	char *m = puppet_map(self->srv, 65536);
	struct puppet *t = puppet_thread(self->srv), *other;

	puppet_fill(self->srv, m, 65536, 1);
	other = puppet_bound(THIS_NODE, DC, SRV + 1);
	(void)other;
	victim_join(&self->bad);

	/* It does not wait for anything. */
	make_copy(self, DVK_CMD_COPYOUT_RQST, 0, 100, 0);
	self->cmd.c_vcopy.v_src = htole32(SRV);
	self->cmd.c_vcopy.v_dst = htole32(40);
	self->cmd.c_vcopy.v_saddr = htole64((unsigned long)m);
	fake_send(&self->bad, &self->cmd, NULL);
	EXPECT_EQ(-DVK_EPROCSTS,
		  fake_result(&self->bad, DVK_CMD_COPYOUT_DATA, self->bad.seq,
			      SOON));

	/* It waits, but not for an answer of theirs. */
	begin(self->srv, OP_RECEIVE, SRV + 1, FOREVER);
	ASSERT_TRUE(puppet_sleeps(self->srv));
	self->cmd.c_id = htole32(++self->bad.seq);
	fake_send(&self->bad, &self->cmd, NULL);
	EXPECT_EQ(-DVK_EPRIVILEGES,
		  fake_result(&self->bad, DVK_CMD_COPYOUT_DATA, self->bad.seq,
			      SOON));
	make_copy(self, DVK_CMD_COPYIN_DATA, 4096, 8192, 0);
	self->cmd.c_vcopy.v_id = self->cmd.c_id;
	self->cmd.c_vcopy.v_daddr = htole64((unsigned long)m);
	fake_send(&self->bad, &self->cmd, self->payload);
	EXPECT_EQ(-DVK_EPRIVILEGES,
		  fake_result(&self->bad, DVK_CMD_COPYIN_DATA | DVK_CMD_ACK,
			      self->bad.seq, SOON));
	/* What follows of it is read past, and the line stays usable. */
	self->cmd.c_vcopy.v_offset = htole32(4096);
	self->cmd.c_ctl = htole32(DVK_CMD_C_LAST);
	fake_send(&self->bad, &self->cmd, self->payload);
	EXPECT_EQ(-1, puppet_check(t, m, 65536, 1));
	fake_message(&self->bad, &self->cmd, DVK_CMD_SEND_MSG, DC, 40, 77);
	fake_send(&self->bad, &self->cmd, NULL);
	EXPECT_EQ(-DVK_EDSTDIED,
		  fake_result(&self->bad, DVK_CMD_SEND_MSG | DVK_CMD_ACK,
			      self->bad.seq, SOON));
	EXPECT_EQ(0, count_bad());
	/* Lets the server go for the check at the end. */
	ASSERT_EQ(0, act(other, OP_SEND, SRV, FOREVER));
	EXPECT_EQ(0, end(self->srv));
}

/* The local client asks the attacker, which serves it and cheats. */
static void ask_attacker(struct __test_metadata *_metadata,
			 SELF_OF(hostile), struct puppet *p)
{
	victim_join(&self->bad);
	ASSERT_EQ(60, dvk_rmtbind(DC, "cheat", 60, BAD));
	say(p, 1, 1);
	begin(p, OP_SENDREC, 60, FOREVER);
	ASSERT_EQ(1, fake_expect(&self->bad, DVK_CMD_SNDREC_MSG, &self->cmd,
				 NULL, SOON));
	EXPECT_EQ(100, (int)le32toh(self->cmd.c_src));
	EXPECT_EQ(60, (int)le32toh(self->cmd.c_dst));
}

static void answer(SELF_OF(hostile), const struct dvk_cmd *rqst,
		   uint32_t code, int seq_off, int value)
{
	fake_cmd(&self->bad, &self->cmd, code);
	self->cmd.c_dcid = rqst->c_dcid;
	self->cmd.c_src = rqst->c_dst;
	self->cmd.c_dst = rqst->c_src;
	self->cmd.c_dst_inc = rqst->c_src_inc;
	self->cmd.c_src_inc = htole32(1);
	self->cmd.c_id = htole32(le32toh(rqst->c_id) + seq_off);
	self->cmd.c_msg.m1.i1 = htole32(value);
	fake_send(&self->bad, &self->cmd, NULL);
}

TEST_F(hostile, false_answers)
{
	struct puppet *p = puppet_bound(THIS_NODE, DC, 100);
	struct dvk_cmd rqst;

	ask_attacker(_metadata, self, p);
	rqst = self->cmd;
	/* To other requests, to other processes, of another life. */
	answer(self, &rqst, DVK_CMD_REPLY_MSG, 1, 666);
	answer(self, &rqst, DVK_CMD_REPLY_MSG, -1, 666);
	rqst.c_src_inc = htole32(le32toh(rqst.c_src_inc) + 1);
	answer(self, &rqst, DVK_CMD_REPLY_MSG, 0, 666);
	rqst.c_src_inc = htole32(le32toh(rqst.c_src_inc) - 1);
	rqst.c_src = htole32(SRV);
	answer(self, &rqst, DVK_CMD_REPLY_MSG, 0, 666);
	rqst.c_src = htole32(0x7fffffff);
	answer(self, &rqst, DVK_CMD_REPLY_MSG, 0, 666);
	rqst.c_src = htole32(100);
	rqst.c_dcid = htole32(9);
	answer(self, &rqst, DVK_CMD_REPLY_MSG, 0, 666);
	rqst.c_dcid = htole32(DC);
	/* An acknowledgement without a message is no answer. */
	answer(self, &rqst, DVK_CMD_SNDREC_MSG | DVK_CMD_ACK, 0, 666);
	nap_ms(50);
	EXPECT_FALSE(ended(p));
	answer(self, &rqst, DVK_CMD_REPLY_MSG, 0, 42);
	EXPECT_EQ(0, end(p));
	EXPECT_EQ(42, heard(p)->m1_i1);
	EXPECT_EQ(60, heard(p)->m_source);
	/* Twice is once too often, and goes nowhere. */
	answer(self, &rqst, DVK_CMD_REPLY_MSG, 0, 666);
	EXPECT_EQ(EDVSAGAIN, act(p, OP_RECEIVE, ANY, 0));
	EXPECT_EQ(0, count_bad());
}

static void coming(SELF_OF(hostile), int ep, int node)
{
	fake_message(&self->bad, &self->cmd, DVK_CMD_MIGRATE, DC, ep, ep);
	self->cmd.c_msg.m1.i1 = htole32(DVK_MIGR_COMING);
	self->cmd.c_msg.m1.i2 = htole32(node);
	fake_send(&self->bad, &self->cmd, NULL);
}

/* What is kept for an endpoint on its way is from one that there can be. */
TEST_F(hostile, notifications_kept)
{
	static const int src[] = {
		0x7fffffff, -0x7fffffff - 1, DVK_NR_PROCS, 40,
	};
	const uint32_t ack = DVK_CMD_MIGRATE | DVK_CMD_ACK;
	size_t i;

	victim_join(&self->bad);
	coming(self, 60, VICTIM);
	ASSERT_EQ(1, fake_expect(&self->bad, ack, &self->cmd, NULL, SOON));
	for (i = 0; i < ARRAY_SIZE(src); i++) {
		fake_message(&self->bad, &self->cmd, DVK_CMD_NTFY_MSG, DC,
			     src[i], 60);
		self->cmd.c_src_inc = 0;
		self->cmd.c_msg.m9.i1 = htole32(1);
		ASSERT_TRUE(fake_send(&self->bad, &self->cmd, NULL));
	}
	/* It does not come after all, and they go back. */
	coming(self, 60, -1);
	ASSERT_EQ(1, fake_expect(&self->bad, DVK_CMD_NTFY_MSG, &self->cmd, NULL,
				 SOON));
	EXPECT_EQ(40, (int)le32toh(self->cmd.c_src));
	/* One, that is: next comes the end of it. */
	ASSERT_EQ(1, fake_expect(&self->bad, ack, &self->cmd, NULL, SOON));
	EXPECT_EQ(0, count_bad());
}

/* An answer in the name of somebody else than who was asked. */
TEST_F(hostile, answer_of_another)
{
	struct puppet *p = puppet_bound(THIS_NODE, DC, 100);
	struct dvk_cmd rqst;

	ask_attacker(_metadata, self, p);
	rqst = self->cmd;
	/* The good peer has not been asked, whatever number it gives. */
	fake_cmd(&self->good, &self->cmd, DVK_CMD_REPLY_MSG);
	self->cmd.c_dcid = rqst.c_dcid;
	self->cmd.c_src = rqst.c_dst;
	self->cmd.c_dst = rqst.c_src;
	self->cmd.c_id = rqst.c_id;
	fake_send(&self->good, &self->cmd, NULL);
	nap_ms(50);
	EXPECT_FALSE(ended(p));
	answer(self, &rqst, DVK_CMD_REPLY_MSG, 0, 42);
	EXPECT_EQ(0, end(p));
}

/* It is asked for memory and sends too much, too little, something else. */
TEST_F(hostile, copy_answers)
{
	struct puppet *p = puppet_bound(THIS_NODE, DC, 100);
	char *m = puppet_map(p, 65536);
	static const struct {
		uint32_t len, bytes, offset, flags;
		bool closes;
		int result;
	} data[] = {
		/* behind the end, before the beginning, of another size */
		{ 2000, 10000, 1000, 0, true, -DVK_ENOTCONN },
		{ 2000, 20000, 0, 0, true, -DVK_ENOTCONN },
		{ 2000, 2000, 0, DVK_CMD_C_LAST, true, -DVK_ENOTCONN },
		/* an end that comes too early */
		{ 2000, 10000, 0, DVK_CMD_C_LAST, false, -DVK_EFAULT },
		/* as it should be */
		{ 10000, 10000, 0, DVK_CMD_C_LAST, false, 0 },
	};
	struct dvk_cmd rqst;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(data); i++) {
		victim_join(&self->bad);
		ASSERT_EQ(60, dvk_rmtbind(DC, "cheat", 60, BAD));
		puppet_fill(p, m, 65536, 1);
		begin_call(p, OP_VCOPY, 60, 4096, SELF, (long)m, 10000);
		ASSERT_EQ(1, fake_expect(&self->bad, DVK_CMD_COPYOUT_RQST,
					 &rqst, NULL, SOON));
		fake_cmd(&self->bad, &self->cmd, DVK_CMD_COPYOUT_DATA);
		self->cmd.c_dcid = rqst.c_dcid;
		self->cmd.c_src = rqst.c_dst;
		self->cmd.c_dst = rqst.c_src;
		self->cmd.c_dst_inc = rqst.c_src_inc;
		self->cmd.c_id = rqst.c_id;
		self->cmd.c_vcopy = rqst.c_vcopy;
		/* Addresses of the other side mean nothing here. */
		self->cmd.c_vcopy.v_daddr = htole64(0xdead0000);
		self->cmd.c_len = htole32(data[i].len);
		self->cmd.c_ctl = htole32(data[i].flags);
		self->cmd.c_vcopy.v_total = htole32(data[i].bytes);
		self->cmd.c_vcopy.v_offset = htole32(data[i].offset);
		pattern_fill(self->payload, data[i].len, 2);
		fake_send(&self->bad, &self->cmd, self->payload);
		EXPECT_EQ(data[i].result, end(p)) TH_LOG("answer %zu", i);
		if (data[i].closes)
			EXPECT_TRUE(fake_closed(&self->bad, SOON))
				TH_LOG("answer %zu", i);
		/* Nothing behind the range has been touched. */
		puppet_fill(p, m, 10000, 1);
		EXPECT_EQ(-1, puppet_check(p, m, 65536, 1));
	}
}

/* An orderly farewell. */
TEST_F(hostile, shutdown)
{
	struct puppet *p = puppet_bound(THIS_NODE, DC, 100);

	ask_attacker(_metadata, self, p);
	fake_cmd(&self->bad, &self->cmd, DVK_CMD_SHUTDOWN);
	fake_send(&self->bad, &self->cmd, NULL);
	EXPECT_EQ(EDVSNOTCONN, end(p));
	EXPECT_TRUE(fake_closed(&self->bad, SOON));
	EXPECT_EQ(0, count_bad());
}

/* Who connects and keeps silent does not lock peers out. */
TEST_F(hostile, many_silent)
{
	int fd[300], i;

	for (i = 0; i < 300; i++)
		fd[i] = fake_connect("127.0.0.77", HOST, PORT);
	victim_join(&self->bad);
	fake_leave(&self->good);
	fake_join(&self->good, GOOD, VICTIM, GOOD_IP, HOST, "DVS");
	EXPECT_TRUE(victim_works_on(&self->good, self->srv));
	for (i = 0; i < 300; i++)
		close(fd[i]);
}

/* Frames in which every field is a die. */
TEST_F_TIMEOUT(hostile, dice, 60)
{
	unsigned int rnd = 1;
	int i, k, joins = 0;

	for (i = 0; i < 3000; i++) {
		uint8_t *b = (uint8_t *)&self->cmd;

		if (!joins || self->bad.fd < 0) {
			victim_join(&self->bad);
			joins++;
		}
		rnd = rnd * 1103515245 + 12345;
		fake_message(&self->bad, &self->cmd,
			     (rnd >> 8) % (DVK_CMD_NR + 1) |
			     (rnd >> 16 & 1 ? DVK_CMD_ACK : 0),
			     DC, 40 + (rnd >> 20) % 4, SRV);
		/*
		 * A peer may freeze an endpoint that is to migrate. To begin
		 * with, this one asks for the other steps only.
		 */
		self->cmd.c_msg.m1.i1 = 1 + (rnd >> 12) % 4;
		/* The first fields decide whether it is a frame at all. */
		for (k = 0; k < 3; k++) {
			rnd = rnd * 1103515245 + 12345;
			b[16 + (rnd >> 8) % (sizeof(self->cmd) - 16)] = rnd >> 24;
		}
		if (le32toh(self->cmd.c_len) > DVK_MAXCOPYBUF)
			self->cmd.c_len = htole32(rnd >> 16);
		if (!fake_send(&self->bad, &self->cmd, NULL) ||
		    (le32toh(self->cmd.c_len) &&
		     !fake_write(&self->bad, self->payload,
				 le32toh(self->cmd.c_len)))) {
			fake_leave(&self->bad);
			continue;
		}
		/* Keeps the answers from piling up. */
		while (fake_read(&self->bad, &self->cmd, NULL, 0) == 1)
			;
		if (i % 100 == 0)
			ASSERT_TRUE(victim_works_on(&self->good, self->srv)) TH_LOG("frame %d", i);
	}
	EXPECT_LT(1, joins);
}

TEST_HARNESS_MAIN
