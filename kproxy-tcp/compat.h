/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What differs between kernels.
 *
 * kptcp_send_page() and kptcp_send_pages() hand pages to TCP by reference, the
 * socket locked. The pages pass sendpage_ok(); @payload is an ITER_BVEC and is
 * not advanced. They return the bytes sent, or a negative errno if none.
 *
 * Linux 6.5 removed ->sendpage() together with MSG_SENDPAGE_NOTLAST, in favour
 * of MSG_SPLICE_PAGES. That flag is no test: stable kernels before 6.5 define
 * it, and their TCP ignores it and copies.
 */
#ifndef _KPTCP_COMPAT_H
#define _KPTCP_COMPAT_H

#include <linux/bvec.h>
#include <linux/socket.h>
#include <linux/uio.h>
#include <net/tcp.h>

#ifdef MSG_SENDPAGE_NOTLAST
static inline int kptcp_send_page(struct sock *sk, struct page *page,
				  unsigned int offset, unsigned int len,
				  int flags)
{
	return tcp_sendpage_locked(sk, page, offset, len, flags);
}

static inline int kptcp_send_pages(struct sock *sk,
				   const struct iov_iter *payload, int flags)
{
	struct bvec_iter pos, start = {
		.bi_size = iov_iter_count(payload),
		.bi_bvec_done = payload->iov_offset,
	};
	struct bio_vec page;
	int sent = 0;

	for_each_bvec(page, payload->bvec, pos, start) {
		bool last = page.bv_len == pos.bi_size;
		int ret;

		ret = tcp_sendpage_locked(sk, page.bv_page, page.bv_offset,
					  page.bv_len,
					  last ? flags : flags | MSG_MORE |
							 MSG_SENDPAGE_NOTLAST);
		if (ret < 0)
			return sent ?: ret;
		sent += ret;
		if (ret < page.bv_len)
			break;
	}
	return sent;
}
#else
static inline int kptcp_send_pages(struct sock *sk,
				   const struct iov_iter *payload, int flags)
{
	struct msghdr msg = { .msg_flags = flags | MSG_SPLICE_PAGES };

	msg.msg_iter = *payload;
	return tcp_sendmsg_locked(sk, &msg, iov_iter_count(payload));
}

static inline int kptcp_send_page(struct sock *sk, struct page *page,
				  unsigned int offset, unsigned int len,
				  int flags)
{
	struct iov_iter iter;
	struct bio_vec bv;

	bvec_set_page(&bv, page, len, offset);
	iov_iter_bvec(&iter, ITER_SOURCE, &bv, 1, len);
	return kptcp_send_pages(sk, &iter, flags);
}
#endif

#endif /* _KPTCP_COMPAT_H */
