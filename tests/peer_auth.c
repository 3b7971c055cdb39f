// SPDX-License-Identifier: GPL-2.0
/*
 * Who is a peer: keys in HELLO, and what is asked of those who have none. Each
 * test is an attack by somebody who speaks the protocol from the right address.
 *
 * The victim is node 5; peer 1 dials it and peer 9 is dialled by it, both with
 * keys. Peer 2 has none, and behaves well throughout.
 *
 * test-transport: each
 */
#include "kselftest_harness.h"

#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "cluster.h"
#include "fake_auth.h"
#include "puppet.h"
#include "util.h"
#include "victim.h"

#define KEY	"what-only-the-two-know"
#define OTHER	"what-somebody-else-has"
#define CALLED	9
#define CALLED_IP	"127.0.0.9"
#define CALLED_PORT	4001

FIXTURE(auth) {
	struct fake_peer bad, good;
	struct puppet *srv;
	struct dvk_cmd hello, challenge, answer;
	int listener;
};

#define SET(name, ...)	attr_write(THIS_NODE, name, __VA_ARGS__)
#define IS(name, value)	attr_is(THIS_NODE, name, value)

static bool is_tcp(void)
{
	return !strcmp(transport(), "tcp");
}

static void add_peer(int id, const char *address)
{
	char name[40];

	if (SET("new_peer", "%d", id))
		die("new_peer %d", id);
	snprintf(name, sizeof(name), "peers/%d/transport", id);
	SET(name, "%s", transport());
	snprintf(name, sizeof(name), "peers/%d/address", id);
	if (is_tcp() && SET(name, "%s", address))
		die("%s", name);
}

FIXTURE_SETUP(auth)
{
	modules_up();
	node_fresh();
	ASSERT_EQ(0, SET("keepalive_ms", "60000"));
	ASSERT_EQ(VICTIM, dvk_dvs_init(VICTIM, NULL));
	add_peer(BAD, BAD_IP);
	add_peer(GOOD, GOOD_IP);
	add_peer(CALLED, CALLED_IP ":4001");
	ASSERT_EQ(0, SET("peers/1/key", KEY));
	ASSERT_EQ(0, SET("peers/1/enabled", "1"));
	ASSERT_EQ(0, SET("peers/2/insecure", "2"));
	ASSERT_EQ(0, SET("peers/2/enabled", "1"));
	ASSERT_EQ(0, SET("peers/9/key", KEY "\n"));
	self->srv = victim_serves();
	fake_join(&self->good, GOOD, VICTIM, GOOD_IP, HOST, "DVS");
	self->bad = (struct fake_peer){ .fd = -1, .self = BAD, .node = VICTIM };
	self->listener = -1;
}

FIXTURE_TEARDOWN(auth)
{
	EXPECT_TRUE(victim_works_on(&self->good, self->srv));
	puppets_end();
	fake_leave(&self->good);
	if (self->bad.fd >= 0)
		fake_leave(&self->bad);
	if (self->listener >= 0)
		close(self->listener);
	dvk_dvs_end();
}

static long refused(void)
{
	return attr_long(THIS_NODE, "refused");
}

/* What the attacker does is counted, ends his connection, and is of no use. */
#define EXPECT_REFUSED(before) do {					\
	EXPECT_TRUE(fake_closed(&self->bad, SOON));			\
	EXPECT_TRUE(wait_until(refused() == (before) + 1, SOON))	\
		TH_LOG("%ld", refused() - (before));			\
	EXPECT_TRUE(IS("peers/1/state", "connecting"));			\
} while (0)

static bool is_welcome(const struct dvk_cmd *answer)
{
	return le32toh(answer->c_cmd) == (DVK_CMD_HELLO | DVK_CMD_ACK) &&
	       !answer->c_rcode;
}

/* Connects as the peer that it says it is. */
static bool greets(SELF_OF(auth), const char *key)
{
	victim_knock(&self->bad, BAD_IP);
	return fake_greet(&self->bad, key, &self->hello, &self->challenge,
			  &self->answer) && is_welcome(&self->answer);
}

