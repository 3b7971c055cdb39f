// SPDX-License-Identifier: LGPL-2.1
/*
 * Calls as programs of the earlier system know them, for <dvk/compat.h>: where
 * their results or structures differ from what <dvk/dvk.h> says.
 */
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "internal.h"
#include <dvk/compat.h>

/* Here the calls are the library's own. */
#undef dvk_open
#undef dvk_dc_init
#undef dvk_getdcinfo
#undef dvk_getnodeinfo
#undef dvk_getprocinfo
#undef dvk_getproxyinfo
#undef dvk_bind
#undef dvk_bind_X
#undef dvk_getpriv
#undef dvk_setpriv
#undef dvk_migr_commit
#undef dvk_getdvsinfo

#define SAME(old, type, field)						\
	_Static_assert(offsetof(old, field) == offsetof(type, field) &&	\
		       sizeof(((old *)0)->field) == sizeof(((type *)0)->field), \
		       #old "." #field " is at another place")

SAME(dvk_compat_dc_t, dvk_dc_t, dc_pid);
SAME(dvk_compat_dc_t, dvk_dc_t, dc_flags);
SAME(dvk_compat_dc_t, dvk_dc_t, dc_nodes);
SAME(dvk_compat_dc_t, dvk_dc_t, dc_name);
SAME(dvk_compat_dc_t, dvk_dc_t, dc_nodemap);
SAME(dvk_compat_proc_t, dvk_proc_t, p_proxy);
SAME(dvk_compat_proc_t, dvk_proc_t, p_rts_flags);
SAME(dvk_compat_proc_t, dvk_proc_t, p_rmtcopy);
SAME(dvk_compat_proc_t, dvk_proc_t, p_name);
SAME(dvk_compat_priv_t, dvk_priv_t, priv_trap_mask);
SAME(dvk_compat_priv_t, dvk_priv_t, priv_ipc_from);
SAME(dvk_compat_priv_t, dvk_priv_t, priv_ipc_to);
_Static_assert(offsetof(dvk_compat_priv_t, priv_dvk_allowed) ==
	       offsetof(dvk_priv_t, priv_dvk_allowed), "priv_dvk_allowed moved");
_Static_assert(sizeof(dvk_compat_priv_t) == sizeof(dvk_priv_t), "priv_usr_t");
_Static_assert(sizeof(dvk_compat_payload_t) == sizeof(dvk_payload_t), "payload");
_Static_assert(sizeof(cpu_set_t) >= sizeof(long), "cpu_set_t");
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
	       "maps in pieces of 16 bits");

/* A program may have one by that name. */
int local_nodeid __attribute__((weak)) = -1;

long dvk_compat_open(void)
{
	long ret = dvk_open();

	return ret ? ret : __atomic_load_n(&dvk_fd, __ATOMIC_ACQUIRE);
}

/* --- DCs and nodes --- */

long dvk_compat_dc_init(dvk_compat_dc_t *dc)
{
	dvk_dvs_t dvs;
	dvk_dc_t copy;
	long ret;

	if (!dc)
		return EDVSFAULT;
	memcpy(&copy, dc, sizeof(copy));
	memcpy(&copy.dc_cpumask, &dc->dc_cpumask, sizeof(copy.dc_cpumask));
	ret = dvk_dc_init(&copy);
	return ret < 0 ? ret : dvk_getdvsinfo(&dvs);
}

long dvk_compat_getdcinfo(int dcid, dvk_compat_dc_t *dc)
{
	dvk_dc_t got;
	long ret;

	if (!dc)
		return EDVSFAULT;
	memset(&got, 0, sizeof(got));
	ret = dvk_getdcinfo(dcid, &got);
	if (ret < 0 && ret != EDVSDCNOTRUN)
		return ret;
	memset(dc, 0, sizeof(*dc));
	memcpy(dc, &got, sizeof(got));
	memcpy(&dc->dc_cpumask, &got.dc_cpumask, sizeof(got.dc_cpumask));
	dc->dc_flags = DC_RUNNING;
	if (ret < 0) {
		dc->dc_dcid = dcid;
		dc->dc_warn2proc = NONE;
		dc->dc_flags = DC_FREE;
	}
	return OK;
}

long dvk_compat_getnodeinfo(int nodeid, dvk_node_t *node)
{
	long ret = dvk_getnodeinfo(nodeid, node);

	if (ret == EDVSNODEFREE) {
		memset(node, 0, sizeof(*node));
		node->n_nodeid = nodeid;
		node->n_proxies = NO_PROXIES;
		node->n_flags = NODE_FREE;
		return OK;
	}
	return ret < 0 ? ret : OK;
}

/* --- processes --- */

static void put_proc(dvk_compat_proc_t *to, const dvk_proc_t *from)
{
	memset(to, 0, sizeof(*to));
	memcpy(to, from, sizeof(*from));
	/* 0 stands for all. */
	memset(&to->p_cpumask, 0xff, sizeof(to->p_cpumask));
	if (from->p_cpumask) {
		memset(&to->p_cpumask, 0, sizeof(to->p_cpumask));
		memcpy(&to->p_cpumask, &from->p_cpumask, sizeof(from->p_cpumask));
	}
}

long dvk_compat_getprocinfo(int dcid, int slot, dvk_compat_proc_t *proc)
{
	dvk_proc_t got;
	long ret;

	if (!proc)
		return EDVSFAULT;
	ret = dvk_getprocinfo(dcid, slot, &got);
	if (ret == OK)
		put_proc(proc, &got);
	return ret;
}

long dvk_compat_getproxyinfo(int pxid, dvk_compat_proc_t *sproxy,
			     dvk_compat_proc_t *rproxy)
{
	dvk_proc_t s, r;
	long ret;

	if (!sproxy || !rproxy)
		return EDVSFAULT;
	ret = dvk_getproxyinfo(pxid, &s, &r);
	if (ret == OK) {
		put_proc(sproxy, &s);
		put_proc(rproxy, &r);
	}
	return ret;
}

long dvk_compat_bind(int dcid, int ep)
{
	return syscall(SYS_gettid) == getpid() ? dvk_bind(dcid, ep) :
						 dvk_tbind(dcid, ep);
}

long dvk_compat_bind_X(int cmd, int dcid, long pid, int ep, int nodeid)
{
	return cmd == SELF_BIND ? dvk_compat_bind(dcid, ep) :
				  dvk_bind_X(cmd, dcid, pid, ep, nodeid);
}

long dvk_compat_migr_commit(int pid, int dcid, int ep, int nodeid)
{
	long ret = dvk_migr_commit(pid, dcid, ep, nodeid);

	if (pid == PROC_NO_PID && ret == EDVSBADPID)
		ret = dvk_migr_commit((int)syscall(SYS_gettid), dcid, ep, nodeid);
	return ret;
}

/* --- privileges --- */

long dvk_compat_getpriv(int dcid, int ep, dvk_compat_priv_t *priv)
{
	return dvk_getpriv(dcid, ep, (dvk_priv_t *)priv);
}

long dvk_compat_setpriv(int dcid, int ep, dvk_compat_priv_t *priv)
{
	dvk_priv_t now, wanted;
	long ret;

	if (!priv)
		return EDVSFAULT;
	ret = dvk_getpriv(dcid, ep, &now);
	if (ret)
		return ret;
	memcpy(&wanted, priv, sizeof(wanted));
	wanted.priv_id = now.priv_id;
	wanted.priv_dvk_allowed &= (1UL << 48) - 1;
	return dvk_setpriv(dcid, ep, &wanted);
}
