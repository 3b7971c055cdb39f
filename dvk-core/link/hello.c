// SPDX-License-Identifier: GPL-2.0
/*
 * HELLO: who is there, and is he still there.
 *
 * The node with the lower id dials and says HELLO; the other answers. On a
 * connection that is up a HELLO asks for a sign of life.
 *
 * What was said once is not taken twice, so that bytes of an old connection,
 * whoever sends them again, open none. A HELLO has a session number above
 * that of its node's earlier ones; the answer repeats the time in the HELLO.
 *
 * With a key both prove that they have it (see auth.h), who dials first: to say
 * HELLO from the peer's address is easier than to be dialled in its place, so
 * whoever does that shall get nothing to guess the key by. One that has a key for
 * the other takes nothing less.
 */
#include "link.h"

#include <linux/in.h>
#include <linux/in6.h>
#include <linux/timekeeping.h>
#include <net/ipv6.h>

#include "auth.h"
#include "wire.h"

/* Ports that only root may bind, unless the host says otherwise. */
#define RESERVED_PORTS	1024

void dvk_hello_fill(struct dvk_link *link, struct dvk_cmd *cmd, u32 code)
{
	struct dvk_node *node = link->node;
	struct timespec64 now;

	memset(cmd, 0, sizeof(*cmd));
	ktime_get_ts64(&now);
	cmd->c_cmd = cpu_to_le32(code);
	cmd->c_timestamp_sec = cpu_to_le64(now.tv_sec);
	cmd->c_timestamp_nsec = cpu_to_le64(now.tv_nsec);
	memcpy(cmd->c_hello.h_cluster, node->name, DVK_NAME_LEN);
	cmd->c_hello.h_session = cpu_to_le64(link->session);
	cmd->c_hello.h_instance = cpu_to_le32(node->instance);
	cmd->c_hello.h_nr_nodes = cpu_to_le32(node->limits.nr_nodes);
	cmd->c_hello.h_max_copybuf = cpu_to_le32(node->limits.max_copybuf);
	cmd->c_hello.h_max_copylen = cpu_to_le32(node->limits.max_copylen);
}

static bool same_cluster(const struct dvk_node *node,
			 const struct dvk_hello *hello)
{
	return !strncmp(hello->h_cluster, node->name, DVK_NAME_LEN);
}

void dvk_hello_ping(struct dvk_link *link)
{
	struct dvk_cmd cmd;

	dvk_hello_fill(link, &cmd, DVK_CMD_HELLO);
	dvk_link_send(link, &cmd, false);
}

static void measure_rtt(struct dvk_link *link, const struct dvk_cmd *cmd)
{
	u64 nsec = le64_to_cpu(cmd->c_timestamp_nsec);
	struct timespec64 now;
	s64 us;
	u64 sec;

	ktime_get_ts64(&now);
	sec = now.tv_sec - le64_to_cpu(cmd->c_timestamp_sec);
	/* The peer may send back what it likes. */
	if (sec >= 3600 || nsec >= NSEC_PER_SEC)
		return;
	us = sec * USEC_PER_SEC + (now.tv_nsec - (s64)nsec) / NSEC_PER_USEC;
	if (us >= 0)
		WRITE_ONCE(link->stats.rtt_us, us);
}

static int answer_ping(struct dvk_link *link, const struct dvk_cmd *ping)
{
	struct dvk_cmd cmd;

	dvk_hello_fill(link, &cmd, DVK_CMD_HELLO | DVK_CMD_ACK);
	cmd.c_timestamp_sec = ping->c_timestamp_sec;
	cmd.c_timestamp_nsec = ping->c_timestamp_nsec;
	dvk_link_send(link, &cmd, false);
	return 0;
}

static bool is_keyed(const struct dvk_cmd *cmd)
{
	return cmd->c_hello.h_features & cpu_to_le32(DVK_HELLO_F_KEYED);
}

