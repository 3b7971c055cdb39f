/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * DVK: the ioctl interface of /dev/dvk and the wire header.
 *
 * All structures have a fixed size and layout. Padding and unused fields must
 * be zero. An ioctl fails with a Linux errno only for misuse of the interface
 * (EFAULT, EINVAL, ENOTTY, EPERM); the result of the call itself (an
 * endpoint, a byte count or a negated DVK_E* code) comes back in the
 * structure's @result, because endpoints may be negative.
 *
 * A descriptor of /dev/dvk belongs to the node (network namespace) of its
 * opener. A binding belongs to a task.
 */
#ifndef _UAPI_LINUX_DVK_H
#define _UAPI_LINUX_DVK_H

#include <linux/types.h>
#include <linux/ioctl.h>
#include <linux/dvk_errno.h>

/* Defaults and ceilings. */
#define DVK_NAME_LEN		16	/* with the terminating zero */
#define DVK_NR_NODES		32
#define DVK_NR_DCS		32
#define DVK_NR_TASKS		35
#define DVK_NR_PROCS		221
#define DVK_NR_SYSPROCS		64
#define DVK_MAX_NODES		1024
#define DVK_MAX_DCS		65536
#define DVK_MAX_SLOTS		65536	/* tasks + processes of one DC */
#define DVK_MAXCOPYBUF		65536	/* bytes of payload in one frame */
#define DVK_MAXCOPYLEN		1048576	/* bytes in one vcopy */

/* Special endpoints. */
#define DVK_ANY			0x7ACE
#define DVK_NONE		0x6ACE
#define DVK_SELF		0x8ACE
#define DVK_HARDWARE		(-1)
#define DVK_SYSTEM		(-2)

/* Timeouts, in milliseconds. */
#define DVK_TIMEOUT_NOWAIT	0
#define DVK_TIMEOUT_FOREVER	(-1)

/*
 * Endpoint = generation * DVK_EP_STRIDE + slot. Slots run from -nr_tasks to
 * nr_procs - 1; a bind keeps generation 0.
 */
#define DVK_EP_STRIDE		(DVK_NR_TASKS + DVK_SELF + 1)

/* Numbers of calls, bits in the mask of allowed calls. */
enum dvk_call {
	DVK_CALL_DC_INIT = 1,
	DVK_CALL_SEND = 2,
	DVK_CALL_RECEIVE = 3,
	DVK_CALL_NOTIFY = 4,
	DVK_CALL_SENDREC = 5,
	DVK_CALL_RCVRQST = 6,
	DVK_CALL_REPLY = 7,
	DVK_CALL_DC_END = 8,
	DVK_CALL_BIND = 9,
	DVK_CALL_UNBIND = 10,
	DVK_CALL_GETPRIV = 11,
	DVK_CALL_SETPRIV = 12,
	DVK_CALL_VCOPY = 13,
	DVK_CALL_GETDCINFO = 14,
	DVK_CALL_GETPROCINFO = 15,
	DVK_CALL_RELAY = 16,
	DVK_CALL_PROXIES_BIND = 17,
	DVK_CALL_PROXIES_UNBIND = 18,
	DVK_CALL_GETNODEINFO = 19,
	DVK_CALL_PUT2LCL = 20,
	DVK_CALL_GET2RMT = 21,
	DVK_CALL_ADD_NODE = 22,
	DVK_CALL_DEL_NODE = 23,
	DVK_CALL_DVS_INIT = 24,
	DVK_CALL_DVS_END = 25,
	DVK_CALL_GETEP = 26,
	DVK_CALL_GETDVSINFO = 27,
	DVK_CALL_PROXY_CONN = 28,
	DVK_CALL_WAIT4BIND = 29,
	DVK_CALL_MIGRATE = 30,
	DVK_CALL_NODE_UP = 31,
	DVK_CALL_NODE_DOWN = 32,
	DVK_CALL_GETPROXYINFO = 33,
	DVK_CALL_WAKEUP = 34,
	DVK_CALL_NR
};

