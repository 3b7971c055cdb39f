// SPDX-License-Identifier: GPL-2.0
/*
 * Sending. All goes to TCP as references to pages: payload from where it is,
 * headers from the page fragment that every socket has for that purpose. Going
 * through tcp_sendmsg() instead costs several hundred instructions per header
 * on 6.1.
 */
#include "kproxy_tcp.h"

#include <linux/uio.h>
#include <net/tcp.h>

static int kptcp_flags(bool more)
{
	return MSG_DONTWAIT | MSG_NOSIGNAL | (more ? MSG_MORE : 0);
}

/* Returns 0 if all of the header is sent, or a negative errno. */
static int kptcp_send_header(struct kptcp_conn *conn, struct dvk_frame *frame,
			     bool more)
{
	unsigned int len = sizeof(*frame->cmd) - frame->hdr_sent;
	struct sock *sk = conn->sk;
	struct page_frag *frag = &sk->sk_frag;
	unsigned int offset;
	int sent;

	if (unlikely(!skb_page_frag_refill(sizeof(*frame->cmd), frag,
					   sk->sk_allocation))) {
		/* There may be no ACK to come that calls write_space. */
		dvk_link_writable(conn->link);
		return -EAGAIN;
	}
	/* Always the whole of it: a copy of constant size needs no call. */
	memcpy(page_address(frag->page) + frag->offset, frame->cmd,
	       sizeof(*frame->cmd));
	offset = frag->offset + frame->hdr_sent;

	/* Not shared: nobody writes there before TCP has let go of it. */
	sent = kptcp_send_page(conn, frag->page, offset, len,
			       kptcp_flags(more));
	if (unlikely(sent < 0))
		return sent;
	frag->offset = offset + sent;
	frame->hdr_sent += sent;
	return likely(sent == len) ? 0 : -EAGAIN;
}

/* Returns 0 if all of the payload is sent, or a negative errno. */
static int kptcp_send_payload(struct kptcp_conn *conn, struct dvk_frame *frame,
			      bool more, u64 *zerocopy)
{
	struct iov_iter *payload = &frame->payload;
	int sent = kptcp_send_pages(conn, payload, kptcp_flags(more));

	if (sent < 0)
		return sent;

	iov_iter_advance(payload, sent);
	/* TCP copies after all if the device cannot gather fragments. */
	if (conn->sk->sk_route_caps & NETIF_F_SG)
		*zerocopy += sent;
	return iov_iter_count(payload) ? -EAGAIN : 0;
}

/*
 * The way of frames without payload. lock_sock_fast() saves the second locking
 * of release_sock(); what arrives meanwhile waits for us as a softirq rather
 * than in the socket's backlog. Nothing may sleep here.
 */
static int kptcp_send_fast(struct kptcp_conn *conn, struct dvk_frame *frame,
			   bool more)
{
	bool slow = lock_sock_fast(conn->sk);
	int err = kptcp_send_header(conn, frame, more);

	unlock_sock_fast(conn->sk, slow);
	return err;
}

/*
 * The way of frames with payload, and of frames that did not fit at once: if
 * that was for want of memory rather than room, here is where to wait for it.
 */
static int kptcp_send_slow(struct kptcp_conn *conn, struct dvk_frame *frame,
			   bool more, u64 *zerocopy)
{
	bool payload = iov_iter_count(&frame->payload);
	struct sock *sk = conn->sk;
	int err = 0;

	lock_sock(sk);
	sk->sk_allocation = GFP_NOIO;
	if (frame->hdr_sent < sizeof(*frame->cmd))
		err = kptcp_send_header(conn, frame, more || payload);
	if (!err && payload)
		err = kptcp_send_payload(conn, frame, more, zerocopy);
	sk->sk_allocation = GFP_ATOMIC;
	release_sock(sk);
	return err;
}

/*
 * When TCP says -EAGAIN it sets SOCK_NOSPACE, and it calls write_space as soon
 * as there is room: both under the socket lock, so that none is missed.
 */
int kptcp_send(struct dvk_link *link, struct dvk_frame *frame, bool more,
	       u64 *zerocopy)
{
	struct kptcp_conn *conn = dvk_link_priv(link);

	if (likely(!iov_iter_count(&frame->payload))) {
		int err = kptcp_send_fast(conn, frame, more);

		if (likely(err != -EAGAIN))
			return err;
	}
	return kptcp_send_slow(conn, frame, more, zerocopy);
}

void kptcp_write_space(struct sock *sk)
{
	struct kptcp_conn *conn = sk->sk_user_data;

	if (unlikely(!conn) || !sk_stream_is_writeable(sk))
		return;
	clear_bit(SOCK_NOSPACE, &sk->sk_socket->flags);
	dvk_link_writable(conn->link);
}