/* Whether an answer to HELLO proves all that it has to. */
static bool is_proved(const struct dvk_link *link, const struct dvk_cmd *cmd)
{
	if (!is_keyed(&link->hello))
		return true;
	return link->challenged && is_keyed(cmd) &&
	       dvk_auth_same(cmd->c_hello.h_proof, link->expected);
}

/* What becomes of a caller, if it is not one of refusals[]. */
enum { WELCOME = -1, ASK = -2 };

/* Why a node is turned away. */
enum refusal {
	NO_HELLO,
	OTHER_NODE,
	OTHER_CLUSTER,
	NO_PEER,
	NO_CALLER,
	OTHER_ADDRESS,
	OTHER_HOST,
	HUNG_UP,
	OLD_NUMBER,
	NO_KEY,
	NO_KEY_HERE,
	NO_KEY_AT_ALL,
	FREE_PORT,
	NO_PROOF,
	NO_CHECK,
	OTHER_KEY,
	NEW_KEY,
};

/*
 * How it is told to who is, and what that one tells its users. There it is the
 * caller, so that the words are from its side. About keys all are told the same:
 * an honest node knows the rest, see key_text(), and nobody else needs to.
 */
static const struct {
	int rcode;		/* 0: such a caller is not answered */
	const char *why;	/* for those who turn it away */
	const char *text;	/* for those who are */
} refusals[] = {
	[NO_HELLO] = { .rcode = 0,
		.why = "not a HELLO of this protocol" },
	[OTHER_NODE] = { DVK_EBADNODEID, "for another node",
			 "it has another id" },
	[OTHER_CLUSTER] = { DVK_EDVSINIT, "another cluster",
			    "it is of another cluster, see the names of the DVS" },
	[NO_PEER] = { DVK_ENODEFREE, "not a configured peer",
		      "it does not have this one as a peer, or not enabled" },
	[NO_CALLER] = { DVK_EBADDEST, "the other node must dial",
			"it is the one that dials" },
	[OTHER_ADDRESS] = { DVK_EADDRNOTAVAIL, "wrong address",
			    "it has another address for this one" },
	[OTHER_HOST] = { DVK_ERSCBUSY, "wrong address, and its node is connected",
			 "it has a node with this id already, at another address" },
	[HUNG_UP] = { DVK_ESHUTDOWN, "already hung up", "it stops" },
	[OLD_NUMBER] = { DVK_EEXIST, "the number of an old connection",
			 "the number of an old connection" },
	[NO_KEY] = { .rcode = DVK_EPRIVILEGES,
		.why = "it has no key" },
	[NO_KEY_HERE] = { .rcode = DVK_EPRIVILEGES,
		.why = "it has a key, and there is none for it here" },
	[NO_KEY_AT_ALL] = { .rcode = DVK_EPRIVILEGES,
		.why = "there is no key for it" },
	[FREE_PORT] = { .rcode = DVK_EPRIVILEGES,
		.why = "not from a reserved port, and without a key" },
	[NO_PROOF] = { .rcode = 0,
		.why = "it does not answer the challenge" },
	[NO_CHECK] = { .rcode = DVK_EPRIVILEGES,
		.why = "its key cannot be checked" },
	[OTHER_KEY] = { .rcode = DVK_EPRIVILEGES,
		.why = "it has another key" },
	[NEW_KEY] = { .rcode = DVK_EPRIVILEGES,
		.why = "the key has changed" },
};

/* What is the matter with the keys, as far as who was turned away knows. */
static const char *key_text(const struct dvk_link *link)
{
	if (link->challenged)
		return "it has another key";
	if (is_keyed(&link->hello))
		return "it has no key for this one, which has one for it";
	return "it wants a key, or a call from a port below 1024";
}

