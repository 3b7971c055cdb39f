// SPDX-License-Identifier: GPL-2.0
/*
 * A connection from its beginning to its end: dialled or accepted, its
 * callbacks installed and removed, its loss noticed, the socket closed.
 */
#include "kproxy_tipc.h"

#include <linux/slab.h>
#include <linux/sockptr.h>
#include <net/tcp_states.h>

/* A frame is one message; small ones must not wait for others. */
static void kptipc_sock_tune(struct socket *sock)
{
	u32 on = 1;

	sock->ops->setsockopt(sock, SOL_TIPC, TIPC_NODELAY,
			      KERNEL_SOCKPTR(&on), sizeof(on));
}

/*
 * Close and free a socket. TIPC waits for a congested peer to take what was
 * sent, for up to eight seconds, but not on a socket with an error.
 */
static void kptipc_sock_close(struct socket *sock)
{
	struct sock *sk = sock->sk;

	lock_sock(sk);
	sk->sk_err = ECONNABORTED;
	release_sock(sk);
	sock_release(sock);
}

/**
 * kptipc_conn_new() - make a connection around a socket
 * @sock: the connection's from now on
 *
 * Return: the connection, or NULL without memory; @sock is closed then.
 */
void *kptipc_conn_new(struct socket *sock)
{
	struct kptipc_conn *conn = kzalloc(sizeof(*conn), GFP_KERNEL);

	if (!conn) {
		kptipc_sock_close(sock);
		return NULL;
	}
	kptipc_sock_tune(sock);
	conn->sk = sock->sk;
	conn->paused = true;
	INIT_WORK(&conn->release, kptipc_release_work);
	return conn;
}

static void kptipc_conn_free(struct kptipc_conn *conn)
{
	kptipc_sock_close(conn->sk->sk_socket);
	kfree(conn);
}

/**
 * kptipc_lost() - tell the core, once, that the connection is lost
 * @conn: the connection, its socket locked
 * @err: why, if the socket does not know better
 */
void kptipc_lost(struct kptipc_conn *conn, int err)
{
	int sk_err = READ_ONCE(conn->sk->sk_err);

	if (conn->lost || !conn->started)
		return;
	conn->lost = true;
	dvk_link_error(conn->link, sk_err ? -sk_err : err);
}

/**
 * kptipc_check_state() - tell the core if the connection is lost
 * @conn: the connection, its socket locked, with nothing left to read
 */
void kptipc_check_state(struct kptipc_conn *conn)
{
	const struct sock *sk = conn->sk;

	if (sk->sk_state != TCP_ESTABLISHED || sk->sk_err)
		kptipc_lost(conn, -ECONNRESET);
}

static void kptipc_state_change(struct sock *sk)
{
	struct kptipc_conn *conn = sk->sk_user_data;

	if (unlikely(!conn))
		return;
	if (!conn->started)
		wake_up(dvk_link_waitq(conn->link));	/* dial() */
	else if (!conn->paused)
		kptipc_check_state(conn);
	/* Else there is data before the end, and resume() looks after it. */
}

static void kptipc_hook(struct kptipc_conn *conn)
{
	static const struct dvk_sock_ops ops = {
		.data_ready = kptipc_data_ready,
		.write_space = kptipc_write_space,
		.state_change = kptipc_state_change,
	};

	dvk_sock_set_ops(conn->sk, conn, &ops, &conn->saved);
}

/* When it returns no callback of @conn runs or will run. */
static void kptipc_unhook(struct kptipc_conn *conn)
{
	dvk_sock_set_ops(conn->sk, NULL, &conn->saved, NULL);
	cancel_work_sync(&conn->release);
}

int kptipc_dial(struct dvk_link *link)
{
	struct sockaddr_tipc addr = {
		.family = AF_TIPC,
		.addrtype = TIPC_SERVICE_ADDR,
		.addr.name.name = {
			.type = KPTIPC_TYPE + dvk_link_nodeid(link),
			.instance = KPTIPC_INSTANCE,
		},
	};
	struct kptipc_conn *conn;
	struct socket *sock;
	int err;

	err = sock_create_kern(dvk_link_net(link), AF_TIPC, SOCK_STREAM, 0,
			       &sock);
	if (err)
		return err;
	conn = kptipc_conn_new(sock);
	if (!conn)
		return -ENOMEM;
	conn->link = link;
	kptipc_hook(conn);

	err = dvk_sock_connect(link, sock, (struct sockaddr *)&addr,
			       sizeof(addr));
	if (err) {
		kptipc_unhook(conn);
		kptipc_conn_free(conn);
		return err;
	}
	dvk_link_set_priv(link, conn);
	return 0;
}

void kptipc_attach(struct dvk_link *link, void *arg)
{
	struct kptipc_conn *conn = arg;

	conn->link = link;
	kptipc_hook(conn);
	dvk_link_set_priv(link, conn);
}

void kptipc_discard(void *arg)
{
	kptipc_conn_free(arg);
}

void kptipc_start(struct dvk_link *link)
{
	struct kptipc_conn *conn = dvk_link_priv(link);
	unsigned int left = kptipc_first_left(conn);
	struct sock *sk = conn->sk;

	lock_sock(sk);
	conn->started = true;
	/* Nobody told us of what came before. */
	kptipc_read_first(conn, left);
	if (!conn->paused)
		kptipc_check_state(conn);
	release_sock(sk);
}

/*
 * What was sent arrives, if the peer lives: the end of the connection does not
 * overtake it.
 */
void kptipc_hangup(struct dvk_link *link)
{
	struct kptipc_conn *conn = dvk_link_priv(link);

	dvk_link_set_priv(link, NULL);
	kptipc_unhook(conn);
	kptipc_conn_free(conn);
}
