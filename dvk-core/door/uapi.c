// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/dvk: the calls of user space. Each handler copies its structure in,
 * calls the core, and copies the structure with the result out.
 */
#include "uapi.h"

#include <linux/cdev.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/nsproxy.h>
#include <linux/pid.h>
#include <linux/poll.h>
#include <linux/sched/task.h>
#include <linux/uaccess.h>

#include "base/current.h"
#include "base/deadline.h"
#include "base/node.h"
#include "base/trace.h"
#include "call/bind.h"
#include "call/ipc.h"
#include "call/migrate.h"
#include "call/notify.h"
#include "copy/copy.h"
#include "dvs.h"
#include "info.h"
#include "link/pair.h"
#include "object/dc.h"
#include "object/endpoint.h"
#include "object/priv.h"
#include "proc.h"
#include "suspend.h"

/* Message out only if the call delivers one; the result always. */
static long put_ipc(struct dvk_ioc_ipc __user *uarg,
		    const struct dvk_ioc_ipc *arg, bool msg)
{
	if (msg && !arg->result)
		return copy_to_user(uarg, arg, sizeof(*arg)) ? -EFAULT : 0;
	return put_user(arg->result, &uarg->result);
}

/* Whether the call fills in a message. */
static bool gets_message(enum dvk_call call)
{
	return call == DVK_CALL_SENDREC || call == DVK_CALL_RECEIVE ||
	       call == DVK_CALL_RCVRQST;
}

static __always_inline int call_ipc(struct dvk_endpoint *ep, enum dvk_call call,
				    bool combined, struct dvk_ioc_ipc *arg,
				    int timeout)
{
	int ret;

	switch (call) {
	case DVK_CALL_SEND:
		return dvk_ipc_send(ep, arg->endpoint, &arg->msg, timeout);
	case DVK_CALL_RECEIVE:
		return dvk_ipc_receive(ep, arg->endpoint, &arg->msg, timeout);
	case DVK_CALL_SENDREC:
		return dvk_ipc_sendrec(ep, arg->endpoint, &arg->msg, timeout);
	case DVK_CALL_RCVRQST:
		if (combined && !(arg->flags & DVK_CALL_REPLIED)) {
			ret = dvk_ipc_reply(ep, arg->endpoint, &arg->msg);
			if (ret)
				return ret;
			arg->flags |= DVK_CALL_REPLIED;
		}
		return dvk_ipc_rcvrqst(ep, &arg->msg, timeout);
	case DVK_CALL_RELAY:
		return dvk_ipc_relay(ep, arg->endpoint, &arg->msg);
	default:
		return dvk_ipc_reply(ep, arg->endpoint, &arg->msg);
	}
}

static long end_ipc(struct dvk_endpoint *ep, enum dvk_call call,
		    struct dvk_ioc_ipc __user *uarg, struct dvk_ioc_ipc *arg)
{
	trace_dvk_return(ep, call, arg->result);
	dvk_ep_leave(ep);
	return put_ipc(uarg, arg, gets_message(call));
}

/* A signal has interrupted the call, which ends at @deadline. */
static noinline long suspend_ipc(struct dvk_endpoint *ep, enum dvk_call call,
				 struct dvk_ioc_ipc __user *uarg,
				 struct dvk_ioc_ipc *arg, s32 deadline)
{
	long ret = -ERESTARTSYS;

	trace_dvk_return(ep, call, ret);
	arg->result = dvk_call_suspend(ep);
	arg->timeout = deadline;
	/* What cannot be found again is given up. */
	if (copy_to_user(uarg, arg, offsetof(struct dvk_ioc_ipc, msg))) {
		dvk_call_drop(ep);
		ret = -EFAULT;
	}
	dvk_ep_leave(ep);
	return ret;
}

/* An interrupted call goes on. */
static noinline long ioc_ipc_again(struct dvk_node *node, enum dvk_call call,
				   bool combined,
				   struct dvk_ioc_ipc __user *uarg,
				   struct dvk_ioc_ipc *arg)
{
	s32 result = arg->result, deadline = arg->timeout;
	bool end = arg->flags & DVK_CALL_END;
	struct dvk_endpoint *ep;
	int timeout;

