// SPDX-License-Identifier: GPL-2.0
/*
 * Pinned memory of one party of a remote copy.
 */
#include "copy.h"

#include <linux/mm.h>
#include <linux/sched/mm.h>
#include <linux/skbuff.h>
#include <linux/slab.h>

#include "trace.h"

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

static void free_now(struct dvk_xfer *x)
{
	unpin(x);
	if (x->attached) {
		spin_lock_bh(&x->target->lock);
		x->target->xfers--;
		spin_unlock_bh(&x->target->lock);
	}
	dvk_ep_put(x->target);
	kfree_rcu(x, rcu);
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
void dvk_xfer_free(struct kref *ref)
{
	struct dvk_xfer *x = container_of(ref, struct dvk_xfer, ref);

	queue_work(unpin_wq, &x->work);
}

/* Pin a batch of pages of the current task or, with @mm, of another. */
static long pin_batch(struct mm_struct *mm, unsigned long addr, long nr,
		      unsigned int flags, struct page **pages)
{
	int locked = 1;
	long ret;

	if (!mm)
		return pin_user_pages_fast(addr, nr, flags, pages);
	mmap_read_lock(mm);
	ret = pin_user_pages_remote(mm, addr, nr, flags, pages, NULL, &locked);
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
	iov_iter_bvec(&x->iter, x->write ? READ : WRITE, x->bvec, x->nr_bvec,
		      x->bytes);
}

int dvk_xfer_new(struct dvk_endpoint *target, u64 addr, u32 bytes, bool write,
		 struct dvk_xfer **xp)
{
	size_t pages = DIV_ROUND_UP(offset_in_page(addr) + bytes, PAGE_SIZE);
	struct mm_struct *mm = NULL;
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

	if (!same_thread_group(target->task, current)) {
		mm = get_task_mm(target->task);
		ret = mm ? pin(x, mm, addr) : -DVK_EPROCSTS;
		if (mm)
			mmput(mm);
	} else {
		ret = pin(x, NULL, addr);
	}
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

void dvk_xfer_void(struct dvk_xfer *x)
{
	spin_lock_bh(&x->target->lock);
	if (!x->error)
		x->error = -DVK_EPROCSTS;
	spin_unlock_bh(&x->target->lock);
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
	else if (skb_copy_datagram_iter(skb, offset, &x->iter, len))
		x->error = -DVK_EFAULT;
	spin_unlock_bh(&t->lock);
}

int dvk_xfer_init(void)
{
	unpin_wq = alloc_workqueue("dvk_unpin", WQ_MEM_RECLAIM, 0);
	return unpin_wq ? 0 : -ENOMEM;
}

void dvk_xfer_exit(void)
{
	destroy_workqueue(unpin_wq);
}
