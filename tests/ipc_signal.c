// SPDX-License-Identifier: GPL-2.0
/*
 * Nothing but a handler that says so ends a call: not job control, a tracer, a
 * freezer, task work, or a handler with SA_RESTART. And whatever interrupts it, a
 * request is executed once and its answer is not lost.
 *
 * test-transport: each
 */
#include "kselftest_harness.h"

#include <errno.h>
#include <linux/io_uring.h>
#include <setjmp.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "disturb.h"
#include "pair.h"

#define FOREVER	TIMEOUT_FOREVER
#define NOWAIT	TIMEOUT_NOWAIT
#define SHORT	120
#define TICK	60
#define FOR_ALL(by)	for ((by) = 0; (by) < DISTURBANCES; (by)++)

/* Everybody lets calls go on. */
static void restarts(struct puppet *p)
{
	if (call(p, OP_CATCH, SIGUSR1, SA_RESTART))
		die("no handler");
}

static bool nothing_queued(SELF_OF(pair))
{
	return left_queue(self, CLT) &&
	       act(self->srv, OP_RECEIVE, ANY, NOWAIT) == EDVSAGAIN;
}

/* A complete request, after which nothing is left. */
static bool call_works(SELF_OF(pair), int value)
{
	say(self->clt, 50, value);
	begin(self->clt, OP_SENDREC, SRV, FOREVER);
	if (act(self->srv, OP_RCVRQST, 0, SOON / 2) ||
	    heard(self->srv)->m1_i1 != value)
		return false;
	say(self->srv, 51, value + 1);
	return !act(self->srv, OP_REPLY, CLT, FOREVER) && !end(self->clt) &&
	       heard(self->clt)->m1_i1 == value + 1 && nothing_queued(self);
}

TEST_F(pair, receive)
{
	static const enum op ops[] = { OP_RECEIVE, OP_RCVRQST };
	enum disturbance by;
	unsigned int i;

	restarts(self->srv);
	for (i = 0; i < 2; i++) {
		begin(self->srv, ops[i], ANY, FOREVER);
		FOR_ALL(by) {
			ASSERT_TRUE(server_waits(self));
			disturb_once(self->srv, by);
		}
		ASSERT_TRUE(server_waits(self));
		EXPECT_FALSE(ended(self->srv));
		say(self->clt, 1, 7);
		begin(self->clt, OP_SENDREC, SRV, FOREVER);
		EXPECT_EQ(0, end(self->srv));
		EXPECT_EQ(7, heard(self->srv)->m1_i1);
		EXPECT_EQ(0, act(self->srv, OP_REPLY, CLT, FOREVER));
		EXPECT_EQ(0, end(self->clt));
	}
	EXPECT_TRUE(call_works(self, 1));
}

/* What comes while the receiver is held is there when it goes on. */
TEST_F(pair, message_for_one_who_is_held)
{
	enum disturbance by;

	restarts(self->srv);
	for (by = 0; by < BY_HANDLER; by++) {
		begin(self->srv, OP_RECEIVE, ANY, FOREVER);
		ASSERT_TRUE(server_waits(self));
		disturb(self->srv, by);
		say(self->clt, 1, 20 + by);
		begin(self->clt, OP_SEND, SRV, FOREVER);
		ASSERT_TRUE(queues(self, CLT));
		EXPECT_FALSE(ended(self->clt));
		let_go(self->srv, by);
		EXPECT_EQ(0, end(self->srv));
		EXPECT_EQ(20 + by, heard(self->srv)->m1_i1);
		EXPECT_EQ(0, end(self->clt));
	}
	EXPECT_TRUE(nothing_queued(self));
}