/* Bits of p_rts_flags: why an endpoint does not run; 0 means it does. */
#define DVK_RTS_SLOT_FREE	(1U << 0)
#define DVK_RTS_NO_MAP		(1U << 1)
#define DVK_RTS_SENDING		(1U << 2)
#define DVK_RTS_RECEIVING	(1U << 3)
#define DVK_RTS_SIGNALED	(1U << 4)
#define DVK_RTS_SIG_PENDING	(1U << 5)
#define DVK_RTS_P_STOP		(1U << 6)
#define DVK_RTS_NO_PRIV		(1U << 7)
#define DVK_RTS_NO_PRIORITY	(1U << 8)
#define DVK_RTS_NO_ENDPOINT	(1U << 9)
#define DVK_RTS_ONCOPY		(1U << 10)
#define DVK_RTS_MIGRATE		(1U << 11)
#define DVK_RTS_REMOTE		(1U << 12)
#define DVK_RTS_RMTOPER		(1U << 13)
#define DVK_RTS_WAITMIGR	(1U << 15)
#define DVK_RTS_WAITUNBIND	(1U << 17)
#define DVK_RTS_WAITBIND	(1U << 18)

/* Bits of p_misc_flags. */
#define DVK_MISC_PROXY		(1U << 0)
#define DVK_MISC_CONNECTED	(1U << 1)
#define DVK_MISC_NOTIFY		(1U << 2)
#define DVK_MISC_NEEDMIGR	(1U << 3)
#define DVK_MISC_RMTBACKUP	(1U << 4)
#define DVK_MISC_GRPLEADER	(1U << 5)
#define DVK_MISC_KTHREAD	(1U << 6)
#define DVK_MISC_REPLICATED	(1U << 7)
#define DVK_MISC_KILLED		(1U << 8)
#define DVK_MISC_WOKENUP	(1U << 9)
#define DVK_MISC_USERMODE	(1U << 10)
#define DVK_MISC_RMTINFO	(1U << 11)
#define DVK_MISC_NOMIGRATE	(1U << 12)
#define DVK_MISC_ATOMIC		(1U << 13)
#define DVK_MISC_ENQUEUED	(1U << 14)

/* Bits of d_flags, n_flags and px_flags. */
#define DVK_DVS_IPC		(1U << 0)
#define DVK_DVS_IOCTL		(1U << 1)
#define DVK_DVS_USERMODE	(1U << 2)
#define DVK_DVS_INITIALIZED	(1U << 8)

#define DVK_NODE_ATTACHED	(1U << 1)
#define DVK_NODE_SCONNECTED	(1U << 2)
#define DVK_NODE_RCONNECTED	(1U << 3)

#define DVK_PROXY_INUSE		(1U << 0)
#define DVK_PROXY_SCONNECTED	(1U << 1)
#define DVK_PROXY_RCONNECTED	(1U << 2)

/* Bits of dc_flags. */
#define DVK_DC_STRICT		(1U << 0)	/* calls of user slots are restricted */
#define DVK_DC_NOAUTOBIND	(1U << 1)	/* strangers are not bound on arrival */

/**
 * struct dvk_message - the unit of rendezvous, 64 bytes
 * @m_source: endpoint of the sender, written by the kernel on delivery
 * @m_type: kind of message; belongs to the programs
 * @m_data: the union of message bodies, see <dvk/dvk.h> for its named forms
 * @m1: the body of exit warnings
 * @m9: the body of notifications
 */
struct dvk_message {
	__s32 m_source;
	__s32 m_type;

	__extension__ union {	/* C99 has none without a name */
		__u8 m_data[56];
		__u64 m_words[7];
		struct {
			__s32 i1, i2, i3, pad;
			__u64 p1, p2, p3;
		} m1;
		struct {
			__s32 i1;
			__s32 l1;
			__s64 t1_sec;
			__s64 t1_nsec;
		} m9;
	};
};

/* m_type of a notification, or'ed with the sender's slot. */
#define DVK_NOTIFY_MESSAGE	0x1000

/* What the node is: dvk_getdvsinfo() and dvk_dvs_init(). */
struct dvk_dvs_usr {
	char d_name[DVK_NAME_LEN];
	__s32 d_nr_dcs;
	__s32 d_nr_nodes;
	__s32 d_nr_procs;	/* most process slots of a DC */
	__s32 d_nr_tasks;	/* most task slots of a DC */
	__s32 d_nr_sysprocs;
	__s32 d_max_copybuf;	/* bytes in one frame */
	__s32 d_max_copylen;	/* bytes in one vcopy */
	__s32 d_version;
	__u64 d_dbglvl;
	__u64 d_flags;
	__s32 d_size_proc;
	__s32 d_pad;
};

