// SPDX-License-Identifier: GPL-2.0
/*
 * What a peer is believed: that of which it has the key, or the right port, it
 * may lie about. Of the node under attack, 5, peer 1 is the liar and peer 2
 * behaves well; see victim.h.
 *
 * test-transport: each
 */
#include "kselftest_harness.h"

#include <endian.h>

#include "cluster.h"
#include "util.h"
#include "victim.h"

#define SLEEPER	60
#define LIAR	40
#define WANTED	70
#define LEN	4096
#define ALICE	1000

FIXTURE(trust) {
	struct fake_peer bad, good;
	struct puppet *srv, *sleeper;
	struct dvk_cmd cmd;
	char *mem;
	char payload[LEN];
};

static void add_peer(int id, const char *address)
{
	char name[40];

	if (attr_write(THIS_NODE, "new_peer", "%d", id))
		die("new_peer %d", id);
	snprintf(name, sizeof(name), "peers/%d/transport", id);
	attr_write(THIS_NODE, name, "%s", transport());
	snprintf(name, sizeof(name), "peers/%d/address", id);
	attr_write(THIS_NODE, name, "%s", address);
	snprintf(name, sizeof(name), "peers/%d/insecure", id);
	attr_write(THIS_NODE, name, "2");
	snprintf(name, sizeof(name), "peers/%d/enabled", id);
	if (attr_write(THIS_NODE, name, "1"))
		die("%s", name);
}

FIXTURE_SETUP(trust)
{
	modules_up();
	node_fresh();
	ASSERT_EQ(0, attr_write(THIS_NODE, "keepalive_ms", "60000"));
	ASSERT_EQ(VICTIM, dvk_dvs_init(VICTIM, NULL));
	add_peer(BAD, BAD_IP);
	add_peer(GOOD, GOOD_IP);
	self->srv = victim_serves();
	/* A process of some user, who waits for nobody in particular. */
	self->sleeper = puppet_bound(THIS_NODE, DC, SLEEPER);
	self->mem = puppet_map(self->sleeper, LEN);
	puppet_fill(self->sleeper, self->mem, LEN, 1);
	begin(self->sleeper, OP_RECEIVE, ANY, TIMEOUT_FOREVER);
	fake_join(&self->good, GOOD, VICTIM, GOOD_IP, HOST, "DVS");
	self->bad = (struct fake_peer){ .fd = -1, .self = BAD, .node = VICTIM };
	victim_join(&self->bad);
}

FIXTURE_TEARDOWN(trust)
{
	EXPECT_TRUE(victim_works_on(&self->good, self->srv));
	puppets_end();
	fake_leave(&self->good);
	fake_leave(&self->bad);
	dvk_dvs_end();
}

/* A copy from or to the sleeper, whose requester may do anything, it says. */
static void copy_cmd(SELF_OF(trust), uint32_t code)
{
	struct dvk_cmd *cmd = &self->cmd;

	fake_message(&self->bad, cmd, code, DC, LIAR, SLEEPER);
	memset(&cmd->c_vcopy, 0, sizeof(cmd->c_vcopy));
	cmd->c_ctl = htole32(DVK_CMD_C_PRIV | DVK_CMD_C_LAST);
	cmd->c_vcopy.v_src = htole32(code == DVK_CMD_COPYOUT_RQST ? SLEEPER :
								    LIAR);
	cmd->c_vcopy.v_dst = htole32(code == DVK_CMD_COPYOUT_RQST ? LIAR :
								    SLEEPER);
	cmd->c_vcopy.v_rqtr = htole32(LIAR);
	cmd->c_vcopy.v_saddr = htole64((unsigned long)self->mem);
	cmd->c_vcopy.v_daddr = htole64((unsigned long)self->mem);
	cmd->c_vcopy.v_bytes = htole32(LEN);
	cmd->c_vcopy.v_total = htole32(LEN);
	cmd->c_vcopy.v_rnode = htole32(BAD);
	if (code != DVK_CMD_COPYOUT_RQST)
		cmd->c_len = htole32(LEN);
}

static int result_of(SELF_OF(trust), uint32_t code)
{
	fake_send(&self->bad, &self->cmd,
		  self->cmd.c_len ? self->payload : NULL);
	return fake_result(&self->bad, code | DVK_CMD_ACK, self->bad.seq, SOON);
}

TEST_F(trust, any_memory)
{
	EXPECT_TRUE(attr_is(THIS_NODE, "peers/1/trust", "0"));
	copy_cmd(self, DVK_CMD_COPYOUT_RQST);
	EXPECT_EQ(-DVK_EPRIVILEGES, result_of(self, DVK_CMD_COPYOUT_RQST));
	copy_cmd(self, DVK_CMD_COPYIN_DATA);
	EXPECT_EQ(-DVK_EPRIVILEGES, result_of(self, DVK_CMD_COPYIN_DATA));
	EXPECT_GT(0, attr_write(THIS_NODE, "peers/1/trust", "2"));
	ASSERT_EQ(0, attr_write(THIS_NODE, "peers/1/trust", "1"));
	copy_cmd(self, DVK_CMD_COPYOUT_RQST);
	EXPECT_EQ(0, result_of(self, DVK_CMD_COPYOUT_RQST));
	copy_cmd(self, DVK_CMD_COPYIN_DATA);
	EXPECT_EQ(0, result_of(self, DVK_CMD_COPYIN_DATA));
}

