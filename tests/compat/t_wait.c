// SPDX-License-Identifier: GPL-2.0
/* t_wait <dcid>: timeouts, refusals, and what a wait returns when a peer dies. */
#include "old.h"

#define SELF_NR		30
#define CHILD_NR	31

/* In milliseconds, as the calls take them. */
static long passed(double t_start)
{
	return (long)(1000 * (dwalltime() - t_start));
}

static void child(int dcid)
{
	message m, *m_ptr = &m;
	long ret;

	ret = dvk_bind(dcid, CHILD_NR);
	if (ret < EDVSERRCODE)
		ERROR_EXIT("dvk_bind", ret);
	MUST(dvk_receive(SELF_NR, (long)m_ptr), OK);
	/* Dies with the request of its parent in hand. */
}

int main(int argc, char *argv[])
{
	message m, *m_ptr = &m;
	double t_start;
	int dcid;
	pid_t pid;

	if (argc != 2) {
		printf("usage: %s <dcid>\n", argv[0]);
		return 1;
	}
	dcid = atoi(argv[1]);
	memset(m_ptr, 0, sizeof(m));
	MUST(dvk_open(), OK);
	MUST(dvk_receive(ANY, (long)m_ptr), EDVSNOTBIND);
	MUST(dvk_bind(dcid, SELF_NR), SELF_NR);
	MUST(dvk_receive_T(ANY, (long)m_ptr, TIMEOUT_NOWAIT), EDVSAGAIN);
	MUST(dvk_rcvrqst_T((long)m_ptr, TIMEOUT_NOWAIT), EDVSAGAIN);
	t_start = dwalltime();
	MUST(dvk_receive_T(ANY, (long)m_ptr, 200), EDVSTIMEDOUT);
	if (passed(t_start) < 190)
		ERROR_EXIT("a timeout comes too early", passed(t_start));
	t_start = dwalltime();
	MUST(dvk_wait4bindep_T(CHILD_NR, 100), EDVSTIMEDOUT);
	if (passed(t_start) < 90)
		ERROR_EXIT("a timeout comes too early", passed(t_start));
	MUST(dvk_send(SELF_NR, (long)m_ptr), EDVSBADDEST);
	MUST(dvk_send(HARDWARE, (long)m_ptr), EDVSBADDEST);
	MUST(dvk_sendrec(SELF_NR, (long)m_ptr), EDVSENDPOINT);
	MUST(dvk_send(CHILD_NR, (long)m_ptr), EDVSDSTDIED);
	MUST(dvk_sendrec(CHILD_NR, (long)m_ptr), EDVSDEADSRCDST);
	MUST(dvk_receive(CHILD_NR, (long)m_ptr), EDVSSRCDIED);
	MUST(dvk_notify(CHILD_NR), EDVSDSTDIED);
	MUST(dvk_send(5000, (long)m_ptr), EDVSRANGE);
	MUST(dvk_send(_ENDPOINT(3, CHILD_NR), (long)m_ptr), EDVSDSTDIED);
	MUST(dvk_send(CHILD_NR, NULL), EDVSFAULT);

	pid = fork();
	if (pid < 0)
		ERROR_EXIT("fork", -errno);
	if (pid == 0) {
		child(dcid);
		exit(0);
	}
	MUST(dvk_wait4bindep_T(CHILD_NR, TIMEOUT_MOLCALL), CHILD_NR);
	MUST(dvk_send(_ENDPOINT(3, CHILD_NR), (long)m_ptr), EDVSENDPOINT);
	MUST(dvk_reply(CHILD_NR, (long)m_ptr), EDVSPROCSTS);
	MUST(dvk_sendrec_T(CHILD_NR, (long)m_ptr, TIMEOUT_MOLCALL), EDVSSRCDIED);
	must_exit_well(pid);
	printf("waits end as they must\n");
	return 0;
}