TEST_F(auth, the_right_key)
{
	uint8_t proof[DVK_PROOF_LEN];

	ASSERT_TRUE(greets(self, KEY));
	EXPECT_EQ(DVK_CMD_CHALLENGE, le32toh(self->challenge.c_cmd));
	/* The node proves it as well. */
	fake_proof(KEY, FAKE_LISTENER, &self->hello, &self->challenge, proof);
	EXPECT_EQ(0, memcmp(proof, self->answer.c_hello.h_proof, sizeof(proof)));
	EXPECT_TRUE(peer_state(THIS_NODE, BAD, "up", SOON));
	/* Numbered frames go on after the proof. */
	fake_message(&self->bad, &self->hello, DVK_CMD_SEND_MSG, DC, 40, 77);
	self->hello.c_batch_nr = htole32(2);
	fake_send(&self->bad, &self->hello, NULL);
	EXPECT_EQ(-DVK_EDSTDIED,
		  fake_result(&self->bad, DVK_CMD_SEND_MSG | DVK_CMD_ACK,
			      self->bad.seq, SOON));
	EXPECT_EQ(0, attr_long(THIS_NODE, "peers/1/bad_frames"));
}

TEST_F(auth, no_key)
{
	long before = refused();

	victim_knock(&self->bad, BAD_IP);
	fake_hello(&self->bad, &self->hello, "DVS");
	fake_send(&self->bad, &self->hello, NULL);
	ASSERT_EQ(1, fake_read(&self->bad, &self->answer, NULL, SOON));
	EXPECT_FALSE(is_welcome(&self->answer));
	EXPECT_REFUSED(before);
}

TEST_F(auth, another_key)
{
	long before = refused();

	EXPECT_FALSE(greets(self, OTHER));
	/* Nothing to guess the key by. */
	EXPECT_EQ(0, le32toh(self->answer.c_hello.h_features));
	EXPECT_REFUSED(before);
}

/* What else may follow a challenge. */
TEST_F(auth, no_answer)
{
	static const uint32_t codes[] = {
		DVK_CMD_HELLO, DVK_CMD_HELLO | DVK_CMD_ACK, DVK_CMD_CHALLENGE,
		DVK_CMD_SEND_MSG,
	};
	size_t i;

	for (i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		long before = refused();

		victim_knock(&self->bad, BAD_IP);
		fake_keyed_hello(&self->bad, &self->hello, "DVS");
		fake_send(&self->bad, &self->hello, NULL);
		ASSERT_EQ(1, fake_read(&self->bad, &self->challenge, NULL, SOON));
		ASSERT_EQ(DVK_CMD_CHALLENGE, le32toh(self->challenge.c_cmd));
		fake_proof(KEY, FAKE_DIALLER, &self->hello, &self->challenge,
			   self->challenge.c_hello.h_proof);
		self->challenge.c_cmd = htole32(codes[i]);
		fake_send(&self->bad, &self->challenge, NULL);
		EXPECT_REFUSED(before);
	}
	/* Nor does silence keep it waiting. */
	victim_knock(&self->bad, BAD_IP);
	fake_keyed_hello(&self->bad, &self->hello, "DVS");
	fake_send(&self->bad, &self->hello, NULL);
	ASSERT_EQ(1, fake_read(&self->bad, &self->challenge, NULL, SOON));
	EXPECT_TRUE(fake_closed(&self->bad, LATE));
}

/* All that the real peer has said, said again while it is away. */
TEST_F(auth, replayed)
{
	struct dvk_cmd said[2];
	long before;
	int i;

	victim_knock(&self->bad, BAD_IP);
	fake_keyed_hello(&self->bad, &said[0], "DVS");
	fake_send(&self->bad, &said[0], NULL);
	ASSERT_EQ(1, fake_read(&self->bad, &self->challenge, NULL, SOON));
	fake_cmd(&self->bad, &said[1], DVK_CMD_CHALLENGE | DVK_CMD_ACK);
	fake_proof(KEY, FAKE_DIALLER, &said[0], &self->challenge,
		   said[1].c_hello.h_proof);
	fake_send(&self->bad, &said[1], NULL);
	ASSERT_EQ(1, fake_read(&self->bad, &self->answer, NULL, SOON));
	ASSERT_TRUE(is_welcome(&self->answer));
	fake_leave(&self->bad);
	self->bad.fd = -1;
	ASSERT_TRUE(peer_state(THIS_NODE, BAD, "connecting", SOON));
	/* As it was, and with a higher number, which the proof covers. */
	for (i = 0; i < 2; i++) {
		before = refused();
		victim_knock(&self->bad, BAD_IP);
		fake_write(&self->bad, said, sizeof(said));
		EXPECT_REFUSED(before);
		said[0].c_hello.h_session = htole64(self->bad.session + 5);
	}
}

