// SPDX-License-Identifier: GPL-2.0
/*
 * Whole frames go to the core as if each had come by itself: what was gathered
 * or packed for the way is as it was before.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "proxy.h"

/* Whole frames are delivered from it, so there is room for one and a rest. */
#define BUFFER		(256 * 1024)
#define FLAGS		(DVK_CMD_F_BATCH | DVK_CMD_F_LZ4)

/* What has arrived and is not delivered, and room to unpack a payload. */
struct inbox {
	size_t have;
	char bytes[BUFFER];
	proxy_payload_t unpacked;
};

struct inbox *inbox_new(void)
{
	return malloc(sizeof(struct inbox));
}

bool tell_core(struct peer *peer, int status)
{
	long ret = dvk_proxy_conn(peer->id, status);

	if (ret == OK)
		return true;
	if (ret == EDVSPROXYFREE && !is_stopping()) {
		note("node %d: the pair was unbound", peer->id);
		exit(EXIT_FAILURE);
	}
	if (settings.verbose && ret != EDVSNOTCONN)
		note("node %d: proxy_conn %d: %s", peer->id, status,
		     dvk_strerror(ret));
	return false;
}

static bool put(struct peer *peer, const cmd_t *cmd, const void *payload)
{
	long ret;

	do {
		ret = dvk_put2lcl(cmd, payload);
	} while (ret == EDVSINTR);
	if (ret == OK)
		return true;
	if (!is_stopping() && ret != EDVSNOTCONN)
		note("node %d: a frame is not delivered: %s", peer->id,
		     dvk_strerror(ret));
	return false;
}

/*
 * TIPC may lose some, see the core's rx.c. 0: not counted. The original proxies
 * do not, and count in it what they like.
 */
static bool in_order(struct peer *peer, const cmd_t *cmd)
{
	unsigned int nr = cmd->c_batch_nr;

	if (!settings.original && nr && nr != peer->rx_nr) {
		note("node %d: frames are missing", peer->id);
		return false;
	}
	peer->rx_nr++;
	return true;
}

/* Whoever was to get it must not wait: it ends the connection. */
static bool bad_frame(struct peer *peer)
{
	note("node %d: sends a bad frame", peer->id);
	return false;
}

/* The original proxies say nothing true in it. */
static bool is_batched(const cmd_t *cmd)
{
	return cmd->c_magic == DVK_WIRE_MAGIC &&
	       (settings.original || !(cmd->c_len || cmd->c_flags & FLAGS));
}

/* The first header, which has those that follow as payload. */
static bool put_batch(struct peer *peer, cmd_t *cmd, const char *payload)
{
	size_t len = cmd->c_len, at;

	if (len % sizeof(*cmd))
		return bad_frame(peer);
	for (at = 0;; at += sizeof(*cmd)) {
		cmd->c_flags &= ~FLAGS;
		cmd->c_len = 0;
		if (!put(peer, cmd, NULL))
			return false;
		if (at == len)
			return true;
		memcpy(cmd, payload + at, sizeof(*cmd));
		if (!is_batched(cmd))
			return bad_frame(peer);
		if (!in_order(peer, cmd))
			return false;
	}
}

/* What was not agreed on is not taken. The original proxies agree on nothing. */
static bool may_have(const struct peer *peer, const cmd_t *cmd)
{
	unsigned int ours = 0;

	if (settings.original)
		return true;
	if (peer->features & DVK_HELLO_F_BATCH)
		ours |= DVK_CMD_F_BATCH;
	if (peer->features & DVK_HELLO_F_LZ4)
		ours |= DVK_CMD_F_LZ4;
	return !(cmd->c_flags & FLAGS & ~ours);
}

static bool deliver_one(struct peer *peer, struct inbox *in, cmd_t *cmd,
			const char *payload)
{
	ssize_t len;

	if (!may_have(peer, cmd))
		return bad_frame(peer);
	if (!in_order(peer, cmd))
		return false;
	if (cmd->c_flags & DVK_CMD_F_LZ4) {
		len = unpack(payload, cmd->c_len, &in->unpacked);
		if (len < 0)
			return bad_frame(peer);
		payload = (const char *)&in->unpacked;
		cmd->c_len = len;
	}
	if (cmd->c_flags & DVK_CMD_F_BATCH)
		return put_batch(peer, cmd, payload);
	cmd->c_flags &= ~FLAGS;
	return put(peer, cmd, payload);
}

/* Deliver all whole frames; the rest moves to the front. False: hang up. */
static bool deliver(struct peer *peer, struct inbox *in)
{
	size_t at = 0, len;
	cmd_t cmd;

	while (in->have - at >= sizeof(cmd)) {
		memcpy(&cmd, in->bytes + at, sizeof(cmd));
		len = (unsigned int)cmd.c_len;
		/* The core would refuse it, but we could not wait for it. */
		if (cmd.c_magic != DVK_WIRE_MAGIC || len > MAXCOPYBUF)
			return bad_frame(peer);
		if (in->have - at < sizeof(cmd) + len)
			break;
		if (!deliver_one(peer, in, &cmd,
				 in->bytes + at + sizeof(cmd)))
			return false;
		at += sizeof(cmd) + len;
	}
	in->have -= at;
	if (at)
		memmove(in->bytes, in->bytes + at, in->have);
	return true;
}

/* The original proxies say something in half a minute. */
static long patience(void)
{
	return settings.original ? 3 * HELLO_PERIOD : settings.keepalive_ms;
}

void receive_frames(struct peer *peer, struct conn *conn, struct inbox *in)
{
	unsigned long confirmed = 0, n_confirmed;
	long heard = now_ms();
	ssize_t n;

	in->have = 0;
	for (;;) {
		n = conn->ops->recv(conn, in->bytes + in->have,
				    BUFFER - in->have, patience() / 4);
		if (n > 0) {
			heard = now_ms();
			in->have += n;
			if (!deliver(peer, in))
				return;
			continue;
		}
		if (!n || errno != EAGAIN)
			return;
		/* On a slow line a frame may take long, in either direction. */
		n_confirmed = conn->ops->confirmed(conn);
		if (n_confirmed != confirmed)
			heard = now_ms();
		confirmed = n_confirmed;
		if (now_ms() - heard >= patience()) {
			note("node %d: says nothing any more", peer->id);
			return;
		}
	}
}
