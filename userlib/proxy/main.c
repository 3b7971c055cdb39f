// SPDX-License-Identifier: GPL-2.0
/* The pairs of proxies, and how it all ends. */
#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <sys/signalfd.h>
#include "proxy.h"

/* --- the pairs --- */

static void start_thread(void *(*fn)(void *), struct peer *peer, int *tid)
{
	pthread_t thread;

	errno = pthread_create(&thread, NULL, fn, peer);
	if (errno)
		err(EXIT_FAILURE, "cannot start a thread");
	pthread_detach(thread);
	while (!__atomic_load_n(tid, __ATOMIC_ACQUIRE))
		usleep(100);
}

/* The connections go with the process. What is another's stays. */
static void stop_pairs(void)
{
	struct peer *p;

	set_stopping();
	for (p = peers; p; p = p->next) {
		if (p->led)
			dvk_node_down(p->id);
		if (p->bound)
			dvk_proxies_unbind(p->id);
	}
}

static void explain(const struct peer *p, const char *call, long ret)
{
	const char *hint = "";

	if (ret == EDVSPERM)
		hint = "; run it as root, or with CAP_NET_ADMIN";
	else if (ret == EDVSPROXYRUN || ret == EDVSNODEBUSY)
		hint = "; another proxy serves the node: stop it or remove "
		       "the kernel's by \"dvk peer del\"";
	else if (ret == EDVSBADPROXY)
		hint = "; the peer is configured for kernel proxies: remove it by \"dvk peer del\"";
	/* All of them or none. */
	stop_pairs();
	errx(EXIT_FAILURE, "node %d: %s: %s%s", p->id, call, dvk_strerror(ret),
	     hint);
}

static void start_pair(struct peer *p)
{
	char name[DVS_NAME_LEN];
	long ret;

	start_thread(settings.original ? original_sender : peer_sender, p,
		     &p->sender_tid);
	start_thread(settings.original ? original_receiver : peer_receiver, p,
		     &p->receiver_tid);
	snprintf(name, sizeof(name), "%s-%d", settings.net->name, p->id);
	ret = dvk_proxies_bind(name, p->id, p->sender_tid, p->receiver_tid,
			       settings.dvs.d_max_copybuf);
	if (ret != OK)
		explain(p, "cannot bind the proxies", ret);
	p->bound = true;
	ret = dvk_node_up(NULL, p->id, p->id);
	if (ret != OK)
		explain(p, "cannot bring it up", ret);
	p->led = true;
}

/* Where nodes with lower ids arrive; over datagrams strangers alone do. */
static bool is_called(void)
{
	struct peer *p;

	for (p = peers; p; p = p->next)
		if (settings.net->open || p->id < settings.self)
			return true;
	return false;
}

static int listen_for(const struct peer *caller)
{
	int fd = settings.net->listen(caller);

	if (fd < 0)
		err(EXIT_FAILURE, "cannot listen%s", errno == EADDRINUSE ?
		    " (do kernel proxies have the port?)" : "");
	return fd;
}

/* One listener for all, or one for each peer, which its receiver looks after. */
static int start_listening(void)
{
	struct peer *p;

	if (!settings.original)
		return is_called() ? listen_for(NULL) : -1;
	for (p = peers; p; p = p->next)
		p->listener = listen_for(p);
	return -1;
}

/* Before there are threads, which inherit the mask. */
static int catch_signals(void)
{
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	fd = signalfd(-1, &set, SFD_CLOEXEC);
	if (fd < 0)
		err(EXIT_FAILURE, "signalfd");
	return fd;
}

int main(int argc, char **argv)
{
	int signals, listener;
	struct peer *p;
	long ret;

	options_parse(argc, argv);
	ret = dvk_getdvsinfo(&settings.dvs);
	if (ret == EDVSNOSYS)
		errx(EXIT_FAILURE, "the module dvk is not loaded: modprobe dvk");
	if (ret == -1)
		errx(EXIT_FAILURE,
		     "this is no node of a DVS yet: \"dvk node init ID\"");
	if (ret < 0)
		errx(EXIT_FAILURE, "%s", dvk_strerror(ret));
	settings.self = ret;
	options_add_peers();

	signals = catch_signals();
	listener = start_listening();
	for (p = peers; p; p = p->next)
		start_pair(p);
	accept_loop(listener, signals);
	stop_pairs();
	return EXIT_SUCCESS;
}
