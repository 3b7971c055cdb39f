// SPDX-License-Identifier: GPL-2.0
/*
 * Addresses of peers: ip, ip:port, v6, [v6], [v6]:port; and those to connect from,
 * without a port. The device of a link-local one is kept by its name, so that it
 * may go and be made anew, with another number.
 */
#include "kproxy_tcp.h"

#include <linux/inet.h>
#include <linux/kstrtox.h>
#include <linux/netdevice.h>
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

void kptcp_set_port(struct sockaddr_storage *addr, u16 port)
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

/* Cuts off the device, "" if there is none. */
static const char *kptcp_cut_device(char *host)
{
	char *dev = strchr(host, '%');

	if (!dev)
		return "";
	*dev++ = '\0';
	return dev;
}

/* Only a link-local address has a device, and needs one. */
static bool kptcp_device_fits(const struct sockaddr_storage *addr,
			      const char *dev)
{
	const struct sockaddr_in6 *v6 = (const void *)addr;

	if (addr->ss_family == AF_INET6 &&
	    ipv6_addr_type(&v6->sin6_addr) & IPV6_ADDR_LINKLOCAL)
		return *dev;
	return !*dev;
}

static int kptcp_parse(struct dvk_link *link, const char *text, bool with_port,
		       struct sockaddr_storage *to, char to_dev[IFNAMSIZ])
{
	struct sockaddr_storage addr = {};
	char buf[KPTCP_ADDR_LEN + 1];
	char *host, *port_text;
	u16 port = with_port ? KPTCP_PORT : 0;
	const char *dev;

	if (strscpy(buf, text, sizeof(buf)) < 0)
		return -EINVAL;
	host = kptcp_split(strim(buf), &port_text);
	if (!host)
		return -EINVAL;
	if (port_text &&
	    (!with_port || kstrtou16(port_text, 10, &port) || !port))
		return -EINVAL;
	dev = kptcp_cut_device(host);
	if (strlen(dev) >= IFNAMSIZ)
		return -EINVAL;
	if (inet_pton_with_scope(dvk_link_net(link), AF_UNSPEC, host, NULL,
				 &addr))
		return -EINVAL;
	kptcp_unmap(&addr);
	if (kptcp_addr_unusable(&addr) || !kptcp_device_fits(&addr, dev))
		return -EINVAL;

	kptcp_set_port(&addr, port);
	*to = addr;
	strscpy(to_dev, dev, IFNAMSIZ);
	return 0;
}

int kptcp_set_address(struct dvk_link *link, const char *text)
{
	return kptcp_parse(link, text, true, dvk_link_addr(link),
			   dvk_link_addr_dev(link));
}

int kptcp_set_local(struct dvk_link *link, const char *text)
{
	return kptcp_parse(link, text, false, dvk_link_local(link),
			   dvk_link_local_dev(link));
}

int kptcp_resolve(struct net *net, const struct sockaddr_storage *addr,
		  const char *dev, struct sockaddr_storage *to)
{
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)to;
	struct net_device *device;
	unsigned int index = 0;

	*to = *addr;
	if (!*dev)
		return 0;
	rcu_read_lock();
	device = dev_get_by_name_rcu(net, dev);
	if (device)
		index = device->ifindex;
	rcu_read_unlock();
	/* It may have been given by its number. */
	if (!device && kstrtouint(dev, 10, &index))
		return -ENODEV;
	v6->sin6_scope_id = index;
	return 0;
}

ssize_t kptcp_show_address(struct dvk_link *link, char *buf)
{
	const struct sockaddr_storage *addr = dvk_link_addr(link);
	const struct sockaddr_in6 *v6 = (const void *)addr;
	const char *dev = dvk_link_addr_dev(link);

	if (addr->ss_family == AF_INET6)
		return sysfs_emit(buf, "[%pI6c%s%s]:%u\n", &v6->sin6_addr,
				  *dev ? "%" : "", dev, ntohs(v6->sin6_port));
	if (addr->ss_family == AF_INET)
		return sysfs_emit(buf, "%pISpc\n", addr);
	return sysfs_emit(buf, "\n");
}

ssize_t kptcp_show_local(struct dvk_link *link, char *buf)
{
	const struct sockaddr_storage *addr = dvk_link_local(link);
	const struct sockaddr_in6 *v6 = (const void *)addr;
	const char *dev = dvk_link_local_dev(link);

	if (addr->ss_family == AF_INET6)
		return sysfs_emit(buf, "%pI6c%s%s\n", &v6->sin6_addr,
				  *dev ? "%" : "", dev);
	if (addr->ss_family == AF_INET)
		return sysfs_emit(buf, "%pISc\n", addr);
	return sysfs_emit(buf, "\n");
}
