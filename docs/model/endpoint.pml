/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Endpoints and rendezvous, as all models here have them.  State names and
 * fields are those of dvk-core/object/endpoint.h; each inline names the function that
 * it stands for.
 *
 * What a lock protects is one atomic step that begins with "!lk[x]".  Where the
 * code looks at a field without its lock there is a step of its own; lk[] is
 * set only while another task could look between two steps under the lock.
 */

#define NIL 0				/* no endpoint, no number */
#define NONODE 9

mtype = { DVK_RUN, DVK_SEND, DVK_SENDREC, DVK_RECV, DVK_REMOTE, DVK_DONE }
/* Results.  QUEUED and GOON are the model's own: "1 if queued", "not yet". */
mtype = { OK, DVK_RETRY, QUEUED, GOON,
	EDSTDIED, EDEADSRCDST, ESRCDIED, EPROCSTS, EAGAIN, ETIMEDOUT, EINTR,
	ESHUTDOWN, ENOTBIND, ENOTCONN, EENDPOINT, EMIGRATE, ERMTPROC, EBUSY }

/* struct dvk_endpoint */
typedef Endpoint {
	bool task;			/* a task of its node, not a stand-in */
	byte nr;			/* slot and endpoint number */
	byte node;			/* nodeid */
	byte inc;
	mtype state = DVK_RUN;
	bool dead;
	bool rqst_only;
	bool answer;
	bool wants_reply;
	bool migrating;
	bool shutdown;
	bool owned;			/* caller */
	byte from;
	byte sendto;
	byte rmt_node = NONODE;
	byte moved_to = NONODE;
	bool moved;
	bool autobound;
	mtype result = OK;
	byte inbox;			/* a message is its number, see below */
	byte outbox;
	byte seq;
	byte ack_node = NONODE;
	byte ack_nr;
	byte ack_seq;
	byte ack_inc
}

Endpoint e[NOBJ];
bool lk[NOBJ];				/* endpoint->lock */
chan senders[NOBJ] = [QLEN] of { mtype, byte };
byte slot[NNODES * NNR];		/* dc->slots, one table a node */

#define AT(n, r)	slot[(n) * NNR + (r)]
#define HOME(x)		((x) / NNR)
/* The node whose object it is; of a stand-in not that where it lives. */
byte home[NOBJ];

#define INQUEUE(d, x)	(senders[d]??[DVK_SEND, eval(x)] || \
			 senders[d]??[DVK_SENDREC, eval(x)])
#define IS_QUEUED(x)	(e[x].state == DVK_SEND || e[x].state == DVK_SENDREC)

/*
 * Messages.  Each has a number of its own for the whole run, so that the model
 * knows what becomes of it.  REQUEST(m): sent by sendrec.
 */
bool executed[NMSG];			/* a receiver has taken it */
bool refused[NMSG];			/* its sender was told that nobody will */
bool gave_up[NMSG];			/* its sender withdrew before it was taken */
bool replied[NMSG];			/* a reply to it returned 0 */
byte server_of[NMSG];			/* who has taken it */

/* Each call that waits says so: "every request ends" is about this. */
bool in_call[NOBJ];

/* What the inlines use; each process has its own. */
#define LOCALS \
	byte s_, d_, w_, i_, q_, n_, j_; \
	mtype k_, why_, ret; \
	bool wake_, wait_, rq_, gone_, sent; \
	byte body EXTRA_LOCALS

/* dvk_ipc_finish() */
inline finish(ep, res)
{
	e[ep].result = res;
	e[ep].state = DVK_DONE
}

/*
 * How fine the steps are: to end a wait and to wake the task are two steps with
 * FINE_SLEEP.
 */
#ifdef FINE_SLEEP
#define STEP } atomic {
#else
#define STEP ;
#endif

/*
 * dvk_ipc_wake(), sleep().  In local.pml with the look at "asleep" and the
 * state of the task; elsewhere the task sees the end of its wait.
 */
