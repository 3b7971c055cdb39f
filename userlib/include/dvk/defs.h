/* SPDX-License-Identifier: LGPL-2.1 */
/*
 * Numbers, result codes, structures and printf helpers of libdvk.
 * Programs include <dvk/dvk.h>, which includes this.
 */
#ifndef _DVK_DEFS_H
#define _DVK_DEFS_H

#include <sys/types.h>
#include <time.h>
#if defined(__STRICT_ANSI__) && defined(__GLIBC__)
/* Without POSIX or C11, <time.h> keeps struct timespec to itself. */
#include <bits/types/struct_timespec.h>
#endif
#include <linux/dvk.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * A program that defines DVK_CLEAN_NAMES before it includes <dvk/dvk.h> gets
 * names that begin with dvk_, DVK_ or EDVS alone: the types by the names below,
 * numbers as <linux/dvk.h> has them (DVK_ANY, DVK_NONE). Others have in addition
 * those that programs of the earlier system use.
 */
#ifdef DVK_CLEAN_NAMES
#define DVK_TAG(name)		dvk_user_##name
#else
#define DVK_TAG(name)		name
#ifndef OK
#define OK			0
#endif
#endif

/* ---- Limits and special values ---------------------------------------- */

/* The default table. A DC may be smaller or larger: see dc_usr_t. */
#ifndef DVK_CLEAN_NAMES
#define NR_NODES		DVK_NR_NODES
#define NR_DCS			DVK_NR_DCS
#define NR_TASKS		DVK_NR_TASKS
#define NR_PROCS		DVK_NR_PROCS
#define NR_SYSPROCS		DVK_NR_SYSPROCS
#define NR_SYS_PROCS		DVK_NR_SYSPROCS
#define MAXCOPYBUF		DVK_MAXCOPYBUF	/* bytes in one frame */
#define MAXCOPYLEN		DVK_MAXCOPYLEN	/* bytes in one dvk_vcopy() */
#define DVS_NAME_LEN		DVK_NAME_LEN	/* with the terminating zero */

#define ANY			DVK_ANY
#define NONE			DVK_NONE
#define SELF			DVK_SELF

#define HARDWARE		DVK_HARDWARE
#define KERNEL			DVK_HARDWARE
#define SYSTEM			DVK_SYSTEM
#define SYSTASK(node)		(DVK_SYSTEM - (node))
#define SLOTS			(-34)
#define CLOCK			(-35)
#define IDLE			(-36)

#define LOCALNODE		(-1)
#define PROC_NO_PID		(-1)
#define DCID0			0

/*
 * Endpoint = generation * stride + slot; slots run from -NR_TASKS. A bind
 * keeps generation 0, so endpoint and slot are usually the same number.
 */
#define _ENDPOINT(g, p)		((g) * DVK_EP_STRIDE + (p))
#define _ENDPOINT_G(e)		(((e) + NR_TASKS) / DVK_EP_STRIDE)
#define _ENDPOINT_P(e)		((((e) + NR_TASKS) % DVK_EP_STRIDE) - NR_TASKS)

/* Timeouts, in milliseconds. */
#define TIMEOUT_NOWAIT		DVK_TIMEOUT_NOWAIT
#define TIMEOUT_FOREVER		DVK_TIMEOUT_FOREVER
#define TIMEOUT_MOLCALL		30000
#define HELLO_PERIOD		30000
#define TIMEOUT_MS		60000

/* The command of dvk_bind_X(). */
#define SELF_BIND		DVK_BIND_SELF
#define LCL_BIND		DVK_BIND_LOCAL
#define RMT_BIND		DVK_BIND_REMOTE
#define BKUP_BIND		DVK_BIND_BACKUP
#define REPLICA_BIND		DVK_BIND_REPLICA
#define USERMODE_BIND		DVK_BIND_USERMODE

/* The command of dvk_wait4bindep_X(). */
#define WAIT_BIND		DVK_WAIT_BIND
#define WAIT_UNBIND		DVK_WAIT_UNBIND

/* Steps of a migration. */
#define MIGR_START		0
#define MIGR_COMMIT		1
#define MIGR_ROLLBACK		2

/* What happened to the connection of a user-space proxy. */
#define CONNECT_SPROXY		DVK_CONNECT_SPROXY
#define CONNECT_RPROXY		DVK_CONNECT_RPROXY
#define DISCONNECT_SPROXY	DVK_DISCONNECT_SPROXY
#define DISCONNECT_RPROXY	DVK_DISCONNECT_RPROXY

/* Levels of privilege. */
#define USER_PRIV		0
#define SERVER_PRIV		1
#define TASK_PRIV		2
#define SYSTEM_PRIV		3
#define KERNEL_PRIV		4
#define PROXY_PRIV		5

/* m_type of a notification is this, or'ed with the sender's slot. */
#define NOTIFY_MESSAGE		DVK_NOTIFY_MESSAGE
#define NOTIFY_FROM(slot)	(DVK_NOTIFY_MESSAGE | (slot))
#endif /* !DVK_CLEAN_NAMES */

/* ---- Result codes ------------------------------------------------------ */

/*
 * All of them as an enum, so that binding generators and debuggers see them; the
 * macros are for programs that ask #ifdef.
 */
