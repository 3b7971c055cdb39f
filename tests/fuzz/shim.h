/* SPDX-License-Identifier: GPL-2.0 */
/*
 * As much of the kernel as the decoder of frames and the handshake need, for
 * one thread of a program. Each kernel header that dvk-core/ asks for is this
 * file (see the Makefile).
 *
 * Where the kernel would sleep, fuzz_step() says what happens next.
 */
#ifndef TESTS_FUZZ_SHIM_H
#define TESTS_FUZZ_SHIM_H

#include <assert.h>
#include <endian.h>
#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <linux/types.h>

/* --- language --- */

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef int32_t s32;
typedef long long s64;
typedef unsigned long long u64;
typedef unsigned int gfp_t;
typedef unsigned short umode_t;
typedef struct { unsigned int val; } kuid_t;

#define __user
#define __rcu
#define __must_hold(x)
#define __releases(x)
#define __printf(a, b)
#define EXPORT_SYMBOL_GPL(x)
#define __ro_after_init
#define ____cacheline_aligned_in_smp
#define GFP_KERNEL		0
#define GFP_ATOMIC		1
#define READ_ONCE(x)		(x)
#define WRITE_ONCE(x, v)	((x) = (v))
#define smp_load_acquire(p)	(*(p))
#define smp_store_release(p, v)	(*(p) = (v))
#define smp_mb()		do { } while (0)
#define likely(x)		(x)
#define unlikely(x)		(x)
#define min(a, b) ({							\
	__auto_type a_ = (a);						\
	__auto_type b_ = (b);						\
									\
	a_ < b_ ? a_ : b_;						\
})
#define max(a, b) ({							\
	__auto_type a_ = (a);						\
	__auto_type b_ = (b);						\
									\
	a_ > b_ ? a_ : b_;						\
})
#define min_t(type, a, b)	min((type)(a), (type)(b))
#define ARRAY_SIZE(a)		(sizeof(a) / sizeof((a)[0]))
#define BITS_TO_LONGS(n)	(((n) + 63) / 64)
#define DECLARE_BITMAP(name, n)	unsigned long name[BITS_TO_LONGS(n)]
#define container_of(p, type, member) \
	((type *)((char *)(p) - offsetof(type, member)))
#define cmpxchg(p, old, new) ({						\
	__typeof__(*(p)) was_ = *(p);					\
									\
	if (was_ == (old))						\
		*(p) = (new);						\
	was_;								\
})
#define xchg(p, new) ({							\
	__typeof__(*(p)) was_ = *(p);					\
									\
	*(p) = (new);							\
	was_;								\
})

#define cpu_to_le16		htole16
#define cpu_to_le32		htole32
#define cpu_to_le64		htole64
#define le16_to_cpu		le16toh
#define le32_to_cpu		le32toh
#define le64_to_cpu		le64toh

#define IFNAMSIZ		16

/* Their formats are checked, their text goes nowhere. */
#define pr_note(...)		do { if (0) printf(__VA_ARGS__); } while (0)
#define pr_info			pr_note
#define pr_info_ratelimited	pr_note
#define pr_warn_ratelimited	pr_note

/* --- lists --- */

struct list_head {
	struct list_head *next, *prev;
};

#define LIST_HEAD(name)	struct list_head name = { &(name), &(name) }

static inline void INIT_LIST_HEAD(struct list_head *h)
{
	h->next = h;
	h->prev = h;
}

static inline void list_add(struct list_head *e, struct list_head *h)
{
	e->next = h->next;
	e->prev = h;
	h->next->prev = e;
	h->next = e;
}

static inline void list_add_tail(struct list_head *e, struct list_head *h)
{
	list_add(e, h->prev);
}

static inline void list_del(struct list_head *e)
{
	e->next->prev = e->prev;
	e->prev->next = e->next;
	e->next = NULL;
	e->prev = NULL;
}

static inline bool list_empty(const struct list_head *h)
{
	return h->next == h;
}

#define list_empty_careful list_empty

static inline bool list_is_last(const struct list_head *e,
				const struct list_head *h)
{
	return e->next == h;
}

static inline void list_splice_init(struct list_head *from,
				    struct list_head *to)
{
	while (!list_empty(from)) {
		struct list_head *e = from->prev;

		list_del(e);
		list_add(e, to);
	}
}

#define list_entry(p, type, member)	container_of(p, type, member)
#define list_first_entry(h, type, member) list_entry((h)->next, type, member)
#define list_first_entry_or_null(h, type, member) \
	(list_empty(h) ? NULL : list_first_entry(h, type, member))
#define list_for_each_entry_safe(pos, n, h, member)			\
	for (pos = list_first_entry(h, __typeof__(*(pos)), member),	\
	     n = list_entry((pos)->member.next, __typeof__(*(pos)), member); \
	     &(pos)->member != (h);					\
	     pos = n,							\
	     n = list_entry((n)->member.next, __typeof__(*(n)), member))

/* --- locks: held or not --- */

typedef struct { bool held; } spinlock_t;
struct mutex { bool held; };
typedef struct { int unused; } rwlock_t;

