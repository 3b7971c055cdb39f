// SPDX-License-Identifier: GPL-2.0
/*
 * Endpoints: what they are, how they come and go.
 */
#include "endpoint.h"

#include <linux/cache.h>
#include <linux/cred.h>
#include <linux/freezer.h>
#include <linux/jiffies.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/random.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/slab.h>

#include "backup.h"
#include "base/current.h"
#include "base/name.h"
#include "base/node.h"
#include "base/trace.h"
#include "dc.h"
#include "link/link.h"
#include "priv.h"
#include "task.h"

/* What those above do about objects, see dvk_object_init(). */
struct dvk_object_ops dvk_object_ops __ro_after_init;

static struct kmem_cache *ep_cache;
static atomic_t next_inc;
DECLARE_WAIT_QUEUE_HEAD(dvk_bind_any);

u32 dvk_ep_new_inc(void)
{
	u32 inc;

	/* 0 on the wire means "not known". */
	do {
		inc = atomic_inc_return(&next_inc);
	} while (!inc);
	return inc;
}

static void ep_free_rcu(struct rcu_head *rcu)
{
	struct dvk_endpoint *ep = container_of(rcu, struct dvk_endpoint, rcu);

	if (ep->task)
		put_task_struct(ep->task);
	dvk_dc_put(ep->dc);
	dvk_tx_share_put(ep->share);
	kfree(ep->window);
	kmem_cache_free(ep_cache, ep);
}

void dvk_ep_free(struct kref *ref)
{
	struct dvk_endpoint *ep = container_of(ref, struct dvk_endpoint, ref);

	dvk_anchor_drop(&ep->anchor);
	call_rcu(&ep->rcu, ep_free_rcu);
}

pid_t dvk_ep_pid(const struct dvk_endpoint *ep)
{
	struct task_struct *task = READ_ONCE(ep->task);

	return ep->leader ? task_tgid_nr(task) : task_pid_nr(task);
}

struct dvk_endpoint *dvk_ep_alloc(const struct dvk_bind_spec *spec, gfp_t gfp)
{
	struct dvk_endpoint *ep = kmem_cache_zalloc(ep_cache, gfp);

	if (!ep)
		return NULL;
	if (spec->task) {
		ep->share = dvk_tx_share_alloc(gfp);
		if (!ep->share)
			goto err_free;
	}
	/* Commands of other nodes find a DC that is going by RCU alone. */
	if (!kref_get_unless_zero(&spec->dc->ref))
		goto err_share;
	if (spec->task && dvk_anchor_init(&ep->anchor))
		goto err_dc;
	ep->dc = spec->dc;
	ep->kind = spec->kind;
	ep->ep = spec->ep;
	ep->nr = spec->ep;
	ep->autobound = spec->autobound;
	ep->moved_to = -1;
	ep->ack_node = -1;
	ep->rmt_node = -1;
	ep->rmt_node2 = -1;
	kref_init(&ep->ref);
	spin_lock_init(&ep->lock);
	INIT_LIST_HEAD(&ep->senders);
	INIT_LIST_HEAD(&ep->link);
	xa_init(&ep->notes);
	if (spec->task) {
		get_task_struct(spec->task);
		ep->task = spec->task;
		ep->leader = spec->leader;
		ep->usermode = spec->usermode;
		ep->nodeid = spec->dc->node->nodeid;
		ep->inc = dvk_ep_new_inc();
		ep->rpid = dvk_ep_pid(ep);
		dvk_get_task_name(ep->name, spec->task);
		rcu_read_lock();
		ep->owner = __task_cred(spec->task)->euid;
		rcu_read_unlock();
	} else {
		ep->inc = spec->inc;
		ep->rpid = spec->rpid;
		dvk_set_name(ep->name, spec->name ?: "remote");
	}
	if (spec->kind == DVK_KIND_REMOTE || spec->kind == DVK_KIND_BACKUP)
		ep->nodeid = spec->nodeid;
	dvk_priv_init(ep);
	return ep;

err_dc:
	dvk_dc_put(spec->dc);
err_share:
	dvk_tx_share_put(ep->share);
err_free:
	kmem_cache_free(ep_cache, ep);
	return NULL;
}

