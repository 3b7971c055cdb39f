// SPDX-License-Identifier: GPL-2.0
/* Options, the pairs of proxies, and how it all ends. */
#include <argp.h>
#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/signalfd.h>
#include "proxy.h"

const char *argp_program_version = DVK_TOOL_VERSION;

static char **peer_args;
static int nr_peer_args;

/* --- options --- */

static const struct argp_option options[] = {
	{ "port", 'p', "PORT", 0,
	  "TCP port to listen on, and of peers without one (3000)", 0 },
	{ "keepalive", 'k', "MS", 0,
	  "A peer that says nothing for so many milliseconds is lost (5000)",
	  0 },
	{ "verbose", 'v', NULL, 0, "Tell of failed attempts to connect", 0 },
	{ 0 }
};

static int number(struct argp_state *state, const char *arg, int min, int max)
{
	char *end;
	long n = strtol(arg, &end, 10);

	if (end == arg || *end || n < min || n > max)
		argp_error(state, "%s is not a number from %d to %d", arg, min,
			   max);
	return n;
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	switch (key) {
	case 'p':
		settings.port = number(state, arg, 1, 65535);
		return 0;
	case 'k':
		settings.keepalive_ms = number(state, arg, 100, 3600000);
		return 0;
	case 'v':
		settings.verbose = true;
		return 0;
	case ARGP_KEY_ARGS:
		peer_args = state->argv + state->next;
		nr_peer_args = state->argc - state->next;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "no peer is given");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static void add_peer(const char *arg)
{
	struct peer *p = calloc(1, sizeof(*p));
	const char *why;

	if (!p)
		err(EXIT_FAILURE, "%s", arg);
	why = net.parse_peer(arg, p);
	if (why)
		errx(2, "%s: %s", arg, why);
	if (p->id < 0 || p->id >= settings.dvs.d_nr_nodes)
		errx(2, "%s: nodes have numbers from 0 to %d", arg,
		     settings.dvs.d_nr_nodes - 1);
	if (p->id == settings.self)
		errx(2, "%s: that is this node", arg);
	if (peer_find(p->id))
		errx(2, "%s: named twice", arg);
	pthread_mutex_init(&p->lock, NULL);
	pthread_mutex_init(&p->wlock, NULL);
	pthread_cond_init(&p->changed, NULL);
	p->fd = -1;
	p->accepted = -1;
	p->next = peers;
	peers = p;
}

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

	__atomic_store_n(&stopping, true, __ATOMIC_RELAXED);
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

	start_thread(peer_sender, p, &p->sender_tid);
	start_thread(peer_receiver, p, &p->receiver_tid);
	snprintf(name, sizeof(name), "%s-%d", net.name, p->id);
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

static bool is_called(void)
{
	struct peer *p;

	for (p = peers; p; p = p->next)
		if (p->id < settings.self)
			return true;
	return false;
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
	struct argp argp = {
		.options = options,
		.parser = parse_option,
		.args_doc = net.args_doc,
		.doc = net.doc,
	};
	int i, signals, listener = -1;
	struct peer *p;
	long ret;

	argp_parse(&argp, argc, argv, 0, NULL, NULL);
	ret = dvk_getdvsinfo(&settings.dvs);
	if (ret == EDVSNOSYS)
		errx(EXIT_FAILURE, "the module dvk is not loaded: modprobe dvk");
	if (ret == -1)
		errx(EXIT_FAILURE,
		     "this is no node of a DVS yet: \"dvk node init ID\"");
	if (ret < 0)
		errx(EXIT_FAILURE, "%s", dvk_strerror(ret));
	settings.self = ret;
	for (i = 0; i < nr_peer_args; i++)
		add_peer(peer_args[i]);

	signals = catch_signals();
	if (is_called()) {
		listener = net.listen(settings.self);
		if (listener < 0)
			err(EXIT_FAILURE, "cannot listen%s",
			    errno == EADDRINUSE ?
			    " (do kernel proxies have the port?)" : "");
	}
	for (p = peers; p; p = p->next)
		start_pair(p);
	accept_loop(listener, signals);
	stop_pairs();
	return EXIT_SUCCESS;
}