/* The answer in a combined call is given once. */
TEST_F(pair, reply_rcvrqst)
{
	enum disturbance by;

	restarts(self->srv);
	begin(self->clt, OP_SENDREC, SRV, FOREVER);
	ASSERT_EQ(0, act(self->srv, OP_RCVRQST, 0, FOREVER));
	begin(self->srv, OP_REPLY_RCVRQST, CLT, FOREVER);
	EXPECT_EQ(0, end(self->clt));
	FOR_ALL(by) {
		ASSERT_TRUE(server_waits(self));
		disturb_once(self->srv, by);
	}
	say(self->clt, 2, 2);
	begin(self->clt, OP_SENDREC, SRV, FOREVER);
	EXPECT_EQ(0, end(self->srv));
	EXPECT_EQ(2, heard(self->srv)->m1_i1);
	EXPECT_EQ(0, act(self->srv, OP_REPLY, CLT, FOREVER));
	EXPECT_EQ(0, end(self->clt));
	EXPECT_TRUE(call_works(self, 3));
}

TEST_F(pair, send)
{
	enum disturbance by;

	restarts(self->clt);
	say(self->clt, 1, 4);
	begin(self->clt, OP_SEND, SRV, FOREVER);
	FOR_ALL(by) {
		ASSERT_TRUE(queues(self, CLT));
		disturb_once(self->clt, by);
	}
	ASSERT_TRUE(queues(self, CLT));
	EXPECT_FALSE(ended(self->clt));
	EXPECT_EQ(0, act(self->srv, OP_RECEIVE, ANY, FOREVER));
	EXPECT_EQ(4, heard(self->srv)->m1_i1);
	EXPECT_EQ(0, end(self->clt));
	EXPECT_TRUE(nothing_queued(self));
	EXPECT_TRUE(call_works(self, 5));
}

TEST_F(pair, sendrec_queued)
{
	enum disturbance by;

	restarts(self->clt);
	say(self->clt, 1, 6);
	begin(self->clt, OP_SENDREC, SRV, FOREVER);
	FOR_ALL(by) {
		ASSERT_TRUE(queues(self, CLT));
		disturb_once(self->clt, by);
	}
	ASSERT_TRUE(queues(self, CLT));
	ASSERT_EQ(0, act(self->srv, OP_RCVRQST, 0, FOREVER));
	EXPECT_EQ(6, heard(self->srv)->m1_i1);
	say(self->srv, 1, 7);
	EXPECT_EQ(0, act(self->srv, OP_REPLY, CLT, FOREVER));
	EXPECT_EQ(0, end(self->clt));
	EXPECT_EQ(7, heard(self->clt)->m1_i1);
	EXPECT_TRUE(call_works(self, 8));
}

/* The request is out: it is not sent again, whatever happens. */
TEST_F(pair, sendrec_taken)
{
	enum disturbance by;
	int i;

	restarts(self->clt);
	say(self->clt, 1, 9);
	begin(self->clt, OP_SENDREC, SRV, FOREVER);
	ASSERT_EQ(0, act(self->srv, OP_RCVRQST, 0, FOREVER));
	for (i = 0; i < 2; i++)
		FOR_ALL(by) {
			ASSERT_TRUE(client_waits(self));
			disturb_once(self->clt, by);
		}
	EXPECT_FALSE(ended(self->clt));
	EXPECT_TRUE(nothing_queued(self));
	say(self->srv, 1, 10);
	EXPECT_EQ(0, act(self->srv, OP_REPLY, CLT, FOREVER));
	EXPECT_EQ(0, end(self->clt));
	EXPECT_EQ(10, heard(self->clt)->m1_i1);
	EXPECT_TRUE(call_works(self, 11));
}

/* An answer that is given while the client is held waits for it. */
TEST_F(pair, answer_for_one_who_is_held)
{
	enum disturbance by;

	for (by = 0; by < BY_HANDLER; by++) {
		say(self->clt, 1, 12 + by);
		begin(self->clt, OP_SENDREC, SRV, FOREVER);
		ASSERT_EQ(0, act(self->srv, OP_RCVRQST, 0, FOREVER));
		ASSERT_TRUE(client_waits(self));
		disturb(self->clt, by);
		say(self->srv, 1, 30 + by);
		EXPECT_EQ(0, act(self->srv, OP_REPLY, CLT, FOREVER));
		EXPECT_TRUE(nothing_queued(self));
		EXPECT_FALSE(ended(self->clt));
		let_go(self->clt, by);
		EXPECT_EQ(0, end(self->clt));
		EXPECT_EQ(30 + by, heard(self->clt)->m1_i1);
	}
	EXPECT_TRUE(call_works(self, 15));
}