/* What a new bind does about the endpoint that has the slot. */
enum taken {
	TAKEN_KEEP,	/* it is what is asked for */
	TAKEN_REPLACE,
	TAKEN_MOVE,	/* it migrated: replace it, but waits for it go on */
	TAKEN_REFUSE,
};

/* Whether the node of a remote endpoint is there to speak for it. */
static bool lives(const struct dvk_endpoint *ep)
{
	struct dvk_link *link;
	bool up;

	rcu_read_lock();
	link = dvk_link_find(ep->dc->node, ep->nodeid);
	up = link && dvk_link_up(link);
	rcu_read_unlock();
	return up;
}

static enum taken slot_taken(struct dvk_endpoint *old,
			     const struct dvk_bind_spec *spec)
	__must_hold(&old->dc->lock)
{
	/* Who is refused now is looked for when the slot is free again. */
	if (old->kind != DVK_KIND_REMOTE) {
		if (spec->autobound)
			old->contested = true;
		return TAKEN_REFUSE;
	}
	if (spec->kind != DVK_KIND_REMOTE)
		return old->autobound && !(spec->limited && lives(old)) ?
		       TAKEN_REPLACE : TAKEN_REFUSE;
	if (old->nodeid != spec->nodeid && spec->moved)
		return TAKEN_MOVE;
	if (old->nodeid != spec->nodeid && spec->autobound) {
		if (!lives(old))
			return TAKEN_REPLACE;
		old->contested = true;
		return TAKEN_REFUSE;
	}
	if (old->nodeid != spec->nodeid)
		return old->autobound ? TAKEN_REPLACE : TAKEN_REFUSE;
	if (spec->inc && old->inc && spec->inc != old->inc)
		return TAKEN_REPLACE;
	if (spec->inc)
		old->inc = spec->inc;
	if (!spec->autobound)
		old->autobound = false;
	if (spec->name && (!spec->autobound || old->autobound))
		dvk_set_name(old->name, spec->name);
	return TAKEN_KEEP;
}

/* Whether one more of a user's processes may be bound. */
static bool has_slot_for(const struct dvk_dc *dc, kuid_t owner)
	__must_hold(&dc->lock)
{
	const struct dvk_endpoint *ep;
	int left = dc->user_slots, i;

	if (!left)
		return true;
	for (i = 0; left && i < dvk_dc_nr_slots(dc); i++) {
		ep = rcu_dereference_protected(dc->slots[i],
					       lockdep_is_held(&dc->lock));
		if (ep && ep->task && uid_eq(ep->owner, owner))
			left--;
	}
	return left;
}

/*
 * A kernel thread is told to have ended before its binding has, and a worker sees
 * to that. Whoever binds the slot anew because of it waits for the worker.
 */
static void wait_for_kthread(struct dvk_dc *dc, struct dvk_endpoint *old)
{
	wait_event_killable_timeout(dc->bind_wait, READ_ONCE(old->dead), HZ);
}

/* The process, or the thread, that was just bound exits. */
static bool task_exits(struct dvk_endpoint *ep)
{
	struct task_struct *task;
	bool exits;

	rcu_read_lock();
	task = READ_ONCE(ep->task);
	get_task_struct(task);
	rcu_read_unlock();
	exits = READ_ONCE(task->flags) & PF_EXITING &&
		!dvk_task_pass_on(ep, task);
	put_task_struct(task);
	return exits;
}