enum dvk_edvs {
	EDVSPERM = -DVK_EPERM,
	EDVSSRCH = -DVK_ESRCH,
	EDVSINTR = -DVK_EINTR,
	EDVS2BIG = -DVK_E2BIG,
	EDVSAGAIN = -DVK_EAGAIN,
	EDVSNOMEM = -DVK_ENOMEM,
	EDVSFAULT = -DVK_EFAULT,
	EDVSBUSY = -DVK_EBUSY,
	EDVSEXIST = -DVK_EEXIST,
	EDVSINVAL = -DVK_EINVAL,
	EDVSRANGE = -DVK_ERANGE,
	EDVSNOSYS = -DVK_ENOSYS,
	EDVSBADDEST = -DVK_EBADDEST,
	EDVSTIMEDOUT = -DVK_ETIMEDOUT,
	EDVSNOTCONN = -DVK_ENOTCONN,
	EDVSSHUTDOWN = -DVK_ESHUTDOWN,
	EDVSNOCONN = -DVK_ENOCONN,
	EDVSADDRNOTAVAIL = -DVK_EADDRNOTAVAIL,
	EDVSMSGSIZE = -DVK_EMSGSIZE,
	EDVSLOCKED = -DVK_ELOCKED,
	EDVSBADCALL = -DVK_EBADCALL,
	EDVSBADSRCDST = -DVK_EBADSRCDST,
	EDVSCALLDENIED = -DVK_ECALLDENIED,
	EDVSDEADSRCDST = -DVK_EDEADSRCDST,
	EDVSNOTREADY = -DVK_ENOTREADY,
	EDVSBADREQUEST = -DVK_EBADREQUEST,
	EDVSSRCDIED = -DVK_ESRCDIED,
	EDVSDSTDIED = -DVK_EDSTDIED,
	EDVSTRAPDENIED = -DVK_ETRAPDENIED,
	EDVSDONTREPLY = -DVK_EDONTREPLY,
	EDVSERRCODE = -DVK_ERRCODE,	/* the border */
	EDVSBADNODEID = -DVK_EBADNODEID,
	EDVSBADDCID = -DVK_EBADDCID,
	EDVSDCNOTRUN = -DVK_EDCNOTRUN,
	EDVSBADPROC = -DVK_EBADPROC,
	EDVSBADPID = -DVK_EBADPID,
	EDVSENDPOINT = -DVK_EENDPOINT,
	EDVSNOPROXY = -DVK_ENOPROXY,
	EDVSRMTPROC = -DVK_ERMTPROC,
	EDVSLCLPROC = -DVK_ELCLPROC,
	EDVSNOTBIND = -DVK_ENOTBIND,
	EDVSPROXYRUN = -DVK_EPROXYRUN,
	EDVSACKDST = -DVK_EACKDST,
	EDVSACKSRC = -DVK_EACKSRC,
	EDVSACKWAIT = -DVK_EACKWAIT,
	EDVSNODEBUSY = -DVK_ENODEBUSY,
	EDVSNONODE = -DVK_ENONODE,
	EDVSDVSBUSY = -DVK_EDVSBUSY,
	EDVSDVSINIT = -DVK_EDVSINIT,
	EDVSNODCNODE = -DVK_ENODCNODE,
	EDVSPROCRUN = -DVK_EPROCRUN,
	EDVSNOMSG = -DVK_ENOMSG,
	EDVSDCRUN = -DVK_EDCRUN,
	EDVSPROCSTS = -DVK_EPROCSTS,
	EDVSNODEFREE = -DVK_ENODEFREE,
	EDVSDCNODE = -DVK_EDCNODE,
	EDVSBADPROXY = -DVK_EBADPROXY,
	EDVSONCOPY = -DVK_EONCOPY,
	EDVSENQUEUED = -DVK_EENQUEUED,
	EDVSOVERRUN = -DVK_EOVERRUN,
	EDVSBADOWNER = -DVK_EBADOWNER,
	EDVSMIGRATE = -DVK_EMIGRATE,
	EDVSPROXYFREE = -DVK_EPROXYFREE,
	EDVSGRPLEADER = -DVK_EGRPLEADER,
	EDVSPRIVILEGES = -DVK_EPRIVILEGES,
	EDVSBINDTYPE = -DVK_EBINDTYPE,
	EDVSSLOTUSED = -DVK_ESLOTUSED,
	EDVSBADRANGE = -DVK_EBADRANGE,
	EDVSBADVALUE = -DVK_EBADVALUE,
	EDVSBADDIR = -DVK_EBADDIR,
	EDVSBADFILE = -DVK_EBADFILE,
	EDVSRSCBUSY = -DVK_ERSCBUSY,
	EDVSNAMESIZE = -DVK_ENAMESIZE,
	EDVSALLOCMEM = -DVK_EALLOCMEM,
	EDVSPROXYID = -DVK_EPROXYID,
	EDVSREPLPROC = -DVK_EREPLPROC,
	EDVSALIGN = -DVK_EALIGN,
	EDVSWOKENUP = -DVK_EWOKENUP,
	EDVSBADTRAMP = -DVK_EBADTRAMP,
	EDVSUSR2USR = -DVK_EUSR2USR,
	EDVSKRN2USR = -DVK_EKRN2USR,
	EDVSUSR2KRN = -DVK_EUSR2KRN,
	EDVSPRIMARY = -DVK_EPRIMARY,
	EDVSNOREPLICA = -DVK_ENOREPLICA,
	EDVSRESTARTSYS = -DVK_ERESTARTSYS,
};

