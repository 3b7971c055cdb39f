// SPDX-License-Identifier: LGPL-2.1
/* Proxies in user space: who they are, and the frames they carry. */
#include "internal.h"

/* 0, or EDVSNAMESIZE. No name is an empty one. */
static long put_name(char dst[DVK_NAME_LEN], const char *name)
{
	size_t len = name ? strnlen(name, DVK_NAME_LEN) : 0;

	if (len == DVK_NAME_LEN)
		return EDVSNAMESIZE;
	if (len)
		memcpy(dst, name, len);
	return OK;
}

long dvk_proxies_bind(const char *name, int pxid, int spid, int rpid,
		      int maxbytes)
{
	struct dvk_ioc_proxies io = {
		.pxid = pxid,
		.spid = spid,
		.rpid = rpid,
		.maxbytes = maxbytes,
	};
	long ret = put_name(io.name, name);

	if (!ret)
		ret = dvk_ioctl(DVK_IOC_PROXIES_BIND, &io);
	return ret ? ret : io.result;
}

long dvk_proxies_unbind(int pxid)
{
	struct dvk_ioc_proxies io = { .pxid = pxid };
	long ret = dvk_ioctl(DVK_IOC_PROXIES_UNBIND, &io);

	return ret ? ret : io.result;
}

long dvk_proxy_conn(int pxid, int status)
{
	struct dvk_ioc_proxy_conn io = { .pxid = pxid, .status = status };
	long ret = dvk_ioctl(DVK_IOC_PROXY_CONN, &io);

	return ret ? ret : io.result;
}

long dvk_getproxyinfo(int pxid, proc_usr_t *sproxy, proc_usr_t *rproxy)
{
	struct dvk_ioc_proxy_info io;
	long ret;

	if (!sproxy || !rproxy)
		return EDVSFAULT;
	memset(&io, 0, sizeof(io));
	io.pxid = pxid;
	ret = dvk_ioctl(DVK_IOC_GETPROXYINFO, &io);
	if (ret)
		return ret;
	if (!io.result) {
		memcpy(sproxy, &io.sender, sizeof(*sproxy));
		memcpy(rproxy, &io.receiver, sizeof(*rproxy));
	}
	return io.result;
}

static long node_up(unsigned long request, const char *name, int nodeid,
		    int pxid)
{
	struct dvk_ioc_node_up io = { .nodeid = nodeid, .pxid = pxid };
	long ret = put_name(io.name, name);

	if (!ret)
		ret = dvk_ioctl(request, &io);
	return ret ? ret : io.result;
}

long dvk_node_up(const char *name, int nodeid, int pxid)
{
	return node_up(DVK_IOC_NODE_UP, name, nodeid, pxid);
}

long dvk_node_down(int nodeid)
{
	return node_up(DVK_IOC_NODE_DOWN, NULL, nodeid, 0);
}

static long frame(unsigned long request, const void *cmd, const void *payload,
		  long timeout)
{
	struct dvk_ioc_frame io = {
		.cmd = (unsigned long)cmd,
		.payload = (unsigned long)payload,
		.timeout = dvk_timeout(timeout),
	};
	long ret = dvk_ioctl(request, &io);

	return ret ? ret : io.result;
}

long dvk_get2rmt_T(cmd_t *cmd, proxy_payload_t *payload, long timeout)
{
	return frame(DVK_IOC_GET2RMT, cmd, payload, timeout);
}

long dvk_get2rmt(cmd_t *cmd, proxy_payload_t *payload)
{
	return frame(DVK_IOC_GET2RMT, cmd, payload, TIMEOUT_MOLCALL);
}

long dvk_put2lcl(const cmd_t *cmd, const proxy_payload_t *payload)
{
	return frame(DVK_IOC_PUT2LCL, cmd, payload, 0);
}