#ifdef FINE_SLEEP
bool asleep[NOBJ];
bool interruptible[NOBJ];

inline wake(ep)
{
	if
	:: asleep[ep] -> interruptible[ep] = false	/* wake_up_process() */
	:: else
	fi
}

inline sleep(ep, may_time, may_sig)
{
#ifndef FAULT_ASLEEP_LATE
	asleep[ep] = true;
#endif
	do
	::
#ifndef FAULT_LOST_WAKEUP
	   interruptible[ep] = true;			/* set_current_state() */
#endif
	   if
	   :: e[ep].state == DVK_DONE -> why_ = OK; break
	   :: else ->
		if
		:: e[ep].shutdown -> why_ = ESHUTDOWN; break
		:: else ->
#ifdef FAULT_LOST_WAKEUP
			interruptible[ep] = true;
#endif
#ifdef FAULT_ASLEEP_LATE
			asleep[ep] = true;
#endif
			if				/* schedule_timeout() */
			:: !interruptible[ep]
			:: may_time -> why_ = ETIMEDOUT; break
			:: may_sig -> why_ = EINTR; break
			fi
		fi
	   fi
	od;
	atomic { interruptible[ep] = false; asleep[ep] = false }
}
#else
inline wake(ep)
{
	skip
}

inline sleep(ep, may_time, may_sig)
{
	atomic {
		if
		:: e[ep].state == DVK_DONE ->
			why_ = OK
		:: e[ep].state != DVK_DONE && e[ep].shutdown ->
			why_ = ESHUTDOWN
		:: e[ep].state != DVK_DONE && may_time -> why_ = ETIMEDOUT
		:: e[ep].state != DVK_DONE && may_sig -> why_ = EINTR
		fi
	}
}
#endif

/* dvk_ipc_withdraw(); the result is in "ret" */
inline withdraw(ep, why)
{
	atomic { d_ = e[ep].sendto; ret = GOON }
	if
	:: d_ != NIL ->
		atomic { !lk[d_];
			if
			:: IS_QUEUED(ep) && e[ep].sendto == d_ ->
				if
				:: senders[d_]??DVK_SEND, eval(ep)
				:: senders[d_]??DVK_SENDREC, eval(ep)
				fi;
				e[ep].state = DVK_RUN;
				ret = why
			:: else
			fi
		}
	:: else
	fi;
	if
	:: ret == GOON ->
		atomic { !lk[ep];
			/* Only a relay, which is not modelled, queues again. */
			assert(!IS_QUEUED(ep));
			wake_ = false;
			if
#ifndef FAULT_WITHDRAW_BLIND
			:: e[ep].state == DVK_DONE -> ret = e[ep].result
#endif
			:: else ->
				wake_ = (e[ep].state == DVK_REMOTE);
				e[ep].state = DVK_RUN;
				ret = why
			fi; 
			if
			:: wake_ -> CANCEL(ep)
			:: else
			fi;
			wake_ = false;
			sent = false;
			d_ = NIL
		}
	:: else -> d_ = NIL
	fi
}

/* dvk_ipc_wait() */
inline ipc_wait(ep, may_time, may_sig)
{
	sleep(ep, may_time, may_sig);
	if
	:: why_ != OK -> withdraw(ep, why_); atomic { e[ep].sendto = NIL; why_ = OK }
	:: else -> atomic { ret = e[ep].result; e[ep].sendto = NIL }
	fi
}

/* dvk_ipc_admits() */
#define ADMITS(d, s, rqst) \
	((e[d].state == DVK_RECV && (e[d].from == NIL || e[d].from == s) && \
	  (rqst || !e[d].rqst_only) && !e[d].migrating) || \
	 (e[d].state == DVK_REMOTE && e[d].wants_reply && e[d].from == s && \
	  !rqst && ANSWERS(s, d)))