struct dvk_dc_usr {
	__s32 dc_dcid;
	__s32 dc_nr_procs;
	__s32 dc_nr_tasks;
	__s32 dc_nr_sysprocs;
	__s32 dc_nr_nodes;
	__s32 dc_warn2proc;	/* endpoint told of exits, or DVK_NONE */
	__s32 dc_warnmsg;	/* m_type of that message */
	__s32 dc_pid;		/* creator */
	__u64 dc_flags;
	__u64 dc_nodes;		/* members 0..63, bit n = node n */
	__u64 dc_cpumask;
	char dc_name[DVK_NAME_LEN];
	__u64 dc_nodemap[DVK_MAX_NODES / 64];	/* all members */
};

struct dvk_proc_usr {
	__s32 p_nr;		/* slot */
	__s32 p_endpoint;
	__s32 p_dcid;
	__s32 p_lpid;		/* pid in the initial namespace, -1 if remote */
	__s32 p_vpid;		/* pid in the reader's namespace */
	__s32 p_nodeid;
	__s32 p_getfrom;	/* endpoint waited for, or ANY, or NONE */
	__s32 p_sendto;
	__s32 p_waitmigr;
	__s32 p_waitunbind;
	__s32 p_proxy;		/* endpoint an answer is waited for from, or NONE */
	__s32 p_pad;
	__u64 p_rts_flags;
	__u64 p_misc_flags;
	__u64 p_nodemap;
	__s64 p_lclsent;
	__s64 p_rmtsent;
	__s64 p_lclcopy;
	__s64 p_rmtcopy;
	__u64 p_cpumask;
	char p_name[DVK_NAME_LEN];
};

struct dvk_node_usr {
	__s32 n_nodeid;
	__s32 n_proxies;	/* proxy pair of the node, or -1 */
	__u64 n_flags;
	__u64 n_dcs;		/* DCs 0..63 that include the node */
	__s64 n_stimestamp_sec;	/* last frame sent */
	__s64 n_stimestamp_nsec;
	__s64 n_rtimestamp_sec;	/* last frame received */
	__s64 n_rtimestamp_nsec;
	__s64 n_pxsent;
	__s64 n_pxrcvd;
	char n_name[DVK_NAME_LEN];
};

/* Bind types and what dvk_ioc_bind.cmd takes. */
enum dvk_bind_type {
	DVK_BIND_SELF = 0,
	DVK_BIND_LOCAL = 1,
	DVK_BIND_REMOTE = 2,
	DVK_BIND_BACKUP = 3,
	DVK_BIND_REPLICA = 4,
	DVK_BIND_USERMODE = 5,
};

enum dvk_wait_type {
	DVK_WAIT_BIND = 0,
	DVK_WAIT_UNBIND = 1,
};

/*
 * A signal interrupts a wait as it does read(2): the ioctl goes on by itself if no
 * handler runs, or after one with SA_RESTART. After another one it fails with
 * EINTR, and the result field says what became of the call, if it was in a wait:
 *
 * DVK_RESULT_AGAIN: nothing has happened yet
 * DVK_RESULT_OUT | number: its request is out; an answer may come
 *
 * The same ioctl with the structure as it is then, whose timeout has become a point in
 * time, goes on with the call: that is what the kernel does by itself. With
 * DVK_CALL_END in the flags, of a message or a copy, it does so without waiting,
 * and takes back what is not over: -DVK_EINTR. Until either comes, or another call
 * of that thread that waits, the endpoint is busy for others (-DVK_EPROCRUN).
 *
 * A request that is out is not sent a second time, and is taken back by a call that
 * waits, made by the same thread out of the handler: then the first one ends
 * with -DVK_EINTR.
 */
#define DVK_RESULT_AGAIN	0x5c000000
#define DVK_RESULT_OUT		0x5d000000
#define DVK_RESULT_OUT_MASK	0x00ffffff

/* What was interrupted is to end now. */
#define DVK_CALL_END		(1U << 30)
/* REPLY_RCVRQST: the answer has been given. Set by the kernel. */
#define DVK_CALL_REPLIED	(1U << 31)

/**
 * struct dvk_ioc_ipc - send, receive, sendrec, rcvrqst, reply
 * @endpoint: destination; for receive the source or DVK_ANY; unused by rcvrqst
 * @timeout: milliseconds, DVK_TIMEOUT_NOWAIT or DVK_TIMEOUT_FOREVER
 * @result: 0 or a negated DVK_E* code
 * @flags: 0, or with a result of DVK_RESULT_AGAIN or DVK_RESULT_OUT DVK_CALL_*
 * @msg: in, out or both
 */
struct dvk_ioc_ipc {
	__s32 endpoint;
	__s32 timeout;
	__s32 result;
	__u32 flags;
	struct dvk_message msg;
};

