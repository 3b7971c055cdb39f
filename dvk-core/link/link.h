/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Links: one per configured peer. The core's half of <dvk/transport.h>.
 *
 * link.c  table, configuration, threads, connection states
 * hello.c the HELLO exchange
 * auth.c  keys of peers
 * pair.c  the transport whose proxies are programs
 * tx.c    outgoing frames
 * rx.c    incoming bytes to frames
 */
#ifndef _DVK_LINK_H
#define _DVK_LINK_H

#include <linux/completion.h>
#include <linux/hrtimer.h>
#include <linux/if.h>
#include <linux/inet.h>
#include <linux/kobject.h>
#include <linux/kref.h>
#include <dvk/transport.h>

#include "base/node.h"

struct dvk_secret;
struct dvk_tx_share;

enum dvk_link_state {
	DVK_LINK_DOWN,		/* not enabled, or its transport is missing */
	DVK_LINK_CONNECTING,	/* dialling, or waiting to be dialled */
	DVK_LINK_UP,
};

enum dvk_rx_state {
	DVK_RX_HEADER,		/* collecting a header */
	DVK_RX_PAYLOAD,		/* copying or discarding payload */
	DVK_RX_DEFERRED,	/* the receiver thread must prepare first */
};

/* Whether a peer may do without a key. */
enum dvk_insecure {
	DVK_SECURE,		/* it may not */
	DVK_INSECURE,		/* from a reserved port, if it has ports */
	DVK_INSECURE_ANY,	/* from any */
	DVK_NR_INSECURE
};

/* What a handler wants done with a frame's payload, or a negative errno. */
enum dvk_rx_verdict {
	DVK_RX_DONE = 0,	/* no payload, or payload of no interest */
	DVK_RX_COPY = 1,	/* copy it into link->rx_xfer */
	DVK_RX_DEFER = 2,	/* ask again where sleeping is allowed */
};

/**
 * struct dvk_link_stats - counters of a link since it was configured
 *
 * tx_* are written by the holder of @tx_mutex, rx_* by the receive path.
 */
struct dvk_link_stats {
	u64 tx_msgs;
	u64 tx_bytes;
	u64 tx_zerocopy_bytes;
	u64 rx_msgs;
	u64 rx_bytes;
	atomic64_t bad_frames;
	atomic64_t stale;	/* answers nobody waited for any more */
	atomic64_t lost;	/* calls that failed with a connection */
	u64 reconnects;
	u64 rtt_us;
};

/* Bytes of a reason, with its end. */
#define DVK_WHY_LEN	160