static const char *refusal_text(const struct dvk_link *link, s32 rcode)
{
	size_t i;

	if (rcode == -DVK_EPRIVILEGES)
		return key_text(link);
	for (i = 0; i < ARRAY_SIZE(refusals); i++)
		if (refusals[i].text && refusals[i].rcode == -(s64)rcode)
			return refusals[i].text;
	return "no reason that is known here";
}

/*
 * Two nodes with the same id show by turns, where one that is made anew does not
 * return as what it was. accept_lock held.
 */
static bool is_another(struct dvk_link *link, __le32 instance)
{
	bool twice;

	if (!instance || instance == link->instance)
		return false;
	twice = instance == link->instance_before;
	WRITE_ONCE(link->twice, twice);
	link->instance_before = link->instance;
	link->instance = instance;
	return twice;
}

static void say_twice(struct dvk_link *link)
{
	pr_warn_ratelimited("dvk: node %d: there are two nodes with the id %d\n",
			    link->node->nodeid, link->nodeid);
	dvk_link_why(link, false, "there are two nodes with this id");
}

/*
 * The other node turns us away. If that is for our session number, because its
 * record of us is from before our clock was set back, the next is above it.
 */
static void refused(struct dvk_link *link, const struct dvk_cmd *cmd)
{
	u64 highest = le64_to_cpu(cmd->c_hello.h_session);
	s32 rcode = le32_to_cpu(cmd->c_rcode);

	dvk_link_why(link, true, "it refuses this node: %s (%d)",
		     refusal_text(link, rcode), rcode);
	/* Never back: it would let old ones in. Nor at a stranger's word. */
	if (rcode == -DVK_EEXIST && (s64)(highest - link->session) > 0 &&
	    is_proved(link, cmd))
		link->session = highest;
}

void dvk_hello_begin(struct dvk_link *link)
{
	struct dvk_hello *hello = &link->hello.c_hello;

	dvk_hello_fill(link, &link->hello, DVK_CMD_HELLO);
	dvk_link_fill_header(link, &link->hello);
	dvk_secret_put(link->secret_used);
	link->secret_used = dvk_link_secret(link);
	if (link->secret_used) {
		hello->h_features = cpu_to_le32(DVK_HELLO_F_KEYED);
		dvk_auth_nonce(hello->h_proof);
	}
}

int dvk_hello_challenge(struct dvk_link *link, const struct dvk_cmd *cmd)
{
	struct dvk_secret *secret = link->secret_used;
	struct dvk_cmd answer;
	int ret;

	dvk_hello_fill(link, &answer, DVK_CMD_CHALLENGE | DVK_CMD_ACK);
	answer.c_hello.h_features = cpu_to_le32(DVK_HELLO_F_KEYED);
	ret = dvk_auth_proof(secret, DVK_AUTH_DIALLER, &link->hello, cmd,
			     answer.c_hello.h_proof);
	if (!ret)
		ret = dvk_auth_proof(secret, DVK_AUTH_LISTENER, &link->hello,
				     cmd, link->expected);
	if (ret) {
		dvk_link_why(link, true, "the key cannot be used (%d)", ret);
		return -EACCES;
	}
	link->challenged = true;
	mutex_lock(&link->tx_mutex);
	ret = dvk_link_send_hello(link, &answer);
	mutex_unlock(&link->tx_mutex);
	return ret;
}

/* The other node does not say what a peer of this one would. */
static int refuse(struct dvk_link *link, const char *why)
{
	atomic_inc(&link->node->refused);
	dvk_link_why(link, true, "this node refuses it: %s", why);
	return -EACCES;
}

