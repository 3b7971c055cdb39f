/* SPDX-License-Identifier: LGPL-2.1 */
/*
 * For programs of the earlier system, as their authors wrote them: this in
 * place of their old include lines, or -DDVK_COMPAT, or no change at all and
 * the flags of "pkg-config --cflags dvk-compat". It gives all names of
 * <dvk/dvk.h>, those that only such programs use, and the results that they
 * expect, where those differ. docs/porting.md tells more.
 */
#ifndef _DVK_COMPAT_H
#define _DVK_COMPAT_H

#ifndef DVK_COMPAT
#define DVK_COMPAT
#endif
#ifdef DVK_CLEAN_NAMES
#error "programs of the earlier system need the names of the earlier system"
#endif

#include <sched.h>
#include <dvk/dvk.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Small things -------------------------------------------------------- */

#ifndef TRUE
#define TRUE			1
#endif
#ifndef FALSE
#define FALSE			0
#endif

/* One file of a program defines what the others declare. */
#ifndef EXTERN
#ifdef DVK_GLOBAL_HERE
#define EXTERN
#else
#define EXTERN			extern
#endif
#endif

#ifndef SET_BIT
#define SET_BIT(map, bit)	((map) |= (1 << (bit)))
#endif
#ifndef CLR_BIT
#define CLR_BIT(map, bit)	((map) &= ~(1 << (bit)))
#endif
#ifndef TEST_BIT
#define TEST_BIT(map, bit)	((map) & (1 << (bit)))
#endif

#define MAXPROCNAME		DVK_NAME_LEN
#define MAXDCNAME		DVK_NAME_LEN
#define MAXNODENAME		DVK_NAME_LEN
#define MAXPROXYNAME		DVK_NAME_LEN
#define M3_STRING		14
#define NR_FIXED_TASKS		3
#define NR_SYSTASKS		NR_NODES
#define NR_SERVERS		(NR_SYS_PROCS - NR_TASKS)
#define NR_USR_PROCS		(NR_PROCS - NR_SERVERS)
#define MAX_BIND_TYPE		USERMODE_BIND
#define DVK_FILE_NAME		"/dev/dvk"
#define DVS_VERSION		1	/* d_version */

/* States: of what dvk_getdvsinfo(), and in n_flags and dc_flags. */
#define DVS_NO_INIT		(-1)
#define DVS_RUNNING		0
#define NODE_FREE		0
#define NODE_RUNNING		0
#define DC_RUNNING		0
#define DC_FREE			2
#define NO_PROXIES		(-1)

/* Masks of d_flags. */
#define DVK_IPC			(1 << DVS_BIT_IPC)
#define DVK_IOCTL		(1 << DVS_BIT_IOCTL)
#define DVK_USERMODE		(1 << DVS_BIT_USERMODE)
#define DVK_INITIALIZED		(1 << DVS_BIT_INITIALIZED)

#define PX_BIT_INUSE		PROXIES_BIT_INUSE
#define PX_BIT_SCONNECTED	PROXIES_BIT_SCONNECTED
#define PX_BIT_RCONNECTED	PROXIES_BIT_RCONNECTED

typedef unsigned long update_t;

/* ---- Codes that no call returns, but programs name ----------------------- */