int dvk_ep_bind(const struct dvk_bind_spec *spec, gfp_t gfp)
{
	struct dvk_endpoint *ep, *old;
	struct dvk_dc *dc = spec->dc;
	int slot = dvk_ep_slot(dc, spec->ep);
	bool waited = false;
	int ret = 0;

	/* A bind returns endpoints, of which -DVK_ERANGE might be one. */
	if (!dvk_dc_slot_valid(dc, slot))
		return -DVK_EBADRANGE;
	if (spec->ep != slot || dvk_ep_is_special(slot))
		return -DVK_EENDPOINT;
	ep = dvk_ep_alloc(spec, gfp);
	if (!ep)
		return READ_ONCE(dc->running) ? -DVK_ENOMEM : -DVK_EDCNOTRUN;

again:
	spin_lock_bh(&dc->lock);
	old = dvk_dc_slot(dc, slot);
	if (!dc->running) {
		ret = -DVK_EDCNOTRUN;
	} else if (old) {
		switch (slot_taken(old, spec)) {
		case TAKEN_MOVE:
			/* Where it goes is news of its own making. */
			ep->autobound = old->autobound;
			dvk_ep_swap(old, ep);
			spin_unlock_bh(&dc->lock);
			dvk_ep_swapped(old, ep);
			wake_up_all(&dc->bind_wait);
			return 0;
		case TAKEN_KEEP:
			spin_unlock_bh(&dc->lock);
			dvk_backup_drop(ep);
			dvk_ep_put(ep);
			return 0;
		case TAKEN_REPLACE:
			/* The backup of one is that of his successor. */
			if (!ep->task && !ep->backup) {
				ep->backup = old->backup;
				old->backup = NULL;
			}
			if (ep->task)
				ep->contested = true;
			/* Its slot is not free. */
			old->contested = false;
			dvk_ep_get(old);
			spin_unlock_bh(&dc->lock);
			rcu_read_lock();
			dvk_ep_kill(old, false);
			rcu_read_unlock();
			dvk_ep_put(old);
			goto again;
		case TAKEN_REFUSE:
			if (spec->task && !waited && dvk_ep_is_kthread(old) &&
			    READ_ONCE(old->task->flags) & PF_EXITING) {
				dvk_ep_get(old);
				spin_unlock_bh(&dc->lock);
				waited = true;
				wait_for_kthread(dc, old);
				dvk_ep_put(old);
				goto again;
			}
			ret = -DVK_ESLOTUSED;
		}
	} else if (spec->limited && !has_slot_for(dc, ep->owner)) {
		ret = -DVK_EALLOCMEM;
	} else if (ep->task) {
		ret = dvk_task_add(ep);
	}
	if (!ret) {
		rcu_assign_pointer(dc->slots[slot + dc->nr_tasks], ep);
		dc->nr_bound++;
		/* For the announcement below; the slot has the first one. */
		dvk_ep_get(ep);
	}
	spin_unlock_bh(&dc->lock);
	if (ret) {
		dvk_backup_drop(ep);
		dvk_ep_put(ep);
		return ret;
	}

	trace_dvk_bind(ep);
	if (ep->task) {
		/*
		 * The hook of exit looks tasks up after they are marked so:
		 * either it finds this binding, or the mark is seen here.
		 */
		smp_mb();
		if (task_exits(ep)) {
			dvk_ep_kill(ep, false);
			ret = -DVK_EBADPID;
		} else if (dvk_ep_is_local(ep)) {
			dvk_object_ops.announce(ep, DVK_CMD_PROCBIND);
		}
	}
	wake_up_all(&dc->bind_wait);
	wake_up_all(&dvk_bind_any);
	dvk_ep_put(ep);
	return ret;
}

