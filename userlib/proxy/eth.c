// SPDX-License-Identifier: GPL-2.0
/*
 * Frames of Ethernet's own, EtherType 0xFD00. A peer has a socket that lets in
 * what comes from its node; the sender's address is compared as well.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/ether.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include "dgram.h"
#include "proxy.h"

#define ETHERTYPE	0xFD00

/* A word of the header, which the filter takes for big-endian. */
#define LOAD(field)	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, \
			 offsetof(struct segment, field))

static const char *eth_parse_peer(const char *arg, struct peer *peer)
{
	struct sockaddr_ll addr = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETHERTYPE),
		.sll_halen = ETH_ALEN,
	};
	struct ether_addr mac;
	char *end;

	if (!settings.device)
		return "raw Ethernet needs --device";
	addr.sll_ifindex = if_nametoindex(settings.device);
	if (!addr.sll_ifindex)
		return "there is no device of the name that --device says";
	peer->id = strtol(arg, &end, 10);
	if (end == arg || *end != '=' || !ether_aton_r(end + 1, &mac))
		return "ID=MAC is expected, such as 1=02:00:00:00:00:01";
	memcpy(addr.sll_addr, &mac, ETH_ALEN);
	memcpy(&peer->addr, &addr, sizeof(addr));
	peer->addr_len = sizeof(addr);
	return NULL;
}

static int new_socket(struct sock_filter *code, int len)
{
	struct sock_fprog prog = { .len = len, .filter = code };
	struct sockaddr_ll addr = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETHERTYPE),
		.sll_ifindex = if_nametoindex(settings.device),
	};
	/* With the protocol 0 it gets nothing before it is bound. */
	int fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int err;

	if (fd < 0)
		return -1;
	if (!setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog,
			sizeof(prog)) &&
	    !bind(fd, (struct sockaddr *)&addr, sizeof(addr)))
		return fd;
	err = errno;
	close(fd);
	errno = err;
	return -1;
}

/* What is not in our form at all. */
static int eth_listen(const struct peer *caller)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_LEN, 0),
		BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, sizeof(struct segment),
			 0, 2),
		LOAD(magic),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
			 __builtin_bswap32(SEGMENT_MAGIC), 1, 0),
		BPF_STMT(BPF_RET | BPF_K, 0xffff),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};

	(void)caller;
	return new_socket(code, sizeof(code) / sizeof(code[0]));
}

static bool eth_is_from(const struct peer *peer,
			const struct sockaddr_storage *from)
{
	const struct sockaddr_ll *a = (const struct sockaddr_ll *)&peer->addr;
	const struct sockaddr_ll *b = (const struct sockaddr_ll *)from;

	return b->sll_family == AF_PACKET && b->sll_halen == ETH_ALEN &&
	       !memcmp(a->sll_addr, b->sll_addr, ETH_ALEN);
}

static bool source_is(const struct dgram *d,
		      const struct sockaddr_storage *from)
{
	return eth_is_from(d->peer, from);
}

static struct dgram *eth_open(struct peer *peer)
{
	struct sock_filter code[] = {
		LOAD(magic),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
			 __builtin_bswap32(SEGMENT_MAGIC), 0, 5),
		LOAD(from),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
			 __builtin_bswap32(peer->id), 0, 3),
		LOAD(to),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
			 __builtin_bswap32(settings.self), 0, 1),
		BPF_STMT(BPF_RET | BPF_K, 0x40000),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	int fd = new_socket(code, sizeof(code) / sizeof(code[0]));
	struct ifreq ifr = { 0 };
	struct dgram *d;

	if (fd < 0)
		return NULL;
	strncpy(ifr.ifr_name, settings.device, sizeof(ifr.ifr_name) - 1);
	if (ioctl(fd, SIOCGIFMTU, &ifr) || ifr.ifr_mtu < 512) {
		close(fd);
		errno = EMSGSIZE;
		return NULL;
	}
	/* A length has 16 bits. */
	if (ifr.ifr_mtu > 65000)
		ifr.ifr_mtu = 65000;
	d = dgram_new(peer, fd, ifr.ifr_mtu - sizeof(struct segment));
	if (!d)
		return NULL;
	memcpy(&d->dest, &peer->addr, peer->addr_len);
	d->dest_len = peer->addr_len;
	d->source_is = source_is;
	return d;
}

const struct net net_eth = {
	.name = "eth",
	.parse_peer = eth_parse_peer,
	.listen = eth_listen,
	.open = eth_open,
	.is_from = eth_is_from,
};
