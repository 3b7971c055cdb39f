// SPDX-License-Identifier: GPL-2.0
/*
 * The decoder of frames: a stream of bytes, cut at any places, with and without
 * leave to sleep.
 *
 * The same stream is decoded whole and in pieces; what is made of it must be
 * the same. Input: options, a seed for the cuts, the stream.
 */
#include "common.h"

#define PEER	2

/* What was made of a stream. */
struct log {
	u64 payload;		/* bytes that belong to copies */
	u64 sum;		/* of all that was said, in its order */
	unsigned int commands;
	unsigned int copies;	/* begun */
	unsigned int copied;	/* complete */
	int error;
};

static struct log *log;
static struct dvk_node node;
static struct dvk_link link;
static struct sk_buff *resumed;
static size_t resumed_at;
static bool open_copy;
static u32 announced, got;

static void note(const void *data, size_t len)
{
	const u8 *p = data;

	while (len--)
		log->sum = (log->sum ^ *p++) * 0x100000001b3ULL;
}

/* --- what is behind the decoder --- */

static void check_header(const struct dvk_cmd *cmd)
{
	u32 code = le32_to_cpu(cmd->c_cmd) & ~(u32)DVK_CMD_ACK;
	u32 len = le32_to_cpu(cmd->c_len);
	u32 bytes = le32_to_cpu(cmd->c_vcopy.v_total);
	u32 offset = le32_to_cpu(cmd->c_vcopy.v_offset);

	assert(le32_to_cpu(cmd->c_magic) == DVK_WIRE_MAGIC);
	assert(le16_to_cpu(cmd->c_version) == DVK_WIRE_VERSION);
	assert(le16_to_cpu(cmd->c_hdrlen) == sizeof(*cmd));
	assert(le32_to_cpu(cmd->c_snode) == PEER);
	assert(le32_to_cpu(cmd->c_dnode) == SELF);
	assert(code > DVK_CMD_NONE && code < DVK_CMD_NR);
	assert(code != DVK_CMD_HELLO && code != DVK_CMD_SHUTDOWN);
	assert(le32_to_cpu(cmd->c_dcid) < DVK_MAX_DCS);
	assert(len <= (u32)node.limits.max_copybuf);
	if (code >= DVK_CMD_COPYIN_DATA && code <= DVK_CMD_COPYIN_RQST) {
		assert(bytes <= (u32)node.limits.max_copylen);
		assert((u64)offset + len <= bytes);
	} else if (cmd->c_cmd != cpu_to_le32(DVK_CMD_PROCINFO_ACK)) {
		assert(!len);
	}
	if (cmd->c_rcode)
		assert(cmd->c_cmd & cpu_to_le32(DVK_CMD_ACK) &&
		       (s32)le32_to_cpu(cmd->c_rcode) < 0);
}

/* Decides by the header alone, so that cuts make no difference. */
static int rx(struct dvk_link *l, const struct dvk_cmd *cmd, bool may_sleep)
{
	u32 choice = le32_to_cpu(cmd->c_src);
	u32 len = le32_to_cpu(cmd->c_len);

	assert(l->hello_seen && !l->error && !l->rx_xfer && !open_copy);
	check_header(cmd);
	if ((choice & 3) == 3 && !may_sleep)
		return DVK_RX_DEFER;
	log->commands++;
	note(cmd, sizeof(*cmd));
	if ((choice & 0xfc) == 0xfc)
		return -EPROTO;
	if (!(choice & 4) || !len)
		return DVK_RX_DONE;
	log->copies++;
	open_copy = true;
	announced = len;
	got = 0;
	/* Payload may also come for a copy that failed. */
	if (choice & 8)
		l->rx_xfer = xfer_start(le32_to_cpu(cmd->c_vcopy.v_total));
	else
		open_copy = false;
	return DVK_RX_COPY;
}