/* So does the news that there will be none. */
TEST_F(pair, server_ends_while_client_is_held)
{
	begin(self->clt, OP_SENDREC, SRV, FOREVER);
	ASSERT_EQ(0, act(self->srv, OP_RCVRQST, 0, FOREVER));
	ASSERT_TRUE(client_waits(self));
	disturb(self->clt, BY_STOP);
	puppet_kill(self->srv);
	let_go(self->clt, BY_STOP);
	EXPECT_TRUE(is_death(end(self->clt)));
}

/* A request that has been passed on was taken once already. */
TEST_F(pair, relayed)
{
	struct puppet *second = puppet_bound(self->sn, self->dcid, SRV + 1);
	enum disturbance by;

	if (self->cn != self->sn)
		puppet_known_at(second, SRV + 1, self->dcid, self->cn);
	restarts(self->clt);
	begin(self->clt, OP_SENDREC, SRV, FOREVER);
	ASSERT_EQ(0, act(self->srv, OP_RCVRQST, 0, FOREVER));
	self->srv->page->msg.m1_i1 = 77;
	ASSERT_EQ(0, act(self->srv, OP_RELAY, SRV + 1, FOREVER));
	ASSERT_TRUE(queues(self, CLT));
	FOR_ALL(by) {
		disturb_once(self->clt, by);
		ASSERT_TRUE(queues(self, CLT));
		EXPECT_EQ(EDVSAGAIN, act(self->srv, OP_RECEIVE, ANY, NOWAIT));
	}
	ASSERT_EQ(0, act(second, OP_RCVRQST, 0, FOREVER));
	EXPECT_EQ(77, heard(second)->m1_i1);
	FOR_ALL(by)
		disturb_once(self->clt, by);
	EXPECT_EQ(0, act(second, OP_REPLY, CLT, FOREVER));
	EXPECT_EQ(0, end(self->clt));
	EXPECT_EQ(EDVSAGAIN, act(self->srv, OP_RECEIVE, ANY, NOWAIT));
	EXPECT_EQ(EDVSAGAIN, act(second, OP_RECEIVE, ANY, NOWAIT));
}

/* A timeout counts from the start of the call, not from that of its last part. */
TEST_F(pair, timeouts_count_on)
{
	static const enum op ops[] = { OP_RECEIVE, OP_SEND, OP_SENDREC };
	enum disturbance by;
	long start, took;
	unsigned int i;

	restarts(self->clt);
	for (i = 0; i < 3; i++) {
		start = now_ms();
		begin(self->clt, ops[i], i ? SRV : ANY, 4 * SHORT);
		while (!ended(self->clt) && now_ms() < start + SOON)
			FOR_ALL(by)
				disturb_once(self->clt, by);
		took = now_ms() - start;
		EXPECT_EQ(EDVSTIMEDOUT, end(self->clt));
		EXPECT_LE(4 * SHORT - TICK, took);
		EXPECT_GE(4 * SHORT + SOON / 5, took);
		EXPECT_TRUE(nothing_queued(self));
	}
	/* Of a request that has been taken. */
	start = now_ms();
	begin(self->clt, OP_SENDREC, SRV, 4 * SHORT);
	ASSERT_EQ(0, act(self->srv, OP_RCVRQST, 0, FOREVER));
	while (!ended(self->clt) && now_ms() < start + SOON)
		disturb_once(self->clt, BY_HANDLER);
	took = now_ms() - start;
	EXPECT_EQ(EDVSTIMEDOUT, end(self->clt));
	EXPECT_LE(4 * SHORT - TICK, took);
	EXPECT_GE(4 * SHORT + SOON / 5, took);
	EXPECT_TRUE(wait_until(act(self->srv, OP_REPLY, CLT, FOREVER) ==
			       EDVSPROCSTS, SOON));
	EXPECT_TRUE(call_works(self, 16));
}

