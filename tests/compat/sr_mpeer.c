// SPDX-License-Identifier: GPL-2.0
/* sr_mpeer <peers> <loops>: pairs by send and receive. */
#include "mpeer.h"

static void client(int svr_ep, int loops)
{
	message m, *m_ptr = &m;
	long ret;
	int i;

	for (i = 0; i < loops; i++) {
		m_ptr->m_type = i;
		m_ptr->m4_l1 = (long)svr_ep * loops + i;
		ret = dvk_send(svr_ep, (long)m_ptr);
		if (ret != OK)
			ERROR_EXIT("dvk_send", ret);
		ret = dvk_receive(svr_ep, (long)m_ptr);
		if (ret != OK)
			ERROR_EXIT("dvk_receive", ret);
		if (m_ptr->m4_l1 != (long)svr_ep * loops + i || m_ptr->m4_l5 != i) {
			printf(MSG4_FORMAT, MSG4_FIELDS(m_ptr));
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
		ret = dvk_receive(clt_ep, (long)m_ptr);
		if (ret != OK)
			ERROR_EXIT("dvk_receive", ret);
		m_ptr->m4_l5 = m_ptr->m_type;
		ret = dvk_send(clt_ep, (long)m_ptr);
		if (ret != OK)
			ERROR_EXIT("dvk_send", ret);
	}
}
