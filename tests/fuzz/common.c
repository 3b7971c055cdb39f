// SPDX-License-Identifier: GPL-2.0
#include "common.h"

unsigned long jiffies;
struct delayed_work *fuzz_work;
int xfers;

u8 take8(struct input *in)
{
	if (!in->left)
		return 0;
	in->left--;
	return *in->at++;
}

u32 take32(struct input *in)
{
	u32 a = take8(in), b = take8(in), c = take8(in);

	return a | b << 8 | c << 16 | (u32)take8(in) << 24;
}

static const u32 codes[] = {
	DVK_CMD_SEND_MSG, DVK_CMD_NTFY_MSG, DVK_CMD_SNDREC_MSG,
	DVK_CMD_REPLY_MSG, DVK_CMD_COPYIN_DATA, DVK_CMD_COPYOUT_RQST,
	DVK_CMD_COPYLCL_RQST, DVK_CMD_COPYRMT_RQST, DVK_CMD_COPYIN_RQST,
	DVK_CMD_HELLO, DVK_CMD_SHUTDOWN, DVK_CMD_PROCBIND, DVK_CMD_PROCUNBIND,
	DVK_CMD_CANCEL, DVK_CMD_RELAY_MSG, DVK_CMD_MIGRATE,
	DVK_CMD_CHALLENGE, DVK_CMD_CHALLENGE | DVK_CMD_ACK,
	DVK_CMD_SEND_MSG | DVK_CMD_ACK, DVK_CMD_SNDREC_MSG | DVK_CMD_ACK,
	DVK_CMD_COPYIN_DATA | DVK_CMD_ACK, DVK_CMD_COPYOUT_DATA,
	DVK_CMD_COPYLCL_RQST | DVK_CMD_ACK, DVK_CMD_COPYRMT_RQST | DVK_CMD_ACK,
	DVK_CMD_COPYIN_RQST | DVK_CMD_ACK, DVK_CMD_HELLO | DVK_CMD_ACK,
	DVK_CMD_MIGRATE | DVK_CMD_ACK,
};

const unsigned int nr_codes = ARRAY_SIZE(codes);

u32 some_code(unsigned int i)
{
	return codes[i % nr_codes];
}

void frame_fill(struct dvk_cmd *cmd, u32 code, int peer)
{
	memset(cmd, 0, sizeof(*cmd));
	cmd->c_magic = cpu_to_le32(DVK_WIRE_MAGIC);
	cmd->c_version = cpu_to_le16(DVK_WIRE_VERSION);
	cmd->c_hdrlen = cpu_to_le16(sizeof(*cmd));
	cmd->c_cmd = cpu_to_le32(code);
	cmd->c_snode = cpu_to_le32(peer);
	cmd->c_dnode = cpu_to_le32(SELF);
	if ((code & ~(u32)DVK_CMD_ACK) == DVK_CMD_HELLO)
		memcpy(cmd->c_hello.h_cluster, CLUSTER, sizeof(CLUSTER));
}

void node_fill(struct dvk_node *node)
{
	memset(node, 0, sizeof(*node));
	node->nodeid = SELF;
	memcpy(node->name, CLUSTER, sizeof(CLUSTER));
	node->limits.nr_nodes = DVK_NR_NODES;
	node->limits.max_copybuf = DVK_MAXCOPYBUF;
	node->limits.max_copylen = DVK_MAXCOPYLEN;
	node->limits.keepalive_ms = 5000;
}

#define FIELD(f) \
	{ offsetof(struct dvk_cmd, f), sizeof(((struct dvk_cmd *)0)->f) }

static const struct {
	size_t at, size;
} fields[] = {
	FIELD(c_magic), FIELD(c_version), FIELD(c_hdrlen), FIELD(c_cmd),
	FIELD(c_dcid), FIELD(c_src), FIELD(c_dst), FIELD(c_snode),
	FIELD(c_dnode), FIELD(c_rcode), FIELD(c_len), FIELD(c_flags),
	FIELD(c_ctl),
	FIELD(c_timestamp_sec), FIELD(c_timestamp_nsec),
	FIELD(c_vcopy.v_total), FIELD(c_vcopy.v_offset),
	FIELD(c_hello.h_session), FIELD(c_hello.h_cluster),
	FIELD(c_hello.h_features), FIELD(c_hello.h_proof),
};

static const u32 values[] = {
	0, 1, 2, 3, 4, 5, 6, 7, 17, 159, 160, 161, 167, 168, 169, 4095, 4096, 4097, 65535,
	65536, 65537, 1048575, 1048576, 1048577, 0x7fffffff, 0x80000000,
	0xffffffff, 0xfffffffe, 0x2000, 0x200a, -DVK_ERESTARTSYS,
	-DVK_ERESTARTSYS - 1, -DVK_EEXIST,
};

void frame_spoil(struct dvk_cmd *cmd, unsigned int seed)
{
	unsigned int f = seed % ARRAY_SIZE(fields);
	u32 v = values[seed / 32 % ARRAY_SIZE(values)];
	u32 le = cpu_to_le32(v);

	memcpy((u8 *)cmd + fields[f].at, &le, min(sizeof(le), fields[f].size));
}

/* --- copies --- */

/* The links only hand it on. */
struct dvk_xfer {
	u32 bytes;
};

struct dvk_xfer *xfer_start(u32 bytes)
{
	struct dvk_xfer *x = calloc(1, sizeof(*x));

	x->bytes = bytes;
	xfers++;
	return x;
}

void xfer_put(struct dvk_xfer *x)
{
	free(x);
	xfers--;
}

struct dvk_train *dvk_train_of_page(struct page *page, unsigned int len)
{
	abort();
}

void dvk_train_free(struct dvk_train *train)
{
	assert(!train);
}

/* --- reasons, which are for people --- */

void dvk_link_why(struct dvk_link *link, bool log, const char *fmt, ...)
{
}

bool dvk_link_why_news(struct dvk_link *link, const char *fmt, ...)
{
	return true;
}

void dvk_link_why_dial(struct dvk_link *link, int err)
{
}

void dvk_link_why_lost(struct dvk_link *link, int err)
{
}

void dvk_link_why_over(struct dvk_link *link)
{
}

const char *dvk_addr_text(const struct sockaddr_storage *addr, bool port,
			  char text[DVK_ADDR_TEXT])
{
	return NULL;
}
