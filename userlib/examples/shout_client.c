// SPDX-License-Identifier: LGPL-2.1
/* shout_client TEXT...: has each text turned into capitals and prints it. */
#include <stdio.h>
#include <string.h>
#include <dvk/dvk.h>

int main(int argc, char *argv[])
{
	int failed = 0;
	long ret;

	ret = dvk_bind(0, 20);
	if (ret < EDVSERRCODE) {
		fprintf(stderr, "shout_client: bind: %s\n", dvk_strerror(ret));
		return 1;
	}
	for (int i = 1; i < argc; i++) {
		message m = { .m_type = 1 };

		m.m1_i1 = (int)strlen(argv[i]);
		m.m1_p1 = argv[i];
		ret = dvk_sendrec(10, &m);
		if (ret == OK)
			ret = m.m_type;
		if (ret == OK) {
			puts(argv[i]);
		} else {
			fprintf(stderr, "%s: error %ld, %s\n", argv[i], ret,
				dvk_strerror(ret));
			failed = 1;
		}
	}
	return failed;
}