/* Nobody takes the place of one who is connected, whatever number he has. */
TEST_F(auth, stolen)
{
	struct fake_peer liar = self->bad;
	long before;

	ASSERT_TRUE(greets(self, KEY));
	ASSERT_TRUE(peer_state(THIS_NODE, BAD, "up", SOON));
	before = refused();
	liar.fd = fake_connect(BAD_IP, HOST, PORT);
	ASSERT_LE(0, liar.fd);
	fake_hello(&liar, &self->hello, "DVS");
	self->hello.c_hello.h_session = htole64(self->bad.session + 1000000);
	fake_send(&liar, &self->hello, NULL);
	EXPECT_TRUE(fake_closed(&liar, SOON));
	fake_leave(&liar);
	liar.fd = fake_connect(BAD_IP, HOST, PORT);
	EXPECT_TRUE(fake_greet(&liar, OTHER, &self->hello, &self->challenge,
			       &self->answer));
	EXPECT_TRUE(fake_closed(&liar, SOON));
	fake_leave(&liar);
	EXPECT_EQ(before + 2, refused());
	EXPECT_TRUE(IS("peers/1/state", "up"));
	EXPECT_EQ(0, attr_long(THIS_NODE, "peers/1/reconnects"));
	/* And the real one comes in again, with the next number. */
	EXPECT_TRUE(greets(self, KEY));
}

/* A key that changes is one for those who are connected, too. */
TEST_F(auth, another_one_later)
{
	ASSERT_TRUE(greets(self, KEY));
	ASSERT_TRUE(peer_state(THIS_NODE, BAD, "up", SOON));
	ASSERT_EQ(0, SET("peers/1/key", OTHER));
	EXPECT_TRUE(fake_closed(&self->bad, SOON));
	EXPECT_FALSE(greets(self, KEY));
	EXPECT_TRUE(greets(self, OTHER));
	/* Not none: nobody has said that it may do without. */
	EXPECT_EQ(-EBUSY, SET("peers/1/key", "\n"));
	EXPECT_TRUE(peer_state(THIS_NODE, BAD, "up", SOON));
	/* Who was challenged before it changed, has the old one. */
	victim_knock(&self->bad, BAD_IP);
	fake_keyed_hello(&self->bad, &self->hello, "DVS");
	fake_send(&self->bad, &self->hello, NULL);
	ASSERT_EQ(1, fake_read(&self->bad, &self->challenge, NULL, SOON));
	ASSERT_EQ(0, SET("peers/1/key", KEY));
	fake_cmd(&self->bad, &self->answer, DVK_CMD_CHALLENGE | DVK_CMD_ACK);
	fake_proof(OTHER, FAKE_DIALLER, &self->hello, &self->challenge,
		   self->answer.c_hello.h_proof);
	fake_send(&self->bad, &self->answer, NULL);
	EXPECT_TRUE(fake_closed(&self->bad, SOON));
	EXPECT_TRUE(IS("peers/1/state", "connecting"));
}

TEST_F(auth, what_a_key_may_be)
{
	char longest[82];
	struct stat st;

	ASSERT_EQ(0, stat("/sys/class/dvk/dvk0/peers/1/key", &st));
	EXPECT_EQ(0200, st.st_mode & 07777);
	memset(longest, 'k', sizeof(longest));
	longest[81] = 0;
	EXPECT_EQ(-ENAMETOOLONG, SET("peers/1/key", "%s", longest));
	longest[80] = 0;
	EXPECT_EQ(0, SET("peers/1/key", "%s", longest));
	EXPECT_EQ(-EINVAL, SET("peers/1/key", "too-short-by-one"
						 + 1));
	EXPECT_EQ(-EINVAL, SET("peers/1/key", "two words that are long enough"));
	EXPECT_TRUE(greets(self, longest));
}

/* --- who has no key ------------------------------------------------------- */

TEST_F(auth, a_statement_is_needed)
{
	ASSERT_EQ(0, SET("new_peer", "3"));
	ASSERT_EQ(0, SET("peers/3/transport", "%s", transport()));
	if (is_tcp())
		ASSERT_EQ(0, SET("peers/3/address", "127.0.0.3"));
	EXPECT_EQ(-ENOKEY, SET("peers/3/enabled", "1"));
	EXPECT_TRUE(IS("peers/3/enabled", "0"));
	ASSERT_EQ(0, SET("peers/3/insecure", "1"));
	EXPECT_EQ(0, SET("peers/3/enabled", "1"));
	EXPECT_EQ(-EBUSY, SET("peers/3/insecure", "0"));
	ASSERT_EQ(0, SET("peers/3/enabled", "0"));
	ASSERT_EQ(0, SET("peers/3/insecure", "0"));
	EXPECT_EQ(-ENOKEY, SET("peers/3/enabled", "1"));
}