static void xfer_fill(struct dvk_xfer *x, struct sk_buff *skb,
		      unsigned int offset, unsigned int len)
{
	u8 *copy = malloc(len);

	assert(open_copy && x == link.rx_xfer);
	got += len;
	assert(got <= announced);
	assert(!skb_copy_bits(skb, offset, copy, len));
	note(copy, len);
	free(copy);
	log->payload += len;
}

static void xfer_filled(struct dvk_link *l, const struct dvk_cmd *cmd)
{
	assert(l->rx_xfer && open_copy);
	assert(got == announced && got == le32_to_cpu(cmd->c_len));
	open_copy = false;
	log->copied++;
	xfer_put(l->rx_xfer);
	l->rx_xfer = NULL;
}

static const struct dvk_link_ops ops = {
	.rx = rx,
	.xfer_fill = xfer_fill,
	.xfer_filled = xfer_filled,
	.xfer_put = xfer_put,
};

static int send_frame(struct dvk_link *l, struct dvk_frame *frame, bool more,
		      u64 *zerocopy)
{
	u32 code = le32_to_cpu(frame->cmd->c_cmd);

	/* Nothing but the answers to HELLOs, and only to one who may ask. */
	assert(code == (DVK_CMD_HELLO | DVK_CMD_ACK) && l->hello_seen);
	note(&code, sizeof(code));
	return 0;
}

/* The receiver thread goes on where the decoder stopped. */
static void resume(struct dvk_link *l)
{
	resumed_at += dvk_link_rx(l, resumed, resumed_at,
				  resumed->len - resumed_at, true);
}

static struct dvk_transport transport = {
	.name = "fuzz",
	.send = send_frame,
	.resume = resume,
};

/* --- a run --- */

/* A piece in memory of its own, so that a read behind it is caught. */
static void feed(const u8 *data, size_t len, bool may_sleep)
{
	u8 *piece = malloc(len);
	struct sk_buff skb = { .data = piece, .len = len };
	size_t used;

	memcpy(piece, data, len);
	used = dvk_link_rx(&link, &skb, 0, len, may_sleep);
	assert(used <= len);
	/* What the thread does while data wait; it may find more of the kind. */
	while (!link.error && used < len) {
		assert(link.rx_state == DVK_RX_DEFERRED);
		resumed = &skb;
		resumed_at = used;
		dvk_link_rx_deferred(&link);
		used = resumed_at;
	}
	/* It may be the last byte that makes the header of such a command. */
	if (!link.error && link.rx_state == DVK_RX_DEFERRED) {
		resumed = &skb;
		resumed_at = len;
		dvk_link_rx_deferred(&link);
	}
	free(piece);
}

static void decode(const u8 *data, size_t size, u8 options, u32 cuts,
		   struct log *result)
{
	static const u8 more[2 * sizeof(struct dvk_cmd)];
	u32 random = cuts;
	size_t n;

	memset(result, 0, sizeof(*result));
	log = result;
	node_fill(&node);
	if (options & 2) {
		node.limits.max_copybuf = 512;
		node.limits.max_copylen = 2000;
	}
	memset(&link, 0, sizeof(link));
	link.node = &node;
	link.nodeid = PEER;
	link.transport = &transport;
	INIT_LIST_HEAD(&link.txq);
	link.hello_seen = !(options & 1);
	open_copy = false;
	dvk_link_set_up(&link);
	dvk_link_ops = ops;
	dvk_tx_init();

	while (size) {
		n = size;
		if (cuts) {
			random = random * 1103515245 + 12345;
			/* Often small ones, also just around a header. */
			n = random >> 28 ? (random >> 16) % 200 + 1 :
					   (random >> 8) % 4096 + 1;
			n = min(n, size);
		}
		feed(data, n, !cuts || random >> 9 & 1);
		data += n;
		size -= n;
	}
	result->error = link.error;
	dvk_link_flush(&link);
	/* Who is refused stays refused, whatever else he says. */
	if (link.error) {
		struct log before = *result;
		struct sk_buff skb = { .data = more, .len = sizeof(more) };
		u8 header[sizeof(struct dvk_cmd)];

		assert(!dvk_link_rx(&link, &skb, 0, skb.len, true));
		frame_fill((struct dvk_cmd *)header, DVK_CMD_SEND_MSG, PEER);
		skb = (struct sk_buff){ .data = header, .len = sizeof(header) };
		assert(!dvk_link_rx(&link, &skb, 0, skb.len, false));
		assert(!memcmp(&before, result, sizeof(before)));
	}
	dvk_link_purge(&link);
	dvk_link_rx_reset(&link);
	assert(!xfers);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct input in = { data, size };
	u8 options = take8(&in);
	u32 cuts = take32(&in) | 1;
	struct log whole, pieces;

