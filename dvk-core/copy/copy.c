// SPDX-License-Identifier: GPL-2.0
/*
 * vcopy: the call, and copies between two tasks of this node.
 *
 * A local copy pins the other side's pages in batches and copies once, from
 * or to the caller's memory (compare mm/process_vm_access.c).
 */
#include "copy.h"

#include <linux/freezer.h>
#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <dvk/compat.h>

#include "access.h"
#include "base/current.h"
#include "base/node.h"
#include "base/trace.h"
#include "call/ipc.h"
#include "call/remote.h"
#include "object/dc.h"

#define STACK_PAGES	16
#define BATCH_PAGES	512

/* Copy between pinned pages and @iter; the bytes of one batch. */
static size_t copy_batch(struct page **pages, int nr, size_t offset,
			 size_t len, struct iov_iter *iter, bool to_pages)
{
	size_t done = 0;
	int i;

	for (i = 0; i < nr && len; i++) {
		size_t n = min_t(size_t, len, PAGE_SIZE - offset);
		size_t copied;

		if (to_pages)
			copied = copy_page_from_iter(pages[i], offset, n,
						     iter);
		else
			copied = copy_page_to_iter(pages[i], offset, n, iter);
		done += copied;
		if (copied != n)
			break;
		len -= n;
		offset = 0;
	}
	return done;
}

/*
 * Copy between memory of @other, by pinning, and @iter.
 */
static int copy_pinned(struct dvk_endpoint *other, struct mm_struct *mm,
		       u64 addr, size_t bytes, struct iov_iter *iter,
		       bool to_pages)
{
	unsigned int flags = to_pages ? FOLL_WRITE : 0;
	struct page *stack[STACK_PAGES];
	struct page **pages = stack;
	size_t total, max = STACK_PAGES;
	int ret = 0;

	total = DIV_ROUND_UP(offset_in_page(addr) + bytes, PAGE_SIZE);
	if (total > STACK_PAGES) {
		max = min_t(size_t, total, BATCH_PAGES);
		pages = kmalloc_array(max, sizeof(*pages), GFP_KERNEL);
		if (!pages)
			return -DVK_ENOMEM;
	}

	while (bytes && !ret) {
		size_t offset = offset_in_page(addr);
		size_t want = min_t(size_t, bytes, max * PAGE_SIZE - offset);
		int locked = 1;
		size_t copied;
		long nr;

		nr = DIV_ROUND_UP(offset + want, PAGE_SIZE);
		mmap_read_lock(mm);
		nr = dvk_pin_remote(mm, addr & PAGE_MASK, nr, flags, pages,
				    &locked);
		if (locked)
			mmap_read_unlock(mm);
		if (nr <= 0) {
			ret = nr == -EINTR ? -DVK_EINTR : -DVK_EFAULT;
			break;
		}
		want = min_t(size_t, want, nr * PAGE_SIZE - offset);
		copied = copy_batch(pages, nr, offset, want, iter, to_pages);
		unpin_user_pages_dirty_lock(pages, nr, to_pages);
		addr += copied;
		bytes -= copied;
		if (copied != want)
			ret = -DVK_EFAULT;
	}
	if (pages != stack)
		kfree(pages);
	return ret;
}

/* The caller's own memory is one side. */
static int copy_own(struct dvk_endpoint *other, struct mm_struct *mm,
		    u64 other_addr, u64 own_addr, size_t bytes, bool to_other)
{
	void __user *own = u64_to_user_ptr(own_addr);
	struct iov_iter iter;

	if (!access_ok(own, bytes))
		return -DVK_EFAULT;
	iov_iter_ubuf(&iter, to_other ? ITER_SOURCE : ITER_DEST, own, bytes);
	return copy_pinned(other, mm, other_addr, bytes, &iter, to_other);
}

/* Two others: pin the source as a whole, then as above. */
static int copy_others(const struct dvk_copy_plan *plan)
{
	struct iov_iter iter;
	struct dvk_xfer *x;
	int ret;

	ret = dvk_xfer_new(plan->src, plan->src_mm, plan->src_addr, plan->bytes,
			   false, &x);
	if (ret)
		return ret;
	iov_iter_bvec(&iter, ITER_SOURCE, x->bvec, x->nr_bvec, plan->bytes);
	ret = copy_pinned(plan->dst, plan->dst_mm, plan->dst_addr, plan->bytes,
			  &iter, true);
	dvk_xfer_put_now(x);
	return ret;
}

void dvk_copy_plan_put(struct dvk_copy_plan *plan)
{
	if (plan->src_mm)
		mmput(plan->src_mm);
	if (plan->dst_mm)
		mmput(plan->dst_mm);
	dvk_ep_put(plan->src);
	dvk_ep_put(plan->dst);
}