	if (arg->flags & ~(DVK_CALL_END | DVK_CALL_REPLIED))
		return -EINVAL;
	arg->result = dvk_ep_enter_again(node, call, &ep);
	if (arg->result == -ERESTARTSYS)
		return -ERESTARTSYS;
	if (arg->result)
		return put_ipc(uarg, arg, false);
	timeout = dvk_time_left(deadline);
	if (dvk_call_resume(ep, result)) {
		arg->result = dvk_ipc_again(ep, call, arg->endpoint, &arg->msg,
					    timeout, end);
	} else if (end || result != DVK_RESULT_AGAIN) {
		arg->result = -DVK_EINTR;
	} else if (timeout || deadline == DVK_TIMEOUT_NOWAIT) {
		arg->result = call_ipc(ep, call, combined, arg, timeout);
	} else {
		/* Time has run out; but there may be something to receive. */
		arg->result = -DVK_EAGAIN;
		if (call == DVK_CALL_RECEIVE ||
		    (call == DVK_CALL_RCVRQST &&
		     (!combined || (arg->flags & DVK_CALL_REPLIED))))
			arg->result = call_ipc(ep, call, combined, arg, 0);
		if (arg->result == -DVK_EAGAIN)
			arg->result = -DVK_ETIMEDOUT;
	}
	if (arg->result == -ERESTARTSYS)
		return suspend_ipc(ep, call, uarg, arg, deadline);
	return end_ipc(ep, call, uarg, arg);
}

static __always_inline long ioc_ipc(struct dvk_node *node, enum dvk_call call,
				    bool combined,
				    struct dvk_ioc_ipc __user *uarg)
{
	struct dvk_endpoint *ep;
	struct dvk_ioc_ipc arg;
	u64 since;

	if (copy_from_user(&arg, uarg, sizeof(arg)))
		return -EFAULT;
	if (unlikely(dvk_result_again(arg.result)))
		return ioc_ipc_again(node, call, combined, uarg, &arg);
	if (arg.flags || arg.timeout < DVK_TIMEOUT_FOREVER)
		return -EINVAL;

	arg.result = dvk_ep_enter(node, call, &ep);
	if (unlikely(arg.result))
		return arg.result == -ERESTARTSYS ?
			-ERESTARTSYS : put_ipc(uarg, &arg, false);
	since = get_jiffies_64();
	arg.result = call_ipc(ep, call, combined, &arg, arg.timeout);
	if (unlikely(arg.result == -ERESTARTSYS))
		return suspend_ipc(ep, call, uarg, &arg,
				   dvk_deadline(arg.timeout, since));
	return end_ipc(ep, call, uarg, &arg);
}

/* The result of a call that starts anew when it is interrupted. */
static long put_result(int result, __s32 __user *uresult)
{
	return result == -ERESTARTSYS ? result : put_user(result, uresult);
}

/*
 * The same, of one with a timeout, which began @since. The structure says then when
 * it ends.
 */
static long put_timed(int result, __s32 __user *uresult, s32 timeout,
		      __s32 __user *utimeout, bool again, u64 since)
{
	if (result != -ERESTARTSYS || again)
		return put_result(result, uresult);
	if (put_user(dvk_deadline(timeout, since), utimeout) ||
	    put_user(DVK_RESULT_AGAIN, uresult))
		return -EFAULT;
	return -ERESTARTSYS;
}

static long ioc_notify(struct dvk_node *node,
		       struct dvk_ioc_notify __user *uarg)
{
	struct dvk_ioc_notify arg;

	if (copy_from_user(&arg, uarg, sizeof(arg)))
		return -EFAULT;
	if (arg.op < DVK_NTFY_PLAIN || arg.op > DVK_NTFY_WAKEUP)
		return -EINVAL;
	return put_result(dvk_notify_call(node, &arg), &uarg->result);
}

