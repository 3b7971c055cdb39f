// SPDX-License-Identifier: GPL-2.0
/*
 * A connection from its beginning to its end: dialled or accepted, its
 * callbacks installed and removed, its loss noticed, the socket closed.
 */
#include "kproxy_tcp.h"

#include <linux/random.h>
#include <linux/slab.h>
#include <linux/tcp.h>
#include <net/tcp.h>
#include <dvk/compat.h>

/*
 * What all our connections need. GFP_ATOMIC because frames without payload are
 * sent with the socket's spin lock held, see tx.c. It also keeps
 * sk_page_frag() off current->task_frag, which the user task that sends may be
 * in the middle of using.
 */
static void kptcp_sock_tune(struct socket *sock)
{
	tcp_sock_set_nodelay(sock->sk);
	sock->sk->sk_allocation = GFP_ATOMIC;
}

/* The peer has not acknowledged our end of data yet. */
static bool kptcp_fin_unacked(const struct sock *sk)
{
	return (1 << inet_sk_state_load(sk)) &
	       (TCPF_FIN_WAIT1 | TCPF_CLOSING | TCPF_LAST_ACK);
}

/*
 * Close and free a socket without leaving anything behind.
 *
 * TCP stops the timers of a kernel's socket when it is closed, because its
 * namespace may be gone when they fire. A socket that still waits for the peer
 * then, and whose peer is gone, would never be freed. So whatever waits is
 * reset, except in FIN_WAIT2, which turns into a time-wait entry.
 */
static void kptcp_sock_close(struct socket *sock)
{
	if (inet_sk_state_load(sock->sk) != TCP_FIN_WAIT2)
		sock_no_linger(sock->sk);
	sock_release(sock);
}

/**
 * kptcp_conn_new() - make a connection around a socket
 * @sock: the connection's from now on; carries no frames yet
 *
 * Return: the connection, or NULL without memory; @sock is closed then.
 */
void *kptcp_conn_new(struct socket *sock)
{
	struct kptcp_conn *conn = kzalloc(sizeof(*conn), GFP_KERNEL);

	if (!conn) {
		kptcp_sock_close(sock);
		return NULL;
	}
	kptcp_sock_tune(sock);
	conn->sk = sock->sk;
	conn->paused = true;
	return conn;
}

static void kptcp_conn_free(struct kptcp_conn *conn)
{
	kptcp_sock_close(conn->sk->sk_socket);
	kfree(conn);
}

/**
 * kptcp_lost() - tell the core, once, that the connection is lost
 * @conn: the connection, its socket locked
 * @err: why, if the socket does not know better
 */
void kptcp_lost(struct kptcp_conn *conn, int err)
{
	int sk_err = READ_ONCE(conn->sk->sk_err);

	if (conn->lost || !conn->started)
		return;
	conn->lost = true;
	dvk_link_error(conn->link, sk_err ? -sk_err : err);
}

static void kptcp_check_state(struct kptcp_conn *conn)
{
	const struct sock *sk = conn->sk;

	if (sk->sk_state == TCP_CLOSE || sk->sk_err)
		kptcp_lost(conn, -ECONNRESET);
}

/*
 * Both sk_state_change and sk_error_report. The peer's end of data is not
 * looked for here: data may precede it, so it is data_ready's to notice.
 */
static void kptcp_state_change(struct sock *sk)
{
	struct kptcp_conn *conn = sk->sk_user_data;

	if (unlikely(!conn))
		return;
	if (conn->started)
		kptcp_check_state(conn);
	else
		wake_up(dvk_link_waitq(conn->link));	/* dial() */
}

static void kptcp_hook(struct kptcp_conn *conn)
{
	static const struct dvk_sock_ops ops = {
		.data_ready = kptcp_data_ready,
		.write_space = kptcp_write_space,
		.state_change = kptcp_state_change,
		.error_report = kptcp_state_change,
	};

	dvk_sock_set_ops(conn->sk, conn, &ops, &conn->saved);
}

/* When it returns no callback of @conn runs or will run. */
static void kptcp_unhook(struct kptcp_conn *conn)
{
	dvk_sock_set_ops(conn->sk, NULL, &conn->saved, NULL);
}

static int kptcp_addr_len(const struct sockaddr_storage *addr)
{
	return addr->ss_family == AF_INET6 ? sizeof(struct sockaddr_in6) :
					     sizeof(struct sockaddr_in);
}

