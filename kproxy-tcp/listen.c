// SPDX-License-Identifier: GPL-2.0
/*
 * The listening sockets of a namespace: one for IPv4, and one for IPv6 where
 * the kernel has it. What they accept is the core's to look at.
 */
#include "kproxy_tcp.h"

#include <net/ipv6.h>
#include <dvk/compat.h>

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
		return kernel_bind(sock, (DVK_SOCKADDR *)&v4, sizeof(v4));
	ip6_sock_set_v6only(sock->sk);
	return kernel_bind(sock, (DVK_SOCKADDR *)&v6, sizeof(v6));
}

static int kptcp_open_one(struct dvk_acceptor *acceptor, struct net *net,
			  int family, u16 port)
{
	struct socket *sock;
	int err;

	err = sock_create_kern(net, family, SOCK_STREAM, IPPROTO_TCP, &sock);
	if (err)
		return err;
	sock_set_reuseaddr(sock->sk);
	err = kptcp_bind(sock, port);
	if (!err)
		err = dvk_acceptor_listen(acceptor, sock);
	if (err)
		sock_release(sock);
	return err;
}

void kptcp_unlisten(struct dvk_listener *listener)
{
	dvk_acceptor_free(listener->priv);
}

int kptcp_listen(struct dvk_listener *listener, struct net *net, u16 port)
{
	struct dvk_acceptor *acceptor;
	int err;

	acceptor = dvk_acceptor_new(listener, kptcp_conn_new);
	if (!acceptor)
		return -ENOMEM;
	port = port ?: KPTCP_PORT;

	err = kptcp_open_one(acceptor, net, AF_INET, port);
	if (err)
		goto err_free;
	err = kptcp_open_one(acceptor, net, AF_INET6, port);
	if (err && err != -EAFNOSUPPORT)
		goto err_free;
	return 0;

err_free:
	dvk_acceptor_free(acceptor);
	return err;
}
