// SPDX-License-Identifier: GPL-2.0
/*
 * Memory of kernel clients: the iterators that they pass to vcopy, and the
 * windows that they expose to others.
 *
 * A process's memory is pinned, so that it stays while it is used, whatever
 * becomes of the process. That cannot be said of a kernel client's. What keeps
 * it is the client's call: those who copy within the node hold the client in
 * its call meanwhile (dvk_copy_hold()), and never across a page fault; data from
 * another node is written only after a look at the number of the call
 * (dvk_xfer_fill()); data to another node is sent from pages with references of
 * their own.
 */
#include "copy.h"

#include <dvk/kernel.h>
#include <linux/mm.h>
#include <linux/net.h>
#include <linux/sched/mm.h>
#include <linux/sched/task_stack.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>
#include <dvk/compat.h>

#include "access.h"
#include "base/trace.h"

/**
 * struct dvk_window - memory that a kernel client exposes
 * @iter: the memory; an empty one if none is exposed
 * @access: DVK_EXPOSE_*
 *
 * Written by its thread while that is in no call, read by those who hold it in
 * one.
 */
struct dvk_window {
	struct iov_iter iter;
	unsigned int access;
};

bool dvk_kmem_valid(const struct iov_iter *iter)
{
	return iov_iter_is_kvec(iter) || iov_iter_is_bvec(iter);
}

int dvk_kmem_expose(struct dvk_endpoint *ep, const struct iov_iter *iter,
		    unsigned int access)
{
	struct dvk_window *w = ep->window;

	if ((iter && !dvk_kmem_valid(iter)) ||
	    (access & ~(DVK_EXPOSE_READ | DVK_EXPOSE_WRITE)))
		return -DVK_EINVAL;
	if (!w) {
		if (!iter)
			return 0;
		w = kzalloc(sizeof(*w), GFP_KERNEL);
		if (!w)
			return -DVK_ENOMEM;
	}
	if (iter)
		w->iter = *iter;
	else
		iov_iter_kvec(&w->iter, ITER_SOURCE, NULL, 0, 0);
	w->access = access;
	ep->window = w;
	return 0;
}

/* The part of a held client's window that a copy names by its offset. */
static int window_part(const struct dvk_endpoint *ep, u64 offset, u32 bytes,
		       bool write, struct iov_iter *iter)
{
	const struct dvk_window *w = ep->window;
	size_t len = w ? iov_iter_count(&w->iter) : 0;

	if (offset > len || bytes > len - offset)
		return -DVK_EFAULT;
	if (!bytes) {
		iov_iter_kvec(iter, write ? ITER_DEST : ITER_SOURCE, NULL, 0, 0);
		return 0;
	}
	if (!(w->access & (write ? DVK_EXPOSE_WRITE : DVK_EXPOSE_READ)))
		return -DVK_EFAULT;
	*iter = w->iter;
	iter->data_source = !write;
	iov_iter_advance(iter, offset);
	iov_iter_truncate(iter, bytes);
	return 0;
}

/* --- page by page --- */

static struct page *page_of(const void *addr)
{
	bool mapped = is_vmalloc_addr(addr);

#if defined(CONFIG_MODULES) && defined(MODULES_VADDR)
	/* Data of modules. is_vmalloc_or_module_addr() is not for modules. */
	if ((unsigned long)addr >= MODULES_VADDR &&
	    (unsigned long)addr < MODULES_END)
		mapped = true;
#endif
	if (mapped)
		return vmalloc_to_page(addr);
	return virt_addr_valid(addr) ? virt_to_page(addr) : NULL;
}

/**
 * struct piece - a stretch of memory in one page
 * @page: the page, NULL if the address has none
 * @offset: in the page
 * @len: of the stretch
 * @addr: of a kvec: where it is mapped
 */
struct piece {
	struct page *page;
	size_t offset;
	size_t len;
	const void *addr;
};