static int kptcp_bind_port(struct socket *sock, struct sockaddr_storage *from,
			   u16 port)
{
	kptcp_set_port(from, port);
	return kernel_bind(sock, (DVK_SOCKADDR *)from, kptcp_addr_len(from));
}

/*
 * From the address that the peer knows us by, if we have several, and from a port
 * that only root may bind: a sign to the other side that the peer and not some user
 * of its host calls. Where there is none, it says what it thinks of that.
 */
static int kptcp_bind(struct dvk_link *link, struct socket *sock)
{
	unsigned int range = KPTCP_RESERVED_MAX - KPTCP_RESERVED_MIN + 1;
	unsigned int i, first = get_random_u32() % range;
	const struct sockaddr_storage *local = dvk_link_local(link);
	struct sockaddr_storage from = { .ss_family = sock->sk->sk_family };
	int err = -EADDRINUSE;

	if (local->ss_family) {
		if (local->ss_family != sock->sk->sk_family)
			return -EAFNOSUPPORT;
		err = kptcp_resolve(dvk_link_net(link), local,
				    dvk_link_local_dev(link), &from);
		if (err)
			return err;
		err = -EADDRINUSE;
	}
	/* Others that dial may share it. */
	sock_set_reuseaddr(sock->sk);
	for (i = 0; i < range && err == -EADDRINUSE; i++)
		err = kptcp_bind_port(sock, &from,
				      KPTCP_RESERVED_MIN + (first + i) % range);
	if (!local->ss_family)
		return 0;
	return err == -EADDRINUSE ? kptcp_bind_port(sock, &from, 0) : err;
}

int kptcp_dial(struct dvk_link *link)
{
	struct sockaddr_storage addr;
	struct kptcp_conn *conn;
	struct socket *sock;
	int err;

	err = kptcp_resolve(dvk_link_net(link), dvk_link_addr(link),
			    dvk_link_addr_dev(link), &addr);
	if (err)
		return err;
	err = sock_create_kern(dvk_link_net(link), addr.ss_family,
			       SOCK_STREAM, IPPROTO_TCP, &sock);
	if (err)
		return err;
	conn = kptcp_conn_new(sock);
	if (!conn)
		return -ENOMEM;
	conn->link = link;
	kptcp_hook(conn);

	err = kptcp_bind(link, sock);
	if (!err)
		err = kptcp_sign(link, sock);
	if (!err)
		err = dvk_sock_connect(link, sock, (struct sockaddr *)&addr,
				       kptcp_addr_len(&addr));
	if (err) {
		kptcp_unhook(conn);
		kptcp_conn_free(conn);
		return err;
	}
	dvk_link_set_priv(link, conn);
	return 0;
}

void kptcp_attach(struct dvk_link *link, void *arg)
{
	struct kptcp_conn *conn = arg;

	conn->link = link;
	kptcp_hook(conn);
	dvk_link_set_priv(link, conn);
}

void kptcp_discard(void *arg)
{
	kptcp_conn_free(arg);
}

void kptcp_start(struct dvk_link *link)
{
	struct kptcp_conn *conn = dvk_link_priv(link);
	struct sock *sk = conn->sk;

	lock_sock(sk);
	conn->started = true;
	conn->paused = false;
	/* Nobody told us of what came before. */
	kptcp_read(conn);
	kptcp_check_state(conn);
	release_sock(sk);
}

/*
 * Give what was sent a short while to arrive, unless nobody seems to be there:
 * the core may have found out before TCP does.
 */
static void kptcp_goodbye(struct kptcp_conn *conn)
{
	struct sock *sk = conn->sk;

	if (conn->lost || READ_ONCE(inet_csk(sk)->icsk_retransmits) ||
	    !check_net(sock_net(sk)))
		return;
	if (kernel_sock_shutdown(conn->sk->sk_socket, SHUT_WR))
		return;
	wait_event_interruptible_timeout(*sk_sleep(sk), !kptcp_fin_unacked(sk),
					 KPTCP_GOODBYE_TIMEOUT);
}

u64 kptcp_acked(struct dvk_link *link)
{
	const struct kptcp_conn *conn = dvk_link_priv(link);

	return READ_ONCE(tcp_sk(conn->sk)->bytes_acked);
}

void kptcp_hangup(struct dvk_link *link)
{
	struct kptcp_conn *conn = dvk_link_priv(link);

	dvk_link_set_priv(link, NULL);
	kptcp_unhook(conn);
	kptcp_goodbye(conn);
	kptcp_conn_free(conn);
}
