// SPDX-License-Identifier: GPL-2.0
/*
 * The check of arriving headers, dvk-core/link/wire.c, compiled for user space
 * under address and undefined-behaviour sanitizers.
 */
#include "kselftest_harness.h"

#include <endian.h>

#include "dvk-core/link/wire.c"
#include "dvk-core/link/pair_wire.c"

static const struct dvk_wire_limits limits = {
	.nodeid = 5,
	.peer = 2,
	.max_copybuf = DVK_MAXCOPYBUF,
	.max_copylen = DVK_MAXCOPYLEN,
};

/* In memory of its own, so that a read behind it is caught. */
FIXTURE(wire) {
	struct dvk_cmd *cmd;
};

FIXTURE_SETUP(wire)
{
	self->cmd = calloc(1, sizeof(*self->cmd));
	self->cmd->c_magic = htole32(DVK_WIRE_MAGIC);
	self->cmd->c_version = htole16(DVK_WIRE_VERSION);
	self->cmd->c_hdrlen = htole16(sizeof(*self->cmd));
	self->cmd->c_cmd = htole32(DVK_CMD_SEND_MSG);
	self->cmd->c_snode = htole32(2);
	self->cmd->c_dnode = htole32(5);
}

FIXTURE_TEARDOWN(wire)
{
	free(self->cmd);
}

#define CHECK() dvk_wire_check(self->cmd, &limits)

/* One field is wrong, and right again afterwards. */
#define WITH(field, value, fault) do {					\
	__typeof__(self->cmd->field) old_ = self->cmd->field;		\
									\
	self->cmd->field = (value);					\
	EXPECT_EQ(fault, CHECK());					\
	self->cmd->field = old_;					\
	EXPECT_EQ(DVK_WIRE_OK, CHECK());				\
} while (0)

TEST_F(wire, good)
{
	EXPECT_EQ(DVK_WIRE_OK, CHECK());
}

TEST_F(wire, bad_fields)
{
	WITH(c_magic, 0, DVK_WIRE_BAD_MAGIC);
	WITH(c_magic, htole32(DVK_WIRE_MAGIC + 1), DVK_WIRE_BAD_MAGIC);
	WITH(c_version, 0, DVK_WIRE_BAD_VERSION);
	WITH(c_version, htole16(DVK_WIRE_VERSION + 1), DVK_WIRE_BAD_VERSION);
	WITH(c_hdrlen, 0, DVK_WIRE_BAD_HDRLEN);
	WITH(c_hdrlen, htole16(169), DVK_WIRE_BAD_HDRLEN);
	WITH(c_snode, htole32(3), DVK_WIRE_BAD_NODE);
	WITH(c_snode, htole32(-1), DVK_WIRE_BAD_NODE);
	WITH(c_dnode, htole32(2), DVK_WIRE_BAD_NODE);
	WITH(c_dcid, htole32(DVK_MAX_DCS), DVK_WIRE_BAD_DC);
	WITH(c_dcid, htole32(-1), DVK_WIRE_BAD_DC);
	WITH(c_len, htole32(1), DVK_WIRE_BAD_LEN);
	WITH(c_len, htole32(0xffffffff), DVK_WIRE_BAD_LEN);
	WITH(c_flags, htole32(1U << 31), DVK_WIRE_BAD_FLAGS);
	WITH(c_ctl, htole32(1U << 31), DVK_WIRE_BAD_FLAGS);
	WITH(c_rcode, htole32(1), DVK_WIRE_BAD_RCODE);
	/* Only answers have a result. */
	WITH(c_rcode, htole32(-1), DVK_WIRE_BAD_RCODE);
}

