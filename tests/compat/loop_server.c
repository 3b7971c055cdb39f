// SPDX-License-Identifier: GPL-2.0
/*
 * loop_server <dcid> <svr_ep> <clt_ep> <loops>: the passive side of a loop
 * between two nodes. Messages, then notifications, then copies of all sizes.
 */
#include "old.h"

int main(int argc, char *argv[])
{
	int dcid, svr_ep, clt_ep, loops, i;
	message m, *m_ptr = &m;
	char *buffer;
	long ret;

	if (argc != 5) {
		printf("usage: %s <dcid> <svr_ep> <clt_ep> <loops>\n", argv[0]);
		return 1;
	}
	dcid = atoi(argv[1]);
	svr_ep = atoi(argv[2]);
	clt_ep = atoi(argv[3]);
	loops = atoi(argv[4]);
	buffer = malloc(MAXCOPYLEN);
	if (!buffer)
		ERROR_EXIT("malloc", EDVSNOMEM);
	ret = dvk_bind(dcid, svr_ep);
	if (ret < EDVSERRCODE)
		ERROR_EXIT("dvk_bind", ret);
	for (i = 0; i < loops; i++) {
		ret = dvk_rcvrqst_T((long)m_ptr, TIMEOUT_MS);
		if (ret != OK)
			ERROR_EXIT("dvk_rcvrqst_T", ret);
		m_ptr->m2_l2 = -m_ptr->m2_l1;
		ret = dvk_reply_T(clt_ep, (long)m_ptr, TIMEOUT_MOLCALL);
		if (ret != OK)
			ERROR_EXIT("dvk_reply_T", ret);
	}
	for (i = 0; i < loops; i++) {
		ret = dvk_receive_T(clt_ep, (long)m_ptr, TIMEOUT_MS);
		if (ret != OK)
			ERROR_EXIT("dvk_receive_T", ret);
		if (m_ptr->m_type != (NOTIFY_MESSAGE | clt_ep))
			ERROR_EXIT("type of a notification", EDVSBADREQUEST);
		ret = dvk_notify(clt_ep);
		if (ret != OK)
			ERROR_EXIT("dvk_notify", ret);
	}
	for (;;) {
		ret = dvk_receive_T(ANY, (long)m_ptr, TIMEOUT_MS);
		if (ret != OK)
			ERROR_EXIT("dvk_receive_T", ret);
		if (m_ptr->m1_i1 == 0)
			break;
		/* There, changed, and back. */
		ret = dvk_vcopy(clt_ep, m_ptr->m1_p1, svr_ep, (long)buffer, m_ptr->m1_i1);
		if (ret != OK)
			ERROR_EXIT("dvk_vcopy", ret);
		for (i = 0; i < m_ptr->m1_i1; i++)
			buffer[i] ^= 0x5a;
		ret = dvk_vcopy(svr_ep, (long)buffer, clt_ep, m_ptr->m1_p1, m_ptr->m1_i1);
		if (ret != OK)
			ERROR_EXIT("dvk_vcopy", ret);
		ret = dvk_send_T(clt_ep, (long)m_ptr, TIMEOUT_MOLCALL);
		if (ret != OK)
			ERROR_EXIT("dvk_send_T", ret);
	}
	ret = dvk_send_T(clt_ep, (long)m_ptr, TIMEOUT_MOLCALL);
	if (ret != OK)
		ERROR_EXIT("dvk_send_T", ret);
	free(buffer);
	return 0;
}
