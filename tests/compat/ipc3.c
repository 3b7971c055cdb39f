// SPDX-License-Identifier: GPL-2.0
/* ipc3 <loops>: notify in both directions. */
#include "pair.h"

static void expect_from(int nr, message *m_ptr)
{
	if (m_ptr->m_type == (NOTIFY_MESSAGE | nr) && m_ptr->m_source == nr)
		return;
	printf(MSG9_FORMAT, MSG9_FIELDS(m_ptr));
	exit(1);
}

static void sender(int dst_ep, int rounds)
{
	message m, *m_ptr = &m;
	long ret;
	int i;

	for (i = 0; i < rounds; i++) {
		ret = dvk_notify(dst_ep);
		if (ret != OK)
			ERROR_EXIT("dvk_notify", ret);
		ret = dvk_receive(ANY, (long)m_ptr);
		if (ret != OK)
			ERROR_EXIT("dvk_receive", ret);
		expect_from(dst_ep, m_ptr);
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
		expect_from(src_ep, m_ptr);
		ret = dvk_notify(src_ep);
		if (ret != OK)
			ERROR_EXIT("dvk_notify", ret);
	}
}
