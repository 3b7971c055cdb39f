/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A connection: bytes in order and without loss, in both directions, until it
 * is lost. One task receives and another one sends.
 */
#ifndef _DVK_PROXY_CONN_H
#define _DVK_PROXY_CONN_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <sys/uio.h>

struct conn;

/**
 * struct conn_ops - what can be done with a connection
 * @send: all of it, or false: the connection is lost. May change @iov
 * @recv: what has arrived, at least one byte; 0 at the end; or -1 with errno,
 *	EAGAIN if there was nothing for @ms milliseconds
 * @confirmed: bytes that the other machine is known to have received, whether
 *	or not its program says anything; it may stay 0
 * @shutdown: both directions; whoever sends or receives comes back
 * @free: the same, and it is gone
 */
struct conn_ops {
	bool (*send)(struct conn *conn, struct iovec *iov, int n);
	ssize_t (*recv)(struct conn *conn, void *buf, size_t len, int ms);
	unsigned long (*confirmed)(struct conn *conn);
	void (*shutdown)(struct conn *conn);
	void (*free)(struct conn *conn);
};

struct conn {
	const struct conn_ops *ops;
};

/* conn.c */
long now_ms(void);
bool conn_write(struct conn *conn, const void *buf, size_t len);
/* All of it, or what had arrived when the time was over or the end came. */
size_t conn_read(struct conn *conn, void *buf, size_t len, int ms);

/* stream.c: the connection that a socket is; NULL, and it is closed */
struct conn *stream_conn(int fd);

#endif /* _DVK_PROXY_CONN_H */
