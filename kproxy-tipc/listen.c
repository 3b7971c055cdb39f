// SPDX-License-Identifier: GPL-2.0
/*
 * The listening socket of a namespace, which TIPC's service table knows by the
 * number of the node.
 */
#include "kproxy_tipc.h"

#include <dvk/compat.h>

static int kptipc_publish(struct socket *sock, int nodeid)
{
	struct sockaddr_tipc addr = {
		.family = AF_TIPC,
		.addrtype = TIPC_SERVICE_RANGE,
		.scope = TIPC_CLUSTER_SCOPE,
		.addr.nameseq = {
			.type = KPTIPC_TYPE + nodeid,
			.lower = KPTIPC_INSTANCE,
			.upper = KPTIPC_INSTANCE,
		},
	};

	return kernel_bind(sock, (DVK_SOCKADDR *)&addr, sizeof(addr));
}

void kptipc_unlisten(struct dvk_listener *listener)
{
	dvk_acceptor_free(listener->priv);
}

int kptipc_listen(struct dvk_listener *listener, struct net *net, u16 port)
{
	struct dvk_acceptor *acceptor;
	struct socket *sock;
	int err;

	err = sock_create_kern(net, AF_TIPC, SOCK_STREAM, 0, &sock);
	if (err)
		return err;
	acceptor = dvk_acceptor_new(listener, kptipc_conn_new);
	if (!acceptor) {
		sock_release(sock);
		return -ENOMEM;
	}
	err = dvk_acceptor_listen(acceptor, sock);
	if (err)
		sock_release(sock);
	else
		/* Who finds it can be sure that it listens. */
		err = kptipc_publish(sock, dvk_listener_nodeid(listener));
	if (err)
		dvk_acceptor_free(acceptor);
	return err;
}
