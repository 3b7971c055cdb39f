// SPDX-License-Identifier: GPL-2.0
/*
 * Data of copies leaves, in frames whose payload are the pinned pages.
 *
 * Where the transport is a stream of bytes all frames of a copy make a train: the
 * payload of the first is followed by the headers and the payload of the others.
 * So the transport can cut it into buffers as suits it, and need not send what a
 * frame has left over by itself: TCP makes half as many segments of it.
 */
#include "copy.h"

#include <linux/mm.h>
#include <linux/slab.h>

#include "base/node.h"
#include "call/remote.h"

/* The header of the frame with the bytes from @offset on. */
static void fill_cmd(struct dvk_cmd *to, const struct dvk_cmd *cmd,
		     const struct dvk_xfer *x, u32 offset, u32 len)
{
	*to = *cmd;
	to->c_len = cpu_to_le32(len);
	to->c_vcopy.v_bytes = to->c_len;
	to->c_vcopy.v_offset = cpu_to_le32(offset);
	if (offset + len == x->bytes)
		to->c_ctl |= cpu_to_le32(DVK_CMD_C_LAST);
}

/* Append the next @len bytes of the copy to the train. Returns the new end. */
static unsigned int add_payload(struct dvk_train *train, unsigned int n,
				struct dvk_xfer *x, struct bvec_iter *pos,
				u32 len)
{
	while (len) {
		struct bio_vec bv = bvec_iter_bvec(x->bvec, *pos);

		bv.bv_len = min(bv.bv_len, len);
		train->bvec[n++] = bv;
		len -= bv.bv_len;
		bvec_iter_advance_single(x->bvec, pos, bv.bv_len);
	}
	return n;
}

/* One frame, and the others as its train. NULL if that cannot be. */
static struct dvk_frame *train_frame(struct dvk_link *link, struct dvk_xfer *x,
				     const struct dvk_cmd *cmd, u32 chunk)
{
	unsigned int nr = DIV_ROUND_UP(x->bytes, chunk) - 1, n = 0, i;
	struct bvec_iter pos = { .bi_size = x->bytes };
	u32 offset = chunk, total = x->bytes;
	struct dvk_train *train;
	struct dvk_frame *f;

	if (!nr || nr > PAGE_SIZE / sizeof(*cmd))
		return NULL;
	f = dvk_frame_alloc(GFP_KERNEL);
	if (!f)
		return NULL;
	/* A page may be divided between two frames. */
	train = dvk_train_alloc(nr, x->nr_bvec + 2 * nr);
	if (!train) {
		dvk_frame_free(f);
		return NULL;
	}
	f->train = train;
	fill_cmd(f->cmd, cmd, x, 0, chunk);
	n = add_payload(train, n, x, &pos, chunk);
	for (i = 0; i < nr; i++) {
		u32 len = min_t(u32, chunk, x->bytes - offset);

		fill_cmd(&train->cmds[i], cmd, x, offset, len);
		dvk_link_fill_header(link, &train->cmds[i]);
		bvec_set_page(&train->bvec[n++], virt_to_page(train->cmds),
			      sizeof(*cmd), i * sizeof(*cmd));
		n = add_payload(train, n, x, &pos, len);
		offset += len;
		total += sizeof(*cmd);
	}
	iov_iter_bvec(&f->payload, ITER_SOURCE, train->bvec, n, total);
	return f;
}

/* Consumes the frame. A task that asks waits for room in its share. */
static int send_frame(struct dvk_link *link, struct dvk_frame *f,
		      struct dvk_endpoint *rqtr, bool more)
{
	int ret = 0;

	if (rqtr && unlikely(!dvk_link_has_room(link, rqtr->share, false)))
		ret = dvk_remote_wait_room(link, rqtr, -1);
	if (ret) {
		dvk_frame_free(f);
		return ret;
	}
	return dvk_link_send_frame(link, f, rqtr ? rqtr->share : NULL, more);
}

static int send_train(struct dvk_link *link, struct dvk_xfer *x,
		      struct dvk_endpoint *rqtr, struct dvk_frame *f)
{
	kref_get(&x->ref);
	f->xfer = x;
	return send_frame(link, f, rqtr, false);
}

static int send_frames(struct dvk_link *link, struct dvk_xfer *x,
		       struct dvk_endpoint *rqtr, const struct dvk_cmd *cmd,
		       u32 chunk)
{
	struct iov_iter all;
	u32 offset = 0, len;
	int ret;

	iov_iter_bvec(&all, ITER_SOURCE, x->bvec, x->nr_bvec, x->bytes);
	do {
		struct dvk_frame *f = dvk_frame_alloc(GFP_KERNEL);

		if (!f)
			return -DVK_ENOMEM;
		len = min_t(u32, chunk, x->bytes - offset);
		fill_cmd(f->cmd, cmd, x, offset, len);
		f->payload = all;
		iov_iter_truncate(&f->payload, len);
		kref_get(&x->ref);
		f->xfer = x;
		iov_iter_advance(&all, len);
		offset += len;
		ret = send_frame(link, f, rqtr, offset < x->bytes);
	} while (!ret && offset < x->bytes);
	return ret;
}

int dvk_rcopy_send(struct dvk_link *link, struct dvk_xfer *x,
		   const struct dvk_cmd *cmd, struct dvk_endpoint *rqtr)
{
	u32 chunk = min_not_zero((u32)link->node->limits.max_copybuf,
				 READ_ONCE(link->max_payload));
	struct dvk_frame *f = NULL;

	if (READ_ONCE(link->trains) && x->bytes > chunk)
		f = train_frame(link, x, cmd, chunk);
	return f ? send_train(link, x, rqtr, f) :
		   send_frames(link, x, rqtr, cmd, chunk);
}
