// SPDX-License-Identifier: GPL-2.0
/*
 * What a call refuses before anything leaves the node: the checks of every
 * IPC call, in their order. Refusals by the other node are in refusal.c.
 */
#include "kselftest_harness.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>

#include "pair.h"

static const enum op ipc_ops[] = {
	OP_SEND, OP_RECEIVE, OP_SENDREC, OP_RCVRQST, OP_REPLY, OP_REPLY_RCVRQST,
};

/* Those that name a destination. */
static const enum op dest_ops[] = {
	OP_SEND, OP_SENDREC, OP_REPLY, OP_REPLY_RCVRQST,
};

TEST_F(pair, not_bound)
{
	struct puppet *p = puppet_new(self->cn);
	void *buf = puppet_map(p, 4096);
	size_t i;

	for (i = 0; i < ARRAY_SIZE(ipc_ops); i++)
		EXPECT_EQ(EDVSNOTBIND, act(p, ipc_ops[i], SRV, 0))
			TH_LOG("op %d", ipc_ops[i]);
	EXPECT_EQ(EDVSNOTBIND, call(p, OP_NOTIFY, SRV));
	EXPECT_EQ(EDVSNOTBIND, puppet_vcopy(p, SRV, buf, CLT, buf, 16));
	EXPECT_EQ(EDVSNOTBIND, puppet_vcopy(p, SELF, buf, CLT, buf, 16));
}

TEST_F(pair, oneself)
{
	void *buf = puppet_map(self->clt, 4096);

	EXPECT_EQ(EDVSBADDEST, act(self->clt, OP_SEND, CLT, 0));
	EXPECT_EQ(EDVSENDPOINT, act(self->clt, OP_SENDREC, CLT, 0));
	EXPECT_EQ(EDVSENDPOINT, act(self->clt, OP_RECEIVE, CLT, 0));
	EXPECT_EQ(EDVSPROCSTS, act(self->clt, OP_REPLY, CLT, 0));
	EXPECT_EQ(EDVSBADDEST, call(self->clt, OP_NOTIFY, CLT));
	EXPECT_EQ(EDVSENDPOINT, puppet_vcopy(self->clt, CLT, buf, CLT, buf, 8));
	EXPECT_EQ(EDVSENDPOINT, puppet_vcopy(self->clt, SELF, buf, CLT, buf, 8));
	EXPECT_EQ(EDVSENDPOINT, puppet_vcopy(self->clt, SRV, buf, SRV, buf, 8));
}

TEST_F(pair, hardware)
{
	EXPECT_EQ(EDVSBADDEST, act(self->clt, OP_SEND, HARDWARE, 0));
	EXPECT_EQ(EDVSBADDEST, act(self->clt, OP_SENDREC, HARDWARE, 0));
	EXPECT_EQ(EDVSBADDEST, call(self->clt, OP_NOTIFY, HARDWARE));
}

TEST_F(pair, slot_out_of_range)
{
	static const int bad[] = { DVK_NR_PROCS, -DVK_NR_TASKS - 1, 30000 };
	void *buf = puppet_map(self->clt, 4096);
	size_t i, k;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		for (k = 0; k < ARRAY_SIZE(dest_ops); k++)
			EXPECT_EQ(EDVSRANGE,
				  act(self->clt, dest_ops[k], bad[i], 0))
				TH_LOG("op %d to %d", dest_ops[k], bad[i]);
		EXPECT_EQ(EDVSRANGE, act(self->clt, OP_RECEIVE, bad[i], 0));
		EXPECT_EQ(EDVSRANGE, call(self->clt, OP_NOTIFY, bad[i]));
		EXPECT_EQ(EDVSRANGE,
			  puppet_vcopy(self->clt, SELF, buf, bad[i], buf, 8));
		EXPECT_EQ(EDVSRANGE,
			  puppet_vcopy(self->clt, bad[i], buf, SELF, buf, 8));
	}
}

/* The slot is right, the generation is another. */
TEST_F(pair, wrong_generation)
{
	int wrong = _ENDPOINT(1, SRV);
	void *buf = puppet_map(self->clt, 4096);
	size_t k;

	for (k = 0; k < ARRAY_SIZE(dest_ops); k++)
		EXPECT_EQ(EDVSENDPOINT, act(self->clt, dest_ops[k], wrong, 0))
			TH_LOG("op %d", dest_ops[k]);
	EXPECT_EQ(EDVSENDPOINT, act(self->clt, OP_RECEIVE, wrong, 0));
	EXPECT_EQ(EDVSENDPOINT, call(self->clt, OP_NOTIFY, wrong));
	EXPECT_EQ(EDVSENDPOINT, puppet_vcopy(self->clt, SELF, buf, wrong, buf, 8));
}

