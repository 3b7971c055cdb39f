// SPDX-License-Identifier: GPL-2.0
/*
 * u_migrate <dcid> <ep> svr | u_migrate <dcid> <ep> <own node>: a server, and
 * the one that takes its place on another node: itself, for it names no process
 * and there is no backup.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "../include/com/com.h"
#include "../include/com/proc_usr.h"
#include "../include/com/stub_dvkcall.h"

#define FAIL(what, ret) do {						\
	printf("%s:%d %s: %ld\n", __FILE__, __LINE__, what, (long)(ret)); \
	exit(1);							\
} while (0)

int main(int argc, char *argv[])
{
	proc_usr_t proc;
	message m;
	int dcid, ep, nodeid, ret, i;

	if (argc != 4)
		FAIL("arguments", argc);
	dcid = atoi(argv[1]);
	ep = atoi(argv[2]);
	nodeid = atoi(argv[3]);
	if (!strcmp(argv[3], "svr")) {
		ret = dvk_bind(dcid, ep);
		if (ret != ep)
			FAIL("dvk_bind", ret);
		ret = dvk_receive_T(ANY, &m, TIMEOUT_MOLCALL);
		if (ret != EDVSMIGRATE)
			FAIL("dvk_receive", ret);
		return 0;
	}
	/* It is known here, and waits for a message there. */
	for (i = 0; i < 600; i++) {
		ret = dvk_migr_start(dcid, ep);
		if (!ret || ret == EDVSPROCSTS)
			ret = dvk_migr_commit(PROC_NO_PID, dcid, ep, nodeid);
		if (ret != EDVSNOTBIND && ret != EDVSBUSY)
			break;
		usleep(20000);
	}
	if (ret)
		FAIL("dvk_migr_commit", ret);
	ret = dvk_getep(getpid());
	if (ret != ep)
		FAIL("dvk_getep", ret);
	ret = dvk_getprocinfo(dcid, ep, &proc);
	if (ret || proc.p_nodeid != nodeid || proc.p_lpid != getpid())
		FAIL("dvk_getprocinfo", ret);
	printf("MIGRATED " PROC_USR_FORMAT, PROC_USR_FIELDS(&proc));
	return 0;
}
