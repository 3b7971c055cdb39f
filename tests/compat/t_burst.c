// SPDX-License-Identifier: GPL-2.0
/*
 * t_burst <dcid> <svr_ep> svr <requests> | t_burst <dcid> <svr_ep> clt <peers>
 * <loops>: many clients ask one server at the same time.
 */
#include "old.h"

#define FIRST_CLT	30

static int server(int dcid, int svr_ep, int requests)
{
	message m, *m_ptr = &m;
	long ret;
	int i;

	ret = dvk_bind(dcid, svr_ep);
	if (ret != svr_ep)
		ERROR_EXIT("dvk_bind", ret);
	for (i = 0; i < requests; i++) {
		ret = dvk_rcvrqst_T((long)m_ptr, TIMEOUT_MOLCALL);
		if (ret)
			ERROR_EXIT("dvk_rcvrqst", ret);
		m_ptr->m1_i2 = m_ptr->m1_i1 + 1;
		ret = dvk_reply(m_ptr->m_source, (long)m_ptr);
		if (ret)
			ERROR_EXIT("dvk_reply", ret);
	}
	return 0;
}

static void client(int dcid, int svr_ep, int nr, int loops)
{
	message m, *m_ptr = &m;
	long ret;
	int i;

	ret = dvk_bind(dcid, FIRST_CLT + nr);
	if (ret < EDVSERRCODE)
		ERROR_EXIT("dvk_bind", ret);
	ret = dvk_wait4bindep_T(svr_ep, TIMEOUT_MOLCALL);
	if (ret != svr_ep)
		ERROR_EXIT("dvk_wait4bindep_T", ret);
	for (i = 0; i < loops; i++) {
		m_ptr->m_type = 1;
		m_ptr->m1_i1 = nr * 1000 + i;
		ret = dvk_sendrec_T(svr_ep, (long)m_ptr, TIMEOUT_MOLCALL);
		if (ret)
			ERROR_EXIT("dvk_sendrec", ret);
		if (m_ptr->m1_i2 != nr * 1000 + i + 1)
			ERROR_EXIT("answer of another", m_ptr->m1_i2);
	}
}

int main(int argc, char *argv[])
{
	pid_t pids[64];
	int i, peers;

	if (argc == 5 && !strcmp(argv[3], "svr"))
		return server(atoi(argv[1]), atoi(argv[2]), atoi(argv[4]));
	if (argc != 6 || atoi(argv[4]) > 64) {
		printf("usage: %s <dcid> <svr_ep> svr <requests> | clt <peers> <loops>\n",
		       argv[0]);
		return 1;
	}
	peers = atoi(argv[4]);
	for (i = 0; i < peers; i++) {
		pids[i] = fork();
		if (!pids[i]) {
			client(atoi(argv[1]), atoi(argv[2]), i, atoi(argv[5]));
			exit(0);
		}
	}
	for (i = 0; i < peers; i++)
		must_exit_well(pids[i]);
	printf("%d peers, %d loops\n", peers, atoi(argv[5]));
	return 0;
}