/**
 * struct dvk_link - the connection to one peer, and its configuration
 *
 * Configuration, under node->config:
 * @node: local node
 * @nodeid: the peer's
 * @name: the peer's, "node<id>" unless set
 * @tname: name of the transport wanted
 * @transport: the transport in use; NULL while it is not loaded
 * @enabled: the user wants it to run
 * @addr: parsed by the transport
 * @addr_set: there is one
 * @addr_dev: the device of a link-local one, by name, or empty
 * @local: address to connect from, or of family 0
 * @local_dev: as @addr_dev
 * @key: of TCP-MD5, or NULL; also under @accept_lock
 * @key_len: bytes of it
 * @secret: what both ends prove in HELLO that they have, or NULL; also under
 *	@accept_lock
 * @insecure: enum dvk_insecure
 * @trust: its word counts also where it is about others than those who live on
 *	it: that a requester may copy anything, or that it asks for another node
 * @kobj: /sys/class/dvk/dvk0/peers/N; holds a reference
 * @ref: table, threads, users
 * @rcu: frees it after readers are gone
 * @entry: in the list of all links, under dvk_transports_lock
 *
 * The connection:
 * @priv: the transport's
 * @state: enum dvk_link_state; written by the receiver thread
 * @session: ours; names this connection, and is above that of earlier ones
 * @hello: ours when we dialled; its answer must repeat the time in it: the answer
 *	to an earlier one does not
 * @secret_used: the key that it was said with, or NULL; holds a reference
 * @challenged: a CHALLENGE has come, and was answered
 * @expected: what the answer to HELLO must prove then
 * @peer_session: the peer's
 * @stopping: threads must end
 * @error: negative errno once the connection is lost
 * @hello_seen: the peer has identified itself on this connection
 * @accepted: connection handed over by the listener, to be attached
 * @accepted_session: the peer's number for the latest that was ever accepted;
 *	outlives connections, so that the HELLO of an old one is known as such
 * @accepted_any: there has been one
 * @accepted_sec: time in its HELLO, to be echoed
 * @accepted_nsec: the same, nanoseconds
 * @accepted_keyed: it has proved that it has the key
 * @accepted_proof: and this proves that we do
 * @instance: of the peer, as its latest HELLO said, and
 * @instance_before: the other one that it had before: when that one is back, two
 *	nodes have the same id
 * @twice: that was so with the latest
 * @why: why there is no connection, or why there was none last, for people
 * @why_at: since when, in seconds of the wall clock
 * @why_logged: the kernel's log has it, too
 * @accept_lock: protects @accepted and the twelve after it, @key and @secret
 * @waitq: the receiver thread and dialling sleep here
 * @sender, @receiver: the threads, NULL while stopped; proxies in user space
 *	have no sender thread
 *
 * Proxies in user space, under dvk_pairs_lock (see pair.h):
 * @pair: the pair that leads to the peer, or NULL; holds a reference
 * @by_node_up: the peer was made by dvk_node_up(), not through sysfs
 * @pair_gone: both halves are, which the receiver thread has yet to deal with
 * @pair_work: it shall look at the pair
 * @pair_epoch: counts how often it has, with nothing left to do about losses
 *
 * Output:
 * @tx_mutex: right to call the transport's send()
 * @tx_lock: @txq, @queue_len, @up
 * @txq: frames in order
 * @queue_len: their number
 * @up: frames are accepted
 * @tx_blocked: send() said -EAGAIN and dvk_link_writable() has not come
 * @tx_waitq: the sender thread sleeps here
 * @space_waitq: callers that wait for a shorter queue, or for room in their share
 * @tx_nr: number of the next frame on this connection
 * @max_payload: most bytes of payload in a frame, 0 if only the node limits it
 * @trains: a frame may be followed by others in its payload
 * @hold_timer: when it ends, frames held back are sent (dvk_link_send_held())
 * @pulled: a proxy in user space waits in @tx_waitq and takes frames from @txq
 *
 * Input, owned by the receive path:
 * @rx_state: enum dvk_rx_state
 * @rx_nr: number of the next header on this connection
 * @rx_have: bytes of @rx_cmd present
 * @rx_left: payload bytes still to come
 * @rx_xfer: copy that the payload belongs to, or NULL to discard it
 * @rx_cmd: the header
 * @refused_src: requester of the copy refused last, and
 * @refused_seq: its number: the rest of it is passed over in silence
 * @last_rx: jiffies when anything last arrived
 * @acked: bytes that the peer has acknowledged, when last looked at
 * @last_ack: jiffies when there were more of them; both are the receiver thread's
 * @last_tx: jiffies when a frame last left
 */
struct dvk_link {
	struct dvk_node *node;
	int nodeid;
	char name[DVK_NAME_LEN];
	char tname[DVK_NAME_LEN];
	struct dvk_transport *transport;
	bool enabled;
	bool addr_set;
	struct sockaddr_storage addr;
	char addr_dev[IFNAMSIZ];
	struct sockaddr_storage local;
	char local_dev[IFNAMSIZ];
	u8 *key;
	int key_len;
	struct dvk_secret *secret;
	enum dvk_insecure insecure;
	bool trust;
	struct kobject kobj;
	struct kref ref;
	struct rcu_head rcu;
	struct list_head entry;

	void *priv;
	enum dvk_link_state state;
	u64 session;
	struct dvk_cmd hello;
	struct dvk_secret *secret_used;
	bool challenged;
	u8 expected[DVK_PROOF_LEN];
	u64 peer_session;
	bool stopping;
	int error;
	bool hello_seen;
	void *accepted;
	u64 accepted_session;
	bool accepted_any;
	__le64 accepted_sec;
	__le64 accepted_nsec;
	bool accepted_keyed;
	u8 accepted_proof[DVK_PROOF_LEN];
	__le32 instance;
	__le32 instance_before;
	bool twice;
	char why[DVK_WHY_LEN];
	time64_t why_at;
	bool why_logged;
	spinlock_t accept_lock;
	wait_queue_head_t waitq;
	struct task_struct *sender;
	struct task_struct *receiver;

	struct dvk_pair *pair;
	bool by_node_up;
	bool pair_gone;
	bool pair_work;
	unsigned int pair_epoch;

