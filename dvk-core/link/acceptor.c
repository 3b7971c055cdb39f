// SPDX-License-Identifier: GPL-2.0
/*
 * The listener of a transport over sockets. One work item accepts connections
 * and reads the first header of each; until it is complete the other side is a
 * stranger, of which there may be few, for a short time.
 */
#include <dvk/sock.h>

#include <linux/fcntl.h>
#include <linux/jiffies.h>
#include <linux/slab.h>
#include <linux/workqueue.h>
#include <net/tcp_states.h>

#include "acceptor.h"

/* Connections that have not sent a whole HELLO: how many, and how long. */
#define MAX_STRANGERS	16
#define HELLO_TIMEOUT	(5 * HZ)

/*
 * Connections accepted before the strangers get their turn: fewer than there
 * is room for, so that each is looked at before it may have to go.
 */
#define ACCEPT_BATCH	(MAX_STRANGERS / 2)

/**
 * struct stranger - a connection whose first header is being read
 * @entry: in the acceptor's list, the oldest first
 * @sock: the socket
 * @conn: what the transport made of it
 * @deadline: in jiffies, when its time is over
 * @got: bytes of the next header that have arrived
 * @refused: the refusal was sent; only waits for the other side to close
 * @greeting: what was said
 */
struct stranger {
	struct list_head entry;
	struct socket *sock;
	void *conn;
	unsigned long deadline;
	unsigned int got;
	bool refused;
	struct dvk_greeting greeting;
};

/**
 * struct dvk_acceptor - an acceptor
 * @listener: the core's
 * @conn_new: makes a socket the transport's
 * @sock: where it listens
 * @data_ready: what a socket's data_ready was before
 * @work: accepts and reads; all below is its own
 * @closing: @work must not do anything any more
 * @drop: @work must close all connections that there are
 * @strangers: the connections accepted and not passed on yet
 * @nr_strangers: how many
 */
struct dvk_acceptor {
	struct dvk_listener *listener;
	void *(*conn_new)(struct socket *sock);
	struct socket *sock[DVK_ACCEPTOR_SOCKS];
	void (*data_ready)(struct sock *sk);
	struct delayed_work work;
	bool closing;
	bool drop;
	struct list_head strangers;
	unsigned int nr_strangers;
};

static struct workqueue_struct *accept_wq;

/*
 * Of the listening sockets, called with only the new connection locked.
 * Connections not accepted yet may have inherited it, and hold a pointer that
 * may be stale.
 */
static void listen_ready(struct sock *sk)
{
	struct dvk_acceptor *a;

	read_lock_bh(&sk->sk_callback_lock);
	a = sk->sk_user_data;
	if (a && sk->sk_state == TCP_LISTEN)
		mod_delayed_work(accept_wq, &a->work, 0);
	read_unlock_bh(&sk->sk_callback_lock);
}

/* Of strangers: runs under the socket lock. */
static void stranger_ready(struct sock *sk)
{
	struct dvk_acceptor *a = sk->sk_user_data;

	if (a)
		mod_delayed_work(accept_wq, &a->work, 0);
}

static void set_ready(struct sock *sk, void *user_data,
		      void (*data_ready)(struct sock *sk))
{
	const struct dvk_sock_ops ops = { .data_ready = data_ready };

	dvk_sock_set_ops(sk, user_data, &ops, NULL);
}

static void stranger_forget(struct dvk_acceptor *a, struct stranger *s)
{
	list_del(&s->entry);
	a->nr_strangers--;
	kfree(s);
}

static void stranger_close(struct dvk_acceptor *a, struct stranger *s)
{
	void *conn = s->conn;

	set_ready(s->sock->sk, NULL, a->data_ready);
	stranger_forget(a, s);
	a->listener->transport->discard(conn);
}

/*
 * Beyond the bound the oldest goes: a peer's header arrives at once, so that
 * those who connect and keep silent cannot lock peers out.
 */
static void stranger_add(struct dvk_acceptor *a, struct socket *sock)
{
	void *conn;
	struct stranger *s;

	/* It may have inherited ours. */
	set_ready(sock->sk, NULL, a->data_ready);
	conn = a->conn_new(sock);
	if (!conn)
		return;
	s = kzalloc(sizeof(*s), GFP_KERNEL);
	if (!s) {
		a->listener->transport->discard(conn);
		return;
	}
	if (a->nr_strangers == MAX_STRANGERS)
		stranger_close(a, list_first_entry(&a->strangers,
						   struct stranger, entry));
	s->sock = sock;
	s->conn = conn;
	s->deadline = jiffies + HELLO_TIMEOUT;
	list_add_tail(&s->entry, &a->strangers);
	a->nr_strangers++;
	set_ready(sock->sk, a, stranger_ready);
}