bool dvk_ep_kill(struct dvk_endpoint *ep, bool announce)
{
	struct dvk_dc *dc = ep->dc;
	struct dvk_endpoint *holder;

	spin_lock_bh(&dc->lock);
	if (ep->dead) {
		spin_unlock_bh(&dc->lock);
		return false;
	}
	holder = dvk_dc_slot(dc, ep->nr);
	if (holder == ep) {
		RCU_INIT_POINTER(dc->slots[ep->nr + dc->nr_tasks], NULL);
		dc->nr_bound--;
	} else if (holder && holder->backup == ep) {
		holder->backup = NULL;
	}
	spin_lock(&ep->lock);
	WRITE_ONCE(ep->dead, true);
	spin_unlock(&ep->lock);
	spin_unlock_bh(&dc->lock);

	trace_dvk_unbind(ep);
	dvk_backup_drop(ep);
	if (ep->task)
		dvk_task_del(ep);
	dvk_anchor_drop(&ep->anchor);
	rcu_read_lock();
	dvk_object_ops.ep_gone(ep);
	dvk_object_ops.standin_gone(ep);
	rcu_read_unlock();
	xa_destroy(&ep->notes);

	if (announce && dvk_ep_is_local(ep))
		dvk_object_ops.announce(ep, DVK_CMD_PROCUNBIND);
	if (unlikely(ep->contested) && READ_ONCE(dc->running)) {
		rcu_read_lock();
		dvk_object_ops.slot_free(dc, ep->ep);
		rcu_read_unlock();
	}
	wake_up_all(&dc->bind_wait);
	if (ep->task && (ep->task->flags & PF_EXITING))
		dvk_object_ops.ep_exited(ep);
	dvk_ep_put(ep);
	return true;
}

void dvk_ep_swap(struct dvk_endpoint *old, struct dvk_endpoint *new)
{
	struct dvk_dc *dc = old->dc;

	lockdep_assert_held(&dc->lock);
	rcu_assign_pointer(dc->slots[old->nr + dc->nr_tasks], new);
	if (old->backup && !new->task) {
		new->backup = old->backup;
		old->backup = NULL;
	}
	spin_lock(&old->lock);
	WRITE_ONCE(old->migrating, true);
	/* Pairs with whoever sees the mark and asks why. */
	smp_wmb();
	WRITE_ONCE(old->dead, true);
	spin_unlock(&old->lock);
}

void dvk_ep_swapped(struct dvk_endpoint *old, struct dvk_endpoint *new)
{
	trace_dvk_unbind(old);
	rcu_read_lock();
	dvk_object_ops.ep_replaced(old, new);
	dvk_object_ops.standin_gone(old);
	rcu_read_unlock();
	dvk_backup_drop(old);
	dvk_ep_put(old);
}

/* Own an endpoint if no call is in progress on it. */
static bool own(struct dvk_endpoint *ep)
{
	return !cmpxchg(&ep->caller, NULL, current);
}

/* Whoever owns an endpoint that is to go, for good: it goes. */
static void end_owned(struct dvk_endpoint *ep)
{
	if (unlikely(ep->susp_task))
		dvk_object_ops.call_drop(ep);
	if (!dvk_ep_kill(ep, true) && ep->let_go)
		dvk_ep_put(ep);
}

void dvk_ep_let_go(struct dvk_endpoint *ep)
{
	WRITE_ONCE(ep->shutdown, true);
	/* Pairs with the barrier in dvk_ep_leave(). */
	smp_mb();
	if (own(ep))
		dvk_ep_put(ep);
}

void dvk_ep_forget(struct dvk_endpoint *ep)
{
	struct dvk_bind_spec spec = {
		.dc = ep->dc,
		.ep = ep->ep,
		.kind = DVK_KIND_REMOTE,
		.nodeid = ep->nodeid,
		.inc = dvk_ep_new_inc(),
		.name = ep->name,
	};

	/* An incarnation that is not its own has it replaced. */
	if (!READ_ONCE(ep->inc))
		WRITE_ONCE(ep->inc, dvk_ep_new_inc());
	if (READ_ONCE(ep->backup) && !dvk_ep_bind(&spec, GFP_ATOMIC)) {
		ep = dvk_dc_slot(spec.dc, spec.ep);
		if (ep && !ep->task)
			WRITE_ONCE(ep->inc, 0);
		return;
	}
	dvk_ep_kill(ep, false);
}

