/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A client on node 0, a server on node 1: requests, answers, acknowledgements,
 * cancels, stand-ins, incarnations, loss of the connection.
 *
 *   CALLS      calls of each client
 *   CLIENTS    incarnations of the client, one after the other
 *   SERVERS    incarnations of the server; -DIMMORTAL: one, which lives as long
 *              as the clients
 *   LOSSES     so many times the connection breaks, and may come again
 *   BYHAND     the server's stand-in was bound by an administrator
 *   RQST_ONLY  the client makes only requests, and waits for ever; the server
 *              receives only requests
 *   UNBOUND    somebody unbinds the client's stand-in on the server's node
 */
#define NNODES 2
#define NNR 2
#define SRV 0
#define CLI 1
#ifndef POOL
#define POOL 4
#endif
#define NOBJ (1 + NNODES * NNR * POOL)
#define QLEN 2
#define NETLEN 7
#ifndef CALLS
#define CALLS 1
#endif
#ifndef CLIENTS
#define CLIENTS 1
#endif
#ifdef IMMORTAL
#define SERVERS 1
#define MAY_DIE false
#else
#define MAY_DIE true
#endif
#ifndef SERVERS
#define SERVERS 1
#endif
#ifndef LOSSES
#define LOSSES 0
#endif
#define NMSG (1 + CALLS * CLIENTS)

#define ANSWERS(s, d)		true
#define TAKE_NOTE(ep, only)	skip
#define KILL_MIGRATING(ep)	skip
#define LEARN(n, p)		assert(false)
#define RETRY_CODE		DVK_RETRY
#define BIND_NEWS(n, p)		standin(n, p); more = (victim != NIL)
#define LIVES_ON(n, r)		0
#define NODE_LOST(n, p, x) \
	if \
	:: e[x].autobound -> ep_kill(x, false) \
	:: else \
	fi
#define STEPS_LOST(n, p)	skip
#define OTHER_COMMANDS
#define SLOW_COMMANDS
#define RECONNECTS		(clients_left > 0)
/*
 * Who gave up on a request has told the other node.  So it is taken later only
 * as long as the news are on their way, or the loss of the connection is.
 */
#define LEFT(m)			gave_up[m] = (ret == ETIMEDOUT || ret == EINTR)
#define CHECK_TAKEN(m) \
	assert(!gave_up[m] || len(net[L(0, 1)]) > 0 || busy[L(1, 0)] || \
	       conn[L(1, 0)] != UP || broken[L(0, 1)])

byte clients_left = CLIENTS;
byte servers_left = SERVERS;
bool is_rqst[NMSG];

#include "link.pml"

active proctype server()
{
	LOCALS;
	byte me;
	bool kind, over;

	ready;
	me = 1 + (NNR + SRV) * POOL;		/* bound by init */
again:
	do
	:: over -> break
	:: !over && !(!MAY_DIE && clients_left == 0) ->
		if
		:: kind = true			/* dvk_ipc_rcvrqst() */
#ifndef RQST_ONLY
		:: kind = false			/* dvk_ipc_receive(ANY) */
#endif
		fi;
		receive_from(me, NIL, kind, false,
			     (MAY_DIE || clients_left == 0));
		if
		:: ret == OK && is_rqst[body] ->
			if
			:: reply(me, CLI, body)
			:: MAY_DIE -> over = true
			fi
		:: ret == EINTR && MAY_DIE -> over = true
		:: else
		fi;
		atomic { body = NIL; kind = false; ret = OK }
	:: !over && !MAY_DIE && clients_left == 0 -> break
	od;
	if
	:: MAY_DIE -> ep_kill(me, true)
	:: else					/* of no interest any more */
	fi;
	atomic { over = false; me = NIL; servers_left-- }
	if
	:: servers_left > 0 -> bind_local(me, 1, SRV); goto again
	:: else
	fi
}

active proctype client()
{
	LOCALS;
	byte me, n, m, dst;
	bool tmo, sig;

	ready;
	me = 1 + CLI * POOL;
again:
	do
	:: n < CALLS && !sig ->
		atomic {
			n++;
			m++;
			dst = AT(0, SRV);
			in_call[me] = true;
			/* For ever, till it has waited long enough, till it is
			 * killed.
			 */
			if
			:: tmo = false
#ifndef RQST_ONLY
			:: tmo = true
#endif
			:: CLIENTS > 1 -> sig = true
			fi
		}
		if
		:: true ->			/* sendrec() */
			is_rqst[m] = true;
			if
			:: dst == NIL -> ret = EDEADSRCDST
			:: else -> remote_call(me, dst, m, true, tmo, sig)
			fi;
			atomic { call_returns(me, m, true) }
#ifndef RQST_ONLY
		:: tmo || sig || MAY_DIE ->	/* send() */
			if
			:: dst == NIL -> ret = EDSTDIED
			:: else -> remote_call(me, dst, m, false, tmo, sig)
			fi;
			atomic { call_returns(me, m, false) }
		:: MAY_DIE && dst != NIL ->	/* receive(server) */
			receive_from(me, dst, false, tmo, sig);
			assert(ret != OK);
			in_call[me] = false
#endif
		fi;
		atomic { dst = NIL; tmo = false; body = NIL; ret = OK }
	:: else -> break
	od;
	if
	:: MAY_DIE || clients_left > 1 -> ep_kill(me, true)
	:: else
	fi;
	atomic { me = NIL; n = 0; sig = false; clients_left-- }
	if
	:: clients_left > 0 -> bind_local(me, 0, CLI); goto again
	:: else
	fi
}

#if LOSSES > 0
active proctype breaker()
{
	byte n;

	do
	:: atomic { ready && n < LOSSES && clients_left > 0 && conn[L(0, 1)] == UP && conn[L(1, 0)] == UP ->
		broken[L(0, 1)] = true; broken[L(1, 0)] = true; n++ }
	:: break
	od
}
#endif

#ifdef UNBOUND
/* dvk_ep_unbind() of the client's stand-in on node 1 */
active proctype admin()
{
	LOCALS;
	byte x;

	ready;
	do
	:: AT(1, CLI) != NIL ->
		x = AT(1, CLI);
		if
		:: x != NIL -> ep_kill(x, true)
		:: else
		fi;
		x = NIL;
		break
	:: break
	od
}
#endif

init {
	byte o;

	atomic {
		up[L(0, 1)] = true; up[L(1, 0)] = true;
		conn[L(0, 1)] = UP; conn[L(1, 0)] = UP;
		new_local(o, 1, SRV);
		new_local(o, 0, CLI);
		/* The announcements have arrived. */
#ifdef BYHAND
		new_standin(o, 0, 1, SRV, 0, false);
#else
		new_standin(o, 0, 1, SRV, 1 + (NNR + SRV) * POOL, true);
#endif
		new_standin(o, 1, 0, CLI, 1 + CLI * POOL, true);
		o = 0;
		run rx(0, 1);
		run rx(1, 0);
		run link(0, 1);
		run link(1, 0);
		ready = true
	}
}

#define NO_CALL(o)	(in_call[o] -> <> !in_call[o])
#define FIRST_CLIENT	(1 + CLI * POOL)
ltl ends { [] ((in_call[FIRST_CLIENT] -> <> !in_call[FIRST_CLIENT]) &&
	       (in_call[FIRST_CLIENT + 1] -> <> !in_call[FIRST_CLIENT + 1])) }