enum dvk_compat_edvs {
	EDVSNOENT = -2,
	EDVSIO = -5,
	EDVSNXIO = -6,
	EDVSNOEXEC = -8,
	EDVSBADF = -9,
	EDVSCHILD = -10,
	EDVSACCES = -13,
	EDVSNOTBLK = -15,
	EDVSXDEV = -18,
	EDVSNODEV = -19,
	EDVSNOTDIR = -20,
	EDVSISDIR = -21,
	EDVSNFILE = -23,
	EDVSMFILE = -24,
	EDVSNOTTY = -25,
	EDVSTXTBSY = -26,
	EDVSFBIG = -27,
	EDVSNOSPC = -28,
	EDVSSPIPE = -29,
	EDVSROFS = -30,
	EDVSMLINK = -31,
	EDVSPIPE = -32,
	EDVSDOM = -33,
	EDVSDEADLK = -35,
	EDVSNAMETOOLONG = -36,
	EDVSNOLCK = -37,
	EDVSNOTEMPTY = -39,
	EDVSPACKSIZE = -50,
	EDVSOUTOFBUFS = -51,
	EDVSBADIOCTL = -52,
	EDVSBADMODE = -53,
	EDVSWOULDBLOCK = -54,
	EDVSDSTNOTRCH = -56,
	EDVSISCONN = -57,
	EDVSADDRINUSE = -58,
	EDVSCONNREFUSED = -59,
	EDVSCONNRESET = -60,
	EDVSURG = -62,
	EDVSNOURG = -63,
	EDVSAFNOSUPPORT = -67,
	EDVSPROTONOSUPPORT = -68,
	EDVSPROTOTYPE = -69,
	EDVSINPROGRESS = -70,
	EDVSALREADY = -72,
	EDVSNOTSOCK = -74,
	EDVSNOPROTOOPT = -75,
	EDVSGENERIC = -99,
};

#define EDVSNOENT EDVSNOENT
#define EDVSIO EDVSIO
#define EDVSNXIO EDVSNXIO
#define EDVSNOEXEC EDVSNOEXEC
#define EDVSBADF EDVSBADF
#define EDVSCHILD EDVSCHILD
#define EDVSACCES EDVSACCES
#define EDVSNOTBLK EDVSNOTBLK
#define EDVSXDEV EDVSXDEV
#define EDVSNODEV EDVSNODEV
#define EDVSNOTDIR EDVSNOTDIR
#define EDVSISDIR EDVSISDIR
#define EDVSNFILE EDVSNFILE
#define EDVSMFILE EDVSMFILE
#define EDVSNOTTY EDVSNOTTY
#define EDVSTXTBSY EDVSTXTBSY
#define EDVSFBIG EDVSFBIG
#define EDVSNOSPC EDVSNOSPC
#define EDVSSPIPE EDVSSPIPE
#define EDVSROFS EDVSROFS
#define EDVSMLINK EDVSMLINK
#define EDVSPIPE EDVSPIPE
#define EDVSDOM EDVSDOM
#define EDVSDEADLK EDVSDEADLK
#define EDVSNAMETOOLONG EDVSNAMETOOLONG
#define EDVSNOLCK EDVSNOLCK
#define EDVSNOTEMPTY EDVSNOTEMPTY
#define EDVSPACKSIZE EDVSPACKSIZE
#define EDVSOUTOFBUFS EDVSOUTOFBUFS
#define EDVSBADIOCTL EDVSBADIOCTL
#define EDVSBADMODE EDVSBADMODE
#define EDVSWOULDBLOCK EDVSWOULDBLOCK
#define EDVSDSTNOTRCH EDVSDSTNOTRCH
#define EDVSISCONN EDVSISCONN
#define EDVSADDRINUSE EDVSADDRINUSE
#define EDVSCONNREFUSED EDVSCONNREFUSED
#define EDVSCONNRESET EDVSCONNRESET
#define EDVSURG EDVSURG
#define EDVSNOURG EDVSNOURG
#define EDVSAFNOSUPPORT EDVSAFNOSUPPORT
#define EDVSPROTONOSUPPORT EDVSPROTONOSUPPORT
#define EDVSPROTOTYPE EDVSPROTOTYPE
#define EDVSINPROGRESS EDVSINPROGRESS
#define EDVSALREADY EDVSALREADY
#define EDVSNOTSOCK EDVSNOTSOCK
#define EDVSNOPROTOOPT EDVSNOPROTOOPT
#define EDVSGENERIC EDVSGENERIC

/* ---- Forms of the message ------------------------------------------------ */

__extension__ typedef struct mess_1 {
	int m1i1, m1i2, m1i3;
	char *m1p1, *m1p2, *m1p3;
} mess_1;

typedef struct mess_2 {
	int m2i1, m2i2, m2i3;
	long m2l1, m2l2;
	char *m2p1;
} mess_2;

