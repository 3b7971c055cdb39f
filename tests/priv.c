// SPDX-License-Identifier: GPL-2.0
/*
 * Privileges: who may make which call, and send to whom; dumps.
 */
#include "kselftest_harness.h"

#include "pair.h"

#define FOREVER	TIMEOUT_FOREVER
/* The bit of a system slot in the maps. */
#define BIT_OF(slot)	(1UL << ((slot) + NR_TASKS))
#define CALL(name)	(1UL << DVK_CALL_##name)

static priv_usr_t get(struct __test_metadata *_metadata, SELF_OF(pair), int ep)
{
	priv_usr_t priv = { 0 };

	at_node(ep == SRV ? self->sn : self->cn);
	EXPECT_EQ(0, dvk_getpriv(self->dcid, ep, &priv));
	return priv;
}

static long set(SELF_OF(pair), int ep, priv_usr_t *priv)
{
	at_node(ep == SRV ? self->sn : self->cn);
	return dvk_setpriv(self->dcid, ep, priv);
}

TEST_F(pair, defaults)
{
	priv_usr_t p = get(_metadata, self, CLT);
	struct puppet *task = puppet_bound(self->cn, self->dcid, -3);

	(void)task;
	EXPECT_EQ(CLT + NR_TASKS, p.priv_id);
	EXPECT_EQ(USER_PRIV, p.priv_level);
	EXPECT_EQ(NONE, p.priv_warn);
	EXPECT_EQ(~0UL, p.priv_ipc_to);
	EXPECT_EQ(~0UL, p.priv_ipc_from);
	EXPECT_EQ((1UL << 48) - 1, p.priv_dvk_allowed);
	p = get(_metadata, self, SRV);
	EXPECT_EQ(SERVER_PRIV, p.priv_level);
	p = get(_metadata, self, -3);
	EXPECT_EQ(TASK_PRIV, p.priv_level);
}

TEST_F(pair, what_is_set_is_got)
{
	priv_usr_t p = get(_metadata, self, CLT), q;

	p.priv_level = SYSTEM_PRIV;
	p.priv_warn = SRV;
	p.priv_trap_mask = 0x55;
	p.priv_ipc_from = ~BIT_OF(3);
	p.priv_ipc_to = ~BIT_OF(4);
	p.priv_dvk_allowed = CALL(SENDREC) | CALL(GETPRIV);
	EXPECT_EQ(0, set(self, CLT, &p));
	q = get(_metadata, self, CLT);
	EXPECT_EQ(0, memcmp(&p, &q, sizeof(p)));
}

TEST_F(pair, refusals)
{
	priv_usr_t p = get(_metadata, self, CLT), q;

	at_node(self->cn);
	EXPECT_EQ(EDVSBADDCID, dvk_getpriv(-2, CLT, &p));
	EXPECT_EQ(EDVSDCNOTRUN, dvk_getpriv(dc_absent(self->dcid), CLT, &p));
	EXPECT_EQ(EDVSRANGE, dvk_getpriv(self->dcid, 4000, &p));
	EXPECT_EQ(EDVSENDPOINT, dvk_getpriv(self->dcid, _ENDPOINT(1, CLT), &p));
	EXPECT_EQ(EDVSNOTBIND, dvk_getpriv(self->dcid, CLT + 1, &p));
	EXPECT_EQ(EDVSNOTBIND, dvk_getpriv(self->dcid, SELF, &p));
	EXPECT_EQ(EDVSFAULT, dvk_getpriv(self->dcid, CLT, NULL));
	if (self->cn != self->sn) {
		EXPECT_EQ(EDVSRMTPROC, dvk_getpriv(self->dcid, SRV, &p));
		EXPECT_EQ(EDVSRMTPROC, dvk_setpriv(self->dcid, SRV, &p));
	}
	q = p;
	q.priv_id++;
	EXPECT_EQ(EDVSBADVALUE, set(self, CLT, &q));
	q = p;
	q.priv_level = PROXY_PRIV + 1;
	EXPECT_EQ(EDVSBADVALUE, set(self, CLT, &q));
	q = p;
	q.priv_dvk_allowed = 1UL << 48;
	EXPECT_EQ(EDVSBADVALUE, set(self, CLT, &q));
	q = p;
	q.priv_warn = 4000;
	EXPECT_EQ(EDVSBADVALUE, set(self, CLT, &q));
	q = get(_metadata, self, CLT);
	EXPECT_EQ(0, memcmp(&p, &q, sizeof(p)));
}