TEST_F(pair, free_slot)
{
	void *buf = puppet_map(self->clt, 4096);

	EXPECT_EQ(EDVSDSTDIED, act(self->clt, OP_SEND, 70, TIMEOUT_FOREVER));
	EXPECT_EQ(EDVSDEADSRCDST, act(self->clt, OP_SENDREC, 70, TIMEOUT_FOREVER));
	EXPECT_EQ(EDVSSRCDIED, act(self->clt, OP_RECEIVE, 70, TIMEOUT_FOREVER));
	EXPECT_EQ(EDVSDSTDIED, act(self->clt, OP_REPLY, 70, TIMEOUT_FOREVER));
	EXPECT_EQ(EDVSDSTDIED, call(self->clt, OP_NOTIFY, 70));
	EXPECT_EQ(EDVSDSTDIED, puppet_vcopy(self->clt, SELF, buf, 70, buf, 8));
	EXPECT_EQ(EDVSSRCDIED, puppet_vcopy(self->clt, 70, buf, SELF, buf, 8));
}

/* A reply goes only to who waits for one, and from nobody else. */
TEST_F(pair, reply_to_whom)
{
	struct puppet *third = puppet_bound(self->sn, self->dcid, CLT3);

	EXPECT_EQ(EDVSPROCSTS, act(self->srv, OP_REPLY, CLT, 0));
	EXPECT_EQ(EDVSPROCSTS, act(self->srv, OP_REPLY_RCVRQST, CLT, 0));

	/* It waits in a send, not a sendrec. */
	begin(self->clt, OP_SEND, SRV, TIMEOUT_FOREVER);
	ASSERT_TRUE(queues(self, CLT));
	EXPECT_EQ(EDVSPROCSTS, act(self->srv, OP_REPLY, CLT, 0));
	EXPECT_EQ(0, act(self->srv, OP_RECEIVE, ANY, TIMEOUT_FOREVER));
	EXPECT_EQ(0, end(self->clt));

	/* It waits in a sendrec that the server has not taken. */
	begin(self->clt, OP_SENDREC, SRV, TIMEOUT_FOREVER);
	ASSERT_TRUE(queues(self, CLT));
	EXPECT_EQ(EDVSPROCSTS, act(self->srv, OP_REPLY, CLT, 0));
	ASSERT_EQ(0, act(self->srv, OP_RCVRQST, 0, TIMEOUT_FOREVER));
	/* It waits for somebody else's answer. */
	EXPECT_EQ(EDVSPROCSTS, act(third, OP_REPLY, CLT, 0));
	EXPECT_EQ(0, act(self->srv, OP_REPLY, CLT, 0));
	EXPECT_EQ(0, end(self->clt));
	/* One answer is enough. */
	EXPECT_EQ(EDVSPROCSTS, act(self->srv, OP_REPLY, CLT, 0));
}

/* Waiting for a message in receive() is not waiting for an answer. */
TEST_F(pair, reply_to_a_receiver)
{
	begin(self->clt, OP_RECEIVE, SRV, TIMEOUT_FOREVER);
	ASSERT_TRUE(client_waits(self));
	EXPECT_EQ(EDVSPROCSTS, act(self->srv, OP_REPLY, CLT, 0));
	EXPECT_FALSE(ended(self->clt));
}

/* A DC with restrictions: user slots only make requests. */
TEST_F(pair, strict_dc)
{
	dc_usr_t dc = {
		.dc_nr_procs = DVK_NR_PROCS, .dc_nr_tasks = DVK_NR_TASKS,
		.dc_nr_sysprocs = DVK_NR_SYSPROCS,
		.dc_nr_nodes = DVK_NR_NODES,
		.dc_warn2proc = NONE, .dc_flags = DVK_DC_STRICT,
	};
	int dcid = dc_new_like(1U << self->cn, &dc);
	struct puppet *user = puppet_bound(self->cn, dcid, CLT);
	struct puppet *sys = puppet_bound(self->cn, dcid, SRV);
	void *buf = puppet_map(user, 4096);

	EXPECT_EQ(EDVSBADCALL, act(user, OP_SEND, SRV, 0));
	EXPECT_EQ(EDVSBADCALL, act(user, OP_RECEIVE, ANY, 0));
	EXPECT_EQ(EDVSBADCALL, act(user, OP_RCVRQST, 0, 0));
	EXPECT_EQ(EDVSBADCALL, act(user, OP_REPLY, SRV, 0));
	EXPECT_EQ(EDVSBADCALL, act(user, OP_REPLY_RCVRQST, SRV, 0));
	EXPECT_EQ(EDVSBADCALL, call(user, OP_NOTIFY, SRV));
	EXPECT_EQ(EDVSBADCALL, puppet_vcopy(user, SELF, buf, SRV, buf, 8));
	EXPECT_EQ(CLT, call(user, OP_GETEP, user->pid));
	EXPECT_EQ(SRV, call(user, OP_WAIT4BIND, SRV, 0));

	EXPECT_EQ(EDVSAGAIN, act(sys, OP_RECEIVE, ANY, 0));
	EXPECT_EQ(EDVSAGAIN, act(sys, OP_SEND, CLT, 0));
	begin(user, OP_SENDREC, SRV, TIMEOUT_FOREVER);
	EXPECT_EQ(0, act(sys, OP_RCVRQST, 0, TIMEOUT_FOREVER));
	EXPECT_EQ(0, act(sys, OP_REPLY, CLT, TIMEOUT_FOREVER));
	EXPECT_EQ(0, end(user));
	EXPECT_EQ(0, call(user, OP_UNBIND, dcid, CLT, -1));
	puppet_kill(sys);
	dc_drop(dcid);
}

TEST_HARNESS_MAIN
