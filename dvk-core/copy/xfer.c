// SPDX-License-Identifier: GPL-2.0
/*
 * Pinned memory of one party of a remote copy.
 */
#include "copy.h"

#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/highmem.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/skbuff.h>
#include <linux/slab.h>
#include <dvk/compat.h>

#include "base/node.h"
#include "base/trace.h"

#define PIN_BATCH	32

static struct workqueue_struct *unpin_wq;

static void unpin(struct dvk_xfer *x)
{
	struct page *pages[PIN_BATCH];
	unsigned int i, n = 0;

	if (x->kernel) {
		dvk_xfer_unref(x);
		return;
	}
	for (i = 0; i < x->nr_bvec; i++) {
		pages[n++] = x->bvec[i].bv_page;
		if (n == PIN_BATCH || i + 1 == x->nr_bvec) {
			unpin_user_pages_dirty_lock(pages, n, x->write);
			n = 0;
		}
	}
	trace_dvk_unpin(x->nr_bvec, x->write);
}

/*
 * Whether a task has CAP_IPC_LOCK on the machine. There is no function for another
 * task than the current one that modules of all kernels may call. Under RCU.
 */
static bool may_pin(struct task_struct *task)
{
	const struct cred *cred = __task_cred(task);

	return cred->user_ns == &init_user_ns &&
	       cap_raised(cred->cap_effective, CAP_IPC_LOCK);
}

/*
 * What is pinned counts against RLIMIT_MEMLOCK of the process whose memory it is,
 * whoever asked for that, as with ib_umem_get() of the kernel: nobody can have
 * more of its memory held than it might hold itself. The limit is for all who
 * pin at the same time; a copy that does not fit because of others is asked for
 * again (see dvk_copy_call()), one that never does is not.
 */
static int charge(struct dvk_xfer *x, struct mm_struct *mm, unsigned int pages)
{
	struct task_struct *task;
	unsigned long limit;
	int ret = 0;

	rcu_read_lock();
	task = READ_ONCE(x->target->task);
	limit = task_rlimit(task, RLIMIT_MEMLOCK) >> PAGE_SHIFT;
	if (atomic64_add_return(pages, &mm->pinned_vm) > limit &&
	    !may_pin(task))
		ret = pages > limit ? -DVK_EALLOCMEM : -DVK_EAGAIN;
	rcu_read_unlock();
	if (ret) {
		atomic64_sub(pages, &mm->pinned_vm);
		return ret;
	}
	mmgrab(mm);
	x->mm = mm;
	x->charged = pages;
	return 0;
}

static void uncharge(struct dvk_xfer *x)
{
	if (!x->mm)
		return;
	atomic64_sub(x->charged, &x->mm->pinned_vm);
	mmdrop(x->mm);
}

static void free_now(struct dvk_xfer *x)
{
	unpin(x);
	uncharge(x);
	if (x->attached) {
		spin_lock_bh(&x->target->lock);
		x->target->xfers--;
		spin_unlock_bh(&x->target->lock);
	}
	dvk_ep_put(x->target);
	kfree(x);
}

static void free_work(struct work_struct *work)
{
	free_now(container_of(work, struct dvk_xfer, work));
}

void dvk_xfer_free_now(struct kref *ref)
{
	free_now(container_of(ref, struct dvk_xfer, ref));
}

/* Unpinning written pages takes page locks, which may sleep. */
static void xfer_free(struct kref *ref)
{
	struct dvk_xfer *x = container_of(ref, struct dvk_xfer, ref);

	queue_work(unpin_wq, &x->work);
}

void dvk_xfer_put(struct dvk_xfer *x)
{
	if (x)
		kref_put(&x->ref, xfer_free);
}

/*
 * The general way into another task's memory looks every page up by itself: from
 * so many pages on it pays to borrow that memory, if this thread has none.
 */
#define PIN_BORROW		4

/* Pin a batch of pages of the current task or, with @mm, of another. */
static long pin_batch(struct mm_struct *mm, unsigned long addr, long nr,
		      unsigned int flags, struct page **pages)
{
	int locked = 1;
	long ret;

	if (!mm)
		return pin_user_pages_fast(addr, nr, flags, pages);
	mmap_read_lock(mm);
	ret = dvk_pin_remote(mm, addr, nr, flags, pages, &locked);
	if (locked)
		mmap_read_unlock(mm);
	return ret;
}