/* It also passes while the task is held; but what came meanwhile has come. */
TEST_F(pair, timeout_while_held)
{
	long start = now_ms();

	begin(self->srv, OP_RECEIVE, ANY, SHORT);
	ASSERT_TRUE(server_waits(self));
	disturb(self->srv, BY_STOP);
	say(self->clt, 1, 17);
	begin(self->clt, OP_SEND, SRV, FOREVER);
	ASSERT_TRUE(queues(self, CLT));
	ASSERT_TRUE(wait_until(now_ms() > start + 2 * SHORT, SOON));
	let_go(self->srv, BY_STOP);
	EXPECT_EQ(0, end(self->srv));
	EXPECT_EQ(17, heard(self->srv)->m1_i1);
	EXPECT_EQ(0, end(self->clt));

	start = now_ms();
	begin(self->clt, OP_SEND, SRV, SHORT);
	ASSERT_TRUE(queues(self, CLT));
	disturb(self->clt, BY_STOP);
	ASSERT_TRUE(wait_until(now_ms() > start + 2 * SHORT, SOON));
	let_go(self->clt, BY_STOP);
	EXPECT_EQ(EDVSTIMEDOUT, end(self->clt));
	EXPECT_TRUE(nothing_queued(self));
}

/* A handler may be what the program wants of its signals: it decides. */
TEST_F(pair, handler_without_restart)
{
	call(self->clt, OP_CATCH, SIGUSR1, 0);
	say(self->clt, 1, 18);
	begin(self->clt, OP_SENDREC, SRV, FOREVER);
	ASSERT_EQ(0, act(self->srv, OP_RCVRQST, 0, FOREVER));
	ASSERT_TRUE(client_waits(self));
	disturb_once(self->clt, BY_STOP);
	EXPECT_FALSE(ended(self->clt));
	disturb_once(self->clt, BY_HANDLER);
	EXPECT_EQ(EDVSINTR, end(self->clt));
	/* At once: nothing waits for the client's next call. */
	EXPECT_TRUE(wait_until(act(self->srv, OP_REPLY, CLT, FOREVER) ==
			       EDVSPROCSTS, SOON));
	EXPECT_TRUE(call_works(self, 19));
}

/* --- what a handler may do --- */

static struct puppet_page *page_of(const long *a)
{
	return (void *)((char *)a - offsetof(struct puppet_page, a));
}

static struct puppet_page *handled;
static sigjmp_buf out;
static volatile int handler_op;
static volatile long handler_ret;

static void handler(int sig)
{
	message m;

	(void)sig;
	if (handler_op == OP_RECEIVE)
		handler_ret = dvk_receive_T(ANY, &m, NOWAIT);
	else if (handler_op == OP_NOTIFY)
		handler_ret = dvk_notify(SRV);
	atomic_fetch_add(&handled->signals, 1);
	if (handler_op == OP_EXIT)
		siglongjmp(out, 1);
	if (handler_op == OP_EXEC)
		handler_ret = handled->fn(NULL);
}

/* A request during which a handler makes call a[0]; both results count. */
static long call_with_handler(const long *a)
{
	struct sigaction sa = { .sa_handler = handler, .sa_flags = SA_RESTART };
	long ret;

	handled = page_of(a);
	handler_op = a[0];
	handler_ret = -1;
	sigaction(SIGUSR1, &sa, NULL);
	if (sigsetjmp(out, 1))
		handled->msg.m1_i1 = 42;
	ret = dvk_sendrec(SRV, &handled->msg);
	return handler_ret ? handler_ret : ret;
}

static void begin_handled(SELF_OF(pair), enum op op)
{
	say(self->clt, 1, 21);
	self->clt->page->fn = call_with_handler;
	begin_call(self->clt, OP_FN, op);
}

