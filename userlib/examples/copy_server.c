// SPDX-License-Identifier: LGPL-2.1
/*
 * The server of the demonstration pair: takes one request of copy_client,
 * copies the client's buffer here, prints it, copies another one back and
 * answers.
 *
 *	copy_server <dcid> <svr_ep>
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <dvk/dvk.h>

#define MAXBUF	1024

static char buffer[MAXBUF];

static void fail(const char *what, long ret)
{
	fprintf(stderr, "SERVER %s: error %ld: %s\n", what, ret, dvk_strerror(ret));
	exit(1);
}

int main(int argc, char *argv[])
{
	int dcid, svr_nr, svr_ep, clt_ep, len, i;
	long ret;
	message m, *m_ptr = &m;
	dvs_usr_t dvs, *d_ptr = &dvs;
	dc_usr_t dcu, *dc_ptr = &dcu;
	proc_usr_t proc, *p_ptr = &proc;

	if (argc != 3) {
		fprintf(stderr, "usage: %s <dcid> <svr_ep>\n", argv[0]);
		exit(1);
	}
	dcid = atoi(argv[1]);
	svr_nr = atoi(argv[2]);

	ret = dvk_open();
	if (ret < 0)
		fail("dvk_open", ret);

	ret = dvk_getdvsinfo(d_ptr);
	if (ret < 0)
		fail("dvk_getdvsinfo", ret);
	printf("SERVER on node %ld\n", ret);
	printf(DVS_USR_FORMAT, DVS_USR_FIELDS(d_ptr));

	ret = dvk_getdcinfo(dcid, dc_ptr);
	if (ret < 0)
		fail("dvk_getdcinfo", ret);
	printf(DC_USR1_FORMAT, DC_USR1_FIELDS(dc_ptr));
	printf(DC_USR2_FORMAT, DC_USR2_FIELDS(dc_ptr));

	svr_ep = dvk_bind(dcid, svr_nr);
	if (svr_ep < EDVSERRCODE)
		fail("dvk_bind", svr_ep);
	ret = dvk_getprocinfo(dcid, svr_nr, p_ptr);
	if (ret < 0)
		fail("dvk_getprocinfo", ret);
	printf("SERVER " PROC_USR_FORMAT, PROC_USR_FIELDS(p_ptr));
	fflush(stdout);

	ret = dvk_receive(ANY, (long)m_ptr);
	if (ret != OK)
		fail("dvk_receive", ret);
	printf("SERVER request: " MSG1_FORMAT, MSG1_FIELDS(m_ptr));
	clt_ep = m_ptr->m_source;
	len = m_ptr->m1_i1;
	if (len < 0 || len > MAXBUF)
		len = MAXBUF;

	ret = dvk_vcopy(clt_ep, (long)m_ptr->m1_p1, svr_ep, (long)buffer, len);
	if (ret != OK)
		fail("dvk_vcopy from the client", ret);
	printf("SERVER buffer of the client: %.*s\n", len, buffer);

	for (i = 0; i < len; i++)
		buffer[i] = 'A' + i % 25;
	ret = dvk_vcopy(svr_ep, (long)buffer, clt_ep, (long)m_ptr->m1_p1, len);
	if (ret != OK)
		fail("dvk_vcopy to the client", ret);

	m_ptr->m_type = OK;
	ret = dvk_send(clt_ep, (long)m_ptr);
	if (ret != OK)
		fail("dvk_send", ret);
	printf("SERVER has answered\n");
	return 0;
}
