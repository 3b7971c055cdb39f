/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What transports over kernel sockets have in common: callbacks, connecting,
 * and a listener that reads the first header of each new connection.
 */
#ifndef _DVK_SOCK_H
#define _DVK_SOCK_H

#include <linux/net.h>
#include <net/sock.h>
#include <dvk/transport.h>

struct dvk_acceptor;

/* Listening sockets of one acceptor. */
#define DVK_ACCEPTOR_SOCKS	2

/**
 * struct dvk_sock_ops - the callbacks of a socket
 * @data_ready: sk_data_ready
 * @write_space: sk_write_space
 * @state_change: sk_state_change
 * @error_report: sk_error_report
 */
struct dvk_sock_ops {
	void (*data_ready)(struct sock *sk);
	void (*write_space)(struct sock *sk);
	void (*state_change)(struct sock *sk);
	void (*error_report)(struct sock *sk);
};

/**
 * dvk_sock_set_ops() - exchange a socket's callbacks
 * @sk: the socket
 * @user_data: for the new callbacks, in sk_user_data
 * @ops: the new callbacks; NULL for one leaves it as it is
 * @old: filled with those of before, unless NULL
 *
 * Takes the socket lock and sk_callback_lock. A protocol that runs callbacks
 * under the socket lock runs none of the old ones after this returns.
 */
void dvk_sock_set_ops(struct sock *sk, void *user_data,
		      const struct dvk_sock_ops *ops, struct dvk_sock_ops *old);

/**
 * dvk_sock_connect() - connect within the bounds of dial()
 * @link: whose dial() it is
 * @sock: its state_change wakes dvk_link_waitq()
 * @addr: where to
 * @len: bytes of @addr
 *
 * Return: 0; -EINTR if the link is stopping; another negative errno.
 */
int dvk_sock_connect(struct dvk_link *link, struct socket *sock,
		     struct sockaddr *addr, int len);

/**
 * dvk_acceptor_new() - make an acceptor, which listens nowhere yet
 * @listener: the core's; its priv is set
 * @conn_new: wraps an accepted socket into what the transport's attach() and
 *	discard() take. Owns the socket from then on: without memory it closes
 *	it and returns NULL. May tune the socket, but installs no callbacks.
 *
 * An acceptor is all of a transport's listen() but the sockets: it accepts,
 * reads the first header of each connection, bounded in time and number, and
 * passes it to dvk_link_accept().
 * Return: the acceptor, or NULL without memory.
 */
struct dvk_acceptor *dvk_acceptor_new(struct dvk_listener *listener,
				      void *(*conn_new)(struct socket *sock));

/**
 * dvk_acceptor_listen() - listen on one more socket
 * @acceptor: listens on fewer than DVK_ACCEPTOR_SOCKS
 * @sock: the acceptor's from now on, unless this fails
 *
 * Return: 0 or the negative errno of listen().
 */
int dvk_acceptor_listen(struct dvk_acceptor *acceptor, struct socket *sock);

/* One of its listening sockets, by address family, or NULL. */
struct socket *dvk_acceptor_sock(struct dvk_acceptor *acceptor, int family);

/*
 * Close all connections that are established and not passed on yet; they may have
 * been made under rules that no longer hold. Sleeps.
 */
void dvk_acceptor_drop(struct dvk_acceptor *acceptor);

/* Closes all that is not passed on yet. No accept runs after it returns. */
void dvk_acceptor_free(struct dvk_acceptor *acceptor);

#endif /* _DVK_SOCK_H */
