// SPDX-License-Identifier: GPL-2.0
/*
 * Whose memory may be copied: a server may serve who waits for its answer;
 * everything else needs the same user and a dumpable target, or a capability.
 */
#include "kselftest_harness.h"

#include <errno.h>
#include <linux/capability.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "pair.h"

#define FOREVER	TIMEOUT_FOREVER
#define ALICE	1000
#define BOB	1001
#define LEN	8192

/* Becomes a user; as after a login, not as after a setuid program. */
static void become(struct __test_metadata *_metadata, struct puppet *p, int uid)
{
	ASSERT_EQ(0, call(p, OP_SETUID, uid));
	ASSERT_EQ(0, call(p, OP_DUMPABLE, 1));
}

/* No byte of @at in @p has changed. */
#define EXPECT_UNTOUCHED(p, at, seed) \
	EXPECT_EQ(-1, puppet_check(p, at, LEN, seed))

/* A server of another user serves its client, and no longer. */
TEST_F(pair, server_of_another_user)
{
	char *c = puppet_map(self->clt, LEN), *s = puppet_map(self->srv, LEN);
	struct puppet *t = puppet_thread(self->clt);

	puppet_fill(self->clt, c, LEN, 1);
	puppet_fill(self->srv, s, LEN, 2);
	become(_metadata, self->clt, ALICE);
	become(_metadata, self->srv, BOB);

	/* Not in a call at all. */
	EXPECT_EQ(EDVSPROCSTS, puppet_vcopy(self->srv, CLT, c, SELF, s, LEN));

	begin(self->clt, OP_SENDREC, SRV, FOREVER);
	ASSERT_EQ(0, act(self->srv, OP_RCVRQST, 0, FOREVER));
	EXPECT_EQ(0, puppet_vcopy(self->srv, CLT, c, SELF, s, LEN));
	EXPECT_UNTOUCHED(self->srv, s, 1);
	puppet_fill(self->srv, s, LEN, 3);
	EXPECT_EQ(0, puppet_vcopy(self->srv, SELF, s, CLT, c, LEN));
	EXPECT_UNTOUCHED(t, c, 3);
	EXPECT_EQ(0, act(self->srv, OP_REPLY, CLT, FOREVER));
	EXPECT_EQ(0, end(self->clt));

	/* It waits again, but for a message and not for an answer. */
	puppet_fill(self->srv, s, LEN, 4);
	begin(self->clt, OP_RECEIVE, SRV, FOREVER);
	ASSERT_TRUE(client_waits(self));
	EXPECT_EQ(EDVSPRIVILEGES,
		  puppet_vcopy(self->srv, SELF, s, CLT, c, LEN));
	EXPECT_EQ(EDVSPRIVILEGES,
		  puppet_vcopy(self->srv, CLT, c, SELF, s, LEN));
	EXPECT_UNTOUCHED(t, c, 3);
	EXPECT_UNTOUCHED(self->srv, s, 4);
}

/* Who sends to it has not put itself into its hands either. */
TEST_F(pair, sender_is_no_client)
{
	char *c = puppet_map(self->clt, LEN), *s = puppet_map(self->srv, LEN);

	puppet_fill(self->clt, c, LEN, 1);
	puppet_fill(self->srv, s, LEN, 2);
	become(_metadata, self->clt, ALICE);
	become(_metadata, self->srv, BOB);
	begin(self->clt, OP_SEND, SRV, FOREVER);
	ASSERT_TRUE(queues(self, CLT));
	EXPECT_EQ(EDVSPRIVILEGES,
		  puppet_vcopy(self->srv, CLT, c, SELF, s, LEN));
	EXPECT_EQ(EDVSPRIVILEGES,
		  puppet_vcopy(self->srv, SELF, s, CLT, c, LEN));
	EXPECT_UNTOUCHED(self->srv, s, 2);
	EXPECT_EQ(0, act(self->srv, OP_RECEIVE, ANY, FOREVER));
	EXPECT_EQ(0, end(self->clt));
	EXPECT_UNTOUCHED(self->clt, c, 1);
}