/* dvk_ioc_notify.op */
enum dvk_notify_op {
	DVK_NTFY_PLAIN = 0,	/* from the caller */
	DVK_NTFY_SRC = 1,	/* from another slot, @source */
	DVK_NTFY_VALUE = 2,	/* from @source, with @value 0..31 */
	DVK_NTFY_HARDWARE = 3,	/* from HARDWARE, names its @dcid */
	DVK_NTFY_WAKEUP = 4,	/* dvk_wakeup(): names its @dcid */
};

struct dvk_ioc_notify {
	__s32 op;
	__s32 source;		/* slot, or DVK_SELF */
	__s32 endpoint;		/* destination */
	__s32 value;
	__s32 dcid;
	__s32 result;
};

struct dvk_ioc_vcopy {
	__s32 src;		/* endpoint, or DVK_SELF */
	__s32 dst;		/* endpoint, or DVK_SELF */
	__u64 src_addr;		/* address in the source's memory */
	__u64 dst_addr;
	__s64 bytes;		/* 0 .. d_max_copylen */
	__s32 result;
	__u32 flags;		/* 0 or, with DVK_RESULT_OUT, DVK_CALL_END */
};

struct dvk_ioc_bind {
	__s32 cmd;		/* enum dvk_bind_type */
	__s32 dcid;
	__s32 pid;		/* in the caller's pid namespace */
	__s32 endpoint;
	__s32 nodeid;		/* remote and backup binds */
	__s32 timeout;		/* unbind only */
	__s32 result;		/* the endpoint, or a code below -DVK_ERRCODE */
	__u32 flags;		/* DVK_BIND_THREAD */
	char name[DVK_NAME_LEN];	/* remote bind */
};

/* Bind the calling thread, not its thread group. */
#define DVK_BIND_THREAD		(1U << 0)

struct dvk_ioc_getep {
	__s32 pid;
	__s32 result;
};

struct dvk_ioc_wait4bind {
	__s32 cmd;		/* enum dvk_wait_type */
	__s32 endpoint;		/* or DVK_SELF */
	__s32 timeout;
	__s32 result;
};

struct dvk_ioc_dvs {
	__s32 nodeid;
	__s32 result;
	struct dvk_dvs_usr usr;
};

struct dvk_ioc_dc {
	__s32 dcid;		/* -1: the caller's own */
	__s32 result;
	struct dvk_dc_usr usr;
};

struct dvk_ioc_node {
	__s32 dcid;
	__s32 nodeid;
	__s32 result;
	__u32 pad;
	struct dvk_node_usr usr;
};

struct dvk_ioc_proc {
	__s32 dcid;
	__s32 slot;
	__s32 result;
	__u32 pad;
	struct dvk_proc_usr usr;
};

/* dvk_ioc_proxy_conn.status: what happened to a proxy's connection. */
enum dvk_proxy_status {
	DVK_CONNECT_SPROXY = 1,
	DVK_CONNECT_RPROXY = 2,
	DVK_DISCONNECT_SPROXY = 3,
	DVK_DISCONNECT_RPROXY = 4,
};

struct dvk_ioc_proxies {
	__s32 pxid;		/* number of the pair, below d_nr_nodes */
	__s32 spid;		/* sender, in the caller's pid namespace */
	__s32 rpid;		/* receiver */
	__s32 maxbytes;		/* most payload bytes it carries in one frame */
	__s32 result;
	__u32 pad;		/* must be 0 */
	char name[DVK_NAME_LEN];
};

struct dvk_ioc_proxy_conn {
	__s32 pxid;
	__s32 status;		/* enum dvk_proxy_status */
	__s32 result;
	__u32 pad;		/* must be 0 */
};

struct dvk_ioc_proxy_info {
	__s32 pxid;
	__s32 result;
	struct dvk_proc_usr sender;
	struct dvk_proc_usr receiver;
};

struct dvk_ioc_node_up {
	__s32 nodeid;
	__s32 pxid;		/* the pair that leads there; unused by NODE_DOWN */
	__s32 result;
	__u32 pad;		/* must be 0 */
	char name[DVK_NAME_LEN];	/* of the node; empty: as it is */
};

