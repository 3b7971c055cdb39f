/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Connections over sockets of datagrams, UDP's and raw Ethernet's. A peer has
 * one such socket, which only its receiver reads.
 *
 * The node that dials says OPEN with a number of its own; the other one answers
 * OPENED with a number of its own, and whoever then says that one has heard it.
 * So neither datagrams of old connections nor senders of forged addresses, who
 * see no answers, open or end any.
 */
#ifndef _DVK_PROXY_DGRAM_H
#define _DVK_PROXY_DGRAM_H

#include <linux/types.h>
#include <sys/socket.h>
#include "conn.h"

struct peer;

#define SEGMENT_MAGIC	0x534b5644	/* "DVKS" */
#define SEGMENT_VERSION	1

enum segment_type {
	SEGMENT_OPEN = 1,
	SEGMENT_OPENED = 2,
	SEGMENT_DATA = 3,	/* @len may be 0: an acknowledgement alone */
	SEGMENT_CLOSE = 4,
};

/**
 * struct segment - how each datagram begins; all little-endian
 * @magic: SEGMENT_MAGIC
 * @version: SEGMENT_VERSION
 * @type: enum segment_type
 * @len: bytes that follow; what Ethernet appends does not count
 * @from: node that sends it
 * @to: node that it is for
 * @conn: number of the connection, as @to has chosen it; 0 in OPEN
 * @own: the number that @from has chosen
 * @seq: of a DATA with bytes: number of the segment; of OPEN and OPENED: bytes
 *	that a segment may have
 * @ack: of DATA: the first segment that has not arrived
 * @map: of DATA: bit n: the segment after it and n more has
 * @stamp: of DATA: the sender's clock, in microseconds
 * @echo: of DATA: the @stamp of one that has arrived, see struct window_ack
 */
struct segment {
	__le32 magic;
	__u8 version;
	__u8 type;
	__le16 len;
	__le32 from;
	__le32 to;
	__le64 conn;
	__le64 own;
	__le32 seq;
	__le32 ack;
	__le64 map;
	__le32 stamp;
	__le32 echo;
};

/**
 * struct dgram - a peer's socket
 * @peer: whose
 * @fd: the socket
 * @room: bytes after a struct segment
 * @dest: where to send to, if the socket is not connected
 * @dest_len: its length, or 0
 * @source_is: whether a datagram is the peer's, NULL if the kernel sees to it
 * @conn: the connection, while the receiver has one
 * @their: the number that the peer has opened one with
 * @their_room: bytes that its segments may have
 * @our: the answer to it
 * @opened: the peer has heard that
 */
struct dgram {
	struct peer *peer;
	int fd;
	size_t room;
	struct sockaddr_storage dest;
	socklen_t dest_len;
	bool (*source_is)(const struct dgram *d,
			  const struct sockaddr_storage *from);
	struct dgram_conn *conn;
	__u64 their;
	size_t their_room;
	__u64 our;
	bool opened;
};

/*
 * @fd of a new socket for @peer becomes its struct dgram; NULL with errno, and
 * it is closed. The caller sets the rest.
 */
struct dgram *dgram_new(struct peer *peer, int fd, size_t room);

/* A connection to the peer, or NULL with errno. */
struct conn *dgram_dial(struct dgram *d);
/* Waits for one from it; NULL with errno. */
struct conn *dgram_wait(struct dgram *d);

#endif /* _DVK_PROXY_DGRAM_H */