int dvk_hello_rx(struct dvk_link *link, const struct dvk_cmd *cmd)
{
	bool answer = cmd->c_cmd & cpu_to_le32(DVK_CMD_ACK);
	bool twice;

	if (cmd->c_cmd == cpu_to_le32(DVK_CMD_CHALLENGE))
		return link->hello_seen || link->challenged ||
		       !is_keyed(&link->hello) ? -EPROTO : DVK_RX_DEFER;
	if (!answer)
		return link->hello_seen ? answer_ping(link, cmd) : -EPROTO;
	if (link->hello_seen) {
		measure_rtt(link, cmd);
		return 0;
	}
	if (cmd->c_rcode) {
		refused(link, cmd);
		return -EACCES;
	}
	if (!same_cluster(link->node, &cmd->c_hello))
		return refuse(link, refusals[OTHER_CLUSTER].text);
	/* The answer to another HELLO than ours. */
	if (cmd->c_timestamp_sec != link->hello.c_timestamp_sec ||
	    cmd->c_timestamp_nsec != link->hello.c_timestamp_nsec) {
		dvk_link_why(link, true, "it answers another HELLO than this node's");
		return -EACCES;
	}
	if (!is_proved(link, cmd))
		return refuse(link, "it does not prove that it has the key");
	measure_rtt(link, cmd);
	spin_lock_bh(&link->accept_lock);
	twice = is_another(link, cmd->c_hello.h_instance);
	spin_unlock_bh(&link->accept_lock);
	if (twice)
		say_twice(link);
	link->peer_session = le64_to_cpu(cmd->c_hello.h_session);
	link->hello_seen = true;
	/*
	 * From here on, not when the thread has woken: commands may follow in
	 * the same segment, and their answers must find the way open.
	 */
	dvk_link_set_up(link);
	wake_up(&link->waitq);
	return 0;
}

static bool as_ipv6(const struct sockaddr_storage *ss, struct in6_addr *addr)
{
	if (ss->ss_family == AF_INET6) {
		*addr = ((const struct sockaddr_in6 *)ss)->sin6_addr;
		return true;
	}
	if (ss->ss_family != AF_INET)
		return false;
	ipv6_addr_set_v4mapped(((const struct sockaddr_in *)ss)->sin_addr.s_addr,
			       addr);
	return true;
}

bool dvk_addr_same_host(const struct sockaddr_storage *a,
			const struct sockaddr_storage *b)
{
	struct in6_addr a6, b6;

	return as_ipv6(a, &a6) && as_ipv6(b, &b6) && ipv6_addr_equal(&a6, &b6);
}
EXPORT_SYMBOL_GPL(dvk_addr_same_host);

/* Whether only the other host's root can have come from there. */
static bool from_reserved_port(const struct sockaddr_storage *from)
{
	__be16 port;

	if (from->ss_family == AF_INET)
		port = ((const struct sockaddr_in *)from)->sin_port;
	else if (from->ss_family == AF_INET6)
		port = ((const struct sockaddr_in6 *)from)->sin6_port;
	else
		return true;	/* it has no ports */
	return ntohs(port) < RESERVED_PORTS;
}

/* What becomes of a caller, before keys count. Under RCU. */
static int check_caller(struct dvk_listener *listener,
			const struct dvk_cmd *cmd,
			const struct sockaddr_storage *from,
			struct dvk_link **linkp)
{
	struct dvk_node *node = listener->node;
	int caller = (s32)le32_to_cpu(cmd->c_snode);
	struct dvk_link *link;

	if (dvk_wire_check_magic(cmd) ||
	    le32_to_cpu(cmd->c_cmd) != DVK_CMD_HELLO || cmd->c_len)
		return NO_HELLO;
	if ((s32)le32_to_cpu(cmd->c_dnode) != node->nodeid ||
	    !dvk_node_up(node))
		return OTHER_NODE;
	if (!same_cluster(node, &cmd->c_hello))
		return OTHER_CLUSTER;
	link = caller < 0 ? NULL : dvk_link_find(node, caller);
	if (!link || !READ_ONCE(link->enabled) ||
	    READ_ONCE(link->transport) != listener->transport)
		return NO_PEER;
	if (!kref_get_unless_zero(&link->ref))
		return HUNG_UP;
	*linkp = link;
	if (caller > node->nodeid)
		return NO_CALLER;
	if (from && link->addr_set && !dvk_addr_same_host(from, &link->addr))
		return dvk_link_up(link) ? OTHER_HOST : OTHER_ADDRESS;
	return READ_ONCE(link->stopping) ? HUNG_UP : WELCOME;
}

