// SPDX-License-Identifier: GPL-2.0
/* copy_server <dcid> <svr_ep>: the demonstration pair's server, one request. */
#include "old.h"

#define BUFF_SIZE 1024

static char buffer[BUFF_SIZE];

int main(int argc, char *argv[])
{
	int dcid, svr_nr, svr_ep, clt_ep, i;
	dvs_usr_t dvs, *d_ptr = &dvs;
	dc_usr_t dcu, *dc_ptr = &dcu;
	proc_usr_t proc, *p_ptr = &proc;
	message m, *m_ptr = &m;
	long ret;

	if (argc != 3) {
		printf("usage: %s <dcid> <svr_ep>\n", argv[0]);
		return 1;
	}
	dcid = atoi(argv[1]);
	svr_nr = atoi(argv[2]);
	ret = dvk_open();
	if (ret < 0)
		ERROR_EXIT("dvk_open", ret);
	ret = dvk_getdvsinfo((long)d_ptr);
	if (ret < 0)
		ERROR_EXIT("dvk_getdvsinfo", ret);
	printf(DVS_USR_FORMAT, DVS_USR_FIELDS(d_ptr));
	ret = dvk_getdcinfo(dcid, (long)dc_ptr);
	if (ret < EDVSERRCODE)
		ERROR_EXIT("dvk_getdcinfo", ret);
	printf(DC_USR1_FORMAT, DC_USR1_FIELDS(dc_ptr));
	printf(DC_USR2_FORMAT, DC_USR2_FIELDS(dc_ptr));

	svr_ep = dvk_bind(dcid, svr_nr);
	if (svr_ep < EDVSERRCODE)
		ERROR_EXIT("dvk_bind", svr_ep);
	ret = dvk_getprocinfo(dcid, svr_nr, (long)p_ptr);
	if (ret != OK)
		ERROR_EXIT("dvk_getprocinfo", ret);
	printf(PROC_USR_FORMAT, PROC_USR_FIELDS(p_ptr));
	fflush(stdout);

	ret = dvk_receive_T(ANY, (long)m_ptr, TIMEOUT_MS);
	if (ret != OK)
		ERROR_EXIT("dvk_receive_T", ret);
	clt_ep = m_ptr->m_source;
	printf("SERVER request " MSG1_FORMAT, MSG1_FIELDS(m_ptr));
	if (m_ptr->m1_i1 != BUFF_SIZE)
		ERROR_EXIT("length of the request", EDVSINVAL);
	ret = dvk_vcopy(clt_ep, m_ptr->m1_p1, svr_ep, (long)buffer, m_ptr->m1_i1);
	if (ret != OK)
		ERROR_EXIT("dvk_vcopy", ret);
	printf("SERVER buffer [%.25s]\n", buffer);
	for (i = 0; i < BUFF_SIZE; i++) {
		if (buffer[i] != 'a' + i % 25)
			ERROR_EXIT("the client's bytes", EDVSFAULT);
		buffer[i] = (char)('A' + i % 25);
	}
	ret = dvk_vcopy(svr_ep, (long)buffer, clt_ep, m_ptr->m1_p1, BUFF_SIZE);
	if (ret != OK)
		ERROR_EXIT("dvk_vcopy", ret);
	m_ptr->m_type = OK;
	ret = dvk_send_T(clt_ep, (long)m_ptr, TIMEOUT_MOLCALL);
	if (ret != OK)
		ERROR_EXIT("dvk_send_T", ret);
	return 0;
}