static int pin(struct dvk_xfer *x, struct mm_struct *mm, u64 addr)
{
	unsigned int flags = x->write ? FOLL_WRITE : 0;
	struct page *pages[PIN_BATCH];
	size_t left = x->bytes;

	while (left) {
		size_t offset = offset_in_page(addr);
		size_t want = DIV_ROUND_UP(offset + left, PAGE_SIZE);
		long nr, i;

		nr = pin_batch(mm, addr & PAGE_MASK,
			       min_t(size_t, want, PIN_BATCH), flags, pages);
		if (nr <= 0)
			return nr == -EINTR ? -DVK_EINTR : -DVK_EFAULT;
		for (i = 0; i < nr; i++) {
			struct bio_vec *bv = &x->bvec[x->nr_bvec++];

			bv->bv_page = pages[i];
			bv->bv_offset = offset;
			bv->bv_len = min_t(size_t, left, PAGE_SIZE - offset);
			left -= bv->bv_len;
			addr += bv->bv_len;
			offset = 0;
		}
	}
	return 0;
}

static int pin_other(struct dvk_xfer *x, struct mm_struct *mm, u64 addr,
		     size_t pages)
{
	int ret;

	if (pages < PIN_BORROW || current->mm || !(current->flags & PF_KTHREAD))
		return pin(x, mm, addr);
	kthread_use_mm(mm);
	ret = pin(x, NULL, addr);
	kthread_unuse_mm(mm);
	return ret;
}

struct dvk_xfer *dvk_xfer_alloc(struct dvk_endpoint *target, u32 bytes,
				bool write, unsigned int pages)
{
	struct dvk_xfer *x = kzalloc(struct_size(x, bvec, pages), GFP_KERNEL);

	if (!x)
		return NULL;
	kref_init(&x->ref);
	INIT_WORK(&x->work, free_work);
	dvk_ep_get(target);
	x->target = target;
	x->write = write;
	x->bytes = bytes;
	return x;
}

void dvk_xfer_start(struct dvk_xfer *x)
{
	iov_iter_bvec(&x->iter, x->write ? ITER_DEST : ITER_SOURCE, x->bvec, x->nr_bvec,
		      x->bytes);
}

int dvk_xfer_new(struct dvk_endpoint *target, struct mm_struct *mm, u64 addr,
		 u32 bytes, bool write, struct dvk_xfer **xp)
{
	size_t pages = DIV_ROUND_UP(offset_in_page(addr) + bytes, PAGE_SIZE);
	struct dvk_xfer *x;
	int ret;

	if (dvk_ep_is_kthread(target))
		return dvk_xfer_window(target, addr, bytes, write, xp);
	if (!bytes)
		pages = 0;
	if (addr + bytes < addr || addr + bytes > TASK_SIZE_MAX)
		return -DVK_EFAULT;
	x = dvk_xfer_alloc(target, bytes, write, pages);
	if (!x)
		return -DVK_ENOMEM;

	ret = pages ? charge(x, mm ?: current->mm, pages) : 0;
	if (!ret && mm && mm != current->mm)
		ret = pin_other(x, mm, addr, pages);
	else if (!ret)
		ret = pin(x, NULL, addr);
	trace_dvk_pin(target, addr, x->nr_bvec);
	if (ret) {
		free_now(x);
		return ret;
	}
	dvk_xfer_start(x);
	*xp = x;
	return 0;
}

int dvk_xfer_attach(struct dvk_xfer *x, bool blocked)
{
	struct dvk_endpoint *t = x->target;
	int ret = 0;

	/* Memory of a kernel client, when it was looked up. */
	if (x->attached)
		return 0;
	spin_lock_bh(&t->lock);
	t->xfers++;
	x->attached = true;
	x->call_nr = t->call_nr;
	/* Pairs with the barrier in dvk_copy_settle(). */
	smp_mb();
	if (t->dead)
		ret = -DVK_EDSTDIED;
	else if (blocked && !dvk_copy_is_blocked(t))
		ret = -DVK_EPROCSTS;
	spin_unlock_bh(&t->lock);
	return ret;
}

/*
 * The number of a copy is its index in the table, and above that a count, so
 * that what comes late for one is not taken for another: 2 to the 16 copies
 * later. The lowest free index is used again, and one below them is always
 * taken: then most copies find the table's memory allocated.
 */
#define XFER_INDEX		GENMASK(15, 0)
#define XFER_INDEX_RESERVED	1

int dvk_xfers_init(struct xarray *xfers)
{
	return xa_reserve_bh(xfers, XFER_INDEX_RESERVED, GFP_KERNEL);
}

