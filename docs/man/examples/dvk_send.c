// SPDX-License-Identifier: LGPL-2.1
#include <stdio.h>
#include <dvk/dvk.h>

/* A server, endpoint 30: doubles numbers until something is wrong. */
int main(void)
{
	message m;
	long ret = dvk_bind(0, 30);

	if (ret == 30)
		ret = dvk_rcvrqst(&m);
	while (ret == OK) {
		m.m1_i1 *= 2;
		ret = dvk_reply_rcvrqst(m.m_source, &m);
	}
	fprintf(stderr, "%s\n", dvk_strerror(ret));
	return 1;
}