/* In the name of one who lives on another node, and serves the sleeper, say. */
TEST_F(trust, for_another_node)
{
	int i;

	copy_cmd(self, DVK_CMD_COPYIN_RQST);
	self->cmd.c_vcopy.v_rnode = htole32(GOOD);
	EXPECT_EQ(-DVK_EPRIVILEGES, result_of(self, DVK_CMD_COPYIN_RQST));
	/* Both have to be trusted for that. */
	ASSERT_EQ(0, attr_write(THIS_NODE, "peers/1/trust", "1"));
	copy_cmd(self, DVK_CMD_COPYIN_RQST);
	self->cmd.c_vcopy.v_rnode = htole32(GOOD);
	EXPECT_EQ(-DVK_EPRIVILEGES, result_of(self, DVK_CMD_COPYIN_RQST));
	ASSERT_EQ(0, attr_write(THIS_NODE, "peers/2/trust", "1"));
	copy_cmd(self, DVK_CMD_COPYIN_RQST);
	self->cmd.c_vcopy.v_rnode = htole32(GOOD);
	EXPECT_EQ(0, result_of(self, DVK_CMD_COPYIN_RQST));
	/* The requester's node is told each time. */
	for (i = 0; i < 3; i++)
		EXPECT_EQ(1, fake_expect(&self->good,
					 DVK_CMD_COPYRMT_RQST | DVK_CMD_ACK,
					 &self->cmd, NULL, SOON));
}

static int step(SELF_OF(trust), int op)
{
	fake_message(&self->bad, &self->cmd, DVK_CMD_MIGRATE, DC, SRV, SRV);
	self->cmd.c_msg.m1.i1 = htole32(op);
	self->cmd.c_msg.m1.i2 = htole32(BAD);
	self->cmd.c_msg.m1.i3 = htole32(4711);
	return result_of(self, DVK_CMD_MIGRATE);
}

/* What lives here is not for others to take away. */
TEST_F(trust, migration)
{
	EXPECT_EQ(-DVK_EPRIVILEGES, step(self, DVK_MIGR_START));
	EXPECT_EQ(-DVK_EPRIVILEGES, step(self, DVK_MIGR_COMMIT));
	EXPECT_EQ(-DVK_EPRIVILEGES, step(self, DVK_MIGR_ROLLBACK));
	ASSERT_EQ(0, attr_write(THIS_NODE, "peers/1/trust", "1"));
	EXPECT_EQ(0, step(self, DVK_MIGR_START));
	EXPECT_EQ(0, step(self, DVK_MIGR_ROLLBACK));
}

static void announce(struct fake_peer *p, uint32_t code, int ep, uint32_t ctl)
{
	struct dvk_cmd cmd;

	fake_message(p, &cmd, code, DC, ep, 0);
	memset(&cmd.c_msg, 0, sizeof(cmd.c_msg));
	strcpy(cmd.c_name, "wanted");
	cmd.c_ctl = htole32(ctl);
	fake_send(p, &cmd, NULL);
}

static bool lives_on(int nodeid)
{
	proc_usr_t p;

	memset(&p, 0, sizeof(p));
	return wait_until(dvk_getprocinfo(DC, WANTED, &p) >= 0 &&
			  p.p_nodeid == nodeid, SOON);
}

/* Nor is what lives on another node, as long as that can speak for itself. */
TEST_F(trust, live_elsewhere)
{
	announce(&self->good, DVK_CMD_PROCBIND, WANTED, 0);
	ASSERT_TRUE(lives_on(GOOD));
	announce(&self->bad, DVK_CMD_PROCBIND, WANTED, 0);
	announce(&self->bad, DVK_CMD_PROCBIND, WANTED, DVK_CMD_C_MOVED);
	fake_message(&self->bad, &self->cmd, DVK_CMD_SEND_MSG, DC, WANTED,
		     SLEEPER);
	fake_send(&self->bad, &self->cmd, NULL);
	EXPECT_EQ(-DVK_ESLOTUSED,
		  fake_result(&self->bad, DVK_CMD_SEND_MSG | DVK_CMD_ACK,
			      self->bad.seq, SOON));
	EXPECT_TRUE(lives_on(GOOD));
	/* When it is gone, who claimed it is asked for. */
	announce(&self->good, DVK_CMD_PROCUNBIND, WANTED, 0);
	ASSERT_EQ(1, fake_expect(&self->bad, DVK_CMD_MIGRATE, &self->cmd, NULL,
				 SOON));
	EXPECT_EQ(DVK_MIGR_WHERE, (int)le32toh(self->cmd.c_msg.m1.i1));
	EXPECT_EQ(WANTED, (int)le32toh(self->cmd.c_dst));
	EXPECT_EQ(1, fake_expect(&self->good, DVK_CMD_MIGRATE, &self->cmd, NULL,
				 SOON));
	announce(&self->bad, DVK_CMD_PROCBIND, WANTED, 0);
	EXPECT_TRUE(lives_on(BAD));
}

/* A trusted peer may say that it has moved. */
TEST_F(trust, moved)
{
	announce(&self->good, DVK_CMD_PROCBIND, WANTED, 0);
	ASSERT_TRUE(lives_on(GOOD));
	ASSERT_EQ(0, attr_write(THIS_NODE, "peers/1/trust", "1"));
	announce(&self->bad, DVK_CMD_PROCBIND, WANTED, DVK_CMD_C_MOVED);
	EXPECT_TRUE(lives_on(BAD));
}

TEST_HARNESS_MAIN