static long ioc_vcopy(struct dvk_node *node, struct dvk_ioc_vcopy __user *uarg)
{
	struct dvk_endpoint *ep;
	struct dvk_ioc_vcopy arg;
	bool again, end;
	s32 was;

	if (copy_from_user(&arg, uarg, sizeof(arg)))
		return -EFAULT;
	was = arg.result;
	again = dvk_result_again(was);
	end = again && arg.flags == DVK_CALL_END;
	if (arg.flags && !end)
		return -EINVAL;
	arg.result = again ? dvk_ep_enter_again(node, DVK_CALL_VCOPY, &ep) :
			     dvk_ep_enter(node, DVK_CALL_VCOPY, &ep);
	if (arg.result)
		return put_result(arg.result, &uarg->result);
	if (again && dvk_call_resume(ep, was))
		arg.result = dvk_copy_again(ep, &arg, end);
	else if (end)
		arg.result = -DVK_EINTR;
	else	/* A copy may be made twice. */
		arg.result = dvk_copy_call(ep, &arg, NULL);
	trace_dvk_return(ep, DVK_CALL_VCOPY, arg.result);
	if (unlikely(arg.result == -ERESTARTSYS)) {
		was = dvk_call_suspend(ep);
		if (put_user(was, &uarg->result)) {
			dvk_call_drop(ep);
			arg.result = -EFAULT;
		}
		dvk_ep_leave(ep);
		return arg.result;
	}
	dvk_ep_leave(ep);
	return put_user(arg.result, &uarg->result);
}

static long ioc_bind(struct dvk_node *node, struct dvk_ioc_bind __user *uarg,
		     bool unbind)
{
	struct dvk_ioc_bind arg;
	int ret;

	if (copy_from_user(&arg, uarg, sizeof(arg)))
		return -EFAULT;
	if (arg.flags & ~DVK_BIND_THREAD)
		return -EINVAL;
	if (!unbind)
		return put_result(dvk_bind_call(node, &arg), &uarg->result);
	ret = dvk_unbind_call(node, &arg);
	if (ret != -ERESTARTSYS)
		return put_user(ret, &uarg->result);
	return copy_to_user(uarg, &arg, sizeof(arg)) ? -EFAULT : -ERESTARTSYS;
}

static long ioc_getep(struct dvk_node *node, struct dvk_ioc_getep __user *uarg)
{
	struct dvk_ioc_getep arg;

	if (copy_from_user(&arg, uarg, sizeof(arg)))
		return -EFAULT;
	return put_user(dvk_getep_call(node, arg.pid), &uarg->result);
}

static long ioc_wait4bind(struct dvk_node *node,
			  struct dvk_ioc_wait4bind __user *uarg)
{
	struct dvk_ioc_wait4bind arg;
	u64 since = get_jiffies_64();
	s32 timeout;
	bool again;
	int ret;

	if (copy_from_user(&arg, uarg, sizeof(arg)))
		return -EFAULT;
	again = arg.result == DVK_RESULT_AGAIN;
	timeout = arg.timeout;
	if ((timeout < DVK_TIMEOUT_FOREVER && !again) ||
	    (arg.cmd != DVK_WAIT_BIND && arg.cmd != DVK_WAIT_UNBIND))
		return -EINVAL;
	if (again)
		arg.timeout = dvk_time_left(timeout);
	ret = dvk_wait4bind_call(node, &arg);
	/* Its time had run out, so it looked once more. */
	if (again && ret == -DVK_EAGAIN)
		ret = -DVK_ETIMEDOUT;
	return put_timed(ret, &uarg->result, timeout, &uarg->timeout, again,
			 since);
}

static long ioc_proc(struct dvk_node *node, struct dvk_ioc_proc __user *uarg)
{
	struct dvk_ioc_proc arg;

	if (copy_from_user(&arg, uarg, sizeof(arg)))
		return -EFAULT;
	if (arg.pad)
		return -EINVAL;
	memset(&arg.usr, 0, sizeof(arg.usr));
	arg.result = dvk_getprocinfo_call(node, arg.dcid, arg.slot, &arg.usr);
	return copy_to_user(uarg, &arg, sizeof(arg)) ? -EFAULT : 0;
}

