/* SPDX-License-Identifier: GPL-2.0 */
/* Addresses of TCP and UDP. */
#ifndef _DVK_PROXY_INET_H
#define _DVK_PROXY_INET_H

#include "proxy.h"

/* ID=HOST, ID=HOST:PORT, ID=[IPv6]:PORT; NULL, or what is wrong */
const char *inet_parse_peer(const char *arg, struct peer *peer);

/* A socket that is bound to @port of all addresses, IPv6's too; -1 with errno. */
int inet_bound(int type, int port);

bool inet_is_from(const struct peer *peer, const struct sockaddr_storage *from);

#endif /* _DVK_PROXY_INET_H */
