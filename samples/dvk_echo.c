// SPDX-License-Identifier: GPL-2.0
/*
 * A sample kernel client: an echo server in the kernel, which also copies
 * memory and may be told to be a client itself. dvk_echo.h says what to ask.
 *
 *   insmod dvk_echo.ko dcid=0 endpoint=10
 *
 * in the network namespace that is the node; pid=0,701 gives the second of two
 * endpoints to the node of process 701. See docs/kernel-clients.md.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <dvk/kernel.h>

#include <linux/bvec.h>
#include <linux/completion.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/nsproxy.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/uio.h>
#include <linux/vmalloc.h>
#include <net/net_namespace.h>

#include "dvk_echo.h"

static int dcid;
module_param(dcid, int, 0444);
MODULE_PARM_DESC(dcid, "DC to bind in");

#define MAX_SERVERS	8
static int endpoint[MAX_SERVERS];
static int nr_servers;
module_param_array(endpoint, int, &nr_servers, 0444);
MODULE_PARM_DESC(endpoint, "endpoints to serve, a thread for each");

static int pid[MAX_SERVERS];
static int nr_pids;
module_param_array(pid, int, &nr_pids, 0444);
MODULE_PARM_DESC(pid, "a process on the node of each endpoint; default 0: that of insmod");

/**
 * struct server - one thread
 * @dvk: its node
 * @task: the thread, with a reference: it may end before it is stopped
 * @ep: its endpoint
 * @ready: it is bound, or not
 * @bound: what the bind returned
 * @giving: @gift is a request that waits for one who takes
 * @gift: what is given, and by whom
 */
struct server {
	struct dvk_kernel *dvk;
	struct task_struct *task;
	int ep;
	struct completion ready;
	int bound;
	bool giving;
	struct dvk_message gift;
};

static struct server servers[MAX_SERVERS];

/* --- memory, of each kind that a kernel client may use --- */

/* vmalloc memory is used from here, in parts of up to PART bytes. */
#define SKEW	3
#define PART	(5 * PAGE_SIZE + 1)

/**
 * struct memory - a buffer
 * @base: where it is mapped, or NULL
 * @nr: pieces
 * @vec: the pieces as kvecs,
 * @pages: or as bvecs, which are not mapped
 * @iter: all of it
 */
struct memory {
	void *base;
	unsigned int nr;
	struct kvec *vec;
	struct bio_vec *pages;
	struct iov_iter iter;
};

static void memory_free(struct memory *m)
{
	unsigned int i;

	kvfree(m->base);
	kfree(m->vec);
	for (i = 0; m->pages && i < m->nr; i++)
		__free_page(m->pages[i].bv_page);
	kfree(m->pages);
}

static int alloc_kvecs(struct memory *m, size_t len, bool one)
{
	size_t skew = one ? 0 : SKEW, at, n;

	m->base = one ? kzalloc(len ?: 1, GFP_KERNEL | __GFP_NOWARN) :
			vzalloc(len + SKEW + 1);
	m->vec = kcalloc(DIV_ROUND_UP(len, PART) + 1, sizeof(*m->vec),
			 GFP_KERNEL);
	if (!m->base || !m->vec)
		return -DVK_ENOMEM;
	for (at = 0; at < len; at += n) {
		n = one ? len : min_t(size_t, PART, len - at);
		m->vec[m->nr].iov_base = m->base + skew + at;
		m->vec[m->nr++].iov_len = n;
	}
	iov_iter_kvec(&m->iter, ITER_SOURCE, m->vec, m->nr, len);
	return 0;
}

static int alloc_pages_of(struct memory *m, size_t len)
{
	size_t at;

	m->pages = kcalloc(DIV_ROUND_UP(len, PAGE_SIZE) + 1, sizeof(*m->pages),
			   GFP_KERNEL);
	if (!m->pages)
		return -DVK_ENOMEM;
	for (at = 0; at < len; at += PAGE_SIZE) {
		struct page *page = alloc_page(GFP_KERNEL | __GFP_ZERO);

		if (!page)
			return -DVK_ENOMEM;
		m->pages[m->nr].bv_page = page;
		m->pages[m->nr++].bv_len = min_t(size_t, PAGE_SIZE, len - at);
	}
	iov_iter_bvec(&m->iter, ITER_SOURCE, m->pages, m->nr, len);
	return 0;
}

/* Zeroed. To be freed even if it fails. */
static int memory_alloc(struct memory *m, int len, int kind)
{
	memset(m, 0, sizeof(*m));
	if (len < 0 || len > DVK_MAXCOPYLEN)
		return -DVK_ERANGE;
	switch (kind) {
	case DVK_ECHO_KMALLOC:
		return alloc_kvecs(m, len, true);
	case DVK_ECHO_VMALLOC:
		return alloc_kvecs(m, len, false);
	case DVK_ECHO_PAGES:
		return alloc_pages_of(m, len);
	default:
		return -DVK_EINVAL;
	}
}

