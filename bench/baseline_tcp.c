// SPDX-License-Identifier: GPL-2.0
/* TCP: one client, or many of one server that uses epoll. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "stream.h"

static int no_delay(int fd)
{
	int on = 1;

	if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)))
		return bench_fail("TCP_NODELAY: %s", strerror(errno));
	return 0;
}

static int tcp_listen(struct sockaddr_in *addr)
{
	socklen_t len = sizeof(*addr);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	*addr = (struct sockaddr_in){ .sin_family = AF_INET,
				      .sin_addr = stream_own_address() };
	if (fd < 0 || bind(fd, (struct sockaddr *)addr, len) ||
	    listen(fd, SOMAXCONN) ||
	    getsockname(fd, (struct sockaddr *)addr, &len))
		return bench_fail("cannot listen on %s: %s",
				  inet_ntoa(addr->sin_addr), strerror(errno));
	return fd;
}

/* Many connections, one process: the usual way to write such a server. */
static int serve_many(const int *fds, int n, struct bench_work *work)
{
	struct epoll_event ev[64];
	char *request, *answer;
	uint64_t *seq = calloc(n, sizeof(*seq));
	long done = 0;
	int ep = epoll_create1(0), err = stream_buffers(&request, &answer), ready;

	if (!err && (!seq || ep < 0))
		err = bench_fail("epoll: %s", strerror(errno));
	for (int i = 0; i < n && !err; i++) {
		struct epoll_event add = { .events = EPOLLIN | EPOLLRDHUP,
					   .data.u32 = i };

		if (epoll_ctl(ep, EPOLL_CTL_ADD, fds[i], &add))
			err = bench_fail("epoll_ctl: %s", strerror(errno));
	}
	while (seq && bench_work_left(work, done) && !err) {
		ready = epoll_wait(ep, ev, 64, -1);
		if (ready < 0)
			err = bench_fail("epoll_wait: %s", strerror(errno));
		for (int i = 0; i < ready && !err; i++) {
			unsigned int k = ev[i].data.u32;
			struct end e = { fds[k], fds[k] };

			/* A client that has finished leaves before others. */
			if (ev[i].events & EPOLLRDHUP) {
				epoll_ctl(ep, EPOLL_CTL_DEL, e.in, NULL);
				continue;
			}
			err = stream_serve_one(&e, request, answer, seq[k]++);
			done++;
		}
	}
	close(ep);
	free(seq);
	free(request);
	free(answer);
	return err;
}

static int tcp_connect(struct meeting *m)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd < 0 || connect(fd, (struct sockaddr *)&m->address.addr, sizeof(m->address.addr)))
		return bench_fail("cannot connect to %s: %s",
				  inet_ntoa(m->address.addr.sin_addr), strerror(errno));
	return no_delay(fd) ? -1 : fd;
}

static int tcp_server(void *arg)
{
	struct meeting *m = arg;
	int n = baseline_opts.clients, fds[n], fd;

	fd = tcp_listen(&m->address.addr);
	if (fd < 0)
		return -1;
	if (stream_server_ready(m))
		return -1;
	for (int i = 0; i < n; i++) {
		fds[i] = accept(fd, NULL, NULL);
		if (fds[i] < 0)
			return bench_fail("accept: %s", strerror(errno));
		if (no_delay(fds[i]))
			return -1;
	}
	if (n > 1)
		return serve_many(fds, n, &m->work);
	return stream_serve(&(struct end){ fds[0], fds[0] }, m);
}

static int tcp_client(void *arg)
{
	struct client *c = arg;
	int fd;

	if (stream_client_ready(c->meeting))
		return -1;
	fd = tcp_connect(c->meeting);
	if (fd < 0)
		return -1;
	c->end = (struct end){ fd, fd };
	return stream_ask(c);
}

int run_tcp(const struct baseline *b)
{
	return stream_run(b, tcp_server, tcp_client);
}
