/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The calls for kernel threads and modules: kernel clients.
 *
 * A kernel client is a kernel thread that binds itself to an endpoint and makes
 * the same calls as a process: it serves processes, kernel clients and other
 * nodes, or asks them. docs/kernel-clients.md shows how to write one,
 * samples/dvk_echo.c is one.
 *
 * Results are those of user space: an endpoint, 0, or a negated DVK_E* code of
 * <linux/dvk_errno.h>. Timeouts are milliseconds; DVK_TIMEOUT_FOREVER (or any
 * negative number) waits for ever, 0 does not wait. All calls sleep.
 *
 * kthread_stop() of a thread ends what it waits for with -DVK_EINTR, and so does
 * every later wait; calls that need not wait still work. What others may end a
 * wait by, a process that unbinds the endpoint for instance, is as in user space
 * (-DVK_ESHUTDOWN).
 *
 * A kernel client is privileged: it may copy from and to every process of its
 * DC that is in a call, as with CAP_SYS_PTRACE.
 */
#ifndef _DVK_KERNEL_H
#define _DVK_KERNEL_H

#include <linux/bits.h>
#include <linux/dvk.h>
#include <linux/types.h>

struct dvk_kernel;
struct iov_iter;
struct net;

/**
 * dvk_kernel_open() - get access to the node of a network namespace
 * @net: the namespace; the caller holds a reference
 *
 * What is returned serves any number of threads. It does not keep the
 * namespace alive: when that goes, all bindings made through it end, calls in
 * progress return -DVK_ESHUTDOWN, and so does every call from then on, until
 * dvk_kernel_close().
 *
 * Return: the access, or ERR_PTR(-ENOMEM), or ERR_PTR(-ENONET) if the namespace
 * is going already.
 */
struct dvk_kernel *dvk_kernel_open(struct net *net);

/**
 * dvk_kernel_close() - give up what dvk_kernel_open() returned
 * @dvk: the access
 *
 * No call may be in progress: stop the threads first. Bindings that are left
 * end with their threads.
 */
void dvk_kernel_close(struct dvk_kernel *dvk);

/**
 * dvk_kernel_bind() - bind the calling kernel thread to an endpoint
 * @dvk: the node
 * @dcid: number of the DC
 * @ep: endpoint
 *
 * The binding ends with dvk_kernel_unbind(), with the thread, with the DC or
 * when an administrator unbinds it, whichever is first.
 *
 * Return: @ep, which may be negative, or a code below -DVK_ERRCODE as from
 * dvk_bind(); -DVK_EBADPROC if the caller is not a kernel thread.
 */
int dvk_kernel_bind(struct dvk_kernel *dvk, int dcid, int ep);

/**
 * dvk_kernel_unbind() - end the calling thread's binding
 * @dvk: the node
 *
 * Return: 0 or -DVK_ENOTBIND.
 */
int dvk_kernel_unbind(struct dvk_kernel *dvk);

/**
 * dvk_kernel_send() - send a message
 * @dvk: the node
 * @dst: to whom
 * @msg: the message
 * @timeout: milliseconds
 *
 * Return: 0 once the receiver has taken it, or -DVK_E*.
 */
int dvk_kernel_send(struct dvk_kernel *dvk, int dst,
		    const struct dvk_message *msg, int timeout);

/**
 * dvk_kernel_receive() - receive a message
 * @dvk: the node
 * @src: from whom, or DVK_ANY
 * @msg: filled in on success
 * @timeout: milliseconds
 *
 * Return: 0 or -DVK_E*.
 */
int dvk_kernel_receive(struct dvk_kernel *dvk, int src,
		       struct dvk_message *msg, int timeout);

/**
 * dvk_kernel_sendrec() - send a request and receive its answer
 * @dvk: the node
 * @dst: the server
 * @msg: the request; on success replaced by the answer
 * @timeout: milliseconds for both
 *
 * The server may copy from and to what dvk_kernel_expose() exposes.
 *
 * Return: 0 or -DVK_E*.
 */
int dvk_kernel_sendrec(struct dvk_kernel *dvk, int dst,
		       struct dvk_message *msg, int timeout);

/**
 * dvk_kernel_rcvrqst() - receive a request
 * @dvk: the node
 * @msg: filled in on success
 * @timeout: milliseconds
 *
 * Return: 0 or -DVK_E*.
 */
int dvk_kernel_rcvrqst(struct dvk_kernel *dvk, struct dvk_message *msg,
		       int timeout);

/**
 * dvk_kernel_reply() - answer a request
 * @dvk: the node
 * @dst: the client, m_source of its request
 * @msg: the answer
 *
 * Return: 0 or -DVK_E*.
 */
int dvk_kernel_reply(struct dvk_kernel *dvk, int dst,
		     const struct dvk_message *msg);

/**
 * dvk_kernel_reply_rcvrqst() - answer a request and receive the next one
 * @dvk: the node
 * @dst: the client
 * @msg: the answer; on success replaced by the next request
 * @timeout: milliseconds to wait for that
 *
 * Fails at once if the answer does.
 *
 * Return: 0 or -DVK_E*.
 */
