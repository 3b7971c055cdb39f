// SPDX-License-Identifier: GPL-2.0
#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <linux/tipc.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "cluster.h"
#include "fake_peer.h"
#include "util.h"

static uint64_t next_session;

/* The node's number is the last one of its address. */
static int tipc_connect(const char *to)
{
	struct sockaddr_tipc a = {
		.family = AF_TIPC,
		.addrtype = TIPC_SERVICE_ADDR,
		.addr.name.name = { 3000 + atoi(strrchr(to, '.') + 1), 18 },
	};
	int fd = socket(AF_TIPC, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int one = 1;

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_TIPC, TIPC_NODELAY, &one, sizeof(one));
	if (!connect(fd, (struct sockaddr *)&a, sizeof(a)))
		return fd;
	close(fd);
	return -1;
}

int fake_connect(const char *from, const char *to, int port)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	int one = 1, fd;

	if (!strcmp(transport(), "tipc"))
		return tipc_connect(to);
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	inet_pton(AF_INET, from, &a.sin_addr);
	if (bind(fd, (struct sockaddr *)&a, sizeof(a)))
		goto fail;
	inet_pton(AF_INET, to, &a.sin_addr);
	a.sin_port = htons(port);
	if (connect(fd, (struct sockaddr *)&a, sizeof(a)))
		goto fail;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	return fd;
fail:
	close(fd);
	return -1;
}

static int tipc_listen(int node)
{
	struct sockaddr_tipc a = {
		.family = AF_TIPC,
		.addrtype = TIPC_SERVICE_RANGE,
		.scope = TIPC_CLUSTER_SCOPE,
		.addr.nameseq = { 3000 + node, 18, 18 },
	};
	int fd = socket(AF_TIPC, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	if (!bind(fd, (struct sockaddr *)&a, sizeof(a)) && !listen(fd, 8))
		return fd;
	close(fd);
	return -1;
}

int fake_listen(int node, const char *at, int port)
{
	struct sockaddr_in a = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
	};
	int one = 1, fd;

	if (!strcmp(transport(), "tipc"))
		return tipc_listen(node);
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	inet_pton(AF_INET, at, &a.sin_addr);
	if (!bind(fd, (struct sockaddr *)&a, sizeof(a)) && !listen(fd, 8))
		return fd;
	close(fd);
	return -1;
}

int fake_accept(int listening, int ms)
{
	struct pollfd pfd = { .fd = listening, .events = POLLIN };

	if (poll(&pfd, 1, ms) != 1)
		return -1;
	return accept4(listening, NULL, NULL, SOCK_CLOEXEC);
}

void fake_cmd(struct fake_peer *p, struct dvk_cmd *cmd, uint32_t code)
{
	memset(cmd, 0, sizeof(*cmd));
	cmd->c_magic = htole32(DVK_WIRE_MAGIC);
	cmd->c_version = htole16(DVK_WIRE_VERSION);
	cmd->c_hdrlen = htole16(sizeof(*cmd));
	cmd->c_cmd = htole32(code);
	cmd->c_snode = htole32(p->self);
	cmd->c_dnode = htole32(p->node);
}

void fake_hello(struct fake_peer *p, struct dvk_cmd *cmd, const char *cluster)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	if (!next_session)
		next_session = (uint64_t)now.tv_sec << 20;
	p->session = ++next_session;
	fake_cmd(p, cmd, DVK_CMD_HELLO);
	cmd->c_timestamp_sec = htole64(now.tv_sec);
	cmd->c_timestamp_nsec = htole64(now.tv_nsec);
	memcpy(cmd->c_hello.h_cluster, cluster, strnlen(cluster, DVK_NAME_LEN));
	cmd->c_hello.h_session = htole64(p->session);
	cmd->c_hello.h_nr_nodes = htole32(DVK_NR_NODES);
	cmd->c_hello.h_max_copybuf = htole32(DVK_MAXCOPYBUF);
	cmd->c_hello.h_max_copylen = htole32(DVK_MAXCOPYLEN);
}

bool fake_write(struct fake_peer *p, const void *buf, size_t len)
{
	struct pollfd pfd = { .fd = p->fd, .events = POLLOUT };
	ssize_t n;

	while (len) {
		if (poll(&pfd, 1, SOON) <= 0)
			return false;
		n = send(p->fd, buf, len, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0 && errno != EAGAIN)
			return false;
		if (n > 0) {
			buf = (const char *)buf + n;
			len -= n;
		}
	}
	return true;
}

bool fake_send(struct fake_peer *p, const struct dvk_cmd *cmd,
	       const void *payload)
{
	return fake_write(p, cmd, sizeof(*cmd)) &&
	       (!payload || fake_write(p, payload, le32toh(cmd->c_len)));
}

