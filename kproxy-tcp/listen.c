// SPDX-License-Identifier: GPL-2.0
/*
 * The listener of a namespace. One work item accepts connections and reads
 * the first header of each; until it is complete the other side is a stranger,
 * of which there may be few, for a short time.
 */
#include "kproxy_tcp.h"

#include <linux/jiffies.h>
#include <linux/slab.h>
#include <net/ipv6.h>
#include <net/tcp.h>

/*
 * Connections accepted before the strangers get their turn: fewer than there
 * is room for, so that each is looked at before it may have to go.
 */
#define KPTCP_ACCEPT_BATCH	(KPTCP_MAX_STRANGERS / 2)

/**
 * struct kptcp_stranger - a connection whose first header is being read
 * @entry: in the listener's list, the oldest first
 * @sock: the socket
 * @deadline: in jiffies, when its time is over
 * @got: bytes of @cmd that have arrived
 * @refused: the refusal was sent; only waits for the other side to close
 * @cmd: the header
 */
struct kptcp_stranger {
	struct list_head entry;
	struct socket *sock;
	unsigned long deadline;
	unsigned int got;
	bool refused;
	struct dvk_cmd cmd;
};

/**
 * struct kptcp_listener - a listener
 * @core: the core's
 * @sock: listens on IPv4, and on IPv6 where the kernel has it
 * @data_ready: what a socket's data_ready was before
 * @work: accepts and reads; all below is its own
 * @closing: @work must not do anything any more
 * @strangers: the connections accepted and not passed on yet
 * @nr_strangers: how many
 */
struct kptcp_listener {
	struct dvk_listener *core;
	struct socket *sock[2];
	void (*data_ready)(struct sock *sk);
	struct delayed_work work;
	bool closing;
	struct list_head strangers;
	unsigned int nr_strangers;
};

/*
 * Of the listening sockets. Connections not accepted yet have inherited it,
 * and hold a pointer that may be stale.
 */
static void kptcp_listen_ready(struct sock *sk)
{
	struct kptcp_listener *l;

	read_lock_bh(&sk->sk_callback_lock);
	l = sk->sk_user_data;
	if (l && sk->sk_state == TCP_LISTEN)
		mod_delayed_work(kptcp_wq, &l->work, 0);
	read_unlock_bh(&sk->sk_callback_lock);
}

/* Of strangers: runs under the socket lock. */
static void kptcp_stranger_ready(struct sock *sk)
{
	struct kptcp_listener *l = sk->sk_user_data;

	if (l)
		mod_delayed_work(kptcp_wq, &l->work, 0);
}

static void kptcp_set_ready(struct sock *sk, void *user_data,
			    void (*data_ready)(struct sock *sk))
{
	lock_sock(sk);
	write_lock_bh(&sk->sk_callback_lock);
	sk->sk_user_data = user_data;
	WRITE_ONCE(sk->sk_data_ready, data_ready);
	write_unlock_bh(&sk->sk_callback_lock);
	release_sock(sk);
}

static void kptcp_stranger_forget(struct kptcp_listener *l,
				  struct kptcp_stranger *s)
{
	list_del(&s->entry);
	l->nr_strangers--;
	kfree(s);
}

static void kptcp_stranger_close(struct kptcp_listener *l,
				 struct kptcp_stranger *s)
{
	struct socket *sock = s->sock;

	kptcp_set_ready(sock->sk, NULL, l->data_ready);
	kptcp_stranger_forget(l, s);
	kptcp_sock_close(sock);
}

/*
 * Beyond the bound the oldest goes: a peer's header arrives at once, so that
 * those who connect and keep silent cannot lock peers out.
 */
static void kptcp_stranger_add(struct kptcp_listener *l, struct socket *sock)
{
	struct kptcp_stranger *s = kzalloc(sizeof(*s), GFP_KERNEL);

	if (!s) {
		kptcp_set_ready(sock->sk, NULL, l->data_ready);
		kptcp_sock_close(sock);
		return;
	}
	if (l->nr_strangers == KPTCP_MAX_STRANGERS)
		kptcp_stranger_close(l, list_first_entry(&l->strangers,
							 struct kptcp_stranger,
							 entry));
	s->sock = sock;
	s->deadline = jiffies + KPTCP_HELLO_TIMEOUT;
	list_add_tail(&s->entry, &l->strangers);
	l->nr_strangers++;
	kptcp_sock_tune(sock);
	kptcp_set_ready(sock->sk, l, kptcp_stranger_ready);
}

