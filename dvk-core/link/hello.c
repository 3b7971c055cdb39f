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
 */
#include "link.h"

#include <linux/in.h>
#include <linux/in6.h>
#include <linux/timekeeping.h>
#include <net/ipv6.h>

#include "wire.h"

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

/*
 * The other node turns us away. If that is for our session number, because its
 * record of us is from before our clock was set back, the next is above it.
 */
static void refused(struct dvk_link *link, const struct dvk_cmd *cmd)
{
	u64 highest = le64_to_cpu(cmd->c_hello.h_session);
	s32 rcode = le32_to_cpu(cmd->c_rcode);

	pr_info_ratelimited("dvk: node %d refuses this node (%d)\n",
			    link->nodeid, rcode);
	/* Never back: it would let old ones in. */
	if (rcode == -DVK_EEXIST && (s64)(highest - link->session) > 0)
		link->session = highest;
}

int dvk_hello_rx(struct dvk_link *link, const struct dvk_cmd *cmd)
{
	bool answer = cmd->c_cmd & cpu_to_le32(DVK_CMD_ACK);

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
	if (!same_cluster(link->node, &cmd->c_hello)) {
		atomic_inc(&link->node->refused);
		pr_warn_ratelimited("dvk: node %d refuses node %d: another cluster\n",
				    link->node->nodeid, link->nodeid);
		return -EACCES;
	}
	/* The answer to another HELLO than ours. */
	if (cmd->c_timestamp_sec != link->hello_sec ||
	    cmd->c_timestamp_nsec != link->hello_nsec)
		return -EACCES;
	measure_rtt(link, cmd);
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

/* Why a caller is turned away, or 0. Under RCU. */
static int check_caller(struct dvk_listener *listener,
			const struct dvk_cmd *cmd,
			const struct sockaddr_storage *from,
			struct dvk_link **linkp, const char **why)
{
	struct dvk_node *node = listener->node;
	int caller = (s32)le32_to_cpu(cmd->c_snode);
	struct dvk_link *link;

	*why = "not a HELLO of this protocol";
	if (dvk_wire_check_magic(cmd) ||
	    le32_to_cpu(cmd->c_cmd) != DVK_CMD_HELLO || cmd->c_len)
		return -EPROTO;
	*why = "for another node";
	if ((s32)le32_to_cpu(cmd->c_dnode) != node->nodeid ||
	    !dvk_node_up(node))
		return -EACCES;
	*why = "another cluster";
	if (!same_cluster(node, &cmd->c_hello))
		return -EACCES;
	*why = "not a configured peer";
	link = caller < 0 ? NULL : dvk_link_find(node, caller);
	if (!link || !READ_ONCE(link->enabled) ||
	    READ_ONCE(link->transport) != listener->transport)
		return -EACCES;
	*why = "the other node must dial";
	if (caller > node->nodeid)
		return -EACCES;
	*why = "wrong address";
	if (from && link->addr_set && !dvk_addr_same_host(from, &link->addr))
		return -EACCES;
	*why = "already hung up";
	if (READ_ONCE(link->stopping) || !kref_get_unless_zero(&link->ref))
		return -EACCES;
	*linkp = link;
	return 0;
}

/*
 * Hand the connection over to the link's receiver thread. The latest one counts:
 * the peer has given up those before, which is why an older one does not.
 */
static int offer(struct dvk_link *link, const struct dvk_cmd *cmd, void *conn,
		 void **oldp)
{
	u64 session = le64_to_cpu(cmd->c_hello.h_session);
	int ret = 0;

	spin_lock_bh(&link->accept_lock);
	/* Compared like serial numbers: there is always a next one. */
	if (link->accepted_any &&
	    (s64)(session - link->accepted_session) <= 0) {
		ret = -EEXIST;
	} else {
		*oldp = link->accepted;
		link->accepted = conn;
		link->accepted_session = session;
		link->accepted_any = true;
		link->accepted_sec = cmd->c_timestamp_sec;
		link->accepted_nsec = cmd->c_timestamp_nsec;
	}
	spin_unlock_bh(&link->accept_lock);
	return ret;
}

static void fill_refusal(const struct dvk_node *node,
			 const struct dvk_cmd *cmd, struct dvk_cmd *refusal)
{
	memset(refusal, 0, sizeof(*refusal));
	refusal->c_magic = cpu_to_le32(DVK_WIRE_MAGIC);
	refusal->c_version = cpu_to_le16(DVK_WIRE_VERSION);
	refusal->c_hdrlen = cpu_to_le16(sizeof(*refusal));
	refusal->c_cmd = cpu_to_le32(DVK_CMD_HELLO | DVK_CMD_ACK);
	refusal->c_snode = cpu_to_le32(node->nodeid);
	refusal->c_dnode = cmd->c_snode;
	refusal->c_rcode = cpu_to_le32(-DVK_EBADNODEID);
}

int dvk_link_accept(struct dvk_listener *listener, const struct dvk_cmd *cmd,
		    const struct sockaddr_storage *from, void *conn,
		    struct dvk_cmd *refusal)
{
	struct dvk_node *node = listener->node;
	struct dvk_link *link = NULL;
	void *old = NULL;
	const char *why;
	int ret;

	fill_refusal(node, cmd, refusal);
	rcu_read_lock();
	ret = check_caller(listener, cmd, from, &link, &why);
	rcu_read_unlock();
	if (!ret) {
		ret = offer(link, cmd, conn, &old);
		if (ret) {
			why = "the number of an old connection";
			/* An honest node dials again, with a higher one. */
			refusal->c_rcode = cpu_to_le32(-DVK_EEXIST);
			refusal->c_hello.h_session =
				cpu_to_le64(READ_ONCE(link->accepted_session));
			ret = -EACCES;
		}
	}
	if (ret) {
		atomic_inc(&node->refused);
		pr_warn_ratelimited("dvk: node %d refuses a connection that says it is node %d: %s\n",
				    node->nodeid,
				    (s32)le32_to_cpu(cmd->c_snode), why);
	} else {
		if (old)
			listener->transport->discard(old);
		wake_up(&link->waitq);
	}
	if (link)
		dvk_link_put(link);
	return ret;
}
EXPORT_SYMBOL_GPL(dvk_link_accept);