/* Whether who has no key, or says so, may come in without. */
static int check_unkeyed(struct dvk_link *link, const struct dvk_cmd *hello,
			 const struct sockaddr_storage *from)
{
	if (is_keyed(hello))
		return NO_KEY_HERE;
	if (READ_ONCE(link->insecure) == DVK_SECURE)
		return NO_KEY_AT_ALL;
	if (READ_ONCE(link->insecure) == DVK_INSECURE && from &&
	    !from_reserved_port(from))
		return FREE_PORT;
	return WELCOME;
}

static void fill_answer(const struct dvk_node *node, struct dvk_greeting *g,
			u32 code)
{
	struct dvk_cmd *say = &g->say;

	memset(say, 0, sizeof(*say));
	say->c_magic = cpu_to_le32(DVK_WIRE_MAGIC);
	say->c_version = cpu_to_le16(DVK_WIRE_VERSION);
	say->c_hdrlen = cpu_to_le16(sizeof(*say));
	say->c_cmd = cpu_to_le32(code);
	say->c_snode = cpu_to_le32(node->nodeid);
	say->c_dnode = g->heard.c_snode;
}

/* Ask who has said HELLO for a proof. */
static void challenge(const struct dvk_node *node, struct dvk_greeting *g)
{
	g->hello = g->heard;
	fill_answer(node, g, DVK_CMD_CHALLENGE);
	memcpy(g->say.c_hello.h_cluster, node->name, DVK_NAME_LEN);
	g->say.c_hello.h_features = cpu_to_le32(DVK_HELLO_F_KEYED);
	dvk_auth_nonce(g->say.c_hello.h_proof);
	g->challenge = g->say;
	g->challenged = true;
}

/* Whether it is the answer to CHALLENGE. @proof is ours. */
static int check_proof(struct dvk_secret *secret, struct dvk_greeting *g,
		       u8 proof[DVK_PROOF_LEN])
{
	u8 expected[DVK_PROOF_LEN];

	if (dvk_wire_check_magic(&g->heard) || g->heard.c_len ||
	    g->heard.c_cmd != cpu_to_le32(DVK_CMD_CHALLENGE | DVK_CMD_ACK))
		return NO_PROOF;
	if (dvk_auth_proof(secret, DVK_AUTH_DIALLER, &g->hello, &g->challenge,
			   expected) ||
	    dvk_auth_proof(secret, DVK_AUTH_LISTENER, &g->hello, &g->challenge,
			   proof))
		return NO_CHECK;
	return dvk_auth_same(g->heard.c_hello.h_proof, expected) ? WELCOME :
								   OTHER_KEY;
}

/*
 * Hand the connection over to the link's receiver thread. The latest one counts:
 * the peer has given up those before, which is why an older one does not.
 */
static int offer(struct dvk_link *link, const struct dvk_cmd *hello,
		 const struct dvk_secret *secret, const u8 *proof, void *conn,
		 void **oldp, bool *twice)
{
	u64 session = le64_to_cpu(hello->c_hello.h_session);
	int ret = WELCOME;

	spin_lock_bh(&link->accept_lock);
	if (link->secret != secret) {
		ret = NEW_KEY;
	} else if (link->accepted_any &&
		   /* As serial numbers: there is always a next one. */
		   (s64)(session - link->accepted_session) <= 0) {
		ret = OLD_NUMBER;
	} else {
		*oldp = link->accepted;
		*twice = is_another(link, hello->c_hello.h_instance);
		link->accepted = conn;
		link->accepted_session = session;
		link->accepted_any = true;
		link->accepted_sec = hello->c_timestamp_sec;
		link->accepted_nsec = hello->c_timestamp_nsec;
		link->accepted_keyed = secret;
		if (secret)
			memcpy(link->accepted_proof, proof, DVK_PROOF_LEN);
	}
	spin_unlock_bh(&link->accept_lock);
	return ret;
}

