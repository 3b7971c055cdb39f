/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What migrate.pml adds to the commands of link.pml: migrate.c, backup.c,
 * notify.c.
 */

/* dvk_notify_post() to a local endpoint */
inline note_post(d)
{
	if
	:: e[d].dead -> ret = (e[d].migrating -> EMIGRATE : EDSTDIED)
	:: !e[d].dead && e[d].state == DVK_RECV && !e[d].rqst_only &&
	   !e[d].answer && !e[d].migrating && e[d].from == NIL ->
		e[d].inbox = NIL;
		e[d].ack_node = NONODE;
		notes_got++;
		finish(d, OK);
		ret = OK
	:: else -> note[d] = true; ret = OK
	fi
}

/* rx_notify(), dvk_migrate_forward() */
inline note_arrives(n)
{
	if
	:: ret == OK -> note_post(dst)
	:: ret == EMIGRATE && dst != NIL && e[dst].task -> note_post(dst)
	:: ret == EMIGRATE && dst != NIL && !e[dst].task ->
		if
		:: e[dst].moved_to == n -> note[dst] = true
		:: else ->
			TX(n, e[dst].node, NTFY_MSG, CLI, SRV, 0, 0, 0, OK, 0)
		fi
	:: else
	fi;
	ret = OK
}

/* dvk_migrate_swap(): "to" in the place of "old" */
inline swap(old, to)
{
	AT(home[old], e[old].nr) = to;
	e[old].migrating = true;
	e[old].dead = true
}

/* dvk_ipc_repoint() */
inline repoint(old, to)
{
	j_ = 0;
	do
	:: j_ < NNR ->
		w_ = AT(home[old], j_);
		if
		:: w_ != NIL && w_ != old && e[w_].from == old -> e[w_].from = to
		:: else
		fi;
		w_ = NIL;
		j_++
	:: j_ == NNR -> j_ = 0; break
	od
}

/* move_notes() */
inline move_notes(old, to)
{
	if
#ifndef FAULT_NO_NOTES
	:: note[old] && e[to].task -> note[old] = false; note_post(to)
	:: note[old] && !e[to].task ->
		note[old] = false;
		TX(home[old], e[to].node, NTFY_MSG, CLI, SRV, 0, 0, 0, OK, 0)
#endif
	:: else
	fi
}

/* dvk_backup_promote(); ret */
inline promote(o, moves)
{
	atomic {
		if
		:: holder == o && backup != NIL && !e[backup].dead &&
		   !e[o].dead ->
			/* One of the two is active, as long as they are in touch. */
			assert(lost || AT(0, SRV) == NIL ||
			       !e[AT(0, SRV)].task);
			e[backup].moved = moves;
			w_ = backup;
			i_ = w_;
			holder = NIL; backup = NIL; w_ = NIL;
			swap(o, i_);
			repoint(o, i_);
			ret = OK;
			move_notes(o, i_);
			ret = OK
		:: else -> ret = ENOTBIND; i_ = NIL
		fi
	}
	if
	:: ret == OK -> announce(i_, PROCBIND)
	:: else
	fi;
	i_ = 0
}

/*
 * let_go() of "dst", asked for by node 1 in the frame that rx() handles.  In
 * steps as the code's: others run between the swap and what follows.
 */
inline let_go(n, p)
{
	atomic { !lk[dst];
		/* may_go() */
		ret = (e[dst].dead -> ENOTBIND : (!e[dst].migrating -> EPROCSTS :
		       (e[dst].state != DVK_RECV || e[dst].answer -> EBUSY : OK)));
		if
		:: ret == OK ->
			ep_alloc(x_, n, SRV);
			e[x_].node = p;
			e[x_].inc = f_sinc;
			e[x_].moved_to = p;
			e[x_].autobound = true;
#ifdef FAULT_KEEP_OLD
			skip
#else
			swap(dst, x_)
#endif
		:: else
		fi
	}
	if
	:: ret == OK ->
		atomic { move_notes(dst, x_); ret = OK }
		flush(dst, true);
		end_waits(dst);
		atomic { !lk[dst];
			if
			:: e[dst].state == DVK_RECV -> finish(dst, EMIGRATE)
			:: else
			fi;
			x_ = NIL
		}
	:: else
	fi
}