int dvk_kernel_reply_rcvrqst(struct dvk_kernel *dvk, int dst,
			     struct dvk_message *msg, int timeout);

/**
 * dvk_kernel_relay() - pass a request on to another server
 * @dvk: the node
 * @dst: the other server, on any node
 * @msg: the request for it; its m_source is the client, as it was received
 *
 * The client stays in its request, now to @dst, which answers it as if it had
 * been asked itself, and may copy from and to its memory; the caller may not
 * any more. Does not wait for @dst, unless that is being moved to another node.
 * Errors on the way from here on end the client's call.
 *
 * Return: 0, or -DVK_E*, when the request is still the caller's to answer: as
 * from dvk_relay(), PROCSTS if the client does not wait for the caller, BADDEST
 * if @dst is the caller or the client.
 */
int dvk_kernel_relay(struct dvk_kernel *dvk, int dst,
		     const struct dvk_message *msg);

/**
 * dvk_kernel_notify() - notify an endpoint, never waiting for it
 * @dvk: the node
 * @dst: whom
 *
 * Return: 0 or -DVK_E*.
 */
int dvk_kernel_notify(struct dvk_kernel *dvk, int dst);

/**
 * dvk_kernel_wait4bind() - wait until an endpoint is bound
 * @dvk: the node
 * @ep: the endpoint, of the caller's DC
 * @timeout: milliseconds
 *
 * Return: @ep, which may be negative, or a code below -DVK_ERRCODE, or one of
 * those that dvk_wait4bindep_T() returns.
 */
int dvk_kernel_wait4bind(struct dvk_kernel *dvk, int ep, int timeout);

/* What others may do with the memory that dvk_kernel_expose() exposes. */
#define DVK_EXPOSE_READ		BIT(0)
#define DVK_EXPOSE_WRITE	BIT(1)

/**
 * dvk_kernel_expose() - let others copy from and to memory of this client
 * @dvk: the node
 * @iter: the memory, as kvecs or bvecs, or NULL for none; copied, but what it
 *	points to must stay as long as it is exposed
 * @access: DVK_EXPOSE_*
 *
 * Holds from the next call of the calling thread on, until it exposes something
 * else or its binding ends. Others can touch the memory only while the thread
 * waits in a call. They address it by offsets: the addresses that they give to
 * vcopy are 0 .. length - 1; all others, and what @access does not allow, are
 * -DVK_EFAULT. Who may copy is decided as for a process: whom the client asks by
 * dvk_kernel_sendrec(), kernel clients, and CAP_SYS_PTRACE. The direction of
 * @iter does not matter.
 *
 * Bytes on their way to another node may leave this one a moment after the call
 * has ended, with what the memory holds then: do not put secrets there.
 *
 * Return: 0, with @iter NULL even if nothing was exposed, or -DVK_E*: NOTBIND,
 * SHUTDOWN, BADPROC (not a kernel thread), INVAL (another
 * kind of iterator, unknown bits in @access), NOMEM.
 */
int dvk_kernel_expose(struct dvk_kernel *dvk, const struct iov_iter *iter,
		      unsigned int access);

/**
 * dvk_kernel_vcopy_from() - copy from another endpoint's memory
 * @dvk: the node
 * @src: the endpoint, which waits in a call
 * @addr: address in its memory, of a kernel client the offset in what it exposes
 * @to: kvecs or bvecs to copy into; advanced on success. Its count is the
 *	number of bytes
 *
 * Return: 0 if all bytes were copied, or -DVK_E*.
 */
int dvk_kernel_vcopy_from(struct dvk_kernel *dvk, int src, u64 addr,
			  struct iov_iter *to);

/**
 * dvk_kernel_vcopy_to() - copy to another endpoint's memory
 * @dvk: the node
 * @dst: the endpoint, which waits in a call
 * @addr: address in its memory, of a kernel client the offset in what it exposes
 * @from: kvecs or bvecs to copy; advanced on success. Its count is the number
 *	of bytes
 *
 * Return: 0 if all bytes were copied, or -DVK_E*.
 */
int dvk_kernel_vcopy_to(struct dvk_kernel *dvk, int dst, u64 addr,
			struct iov_iter *from);

/**
 * dvk_kernel_vcopy() - copy between two other endpoints
 * @dvk: the node
 * @src: whose memory is read, waits in a call
 * @src_addr: where
 * @dst: whose memory is written, waits in a call
 * @dst_addr: where
 * @bytes: how many
 *
 * Return: 0 if all bytes were copied, or -DVK_E*; -DVK_EENDPOINT if the caller
 * is one of the two.
 */
int dvk_kernel_vcopy(struct dvk_kernel *dvk, int src, u64 src_addr, int dst,
		     u64 dst_addr, size_t bytes);

#endif /* _DVK_KERNEL_H */
