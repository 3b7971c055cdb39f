// SPDX-License-Identifier: GPL-2.0
/* Connections that nodes with lower ids open. */
#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>
#include "proxy.h"

/* So many may be about to say who they are. */
#define GREETING_MAX	32
#define GREETING_MS	2000

static int greeting;

static const char *check_caller(int fd, const cmd_t *hello, struct peer **peer)
{
	struct sockaddr_storage from;
	socklen_t len = sizeof(from);
	const char *why = hello_check(hello, CMD_HELLO);

	if (why)
		return why;
	*peer = peer_find(hello->c_snode);
	if (!*peer)
		return "from a node that is not a peer";
	if (hello->c_snode > settings.self)
		return "from a node that must be called";
	memset(&from, 0, sizeof(from));
	if (getpeername(fd, (struct sockaddr *)&from, &len) ||
	    !net.is_from(*peer, &from))
		return "from a wrong address";
	return NULL;
}

/* A thread for each caller, so that a silent one keeps nobody waiting. */
static void *greet(void *arg)
{
	int fd = (intptr_t)arg;
	struct peer *peer = NULL;
	cmd_t hello, answer;
	const char *why;

	if (read_header(fd, &hello, GREETING_MS)) {
		close(fd);
		goto out;
	}
	why = check_caller(fd, &hello, &peer);
	hello_answer(&answer, &hello, EDVSBADNODEID);
	if (!why) {
		net.tune(fd);
		if (peer_take(peer, fd, &hello))
			goto out;
		/* An honest node dials again, with a higher number. */
		why = "of an old connection";
		answer.c_rcode = EDVSEXIST;
		answer.c_hello.h_session = peer_session(peer);
	}
	note("refused: a HELLO of node %d, %s", hello.c_snode, why);
	write_all(fd, &answer, sizeof(answer));
	close(fd);
out:
	__atomic_sub_fetch(&greeting, 1, __ATOMIC_RELAXED);
	return NULL;
}

static void accept_one(int listener)
{
	pthread_attr_t attr;
	pthread_t thread;
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

	if (fd < 0) {
		/* Without descriptors it stays ready: not too often, then. */
		usleep(10000);
		return;
	}
	if (__atomic_add_fetch(&greeting, 1, __ATOMIC_RELAXED) > GREETING_MAX)
		goto refuse;
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	if (!pthread_create(&thread, &attr, greet, (void *)(intptr_t)fd))
		return;
refuse:
	__atomic_sub_fetch(&greeting, 1, __ATOMIC_RELAXED);
	close(fd);
}

/* Until a signal comes. A listener of -1 is none: all peers are called. */
void accept_loop(int listener, int signals)
{
	struct pollfd pfd[2] = {
		{ .fd = signals, .events = POLLIN },
		{ .fd = listener, .events = POLLIN },
	};

	for (;;) {
		if (poll(pfd, 2, -1) < 0 && errno != EINTR)
			return;
		if (pfd[0].revents)
			return;
		if (pfd[1].revents)
			accept_one(listener);
	}
}