/* A call that does not wait on the endpoint disturbs nothing. */
TEST_F(pair, handler_notifies)
{
	begin_handled(self, OP_NOTIFY);
	ASSERT_EQ(0, act(self->srv, OP_RCVRQST, 0, FOREVER));
	ASSERT_TRUE(client_waits(self));
	disturb_once(self->clt, BY_HANDLER);
	EXPECT_EQ(0, act(self->srv, OP_RECEIVE, CLT, SOON));
	EXPECT_EQ(NOTIFY_FROM(CLT), heard(self->srv)->m_type);
	EXPECT_EQ(0, act(self->srv, OP_REPLY, CLT, FOREVER));
	EXPECT_EQ(0, end(self->clt));
	EXPECT_TRUE(call_works(self, 22));
}

/* One that does ends the request: it is never sent a second time. */
TEST_F(pair, handler_receives)
{
	begin_handled(self, OP_RECEIVE);
	ASSERT_EQ(0, act(self->srv, OP_RCVRQST, 0, FOREVER));
	ASSERT_TRUE(client_waits(self));
	disturb_once(self->clt, BY_HANDLER);
	EXPECT_EQ(EDVSAGAIN, end(self->clt));
	EXPECT_TRUE(wait_until(act(self->srv, OP_REPLY, CLT, FOREVER) ==
			       EDVSPROCSTS, SOON));
	EXPECT_TRUE(call_works(self, 23));
}

/* The request that was left is taken back, and not taken for the next one. */
TEST_F(pair, handler_jumps_out)
{
	begin_handled(self, OP_EXIT);
	ASSERT_EQ(0, act(self->srv, OP_RCVRQST, 0, FOREVER));
	EXPECT_EQ(21, heard(self->srv)->m1_i1);
	ASSERT_TRUE(client_waits(self));
	disturb_once(self->clt, BY_HANDLER);
	ASSERT_TRUE(queues(self, CLT));
	say(self->srv, 1, 99);
	EXPECT_EQ(EDVSPROCSTS, act(self->srv, OP_REPLY, CLT, FOREVER));
	ASSERT_EQ(0, act(self->srv, OP_RCVRQST, 0, FOREVER));
	EXPECT_EQ(42, heard(self->srv)->m1_i1);
	EXPECT_EQ(0, act(self->srv, OP_REPLY, CLT, FOREVER));
	EXPECT_EQ(-1, end(self->clt));
	EXPECT_TRUE(call_works(self, 24));
}

/* A suspended call is the thread's, and nobody else's. */
TEST_F(pair, other_thread)
{
	struct puppet *other = puppet_thread(self->clt);

	begin(self->clt, OP_SENDREC, SRV, FOREVER);
	ASSERT_EQ(0, act(self->srv, OP_RCVRQST, 0, FOREVER));
	ASSERT_TRUE(client_waits(self));
	disturb(self->clt, BY_TRACER);
	EXPECT_EQ(EDVSPROCRUN, act(other, OP_RECEIVE, ANY, NOWAIT));
	let_go(self->clt, BY_TRACER);
	EXPECT_EQ(0, act(self->srv, OP_REPLY, CLT, FOREVER));
	EXPECT_EQ(0, end(self->clt));
}

/* Unbound while it is held. */
TEST_F(pair, unbound_while_held)
{
	struct puppet *third = puppet_new(self->cn);

	restarts(self->clt);
	call(self->clt, OP_CATCH, SIGTERM, SA_RESTART);
	begin(self->clt, OP_SENDREC, SRV, FOREVER);
	ASSERT_EQ(0, act(self->srv, OP_RCVRQST, 0, FOREVER));
	ASSERT_TRUE(client_waits(self));
	disturb(self->clt, BY_STOP);
	EXPECT_EQ(0, call(third, OP_UNBIND, self->dcid, CLT, SOON));
	EXPECT_TRUE(proc_free(self->cn, self->dcid, CLT));
	let_go(self->clt, BY_STOP);
	EXPECT_EQ(EDVSSHUTDOWN, end(self->clt));
	EXPECT_TRUE(wait_until(act(self->srv, OP_REPLY, CLT, FOREVER), SOON));
	EXPECT_EQ(CLT, call(self->clt, OP_BIND, self->dcid, CLT));
}