static long ioc_migrate(struct dvk_node *node,
			struct dvk_ioc_migrate __user *uarg)
{
	struct dvk_ioc_migrate arg;

	if (copy_from_user(&arg, uarg, sizeof(arg)))
		return -EFAULT;
	if (arg.cmd < DVK_MIGR_START || arg.cmd >= DVK_MIGR_NR ||
	    arg.cmd == DVK_MIGR_COMING || arg.cmd == DVK_MIGR_WHERE)
		return -EINVAL;
	return put_result(dvk_migrate_call(node, &arg), &uarg->result);
}

static long ioc_priv(struct dvk_node *node, struct dvk_ioc_priv __user *uarg,
		     bool set)
{
	struct dvk_ioc_priv arg;

	if (copy_from_user(&arg, uarg, sizeof(arg)))
		return -EFAULT;
	if (arg.pad)
		return -EINVAL;
	if (set)
		return put_user(dvk_setpriv_call(node, &arg), &uarg->result);
	memset(&arg.usr, 0, sizeof(arg.usr));
	arg.result = dvk_getpriv_call(node, &arg);
	return copy_to_user(uarg, &arg, sizeof(arg)) ? -EFAULT : 0;
}

static long ioc_dump(struct dvk_node *node, struct dvk_ioc_dump __user *uarg)
{
	struct dvk_ioc_dump arg;

	/* The log is that of the machine, not of a namespace. */
	if (!capable(CAP_NET_ADMIN))
		return -EPERM;
	if (copy_from_user(&arg, uarg, sizeof(arg)))
		return -EFAULT;
	return put_user(dvk_dump_call(node, arg.dcid), &uarg->result);
}

static long ioc_dvs(struct dvk_node *node, unsigned int cmd,
		    struct dvk_ioc_dvs __user *uarg)
{
	struct dvk_ioc_dvs arg;

	if (cmd != DVK_IOC_GETDVSINFO && !dvk_may_configure(node))
		return -EPERM;
	if (copy_from_user(&arg, uarg, sizeof(arg)))
		return -EFAULT;
	switch (cmd) {
	case DVK_IOC_DVS_INIT:
		arg.result = dvk_node_init_dvs(node, arg.nodeid, &arg.usr);
		break;
	case DVK_IOC_DVS_END:
		arg.result = dvk_node_end_dvs(node);
		break;
	default:
		arg.result = READ_ONCE(node->nodeid);
		break;
	}
	dvk_dvs_fill_usr(node, &arg.usr);
	return copy_to_user(uarg, &arg, sizeof(arg)) ? -EFAULT : 0;
}

static int getdcinfo(struct dvk_node *node, int dcid, struct dvk_dc_usr *usr)
{
	struct dvk_endpoint *ep;
	struct dvk_dc *dc;
	int ret = 0;

	if (!dvk_node_up(node))
		return -DVK_EDVSINIT;
	rcu_read_lock();
	if (dcid == -1) {
		ep = dvk_ep_of_task(current);
		if (!ep || ep->dc->node != node) {
			ret = -DVK_ENOTBIND;
			goto out;
		}
		dcid = ep->dc->dcid;
	}
	ret = -DVK_EBADDCID;
	if (dcid < 0 || dcid >= node->limits.nr_dcs)
		goto out;
	dc = dvk_dc_find(node, dcid);
	ret = -DVK_EDCNOTRUN;
	if (!dc)
		goto out;
	dvk_dc_fill_usr(dc, usr);
	ret = dcid;
out:
	rcu_read_unlock();
	return ret;
}

static long ioc_dc(struct dvk_node *node, unsigned int cmd,
		   struct dvk_ioc_dc __user *uarg)
{
	struct dvk_ioc_dc arg;