/* Each call that the mask takes away is refused, the others work. */
TEST_F(pair, mask)
{
	const struct {
		unsigned long bit;
		int op;
	} calls[] = {
		{ CALL(SEND), OP_SEND }, { CALL(RECEIVE), OP_RECEIVE },
		{ CALL(SENDREC), OP_SENDREC }, { CALL(RCVRQST), OP_RCVRQST },
		{ CALL(REPLY), OP_REPLY }, { CALL(RELAY), OP_RELAY },
		{ CALL(NOTIFY), OP_NOTIFY }, { CALL(VCOPY), OP_VCOPY },
		{ CALL(WAIT4BIND), OP_WAIT4BIND }, { CALL(BIND), OP_BIND },
		{ CALL(UNBIND), OP_UNBIND },
	};
	priv_usr_t all = get(_metadata, self, CLT), p;
	size_t i;
	long ret;

	for (i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		p = all;
		p.priv_dvk_allowed &= ~calls[i].bit;
		ASSERT_EQ(0, set(self, CLT, &p));
		ret = call(self->clt, calls[i].op, CLT, 0, 0, 0, 0, 0);
		EXPECT_EQ(EDVSBADCALL, ret)
			TH_LOG("op %d: %ld", calls[i].op, ret);
		ASSERT_EQ(0, set(self, CLT, &all));
		ret = call(self->clt, calls[i].op, CLT, 0, 0, 0, 0, 0);
		EXPECT_NE(EDVSBADCALL, ret)
			TH_LOG("op %d", calls[i].op);
	}
	p = all;
	p.priv_dvk_allowed &= ~CALL(GETEP);
	ASSERT_EQ(0, set(self, CLT, &p));
	EXPECT_EQ(EDVSBADCALL, call(self->clt, OP_GETEP, 0));
}

/* To which system endpoints a process may send. */
TEST_F(pair, ipc_to)
{
	priv_usr_t p = get(_metadata, self, CLT);

	p.priv_ipc_to &= ~BIT_OF(SRV);
	ASSERT_EQ(0, set(self, CLT, &p));
	EXPECT_EQ(EDVSTRAPDENIED, act(self->clt, OP_SEND, SRV, FOREVER));
	EXPECT_EQ(EDVSTRAPDENIED, act(self->clt, OP_SENDREC, SRV, FOREVER));
	EXPECT_EQ(EDVSTRAPDENIED, call(self->clt, OP_NOTIFY, SRV));
	EXPECT_EQ(EDVSAGAIN, act(self->srv, OP_RECEIVE, ANY, 0));
	/* User endpoints are not in the maps. */
	client(self, CLT2);
	EXPECT_EQ(EDVSAGAIN, act(self->clt, OP_SEND, CLT2, 0));
	p.priv_ipc_to = BIT_OF(SRV);
	ASSERT_EQ(0, set(self, CLT, &p));
	begin(self->clt, OP_SENDREC, SRV, FOREVER);
	EXPECT_EQ(0, act(self->srv, OP_RCVRQST, 0, FOREVER));
	EXPECT_EQ(0, act(self->srv, OP_REPLY, CLT, 0));
	EXPECT_EQ(0, end(self->clt));
}

