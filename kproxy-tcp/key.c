// SPDX-License-Identifier: GPL-2.0
/*
 * Keys: what a peer must know to connect, and be connected to. TCP signs each
 * segment with it and drops, in silence, those that are not (RFC 2385). The
 * listener has the keys of all peers; what it accepts takes its own along.
 */
#include "kproxy_tcp.h"

#include <linux/sockptr.h>
#include <linux/string.h>
#include <linux/tcp.h>

/* Set the key for the link's address on a socket; without one, remove it. */
static int kptcp_md5(struct dvk_link *link, struct socket *sock, bool on)
{
	struct tcp_md5sig sig = {};
	int err;

	memcpy(&sig.tcpm_addr, dvk_link_addr(link), sizeof(sig.tcpm_addr));
	if (on)
		sig.tcpm_keylen = dvk_link_key(link, sig.tcpm_key);
	err = sock->ops->setsockopt(sock, IPPROTO_TCP, TCP_MD5SIG,
				    KERNEL_SOCKPTR(&sig), sizeof(sig));
	/* There was none. */
	if (!sig.tcpm_keylen && err == -ENOENT)
		err = 0;
	memzero_explicit(&sig, sizeof(sig));
	return err;
}

int kptcp_sign(struct dvk_link *link, struct socket *sock)
{
	return kptcp_md5(link, sock, true);
}

int kptcp_set_key(struct dvk_listener *listener, struct dvk_link *link, bool on)
{
	struct dvk_acceptor *acceptor = listener->priv;
	struct socket *sock;
	int err;

	BUILD_BUG_ON(TCP_MD5SIG_MAXKEYLEN != DVK_KEY_MAX);
	sock = dvk_acceptor_sock(acceptor, dvk_link_addr(link)->ss_family);
	if (!sock)
		return -EAFNOSUPPORT;
	err = kptcp_md5(link, sock, on);
	dvk_acceptor_drop(acceptor);
	return err;
}