/* Add up its bytes, and invert them if asked for. */
static u64 memory_walk(struct memory *m, bool invert)
{
	unsigned int i, j, len;
	u64 sum = 0;
	u8 *p;

	for (i = 0; i < m->nr; i++) {
		len = m->vec ? m->vec[i].iov_len : m->pages[i].bv_len;
		p = m->vec ? m->vec[i].iov_base :
			     kmap_local_page(m->pages[i].bv_page);
		for (j = 0; j < len; j++) {
			sum += p[j];
			if (invert)
				p[j] = ~p[j];
		}
		if (m->pages)
			kunmap_local(p);
		cond_resched();
	}
	return sum;
}

/* --- requests --- */

static int invert(struct dvk_kernel *dvk, struct dvk_message *msg)
{
	struct iov_iter iter;
	struct memory m;
	int ret;

	ret = memory_alloc(&m, msg->m1.i1, msg->m1.i2);
	if (ret)
		goto out;
	/* vcopy advances the iterator, so each gets a copy. */
	iter = m.iter;
	ret = dvk_kernel_vcopy_from(dvk, msg->m_source, msg->m1.p1, &iter);
	if (ret)
		goto out;
	memory_walk(&m, true);
	iter = m.iter;
	ret = dvk_kernel_vcopy_to(dvk, msg->m_source, msg->m1.p1, &iter);
out:
	memory_free(&m);
	return ret;
}

static int call(struct dvk_kernel *dvk, int type, int ep,
		struct dvk_message *msg, int timeout)
{
	switch (type) {
	case DVK_ECHO_SENDREC:
		return dvk_kernel_sendrec(dvk, ep, msg, timeout);
	case DVK_ECHO_SEND:
		return dvk_kernel_send(dvk, ep, msg, timeout);
	case DVK_ECHO_RECEIVE:
		return dvk_kernel_receive(dvk, ep, msg, timeout);
	case DVK_ECHO_NOTIFY:
		return dvk_kernel_notify(dvk, ep);
	default:
		return dvk_kernel_wait4bind(dvk, ep, timeout);
	}
}

static int be_client(struct dvk_kernel *dvk, struct dvk_message *msg)
{
	struct dvk_message mine = {
		.m_type = DVK_ECHO_INVERT,
		.m1.i1 = msg->m1.i1,
	};
	struct memory m;
	int ret;

	ret = memory_alloc(&m, msg->m1.i1, msg->m1.i2);
	if (!ret)
		ret = dvk_kernel_expose(dvk, &m.iter, msg->m1.p3);
	if (!ret) {
		ret = call(dvk, msg->m_type, msg->m1.i3, &mine, msg->m1.p2);
		/* The memory goes, so nobody may see it in later calls. */
		dvk_kernel_expose(dvk, NULL, 0);
		msg->m1.i1 = mine.m_type;
		msg->m1.p1 = memory_walk(&m, false);
	}
	memory_free(&m);
	return ret;
}

/* Whether it is another's now; else its type is the reason. */
static bool relay(struct dvk_kernel *dvk, struct dvk_message *msg)
{
	int ret;

	msg->m_type = msg->m1.p2;
	ret = dvk_kernel_relay(dvk, msg->m1.i3, msg);
	msg->m_type = ret;
	return !ret;
}

/* The giver's answer. It may be gone; then nobody hears it. */
static void end_gift(struct server *s, int ret, int len)
{
	struct dvk_message *gift = &s->gift;

	gift->m_type = ret;
	gift->m1.i1 = len;
	dvk_kernel_reply(s->dvk, gift->m_source, gift);
	s->giving = false;
}

/* Keep the request, unanswered: one at a time, so that none is kept for ever. */
static bool give(struct server *s, struct dvk_message *msg)
{
	if (msg->m1.i1 < 0) {
		msg->m_type = -DVK_ERANGE;
		return false;
	}
	if (s->giving)
		end_gift(s, -DVK_EAGAIN, 0);
	s->gift = *msg;
	s->giving = true;
	return true;
}

/*
 * Both wait for their answers from here, so either one has agreed to the copy;
 * an endpoint that a request just names has not.
 */