/* The first piece of what @iter has left, which is not nothing. */
static void first_piece(struct iov_iter *iter, struct piece *p)
{
	size_t at, len;

	/* Past segments of length 0. */
	iov_iter_advance(iter, 0);
	at = iter->iov_offset;
	if (iov_iter_is_bvec(iter)) {
		len = iter->bvec->bv_len - at;
		at += iter->bvec->bv_offset;
		p->addr = NULL;
		p->page = dvk_nth_page(iter->bvec->bv_page, at >> PAGE_SHIFT);
		p->offset = offset_in_page(at);
	} else {
		len = iter->kvec->iov_len - at;
		p->addr = iter->kvec->iov_base + at;
		p->page = page_of(p->addr);
		p->offset = offset_in_page(p->addr);
	}
	p->len = min3(len, iov_iter_count(iter), PAGE_SIZE - p->offset);
}

static unsigned int count_pieces(struct iov_iter iter)
{
	unsigned int n = 0;
	struct piece p;

	for (; iov_iter_count(&iter); iov_iter_advance(&iter, p.len), n++)
		first_piece(&iter, &p);
	return n;
}

/* Both are kernel memory or pinned, so nothing faults. */
static int copy_iters(struct iov_iter *from, struct iov_iter *to)
{
	struct piece p;

	for (; iov_iter_count(from); iov_iter_advance(from, p.len)) {
		first_piece(from, &p);
		if (!p.page || copy_page_to_iter(p.page, p.offset, p.len,
						 to) != p.len)
			return -DVK_EFAULT;
		cond_resched();
	}
	return 0;
}

/* --- remote copies --- */

static bool on_stack(const struct task_struct *task, const void *addr)
{
	const void *stack = task_stack_page(task);

	return addr >= stack && addr < stack + THREAD_SIZE;
}

/*
 * A page to send @p from, with a reference. Slab objects have no pages of their
 * own to refer to (see sendpage_ok()), and a stack is soon used for something
 * else: what lies there is copied.
 */
static struct page *page_to_send(const struct dvk_endpoint *owner,
				 const struct piece *p)
{
	struct page *page;

	if (sendpage_ok(p->page) && !on_stack(owner->task, p->addr)) {
		get_page(p->page);
		return p->page;
	}
	page = alloc_page(GFP_KERNEL);
	if (page)
		memcpy_page(page, p->offset, p->page, p->offset, p->len);
	return page;
}

int dvk_xfer_kernel(struct dvk_endpoint *target, const struct iov_iter *iter,
		    bool write, struct dvk_xfer **xp)
{
	struct iov_iter left = *iter;
	struct dvk_xfer *x;
	struct piece p;

	x = dvk_xfer_alloc(target, iov_iter_count(&left), write,
			   count_pieces(left));
	if (!x)
		return -DVK_ENOMEM;
	x->kernel = true;
	for (; iov_iter_count(&left); iov_iter_advance(&left, p.len)) {
		struct bio_vec *bv = &x->bvec[x->nr_bvec];

		first_piece(&left, &p);
		bv->bv_page = p.page;
		if (p.page && !write)
			bv->bv_page = page_to_send(target, &p);
		if (!bv->bv_page) {
			dvk_xfer_put_now(x);
			return p.page ? -DVK_ENOMEM : -DVK_EFAULT;
		}
		bv->bv_offset = p.offset;
		bv->bv_len = p.len;
		x->nr_bvec++;
	}
	dvk_xfer_start(x);
	*xp = x;
	return 0;
}

void dvk_xfer_unref(struct dvk_xfer *x)
{
	unsigned int i;

	/* What is written has been used under the client's lock only. */
	if (x->write)
		return;
	for (i = 0; i < x->nr_bvec; i++)
		put_page(x->bvec[i].bv_page);
}

