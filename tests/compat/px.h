/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the proxies of this directory share: a process that sends and one that
 * receives, and a connection for each; the receiver for node Y listens on
 * BASE_PORT + Y, the sender dials BASE_PORT and its own id. Written as for the
 * earlier system, with its include lines and nothing new.
 */
#ifndef TESTS_COMPAT_PX_H
#define TESTS_COMPAT_PX_H

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define DVS_USERSPACE	1
#include <sched.h>
#define cpumask_t cpu_set_t

#include "../include/com/dvs_config.h"
#include "../include/com/config.h"
#include "../include/com/com.h"
#include "../include/com/const.h"
#include "../include/com/cmd.h"
#include "../include/com/priv_usr.h"
#include "../include/com/dc_usr.h"
#include "../include/com/node_usr.h"
#include "../include/com/proc_usr.h"
#include "../include/com/proxy_usr.h"
#include "../include/com/dvs_usr.h"
#include "../include/com/dvk_calls.h"
#include "../include/com/dvs_errno.h"
#include "../include/com/stub_dvkcall.h"

#define BASE_PORT	3100
#define SEND_RETRIES	200

#define PX_EXIT(what, rcode) do {					\
	printf("%s:%d %s: %d\n", __FILE__, __LINE__, what, (int)(rcode)); \
	fflush(stdout);							\
	exit(1);							\
} while (0)

static proxy_hdr_t header;
static proxy_payload_t payload;

static void put_bytes(int sd, const void *buf, size_t len)
{
	const char *p = buf;
	ssize_t n;

	for (; len; len -= (size_t)n, p += n) {
		n = send(sd, p, len, MSG_NOSIGNAL);
		if (n <= 0)
			PX_EXIT("send", -errno);
	}
}

static void get_bytes(int sd, void *buf, size_t len)
{
	char *p = buf;
	ssize_t n;

	for (; len; len -= (size_t)n, p += n) {
		n = recv(sd, p, len, 0);
		if (n <= 0)
			PX_EXIT("recv", n ? -errno : EDVSNOTCONN);
	}
}

static int px_dial(const char *host, int port)
{
	struct sockaddr_in addr = { .sin_family = AF_INET };
	int sd, one = 1, i;

	addr.sin_port = htons(port);
	inet_aton(host, &addr.sin_addr);
	for (i = 0; i < SEND_RETRIES; i++) {
		sd = socket(AF_INET, SOCK_STREAM, 0);
		setsockopt(sd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
		if (!connect(sd, (struct sockaddr *)&addr, sizeof(addr)))
			return sd;
		close(sd);
		usleep(50000);
	}
	PX_EXIT("connect", -errno);
}

static int px_accept(int port)
{
	struct sockaddr_in addr = { .sin_family = AF_INET };
	int sd = socket(AF_INET, SOCK_STREAM, 0), one = 1;

	addr.sin_port = htons(port);
	setsockopt(sd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(sd, (struct sockaddr *)&addr, sizeof(addr)) || listen(sd, 1))
		PX_EXIT("listen", -errno);
	return accept(sd, NULL, NULL);
}

#ifndef PX_NO_MAIN
static int px_id;

/* What a program that includes this does with frames. */
static void sender_loop(int sd);
static void receiver_loop(int sd);

static void wait_for_parent(void)
{
	long rcode;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	do {
		rcode = dvk_wait4bind_T(TIMEOUT_MOLCALL);
	} while (rcode == EDVSTIMEDOUT);
}

static pid_t start(int is_sender, const char *host)
{
	pid_t pid = fork();
	long rcode;
	int sd;

	if (pid)
		return pid;
	wait_for_parent();
	sd = is_sender ? px_dial(host, BASE_PORT + local_nodeid) :
			 px_accept(BASE_PORT + px_id);
	rcode = dvk_proxy_conn(px_id, is_sender ? CONNECT_SPROXY : CONNECT_RPROXY);
	if (rcode)
		PX_EXIT("dvk_proxy_conn", rcode);
	if (is_sender)
		sender_loop(sd);
	else
		receiver_loop(sd);
	exit(1);
}

/* <px_id> <host>: the pair and the node have the same number. */
int main(int argc, char *argv[])
{
	dvs_usr_t dvs;
	int spid, rpid, ret;

	if (argc != 3) {
		fprintf(stderr, "usage: %s <px_id> <host>\n", argv[0]);
		exit(1);
	}
	px_id = atoi(argv[1]);
	ret = dvk_open();
	if (ret < 0)
		PX_EXIT("dvk_open", ret);
	dvk_getdvsinfo(&dvs);
	if (local_nodeid < 0 || !(dvs.d_flags & DVK_INITIALIZED))
		PX_EXIT("local_nodeid", local_nodeid);
	printf(DVS_USR_FORMAT, DVS_USR_FIELDS((&dvs)));
	fflush(stdout);

	spid = start(1, argv[2]);
	rpid = start(0, argv[2]);
	ret = dvk_proxies_bind("px", px_id, spid, rpid, MAXCOPYBUF);
	if (ret)
		PX_EXIT("dvk_proxies_bind", ret);
	ret = dvk_node_up("peer", px_id, px_id);
	if (ret)
		PX_EXIT("dvk_node_up", ret);
	wait(&ret);
	return 1;
}
#endif

#endif