/**
 * struct dvk_ioc_frame - GET2RMT and PUT2LCL: a frame, taken or handed over
 * @cmd: address of its struct dvk_cmd
 * @payload: address of DVK_MAXCOPYBUF bytes; c_len of them are in use
 * @timeout: GET2RMT: milliseconds, DVK_TIMEOUT_NOWAIT or DVK_TIMEOUT_FOREVER;
 *	PUT2LCL: must be 0
 * @result: 0 or a negated DVK_E* code
 *
 * A GET2RMT that ends with -DVK_ETIMEDOUT fills in a HELLO, which asks the
 * other node for a sign of life when it is sent there.
 */
struct dvk_ioc_frame {
	__u64 cmd;
	__u64 payload;
	__s32 timeout;
	__s32 result;
};

/* Levels of privilege; from DVK_PRIV_SERVER on, those of system endpoints. */
enum dvk_priv_level {
	DVK_PRIV_USER = 0,
	DVK_PRIV_SERVER = 1,
	DVK_PRIV_TASK = 2,
	DVK_PRIV_SYSTEM = 3,
	DVK_PRIV_KERNEL = 4,
	DVK_PRIV_PROXY = 5,
};

/**
 * struct dvk_priv_usr - what an endpoint may do
 * @priv_id: its number, cannot be changed: slot + nr_tasks of the DC. Those of
 *	the first 64 system slots are bits of the maps
 * @priv_warn: endpoint told of its exit in place of the DC's, or DVK_NONE
 * @priv_level: enum dvk_priv_level
 * @priv_trap_mask: kept and returned, means nothing here
 * @priv_ipc_from: system endpoints it takes messages from
 * @priv_ipc_to: system endpoints it may send to
 * @priv_dvk_allowed: calls it may make, 1 << enum dvk_call
 */
struct dvk_priv_usr {
	__s32 priv_id;
	__s32 priv_warn;
	__s32 priv_level;
	__s32 priv_trap_mask;
	__u64 priv_ipc_from;
	__u64 priv_ipc_to;
	__u64 priv_dvk_allowed;
};

struct dvk_ioc_priv {
	__s32 dcid;
	__s32 endpoint;		/* or DVK_SELF */
	__s32 result;
	__u32 pad;
	struct dvk_priv_usr usr;
};

/* dvk_ioc_migrate.cmd */
enum dvk_migrate_op {
	DVK_MIGR_START = 0,
	DVK_MIGR_COMMIT = 1,
	DVK_MIGR_ROLLBACK = 2,
	DVK_MIGR_COMING = 3,	/* between nodes only: a commit is to follow */
	DVK_MIGR_RESTS = 4,	/* is it frozen, and does it wait for a message? */
	DVK_MIGR_WHERE = 5,	/* between nodes only: announce it if it is there */
	DVK_MIGR_NR
};

struct dvk_ioc_migrate {
	__s32 cmd;		/* enum dvk_migrate_op */
	__s32 dcid;
	__s32 pid;		/* commit on the new node: whom to bind, or -1 */
	__s32 endpoint;
	__s32 nodeid;		/* commit: the new node */
	__s32 result;
};

/* Write a table into the kernel's log. */
struct dvk_ioc_dump {
	__s32 dcid;		/* the endpoints of this DC; -1: the DCs */
	__s32 result;
};