#define EDVSPERM EDVSPERM
#define EDVSSRCH EDVSSRCH
#define EDVSINTR EDVSINTR
#define EDVS2BIG EDVS2BIG
#define EDVSAGAIN EDVSAGAIN
#define EDVSNOMEM EDVSNOMEM
#define EDVSFAULT EDVSFAULT
#define EDVSBUSY EDVSBUSY
#define EDVSEXIST EDVSEXIST
#define EDVSINVAL EDVSINVAL
#define EDVSRANGE EDVSRANGE
#define EDVSNOSYS EDVSNOSYS
#define EDVSBADDEST EDVSBADDEST
#define EDVSTIMEDOUT EDVSTIMEDOUT
#define EDVSNOTCONN EDVSNOTCONN
#define EDVSSHUTDOWN EDVSSHUTDOWN
#define EDVSNOCONN EDVSNOCONN
#define EDVSADDRNOTAVAIL EDVSADDRNOTAVAIL
#define EDVSMSGSIZE EDVSMSGSIZE
#define EDVSLOCKED EDVSLOCKED
#define EDVSBADCALL EDVSBADCALL
#define EDVSBADSRCDST EDVSBADSRCDST
#define EDVSCALLDENIED EDVSCALLDENIED
#define EDVSDEADSRCDST EDVSDEADSRCDST
#define EDVSNOTREADY EDVSNOTREADY
#define EDVSBADREQUEST EDVSBADREQUEST
#define EDVSSRCDIED EDVSSRCDIED
#define EDVSDSTDIED EDVSDSTDIED
#define EDVSTRAPDENIED EDVSTRAPDENIED
#define EDVSDONTREPLY EDVSDONTREPLY
#define EDVSERRCODE EDVSERRCODE
#define EDVSBADNODEID EDVSBADNODEID
#define EDVSBADDCID EDVSBADDCID
#define EDVSDCNOTRUN EDVSDCNOTRUN
#define EDVSBADPROC EDVSBADPROC
#define EDVSBADPID EDVSBADPID
#define EDVSENDPOINT EDVSENDPOINT
#define EDVSNOPROXY EDVSNOPROXY
#define EDVSRMTPROC EDVSRMTPROC
#define EDVSLCLPROC EDVSLCLPROC
#define EDVSNOTBIND EDVSNOTBIND
#define EDVSPROXYRUN EDVSPROXYRUN
#define EDVSACKDST EDVSACKDST
#define EDVSACKSRC EDVSACKSRC
#define EDVSACKWAIT EDVSACKWAIT
#define EDVSNODEBUSY EDVSNODEBUSY
#define EDVSNONODE EDVSNONODE
#define EDVSDVSBUSY EDVSDVSBUSY
#define EDVSDVSINIT EDVSDVSINIT
#define EDVSNODCNODE EDVSNODCNODE
#define EDVSPROCRUN EDVSPROCRUN
#define EDVSNOMSG EDVSNOMSG
#define EDVSDCRUN EDVSDCRUN
#define EDVSPROCSTS EDVSPROCSTS
#define EDVSNODEFREE EDVSNODEFREE
#define EDVSDCNODE EDVSDCNODE
#define EDVSBADPROXY EDVSBADPROXY
#define EDVSONCOPY EDVSONCOPY
#define EDVSENQUEUED EDVSENQUEUED
#define EDVSOVERRUN EDVSOVERRUN
#define EDVSBADOWNER EDVSBADOWNER
#define EDVSMIGRATE EDVSMIGRATE
#define EDVSPROXYFREE EDVSPROXYFREE
#define EDVSGRPLEADER EDVSGRPLEADER
#define EDVSPRIVILEGES EDVSPRIVILEGES
#define EDVSBINDTYPE EDVSBINDTYPE
#define EDVSSLOTUSED EDVSSLOTUSED
#define EDVSBADRANGE EDVSBADRANGE
#define EDVSBADVALUE EDVSBADVALUE
#define EDVSBADDIR EDVSBADDIR
#define EDVSBADFILE EDVSBADFILE
#define EDVSRSCBUSY EDVSRSCBUSY
#define EDVSNAMESIZE EDVSNAMESIZE
#define EDVSALLOCMEM EDVSALLOCMEM
#define EDVSPROXYID EDVSPROXYID
#define EDVSREPLPROC EDVSREPLPROC
#define EDVSALIGN EDVSALIGN
#define EDVSWOKENUP EDVSWOKENUP
#define EDVSBADTRAMP EDVSBADTRAMP
#define EDVSUSR2USR EDVSUSR2USR
#define EDVSKRN2USR EDVSKRN2USR
#define EDVSUSR2KRN EDVSUSR2KRN
#define EDVSPRIMARY EDVSPRIMARY
#define EDVSNOREPLICA EDVSNOREPLICA
#define EDVSRESTARTSYS EDVSRESTARTSYS

/* ---- The message ------------------------------------------------------- */

/**
 * dvk_message_t - the unit of rendezvous, 64 bytes
 * @m_source: endpoint of the sender; written on delivery
 * @m_type: kind of message, chosen by the programs
 *
 * The 56 bytes of body have the forms m1 to m9 and mA to mC; which one a
 * message uses is agreed between the programs. Pointers are carried as they
 * are: they mean something only to dvk_vcopy(), in the memory of the endpoint
 * that sent them.
 */
__extension__ typedef struct dvk_user_message {
	int m_source;
	int m_type;
	union {
		struct {
			int m1_i1, m1_i2, m1_i3;
			char *m1_p1, *m1_p2, *m1_p3;
		};
		struct {
			int m2_i1, m2_i2, m2_i3;
			long m2_l1, m2_l2;
			char *m2_p1;
		};
		struct {
			int m3_i1, m3_i2;
			char *m3_p1;
			char m3_ca1[14];
		};
		struct {
			long m4_l1, m4_l2, m4_l3, m4_l4, m4_l5;
		};
		struct {
			short m5_c1, m5_c2;
			int m5_i1, m5_i2;
			long m5_l1, m5_l2, m5_l3;
		};
		struct {
			char m6_ca1[56];
		};
		struct {
			int m7_i1, m7_i2, m7_i3, m7_i4;
			char *m7_p1, *m7_p2;
		};
		struct {
			int m8_i1, m8_i2;
			char *m8_p1, *m8_p2, *m8_p3, *m8_p4;
		};
		struct {	/* notifications: flags, argument, time */
			int m9_i1;
			int m9_l1;
			struct timespec m9_t1;
		};
		struct {
			int mA_dst, mA_nr;
			int mA_ia[4];
		};
		struct {
			long mB_nr;
			unsigned char mB_md5[16];
		};
		struct {
			int mC_i1, mC_i2, mC_i3, mC_i4;
			char mC_ca1[10];
		};
	};
} dvk_message_t;

