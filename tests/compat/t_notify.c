// SPDX-License-Identifier: GPL-2.0
/* t_notify <dcid>: notifications of all kinds, and the wake-up. */
#include "old.h"

#define SELF_NR		40
#define OTHER_NR	41

static void receive_from(int nr)
{
	message m, *m_ptr = &m;

	MUST(dvk_receive_T(ANY, (long)m_ptr, TIMEOUT_MOLCALL), OK);
	printf(MSG9_FORMAT, MSG9_FIELDS(m_ptr));
	MUST(m_ptr->m_source, nr);
	/* A slot may be negative: what matters is the sum of the two. */
	MUST(m_ptr->m_type & NOTIFY_MESSAGE, NOTIFY_MESSAGE);
	if (m_ptr->m9_t1.tv_sec <= 0)
		ERROR_EXIT("time of a notification", m_ptr->m9_t1.tv_sec);
}

static void child(int dcid)
{
	MUST(dvk_bind(dcid, OTHER_NR), OTHER_NR);
	MUST(dvk_wait4bindep_T(SELF_NR, TIMEOUT_MOLCALL), SELF_NR);
	MUST(dvk_notify(SELF_NR), OK);
	/* A second one merges with the first. */
	MUST(dvk_notify(SELF_NR), OK);
	MUST(dvk_ntfy_value(SELF, SELF_NR, 31), OK);
	MUST(dvk_ntfy_value(SELF, SELF_NR, 32), EDVSBADVALUE);
	MUST(dvk_src_notify(SELF, SELF_NR), OK);
}

int main(int argc, char *argv[])
{
	message m, *m_ptr = &m;
	int dcid;
	pid_t pid;

	if (argc != 2) {
		printf("usage: %s <dcid>\n", argv[0]);
		return 1;
	}
	dcid = atoi(argv[1]);
	MUST(dvk_open(), OK);
	MUST(dvk_bind(dcid, SELF_NR), SELF_NR);
	pid = fork();
	if (pid < 0)
		ERROR_EXIT("fork", -errno);
	if (pid == 0) {
		child(dcid);
		exit(0);
	}
	must_exit_well(pid);
	receive_from(OTHER_NR);
	MUST(dvk_receive_T(ANY, (long)m_ptr, TIMEOUT_NOWAIT), EDVSAGAIN);

	MUST(dvk_hdw_notify(dcid, SELF_NR), OK);
	MUST(dvk_hdw_notify(dcid, SELF_NR), EDVSOVERRUN);
	receive_from(HARDWARE);

	MUST(dvk_wakeup(dcid, SELF_NR), OK);
	MUST(dvk_receive_T(ANY, (long)m_ptr, TIMEOUT_MOLCALL), EDVSWOKENUP);
	MUST(dvk_receive_T(ANY, (long)m_ptr, TIMEOUT_NOWAIT), EDVSAGAIN);
	return 0;
}