static int copy_local(struct dvk_endpoint *ep, struct dvk_copy_plan *plan)
{
	int ret;

	if (unlikely(dvk_kmem_needed(plan)))
		return dvk_kmem_copy(ep, plan);
	ret = dvk_copy_hold(ep, plan->src);
	if (ret)
		return ret;
	ret = dvk_copy_hold(ep, plan->dst);
	if (ret)
		goto unhold_src;
	ret = dvk_copy_mm(ep, plan->src, &plan->src_mm);
	if (!ret)
		ret = dvk_copy_mm(ep, plan->dst, &plan->dst_mm);
	if (ret)
		goto unhold;

	if (!plan->bytes)
		ret = 0;
	else if (plan->src == ep)
		ret = copy_own(plan->dst, plan->dst_mm, plan->dst_addr,
			       plan->src_addr, plan->bytes, true);
	else if (plan->dst == ep)
		ret = copy_own(plan->src, plan->src_mm, plan->src_addr,
			       plan->dst_addr, plan->bytes, false);
	else
		ret = copy_others(plan);
unhold:
	dvk_copy_unhold(ep, plan->dst);
unhold_src:
	dvk_copy_unhold(ep, plan->src);
	return ret;
}

int dvk_copy_between(struct dvk_copy_plan *plan)
{
	int ret;

	if (unlikely(dvk_kmem_needed(plan)))
		return dvk_kmem_copy(NULL, plan);
	ret = dvk_copy_hold(NULL, plan->src);
	if (ret)
		return ret;
	ret = dvk_copy_hold(NULL, plan->dst);
	if (ret)
		goto unhold_src;
	if (plan->bytes)
		ret = copy_others(plan);
	dvk_copy_unhold(NULL, plan->dst);
unhold_src:
	dvk_copy_unhold(NULL, plan->src);
	return ret;
}

/* Look both parties up and take references. */
static int plan_make(struct dvk_endpoint *ep, const struct dvk_ioc_vcopy *arg,
		     struct dvk_copy_plan *plan)
{
	int src = arg->src == DVK_SELF ? ep->ep : arg->src;
	int dst = arg->dst == DVK_SELF ? ep->ep : arg->dst;
	int ret;

	if (arg->bytes < 0 || arg->bytes > ep->dc->node->limits.max_copylen)
		return -DVK_ERANGE;
	if (src == dst)
		return -DVK_EENDPOINT;

	rcu_read_lock();
	ret = dvk_ipc_find(ep, src, &plan->src);
	if (ret == -DVK_EDSTDIED)
		ret = -DVK_ESRCDIED;
	if (!ret)
		ret = dvk_ipc_find(ep, dst, &plan->dst);
	if (!ret && !kref_get_unless_zero(&plan->src->ref))
		ret = -DVK_ESRCDIED;
	if (!ret && !kref_get_unless_zero(&plan->dst->ref)) {
		dvk_ep_put(plan->src);
		ret = -DVK_EDSTDIED;
	}
	rcu_read_unlock();
	plan->src_addr = arg->src_addr;
	plan->dst_addr = arg->dst_addr;
	plan->bytes = arg->bytes;
	return ret;
}

static int copy_once(struct dvk_endpoint *ep, const struct dvk_ioc_vcopy *arg,
		     const struct iov_iter *own)
{
	struct dvk_copy_plan plan = { .own = own };
	bool src_local, dst_local;
	int ret;

	ret = plan_make(ep, arg, &plan);
	if (ret)
		return ret;
	src_local = dvk_ep_is_local(plan.src);
	dst_local = dvk_ep_is_local(plan.dst);
	if (src_local && dst_local)
		ret = copy_local(ep, &plan);
	else if (src_local)
		ret = dvk_rcopy_in(ep, &plan);
	else if (dst_local)
		ret = dvk_rcopy_out(ep, &plan);
	else
		ret = dvk_rcopy_far(ep, &plan);
	if (!ret && src_local && dst_local)
		ep->lclcopy++;
	else if (!ret)
		ep->rmtcopy++;
	dvk_copy_plan_put(&plan);
	/* A party that is on its way: what is asked of it was for a message. */
	return ret == DVK_RETRY ? -DVK_EMIGRATE : ret;
}

/* How long a copy may wait for others that hold the memory it may not. */
#define PATIENCE	(5 * HZ)

/* A refused copy has done nothing. 0 if it may be asked for again. */
static int pause(struct dvk_endpoint *ep, unsigned long since)
{
	long left;

	if (time_after(jiffies, since + PATIENCE))
		return -DVK_EALLOCMEM;
	left = wait_event_freezable_timeout(ep->dc->bind_wait,
					    READ_ONCE(ep->shutdown) ||
					    dvk_task_stopping(),
					    msecs_to_jiffies(4));
	if (READ_ONCE(ep->shutdown))
		return -DVK_ESHUTDOWN;
	return dvk_wait_result(left);
}

int dvk_copy_call(struct dvk_endpoint *ep, const struct dvk_ioc_vcopy *arg,
		  const struct iov_iter *own)
{
	unsigned long since = jiffies;
	int ret;

	for (;;) {
		ret = copy_once(ep, arg, own);
		if (likely(ret != -DVK_EAGAIN && ret != DVK_NOROOM))
			return ret;
		/* For room it has waited already. */
		if (ret == DVK_NOROOM)
			since = jiffies;
		ret = pause(ep, since);
		if (ret)
			return ret;
	}
}

int dvk_copy_again(struct dvk_endpoint *ep, const struct dvk_ioc_vcopy *arg,
		   bool end)
{
	int ret = dvk_rcopy_again(ep, end);

	if (!ret)
		ep->rmtcopy++;
	if (ret == -DVK_EAGAIN)
		ret = end ? -DVK_EINTR : dvk_copy_call(ep, arg, NULL);
	return ret == DVK_RETRY ? -DVK_EMIGRATE : ret;
}