static __always_inline int enter(struct dvk_node *node, enum dvk_call call,
				 bool resumes, struct dvk_endpoint **epp)
{
	struct dvk_endpoint *ep;
	int ret = 0;

again:
	rcu_read_lock();
	ep = dvk_ep_of_task(current);
	if (!ep || ep->dc->node != node) {
		rcu_read_unlock();
		return -DVK_ENOTBIND;
	}
	if (unlikely(READ_ONCE(ep->kind) == DVK_KIND_BACKUP)) {
		dvk_ep_get(ep);
		rcu_read_unlock();
		ret = dvk_backup_wait(ep);
		dvk_ep_put(ep);
		if (ret)
			return ret;
		goto again;
	}
	if (!own(ep)) {
		rcu_read_unlock();
		return -DVK_EPROCRUN;
	}
	/* Owned: nobody else unbinds it now, but somebody may have before. */
	if (unlikely(READ_ONCE(ep->dead))) {
		WRITE_ONCE(ep->caller, NULL);
		/* Who lets it go may have looked just now. */
		smp_mb();
		if (READ_ONCE(ep->let_go) && READ_ONCE(ep->shutdown) && own(ep))
			dvk_ep_put(ep);
		rcu_read_unlock();
		return -DVK_ENOTBIND;
	}
	rcu_read_unlock();

	if (unlikely(!(ep->allowed & BIT_ULL(call))))
		ret = -DVK_EBADCALL;
	else if (unlikely(READ_ONCE(ep->shutdown)))
		ret = -DVK_ESHUTDOWN;
	else if (unlikely(ep->susp_task) &&
		 (!resumes || ep->susp_task != current))
		ret = dvk_object_ops.call_found(ep, call);
	if (ret) {
		dvk_ep_leave(ep);
		return ret;
	}
	*epp = ep;
	return 0;
}

int dvk_ep_enter(struct dvk_node *node, enum dvk_call call,
		 struct dvk_endpoint **epp)
{
	return enter(node, call, false, epp);
}

int dvk_ep_enter_again(struct dvk_node *node, enum dvk_call call,
		       struct dvk_endpoint **epp)
{
	int ret = enter(node, call, true, epp);

	return ret == -DVK_ENOTBIND ? -DVK_ESHUTDOWN : ret;
}

void dvk_ep_leave(struct dvk_endpoint *ep)
{
	rcu_read_lock();
	/* What is left is seen by the next one. */
	smp_store_release(&ep->caller, NULL);
	/* Pairs with the barrier in request_shutdown(). */
	smp_mb();
	if (unlikely(READ_ONCE(ep->shutdown)) && own(ep))
		end_owned(ep);
	rcu_read_unlock();
}

/* Unbind as soon as no call is in progress. Under RCU. */
static void request_shutdown(struct dvk_endpoint *ep)
{
	struct task_struct *caller;

	WRITE_ONCE(ep->shutdown, true);
	/* Pairs with the barrier in dvk_ep_leave(). */
	smp_mb();
	if (own(ep)) {
		end_owned(ep);
		return;
	}
	caller = READ_ONCE(ep->caller);
	if (caller)
		wake_up_process(caller);
}

void dvk_ep_shutdown(struct dvk_endpoint *ep)
{
	rcu_read_lock();
	if (ep->task)
		request_shutdown(ep);
	else
		dvk_ep_kill(ep, true);
	rcu_read_unlock();
}

void dvk_ep_evict(struct dvk_endpoint *ep, int sig)
{
	struct task_struct *task;

	/* In this order: a call in progress ends with SHUTDOWN, not INTR. */
	dvk_ep_shutdown(ep);
	rcu_read_lock();
	task = READ_ONCE(ep->task);
	if (sig && task && task != current)
		send_sig(sig, task, 1);
	rcu_read_unlock();
}