/* It says that it has a key, and there is none here to check it by. */
TEST_F(auth, a_key_on_one_side_only)
{
	struct fake_peer p = self->good;
	long before = refused();

	p.fd = fake_connect(GOOD_IP, HOST, PORT);
	ASSERT_LE(0, p.fd);
	EXPECT_TRUE(fake_greet(&p, KEY, &self->hello, &self->challenge,
			       &self->answer));
	EXPECT_FALSE(is_welcome(&self->answer));
	EXPECT_TRUE(fake_closed(&p, SOON));
	EXPECT_EQ(before + 1, refused());
	fake_leave(&p);
}

/* From the peer's address and a port of that range; 0 for any. */
static int connect_from(unsigned int first, unsigned int last)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	unsigned int port;

	for (port = first; port <= last; port++) {
		inet_pton(AF_INET, BAD_IP, &a.sin_addr);
		a.sin_port = htons(port);
		if (!bind(fd, (struct sockaddr *)&a, sizeof(a)))
			break;
		if (errno == EACCES)
			return -EACCES;
	}
	inet_pton(AF_INET, HOST, &a.sin_addr);
	a.sin_port = htons(PORT);
	return connect(fd, (struct sockaddr *)&a, sizeof(a)) ? -errno : fd;
}

/* A user of the peer's host: is welcome, is not, or cannot even try. */
static long call_as_user(const long *a)
{
	struct fake_peer p = { .self = BAD, .node = VICTIM };
	struct dvk_cmd cmd;

	if (a[0] && setuid(a[0]))
		return -errno;
	p.fd = connect_from(a[1], a[2]);
	if (p.fd < 0)
		return p.fd;
	fake_hello(&p, &cmd, "DVS");
	fake_send(&p, &cmd, NULL);
	return fake_read(&p, &cmd, NULL, SOON) == 1 && is_welcome(&cmd);
}

#define CALL_AS(uid, first, last) ({					\
	struct puppet *p_ = puppet_new(THIS_NODE);			\
									\
	p_->page->fn = call_as_user;					\
	call(p_, OP_FN, uid, first, last);				\
})

TEST_F(auth, reserved_ports)
{
	if (!is_tcp())
		SKIP(return, "only TCP has ports");
	ASSERT_EQ(0, SET("peers/1/enabled", "0"));
	ASSERT_EQ(0, SET("peers/1/key", "\n"));
	ASSERT_EQ(0, SET("peers/1/insecure", "1"));
	ASSERT_EQ(0, SET("peers/1/enabled", "1"));
	EXPECT_EQ(0, CALL_AS(1000, 0, 0));
	EXPECT_EQ(-EACCES, CALL_AS(1000, 700, 1023));
	EXPECT_EQ(0, CALL_AS(0, 1024, 1100));
	EXPECT_TRUE(IS("peers/1/state", "connecting"));
	EXPECT_EQ(1, CALL_AS(0, 700, 1023));
}

/* --- who is dialled ------------------------------------------------------- */

static void be_dialled(struct __test_metadata *_metadata, SELF_OF(auth))
{
	self->bad.self = CALLED;
	if (self->listener < 0) {
		self->listener = fake_listen(CALLED, CALLED_IP, CALLED_PORT);
		ASSERT_LE(0, self->listener);
		ASSERT_EQ(0, SET("peers/9/enabled", "1"));
	}
	if (self->bad.fd >= 0)
		fake_leave(&self->bad);
	self->bad.fd = fake_accept(self->listener, LATE);
	ASSERT_LE(0, self->bad.fd);
	ASSERT_EQ(1, fake_read(&self->bad, &self->hello, NULL, SOON));
	ASSERT_EQ(DVK_CMD_HELLO, le32toh(self->hello.c_cmd));
	ASSERT_EQ(DVK_HELLO_F_KEYED, le32toh(self->hello.c_hello.h_features));
}

/* The challenge, and the node's proof. */
static void ask(struct __test_metadata *_metadata, SELF_OF(auth),
		struct dvk_cmd *proof)
{
	fake_keyed_hello(&self->bad, &self->challenge, "DVS");
	self->challenge.c_cmd = htole32(DVK_CMD_CHALLENGE);
	fake_send(&self->bad, &self->challenge, NULL);
	ASSERT_EQ(1, fake_read(&self->bad, proof, NULL, SOON));
	ASSERT_EQ(DVK_CMD_CHALLENGE | DVK_CMD_ACK, le32toh(proof->c_cmd));
}

static void fill_answer(SELF_OF(auth), uint32_t flags)
{
	fake_hello(&self->bad, &self->answer, "DVS");
	self->answer.c_cmd = htole32(DVK_CMD_HELLO | DVK_CMD_ACK);
	self->answer.c_timestamp_sec = self->hello.c_timestamp_sec;
	self->answer.c_timestamp_nsec = self->hello.c_timestamp_nsec;
	self->answer.c_hello.h_features = htole32(flags);
}