/* A client does not get at its server's memory. */
TEST_F(pair, client_of_another_user)
{
	char *c = puppet_map(self->clt, LEN), *s = puppet_map(self->srv, LEN);
	struct puppet *t = puppet_thread(self->srv);

	puppet_fill(self->clt, c, LEN, 1);
	puppet_fill(self->srv, s, LEN, 2);
	become(_metadata, self->clt, ALICE);
	begin(self->srv, OP_RECEIVE, ANY, FOREVER);
	ASSERT_TRUE(server_waits(self));
	EXPECT_EQ(EDVSPRIVILEGES,
		  puppet_vcopy(self->clt, SRV, s, SELF, c, LEN));
	EXPECT_EQ(EDVSPRIVILEGES,
		  puppet_vcopy(self->clt, SELF, c, SRV, s, LEN));
	EXPECT_UNTOUCHED(self->clt, c, 1);
	EXPECT_UNTOUCHED(t, s, 2);
}

/* Whoever waits for another server's answer is that server's client. */
TEST_F(pair, client_of_another_server)
{
	struct puppet *spy = puppet_bound(self->sn, self->dcid, CLT3);
	char *c = puppet_map(self->clt, LEN), *s = puppet_map(spy, LEN);
	struct puppet *t = puppet_thread(self->clt);

	if (self->cn != self->sn)
		puppet_known_at(spy, CLT3, self->dcid, self->cn);
	puppet_fill(self->clt, c, LEN, 1);
	puppet_fill(spy, s, LEN, 2);
	become(_metadata, spy, BOB);
	begin(self->clt, OP_SENDREC, SRV, FOREVER);
	ASSERT_EQ(0, act(self->srv, OP_RCVRQST, 0, FOREVER));
	ASSERT_TRUE(client_waits(self));
	EXPECT_EQ(EDVSPRIVILEGES, puppet_vcopy(spy, CLT, c, SELF, s, LEN));
	EXPECT_EQ(EDVSPRIVILEGES, puppet_vcopy(spy, SELF, s, CLT, c, LEN));
	EXPECT_UNTOUCHED(spy, s, 2);
	EXPECT_UNTOUCHED(t, c, 1);
}

/*
 * The same user may, if the target is dumpable. Only on one node: what a user
 * is elsewhere is not known here.
 */
TEST_F(pair, same_user)
{
	char *c = puppet_map(self->clt, LEN), *s = puppet_map(self->srv, LEN);

	if (self->cn != self->sn)
		return;
	puppet_fill(self->clt, c, LEN, 1);
	puppet_fill(self->srv, s, LEN, 2);
	become(_metadata, self->clt, ALICE);
	become(_metadata, self->srv, ALICE);
	begin(self->clt, OP_SEND, SRV, FOREVER);
	ASSERT_TRUE(queues(self, CLT));
	EXPECT_EQ(0, puppet_vcopy(self->srv, CLT, c, SELF, s, LEN));
	EXPECT_UNTOUCHED(self->srv, s, 1);
	EXPECT_EQ(0, act(self->srv, OP_RECEIVE, ANY, FOREVER));
	EXPECT_EQ(0, end(self->clt));

	ASSERT_EQ(0, call(self->clt, OP_DUMPABLE, 0));
	puppet_fill(self->srv, s, LEN, 2);
	begin(self->clt, OP_SEND, SRV, FOREVER);
	ASSERT_TRUE(queues(self, CLT));
	EXPECT_EQ(EDVSPRIVILEGES,
		  puppet_vcopy(self->srv, CLT, c, SELF, s, LEN));
	EXPECT_UNTOUCHED(self->srv, s, 2);
}

/* Group and saved ids count as well: it might be a setgid program. */
static long set_gid(const long *a)
{
	return setresgid(a[0], a[0], a[0]) ? -1 : 0;
}

TEST_F(pair, same_user_other_group)
{
	char *c = puppet_map(self->clt, LEN), *s = puppet_map(self->srv, LEN);

	if (self->cn != self->sn)
		return;
	puppet_fill(self->srv, s, LEN, 2);
	self->clt->page->fn = set_gid;
	ASSERT_EQ(0, call(self->clt, OP_FN, 4242));
	ASSERT_EQ(0, call(self->clt, OP_DUMPABLE, 1));
	become(_metadata, self->srv, ALICE);
	begin(self->clt, OP_SEND, SRV, FOREVER);
	ASSERT_TRUE(queues(self, CLT));
	EXPECT_EQ(EDVSPRIVILEGES,
		  puppet_vcopy(self->srv, CLT, c, SELF, s, LEN));
	EXPECT_UNTOUCHED(self->srv, s, 2);
}

/* A service of the same user that is permitted more than its user. */
static long keep_caps(const long *a)
{
	struct __user_cap_header_struct h = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct d[2] = {
		{ .permitted = 1U << CAP_NET_ADMIN },
	};

	if (prctl(PR_SET_KEEPCAPS, 1) || setgid(a[0]) || setuid(a[0]) ||
	    syscall(SYS_capset, &h, d) || prctl(PR_SET_DUMPABLE, 1))
		return -errno;
	return 0;
}

