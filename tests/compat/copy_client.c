// SPDX-License-Identifier: GPL-2.0
/* copy_client <dcid> <svr_ep> <clt_ep>: the demonstration pair's client. */
#include "old.h"

#define BUFF_SIZE 1024

int main(int argc, char *argv[])
{
	int dcid, svr_ep, clt_nr, clt_ep, i;
	dvs_usr_t dvs, *d_ptr = &dvs;
	dc_usr_t dcu, *dc_ptr = &dcu;
	proc_usr_t proc, *p_ptr = &proc;
	message m, *m_ptr = &m;
	char *buffer;
	long ret;

	if (argc != 4) {
		printf("usage: %s <dcid> <svr_ep> <clt_ep>\n", argv[0]);
		return 1;
	}
	dcid = atoi(argv[1]);
	svr_ep = atoi(argv[2]);
	clt_nr = atoi(argv[3]);
	ret = dvk_open();
	if (ret < 0)
		ERROR_EXIT("dvk_open", ret);
	ret = dvk_getdvsinfo((long)d_ptr);
	if (ret < 0)
		ERROR_EXIT("dvk_getdvsinfo", ret);
	printf(DVS_USR_FORMAT, DVS_USR_FIELDS(d_ptr));
	printf(DVS_MAX_FORMAT, DVS_MAX_FIELDS(d_ptr));
	ret = dvk_getdcinfo(dcid, (long)dc_ptr);
	if (ret < EDVSERRCODE)
		ERROR_EXIT("dvk_getdcinfo", ret);
	printf(DC_USR1_FORMAT, DC_USR1_FIELDS(dc_ptr));
	printf(DC_USR2_FORMAT, DC_USR2_FIELDS(dc_ptr));

	clt_ep = dvk_bind(dcid, clt_nr);
	if (clt_ep < EDVSERRCODE)
		ERROR_EXIT("dvk_bind", clt_ep);
	ret = dvk_wait4bindep_T(svr_ep, 30000);
	if (ret < EDVSERRCODE || ret == EDVSTIMEDOUT)
		ERROR_EXIT("dvk_wait4bindep_T", ret);
	ret = dvk_getprocinfo(dcid, clt_nr, (long)p_ptr);
	if (ret != OK)
		ERROR_EXIT("dvk_getprocinfo", ret);
	printf(PROC_USR_FORMAT, PROC_USR_FIELDS(p_ptr));

	buffer = malloc(BUFF_SIZE);
	if (!buffer)
		ERROR_EXIT("malloc", EDVSNOMEM);
	for (i = 0; i < BUFF_SIZE; i++)
		buffer[i] = (char)('a' + i % 25);
	m_ptr->m_type = 1;
	m_ptr->m1_i1 = BUFF_SIZE;
	m_ptr->m1_p1 = (long)buffer;
	ret = dvk_sendrec(svr_ep, (long)m_ptr);
	if (ret != OK)
		ERROR_EXIT("dvk_sendrec", ret);
	printf("CLIENT reply " MSG1_FORMAT, MSG1_FIELDS(m_ptr));
	for (i = 0; i < BUFF_SIZE; i++) {
		if (buffer[i] != 'A' + i % 25)
			ERROR_EXIT("bytes of the server", EDVSFAULT);
	}
	printf("CLIENT buffer [%.25s]\n", buffer);
	ret = dvk_getprocinfo(dcid, clt_nr, (long)p_ptr);
	if (ret != OK)
		ERROR_EXIT("dvk_getprocinfo", ret);
	printf(PROC_COUNT_FORMAT, PROC_COUNT_FIELDS(p_ptr));
	free(buffer);
	return 0;
}