#ifndef DVK_CLEAN_NAMES
#define MSG1_FORMAT "source=%d type=%d m1i1=%d m1i2=%d m1i3=%d m1p1=%p m1p2=%p m1p3=%p \n"
#define MSG1_FIELDS(p) (p)->m_source, (p)->m_type, (p)->m1_i1, (p)->m1_i2, \
	(p)->m1_i3, (void *)(p)->m1_p1, (void *)(p)->m1_p2, (void *)(p)->m1_p3

#define MSG2_FORMAT "source=%d type=%d m2i1=%d m2i2=%d m2i3=%d m2l1=%ld m2l2=%ld m2p1=%p \n"
#define MSG2_FIELDS(p) (p)->m_source, (p)->m_type, (p)->m2_i1, (p)->m2_i2, \
	(p)->m2_i3, (p)->m2_l1, (p)->m2_l2, (void *)(p)->m2_p1

#define MSG3_FORMAT "source=%d type=%d m3i1=%d m3i2=%d m3p1=%p m3ca1=[%.14s] \n"
#define MSG3_FIELDS(p) (p)->m_source, (p)->m_type, (p)->m3_i1, (p)->m3_i2, \
	(void *)(p)->m3_p1, (p)->m3_ca1

#define MSG4_FORMAT "source=%d type=%d m4l1=%ld m4l2=%ld m4l3=%ld m4l4=%ld m4l5=%ld \n"
#define MSG4_FIELDS(p) (p)->m_source, (p)->m_type, (p)->m4_l1, (p)->m4_l2, \
	(p)->m4_l3, (p)->m4_l4, (p)->m4_l5

#define MSG5_FORMAT "source=%d type=%d m5c1=%d m5c2=%d m5i1=%d m5i2=%d m5l1=%ld m5l2=%ld m5l3=%ld \n"
#define MSG5_FIELDS(p) (p)->m_source, (p)->m_type, (p)->m5_c1, (p)->m5_c2, \
	(p)->m5_i1, (p)->m5_i2, (p)->m5_l1, (p)->m5_l2, (p)->m5_l3

#define MSG6_FORMAT "source=%d type=%d m6ca1=[%.56s] \n"
#define MSG6_FIELDS(p) (p)->m_source, (p)->m_type, (p)->m6_ca1

#define MSG7_FORMAT "source=%d type=%d m7i1=%d m7i2=%d m7i3=%d m7i4=%d m7p1=%p m7p2=%p \n"
#define MSG7_FIELDS(p) (p)->m_source, (p)->m_type, (p)->m7_i1, (p)->m7_i2, \
	(p)->m7_i3, (p)->m7_i4, (void *)(p)->m7_p1, (void *)(p)->m7_p2

#define MSG8_FORMAT "source=%d type=%d m8i1=%d m8i2=%d m8p1=%p m8p2=%p m8p3=%p m8p4=%p \n"
#define MSG8_FIELDS(p) (p)->m_source, (p)->m_type, (p)->m8_i1, (p)->m8_i2, \
	(void *)(p)->m8_p1, (void *)(p)->m8_p2, (void *)(p)->m8_p3, (void *)(p)->m8_p4

#define MSG9_FORMAT "source=%d type=%d m9i1=%d m9l1=%d m9t1.tv_sec=%ld m9t1.tv_nsec=%ld \n"
#define MSG9_FIELDS(p) (p)->m_source, (p)->m_type, (p)->m9_i1, (p)->m9_l1, \
	(long)(p)->m9_t1.tv_sec, (long)(p)->m9_t1.tv_nsec

#define MSGA_FORMAT "source=%d type=%d mAdst=%d mAnr=%d mAia0=%d mAia1=%d mAia2=%d mAia3=%d \n"
#define MSGA_FIELDS(p) (p)->m_source, (p)->m_type, (p)->mA_dst, (p)->mA_nr, \
	(p)->mA_ia[0], (p)->mA_ia[1], (p)->mA_ia[2], (p)->mA_ia[3]

#define MSGB_FORMAT "source=%d type=%d mBnr=%ld mBmd5=[%02x%02x%02x%02x%02x%02x%02x%02x" \
	"%02x%02x%02x%02x%02x%02x%02x%02x] \n"
#define MSGB_FIELDS(p) (p)->m_source, (p)->m_type, (p)->mB_nr, \
	(p)->mB_md5[0], (p)->mB_md5[1], (p)->mB_md5[2], (p)->mB_md5[3], \
	(p)->mB_md5[4], (p)->mB_md5[5], (p)->mB_md5[6], (p)->mB_md5[7], \
	(p)->mB_md5[8], (p)->mB_md5[9], (p)->mB_md5[10], (p)->mB_md5[11], \
	(p)->mB_md5[12], (p)->mB_md5[13], (p)->mB_md5[14], (p)->mB_md5[15]

#define MSGC_FORMAT "source=%d type=%d mCi1=%d mCi2=%d mCi3=%d mCi4=%d mCca1=[%.10s] \n"
#define MSGC_FIELDS(p) (p)->m_source, (p)->m_type, (p)->mC_i1, (p)->mC_i2, \
	(p)->mC_i3, (p)->mC_i4, (p)->mC_ca1
