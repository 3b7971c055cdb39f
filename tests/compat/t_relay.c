// SPDX-License-Identifier: GPL-2.0
/*
 * t_relay <dcid>: a dispatcher hands the requests of a client on to a worker,
 * which answers the client. The worker is bound in user mode, and may do less
 * from then on.
 */
#include "old.h"

#define DISP_NR		80
#define WORK_NR		81
#define CLT_NR		82
#define ROUNDS		20
#define NR_NOTIFY	4	/* number of the call, as in priv_dvk_allowed */

static void worker(void)
{
	message m, *m_ptr = &m;
	int i;

	MUST(dvk_wait4bind_T(TIMEOUT_MOLCALL), WORK_NR);
	for (i = 0; i < ROUNDS; i++) {
		MUST(dvk_rcvrqst_T((long)m_ptr, TIMEOUT_MOLCALL), OK);
		/* Not the dispatcher: it has only passed it on. */
		MUST(m_ptr->m_source, CLT_NR);
		MUST(m_ptr->m1_i2, 1);
		m_ptr->m1_i3 = 2 * m_ptr->m1_i1;
		MUST(dvk_reply(CLT_NR, (long)m_ptr), OK);
	}
	MUST(dvk_notify(CLT_NR), EDVSBADCALL);
}

static void client(int dcid)
{
	message m, *m_ptr = &m;
	int i;

	MUST(dvk_bind(dcid, CLT_NR), CLT_NR);
	MUST(dvk_wait4bindep_T(DISP_NR, TIMEOUT_MOLCALL), DISP_NR);
	for (i = 0; i < ROUNDS; i++) {
		m_ptr->m_type = 1;
		m_ptr->m1_i1 = i;
		m_ptr->m1_i2 = m_ptr->m1_i3 = 0;
		MUST(dvk_sendrec_T(DISP_NR, (long)m_ptr, TIMEOUT_MOLCALL), OK);
		MUST(m_ptr->m1_i3, 2 * i);
	}
}

int main(int argc, char *argv[])
{
	message m, *m_ptr = &m;
	priv_usr_t priv, *pv_ptr = &priv;
	proc_usr_t proc, *p_ptr = &proc;
	pid_t work, clt;
	int dcid, i;

	if (argc != 2) {
		printf("usage: %s <dcid>\n", argv[0]);
		return 1;
	}
	dcid = atoi(argv[1]);
	MUST(dvk_open(), OK);
	work = fork();
	if (work < 0)
		ERROR_EXIT("fork", -errno);
	if (work == 0) {
		worker();
		exit(0);
	}
	MUST(dvk_umbind(dcid, work, WORK_NR), WORK_NR);
	MUST(dvk_getprocinfo(dcid, WORK_NR, p_ptr), OK);
	printf("worker " PROC_USR_FORMAT, PROC_USR_FIELDS(p_ptr));
	if (!(p_ptr->p_misc_flags & (1 << MIS_BIT_USERMODE)))
		ERROR_EXIT("bind in user mode", p_ptr->p_misc_flags);
	MUST(dvk_getpriv(dcid, WORK_NR, (long)pv_ptr), OK);
	pv_ptr->priv_dvk_allowed &= ~(1UL << NR_NOTIFY);
	MUST(dvk_setpriv(dcid, WORK_NR, (long)pv_ptr), OK);
	MUST(dvk_bind(dcid, DISP_NR), DISP_NR);
	MUST(dvk_getpriv(dcid, WORK_NR, (long)pv_ptr), OK);
	printf("allowed=%lX\n", pv_ptr->priv_dvk_allowed);

	clt = fork();
	if (clt < 0)
		ERROR_EXIT("fork", -errno);
	if (clt == 0) {
		client(dcid);
		exit(0);
	}
	for (i = 0; i < ROUNDS; i++) {
		MUST(dvk_rcvrqst_T((long)m_ptr, TIMEOUT_MOLCALL), OK);
		MUST(m_ptr->m_source, CLT_NR);
		m_ptr->m1_i2 = 1;
		MUST(dvk_relay(WORK_NR, (long)m_ptr), OK);
	}
	must_exit_well(clt);
	must_exit_well(work);
	MUST(dvk_proc_dump(dcid), OK);
	MUST(dvk_dc_dump(), OK);
	printf("%d requests relayed\n", ROUNDS);
	return 0;
}
