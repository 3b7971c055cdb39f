// SPDX-License-Identifier: GPL-2.0
/*
 * baseline_mq: request and reply by libraries for messages, ZeroMQ and nng. A
 * program of its own, so that the other baselines do not load them. The Makefile
 * defines HAVE_ZMQ and HAVE_NNG where they are installed; without one of them
 * the program says so.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#if HAVE_ZMQ
#include <zmq.h>
#endif
#if HAVE_NNG
#include <nng/nng.h>
#include <nng/protocol/reqrep0/rep.h>
#include <nng/protocol/reqrep0/req.h>
#endif

#include "lib/pattern.h"
#include "stream.h"

#define PORT	5997
#define WORDS	(MESSAGE_BYTES / sizeof(uint64_t))

/**
 * struct mq - what a library can do; 0 is success
 * @server: makes a socket that listens at @url
 * @client: makes one that connects to it
 * @send: a whole message of MESSAGE_BYTES
 * @receive: the next message
 * @close: what was opened, after what was sent has left
 */
struct mq {
	int (*server)(const char *url);
	int (*client)(const char *url);
	int (*send)(const void *buf);
	int (*receive)(void *buf);
	void (*close)(void);
};

#if HAVE_ZMQ || HAVE_NNG
static const struct mq *mq;

static const char *url(const struct meeting *m)
{
	static char text[64];

	snprintf(text, sizeof(text), "tcp://%s:%d",
		 inet_ntoa(m->address.addr.sin_addr), PORT);
	return text;
}

static int server(void *arg)
{
	struct meeting *m = arg;
	uint64_t buf[WORDS];

	m->address.addr.sin_addr = stream_own_address();
	if (mq->server(url(m)) || stream_server_ready(m))
		return -1;
	for (long i = 0; bench_work_left(&m->work, i); i++) {
		if (mq->receive(buf))
			return -1;
		if (!pattern_check(buf, WORDS, i, PATTERN_REQUEST))
			return bench_fail("request %ld is damaged", i);
		pattern_fill(buf, WORDS, i, PATTERN_ANSWER);
		if (mq->send(buf))
			return -1;
	}
	mq->close();
	return 0;
}

static int round_trip(void *ctx, uint64_t seq)
{
	uint64_t buf[WORDS];

	(void)ctx;
	pattern_fill(buf, WORDS, seq, PATTERN_REQUEST);
	if (mq->send(buf) || mq->receive(buf))
		return -1;
	if (!pattern_check(buf, WORDS, seq, PATTERN_ANSWER))
		return bench_fail("answer %lu is damaged", (unsigned long)seq);
	return 0;
}

static int client(void *arg)
{
	struct client *c = arg;
	struct bench_loop loop = { .round = round_trip,
				   .work = &c->meeting->work, .ctx = c };
	int err;

	if (stream_client_ready(c->meeting) || mq->client(url(c->meeting)))
		return -1;
	err = bench_measure(&loop, &c->meeting->result[0]);
	mq->close();
	return err;
}

#endif

#if HAVE_ZMQ
static void *context, *zmq;

static int zmq_failed(const char *what)
{
	return bench_fail("%s: %s", what, zmq_strerror(errno));
}

static int zmq_open(int type)
{
	context = zmq_ctx_new();
	zmq = context ? zmq_socket(context, type) : NULL;
	return zmq ? 0 : zmq_failed("zmq_socket");
}

static int zmq_server(const char *at)
{
	if (zmq_open(ZMQ_REP))
		return -1;
	return zmq_bind(zmq, at) ? zmq_failed(at) : 0;
}

static int zmq_client(const char *at)
{
	if (zmq_open(ZMQ_REQ))
		return -1;
	return zmq_connect(zmq, at) ? zmq_failed(at) : 0;
}

static int zmq_send_one(const void *buf)
{
	return zmq_send(zmq, buf, MESSAGE_BYTES, 0) == MESSAGE_BYTES ?
		       0 : zmq_failed("zmq_send");
}

static int zmq_receive_one(void *buf)
{
	return zmq_recv(zmq, buf, MESSAGE_BYTES, 0) == MESSAGE_BYTES ?
		       0 : zmq_failed("zmq_recv");
}

static void zmq_end(void)
{
	zmq_close(zmq);
	zmq_ctx_term(context);
}

static const struct mq mq_zmq = { zmq_server, zmq_client, zmq_send_one,
				  zmq_receive_one, zmq_end };

static int run_zmq(const struct baseline *b)
{
	mq = &mq_zmq;
	return stream_run(b, server, client);
}
#else
static int run_zmq(const struct baseline *b)
{
	(void)b;
	return baseline_missing("built without ZeroMQ: run scripts/setup bench, then make");
}
#endif

#if HAVE_NNG
static nng_socket nng;

static int nng_server(const char *at)
{
	int err = nng_rep0_open(&nng);

	err = err ? err : nng_listen(nng, at, NULL, 0);
	return err ? bench_fail("nng_listen: %s", nng_strerror(err)) : 0;
}

static int nng_client(const char *at)
{
	int err = nng_req0_open(&nng);

	err = err ? err : nng_dial(nng, at, NULL, 0);
	return err ? bench_fail("nng_dial: %s", nng_strerror(err)) : 0;
}

static int nng_send_one(const void *buf)
{
	int err = nng_send(nng, (void *)buf, MESSAGE_BYTES, 0);

	return err ? bench_fail("nng_send: %s", nng_strerror(err)) : 0;
}

static int nng_receive_one(void *buf)
{
	size_t size = MESSAGE_BYTES;
	int err = nng_recv(nng, buf, &size, 0);

	if (err || size != MESSAGE_BYTES)
		return bench_fail("nng_recv: %s, %zu bytes", nng_strerror(err),
				  size);
	return 0;
}

static void nng_end(void)
{
	/* It has no way to wait until the last message has left. */
	usleep(100000);
	nng_close(nng);
}

static const struct mq mq_nng = { nng_server, nng_client, nng_send_one,
				  nng_receive_one, nng_end };

static int run_nng(const struct baseline *b)
{
	mq = &mq_nng;
	return stream_run(b, server, client);
}
#else
static int run_nng(const struct baseline *b)
{
	(void)b;
	return baseline_missing("built without nng: run scripts/setup bench, then make");
}
#endif

const struct baseline baselines[] = {
	{ "zmq", "ZeroMQ REQ/REP", .run = run_zmq },
	{ "nng", "nng req/rep", .run = run_nng },
	{ 0 }
};

const char baseline_doc[] =
	"KIND is zmq or nng (request and reply over TCP, also between two network namespaces).";