/* Message m is given to a receiver: what must hold then. */
inline taken(ep, m)
{
	if
	:: m != NIL ->
		assert(!executed[m]);		/* at most once */
		assert(!refused[m]);		/* not after "nobody will" */
		CHECK_TAKEN(m);
		executed[m] = true;
		server_of[m] = ep
	:: else
	fi
}

/* What dvk_ipc_offer() does under dst->lock, once nobody is dead. */
inline offer_decided(src, dst, m, rqst, nowait)
{
	if
	:: ADMITS(dst, src, rqst) ->
		e[dst].inbox = m;
		taken(dst, m);
		if
		:: e[src].task || rqst -> e[dst].ack_node = NONODE
		:: else ->
			e[dst].ack_node = e[src].node;
			e[dst].ack_nr = e[src].nr;
			e[dst].ack_seq = e[src].seq;
			e[dst].ack_inc = e[src].inc
		fi;
		if
		:: rqst -> e[src].state = DVK_RECV
		:: else
		fi;
		finish(dst, OK);
		ret = OK
	:: else ->
		if
		:: nowait -> ret = EAGAIN
		:: else ->
			e[src].outbox = m;
			e[src].sendto = dst;
			if
			:: rqst ->
				e[src].state = DVK_SENDREC;
				senders[dst]!DVK_SENDREC, src
			:: else ->
				e[src].state = DVK_SEND;
				senders[dst]!DVK_SEND, src
			fi;
			ret = QUEUED
		fi
	fi
}

/* dvk_ipc_offer() by a task, which cannot die meanwhile. */
inline offer(src, dst, m, rqst, nowait)
{
	atomic { !lk[dst];
		if
		:: e[dst].dead && e[dst].migrating -> ret = EMIGRATE
		:: e[dst].dead && !e[dst].migrating ->
			ret = (rqst -> EDEADSRCDST : EDSTDIED)
		:: else -> offer_decided(src, dst, m, rqst, nowait)
		fi
		STEP
		if
		:: ret == OK -> wake(dst)
		:: else
		fi
	}
}

/* dvk_ipc_offer() for a stand-in, which another task may unbind meanwhile. */
inline offer_standin(src, dst, m, rqst)
{
	atomic { !lk[dst];
		if
		:: e[dst].dead && e[dst].migrating -> ret = EMIGRATE
		:: e[dst].dead && !e[dst].migrating ->
			ret = (rqst -> EDEADSRCDST : EDSTDIED)
		:: !e[dst].dead && e[src].dead -> ret = ESRCDIED
		:: else -> ret = GOON; lk[dst] = true
		fi
	}
	if
	:: ret == GOON ->
		atomic {
			offer_decided(src, dst, m, rqst, false);
			lk[dst] = false
			STEP
			if
			:: ret == OK -> wake(dst)
			:: else
			fi
		}
		/* The mark is seen here, or dismiss() sees the wait. */
		if
		:: ret == QUEUED && e[src].dead ->
			unqueue(src);
			ret = ESRCDIED
#ifndef FAULT_DEAD_STANDIN
		:: ret == OK && rqst && e[src].dead -> ret = ESRCDIED
#endif
		:: else
		fi
	:: else
	fi
}

/* dvk_ipc_unqueue() */
inline unqueue(ep)
{
	atomic { !lk[ep]; q_ = e[ep].sendto; e[ep].sendto = NIL }
	if
	:: q_ != NIL ->
		atomic { !lk[q_];
			if
			:: INQUEUE(q_, ep) ->
				if
				:: senders[q_]??DVK_SEND, eval(ep)
				:: senders[q_]??DVK_SENDREC, eval(ep)
				fi;
				e[ep].state = DVK_RUN
			:: else
			fi;
			q_ = NIL
		}
	:: else
	fi
}

/* first_sender(): is there one that the receiver wants? */
#define FIRST_ANY(ep, fr, only)		(fr == NIL && !only && \
					 len(senders[ep]) > 0)
