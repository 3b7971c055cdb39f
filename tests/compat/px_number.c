// SPDX-License-Identifier: GPL-2.0
/*
 * px_number <px_id> <host>: a proxy that numbers and acknowledges frames in the
 * header fields that are a proxy's own, and has a flag of its own. It asks for
 * the process of endpoint 10, and prints what it is told.
 */
#include "px.h"

#define MY_FLAG		0x1234
#define c_src_pid	c_batch_nr

static unsigned int lcl_snd_seq, rmt_snd_seq;

static void send_one(int sd)
{
	header.c_flags = MY_FLAG;
	header.c_snd_seq = ++lcl_snd_seq;
	header.c_ack_seq = ~lcl_snd_seq;
	header.c_src_pid = getpid();
	put_bytes(sd, &header, sizeof(proxy_hdr_t));
	if (header.c_len)
		put_bytes(sd, &payload, header.c_len);
}

static void ask_procinfo(int sd, int dcid, int ep)
{
	memset(&header, 0, sizeof(header));
	header.c_cmd = CMD_PROCINFO;
	header.c_dcid = dcid;
	header.c_src = NONE;
	header.c_dst = ep;
	header.c_snode = local_nodeid;
	header.c_dnode = px_id;
	send_one(sd);
}

static void sender_loop(int sd)
{
	int rcode, asked = FALSE;

	for (;;) {
		rcode = dvk_get2rmt(&header, &payload);
		if (rcode == EDVSTIMEDOUT) {
			header.c_cmd = CMD_NONE;
			header.c_len = 0;
			header.c_rcode = 0;
		} else if (rcode) {
			PX_EXIT("dvk_get2rmt", rcode);
		}
		if (header.c_flags || header.c_snd_seq || header.c_ack_seq ||
		    header.c_batch_nr)
			PX_EXIT("fields that are mine", header.c_flags);
		if (header.c_len && header.c_cmd != CMD_PROCINFO + MASK_ACKNOWLEDGE &&
		    header.c_vcopy.v_bytes != header.c_len)
			PX_EXIT("v_bytes", header.c_vcopy.v_bytes);
		send_one(sd);
		if (!asked && header.c_cmd == CMD_REPLY_MSG) {
			ask_procinfo(sd, header.c_dcid, header.c_dst);
			asked = TRUE;
		}
	}
}

static void receiver_loop(int sd)
{
	proc_usr_t *p_ptr = &payload.pay_proc_usr;
	int rcode;

	for (;;) {
		get_bytes(sd, &header, sizeof(proxy_hdr_t));
		if (header.c_len)
			get_bytes(sd, &payload, header.c_len);
		if (header.c_snd_seq != ++rmt_snd_seq ||
		    header.c_ack_seq != ~rmt_snd_seq || header.c_src_pid <= 1)
			PX_EXIT("sequence number", header.c_snd_seq);
		if (header.c_cmd == CMD_PROCINFO + MASK_ACKNOWLEDGE) {
			printf("PROCINFO " PROC_USR_FORMAT, PROC_USR_FIELDS(p_ptr));
			printf("PROCINFO " CMD_XFORMAT, CMD_XFIELDS(&header));
			fflush(stdout);
		}
		rcode = dvk_put2lcl(&header, &payload);
		if (rcode)
			PX_EXIT("dvk_put2lcl", rcode);
	}
}
