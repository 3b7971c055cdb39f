// SPDX-License-Identifier: GPL-2.0
/*
 * Node 0 dials, and who answers is not the peer it looks for. (Those who dial
 * and are not welcome are in hostile.c.)
 */
#include "kselftest_harness.h"

#include <arpa/inet.h>
#include <endian.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cluster.h"
#include "fake_peer.h"
#include "util.h"

#define PEER	1
#define PORT	4001

FIXTURE(refusal) {
	int listener;
	struct fake_peer p;
	struct dvk_cmd hello;	/* of node 0 */
};

FIXTURE_SETUP(refusal)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons(PORT),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

	modules_up();
	node_fresh();
	self->p = (struct fake_peer){ .fd = -1, .self = PEER, .node = 0 };
	self->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ASSERT_LE(0, self->listener);
	ASSERT_EQ(0, bind(self->listener, (struct sockaddr *)&at, sizeof(at)));
	ASSERT_EQ(0, listen(self->listener, 5));
	ASSERT_EQ(0, attr_write(THIS_NODE, "nodeid", "0"));
	ASSERT_EQ(0, attr_write(THIS_NODE, "new_peer", "%d", PEER));
	ASSERT_EQ(0, attr_write(THIS_NODE, "peers/1/address", "127.0.0.1:%d",
				PORT));
	ASSERT_EQ(0, attr_write(THIS_NODE, "peers/1/insecure", "2"));
	ASSERT_EQ(0, attr_write(THIS_NODE, "peers/1/enabled", "1"));
}

FIXTURE_TEARDOWN(refusal)
{
	attr_write(THIS_NODE, "nodeid", "-1");
	close(self->listener);
	fake_leave(&self->p);
}

/* The next time that it dials, with what it says. */
static void be_dialled(struct __test_metadata *_metadata, SELF_OF(refusal))
{
	struct pollfd p = { .fd = self->listener, .events = POLLIN };

	ASSERT_EQ(1, poll(&p, 1, LATE));
	self->p.fd = accept(self->listener, NULL, NULL);
	ASSERT_LE(0, self->p.fd);
	ASSERT_EQ(1, fake_read(&self->p, &self->hello, NULL, SOON));
	ASSERT_EQ(DVK_CMD_HELLO, le32toh(self->hello.c_cmd));
}

/* The answer of the node that it looks for. */
static void right_answer(SELF_OF(refusal), struct dvk_cmd *cmd)
{
	fake_hello(&self->p, cmd, "DVS");
	cmd->c_cmd = htole32(DVK_CMD_HELLO | DVK_CMD_ACK);
	cmd->c_timestamp_sec = self->hello.c_timestamp_sec;
	cmd->c_timestamp_nsec = self->hello.c_timestamp_nsec;
}

static const struct {
	const char *what;
	int snode, dnode, code, rcode;
	const char *cluster;
	const char *counter;	/* the one that tells */
} wrong[] = {
	{ "another cluster", PEER, 0, DVK_CMD_HELLO | DVK_CMD_ACK, 0, "DVS2",
	  "refused" },
	{ "another id", 2, 0, DVK_CMD_HELLO | DVK_CMD_ACK, 0, "DVS",
	  "peers/1/bad_frames" },
	{ "the id of the one who dials", 0, 0, DVK_CMD_HELLO | DVK_CMD_ACK, 0,
	  "DVS", "peers/1/bad_frames" },
	{ "no id", -1, 0, DVK_CMD_HELLO | DVK_CMD_ACK, 0, "DVS",
	  "peers/1/bad_frames" },
	{ "an answer to another node", PEER, 3, DVK_CMD_HELLO | DVK_CMD_ACK, 0,
	  "DVS", "peers/1/bad_frames" },
	{ "a request before any answer", PEER, 0, DVK_CMD_SEND_MSG, 0, "DVS",
	  "peers/1/bad_frames" },
	{ "a HELLO in place of an answer", PEER, 0, DVK_CMD_HELLO, 0, "DVS",
	  "peers/1/bad_frames" },
	/* That is its right, and no fault. */
	{ "a refusal", PEER, 0, DVK_CMD_HELLO | DVK_CMD_ACK, -DVK_EBADNODEID,
	  "DVS", NULL },
};

TEST_F_TIMEOUT(refusal, wrong_answers, 120)
{
	static const char * const counters[] = { "refused",
						 "peers/1/bad_frames" };
	struct dvk_cmd cmd;
	size_t i, k;

	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		long before[2];

		be_dialled(_metadata, self);
		for (k = 0; k < 2; k++)
			before[k] = attr_long(THIS_NODE, counters[k]);
		right_answer(self, &cmd);
		cmd.c_snode = htole32(wrong[i].snode);
		cmd.c_dnode = htole32(wrong[i].dnode);
		cmd.c_cmd = htole32(wrong[i].code);
		cmd.c_rcode = htole32(wrong[i].rcode);
		memset(cmd.c_hello.h_cluster, 0, sizeof(cmd.c_hello.h_cluster));
		strcpy(cmd.c_hello.h_cluster, wrong[i].cluster);
		fake_send(&self->p, &cmd, NULL);
		EXPECT_TRUE(fake_closed(&self->p, SOON))
			TH_LOG("%s is welcome", wrong[i].what);
		fake_leave(&self->p);
		self->p.fd = -1;
		EXPECT_TRUE(attr_is(THIS_NODE, "peers/1/state", "connecting"));
		for (k = 0; k < 2; k++)
			EXPECT_EQ(before[k] + (wrong[i].counter &&
					       !strcmp(wrong[i].counter,
						       counters[k])),
				  attr_long(THIS_NODE, counters[k]))
				TH_LOG("%s, counter %zu", wrong[i].what, k);
	}
	/* And the right one is welcome at once. */
	be_dialled(_metadata, self);
	right_answer(self, &cmd);
	fake_send(&self->p, &cmd, NULL);
	EXPECT_TRUE(peer_state(THIS_NODE, PEER, "up", SOON));
}

TEST_HARNESS_MAIN
