/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The interface between the core (dvk.ko) and a transport.
 *
 * A transport moves bytes between two nodes and knows nothing about
 * endpoints. The core owns what all transports share: the table of peers and
 * its sysfs, one sender and one receiver kernel thread per peer, the queue of
 * outgoing frames, the HELLO exchange, keep-alive, back-off and the meaning of
 * frames. A transport supplies a listener per namespace, a way to dial, a
 * non-blocking send, and calls dvk_link_rx() with what arrives.
 *
 * Life of a link (one per peer, it outlives its connections):
 *
 *	set_address()	any time the link is not enabled
 *	  dial()	or attach(), from the receiver thread
 *	  start()	data may arrive from here on: dvk_link_rx()
 *	    send()	whenever the core has a frame
 *	    resume()	after dvk_link_rx() asked for a process context
 *	  hangup()	always called once after a successful dial() or attach()
 *	  ... and again from dial(), until the link is disabled
 *
 * A transport reports loss with dvk_link_error() and room for more output
 * with dvk_link_writable(), both from any context.
 *
 * For transports over kernel sockets <dvk/sock.h> has most of listen() and
 * dial().
 */
#ifndef _DVK_TRANSPORT_H
#define _DVK_TRANSPORT_H

#include <linux/bvec.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/skbuff.h>
#include <linux/socket.h>
#include <linux/spinlock.h>
#include <linux/uio.h>
#include <linux/wait.h>
#include <net/net_namespace.h>
#include <linux/dvk.h>

struct dvk_link;
struct dvk_listener;
struct dvk_node;
struct dvk_train;
struct dvk_xfer;

/* Most bytes of the key that a peer is known by: that of TCP-MD5. */
#define DVK_KEY_MAX	80

/* Bytes of payload that follow the header, of frames with a valid header. */
#define DVK_FRAME_MAX	(sizeof(struct dvk_cmd) + DVK_MAXCOPYBUF)

/**
 * struct dvk_frame - one frame on its way out
 * @node: in the link's queue; core only
 * @xfer: the copy that owns the payload's pages, or NULL; core only
 * @payload: payload not yet sent (ITER_BVEC), empty if there is none. The pages
 *	are pinned until the frame is sent or dropped and pass sendpage_ok(): a
 *	transport may hand them to the network by reference (each fragment
 *	takes its own page reference), and need not copy.
 * @hdr_sent: bytes of @cmd already sent; written by the transport
 * @cmd: the header, complete and in wire order; it lasts as long as the frame
 * @train: whole frames that follow in @payload, or NULL; core only
 */
struct dvk_frame {
	struct list_head node;
	struct dvk_xfer *xfer;
	struct iov_iter payload;
	unsigned int hdr_sent;
	struct dvk_cmd *cmd;
	struct dvk_train *train;
};

