/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What one may ask of samples/dvk_echo.c: the m_type of a request. Its operands
 * are in the message's form m1. The answer has the same form; its m_type is the
 * result of what was done, 0 or a negated DVK_E* code, but for DVK_ECHO_MESSAGE.
 */
#ifndef _DVK_ECHO_H
#define _DVK_ECHO_H

enum dvk_echo_request {
	/* All others: the message comes back as it is. */
	DVK_ECHO_MESSAGE = 1,
	/*
	 * Copy i1 bytes from address p1 of the one who asks, invert each bit,
	 * and copy them back. i2 is the kind of memory in the kernel.
	 */
	DVK_ECHO_INVERT = 2,
	/*
	 * Become the client of endpoint i3, with i1 bytes of memory of kind i2
	 * exposed. SENDREC and SEND send a message of type DVK_ECHO_INVERT with i1 as
	 * it is and p1 = 0, the offset of the memory. p2 is the timeout, p3 the
	 * access (DVK_EXPOSE_*). In the answer i1 is the m_type of the message
	 * that came, p1 the sum of the memory's bytes.
	 */
	DVK_ECHO_SENDREC = 3,
	DVK_ECHO_SEND = 4,
	DVK_ECHO_RECEIVE = 5,
	DVK_ECHO_NOTIFY = 6,
	DVK_ECHO_WAIT4BIND = 7,
	/*
	 * Pass the request on to endpoint i3, with p2 for its type and all else
	 * as it is. That endpoint answers; this one only if it cannot be passed
	 * on.
	 */
	DVK_ECHO_RELAY = 8,
	/*
	 * Give up to i1 bytes from address p1 to the next one who takes, which
	 * is when the answer comes; AGAIN if another one gives before. Take up
	 * to i1 bytes to address p1; AGAIN if nobody gives. In both answers i1
	 * is how many were copied, by the kernel client as a third party.
	 */
	DVK_ECHO_GIVE = 9,
	DVK_ECHO_TAKE = 10,
};

enum dvk_echo_memory {
	DVK_ECHO_KMALLOC = 0,	/* one kvec, slab memory if it is small */
	DVK_ECHO_VMALLOC = 1,	/* three kvecs at odd addresses */
	DVK_ECHO_PAGES = 2,	/* a bvec for each page */
};

#endif /* _DVK_ECHO_H */
