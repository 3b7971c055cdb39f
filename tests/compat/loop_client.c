// SPDX-License-Identifier: GPL-2.0
/* loop_client <dcid> <svr_ep> <clt_ep> <loops>: the active side of loop_server. */
#include "old.h"

static void ask(int svr_ep, message *m_ptr)
{
	long ret = dvk_sendrec_T(svr_ep, (long)m_ptr, TIMEOUT_MOLCALL);

	if (ret != OK)
		ERROR_EXIT("dvk_sendrec_T", ret);
}

int main(int argc, char *argv[])
{
	int dcid, svr_ep, clt_ep, loops, size, i;
	message m, *m_ptr = &m;
	double t_start;
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
	ret = dvk_bind(dcid, clt_ep);
	if (ret < EDVSERRCODE)
		ERROR_EXIT("dvk_bind", ret);
	ret = dvk_wait4bindep_T(svr_ep, TIMEOUT_MOLCALL);
	if (ret != svr_ep)
		ERROR_EXIT("dvk_wait4bindep_T", ret);

	t_start = dwalltime();
	for (i = 0; i < loops; i++) {
		m_ptr->m_type = 1;
		m_ptr->m2_l1 = i;
		ask(svr_ep, m_ptr);
		if (m_ptr->m2_l2 != -i)
			ERROR_EXIT("answer", EDVSBADREQUEST);
	}
	printf("sendrec loops = %d %.0f [msg/s]\n", loops,
	       2 * loops / (dwalltime() - t_start));

	t_start = dwalltime();
	for (i = 0; i < loops; i++) {
		ret = dvk_notify(svr_ep);
		if (ret != OK)
			ERROR_EXIT("dvk_notify", ret);
		ret = dvk_receive_T(ANY, (long)m_ptr, TIMEOUT_MOLCALL);
		if (ret != OK)
			ERROR_EXIT("dvk_receive_T", ret);
		if (m_ptr->m_type != (NOTIFY_MESSAGE | svr_ep))
			ERROR_EXIT("type of a notification", EDVSBADREQUEST);
	}
	printf("notify loops = %d %.0f [msg/s]\n", loops,
	       2 * loops / (dwalltime() - t_start));

	for (size = 512; size <= MAXCOPYLEN; size *= 2) {
		for (i = 0; i < size; i++)
			buffer[i] = (char)(i % 251);
		m_ptr->m_type = 2;
		m_ptr->m1_i1 = size;
		m_ptr->m1_p1 = (long)buffer;
		t_start = dwalltime();
		ask(svr_ep, m_ptr);
		t_start = dwalltime() - t_start;
		for (i = 0; i < size; i++) {
			if (buffer[i] != (char)((i % 251) ^ 0x5a))
				ERROR_EXIT("bytes of the server", EDVSFAULT);
		}
		printf("copy size = %d %.0f [bytes/s]\n", size, 2 * size / t_start);
	}
	m_ptr->m1_i1 = 0;
	ask(svr_ep, m_ptr);
	free(buffer);
	return 0;
}
