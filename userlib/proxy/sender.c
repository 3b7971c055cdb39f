// SPDX-License-Identifier: GPL-2.0
/*
 * What the core has for the node goes out as it is, with its number, unless both
 * ends are for more: then messages that are there together go in one frame,
 * and payload is packed if that makes it smaller.
 */
#include <stdlib.h>
#include <string.h>
#include "proxy.h"

void wait_bound(void)
{
	long ret;

	do {
		ret = dvk_wait4bind_T(TIMEOUT_MOLCALL);
	} while (ret == EDVSTIMEDOUT || ret == EDVSINTR);
}

static long fetch(struct frame *f, long timeout)
{
	long ret;

	do {
		ret = dvk_get2rmt_T(&f->cmd, &f->payload, timeout);
	} while (ret == EDVSINTR);
	return ret;
}

/* The original proxies have other uses for it. */
static void number(struct peer *peer, cmd_t *cmd)
{
	if (!settings.original)
		cmd->c_batch_nr = ++peer->tx_nr;
}

static bool write_frame(struct conn *conn, const cmd_t *cmd,
			const void *payload)
{
	struct iovec iov[2] = {
		{ .iov_base = (void *)cmd, .iov_len = sizeof(*cmd) },
		{ .iov_base = (void *)payload, .iov_len = cmd->c_len },
	};

	/* Where messages have boundaries they read the header by itself. */
	if (settings.original)
		return conn->ops->send(conn, iov, 1) &&
		       (!cmd->c_len || conn->ops->send(conn, iov + 1, 1));
	return conn->ops->send(conn, iov, cmd->c_len ? 2 : 1);
}

static bool send_frame(struct peer *peer, struct conn *conn, struct frame *f,
		       struct frame *spare)
{
	const void *payload = &f->payload;
	size_t packed = 0;

	number(peer, &f->cmd);
	if (f->cmd.c_len && peer->features & DVK_HELLO_F_LZ4)
		packed = pack(payload, f->cmd.c_len, &spare->payload);
	if (packed) {
		payload = &spare->payload;
		f->cmd.c_len = packed;
		f->cmd.c_flags |= DVK_CMD_F_LZ4;
	}
	return write_frame(conn, &f->cmd, payload);
}

/*
 * @f has no payload: the headers that are there behind it become that. Returns
 * what ended it: OK if there is a frame with payload in @spare.
 */
static long gather(struct peer *peer, struct frame *f, struct frame *spare)
{
	int n = 0;
	long ret = OK;

	number(peer, &f->cmd);
	while (n < BATCH_MAX) {
		ret = fetch(spare, TIMEOUT_NOWAIT);
		if (ret != OK || spare->cmd.c_len)
			break;
		number(peer, &spare->cmd);
		memcpy(f->payload.pay_data + n * sizeof(cmd_t), &spare->cmd,
		       sizeof(cmd_t));
		n++;
	}
	if (n) {
		f->cmd.c_flags |= DVK_CMD_F_BATCH;
		f->cmd.c_len = n * sizeof(cmd_t);
		if (settings.original)
			f->cmd.c_batch_nr = n;
	}
	return n < BATCH_MAX ? ret : EDVSAGAIN;
}

static bool send_gathered(struct peer *peer, struct conn *conn,
			  struct frame *f, struct frame *spare, long *ret)
{
	*ret = gather(peer, f, spare);
	if (!write_frame(conn, &f->cmd, &f->payload))
		return false;
	if (*ret == OK)
		return send_frame(peer, conn, spare, f);
	if (*ret == EDVSAGAIN)
		*ret = OK;
	return true;
}

/*
 * Who has said nothing for a quarter of the keep-alive says something. The
 * original proxies take a header that is nothing for that.
 */
static bool send_hello(struct peer *peer, struct conn *conn, struct frame *f)
{
	if (settings.original) {
		hello_fill(&f->cmd, peer->id, CMD_NONE);
		memset(&f->cmd.c_hello, 0, sizeof(f->cmd.c_hello));
	}
	number(peer, &f->cmd);
	f->cmd.c_len = 0;
	return write_frame(conn, &f->cmd, NULL);
}

void send_frames(struct peer *peer, struct conn *conn, struct frame *f,
		 struct frame *spare)
{
	bool ok = true;
	long ret = OK;

	while (ok && ret == OK) {
		ret = fetch(f, settings.original ? HELLO_PERIOD :
			       settings.keepalive_ms / 4);
		if (ret == EDVSTIMEDOUT) {
			ok = send_hello(peer, conn, f);
			ret = OK;
		} else if (ret == OK && !f->cmd.c_len &&
			   peer->features & DVK_HELLO_F_BATCH) {
			ok = send_gathered(peer, conn, f, spare, &ret);
		} else if (ret == OK) {
			ok = send_frame(peer, conn, f, spare);
		}
	}
	if (!ok || is_stopping())
		return;
	if (ret != EDVSNOTCONN)
		note("node %d: the sender gets no frames: %s", peer->id,
		     dvk_strerror(ret));
	if (ret == EDVSSHUTDOWN)
		exit(EXIT_FAILURE);
}