int dvk_xfer_window(struct dvk_endpoint *target, u64 offset, u32 bytes,
		    bool write, struct dvk_xfer **xp)
{
	struct dvk_xfer *x = NULL;
	struct iov_iter iter;
	int ret;

	ret = dvk_copy_hold(NULL, target);
	if (ret)
		return ret;
	ret = window_part(target, offset, bytes, write, &iter);
	if (!ret)
		ret = dvk_xfer_kernel(target, &iter, write, &x);
	/* Before the call can end: in the next one the memory may be gone. */
	if (!ret && write)
		ret = dvk_xfer_attach(x, true);
	dvk_copy_unhold(NULL, target);
	if (ret)
		dvk_xfer_put_now(x);
	else
		*xp = x;
	return ret;
}

/* --- local copies --- */

/**
 * struct side - one side of a local copy
 * @ep: whose memory
 * @addr: where in it
 * @mm: of a process other than the requester: the plan's note of its memory
 * @write: it is written
 * @own: the requester's own iterator, or NULL
 * @held: kept in its call
 * @x: pinned memory of a process
 * @iter: the memory
 */
struct side {
	struct dvk_endpoint *ep;
	u64 addr;
	struct mm_struct **mm;
	bool write;
	const struct iov_iter *own;
	bool held;
	struct dvk_xfer *x;
	struct iov_iter iter;
};

static bool is_process(const struct side *s)
{
	return !s->own && !dvk_ep_is_kthread(s->ep);
}

static int hold_side(const struct dvk_endpoint *rqtr, struct side *s)
{
	int ret = dvk_copy_hold(rqtr, s->ep);

	s->held = !ret;
	return ret;
}

/* A requester on another node has been checked (see dvk_rcopy_target()). */
static int check_side(const struct dvk_endpoint *rqtr, const struct side *s)
{
	return !rqtr || s->own ? 0 : dvk_copy_mm(rqtr, s->ep, s->mm);
}

static int open_process(const struct dvk_endpoint *rqtr, struct side *s,
			u32 bytes)
{
	int ret = hold_side(rqtr, s);

	if (!ret)
		ret = check_side(rqtr, s);
	if (!ret)
		ret = dvk_xfer_new(s->ep, *s->mm, s->addr, bytes, s->write,
				   &s->x);
	if (!ret)
		s->iter = s->x->iter;
	return ret;
}

static int open_client(const struct dvk_endpoint *rqtr, struct side *s,
		       u32 bytes)
{
	int ret;

	if (s->own) {
		s->iter = *s->own;
		s->iter.data_source = !s->write;
		return 0;
	}
	ret = hold_side(rqtr, s);
	if (!ret)
		ret = check_side(rqtr, s);
	if (!ret)
		ret = window_part(s->ep, s->addr, bytes, s->write, &s->iter);
	return ret;
}

static void close_side(const struct dvk_endpoint *rqtr, struct side *s)
{
	if (s->held)
		dvk_copy_unhold(rqtr, s->ep);
	dvk_xfer_put_now(s->x);
}

int dvk_kmem_copy(const struct dvk_endpoint *rqtr,
		  struct dvk_copy_plan *plan)
{
	struct side src = {
		.ep = plan->src,
		.addr = plan->src_addr,
		.mm = &plan->src_mm,
		.own = rqtr == plan->src ? plan->own : NULL,
	};
	struct side dst = {
		.ep = plan->dst,
		.addr = plan->dst_addr,
		.mm = &plan->dst_mm,
		.write = true,
		.own = rqtr == plan->dst ? plan->own : NULL,
	};
	u32 bytes = plan->bytes;
	int ret = 0;

	/* Memory of processes first: a page fault may last. */
	if (is_process(&src))
		ret = open_process(rqtr, &src, bytes);
	if (!ret && is_process(&dst))
		ret = open_process(rqtr, &dst, bytes);
	if (!ret && !is_process(&src))
		ret = open_client(rqtr, &src, bytes);
	if (!ret && !is_process(&dst))
		ret = open_client(rqtr, &dst, bytes);
	if (!ret)
		ret = copy_iters(&src.iter, &dst.iter);
	close_side(rqtr, &src);
	close_side(rqtr, &dst);
	return ret;
}