TEST_F(wire, codes)
{
	static const unsigned int good[] = {
		DVK_CMD_SEND_MSG, DVK_CMD_NTFY_MSG, DVK_CMD_SNDREC_MSG,
		DVK_CMD_REPLY_MSG, DVK_CMD_COPYIN_DATA, DVK_CMD_COPYOUT_RQST,
		DVK_CMD_HELLO, DVK_CMD_SHUTDOWN, DVK_CMD_PROCBIND,
		DVK_CMD_PROCUNBIND, DVK_CMD_CANCEL,
		DVK_CMD_SEND_MSG | DVK_CMD_ACK, DVK_CMD_SNDREC_MSG | DVK_CMD_ACK,
		DVK_CMD_COPYIN_DATA | DVK_CMD_ACK, DVK_CMD_COPYOUT_DATA,
		DVK_CMD_HELLO | DVK_CMD_ACK,
	};
	static const unsigned int bad[] = {
		DVK_CMD_NONE, DVK_CMD_NR, DVK_CMD_NR + 1, 0xffffffff, 0x80000001,
		DVK_CMD_ACK, DVK_CMD_ACK | DVK_CMD_NR, DVK_CMD_ACK << 1 | 1,
		DVK_CMD_SHUTDOWN | DVK_CMD_ACK, DVK_CMD_CANCEL | DVK_CMD_ACK,
		DVK_CMD_PROCBIND | DVK_CMD_ACK,
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(good); i++) {
		self->cmd->c_cmd = htole32(good[i]);
		EXPECT_EQ(DVK_WIRE_OK, CHECK()) TH_LOG("code %#x", good[i]);
	}
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		self->cmd->c_cmd = htole32(bad[i]);
		EXPECT_EQ(DVK_WIRE_BAD_CODE, CHECK()) TH_LOG("code %#x", bad[i]);
	}
}

TEST_F(wire, results)
{
	int r;

	self->cmd->c_cmd = htole32(DVK_CMD_SEND_MSG | DVK_CMD_ACK);
	for (r = 0; r >= -DVK_ERESTARTSYS; r--) {
		self->cmd->c_rcode = htole32(r);
		EXPECT_EQ(DVK_WIRE_OK, CHECK());
	}
	WITH(c_rcode, htole32(-DVK_ERESTARTSYS - 1), DVK_WIRE_BAD_RCODE);
	WITH(c_rcode, htole32(0x7fffffff), DVK_WIRE_BAD_RCODE);
	WITH(c_rcode, htole32(0x80000000), DVK_WIRE_BAD_RCODE);
}

TEST_F(wire, copy_ranges)
{
	static const struct {
		unsigned int len, bytes, offset;
		int fault;
	} copies[] = {
		{ 0, 0, 0, DVK_WIRE_OK },
		{ 1, 1, 0, DVK_WIRE_OK },
		{ 65536, 65536, 0, DVK_WIRE_OK },
		{ 65536, 1048576, 1048576 - 65536, DVK_WIRE_OK },
		{ 0, 1048576, 1048576, DVK_WIRE_OK },
		{ 65537, 1048576, 0, DVK_WIRE_BAD_LEN },
		{ 0xffffffff, 1048576, 0, DVK_WIRE_BAD_LEN },
		{ 2, 1, 0, DVK_WIRE_BAD_RANGE },
		{ 0, 1, 2, DVK_WIRE_BAD_RANGE },
		{ 1, 1, 1, DVK_WIRE_BAD_RANGE },
		{ 65536, 1048576, 1048576 - 65535, DVK_WIRE_BAD_RANGE },
		{ 0, 1048577, 0, DVK_WIRE_BAD_RANGE },
		{ 0, 0xffffffff, 0, DVK_WIRE_BAD_RANGE },
		{ 65536, 1048576, 0xffffffff, DVK_WIRE_BAD_RANGE },
		{ 65536, 1048576, 0xffff0000, DVK_WIRE_BAD_RANGE },
	};
	static const unsigned int codes[] = {
		DVK_CMD_COPYIN_DATA, DVK_CMD_COPYOUT_DATA,
	};
	size_t i, k;

	for (k = 0; k < ARRAY_SIZE(codes); k++) {
		self->cmd->c_cmd = htole32(codes[k]);
		for (i = 0; i < ARRAY_SIZE(copies); i++) {
			self->cmd->c_len = htole32(copies[i].len);
			self->cmd->c_vcopy.v_total = htole32(copies[i].bytes);
			self->cmd->c_vcopy.v_offset = htole32(copies[i].offset);
			EXPECT_EQ(copies[i].fault, CHECK())
				TH_LOG("code %#x, copy %zu", codes[k], i);
		}
	}
	/* A node with a smaller table has smaller limits. */
	self->cmd->c_cmd = htole32(DVK_CMD_COPYOUT_RQST);
	self->cmd->c_len = 0;
	self->cmd->c_vcopy.v_offset = 0;
	self->cmd->c_vcopy.v_total = htole32(4097);
	EXPECT_EQ(DVK_WIRE_BAD_RANGE,
		  dvk_wire_check(self->cmd, &(struct dvk_wire_limits){
			  .nodeid = 5, .peer = 2, .max_copybuf = 4096,
			  .max_copylen = 4096 }));
}

