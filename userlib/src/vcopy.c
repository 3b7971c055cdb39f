// SPDX-License-Identifier: LGPL-2.1
/* Copies between the memories of two endpoints. */
#include "internal.h"

long dvk_vcopy(int src_ep, const void *src_addr, int dst_ep, void *dst_addr,
	       long bytes)
{
	struct dvk_ioc_vcopy io = {
		.src = src_ep,
		.dst = dst_ep,
		.src_addr = (unsigned long)src_addr,
		.dst_addr = (unsigned long)dst_addr,
		.bytes = bytes,
	};
	long ret = dvk_ioctl(DVK_IOC_VCOPY, &io);

	/* A handler without SA_RESTART has run: end the copy, which may be out. */
	if (ret == EDVSINTR && io.result) {
		io.flags = DVK_CALL_END;
		ret = dvk_ioctl(DVK_IOC_VCOPY, &io);
	}
	return ret ? ret : io.result;
}
