/* SPDX-License-Identifier: GPL-2.0 */
/*
 * dvk-proxy-tcp and dvk-proxy-tipc: proxies in user space.
 *
 * main.c   options, the pairs, the end
 * accept.c connections that others open
 * peer.c   the life of a connection; the receiver and the sender of a peer
 * hello.c  who is there
 * tcp.c, tipc.c  one of them: how to reach a node
 * bytes.c  bytes of a connection
 * peers.c  options and nodes, as they were given
 * log.c    what the program says
 *
 * Each uses only those below it.
 *
 * They speak to the other node as the kernel's own proxies do: one connection
 * for both directions, opened by the node with the lower id, HELLO first. So
 * the other side may be either.
 */
#ifndef _DVK_PROXY_H
#define _DVK_PROXY_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <dvk/dvk.h>

/* A header and its payload as they go out: one write. */
struct frame {
	cmd_t cmd;
	proxy_payload_t payload;
};

/**
 * struct peer - a node to reach, and the pair that leads there
 * @next: in the list
 * @id: of the node, and of the pair
 * @addr: where it is, as the transport parsed it
 * @addr_len: its length
 * @lock: protects what follows
 * @changed: when something of it does
 * @fd: the connection, -1 if there is none
 * @up: frames may be sent on it
 * @tx_nr: number of the latest frame sent on it, by whoever has @wlock
 * @rx_nr: of the next that is received, for the receiver alone
 * @sending: the sender is using it
 * @accepted: a connection that the other node has opened, -1 if none
 * @greeted: there has been one
 * @hello: the HELLO of the latest
 * @wlock: one writer at a time
 * @sender_tid: 0 until it runs
 * @receiver_tid: the same
 * @bound: the two are a pair of proxies, which the main thread has to unbind
 * @led: the pair leads to the node
 */
struct peer {
	struct peer *next;
	int id;
	struct sockaddr_storage addr;
	socklen_t addr_len;

	pthread_mutex_t lock;
	pthread_cond_t changed;
	int fd;
	bool up;
	unsigned int tx_nr;
	unsigned int rx_nr;
	bool sending;
	int accepted;
	bool greeted;
	cmd_t hello;
	pthread_mutex_t wlock;
	int sender_tid;
	int receiver_tid;
	bool bound;
	bool led;
};

/**
 * struct net - a way to reach nodes
 * @name: of the transport
 * @args_doc: the arguments that name peers, for --help
 * @doc: what the program does, for --help
 * @parse_peer: fill in id and address from an argument; NULL if that is good,
 *	else what is wrong
 * @listen: a socket that listens as node @self, or -1 with errno
 * @dial: a connected socket, or -1 with errno
 * @tune: set what all connections need
 * @is_from: whether an address can be that of the peer
 */
struct net {
	const char *name;
	const char *args_doc;
	const char *doc;
	const char *(*parse_peer)(const char *arg, struct peer *peer);
	int (*listen)(int self);
	int (*dial)(const struct peer *peer);
	void (*tune)(int fd);
	bool (*is_from)(const struct peer *peer,
			const struct sockaddr_storage *from);
};

extern const struct net net;

/* Options and the node, set before any thread starts. */
extern struct settings {
	int self;		/* own node id */
	dvs_usr_t dvs;
	int port;
	int keepalive_ms;
	bool verbose;
} settings;

extern struct peer *peers;
/* Errors that the end causes are none. */
extern bool stopping;

/* peers.c */
struct peer *peer_find(int id);

/* log.c */
void note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* bytes.c */
long now_ms(void);
/* The first header. Returns 0, or -1 with errno. */
int read_header(int fd, cmd_t *cmd, int ms);
bool write_all(int fd, const void *buf, size_t len);

/* hello.c */
void hello_fill(cmd_t *cmd, int peer, int code);
void hello_answer(cmd_t *cmd, const cmd_t *hello, int rcode);
/* Heed what a refusal of our HELLO says. */
void hello_refused(const cmd_t *cmd);
/* NULL if it is welcome, else why not. */
const char *hello_check(const cmd_t *cmd, int code);

/* peer.c */
/* False if the caller's session is not above that of the latest. */
bool peer_take(struct peer *peer, int fd, const cmd_t *hello);
unsigned long peer_session(struct peer *peer);
void *peer_sender(void *arg);
void *peer_receiver(void *arg);

/* accept.c */
void accept_loop(int listener, int signals);

#endif /* _DVK_PROXY_H */