/* From which it takes messages, wherever they come from. */
TEST_F(pair, ipc_from)
{
	priv_usr_t p = get(_metadata, self, SRV);
	struct puppet *low = client(self, 5);

	p.priv_ipc_from &= ~BIT_OF(5);
	ASSERT_EQ(0, set(self, SRV, &p));
	EXPECT_EQ(EDVSCALLDENIED, act(low, OP_SEND, SRV, FOREVER));
	EXPECT_EQ(EDVSCALLDENIED, act(low, OP_SENDREC, SRV, FOREVER));
	/* Over a link nobody waits for what becomes of a notification. */
	EXPECT_EQ(self->cn == self->sn ? EDVSCALLDENIED : 0,
		  call(low, OP_NOTIFY, SRV));
	begin(self->clt, OP_SEND, SRV, FOREVER);
	EXPECT_EQ(0, act(self->srv, OP_RECEIVE, ANY, FOREVER));
	EXPECT_EQ(CLT, heard(self->srv)->m_source);
	EXPECT_EQ(0, end(self->clt));
	EXPECT_EQ(EDVSAGAIN, act(self->srv, OP_RECEIVE, ANY, 0));
}

static long set_other(const long *a)
{
	priv_usr_t p;
	long ret = dvk_getpriv(a[0], a[1], &p);

	if (ret)
		return ret;
	p.priv_level = a[2];
	p.priv_dvk_allowed = a[3];
	return dvk_setpriv(a[0], a[1], &p);
}

/* Without CAP_NET_ADMIN: what the own level allows, and no more. */
TEST_F(pair, who_may_set)
{
	struct puppet *sys = client(self, 5);
	priv_usr_t p = get(_metadata, self, 5);
	long some = CALL(SEND) | CALL(GETPRIV) | CALL(SETPRIV);

	sys->page->fn = set_other;
	ASSERT_EQ(0, call(sys, OP_SETUID, 12345));
	EXPECT_EQ(EDVSPRIVILEGES,
		  call(sys, OP_FN, self->dcid, CLT, USER_PRIV, some));
	p.priv_level = SYSTEM_PRIV;
	p.priv_dvk_allowed = some;
	ASSERT_EQ(0, set(self, 5, &p));
	EXPECT_EQ(0, call(sys, OP_FN, self->dcid, CLT, SYSTEM_PRIV, some));
	/* More than it has: a level, a call, or about itself. */
	EXPECT_EQ(EDVSPRIVILEGES,
		  call(sys, OP_FN, self->dcid, CLT, KERNEL_PRIV, some));
	EXPECT_EQ(EDVSPRIVILEGES, call(sys, OP_FN, self->dcid, CLT, USER_PRIV,
				       some | CALL(VCOPY)));
	EXPECT_EQ(EDVSPRIVILEGES,
		  call(sys, OP_FN, self->dcid, 5, USER_PRIV, some));
	p.priv_dvk_allowed = CALL(GETPRIV);
	ASSERT_EQ(0, set(self, 5, &p));
	EXPECT_EQ(EDVSBADCALL,
		  call(sys, OP_FN, self->dcid, CLT, USER_PRIV, 0));
}

/* An endpoint may name who is told of its exit. */
TEST_F(pair, warn)
{
	struct puppet *mourner = client(self, CLT2);
	priv_usr_t p = get(_metadata, self, CLT);

	p.priv_warn = CLT2;
	ASSERT_EQ(0, set(self, CLT, &p));
	begin(mourner, OP_RECEIVE, ANY, FOREVER);
	puppet_kill(self->clt);
	EXPECT_EQ(0, end(mourner));
	EXPECT_EQ(CLT, heard(mourner)->m_source);
}

