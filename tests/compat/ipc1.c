// SPDX-License-Identifier: GPL-2.0
/* ipc1 <loops>: send against receive, in both directions. */
#include "pair.h"

static void sender(int dst_ep, int rounds)
{
	message m, *m_ptr = &m;
	long ret;
	int i;

	for (i = 0; i < rounds; i++) {
		m_ptr->m_type = i;
		m_ptr->m1_i1 = i;
		ret = dvk_send(dst_ep, (long)m_ptr);
		if (ret != OK)
			ERROR_EXIT("dvk_send", ret);
		ret = dvk_receive(dst_ep, (long)m_ptr);
		if (ret != OK)
			ERROR_EXIT("dvk_receive", ret);
		if (m_ptr->m_source != dst_ep || m_ptr->m1_i1 != i + 1) {
			printf(MSG1_FORMAT, MSG1_FIELDS(m_ptr));
			exit(1);
		}
	}
}

static void receiver(int src_ep, int rounds)
{
	message m, *m_ptr = &m;
	long ret;
	int i;

	for (i = 0; i < rounds; i++) {
		ret = dvk_receive(ANY, (long)m_ptr);
		if (ret != OK)
			ERROR_EXIT("dvk_receive", ret);
		if (m_ptr->m_source != src_ep || m_ptr->m_type != i) {
			printf(MSG1_FORMAT, MSG1_FIELDS(m_ptr));
			exit(1);
		}
		m_ptr->m1_i1++;
		ret = dvk_send(src_ep, (long)m_ptr);
		if (ret != OK)
			ERROR_EXIT("dvk_send", ret);
	}
}