#define EXPECT_UNPROVED(before) do {					\
	EXPECT_TRUE(fake_closed(&self->bad, SOON));			\
	EXPECT_TRUE(wait_until(refused() == (before) + 1, SOON));	\
	EXPECT_TRUE(IS("peers/9/state", "connecting"));			\
} while (0)

TEST_F_TIMEOUT(auth, is_dialled, 60)
{
	uint8_t expected[DVK_PROOF_LEN];
	struct dvk_cmd proof;

	be_dialled(_metadata, self);
	ask(_metadata, self, &proof);
	fake_proof(KEY, FAKE_DIALLER, &self->hello, &self->challenge, expected);
	EXPECT_EQ(0, memcmp(expected, proof.c_hello.h_proof, sizeof(expected)));
	fill_answer(self, DVK_HELLO_F_KEYED);
	fake_proof(KEY, FAKE_LISTENER, &self->hello, &self->challenge,
		   self->answer.c_hello.h_proof);
	fake_send(&self->bad, &self->answer, NULL);
	EXPECT_TRUE(peer_state(THIS_NODE, CALLED, "up", SOON));
}

/* Somebody has the peer's place, but not its key. */
TEST_F_TIMEOUT(auth, impostor, 60)
{
	struct dvk_cmd proof;
	long before;

	/* He welcomes the node as if there were no keys... */
	be_dialled(_metadata, self);
	before = refused();
	fill_answer(self, 0);
	fake_send(&self->bad, &self->answer, NULL);
	EXPECT_UNPROVED(before);

	/* ... or after it has proved something... */
	be_dialled(_metadata, self);
	before = refused();
	ask(_metadata, self, &proof);
	fill_answer(self, 0);
	fake_send(&self->bad, &self->answer, NULL);
	EXPECT_UNPROVED(before);

	/* ... or with the node's own proof... */
	be_dialled(_metadata, self);
	before = refused();
	ask(_metadata, self, &proof);
	fill_answer(self, DVK_HELLO_F_KEYED);
	memcpy(self->answer.c_hello.h_proof, proof.c_hello.h_proof,
	       DVK_PROOF_LEN);
	fake_send(&self->bad, &self->answer, NULL);
	EXPECT_UNPROVED(before);

	/* ... or with one of another key. */
	be_dialled(_metadata, self);
	before = refused();
	ask(_metadata, self, &proof);
	fill_answer(self, DVK_HELLO_F_KEYED);
	fake_proof(OTHER, FAKE_LISTENER, &self->hello, &self->challenge,
		   self->answer.c_hello.h_proof);
	fake_send(&self->bad, &self->answer, NULL);
	EXPECT_UNPROVED(before);

	/* Nor does he make it use up its numbers. */
	be_dialled(_metadata, self);
	fill_answer(self, 0);
	self->answer.c_rcode = htole32(-DVK_EEXIST);
	self->answer.c_hello.h_session =
		htole64(le64toh(self->hello.c_hello.h_session) + (1ULL << 40));
	fake_send(&self->bad, &self->answer, NULL);
	EXPECT_TRUE(fake_closed(&self->bad, SOON));
	proof = self->hello;
	be_dialled(_metadata, self);
	EXPECT_GT(1ULL << 30, le64toh(self->hello.c_hello.h_session) -
			      le64toh(proof.c_hello.h_session));
}

/* One challenge, of one who has said HELLO; more is no protocol. */
TEST_F_TIMEOUT(auth, challenges, 60)
{
	struct dvk_cmd proof;
	long before = attr_long(THIS_NODE, "peers/2/bad_frames");

	be_dialled(_metadata, self);
	ask(_metadata, self, &proof);
	fake_send(&self->bad, &self->challenge, NULL);
	EXPECT_TRUE(fake_closed(&self->bad, SOON));
	EXPECT_EQ(1, attr_long(THIS_NODE, "peers/9/bad_frames"));
	/* Of one who is up, and has no key. */
	fake_cmd(&self->good, &self->challenge, DVK_CMD_CHALLENGE);
	fake_send(&self->good, &self->challenge, NULL);
	EXPECT_TRUE(fake_closed(&self->good, SOON));
	EXPECT_EQ(before + 1, attr_long(THIS_NODE, "peers/2/bad_frames"));
	fake_leave(&self->good);
	fake_join(&self->good, GOOD, VICTIM, GOOD_IP, HOST, "DVS");
}

TEST_HARNESS_MAIN