/* Returns 0 when nobody is left to accept, else a negative errno. */
static int accept_some(struct dvk_acceptor *a, struct socket *listening)
{
	struct socket *sock;
	int i, err;

	for (i = 0; i < ACCEPT_BATCH; i++) {
		err = kernel_accept(listening, &sock, O_NONBLOCK);
		if (err)
			return err == -EAGAIN ? 0 : err;
		stranger_add(a, sock);
	}
	return -EAGAIN;	/* not now: the strangers first */
}

/* Returns 0 when the header is complete, -EAGAIN until then. */
static int stranger_read(struct stranger *s)
{
	struct kvec vec = {
		.iov_base = (void *)&s->greeting.heard + s->got,
		.iov_len = sizeof(s->greeting.heard) - s->got,
	};
	struct msghdr msg = {};
	int ret;

	ret = kernel_recvmsg(s->sock, &msg, &vec, 1, vec.iov_len, MSG_DONTWAIT);
	if (ret < 0)
		return ret;
	if (!ret)
		return -EPIPE;
	s->got += ret;
	return s->got == sizeof(s->greeting.heard) ? 0 : -EAGAIN;
}

/* Whether what is to be said fitted. */
static bool stranger_say(struct stranger *s)
{
	struct kvec vec = {
		.iov_base = &s->greeting.say,
		.iov_len = sizeof(s->greeting.say),
	};
	struct msghdr msg = { .msg_flags = MSG_DONTWAIT | MSG_NOSIGNAL };

	return kernel_sendmsg(s->sock, &msg, &vec, 1, vec.iov_len) ==
	       sizeof(s->greeting.say);
}

static void stranger_refuse(struct dvk_acceptor *a, struct stranger *s)
{
	/*
	 * A reset now might overtake the refusal, so the other side gets some
	 * time to close. A protocol that cannot close one direction alone
	 * does not overtake either.
	 */
	if (!stranger_say(s) || kernel_sock_shutdown(s->sock, SHUT_WR))
		stranger_close(a, s);
	else
		s->refused = true;
}

/*
 * The header is there: the connection becomes the core's, or is refused, or is
 * to say more, for which this returns true.
 */
static bool stranger_pass(struct dvk_acceptor *a, struct stranger *s)
{
	struct sockaddr_storage from = {};
	int err;

	if (kernel_getpeername(s->sock, (struct sockaddr *)&from) < 0) {
		stranger_close(a, s);
		return false;
	}
	/* Once the core has it, another thread may use or close it. */
	set_ready(s->sock->sk, NULL, a->data_ready);
	err = dvk_link_accept(a->listener, &s->greeting, &from, s->conn);
	if (!err) {
		stranger_forget(a, s);
		return false;
	}
	set_ready(s->sock->sk, a, stranger_ready);
	s->got = 0;
	if (err == -EAGAIN && stranger_say(s))
		return true;
	if (err == -EACCES)
		stranger_refuse(a, s);
	else
		stranger_close(a, s);
	return false;
}

static bool stranger_gone(const struct stranger *s)
{
	return time_after_eq(jiffies, s->deadline) ||
	       (s->refused && READ_ONCE(s->sock->sk->sk_shutdown) &
			      RCV_SHUTDOWN);
}

static void stranger_serve(struct dvk_acceptor *a, struct stranger *s)
{
	int err;

	if (stranger_gone(s)) {
		stranger_close(a, s);
		return;
	}
	if (s->refused)
		return;
	/* Nobody tells of what came before the last header was dealt with. */
	do {
		err = stranger_read(s);
		if (err && err != -EAGAIN)
			stranger_close(a, s);
	} while (!err && stranger_pass(a, s));
}

/* All that wait to be accepted, and all that have been. */
static void drop_all(struct dvk_acceptor *a)
{
	struct stranger *s, *tmp;
	int i, err;

	for (i = 0; i < ARRAY_SIZE(a->sock); i++) {
		struct socket *sock = READ_ONCE(a->sock[i]);

		do {
			err = sock ? accept_some(a, sock) : 0;
			list_for_each_entry_safe(s, tmp, &a->strangers, entry)
				stranger_close(a, s);
		} while (err == -EAGAIN);
	}
}

