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
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "cluster.h"
#include "util.h"
#include "victim.h"

#define LOG	"/run/dvk-test-proxy.log"

FIXTURE(proxy) {
	struct fake_peer bad, good;
	struct puppet *srv;
	pid_t pid;		/* of the program */
	struct dvk_cmd cmd;
	char payload[DVK_MAXCOPYBUF];
};

static pid_t start_program(void)
{
	char path[256];
	pid_t pid;
	int fd;

	snprintf(path, sizeof(path), "%s/../userlib/dvk-proxy-tcp",
		 tests_dir());
	pid = fork();
	if (pid < 0)
		die("fork: %m");
	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	fd = open(LOG, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	dup2(fd, STDOUT_FILENO);
	dup2(fd, STDERR_FILENO);
	/* The fake peers answer only while a test looks at them. */
	execl(path, path, "--keepalive", "60000", "1=" BAD_IP, "2=" GOOD_IP,
	      NULL);
	_exit(127);
}

FIXTURE_SETUP(proxy)
{
	modules_up();
	node_fresh();
	ASSERT_EQ(VICTIM, dvk_dvs_init(VICTIM, NULL));
	self->pid = start_program();
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
	int status = -1;

	EXPECT_TRUE(victim_works_on(&self->good, self->srv));
	puppets_end();
	fake_leave(&self->good);
	if (self->bad.fd >= 0)
		fake_leave(&self->bad);
	/* Told to end, it does. */
	kill(self->pid, SIGTERM);
	EXPECT_EQ(self->pid, waitpid(self->pid, &status, 0));
	EXPECT_EQ(0, status);
	dvk_dvs_end();
}

/* What the program has said since it started. */
static bool has_said(const char *what)
{
	static char text[65536];
	int fd = open(LOG, O_RDONLY);
	ssize_t n;

	if (fd < 0)
		return false;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[n < 0 ? 0 : n] = 0;
	return strstr(text, what);
}

/* Sends what is in @cmd, which is the end of the connection. */
static void hung_up(struct __test_metadata *_metadata, SELF_OF(proxy),
		    const char *why)
{
	fake_send(&self->bad, &self->cmd, NULL);
	EXPECT_TRUE(fake_closed(&self->bad, SOON)) TH_LOG("%s", why);
	EXPECT_TRUE(wait_until(has_said(why), SOON)) TH_LOG("%s", why);
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

TEST_HARNESS_MAIN