#define DVK_IOC_MAGIC		0xDB
#define DVK_IOC_DVS_INIT	_IOWR(DVK_IOC_MAGIC, 1, struct dvk_ioc_dvs)
#define DVK_IOC_DVS_END		_IOWR(DVK_IOC_MAGIC, 2, struct dvk_ioc_dvs)
#define DVK_IOC_GETDVSINFO	_IOWR(DVK_IOC_MAGIC, 3, struct dvk_ioc_dvs)
#define DVK_IOC_DC_INIT		_IOWR(DVK_IOC_MAGIC, 4, struct dvk_ioc_dc)
#define DVK_IOC_DC_END		_IOWR(DVK_IOC_MAGIC, 5, struct dvk_ioc_dc)
#define DVK_IOC_GETDCINFO	_IOWR(DVK_IOC_MAGIC, 6, struct dvk_ioc_dc)
#define DVK_IOC_ADD_NODE	_IOWR(DVK_IOC_MAGIC, 7, struct dvk_ioc_node)
#define DVK_IOC_DEL_NODE	_IOWR(DVK_IOC_MAGIC, 8, struct dvk_ioc_node)
#define DVK_IOC_GETNODEINFO	_IOWR(DVK_IOC_MAGIC, 9, struct dvk_ioc_node)
#define DVK_IOC_BIND		_IOWR(DVK_IOC_MAGIC, 10, struct dvk_ioc_bind)
#define DVK_IOC_UNBIND		_IOWR(DVK_IOC_MAGIC, 11, struct dvk_ioc_bind)
#define DVK_IOC_GETEP		_IOWR(DVK_IOC_MAGIC, 12, struct dvk_ioc_getep)
#define DVK_IOC_GETPROCINFO	_IOWR(DVK_IOC_MAGIC, 13, struct dvk_ioc_proc)
#define DVK_IOC_WAIT4BIND	_IOWR(DVK_IOC_MAGIC, 14, struct dvk_ioc_wait4bind)
#define DVK_IOC_SEND		_IOWR(DVK_IOC_MAGIC, 20, struct dvk_ioc_ipc)
#define DVK_IOC_RECEIVE		_IOWR(DVK_IOC_MAGIC, 21, struct dvk_ioc_ipc)
#define DVK_IOC_SENDREC		_IOWR(DVK_IOC_MAGIC, 22, struct dvk_ioc_ipc)
#define DVK_IOC_RCVRQST		_IOWR(DVK_IOC_MAGIC, 23, struct dvk_ioc_ipc)
#define DVK_IOC_REPLY		_IOWR(DVK_IOC_MAGIC, 24, struct dvk_ioc_ipc)
/* Answer @endpoint with @msg, then wait for the next request into @msg. */
#define DVK_IOC_REPLY_RCVRQST	_IOWR(DVK_IOC_MAGIC, 25, struct dvk_ioc_ipc)
#define DVK_IOC_NOTIFY		_IOWR(DVK_IOC_MAGIC, 26, struct dvk_ioc_notify)
#define DVK_IOC_VCOPY		_IOWR(DVK_IOC_MAGIC, 27, struct dvk_ioc_vcopy)
/* Pass the request in @msg, of msg.m_source, on to server @endpoint. */
#define DVK_IOC_RELAY		_IOWR(DVK_IOC_MAGIC, 28, struct dvk_ioc_ipc)
#define DVK_IOC_GETPRIV		_IOWR(DVK_IOC_MAGIC, 29, struct dvk_ioc_priv)
#define DVK_IOC_SETPRIV		_IOWR(DVK_IOC_MAGIC, 30, struct dvk_ioc_priv)
#define DVK_IOC_DUMP		_IOWR(DVK_IOC_MAGIC, 31, struct dvk_ioc_dump)
#define DVK_IOC_MIGRATE		_IOWR(DVK_IOC_MAGIC, 32, struct dvk_ioc_migrate)
#define DVK_IOC_NODE_UP		_IOWR(DVK_IOC_MAGIC, 40, struct dvk_ioc_node_up)
#define DVK_IOC_NODE_DOWN	_IOWR(DVK_IOC_MAGIC, 41, struct dvk_ioc_node_up)
#define DVK_IOC_PROXIES_BIND	_IOWR(DVK_IOC_MAGIC, 42, struct dvk_ioc_proxies)
#define DVK_IOC_PROXIES_UNBIND	_IOWR(DVK_IOC_MAGIC, 43, struct dvk_ioc_proxies)
#define DVK_IOC_PROXY_CONN	_IOWR(DVK_IOC_MAGIC, 44, \
				      struct dvk_ioc_proxy_conn)
#define DVK_IOC_GETPROXYINFO	_IOWR(DVK_IOC_MAGIC, 45, \
				      struct dvk_ioc_proxy_info)
#define DVK_IOC_GET2RMT		_IOWR(DVK_IOC_MAGIC, 46, struct dvk_ioc_frame)
#define DVK_IOC_PUT2LCL		_IOWR(DVK_IOC_MAGIC, 47, struct dvk_ioc_frame)

/*
 * The wire header. Every frame between two nodes starts with it, whichever
 * proxy carries it; c_len bytes of payload follow. All fields little-endian.
 */
#define DVK_WIRE_MAGIC		0x314b5644	/* "DVK1" */
#define DVK_WIRE_VERSION	2

