// SPDX-License-Identifier: GPL-2.0
/*
 * The calls of kernel clients: kernel threads that use DVK as processes do.
 * Their memory is the matter of kmem.c.
 */
#include <dvk/kernel.h>

#include <linux/completion.h>
#include <linux/err.h>
#include <linux/export.h>
#include <linux/refcount.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/uio.h>

#include "base/node.h"
#include "base/trace.h"
#include "call/bind.h"
#include "call/ipc.h"
#include "call/notify.h"
#include "copy/copy.h"
#include "dvs.h"
#include "kernel.h"
#include "object/dc.h"
#include "object/endpoint.h"

/**
 * struct dvk_kernel - a module's access to a node
 * @ref: whoever opened it, and a namespace that goes
 * @calls: calls in progress, and one while the namespace is there
 * @idle: the last of @calls is gone
 * @node: good as long as one of @calls is held
 * @entry: in @accesses while the namespace is there, under @accesses_lock
 *
 * It does not keep the namespace alive: nobody could take that away from a
 * module, as it can from a process, and the node would go on for ever.
 */
struct dvk_kernel {
	struct kref ref;
	refcount_t calls;
	struct completion idle;
	struct dvk_node *node;
	struct list_head entry;
};

static DEFINE_MUTEX(accesses_lock);
static LIST_HEAD(accesses);

static void kernel_free(struct kref *ref)
{
	kfree(container_of(ref, struct dvk_kernel, ref));
}

struct dvk_kernel *dvk_kernel_open(struct net *net)
{
	struct dvk_kernel *dvk = kzalloc(sizeof(*dvk), GFP_KERNEL);

	if (!dvk)
		return ERR_PTR(-ENOMEM);
	kref_init(&dvk->ref);
	refcount_set(&dvk->calls, 1);
	init_completion(&dvk->idle);
	/* Until it is in the list, its end would not be told. */
	if (!maybe_get_net(net)) {
		kfree(dvk);
		return ERR_PTR(-ENONET);
	}
	dvk->node = dvk_node_of(net);
	mutex_lock(&accesses_lock);
	list_add(&dvk->entry, &accesses);
	mutex_unlock(&accesses_lock);
	put_net(net);
	return dvk;
}
EXPORT_SYMBOL_GPL(dvk_kernel_open);

void dvk_kernel_close(struct dvk_kernel *dvk)
{
	mutex_lock(&accesses_lock);
	list_del_init(&dvk->entry);
	mutex_unlock(&accesses_lock);
	kref_put(&dvk->ref, kernel_free);
}
EXPORT_SYMBOL_GPL(dvk_kernel_close);

static void end_access(struct dvk_kernel *dvk)
{
	if (refcount_dec_and_test(&dvk->calls))
		complete(&dvk->idle);
}

/* Take one of the accesses to @node out of the list, with a reference. */
static struct dvk_kernel *take_access(const struct dvk_node *node)
{
	struct dvk_kernel *dvk;

	mutex_lock(&accesses_lock);
	list_for_each_entry(dvk, &accesses, entry) {
		if (dvk->node != node)
			continue;
		list_del_init(&dvk->entry);
		kref_get(&dvk->ref);
		mutex_unlock(&accesses_lock);
		return dvk;
	}
	mutex_unlock(&accesses_lock);
	return NULL;
}

void dvk_kernel_node_exit(struct dvk_node *node)
{
	struct dvk_kernel *dvk;

	while ((dvk = take_access(node))) {
		end_access(dvk);
		wait_for_completion(&dvk->idle);
		kref_put(&dvk->ref, kernel_free);
	}
}

/* Start a call: the node stays until end_access(). NULL if it is gone. */
static struct dvk_node *begin_access(struct dvk_kernel *dvk)
{
	might_sleep();
	return refcount_inc_not_zero(&dvk->calls) ? dvk->node : NULL;
}

/* Start a call on the caller's endpoint: 0 or -DVK_E*. */
static int enter(struct dvk_kernel *dvk, enum dvk_call call,
		 struct dvk_endpoint **epp)
{
	struct dvk_node *node = begin_access(dvk);
	int ret;

	if (!node)
		return -DVK_ESHUTDOWN;
	ret = dvk_ep_enter(node, call, epp);
	if (ret)
		end_access(dvk);
	return ret;
}

/* End it; returns its result. */
static int leave(struct dvk_kernel *dvk, enum dvk_call call,
		 struct dvk_endpoint *ep, int ret)
{
	/*
	 * Not every way out of a call does it, because processes need not care
	 * much: their memory is pinned.
	 */
	dvk_copy_settle(ep);
	trace_dvk_return(ep, call, ret);
	dvk_ep_leave(ep);
	end_access(dvk);
	return ret;
}