int dvk_ep_wait_dead(struct dvk_endpoint *ep, int timeout)
{
	long left = timeout < 0 ? MAX_SCHEDULE_TIMEOUT :
				  msecs_to_jiffies(timeout);

	left = wait_event_freezable_timeout(ep->dc->bind_wait,
					    READ_ONCE(ep->dead), left);
	if (left < 0)
		return dvk_interrupted();
	return left || READ_ONCE(ep->dead) ? 0 : -DVK_ETIMEDOUT;
}

/* It waits for a message, not for an answer. */
static bool is_at_rest(const struct dvk_endpoint *ep)
{
	return READ_ONCE(ep->state) == DVK_RECV && !READ_ONCE(ep->answer);
}

u64 dvk_ep_rts_flags(const struct dvk_endpoint *ep)
{
	u64 flags = 0;

	switch (READ_ONCE(ep->state)) {
	case DVK_SEND:
		flags |= DVK_RTS_SENDING;
		break;
	case DVK_SENDREC:
		flags |= DVK_RTS_SENDING | DVK_RTS_RECEIVING;
		break;
	case DVK_RECV:
		flags |= DVK_RTS_RECEIVING;
		break;
	case DVK_REMOTE:
		flags |= DVK_RTS_RMTOPER | DVK_RTS_SENDING;
		if (ep->wants_reply)
			flags |= DVK_RTS_RECEIVING;
		break;
	default:
		break;
	}
	if (READ_ONCE(ep->migrating) && is_at_rest(ep))
		flags |= DVK_RTS_MIGRATE;
	flags |= READ_ONCE(ep->bind_flags);
	if (atomic_read(&ep->copies) || READ_ONCE(ep->xfers))
		flags |= DVK_RTS_ONCOPY;
	if (!dvk_ep_is_local(ep))
		flags |= DVK_RTS_REMOTE;
	return flags;
}

u64 dvk_ep_misc_flags(const struct dvk_endpoint *ep)
{
	u64 flags = 0;

	if (ep->task && ep->leader)
		flags |= DVK_MISC_GRPLEADER;
	if (dvk_ep_is_kthread(ep))
		flags |= DVK_MISC_KTHREAD;
	if (ep->kind == DVK_KIND_BACKUP)
		flags |= DVK_MISC_RMTBACKUP;
	if (ep->usermode)
		flags |= DVK_MISC_USERMODE;
	if (READ_ONCE(ep->migrating) && !is_at_rest(ep))
		flags |= DVK_MISC_NEEDMIGR;
	if (ep->kind == DVK_KIND_REPLICA)
		flags |= DVK_MISC_REPLICATED;
	if (READ_ONCE(ep->woken))
		flags |= DVK_MISC_WOKENUP;
	if (ep->hw_pending || !xa_empty(&ep->notes))
		flags |= DVK_MISC_NOTIFY;
	return flags;
}

/* The endpoint number that a pointer for comparison stands for. */
static int from_number(const struct dvk_endpoint *from)
{
	if (!from)
		return DVK_ANY;
	return from == DVK_FROM_HARDWARE ? DVK_HARDWARE : from->ep;
}

void dvk_dc_fill_slot(struct dvk_dc *dc, int slot, struct dvk_proc_usr *usr)
{
	struct dvk_endpoint *ep = dvk_dc_slot(dc, slot);

	if (ep) {
		dvk_ep_fill_usr(ep, usr);
		return;
	}
	memset(usr, 0, sizeof(*usr));
	usr->p_nr = slot;
	usr->p_dcid = dc->dcid;
	usr->p_endpoint = DVK_NONE;
	usr->p_lpid = -1;
	usr->p_vpid = -1;
	usr->p_nodeid = -1;
	usr->p_rts_flags = DVK_RTS_SLOT_FREE;
}

/* Of the task of @who, as it is in the DC of @ep. */
static pid_t vpid(const struct dvk_endpoint *ep, const struct dvk_endpoint *who)
{
	struct pid *init = ep->dc->init;
	struct pid_namespace *ns = init ? ns_of_pid(init) : NULL;
	struct task_struct *task = READ_ONCE(who->task);

	return who->leader ? task_tgid_nr_ns(task, ns) :
			     task_pid_nr_ns(task, ns);
}

