/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The server's endpoint moves from node 0 to node 1 while a client calls it.
 *
 *   CLIENT_AT   node of the client: 0 the old one, 1 the new one, 2 a third
 *   CALLS       requests of the client; -DNOTIFY: and one notification
 *   HOLD        the server may receive again before it answers
 *   ROLLBACK    instead of the commit, or after it has failed
 *   OLD_DIES    the old process may die at any time
 *   NEW_DIES    the process given to the commit may die at any time
 *   LOSSES      the connection between nodes 0 and 1 breaks, and may come again
 *   NODE_DIES   that node is lost, with all its connections
 */
#ifndef CLIENT_AT
#define CLIENT_AT 2
#endif
#if CLIENT_AT == 2
#define NNODES 3
#else
#define NNODES 2
#endif
#define NNR 2
#define SRV 0
#define CLI 1
#ifndef POOL
#define POOL 3
#endif
#define NOBJ (1 + NNODES * NNR * POOL)
#define QLEN 2
#define NETLEN 5
#ifndef CALLS
#define CALLS 1
#endif
#ifndef LOSSES
#define LOSSES 0
#endif
#define NMSG (1 + CALLS)

#define ANSWERS(s, d)		true
#define LEFT(m)			skip
#define CHECK_TAKEN(m)		skip
#ifdef NODE_DIES
#define RECONNECTS		false
#else
#define RECONNECTS		true
#endif

/* dvk_notify_take() */
bool note[NOBJ];			/* pending, or kept at a stand-in */
byte notes_got;
#define TAKE_NOTE(ep, only) \
	if \
	:: !only && note[ep] -> \
		note[ep] = false; \
		notes_got++; \
		body = NIL; \
		ret = OK \
	:: else \
	fi

#define KILL_MIGRATING(ep)	e[ep].migrating = false

/* dvk_migrate_tell(): where the node thinks that the endpoint lives */
#define LIVES_ON(n, r) \
	(AT(n, r) == NIL -> (n) : (e[AT(n, r)].task -> (n) : \
	 (e[AT(n, r)].moved_to != NONODE -> e[AT(n, r)].moved_to : \
	  e[AT(n, r)].node)))

/* The answer to the commit, as its caller sees it. */
mtype step = 0;
bool asking;

/* The stand-in that has a backup, and that. */
byte holder, backup;
byte given;				/* the process given to the commit */

bool client_done, lost;

#ifdef FAULT_NO_RETRY
#define RETRY_CODE	EMIGRATE
#else
#define RETRY_CODE	DVK_RETRY
#endif

/* believe(): the stand-in st of slot f_src is replaced, waits for it go on */
#define BELIEVE(n, where, in) \
	ep_alloc(x_, n, f_src); \
	e[x_].node = where; \
	e[x_].inc = in; \
	e[x_].autobound = true; \
	swap(st, x_); \
	repoint(st, x_); \
	x_ = NIL

/* dvk_migrate_learn() */
#define LEARN(n, p) \
	st = AT(n, f_src); \
	if \
	:: f_x != n && st != NIL && !e[st].task && e[st].node == p -> \
		if \
		:: f_x == p -> e[st].inc = 0 \
		:: else -> BELIEVE(n, f_x, 0) \
		fi \
	:: else \
	fi; \
	st = NIL

/* dvk_ep_bind() for a PROCBIND, slot_taken() */
#define BIND_NEWS(n, p) \
	st = AT(n, f_src); \
	if \
	:: st != NIL && !e[st].task && e[st].node != p && f_x != 0 -> \
		BELIEVE(n, p, f_sinc) \
	:: else -> \
		standin(n, p); \
		more = (victim != NIL) \
	fi

/* dc_node_lost(): dvk_backup_promote(), or the stand-in goes */
#define NODE_LOST(n, p, x) \
	if \
	:: holder == x -> promote(x, false) \
	:: else -> \
		if \
		:: e[x].autobound -> ep_kill(x, false) \
		:: else \
		fi \
	fi

/* dvk_migrate_node_lost() */
#define STEPS_LOST(n, p) \
	if \
	:: n == 1 && p == 0 && asking && step == 0 -> step = ENOTCONN \
	:: else \
	fi

#define OTHER_COMMANDS \
	   :: cmd == NTFY_MSG -> \
		find_dst(n); \
		note_arrives(n) \
	   :: cmd == MIGRATE_ACK -> \
		if \
		:: asking && step == 0 -> step = f_rc \
		:: else \
		fi \
	   :: cmd == MIGRATE_MSG -> \
		dst = AT(n, SRV); \
		more = true; \
		ret = (dst == NIL -> ENOTBIND : (e[dst].task -> OK : \
		       (e[dst].node == p && e[dst].moved_to == p -> \
			OK : ERMTPROC)))