int dvk_xfer_enter(struct dvk_node *node, struct dvk_xfer *x)
{
	u32 index;

	if (xa_alloc_bh(&node->xfers, &index, x,
			XA_LIMIT(XFER_INDEX_RESERVED + 1, XFER_INDEX),
			GFP_KERNEL))
		return -DVK_ENOMEM;
	/* It is found already by its index, but not by a number it has not yet. */
	WRITE_ONCE(x->id, index | ((u32)atomic_inc_return(&node->xfer_count)
				   << 16));
	return 0;
}

void dvk_xfer_leave(struct dvk_node *node, struct dvk_xfer *x)
{
	xa_erase_bh(&node->xfers, x->id & XFER_INDEX);
}

struct dvk_xfer *dvk_xfer_get(struct dvk_node *node, u32 id)
{
	struct dvk_xfer *x;

	xa_lock_bh(&node->xfers);
	x = xa_load(&node->xfers, id & XFER_INDEX);
	if (x && READ_ONCE(x->id) == id)
		kref_get(&x->ref);
	else
		x = NULL;
	xa_unlock_bh(&node->xfers);
	return x;
}

void dvk_xfer_void(struct dvk_xfer *x)
{
	spin_lock_bh(&x->target->lock);
	if (!x->error)
		x->error = -DVK_EPROCSTS;
	spin_unlock_bh(&x->target->lock);
}

/*
 * The way of all data. Both sides are pages of the kernel's, so it is neither
 * checked, as skb_copy_datagram_iter() does for each, nor can it fail.
 */
static void put_data(struct dvk_xfer *x, const void *data, unsigned int len)
{
	struct iov_iter *to = &x->iter;

	while (len) {
		const struct bio_vec *bv = to->bvec;
		unsigned int n = min_t(size_t, len, bv->bv_len - to->iov_offset);

		memcpy_to_page(bv->bv_page, bv->bv_offset + to->iov_offset,
			       data, n);
		data += n;
		len -= n;
		to->count -= n;
		to->iov_offset += n;
		if (to->iov_offset == bv->bv_len) {
			to->iov_offset = 0;
			to->bvec++;
			to->nr_segs--;
		}
	}
}

static void put_frag(struct dvk_xfer *x, const skb_frag_t *frag,
		     unsigned int offset, unsigned int len)
{
	u32 p_off, p_len, copied;
	struct page *p;
	void *data;

	skb_frag_foreach_page(frag, skb_frag_off(frag) + offset, len,
			      p, p_off, p_len, copied) {
		data = kmap_local_page(p);
		put_data(x, data + p_off, p_len);
		kunmap_local(data);
	}
}

/* @len bytes of @skb from @offset on, which are there. */
static void put_skb(struct dvk_xfer *x, const struct sk_buff *skb,
		    unsigned int offset, unsigned int len)
{
	unsigned int size = skb_headlen(skb), n;
	const struct sk_buff *part;
	int i;

	if (offset < size) {
		n = min(len, size - offset);
		put_data(x, skb->data + offset, n);
		offset += n;
		len -= n;
	}
	offset -= size;
	for (i = 0; len && i < skb_shinfo(skb)->nr_frags; i++) {
		const skb_frag_t *frag = &skb_shinfo(skb)->frags[i];

		size = skb_frag_size(frag);
		if (offset < size) {
			n = min(len, size - offset);
			put_frag(x, frag, offset, n);
			offset += n;
			len -= n;
		}
		offset -= size;
	}
	skb_walk_frags(skb, part) {
		if (!len)
			break;
		if (offset < part->len) {
			n = min(len, part->len - offset);
			put_skb(x, part, offset, n);
			offset += n;
			len -= n;
		}
		offset -= part->len;
	}
}

/*
 * The lock keeps the target in its call for the moment of the copy; the pages
 * are pinned, so the copy cannot fault.
 */
void dvk_xfer_fill(struct dvk_xfer *x, struct sk_buff *skb,
		   unsigned int offset, unsigned int len)
{
	struct dvk_endpoint *t = x->target;

	spin_lock_bh(&t->lock);
	if (x->error) {
		spin_unlock_bh(&t->lock);
		return;
	}
	if (t->dead || t->call_nr != x->call_nr)
		x->error = -DVK_EPROCSTS;
	else if (WARN_ON_ONCE(offset + len > skb->len ||
			      len > iov_iter_count(&x->iter)))
		x->error = -DVK_EFAULT;
	else
		put_skb(x, skb, offset, len);
	spin_unlock_bh(&t->lock);
}

int dvk_xfer_init(void)
{
	unpin_wq = alloc_workqueue("dvk_unpin", WQ_MEM_RECLAIM | DVK_WQ_PERCPU,
				   0);
	return unpin_wq ? 0 : -ENOMEM;
}

void dvk_xfer_exit(void)
{
	destroy_workqueue(unpin_wq);
}