#endif /* !DVK_CLEAN_NAMES */

/* ---- What the calls tell about a DVS, its DCs, processes and nodes ------ */

/* Bits of d_flags. */
#ifndef DVK_CLEAN_NAMES
#define DVS_BIT_IPC		0	/* system calls: never with this module */
#define DVS_BIT_IOCTL		1
#define DVS_BIT_USERMODE	2
#define DVS_BIT_INITIALIZED	8
#define DVS_INITIALIZED		DVK_DVS_INITIALIZED
#endif /* !DVK_CLEAN_NAMES */

/**
 * dvk_dvs_t - the node and its limits
 * @d_name: name of the DVS; all its nodes have the same
 * @d_nr_dcs: most DCs
 * @d_nr_nodes: most nodes
 * @d_nr_procs: most process slots of a DC
 * @d_nr_tasks: most task slots of a DC
 * @d_nr_sysprocs: most system slots of a DC (tasks included)
 * @d_max_copybuf: bytes in one frame between nodes
 * @d_max_copylen: bytes in one dvk_vcopy()
 * @d_version: version of the module
 * @d_dbglvl: debug level; kept for programs that print it
 * @d_flags: which interfaces exist, DVS_BIT_*
 * @d_size_proc: bytes of a process descriptor in the module
 * @d_pad: zero
 */
typedef struct DVK_TAG(dvs_usr) {
	char d_name[DVK_NAME_LEN];
	int d_nr_dcs;
	int d_nr_nodes;
	int d_nr_procs;
	int d_nr_tasks;
	int d_nr_sysprocs;
	int d_max_copybuf;
	int d_max_copylen;
	int d_version;
	unsigned long d_dbglvl;
	unsigned long d_flags;
	int d_size_proc;
	int d_pad;
} dvk_dvs_t;

#ifndef DVK_CLEAN_NAMES
#define DVS_USR_FORMAT "d_nr_dcs=%d d_nr_nodes=%d d_nr_procs=%d d_nr_tasks=%d d_nr_sysprocs=%d\n"
#define DVS_USR_FIELDS(p) (p)->d_nr_dcs, (p)->d_nr_nodes, (p)->d_nr_procs, \
	(p)->d_nr_tasks, (p)->d_nr_sysprocs
#define DVS_MAX_FORMAT "d_max_copybuf=%d d_max_copylen=%d\n"
#define DVS_MAX_FIELDS(p) (p)->d_max_copybuf, (p)->d_max_copylen
#define DVS_VER_FORMAT "d_dbglvl=%lX d_version=%d d_flags=%lX d_size_proc=%d\n"
#define DVS_VER_FIELDS(p) (p)->d_dbglvl, (p)->d_version, (p)->d_flags, (p)->d_size_proc
#endif /* !DVK_CLEAN_NAMES */

/**
 * dvk_dc_t - a distributed container
 * @dc_dcid: its number
 * @dc_nr_procs: process slots: endpoints 0 to dc_nr_procs - 1
 * @dc_nr_tasks: task slots: endpoints -dc_nr_tasks to -1
 * @dc_nr_sysprocs: how many of all slots, from the lowest, are system slots
 * @dc_nr_nodes: most nodes
 * @dc_warn2proc: endpoint that is told when a process exits, or NONE
 * @dc_warnmsg: m_type of that message
 * @dc_pid: who made the DC
 * @dc_flags: DVK_DC_*
 * @dc_nodes: members among nodes 0 to 63, bit n = node n
 * @dc_cpumask: processors its processes may use, 0 = all
 * @dc_name: name, unique on the node
 * @dc_nodemap: all members, node n = bit n % 64 of word n / 64
 */
typedef struct DVK_TAG(dc_usr) {
	int dc_dcid;
	int dc_nr_procs;
	int dc_nr_tasks;
	int dc_nr_sysprocs;
	int dc_nr_nodes;
	int dc_warn2proc;
	int dc_warnmsg;
	int dc_pid;
	unsigned long dc_flags;
	unsigned long dc_nodes;
	unsigned long dc_cpumask;
	char dc_name[DVK_NAME_LEN];
	unsigned long dc_nodemap[DVK_MAX_NODES / 64];
} dvk_dc_t;

#ifndef DVK_CLEAN_NAMES
#define DC_USR1_FORMAT "dc_dcid=%d dc_nr_procs=%d dc_nr_tasks=%d dc_nr_sysprocs=%d dc_nr_nodes=%d\n"
#define DC_USR1_FIELDS(p) (p)->dc_dcid, (p)->dc_nr_procs, (p)->dc_nr_tasks, \
	(p)->dc_nr_sysprocs, (p)->dc_nr_nodes
#define DC_USR2_FORMAT "flags=%lX dc_nodes=%lX dc_pid=%d dc_name=%.15s\n"
#define DC_USR2_FIELDS(p) (p)->dc_flags, (p)->dc_nodes, (p)->dc_pid, (p)->dc_name

/* Bits of p_rts_flags: why an endpoint does not run. 0: it runs. */
#define BIT_SLOT_FREE		0
#define BIT_NO_MAP		1
#define BIT_SENDING		2
#define BIT_RECEIVING		3
#define BIT_SIGNALED		4
#define BIT_SIG_PENDING		5
#define BIT_P_STOP		6
#define BIT_NO_PRIV		7
#define BIT_NO_PRIORITY		8
#define BIT_NO_ENDPOINT		9
#define BIT_ONCOPY		10
#define BIT_MIGRATE		11
#define BIT_REMOTE		12
#define BIT_RMTOPER		13
#define BIT_WAITMIGR		15
#define BIT_WAITUNBIND		17
#define BIT_WAITBIND		18