/* serve(): COMMIT, and its answer */
#define SLOW_COMMANDS \
	   :: victim == NIL && more && cmd == MIGRATE_MSG -> \
		if \
		:: ret == OK && e[dst].task -> let_go(n, p) \
		:: else \
		fi; \
		atomic { TX(n, p, MIGRATE_ACK, SRV, SRV, f_seq, 0, 0, ret, 0) }

#define RX_MORE "migrate_rx.pml"
#include "link.pml"

/* Take requests, answer them: the old process and the new one. */
inline serve(me, may_die)
{
	do
	:: over -> break
	:: !over ->
		/* dvk_ipc_receive(ANY), dvk_ipc_rcvrqst() */
#ifdef NOTIFY
		kind = false;
#else
		kind = true;
#endif
		receive_from(me, NIL, kind, (held != NIL),
			     (client_done || may_die));
		if
		:: ret == OK && body != NIL && held == NIL ->
			if
			:: reply(me, CLI, body)
#ifdef HOLD
			:: held = body
#endif
			fi
		:: ret == OK && body != NIL && held != NIL ->
			reply(me, CLI, held);
			reply(me, CLI, body);
			held = NIL
		:: ret == OK && body == NIL -> skip	/* the notification */
		:: ret == ETIMEDOUT -> reply(me, CLI, held); held = NIL
		:: ret == EMIGRATE || ret == EINTR -> over = true
		:: else -> assert(ret == DVK_RETRY)
		fi;
		atomic { body = NIL; kind = false; ret = OK }
	od;
	/* Let go of, it is not bound any more. */
	if
	:: !e[me].dead -> ep_kill(me, true)
	:: else
	fi
}

active proctype old()
{
	LOCALS;
	byte me = 1 + SRV * POOL;
	byte held;
	bool kind, over;

	ready;
#ifdef OLD_DIES
	serve(me, true)
#else
	serve(me, false)
#endif
}

active proctype new()
{
	LOCALS;
	byte me;
	byte held;
	bool kind, over;

	if
	:: given != NIL -> me = given
	:: client_done -> goto out
	fi;
	/* dvk_backup_wait() */
	if
	:: AT(1, SRV) == me -> serve(me, false)
#ifdef NEW_DIES
	:: e[me].task -> goto dies
#endif
	:: e[me].dead
	:: client_done
	fi;
	goto out;
dies:
	skip;
#ifdef NEW_DIES
	atomic {
		if
		:: backup == me -> backup = NIL; holder = NIL
		:: else
		fi
	}
	ep_kill(me, true);
#endif
out:
	skip
}

/* dvk_migrate_call() by an administrator of node 1 */
active proctype admin()
{
	LOCALS;
	byte o, b, st;
	bool frozen;
	byte old_ep = 1 + SRV * POOL;

	ready;
	/* START: freeze() */
	atomic { !lk[old_ep];
		frozen = (AT(0, SRV) == old_ep && !e[old_ep].dead);
		e[old_ep].migrating = e[old_ep].migrating || frozen
	}
	if
	:: frozen -> skip
#ifdef ROLLBACK
	:: frozen -> goto rollback
#endif
	:: !frozen -> goto out
	fi;
	/* come_here(): the process given, behind the stand-in */
	atomic {
		o = AT(1, SRV);
		if
		:: o == NIL || e[o].task -> goto rollback
		:: else
		fi;
		ep_alloc(b, 1, SRV);
		e[b].node = 1;
		e[b].task = true;
		e[b].inc = b;
		holder = o;
		backup = b;
		given = b
	}
#ifndef FAULT_NO_COMING
	/* expect_it() */
	e[o].moved_to = 1;
#endif
again:
	/* ask() */
	atomic {
#ifdef PATIENT
		(e[old_ep].state == DVK_RECV || e[old_ep].dead || client_done ||
		 lost) ->
#endif
		asking = true;
		step = 0;
		TX(1, 0, MIGRATE_MSG, SRV, SRV, 1, e[b].inc, 0, OK, 0);
		step = (sent -> 0 : ENOTCONN)
	}
	if
	:: step != 0
	:: step == 0 && !up[L(1, 0)] -> atomic { step = (step == 0 -> ENOTCONN : step) }
	fi;
	atomic { ret = step; asking = false; step = 0 }
	if
	:: ret == OK ->
		promote(o, true);
		if
		:: ret != OK -> ep_kill(o, false)
		:: else
		fi;
		goto out
	:: ret == EBUSY && !client_done -> goto again
	:: else
	fi;
	/* expect_it() no more, dvk_backup_drop() */
	atomic {
		e[o].moved_to = NONODE;
		move_notes(o, o)
	}
	atomic {
		b = (holder == o -> backup : NIL);
		if
		:: b != NIL -> holder = NIL; backup = NIL
		:: else
		fi
	}
	if
	:: b != NIL -> ep_kill(b, true)
	:: else
	fi;
rollback:
	/* unfreeze(), on the old node */
	atomic { !lk[old_ep];
		if
		:: !e[old_ep].dead ->
			e[old_ep].migrating = false;
			if
			:: e[old_ep].state == DVK_RECV && !e[old_ep].answer ->
				finish(old_ep, DVK_RETRY)
			:: else
			fi
		:: else
		fi
	}
out:
	skip
}

