/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Nodes, the connections between them and the commands that they carry: what
 * calls send (remote.c), what frames do where they arrive (remote_rx.c), the
 * life of a connection (link_run.c).  To be included after the model has set
 * its sizes; includes endpoint.pml.
 *
 * A connection is a FIFO each way.  When it breaks, what is under way arrives
 * up to any point, what is sent later does not, and each side notices when it
 * likes.
 */

/* enum dvk_cmd_code; the acknowledgements are CMD | DVK_CMD_ACK */
mtype = { SEND_MSG, SNDREC_MSG, REPLY_MSG, NTFY_MSG, CANCEL_MSG, PROCBIND,
	PROCUNBIND, MIGRATE_MSG, SEND_ACK_, SNDREC_ACK, MIGRATE_ACK }

/* Index of an ordered pair of nodes. */
#define NPAIRS		(NNODES * (NNODES - 1))
#define L(n, p)		((n) * (NNODES - 1) + (p) - ((p) > (n)))
/* c_cmd, c_src, c_dst, c_id, c_src_inc, c_dst_inc, c_rcode,
 * and one of c_msg, c_rnode or c_ctl
 */
chan net[NPAIRS] = [NETLEN] of { mtype, byte, byte, byte, byte, byte,
					  mtype, byte };

/* link->up, as dvk_link_send() sees it */
bool up[NPAIRS];
/* How far dvk_link_receiver() is: no connection, loses it, has one. */
#define DOWN	0
#define LOSING	1
#define UP	2
byte conn[NPAIRS];
bool broken[NPAIRS];		/* the connection: always of both directions */
bool busy[NPAIRS];	/* a frame is being handled: the socket's lock */

/* dvk_link_send(): sets "sent" */
#define TX(n, p, cmd, src, dst, nr, sinc, dinc, rc, x) \
	l_ = L(n, p); \
	sent = up[l_]; \
	if \
	:: sent && !broken[l_] -> \
		assert(len(net[l_]) < NETLEN); \
		net[l_]!cmd, src, dst, nr, sinc, dinc, rc, x \
	:: else \
	fi; \
	l_ = 0

/* Set by init when everybody is bound and connected: the others wait for it. */
bool ready;

#define EXTRA_LOCALS	, l_, r_seq, r_inc, r_node, r_nr, r_x, x_

/* dvk_remote_cancel() */
#ifdef FAULT_NO_CANCEL
#define CANCEL(ep)	skip
#else
#define CANCEL(ep) \
	TX(home[ep], e[ep].rmt_node, CANCEL_MSG, e[ep].nr, 0, e[ep].seq, \
	   e[ep].inc, 0, OK, 0)
#endif

/* dvk_ipc_ack() */
#ifdef FAULT_ACK_NO_INC
#define ACK_INC(ep)	0
#else
#define ACK_INC(ep)	e[ep].ack_inc
#endif
#define SEND_ACK(ep) \
	TX(home[ep], e[ep].ack_node, SEND_ACK_, e[ep].nr, e[ep].ack_nr, \
	   e[ep].ack_seq, e[ep].inc, ACK_INC(ep), OK, 0)

/* What is read under the lock, before the answer is sent without it. */
#define REMEMBER(s) \
	r_seq = e[s].seq; r_inc = e[s].inc; r_node = e[s].node; r_nr = e[s].nr
#define REMEMBER_REPLY(s) \
	assert(!replied[m]); replied[m] = true; REMEMBER(s)

/* dvk_remote_answer(), with dvk_migrate_tell() */
#define SEND_ANSWER(ep, s, kind, why) \
	r_x = (why == EMIGRATE -> LIVES_ON(home[s], e[ep].nr) : 0); \
	TX(home[s], r_node, (kind == DVK_SEND -> SEND_ACK_ : SNDREC_ACK), \
	   e[ep].nr, r_nr, r_seq, e[ep].inc, r_inc, why, r_x); \
	r_seq = 0; r_inc = 0; r_node = 0; r_nr = 0; r_x = 0

/* dvk_remote_reply() */
#define SEND_REPLY(ep, d, m) \
	TX(home[ep], r_node, REPLY_MSG, e[ep].nr, r_nr, r_seq, e[ep].inc, \
	   r_inc, OK, m); \
	ret = (sent -> OK : ENOTCONN); \
	r_seq = 0; r_inc = 0; r_node = 0; r_nr = 0

#ifdef FAULT_NO_DEATH_NEWS
#define ANNOUNCE_DEATH(ep)	skip
#else
#define ANNOUNCE_DEATH(ep)	announce(ep, PROCUNBIND)
#endif

#include "endpoint.pml"

