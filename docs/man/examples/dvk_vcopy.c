// SPDX-License-Identifier: LGPL-2.1
#include <ctype.h>
#include <stdio.h>
#include <dvk/dvk.h>

/*
 * A server, endpoint 30: a client gives the address and the length of a text,
 * which becomes capitals in the client's memory.
 */
int main(void)
{
	char text[4096];
	message m;
	long ret = dvk_bind(0, 30);

	while (ret >= EDVSERRCODE && (ret = dvk_rcvrqst(&m)) == OK) {
		long len = m.m1_i1;

		if (len < 0 || len > (long)sizeof(text))
			len = 0;
		m.m_type = dvk_vcopy(m.m_source, m.m1_p1, SELF, text, len);
		for (long i = 0; i < len; i++)
			text[i] = (char)toupper((unsigned char)text[i]);
		if (m.m_type == OK)
			m.m_type = dvk_vcopy(SELF, text, m.m_source, m.m1_p1, len);
		dvk_reply(m.m_source, &m);
	}
	fprintf(stderr, "%s\n", dvk_strerror(ret));
	return 1;
}