/* Whatever comes, what is accepted is in range. */
TEST_F(wire, random)
{
	unsigned long accepted = 0;
	unsigned int rnd = 1;
	int i, k;

	for (i = 0; i < 2000000; i++) {
		struct dvk_cmd c = *self->cmd;
		unsigned int code, len, bytes, offset;

		for (k = 0; k < 4; k++) {
			rnd = rnd * 1103515245 + 12345;
			/* Mostly fields that decide something. */
			((unsigned char *)&c)[8 + (rnd >> 8) % 120] = rnd >> 24;
		}
		rnd = rnd * 1103515245 + 12345;
		c.c_cmd = htole32((rnd >> 8) % 20 |
				  (rnd >> 16 & 1 ? DVK_CMD_ACK : 0));
		if (dvk_wire_check(&c, &limits))
			continue;
		accepted++;
		code = le32toh(c.c_cmd);
		len = le32toh(c.c_len);
		ASSERT_GE(DVK_MAXCOPYBUF, len);
		ASSERT_GT(DVK_MAX_DCS, le32toh(c.c_dcid));
		if (len && code != DVK_CMD_PROCINFO_ACK) {
			bytes = le32toh(c.c_vcopy.v_total);
			offset = le32toh(c.c_vcopy.v_offset);
			ASSERT_GE(DVK_MAXCOPYLEN, bytes);
			ASSERT_GE(bytes, offset);
			ASSERT_GE(bytes - offset, len);
			ASSERT_TRUE(code == DVK_CMD_COPYIN_DATA ||
				    code == DVK_CMD_COPYOUT_DATA ||
				    code == DVK_CMD_COPYIN_RQST);
		}
	}
	EXPECT_LT(100, accepted);
}

/* What programs that carry frames put into their own fields is theirs. */
TEST_F(wire, own_fields)
{
	struct dvk_cmd *cmd = self->cmd;

	cmd->c_batch_nr = htole32(3);
	dvk_pair_wire_out(cmd);
	EXPECT_EQ(0, cmd->c_batch_nr);
	EXPECT_NE(0, cmd->c_path);
	cmd->c_batch_nr = htole32(12);
	cmd->c_flags = htole32(0xffffffff);
	cmd->c_snd_seq = htole32(4711);
	cmd->c_ack_seq = htole32(-1);
	cmd->c_len = htole32(12 * sizeof(*cmd));
	cmd->c_id = htole32(5);
	cmd->c_src_inc = htole32(6);
	dvk_pair_wire_in(cmd);
	EXPECT_EQ(DVK_WIRE_OK, CHECK());
	EXPECT_EQ(0, cmd->c_batch_nr);
	EXPECT_EQ(5, le32toh(cmd->c_id));
	EXPECT_EQ(6, le32toh(cmd->c_src_inc));
}

