/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tracepoints: where a message, a frame or a page is, and when.
 *
 * Users see dvk:send, dvk:deliver and so on. In the code the names carry the
 * prefix of all that belongs to dvk, see the end of this file.
 *
 *	send		a call hands a message over
 *	deliver		a message is in its receiver's hands
 *	wake		a wait ends; the task is woken unless it still runs
 *	call_return	a call ends
 *	frame_out	a command goes to the transport or its queue
 *	frame_in	a command has arrived and passed the checks
 *	ack		the answer to a request has arrived
 *	pin, unpin	pages of a task are held for a copy, and let go
 *	bind, unbind	endpoints come and go
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM dvk

#if !defined(_DVK_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _DVK_TRACE_H

#include <linux/tracepoint.h>
#include <linux/dvk.h>

struct dvk_endpoint;
struct dvk_link;

#define dvk_show_cmd(code)					\
	__print_symbolic(code,					\
		{ 0,	  "NONE" },				\
		{ 1,	  "SEND_MSG" },				\
		{ 2,	  "NTFY_MSG" },				\
		{ 3,	  "SNDREC_MSG" },			\
		{ 4,	  "REPLY_MSG" },			\
		{ 5,	  "COPYIN_DATA" },			\
		{ 6,	  "COPYOUT_RQST" },			\
		{ 7,	  "COPYLCL_RQST" },			\
		{ 8,	  "COPYRMT_RQST" },			\
		{ 9,	  "COPYIN_RQST" },			\
		{ 10,	  "HELLO" },				\
		{ 11,	  "SHUTDOWN" },				\
		{ 12,	  "PROCINFO" },				\
		{ 13,	  "PROCBIND" },				\
		{ 14,	  "PROCUNBIND" },			\
		{ 15,	  "CANCEL" },				\
		{ 0x2001, "SEND_ACK" },				\
		{ 0x2002, "NTFY_ACK" },				\
		{ 0x2003, "SNDREC_ACK" },			\
		{ 0x2004, "REPLY_ACK" },			\
		{ 0x2005, "COPYIN_ACK" },			\
		{ 0x2006, "COPYOUT_DATA" },			\
		{ 0x2007, "COPYLCL_ACK" },			\
		{ 0x2008, "COPYRMT_ACK" },			\
		{ 0x2009, "COPYIN_RQST_ACK" },			\
		{ 0x200a, "HELLO_ACK" })

#define dvk_show_call(call)					\
	__print_symbolic(call,					\
		{ 2,  "send" },					\
		{ 3,  "receive" },				\
		{ 4,  "notify" },				\
		{ 5,  "sendrec" },				\
		{ 6,  "rcvrqst" },				\
		{ 7,  "reply" },				\
		{ 9,  "bind" },					\
		{ 10, "unbind" },				\
		{ 13, "vcopy" },				\
		{ 16, "relay" },				\
		{ 29, "wait4bind" },				\
		{ 30, "migrate" },				\
		{ 34, "wakeup" })

#define dvk_show_kind(kind)					\
	__print_symbolic(kind,					\
		{ 0, "local" },					\
		{ 1, "remote" },				\
		{ 2, "backup" },				\
		{ 3, "replica" })

TRACE_EVENT(send,
	    TP_PROTO(const struct dvk_endpoint *ep, int dst,
		     const struct dvk_message *m),
	    TP_ARGS(ep, dst, m),
	    TP_STRUCT__entry(__field(int, dcid)
			     __field(int, ep)
			     __field(int, dst)
			     __field(int, type)),
	    TP_fast_assign(__entry->dcid = ep->dc->dcid;
			   __entry->ep = ep->ep;
			   __entry->dst = dst;
			   __entry->type = m->m_type;),
	    TP_printk("dc=%d ep=%d dst=%d type=%d", __entry->dcid,
		      __entry->ep, __entry->dst, __entry->type)
);

TRACE_EVENT(deliver,
	    TP_PROTO(const struct dvk_endpoint *to, int from,
		     const struct dvk_message *m),
	    TP_ARGS(to, from, m),
	    TP_STRUCT__entry(__field(int, dcid)
			     __field(int, ep)
			     __field(int, from)
			     __field(int, type)),
	    TP_fast_assign(__entry->dcid = to->dc->dcid;
			   __entry->ep = to->ep;
			   __entry->from = from;
			   __entry->type = m->m_type;),
	    TP_printk("dc=%d ep=%d from=%d type=%d", __entry->dcid,
		      __entry->ep, __entry->from, __entry->type)
);

TRACE_EVENT(wake,
	    TP_PROTO(const struct dvk_endpoint *ep, int result),
	    TP_ARGS(ep, result),
	    TP_STRUCT__entry(__field(int, dcid)
			     __field(int, ep)
			     __field(int, result)),
	    TP_fast_assign(__entry->dcid = ep->dc->dcid;
			   __entry->ep = ep->ep;
			   __entry->result = result;),
	    TP_printk("dc=%d ep=%d result=%d", __entry->dcid, __entry->ep,
		      __entry->result)
);

/* Not "return", which bpftrace takes for a keyword. */
TRACE_EVENT(call_return,
	    TP_PROTO(const struct dvk_endpoint *ep, int call, int result),
	    TP_ARGS(ep, call, result),
	    TP_STRUCT__entry(__field(int, dcid)
			     __field(int, ep)
			     __field(int, call)
			     __field(int, result)),
	    TP_fast_assign(__entry->dcid = ep->dc->dcid;
			   __entry->ep = ep->ep;
			   __entry->call = call;
			   __entry->result = result;),
	    TP_printk("dc=%d ep=%d call=%s result=%d", __entry->dcid,
		      __entry->ep, dvk_show_call(__entry->call),
		      __entry->result)
);

