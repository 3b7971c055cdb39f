// SPDX-License-Identifier: GPL-2.0
/* ipc4 <loops>: sendrec against rcvrqst and reply. */
#include "pair.h"

static void sender(int dst_ep, int rounds)
{
	message m, *m_ptr = &m;
	long ret;
	int i;

	for (i = 0; i < rounds; i++) {
		m_ptr->m_type = 4;
		m_ptr->m7_i1 = i;
		ret = dvk_sendrec_T(dst_ep, (long)m_ptr, TIMEOUT_MOLCALL);
		if (ret != OK)
			ERROR_EXIT("dvk_sendrec_T", ret);
		if (m_ptr->m7_i4 != -i) {
			printf(MSG7_FORMAT, MSG7_FIELDS(m_ptr));
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
		ret = dvk_rcvrqst((long)m_ptr);
		if (ret != OK)
			ERROR_EXIT("dvk_rcvrqst", ret);
		m_ptr->m7_i4 = -m_ptr->m7_i1;
		ret = dvk_reply(src_ep, (long)m_ptr);
		if (ret != OK)
			ERROR_EXIT("dvk_reply", ret);
	}
}
