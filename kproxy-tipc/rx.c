// SPDX-License-Identifier: GPL-2.0
/*
 * Receiving: messages go to the core where they arrive, in data_ready. What
 * the core wants to handle in its receiver thread waits for resume().
 *
 * The receive queue of the socket holds, in this order, messages that are
 * handled, of which conn->handled bytes nobody has begun to release yet, and
 * from conn->next on those that are not. To release is to receive into
 * nowhere, because that is what returns the peer's credit. Any number of tasks
 * may do so at once: each takes its share of conn->handled, and all of them
 * together never receive more than was handled. So conn->next stays where it
 * is, and is valid.
 */
#include "kproxy_tipc.h"

#include <linux/skbuff.h>
#include <linux/uio.h>

/*
 * Bytes that resume() reads before it lets go of the socket for a moment:
 * meanwhile nothing is sent, and what arrives waits in the socket's backlog.
 */
#define KPTIPC_RX_BUDGET	(256 * 1024)

/*
 * Blocks handled that a sender releases, and those that do not wait for a
 * sender. The peer may have 128 on their way before it has heard of us.
 */
#define KPTIPC_RELEASE_SOON	16
#define KPTIPC_RELEASE_NOW	48

/**
 * struct kptipc_msg - what a TIPC header says about its message
 * @hdr_len: bytes before the data
 * @data_len: bytes of data
 * @error: not 0 if this is the end of the connection
 */
struct kptipc_msg {
	unsigned int hdr_len;
	unsigned int data_len;
	unsigned int error;
};

/* The format on the wire; TIPC has checked that the lengths fit the buffer. */
static void kptipc_parse(const struct sk_buff *skb, struct kptipc_msg *m)
{
	const __be32 *word = (const __be32 *)skb->data;
	u32 w0 = be32_to_cpu(word[0]);

	m->hdr_len = ((w0 >> 21) & 0xf) << 2;
	m->data_len = (w0 & 0x1ffff) - m->hdr_len;
	m->error = (be32_to_cpu(word[1]) >> 25) & 0xf;
}

/* recvmsg() passes over messages without data, so these go first. */
static bool kptipc_is_empty(const struct sk_buff *skb)
{
	struct kptipc_msg m;

	kptipc_parse(skb, &m);
	return !m.data_len && !m.error;
}

/* Let conn->next be @skb or the first one after it that is worth a look. */
static void kptipc_set_next(struct kptipc_conn *conn, struct sk_buff *skb)
{
	struct sk_buff_head *queue = &conn->sk->sk_receive_queue;
	struct sk_buff *next;

	while (skb && unlikely(kptipc_is_empty(skb))) {
		next = skb_peek_next(skb, queue);
		__skb_unlink(skb, queue);
		kfree_skb(skb);
		skb = next;
	}
	conn->next = skb;
	conn->offset = 0;
}

/*
 * Passes on what is there, up to @budget bytes or a little more. Returns true
 * if the budget ended it; conn->paused is as it was then.
 */
static bool kptipc_read_some(struct kptipc_conn *conn, size_t budget,
			     bool may_sleep)
{
	struct sk_buff *skb;
	struct kptipc_msg m;
	size_t done = 0;

	while ((skb = conn->next)) {
		if (done >= budget)
			return true;
		kptipc_parse(skb, &m);
		if (unlikely(m.error)) {
			conn->paused = true;
			kptipc_lost(conn, -EPIPE);
			return false;
		}
		conn->offset += dvk_link_rx(conn->link, skb,
					    m.hdr_len + conn->offset,
					    m.data_len - conn->offset,
					    may_sleep);
		if (unlikely(conn->offset < m.data_len)) {
			conn->paused = true;
			return false;
		}
		done += m.data_len;
		kptipc_set_next(conn,
				skb_peek_next(skb, &conn->sk->sk_receive_queue));
		atomic_add(m.data_len - conn->received, &conn->handled);
		atomic_add(m.data_len / 1024 + 1, &conn->blocks);
		conn->received = 0;
	}
	conn->paused = false;
	return false;
}

/**
 * kptipc_first_left() - look how much is left of the first message
 * @conn: a connection from which the acceptor may have received part of it
 *
 * Return: the bytes that are left of it; 0 if there is no message.
 */
unsigned int kptipc_first_left(struct kptipc_conn *conn)
{
	struct msghdr msg = {};
	int left;

	iov_iter_discard(&msg.msg_iter, ITER_DEST, TIPC_MAX_USER_MSG_SIZE);
	left = sock_recvmsg(conn->sk->sk_socket, &msg, MSG_DONTWAIT | MSG_PEEK);
	return max(left, 0);
}

/**
 * kptipc_read_first() - pass on what came before start()
 * @conn: the connection, its socket locked
 * @left: what kptipc_first_left() has said
 */
void kptipc_read_first(struct kptipc_conn *conn, unsigned int left)
{
	struct kptipc_msg m;

	kptipc_set_next(conn, skb_peek(&conn->sk->sk_receive_queue));
	if (conn->next && left) {
		kptipc_parse(conn->next, &m);
		conn->received = m.data_len - left;
		conn->offset = conn->received;
	}
	kptipc_read_some(conn, SIZE_MAX, false);
}

/* TIPC calls it for each message, when that is the last one in the queue. */
void kptipc_data_ready(struct sock *sk)
{
	struct kptipc_conn *conn = sk->sk_user_data;

	if (unlikely(!conn || conn->paused))
		return;
	kptipc_set_next(conn, skb_peek_tail(&sk->sk_receive_queue));
	kptipc_read_some(conn, SIZE_MAX, false);
	if (unlikely(atomic_read(&conn->blocks) >= KPTIPC_RELEASE_NOW))
		schedule_work(&conn->release);
}

void kptipc_resume(struct dvk_link *link)
{
	struct kptipc_conn *conn = dvk_link_priv(link);
	struct sock *sk = conn->sk;
	bool more;

	/* Paused until all is read, so that data_ready does not overtake. */
	do {
		lock_sock(sk);
		more = kptipc_read_some(conn, KPTIPC_RX_BUDGET, true);
		if (!conn->paused)
			kptipc_check_state(conn);
		release_sock(sk);
		kptipc_release_handled(conn);
	} while (more && !dvk_link_stopping(link));
}

/**
 * kptipc_release_handled() - receive what was handled, for the peer's credit
 * @conn: the connection
 *
 * Process context.
 */
void kptipc_release_handled(struct kptipc_conn *conn)
{
	struct socket *sock = conn->sk->sk_socket;
	struct msghdr msg = {};
	int left;

	atomic_set(&conn->blocks, 0);
	left = atomic_xchg(&conn->handled, 0);
	iov_iter_discard(&msg.msg_iter, ITER_DEST, left);
	while (left > 0) {
		/* See kptipc_send(). */
		int ret = READ_ONCE(sock->ops)->recvmsg(sock, &msg, left,
							MSG_DONTWAIT);

		/* Only if the connection is lost. */
		if (ret <= 0)
			return;
		left -= ret;
	}
}

/* Whether a task that has the time should release. */
bool kptipc_should_release(const struct kptipc_conn *conn)
{
	return atomic_read(&conn->blocks) >= KPTIPC_RELEASE_SOON;
}

void kptipc_release_work(struct work_struct *work)
{
	kptipc_release_handled(container_of(work, struct kptipc_conn, release));
}
