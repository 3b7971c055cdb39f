// SPDX-License-Identifier: LGPL-2.1
#include <stdio.h>
#include <dvk/dvk.h>

int main(void)
{
	long ret = dvk_open();

	if (ret < 0)
		fprintf(stderr, "no DVK here: %s\n", dvk_strerror(ret));
	return ret < 0;
}
