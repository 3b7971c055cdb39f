// SPDX-License-Identifier: GPL-2.0
/*
 * px_middle <own> <node> <host> <ep> <clt> <node> <host> <ep>... : a box between
 * a node with clients and nodes with servers, which know only the box: node
 * <own>. Requests to endpoint <ep> of the box go to endpoint <ep> of one of the
 * servers, in turns; client <clt> is known there by the number after its own.
 * Of frames it knows the endpoints and nodes and nothing else.
 */
#define PX_NO_MAIN
#include "px.h"
#include <poll.h>

#define MAX_SIDES	4

static struct side {
	int node;
	const char *host;
	int ep;			/* of the server there; of the box for clients */
	int in, out;
} sides[MAX_SIDES];
static int nr_sides, own, clt, turn = 1;

static void exchange(int *what, int from, int to)
{
	if (*what == from)
		*what = to;
}

static int is_copy(int cmd)
{
	cmd &= ~MASK_ACKNOWLEDGE;
	return cmd >= CMD_COPYIN_DATA && cmd <= CMD_COPYIN_RQST;
}

/* A header from @from goes to @to. */
static void rewrite(const struct side *from, const struct side *to)
{
	int src = from == sides ? clt : from->ep, new_src, dst, new_dst;

	new_src = from == sides ? clt + 1 : sides->ep;
	dst = from == sides ? sides->ep : clt + 1;
	new_dst = from == sides ? to->ep : clt;
	exchange(&header.c_src, src, new_src);
	exchange(&header.c_dst, dst, new_dst);
	header.c_snode = own;
	header.c_dnode = to->node;
	if (!is_copy(header.c_cmd))
		return;
	exchange(&header.c_vcopy.v_src, src, new_src);
	if (header.c_vcopy.v_src != new_src)
		exchange(&header.c_vcopy.v_src, dst, new_dst);
	exchange(&header.c_vcopy.v_dst, dst, new_dst);
	if (header.c_vcopy.v_dst != new_dst)
		exchange(&header.c_vcopy.v_dst, src, new_src);
	exchange(&header.c_vcopy.v_rqtr, src, new_src);
}

static struct side *forward_to(struct side *from)
{
	if (from != sides)
		return sides;
	if (header.c_cmd == CMD_SNDREC_MSG && ++turn >= nr_sides)
		turn = 1;
	return &sides[turn];
}

static void serve(struct side *from)
{
	struct side *to;

	get_bytes(from->in, &header, sizeof(proxy_hdr_t));
	if (header.c_len)
		get_bytes(from->in, &payload, header.c_len);
	/* Signs of life; and one server of many may go. */
	if (header.c_cmd == CMD_HELLO || header.c_cmd == CMD_NONE ||
	    header.c_cmd == CMD_PROCUNBIND)
		return;
	to = forward_to(from);
	if (header.c_cmd == CMD_SNDREC_MSG) {
		printf("MIDDLE %d -> %d\n", header.c_src, to->ep);
		fflush(stdout);
	}
	rewrite(from, to);
	put_bytes(to->out, &header, sizeof(proxy_hdr_t));
	if (header.c_len)
		put_bytes(to->out, &payload, header.c_len);
}

int main(int argc, char *argv[])
{
	struct pollfd pfd[MAX_SIDES];
	int i;

	if (argc < 9 || argc % 3) {
		fprintf(stderr, "usage: %s <own> <node> <host> <ep> <clt> "
			"<node> <host> <ep>...\n", argv[0]);
		exit(1);
	}
	own = atoi(argv[1]);
	clt = atoi(argv[5]);
	for (i = 2; i + 2 < argc; i += i == 2 ? 4 : 3) {
		sides[nr_sides].node = atoi(argv[i]);
		sides[nr_sides].host = argv[i + 1];
		sides[nr_sides++].ep = atoi(argv[i + 2]);
	}
	for (i = 0; i < nr_sides; i++) {
		sides[i].in = px_accept(BASE_PORT + sides[i].node);
		sides[i].out = px_dial(sides[i].host, BASE_PORT + own);
		pfd[i].fd = sides[i].in;
		pfd[i].events = POLLIN;
	}
	for (;;) {
		if (poll(pfd, nr_sides, -1) < 0)
			PX_EXIT("poll", -errno);
		for (i = 0; i < nr_sides; i++)
			if (pfd[i].revents)
				serve(&sides[i]);
	}
}
