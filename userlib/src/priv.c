// SPDX-License-Identifier: LGPL-2.1
/* What an endpoint may do. */
#include "internal.h"

static long privileges(unsigned long request, int dcid, int ep, priv_usr_t *priv)
{
	struct dvk_ioc_priv io;
	long ret;

	if (!priv)
		return EDVSFAULT;
	memset(&io, 0, sizeof(io));
	io.dcid = dcid;
	io.endpoint = ep;
	memcpy(&io.usr, priv, sizeof(io.usr));
	ret = dvk_ioctl(request, &io);
	if (ret)
		return ret;
	if (io.result == OK && request == DVK_IOC_GETPRIV)
		memcpy(priv, &io.usr, sizeof(*priv));
	return io.result;
}

long dvk_getpriv(int dcid, int ep, priv_usr_t *priv)
{
	return privileges(DVK_IOC_GETPRIV, dcid, ep, priv);
}

long dvk_setpriv(int dcid, int ep, priv_usr_t *priv)
{
	return privileges(DVK_IOC_SETPRIV, dcid, ep, priv);
}