/**
 * struct dvk_transport - a transport, as registered by its module
 * @name: what users write into a peer's "transport" attribute
 * @owner: the module
 * @needs_address: a link can be enabled only when it has an address
 * @byte_stream: frames have no bounds for it: the payload of one may be followed
 *	by whole frames
 * @user: core only: proxies in user space. Its dial() waits until they say that
 *	they are connected, so there is no HELLO, keep-alive or back-off, and
 *	they take frames from the queue, so there is no sender thread
 * @listen: start to accept connections in @net. Called in process context
 *	before the first link of the namespace is enabled, and never again
 *	until @unlisten. @port is the node's "port" attribute; transports
 *	without ports ignore it. Returns 0 or a negative errno. A new
 *	connection is read header by header (bounded in time and number), and
 *	each is passed to dvk_link_accept().
 * @unlisten: stop; no accept runs after it returns. May sleep.
 * @set_address: parse and store the peer's address in the link's addr. Process
 *	context, link not enabled. Returns 0 or -EINVAL. NULL if the transport
 *	finds a peer by its node id alone.
 * @show_address: print the address with a newline, returns the length. NULL
 *	with @set_address.
 * @set_local: parse and store the address that dial() connects from, in the link's
 *	local. As @set_address. NULL if there is no choice.
 * @show_local: print it with a newline, an empty line if there is none; returns
 *	the length. NULL with @set_local.
 * @set_key: the peer's key, dvk_link_key(), has changed, or counts from now on, or
 *	(@on is false) no longer: whoever connects to @listener from the link's
 *	address must have it. When it returns, no connection made before will be
 *	passed to dvk_link_accept(). Process context. dial() looks for the key by
 *	itself. Returns 0 or a negative errno. NULL if the transport knows no keys.
 * @dial: open a connection to the link's address. Process context; may block
 *	for at most five seconds and must return early, with -EINTR, once
 *	dvk_link_stopping() says so. Stores its state in the link's priv.
 *	Returns 0 or a negative errno, after which nothing is left open.
 * @attach: take over @conn, the argument of dvk_link_accept(), into the link's
 *	priv. Process context, cannot fail.
 * @discard: close @conn, a connection that is not attached after all.
 * @start: install the callbacks; dvk_link_rx() may be called from here on,
 *	also from within this call for data that arrived earlier.
 * @send: send as much of @frame as possible without blocking, updating
 *	its hdr_sent and payload. Process context, one caller at a time per
 *	link. @more says that another frame follows at once. Returns 0 when
 *	all of the frame is sent, -EAGAIN when the rest must wait for
 *	dvk_link_writable(), or another negative errno if the connection is
 *	lost. Adds bytes handed over by reference to *@zerocopy.
 * @resume: go on calling dvk_link_rx() with may_sleep set for data that
 *	is there already; called from the receiver thread after
 *	dvk_link_rx() had consumed less than offered.
 * @acked: how many bytes the other side has acknowledged on this connection: a sign
 *	of its life, if little comes from it. Called from the receiver thread. NULL
 *	if that is not known.
 * @hangup: close the connection. When it returns no callback of it runs
 *	or will run. Process context, may sleep.
 */
struct dvk_transport {
	const char *name;
	struct module *owner;
	bool needs_address;
	bool byte_stream;
	bool user;

	int (*listen)(struct dvk_listener *listener, struct net *net, u16 port);
	void (*unlisten)(struct dvk_listener *listener);
	int (*set_address)(struct dvk_link *link, const char *text);
	ssize_t (*show_address)(struct dvk_link *link, char *buf);
	int (*set_local)(struct dvk_link *link, const char *text);
	ssize_t (*show_local)(struct dvk_link *link, char *buf);
	int (*set_key)(struct dvk_listener *listener, struct dvk_link *link,
		       bool on);
	int (*dial)(struct dvk_link *link);
	void (*attach)(struct dvk_link *link, void *conn);
	void (*discard)(void *conn);
	void (*start)(struct dvk_link *link);
	int (*send)(struct dvk_link *link, struct dvk_frame *frame, bool more,
		    u64 *zerocopy);
	void (*resume)(struct dvk_link *link);
	u64 (*acked)(struct dvk_link *link);
	void (*hangup)(struct dvk_link *link);

	/* core only */
	struct list_head entry;
};

/**
 * struct dvk_listener - a transport's listener in one namespace
 * @node: the local node it accepts for; the argument of dvk_link_accept()
 * @transport: whose it is; core only
 * @entry: in the node's list; core only
 * @priv: the transport's
 */
struct dvk_listener {
	struct dvk_node *node;
	struct dvk_transport *transport;
	struct list_head entry;
	void *priv;
};

/**
 * dvk_transport_register() - make a transport available
 * @transport: filled in by the caller, stays alive until unregistered
 *
 * Links configured for it earlier are started. Process context.
 * Return: 0, or -EEXIST if the name is taken.
 */
int dvk_transport_register(struct dvk_transport *transport);

/**
 * dvk_transport_unregister() - take a transport away
 * @transport: a registered transport
 *
 * Hangs up and stops every link that uses it, in all namespaces; calls in
 * flight over them fail with -DVK_ENOTCONN. When it returns no function of
 * the transport runs or will run. Process context, sleeps.
 */
