/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Memory copy between endpoints.
 *
 * copy.c    the call, and copies inside this node
 * access.c  who may copy what
 * kmem.c    memory of kernel clients
 * xfer.c    pinned memory of one party of a remote copy
 * rcopy.c   copies from and to other nodes: the requester,
 * rcopy_tx.c     data on its way out,
 * rcopy_serve.c  those who serve it, and
 * rcopy_rx.c     arriving data
 */
#ifndef _DVK_COPY_H
#define _DVK_COPY_H

#include <linux/bvec.h>
#include <linux/kref.h>
#include <linux/uio.h>
#include <linux/workqueue.h>

#include "link/link.h"
#include "object/endpoint.h"
#include "object/hold.h"

/**
 * struct dvk_xfer - pinned memory of one party of a remote copy
 * @ref: whoever asked, frames and the receive path
 * @work: unpins where sleeping is allowed
 * @target: whose memory; holds a reference
 * @mm: the memory that @charged pages are charged to, or NULL
 * @charged: pages that count against the limit of @target's process
 * @attached: counted in target->xfers
 * @call_nr: target->call_nr when attached: once they differ the target's call
 *	has ended and its memory must not be touched
 * @nodeid: the other node
 * @id: number of the copy, see dvk_xfer_enter()
 * @write: the memory is written
 * @kernel: the memory of a kernel client, which is not pinned (see kmem.c)
 * @error: what went wrong, a negated DVK_E* code
 * @bytes: length of the copy
 * @done: bytes received so far
 * @iter: where the next ones go
 * @nr_bvec: pages in @bvec
 * @bvec: the memory
 */
struct dvk_xfer {
	struct kref ref;
	struct work_struct work;
	struct dvk_endpoint *target;
	struct mm_struct *mm;
	unsigned int charged;
	bool attached;
	u32 call_nr;
	int nodeid;
	u32 id;
	bool write;
	bool kernel;
	int error;
	u32 bytes;
	u32 done;
	struct iov_iter iter;
	unsigned int nr_bvec;
	struct bio_vec bvec[];
};

/* --- copy.c --- */

/**
 * dvk_copy_call() - vcopy
 * @ep: the requester, owned by the current task
 * @arg: the call
 * @own: of a kernel client: the requester's memory, in place of the address in
 *	@arg, as many bytes as that says; else NULL
 *
 * Return: 0 or -DVK_E*.
 */
int dvk_copy_call(struct dvk_endpoint *ep, const struct dvk_ioc_vcopy *arg,
		  const struct iov_iter *own);

/*
 * Go on with a remote copy that was interrupted, or with @end, take it back if it is
 * not over. As dvk_copy_call().
 */
int dvk_copy_again(struct dvk_endpoint *ep, const struct dvk_ioc_vcopy *arg,
		   bool end);
/**
 * struct dvk_copy_plan - a copy on its way through the functions below
 * @src: whose memory is read
 * @dst: whose memory is written
 * @src_addr: start there
 * @dst_addr: start there
 * @src_mm: memory of @src, if the requester may touch it; NULL if that is the
 *	requester, a kernel client, or on another node
 * @dst_mm: memory of @dst
 * @bytes: 0 .. max_copylen
 * @own: memory of the requester if it is a kernel client that passed an
 *	iterator, else NULL
 *
 * References on all of them are held.
 */
struct dvk_copy_plan {
	struct dvk_endpoint *src;
	struct dvk_endpoint *dst;
	u64 src_addr;
	u64 dst_addr;
	struct mm_struct *src_mm;
	struct mm_struct *dst_mm;
	u32 bytes;
	const struct iov_iter *own;
};

/*
 * Copy between two tasks of this node on behalf of a requester on another,
 * whose right has been checked. Any process context.
 */
int dvk_copy_between(struct dvk_copy_plan *plan);

/* Put what a plan holds references on. May sleep. */
void dvk_copy_plan_put(struct dvk_copy_plan *plan);

/* --- kmem.c --- */

/* Whether kernel clients may use this kind of iterator. */
bool dvk_kmem_valid(const struct iov_iter *iter);

/* See dvk_kernel_expose(). @ep is the current task's. 0 or -DVK_E*. */
int dvk_kmem_expose(struct dvk_endpoint *ep, const struct iov_iter *iter,
		    unsigned int access);

/*
 * A local copy with a kernel client on one side or both. @rqtr is NULL if the
 * requester is on another node. 0 or a negated DVK_E* code.
 */
int dvk_kmem_copy(const struct dvk_endpoint *rqtr,
		  struct dvk_copy_plan *plan);

static inline bool dvk_kmem_needed(const struct dvk_copy_plan *plan)
{
	return plan->own || dvk_ep_is_kthread(plan->src) ||
	       dvk_ep_is_kthread(plan->dst);
}

/*
 * Like dvk_xfer_new() of the requester's own iterator, and of what @target
 * exposes; the latter is attached already if it is written.
 */
int dvk_xfer_kernel(struct dvk_endpoint *target, const struct iov_iter *iter,
		    bool write, struct dvk_xfer **xp);
int dvk_xfer_window(struct dvk_endpoint *target, u64 offset, u32 bytes,
		    bool write, struct dvk_xfer **xp);
/* Let go of the pages of either. */
void dvk_xfer_unref(struct dvk_xfer *x);

/* --- xfer.c --- */

/* One with room for pages and one reference, or NULL. */
struct dvk_xfer *dvk_xfer_alloc(struct dvk_endpoint *target, u32 bytes,
				bool write, unsigned int pages);
/* Its pages are complete. */
void dvk_xfer_start(struct dvk_xfer *x);