enum dvk_cmd_code {
	DVK_CMD_NONE = 0,
	DVK_CMD_SEND_MSG = 1,
	DVK_CMD_NTFY_MSG = 2,
	DVK_CMD_SNDREC_MSG = 3,
	DVK_CMD_REPLY_MSG = 4,
	DVK_CMD_COPYIN_DATA = 5,
	DVK_CMD_COPYOUT_RQST = 6,
	DVK_CMD_COPYLCL_RQST = 7,
	DVK_CMD_COPYRMT_RQST = 8,
	DVK_CMD_COPYIN_RQST = 9,
	DVK_CMD_HELLO = 10,
	DVK_CMD_SHUTDOWN = 11,
	DVK_CMD_PROCINFO = 12,	/* asks what c_dst is */
	DVK_CMD_PROCBIND = 13,
	DVK_CMD_PROCUNBIND = 14,
	DVK_CMD_CANCEL = 15,	/* the source gave up on its request c_ack_seq */
	DVK_CMD_RELAY_MSG = 16,	/* the request goes to server c_msg.m_source */
	DVK_CMD_MIGRATE = 17,	/* c_msg.m1: enum dvk_migrate_op, node, inc */
	DVK_CMD_CHALLENGE = 18,	/* between HELLO and its answer: prove it */
	DVK_CMD_NR,
	DVK_CMD_ACK = 0x2000,	/* or'ed: the answer to a command */
	DVK_CMD_COPYOUT_DATA = DVK_CMD_COPYOUT_RQST | DVK_CMD_ACK,
	/* Its payload is a struct dvk_proc_usr, unless it has a c_rcode. */
	DVK_CMD_PROCINFO_ACK = DVK_CMD_PROCINFO | DVK_CMD_ACK,
};

/*
 * Bits of c_flags, which belongs to those who carry the frame, as c_batch_nr,
 * c_snd_seq and c_ack_seq do: what a program puts there is between it and the
 * program at the other end.
 */
#define DVK_CMD_F_BATCH		(1U << 0)	/* headers follow as payload */
#define DVK_CMD_F_LZ4		(1U << 1)	/* the payload is or was packed */
#define DVK_CMD_F_CHECK_HDR	(1U << 2)

/* Bits of c_ctl. */
#define DVK_CMD_C_NOWAIT	(1U << 2)	/* refuse rather than queue */
#define DVK_CMD_C_LAST		(1U << 3)	/* last frame of a copy */
#define DVK_CMD_C_PRIV		(1U << 4)	/* the requester may copy any memory */
#define DVK_CMD_C_MOVED		(1U << 5)	/* bound there by a migration */
#define DVK_CMD_C_KNOWN		(DVK_CMD_C_NOWAIT | DVK_CMD_C_LAST | \
				 DVK_CMD_C_PRIV | DVK_CMD_C_MOVED)

/**
 * struct dvk_vcopy - what a copy command is about
 * @v_src: endpoint that owns @v_saddr
 * @v_dst: endpoint that owns @v_daddr
 * @v_rqtr: endpoint that asked
 * @v_id: transfer number, chosen by the requester's node
 * @v_saddr: start of the whole range, used only on the node of @v_src
 * @v_daddr: start of the whole range, used only on the node of @v_dst
 * @v_bytes: of a frame with data how much it carries, else as @v_total
 * @v_offset: where this frame's payload starts in it
 * @v_rnode: node of @v_rqtr; this and the rest only where three nodes may be
 *	involved: COPYLCL_RQST, COPYRMT_RQST, COPYIN_RQST
 * @v_dnode: node of @v_dst
 * @v_rqtr_inc: incarnation of @v_rqtr
 * @v_dst_inc: incarnation that @v_dst must have, 0 if not known
 * @v_rseq: the requester's number of its request, for the answer to it
 * @v_total: length of the whole range
 */
struct dvk_vcopy {
	__le32 v_src;
	__le32 v_dst;
	__le32 v_rqtr;
	__le32 v_id;
	__le64 v_saddr;
	__le64 v_daddr;
	__le32 v_bytes;
	__le32 v_offset;
	__le32 v_rnode;
	__le32 v_dnode;
	__le32 v_rqtr_inc;
	__le32 v_dst_inc;
	__le32 v_rseq;
	__le32 v_total;
};

/* Bits of h_features; the first two are of proxies in user space only. */
#define DVK_HELLO_F_BATCH	(1U << 0)	/* DVK_CMD_F_BATCH */
#define DVK_HELLO_F_LZ4		(1U << 1)	/* DVK_CMD_F_LZ4 */
#define DVK_HELLO_F_KEYED	(1U << 2)	/* the sender has a key for the other */

#define DVK_PROOF_LEN		20