void dvk_transport_unregister(struct dvk_transport *transport);

/* What a transport may read and keep in a link. */
struct net *dvk_link_net(const struct dvk_link *link);
int dvk_link_nodeid(const struct dvk_link *link);
/* Room for an address that the transport parses, and its own pointer. */
struct sockaddr_storage *dvk_link_addr(struct dvk_link *link);
/* Room for the name of its device, IFNAMSIZ bytes. */
char *dvk_link_addr_dev(struct dvk_link *link);
/* The same for the address to connect from; family 0: any. */
struct sockaddr_storage *dvk_link_local(struct dvk_link *link);
char *dvk_link_local_dev(struct dvk_link *link);
void *dvk_link_priv(const struct dvk_link *link);
void dvk_link_set_priv(struct dvk_link *link, void *priv);

/*
 * A copy of the peer's key, to be wiped after use. Any context but hard
 * interrupts. Return: its length, 0 if it has none.
 */
int dvk_link_key(struct dvk_link *link, u8 key[DVK_KEY_MAX]);

/* The id of the node that a listener accepts for. */
int dvk_listener_nodeid(const struct dvk_listener *listener);

/* True once the link is being disabled: blocking calls must return. */
bool dvk_link_stopping(const struct dvk_link *link);
/* A wait queue that is woken when dvk_link_stopping() becomes true. */
wait_queue_head_t *dvk_link_waitq(struct dvk_link *link);

/**
 * struct dvk_greeting - what is said before a connection is a peer's
 * @heard: the header that has arrived last
 * @say: what to say to it
 * @hello: the first header; core only
 * @challenge: what it was answered with, if @challenged; core only
 * @challenged: @heard must prove something; core only
 *
 * All zero for a new connection.
 */
struct dvk_greeting {
	struct dvk_cmd heard;
	struct dvk_cmd say;
	struct dvk_cmd hello;
	struct dvk_cmd challenge;
	bool challenged;
};

/**
 * dvk_link_accept() - find the link that a new connection belongs to
 * @listener: where it came in
 * @greeting: its @heard is a header that has just arrived, not checked yet
 * @from: address of the other side, for transports that have addresses, else
 *	NULL. The transport's addr_match rule is that of
 *	dvk_addr_same_host(): a configured address must agree.
 * @conn: given to attach() or discard() later, from the receiver thread
 *
 * Process context. Return: 0 if the core has taken @conn over; -EAGAIN if
 * greeting->say is to be sent and another header to be read, for which this is
 * called again; another negative errno if the connection is refused (it is
 * counted and logged here): it stays the caller's to close, and greeting->say is
 * worth sending before if it is -EACCES.
 */
int dvk_link_accept(struct dvk_listener *listener,
		    struct dvk_greeting *greeting,
		    const struct sockaddr_storage *from, void *conn);

/**
 * dvk_link_rx() - bytes have arrived
 * @link: the link
 * @skb: holds them
 * @offset: where they start in @skb
 * @len: how many
 * @may_sleep: process context, no spinlock held (a socket lock may be)
 *
 * Any context with bottom halves disabled, or process context; the calls of
 * one link must be serialised by the transport (the socket lock does).
 *
 * Return: the number of bytes consumed. Less than @len means: keep the rest
 * and stop; the core calls resume() from its receiver thread, or closes the
 * connection.
 */
size_t dvk_link_rx(struct dvk_link *link, struct sk_buff *skb,
		   unsigned int offset, size_t len, bool may_sleep);

/* The transport can take more output after send() said -EAGAIN. Any context. */
void dvk_link_writable(struct dvk_link *link);

/* The connection is lost; @err (negative errno) says why. Any context. */
void dvk_link_error(struct dvk_link *link, int err);

/* True if both addresses are of the same host, ports aside. */
bool dvk_addr_same_host(const struct sockaddr_storage *a,
			const struct sockaddr_storage *b);

#endif /* _DVK_TRANSPORT_H */