/**
 * dvk_xfer_new() - describe and pin memory
 * @target: whose, local
 * @mm: the memory, as dvk_copy_mm() returns it; NULL: that of the current task
 * @addr: start
 * @bytes: length, may be 0
 * @write: it will be written
 * @xp: set to the copy, with one reference
 *
 * Process context. The caller makes sure that the task stays in its call.
 * Return: 0, -DVK_EFAULT, -DVK_ENOMEM; -DVK_EALLOCMEM if the process may not have
 * so much memory pinned, -DVK_EAGAIN if not now.
 */
int dvk_xfer_new(struct dvk_endpoint *target, struct mm_struct *mm, u64 addr,
		 u32 bytes, bool write, struct dvk_xfer **xp);

/**
 * dvk_xfer_attach() - void the copy when the target's call ends
 * @x: the copy
 * @blocked: the target must be asleep in a call now
 *
 * Return: 0, -DVK_EPROCSTS, -DVK_EDSTDIED.
 */
int dvk_xfer_attach(struct dvk_xfer *x, bool blocked);

/* Let nothing be written any more; when it returns nothing is. */
void dvk_xfer_void(struct dvk_xfer *x);

/* Prepare the table of copies, which is empty: 0 or a negative errno. */
int dvk_xfers_init(struct xarray *xfers);

/**
 * dvk_xfer_enter() - give the copy a number, x->id, by which it is found
 * @node: the node that asks for it
 * @x: the copy; its references are the caller's, until dvk_xfer_leave()
 *
 * May sleep. Return: 0 or -DVK_ENOMEM.
 */
int dvk_xfer_enter(struct dvk_node *node, struct dvk_xfer *x);
void dvk_xfer_leave(struct dvk_node *node, struct dvk_xfer *x);
/* By number, with a reference, or NULL. Any context but hard interrupts. */
struct dvk_xfer *dvk_xfer_get(struct dvk_node *node, u32 id);

/* Copy arriving bytes into it, in order. Any context but hard interrupts. */
void dvk_xfer_fill(struct dvk_xfer *x, struct sk_buff *skb,
		   unsigned int offset, unsigned int len);

/* Any context: the last one has the pages unpinned by a worker. */
void dvk_xfer_put(struct dvk_xfer *x);

void dvk_xfer_free_now(struct kref *ref);

/* The same where sleeping is allowed: saves the worker. */
static inline void dvk_xfer_put_now(struct dvk_xfer *x)
{
	if (x)
		kref_put(&x->ref, dvk_xfer_free_now);
}

int dvk_xfer_init(void);
void dvk_xfer_exit(void);

/* --- rcopy.c, rcopy_tx.c --- */

/* The local party's memory is noted in the plan. */
int dvk_rcopy_in(struct dvk_endpoint *ep, struct dvk_copy_plan *plan);
int dvk_rcopy_out(struct dvk_endpoint *ep, struct dvk_copy_plan *plan);
int dvk_rcopy_far(struct dvk_endpoint *ep, const struct dvk_copy_plan *plan);
/* Any of them that has been interrupted; see dvk_copy_again(). */
int dvk_rcopy_again(struct dvk_endpoint *ep, bool end);

/*
 * Send pinned memory in frames like @cmd. Always sends the last one, even if
 * the copy is empty. Process context. @rqtr: the requester, if it is a task of this
 * node. 0, a negated DVK_E* code or -ERESTARTSYS.
 */
int dvk_rcopy_send(struct dvk_link *link, struct dvk_xfer *x,
		   const struct dvk_cmd *cmd, struct dvk_endpoint *rqtr);

/* --- rcopy_serve.c --- */

/*
 * The stand-in of the requester that a copy command is for, with a reference;
 * binds it if the DC allows. Only in the order in which commands arrive: later
 * it may have died, and would be bound for ever. 0 or -DVK_E*.
 */
int dvk_rcopy_requester(struct dvk_link *link, const struct dvk_cmd *cmd,
			struct dvk_endpoint **standin);
/* The same if it is bound, else NULL. Under RCU, without a reference. */
struct dvk_endpoint *dvk_rcopy_standin(struct dvk_link *link,
				       const struct dvk_cmd *cmd);

/*
 * The party of a remote requester's copy that must live here, with a
 * reference, even if it returns an error. Also checks that the party is asleep
 * and the requester may touch it: then @mm is its memory, with a reference. May
 * sleep.
 */
int dvk_rcopy_target(struct dvk_link *link, const struct dvk_cmd *cmd,
		     bool is_dst, const struct dvk_endpoint *standin,
		     struct dvk_endpoint **party, struct mm_struct **mm);

/* Hand a request to a worker. Any context but hard interrupts. */
void dvk_rcopy_serve(struct dvk_link *link, const struct dvk_cmd *cmd);
/* The third node has told the requester. */
void dvk_rcopy_forwarded(struct dvk_link *link, const struct dvk_cmd *cmd);
/* A node is lost: requesters of copies to it would wait for ever. */
void dvk_rcopy_node_lost(struct dvk_link *link);

/* --- rcopy_rx.c --- */
int dvk_rcopy_rx(struct dvk_link *link, const struct dvk_cmd *cmd,
		 bool may_sleep);
void dvk_rcopy_rx_payload(struct dvk_link *link, const struct dvk_cmd *cmd);
/* Forget what the stand-in @ep's node was sending. */
void dvk_copy_target_gone(struct dvk_endpoint *ep);
/* The same if it comes from this node, on behalf of the stand-in's task. */
void dvk_copy_source_gone(struct dvk_endpoint *ep, int nodeid);
/* Wait for the copies that the node serves for others. */
void dvk_rcopy_quiesce(void);

int dvk_copy_init(void);
void dvk_copy_exit(void);

#endif /* _DVK_COPY_H */
