// SPDX-License-Identifier: LGPL-2.1
#include <stdio.h>
#include <dvk/dvk.h>

/* Endpoint 30 waits for a message or a notification of anybody. */
int main(void)
{
	message m;
	long ret = dvk_bind(0, 30);

	if (ret == 30)
		ret = dvk_receive(ANY, &m);
	if (ret < 0) {
		fprintf(stderr, "%s\n", dvk_strerror(ret));
		return 1;
	}
	if (m.m_type & NOTIFY_MESSAGE)
		printf("notified by %d at %ld\n", m.m_source,
		       (long)m.m9_t1.tv_sec);
	return 0;
}