DECLARE_EVENT_CLASS(dvk_frame,
		    TP_PROTO(const struct dvk_link *link,
			     const struct dvk_cmd *cmd),
		    TP_ARGS(link, cmd),
		    TP_STRUCT__entry(__field(int, node)
				     __field(int, peer)
				     __field(u32, cmd)
				     __field(int, dcid)
				     __field(int, src)
				     __field(int, dst)
				     __field(u32, id)
				     __field(int, rcode)
				     __field(u32, len)),
		    TP_fast_assign(__entry->node = link->node->nodeid;
				   __entry->peer = link->nodeid;
				   __entry->cmd = le32_to_cpu(cmd->c_cmd);
				   __entry->dcid = le32_to_cpu(cmd->c_dcid);
				   __entry->src = le32_to_cpu(cmd->c_src);
				   __entry->dst = le32_to_cpu(cmd->c_dst);
				   __entry->id = le32_to_cpu(cmd->c_id);
				   __entry->rcode = le32_to_cpu(cmd->c_rcode);
				   __entry->len = le32_to_cpu(cmd->c_len);),
		    TP_printk("node=%d peer=%d cmd=%s dc=%d src=%d dst=%d id=%u rcode=%d len=%u",
			      __entry->node, __entry->peer,
			      dvk_show_cmd(__entry->cmd), __entry->dcid,
			      __entry->src, __entry->dst, __entry->id,
			      __entry->rcode, __entry->len)
);

DEFINE_EVENT(dvk_frame, frame_out,
	     TP_PROTO(const struct dvk_link *link, const struct dvk_cmd *cmd),
	     TP_ARGS(link, cmd)
);

DEFINE_EVENT(dvk_frame, frame_in,
	     TP_PROTO(const struct dvk_link *link, const struct dvk_cmd *cmd),
	     TP_ARGS(link, cmd)
);

TRACE_EVENT(ack,
	    TP_PROTO(const struct dvk_endpoint *ep, u32 seq, int rcode),
	    TP_ARGS(ep, seq, rcode),
	    TP_STRUCT__entry(__field(int, dcid)
			     __field(int, ep)
			     __field(u32, seq)
			     __field(int, rcode)),
	    TP_fast_assign(__entry->dcid = ep->dc->dcid;
			   __entry->ep = ep->ep;
			   __entry->seq = seq;
			   __entry->rcode = rcode;),
	    TP_printk("dc=%d ep=%d seq=%u rcode=%d", __entry->dcid,
		      __entry->ep, __entry->seq, __entry->rcode)
);

TRACE_EVENT(pin,
	    TP_PROTO(const struct dvk_endpoint *ep, u64 addr, u32 pages),
	    TP_ARGS(ep, addr, pages),
	    TP_STRUCT__entry(__field(int, dcid)
			     __field(int, ep)
			     __field(u64, addr)
			     __field(u32, pages)),
	    TP_fast_assign(__entry->dcid = ep->dc->dcid;
			   __entry->ep = ep->ep;
			   __entry->addr = addr;
			   __entry->pages = pages;),
	    TP_printk("dc=%d ep=%d addr=0x%llx pages=%u", __entry->dcid,
		      __entry->ep, __entry->addr, __entry->pages)
);

TRACE_EVENT(unpin,
	    TP_PROTO(u32 pages, bool dirty),
	    TP_ARGS(pages, dirty),
	    TP_STRUCT__entry(__field(u32, pages)
			     __field(bool, dirty)),
	    TP_fast_assign(__entry->pages = pages;
			   __entry->dirty = dirty;),
	    TP_printk("pages=%u dirty=%d", __entry->pages, __entry->dirty)
);

DECLARE_EVENT_CLASS(dvk_binding,
		    TP_PROTO(const struct dvk_endpoint *ep),
		    TP_ARGS(ep),
		    TP_STRUCT__entry(__field(int, dcid)
				     __field(int, ep)
				     __field(u32, inc)
				     __field(int, node)
				     __field(int, kind)
				     __field(int, pid)
				     __array(char, name, DVK_NAME_LEN)),
		    TP_fast_assign(__entry->dcid = ep->dc->dcid;
				   __entry->ep = ep->ep;
				   __entry->inc = ep->inc;
				   __entry->node = ep->nodeid;
				   __entry->kind = ep->kind;
				   __entry->pid = ep->task ? dvk_ep_pid(ep) : -1;
				   memcpy(__entry->name, ep->name, DVK_NAME_LEN);),
		    TP_printk("dc=%d ep=%d inc=%u node=%d kind=%s pid=%d name=%s",
			      __entry->dcid, __entry->ep, __entry->inc,
			      __entry->node, dvk_show_kind(__entry->kind),
			      __entry->pid, __entry->name)
);

DEFINE_EVENT(dvk_binding, bind,
	     TP_PROTO(const struct dvk_endpoint *ep),
	     TP_ARGS(ep)
);

DEFINE_EVENT(dvk_binding, unbind,
	     TP_PROTO(const struct dvk_endpoint *ep),
	     TP_ARGS(ep)
);

#define trace_dvk_send		trace_send
#define trace_dvk_deliver	trace_deliver
#define trace_dvk_wake		trace_wake
#define trace_dvk_return	trace_call_return
#define trace_dvk_frame_out	trace_frame_out
#define trace_dvk_frame_in	trace_frame_in
#define trace_dvk_ack		trace_ack
#define trace_dvk_pin		trace_pin
#define trace_dvk_unpin		trace_unpin
#define trace_dvk_bind		trace_bind
#define trace_dvk_unbind	trace_unbind

#endif /* _DVK_TRACE_H */

/* The Kbuild file adds the directory above to the search path. */
#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH base
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
