// SPDX-License-Identifier: GPL-2.0
/*
 * The life of a connection, as its receiver thread leads it: get one, HELLO,
 * serve it until it is lost, tell everybody, wait a while, again.
 */
#include "link.h"

#include <linux/kthread.h>

#include "auth.h"
#include "wire.h"

#define HELLO_TIMEOUT	(5 * HZ)
#define BACKOFF_MIN	(HZ / 10)
#define BACKOFF_MAX	(5 * HZ)

void dvk_link_error(struct dvk_link *link, int err)
{
	/* The first reason counts. */
	cmpxchg(&link->error, 0, err);
	wake_up(&link->waitq);
}
EXPORT_SYMBOL_GPL(dvk_link_error);

static bool is_dialler(const struct dvk_link *link)
{
	return link->node->nodeid < link->nodeid;
}

static bool should_end(const struct dvk_link *link)
{
	return READ_ONCE(link->stopping) || READ_ONCE(link->error);
}

static void connection_reset(struct dvk_link *link)
{
	u64 session = atomic64_inc_return(&link->node->session);

	/* A refusal may have raised it, see refused(). */
	if ((s64)(session - link->session) <= 0)
		session = link->session + 1;
	link->session = session;
	link->hello_seen = false;
	link->challenged = false;
	link->tx_nr = 0;
	dvk_link_rx_reset(link);
	WRITE_ONCE(link->error, 0);
}

/* Wait for the answer to our HELLO, and answer a CHALLENGE meanwhile. */
static int await_hello(struct dvk_link *link)
{
	long left = HELLO_TIMEOUT;

	while (!READ_ONCE(link->hello_seen) && !should_end(link) && left > 0) {
		left = wait_event_interruptible_timeout(link->waitq,
							READ_ONCE(link->hello_seen) ||
							should_end(link) ||
							/* Pairs with after_header(). */
							smp_load_acquire(&link->rx_state) ==
							DVK_RX_DEFERRED,
							left);
		if (!READ_ONCE(link->hello_seen) && !should_end(link))
			dvk_link_rx_deferred(link);
	}
	if (READ_ONCE(link->hello_seen))
		return 0;
	return READ_ONCE(link->error) ?: -ETIMEDOUT;
}

/* Dial, and say HELLO. */
static int connect_out(struct dvk_link *link)
{
	struct dvk_cmd cmd;
	int ret;

	connection_reset(link);
	ret = link->transport->dial(link);
	if (ret) {
		dvk_link_why_dial(link, ret);
		return ret;
	}
	/* Before anything of the other side is read. */
	dvk_hello_begin(link);
	link->transport->start(link);
	cmd = link->hello;
	mutex_lock(&link->tx_mutex);
	ret = dvk_link_send_hello(link, &cmd);
	mutex_unlock(&link->tx_mutex);
	ret = ret ?: await_hello(link);
	/* What was in the answer is known to who has read it. */
	if (ret && ret != -EACCES && ret != -EPROTO &&
	    !READ_ONCE(link->stopping))
		dvk_link_why(link, true, ret == -ETIMEDOUT ?
			     "somebody is there, and does not speak this protocol" :
			     "it hangs up without a word: another protocol, or it stops");
	return ret;
}

/* Wait to be dialled; the listener has checked the HELLO already. */
static int connect_in(struct dvk_link *link)
{
	struct dvk_cmd cmd;
	u64 peer_session;
	bool keyed;
	void *conn;
	int ret;

	wait_event_interruptible(link->waitq, READ_ONCE(link->stopping) ||
				 READ_ONCE(link->accepted));
	connection_reset(link);
	dvk_hello_fill(link, &cmd, DVK_CMD_HELLO | DVK_CMD_ACK);
	spin_lock_bh(&link->accept_lock);
	conn = link->accepted;
	link->accepted = NULL;
	peer_session = link->accepted_session;
	cmd.c_timestamp_sec = link->accepted_sec;
	cmd.c_timestamp_nsec = link->accepted_nsec;
	keyed = link->accepted_keyed;
	if (keyed) {
		cmd.c_hello.h_features = cpu_to_le32(DVK_HELLO_F_KEYED);
		memcpy(cmd.c_hello.h_proof, link->accepted_proof,
		       DVK_PROOF_LEN);
	}
	spin_unlock_bh(&link->accept_lock);
	if (!conn)
		return -EINTR;

	link->peer_session = peer_session;
	link->hello_seen = true;
	/* After that HELLO, and CHALLENGE and its answer. */
	link->rx_nr = keyed ? 2 : 1;
	link->tx_nr = keyed ? 1 : 0;
	link->transport->attach(link, conn);
	/* Frames may be queued from now on, but the HELLO leaves first. */
	mutex_lock(&link->tx_mutex);
	dvk_link_set_up(link);
	ret = dvk_link_send_hello(link, &cmd);
	mutex_unlock(&link->tx_mutex);
	link->transport->start(link);
	return ret;
}

