// SPDX-License-Identifier: GPL-2.0
/* Bytes of a connection, whole or not at all. */
#include <errno.h>
#include <time.h>
#include "conn.h"

long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000L + t.tv_nsec / 1000000;
}

bool conn_write(struct conn *conn, const void *buf, size_t len)
{
	struct iovec iov = { .iov_base = (void *)buf, .iov_len = len };

	return conn->ops->send(conn, &iov, 1);
}

size_t conn_read(struct conn *conn, void *buf, size_t len, int ms)
{
	long end = now_ms() + ms;
	size_t have = 0;

	while (have < len) {
		long left = end - now_ms();
		ssize_t n;

		if (left <= 0) {
			errno = ETIMEDOUT;
			break;
		}
		n = conn->ops->recv(conn, (char *)buf + have, len - have, left);
		if (n > 0) {
			have += n;
		} else if (!n) {
			errno = ECONNRESET;
			break;
		} else if (errno != EAGAIN) {
			break;
		}
	}
	return have;
}
