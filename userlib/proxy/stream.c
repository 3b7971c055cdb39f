// SPDX-License-Identifier: GPL-2.0
/* Connections of TCP and TIPC: a socket. */
#include <errno.h>
#include <netinet/in.h>
#include <linux/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>
#include <sys/socket.h>
#include "conn.h"

struct stream {
	struct conn conn;
	int fd;
};

static int fd_of(struct conn *conn)
{
	return ((struct stream *)conn)->fd;
}

static bool stream_send(struct conn *conn, struct iovec *iov, int n)
{
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = n };
	ssize_t done;

	while (msg.msg_iovlen) {
		done = sendmsg(fd_of(conn), &msg, MSG_NOSIGNAL);
		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return false;
		while (msg.msg_iovlen &&
		       (size_t)done >= msg.msg_iov->iov_len) {
			done -= msg.msg_iov->iov_len;
			msg.msg_iov++;
			msg.msg_iovlen--;
		}
		if (done) {
			msg.msg_iov->iov_base =
				(char *)msg.msg_iov->iov_base + done;
			msg.msg_iov->iov_len -= done;
		}
	}
	return true;
}

static ssize_t stream_recv(struct conn *conn, void *buf, size_t len, int ms)
{
	struct pollfd pfd = { .fd = fd_of(conn), .events = POLLIN };
	ssize_t n;

	for (;;) {
		n = recv(pfd.fd, buf, len, MSG_DONTWAIT);
		if (n >= 0 || (errno != EAGAIN && errno != EINTR))
			return n;
		if (!poll(&pfd, 1, ms)) {
			errno = EAGAIN;
			return -1;
		}
	}
}

static unsigned long stream_confirmed(struct conn *conn)
{
	struct tcp_info info;
	socklen_t len = sizeof(info);

	/* Others than TCP do not tell. */
	if (getsockopt(fd_of(conn), IPPROTO_TCP, TCP_INFO, &info, &len) ||
	    len < offsetof(struct tcp_info, tcpi_bytes_acked) +
		  sizeof(info.tcpi_bytes_acked))
		return 0;
	return info.tcpi_bytes_acked;
}

static void stream_shutdown(struct conn *conn)
{
	shutdown(fd_of(conn), SHUT_RDWR);
}

static void stream_free(struct conn *conn)
{
	close(fd_of(conn));
	free(conn);
}

static const struct conn_ops stream_ops = {
	.send = stream_send,
	.recv = stream_recv,
	.confirmed = stream_confirmed,
	.shutdown = stream_shutdown,
	.free = stream_free,
};

struct conn *stream_conn(int fd)
{
	struct stream *s = malloc(sizeof(*s));

	if (!s) {
		close(fd);
		return NULL;
	}
	s->conn.ops = &stream_ops;
	s->fd = fd;
	return &s->conn;
}