	struct mutex tx_mutex ____cacheline_aligned_in_smp;
	spinlock_t tx_lock;
	struct list_head txq;
	unsigned int queue_len;
	bool up;
	bool tx_blocked;
	bool pulled;
	bool trains;
	u32 tx_nr;
	unsigned int max_payload;
	wait_queue_head_t tx_waitq;
	wait_queue_head_t space_waitq;
	unsigned long last_tx;
	struct hrtimer hold_timer;

	enum dvk_rx_state rx_state ____cacheline_aligned_in_smp;
	u32 rx_nr;
	unsigned int rx_have;
	unsigned int rx_left;
	struct dvk_xfer *rx_xfer;
	struct dvk_cmd rx_cmd;
	__le32 refused_src;
	__le32 refused_seq;
	unsigned long last_rx;
	u64 acked;
	unsigned long last_ack;

	struct dvk_link_stats stats;
};

/**
 * struct dvk_link_ops - what those above do about links and frames
 *
 * Given once, to dvk_link_init(). A frame without payload costs one call of
 * these; payload one more for each piece that arrives, and one at its end.
 *
 * @rx: a header has arrived, checked by dvk_wire_check(); @may_sleep: process
 *	context, without spinlocks, else a softirq. Returns enum dvk_rx_verdict,
 *	or a negative errno for a frame that no honest peer sends: the
 *	connection is closed. Who returns DVK_RX_COPY has set link->rx_xfer.
 * @xfer_fill: the next @len bytes of payload of link->rx_xfer are in @skb from
 *	@offset on. Any context but hard interrupts, like the next two
 * @xfer_filled: all payload of that frame has arrived; takes link->rx_xfer away
 * @xfer_put: drop the reference on a copy that a frame or the link holds
 * @up: the connection stands, frames may be sent. Receiver thread
 * @lost: it does not any more: nothing that was asked over it will be answered.
 *	@all: nor will there be another, or all programs there are gone. Process
 *	context, may sleep; configuration locks may be held
 * @quiesce: wait for work that uses links; node->config is held
 * @added: a peer has been configured; node->setup and the configuration locks
 *	are held. Returns 0, or a negative errno that forbids it
 * @removed: peer @nodeid is out of the table; the same locks are held
 * @gone: the same later, with node->setup and no other lock
 */
struct dvk_link_ops {
	int (*rx)(struct dvk_link *link, const struct dvk_cmd *cmd,
		  bool may_sleep);
	void (*xfer_fill)(struct dvk_xfer *x, struct sk_buff *skb,
			  unsigned int offset, unsigned int len);
	void (*xfer_filled)(struct dvk_link *link, const struct dvk_cmd *cmd);
	void (*xfer_put)(struct dvk_xfer *x);
	void (*up)(struct dvk_link *link);
	void (*lost)(struct dvk_link *link, bool all);
	void (*quiesce)(void);
	int (*added)(struct dvk_link *link);
	void (*removed)(struct dvk_node *node, int nodeid);
	void (*gone)(struct dvk_link *link);
};

extern struct dvk_link_ops dvk_link_ops;	/* rx.c */

/* Look-up by the peer's node id, under RCU. NULL if not configured. */
struct dvk_link *dvk_link_find(struct dvk_node *node, int nodeid);
/* The same with a reference. */
struct dvk_link *dvk_link_get(struct dvk_node *node, int nodeid);
void dvk_link_put(struct dvk_link *link);
/* The peer's key, with a reference, or NULL. */
struct dvk_secret *dvk_link_secret(struct dvk_link *link);

static inline bool dvk_link_up(const struct dvk_link *link)
{
	return READ_ONCE(link->up);
}

/*
 * Configuration, for sysfs. Process context; dvk_link_add() and dvk_link_del()
 * take node->setup, all take what other locks they need. They
 * return 0 or a negative errno:
 * -EEXIST, -ENOENT, -EBUSY (enabled), -EINVAL, -EDESTADDRREQ (no address),
 * -ENOKEY (neither a key nor insecure), -ENODEV (DVS not initialised)
 */
int dvk_link_add(struct dvk_node *node, int nodeid);
int dvk_link_del(struct dvk_node *node, int nodeid);
int dvk_link_set_name(struct dvk_link *link, const char *name);
int dvk_link_set_transport(struct dvk_link *link, const char *name);
int dvk_link_set_address(struct dvk_link *link, const char *text);
int dvk_link_set_enabled(struct dvk_link *link, bool on);
/*
 * The key for HELLO; none if @len is 0, which an enabled peer must be allowed to
 * do without. A connection that there is ends, and is made anew.
 */