	if (cmd != DVK_IOC_GETDCINFO && !dvk_may_configure(node))
		return -EPERM;
	if (copy_from_user(&arg, uarg, sizeof(arg)))
		return -EFAULT;
	switch (cmd) {
	case DVK_IOC_DC_INIT:
		arg.result = dvk_dc_init(node, &arg.usr);
		break;
	case DVK_IOC_DC_END:
		arg.result = dvk_dc_end(node, arg.dcid);
		break;
	default:
		arg.result = getdcinfo(node, arg.dcid, &arg.usr);
		break;
	}
	return copy_to_user(uarg, &arg, sizeof(arg)) ? -EFAULT : 0;
}

static long ioc_node(struct dvk_node *node, unsigned int cmd,
		     struct dvk_ioc_node __user *uarg)
{
	struct dvk_ioc_node arg;

	if (cmd != DVK_IOC_GETNODEINFO && !dvk_may_configure(node))
		return -EPERM;
	if (copy_from_user(&arg, uarg, sizeof(arg)))
		return -EFAULT;
	if (arg.pad)
		return -EINVAL;
	switch (cmd) {
	case DVK_IOC_ADD_NODE:
		arg.result = dvk_dc_add_node(node, arg.dcid, arg.nodeid);
		break;
	case DVK_IOC_DEL_NODE:
		arg.result = dvk_dc_del_node(node, arg.dcid, arg.nodeid);
		break;
	default:
		if (arg.nodeid == -1)
			arg.nodeid = READ_ONCE(node->nodeid);
		memset(&arg.usr, 0, sizeof(arg.usr));
		arg.result = dvk_node_up(node) ?
			     dvk_node_fill_usr(node, arg.nodeid, &arg.usr) :
			     -DVK_EDVSINIT;
		if (!arg.result)
			arg.result = arg.nodeid;
		break;
	}
	return copy_to_user(uarg, &arg, sizeof(arg)) ? -EFAULT : 0;
}

/* --- proxies in user space --- */

static long ioc_proxies(struct dvk_node *node, bool unbind,
			struct dvk_ioc_proxies __user *uarg)
{
	struct dvk_ioc_proxies arg;

	if (!dvk_may_configure(node))
		return -EPERM;
	if (copy_from_user(&arg, uarg, sizeof(arg)))
		return -EFAULT;
	if (arg.pad)
		return -EINVAL;
	arg.result = unbind ? dvk_proxies_unbind_call(node, arg.pxid) :
			      dvk_proxies_bind_call(node, &arg);
	return put_user(arg.result, &uarg->result);
}

static long ioc_proxy_conn(struct dvk_node *node,
			   struct dvk_ioc_proxy_conn __user *uarg)
{
	struct dvk_ioc_proxy_conn arg;

	if (copy_from_user(&arg, uarg, sizeof(arg)))
		return -EFAULT;
	if (arg.pad)
		return -EINVAL;
	arg.result = dvk_proxy_conn_call(node, arg.pxid, arg.status,
					 dvk_may_configure(node));
	return put_user(arg.result, &uarg->result);
}

static long ioc_proxy_info(struct dvk_node *node,
			   struct dvk_ioc_proxy_info __user *uarg)
{
	struct dvk_ioc_proxy_info arg;
	struct dvk_proxies_view view;

	if (copy_from_user(&arg, uarg, sizeof(arg)))
		return -EFAULT;
	arg.result = dvk_proxies_fill(node, arg.pxid, &view);
	if (!arg.result) {
		arg.sender = view.sender;
		arg.receiver = view.receiver;
	}
	return copy_to_user(uarg, &arg, sizeof(arg)) ? -EFAULT : 0;
}

static long ioc_node_up(struct dvk_node *node, bool down,
			struct dvk_ioc_node_up __user *uarg)
{
	struct dvk_ioc_node_up arg;