#define FIRST_RQST(ep, fr, only)	(fr == NIL && only && \
					 senders[ep]??[DVK_SENDREC, _])
#define FIRST_FROM(ep, fr)		(fr != NIL && INQUEUE(ep, fr))

/*
 * receive_from(): rcvrqst if rqst_only, else receive; "fr" may be NIL for ANY.
 * The message is in "body", the result in "ret".
 */
inline receive_from(ep, fr, only, may_time, may_sig)
{
	atomic { !lk[ep];
		wait_ = false;
		s_ = NIL;
		ret = GOON;
		if
#ifndef FAULT_TAKE_FROZEN
		:: e[ep].migrating -> skip
#endif
		:: else ->
			TAKE_NOTE(ep, only);
			/* first_sender(), take_queued() */
			if
			:: ret == GOON && FIRST_ANY(ep, fr, only) ->
				senders[ep]?k_, s_
			:: ret == GOON && FIRST_RQST(ep, fr, only) ->
				senders[ep]??DVK_SENDREC, s_;
				k_ = DVK_SENDREC
			:: ret == GOON && FIRST_FROM(ep, fr) ->
				if
				:: senders[ep]??DVK_SEND, eval(fr) ->
					k_ = DVK_SEND
				:: senders[ep]??DVK_SENDREC, eval(fr) ->
					k_ = DVK_SENDREC
				fi;
				s_ = fr
			:: !(ret == GOON && (FIRST_ANY(ep, fr, only) ||
			     FIRST_RQST(ep, fr, only) || FIRST_FROM(ep, fr)))
			fi
		fi;
		if
		:: s_ != NIL ->
			body = e[s_].outbox;
			ret = OK;
			taken(ep, body);
			wake_ = false;
			e[ep].ack_node = NONODE;
			if
			:: k_ == DVK_SENDREC -> e[s_].state = DVK_RECV
			:: k_ == DVK_SEND && e[s_].task ->
				finish(s_, OK);
				wake_ = true
			:: else ->
				e[s_].state = DVK_RUN;
				e[ep].ack_node = e[s_].node;
				e[ep].ack_nr = e[s_].nr;
				e[ep].ack_seq = e[s_].seq;
				e[ep].ack_inc = e[s_].inc
			fi
		:: s_ == NIL && ret == OK -> skip		/* a notification */
#ifndef FAULT_NO_GONE_CHECK
		/* is_gone() */
		:: s_ == NIL && ret != OK && fr != NIL && e[fr].dead ->
			ret = (e[fr].migrating -> DVK_RETRY : ESRCDIED)
		:: s_ == NIL && ret != OK && !(fr != NIL && e[fr].dead) ->
#else
		:: s_ == NIL && ret != OK ->
#endif
			e[ep].from = fr;
			e[ep].answer = false;
			e[ep].rqst_only = only;
			e[ep].ack_node = NONODE;
			e[ep].state = DVK_RECV;
			wait_ = true
		fi
		STEP
		if
		:: s_ != NIL && wake_ -> wake(s_)
		:: else
		fi;
		s_ = NIL; k_ = DVK_RUN; wake_ = false
	}
	if
	:: wait_ ->
		ipc_wait(ep, may_time, may_sig);
		atomic {
			e[ep].state = DVK_RUN;
			e[ep].from = NIL;
			if
			:: ret == OK ->
				body = e[ep].inbox
			:: else
			fi
		}
	:: else
	fi;
	/* dvk_ipc_ack() */
	atomic {
		if
		:: ret == OK && e[ep].ack_node != NONODE -> SEND_ACK(ep)
		:: else
		fi;
		wait_ = false;
		sent = false;
		e[ep].rqst_only = false; e[ep].result = OK; e[ep].from = NIL;
		e[ep].ack_node = NONODE; e[ep].ack_nr = 0; e[ep].ack_seq = 0;
		e[ep].ack_inc = 0; e[ep].inbox = NIL
	}
}