active proctype client()
{
	LOCALS;
	byte me, m, dst;

	ready;
	me = 1 + (CLIENT_AT * NNR + CLI) * POOL;
#ifdef NOTIFY
	do
	:: true ->			/* notify(), dvk_notify_call() */
		dst = AT(CLIENT_AT, SRV);
		if
		:: dst == NIL -> break
		:: dst != NIL && e[dst].task ->
			atomic { !lk[dst]; note_post(dst) }
			if
			:: ret == EMIGRATE -> skip
			:: else -> break
			fi
		:: dst != NIL && !e[dst].task ->
			atomic {
				TX(CLIENT_AT, e[dst].node, NTFY_MSG, CLI, SRV, 0,
				   e[me].inc, e[dst].inc, OK, 0)
			}
			break
		fi
	od;
	atomic { dst = NIL; ret = OK; sent = false }
#endif
	do
	:: m < CALLS ->
		atomic { m++; in_call[me] = true }
		do				/* dvk_ipc_sendrec() */
		:: true ->
			dst = AT(CLIENT_AT, SRV);
			if
			:: dst == NIL -> ret = EDEADSRCDST
			:: dst != NIL && e[dst].task ->
				atomic {
					e[me].from = dst;
					e[me].answer = true;
					e[me].rqst_only = false
				}
				offer(me, dst, m, true, false);
				if
				:: ret == OK || ret == QUEUED ->
					ipc_wait(me, false, false)
				:: ret == EMIGRATE -> ret = DVK_RETRY
				:: else
				fi;
				atomic { e[me].answer = false;
					e[me].state = DVK_RUN }
			:: dst != NIL && !e[dst].task ->
				remote_call(me, dst, m, true, false, false)
			fi;
			dst = NIL;
			if
			:: ret != DVK_RETRY -> break
			:: else			/* start_again() */
			fi
		od;
		atomic { call_returns(me, m, true) }
	:: else -> break
	od;
#ifdef NOTIFY
	/* Nothing is lost, or comes twice, unless somebody dies. */
	if
	:: notes_got == 1
	fi;
#endif
	client_done = true
}

#if LOSSES > 0 || defined(NODE_DIES)
active proctype breaker()
{
	byte n;

	do
	:: atomic { ready && n < 1 && !client_done && conn[L(0, 1)] == UP && conn[L(1, 0)] == UP ->
		broken[L(0, 1)] = true; broken[L(1, 0)] = true;
#ifdef NODE_DIES
		broken[L(NODE_DIES, 2)] = true; broken[L(2, NODE_DIES)] = true;
#endif
		lost = true;
		n++ }
	:: break
	od
}
#endif

init {
	byte o;

	atomic {
		new_local(o, 0, SRV);
		new_local(o, CLIENT_AT, CLI);
		new_standin(o, 1, 0, SRV, 1 + SRV * POOL, true);
#if CLIENT_AT == 2
		new_standin(o, 2, 0, SRV, 1 + SRV * POOL, true);
#endif
		o = 0;
		up[L(0, 1)] = true; up[L(1, 0)] = true;
		conn[L(0, 1)] = UP; conn[L(1, 0)] = UP;
		run rx(0, 1); run rx(1, 0);
#if LOSSES > 0 || defined(NODE_DIES)
		run link(0, 1); run link(1, 0);
#endif
#if NNODES == 3
		up[L(0, 2)] = true; up[L(2, 0)] = true;
		conn[L(0, 2)] = UP; conn[L(2, 0)] = UP;
		up[L(1, 2)] = true; up[L(2, 1)] = true;
		conn[L(1, 2)] = UP; conn[L(2, 1)] = UP;
		run rx(0, 2); run rx(2, 0); run rx(1, 2); run rx(2, 1);
#ifdef NODE_DIES
		run link(2, NODE_DIES);
#endif
#endif
		ready = true
	}
}

ltl ends { [] (in_call[1 + (CLIENT_AT * NNR + CLI) * POOL] ->
	       <> !in_call[1 + (CLIENT_AT * NNR + CLI) * POOL]) }