int dvk_link_set_secret(struct dvk_link *link, const char *key, size_t len);
int dvk_link_set_insecure(struct dvk_link *link, unsigned int insecure);
/* The same for that of TCP-MD5. */
int dvk_link_set_key(struct dvk_link *link, const char *key, size_t len);
ssize_t dvk_link_show_address(struct dvk_link *link, char *buf);
/* The address to connect from; none if @text is empty. */
int dvk_link_set_local(struct dvk_link *link, const char *text);
ssize_t dvk_link_show_local(struct dvk_link *link, char *buf);
const char *dvk_link_state_name(const struct dvk_link *link);

/* Hang up and forget all peers; node->setup held. */
void dvk_link_del_all(struct dvk_node *node);

int dvk_link_init(const struct dvk_link_ops *ops);
void dvk_link_exit(void);

/* --- tx.c --- */

/**
 * dvk_link_send() - send a command
 * @link: the link, found under RCU or referenced
 * @cmd: everything but the fields of the connection (magic, version, nodes);
 *	those are filled in here
 * @may_block: process context without locks: the frame is sent from here when
 *	nothing is queued before it
 *
 * Otherwise any context but hard interrupts: the frame is queued for the
 * sender thread. If it cannot be queued the connection is given up, so that
 * nobody waits for it in vain. Never waits.
 * Return: 0 or -DVK_ENOTCONN.
 */
int dvk_link_send(struct dvk_link *link, struct dvk_cmd *cmd, bool may_block);
/* The same; while it queues it is of @share, if that is not NULL. */
int dvk_link_send_for(struct dvk_link *link, struct dvk_cmd *cmd,
		      struct dvk_tx_share *share, bool may_block);

/*
 * The share of one sender; NULL if there is no memory. Who has it may put it while
 * frames of it queue.
 */
struct dvk_tx_share *dvk_tx_share_alloc(gfp_t gfp);
void dvk_tx_share_put(struct dvk_tx_share *share);

/**
 * dvk_link_has_room() - whether a sender may queue one more frame
 * @link: the link
 * @share: his
 * @nowait: he does not want to wait for many others either
 *
 * What a node asks of another waits for the line in one queue. Each endpoint
 * has a share of it, so that none takes all; and one that has nothing in it may
 * always put something there. It does not hold for answers: there is one for
 * each request. Who has no room sleeps in @space_waitq until he has.
 */
bool dvk_link_has_room(const struct dvk_link *link,
		       const struct dvk_tx_share *share, bool nowait);

/**
 * dvk_link_send_held() - send a command with those that follow
 * @link: the link, referenced
 * @cmd: as for dvk_link_send()
 *
 * For when another one will soon go the same way: both then share what a
 * segment costs. It goes out with the next dvk_link_send(), when many are held,
 * or after the node's tx_hold_us microseconds. Process context without locks.
 * Return: as dvk_link_send().
 */
int dvk_link_send_held(struct dvk_link *link, struct dvk_cmd *cmd);
void dvk_link_hold_init(struct dvk_link *link);

/*
 * Send a frame with payload. Consumes @frame (from dvk_frame_alloc()) and its
 * reference on the copy also in case of an error. Process context. If @share
 * is NULL, which is a worker's, waits until the queue is not long; who has one has
 * waited for room.
 */
int dvk_link_send_frame(struct dvk_link *link, struct dvk_frame *frame,
			struct dvk_tx_share *share, bool more);
/**
 * struct dvk_train - whole frames that follow in the payload of another
 * @nr: their number
 * @cmds: their headers, in a page of its own
 * @bvec: all of the payload, the headers included
 */
struct dvk_train {
	unsigned int nr;
	struct dvk_cmd *cmds;
	struct bio_vec bvec[];
};

/* --- train.c --- */

/* One of @nr frames, with room for @nr_bvec pieces; NULL if there is no memory. */
struct dvk_train *dvk_train_alloc(unsigned int nr, unsigned int nr_bvec);
/* One without others, which takes over a reference on @page, also if it fails. */
struct dvk_train *dvk_train_of_page(struct page *page, unsigned int len);
void dvk_train_free(struct dvk_train *train);