/* dvk_ipc_reply() to the endpoint in slot "to" of the own node, about m */
inline reply(ep, to, m)
{
	atomic { d_ = AT(home[ep], to); ret = (d_ == NIL -> EDSTDIED : OK) }
	if
	:: ret == OK ->
		atomic { !lk[d_];
			if
			:: e[d_].dead -> ret = EDSTDIED
			:: !e[d_].dead && (e[d_].state != DVK_RECV ||
#ifndef FAULT_REPLY_ANYONE
			   e[d_].from != ep || !e[d_].answer) -> ret = EPROCSTS
#else
			   false) -> ret = EPROCSTS
#endif
			:: else ->
				ret = OK;
				if
				:: e[d_].task ->
					assert(!replied[m]);
					replied[m] = true;
					e[d_].inbox = m;
					e[d_].ack_node = NONODE;
					finish(d_, OK)
				:: else ->
					e[d_].state = DVK_RUN;
					e[d_].answer = false;
					REMEMBER_REPLY(d_)
				fi
			fi
			STEP
			if
			:: ret == OK && e[d_].task -> wake(d_); d_ = NIL
			:: else
			fi; 
			if
			:: ret == OK && d_ != NIL -> SEND_REPLY(ep, d_, m)
			:: else
			fi;
			sent = false;
			d_ = NIL
		}
	:: else
	fi
}

/* flush(): turn away who queues at ep, which is dead */
inline flush(ep, moved)
{
	atomic { !lk[ep];
	do
	:: len(senders[ep]) > 0 ->
		senders[ep]?k_, s_;
		wake_ = e[s_].task;
		if
		:: moved && wake_ -> finish(s_, DVK_RETRY)
		:: !moved && wake_ && k_ == DVK_SENDREC ->
			finish(s_, EDEADSRCDST)
		:: !moved && wake_ && k_ == DVK_SEND -> finish(s_, EDSTDIED)
		:: else -> e[s_].state = DVK_RUN;
			why_ = (moved -> EMIGRATE :
				(k_ == DVK_SENDREC -> EDEADSRCDST : EDSTDIED));
			REMEMBER(s_);
			SEND_ANSWER(ep, s_, k_, why_)
		fi;
		if
		:: wake_ -> wake(s_)
		:: else
		fi;
		s_ = NIL; k_ = DVK_RUN; why_ = OK; wake_ = false
	:: else -> break
	od
	}
}

/* dvk_ipc_dismiss(): stand-in ep, which is dead, gives up what it waits for */
inline dismiss(ep)
{
	atomic {
		k_ = (e[ep].state == DVK_SEND -> DVK_SEND : DVK_SENDREC);
		wait_ = (e[ep].state != DVK_RUN)
	}
	unqueue(ep);
	atomic {
		e[ep].state = DVK_RUN;
		if
		:: wait_ ->
			REMEMBER(ep);
			SEND_ANSWER(NIL, ep, k_, ESRCDIED)
		:: else
		fi;
		wait_ = false; k_ = DVK_RUN
	}
}

/*
 * dvk_ipc_end_waits(), end_wait() of ends.c: whoever is in a slot of this node
 * and waits for ep, which is dead
 */
inline end_waits(ep)
{
#ifndef FAULT_NO_END_WAITS
	atomic {
	do
	:: i_ < NNR && (AT(home[ep], i_) == NIL || AT(home[ep], i_) == ep) ->
		i_++
	:: i_ < NNR && AT(home[ep], i_) != NIL && AT(home[ep], i_) != ep &&
	   !lk[AT(home[ep], i_)] ->
		w_ = AT(home[ep], i_);
		if
		:: e[w_].from == ep &&
		   (e[w_].state == DVK_RECV || e[w_].state == DVK_REMOTE) ->
			why_ = (e[w_].state == DVK_REMOTE && !e[w_].wants_reply ->
				EDSTDIED : ESRCDIED);
			if
			:: e[w_].task -> finish(w_, why_); wake_ = true
			:: else ->
				e[w_].state = DVK_RUN;
				e[w_].answer = false;
				REMEMBER(w_);
				SEND_ANSWER(ep, w_, DVK_SENDREC, why_)
			fi
		:: else
		fi;
		if
		:: wake_ -> wake(w_)
		:: else
		fi;
		wake_ = false; why_ = OK; w_ = NIL; i_++
	:: i_ == NNR -> i_ = 0; break
	od
	}
#else
	skip
#endif
}