static int read_all(int fd, void *buf, size_t len, long limit)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	ssize_t n;

	while (len) {
		long left = limit - now_ms();

		if (left < 0 || poll(&pfd, 1, left) <= 0)
			return -1;
		n = recv(fd, buf, len, MSG_DONTWAIT);
		if (!n || (n < 0 && errno != EAGAIN))
			return 0;
		if (n > 0) {
			buf = (char *)buf + n;
			len -= n;
		}
	}
	return 1;
}

int fake_read(struct fake_peer *p, struct dvk_cmd *cmd, void *payload, int ms)
{
	static char sink[DVK_MAXCOPYBUF];
	long limit = now_ms() + ms;
	uint32_t len;
	int ret;

	ret = read_all(p->fd, cmd, sizeof(*cmd), limit);
	if (ret != 1)
		return ret;
	len = le32toh(cmd->c_len);
	if (le32toh(cmd->c_magic) != DVK_WIRE_MAGIC || len > DVK_MAXCOPYBUF)
		die("the node sends a bad frame: magic %x, %u bytes",
		    le32toh(cmd->c_magic), len);
	return len ? read_all(p->fd, payload ?: sink, len, limit) : 1;
}

int fake_expect(struct fake_peer *p, uint32_t code, struct dvk_cmd *cmd,
		void *payload, int ms)
{
	long limit = now_ms() + ms;
	int ret;

	for (;;) {
		struct dvk_cmd pong;

		ret = fake_read(p, cmd, payload, limit - now_ms());
		if (ret != 1 || le32toh(cmd->c_cmd) == code)
			return ret;
		switch (le32toh(cmd->c_cmd)) {
		case DVK_CMD_HELLO:
			fake_cmd(p, &pong, DVK_CMD_HELLO | DVK_CMD_ACK);
			pong.c_timestamp_sec = cmd->c_timestamp_sec;
			pong.c_timestamp_nsec = cmd->c_timestamp_nsec;
			pong.c_hello = cmd->c_hello;
			fake_send(p, &pong, NULL);
			break;
		case DVK_CMD_HELLO | DVK_CMD_ACK:
		case DVK_CMD_PROCBIND:
		case DVK_CMD_PROCUNBIND:
		case DVK_CMD_CANCEL:
			break;
		default:
			return -2;
		}
	}
}

bool fake_closed(struct fake_peer *p, int ms)
{
	struct pollfd pfd = { .fd = p->fd, .events = POLLIN };
	long limit = now_ms() + ms;
	char buf[4096];
	ssize_t n;

	while (now_ms() < limit) {
		if (poll(&pfd, 1, 50) <= 0)
			continue;
		n = recv(p->fd, buf, sizeof(buf), MSG_DONTWAIT);
		if (!n || (n < 0 && errno != EAGAIN))
			return true;
	}
	return false;
}

void fake_join(struct fake_peer *p, int self, int node, const char *from,
	       const char *to, const char *cluster)
{
	struct dvk_cmd cmd;
	int ret;

	memset(p, 0, sizeof(*p));
	p->self = self;
	p->node = node;
	p->fd = fake_connect(from, to, 3000);
	if (p->fd < 0)
		die("connect from %s to %s: %m", from, to);
	fake_hello(p, &cmd, cluster);
	if (!fake_send(p, &cmd, NULL))
		die("the node does not take a HELLO");
	ret = fake_read(p, &cmd, NULL, SOON);
	if (ret != 1 || cmd.c_rcode ||
	    le32toh(cmd.c_cmd) != (DVK_CMD_HELLO | DVK_CMD_ACK))
		die("the node does not welcome node %d: %d, code %x, result %d",
		    self, ret, le32toh(cmd.c_cmd), (int)le32toh(cmd.c_rcode));
}

void fake_leave(struct fake_peer *p)
{
	close(p->fd);
	p->fd = -1;
}

void fake_message(struct fake_peer *p, struct dvk_cmd *cmd, uint32_t code,
		  int dcid, int src, int dst)
{
	fake_cmd(p, cmd, code);
	cmd->c_dcid = htole32(dcid);
	cmd->c_src = htole32(src);
	cmd->c_dst = htole32(dst);
	/* Any number that is not 0, and the same for all of its life. */
	cmd->c_src_inc = htole32(7000 + src);
	cmd->c_id = htole32(++p->seq);
	cmd->c_msg.m_type = htole32(1);
}

int fake_result(struct fake_peer *p, uint32_t code, uint32_t seq, int ms)
{
	struct dvk_cmd cmd;

	if (fake_expect(p, code, &cmd, NULL, ms) != 1 ||
	    le32toh(cmd.c_id) != seq)
		return FAKE_NO_ANSWER;
	return (int)le32toh(cmd.c_rcode);
}