	if (!dvk_may_configure(node))
		return -EPERM;
	if (copy_from_user(&arg, uarg, sizeof(arg)))
		return -EFAULT;
	if (arg.pad)
		return -EINVAL;
	arg.result = down ? dvk_node_down_call(node, arg.nodeid) :
			    dvk_node_up_call(node, &arg);
	return put_user(arg.result, &uarg->result);
}

static long ioc_frame(struct dvk_node *node, bool put,
		      struct dvk_ioc_frame __user *uarg)
{
	struct dvk_ioc_frame arg;
	u64 since = get_jiffies_64();
	s32 timeout;
	bool again;
	int ret;

	if (copy_from_user(&arg, uarg, sizeof(arg)))
		return -EFAULT;
	if (put) {
		if (arg.timeout)
			return -EINVAL;
		return put_result(dvk_put2lcl_call(node, &arg), &uarg->result);
	}
	again = arg.result == DVK_RESULT_AGAIN;
	timeout = arg.timeout;
	if (timeout < DVK_TIMEOUT_FOREVER && !again)
		return -EINVAL;
	if (again)
		arg.timeout = dvk_time_left(timeout);
	ret = dvk_get2rmt_call(node, &arg);
	return put_timed(ret, &uarg->result, timeout, &uarg->timeout, again,
			 since);
}

static long dvk_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct dvk_node *node = file->private_data;
	void __user *uarg = (void __user *)arg;

	switch (cmd) {
	case DVK_IOC_SEND:
		return ioc_ipc(node, DVK_CALL_SEND, false, uarg);
	case DVK_IOC_RECEIVE:
		return ioc_ipc(node, DVK_CALL_RECEIVE, false, uarg);
	case DVK_IOC_SENDREC:
		return ioc_ipc(node, DVK_CALL_SENDREC, false, uarg);
	case DVK_IOC_RCVRQST:
		return ioc_ipc(node, DVK_CALL_RCVRQST, false, uarg);
	case DVK_IOC_REPLY:
		return ioc_ipc(node, DVK_CALL_REPLY, false, uarg);
	case DVK_IOC_RELAY:
		return ioc_ipc(node, DVK_CALL_RELAY, false, uarg);
	case DVK_IOC_REPLY_RCVRQST:
		return ioc_ipc(node, DVK_CALL_RCVRQST, true, uarg);
	case DVK_IOC_NOTIFY:
		return ioc_notify(node, uarg);
	case DVK_IOC_VCOPY:
		return ioc_vcopy(node, uarg);
	case DVK_IOC_BIND:
		return ioc_bind(node, uarg, false);
	case DVK_IOC_UNBIND:
		return ioc_bind(node, uarg, true);
	case DVK_IOC_GETEP:
		return ioc_getep(node, uarg);
	case DVK_IOC_WAIT4BIND:
		return ioc_wait4bind(node, uarg);
	case DVK_IOC_GETPROCINFO:
		return ioc_proc(node, uarg);
	case DVK_IOC_MIGRATE:
		return ioc_migrate(node, uarg);
	case DVK_IOC_GETPRIV:
		return ioc_priv(node, uarg, false);
	case DVK_IOC_SETPRIV:
		return ioc_priv(node, uarg, true);
	case DVK_IOC_DUMP:
		return ioc_dump(node, uarg);
	case DVK_IOC_DVS_INIT:
	case DVK_IOC_DVS_END:
	case DVK_IOC_GETDVSINFO:
		return ioc_dvs(node, cmd, uarg);
	case DVK_IOC_DC_INIT:
	case DVK_IOC_DC_END:
	case DVK_IOC_GETDCINFO:
		return ioc_dc(node, cmd, uarg);
	case DVK_IOC_ADD_NODE:
	case DVK_IOC_DEL_NODE:
	case DVK_IOC_GETNODEINFO:
		return ioc_node(node, cmd, uarg);
	case DVK_IOC_PROXIES_BIND:
		return ioc_proxies(node, false, uarg);
	case DVK_IOC_PROXIES_UNBIND:
		return ioc_proxies(node, true, uarg);
	case DVK_IOC_PROXY_CONN:
		return ioc_proxy_conn(node, uarg);
	case DVK_IOC_GETPROXYINFO:
		return ioc_proxy_info(node, uarg);
	case DVK_IOC_NODE_UP:
		return ioc_node_up(node, false, uarg);
	case DVK_IOC_NODE_DOWN:
		return ioc_node_up(node, true, uarg);
	case DVK_IOC_GET2RMT:
		return ioc_frame(node, false, uarg);
	case DVK_IOC_PUT2LCL:
		return ioc_frame(node, true, uarg);
	default:
		return -ENOTTY;
	}
}

