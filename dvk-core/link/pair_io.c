// SPDX-License-Identifier: GPL-2.0
/*
 * Frames that proxies in user space fetch and deliver.
 *
 * A sender proxy takes frames straight out of the link's queue. What a receiver
 * proxy delivers goes through dvk_link_rx() like everything that arrives, with
 * the same checks: the program is trusted no more than the peer.
 */
#include "pair.h"

#include <linux/bvec.h>
#include <linux/freezer.h>
#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/uaccess.h>
#include <linux/uio.h>
#include <dvk/compat.h>

#include "base/current.h"
#include "base/node.h"
#include "link.h"
#include "wire.h"

/* How long a frame waits for the other half of its pair to connect. */
#define OTHER_HALF_TIMEOUT	(5 * HZ)

/* --- get2rmt --- */

static int payload_to_user(u64 addr, struct dvk_frame *f)
{
	struct iov_iter *payload = &f->payload;
	struct bvec_iter pos, start = dvk_bvec_start(payload);
	struct iov_iter to;
	struct bio_vec page;

	if (!start.bi_size)
		return 0;
	iov_iter_ubuf(&to, ITER_DEST, u64_to_user_ptr(addr), start.bi_size);
	for_each_bvec(page, payload->bvec, pos, start)
		if (copy_page_to_iter(page.bv_page, page.bv_offset, page.bv_len,
				      &to) != page.bv_len)
			return -DVK_EFAULT;
	return 0;
}

/* The frame, or the cause why none will come, or 0 and no frame. */
static int try_pull(struct dvk_pair *pair, struct dvk_link *link,
		    struct dvk_frame **fp)
{
	*fp = NULL;
	if (!(READ_ONCE(pair->bound) & DVK_SPROXY))
		return -DVK_ESHUTDOWN;
	if (!(READ_ONCE(pair->connected) & DVK_SPROXY))
		return -DVK_ENOTCONN;
	if (dvk_pair_told(pair))
		return -DVK_ENOTCONN;
	if (link)
		*fp = dvk_link_pull(link);
	return 0;
}

static bool may_pull(struct dvk_pair *pair, const struct dvk_link *link)
{
	return !(READ_ONCE(pair->connected) & DVK_SPROXY) ||
	       READ_ONCE(pair->tell_sender) ||
	       rcu_access_pointer(pair->link) != link ||
	       (link && dvk_link_up(link) && !list_empty_careful(&link->txq));
}

/* Wait for a frame at most @left jiffies; returns what is left of them. */
static long wait_for_frame(struct dvk_pair *pair, struct dvk_link *link,
			   long left)
{
	return wait_event_freezable_timeout(*(link ? &link->tx_waitq :
					      &pair->waitq),
					    may_pull(pair, link), left);
}

static int hello_to_user(struct dvk_link *link, u64 addr)
{
	struct dvk_cmd cmd;

	dvk_hello_fill(link, &cmd, DVK_CMD_HELLO);
	dvk_link_fill_header(link, &cmd);
	dvk_pair_wire_out(&cmd);
	return copy_to_user(u64_to_user_ptr(addr), &cmd, sizeof(cmd)) ?
	       -DVK_EFAULT : -DVK_ETIMEDOUT;
}

static int frame_to_user(struct dvk_link *link, struct dvk_frame *f,
			 const struct dvk_ioc_frame *arg)
{
	int ret = 0;

	dvk_pair_wire_out(f->cmd);
	if (copy_to_user(u64_to_user_ptr(arg->cmd), f->cmd, sizeof(*f->cmd)))
		ret = -DVK_EFAULT;
	else
		ret = payload_to_user(arg->payload, f);
	/* Somebody waits for what it says, so it is not lost. */
	if (ret)
		dvk_link_unpull(link, f);
	else
		dvk_link_pulled(link, f);
	return ret;
}

static int get2rmt(struct dvk_pair *pair, const struct dvk_ioc_frame *arg)
{
	long left = arg->timeout < 0 ? MAX_SCHEDULE_TIMEOUT :
				       msecs_to_jiffies(arg->timeout);
	struct dvk_frame *f;
	struct dvk_link *link;
	int ret;

	for (;;) {
		link = dvk_pair_link(pair);
		ret = try_pull(pair, link, &f);
		if (ret)
			break;
		if (f) {
			ret = frame_to_user(link, f, arg);
			break;
		}
		if (!left) {
			ret = arg->timeout || arg->result == DVK_RESULT_AGAIN ?
			      -DVK_ETIMEDOUT : -DVK_EAGAIN;
			if (ret == -DVK_ETIMEDOUT && link)
				ret = hello_to_user(link, arg->cmd);
			break;
		}
		left = wait_for_frame(pair, link, left);
		if (left < 0) {
			ret = dvk_interrupted();
			break;
		}
		if (link)
			dvk_link_put(link);
	}
	if (link)
		dvk_link_put(link);
	return ret;
}

int dvk_get2rmt_call(struct dvk_node *node, const struct dvk_ioc_frame *arg)
{
	unsigned int role;
	struct dvk_pair *pair = dvk_pair_of_current(node, &role);
	int ret;

	if (!pair)
		return -DVK_ENOTBIND;
	ret = role == DVK_SPROXY ? get2rmt(pair, arg) : -DVK_EBADPROXY;
	dvk_pair_put(pair);
	return ret;
}

/* --- put2lcl --- */

