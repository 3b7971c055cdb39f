/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What differs between the kernels that the modules are built for.
 *
 * Which of the alternatives a kernel has is found out by compiling probes/NAME.c
 * against its headers, and DVK_HAVE_NAME is the answer; each says there what
 * changed and in which release. A probe asks for what is newer, so that if it
 * fails for another reason the older way is taken, which does not compile there.
 */
#ifndef _DVK_COMPAT_H
#define _DVK_COMPAT_H

#include <linux/bvec.h>
#include <linux/hrtimer.h>
#include <linux/mm.h>
#include <linux/net.h>
#include <linux/sched.h>
#include <linux/sched/coredump.h>
#include <linux/skbuff.h>
#include <linux/uio.h>
#include <linux/workqueue.h>
#include <net/net_namespace.h>
#include <probed.h>

#ifdef DVK_HAVE_EXEC_STATE
#include <linux/sched/exec_state.h>
#endif

#ifdef DVK_HAVE_SKBUFF_REF
#include <linux/skbuff_ref.h>
#endif

/* What the tracepoint at the exit of a task gives besides the data. */
#ifdef DVK_HAVE_EXIT_GROUP_DEAD
#define DVK_SCHED_PROCESS_EXIT_ARGS	struct task_struct *p, bool group_dead
#else
#define DVK_SCHED_PROCESS_EXIT_ARGS	struct task_struct *p
#endif

/* The arguments of the callbacks that tell the owner of a sysfs directory. */
#ifdef DVK_HAVE_CONST_OWNERSHIP
#define DVK_OWNERSHIP_CONST	const
#else
#define DVK_OWNERSHIP_CONST
#endif
#ifdef DVK_HAVE_CONST_CLASS
#define DVK_CLASS_CONST	const
#else
#define DVK_CLASS_CONST
#endif

/* What the callback that tells the namespace of a class's device returns. */
#ifdef DVK_HAVE_CLASS_NS_COMMON
#define DVK_CLASS_NS		const struct ns_common *
#define dvk_class_ns(net)	(&(net)->ns)
#else
#define DVK_CLASS_NS		const void *
#define dvk_class_ns(net)	(net)
#endif

/* What kernel_bind() and kernel_connect() call an address. */
#ifdef DVK_HAVE_SOCKADDR_UNSIZED
#define DVK_SOCKADDR		struct sockaddr_unsized
#else
#define DVK_SOCKADDR		struct sockaddr
#endif

/* Workqueues with workers of their CPU say so from 6.17 on. */
#ifdef DVK_HAVE_WQ_PERCPU
#define DVK_WQ_PERCPU		WQ_PERCPU
#else
#define DVK_WQ_PERCPU		0
#endif

/* hrtimer_setup() as of 6.13. */
#ifndef DVK_HAVE_HRTIMER_SETUP
static inline void dvk_hrtimer_setup(struct hrtimer *timer,
				     enum hrtimer_restart (*fn)(struct hrtimer *),
				     clockid_t clock, enum hrtimer_mode mode)
{
	hrtimer_init(timer, clock, mode);
	timer->function = fn;
}
#else
#define dvk_hrtimer_setup	hrtimer_setup
#endif

/* The page @n behind @page in the same buffer. */
#ifdef DVK_HAVE_PAGE_ARITHMETIC
#define dvk_nth_page(page, n)	((page) + (n))
#else
#define dvk_nth_page(page, n)	nth_page(page, n)
#endif

/**
 * dvk_bvec_start() - where an iterator over pages stands
 * @iter: of kind ITER_BVEC
 *
 * The name of the member for the offset differs, so it is got at by an advance.
 *
 * Return: the position, for for_each_bvec() and its like.
 */
static inline struct bvec_iter dvk_bvec_start(const struct iov_iter *iter)
{
	struct bvec_iter pos = {
		.bi_size = iov_iter_count(iter) + iter->iov_offset,
	};

	if (iter->iov_offset)
		bvec_iter_advance_single(iter->bvec, &pos, iter->iov_offset);
	return pos;
}

/**
 * dvk_dumpable() - whether others of its user may look into a task
 * @task: the task
 * @mm: its memory
 */
static inline bool dvk_dumpable(const struct task_struct *task,
				const struct mm_struct *mm)
{
#ifdef DVK_HAVE_EXEC_STATE
	const struct task_exec_state *state;
	bool may;

	rcu_read_lock();
	state = rcu_dereference(task->exec_state);
	may = state && READ_ONCE(state->dumpable) == TASK_DUMPABLE_OWNER;
	rcu_read_unlock();
	return may;
#elif defined(DVK_HAVE_MM_FLAGS_DUMPABLE)
	return __mm_flags_get_dumpable(mm) == SUID_DUMP_USER;
#else
	return __get_dumpable(mm->flags) == SUID_DUMP_USER;
#endif
}

/**
 * dvk_exec_user_ns() - the user namespace that a program was started in
 * @task: the task
 * @mm: its memory
 *
 * Under RCU, which the result is good for.
 */
static inline struct user_namespace *
dvk_exec_user_ns(const struct task_struct *task, const struct mm_struct *mm)
{
#ifdef DVK_HAVE_EXEC_STATE
	const struct task_exec_state *state = rcu_dereference(task->exec_state);

	return state ? state->user_ns : &init_user_ns;
#else
	return mm->user_ns;
#endif
}

/**
 * dvk_pin_remote() - pin_user_pages_remote() as of 6.5
 * @mm: memory of another task, read-locked
 * @addr: where to begin
 * @nr: how many pages
 * @flags: FOLL_WRITE or 0
 * @pages: where they are put
 * @locked: 1; set to 0 if the lock of @mm has been dropped
 *
 * Return: the number of pages, or a negative errno.
 */
static inline long dvk_pin_remote(struct mm_struct *mm, unsigned long addr,
				  unsigned long nr, unsigned int flags,
				  struct page **pages, int *locked)
{
#ifdef DVK_HAVE_PIN_WITHOUT_VMAS
	return pin_user_pages_remote(mm, addr, nr, flags, pages, locked);
#else
	return pin_user_pages_remote(mm, addr, nr, flags, pages, NULL, locked);
#endif
}

#endif /* _DVK_COMPAT_H */
