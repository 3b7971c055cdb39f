/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Endpoints: what they are, how they are found, how they come and go.
 */
#ifndef _DVK_ENDPOINT_H
#define _DVK_ENDPOINT_H

#include <linux/kref.h>
#include <linux/list.h>
#include <linux/rcupdate.h>
#include <linux/rhashtable-types.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <linux/xarray.h>
#include <linux/dvk.h>

#include "base/anchor.h"

/* What receive() waits for when it waits for HARDWARE; never dereferenced. */
#define DVK_FROM_HARDWARE	((struct dvk_endpoint *)1)

struct dvk_dc;
struct dvk_link;
struct dvk_node;
struct dvk_window;
struct dvk_xfer;

enum dvk_kind {
	DVK_KIND_LOCAL,		/* a task of this node */
	DVK_KIND_REMOTE,	/* lives on another node */
	DVK_KIND_BACKUP,	/* a local task, passive copy of a remote one */
	DVK_KIND_REPLICA,	/* a local task, one of several */
};

/**
 * enum dvk_state - how an endpoint waits
 * @DVK_RUN: it does not
 * @DVK_SEND: queued at @sendto with a message, until it is taken
 * @DVK_SENDREC: queued at @sendto with a request, until it is taken
 * @DVK_RECV: waits for a message that @from admits
 * @DVK_REMOTE: a request is on its way to another node; waits for the answer
 * @DVK_DONE: the wait is over, @result and @inbox are valid
 *
 * SEND and SENDREC are left under the lock of the endpoint queued at; RECV and
 * REMOTE under the own lock; RUN and DONE by the owner of the endpoint (the
 * task in the call, or for a stand-in of a remote endpoint the link's receive
 * path). No transition therefore needs two endpoint locks.
 */
enum dvk_state {
	DVK_RUN,
	DVK_SEND,
	DVK_SENDREC,
	DVK_RECV,
	DVK_REMOTE,
	DVK_DONE,
};

/**
 * struct dvk_endpoint - one end of rendezvous
 *
 * Identity, constant after the bind unless said:
 * @dc: DC, holds a reference
 * @task: the bound task, holds a reference; NULL if remote. Of a process any
 *	thread that lives, under dc->lock
 * @leader: the binding is the process's and serves all its threads
 * @nr: slot
 * @ep: endpoint number
 * @inc: incarnation; never used twice by a node. Of a remote endpoint: what
 *	its node said, 0 if it has not spoken yet (under @lock)
 * @nodeid: where it lives
 * @kind: enum dvk_kind
 * @autobound: bound because a command came from it
 * @contested: other nodes claim to have it, under dc->lock
 * @usermode: bound as such, for display
 * @allowed: mask of calls (1 << enum dvk_call); this and the next five are
 *	set by dvk_setpriv(), see struct dvk_priv_usr
 * @ipc_to: system endpoints it may send to, by slot + nr_tasks
 * @ipc_from: system endpoints it takes messages from
 * @priv_level: enum dvk_priv_level
 * @priv_warn: endpoint told of its exit, or DVK_NONE
 * @trap_mask: kept for who asks
 * @moved_to: of a stand-in: it was here, or is coming, and migrated to this
 *	node, which is told to those who still look for it here; or -1
 * @moved: of a stand-in or a new endpoint: it got there by migration
 * @backup: of a stand-in: its passive copy, holds a reference; under dc->lock
 * @owner: of a task: the user it ran for when it was bound
 * @name: of the task or as given
 * @rpid: pid on its own node, for display
 * @ref: the table, waiters, users
 * @rcu: frees it after readers are gone
 * @owner_key: what it is found by there: @task, or what its threads share
 * @task_node: in the table of bound tasks
 * @anchor: what ends the binding with the task
 *
 * The call in progress; written by its owner:
 * @caller: task in a call on this endpoint; the right to own it (cmpxchg)
 * @shutdown: it is being unbound by another task; the owner must let go
 * @let_go: it has migrated: not in the table, whose reference is dropped by who
 *	owns it once @shutdown is set as well; under dc->lock
 * @bind_flags: DVK_RTS_WAITBIND or DVK_RTS_WAITUNBIND while it waits for that
 * @bind_ep: whom it waits for then
 * @seq: number of the latest remote request
 * @share: what it may have in queues to other nodes, see dvk_link_has_room(); NULL
 *	of one that has no task. Set once
 * @susp_task: thread whose call a signal has interrupted, and which may come back;
 *	holds a reference. This and the next four: see door/suspend.h; written by the
 *	owner, under @lock
 * @susp_mm: its memory, compared only
 * @susp_exec: its self_exec_id
 * @susp_nr: number of the latest interrupted call
 * @out: the request of that call is out: @state is as if its thread slept
 * @out_xfer: memory that the data of that call, a copy, goes to, or NULL
 * @give_way_pause: so many waits do not give way to others before they sleep
 * @give_way_next: how many it will be next
 * @poll_credit: a wait polls before it sleeps, for polling has been of use
 * @polls_spared: waits that have not
 *
 * The wait:
 * @lock: see locks.h
 * @state: enum dvk_state
 * @dead: no longer bound; set once, under @lock
 * @rqst_only: in RECV: requests of sendrec only
 * @answer: in SENDREC, RECV: the wait is for the answer to a request
 * @relayed: in SENDREC: a server has taken the request already, and passed it on
 * @wants_reply: in REMOTE: a message ends the wait, else an acknowledgement
 * @migrating: frozen: it gets no message, whoever sends one queues; if it is
 *	dead: it has another object in its slot, for it lives on elsewhere
 * @ghost: dead, but queued with the DC's exit warning
 * @far: who ends the wait is probably on another node, as last time
 * @asleep: its task sleeps in the wait, or is about to: it must be woken
 * @woken: an armed wake-up
 * @hw_pending: a pending notification of HARDWARE
 * @from: in RECV, REMOTE, SENDREC: whose message is waited for, NULL for ANY.
 *	Compared, never dereferenced (the death of its object ends the wait
 *	before the object goes)
 * @rmt_node: in REMOTE: the node asked
 * @rmt_node2: in REMOTE: another one that may answer, or -1
 * @result: in DONE
 * @ack_node: in DONE: node that must be told that @inbox was taken, or -1
 * @ack_seq: and the sender's number for it
 * @ack_inc: and the sender's incarnation
 * @sendto: in SEND, SENDREC: whom it queues at; holds a reference. Stand-ins
 *	keep it until their next command, under @lock
 * @sendto_ep: its endpoint number, for display
 * @link: in @senders of @sendto, under the lock of that
 * @senders: FIFO of endpoints that queue here
 * @notes: pending notifications by source slot + nr_tasks, values
 * @inbox: message delivered
 * @outbox: message to deliver, while queued
 *
 * Copies:
 * @copies: local copies that touch this task's memory right now
 * @xfers: remote copies into or from it, under @lock
 * @call_nr: bumped when a call ends while @xfers exist, under @lock
 * @rx_copy: of a stand-in: the copy its node is sending, under @lock
 * @serving: of a stand-in: its requests for copies that are in work here
 * @window: of a kernel client: what it exposes, or NULL (see kmem.c)
 *
 * Counters, written by the owner:
 * @lclsent, @rmtsent, @lclcopy, @rmtcopy: see struct dvk_proc_usr
 */
