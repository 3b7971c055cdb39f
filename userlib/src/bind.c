// SPDX-License-Identifier: LGPL-2.1
/* Who has which endpoint: bind, unbind, look-up, waiting for either. */
#include "internal.h"

/*
 * Programs tell a system endpoint from an error by "ret < EDVSERRCODE", so a
 * call that returns an endpoint must not fail with a code above the border:
 * EDVSPERM would pass for HARDWARE.
 */
static long below_border(long ret)
{
	switch (ret) {
	case EDVSPERM:
		return EDVSPRIVILEGES;
	case EDVSSRCH:
		return EDVSBADPID;
	case EDVSNOMEM:
		return EDVSALLOCMEM;
	case EDVSBUSY:
		return EDVSRSCBUSY;
	case EDVSRANGE:
		return EDVSBADRANGE;
	case EDVSNOSYS:
		return EDVSBADFILE;
	case EDVSINTR:
		return EDVSRESTARTSYS;
	case EDVSFAULT:
	case EDVSINVAL:
		return EDVSBADVALUE;
	default:
		return ret;
	}
}

static long bind_name(int cmd, int dcid, int pid, int ep, int nodeid,
		      unsigned int flags, const char *name)
{
	struct dvk_ioc_bind io = {
		.cmd = cmd,
		.dcid = dcid,
		.pid = pid,
		.endpoint = ep,
		.nodeid = nodeid,
		.flags = flags,
	};
	long ret;

	if (name) {
		size_t len = strnlen(name, sizeof(io.name));

		if (len == sizeof(io.name))
			return EDVSNAMESIZE;
		memcpy(io.name, name, len);
	}
	ret = dvk_ioctl(DVK_IOC_BIND, &io);
	if (!ret) {
		ret = io.result;
		if (ret >= 0 || ret == ep)
			return ret;
	}
	return below_border(ret);
}

long dvk_bind_X(int cmd, int dcid, long pid, int ep, int nodeid)
{
	if (cmd == RMT_BIND) {
		/* Programs without a name pass 0 or PROC_NO_PID. */
		const char *name = pid > 0 ? (const char *)pid : NULL;

		return bind_name(cmd, dcid, PROC_NO_PID, ep, nodeid, 0, name);
	}
	if (pid != (int)pid)
		return EDVSBADPID;
	return bind_name(cmd, dcid, (int)pid, ep, nodeid, 0, NULL);
}

long dvk_bind(int dcid, int ep)
{
	return bind_name(SELF_BIND, dcid, 0, ep, LOCALNODE, 0, NULL);
}

long dvk_tbind(int dcid, int ep)
{
	return bind_name(SELF_BIND, dcid, 0, ep, LOCALNODE, DVK_BIND_THREAD, NULL);
}

long dvk_lclbind(int dcid, int pid, int ep)
{
	return bind_name(LCL_BIND, dcid, pid, ep, LOCALNODE, 0, NULL);
}

long dvk_rmtbind(int dcid, const char *name, int ep, int nodeid)
{
	return bind_name(RMT_BIND, dcid, PROC_NO_PID, ep, nodeid, 0, name);
}

long dvk_bkupbind(int dcid, int pid, int ep, int nodeid)
{
	return bind_name(BKUP_BIND, dcid, pid, ep, nodeid, 0, NULL);
}

long dvk_replbind(int dcid, int pid, int ep)
{
	return bind_name(REPLICA_BIND, dcid, pid, ep, LOCALNODE, 0, NULL);
}

long dvk_umbind(int dcid, int pid, int ep)
{
	return bind_name(USERMODE_BIND, dcid, pid, ep, LOCALNODE, 0, NULL);
}

long dvk_unbind_T(int dcid, int ep, long timeout)
{
	struct dvk_ioc_bind io = {
		.dcid = dcid,
		.endpoint = ep,
		.timeout = dvk_timeout(timeout),
	};
	long ret = dvk_ioctl(DVK_IOC_UNBIND, &io);

	return ret ? ret : io.result;
}

long dvk_unbind(int dcid, int ep)
{
	return dvk_unbind_T(dcid, ep, TIMEOUT_FOREVER);
}

long dvk_getep(int pid)
{
	struct dvk_ioc_getep io = { .pid = pid };
	long ret = dvk_ioctl(DVK_IOC_GETEP, &io);

	return ret ? below_border(ret) : io.result;
}

long dvk_getprocinfo(int dcid, int slot, proc_usr_t *proc)
{
	struct dvk_ioc_proc io;
	long ret;

	if (!proc)
		return EDVSFAULT;
	memset(&io, 0, sizeof(io));
	io.dcid = dcid;
	io.slot = slot;
	ret = dvk_ioctl(DVK_IOC_GETPROCINFO, &io);
	if (ret)
		return ret;
	if (io.result >= EDVSERRCODE)
		memcpy(proc, &io.usr, sizeof(*proc));
	return io.result;
}

long dvk_wait4bindep_X(int cmd, int ep, long timeout)
{
	struct dvk_ioc_wait4bind io = {
		.cmd = cmd,
		.endpoint = ep,
		.timeout = dvk_timeout(timeout),
	};
	long ret = dvk_ioctl(DVK_IOC_WAIT4BIND, &io);

	/* As documented, though it may be an endpoint as well. */
	if (ret == EDVSINTR)
		return ret;
	return ret ? below_border(ret) : io.result;
}

long dvk_wait4bind_T(long timeout)
{
	return dvk_wait4bindep_X(WAIT_BIND, SELF, timeout);
}

long dvk_wait4bind(void)
{
	return dvk_wait4bindep_X(WAIT_BIND, SELF, TIMEOUT_FOREVER);
}

long dvk_wait4bindep_T(int ep, long timeout)
{
	return dvk_wait4bindep_X(WAIT_BIND, ep, timeout);
}

long dvk_wait4bindep(int ep)
{
	return dvk_wait4bindep_X(WAIT_BIND, ep, TIMEOUT_FOREVER);
}

long dvk_wait4unbind_T(int ep, long timeout)
{
	return dvk_wait4bindep_X(WAIT_UNBIND, ep, timeout);
}

long dvk_wait4unbind(int ep)
{
	return dvk_wait4bindep_X(WAIT_UNBIND, ep, TIMEOUT_FOREVER);
}