/* Returns 0 when nobody is left to accept, else a negative errno. */
static int kptcp_accept(struct kptcp_listener *l, struct socket *listening)
{
	struct socket *sock;
	int i, err;

	for (i = 0; i < KPTCP_ACCEPT_BATCH; i++) {
		err = kernel_accept(listening, &sock, O_NONBLOCK);
		if (err)
			return err == -EAGAIN ? 0 : err;
		kptcp_stranger_add(l, sock);
	}
	return -EAGAIN;	/* not now: the strangers first */
}

/* Returns 0 when the header is complete, -EAGAIN until then. */
static int kptcp_stranger_read(struct kptcp_stranger *s)
{
	struct kvec vec = {
		.iov_base = (void *)&s->cmd + s->got,
		.iov_len = sizeof(s->cmd) - s->got,
	};
	struct msghdr msg = {};
	int ret;

	ret = kernel_recvmsg(s->sock, &msg, &vec, 1, vec.iov_len, MSG_DONTWAIT);
	if (ret < 0)
		return ret;
	if (!ret)
		return -EPIPE;
	s->got += ret;
	return s->got == sizeof(s->cmd) ? 0 : -EAGAIN;
}

static void kptcp_stranger_refuse(struct kptcp_listener *l,
				  struct kptcp_stranger *s,
				  struct dvk_cmd *refusal)
{
	struct kvec vec = {
		.iov_base = refusal,
		.iov_len = sizeof(*refusal),
	};
	struct msghdr msg = { .msg_flags = MSG_DONTWAIT | MSG_NOSIGNAL };
	int ret;

	ret = kernel_sendmsg(s->sock, &msg, &vec, 1, vec.iov_len);
	if (ret != sizeof(*refusal) ||
	    kernel_sock_shutdown(s->sock, SHUT_WR)) {
		kptcp_stranger_close(l, s);
		return;
	}
	/* A reset now might overtake it: leave the other side some time. */
	s->refused = true;
}

/* The header is there: the connection becomes the core's, or is refused. */
static void kptcp_stranger_pass(struct kptcp_listener *l,
				struct kptcp_stranger *s)
{
	struct sockaddr_storage from = {};
	struct kptcp_conn *conn;
	struct dvk_cmd refusal;
	int err;

	conn = kptcp_conn_new(s->sock);
	if (!conn || kernel_getpeername(s->sock, (struct sockaddr *)&from) < 0) {
		kfree(conn);
		kptcp_stranger_close(l, s);
		return;
	}
	/* Once the core has it, another thread may use or close it. */
	kptcp_set_ready(s->sock->sk, NULL, l->data_ready);
	err = dvk_link_accept(l->core, &s->cmd, &from, conn, &refusal);
	if (!err) {
		kptcp_stranger_forget(l, s);
		return;
	}
	kfree(conn);
	kptcp_set_ready(s->sock->sk, l, kptcp_stranger_ready);
	if (err == -EACCES)
		kptcp_stranger_refuse(l, s, &refusal);
	else
		kptcp_stranger_close(l, s);
}

static bool kptcp_stranger_gone(const struct kptcp_stranger *s)
{
	return time_after_eq(jiffies, s->deadline) ||
	       (s->refused && READ_ONCE(s->sock->sk->sk_shutdown) &
			      RCV_SHUTDOWN);
}

static void kptcp_stranger_serve(struct kptcp_listener *l,
				 struct kptcp_stranger *s)
{
	int err;

	if (kptcp_stranger_gone(s)) {
		kptcp_stranger_close(l, s);
		return;
	}
	if (s->refused)
		return;
	err = kptcp_stranger_read(s);
	if (!err)
		kptcp_stranger_pass(l, s);
	else if (err != -EAGAIN)
		kptcp_stranger_close(l, s);
}