/* Killed while it is held, or just so. */
TEST_F(pair, killed_while_held)
{
	begin(self->clt, OP_SENDREC, SRV, FOREVER);
	ASSERT_EQ(0, act(self->srv, OP_RCVRQST, 0, FOREVER));
	ASSERT_TRUE(client_waits(self));
	disturb(self->clt, BY_STOP);
	puppet_kill(self->clt);
	EXPECT_TRUE(proc_free(self->cn, self->dcid, CLT));
	EXPECT_TRUE(wait_until(act(self->srv, OP_REPLY, CLT, FOREVER), SOON));
}

/* --- copies --- */

TEST_F(pair, copy_for_one_who_is_held)
{
	const size_t len = 256 * 1024;
	void *from = puppet_map(self->srv, len), *to = puppet_map(self->clt, len);
	enum disturbance by;

	for (by = 0; by < BY_HANDLER; by++) {
		puppet_fill(self->srv, from, len, by);
		begin(self->clt, OP_SENDREC, SRV, FOREVER);
		ASSERT_EQ(0, act(self->srv, OP_RCVRQST, 0, FOREVER));
		ASSERT_TRUE(client_waits(self));
		disturb(self->clt, by);
		EXPECT_EQ(0, puppet_vcopy(self->srv, SRV, from, CLT, to, len));
		let_go(self->clt, by);
		EXPECT_EQ(0, act(self->srv, OP_REPLY, CLT, FOREVER));
		ASSERT_EQ(0, end(self->clt));
		EXPECT_EQ(-1, puppet_check(self->clt, to, len, by));
	}
}

static long exec_again(const long *a)
{
	char path[4096];

	(void)a;
	snprintf(path, sizeof(path), "%s/lib/execed", tests_dir());
	execl(path, path, handled->data, "0", NULL);
	return -errno;
}

/*
 * A handler that executes another program: the server has been given access to
 * the old one's memory, not to this one's.
 */
TEST_F(pair, handler_executes)
{
	void *to = puppet_map(self->clt, 4096), *from = puppet_map(self->srv, 4096);
	struct puppet *p = self->clt;

	/* The right of the request is all that it has. */
	EXPECT_EQ(0, call(self->srv, OP_SETUID, 4711));
	snprintf(p->page->data, sizeof(p->page->data), "%d", p->memfd);
	say(p, 1, 1);
	p->page->fn = call_with_handler;
	begin_call(p, OP_FN, OP_EXEC);
	ASSERT_EQ(0, act(self->srv, OP_RCVRQST, 0, FOREVER));
	ASSERT_TRUE(client_waits(self));
	EXPECT_EQ(0, puppet_vcopy(self->srv, SRV, from, CLT, to, 1));
	/* The new program goes on as after an exec that was asked for. */
	p->page->op = OP_EXEC;
	p->page->fn = exec_again;
	puppet_signal(p, SIGUSR1);
	ASSERT_EQ(0, end(p));
	EXPECT_EQ(EDVSPRIVILEGES,
		  puppet_vcopy(self->srv, CLT, (void *)0x400000, SRV, from, 1));
}

/* --- task work: a completion of io_uring, which is no signal --- */

#define COMPLETIONS	20

struct ring {
	struct io_uring_params p;
	int fd;
	char *sq, *cq;
	struct io_uring_sqe *sqes;
};