#define PROC_RUNNING		0
#define SLOT_FREE		(1 << BIT_SLOT_FREE)
#define NO_MAP			(1 << BIT_NO_MAP)
#define SENDING			(1 << BIT_SENDING)
#define RECEIVING		(1 << BIT_RECEIVING)
#define SIGNALED		(1 << BIT_SIGNALED)
#define SIG_PENDING		(1 << BIT_SIG_PENDING)
#define P_STOP			(1 << BIT_P_STOP)
#define NO_PRIV			(1 << BIT_NO_PRIV)
#define NO_PRIORITY		(1 << BIT_NO_PRIORITY)
#define NO_ENDPOINT		(1 << BIT_NO_ENDPOINT)
#define ONCOPY			(1 << BIT_ONCOPY)
#define MIGRATE			(1 << BIT_MIGRATE)
#define REMOTE			(1 << BIT_REMOTE)
#define RMTOPER			(1 << BIT_RMTOPER)
#define WAITMIGR		(1 << BIT_WAITMIGR)
#define WAITUNBIND		(1 << BIT_WAITUNBIND)
#define WAITBIND		(1 << BIT_WAITBIND)

/* Bits of p_misc_flags. */
#define MIS_BIT_PROXY		0
#define MIS_BIT_CONNECTED	1
#define MIS_BIT_NOTIFY		2
#define MIS_BIT_NEEDMIGR	3
#define MIS_BIT_RMTBACKUP	4
#define MIS_BIT_GRPLEADER	5
#define MIS_BIT_KTHREAD		6
#define MIS_BIT_REPLICATED	7
#define MIS_BIT_KILLED		8
#define MIS_BIT_WOKENUP		9
#define MIS_BIT_USERMODE	10
#define MIS_BIT_RMTINFO		11
#define MIS_BIT_NOMIGRATE	12
#define MIS_BIT_ATOMIC		13
#define MIS_BIT_ENQUEUED	14
#endif /* !DVK_CLEAN_NAMES */

/**
 * dvk_proc_t - a bound process
 * @p_nr: its slot
 * @p_endpoint: its endpoint
 * @p_dcid: its DC
 * @p_lpid: pid, -1 if it is remote
 * @p_vpid: pid in the reader's pid namespace
 * @p_nodeid: node it runs on
 * @p_getfrom: endpoint it receives from, ANY, or NONE
 * @p_sendto: endpoint it sends to, or NONE
 * @p_waitmigr: migrating endpoint it waits for, or NONE
 * @p_waitunbind: endpoint whose end it waits for, or NONE
 * @p_proxy: endpoint it waits for an answer from, or NONE
 * @p_pad: zero
 * @p_rts_flags: why it does not run, BIT_*; 0 if it runs
 * @p_misc_flags: MIS_BIT_*
 * @p_nodemap: nodes that hold a copy of it
 * @p_lclsent: messages sent to this node
 * @p_rmtsent: messages sent to other nodes
 * @p_lclcopy: copies within this node
 * @p_rmtcopy: copies with other nodes
 * @p_cpumask: processors it may use, 0 = all
 * @p_name: name of the process
 */
typedef struct DVK_TAG(proc_usr) {
	int p_nr;
	int p_endpoint;
	int p_dcid;
	int p_lpid;
	int p_vpid;
	int p_nodeid;
	int p_getfrom;
	int p_sendto;
	int p_waitmigr;
	int p_waitunbind;
	int p_proxy;
	int p_pad;
	unsigned long p_rts_flags;
	unsigned long p_misc_flags;
	unsigned long p_nodemap;
	long p_lclsent;
	long p_rmtsent;
	long p_lclcopy;
	long p_rmtcopy;
	unsigned long p_cpumask;
	char p_name[DVK_NAME_LEN];
} dvk_proc_t;

#ifndef DVK_CLEAN_NAMES
#define PROC_USR_FORMAT "nr=%d endp=%d dcid=%d flags=%lX misc=%lX lpid=%d vpid=%d nodeid=%d name=%.15s\n"
#define PROC_USR_FIELDS(p) (p)->p_nr, (p)->p_endpoint, (p)->p_dcid, \
	(p)->p_rts_flags, (p)->p_misc_flags, (p)->p_lpid, (p)->p_vpid, \
	(p)->p_nodeid, (p)->p_name
#define PROC_WAIT_FORMAT "nr=%d endp=%d flags=%lX misc=%lX getfrom=%d sendto=%d waitmigr=%d " \
	"waitunbind=%d proxy=%d\n"
#define PROC_WAIT_FIELDS(p) (p)->p_nr, (p)->p_endpoint, (p)->p_rts_flags, \
	(p)->p_misc_flags, (p)->p_getfrom, (p)->p_sendto, (p)->p_waitmigr, \
	(p)->p_waitunbind, (p)->p_proxy
#define PROC_COUNT_FORMAT "nr=%d endp=%d lclsent=%ld rmtsent=%ld lclcopy=%ld rmtcopy=%ld\n"
#define PROC_COUNT_FIELDS(p) (p)->p_nr, (p)->p_endpoint, (p)->p_lclsent, \
	(p)->p_rmtsent, (p)->p_lclcopy, (p)->p_rmtcopy

/* Bits of n_flags. */
#define NODE_BIT_ATTACHED	1
#define NODE_BIT_SCONNECTED	2
#define NODE_BIT_RCONNECTED	3
#define NODE_ATTACHED		(1 << NODE_BIT_ATTACHED)
#define NODE_SCONNECTED		(1 << NODE_BIT_SCONNECTED)
#define NODE_RCONNECTED		(1 << NODE_BIT_RCONNECTED)
#endif /* !DVK_CLEAN_NAMES */