/*
 * Runs when something has arrived, and when the oldest stranger's time is
 * over. Queueing it again does nothing if data_ready was faster.
 */
static void acceptor_work(struct work_struct *work)
{
	struct dvk_acceptor *a = container_of(to_delayed_work(work),
					      struct dvk_acceptor, work);
	struct stranger *s, *tmp;
	unsigned long now;
	long delay = -1;
	int i, err;

	if (READ_ONCE(a->closing))
		return;
	if (xchg(&a->drop, false))
		drop_all(a);

	for (i = 0; i < ARRAY_SIZE(a->sock); i++) {
		struct socket *sock = READ_ONCE(a->sock[i]);

		err = sock ? accept_some(a, sock) : 0;
		if (err)
			delay = err == -EAGAIN ? 0 : HZ;
	}
	list_for_each_entry_safe(s, tmp, &a->strangers, entry)
		stranger_serve(a, s);

	s = list_first_entry_or_null(&a->strangers, struct stranger, entry);
	now = jiffies;
	if (delay < 0 && s)
		delay = time_before(now, s->deadline) ? s->deadline - now : 0;
	if (delay >= 0)
		queue_delayed_work(accept_wq, &a->work, delay);
}

struct dvk_acceptor *dvk_acceptor_new(struct dvk_listener *listener,
				      void *(*conn_new)(struct socket *sock))
{
	struct dvk_acceptor *a = kzalloc(sizeof(*a), GFP_KERNEL);

	if (!a)
		return NULL;
	a->listener = listener;
	a->conn_new = conn_new;
	INIT_DELAYED_WORK(&a->work, acceptor_work);
	INIT_LIST_HEAD(&a->strangers);
	listener->priv = a;
	return a;
}
EXPORT_SYMBOL_GPL(dvk_acceptor_new);

int dvk_acceptor_listen(struct dvk_acceptor *a, struct socket *sock)
{
	int err, i = a->sock[0] ? 1 : 0;

	a->data_ready = sock->sk->sk_data_ready;
	set_ready(sock->sk, a, listen_ready);
	err = kernel_listen(sock, MAX_STRANGERS);
	if (err) {
		set_ready(sock->sk, NULL, a->data_ready);
		return err;
	}
	WRITE_ONCE(a->sock[i], sock);
	/* Who came before that was overlooked. */
	mod_delayed_work(accept_wq, &a->work, 0);
	return 0;
}
EXPORT_SYMBOL_GPL(dvk_acceptor_listen);

struct socket *dvk_acceptor_sock(struct dvk_acceptor *a, int family)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(a->sock) && a->sock[i]; i++)
		if (a->sock[i]->sk->sk_family == family)
			return a->sock[i];
	return NULL;
}
EXPORT_SYMBOL_GPL(dvk_acceptor_sock);

void dvk_acceptor_drop(struct dvk_acceptor *a)
{
	WRITE_ONCE(a->drop, true);
	mod_delayed_work(accept_wq, &a->work, 0);
	flush_delayed_work(&a->work);
}
EXPORT_SYMBOL_GPL(dvk_acceptor_drop);

void dvk_acceptor_free(struct dvk_acceptor *a)
{
	struct stranger *s, *tmp;
	int i;

	/* What data_ready queues after this does nothing. */
	WRITE_ONCE(a->closing, true);
	cancel_delayed_work_sync(&a->work);

	for (i = 0; i < ARRAY_SIZE(a->sock) && a->sock[i]; i++) {
		set_ready(a->sock[i]->sk, NULL, a->data_ready);
		sock_release(a->sock[i]);
	}
	list_for_each_entry_safe(s, tmp, &a->strangers, entry)
		stranger_close(a, s);

	cancel_delayed_work_sync(&a->work);
	kfree(a);
}
EXPORT_SYMBOL_GPL(dvk_acceptor_free);

int dvk_acceptor_init(void)
{
	accept_wq = alloc_workqueue("dvk_accept", WQ_UNBOUND, 0);
	return accept_wq ? 0 : -ENOMEM;
}

void dvk_acceptor_exit(void)
{
	destroy_workqueue(accept_wq);
}
