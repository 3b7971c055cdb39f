// SPDX-License-Identifier: GPL-2.0
/*
 * t_bind <dcid> <remote node>: every kind of bind and unbind that a program
 * makes for itself, its children, and endpoints of another node.
 */
#include <signal.h>
#include "old.h"

#define SELF_NR		20
#define CHILD_NR	21
#define RMT_NR		22
#define TASK_NR		(-10)

static void child(int dcid)
{
	message m;
	long ret;

	ret = dvk_wait4bind_T(TIMEOUT_MOLCALL);
	if (ret != CHILD_NR)
		ERROR_EXIT("dvk_wait4bind_T", ret);
	MUST(dvk_getep(getpid()), CHILD_NR);
	MUST(dvk_getdcinfo(-1, &(dc_usr_t){ 0 }), dcid);
	/* Its parent's unbind ends it by SIGTERM. */
	dvk_receive(ANY, (long)&m);
	pause();
}

int main(int argc, char *argv[])
{
	proc_usr_t proc, *p_ptr = &proc;
	int dcid, node, status;
	pid_t pid;
	long ret;

	if (argc != 3) {
		printf("usage: %s <dcid> <remote node>\n", argv[0]);
		return 1;
	}
	dcid = atoi(argv[1]);
	node = atoi(argv[2]);
	MUST(dvk_open(), OK);
	MUST(dvk_getep(getpid()), EDVSNOTBIND);
	MUST(dvk_bind_X(77, dcid, -1, SELF_NR, LOCALNODE), EDVSBINDTYPE);
	MUST(dvk_bind(9999999, SELF_NR), EDVSBADDCID);
	MUST(dvk_bind(dcid, 5000), EDVSBADRANGE);

	/* A system endpoint is negative, and no error. */
	ret = dvk_bind(dcid, TASK_NR);
	if (ret < EDVSERRCODE)
		ERROR_EXIT("dvk_bind", ret);
	MUST(ret, TASK_NR);
	MUST(dvk_getep(getpid()), TASK_NR);
	MUST(dvk_bind(dcid, SELF_NR), EDVSRSCBUSY);
	MUST(dvk_unbind(dcid, TASK_NR), OK);

	MUST(dvk_tbind(dcid, SELF_NR), SELF_NR);
	MUST(dvk_getprocinfo(dcid, SELF_NR, p_ptr), OK);
	printf("local   " PROC_USR_FORMAT, PROC_USR_FIELDS(p_ptr));
	if (p_ptr->p_lpid != getpid() || p_ptr->p_rts_flags != 0)
		ERROR_EXIT("a running process", p_ptr->p_rts_flags);

	pid = fork();
	if (pid < 0)
		ERROR_EXIT("fork", -errno);
	if (pid == 0) {
		child(dcid);
		exit(0);
	}
	MUST(dvk_lclbind(dcid, pid, SELF_NR), EDVSSLOTUSED);
	MUST(dvk_lclbind(dcid, pid, CHILD_NR), CHILD_NR);
	MUST(dvk_getep(pid), CHILD_NR);
	do {
		MUST(dvk_getprocinfo(dcid, CHILD_NR, p_ptr), OK);
	} while (!(p_ptr->p_rts_flags & RECEIVING));
	printf("child   " PROC_WAIT_FORMAT, PROC_WAIT_FIELDS(p_ptr));
	MUST(p_ptr->p_getfrom, ANY);
	MUST(p_ptr->p_lpid, pid);
	MUST(dvk_unbind(dcid, CHILD_NR), OK);
	if (waitpid(pid, &status, 0) != pid || !WIFSIGNALED(status) ||
	    WTERMSIG(status) != SIGTERM)
		ERROR_EXIT("end of the child", status);
	MUST(dvk_wait4unbind_T(CHILD_NR, TIMEOUT_MOLCALL), OK);
	MUST(dvk_unbind(dcid, CHILD_NR), EDVSNOTBIND);

	MUST(dvk_rmtbind(dcid, "faraway", RMT_NR, node), RMT_NR);
	MUST(dvk_getprocinfo(dcid, RMT_NR, p_ptr), OK);
	printf("remote  " PROC_USR_FORMAT, PROC_USR_FIELDS(p_ptr));
	if (p_ptr->p_lpid != PROC_NO_PID || !(p_ptr->p_rts_flags & REMOTE) ||
	    p_ptr->p_nodeid != node || strcmp(p_ptr->p_name, "faraway"))
		ERROR_EXIT("a remote process", p_ptr->p_rts_flags);
	MUST(dvk_unbind(dcid, RMT_NR), OK);

	pid = fork();
	if (pid < 0)
		ERROR_EXIT("fork", -errno);
	if (pid == 0) {
		pause();
		exit(0);
	}
	MUST(dvk_replbind(dcid, pid, CHILD_NR), CHILD_NR);
	MUST(dvk_getprocinfo(dcid, CHILD_NR, p_ptr), OK);
	printf("replica " PROC_USR_FORMAT, PROC_USR_FIELDS(p_ptr));
	if (!(p_ptr->p_misc_flags & (1 << MIS_BIT_REPLICATED)))
		ERROR_EXIT("a replica", p_ptr->p_misc_flags);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	MUST(dvk_wait4unbind_T(CHILD_NR, TIMEOUT_MOLCALL), OK);

	pid = fork();
	if (pid < 0)
		ERROR_EXIT("fork", -errno);
	if (pid == 0) {
		pause();
		exit(0);
	}
	MUST(dvk_bkupbind(dcid, pid, CHILD_NR, node), CHILD_NR);
	MUST(dvk_getprocinfo(dcid, CHILD_NR, p_ptr), OK);
	printf("backup  " PROC_USR_FORMAT, PROC_USR_FIELDS(p_ptr));
	if (!(p_ptr->p_misc_flags & (1 << MIS_BIT_RMTBACKUP)) ||
	    !(p_ptr->p_rts_flags & REMOTE) || p_ptr->p_nodeid != node)
		ERROR_EXIT("a backup", p_ptr->p_misc_flags);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	MUST(dvk_unbind(dcid, SELF_NR), OK);
	MUST(dvk_getep(getpid()), EDVSNOTBIND);
	return 0;
}