struct dvk_endpoint {
	struct dvk_dc *dc;
	struct task_struct *task;
	u64 allowed;
	u64 ipc_to;
	u64 ipc_from;
	int nr;
	int ep;
	int nodeid;
	u32 inc;
	enum dvk_kind kind;
	bool leader;
	bool autobound;
	bool contested;
	bool usermode;
	bool moved;
	int moved_to;
	int priv_level;
	int priv_warn;
	int trap_mask;
	struct dvk_endpoint *backup;

	struct task_struct *caller ____cacheline_aligned_in_smp;
	bool shutdown;
	bool let_go;
	u32 bind_flags;
	int bind_ep;
	u32 seq;
	struct dvk_tx_share *share;
	struct task_struct *susp_task;
	u16 give_way_pause;
	u16 give_way_next;
	u8 poll_credit;
	u8 polls_spared;
	struct dvk_endpoint *sendto;
	int sendto_ep;
	u64 lclsent;
	u64 rmtsent;
	u64 lclcopy;
	u64 rmtcopy;
	const struct mm_struct *susp_mm;
	struct dvk_xfer *out_xfer;
	u64 susp_exec;
	u32 susp_nr;
	bool out;

	spinlock_t lock ____cacheline_aligned_in_smp;
	enum dvk_state state;
	bool dead;
	bool rqst_only;
	bool answer;
	bool relayed;
	bool wants_reply;
	bool migrating;
	bool ghost;
	bool far;
	bool asleep;
	bool woken;
	bool hw_pending;
	int rmt_node;
	int rmt_node2;
	int result;
	int ack_node;
	u32 ack_seq;
	u32 ack_inc;
	const struct dvk_endpoint *from;
	struct list_head senders;
	struct list_head link;
	struct xarray notes;
	struct dvk_message inbox;
	struct dvk_message outbox;

	atomic_t copies;
	int xfers;
	u32 call_nr;
	struct dvk_xfer *rx_copy;
	atomic_t serving;
	struct dvk_window *window;

	struct kref ref;
	struct rcu_head rcu;
	const void *owner_key;
	struct rhash_head task_node;
	struct dvk_anchor anchor;
	kuid_t owner;
	pid_t rpid;
	char name[DVK_NAME_LEN];
};

