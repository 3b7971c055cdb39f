// SPDX-License-Identifier: GPL-2.0
/* Bytes of a connection, whole or not at all. */
#include <errno.h>
#include <poll.h>
#include <time.h>
#include "proxy.h"

long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000L + t.tv_nsec / 1000000;
}

bool write_all(int fd, const void *buf, size_t len)
{
	while (len) {
		ssize_t n = send(fd, buf, len, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		buf = (const char *)buf + n;
		len -= n;
	}
	return true;
}

/* The first header. Returns 0, or -1 with errno. */
int read_header(int fd, cmd_t *cmd, int ms)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	long end = now_ms() + ms;
	size_t have = 0;

	while (have < sizeof(*cmd)) {
		long left = end - now_ms();
		ssize_t n;

		if (left <= 0 || poll(&pfd, 1, left) == 0) {
			errno = ETIMEDOUT;
			return -1;
		}
		n = recv(fd, (char *)cmd + have, sizeof(*cmd) - have,
			 MSG_DONTWAIT);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			continue;
		if (n <= 0) {
			errno = n ? errno : ECONNRESET;
			return -1;
		}
		have += n;
	}
	return 0;
}
