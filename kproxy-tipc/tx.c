// SPDX-License-Identifier: GPL-2.0
/*
 * Sending. A frame is one message, so TIPC takes all of it or nothing.
 */
#include "kproxy_tipc.h"

#include <linux/bvec.h>
#include <linux/uio.h>
#include <dvk/compat.h>

static_assert(DVK_FRAME_MAX <= TIPC_MAX_USER_MSG_SIZE);

/*
 * The header and the pages of the payload as one list. The header is copied,
 * because that of a frame may be on a stack, which has no pages.
 */
static void kptipc_gather(struct kptipc_conn *conn, struct dvk_frame *frame,
			  struct iov_iter *iter)
{
	struct iov_iter *payload = &frame->payload;
	struct bvec_iter pos, start = dvk_bvec_start(payload);
	struct bio_vec *bvec = conn->bvec;
	struct bio_vec page;
	int n = 0;

	conn->header = *frame->cmd;
	bvec[n++] = (struct bio_vec){
		.bv_page = virt_to_page(&conn->header),
		.bv_offset = offset_in_page(&conn->header),
		.bv_len = sizeof(conn->header),
	};
	for_each_bvec(page, payload->bvec, pos, start) {
		if (WARN_ON_ONCE(n == ARRAY_SIZE(conn->bvec)))
			break;
		bvec[n++] = page;
	}
	iov_iter_bvec(iter, ITER_SOURCE, bvec, n,
		      sizeof(conn->header) + iov_iter_count(payload));
}

/*
 * When TIPC says -EAGAIN it calls write_space as soon as there is room: both
 * under the socket lock, so that none is missed.
 */
int kptipc_send(struct dvk_link *link, struct dvk_frame *frame, bool more,
		u64 *zerocopy)
{
	struct kptipc_conn *conn = dvk_link_priv(link);
	struct socket *sock = conn->sk->sk_socket;
	struct msghdr msg = { .msg_flags = MSG_DONTWAIT | MSG_NOSIGNAL };
	size_t payload = iov_iter_count(&frame->payload);
	size_t len = sizeof(*frame->cmd) + payload;
	struct kvec header = {
		.iov_base = frame->cmd,
		.iov_len = sizeof(*frame->cmd),
	};
	int ret;

	if (payload)
		kptipc_gather(conn, frame, &msg.msg_iter);
	else
		iov_iter_kvec(&msg.msg_iter, ITER_SOURCE, &header, 1, len);
	/* Not by way of security modules: the socket is not the caller's. */
	ret = READ_ONCE(sock->ops)->sendmsg(sock, &msg, len);
	if (kptipc_should_release(conn))
		kptipc_release_handled(conn);

	if (likely(ret == len)) {
		frame->hdr_sent = sizeof(*frame->cmd);
		iov_iter_advance(&frame->payload, payload);
		return 0;
	}
	if (ret == -ENOMEM || ret == -ENOBUFS) {
		/* No write_space follows. */
		dvk_link_writable(link);
		return -EAGAIN;
	}
	return ret < 0 ? ret : -EIO;
}

void kptipc_write_space(struct sock *sk)
{
	struct kptipc_conn *conn = sk->sk_user_data;

	if (likely(conn))
		dvk_link_writable(conn->link);
}