/*
 * Send a command with the first @len bytes of a page as its data; consumes a
 * reference on the page. Does not wait for space. Process context. Return: as
 * dvk_link_send(), -DVK_ENOMEM.
 */
int dvk_link_send_page(struct dvk_link *link, const struct dvk_cmd *cmd,
		       struct page *page, unsigned int len);

struct dvk_frame *dvk_frame_alloc(gfp_t gfp);
void dvk_frame_free(struct dvk_frame *frame);

int dvk_link_sender(void *data);
/* Forget queued frames; nobody may call send() any more. */
void dvk_link_purge(struct dvk_link *link);
int dvk_tx_init(void);
void dvk_tx_exit(void);

/*
 * Send what is queued, if nobody else is about to. Process context, without a
 * socket lock. The receiver thread calls it after whatever it does, for frames
 * that it queues wake nobody.
 */
void dvk_link_flush(struct dvk_link *link);
/*
 * For proxies in user space: the first frame of the queue, or NULL. It is the
 * caller's: dvk_link_pulled() when the proxy has it, which frees it, or
 * dvk_link_unpull() to put it back. One caller at a time. Process context.
 */
struct dvk_frame *dvk_link_pull(struct dvk_link *link);
void dvk_link_pulled(struct dvk_link *link, struct dvk_frame *frame);
void dvk_link_unpull(struct dvk_link *link, struct dvk_frame *frame);
/* HELLO and its answer, which may leave before the link is up. */
int dvk_link_send_hello(struct dvk_link *link, struct dvk_cmd *cmd);
/* Accept frames from now on. Any context. */
void dvk_link_set_up(struct dvk_link *link);

/* --- rx.c --- */
void dvk_link_rx_reset(struct dvk_link *link);
/* Receiver thread: do what the receive path deferred, then resume it. */
void dvk_link_rx_deferred(struct dvk_link *link);

/* --- hello.c --- */
void dvk_hello_fill(struct dvk_link *link, struct dvk_cmd *cmd, u32 code);
/* Receiver thread: make link->hello, with which to dial, and remember the key. */
void dvk_hello_begin(struct dvk_link *link);
/* Receiver thread: CHALLENGE has come. 0 or a negative errno. */
int dvk_hello_challenge(struct dvk_link *link, const struct dvk_cmd *cmd);
/* The fields of the connection: magic, version, nodes. */
void dvk_link_fill_header(const struct dvk_link *link, struct dvk_cmd *cmd);
/*
 * Receive path: HELLO, its answer, or CHALLENGE. DVK_RX_DONE, DVK_RX_DEFER or a
 * negative errno.
 */
int dvk_hello_rx(struct dvk_link *link, const struct dvk_cmd *cmd);
/* Ask whether the peer is alive. */
void dvk_hello_ping(struct dvk_link *link);

/* --- link_run.c --- */
int dvk_link_receiver(void *data);
/* Why there is no connection yet. Before anybody can call; config held. */
void dvk_link_why_begin(struct dvk_link *link);

/* --- link_why.c --- */

/**
 * dvk_link_why() - there is no connection, or somebody is not let in
 * @link: the link
 * @log: write it to the log as well, if it is news
 * @fmt: the reason
 *
 * For last_error. The same reason again is no news, unless the connection was up
 * in between. Any context but hard interrupts.
 */
__printf(3, 4)
void dvk_link_why(struct dvk_link *link, bool log, const char *fmt, ...);
/* The same, for those who write more to the log: whether they shall. */
__printf(2, 3)
bool dvk_link_why_news(struct dvk_link *link, const char *fmt, ...);
/* The same as dvk_link_why(), of a dial() or a connection that ended with @err. */
void dvk_link_why_dial(struct dvk_link *link, int err);
void dvk_link_why_lost(struct dvk_link *link, int err);
/* It is up: the next reason is news. */
void dvk_link_why_over(struct dvk_link *link);
/* A copy, and since when; an empty one if there was none. */
time64_t dvk_link_get_why(struct dvk_link *link, char why[DVK_WHY_LEN]);
/* The peer's address for people, or "node N" without one. */
#define DVK_ADDR_TEXT	(INET6_ADDRSTRLEN + sizeof("[]:65535"))
const char *dvk_addr_text(const struct sockaddr_storage *addr, bool port,
			  char text[DVK_ADDR_TEXT]);

#endif /* _DVK_LINK_H */
