/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Rendezvous within one node: two clients, a server, its successor in the same
 * slot.  Each may end its waits by a timeout or a signal, and exit between two
 * calls.
 *
 * -DIMMORTAL: the server lives as long as the clients, and nothing but a client
 * ends its waits, so that a wake-up that is lost is not made good by a death.
 * -DUNBIND: another task may unbind the server or a client at any point.
 * -DFINE_SLEEP: see endpoint.pml.
 */
#define NNODES 1
#define NNR 3
#define SRV 0
#define CLI 1
#define NOBJ 5
#define QLEN 3
#ifndef CALLS
#define CALLS 2				/* of each client */
#endif
#define NMSG (1 + 2 * CALLS)

#define CANCEL(ep)			assert(false)
#define ANSWERS(s, d)			true
#define TAKE_NOTE(ep, only)		skip
#define SEND_ACK(ep)			assert(false)
#define SEND_REPLY(ep, d, m)		assert(false)
#define SEND_ANSWER(ep, s, kind, why)	assert(false)
#define REMEMBER(s)			skip
#define REMEMBER_REPLY(s)		skip
#define ANNOUNCE_DEATH(ep)		skip
#define KILL_MIGRATING(ep)		skip
/*
 * A call that ended early has taken its message back, or it is too late for
 * that; and the server whose reply returned 0 has been heard.
 */
#define LEFT(m)				gave_up[m] = !executed[m]; \
					assert(!replied[m])
#define CHECK_TAKEN(m)			assert(!gave_up[m])
#define EXTRA_LOCALS

#include "endpoint.pml"

#define CLIENTS_DONE	(left == 0)
#ifndef CLIENTS
#define CLIENTS 2			/* the second only makes requests */
#endif
byte left = CLIENTS;			/* clients that have not exited */
bool is_rqst[NMSG];

#ifdef IMMORTAL
#define MAY_DIE false
#else
#define MAY_DIE true
#endif
#ifndef SUCCESSOR
#define SUCCESSOR MAY_DIE
#endif
#ifndef CALLS1
#define CALLS1 CALLS			/* of the first client */
#endif

/* The server's program.  Its successor is bound in the same slot. */
active proctype server()
{
	LOCALS;
	byte me = 1;
	bool kind, over;

again:
	/* dvk_ep_bind() */
	atomic { e[me].task = true; e[me].nr = SRV; e[me].inc = me;
		AT(0, SRV) = me }
	do
	:: over -> break
	:: !over && !(CLIENTS_DONE && !MAY_DIE) ->
		ep_enter(me);
		if
		:: gone_ -> break
		:: else
		fi;
		if
		:: ret == OK ->
			if
			:: kind = true		/* dvk_ipc_rcvrqst() */
			:: kind = false		/* dvk_ipc_receive(ANY) */
			fi;
			/* The bench ends the wait when nobody is left. */
			receive_from(me, NIL, kind, false,
				     (MAY_DIE || CLIENTS_DONE));
			kind = false;
			if
			:: ret == OK && is_rqst[body] ->
				if
				:: reply(me, CLI + (body > CALLS), body)
				:: MAY_DIE -> over = true	/* dies with it */
				fi
			:: else
			fi;
			atomic {
				body = NIL;
				if		/* a signal kills it */
				:: ret == EINTR && MAY_DIE -> over = true
				:: else
				fi
			}
		:: else
		fi;
		ep_leave(me)
	:: !over && CLIENTS_DONE && !MAY_DIE -> break
	od;
	request_shutdown(me);			/* on_exit() */
	atomic { e[me].dead; over = false }
	if
	:: me == 1 && SUCCESSOR -> me = 2; goto again
	:: else
	fi
}

proctype client(byte me)
{
	LOCALS;
	byte n, m, dst;
	bool tmo;

	do
	:: n < (me == 3 -> CALLS1 : CALLS) ->
		ep_enter(me);
		if
		:: gone_ -> break
		:: else
		fi;
		if
		:: ret == OK ->
			atomic {
				n++;
				m = (me - 3) * CALLS + n;
				dst = AT(0, SRV);
				in_call[me] = true
			}
			/* For ever, or until it has waited long enough. */
			if
			:: tmo = false
			:: tmo = true
			fi;
			if
			:: true ->			/* sendrec() */
				atomic {
					is_rqst[m] = true;
					e[me].from = dst;
					e[me].answer = true;
					e[me].rqst_only = false
				}
				if
				:: dst == NIL -> ret = EDEADSRCDST
				:: else ->
					offer(me, dst, m, true, false);
					if
					:: ret == OK || ret == QUEUED ->
						ipc_wait(me, tmo, false)
					:: else
					fi
				fi;
				atomic {
					e[me].answer = false;
					e[me].state = DVK_RUN;
					call_returns(me, m, true)
				}
			:: me == 3 && (tmo || MAY_DIE) ->	/* send() */
				/* An rcvrqst never takes it. */
				if
				:: dst == NIL -> ret = EDSTDIED
				:: else ->
					offer(me, dst, m, false, false);
					if
					:: ret == QUEUED ->
						ipc_wait(me, tmo, false)
					:: else
					fi
				fi;
				atomic {
					e[me].state = DVK_RUN;
					call_returns(me, m, false)
				}
			:: me == 3 && MAY_DIE && dst != NIL ->	/* receive(server) */
				receive_from(me, dst, false, tmo, false);
				assert(ret != OK);	/* it never sends */
				in_call[me] = false
			fi;
			atomic { dst = NIL; m = NIL; tmo = false; body = NIL;
				e[me].from = NIL }
		:: else
		fi;
		ep_leave(me)
	:: n == (me == 3 -> CALLS1 : CALLS) -> break
	od;
#ifdef UNBIND
	request_shutdown(me);
#else
	/* As dvk_ep_kill(); nobody waits for a client. */
	atomic { e[me].dead = true; AT(0, e[me].nr) = NIL };
#endif
	left--
}

#ifdef UNBIND
/* dvk_ep_unbind(): somebody unbinds one of them, at any time. */
active proctype unbinder()
{
	LOCALS;

	if
	:: request_shutdown(1)
	:: request_shutdown(3)
	:: skip
	fi
}
#endif

init {
	atomic {
		e[3].task = true; e[3].nr = CLI; e[3].inc = 3; AT(0, CLI) = 3;
		e[4].task = true; e[4].nr = CLI + 1; e[4].inc = 4;
		AT(0, CLI + 1) = 4;
		run client(3);
		if
		:: CLIENTS == 2 -> run client(4)
		:: else
		fi
	}
}

ltl ends { [] ((in_call[3] -> <> !in_call[3]) && (in_call[4] -> <> !in_call[4])) }