/*
 * Objects.  Each slot of each node has POOL of them, used once each, local ones
 * and stand-ins.
 */
byte used[NNODES * NNR];
inline ep_alloc(o, n, r)
{
	assert(used[(n) * NNR + (r)] < POOL);
	o = 1 + ((n) * NNR + (r)) * POOL + used[(n) * NNR + (r)];
	used[(n) * NNR + (r)]++;
	home[o] = n;
	e[o].nr = r
}

/* A stand-in of slot r, which lives on node p, in its slot of node n. */
inline new_standin(o, n, p, r, in, au)
{
	ep_alloc(o, n, r);
	e[o].node = p;
	e[o].inc = in;
	e[o].autobound = au;
	AT(n, r) = o
}

/* A task in a free slot of node n. */
inline new_local(o, n, r)
{
	assert(AT(n, r) == NIL);
	ep_alloc(o, n, r);
	e[o].node = n;
	e[o].task = true;
	e[o].inc = o;
	AT(n, r) = o
}

/* dvk_ep_bind() of a task, dvk_remote_announce() */
inline bind_local(o, n, r)
{
	atomic { new_local(o, n, r) };
	announce(o, PROCBIND)
}

inline announce(o, code)
{
	atomic {
		do
		:: n_ < NNODES ->
			if
			:: n_ != home[o] ->
				TX(home[o], n_, code, e[o].nr, 0, 0, e[o].inc,
				   0, OK, e[o].moved)
			:: else
			fi;
			n_++
		:: n_ == NNODES -> n_ = 0; break
		od
	}
}

/*
 * Requests are numbered 1 to SEQS, and then from the start, so that a call that
 * starts again for ever has no end of states.  One is under way at a time, and
 * no more than SEQS late answers to earlier ones.
 */
#define SEQS	4

/*
 * A request to the node of stand-in "dst": dvk_remote_call().  Result in "ret".
 */
inline remote_call(ep, dst, m, rqst, may_time, may_sig)
{
	/* dvk_cmd_init_msg(), dvk_remote_check() */
	atomic {
		r_inc = e[dst].inc; r_node = e[dst].node;
		ret = (up[L(home[ep], r_node)] -> OK : ENOTCONN)
	}
	if
	:: ret == OK ->
		/* dvk_remote_begin() */
		atomic { !lk[ep];
			e[ep].seq = e[ep].seq % SEQS + 1;
			if
			:: e[dst].dead && e[dst].migrating -> ret = DVK_RETRY
			:: e[dst].dead && !e[dst].migrating ->
				ret = (rqst -> EDEADSRCDST : EDSTDIED)
			:: else ->
				e[ep].from = dst;
				e[ep].rmt_node = r_node;
				e[ep].wants_reply = rqst;
				e[ep].state = DVK_REMOTE
			fi
		}
	:: else
	fi;
	if
	:: ret == OK ->
		atomic {
			TX(home[ep], r_node, (rqst -> SNDREC_MSG : SEND_MSG),
			   e[ep].nr, e[dst].nr, e[ep].seq, e[ep].inc, r_inc,
			   OK, m);
			r_inc = 0; r_node = 0
		}
		/* dvk_remote_end() */
		if
		:: sent -> ipc_wait(ep, may_time, may_sig)
		:: else -> withdraw(ep, ENOTCONN)
		fi
	:: else -> atomic { r_inc = 0; r_node = 0 }
	fi;
	e[ep].state = DVK_RUN
}

/* dvk_remote_awaits() */
#ifdef FAULT_NO_SEQ
#define AWAITS(w)	(e[w].state == DVK_REMOTE && e[w].rmt_node == p)
#else
#define AWAITS(w)	(e[w].state == DVK_REMOTE && e[w].rmt_node == p && \
			 e[w].seq == f_seq)
#endif
/* Whether an incarnation is the one that is meant; 0 is any. */
#ifdef FAULT_NO_INCARNATION
#define IS_INC(want, x)	true
#else
#define IS_INC(want, x)	((want) == 0 || (want) == e[x].inc)
#endif

/* dvk_remote_standin(): sets st, ret; may ask to kill "victim" and come again */
inline standin(n, p)
{
	st = AT(n, f_src);
		if
		:: st == NIL -> new_standin(st, n, p, f_src, f_sinc, true)
		:: st != NIL && e[st].task -> ret = ENOTBIND
		:: st != NIL && !e[st].task && e[st].node != p -> victim = st
		:: st != NIL && !e[st].task && e[st].node == p ->
			if
			:: f_sinc == 0 || IS_INC(f_sinc, st) -> skip
			:: else ->
				/* slot_taken() */
				if
				:: e[st].inc == 0 -> e[st].inc = f_sinc
				:: else -> victim = st
				fi
			fi
		fi
}