/**
 * dvk_node_t - a node
 * @n_nodeid: its number
 * @n_proxies: pair of proxies that leads to it, -1 if none
 * @n_flags: NODE_BIT_*
 * @n_dcs: DCs 0 to 63 that include it
 * @n_stimestamp: when the last frame was sent to it
 * @n_rtimestamp: when the last frame came from it
 * @n_pxsent: frames sent to it
 * @n_pxrcvd: frames received from it
 * @n_name: its name
 */
typedef struct DVK_TAG(node_usr) {
	int n_nodeid;
	int n_proxies;
	unsigned long n_flags;
	unsigned long n_dcs;
	struct timespec n_stimestamp;
	struct timespec n_rtimestamp;
	long n_pxsent;
	long n_pxrcvd;
	char n_name[DVK_NAME_LEN];
} dvk_node_t;

#ifndef DVK_CLEAN_NAMES
#define NODE_USR_FORMAT "n_nodeid=%d n_proxies=%d n_flags=%lX n_dcs=%lX n_name=%.15s\n"
#define NODE_USR_FIELDS(p) (p)->n_nodeid, (p)->n_proxies, (p)->n_flags, \
	(p)->n_dcs, (p)->n_name

/* Bits of px_flags. */
#define PROXIES_BIT_INUSE	0
#define PROXIES_BIT_SCONNECTED	1
#define PROXIES_BIT_RCONNECTED	2
#endif /* !DVK_CLEAN_NAMES */

/**
 * dvk_proxies_t - a pair of proxies
 * @px_id: its number
 * @px_flags: PROXIES_BIT_*
 * @px_maxbytes: most payload bytes it carries in one frame
 * @px_name: its name
 */
typedef struct DVK_TAG(proxies_usr) {
	int px_id;
	int px_maxbytes;
	unsigned long px_flags;
	char px_name[DVK_NAME_LEN];
} dvk_proxies_t;

#ifndef DVK_CLEAN_NAMES
#define PX_USR_FORMAT "px_id=%d px_flags=%lX px_maxbytes=%d px_name=%.15s\n"
#define PX_USR_FIELDS(p) (p)->px_id, (p)->px_flags, (p)->px_maxbytes, (p)->px_name
#endif /* !DVK_CLEAN_NAMES */

/**
 * dvk_priv_t - what an endpoint may do
 * @priv_id: its number; pending notifications are delivered lowest first
 * @priv_warn: endpoint told of its exit, or NONE
 * @priv_level: USER_PRIV to PROXY_PRIV
 * @priv_trap_mask: kept for programs that print it
 * @priv_ipc_from: system endpoints that may call it, bit = priv_id
 * @priv_ipc_to: system endpoints it may call, bit = priv_id
 * @priv_dvk_allowed: calls it may make, bit = enum dvk_call
 */
typedef struct DVK_TAG(priv_usr) {
	int priv_id;
	int priv_warn;
	int priv_level;
	int priv_trap_mask;
	unsigned long priv_ipc_from;
	unsigned long priv_ipc_to;
	unsigned long priv_dvk_allowed;
} dvk_priv_t;

#ifndef DVK_CLEAN_NAMES
#define PRIV_USR_FORMAT "priv_id=%d priv_warn=%d priv_level=%d priv_trap_mask=%X " \
	"priv_ipc_from=%lX priv_ipc_to=%lX priv_dvk_allowed=%lX\n"
#define PRIV_USR_FIELDS(p) (p)->priv_id, (p)->priv_warn, (p)->priv_level, \
	(unsigned int)(p)->priv_trap_mask, (p)->priv_ipc_from, (p)->priv_ipc_to, \
	(p)->priv_dvk_allowed
#endif /* !DVK_CLEAN_NAMES */

/* ---- What proxies carry ------------------------------------------------ */

#ifndef DVK_CLEAN_NAMES
#define CMD_ACKNOWLEDGE		DVK_CMD_ACK
#define CMD_NONE		DVK_CMD_NONE
#define CMD_SEND_MSG		DVK_CMD_SEND_MSG
#define CMD_NTFY_MSG		DVK_CMD_NTFY_MSG
#define CMD_SNDREC_MSG		DVK_CMD_SNDREC_MSG
#define CMD_REPLY_MSG		DVK_CMD_REPLY_MSG
#define CMD_COPYIN_DATA		DVK_CMD_COPYIN_DATA
#define CMD_COPYOUT_RQST	DVK_CMD_COPYOUT_RQST
#define CMD_COPYLCL_RQST	DVK_CMD_COPYLCL_RQST
#define CMD_COPYRMT_RQST	DVK_CMD_COPYRMT_RQST
#define CMD_COPYIN_RQST		DVK_CMD_COPYIN_RQST
#define CMD_HELLO		DVK_CMD_HELLO
#define CMD_SHUTDOWN		DVK_CMD_SHUTDOWN
#define CMD_PROCINFO		DVK_CMD_PROCINFO
#define CMD_PROCBIND		DVK_CMD_PROCBIND
#define CMD_PROCUNBIND		DVK_CMD_PROCUNBIND
#define CMD_SEND_ACK		(DVK_CMD_SEND_MSG | DVK_CMD_ACK)
#define CMD_NTFY_ACK		(DVK_CMD_NTFY_MSG | DVK_CMD_ACK)
#define CMD_SNDREC_ACK		(DVK_CMD_SNDREC_MSG | DVK_CMD_ACK)
#define CMD_REPLY_ACK		(DVK_CMD_REPLY_MSG | DVK_CMD_ACK)
#define CMD_COPYIN_ACK		(DVK_CMD_COPYIN_DATA | DVK_CMD_ACK)
#define CMD_COPYOUT_DATA	DVK_CMD_COPYOUT_DATA
#define CMD_COPYLCL_ACK		(DVK_CMD_COPYLCL_RQST | DVK_CMD_ACK)
#define CMD_COPYRMT_ACK		(DVK_CMD_COPYRMT_RQST | DVK_CMD_ACK)