static inline bool dvk_ep_is_local(const struct dvk_endpoint *ep)
{
	return ep->kind != DVK_KIND_REMOTE && ep->kind != DVK_KIND_BACKUP;
}

/* The pid by which others know a local endpoint, in the initial namespace. */
pid_t dvk_ep_pid(const struct dvk_endpoint *ep);

/* A kernel client, see <dvk/kernel.h>. */
static inline bool dvk_ep_is_kthread(const struct dvk_endpoint *ep)
{
	return ep->task && (ep->task->flags & PF_KTHREAD);
}

void dvk_ep_free(struct kref *ref);

static inline void dvk_ep_get(struct dvk_endpoint *ep)
{
	kref_get(&ep->ref);
}

static inline void dvk_ep_put(struct dvk_endpoint *ep)
{
	if (ep)
		kref_put(&ep->ref, dvk_ep_free);
}

/**
 * struct dvk_bind_spec - what to bind
 * @dc: where
 * @ep: endpoint, which names the slot
 * @kind: enum dvk_kind
 * @task: local kinds: whom; the caller holds a reference
 * @leader: local kinds: the binding serves all threads of @task
 * @usermode: local: it was bound by dvk_umbind()
 * @limited: local: no administrator asks for it
 * @nodeid: remote and backup: where it lives
 * @inc: remote: incarnation if known, else 0
 * @moved: remote: it migrated there, so that waits for it go on
 * @autobound: remote: a command came from it
 * @rpid: remote: pid there
 * @name: remote: its name
 */
struct dvk_bind_spec {
	struct dvk_dc *dc;
	int ep;
	enum dvk_kind kind;
	struct task_struct *task;
	bool leader;
	bool usermode;
	bool limited;
	bool autobound;
	bool moved;
	int nodeid;
	u32 inc;
	pid_t rpid;
	const char *name;
};

/*
 * A new endpoint that is in no table yet, with one reference. NULL if there is
 * no memory, or the DC has ended.
 */
struct dvk_endpoint *dvk_ep_alloc(const struct dvk_bind_spec *spec, gfp_t gfp);

/**
 * dvk_ep_bind() - put an endpoint into a slot
 * @spec: what
 * @gfp: GFP_ATOMIC from the receive path, else GFP_KERNEL
 *
 * A local bind takes over a slot whose endpoint was bound by itself for
 * another node; if @spec->limited only if that is not connected. A remote bind of
 * what is bound already for the same node succeeds. What another node announces
 * never takes the place of one that lives.
 *
 * Return: 0, or -DVK_E*: DCNOTRUN, BADRANGE, ENDPOINT, SLOTUSED, BUSY (the task
 * is bound), BADPID (it exits), NOMEM.
 */
int dvk_ep_bind(const struct dvk_bind_spec *spec, gfp_t gfp);

/**
 * dvk_ep_kill() - an endpoint ceases to exist
 * @ep: the endpoint; the caller owns it, holds a reference or RCU
 * @announce: tell the DC's other nodes
 *
 * Takes it out of all tables and ends every wait on it, here and on other
 * nodes. Only the first call does anything. Any context but hard interrupts;
 * no lock below the socket's held. Return: false if it was dead already.
 */
bool dvk_ep_kill(struct dvk_endpoint *ep, bool announce);

/*
 * Replace stand-in or frozen endpoint @old by @new in its slot. dc->lock is
 * held; to be followed by dvk_ep_swapped() without it.
 */
void dvk_ep_swap(struct dvk_endpoint *old, struct dvk_endpoint *new);
/*
 * Waits for stand-in @old become waits for @new, and so do notifications that it
 * has kept. Drops the slot's reference.
 */
void dvk_ep_swapped(struct dvk_endpoint *old, struct dvk_endpoint *new);

/**
 * dvk_ep_let_go() - the table gives up an endpoint that has migrated
 * @ep: the endpoint, with @let_go set and in no table any more
 *
 * Its process may still be in a call on it, in which nothing but the table's
 * reference keeps it: then the end of that call drops the reference. Any
 * context but hard interrupts; under RCU.
 */
void dvk_ep_let_go(struct dvk_endpoint *ep);

/*
 * The node of stand-in @ep says that it is gone: kill it; but if it has a backup
 * keep its place for that. Under RCU.
 */
void dvk_ep_forget(struct dvk_endpoint *ep);

/*
 * Unbind another task's or a remote endpoint. A local task that is in a call leaves
 * it with SHUTDOWN, and gets signal @sig, unless that is 0. Process context.
 */
void dvk_ep_evict(struct dvk_endpoint *ep, int sig);
/*
 * Wait until it is gone, at most so many milliseconds: 0, -DVK_ETIMEDOUT,
 * -DVK_EINTR or -ERESTARTSYS.
 */
