// SPDX-License-Identifier: GPL-2.0
/*
 * u_start <nodeid> <dcid>: what test_dvs_init and dc_init do: a DVS, a DC whose
 * processes get a pid, UTS and network namespace of their own, and its name and
 * pid in /dev/shm for the scripts that follow. It ends when the DC's first
 * process does.
 */
#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../include/com/config.h"
#include "../include/com/dvs_usr.h"
#include "../include/com/dc_usr.h"
#include "../include/com/stub_dvkcall.h"

#define FAIL(what, ret) do {						\
	printf("%s:%d %s: %ld\n", __FILE__, __LINE__, what, (long)(ret)); \
	exit(1);							\
} while (0)

static char stack[65536] __attribute__((aligned(16)));

static int first_process(void *arg)
{
	(void)arg;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	sethostname("DC0", 3);
	for (;;)
		pause();
	return 0;
}

int main(int argc, char *argv[])
{
	dvs_usr_t dvs, *d_ptr = &dvs;
	dc_usr_t dcu, *dc_ptr = &dcu;
	char name[64];
	FILE *f;
	int ret, nodeid, pid;

	if (argc != 3)
		FAIL("arguments", argc);
	nodeid = atoi(argv[1]);
	ret = dvk_open();
	if (ret < 0)
		FAIL("dvk_open", ret);
	memset(d_ptr, 0, sizeof(dvs_usr_t));
	strcpy(d_ptr->d_name, "OLDLAB");
	d_ptr->d_nr_dcs = NR_DCS;
	d_ptr->d_nr_nodes = NR_NODES;
	d_ptr->d_nr_procs = NR_PROCS;
	d_ptr->d_nr_tasks = NR_TASKS;
	d_ptr->d_nr_sysprocs = NR_SYS_PROCS;
	ret = dvk_dvs_init(nodeid, d_ptr);
	if (ret != nodeid || local_nodeid != nodeid)
		FAIL("dvk_dvs_init", ret);
	ret = dvk_getdvsinfo(d_ptr);
	if (ret != nodeid)
		FAIL("dvk_getdvsinfo", ret);
	printf(DVS_USR_FORMAT, DVS_USR_FIELDS(d_ptr));
	printf(DVS_VER_FORMAT, DVS_VER_FIELDS(d_ptr));

	pid = clone(first_process, stack + sizeof(stack),
		    CLONE_NEWPID | CLONE_NEWUTS | CLONE_NEWNET | SIGCHLD, NULL);
	if (pid < 0)
		FAIL("clone", pid);
	memset(dc_ptr, 0, sizeof(dc_usr_t));
	dc_ptr->dc_dcid = atoi(argv[2]);
	dc_ptr->dc_nr_procs = NR_PROCS;
	dc_ptr->dc_nr_tasks = NR_TASKS;
	dc_ptr->dc_nr_sysprocs = NR_SYS_PROCS;
	dc_ptr->dc_nr_nodes = NR_NODES;
	dc_ptr->dc_warn2proc = NONE;
	dc_ptr->dc_pid = pid;
	sprintf(dc_ptr->dc_name, "DC%d", dc_ptr->dc_dcid);
	ret = dvk_dc_init(dc_ptr);
	if (ret != local_nodeid)
		FAIL("dvk_dc_init", ret);
	ret = dvk_getdcinfo(dc_ptr->dc_dcid, dc_ptr);
	if (ret || dc_ptr->dc_pid != pid)
		FAIL("dc_pid", dc_ptr->dc_pid);
	fflush(stdout);
	snprintf(name, sizeof(name), "/dev/shm/%.15s.sh", dc_ptr->dc_name);
	f = fopen(name, "w");
	fprintf(f, "export %.15s=%d\n", dc_ptr->dc_name, pid);
	fclose(f);
	waitpid(pid, NULL, 0);
	dvk_dc_end(dc_ptr->dc_dcid);
	dvk_dvs_end();
	unlink(name);
	return 0;
}