int dvk_kernel_bind(struct dvk_kernel *dvk, int dcid, int ep)
{
	struct dvk_ioc_bind arg = {
		.cmd = DVK_BIND_SELF,
		.dcid = dcid,
		.endpoint = ep,
	};
	struct dvk_node *node;
	int ret;

	if (!(current->flags & PF_KTHREAD))
		return -DVK_EBADPROC;
	node = begin_access(dvk);
	if (!node)
		return -DVK_ESHUTDOWN;
	ret = dvk_bind_call(node, &arg);
	end_access(dvk);
	return ret;
}
EXPORT_SYMBOL_GPL(dvk_kernel_bind);

/* The caller's endpoint, with a reference, or NULL. */
static struct dvk_endpoint *own_endpoint(const struct dvk_node *node)
{
	struct dvk_endpoint *ep;

	rcu_read_lock();
	ep = dvk_ep_of_task(current);
	if (ep && (ep->dc->node != node || !kref_get_unless_zero(&ep->ref)))
		ep = NULL;
	rcu_read_unlock();
	return ep;
}

int dvk_kernel_unbind(struct dvk_kernel *dvk)
{
	struct dvk_node *node = begin_access(dvk);
	struct dvk_endpoint *ep;

	if (!node)
		return -DVK_ENOTBIND;
	ep = own_endpoint(node);
	if (ep) {
		/* The caller is in no call, so that is all. */
		dvk_ep_shutdown(ep);
		dvk_ep_put(ep);
	}
	end_access(dvk);
	return ep ? 0 : -DVK_ENOTBIND;
}
EXPORT_SYMBOL_GPL(dvk_kernel_unbind);

int dvk_kernel_send(struct dvk_kernel *dvk, int dst,
		    const struct dvk_message *msg, int timeout)
{
	struct dvk_message copy = *msg;
	struct dvk_endpoint *ep;
	int ret = enter(dvk, DVK_CALL_SEND, &ep);

	if (ret)
		return ret;
	ret = dvk_ipc_send(ep, dst, &copy, timeout);
	return leave(dvk, DVK_CALL_SEND, ep, ret);
}
EXPORT_SYMBOL_GPL(dvk_kernel_send);

int dvk_kernel_receive(struct dvk_kernel *dvk, int src,
		       struct dvk_message *msg, int timeout)
{
	struct dvk_endpoint *ep;
	int ret = enter(dvk, DVK_CALL_RECEIVE, &ep);

	if (ret)
		return ret;
	ret = dvk_ipc_receive(ep, src, msg, timeout);
	return leave(dvk, DVK_CALL_RECEIVE, ep, ret);
}
EXPORT_SYMBOL_GPL(dvk_kernel_receive);

int dvk_kernel_sendrec(struct dvk_kernel *dvk, int dst,
		       struct dvk_message *msg, int timeout)
{
	struct dvk_endpoint *ep;
	int ret = enter(dvk, DVK_CALL_SENDREC, &ep);

	if (ret)
		return ret;
	ret = dvk_ipc_sendrec(ep, dst, msg, timeout);
	return leave(dvk, DVK_CALL_SENDREC, ep, ret);
}
EXPORT_SYMBOL_GPL(dvk_kernel_sendrec);

int dvk_kernel_rcvrqst(struct dvk_kernel *dvk, struct dvk_message *msg,
		       int timeout)
{
	struct dvk_endpoint *ep;
	int ret = enter(dvk, DVK_CALL_RCVRQST, &ep);

	if (ret)
		return ret;
	ret = dvk_ipc_rcvrqst(ep, msg, timeout);
	return leave(dvk, DVK_CALL_RCVRQST, ep, ret);
}
EXPORT_SYMBOL_GPL(dvk_kernel_rcvrqst);

int dvk_kernel_reply(struct dvk_kernel *dvk, int dst,
		     const struct dvk_message *msg)
{
	struct dvk_message copy = *msg;
	struct dvk_endpoint *ep;
	int ret = enter(dvk, DVK_CALL_REPLY, &ep);

	if (ret)
		return ret;
	ret = dvk_ipc_reply(ep, dst, &copy);
	return leave(dvk, DVK_CALL_REPLY, ep, ret);
}
EXPORT_SYMBOL_GPL(dvk_kernel_reply);

int dvk_kernel_reply_rcvrqst(struct dvk_kernel *dvk, int dst,
			     struct dvk_message *msg, int timeout)
{
	struct dvk_endpoint *ep;
	int ret = enter(dvk, DVK_CALL_RCVRQST, &ep);

	if (ret)
		return ret;
	ret = dvk_ipc_reply_rcvrqst(ep, dst, msg, timeout);
	return leave(dvk, DVK_CALL_RCVRQST, ep, ret);
}
EXPORT_SYMBOL_GPL(dvk_kernel_reply_rcvrqst);