typedef struct mess_3 {
	int m3i1, m3i2;
	char *m3p1;
	char m3ca1[M3_STRING];
} mess_3;

typedef struct mess_4 {
	long m4l1, m4l2, m4l3, m4l4, m4l5;
} mess_4;

typedef struct mess_5 {
	short m5c1, m5c2;
	int m5i1, m5i2;
	long m5l1, m5l2, m5l3;
} mess_5;

typedef struct mess_6 {
	char m6ca1[56];
} mess_6;

typedef struct mess_7 {
	int m7i1, m7i2, m7i3, m7i4;
	char *m7p1, *m7p2;
} mess_7;

typedef struct mess_8 {
	int m8i1, m8i2;
	char *m8p1, *m8p2, *m8p3, *m8p4;
} mess_8;

typedef struct mess_9 {
	int m9i1, m9l1;
	struct timespec m9t1;
} mess_9;

typedef struct mess_A {
	int mAdst, mAnr;
	int mAia[4];
} mess_A;

typedef struct mess_B {
	long mBnr;
	unsigned char mBmd5[16];
} mess_B;

typedef struct mess_C {
	int mCi1, mCi2, mCi3, mCi4;
	char mCca1[10];
} mess_C;

/* ---- Maps of privileges, in pieces of 16 bits ---------------------------- */

#define DVK_NR_CALLS		35
#define BITCHUNK_BITS		16
#define BITMAP_CHUNKS(bits)	(((bits) + BITCHUNK_BITS - 1) / BITCHUNK_BITS)
#define NR_SYS_CHUNKS		BITMAP_CHUNKS(NR_SYS_PROCS)
#define NR_DVK_CHUNKS		BITMAP_CHUNKS(DVK_NR_CALLS)
#define MAP_CHUNK(map, bit)	(map)[(bit) / BITCHUNK_BITS]
#define CHUNK_OFFSET(bit)	((bit) % BITCHUNK_BITS)
#define get_sys_bit(map, bit) \
	(MAP_CHUNK((map).chunk, bit) & (1 << CHUNK_OFFSET(bit)))
#define set_sys_bit(map, bit) \
	(MAP_CHUNK((map).chunk, bit) |= (1 << CHUNK_OFFSET(bit)))
#define unset_sys_bit(map, bit) \
	(MAP_CHUNK((map).chunk, bit) &= ~(1 << CHUNK_OFFSET(bit)))

typedef unsigned short bitchunk_t;

typedef struct sys_map {
	bitchunk_t chunk[NR_SYS_CHUNKS];
} sys_map_t;

typedef struct dvk_map {
	bitchunk_t chunk[NR_DVK_CHUNKS];
} dvk_map_t;

/**
 * priv_usr_t - what an endpoint may do
 *
 * The fields of dvk_priv_t, the maps in pieces.
 */
typedef struct dvk_compat_priv {
	int priv_id;
	int priv_warn;
	int priv_level;
	int priv_trap_mask;
	sys_map_t priv_ipc_from;
	sys_map_t priv_ipc_to;
	dvk_map_t priv_dvk_allowed;
	bitchunk_t priv_pad;
} dvk_compat_priv_t;

#undef PRIV_USR_FORMAT
#undef PRIV_USR_FIELDS
#define PRIV_USR_FORMAT "priv_id=%d priv_warn=%d priv_level=%d\n"
#define PRIV_USR_FIELDS(p) (p)->priv_id, (p)->priv_warn, (p)->priv_level

/* ---- Sets of processors as the C library has them ------------------------ */

/**
 * dc_usr_t - a distributed container
 *
 * The fields of dvk_dc_t at the same places, but for dc_cpumask.
 */
typedef struct dvk_compat_dc {
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
	unsigned long dc_cpuword;	/* the first 64 of dc_cpumask */
	char dc_name[DVK_NAME_LEN];
	unsigned long dc_nodemap[DVK_MAX_NODES / 64];
	cpu_set_t dc_cpumask;
} dvk_compat_dc_t;

/**
 * proc_usr_t - a bound process
 *
 * The fields of dvk_proc_t at the same places, but for p_cpumask.
 */
