// SPDX-License-Identifier: LGPL-2.1
#include <stdio.h>
#include <unistd.h>
#include <dvk/dvk.h>

/* On node 1: takes endpoint 30 of DC 0 over from wherever it is. */
int main(void)
{
	long ret = dvk_migr_start(0, 30);

	if (ret == OK) {
		/* It moves when it next waits for a message. */
		while ((ret = dvk_migr_commit(getpid(), 0, 30, 1)) == EDVSBUSY)
			usleep(1000);
		if (ret != OK)
			dvk_migr_rollback(0, 30);
	}
	if (ret < 0)
		fprintf(stderr, "%s\n", dvk_strerror(ret));
	return ret < 0;
}
