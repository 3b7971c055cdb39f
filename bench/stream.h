/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What ping-pong over pipes, sockets and what can be used like them has in
 * common. They differ only in how the two ends meet.
 */
#ifndef STREAM_H
#define STREAM_H

#include <netinet/in.h>

#include "baseline.h"

/**
 * struct stream_address - how a server is found, as it tells its clients
 * @addr: IP: where the server listens
 * @service: TIPC: instance of the service that the server is
 */
struct stream_address {
	struct sockaddr_in addr;
	unsigned int service;
};

/**
 * struct meeting - shared memory through which the processes find each other
 * @gate: both sides are ready
 * @start: clients are warmed up
 * @work: what is left for the server
 * @address: where the server is
 * @taken: in one direction: messages that the server has read
 */
struct meeting {
	struct bench_gate gate;
	struct bench_gate start;
	struct bench_work work;
	struct stream_address address;
	struct bench_taken taken;
	struct bench_result result[];
};

/* Descriptors of one end; equal for sockets. */
struct end {
	int in;
	int out;
};

struct client {
	struct meeting *meeting;
	struct end end;
	int index;
	long sent;
	char *request;
	char *answer;
};

/* Messages are sent by send(), where write() does not do. */
extern bool stream_by_send;

/* Both buffers of a side, with contents. */
int stream_buffers(char **request, char **answer);

/* Server: takes request @seq and answers it. */
int stream_serve_one(struct end *e, char *request, char *answer, uint64_t seq);

/* Server: serves one client until there is no more work. */
int stream_serve(struct end *e, struct meeting *m);

/* Client: measures. */
int stream_ask(struct client *c);

struct meeting *stream_meeting(int clients);

int stream_report(const struct baseline *b, const struct meeting *m);

/* Server: its address is known and it listens. Client: that is so. */
int stream_server_ready(struct meeting *m);
int stream_client_ready(struct meeting *m);

/* One server and its clients, which meet by an address. */
int stream_run(const struct baseline *b, int (*server)(void *meeting),
	       int (*client)(void *client));

/* The address by which the other node reaches this one. */
struct in_addr stream_own_address(void);

#endif /* STREAM_H */
