// SPDX-License-Identifier: GPL-2.0
/*
 * Incoming bytes become frames.
 *
 * The header is collected into the link; payload goes from the network's
 * buffers straight to where it belongs. Runs in softirq for most frames; see
 * DVK_RX_DEFER for the others.
 */
#include "link.h"

#include <linux/cache.h>
#include <linux/skbuff.h>

#include "base/trace.h"
#include "wire.h"

/* What those above want to do about links, see dvk_link_init(). */
struct dvk_link_ops dvk_link_ops __ro_after_init;

void dvk_link_rx_reset(struct dvk_link *link)
{
	if (link->rx_xfer)
		dvk_link_ops.xfer_put(link->rx_xfer);
	link->rx_xfer = NULL;
	link->rx_state = DVK_RX_HEADER;
	link->rx_have = 0;
	link->rx_left = 0;
	link->rx_nr = 0;
	link->last_rx = jiffies;
}

/* Who calls has said why. */
static void end_of_frames(struct dvk_link *link, const char *why)
{
	atomic64_inc(&link->stats.bad_frames);
	pr_warn_ratelimited("dvk: node %d: bad frame from node %d: %s\n",
			    link->node->nodeid, link->nodeid, why);
	dvk_link_error(link, -EPROTO);
}

static void bad_frame(struct dvk_link *link, const char *why)
{
	dvk_link_why(link, false, "bad frame: %s", why);
	end_of_frames(link, why);
}

/* The first word of who was dialled, and it is not that of the peer. */
static void wrong_host(struct dvk_link *link, enum dvk_wire_fault fault)
{
	int who = (s32)le32_to_cpu(link->rx_cmd.c_snode);
	char text[DVK_ADDR_TEXT];
	const char *at = dvk_addr_text(&link->addr, true, text) ?: "there";

	if (dvk_wire_check_magic(&link->rx_cmd))
		dvk_link_why(link, true, "%s: another protocol, or another version of it",
			     at);
	else if (who == link->node->nodeid)
		dvk_link_why(link, true, "%s: that is this node, or another with its id",
			     at);
	else if (who != link->nodeid)
		dvk_link_why(link, true, "%s: that is node %d", at, who);
	else
		dvk_link_why(link, true, "%s: bad answer: %s", at,
			     dvk_wire_fault_name(fault));
}

/* What follows the header that has been dealt with. */
static void after_header(struct dvk_link *link, int verdict)
{
	u32 len = le32_to_cpu(link->rx_cmd.c_len);

	if (verdict < 0) {
		if (verdict == -EPROTO)
			bad_frame(link, "not in this state");
		else
			dvk_link_error(link, verdict);
		return;
	}
	if (verdict == DVK_RX_DEFER) {
		/* Hands rx_cmd and the rest of the state to the thread. */
		smp_store_release(&link->rx_state, DVK_RX_DEFERRED);
		wake_up(&link->waitq);
		return;
	}
	if (verdict == DVK_RX_COPY && !len) {
		dvk_link_ops.xfer_filled(link, &link->rx_cmd);
		verdict = DVK_RX_DONE;
	}
	link->rx_left = len;
	/* Hands what was read so far to whoever reads on. */
	smp_store_release(&link->rx_state,
			  len ? DVK_RX_PAYLOAD : DVK_RX_HEADER);
}

static void handle_header(struct dvk_link *link, bool may_sleep)
{
	const struct dvk_wire_limits limits = {
		.nodeid = link->node->nodeid,
		.peer = link->nodeid,
		.max_copybuf = link->node->limits.max_copybuf,
		.max_copylen = link->node->limits.max_copylen,
	};
	const struct dvk_cmd *cmd = &link->rx_cmd;
	u32 code = le32_to_cpu(cmd->c_cmd);
	u32 nr = le32_to_cpu(cmd->c_batch_nr);
	enum dvk_wire_fault fault;
	int ret;

	fault = dvk_wire_check(cmd, &limits);
	if (fault) {
		if (link->hello_seen) {
			bad_frame(link, dvk_wire_fault_name(fault));
		} else {
			wrong_host(link, fault);
			end_of_frames(link, dvk_wire_fault_name(fault));
		}
		return;
	}
	/*
	 * A transport promises order without loss, but TIPC loses fragmented
	 * messages when it finds out that the peer is in the same kernel.
	 */
	if (unlikely(nr && nr != link->rx_nr)) {
		bad_frame(link, "others before it are missing");
		return;
	}
	link->rx_nr++;
	link->stats.rx_msgs++;
	link->stats.rx_bytes += sizeof(*cmd) + le32_to_cpu(cmd->c_len);
	trace_dvk_frame_in(link, cmd);

	if ((code & ~(u32)DVK_CMD_ACK) == DVK_CMD_HELLO ||
	    code == DVK_CMD_CHALLENGE)
		ret = dvk_hello_rx(link, cmd);
	else if (!link->hello_seen)
		ret = -EPROTO;
	else if (code == DVK_CMD_SHUTDOWN)
		ret = -ESHUTDOWN;
	else
		ret = dvk_link_ops.rx(link, cmd, may_sleep);
	after_header(link, ret);
}

static unsigned int take_payload(struct dvk_link *link, struct sk_buff *skb,
				 unsigned int offset, size_t len)
{
	unsigned int n = min_t(size_t, link->rx_left, len);

	if (link->rx_xfer)
		dvk_link_ops.xfer_fill(link->rx_xfer, skb, offset, n);
	link->rx_left -= n;
	if (!link->rx_left) {
		if (link->rx_xfer)
			dvk_link_ops.xfer_filled(link, &link->rx_cmd);
		link->rx_state = DVK_RX_HEADER;
	}
	return n;
}

size_t dvk_link_rx(struct dvk_link *link, struct sk_buff *skb,
		   unsigned int offset, size_t len, bool may_sleep)
{
	size_t used = 0;
	unsigned int n;

	WRITE_ONCE(link->last_rx, jiffies);
	while (used < len && !READ_ONCE(link->error)) {
		/* The other context may have read last, see after_header(). */
		switch (smp_load_acquire(&link->rx_state)) {
		case DVK_RX_HEADER:
			n = min_t(size_t, sizeof(link->rx_cmd) - link->rx_have,
				  len - used);
			if (skb_copy_bits(skb, offset + used,
					  (u8 *)&link->rx_cmd + link->rx_have,
					  n)) {
				dvk_link_error(link, -EFAULT);
				return used;
			}
			link->rx_have += n;
			used += n;
			if (link->rx_have == sizeof(link->rx_cmd)) {
				link->rx_have = 0;
				handle_header(link, may_sleep);
			}
			break;
		case DVK_RX_PAYLOAD:
			used += take_payload(link, skb, offset + used,
					     len - used);
			break;
		case DVK_RX_DEFERRED:
			return used;
		}
	}
	return used;
}
EXPORT_SYMBOL_GPL(dvk_link_rx);

void dvk_link_rx_deferred(struct dvk_link *link)
{
	const struct dvk_cmd *cmd = &link->rx_cmd;
	int ret;

	/* Pairs with the release in after_header(). */
	if (smp_load_acquire(&link->rx_state) != DVK_RX_DEFERRED)
		return;
	if (unlikely(cmd->c_cmd == cpu_to_le32(DVK_CMD_CHALLENGE)))
		ret = dvk_hello_challenge(link, cmd);
	else
		ret = dvk_link_ops.rx(link, cmd, true);
	after_header(link, ret);
	link->transport->resume(link);
}
