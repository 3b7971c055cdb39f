// SPDX-License-Identifier: GPL-2.0
/*
 * Addresses of peers: ip, ip:port, v6, [v6], [v6]:port.
 */
#include "kproxy_tcp.h"

#include <linux/inet.h>
#include <linux/kstrtox.h>
#include <linux/string.h>
#include <linux/sysfs.h>
#include <net/ipv6.h>

/* "[v6%scope]:port" */
#define KPTCP_ADDR_LEN	(INET6_ADDRSTRLEN + IFNAMSIZ + sizeof("[%]:65535"))

/*
 * Cuts @text into the address, which is returned, and the port, which is NULL
 * if there is none. Two colons without brackets are an IPv6 address.
 */
static char *kptcp_split(char *text, char **port)
{
	char *end;

	if (*text == '[') {
		end = strchr(++text, ']');
		if (!end || (end[1] && end[1] != ':'))
			return NULL;
		*port = end[1] ? end + 2 : NULL;
		*end = '\0';
		return text;
	}

	end = strchr(text, ':');
	if (end && strchr(end + 1, ':'))
		end = NULL;
	*port = end ? end + 1 : NULL;
	if (end)
		*end = '\0';
	return text;
}

static void kptcp_set_port(struct sockaddr_storage *addr, u16 port)
{
	if (addr->ss_family == AF_INET6)
		((struct sockaddr_in6 *)addr)->sin6_port = htons(port);
	else
		((struct sockaddr_in *)addr)->sin_port = htons(port);
}

/* No host answers there, or not only one. */
static bool kptcp_addr_unusable(const struct sockaddr_storage *addr)
{
	const struct sockaddr_in *v4 = (const void *)addr;
	const struct sockaddr_in6 *v6 = (const void *)addr;

	if (addr->ss_family == AF_INET6)
		return ipv6_addr_any(&v6->sin6_addr) ||
		       ipv6_addr_is_multicast(&v6->sin6_addr);
	return ipv4_is_zeronet(v4->sin_addr.s_addr) ||
	       ipv4_is_multicast(v4->sin_addr.s_addr) ||
	       ipv4_is_lbcast(v4->sin_addr.s_addr);
}

/* ::ffff:1.2.3.4 is 1.2.3.4: connections to and from it are IPv4 ones. */
static void kptcp_unmap(struct sockaddr_storage *addr)
{
	const struct sockaddr_in6 *v6 = (const void *)addr;
	struct sockaddr_in v4 = { .sin_family = AF_INET };

	if (addr->ss_family != AF_INET6 || !ipv6_addr_v4mapped(&v6->sin6_addr))
		return;
	v4.sin_addr.s_addr = v6->sin6_addr.s6_addr32[3];
	memset(addr, 0, sizeof(*addr));
	memcpy(addr, &v4, sizeof(v4));
}

int kptcp_set_address(struct dvk_link *link, const char *text)
{
	struct sockaddr_storage addr = {};
	char buf[KPTCP_ADDR_LEN + 1];
	char *host, *port_text;
	u16 port = KPTCP_PORT;

	if (strscpy(buf, text, sizeof(buf)) < 0)
		return -EINVAL;
	host = kptcp_split(strim(buf), &port_text);
	if (!host)
		return -EINVAL;
	if (port_text && (kstrtou16(port_text, 10, &port) || !port))
		return -EINVAL;
	if (inet_pton_with_scope(dvk_link_net(link), AF_UNSPEC, host, NULL,
				 &addr))
		return -EINVAL;
	kptcp_unmap(&addr);
	if (kptcp_addr_unusable(&addr))
		return -EINVAL;

	kptcp_set_port(&addr, port);
	*dvk_link_addr(link) = addr;
	return 0;
}

ssize_t kptcp_show_address(struct dvk_link *link, char *buf)
{
	const struct sockaddr_storage *addr = dvk_link_addr(link);
	const struct sockaddr_in6 *v6 = (const void *)addr;

	switch (addr->ss_family) {
	case AF_INET6:
		/* %pISpc puts the scope after the port. */
		if (v6->sin6_scope_id)
			return sysfs_emit(buf, "[%pI6c%%%u]:%u\n",
					  &v6->sin6_addr, v6->sin6_scope_id,
					  ntohs(v6->sin6_port));
		fallthrough;
	case AF_INET:
		return sysfs_emit(buf, "%pISpc\n", addr);
	default:
		return sysfs_emit(buf, "\n");
	}
}
