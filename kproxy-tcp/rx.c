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
 * until then nothing else is sent, and the peer's window does not open.
 */
#define KPTCP_RX_BUDGET		(256 * 1024)

/* Everything was read, and the peer has said that nothing will follow. */
static void kptcp_check_eof(struct kptcp_conn *conn)
{
	struct sock *sk = conn->sock->sk;

	if (unlikely(sk->sk_shutdown & RCV_SHUTDOWN) &&
	    skb_queue_empty(&sk->sk_receive_queue))
		kptcp_lost(conn, -EPIPE);
}

/*
 * tcp_read_sock() asks again after a part of a buffer was consumed, whatever
 * desc->count says.
 */
static int kptcp_rx_now(read_descriptor_t *desc, struct sk_buff *skb,
			unsigned int offset, size_t len)
{
	struct kptcp_conn *conn = desc->arg.data;
	size_t used;

	if (unlikely(!desc->count))
		return 0;
	used = dvk_link_rx(conn->link, skb, offset, len, false);
	if (unlikely(used < len)) {
		conn->paused = true;
		desc->count = 0;
	}
	return used;
}

/**
 * kptcp_read() - pass on what has arrived, without sleeping
 * @conn: the connection, its socket locked, not paused
 */
void kptcp_read(struct kptcp_conn *conn)
{
	read_descriptor_t desc = { .arg.data = conn, .count = 1 };

	tcp_read_sock(conn->sock->sk, &desc, kptcp_rx_now);
	kptcp_check_eof(conn);
}

void kptcp_data_ready(struct sock *sk)
{
	struct kptcp_conn *conn = sk->sk_user_data;

	if (likely(conn && !conn->paused))
		kptcp_read(conn);
}

/* desc->count is the budget, desc->error says that the core wants no more. */
static int kptcp_rx_thread(read_descriptor_t *desc, struct sk_buff *skb,
			   unsigned int offset, size_t len)
{
	struct kptcp_conn *conn = desc->arg.data;
	size_t used;

	if (!desc->count)
		return 0;
	used = dvk_link_rx(conn->link, skb, offset, len, true);
	desc->count -= min(used, desc->count);
	if (used < len) {
		desc->error = 1;
		desc->count = 0;
	}
	return used;
}

/* Returns true if there may be more to read at once. */
static bool kptcp_read_batch(struct kptcp_conn *conn)
{
	read_descriptor_t desc = {
		.arg.data = conn,
		.count = KPTCP_RX_BUDGET,
	};

	tcp_read_sock(conn->sock->sk, &desc, kptcp_rx_thread);
	if (!desc.count)
		return !desc.error;
	conn->paused = false;
	kptcp_check_eof(conn);
	return false;
}

void kptcp_resume(struct dvk_link *link)
{
	struct kptcp_conn *conn = dvk_link_priv(link);
	struct sock *sk = conn->sock->sk;
	bool more;

	/* Paused until all is read, so that data_ready does not overtake. */
	do {
		lock_sock(sk);
		more = kptcp_read_batch(conn);
		release_sock(sk);
	} while (more);
}
