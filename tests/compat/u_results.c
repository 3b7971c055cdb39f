// SPDX-License-Identifier: GPL-2.0
/*
 * u_results <dcid> <nodeid>: results as programs of the last generation test
 * them. Not a line is for this library.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../../include/com/config.h"
#include "../../include/com/com.h"
#include "../../include/com/types.h"
#include "../../include/com/priv_usr.h"
#include "../../include/com/stub_dvkcall.h"

#define FAIL(what, ret) do {						\
	printf("%s:%d %s: %ld\n", __FILE__, __LINE__, what, (long)(ret)); \
	exit(1);							\
} while (0)

EXTERN int dvk_fd;

static int dcid;

/* A thread that is not the first is bound by itself. */
static void *thread(void *arg)
{
	int *ep = arg;

	if (dvk_bind(dcid, *ep) != *ep)
		FAIL("dvk_bind in a thread", *ep);
	if (dvk_getep(syscall(SYS_gettid)) != *ep)
		FAIL("dvk_getep of a thread", dvk_getep(syscall(SYS_gettid)));
	if (dvk_getep(getpid()) != 30)
		FAIL("dvk_getep of the process", dvk_getep(getpid()));
	return NULL;
}

static void notify_of_clock(void)
{
	message m, *m_ptr = &m;
	long ret;

	/* In the name of a slot that nobody has. */
	ret = dvk_src_notify(CLOCK, 31);
	if (ret)
		FAIL("dvk_src_notify", ret);
	(void)m_ptr;
}

static void *receiver(void *arg)
{
	message m, *m_ptr = &m;
	long ret;

	(void)arg;
	if (dvk_bind(dcid, 31) != 31)
		FAIL("dvk_bind", 31);
	ret = dvk_receive_T(ANY, (long)m_ptr, TIMEOUT_MOLCALL);
	if (ret)
		FAIL("dvk_receive", ret);
	if (m_ptr->m_source != CLOCK)
		FAIL("m_source", m_ptr->m_source);
	printf("NOTIFY " MSG9_FORMAT, MSG9_FIELDS(m_ptr));
	return NULL;
}

int main(int argc, char *argv[])
{
	dc_usr_t dcu, *dc_ptr = &dcu;
	node_usr_t node, *n_ptr = &node;
	proc_usr_t proc, *p_ptr = &proc;
	priv_usr_t priv, *u_ptr = &priv;
	dvs_usr_t dvs, *d_ptr = &dvs;
	pthread_t t;
	int nodeid, ret, ep = 40;

	if (argc != 3)
		FAIL("arguments", argc);
	dcid = atoi(argv[1]);
	nodeid = atoi(argv[2]);

	ret = dvk_open();
	if (ret < 0 || ret != dvk_fd || ioctl(ret, 0) != -1)
		FAIL("dvk_open", ret);
	if (dvk_getdvsinfo(d_ptr) != nodeid || local_nodeid != nodeid)
		FAIL("dvk_getdvsinfo", local_nodeid);
	printf(DVS_USR_FORMAT, DVS_USR_FIELDS(d_ptr));
	if (!(d_ptr->d_flags & DVK_INITIALIZED) || (d_ptr->d_flags & DVK_USERMODE))
		FAIL("d_flags", d_ptr->d_flags);

	/* What there is not, is free; no error. */
	ret = dvk_getdcinfo(dcid, dc_ptr);
	if (ret)
		FAIL("dvk_getdcinfo", ret);
	if (dc_ptr->dc_flags != DC_FREE)
		FAIL("dc_flags", dc_ptr->dc_flags);
	ret = dvk_getnodeinfo(29, n_ptr);
	if (ret || n_ptr->n_flags != NODE_FREE || n_ptr->n_proxies != NO_PROXIES)
		FAIL("dvk_getnodeinfo", ret);

	memset(dc_ptr, 0, sizeof(dc_usr_t));
	dc_ptr->dc_dcid = dcid;
	dc_ptr->dc_nr_procs = NR_PROCS;
	dc_ptr->dc_nr_tasks = NR_TASKS;
	dc_ptr->dc_nr_sysprocs = NR_SYS_PROCS;
	dc_ptr->dc_nr_nodes = NR_NODES;
	dc_ptr->dc_warn2proc = NONE;
	strcpy(dc_ptr->dc_name, "LAST");
	CPU_ZERO(&dc_ptr->dc_cpumask);
	ret = dvk_dc_init(dc_ptr);
	if (ret != local_nodeid)
		FAIL("dvk_dc_init", ret);

	ret = dvk_getdcinfo(dcid, dc_ptr);
	if (ret)
		FAIL("dvk_getdcinfo", ret);
	if (dc_ptr->dc_flags != DC_RUNNING || !CPU_ISSET(0, &dc_ptr->dc_cpumask))
		FAIL("dc_flags", dc_ptr->dc_flags);
	printf(DC_WARN_FORMAT, DC_WARN_FIELDS(dc_ptr));
	ret = dvk_getnodeinfo(LOCALNODE, n_ptr);
	if (ret || n_ptr->n_nodeid != nodeid)
		FAIL("dvk_getnodeinfo", ret);
	printf(NODE_TIME_FORMAT, NODE_TIME_FIELDS(n_ptr));

	if (dvk_bind(dcid, 30) != 30)
		FAIL("dvk_bind", 30);
	if (pthread_create(&t, NULL, thread, &ep) || pthread_join(t, NULL))
		FAIL("pthread", 0);
	ret = dvk_getprocinfo(dcid, 30, p_ptr);
	if (ret || !CPU_ISSET(0, &p_ptr->p_cpumask) || strcmp(p_ptr->p_name, "u_results"))
		FAIL("dvk_getprocinfo", ret);

	/* privileges: the number is not looked at */
	ret = dvk_getpriv(dcid, 30, u_ptr);
	if (ret)
		FAIL("dvk_getpriv", ret);
	if (!get_sys_bit(u_ptr->priv_ipc_to, 5))
		FAIL("priv_ipc_to", u_ptr->priv_ipc_to.chunk[0]);
	unset_sys_bit(u_ptr->priv_ipc_to, 5);
	unset_sys_bit(u_ptr->priv_ipc_to, 40);
	u_ptr->priv_id = 0;
	ret = dvk_setpriv(dcid, 30, u_ptr);
	if (ret)
		FAIL("dvk_setpriv", ret);
	ret = dvk_getpriv(dcid, 30, u_ptr);
	if (ret || get_sys_bit(u_ptr->priv_ipc_to, 40) ||
	    !get_sys_bit(u_ptr->priv_ipc_to, 41))
		FAIL("dvk_getpriv", ret);
	set_sys_bit(u_ptr->priv_ipc_to, 40);
	ret = dvk_setpriv(dcid, 30, u_ptr);
	if (ret)
		FAIL("dvk_setpriv", ret);
	printf(PRIV_USR_FORMAT, PRIV_USR_FIELDS(u_ptr));

	if (pthread_create(&t, NULL, receiver, NULL))
		FAIL("pthread", 0);
	if (dvk_wait4bindep_T(31, TIMEOUT_MOLCALL) != 31)
		FAIL("dvk_wait4bindep_T", 31);
	notify_of_clock();
	pthread_join(t, NULL);

	ret = dvk_dc_end(dcid);
	if (ret)
		FAIL("dvk_dc_end", ret);
	return 0;
}