/* A descriptor holds its namespace, as a socket does. */
static int dvk_open(struct inode *inode, struct file *file)
{
	struct net *net = get_net(current->nsproxy->net_ns);

	file->private_data = dvk_node_of(net);
	return nonseekable_open(inode, file);
}

static int dvk_release(struct inode *inode, struct file *file)
{
	struct dvk_node *node = file->private_data;

	put_net(node->net);
	return 0;
}

/* A call waits, or does not; there is nothing yet that poll() could wait for. */
static __poll_t dvk_poll(struct file *file, poll_table *wait)
{
	return EPOLLERR;
}

static const struct file_operations dvk_fops = {
	.owner = THIS_MODULE,
	.open = dvk_open,
	.release = dvk_release,
	.poll = dvk_poll,
	.unlocked_ioctl = dvk_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};

static struct miscdevice dvk_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "dvk",
	.fops = &dvk_fops,
	.mode = 0666,
};

/*
 * Scripts of the earlier system make the node by hand, and tell the module the
 * number they have given it. It then has that one besides its own.
 */
static int dvk_major;
module_param(dvk_major, int, 0444);
MODULE_PARM_DESC(dvk_major, "Major number of device nodes made by hand; 0: none are");
static int dvk_minor;
module_param(dvk_minor, int, 0444);
MODULE_PARM_DESC(dvk_minor, "The first minor number of such nodes");
static int dvk_nr_devs = 1;
module_param(dvk_nr_devs, int, 0444);
MODULE_PARM_DESC(dvk_nr_devs, "How many minor numbers; all are the same device");

static struct cdev by_hand;

static int by_hand_register(void)
{
	dev_t dev = MKDEV(dvk_major, dvk_minor);
	int err;

	if (!dvk_major)
		return 0;
	if (dvk_major < 0 || dvk_minor < 0 || dvk_nr_devs < 1) {
		pr_err("dvk: dvk_major, dvk_minor or dvk_nr_devs is no such number\n");
		return -EINVAL;
	}
	err = register_chrdev_region(dev, dvk_nr_devs, "dvk");
	if (err) {
		pr_err("dvk: major %d, minors %d to %d are not free (%d), see /proc/devices: load without dvk_major, then /dev/dvk is made by itself\n",
		       dvk_major, dvk_minor, dvk_minor + dvk_nr_devs - 1, err);
		return err;
	}
	cdev_init(&by_hand, &dvk_fops);
	by_hand.owner = THIS_MODULE;
	err = cdev_add(&by_hand, dev, dvk_nr_devs);
	if (err)
		unregister_chrdev_region(dev, dvk_nr_devs);
	return err;
}

static void by_hand_unregister(void)
{
	if (!dvk_major)
		return;
	cdev_del(&by_hand);
	unregister_chrdev_region(MKDEV(dvk_major, dvk_minor), dvk_nr_devs);
}

int dvk_uapi_register(void)
{
	int err;

	BUILD_BUG_ON(sizeof(struct dvk_message) != 64);
	BUILD_BUG_ON(sizeof(struct dvk_ioc_ipc) != 80);
	BUILD_BUG_ON(sizeof(struct dvk_cmd) != 168);
	err = by_hand_register();
	if (err)
		return err;
	err = misc_register(&dvk_misc);
	if (err)
		by_hand_unregister();
	return err;
}

void dvk_uapi_unregister(void)
{
	misc_deregister(&dvk_misc);
	by_hand_unregister();
}