TEST_F(pair, same_user_more_rights)
{
	char *c = puppet_map(self->clt, LEN), *s = puppet_map(self->srv, LEN);

	if (self->cn != self->sn)
		return;
	puppet_fill(self->srv, s, LEN, 2);
	self->clt->page->fn = keep_caps;
	ASSERT_EQ(0, call(self->clt, OP_FN, ALICE));
	become(_metadata, self->srv, ALICE);
	begin(self->clt, OP_SEND, SRV, FOREVER);
	ASSERT_TRUE(queues(self, CLT));
	EXPECT_EQ(EDVSPRIVILEGES,
		  puppet_vcopy(self->srv, CLT, c, SELF, s, LEN));
	EXPECT_UNTOUCHED(self->srv, s, 2);
}

/* One who is in a user namespace, and all that is there is his, stays in it. */
static long enter_sandbox(const long *a)
{
	(void)a;
	return unshare(CLONE_NEWUSER) ? -errno : 0;
}

TEST_F(pair, same_user_other_namespace)
{
	char *c = puppet_map(self->clt, LEN), *s = puppet_map(self->srv, LEN);

	if (self->cn != self->sn)
		return;
	puppet_fill(self->srv, s, LEN, 2);
	become(_metadata, self->clt, ALICE);
	become(_metadata, self->srv, ALICE);
	self->srv->page->fn = enter_sandbox;
	ASSERT_EQ(0, call(self->srv, OP_FN, 0));
	begin(self->clt, OP_SEND, SRV, FOREVER);
	ASSERT_TRUE(queues(self, CLT));
	EXPECT_EQ(EDVSPRIVILEGES,
		  puppet_vcopy(self->srv, CLT, c, SELF, s, LEN));
	EXPECT_UNTOUCHED(self->srv, s, 2);
}

/* A third party that serves neither, of another user. */
TEST_F(pair, third_party)
{
	struct puppet *a = self->clt, *b = client(self, CLT2);
	struct puppet *spy = puppet_bound(self->cn, self->dcid, CLT3), *tb;
	char *x = puppet_map(a, LEN), *y = puppet_map(b, LEN);

	if (self->cn != self->sn)
		return;
	tb = puppet_thread(b);
	puppet_fill(a, x, LEN, 1);
	puppet_fill(b, y, LEN, 2);
	become(_metadata, spy, BOB);
	begin(a, OP_SENDREC, SRV, FOREVER);
	ASSERT_EQ(0, act(self->srv, OP_RCVRQST, 0, FOREVER));
	begin(b, OP_SENDREC, SRV, FOREVER);
	ASSERT_EQ(0, act(self->srv, OP_RCVRQST, 0, FOREVER));
	EXPECT_EQ(EDVSPRIVILEGES, puppet_vcopy(spy, CLT, x, CLT2, y, LEN));
	EXPECT_UNTOUCHED(tb, y, 2);
	/* One of the two is not enough. */
	begin(spy, OP_RCVRQST, 0, FOREVER);
	EXPECT_EQ(0, act(self->srv, OP_REPLY, CLT, FOREVER));
	EXPECT_EQ(0, end(a));
	begin(a, OP_SENDREC, CLT3, FOREVER);
	EXPECT_EQ(0, end(spy));
	EXPECT_EQ(EDVSPRIVILEGES, puppet_vcopy(spy, CLT, x, CLT2, y, LEN));
	EXPECT_UNTOUCHED(tb, y, 2);
}

/* The capability is that of the one who asks, not of who opened the device. */
TEST_F(pair, root_may)
{
	char *c = puppet_map(self->clt, LEN), *s = puppet_map(self->srv, LEN);

	if (self->cn != self->sn)
		return;
	puppet_fill(self->clt, c, LEN, 1);
	become(_metadata, self->clt, ALICE);
	begin(self->clt, OP_SEND, SRV, FOREVER);
	ASSERT_TRUE(queues(self, CLT));
	EXPECT_EQ(0, puppet_vcopy(self->srv, CLT, c, SELF, s, LEN));
	EXPECT_UNTOUCHED(self->srv, s, 1);
	ASSERT_EQ(0, call(self->srv, OP_SETUID, BOB));
	EXPECT_EQ(EDVSPRIVILEGES,
		  puppet_vcopy(self->srv, CLT, c, SELF, s, LEN));
}

TEST_HARNESS_MAIN