/* find_dst() for a message */
inline find_dst(n)
{
	dst = AT(n, f_dst);
	if
	:: dst == NIL -> ret = (cmd == SNDREC_MSG -> EDEADSRCDST : EDSTDIED)
	:: dst != NIL && !e[dst].task ->
		ret = (e[dst].moved_to != NONODE -> EMIGRATE : ERMTPROC)
	:: dst != NIL && e[dst].task && !IS_INC(f_dinc, dst) ->
		ret = (e[dst].moved -> EMIGRATE : EENDPOINT)
	:: else
	fi
}

#ifdef RX_MORE
#include RX_MORE
#endif

/* dvk_remote_rx(): what arrives on node n from node p */
proctype rx(byte n; byte p)
{
	LOCALS;
	mtype cmd, f_rc;
	byte f_src, f_dst, f_seq, f_sinc, f_dinc, f_x;
	byte st, dst, victim;
	bool more;			/* there is something to do after the kill */

end:	do
	:: atomic { conn[L(n, p)] == UP && up[L(n, p)] &&
		    len(net[L(p, n)]) > 0 ->
		net[L(p, n)]?cmd, f_src, f_dst, f_seq, f_sinc, f_dinc, f_rc, f_x;
		busy[L(n, p)] = true;
		ret = OK
	   }
again:
	   atomic {
	   if
	   :: cmd == SEND_MSG || cmd == SNDREC_MSG ->	/* rx_message() */
		find_dst(n);
		if
		:: ret == OK -> standin(n, p)
		:: else
		fi;
		more = true
	   :: cmd == REPLY_MSG ->			/* rx_reply() */
		dst = AT(n, f_dst);			/* dvk_remote_waiter() */
		if
		:: dst != NIL && e[dst].task && IS_INC(f_dinc, dst) &&
		   AWAITS(dst) && e[dst].wants_reply ->
			/* By the one who has the request. */
			assert(e[server_of[f_x]].inc == f_sinc);
			e[dst].inbox = f_x;
			finish(dst, OK);
			/* learn_inc() */
			st = AT(n, f_src);
			if
			:: st != NIL && !e[st].task && e[st].inc == 0 ->
				e[st].inc = f_sinc
			:: else
			fi
		:: else
		fi
	   :: cmd == SEND_ACK_ || cmd == SNDREC_ACK ->	/* dvk_remote_rx_ack() */
		if
		:: f_rc == EMIGRATE -> LEARN(n, p)
		:: else
		fi;
		dst = AT(n, f_dst);
		if
		:: dst != NIL && e[dst].task && IS_INC(f_dinc, dst) &&
		   AWAITS(dst) && f_rc == EMIGRATE -> finish(dst, RETRY_CODE)
		:: dst != NIL && e[dst].task && IS_INC(f_dinc, dst) &&
		   AWAITS(dst) && f_rc != EMIGRATE &&
		   (f_rc != OK || !e[dst].wants_reply) ->
			finish(dst, f_rc);
			/* forget_dead() */
			st = AT(n, f_src);
			if
			:: (f_rc == EDSTDIED || f_rc == EDEADSRCDST ||
			    f_rc == EENDPOINT) && st != NIL && !e[st].task &&
			   e[st].node == p -> victim = st
			:: else
			fi
		:: else
		fi
	   :: cmd == CANCEL_MSG ->			/* rx_cancel() */
		st = AT(n, f_src);
		more = (st != NIL && !e[st].task && e[st].node == p &&
			e[st].seq == f_seq)
	   :: cmd == PROCBIND ->			/* rx_procbind() */
		BIND_NEWS(n, p)
	   :: cmd == PROCUNBIND ->			/* rx_procunbind() */
		st = AT(n, f_src);
		if
		:: st != NIL && !e[st].task && e[st].node == p &&
		   (e[st].inc == 0 || e[st].inc == f_sinc) -> victim = st
		:: else
		fi
	   OTHER_COMMANDS
	   fi
	   };
	   if
	   :: victim != NIL ->
		ep_kill(victim, false);
		atomic { victim = NIL; st = NIL }
		if
		:: more -> more = false; goto again
		:: else
		fi
	   :: victim == NIL && more && cmd == CANCEL_MSG ->
		unqueue(st);
		/* standin_abandon() */
		atomic { !lk[st];
			if
			:: e[st].state == DVK_RECV -> e[st].state = DVK_RUN
			:: else
			fi;
			e[st].answer = false
		}
	   SLOW_COMMANDS
	   :: victim == NIL && more && (cmd == SEND_MSG || cmd == SNDREC_MSG) ->
		if
		:: ret == OK ->
			/* standin_begin() */
			unqueue(st);
			atomic { !lk[st];
				e[st].seq = f_seq;
				e[st].from = dst;
				e[st].answer = (cmd == SNDREC_MSG);
				e[st].state = DVK_RUN;
				ret = (e[st].dead -> ESRCDIED : OK)
			}
			if
			:: ret == OK ->
				offer_standin(st, dst, f_x, (cmd == SNDREC_MSG))
			:: else
			fi
		:: else
		fi;
		/* dvk_remote_refuse() */
		atomic {
			if
			:: ret != OK && ret != QUEUED ->
				r_x = (ret == EMIGRATE -> LIVES_ON(n, f_dst) : 0);
				TX(n, p, (cmd == SNDREC_MSG -> SNDREC_ACK :
					  SEND_ACK_), f_dst, f_src, f_seq, 0,
				   f_sinc, ret, r_x);
				r_x = 0
			:: else
			fi
		}
	   :: else
	   fi;
	   /* The frame has been dealt with. */
	   atomic {
		cmd = 0; f_src = 0; f_dst = 0; f_seq = 0; f_sinc = 0;
		f_dinc = 0; f_x = 0; f_rc = 0; st = NIL; dst = NIL;
		more = false; ret = 0; sent = false; busy[L(n, p)] = false
	   }
	od
}

