// SPDX-License-Identifier: GPL-2.0
#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "inet.h"

const char *inet_parse_peer(const char *arg, struct peer *peer)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *found;
	char host[256], port[16];
	const char *colon;
	char *end;

	peer->id = strtol(arg, &end, 10);
	if (end == arg || *end != '=')
		return "ID=ADDRESS is expected";
	arg = end + 1;
	snprintf(port, sizeof(port), "%d",
		 settings.port + (settings.original ? settings.self : 0));
	colon = strrchr(arg, ':');
	/* More than one colon without brackets is an IPv6 address alone. */
	if (colon && *arg != '[' && strchr(arg, ':') != colon)
		colon = NULL;
	if (*arg == '[' && colon && colon < strchr(arg, ']'))
		colon = NULL;
	if (colon)
		snprintf(port, sizeof(port), "%s", colon + 1);
	snprintf(host, sizeof(host), "%.*s",
		 colon ? (int)(colon - arg) : (int)strlen(arg), arg);
	if (*host == '[' && host[strlen(host) - 1] == ']') {
		memmove(host, host + 1, strlen(host));
		host[strlen(host) - 1] = 0;
	}
	if (getaddrinfo(host, port, &hints, &found))
		return "no such host or port";
	memcpy(&peer->addr, found->ai_addr, found->ai_addrlen);
	peer->addr_len = found->ai_addrlen;
	freeaddrinfo(found);
	return NULL;
}

int inet_bound(int type, int port)
{
	struct sockaddr_in6 addr = {
		.sin6_family = AF_INET6,
		.sin6_port = htons(port),
		.sin6_addr = in6addr_any,
	};
	struct sockaddr_in addr4 = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
	};
	struct sockaddr *a = (struct sockaddr *)&addr;
	socklen_t len = sizeof(addr);
	int one = 1, fd;

	fd = socket(AF_INET6, type | SOCK_CLOEXEC, 0);
	if (fd < 0) {
		/* A kernel without IPv6. */
		fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
		a = (struct sockaddr *)&addr4;
		len = sizeof(addr4);
	}
	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (!bind(fd, a, len))
		return fd;
	close(fd);
	return -1;
}

static struct in6_addr as_ipv6(const struct sockaddr_storage *ss)
{
	struct in6_addr a = IN6ADDR_ANY_INIT;

	if (ss->ss_family == AF_INET6) {
		a = ((const struct sockaddr_in6 *)ss)->sin6_addr;
	} else {
		a.s6_addr[10] = 0xff;
		a.s6_addr[11] = 0xff;
		memcpy(&a.s6_addr[12],
		       &((const struct sockaddr_in *)ss)->sin_addr, 4);
	}
	return a;
}

bool inet_is_from(const struct peer *peer, const struct sockaddr_storage *from)
{
	struct in6_addr a = as_ipv6(&peer->addr), b = as_ipv6(from);

	return !memcmp(&a, &b, sizeof(a));
}