static inline void spin_lock_bh(spinlock_t *l)
{
	assert(!l->held);
	l->held = true;
}

static inline void spin_unlock_bh(spinlock_t *l)
{
	assert(l->held);
	l->held = false;
}

static inline void mutex_lock(struct mutex *m)
{
	assert(!m->held);
	m->held = true;
}

static inline bool mutex_trylock(struct mutex *m)
{
	if (m->held)
		return false;
	m->held = true;
	return true;
}

static inline void mutex_unlock(struct mutex *m)
{
	assert(m->held);
	m->held = false;
}

#define lockdep_assert_held(m)		assert((m)->held)
#define lockdep_is_held(m)		((m)->held)
#define read_lock_bh(l)			((void)(l))
#define read_unlock_bh(l)		((void)(l))
#define rcu_read_lock()			do { } while (0)
#define rcu_read_unlock()		do { } while (0)
#define rcu_dereference_check(p, c)	(p)

/* --- counters --- */

typedef struct { int n; } atomic_t;
typedef struct { s64 n; } atomic64_t;
struct kref { int n; };
typedef struct { int n; } refcount_t;

#define atomic_inc(a)			((void)(a)->n++)
#define refcount_set(a, v)		((void)((a)->n = (v)))
#define refcount_inc(a)			((void)(a)->n++)
#define refcount_dec_and_test(a)	(!--(a)->n)
#define refcount_read(a)		((a)->n)
#define atomic_read(a)			((a)->n)
#define atomic64_inc(a)			((void)(a)->n++)
#define atomic64_inc_return(a)		(++(a)->n)

static inline void kref_get(struct kref *k)
{
	assert(k->n > 0);
	k->n++;
}

static inline bool kref_get_unless_zero(struct kref *k)
{
	if (!k->n)
		return false;
	k->n++;
	return true;
}

static inline int kref_put(struct kref *k, void (*release)(struct kref *k))
{
	assert(k->n > 0);
	if (--k->n)
		return 0;
	release(k);
	return 1;
}

/* --- memory --- */

struct kmem_cache { size_t size; };

#define KMEM_CACHE(name, flags) ({					\
	static struct kmem_cache cache_ = { sizeof(struct name) };	\
									\
	&cache_;							\
})
#define kmem_cache_alloc(cache, gfp)	malloc((cache)->size)
#define kmem_cache_free(cache, p)	free(p)
#define kmem_cache_destroy(cache)	((void)(cache))
#define kmalloc(size, gfp)		malloc(size)
#define kzalloc(size, gfp)		calloc(1, size)
#define kfree(p)			free(p)

/* --- things that only have to be there --- */

struct rcu_head { int unused; };
struct rhash_head { int unused; };
struct xarray { int unused; };
struct kobject { int unused; };
struct module { int unused; };
struct device;
struct net;
struct proc_dir_entry;
struct mm_struct;
struct page;
struct work_struct { int unused; };
struct bio_vec { struct page *bv_page; unsigned int bv_len, bv_offset; };
struct iov_iter { size_t count; };

#define WRITE 1
#define iov_iter_bvec(i, rw, bvec, nr, bytes)	((i)->count = (bytes))
#define TRACE_EVENT(name, proto, args, ...) \
	static inline __attribute__((unused)) void trace_##name(proto) { }
#define DECLARE_EVENT_CLASS(name, ...)
#define DEFINE_EVENT(class, name, proto, args) \
	static inline __attribute__((unused)) void trace_##name(proto) { }
#define TP_PROTO(...)	__VA_ARGS__
#define TP_ARGS(...)	__VA_ARGS__

/* --- tasks, time and sleep --- */

#define PF_KTHREAD	1
struct task_struct { int flags; };

static struct task_struct fuzz_task __attribute__((unused)) = { PF_KTHREAD };
#define current		(&fuzz_task)
#define in_task()	true

#define HZ		250
#define MAX_SCHEDULE_TIMEOUT	LONG_MAX
#define USEC_PER_SEC	1000000LL
#define NSEC_PER_USEC	1000LL
#define NSEC_PER_SEC	1000000000LL

extern unsigned long jiffies;
#define time_after_eq(a, b)	((long)((a) - (b)) >= 0)
#define time_after(a, b)	((long)((a) - (b)) > 0)
#define time_before(a, b)	((long)((a) - (b)) < 0)
#define msecs_to_jiffies(ms)	((unsigned long)(ms) * HZ / 1000)
#define jiffies64_to_msecs(j)	((u64)(j) * 1000 / HZ)
#define fatal_signal_pending(t)	false
#define ERESTARTSYS		512

typedef s64 time64_t;
struct timespec64 { s64 tv_sec; long tv_nsec; };

static inline void ktime_get_ts64(struct timespec64 *t)
{
	t->tv_sec = jiffies / HZ;
	t->tv_nsec = jiffies % HZ * (1000000000L / HZ);
}

typedef struct { int unused; } wait_queue_head_t;

/* The next thing happens; false if it is that the thread is to end. */
bool fuzz_step(void);
/* The end of it all has been asked for. */
bool kthread_should_stop(void);

