// SPDX-License-Identifier: GPL-2.0
/*
 * A benchmark in two machines: the server's processes in one, the clients' in
 * the other. What they share otherwise, they tell each other by a TCP
 * connection of their own, before the measurement.
 *
 * In instruction-count mode the clock of neither machine tells what a round
 * costs: it goes on while the machine waits for the other one. What counts is
 * the time that both were busy, so a process beside the server tells how long
 * its machine was.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"

#define MEET_PORT	5998
#define METER_PORT	5999
#define CONNECT_TRIES	1200

static int listen_once(int port)
{
	struct sockaddr_in6 addr = { .sin6_family = AF_INET6,
				     .sin6_addr = IN6ADDR_ANY_INIT,
				     .sin6_port = htons(port) };
	int on = 1, fd, conn;

	fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) ||
	    bind(fd, (struct sockaddr *)&addr, sizeof(addr)) || listen(fd, 1))
		return bench_fail("cannot listen on port %d: %s", port,
				  strerror(errno));
	conn = accept(fd, NULL, NULL);
	if (conn < 0)
		bench_fail("accept: %s", strerror(errno));
	close(fd);
	return conn;
}

static int try_connect(int port)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *list, *i;
	int fd = -1, err;
	char text[8];

	snprintf(text, sizeof(text), "%d", port);
	err = getaddrinfo(bench_opts.at, text, &hints, &list);
	if (err) {
		bench_fail("%s: %s", bench_opts.at, gai_strerror(err));
		return -2;
	}
	for (i = list; i && fd < 0; i = i->ai_next) {
		fd = socket(i->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
		if (fd >= 0 && connect(fd, i->ai_addr, i->ai_addrlen)) {
			close(fd);
			fd = -1;
		}
	}
	freeaddrinfo(list);
	return fd;
}

/* The other machine may come later. */
static int connect_patiently(int port)
{
	int fd = -1, on = 1;

	for (int i = 0; i < CONNECT_TRIES && fd == -1; i++) {
		fd = try_connect(port);
		if (fd == -1)
			usleep(100000);
	}
	if (fd < 0)
		return bench_fail("%s does not answer on port %d", bench_opts.at,
				  port);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	return fd;
}

static int all(ssize_t (*op)(int fd, void *p, size_t n), int fd, void *p,
	       size_t n)
{
	ssize_t done;

	for (; n; n -= done, p = (char *)p + done) {
		done = op(fd, p, n);
		if (done <= 0)
			return bench_fail("the other machine has hung up");
	}
	return 0;
}

static ssize_t put(int fd, void *p, size_t n)
{
	return send(fd, p, n, MSG_NOSIGNAL);
}

static ssize_t get(int fd, void *p, size_t n)
{
	return recv(fd, p, n, 0);
}

int bench_meet(struct bench_gate *gate, const void *give, size_t give_size,
	       void *take, size_t take_size)
{
	char byte = 1;
	int fd, err;

	if (!bench_split()) {
		bench_gate_wait(gate);
		return 0;
	}
	fd = bench_opts.side == BENCH_SERVER ? listen_once(MEET_PORT) :
					       connect_patiently(MEET_PORT);
	if (fd < 0)
		return -1;
	err = all(put, fd, &byte, 1) || all(put, fd, (void *)give, give_size) ||
	      all(get, fd, &byte, 1) || all(get, fd, take, take_size);
	close(fd);
	return err ? -1 : 0;
}

/* --- how long a machine was busy ------------------------------------------------ */

/* In ns; /proc/timer_list has the idle time of each CPU as precisely. */
static uint64_t busy(void)
{
	unsigned long long idle = 0, v;
	struct timespec ts;
	char line[256];
	int cpus = 0;
	FILE *f;

	f = fopen("/proc/timer_list", "r");
	if (!f) {
		bench_fail("/proc/timer_list: %s", strerror(errno));
		return 0;
	}
	clock_gettime(CLOCK_MONOTONIC, &ts);
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, " .idle_sleeptime : %llu", &v) == 1) {
			idle += v;
			cpus++;
		} else if (sscanf(line, " .iowait_sleeptime : %llu", &v) == 1) {
			idle += v;
		}
	}
	fclose(f);
	return cpus * (ts.tv_sec * 1000000000ull + ts.tv_nsec) - idle;
}

/* Beside the server: tells how long this machine has been busy. */
static int meter(void *arg)
{
	int fd = listen_once(METER_PORT);
	uint64_t v;
	char byte;

	(void)arg;
	if (fd < 0)
		return -1;
	while (recv(fd, &byte, 1, 0) == 1) {
		v = busy();
		if (all(put, fd, &v, sizeof(v)))
			return -1;
	}
	close(fd);
	return 0;
}

bool bench_metered(void)
{
	return bench_split() && bench_opts.icount;
}

struct bench_proc bench_meter_proc(void)
{
	return (struct bench_proc){ .role = "meter", .serves = true, .cpu = -1,
				    .fn = meter };
}

/* Client: of both machines together. */
uint64_t bench_busy(void)
{
	static int fd = -1;
	uint64_t v = 0;
	char byte = 1;

	if (fd < 0)
		fd = connect_patiently(METER_PORT);
	if (fd < 0 || all(put, fd, &byte, 1) || all(get, fd, &v, sizeof(v)))
		return 0;
	return v + busy();
}