void dvk_ep_fill_usr(struct dvk_endpoint *ep, struct dvk_proc_usr *usr)
{
	const struct dvk_endpoint *backup = READ_ONCE(ep->backup);
	const struct dvk_endpoint *from;
	int other = DVK_NONE;

	memset(usr, 0, sizeof(*usr));
	usr->p_nr = ep->nr;
	usr->p_endpoint = ep->ep;
	usr->p_dcid = ep->dc->dcid;
	usr->p_lpid = ep->task ? dvk_ep_pid(ep) : -1;
	usr->p_vpid = ep->task ? vpid(ep, ep) : -1;
	usr->p_nodeid = ep->nodeid;
	usr->p_nodemap = ep->nodeid < 64 ? BIT_ULL(ep->nodeid) : 0;
	usr->p_rts_flags = dvk_ep_rts_flags(ep);
	usr->p_misc_flags = dvk_ep_misc_flags(ep);
	usr->p_getfrom = DVK_NONE;
	usr->p_sendto = DVK_NONE;
	usr->p_waitmigr = DVK_NONE;
	usr->p_waitunbind = DVK_NONE;
	if (READ_ONCE(ep->bind_flags) & DVK_RTS_WAITUNBIND)
		usr->p_waitunbind = READ_ONCE(ep->bind_ep);
	usr->p_proxy = DVK_NONE;
	usr->p_lclsent = ep->lclsent;
	usr->p_rmtsent = ep->rmtsent;
	usr->p_lclcopy = ep->lclcopy;
	usr->p_rmtcopy = ep->rmtcopy;
	if (READ_ONCE(ep->bind_flags) & DVK_RTS_WAITMIGR)
		usr->p_waitmigr = READ_ONCE(ep->bind_ep);
	/* It lives there, and would live on here. */
	if (backup) {
		usr->p_lpid = dvk_ep_pid(backup);
		usr->p_vpid = vpid(ep, backup);
		usr->p_misc_flags |= dvk_ep_misc_flags(backup);
	}
	/* An exec gives the task another name. */
	if (backup || ep->task)
		dvk_get_task_name(usr->p_name,
				  backup ? backup->task : ep->task);
	else
		strscpy(usr->p_name, ep->name, sizeof(usr->p_name));

	/*
	 * A pointer in @from is good while the wait lasts: it ends before the
	 * object that it names goes, under this lock.
	 */
	spin_lock_bh(&ep->lock);
	from = ep->from;
	switch (ep->state) {
	case DVK_RECV:
	case DVK_REMOTE:
		other = from_number(from);
		break;
	default:
		break;
	}
	if (ep->state == DVK_RECV || (ep->state == DVK_REMOTE &&
				      ep->wants_reply))
		usr->p_getfrom = other;
	if (ep->state == DVK_REMOTE) {
		usr->p_sendto = other;
		usr->p_proxy = ep->rmt_node;
	}
	spin_unlock_bh(&ep->lock);
	if (READ_ONCE(ep->state) == DVK_SEND ||
	    READ_ONCE(ep->state) == DVK_SENDREC) {
		other = READ_ONCE(ep->sendto_ep);
		usr->p_sendto = other;
		if (READ_ONCE(ep->state) == DVK_SENDREC)
			usr->p_getfrom = other;
	}
}

int dvk_object_init(const struct dvk_object_ops *ops)
{
	dvk_object_ops = *ops;
	ep_cache = KMEM_CACHE(dvk_endpoint, SLAB_HWCACHE_ALIGN | SLAB_ACCOUNT);
	if (!ep_cache)
		return -ENOMEM;
	atomic_set(&next_inc, get_random_u32());
	return 0;
}

void dvk_object_exit(void)
{
	/* Endpoints are freed by RCU callbacks, which use the cache. */
	rcu_barrier();
	kmem_cache_destroy(ep_cache);
}
