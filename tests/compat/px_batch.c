// SPDX-License-Identifier: GPL-2.0
/*
 * px_batch <px_id> <host>: a proxy that sends the headers of many commands in
 * one frame. It prints the size of its largest batch.
 */
#include "px.h"

static proxy_hdr_t next;
static proxy_payload_t next_payload;

static void send_one(int sd, proxy_hdr_t *h, void *p)
{
	put_bytes(sd, h, sizeof(proxy_hdr_t));
	if (h->c_len)
		put_bytes(sd, p, h->c_len);
}

static void sender_loop(int sd)
{
	int rcode, have_next, n, max = 1;

	for (;;) {
		rcode = dvk_get2rmt(&header, &payload);
		if (rcode == EDVSTIMEDOUT) {
			header.c_cmd = CMD_NONE;
			header.c_len = 0;
		} else if (rcode) {
			PX_EXIT("dvk_get2rmt", rcode);
		}
		have_next = FALSE;
		n = 0;
		while (!header.c_len && n < (int)MAXBATCMD) {
			rcode = dvk_get2rmt_T(&next, &next_payload, TIMEOUT_NOWAIT);
			if (rcode)
				break;
			/* One with data ends it, and goes by itself. */
			have_next = next.c_len > 0;
			if (have_next)
				break;
			payload.pay_cmd[n++] = next;
		}
		if (n) {
			SET_BIT(header.c_flags, FLAG_BATCH_BIT);
			header.c_batch_nr = n;
			header.c_len = n * sizeof(proxy_hdr_t);
		}
		send_one(sd, &header, &payload);
		if (have_next)
			send_one(sd, &next, &next_payload);
		if (n > max) {
			max = n;
			printf("BATCH of %d\n", n);
			fflush(stdout);
		}
	}
}

static void receiver_loop(int sd)
{
	int rcode, i;

	for (;;) {
		get_bytes(sd, &header, sizeof(proxy_hdr_t));
		if (header.c_len)
			get_bytes(sd, &payload, header.c_len);
		/* As it is, with the flag and the length. */
		rcode = dvk_put2lcl(&header, &payload);
		if (rcode)
			PX_EXIT("dvk_put2lcl", rcode);
		if (!TEST_BIT(header.c_flags, FLAG_BATCH_BIT))
			continue;
		for (i = 0; i < header.c_batch_nr; i++) {
			rcode = dvk_put2lcl(&payload.pay_cmd[i], &payload);
			if (rcode)
				PX_EXIT("dvk_put2lcl", rcode);
		}
	}
}