/* Wait until proxies in user space say that they have a connection. */
static int connect_user(struct dvk_link *link)
{
	int ret;

	connection_reset(link);
	ret = link->transport->dial(link);
	if (ret)
		return ret;
	/* Whom they talk to is theirs to find out. */
	link->hello_seen = true;
	dvk_link_set_up(link);
	link->transport->start(link);
	return 0;
}

static int get_connection(struct dvk_link *link)
{
	if (link->transport->user)
		return connect_user(link);
	return is_dialler(link) ? connect_out(link) : connect_in(link);
}

/*
 * For how long there has been no sign of the peer's life. What it acknowledges is one,
 * too: on a slow line it may be long until all that was sent has arrived, and it
 * has nothing to say before.
 */
static long silence(struct dvk_link *link)
{
	unsigned long last = READ_ONCE(link->last_rx), now = jiffies;
	u64 acked;

	if (link->transport->acked) {
		acked = link->transport->acked(link);
		if (acked != link->acked) {
			link->acked = acked;
			link->last_ack = now;
		}
		if (time_after(link->last_ack, last))
			last = link->last_ack;
	}
	return now - last;
}

/*
 * This node has not said anything for so long; nor is it about to. The peer may hear
 * nothing else of it, for it does not ask as long as its own words take to arrive.
 */
static bool is_silent(const struct dvk_link *link, long limit)
{
	return list_empty_careful(&link->txq) &&
	       (long)(jiffies - READ_ONCE(link->last_tx)) >= limit;
}

/* Serve a connection until it is lost; says why. */
static int serve_connection(struct dvk_link *link)
{
	unsigned long limit;
	long idle;

	link->acked = 0;
	link->last_ack = jiffies;
	while (!should_end(link)) {
		limit = msecs_to_jiffies(READ_ONCE(link->node->limits.keepalive_ms));
		wait_event_interruptible_timeout(link->waitq,
						 should_end(link) ||
						 READ_ONCE(link->accepted) ||
						 /* Pairs with after_header(). */
						 smp_load_acquire(&link->rx_state) ==
						 DVK_RX_DEFERRED,
						 max(limit / 4, 1UL));
		if (should_end(link))
			break;
		/* The peer dials anew: for it this connection is no more. */
		if (READ_ONCE(link->accepted))
			return -ECONNRESET;
		dvk_link_rx_deferred(link);
		if (link->transport->user)
			continue;

		idle = silence(link);
		if (idle >= (long)limit)
			return -ETIMEDOUT;
		if (idle >= (long)limit / 4 || is_silent(link, limit / 4))
			dvk_hello_ping(link);
		dvk_link_flush(link);
	}
	return READ_ONCE(link->error);
}

/* Close the connection and end everything that was in flight over it. */
static void disconnect(struct dvk_link *link)
{
	spin_lock_bh(&link->tx_lock);
	WRITE_ONCE(link->up, false);
	spin_unlock_bh(&link->tx_lock);
	/* Whoever is inside send() comes out; nobody goes in any more. */
	mutex_lock(&link->tx_mutex);
	link->transport->hangup(link);
	mutex_unlock(&link->tx_mutex);
	WRITE_ONCE(link->state, DVK_LINK_CONNECTING);
	dvk_link_purge(link);
	dvk_link_rx_reset(link);
	dvk_link_ops.lost(link, false);
}

void dvk_link_why_begin(struct dvk_link *link)
{
	if (link->transport->user)
		dvk_link_why(link, false, "no proxies are connected to it yet");
	else if (!is_dialler(link))
		dvk_link_why(link, false, "it has not called yet, as nodes with lower ids do");
}

int dvk_link_receiver(void *data)
{
	struct dvk_link *link = data;
	unsigned long backoff = BACKOFF_MIN;
	bool again = false;
	int ret;

	while (!READ_ONCE(link->stopping)) {
		ret = get_connection(link);
		if (!ret && !should_end(link)) {
			backoff = BACKOFF_MIN;
			link->stats.reconnects += again;
			again = true;
			WRITE_ONCE(link->state, DVK_LINK_UP);
			dvk_link_why_over(link);
			pr_info("dvk: node %d: connected to node %d over %s\n",
				link->node->nodeid, link->nodeid, link->tname);
			dvk_link_ops.up(link);
			dvk_link_flush(link);
			ret = serve_connection(link);
			pr_info("dvk: node %d: connection to node %d lost (%d)\n",
				link->node->nodeid, link->nodeid, ret);
			dvk_link_why_lost(link, ret);
		}
		if (dvk_link_priv(link))
			disconnect(link);
		if (is_dialler(link) && !link->transport->user &&
		    !READ_ONCE(link->stopping)) {
			wait_event_interruptible_timeout(link->waitq,
							 READ_ONCE(link->stopping),
							 backoff);
			backoff = min(backoff * 2, (unsigned long)BACKOFF_MAX);
		}
	}
	WRITE_ONCE(link->state, DVK_LINK_DOWN);
	dvk_secret_put(link->secret_used);
	link->secret_used = NULL;

	/* kthread_stop() wants us to be there when it comes. */
	while (!kthread_should_stop())
		wait_event_interruptible(link->waitq, kthread_should_stop());
	return 0;
}
