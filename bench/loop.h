/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The loop benchmarks: a server and its clients exchange 64-byte messages in
 * one of several ways.
 */
#ifndef LOOP_H
#define LOOP_H

#include "lib/party.h"

/**
 * struct loop - one process in such a loop
 * @ep: own endpoint
 * @server: endpoint of the server
 * @first: endpoint of the server's first client
 * @clients: number of its clients
 * @work: server: what is left to do
 * @taken: in one direction: what the server has taken
 * @sent: client: messages so far
 * @stream: client: as fast as they go
 * @expect: server: number of the next request of each client
 * @m: the message in use
 */
struct loop {
	int ep;
	int server;
	int first;
	int clients;
	struct bench_work *work;
	struct bench_taken *taken;
	long sent;
	bool stream;
	uint64_t *expect;
	message m;
};

/**
 * struct loop_kind - a way of exchanging messages
 * @what: in words: client's calls / server's calls
 * @oneway: nothing is answered
 * @round: client: one round
 * @serve: server: answers all clients until there is no more work
 */
struct loop_kind {
	const char *what;
	bool oneway;
	int (*round)(void *loop, uint64_t seq);
	int (*serve)(struct loop *l);
};

extern const struct loop_kind loop_send_receive;
extern const struct loop_kind loop_sendrec;
extern const struct loop_kind loop_notify;
extern const struct loop_kind loop_request;
extern const struct loop_kind loop_combined;
extern const struct loop_kind loop_send_oneway;
extern const struct loop_kind loop_notify_oneway;

enum loop_arguments {
	LOOP_ROUNDS,		/* <loops> */
	LOOP_PEERS_ROUNDS,	/* <even number of peers> <loops> */
};

int loop_main(int argc, char **argv, const struct loop_kind *kind,
	      enum loop_arguments arguments);

#endif /* LOOP_H */