/* A payload that was packed: its length is what the frame says it carries. */
TEST_F(wire, packed)
{
	struct dvk_cmd *cmd = self->cmd;
	unsigned int lz4;

	for (lz4 = 0; lz4 < 2; lz4++) {
		cmd->c_cmd = htole32(DVK_CMD_COPYIN_DATA);
		cmd->c_vcopy.v_total = htole32(100000);
		cmd->c_vcopy.v_bytes = htole32(4000);
		cmd->c_len = htole32(70);
		cmd->c_flags = htole32(lz4 * DVK_CMD_F_LZ4);
		dvk_pair_wire_in(cmd);
		EXPECT_EQ(lz4 ? 4000 : 70, le32toh(cmd->c_len));
		EXPECT_EQ(DVK_WIRE_OK, CHECK());
	}
	cmd->c_vcopy.v_bytes = htole32(0xffffffff);
	cmd->c_flags = htole32(DVK_CMD_F_LZ4);
	dvk_pair_wire_in(cmd);
	EXPECT_EQ(DVK_WIRE_BAD_LEN, CHECK());
}

/* Whatever is exchanged on the way, incarnations are not those of others. */
TEST_F(wire, exchanged)
{
	struct dvk_cmd *cmd = self->cmd, sent;
	__le32 *field[] = {
		&cmd->c_src, &cmd->c_dst, &cmd->c_snode, &cmd->c_dnode,
		&cmd->c_vcopy.v_src, &cmd->c_vcopy.v_dst, &cmd->c_vcopy.v_rqtr,
	};
	size_t i;

	cmd->c_cmd = htole32(DVK_CMD_COPYIN_RQST);
	cmd->c_src_inc = htole32(1);
	cmd->c_dst_inc = htole32(2);
	cmd->c_vcopy.v_rqtr_inc = htole32(3);
	cmd->c_vcopy.v_dst_inc = htole32(4);
	dvk_pair_wire_out(cmd);
	sent = *cmd;
	dvk_pair_wire_in(cmd);
	EXPECT_EQ(1, le32toh(cmd->c_src_inc));
	EXPECT_EQ(4, le32toh(cmd->c_vcopy.v_dst_inc));
	EXPECT_EQ(0, cmd->c_path);
	for (i = 0; i < ARRAY_SIZE(field); i++) {
		*cmd = sent;
		*field[i] = htole32(le32toh(*field[i]) + 1);
		dvk_pair_wire_in(cmd);
		EXPECT_EQ(0, cmd->c_src_inc) TH_LOG("field %zu", i);
		EXPECT_EQ(0, cmd->c_dst_inc);
		EXPECT_EQ(0, cmd->c_vcopy.v_rqtr_inc);
		EXPECT_EQ(0, cmd->c_vcopy.v_dst_inc);
	}
	/* Who knows nothing of sums, as a kernel proxy, has exchanged none. */
	*cmd = sent;
	cmd->c_path = 0;
	dvk_pair_wire_in(cmd);
	EXPECT_EQ(1, le32toh(cmd->c_src_inc));
}

TEST_F(wire, nothing)
{
	struct dvk_cmd none = { };

	EXPECT_FALSE(dvk_pair_wire_is_none(self->cmd));
	self->cmd->c_cmd = 0;
	EXPECT_TRUE(dvk_pair_wire_is_none(self->cmd));
	dvk_pair_wire_in(&none);
	EXPECT_TRUE(dvk_pair_wire_is_none(&none));
	none.c_magic = htole32(1);
	EXPECT_FALSE(dvk_pair_wire_is_none(&none));
}

/* Names never run out of their tables. */
TEST_F(wire, names)
{
	unsigned int i;

	for (i = 0; i < 70000; i++) {
		ASSERT_NE(NULL, dvk_cmd_name(i));
		ASSERT_NE(NULL, dvk_wire_fault_name(i));
	}
	EXPECT_STREQ("SEND", dvk_cmd_name(DVK_CMD_SEND_MSG | DVK_CMD_ACK));
	EXPECT_NE(NULL, dvk_cmd_name(0xffffffff));
}

TEST_HARNESS_MAIN