typedef struct dvk_compat_proc {
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
	unsigned long p_cpuword;	/* the first 64 of p_cpumask */
	char p_name[DVK_NAME_LEN];
	cpu_set_t p_cpumask;
} dvk_compat_proc_t;

/* ---- What proxies carry -------------------------------------------------- */

#define MASK_ACKNOWLEDGE	DVK_CMD_ACK
#define BIT_ACKNOWLEDGE		13
#define FLAG_BATCH_BIT		CMD_BIT_BATCH
#define FLAG_LZ4_BIT		CMD_BIT_LZ4
#define FLAG_CHECK_HDR		2
#define MAXBATCMD		(MAXCOPYBUF / sizeof(cmd_t))

typedef cmd_t proxy_hdr_t;

/**
 * proxy_payload_t - the bytes that follow a header
 * @pay_data: c_len of them are in use
 * @pay_cmd: the same as headers, in a batch
 * @pay_msg: the same as messages
 * @pay_proc_usr: of the answer to CMD_PROCINFO
 */
typedef union dvk_compat_payload {
	unsigned char pay_data[DVK_MAXCOPYBUF];
	cmd_t pay_cmd[MAXBATCMD];
	message pay_msg[DVK_MAXCOPYBUF / sizeof(message)];
	dvk_compat_proc_t pay_proc_usr;
} dvk_compat_payload_t;

#define CMD_XFORMAT "c_batch_nr=%d c_flags=0x%X c_snd_seq=%u c_ack_seq=%u c_timestamp=%ld\n"
#define CMD_XFIELDS(p) (p)->c_batch_nr, (p)->c_flags, (p)->c_snd_seq, \
	(p)->c_ack_seq, (long)(p)->c_timestamp.tv_sec
#undef HDR_FORMAT
#undef HDR_FIELDS
#define HDR_FORMAT CMD_FORMAT
#define HDR_FIELDS(p) CMD_FIELDS(p)
/* Of a command here, not of the part of it. */
#undef VCOPY_FIELDS
#define VCOPY_FIELDS(p) (p)->c_vcopy.v_src, (p)->c_vcopy.v_dst, \
	(p)->c_vcopy.v_rqtr, (void *)(p)->c_vcopy.v_saddr, \
	(void *)(p)->c_vcopy.v_daddr, (p)->c_vcopy.v_bytes

/* ---- More that programs print -------------------------------------------- */

#undef DVS_USR_FORMAT
#undef DVS_USR_FIELDS
#define DVS_USR_FORMAT "d_name=%.15s d_nr_dcs=%d d_nr_nodes=%d d_nr_procs=%d d_nr_tasks=%d " \
	"d_nr_sysprocs=%d\n"
#define DVS_USR_FIELDS(p) (p)->d_name, (p)->d_nr_dcs, (p)->d_nr_nodes, \
	(p)->d_nr_procs, (p)->d_nr_tasks, (p)->d_nr_sysprocs
#define DC_WARN_FORMAT "dc_dcid=%d dc_warn2proc=%d dc_warnmsg=%d\n"
#define DC_WARN_FIELDS(p) (p)->dc_dcid, (p)->dc_warn2proc, (p)->dc_warnmsg
#define NODE_TIME_FORMAT "n_nodeid=%d n_stimestamp=%ld.%09ld n_rtimestamp=%ld.%09ld\n"
#define NODE_TIME_FIELDS(p) (p)->n_nodeid, (long)(p)->n_stimestamp.tv_sec, \
	(long)(p)->n_stimestamp.tv_nsec, (long)(p)->n_rtimestamp.tv_sec, \
	(long)(p)->n_rtimestamp.tv_nsec
#define TIME_FORMAT "tv_sec=%ld tv_nsec=%ld\n"
#define TIME_FIELDS(p) (long)(p)->tv_sec, (long)(p)->tv_nsec

/* ---- Calls with other results -------------------------------------------- */

/* The node's id, once dvk_dvs_init() or dvk_getdvsinfo() has been called. */
extern int local_nodeid;

