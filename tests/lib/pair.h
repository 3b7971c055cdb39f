/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The scene that most IPC tests play on: a server and a client in one DC, both
 * on one node or on two. Included by test programs only, once.
 */
#ifndef TESTS_LIB_PAIR_H
#define TESTS_LIB_PAIR_H

#include "cluster.h"
#include "puppet.h"
#include "util.h"

#define SRV	10	/* a system slot */
#define CLT	100	/* a user slot */
#define CLT2	101
#define CLT3	102

/* How a call ends that needs a process which dies: one of these. */
static inline bool is_death(long ret)
{
	return ret == EDVSDSTDIED || ret == EDVSSRCDIED ||
	       ret == EDVSDEADSRCDST;
}

FIXTURE(pair) {
	int dcid;
	int cn, sn;		/* nodes of the client and the server */
	struct puppet *srv, *clt;
	proc_usr_t info;
};

FIXTURE_VARIANT(pair) {
	int cn, sn;
};

/* Both remote placements, because one side dials and the other listens. */
FIXTURE_VARIANT_ADD(pair, local) { .cn = 0, .sn = 0 };
FIXTURE_VARIANT_ADD(pair, remote) { .cn = 0, .sn = 1 };
FIXTURE_VARIANT_ADD(pair, remote_back) { .cn = 2, .sn = 1 };

FIXTURE_SETUP(pair)
{
	cluster_up();
	self->cn = variant->cn;
	self->sn = variant->sn;
	self->dcid = dc_new(1U << self->cn | 1U << self->sn);
	self->srv = puppet_bound(self->sn, self->dcid, SRV);
	self->clt = puppet_bound(self->cn, self->dcid, CLT);
	if (self->cn != self->sn) {
		puppet_known_at(self->srv, SRV, self->dcid, self->cn);
		puppet_known_at(self->clt, CLT, self->dcid, self->sn);
	}
}

FIXTURE_TEARDOWN(pair)
{
	puppets_end();
	dc_drop(self->dcid);
}

/* One more client beside the first. */
static __attribute__((unused)) struct puppet *
client(SELF_OF(pair), int ep)
{
	struct puppet *p = puppet_bound(self->cn, self->dcid, ep);

	if (self->cn != self->sn)
		puppet_known_at(p, ep, self->dcid, self->sn);
	return p;
}

/* True when @ep, here or as a stand-in, queues on the server's node. */
static __attribute__((unused)) bool
queues(SELF_OF(pair), int ep)
{
	return proc_flags(self->sn, self->dcid, ep, DVK_RTS_SENDING, 0);
}

/* True when it no longer does. */
static __attribute__((unused)) bool
left_queue(SELF_OF(pair), int ep)
{
	proc_usr_t p;

	return wait_until(proc_info(self->sn, self->dcid, ep, &p) ||
			  !(p.p_rts_flags & DVK_RTS_SENDING), SOON);
}

/* True when the server waits for a message. */
static __attribute__((unused)) bool
server_waits(SELF_OF(pair))
{
	return proc_flags(self->sn, self->dcid, SRV, DVK_RTS_RECEIVING, 0);
}

/* True when the client waits in any call. */
static __attribute__((unused)) bool
client_waits(SELF_OF(pair))
{
	return wait_until(!proc_info(self->cn, self->dcid, CLT, &self->info) &&
			  self->info.p_rts_flags, SOON);
}

#endif
