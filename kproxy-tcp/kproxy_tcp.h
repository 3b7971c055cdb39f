/* SPDX-License-Identifier: GPL-2.0 */
/*
 * kproxy_tcp: the TCP transport of DVK. What the core expects of it is in
 * dvk/transport.h.
 *
 * Locking. The socket lock serialises all that happens to a connection: TCP
 * runs the four callbacks under it (in softirq under its spin lock half, or in
 * process context while a task owns the socket and works off its backlog), and
 * start(), send(), resume() and hangup() take it. A callback may therefore
 * read sk_user_data without sk_callback_lock; whoever changes sk_user_data or
 * the callbacks holds both locks, so that no callback of ours runs once
 * kptcp_unhook() has returned.
 *
 * Lock order: socket lock, sk_callback_lock, the core's locks. The core's
 * functions are called under the socket lock.
 */
#ifndef _KPROXY_TCP_H
#define _KPROXY_TCP_H

#include <linux/net.h>
#include <linux/types.h>
#include <net/sock.h>
#include <dvk/sock.h>

/* The port of addresses that name none, and of nodes that have none. */
#define KPTCP_PORT		3000

/* Where to dial from: ports that only root may bind, and few services use. */
#define KPTCP_RESERVED_MIN	665
#define KPTCP_RESERVED_MAX	1023

/* How long hangup() waits for the peer to acknowledge what was sent. */
#define KPTCP_GOODBYE_TIMEOUT	(HZ / 4)

/**
 * struct kptcp_conn - a connection
 * @link: whose it is; set before the callbacks are installed
 * @sk: the socket
 * @started: start() was called; the core wants to hear of data and of loss
 * @paused: data_ready must not read: not started, or resume() has to
 * @lost: dvk_link_error() was called
 * @saved: what the callbacks were before
 * @ubuf: of the send in progress, see kptcp_send_pages()
 *
 * The flags are written under the socket lock.
 */
struct kptcp_conn {
	struct dvk_link *link;
	struct sock *sk;
	bool started;
	bool paused;
	bool lost;
	struct dvk_sock_ops saved;
	struct ubuf_info ubuf;
};

/* addr.c */
void kptcp_set_port(struct sockaddr_storage *addr, u16 port);
int kptcp_set_address(struct dvk_link *link, const char *text);
ssize_t kptcp_show_address(struct dvk_link *link, char *buf);
int kptcp_set_local(struct dvk_link *link, const char *text);
ssize_t kptcp_show_local(struct dvk_link *link, char *buf);
/* The address to use now: with the number of its device. 0 or -ENODEV. */
int kptcp_resolve(struct net *net, const struct sockaddr_storage *addr,
		  const char *dev, struct sockaddr_storage *to);

/*
 * key.c: keys of peers, which TCP signs segments with (RFC 2385). They are those
 * of addresses, without the port.
 */
#ifdef CONFIG_TCP_MD5SIG
int kptcp_sign(struct dvk_link *link, struct socket *sock);
int kptcp_set_key(struct dvk_listener *listener, struct dvk_link *link, bool on);
#else
static inline int kptcp_sign(struct dvk_link *link, struct socket *sock)
{
	return 0;
}

#define kptcp_set_key	NULL
#endif

/* conn.c */
void *kptcp_conn_new(struct socket *sock);
void kptcp_lost(struct kptcp_conn *conn, int err);
int kptcp_dial(struct dvk_link *link);
void kptcp_attach(struct dvk_link *link, void *arg);
void kptcp_discard(void *arg);
void kptcp_start(struct dvk_link *link);
u64 kptcp_acked(struct dvk_link *link);
void kptcp_hangup(struct dvk_link *link);

/* listen.c */
int kptcp_listen(struct dvk_listener *listener, struct net *net, u16 port);
void kptcp_unlisten(struct dvk_listener *listener);

/*
 * pages.c: hand pages to TCP by reference, the socket locked. They pass
 * sendpage_ok(). One that is sent by kptcp_send_page() is written by nobody
 * any more; @payload is an ITER_BVEC and is not advanced. Return: the bytes
 * sent, or a negative errno if there are none.
 */
int kptcp_send_page(struct kptcp_conn *conn, struct page *page,
		    unsigned int offset, unsigned int len, int flags);
int kptcp_send_pages(struct kptcp_conn *conn, const struct iov_iter *payload,
		     int flags);

/* rx.c */
void kptcp_data_ready(struct sock *sk);
void kptcp_read(struct kptcp_conn *conn);
void kptcp_resume(struct dvk_link *link);

/* tx.c */
void kptcp_write_space(struct sock *sk);
int kptcp_send(struct dvk_link *link, struct dvk_frame *frame, bool more,
	       u64 *zerocopy);

#endif /* _KPROXY_TCP_H */
