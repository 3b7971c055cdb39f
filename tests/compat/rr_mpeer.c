// SPDX-License-Identifier: GPL-2.0
/* rr_mpeer <peers> <loops>: pairs by sendrec, rcvrqst and reply. */
#include "mpeer.h"

static void client(int svr_ep, int loops)
{
	message m, *m_ptr = &m;
	long ret;
	int i;

	for (i = 0; i < loops; i++) {
		m_ptr->m_type = i;
		m_ptr->m8_i1 = svr_ep;
		ret = dvk_sendrec(svr_ep, (long)m_ptr);
		if (ret != OK)
			ERROR_EXIT("dvk_sendrec", ret);
		if (m_ptr->m_source != svr_ep || m_ptr->m8_i2 != svr_ep + i) {
			printf(MSG8_FORMAT, MSG8_FIELDS(m_ptr));
			exit(1);
		}
	}
}

static void server(int clt_ep, int loops)
{
	message m, *m_ptr = &m;
	long ret;
	int i;

	for (i = 0; i < loops; i++) {
		ret = dvk_rcvrqst_T((long)m_ptr, TIMEOUT_MOLCALL);
		if (ret != OK)
			ERROR_EXIT("dvk_rcvrqst_T", ret);
		if (m_ptr->m_source != clt_ep)
			ERROR_EXIT("source of a request", EDVSBADSRCDST);
		m_ptr->m8_i2 = m_ptr->m8_i1 + m_ptr->m_type;
		ret = dvk_reply(clt_ep, (long)m_ptr);
		if (ret != OK)
			ERROR_EXIT("dvk_reply", ret);
	}
}
