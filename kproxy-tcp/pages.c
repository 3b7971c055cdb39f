// SPDX-License-Identifier: GPL-2.0
/*
 * Handing pages to TCP by reference, which differs between kernels.
 *
 * From Linux 6.5 on there is MSG_SPLICE_PAGES for that. Before it, ->sendpage()
 * takes a page at a time, some 600 instructions for each. TCP's way for senders in
 * the kernel that fill the fragments themselves (compare io_sg_from_iter() in
 * io_uring/net.c) takes as many as fit into a buffer. It is meant for zero copy
 * with a notice of its end, which has loops through this kernel copy after all;
 * this asks for none, and every fragment has a reference on its page, as with
 * ->sendpage().
 */
#include "kproxy_tcp.h"

#include <linux/bvec.h>
#include <linux/socket.h>
#include <linux/uio.h>
#include <net/tcp.h>
#include <dvk/compat.h>

#ifndef DVK_HAVE_SPLICE_PAGES
int kptcp_send_page(struct kptcp_conn *conn, struct page *page,
		    unsigned int offset, unsigned int len, int flags)
{
	return tcp_sendpage_locked(conn->sk, page, offset, len,
				   flags | MSG_NO_SHARED_FRAGS);
}

/* Append what fits of @from to @skb. -EMSGSIZE: more than that was asked for. */
static int kptcp_fill_frags(struct sock *sk, struct sk_buff *skb,
			    struct iov_iter *from, size_t length)
{
	struct bvec_iter pos = {
		.bi_size = min(length, iov_iter_count(from)),
		.bi_bvec_done = from->iov_offset,
	};
	int nr = skb_shinfo(skb)->nr_frags;
	size_t added = 0;

	while (pos.bi_size && nr < MAX_SKB_FRAGS) {
		struct bio_vec bv = bvec_iter_bvec(from->bvec, pos);

		get_page(bv.bv_page);
		skb_fill_page_desc(skb, nr++, bv.bv_page, bv.bv_offset,
				   bv.bv_len);
		added += bv.bv_len;
		bvec_iter_advance_single(from->bvec, &pos, bv.bv_len);
	}
	from->bvec += pos.bi_idx;
	from->nr_segs -= pos.bi_idx;
	from->count -= added;
	from->iov_offset = pos.bi_bvec_done;

	skb->len += added;
	skb->data_len += added;
	skb->truesize += added;
	sk_wmem_queued_add(sk, added);
	if (!skb_zcopy_pure(skb))
		sk_mem_charge(sk, added);
	/* Writers to the pages would change what has been sent. */
	skb_shinfo(skb)->flags |= SKBFL_SHARED_FRAG;
	return pos.bi_size ? -EMSGSIZE : 0;
}

static void kptcp_no_notice(struct sk_buff *skb, struct ubuf_info *ubuf,
			    bool success)
{
}

int kptcp_send_pages(struct kptcp_conn *conn, const struct iov_iter *payload,
		     int flags)
{
	struct msghdr msg = {
		.msg_flags = flags | MSG_ZEROCOPY,
		.msg_ubuf = &conn->ubuf,
		.sg_from_iter = kptcp_fill_frags,
		.msg_iter = *payload,
	};

	/*
	 * Without flags no buffer looks at it again, so that the references TCP
	 * takes for them are never put.
	 */
	conn->ubuf = (struct ubuf_info){
		.callback = kptcp_no_notice,
		.refcnt = REFCOUNT_INIT(1),
	};
	return tcp_sendmsg_locked(conn->sk, &msg, iov_iter_count(payload));
}
#else
int kptcp_send_pages(struct kptcp_conn *conn, const struct iov_iter *payload,
		     int flags)
{
	struct msghdr msg = { .msg_flags = flags | MSG_SPLICE_PAGES };

	msg.msg_iter = *payload;
	return tcp_sendmsg_locked(conn->sk, &msg, iov_iter_count(payload));
}

int kptcp_send_page(struct kptcp_conn *conn, struct page *page,
		    unsigned int offset, unsigned int len, int flags)
{
	struct iov_iter iter;
	struct bio_vec bv;

	bvec_set_page(&bv, page, len, offset);
	iov_iter_bvec(&iter, ITER_SOURCE, &bv, 1, len);
	return kptcp_send_pages(conn, &iter, flags | MSG_NO_SHARED_FRAGS);
}
#endif
