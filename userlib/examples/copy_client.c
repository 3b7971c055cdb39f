// SPDX-License-Identifier: LGPL-2.1
/*
 * The client of the demonstration pair: sends the address of a buffer to
 * copy_server, which may run on another node, and finds it changed when the
 * answer is there.
 *
 *	copy_client <dcid> <svr_ep> <clt_ep>
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <dvk/dvk.h>

#define MAXBUF	1024

static char buffer[MAXBUF];

static void fail(const char *what, long ret)
{
	fprintf(stderr, "CLIENT %s: error %ld: %s\n", what, ret, dvk_strerror(ret));
	exit(1);
}

int main(int argc, char *argv[])
{
	int dcid, svr_ep, clt_nr, clt_ep, i;
	long ret;
	message m, *m_ptr = &m;
	dvs_usr_t dvs, *d_ptr = &dvs;
	dc_usr_t dcu, *dc_ptr = &dcu;
	proc_usr_t proc, *p_ptr = &proc;

	if (argc != 4) {
		fprintf(stderr, "usage: %s <dcid> <svr_ep> <clt_ep>\n", argv[0]);
		exit(1);
	}
	dcid = atoi(argv[1]);
	svr_ep = atoi(argv[2]);
	clt_nr = atoi(argv[3]);

	ret = dvk_open();
	if (ret < 0)
		fail("dvk_open", ret);

	ret = dvk_getdvsinfo(d_ptr);
	if (ret < 0)
		fail("dvk_getdvsinfo", ret);
	printf("CLIENT on node %ld\n", ret);
	printf(DVS_USR_FORMAT, DVS_USR_FIELDS(d_ptr));

	ret = dvk_getdcinfo(dcid, dc_ptr);
	if (ret < 0)
		fail("dvk_getdcinfo", ret);
	printf(DC_USR1_FORMAT, DC_USR1_FIELDS(dc_ptr));
	printf(DC_USR2_FORMAT, DC_USR2_FIELDS(dc_ptr));

	clt_ep = dvk_bind(dcid, clt_nr);
	if (clt_ep < EDVSERRCODE)
		fail("dvk_bind", clt_ep);
	ret = dvk_getprocinfo(dcid, clt_nr, p_ptr);
	if (ret < 0)
		fail("dvk_getprocinfo", ret);
	printf("CLIENT " PROC_USR_FORMAT, PROC_USR_FIELDS(p_ptr));

	ret = dvk_wait4bindep_T(svr_ep, TIMEOUT_MOLCALL);
	if (ret != svr_ep)
		fail("dvk_wait4bindep_T", ret);

	for (i = 0; i < MAXBUF; i++)
		buffer[i] = 'a' + i % 25;
	printf("CLIENT buffer before: %.*s\n", MAXBUF, buffer);

	memset(m_ptr, 0, sizeof(message));
	m_ptr->m_type = 1;
	m_ptr->m1_i1 = MAXBUF;
	m_ptr->m1_p1 = buffer;
	printf("CLIENT request: " MSG1_FORMAT, MSG1_FIELDS(m_ptr));
	fflush(stdout);
	ret = dvk_sendrec(svr_ep, (long)m_ptr);
	if (ret != OK)
		fail("dvk_sendrec", ret);
	printf("CLIENT answer: " MSG1_FORMAT, MSG1_FIELDS(m_ptr));

	printf("CLIENT buffer after: %.*s\n", MAXBUF, buffer);
	for (i = 0; i < MAXBUF; i++) {
		if (buffer[i] != 'A' + i % 25) {
			fprintf(stderr, "CLIENT byte %d is wrong\n", i);
			return 1;
		}
	}
	return 0;
}