/*
 * Runs when something has arrived, and when the oldest stranger's time is
 * over. Queueing it again does nothing if data_ready was faster.
 */
static void kptcp_listener_work(struct work_struct *work)
{
	struct kptcp_listener *l = container_of(to_delayed_work(work),
						struct kptcp_listener, work);
	struct kptcp_stranger *s, *tmp;
	unsigned long now;
	long delay = -1;
	int i, err;

	if (READ_ONCE(l->closing))
		return;

	for (i = 0; i < ARRAY_SIZE(l->sock) && l->sock[i]; i++) {
		err = kptcp_accept(l, l->sock[i]);
		if (err)
			delay = err == -EAGAIN ? 0 : HZ;
	}
	list_for_each_entry_safe(s, tmp, &l->strangers, entry)
		kptcp_stranger_serve(l, s);

	s = list_first_entry_or_null(&l->strangers, struct kptcp_stranger,
				     entry);
	now = jiffies;
	if (delay < 0 && s)
		delay = time_before(now, s->deadline) ? s->deadline - now : 0;
	if (delay >= 0)
		queue_delayed_work(kptcp_wq, &l->work, delay);
}

static int kptcp_bind(struct socket *sock, u16 port)
{
	struct sockaddr_in6 v6 = {
		.sin6_family = AF_INET6,
		.sin6_port = htons(port),
	};
	struct sockaddr_in v4 = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
	};

	if (sock->sk->sk_family == AF_INET)
		return kernel_bind(sock, (struct sockaddr *)&v4, sizeof(v4));
	ip6_sock_set_v6only(sock->sk);
	return kernel_bind(sock, (struct sockaddr *)&v6, sizeof(v6));
}

static int kptcp_open_one(struct kptcp_listener *l, struct net *net,
			  int family, u16 port, struct socket **res)
{
	struct socket *sock;
	int err;

	err = sock_create_kern(net, family, SOCK_STREAM, IPPROTO_TCP, &sock);
	if (err)
		return err;
	sock_set_reuseaddr(sock->sk);
	err = kptcp_bind(sock, port);
	if (err)
		goto err_release;

	l->data_ready = sock->sk->sk_data_ready;
	kptcp_set_ready(sock->sk, l, kptcp_listen_ready);
	err = kernel_listen(sock, KPTCP_MAX_STRANGERS);
	if (err)
		goto err_release;
	*res = sock;
	return 0;

err_release:
	sock_release(sock);
	return err;
}

static void kptcp_close_one(struct kptcp_listener *l, struct socket *sock)
{
	if (!sock)
		return;
	kptcp_set_ready(sock->sk, NULL, l->data_ready);
	sock_release(sock);
}

void kptcp_unlisten(struct dvk_listener *core)
{
	struct kptcp_listener *l = core->priv;
	struct kptcp_stranger *s, *tmp;

	/* What data_ready queues after this does nothing. */
	WRITE_ONCE(l->closing, true);
	cancel_delayed_work_sync(&l->work);

	kptcp_close_one(l, l->sock[0]);
	kptcp_close_one(l, l->sock[1]);
	list_for_each_entry_safe(s, tmp, &l->strangers, entry)
		kptcp_stranger_close(l, s);

	cancel_delayed_work_sync(&l->work);
	kfree(l);
}

int kptcp_listen(struct dvk_listener *core, struct net *net, u16 port)
{
	struct kptcp_listener *l = kzalloc(sizeof(*l), GFP_KERNEL);
	int err;

	if (!l)
		return -ENOMEM;
	l->core = core;
	INIT_DELAYED_WORK(&l->work, kptcp_listener_work);
	INIT_LIST_HEAD(&l->strangers);
	core->priv = l;
	port = port ?: KPTCP_PORT;

	err = kptcp_open_one(l, net, AF_INET, port, &l->sock[0]);
	if (err)
		goto err_free;
	err = kptcp_open_one(l, net, AF_INET6, port, &l->sock[1]);
	if (err && err != -EAFNOSUPPORT)
		goto err_close;
	return 0;

err_close:
	kptcp_unlisten(core);
	return err;
err_free:
	kfree(l);
	return err;
}