/* dvk_ep_kill() */
inline ep_kill(ep, tell)
{
	atomic { !lk[ep];			/* dc->lock, ep->lock */
		wake_ = !e[ep].dead;
		gone_ = e[ep].task;
		if
		:: wake_ ->
			if
			:: AT(home[ep], e[ep].nr) == ep ->
				AT(home[ep], e[ep].nr) = NIL
			:: else
			fi;
			KILL_MIGRATING(ep);
			e[ep].dead = true
		:: else
		fi
	}
	if
	:: wake_ && gone_ ->			/* nobody queues at a stand-in */
		flush(ep, false);
		end_waits(ep);
		if
		:: tell -> ANNOUNCE_DEATH(ep)
		:: else
		fi
	:: wake_ && !gone_ ->
		dismiss(ep);
		end_waits(ep)
	:: else
	fi;
	atomic { wake_ = false; gone_ = false; sent = false }
}

/*
 * dvk_ep_enter(): the right to own the endpoint; ret is OK or why not.  If it
 * is ESHUTDOWN the caller goes straight to ep_leave(), which the code calls in
 * here.
 */
inline ep_enter(ep)
{
	atomic {
		gone_ = (e[ep].dead || e[ep].owned);
		if
		:: gone_ -> ret = ENOTBIND
		:: else ->
			e[ep].owned = true;
			ret = (e[ep].shutdown -> ESHUTDOWN : OK)
		fi
	}
}

/* dvk_ep_leave() */
inline ep_leave(ep)
{
#ifdef UNBIND
	atomic { e[ep].owned = false; ret = OK }
	atomic {
		rq_ = (e[ep].shutdown && !e[ep].owned);
		e[ep].owned = e[ep].owned || rq_
	}
	if
	:: rq_ -> ep_kill(ep, true)
	:: else
	fi;
	rq_ = false
#else
	atomic { e[ep].owned = false; ret = OK }
#endif
}

/* request_shutdown(): by the exit of the task, or by who unbinds it */
inline request_shutdown(ep)
{
#ifdef UNBIND
	e[ep].shutdown = true;
#endif
	atomic { rq_ = !e[ep].owned; e[ep].owned = true }
	if
	:: rq_ -> ep_kill(ep, true)
	:: else ->
#ifdef FINE_SLEEP
		if
		:: e[ep].owned -> interruptible[ep] = false
		:: else
		fi
#else
		skip
#endif
	fi;
	rq_ = false
}

/*
 * What the caller of a sendrec or send sees, against what has really happened
 * to its message m.
 */
inline call_returns(ep, m, rqst)
{
	assert(ret != EMIGRATE && ret != DVK_RETRY && ret != ERMTPROC);
	if
	:: ret == OK ->
		/* It was taken, and if it was a request the answer is to it. */
		assert(executed[m]);
		assert(!rqst || e[ep].inbox == m);
		assert(!rqst || replied[m])
	:: ret == EDEADSRCDST || ret == EDSTDIED ->
		/* Nobody has taken it and nobody will. */
		assert(!executed[m]);
		refused[m] = true
	:: else -> LEFT(m)
	fi;
	/* What is left of the call, so that equal states look equal. */
	in_call[ep] = false;
	e[ep].inbox = NIL;
	e[ep].outbox = NIL;
	e[ep].result = OK;
	e[ep].from = NIL;
	e[ep].wants_reply = false;
	e[ep].rmt_node = NONODE;
	sent = false;
	ret = OK
}