	decode(in.at, in.left, options, 0, &whole);
	decode(in.at, in.left, options, cuts, &pieces);
	assert(whole.error == pieces.error);
	assert(whole.commands == pieces.commands);
	assert(whole.copies == pieces.copies);
	assert(whole.copied == pieces.copied);
	assert(whole.payload == pieces.payload);
	assert(whole.sum == pieces.sum);
	return 0;
}

/* --- a mutator that knows headers --- */

#define FRONT	5	/* options and the seed of the cuts */

/* Start of a frame in the stream, as far as its lengths are true. */
static size_t some_frame(const u8 *data, size_t size, unsigned int nr)
{
	size_t at = FRONT, prev = FRONT;
	struct dvk_cmd cmd;

	while (nr-- && at + sizeof(cmd) <= size) {
		memcpy(&cmd, data + at, sizeof(cmd));
		prev = at;
		at += sizeof(cmd) + min(le32_to_cpu(cmd.c_len), 65536u);
	}
	return at + sizeof(cmd) <= size ? at : prev;
}

static size_t insert_frame(u8 *data, size_t size, size_t max,
			   unsigned int seed)
{
	u32 code = some_code(seed >> 8), len = 0;
	size_t at = some_frame(data, size, seed % 8);
	struct dvk_cmd cmd;

	frame_fill(&cmd, code, PEER);
	cmd.c_src = cpu_to_le32(seed >> 16);
	if (code == DVK_CMD_COPYIN_DATA || code == DVK_CMD_COPYOUT_DATA ||
	    code == DVK_CMD_COPYIN_RQST) {
		len = (seed >> 4) % 600;
		cmd.c_len = cpu_to_le32(len);
		cmd.c_vcopy.v_total = cpu_to_le32(len + (seed >> 20) % 3);
		cmd.c_vcopy.v_offset = cpu_to_le32((seed >> 20) % 3);
	}
	if (size + sizeof(cmd) + len > max || at > size)
		return 0;
	memmove(data + at + sizeof(cmd) + len, data + at, size - at);
	memcpy(data + at, &cmd, sizeof(cmd));
	memset(data + at + sizeof(cmd), seed, len);
	return size + sizeof(cmd) + len;
}

size_t LLVMFuzzerCustomMutator(u8 *data, size_t size, size_t max,
			       unsigned int seed)
{
	struct dvk_cmd cmd;
	size_t at, n = 0;

	if (size < FRONT) {
		memset(data + size, 0, FRONT - size);
		size = FRONT;
	}
	switch (seed % 4) {
	case 0:
		n = insert_frame(data, size, max, seed >> 2);
		break;
	case 1:
		at = some_frame(data, size, seed >> 2 & 7);
		if (at + sizeof(cmd) > size)
			break;
		memcpy(&cmd, data + at, sizeof(cmd));
		frame_spoil(&cmd, seed >> 5);
		memcpy(data + at, &cmd, sizeof(cmd));
		n = size;
		break;
	case 2:
		at = some_frame(data, size, seed >> 2 & 7);
		if (at + sizeof(cmd) > size)
			break;
		/* Another of the choices that rx() above makes. */
		data[at + offsetof(struct dvk_cmd, c_src)] = seed >> 5;
		n = size;
		break;
	}
	return n ?: LLVMFuzzerMutate(data, size, max);
}