int dvk_ep_wait_dead(struct dvk_endpoint *ep, int timeout);

/**
 * dvk_ep_of_task() - the binding of a task
 * @task: the task
 *
 * Under rcu_read_lock(). An unbound thread uses its group leader's.
 * Return: the endpoint or NULL.
 */
struct dvk_endpoint *dvk_ep_of_task(struct task_struct *task); /* task.c */

/**
 * dvk_ep_enter() - the current task starts a call on its endpoint
 * @node: node of the descriptor it calls through
 * @call: enum dvk_call
 * @epp: set to the endpoint, which is owned and referenced till dvk_ep_leave()
 *
 * A call that was interrupted, and waits to go on, is taken back if this one waits.
 *
 * Return: 0 or -DVK_E*: NOTBIND, PROCRUN, BADCALL, DCNOTRUN, SHUTDOWN; or
 * -ERESTARTSYS.
 */
int dvk_ep_enter(struct dvk_node *node, enum dvk_call call,
		 struct dvk_endpoint **epp);
/*
 * The same for a call that has been interrupted: dvk_call_resume() is to follow.
 * SHUTDOWN if the endpoint has been unbound since.
 */
int dvk_ep_enter_again(struct dvk_node *node, enum dvk_call call,
		       struct dvk_endpoint **epp);
void dvk_ep_leave(struct dvk_endpoint *ep);

/* Unbind as soon as no call is in progress; calls end with SHUTDOWN. */
void dvk_ep_shutdown(struct dvk_endpoint *ep);

/* Incarnation for a new local endpoint. */
u32 dvk_ep_new_inc(void);

/* Woken whenever any task is bound: a task that waits for that has no DC. */
extern wait_queue_head_t dvk_bind_any;

/**
 * struct dvk_object_ops - what those above do when objects come and go
 *
 * Given once, to dvk_object_init(). No call that is not interrupted uses any of these.
 * Of endpoints, unless said in any context but hard interrupts, without locks:
 *
 * @ep_gone: @ep has just ceased to be bound: end all waits for it and of those
 *	who queue at it; a stand-in gives up what it waits for. Under RCU
 * @ep_exited: the task of @ep, which has ceased to be bound, exits
 * @ep_replaced: stand-in @old has been replaced in its slot by @new, waits for it
 *	become waits for that. Under RCU
 * @standin_gone: @ep does not live any more, or lives elsewhere: forget, if it is
 *	a stand-in, what its node was sending. Under RCU
 * @announce: tell the other nodes of the DC that @ep has come or gone:
 *	DVK_CMD_PROCBIND or DVK_CMD_PROCUNBIND
 * @call_found: the current task enters an endpoint with a suspended call. 0, or
 *	-DVK_EPROCRUN: it is another thread's
 * @call_drop: give up the suspended call of @ep, which is owned
 * @slot_free: slot @ep is free, and others have claimed it meanwhile:
 *	ask who has it. Under RCU
 *
 * Of DCs, in process context:
 *
 * @member_added: the link's node has become a member of @dc
 * @dc_added: @dc is in the table; node->setup and node->config are held.
 *	Returns 0, or a negative errno that forbids it
 * @dc_gone: @dc is out of the table; node->setup held and no other lock
 */
struct dvk_object_ops {
	void (*ep_gone)(struct dvk_endpoint *ep);
	void (*ep_exited)(struct dvk_endpoint *ep);
	void (*ep_replaced)(struct dvk_endpoint *old, struct dvk_endpoint *new);
	void (*standin_gone)(struct dvk_endpoint *ep);
	void (*announce)(const struct dvk_endpoint *ep, u32 code);
	int (*call_found)(struct dvk_endpoint *ep, enum dvk_call call);
	void (*call_drop)(struct dvk_endpoint *ep);
	void (*slot_free)(const struct dvk_dc *dc, int ep);
	void (*member_added)(struct dvk_link *link, struct dvk_dc *dc);
	int (*dc_added)(struct dvk_dc *dc);
	void (*dc_gone)(struct dvk_dc *dc);
};

extern struct dvk_object_ops dvk_object_ops;	/* endpoint.c */

int dvk_object_init(const struct dvk_object_ops *ops);
void dvk_object_exit(void);

u64 dvk_ep_rts_flags(const struct dvk_endpoint *ep);
u64 dvk_ep_misc_flags(const struct dvk_endpoint *ep);
void dvk_ep_fill_usr(struct dvk_endpoint *ep, struct dvk_proc_usr *usr);
/* The same for a valid slot, free or not. Under RCU, not in a softirq. */
void dvk_dc_fill_slot(struct dvk_dc *dc, int slot, struct dvk_proc_usr *usr);

#endif /* _DVK_ENDPOINT_H */