/* User slots of a strict DC ask servers, until they are allowed more. */
TEST(strict)
{
	dc_usr_t usr = { .dc_nr_procs = 221, .dc_nr_tasks = 35,
			 .dc_nr_sysprocs = 64, .dc_nr_nodes = 32,
			 .dc_warn2proc = NONE, .dc_flags = DVK_DC_STRICT };
	struct puppet *srv, *clt;
	priv_usr_t p;
	int dcid;

	cluster_up();
	dcid = dc_new_like(1, &usr);
	srv = puppet_bound(0, dcid, SRV);
	clt = puppet_bound(0, dcid, CLT);
	EXPECT_EQ(EDVSBADCALL, act(clt, OP_SEND, SRV, 0));
	EXPECT_EQ(EDVSBADCALL, act(clt, OP_RECEIVE, ANY, 0));
	EXPECT_EQ(EDVSBADCALL, act(clt, OP_RELAY, SRV, 0));
	EXPECT_EQ(CLT, call(clt, OP_GETEP, 0));
	begin(clt, OP_SENDREC, SRV, FOREVER);
	EXPECT_EQ(0, act(srv, OP_RCVRQST, 0, FOREVER));
	EXPECT_EQ(0, act(srv, OP_REPLY, CLT, 0));
	EXPECT_EQ(0, end(clt));
	/* On behalf of another: a matter of system endpoints. */
	at_node(0);
	ASSERT_EQ(0, dvk_getpriv(dcid, CLT, &p));
	p.priv_dvk_allowed |= CALL(NOTIFY) | CALL(SEND);
	ASSERT_EQ(0, dvk_setpriv(dcid, CLT, &p));
	EXPECT_EQ(0, call(clt, OP_NOTIFY, SRV));
	EXPECT_EQ(EDVSPRIVILEGES, call(clt, OP_SRC_NOTIFY, SRV, SRV));
	p.priv_level = SERVER_PRIV;
	ASSERT_EQ(0, dvk_setpriv(dcid, CLT, &p));
	EXPECT_EQ(0, call(clt, OP_SRC_NOTIFY, 0 + CLT, SRV));
	EXPECT_EQ(EDVSAGAIN, act(clt, OP_SEND, SRV, 0));
	puppets_end();
	dc_drop(dcid);
}

/* What they write is in the kernel's log. */
TEST(dumps)
{
	struct puppet *p, *user;
	int dcid;

	cluster_up();
	dcid = dc_new(1);
	p = puppet_bound(0, dcid, 77);
	at_node(0);
	EXPECT_EQ(0, dvk_proc_dump(dcid));
	EXPECT_EQ(0, run("dmesg | tail -n 3 | grep -q '%2d  77    77 '", dcid));
	EXPECT_EQ(0, dvk_dc_dump());
	EXPECT_EQ(0, run("dmesg | tail -n 9 | grep -q 'dc=%d procs=221 '", dcid));
	EXPECT_EQ(EDVSBADDCID, dvk_proc_dump(-1));
	EXPECT_EQ(EDVSBADDCID, dvk_proc_dump(1 << 20));
	EXPECT_EQ(EDVSDCNOTRUN, dvk_proc_dump(dc_absent(dcid)));
	user = puppet_new(0);
	ASSERT_EQ(0, call(user, OP_SETUID, 12345));
	puppets_end();
	dc_drop(dcid);
	(void)p;
}

/* A bind for a process in user mode shows as such. */
TEST(umbind)
{
	struct puppet *p;
	proc_usr_t info;
	int dcid;

	cluster_up();
	dcid = dc_new(1);
	p = puppet_new(0);
	at_node(0);
	EXPECT_EQ(60, dvk_umbind(dcid, p->pid, 60));
	EXPECT_EQ(0, proc_info(0, dcid, 60, &info));
	EXPECT_TRUE(info.p_misc_flags & (1 << MIS_BIT_USERMODE));
	EXPECT_EQ(60, call(p, OP_GETEP, 0));
	EXPECT_EQ(EDVSBADPID, dvk_umbind(dcid, 0x3fffff, 61));
	puppets_end();
	dc_drop(dcid);
}

TEST_HARNESS_MAIN
