// SPDX-License-Identifier: LGPL-2.1
/* shout_server [SECONDS]: turns text of its clients into capitals. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <dvk/dvk.h>

int main(int argc, char *argv[])
{
	unsigned int delay = argc > 1 ? (unsigned int)atoi(argv[1]) : 0;
	char text[1024];
	message m;
	long ret;

	ret = dvk_bind(0, 10);		/* endpoint 10 of DC 0 */
	while (ret >= EDVSERRCODE && (ret = dvk_rcvrqst(&m)) == OK) {
		int client = m.m_source;
		int len = m.m1_i1;

		sleep(delay);
		if (len < 0 || len > (int)sizeof(text))
			len = 0;
		m.m_type = (int)dvk_vcopy(client, m.m1_p1, SELF, text, len);
		for (int i = 0; m.m_type == OK && i < len; i++)
			text[i] = (char)toupper((unsigned char)text[i]);
		if (m.m_type == OK)
			m.m_type = (int)dvk_vcopy(SELF, text, client, m.m1_p1, len);
		dvk_reply(client, &m);	/* says if the copies went well */
	}
	fprintf(stderr, "shout_server: %s\n", dvk_strerror(ret));
	return 1;
}
