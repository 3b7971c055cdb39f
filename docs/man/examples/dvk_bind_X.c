// SPDX-License-Identifier: LGPL-2.1
#include <stdio.h>
#include <dvk/dvk.h>

/* Binds endpoint 31 and waits half a minute for endpoint 30. */
int main(void)
{
	long ep = dvk_bind(0, 31);

	/* Not "ep < 0": the endpoints of system tasks are negative. */
	if (ep < EDVSERRCODE) {
		fprintf(stderr, "bind: %s\n", dvk_strerror(ep));
		return 1;
	}
	ep = dvk_wait4bindep_T(30, TIMEOUT_MOLCALL);
	if (ep != 30) {
		fprintf(stderr, "no server: %s\n", dvk_strerror(ep));
		return 1;
	}
	return 0;
}
