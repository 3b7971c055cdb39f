// SPDX-License-Identifier: GPL-2.0
/*
 * Sending: the header is copied into the socket, payload is handed over by
 * reference.
 */
#include "kproxy_tcp.h"
#include "compat.h"

#include <linux/bvec.h>
#include <linux/uio.h>
#include <net/tcp.h>

#define KPTCP_SEND_FLAGS	(MSG_DONTWAIT | MSG_NOSIGNAL)

static int kptcp_send_header(struct sock *sk, struct dvk_frame *frame,
			     bool more)
{
	struct kvec vec = {
		.iov_base = (void *)&frame->cmd + frame->hdr_sent,
		.iov_len = sizeof(frame->cmd) - frame->hdr_sent,
	};
	struct msghdr msg = {
		.msg_flags = KPTCP_SEND_FLAGS | (more ? MSG_MORE : 0),
	};
	int sent;

	iov_iter_kvec(&msg.msg_iter, ITER_SOURCE, &vec, 1, vec.iov_len);
	sent = tcp_sendmsg_locked(sk, &msg, vec.iov_len);
	if (unlikely(sent < 0))
		return sent;
	frame->hdr_sent += sent;
	return likely(frame->hdr_sent == sizeof(frame->cmd)) ? 0 : -EAGAIN;
}

/* Slab pages cannot be referenced by a socket buffer. */
static bool kptcp_can_reference(const struct iov_iter *payload)
{
	struct bvec_iter pos, start = {
		.bi_size = iov_iter_count(payload),
		.bi_bvec_done = payload->iov_offset,
	};
	struct bio_vec piece;

	for_each_bvec(piece, payload->bvec, pos, start)
		if (!sendpage_ok(piece.bv_page))
			return false;
	return true;
}

static int kptcp_copy_payload(struct sock *sk, const struct iov_iter *payload,
			      int flags)
{
	struct msghdr msg = { .msg_flags = flags };

	msg.msg_iter = *payload;
	return tcp_sendmsg_locked(sk, &msg, iov_iter_count(payload));
}

static int kptcp_send_payload(struct sock *sk, struct dvk_frame *frame,
			      bool more, u64 *zerocopy)
{
	int flags = KPTCP_SEND_FLAGS | (more ? MSG_MORE : 0);
	struct iov_iter *payload = &frame->payload;
	bool reference = kptcp_can_reference(payload);
	int sent;

	if (reference)
		sent = kptcp_send_pages(sk, payload, flags);
	else
		sent = kptcp_copy_payload(sk, payload, flags);
	if (sent < 0)
		return sent;

	iov_iter_advance(payload, sent);
	/* TCP copies after all if the device cannot gather fragments. */
	if (reference && (sk->sk_route_caps & NETIF_F_SG))
		*zerocopy += sent;
	return iov_iter_count(payload) ? -EAGAIN : 0;
}

/*
 * The way of small frames. lock_sock_fast() saves the second locking of
 * release_sock(); what arrives meanwhile waits for us with the softirq rather
 * than in the socket's backlog. Nothing may sleep here.
 */
static int kptcp_send_fast(struct sock *sk, struct dvk_frame *frame, bool more)
{
	bool slow = lock_sock_fast(sk);
	int err = kptcp_send_header(sk, frame, more);

	unlock_sock_fast(sk, slow);
	return err;
}

/*
 * The way of frames with payload, and of frames that did not fit at once: if
 * that was for want of memory rather than room, the wait for it is here.
 */
static int kptcp_send_slow(struct sock *sk, struct dvk_frame *frame, bool more,
			   u64 *zerocopy)
{
	size_t payload = iov_iter_count(&frame->payload);
	int err = 0;

	lock_sock(sk);
	sk->sk_allocation = GFP_NOIO;
	if (frame->hdr_sent < sizeof(frame->cmd))
		err = kptcp_send_header(sk, frame, more || payload);
	if (!err && payload)
		err = kptcp_send_payload(sk, frame, more, zerocopy);
	sk->sk_allocation = GFP_ATOMIC;
	release_sock(sk);
	return err;
}

/*
 * -EAGAIN leaves SOCK_NOSPACE set, by TCP, under the socket lock; TCP calls
 * write_space under it. So none is missed.
 */
int kptcp_send(struct dvk_link *link, struct dvk_frame *frame, bool more,
	       u64 *zerocopy)
{
	struct kptcp_conn *conn = dvk_link_priv(link);
	struct sock *sk = conn->sock->sk;
	int err;

	if (likely(!iov_iter_count(&frame->payload))) {
		err = kptcp_send_fast(sk, frame, more);
		if (likely(err != -EAGAIN))
			return err;
	}
	return kptcp_send_slow(sk, frame, more, zerocopy);
}

void kptcp_write_space(struct sock *sk)
{
	struct kptcp_conn *conn = sk->sk_user_data;

	if (unlikely(!conn) || !sk_stream_is_writeable(sk))
		return;
	clear_bit(SOCK_NOSPACE, &sk->sk_socket->flags);
	dvk_link_writable(conn->link);
}