int dvk_kernel_relay(struct dvk_kernel *dvk, int dst,
		     const struct dvk_message *msg)
{
	struct dvk_message copy = *msg;
	struct dvk_endpoint *ep;
	int ret = enter(dvk, DVK_CALL_RELAY, &ep);

	if (ret)
		return ret;
	ret = dvk_ipc_relay(ep, dst, &copy);
	return leave(dvk, DVK_CALL_RELAY, ep, ret);
}
EXPORT_SYMBOL_GPL(dvk_kernel_relay);

int dvk_kernel_notify(struct dvk_kernel *dvk, int dst)
{
	struct dvk_ioc_notify arg = {
		.op = DVK_NTFY_PLAIN,
		.endpoint = dst,
	};
	struct dvk_node *node = begin_access(dvk);
	int ret;

	if (!node)
		return -DVK_ESHUTDOWN;
	ret = dvk_notify_call(node, &arg);
	end_access(dvk);
	return ret;
}
EXPORT_SYMBOL_GPL(dvk_kernel_notify);

int dvk_kernel_wait4bind(struct dvk_kernel *dvk, int ep, int timeout)
{
	struct dvk_ioc_wait4bind arg = {
		.cmd = DVK_WAIT_BIND,
		.endpoint = ep,
		.timeout = timeout,
	};
	struct dvk_node *node;
	int ret;

	/* To wait for one's own binding is for those whom others bind. */
	if (ep == DVK_SELF)
		return -DVK_EENDPOINT;
	node = begin_access(dvk);
	if (!node)
		return -DVK_ESHUTDOWN;
	ret = dvk_wait4bind_call(node, &arg);
	end_access(dvk);
	return ret;
}
EXPORT_SYMBOL_GPL(dvk_kernel_wait4bind);

int dvk_kernel_expose(struct dvk_kernel *dvk, const struct iov_iter *iter,
		      unsigned int access)
{
	struct dvk_endpoint *ep;
	struct dvk_node *node;
	int ret = -DVK_ENOTBIND;

	if (!(current->flags & PF_KTHREAD))
		return -DVK_EBADPROC;
	node = begin_access(dvk);
	if (!node)
		return -DVK_ESHUTDOWN;
	/*
	 * Not a call that may be forbidden: memory that goes must not stay
	 * exposed. Only this thread makes calls on its endpoint.
	 */
	ep = own_endpoint(node);
	if (ep)
		ret = dvk_kmem_expose(ep, iter, access);
	dvk_ep_put(ep);
	end_access(dvk);
	return ret;
}
EXPORT_SYMBOL_GPL(dvk_kernel_expose);

static int vcopy(struct dvk_kernel *dvk, const struct dvk_ioc_vcopy *arg,
		 struct iov_iter *own)
{
	struct dvk_endpoint *ep;
	int ret = enter(dvk, DVK_CALL_VCOPY, &ep);

	if (ret)
		return ret;
	if (!own && (arg->src == ep->ep || arg->dst == ep->ep))
		ret = -DVK_EENDPOINT;
	else if (own && !dvk_kmem_valid(own))
		ret = -DVK_EINVAL;
	else
		ret = dvk_copy_call(ep, arg, own);
	return leave(dvk, DVK_CALL_VCOPY, ep, ret);
}

int dvk_kernel_vcopy_from(struct dvk_kernel *dvk, int src, u64 addr,
			  struct iov_iter *to)
{
	struct dvk_ioc_vcopy arg = {
		.src = src,
		.src_addr = addr,
		.dst = DVK_SELF,
		.bytes = iov_iter_count(to),
	};
	int ret = vcopy(dvk, &arg, to);

	if (!ret)
		iov_iter_advance(to, arg.bytes);
	return ret;
}
EXPORT_SYMBOL_GPL(dvk_kernel_vcopy_from);

int dvk_kernel_vcopy_to(struct dvk_kernel *dvk, int dst, u64 addr,
			struct iov_iter *from)
{
	struct dvk_ioc_vcopy arg = {
		.src = DVK_SELF,
		.dst = dst,
		.dst_addr = addr,
		.bytes = iov_iter_count(from),
	};
	int ret = vcopy(dvk, &arg, from);

	if (!ret)
		iov_iter_advance(from, arg.bytes);
	return ret;
}
EXPORT_SYMBOL_GPL(dvk_kernel_vcopy_to);

int dvk_kernel_vcopy(struct dvk_kernel *dvk, int src, u64 src_addr, int dst,
		     u64 dst_addr, size_t bytes)
{
	struct dvk_ioc_vcopy arg = {
		.src = src,
		.src_addr = src_addr,
		.dst = dst,
		.dst_addr = dst_addr,
		.bytes = bytes,
	};

	if (src == DVK_SELF || dst == DVK_SELF)
		return -DVK_EENDPOINT;
	return vcopy(dvk, &arg, NULL);
}
EXPORT_SYMBOL_GPL(dvk_kernel_vcopy);
