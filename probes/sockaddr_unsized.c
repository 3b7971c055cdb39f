// SPDX-License-Identifier: GPL-2.0
/*
 * 6.19: addresses of any size have a type of their own in the kernel's calls for
 * sockets.
 */
#include <linux/net.h>

int probe(struct socket *sock, struct sockaddr_unsized *addr);
int probe(struct socket *sock, struct sockaddr_unsized *addr)
{
	return kernel_bind(sock, addr, 1);
}