static long ring_make(struct ring *r)
{
	memset(r, 0, sizeof(*r));
	r->fd = syscall(__NR_io_uring_setup, 2 * COMPLETIONS, &r->p);
	if (r->fd < 0)
		return -errno;
	r->sq = mmap(NULL, r->p.sq_off.array + r->p.sq_entries * 4,
		     PROT_READ | PROT_WRITE, MAP_SHARED, r->fd,
		     IORING_OFF_SQ_RING);
	r->cq = mmap(NULL, r->p.cq_off.cqes +
		     r->p.cq_entries * sizeof(struct io_uring_cqe),
		     PROT_READ | PROT_WRITE, MAP_SHARED, r->fd,
		     IORING_OFF_CQ_RING);
	r->sqes = mmap(NULL, r->p.sq_entries * sizeof(*r->sqes),
		       PROT_READ | PROT_WRITE, MAP_SHARED, r->fd,
		       IORING_OFF_SQES);
	return r->sq == MAP_FAILED || r->cq == MAP_FAILED ||
	       r->sqes == MAP_FAILED ? -ENOMEM : 0;
}

/* So many timers, 10 ms apart. */
static long ring_arm(struct ring *r, struct __kernel_timespec *t)
{
	unsigned int *array = (void *)(r->sq + r->p.sq_off.array), i;

	for (i = 0; i < COMPLETIONS; i++) {
		t[i].tv_sec = 0;
		t[i].tv_nsec = (50 + 10 * i) * 1000000L;
		memset(&r->sqes[i], 0, sizeof(r->sqes[i]));
		r->sqes[i].opcode = IORING_OP_TIMEOUT;
		r->sqes[i].fd = -1;
		r->sqes[i].addr = (unsigned long)&t[i];
		r->sqes[i].len = 1;
		array[i] = i;
	}
	__atomic_store_n((unsigned int *)(r->sq + r->p.sq_off.tail), COMPLETIONS,
			 __ATOMIC_RELEASE);
	return syscall(__NR_io_uring_enter, r->fd, COMPLETIONS, 0, 0, NULL, 0) ==
	       COMPLETIONS ? 0 : -errno;
}

/* A call with timers that end in it; a[0] is the call. Tells them in data. */
static long call_with_ring(const long *a)
{
	struct __kernel_timespec t[COMPLETIONS];
	struct puppet_page *page = page_of(a);
	struct ring r;
	long ret;

	ret = ring_make(&r);
	if (!ret)
		ret = ring_arm(&r, t);
	if (ret)
		return ret;
	page->rounds = 1;
	ret = a[0] == OP_RCVRQST ? dvk_rcvrqst(&page->msg) :
				   dvk_sendrec(SRV, &page->msg);
	page->rounds = *(volatile unsigned int *)(r.cq + r.p.cq_off.tail);
	close(r.fd);
	return ret;
}

TEST_F(pair, task_work)
{
	long start = now_ms();

	self->clt->page->fn = call_with_ring;
	self->srv->page->fn = call_with_ring;
	begin_call(self->srv, OP_FN, OP_RCVRQST);
	if (wait_until(ended(self->srv), SHORT) &&
	    self->srv->page->ret == -ENOSYS)
		SKIP(return, "no io_uring");
	ASSERT_TRUE(wait_until(now_ms() > start + 50 + 15 * COMPLETIONS, SOON));
	EXPECT_FALSE(ended(self->srv));
	say(self->clt, 1, 31);
	start = now_ms();
	begin_call(self->clt, OP_FN, OP_SENDREC);
	ASSERT_EQ(0, end(self->srv));
	EXPECT_EQ(31, heard(self->srv)->m1_i1);
	EXPECT_LE(COMPLETIONS, self->srv->page->rounds);
	ASSERT_TRUE(wait_until(now_ms() > start + 50 + 15 * COMPLETIONS, SOON));
	EXPECT_FALSE(ended(self->clt));
	EXPECT_TRUE(nothing_queued(self));
	say(self->srv, 1, 32);
	EXPECT_EQ(0, act(self->srv, OP_REPLY, CLT, FOREVER));
	EXPECT_EQ(0, end(self->clt));
	EXPECT_EQ(32, heard(self->clt)->m1_i1);
	EXPECT_LE(COMPLETIONS, self->clt->page->rounds);
	EXPECT_TRUE(call_works(self, 33));
}