/* Payload is passed on by reference: only its final place is copied to. */
static int get_payload(struct sk_buff *skb, u64 addr, unsigned int len)
{
	struct page *pages[MAX_SKB_FRAGS];
	unsigned int offset = offset_in_page(addr);
	int want = DIV_ROUND_UP(offset + len, PAGE_SIZE);
	int got, i;

	if (addr + len < addr || addr + len > TASK_SIZE_MAX)
		return -DVK_EFAULT;
	got = get_user_pages_fast(addr & PAGE_MASK, want, 0, pages);
	for (i = 0; i < got; i++) {
		unsigned int n = min_t(unsigned int, len, PAGE_SIZE - offset);

		skb_fill_page_desc(skb, i, pages[i], offset, n);
		skb->len += n;
		skb->data_len += n;
		len -= n;
		offset = 0;
	}
	return got == want ? 0 : -DVK_EFAULT;
}

static void put_payload(struct sk_buff *skb)
{
	int i;

	for (i = 0; i < skb_shinfo(skb)->nr_frags; i++)
		skb_frag_unref(skb, i);
	skb_shinfo(skb)->nr_frags = 0;
	skb->len -= skb->data_len;
	skb->data_len = 0;
}

/* What the loss of a connection by a frame is to the one who delivered it. */
static int lost_by(int err)
{
	switch (err) {
	case -EPROTO:
		return -DVK_EBADREQUEST;
	case -ESHUTDOWN:
		return -DVK_ESHUTDOWN;
	default:
		return -DVK_ENOTCONN;
	}
}

static int deliver(struct dvk_pair *pair, struct dvk_link *link,
		   const struct dvk_ioc_frame *arg)
{
	const struct dvk_wire_limits limits = {
		.nodeid = link->node->nodeid,
		.peer = link->nodeid,
		.max_copybuf = link->node->limits.max_copybuf,
		.max_copylen = link->node->limits.max_copylen,
	};
	struct sk_buff *skb = pair->skb;
	struct dvk_cmd *cmd = (struct dvk_cmd *)skb->data;
	int ret = 0, err;

	lockdep_assert_held(&pair->rx_mutex);
	if (copy_from_user(cmd, u64_to_user_ptr(arg->cmd), sizeof(*cmd)))
		return -DVK_EFAULT;
	dvk_pair_wire_in(cmd);
	/* Some programs say nothing rather than HELLO. */
	if (dvk_pair_wire_is_none(cmd)) {
		WRITE_ONCE(link->last_rx, jiffies);
		return 0;
	}
	/* Of a bad frame the decoder sees no more than the header. */
	if (cmd->c_len && !dvk_wire_check(cmd, &limits))
		ret = get_payload(skb, arg->payload, le32_to_cpu(cmd->c_len));
	if (!ret) {
		dvk_link_rx(link, skb, 0, skb->len, true);
		err = READ_ONCE(link->error);
		if (err && err != -ENOTCONN)
			dvk_pair_disconnect(pair, DVK_BOTH, err);
		if (err)
			ret = lost_by(err);
	}
	put_payload(skb);
	return ret;
}

/* Where a frame can be delivered: the link with a reference, or NULL. */
static struct dvk_link *deliverable(struct dvk_pair *pair)
{
	struct dvk_link *link = dvk_pair_link(pair);

	if (link && dvk_link_up(link))
		return link;
	if (link)
		dvk_link_put(link);
	return NULL;
}

static bool may_deliver(struct dvk_pair *pair, const struct dvk_link *link)
{
	return !(READ_ONCE(pair->connected) & DVK_RPROXY) ||
	       rcu_access_pointer(pair->link) != link ||
	       (link && dvk_link_up(link));
}

/*
 * A frame may arrive before the way back is there: the other node's sender has
 * a connection, ours not yet. It waits for a while, for its answer could not
 * be sent.
 */
static int wait_deliverable(struct dvk_pair *pair, struct dvk_link **linkp)
{
	long left = OTHER_HALF_TIMEOUT;

	for (;;) {
		struct dvk_link *link;

		if (!(READ_ONCE(pair->bound) & DVK_RPROXY))
			return -DVK_ESHUTDOWN;
		if (!(READ_ONCE(pair->connected) & DVK_RPROXY))
			return -DVK_ENOTCONN;
		*linkp = deliverable(pair);
		if (likely(*linkp))
			return 0;
		if (!left)
			return -DVK_ENOTCONN;
		link = dvk_pair_link(pair);
		left = wait_event_freezable_timeout(*(link ? &link->waitq :
						      &pair->waitq),
						    may_deliver(pair, link),
						    left);
		if (link)
			dvk_link_put(link);
		if (left < 0)
			return dvk_interrupted();
	}
}

static int put2lcl(struct dvk_pair *pair, const struct dvk_ioc_frame *arg)
{
	struct dvk_link *link;
	int ret;

	ret = wait_deliverable(pair, &link);
	if (ret)
		return ret;
	mutex_lock(&pair->rx_mutex);
	/* hangup() clears it before it waits for the mutex. */
	if (READ_ONCE(pair->live) && dvk_link_up(link))
		ret = deliver(pair, link, arg);
	else
		ret = -DVK_ENOTCONN;
	mutex_unlock(&pair->rx_mutex);
	dvk_link_put(link);
	return ret;
}

int dvk_put2lcl_call(struct dvk_node *node, const struct dvk_ioc_frame *arg)
{
	unsigned int role;
	struct dvk_pair *pair = dvk_pair_of_current(node, &role);
	int ret;

	if (!pair)
		return -DVK_ENOTBIND;
	ret = role == DVK_RPROXY ? put2lcl(pair, arg) : -DVK_EBADPROXY;
	dvk_pair_put(pair);
	return ret;
}
