/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Checks of headers that arrive. Pure functions: they build in user space
 * too, where tests and fuzzers run them.
 */
#ifndef _DVK_WIRE_H
#define _DVK_WIRE_H

#ifdef __KERNEL__
#include <linux/types.h>
#else
#include <stdbool.h>
#include <stdint.h>
#include <endian.h>
#define le32_to_cpu le32toh
#define le16_to_cpu le16toh
#define le64_to_cpu le64toh
#define cpu_to_le32 htole32
#define cpu_to_le16 htole16
#endif
#include <linux/dvk.h>

/**
 * struct dvk_wire_limits - what this node accepts
 * @nodeid: own
 * @peer: the other side's
 * @max_copybuf: payload bytes of a frame
 * @max_copylen: bytes of a copy
 */
struct dvk_wire_limits {
	int nodeid;
	int peer;
	unsigned int max_copybuf;
	unsigned int max_copylen;
};

/**
 * enum dvk_wire_fault - why a header is bad
 */
enum dvk_wire_fault {
	DVK_WIRE_OK = 0,
	DVK_WIRE_BAD_MAGIC,
	DVK_WIRE_BAD_VERSION,
	DVK_WIRE_BAD_HDRLEN,
	DVK_WIRE_BAD_CODE,
	DVK_WIRE_BAD_NODE,
	DVK_WIRE_BAD_DC,
	DVK_WIRE_BAD_LEN,
	DVK_WIRE_BAD_FLAGS,
	DVK_WIRE_BAD_RANGE,
	DVK_WIRE_BAD_RCODE,
	DVK_WIRE_NR_FAULTS
};

/* The part that can be checked before the peer is known. */
enum dvk_wire_fault dvk_wire_check_magic(const struct dvk_cmd *cmd);
/* All that can be checked without looking at the node's tables. */
enum dvk_wire_fault dvk_wire_check(const struct dvk_cmd *cmd,
				   const struct dvk_wire_limits *limits);
/* The commands that data follows, and those that are about a copy. */
bool dvk_cmd_has_payload(__u32 code);
bool dvk_cmd_is_copy(__u32 code);
const char *dvk_wire_fault_name(enum dvk_wire_fault fault);
const char *dvk_cmd_name(unsigned int code);

/* --- pair_wire.c --- */

/* A header that a program is about to fetch. */
void dvk_pair_wire_out(struct dvk_cmd *cmd);
/* One that it delivers, before anything of it has been checked. */
void dvk_pair_wire_in(struct dvk_cmd *cmd);
/* Whether it stands for nothing but that the other node is there. */
bool dvk_pair_wire_is_none(const struct dvk_cmd *cmd);

#endif /* _DVK_WIRE_H */
