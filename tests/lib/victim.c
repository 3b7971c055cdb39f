// SPDX-License-Identifier: GPL-2.0
#include <endian.h>

#include "cluster.h"
#include "util.h"
#include "victim.h"

#define CALLER	30

struct puppet *victim_serves(void)
{
	if (attr_write(THIS_NODE, "new_dc", "%d", DC) ||
	    attr_write(THIS_NODE, "dcs/0/add_node", "%d", BAD) ||
	    attr_write(THIS_NODE, "dcs/0/add_node", "%d", GOOD))
		die("no DC");
	return puppet_bound(THIS_NODE, DC, SRV);
}

bool victim_works_on(struct fake_peer *good, struct puppet *srv)
{
	struct dvk_cmd cmd;

	begin(srv, OP_RCVRQST, 0, SOON);
	fake_message(good, &cmd, DVK_CMD_SNDREC_MSG, DC, CALLER, SRV);
	cmd.c_msg.m1.i1 = htole32(4711);
	if (!fake_send(good, &cmd, NULL))
		return false;
	/* What others have asked meanwhile comes first. */
	for (;;) {
		if (end(srv))
			return false;
		if (heard(srv)->m_source == CALLER)
			break;
		begin(srv, OP_RCVRQST, 0, SOON);
	}
	if (heard(srv)->m1_i1 != 4711)
		return false;
	say(srv, 8, 15);
	if (act(srv, OP_REPLY, CALLER, TIMEOUT_FOREVER))
		return false;
	return fake_expect(good, DVK_CMD_REPLY_MSG, &cmd, NULL, SOON) == 1 &&
	       le32toh(cmd.c_id) == good->seq && cmd.c_msg.m1.i1 == 15;
}

void victim_knock(struct fake_peer *bad, const char *from)
{
	if (bad->fd >= 0)
		fake_leave(bad);
	bad->fd = fake_connect(from, HOST, PORT);
	if (bad->fd < 0)
		die("connect: %m");
}

void victim_join(struct fake_peer *bad)
{
	if (bad->fd >= 0)
		fake_leave(bad);
	fake_join(bad, BAD, VICTIM, BAD_IP, HOST, "DVS");
	if (!wait_until(attr_is(THIS_NODE, "peers/1/state", "up"), SOON))
		die("peer 1 does not come up");
}

bool victim_counts(struct fake_peer *bad, struct dvk_cmd *skipping)
{
	/* Two in order, one that does not count, the next, one too many. */
	static const uint32_t nr[] = { 1, 2, 0, 4, 6 };
	const uint32_t code = DVK_CMD_SEND_MSG | DVK_CMD_ACK;
	size_t i, last = sizeof(nr) / sizeof(nr[0]) - 1;
	uint32_t heard = 0;
	struct dvk_cmd cmd;

	for (i = 0;; i++) {
		fake_message(bad, skipping, DVK_CMD_SEND_MSG, DC, 40, 77);
		skipping->c_batch_nr = htole32(nr[i]);
		if (i == last)
			return true;
		fake_send(bad, skipping, NULL);
		do {
			/* The node counts from its HELLO on, whatever it sends. */
			if (fake_read(bad, &cmd, NULL, SOON) != 1 ||
			    le32toh(cmd.c_batch_nr) != ++heard)
				return false;
		} while (le32toh(cmd.c_cmd) != code);
		if ((int)le32toh(cmd.c_rcode) != -DVK_EDSTDIED)
			return false;
	}
}
