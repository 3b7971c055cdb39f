// SPDX-License-Identifier: LGPL-2.1
/* The DVS, its DCs and its nodes. */
#include "internal.h"

long dvk_dvs_init(int nodeid, dvs_usr_t *dvs)
{
	struct dvk_ioc_dvs io;
	long ret;

	memset(&io, 0, sizeof(io));
	io.nodeid = nodeid;
	if (dvs)
		memcpy(&io.usr, dvs, sizeof(io.usr));
	ret = dvk_ioctl(DVK_IOC_DVS_INIT, &io);
	if (ret)
		return ret;
	if (io.result >= 0)
		local_nodeid = io.result;
	return io.result;
}

long dvk_dvs_end(void)
{
	struct dvk_ioc_dvs io;
	long ret;

	memset(&io, 0, sizeof(io));
	ret = dvk_ioctl(DVK_IOC_DVS_END, &io);
	return ret ? ret : io.result;
}

long dvk_getdvsinfo(dvs_usr_t *dvs)
{
	struct dvk_ioc_dvs io;
	long ret;

	if (!dvs)
		return EDVSFAULT;
	memset(&io, 0, sizeof(io));
	ret = dvk_ioctl(DVK_IOC_GETDVSINFO, &io);
	if (ret)
		return ret;
	/* -1 is an answer here, not a failure: the limits are valid. */
	memcpy(dvs, &io.usr, sizeof(*dvs));
	local_nodeid = io.result;
	return io.result;
}

static long dump(int dcid)
{
	struct dvk_ioc_dump io = { .dcid = dcid };
	long ret = dvk_ioctl(DVK_IOC_DUMP, &io);

	return ret ? ret : io.result;
}

long dvk_proc_dump(int dcid)
{
	return dcid < 0 ? EDVSBADDCID : dump(dcid);
}

long dvk_dc_dump(void)
{
	return dump(-1);
}

long dvk_dc_init(dc_usr_t *dc)
{
	struct dvk_ioc_dc io;
	long ret;

	if (!dc)
		return EDVSFAULT;
	memset(&io, 0, sizeof(io));
	io.dcid = dc->dc_dcid;
	memcpy(&io.usr, dc, sizeof(io.usr));
	ret = dvk_ioctl(DVK_IOC_DC_INIT, &io);
	return ret ? ret : io.result;
}

long dvk_dc_end(int dcid)
{
	struct dvk_ioc_dc io;
	long ret;

	memset(&io, 0, sizeof(io));
	io.dcid = dcid;
	ret = dvk_ioctl(DVK_IOC_DC_END, &io);
	return ret ? ret : io.result;
}

long dvk_getdcinfo(int dcid, dc_usr_t *dc)
{
	struct dvk_ioc_dc io;
	long ret;

	if (!dc)
		return EDVSFAULT;
	memset(&io, 0, sizeof(io));
	io.dcid = dcid;
	ret = dvk_ioctl(DVK_IOC_GETDCINFO, &io);
	if (ret)
		return ret;
	if (io.result >= 0)
		memcpy(dc, &io.usr, sizeof(*dc));
	return io.result;
}

static long node_call(unsigned long request, int dcid, int nodeid, node_usr_t *node)
{
	struct dvk_ioc_node io;
	long ret;

	memset(&io, 0, sizeof(io));
	io.dcid = dcid;
	io.nodeid = nodeid;
	ret = dvk_ioctl(request, &io);
	if (ret)
		return ret;
	if (node && io.result >= 0)
		memcpy(node, &io.usr, sizeof(*node));
	return io.result;
}

long dvk_add_node(int dcid, int nodeid)
{
	return node_call(DVK_IOC_ADD_NODE, dcid, nodeid, NULL);
}

long dvk_del_node(int dcid, int nodeid)
{
	return node_call(DVK_IOC_DEL_NODE, dcid, nodeid, NULL);
}

long dvk_delnode(int dcid, int nodeid)
{
	return node_call(DVK_IOC_DEL_NODE, dcid, nodeid, NULL);
}

long dvk_getnodeinfo(int nodeid, node_usr_t *node)
{
	if (!node)
		return EDVSFAULT;
	return node_call(DVK_IOC_GETNODEINFO, 0, nodeid, node);
}
