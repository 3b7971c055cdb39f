// SPDX-License-Identifier: GPL-2.0
/* ipc2 <loops>: sendrec against receive and send. */
#include "pair.h"

static void sender(int dst_ep, int rounds)
{
	message m, *m_ptr = &m;
	long ret;
	int i;

	for (i = 0; i < rounds; i++) {
		m_ptr->m_type = 2;
		m_ptr->m2_i1 = i;
		m_ptr->m2_l1 = 100L * i;
		ret = dvk_sendrec(dst_ep, (long)m_ptr);
		if (ret != OK)
			ERROR_EXIT("dvk_sendrec", ret);
		if (m_ptr->m2_l1 != 100L * i + 1) {
			printf(MSG2_FORMAT, MSG2_FIELDS(m_ptr));
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
		ret = dvk_receive(src_ep, (long)m_ptr);
		if (ret != OK)
			ERROR_EXIT("dvk_receive", ret);
		m_ptr->m2_l1++;
		ret = dvk_send(m_ptr->m_source, (long)m_ptr);
		if (ret != OK)
			ERROR_EXIT("dvk_send", ret);
	}
}