/* --- waits for binds --- */

TEST_F(pair, wait_for_bind)
{
	struct puppet *third = puppet_new(self->cn);
	enum disturbance by;

	restarts(self->clt);
	begin_call(self->clt, OP_WAIT4BIND, CLT2, FOREVER);
	FOR_ALL(by) {
		ASSERT_TRUE(client_waits(self));
		disturb_once(self->clt, by);
	}
	EXPECT_FALSE(ended(self->clt));
	EXPECT_EQ(CLT2, call(third, OP_BIND, self->dcid, CLT2));
	EXPECT_EQ(CLT2, end(self->clt));

	begin_call(self->clt, OP_WAIT4UNBIND, CLT2, FOREVER);
	FOR_ALL(by) {
		ASSERT_TRUE(client_waits(self));
		disturb_once(self->clt, by);
	}
	EXPECT_FALSE(ended(self->clt));
	puppet_kill(third);
	EXPECT_EQ(0, end(self->clt));
}

TEST_F(pair, wait_for_bind_times_out)
{
	long start = now_ms(), took;
	enum disturbance by;

	restarts(self->clt);
	begin_call(self->clt, OP_WAIT4BIND, CLT2, 4 * SHORT);
	while (!ended(self->clt) && now_ms() < start + SOON)
		FOR_ALL(by)
			disturb_once(self->clt, by);
	took = now_ms() - start;
	EXPECT_EQ(EDVSTIMEDOUT, end(self->clt));
	EXPECT_LE(4 * SHORT - TICK, took);
	EXPECT_GE(4 * SHORT + SOON / 5, took);
}

/* --- the interface below the library --- */

static volatile sig_atomic_t caught;

static void count(int sig)
{
	(void)sig;
	caught++;
}

/* Makes the ioctl itself: EINTR, then the same again, which goes on. */
static long raw_call(const long *a)
{
	struct sigaction sa = { .sa_handler = count };
	struct dvk_ioc_ipc io = { .endpoint = SRV, .timeout = FOREVER };
	struct puppet_page *page = page_of(a);
	int ret, i;

	sigaction(SIGUSR1, &sa, NULL);
	memcpy(&io.msg, &page->msg, sizeof(io.msg));
	for (i = 0; i < 3; i++) {
		ret = ioctl(dvk_fd, DVK_IOC_SENDREC, &io);
		page->signals = caught;
		if (!ret)
			break;
		if (errno != EINTR ||
		    (io.result & ~DVK_RESULT_OUT_MASK) != DVK_RESULT_OUT)
			return -5000 - errno;
		/* The last time it has had enough. */
		if (a[0] && i == 1)
			io.flags = DVK_CALL_END;
	}
	memcpy(&page->msg, &io.msg, sizeof(io.msg));
	return io.result;
}

TEST_F(pair, raw_interface)
{
	int ends;

	for (ends = 0; ends < 2; ends++) {
		say(self->clt, 1, 40 + ends);
		self->clt->page->fn = raw_call;
		self->clt->page->signals = 0;
		begin_call(self->clt, OP_FN, ends);
		ASSERT_EQ(0, act(self->srv, OP_RCVRQST, 0, FOREVER));
		EXPECT_EQ(40 + ends, heard(self->srv)->m1_i1);
		ASSERT_TRUE(client_waits(self));
		disturb_once(self->clt, BY_HANDLER);
		EXPECT_TRUE(nothing_queued(self));
		ASSERT_TRUE(client_waits(self));
		if (ends) {
			puppet_signal(self->clt, SIGUSR1);
			EXPECT_EQ(EDVSINTR, end(self->clt));
		} else {
			EXPECT_EQ(0, act(self->srv, OP_REPLY, CLT, FOREVER));
			EXPECT_EQ(0, end(self->clt));
		}
	}
	EXPECT_TRUE(call_works(self, 44));
}

TEST_HARNESS_MAIN