static int take(struct server *s, struct dvk_message *msg)
{
	const struct dvk_message *gift = &s->gift;
	int len, ret;

	if (!s->giving)
		return -DVK_EAGAIN;
	if (msg->m1.i1 < 0)
		return -DVK_ERANGE;
	len = min(msg->m1.i1, gift->m1.i1);
	ret = dvk_kernel_vcopy(s->dvk, gift->m_source, gift->m1.p1,
			       msg->m_source, msg->m1.p1, len);
	msg->m1.i1 = ret ? 0 : len;
	end_gift(s, ret, msg->m1.i1);
	return ret;
}

/* Turns the request into its answer; false if that is not for us to give. */
static bool serve(struct server *s, struct dvk_message *msg)
{
	struct dvk_kernel *dvk = s->dvk;

	switch (msg->m_type) {
	case DVK_ECHO_INVERT:
		msg->m_type = invert(dvk, msg);
		break;
	case DVK_ECHO_SENDREC:
	case DVK_ECHO_SEND:
	case DVK_ECHO_RECEIVE:
	case DVK_ECHO_NOTIFY:
	case DVK_ECHO_WAIT4BIND:
		msg->m_type = be_client(dvk, msg);
		break;
	case DVK_ECHO_RELAY:
		return !relay(dvk, msg);
	case DVK_ECHO_GIVE:
		return !give(s, msg);
	case DVK_ECHO_TAKE:
		msg->m_type = take(s, msg);
		break;
	default:
		break;
	}
	return true;
}

static void serve_all(struct server *s)
{
	struct dvk_kernel *dvk = s->dvk;
	struct dvk_message msg;
	bool answer = false;
	int ret;

	while (!kthread_should_stop()) {
		if (answer)
			ret = dvk_kernel_reply_rcvrqst(dvk, msg.m_source, &msg,
						       DVK_TIMEOUT_FOREVER);
		else
			ret = dvk_kernel_rcvrqst(dvk, &msg,
						 DVK_TIMEOUT_FOREVER);
		if (!ret) {
			answer = serve(s, &msg);
			continue;
		}
		/* The client may be gone. If it is not that, see it next time. */
		if (!answer && ret != -DVK_EWOKENUP)
			break;
		answer = false;
	}
}

static int server_main(void *data)
{
	struct server *s = data;

	s->bound = dvk_kernel_bind(s->dvk, dcid, s->ep);
	complete(&s->ready);
	if (s->bound == s->ep) {
		serve_all(s);
		/*
		 * The end of the thread would do it too. It may be unbound
		 * already, by an administrator or with its DC.
		 */
		dvk_kernel_unbind(s->dvk);
	}
	return 0;
}

/* --- coming and going --- */

/* It does not keep its namespace alive, so that goes when it likes. */
static int server_open(struct server *s, int nr)
{
	struct dvk_kernel *dvk;
	struct net *net;

	net = nr ? get_net_ns_by_pid(nr) : get_net(current->nsproxy->net_ns);
	if (IS_ERR(net))
		return PTR_ERR(net);
	dvk = dvk_kernel_open(net);
	put_net(net);
	if (IS_ERR(dvk))
		return PTR_ERR(dvk);
	s->dvk = dvk;
	return 0;
}

static int server_start(struct server *s, int ep, int nr)
{
	struct task_struct *task;
	int err;

	err = server_open(s, nr);
	if (err)
		return err;
	s->ep = ep;
	init_completion(&s->ready);
	task = kthread_create(server_main, s, "dvk_echo/%d", ep);
	if (IS_ERR(task))
		return PTR_ERR(task);
	/* It ends by itself if its endpoint does. */
	s->task = get_task_struct(task);
	wake_up_process(task);
	wait_for_completion(&s->ready);
	if (s->bound == ep)
		return 0;
	pr_err("cannot bind endpoint %d in DC %d: error %d\n", ep, dcid,
	       -s->bound);
	return -EADDRNOTAVAIL;
}

static void stop_all(void)
{
	int i;

	for (i = 0; i < MAX_SERVERS; i++) {
		if (servers[i].task) {
			/*
			 * Ends what it waits for; only then may the node be
			 * closed.
			 */
			kthread_stop(servers[i].task);
			put_task_struct(servers[i].task);
		}
		if (servers[i].dvk)
			dvk_kernel_close(servers[i].dvk);
	}
}

static int __init dvk_echo_init(void)
{
	int i, err;

	if (!nr_servers || nr_pids > nr_servers)
		return -EINVAL;
	for (i = 0; i < nr_servers; i++) {
		err = server_start(&servers[i], endpoint[i], pid[i]);
		if (err) {
			stop_all();
			return err;
		}
	}
	return 0;
}

static void __exit dvk_echo_exit(void)
{
	stop_all();
}

module_init(dvk_echo_init);
module_exit(dvk_echo_exit);

MODULE_DESCRIPTION("Sample kernel client of DVK: an echo server");
MODULE_LICENSE("GPL");