#define wake_up(wq)		((void)(wq))
#define wake_up_all(wq)		((void)(wq))
#define wq_has_sleeper(wq)	((void)(wq), true)
#define cond_resched()		do { } while (0)

#define wait_event_interruptible(wq, cond) ({				\
	while (!(cond))							\
		fuzz_step();						\
	0;								\
})
#define wait_event_killable	wait_event_interruptible
#define wait_event_freezable_timeout	wait_event_interruptible_timeout
/* What is left of the time is at least one. */
#define wait_event_interruptible_timeout(wq, cond, timeout) ({		\
	unsigned long end_ = jiffies + (timeout);			\
									\
	while (!(cond) && time_before(jiffies, end_))			\
		fuzz_step();						\
	(cond) ? (long)max((long)(end_ - jiffies), 1L) : 0L;		\
})

/* --- work --- */

struct delayed_work {
	struct work_struct work;
	void (*fn)(struct work_struct *work);
	bool queued;
	unsigned long when;
};

struct workqueue_struct;
#define WQ_UNBOUND	0
#define alloc_workqueue(...)	((struct workqueue_struct *)"wq")
#define destroy_workqueue(wq)	((void)(wq))
/* There is one. */
extern struct delayed_work *fuzz_work;
#define INIT_DELAYED_WORK(w, f)	((w)->fn = (f), fuzz_work = (w))
#define to_delayed_work(w)	container_of(w, struct delayed_work, work)

static inline void mod_delayed_work(struct workqueue_struct *wq,
				    struct delayed_work *w, unsigned long delay)
{
	(void)wq;
	w->queued = true;
	w->when = jiffies + delay;
}

static inline void queue_delayed_work(struct workqueue_struct *wq,
				      struct delayed_work *w,
				      unsigned long delay)
{
	if (!w->queued)
		mod_delayed_work(wq, w, delay);
}

static inline void flush_delayed_work(struct delayed_work *w)
{
	if (w->queued) {
		w->queued = false;
		w->fn(&w->work);
	}
}

#define cancel_delayed_work_sync(w)	((void)((w)->queued = false))

/* --- timers, which nobody here starts --- */

enum hrtimer_restart { HRTIMER_NORESTART };

struct hrtimer {
	enum hrtimer_restart (*function)(struct hrtimer *timer);
	bool active;
};

#define HRTIMER_MODE_REL_SOFT		0
#define ns_to_ktime(ns)			(ns)
#define hrtimer_active(t)		((t)->active)
#define hrtimer_start(t, when, mode)	((void)(when), (t)->active = true)
#define dvk_hrtimer_setup(t, fn, clock, mode)				\
	((t)->function = (fn), (t)->active = false)

#define memzero_explicit(p, n)	memset(p, 0, n)

/* --- packets and sockets --- */

/* Bytes that have arrived: they end where the memory that holds them ends. */
struct sk_buff {
	const u8 *data;
	unsigned int len;
};

static inline int skb_copy_bits(const struct sk_buff *skb, int offset,
				void *to, int len)
{
	assert(offset >= 0 && len >= 0);
	if ((unsigned int)offset + len > skb->len)
		return -EFAULT;
	memcpy(to, skb->data + offset, len);
	return 0;
}

#define TCP_LISTEN	10
#define RCV_SHUTDOWN	1
/* glibc's SHUT_RDWR and so on are those of the kernel. */
#ifndef O_NONBLOCK
#define O_NONBLOCK	04000
#endif

struct sock {
	void *sk_user_data;
	void (*sk_data_ready)(struct sock *sk);
	void (*sk_write_space)(struct sock *sk);
	void (*sk_state_change)(struct sock *sk);
	void (*sk_error_report)(struct sock *sk);
	rwlock_t sk_callback_lock;
	int sk_state;
	unsigned short sk_family;
	unsigned int sk_shutdown;
};

struct socket {
	struct sock *sk;
};

struct kvec {
	void *iov_base;
	size_t iov_len;
};

/* The C library's, whose fields nobody here looks at. */
int kernel_accept(struct socket *sock, struct socket **newsock, int flags);
int kernel_recvmsg(struct socket *sock, struct msghdr *msg, struct kvec *vec,
		   size_t num, size_t len, int flags);
int kernel_sendmsg(struct socket *sock, struct msghdr *msg, struct kvec *vec,
		   size_t num, size_t len);
int kernel_getpeername(struct socket *sock, struct sockaddr *addr);
int kernel_sock_shutdown(struct socket *sock, int how);
int kernel_listen(struct socket *sock, int backlog);
void sock_release(struct socket *sock);

static inline void ipv6_addr_set_v4mapped(u32 addr, struct in6_addr *a6)
{
	memset(a6, 0, sizeof(*a6));
	a6->s6_addr[10] = 0xff;
	a6->s6_addr[11] = 0xff;
	memcpy(&a6->s6_addr[12], &addr, 4);
}

#define ipv6_addr_equal(a, b)	(!memcmp(a, b, sizeof(*(a))))

#endif