/* dvk_remote_announce_dc(), announce_to() */
inline announce_all(n, p)
{
	do
	:: r < NNR ->
		x = AT(n, r);
		if
		:: x != NIL && e[x].task ->
			atomic { TX(n, p, PROCBIND, e[x].nr, 0, 0, e[x].inc, 0,
				    OK, e[x].moved) }
			atomic {
				if
#ifndef FAULT_NO_SECOND_LOOK
				:: e[x].dead && !e[x].migrating ->
					TX(n, p, PROCUNBIND, e[x].nr, 0, 0,
					   e[x].inc, 0, OK, 0)
#endif
				:: else
				fi
			}
		:: else
		fi;
		atomic { x = NIL; r++ }
	:: r == NNR -> atomic { r = 0; sent = false; break }
	od
}

/*
 * dvk_link_receiver(): serve(), disconnect(), dvk_remote_node_lost(), and the
 * next connection.  The lower node dials.
 */
proctype link(byte n; byte p)
{
	LOCALS;
	byte x, r;

end:	do
	:: atomic { conn[L(n, p)] == UP && broken[L(n, p)] ->
		up[L(n, p)] = false }
	   /* hangup(): nothing more arrives */
	   atomic { !busy[L(n, p)] ->
		conn[L(n, p)] = LOSING;
		do
		:: len(net[L(p, n)]) > 0 -> net[L(p, n)]?_, _, _, _, _, _, _, _
		:: else -> break
		od
	   }
	   /* dc_node_lost(): first the waits */
	   atomic {
	   do
	   :: r < NNR ->
		x = AT(n, r);
		r++;
#ifndef FAULT_NO_NODE_LOST
		if
		:: x != NIL && e[x].task &&
		   ((e[x].state == DVK_REMOTE && e[x].rmt_node == p) ||
		    (e[x].state == DVK_RECV && e[x].from != NIL &&
		     !e[e[x].from].task && e[e[x].from].node == p)) ->
			finish(x, ENOTCONN)
		:: else
		fi;
#endif
		x = NIL
	   :: r == NNR -> r = 0; break
	   od };
	   do
	   :: r < NNR ->
		x = AT(n, r);
		if
		:: x != NIL && !e[x].task && e[x].node == p ->
			/* reset_standin() */
			unqueue(x);
			atomic { !lk[x];
				e[x].state = DVK_RUN;
				e[x].answer = false;
				e[x].inc = 0
			}
			NODE_LOST(n, p, x)
		:: else
		fi;
		atomic { x = NIL; r++ }
	   :: r == NNR -> atomic { r = 0; break }
	   od;
	   STEPS_LOST(n, p);
	   conn[L(n, p)] = DOWN
	:: atomic { conn[L(n, p)] == DOWN && conn[L(p, n)] == DOWN && n > p &&
		    broken[L(n, p)] && RECONNECTS ->
		/* connect_in() */
		broken[L(n, p)] = false; broken[L(p, n)] = false;
		conn[L(n, p)] = UP;
		up[L(n, p)] = true
	   }
	   announce_all(n, p)
	:: atomic { conn[L(n, p)] == DOWN && conn[L(p, n)] == UP && n < p &&
		    !broken[L(n, p)] ->
		/* connect_out() */
		conn[L(n, p)] = UP;
		up[L(n, p)] = true
	   }
	   announce_all(n, p)
	od
}

