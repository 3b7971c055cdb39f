/* SPDX-License-Identifier: GPL-2.0 */
/*
 * dvk-proxy: proxies in user space.
 *
 * main.c      the pairs, the end
 * options.c   options and the configuration
 * accept.c    connections that others open
 * peer.c      the life of a connection to a peer, both directions in one
 * original.c  the same of the original kind, a connection for each direction
 * receiver.c  what arrives goes to the core
 * sender.c    what the core has goes out
 * greet.c     who calls
 * stranger.c  what a caller seems to be who is none of ours
 * hello.c     who is there
 * pack.c      payload made smaller
 * tcp.c, tipc.c, udp.c, eth.c  how to reach a node
 * inet.c      addresses of TCP and UDP
 * dgram.c     connections over datagrams
 * window.c    order without loss, for them
 * stream.c    connections of TCP and TIPC
 * conn.c      bytes of a connection
 * peers.c     what the program was told
 * log.c       what it says
 *
 * Each uses only those below it.
 *
 * They speak to the other node as the kernel's own proxies do: one connection
 * for both directions, opened by the node with the lower id, HELLO first. So
 * over TCP and TIPC the other side may be either.
 */
#ifndef _DVK_PROXY_H
#define _DVK_PROXY_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <dvk/dvk.h>
#include "conn.h"

/* A header and its payload. */
struct frame {
	cmd_t cmd;
	proxy_payload_t payload;
};

/* Headers that fit into the payload of another one. */
#define BATCH_MAX	((int)(DVK_MAXCOPYBUF / sizeof(cmd_t)))

struct dgram;

/**
 * struct peer - a node to reach, and the pair that leads there
 * @next: in the list
 * @id: of the node, and of the pair
 * @addr: where it is, as the transport parsed it
 * @addr_len: its length
 * @dgram: its socket, where the transport has one for each peer
 * @listener: original: the socket that it alone calls
 * @lock: protects what follows
 * @changed: when something of it does
 * @conn: the connection, NULL if there is none
 * @up: frames may be sent on it
 * @features: DVK_HELLO_F_* that both ends of it have
 * @tx_nr: number of the latest frame sent on it, for the sender alone
 * @rx_nr: of the next that is received, for the receiver alone
 * @sending: the sender is using it
 * @accepted: a connection that the other node has opened, NULL if none
 * @greeted: there has been one
 * @hello: the HELLO of the latest
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
	struct dgram *dgram;
	int listener;

	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct conn *conn;
	bool up;
	unsigned int features;
	unsigned int tx_nr;
	unsigned int rx_nr;
	bool sending;
	struct conn *accepted;
	bool greeted;
	cmd_t hello;
	int sender_tid;
	int receiver_tid;
	bool bound;
	bool led;
};

/**
 * struct net - a way to reach nodes
 * @name: of the transport
 * @parse_peer: fill in id and address from an argument; NULL if that is good,
 *	else what is wrong
 * @listen: a socket at which @caller arrives, if that is not NULL, else all;
 *	-1 with errno
 * @conn: the connection that an accepted socket is. NULL: what arrives at the
 *	listener are datagrams of strangers
 * @dial: a connection to the peer, or NULL with errno
 * @open: instead of @conn and @dial: the peer's socket, or NULL with errno
 * @is_from: whether an address can be that of the peer
 * @original: the original proxies have it
 */
struct net {
	const char *name;
	const char *(*parse_peer)(const char *arg, struct peer *peer);
	int (*listen)(const struct peer *caller);
	struct conn *(*conn)(int fd);
	struct conn *(*dial)(struct peer *peer);
	struct dgram *(*open)(struct peer *peer);
	bool (*is_from)(const struct peer *peer,
			const struct sockaddr_storage *from);
	bool original;
};

extern const struct net net_tcp, net_tipc, net_udp, net_eth;

/**
 * struct settings - options and the node, set before any thread starts
 * @self: own node id
 * @dvs: what the node is
 * @net: the transport
 * @device: network device, of raw Ethernet
 * @port: to listen at, and of peers without one
 * @keepalive_ms: who has said nothing for so long is lost
 * @features: DVK_HELLO_F_* that are wanted
 * @original: connections of the original proxies
 * @verbose: tell of failed attempts
 */
extern struct settings {
	int self;
	dvs_usr_t dvs;
	const struct net *net;
	const char *device;
	int port;
	int keepalive_ms;
	unsigned int features;
	bool original;
	bool verbose;
} settings;

/* peers.c */
extern struct peer *peers;
struct peer *peer_find(int id);
/* NULL, or what is wrong with the argument that names a peer. */
const char *peer_add(const char *arg);
/* Errors that the end causes are none. */
bool is_stopping(void);
void set_stopping(void);

/* log.c */
void note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Of what others cause: so many and no more. */
void note_limited(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* hello.c */
void hello_fill(cmd_t *cmd, int peer, int code);
void hello_answer(cmd_t *cmd, const cmd_t *hello, int rcode);
/* Heed what a refusal of our HELLO says. */
void hello_refused(const cmd_t *cmd);
/* NULL if it is welcome, else why not. */
const char *hello_check(const cmd_t *cmd, int code);
/* DVK_HELLO_F_* that both sides have. */
unsigned int hello_features(const cmd_t *cmd);

/* pack.c: less than @len bytes, or 0 if it does not get smaller */
size_t pack(const void *from, size_t len, void *to);
/* Up to MAXCOPYBUF bytes, or -1 if these are not packed bytes of so many. */
ssize_t unpack(const void *from, size_t len, void *to);

/* stranger.c */
const char *stranger_guess(const void *bytes, size_t len);

/* greet.c: takes the connection of a caller, who has the address @from */
void greet(struct conn *conn, const struct sockaddr_storage *from);

/* sender.c */
void wait_bound(void);
/* The connection is lost, or the core has no more. */
void send_frames(struct peer *peer, struct conn *conn, struct frame *f,
		 struct frame *spare);

/* receiver.c: until the connection is lost */
struct inbox;
struct inbox *inbox_new(void);
void receive_frames(struct peer *peer, struct conn *conn, struct inbox *in);
/* Whether the core has taken it. */
bool tell_core(struct peer *peer, int status);

/* peer.c, original.c: the two tasks of a peer */
void *peer_sender(void *arg);
void *peer_receiver(void *arg);
void *original_sender(void *arg);
void *original_receiver(void *arg);

/* accept.c */
void accept_loop(int listener, int signals);

/* options.c */
void options_parse(int argc, char **argv);
/* Those that the options name; ends the program if something is wrong. */
void options_add_peers(void);

#endif /* _DVK_PROXY_H */
