// SPDX-License-Identifier: LGPL-2.1
/*
 * Messages. This is the hot path: one structure on the stack, one ioctl, the
 * message copied once each way it travels.
 */
#include "internal.h"

/*
 * A handler without SA_RESTART has run: end the call, whose request may be out. If it
 * is over meanwhile, that is its end.
 */
static __attribute__((cold, noinline)) long interrupted(unsigned long request,
							struct dvk_ioc_ipc *io)
{
	if (io->result == OK)
		return EDVSINTR;
	io->flags |= DVK_CALL_END;
	return dvk_ioctl(request, io);
}

/*
 * @in is the message to send, @out where to receive one. Every caller passes
 * NULL for the direction it does not have, so a program's null pointer can be
 * found only where one is left.
 */
static inline __attribute__((always_inline)) long
ipc(unsigned long request, int ep, const void *in, void *out, long timeout)
{
	struct dvk_ioc_ipc io;
	long ret;

	if (unlikely(!in && !out))
		return EDVSFAULT;

	io.endpoint = ep;
	io.timeout = dvk_timeout(timeout);
	io.result = OK;
	io.flags = 0;
	if (in)
		memcpy(&io.msg, in, sizeof(io.msg));
	else
		memset(&io.msg, 0, sizeof(io.msg));

	ret = dvk_ioctl(request, &io);
	if (unlikely(ret)) {
		if (ret != EDVSINTR)
			return ret;
		ret = interrupted(request, &io);
		if (ret)
			return ret;
	}
	if (out && likely(io.result == OK))
		memcpy(out, &io.msg, sizeof(io.msg));
	return io.result;
}

long dvk_send_T(int ep, const void *m, long timeout)
{
	return ipc(DVK_IOC_SEND, ep, m, NULL, timeout);
}

long dvk_send(int ep, const void *m)
{
	return ipc(DVK_IOC_SEND, ep, m, NULL, TIMEOUT_FOREVER);
}

long dvk_receive_T(int ep, void *m, long timeout)
{
	return ipc(DVK_IOC_RECEIVE, ep, NULL, m, timeout);
}

long dvk_receive(int ep, void *m)
{
	return ipc(DVK_IOC_RECEIVE, ep, NULL, m, TIMEOUT_FOREVER);
}

long dvk_sendrec_T(int ep, void *m, long timeout)
{
	return ipc(DVK_IOC_SENDREC, ep, m, m, timeout);
}

long dvk_sendrec(int ep, void *m)
{
	return ipc(DVK_IOC_SENDREC, ep, m, m, TIMEOUT_FOREVER);
}

long dvk_rcvrqst_T(void *m, long timeout)
{
	return ipc(DVK_IOC_RCVRQST, ANY, NULL, m, timeout);
}

long dvk_rcvrqst(void *m)
{
	return ipc(DVK_IOC_RCVRQST, ANY, NULL, m, TIMEOUT_FOREVER);
}

long dvk_reply_T(int ep, const void *m, long timeout)
{
	return ipc(DVK_IOC_REPLY, ep, m, NULL, timeout);
}

long dvk_reply(int ep, const void *m)
{
	return ipc(DVK_IOC_REPLY, ep, m, NULL, TIMEOUT_FOREVER);
}

long dvk_relay(int ep, const void *m)
{
	return ipc(DVK_IOC_RELAY, ep, m, NULL, TIMEOUT_FOREVER);
}

long dvk_reply_rcvrqst_T(int ep, void *m, long timeout)
{
	return ipc(DVK_IOC_REPLY_RCVRQST, ep, m, m, timeout);
}

long dvk_reply_rcvrqst(int ep, void *m)
{
	return ipc(DVK_IOC_REPLY_RCVRQST, ep, m, m, TIMEOUT_FOREVER);
}
