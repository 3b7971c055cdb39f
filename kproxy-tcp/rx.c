// SPDX-License-Identifier: GPL-2.0
/*
 * Receiving: bytes go to the core where they arrive, in TCP's data_ready.
 * What the core wants to handle in its receiver thread stays in the socket
 * until resume().
 */
#include "kproxy_tcp.h"

#include <net/tcp.h>

/*
 * Bytes that resume() reads before it lets go of the socket for a moment:
 * meanwhile nothing is sent, and what arrives is not acknowledged.
 */
#define KPTCP_RX_BUDGET		(256 * 1024)

/*
 * Passes on what is there, up to @budget bytes or a little more. Returns true
 * if the budget ended it.
 *
 * This is tcp_read_sock() by hand, for the sake of small frames: it saves an
 * indirect call and a look-up in the queue per buffer.
 */
static bool kptcp_read_some(struct kptcp_conn *conn, size_t budget,
			    bool may_sleep)
{
	struct sock *sk = conn->sk;
	struct sk_buff *skb;
	u32 offset;

	while ((skb = tcp_recv_skb(sk, tcp_sk(sk)->copied_seq, &offset))) {
		size_t len = skb->len - offset;
		size_t used;

		if (unlikely(!len))	/* a FIN without data */
			break;
		used = dvk_link_rx(conn->link, skb, offset, len, may_sleep);
		tcp_read_done(sk, used);
		if (unlikely(used < len)) {
			conn->paused = true;
			return false;
		}
		if (used >= budget)
			return true;
		budget -= used;
	}

	conn->paused = false;
	if (unlikely(sk->sk_shutdown & RCV_SHUTDOWN))
		kptcp_lost(conn, -EPIPE);
	return false;
}

/**
 * kptcp_read() - pass on what has arrived, without sleeping
 * @conn: the connection, its socket locked
 */
void kptcp_read(struct kptcp_conn *conn)
{
	kptcp_read_some(conn, SIZE_MAX, false);
}

void kptcp_data_ready(struct sock *sk)
{
	struct kptcp_conn *conn = sk->sk_user_data;

	if (likely(conn && !conn->paused))
		kptcp_read(conn);
}

void kptcp_resume(struct dvk_link *link)
{
	struct kptcp_conn *conn = dvk_link_priv(link);
	struct sock *sk = conn->sk;
	bool more;

	/* Paused until all is read, so that data_ready does not overtake. */
	do {
		lock_sock(sk);
		more = kptcp_read_some(conn, KPTCP_RX_BUDGET, true);
		release_sock(sk);
	} while (more && !dvk_link_stopping(link));
}
