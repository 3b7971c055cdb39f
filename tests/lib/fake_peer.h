/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The other node, played by a program: it speaks the wire protocol over an
 * ordinary socket, correctly or not.
 */
#ifndef TESTS_LIB_FAKE_PEER_H
#define TESTS_LIB_FAKE_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/dvk.h>

/**
 * struct fake_peer - one connection
 * @fd: the socket
 * @self: node it says it is
 * @node: node it talks to
 * @session: of its latest HELLO
 * @seq: number of its latest request
 */
struct fake_peer {
	int fd;
	int self;
	int node;
	uint64_t session;
	uint32_t seq;
};

/*
 * Connects from an address of this namespace; returns a descriptor or -1. Over
 * TIPC only the last number of @to counts: the node.
 */
int fake_connect(const char *from, const char *to, int port);

/*
 * The other way round: a socket that listens where node @node should, and the
 * next connection to it. A descriptor or -1.
 */
int fake_listen(int node, const char *at, int port);
int fake_accept(int listening, int ms);

/* A header with everything right for a command of @p, ready to be spoilt. */
void fake_cmd(struct fake_peer *p, struct dvk_cmd *cmd, uint32_t code);
void fake_hello(struct fake_peer *p, struct dvk_cmd *cmd, const char *cluster);

/* Writes all of it; false if the connection does not take it. */
bool fake_write(struct fake_peer *p, const void *buf, size_t len);
bool fake_send(struct fake_peer *p, const struct dvk_cmd *cmd,
	       const void *payload);

/* Reads one frame as it is: 1, 0 at the end of the connection, -1 too late. */
int fake_read(struct fake_peer *p, struct dvk_cmd *cmd, void *payload, int ms);

/*
 * Reads till a frame with @code comes, answering HELLOs and skipping news of
 * binds meanwhile. Results as fake_read(); any other frame gives -2.
 */
int fake_expect(struct fake_peer *p, uint32_t code, struct dvk_cmd *cmd,
		void *payload, int ms);

/* True once the other side has closed the connection. */
bool fake_closed(struct fake_peer *p, int ms);

/* Connect and HELLO, as node @self; dies if it is not welcome. */
void fake_join(struct fake_peer *p, int self, int node, const char *from,
	       const char *to, const char *cluster);
void fake_leave(struct fake_peer *p);

/* A request with a message; and the wait for its answer's code. */
void fake_message(struct fake_peer *p, struct dvk_cmd *cmd, uint32_t code,
		  int dcid, int src, int dst);
int fake_result(struct fake_peer *p, uint32_t code, uint32_t seq, int ms);

/* No answer, or the connection is gone. */
#define FAKE_NO_ANSWER	(-100000)

#endif