/**
 * struct dvk_hello - who is calling
 * @h_cluster: name of the DVS; both sides must have the same
 * @h_session: number of the sender's connection, above that of all earlier ones
 *	(as serial numbers: the difference is less than half the range). One that
 *	is not is refused with -DVK_EEXIST, and here the highest there was
 * @h_nr_nodes: table size of the sender
 * @h_max_copybuf: most payload bytes it takes in one frame
 * @h_max_copylen: most bytes it takes in one vcopy
 * @h_features: DVK_HELLO_F_*: how it can send and receive besides; what both have
 *	is done
 * @h_instance: drawn by the node when it was made; 0: it does not tell
 * @h_proof: with DVK_HELLO_F_KEYED: of HELLO and CHALLENGE a number used once; of
 *	the answer to a CHALLENGE and of that to HELLO the first bytes of an HMAC
 *	with SHA-256 by the key of the two: of "DVK1 dialler" or "DVK1 listener"
 *	with a zero, that HELLO and that CHALLENGE, whole
 *
 * A HELLO with DVK_HELLO_F_KEYED is answered with a CHALLENGE, which has the
 * fields of a HELLO; that is answered with h_proof, and then HELLO is answered.
 */
struct dvk_hello {
	char h_cluster[DVK_NAME_LEN];
	__le64 h_session;
	__le32 h_nr_nodes;
	__le32 h_max_copybuf;
	__le32 h_max_copylen;
	__le32 h_features;
	__le32 h_instance;
	__u8 h_proof[DVK_PROOF_LEN];
};

/**
 * struct dvk_cmd - the header of every frame, 168 bytes
 * @c_magic: DVK_WIRE_MAGIC
 * @c_version: DVK_WIRE_VERSION
 * @c_hdrlen: sizeof(struct dvk_cmd)
 * @c_cmd: enum dvk_cmd_code
 * @c_dcid: DC of @c_src and @c_dst
 * @c_src: endpoint on the sending node
 * @c_dst: endpoint on the receiving node
 * @c_snode: sending node
 * @c_dnode: receiving node
 * @c_rcode: result of an answer, else 0
 * @c_len: bytes of payload that follow the header
 * @c_pid: pid of @c_src on its node, for display
 * @c_batch_nr: number of the frame on its connection, of which HELLO has 0, so
 *	that none is missed; 0 in others if the sender does not count
 * @c_flags: DVK_CMD_F_*, and what else proxies in user space agree on; 0 in what
 *	they fetch, not looked at in what they deliver, but for DVK_CMD_F_LZ4:
 *	the payload then has @v_bytes bytes, whatever @c_len says. So are
 * @c_snd_seq: and
 * @c_ack_seq: and @c_batch_nr
 * @c_src_inc: incarnation of @c_src
 * @c_dst_inc: incarnation that @c_dst must have, 0 if not known
 * @c_id: number of this request, counted by @c_src; in an answer or a cancel
 *	that of the request it is about
 * @c_rnode: RELAY_MSG: node of the new server; answers with the result
 *	-DVK_EMIGRATE: where the destination lives now
 * @c_rinc: RELAY_MSG: its incarnation, 0 if not known
 * @c_ctl: DVK_CMD_C_*
 * @c_path: of what proxies in user space fetch: a sum of the nodes and endpoints
 *	that it names. If it is not the sum of those it names when it is
 *	delivered, somebody between has exchanged some, and the incarnations
 *	are of others: they are not looked at. 0 stands for no sum
 * @c_timestamp_sec: HELLO only: time of sending, echoed in its answer
 * @c_timestamp_nsec: the same, nanoseconds
 * @c_msg: message, of message commands
 * @c_vcopy: of copy commands
 * @c_hello: of HELLO and CHALLENGE
 * @c_name: name of the bound process, of PROCBIND
 */
struct dvk_cmd {
	__le32 c_magic;
	__le16 c_version;
	__le16 c_hdrlen;
	__le32 c_cmd;
	__le32 c_dcid;
	__le32 c_src;
	__le32 c_dst;
	__le32 c_snode;
	__le32 c_dnode;
	__le32 c_rcode;
	__le32 c_len;
	__le32 c_pid;
	__le32 c_batch_nr;
	__le32 c_flags;
	__le32 c_snd_seq;
	__le32 c_ack_seq;
	__le32 c_src_inc;
	__le32 c_dst_inc;
	__le32 c_id;
	__le32 c_rnode;
	__le32 c_rinc;
	__le32 c_ctl;
	__le32 c_path;
	__le64 c_timestamp_sec;
	__le64 c_timestamp_nsec;

	__extension__ union {
		struct dvk_message c_msg;
		struct dvk_vcopy c_vcopy;
		struct dvk_hello c_hello;
		char c_name[DVK_NAME_LEN];
	};
};

#endif /* _UAPI_LINUX_DVK_H */
