// SPDX-License-Identifier: GPL-2.0
/*
 * u_ftp <dcid> <svr_ep> svr | u_ftp <dcid> <svr_ep> <clt_ep> <remote> <local>: a
 * file server and its client, which gets a file. Each result is tested as the
 * last generation does: anything but 0 is an error.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../../../include/com/config.h"
#include "../../../../include/com/const.h"
#include "../../../../include/com/com.h"
#include "../../../../include/com/ipc.h"
#include "../../../../include/com/dc_usr.h"
#include "../../../../include/com/proc_usr.h"
#include "../../../../include/com/stub_dvkcall.h"

#define FTP_GET		1
#define FTP_GNEXT	3
#define FTP_CANCEL	5

#define FTPOPER		m_type
#define FTPPATH		m1_p1
#define FTPPLEN		m1_i1
#define FTPDATA		m1_p2
#define FTPDLEN		m1_i2

#define ERROR_EXIT(rcode) do {						\
	printf("%s:%d %d\n", __FILE__, __LINE__, (int)(rcode));		\
	exit(1);							\
} while (0)

static char buffer[MAXCOPYLEN], path[256];

static void server(int svr_ep)
{
	message m, *m_ptr = &m;
	int ret, fd = -1, n;

	do {
		ret = dvk_rcvrqst_T(m_ptr, TIMEOUT_MOLCALL);
		if (ret)
			ERROR_EXIT(ret);
		switch (m_ptr->FTPOPER) {
		case FTP_GET:
			ret = dvk_vcopy(m_ptr->m_source, m_ptr->FTPPATH, svr_ep, path,
					m_ptr->FTPPLEN);
			if (ret)
				ERROR_EXIT(ret);
			fd = open(path, O_RDONLY);
			m_ptr->FTPOPER = fd < 0 ? EDVSNOENT : OK;
			break;
		case FTP_GNEXT:
			n = read(fd, buffer, m_ptr->FTPDLEN);
			ret = dvk_vcopy(svr_ep, buffer, m_ptr->m_source, m_ptr->FTPDATA, n);
			if (ret)
				ERROR_EXIT(ret);
			m_ptr->FTPDLEN = n;
			m_ptr->FTPOPER = OK;
			break;
		default:
			close(fd);
			fd = -2;
			m_ptr->FTPOPER = OK;
		}
		ret = dvk_reply(m_ptr->m_source, m_ptr);
		if (ret)
			ERROR_EXIT(ret);
	} while (fd != -2);
}

static void request(int svr_ep, message *m_ptr, int oper)
{
	int ret;

	m_ptr->FTPOPER = oper;
	ret = dvk_sendrec_T(svr_ep, m_ptr, TIMEOUT_MOLCALL);
	if (ret)
		ERROR_EXIT(ret);
	if (m_ptr->FTPOPER)
		ERROR_EXIT(m_ptr->FTPOPER);
}

static void client(int svr_ep, const char *from, const char *to)
{
	message m, *m_ptr = &m;
	int fd = open(to, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	strcpy(path, from);
	m_ptr->FTPPATH = path;
	m_ptr->FTPPLEN = strlen(path) + 1;
	request(svr_ep, m_ptr, FTP_GET);
	do {
		m_ptr->FTPDATA = buffer;
		m_ptr->FTPDLEN = 200000;
		request(svr_ep, m_ptr, FTP_GNEXT);
		if (write(fd, buffer, m_ptr->FTPDLEN) != m_ptr->FTPDLEN)
			ERROR_EXIT(m_ptr->FTPDLEN);
	} while (m_ptr->FTPDLEN);
	request(svr_ep, m_ptr, FTP_CANCEL);
}

int main(int argc, char *argv[])
{
	int dcid, svr_ep, ep, ret;
	dc_usr_t dcu, *dc_ptr = &dcu;
	proc_usr_t proc;

	if (argc != 4 && argc != 6)
		ERROR_EXIT(argc);
	dcid = atoi(argv[1]);
	svr_ep = atoi(argv[2]);
	ep = argc == 4 ? svr_ep : atoi(argv[3]);

	ret = dvk_open();
	if (ret < 0)
		ERROR_EXIT(ret);
	ret = dvk_getdcinfo(dcid, dc_ptr);
	if (ret)
		ERROR_EXIT(ret);
	printf(DC_USR1_FORMAT, DC_USR1_FIELDS(dc_ptr));
	ret = dvk_bind(dcid, ep);
	if (ret != ep)
		ERROR_EXIT(ret);
	ret = dvk_getprocinfo(dcid, ep, &proc);
	if (ret)
		ERROR_EXIT(ret);
	if (argc == 4) {
		server(svr_ep);
		return 0;
	}
	ret = dvk_wait4bindep_T(svr_ep, TIMEOUT_MOLCALL);
	if (ret != svr_ep)
		ERROR_EXIT(ret);
	client(svr_ep, argv[4], argv[5]);
	printf("GOT %s\n", argv[4]);
	return 0;
}