/* Listen to one more header of who may be the peer. */
static int hear(struct dvk_link *link, struct dvk_greeting *g,
		const struct sockaddr_storage *from, void *conn, void **oldp,
		bool *twice)
{
	struct dvk_secret *secret = dvk_link_secret(link);
	const struct dvk_cmd *hello = &g->heard;
	u8 proof[DVK_PROOF_LEN];
	int ret;

	if (g->challenged) {
		hello = &g->hello;
		ret = secret ? check_proof(secret, g, proof) : NEW_KEY;
	} else if (!secret) {
		ret = check_unkeyed(link, hello, from);
	} else if (!is_keyed(hello)) {
		ret = NO_KEY;
	} else {
		challenge(link->node, g);
		ret = ASK;
	}
	if (ret == WELCOME)
		ret = offer(link, hello, secret, proof, conn, oldp, twice);
	if (ret == OLD_NUMBER) {
		/* An honest node dials again, with a higher one. */
		g->say.c_hello.h_session =
			cpu_to_le64(READ_ONCE(link->accepted_session));
		if (secret) {
			g->say.c_hello.h_features = cpu_to_le32(DVK_HELLO_F_KEYED);
			memcpy(g->say.c_hello.h_proof, proof, DVK_PROOF_LEN);
		}
	}
	memzero_explicit(proof, sizeof(proof));
	dvk_secret_put(secret);
	return ret;
}

/*
 * For the log, and for the peer's last_error, if the caller says it is one. Then a
 * line when the reason changes: it dials again and again.
 */
static void say_refused(struct dvk_node *node, struct dvk_link *link,
			const struct dvk_cmd *hello,
			const struct sockaddr_storage *from, const char *why)
{
	char text[DVK_ADDR_TEXT];
	const char *addr = from ? dvk_addr_text(from, false, text) : NULL;

	atomic_inc(&node->refused);
	if (link && !dvk_link_why_news(link, "refused a caller%s%s: %s",
				       addr ? " from " : "", addr ?: "", why))
		return;
	pr_warn_ratelimited("dvk: node %d refuses a connection%s%s that says it is node %d: %s\n",
			    node->nodeid, addr ? " from " : "", addr ?: "",
			    (s32)le32_to_cpu(hello->c_snode), why);
}

int dvk_link_accept(struct dvk_listener *listener, struct dvk_greeting *g,
		    const struct sockaddr_storage *from, void *conn)
{
	const struct dvk_cmd *hello = g->challenged ? &g->hello : &g->heard;
	struct dvk_node *node = listener->node;
	struct dvk_link *link = NULL;
	bool twice = false;
	void *old = NULL;
	int ret;

	fill_answer(node, g, DVK_CMD_HELLO | DVK_CMD_ACK);
	rcu_read_lock();
	ret = check_caller(listener, hello, from, &link);
	rcu_read_unlock();
	if (ret == WELCOME)
		ret = hear(link, g, from, conn, &old, &twice);
	if (ret == WELCOME) {
		if (old)
			listener->transport->discard(old);
		if (twice)
			say_twice(link);
		wake_up(&link->waitq);
	} else if (ret != ASK) {
		g->say.c_rcode = cpu_to_le32(-refusals[ret].rcode);
		say_refused(node, link, hello, from, refusals[ret].why);
	}
	if (link)
		dvk_link_put(link);
	if (ret < 0)
		return ret == ASK ? -EAGAIN : 0;
	return refusals[ret].rcode ? -EACCES : -EPROTO;
}
EXPORT_SYMBOL_GPL(dvk_link_accept);
