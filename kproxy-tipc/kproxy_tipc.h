/* SPDX-License-Identifier: GPL-2.0 */
/*
 * kproxy_tipc: the TIPC transport of DVK. What the core expects of it is in
 * dvk/transport.h.
 *
 * A connection is a TIPC stream socket, so that TIPC itself has the flow
 * control and tells of the peer's loss. A frame is one message. Messages are
 * handled where they arrive, in data_ready, but TIPC gives the peer new credit
 * only from within recvmsg(), which sleeps. So a message that was handled
 * stays in the receive queue until somebody who may sleep releases it with
 * others: the task that sends next, or a work item if nobody does. See rx.c.
 *
 * Locking. The socket lock serialises all that happens to a connection: TIPC
 * runs the callbacks under it (in softirq or in the sender's context under its
 * spin lock half, or in process context while a task owns the socket and works
 * off its backlog), and start(), resume() and hangup() take it.
 *
 * Between two namespaces of one kernel TIPC takes a short cut: a message is
 * handled in the context of the task that sends it, while that holds the lock
 * of its own socket. The receiving socket's lock is only tried for, never
 * waited for, and nothing is sent from a callback.
 *
 * Lock order: socket lock, sk_callback_lock, the core's locks.
 */
#ifndef _KPROXY_TIPC_H
#define _KPROXY_TIPC_H

#include <linux/bvec.h>
#include <linux/net.h>
#include <linux/tipc.h>
#include <linux/types.h>
#include <linux/workqueue.h>
#include <net/sock.h>
#include <dvk/sock.h>

/*
 * Where node N listens: a service of this type plus N, as the user-space
 * proxies do. They have instance 17.
 */
#define KPTIPC_TYPE		3000
#define KPTIPC_INSTANCE		18

/* The pages of a payload, which need not begin at a page, and the header. */
#define KPTIPC_MAX_BVECS	(DVK_MAXCOPYBUF / PAGE_SIZE + 2)

/**
 * struct kptipc_conn - a connection
 * @link: whose it is; set before the callbacks are installed
 * @sk: the socket
 * @started: start() was called; the core wants to hear of data and of loss
 * @paused: data_ready must not read: not started, or resume() has to
 * @lost: dvk_link_error() was called
 * @next: the first message that is not handled completely, in the receive
 *	queue; NULL if there is none
 * @offset: bytes of it that are
 * @received: bytes of it that the acceptor has received
 * @handled: bytes of messages that are handled and wait to be released; with
 *	the messages of which it consists first in the receive queue
 * @blocks: the same in blocks of 1024 bytes, begun ones as full, in which TIPC
 *	counts credit
 * @release: receives them
 * @saved: what the callbacks were before
 * @header: of the frame that is being sent; the link's tx_mutex
 * @bvec: the parts of that frame; the same
 *
 * The flags and @next are written under the socket lock.
 */
struct kptipc_conn {
	struct dvk_link *link;
	struct sock *sk;
	bool started;
	bool paused;
	bool lost;
	struct sk_buff *next;
	unsigned int offset;
	unsigned int received;
	atomic_t handled;
	atomic_t blocks;
	struct work_struct release;
	struct dvk_sock_ops saved;
	struct dvk_cmd header;
	struct bio_vec bvec[KPTIPC_MAX_BVECS];
};

/* conn.c */
void *kptipc_conn_new(struct socket *sock);
void kptipc_lost(struct kptipc_conn *conn, int err);
void kptipc_check_state(struct kptipc_conn *conn);
int kptipc_dial(struct dvk_link *link);
void kptipc_attach(struct dvk_link *link, void *arg);
void kptipc_discard(void *arg);
void kptipc_start(struct dvk_link *link);
void kptipc_hangup(struct dvk_link *link);

/* listen.c */
int kptipc_listen(struct dvk_listener *listener, struct net *net, u16 port);
void kptipc_unlisten(struct dvk_listener *listener);

/* rx.c */
void kptipc_data_ready(struct sock *sk);
unsigned int kptipc_first_left(struct kptipc_conn *conn);
void kptipc_read_first(struct kptipc_conn *conn, unsigned int left);
void kptipc_resume(struct dvk_link *link);
void kptipc_release_handled(struct kptipc_conn *conn);
bool kptipc_should_release(const struct kptipc_conn *conn);
void kptipc_release_work(struct work_struct *work);

/* tx.c */
void kptipc_write_space(struct sock *sk);
int kptipc_send(struct dvk_link *link, struct dvk_frame *frame, bool more,
		u64 *zerocopy);

#endif /* _KPROXY_TIPC_H */