/* Bits of c_flags. */
#define CMD_BIT_BATCH		0
#define CMD_BIT_LZ4		1
#endif /* !DVK_CLEAN_NAMES */

/**
 * dvk_vcopy_t - what a copy command is about
 * @v_src: endpoint that owns @v_saddr
 * @v_dst: endpoint that owns @v_daddr
 * @v_rqtr: endpoint that asked for the copy
 * @v_id: number of the transfer
 * @v_saddr: start of the whole range at the source
 * @v_daddr: start of the whole range at the destination
 * @v_bytes: of a frame with data how much it carries, else as @v_total
 * @v_offset: where the payload of this frame starts in it
 * @v_rnode: node of @v_rqtr, where three nodes may take part
 * @v_dnode: node of @v_dst
 * @v_rqtr_inc: incarnation of @v_rqtr
 * @v_dst_inc: incarnation that @v_dst must have, 0 if not known
 * @v_rseq: the requester's number of its request
 * @v_total: length of the whole range
 */
typedef struct DVK_TAG(vcopy) {
	int v_src;
	int v_dst;
	int v_rqtr;
	unsigned int v_id;
	char *v_saddr;
	char *v_daddr;
	int v_bytes;
	int v_offset;
	int v_rnode;
	int v_dnode;
	unsigned int v_rqtr_inc;
	unsigned int v_dst_inc;
	unsigned int v_rseq;
	int v_total;
} dvk_vcopy_t;

#ifndef DVK_CLEAN_NAMES
#define VCOPY_FORMAT "src=%d dst=%d rqtr=%d saddr=%p daddr=%p bytes=%d\n"
#define VCOPY_FIELDS(p) (p)->v_src, (p)->v_dst, (p)->v_rqtr, \
	(void *)(p)->v_saddr, (void *)(p)->v_daddr, (p)->v_bytes
#endif /* !DVK_CLEAN_NAMES */

/**
 * dvk_cmd_t - the header of every frame between two nodes
 *
 * The same 168 bytes as struct dvk_cmd of <linux/dvk.h>, where each field is
 * described, in the byte order of this machine.
 */
__extension__ typedef struct DVK_TAG(cmd) {
	unsigned int c_magic;
	unsigned short c_version;
	unsigned short c_hdrlen;
	int c_cmd;
	int c_dcid;
	int c_src;
	int c_dst;
	int c_snode;
	int c_dnode;
	int c_rcode;
	int c_len;
	int c_pid;
	int c_batch_nr;
	unsigned int c_flags;
	unsigned int c_snd_seq;
	unsigned int c_ack_seq;
	unsigned int c_src_inc;
	unsigned int c_dst_inc;
	unsigned int c_id;
	int c_rnode;
	unsigned int c_rinc;
	unsigned int c_ctl;
	unsigned int c_path;
	struct timespec c_timestamp;
	union {
		dvk_message_t c_msg;
		dvk_vcopy_t c_vcopy;
		struct dvk_hello c_hello;
		char c_name[DVK_NAME_LEN];
		union {		/* by names of still older programs */
			dvk_message_t cu_msg;
			dvk_vcopy_t cu_vcopy;
		} c_u;
	};
} dvk_cmd_t;

#ifndef DVK_CLEAN_NAMES
#define CMD_FORMAT "cmd=0x%X dcid=%d src=%d dst=%d snode=%d dnode=%d rcode=%d len=%d pid=%d\n"
#define CMD_FIELDS(p) (unsigned int)(p)->c_cmd, (p)->c_dcid, (p)->c_src, \
	(p)->c_dst, (p)->c_snode, (p)->c_dnode, (p)->c_rcode, (p)->c_len, (p)->c_pid
#define HDR_FORMAT "batch_nr=%d flags=0x%X snd_seq=%u ack_seq=%u\n"
#define HDR_FIELDS(p) (p)->c_batch_nr, (p)->c_flags, (p)->c_snd_seq, (p)->c_ack_seq
#endif /* !DVK_CLEAN_NAMES */

/**
 * dvk_payload_t - the bytes that follow a header
 * @pay_data: c_len of them are in use
 * @pay_msg: the same as messages
 */
typedef union DVK_TAG(proxy_payload) {
	unsigned char pay_data[DVK_MAXCOPYBUF];
	dvk_message_t pay_msg[DVK_MAXCOPYBUF / sizeof(dvk_message_t)];
} dvk_payload_t;

/* ---- The names of the earlier system ------------------------------------ */

#ifndef DVK_CLEAN_NAMES
typedef dvk_message_t message;
typedef dvk_dvs_t dvs_usr_t;
typedef dvk_dc_t dc_usr_t;
typedef dvk_proc_t proc_usr_t;
typedef dvk_node_t node_usr_t;
typedef dvk_proxies_t proxies_usr_t;
typedef dvk_priv_t priv_usr_t;
typedef dvk_vcopy_t vcopy_t;
typedef dvk_cmd_t cmd_t;
typedef dvk_payload_t proxy_payload_t;
#endif

#ifdef __cplusplus
}
#endif

#endif /* _DVK_DEFS_H */