/* The descriptor, not OK. */
long dvk_compat_open(void);
/* The id of the local node, not that of the DC. */
long dvk_compat_dc_init(dvk_compat_dc_t *dc);
/* OK, not an id. What there is not is DC_FREE, NODE_FREE. */
long dvk_compat_getdcinfo(int dcid, dvk_compat_dc_t *dc);
long dvk_compat_getnodeinfo(int nodeid, dvk_node_t *node);
long dvk_compat_getprocinfo(int dcid, int slot, dvk_compat_proc_t *proc);
long dvk_compat_getproxyinfo(int pxid, dvk_compat_proc_t *sproxy,
			     dvk_compat_proc_t *rproxy);
/* The calling thread, if it is not the first of its process. */
long dvk_compat_bind(int dcid, int ep);
long dvk_compat_bind_X(int cmd, int dcid, long pid, int ep, int nodeid);
long dvk_compat_getpriv(int dcid, int ep, dvk_compat_priv_t *priv);
/* Whatever priv_id is. */
long dvk_compat_setpriv(int dcid, int ep, dvk_compat_priv_t *priv);
/* The caller goes on with it, if no process is given and it has no backup. */
long dvk_compat_migr_commit(int pid, int dcid, int ep, int nodeid);

#define dvk_open() \
	dvk_compat_open()
#define dvk_dc_init(dc) \
	dvk_compat_dc_init((dvk_compat_dc_t *)(dc))
#define dvk_getdcinfo(dcid, dc) \
	dvk_compat_getdcinfo(dcid, (dvk_compat_dc_t *)(dc))
#define dvk_getnodeinfo(nodeid, node) \
	dvk_compat_getnodeinfo(nodeid, (dvk_node_t *)(node))
#define dvk_getprocinfo(dcid, slot, proc) \
	dvk_compat_getprocinfo(dcid, slot, (dvk_compat_proc_t *)(proc))
#define dvk_getproxyinfo(pxid, sproxy, rproxy) \
	dvk_compat_getproxyinfo(pxid, (dvk_compat_proc_t *)(sproxy), \
				(dvk_compat_proc_t *)(rproxy))
#define dvk_bind(dcid, ep) \
	dvk_compat_bind(dcid, ep)
#undef dvk_bind_X
#define dvk_bind_X(cmd, dcid, pid, ep, nodeid) \
	dvk_compat_bind_X(cmd, dcid, (long)(pid), ep, nodeid)
#define dvk_getpriv(dcid, ep, priv) \
	dvk_compat_getpriv(dcid, ep, (dvk_compat_priv_t *)(priv))
#define dvk_setpriv(dcid, ep, priv) \
	dvk_compat_setpriv(dcid, ep, (dvk_compat_priv_t *)(priv))
#define dvk_migr_commit(pid, dcid, ep, nodeid) \
	dvk_compat_migr_commit(pid, dcid, ep, nodeid)
/* Of others the addresses may be numbers, too. */
#define dvk_dvs_init(nodeid, dvs)	dvk_dvs_init(nodeid, (dvk_dvs_t *)(dvs))
#define dvk_getdvsinfo(dvs)		dvk_getdvsinfo((dvk_dvs_t *)(dvs))
#define dvk_proxies_bind(name, pxid, spid, rpid, maxbytes) \
	dvk_proxies_bind((const char *)(name), pxid, spid, rpid, maxbytes)
#define dvk_node_up(name, nodeid, pxid) \
	dvk_node_up((const char *)(name), nodeid, pxid)

/* The types above are what the old names stand for, also as "struct dc_usr". */
#define priv_usr_t		dvk_compat_priv_t
#define priv_usr		dvk_compat_priv
#define dc_usr_t		dvk_compat_dc_t
#define dc_usr			dvk_compat_dc
#define proc_usr_t		dvk_compat_proc_t
#define proc_usr		dvk_compat_proc
#define proxy_payload_t		dvk_compat_payload_t
#define proxy_payload		dvk_compat_payload

#ifdef __cplusplus
}
#endif

#endif /* _DVK_COMPAT_H */
