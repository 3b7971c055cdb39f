// SPDX-License-Identifier: GPL-2.0
/*
 * Help for transports over sockets: callbacks, connecting.
 */
#include <dvk/sock.h>

#include <linux/fcntl.h>
#include <linux/sched/signal.h>
#include <net/tcp_states.h>
#include <dvk/compat.h>

#define CONNECT_TIMEOUT	(5 * HZ)

void dvk_sock_set_ops(struct sock *sk, void *user_data,
		      const struct dvk_sock_ops *ops, struct dvk_sock_ops *old)
{
	lock_sock(sk);
	write_lock_bh(&sk->sk_callback_lock);
	if (old) {
		old->data_ready = sk->sk_data_ready;
		old->write_space = sk->sk_write_space;
		old->state_change = sk->sk_state_change;
		old->error_report = sk->sk_error_report;
	}
	sk->sk_user_data = user_data;
	if (ops->data_ready)
		WRITE_ONCE(sk->sk_data_ready, ops->data_ready);
	if (ops->write_space)
		WRITE_ONCE(sk->sk_write_space, ops->write_space);
	if (ops->state_change)
		sk->sk_state_change = ops->state_change;
	if (ops->error_report)
		sk->sk_error_report = ops->error_report;
	write_unlock_bh(&sk->sk_callback_lock);
	release_sock(sk);
}
EXPORT_SYMBOL_GPL(dvk_sock_set_ops);

/* Other families name their states after those of TCP. */
static bool connecting(const struct sock *sk)
{
	return (1 << READ_ONCE(sk->sk_state)) & (TCPF_SYN_SENT | TCPF_SYN_RECV);
}

static int wait_connected(struct dvk_link *link, struct sock *sk)
{
	long left;

	left = wait_event_interruptible_timeout(*dvk_link_waitq(link),
						dvk_link_stopping(link) ||
						!connecting(sk),
						CONNECT_TIMEOUT);
	if (left < 0 || dvk_link_stopping(link))
		return -EINTR;
	if (!left)
		return -ETIMEDOUT;
	if (READ_ONCE(sk->sk_state) != TCP_ESTABLISHED)
		return sock_error(sk) ?: -ECONNREFUSED;
	return 0;
}

int dvk_sock_connect(struct dvk_link *link, struct socket *sock,
		     struct sockaddr *addr, int len)
{
	int err = kernel_connect(sock, (DVK_SOCKADDR *)addr, len, O_NONBLOCK);

	return err == -EINPROGRESS ? wait_connected(link, sock->sk) : err;
}
EXPORT_SYMBOL_GPL(dvk_sock_connect);
