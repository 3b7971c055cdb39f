/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * DVK result codes.
 *
 * Calls return these negated. Everything at or above -EDVSERRCODE that is
 * negative may also be a system endpoint, so programs test
 * "ret < EDVSERRCODE" (EDVSERRCODE itself is negative in user space, see
 * <dvk/dvk.h>).
 */
#ifndef _UAPI_LINUX_DVK_ERRNO_H
#define _UAPI_LINUX_DVK_ERRNO_H

/*
 * One line a code: X(name, number, text). The kernel, the library's
 * dvk_strerror() and the tests all read this list.
 */
#define DVK_ERRNO_LIST(X) \
	X(PERM, 1, "operation not permitted") \
	X(SRCH, 3, "no such process") \
	X(INTR, 4, "interrupted by a signal") \
	X(2BIG, 7, "argument list too long") \
	X(AGAIN, 11, "the other side is not ready") \
	X(NOMEM, 12, "out of memory") \
	X(FAULT, 14, "bad address") \
	X(BUSY, 16, "resource busy") \
	X(EXIST, 17, "already exists") \
	X(INVAL, 22, "invalid argument") \
	X(RANGE, 34, "number out of range") \
	X(NOSYS, 38, "call not available") \
	X(BADDEST, 55, "bad destination") \
	X(TIMEDOUT, 61, "timed out") \
	X(NOTCONN, 64, "node not connected") \
	X(SHUTDOWN, 65, "endpoint was unbound") \
	X(NOCONN, 66, "no connection") \
	X(ADDRNOTAVAIL, 71, "address not available") \
	X(MSGSIZE, 73, "message too long") \
	X(LOCKED, 101, "would deadlock") \
	X(BADCALL, 102, "call not allowed") \
	X(BADSRCDST, 103, "bad source or destination") \
	X(CALLDENIED, 104, "call denied") \
	X(DEADSRCDST, 105, "source or destination is dead") \
	X(NOTREADY, 106, "not ready") \
	X(BADREQUEST, 107, "bad request") \
	X(SRCDIED, 108, "source died") \
	X(DSTDIED, 109, "destination died or not bound") \
	X(TRAPDENIED, 110, "destination not allowed") \
	X(DONTREPLY, 201, "no reply wanted") \
	X(BADNODEID, 301, "bad node id") \
	X(BADDCID, 302, "bad DC id") \
	X(DCNOTRUN, 303, "DC is not running") \
	X(BADPROC, 304, "bad process slot") \
	X(BADPID, 305, "bad process id") \
	X(ENDPOINT, 306, "bad endpoint") \
	X(NOPROXY, 307, "no proxy for the node") \
	X(RMTPROC, 308, "process is remote") \
	X(LCLPROC, 309, "process is local") \
	X(NOTBIND, 310, "process is not bound") \
	X(PROXYRUN, 311, "proxy is running") \
	X(ACKDST, 312, "bad destination of an acknowledgement") \
	X(ACKSRC, 313, "bad source of an acknowledgement") \
	X(ACKWAIT, 314, "acknowledgement not expected") \
	X(NODEBUSY, 315, "node is busy") \
	X(NONODE, 316, "no such node") \
	X(DVSBUSY, 317, "DVS is already initialised") \
	X(DVSINIT, 318, "DVS is not initialised") \
	X(NODCNODE, 319, "node is not in the DC") \
	X(PROCRUN, 320, "endpoint is busy in another call") \
	X(NOMSG, 321, "no message") \
	X(DCRUN, 323, "DC is already running") \
	X(PROCSTS, 324, "process is not in the right state") \
	X(NODEFREE, 325, "node is not up") \
	X(DCNODE, 326, "node is already in the DC") \
	X(BADPROXY, 327, "bad proxy") \
	X(ONCOPY, 328, "endpoint is copying") \
	X(ENQUEUED, 329, "already queued") \
	X(OVERRUN, 330, "notification already pending") \
	X(BADOWNER, 331, "not the owner") \
	X(MIGRATE, 332, "endpoint is migrating") \
	X(PROXYFREE, 333, "proxy is not in use") \
	X(GRPLEADER, 334, "group leader problem") \
	X(PRIVILEGES, 335, "not enough privilege") \
	X(BINDTYPE, 336, "bad bind type") \
	X(SLOTUSED, 337, "slot is in use") \
	X(BADRANGE, 338, "bad range") \
	X(BADVALUE, 339, "bad value") \
	X(BADDIR, 340, "bad directory") \
	X(BADFILE, 341, "the module is not loaded, or too old for this call") \
	X(RSCBUSY, 342, "name or resource is in use") \
	X(NAMESIZE, 343, "name is too long") \
	X(ALLOCMEM, 344, "cannot allocate memory") \
	X(PROXYID, 345, "bad proxy id") \
	X(REPLPROC, 346, "process is a replica") \
	X(ALIGN, 347, "bad alignment") \
	X(WOKENUP, 348, "woken up") \
	X(BADTRAMP, 349, "bad trampoline") \
	X(USR2USR, 350, "user to user copy failed") \
	X(KRN2USR, 351, "kernel to user copy failed") \
	X(USR2KRN, 352, "user to kernel copy failed") \
	X(PRIMARY, 401, "endpoint is the primary") \
	X(NOREPLICA, 402, "no replica") \
	X(RESTARTSYS, 512, "interrupted, restart")

#define DVK_ERRNO_ENUM(name, number, text) DVK_E##name = number,
enum dvk_errno {
	DVK_ERRNO_LIST(DVK_ERRNO_ENUM)
	DVK_ERRCODE = 300,	/* the border between both kinds of negatives */
};

#undef DVK_ERRNO_ENUM

#endif /* _UAPI_LINUX_DVK_ERRNO_H */
