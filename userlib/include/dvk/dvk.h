/* SPDX-License-Identifier: LGPL-2.1 */
/*
 * libdvk: location-transparent IPC between the processes of a DVS.
 *
 * A process binds an endpoint, a small integer, inside a DC (distributed
 * container). From then on it sends to, receives from and copies memory with
 * other endpoints of that DC without knowing on which node they live.
 *
 * Conventions
 *
 *  - Calls return a long: OK (0), an endpoint, a number, or a negative EDVS*
 *    code. System endpoints are negative too. A call that returns an endpoint
 *    therefore fails with codes below EDVSERRCODE only, which is how programs
 *    test it: "if (ret < EDVSERRCODE)". Only the waits for a bind have others
 *    as well (EDVSTIMEDOUT): compare their result with the endpoint.
 *  - A call X_T takes a timeout in milliseconds as its last argument:
 *    TIMEOUT_NOWAIT, TIMEOUT_FOREVER or a positive number. X is X_T with
 *    TIMEOUT_FOREVER, unless its description says otherwise.
 *  - The first call opens /dev/dvk if dvk_open() has not done so.
 *  - Any call may return EDVSNOSYS (the module is not loaded, or does not
 *    know the call), EDVSPERM (no right to do it) and EDVSDVSINIT (the DVS is
 *    not initialised on this node). These are not repeated below. Where an
 *    endpoint is returned the first two are EDVSBADFILE and EDVSPRIVILEGES.
 *  - All calls may be used from several threads at once.
 */
#ifndef _DVK_DVK_H
#define _DVK_DVK_H

#include <dvk/defs.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- The device -------------------------------------------------------- */

/*
 * The descriptor of /dev/dvk, -1 until it is open. It belongs to the node
 * (network namespace) in which it was opened, stays open across fork and is
 * closed by exec.
 */
extern int dvk_fd;

/**
 * dvk_open() - open /dev/dvk into dvk_fd
 *
 * Calling it is optional. To call it again is harmless, and the way to go on
 * after the descriptor has been closed, say by a daemon that closes all.
 *
 * Return: OK; EDVSNOSYS if the module is not loaded; EDVSPERM without the
 * right to open the device; EDVSNOMEM without memory or descriptors.
 */
long dvk_open(void);

/**
 * dvk_strerror() - what a result code says, in English
 * @code: a result, or a code without its sign
 *
 * Return: a constant string, never NULL.
 */
const char *dvk_strerror(long code);

/* ---- The DVS, its DCs and nodes ---------------------------------------- */

/**
 * dvk_dvs_init() - make this node part of a DVS
 * @nodeid: number of this node, 0 to the d_nr_nodes of @dvs less one
 * @dvs: name and limits; a zero keeps what is set. NULL keeps all.
 *
 * Return: @nodeid; EDVSDVSBUSY if it has been called before; EDVSBADNODEID;
 * EDVSBADRANGE for a limit out of bounds; EDVSPERM without CAP_NET_ADMIN.
 */
long dvk_dvs_init(int nodeid, dvk_dvs_t *dvs);

/**
 * dvk_dvs_end() - leave the DVS: ends all DCs and disconnects all peers
 *
 * Return: OK; EDVSDVSINIT; EDVSPERM.
 */
long dvk_dvs_end(void);

/**
 * dvk_getdvsinfo() - describe the DVS
 * @dvs: filled in, also before dvk_dvs_init()
 *
 * Return: the id of this node; -1 before dvk_dvs_init(), when d_flags lacks
 * DVS_INITIALIZED.
 */
long dvk_getdvsinfo(dvk_dvs_t *dvs);

/**
 * dvk_dc_init() - create a DC on this node, which becomes its first member
 * @dc: dc_dcid, dc_name (none: "DC" and the id), dc_flags and sizes. Zero for
 *      dc_nr_procs or dc_nr_nodes stands for what the node has.
 *
 * Return: the id of the DC; EDVSBADDCID; EDVSDCRUN if the id is in use;
 * EDVSRSCBUSY if the name is; EDVSNAMESIZE for a name without an end within
 * 16 bytes; EDVSBADRANGE for a limit out of bounds; EDVSPERM.
 */
long dvk_dc_init(dvk_dc_t *dc);

/**
 * dvk_dc_end() - end a DC and unbind its processes
 * @dcid: the DC
 *
 * Return: OK; EDVSBADDCID; EDVSDCNOTRUN; EDVSBADOWNER.
 */
long dvk_dc_end(int dcid);

/**
 * dvk_getdcinfo() - describe a DC
 * @dcid: the DC, or -1 for the caller's own
 * @dc: filled in
 *
 * Return: the id of the DC; EDVSBADDCID; EDVSDCNOTRUN; EDVSNOTBIND with -1 if
 * the caller is not bound.
 */
long dvk_getdcinfo(int dcid, dvk_dc_t *dc);

/**
 * dvk_add_node() - make a node a member of a DC, as seen from here
 * @dcid: the DC
 * @nodeid: the node, which must be up
 *
 * Return: OK; EDVSBADDCID; EDVSDCNOTRUN; EDVSBADNODEID; EDVSNODEFREE if the
 * node is not up; EDVSDCNODE if it is a member already; EDVSBADOWNER.
 */
long dvk_add_node(int dcid, int nodeid);

/**
 * dvk_del_node() - take a node out of a DC
 * @dcid: the DC
 * @nodeid: the node; its endpoints are unbound here
 *
 * dvk_delnode() is another name of it.
 *
 * Return: OK; EDVSBADDCID; EDVSDCNOTRUN; EDVSBADNODEID; EDVSNODCNODE if it is
 * no member; EDVSBADOWNER.
 */
long dvk_del_node(int dcid, int nodeid);
long dvk_delnode(int dcid, int nodeid);

/**
 * dvk_getnodeinfo() - describe a node
 * @nodeid: the node, or LOCALNODE
 * @node: filled in
 *
 * Return: the id of the node; EDVSBADNODEID; EDVSNODEFREE for one that is no
 * peer.
 */
long dvk_getnodeinfo(int nodeid, dvk_node_t *node);

/**
 * dvk_proc_dump() - write the endpoints of a DC into the kernel's log
 * @dcid: the DC
 *
 * Return: OK; EDVSBADDCID; EDVSDCNOTRUN; EDVSDVSINIT; EDVSPERM without
 * CAP_NET_ADMIN on the machine.
 */
long dvk_proc_dump(int dcid);

/* The same for the table of DCs. */
long dvk_dc_dump(void);

/* ---- Migration --------------------------------------------------------- */

/**
 * dvk_migr_start() - freeze an endpoint that is to move to another node
 * @dcid: the DC
 * @ep: the endpoint, on any node that can be reached
 *
 * From its next wait for a message on it gets none: whoever sends to it, on
 * any node, waits. Until then p_misc_flags has MIS_BIT_NEEDMIGR, from then on
 * p_rts_flags BIT_MIGRATE. Needs CAP_NET_ADMIN, like the other steps.
 *
 * What it is about it finishes: it goes on to run, its own calls and copies end
 * as they would, and it may answer.
 *
 * Return: OK; EDVSBUSY for kernel threads and replicas, which cannot move;
 * EDVSGRPLEADER if other threads of its process are bound too; EDVSPROCSTS if
 * it is frozen already; EDVSNOTBIND; EDVSPRIVILEGES; EDVSBADDCID; EDVSDCNOTRUN;
 * EDVSRANGE; EDVSENDPOINT; EDVSNOPROXY, EDVSNOTCONN.
 */
long dvk_migr_start(int dcid, int ep);

/**
 * dvk_migr_start_T() - the same, and wait until it is at rest
 * @dcid: the DC
 * @ep: the endpoint, on any node that can be reached
 * @timeout: milliseconds, or TIMEOUT_FOREVER
 *
 * When it returns OK the process waits for a message, and none of its memory
 * is being copied: its state can be copied out, with dvk_vcopy(), and the commit
 * will not find it busy.
 *
 * Return: OK; EDVSTIMEDOUT if it did not come to rest in time, EDVSINTR after a
 * signal: it is not frozen any more then; and as dvk_migr_start().
 */
long dvk_migr_start_T(int dcid, int ep, long timeout);

/**
 * dvk_migr_commit() - move a frozen endpoint
 * @pid: on the new node: the process that goes on with it; PROC_NO_PID for
 *       its backup. Unused on other nodes.
 * @dcid: the DC
 * @ep: the endpoint
 * @nodeid: the new node
 *
 * One call on the new node does it all: the old process's wait ends with
 * EDVSMIGRATE and it is unbound, pending notifications move along, whoever
 * queued is served here. A request that the old process has taken but not
 * answered fails with EDVSSRCDIED. The same call on the old node lets go of the
 * endpoint; who sends to it then waits until the call on the new node. On
 * other nodes it says where the endpoint lives now.
 *
 * Return: OK; EDVSBUSY while the endpoint does not wait for a message;
 * EDVSONCOPY while its memory is being copied; EDVSPROCSTS if it is not frozen;
 * EDVSLCLPROC if it lives here already; EDVSBADPID; EDVSBADNODEID; EDVSNODCNODE;
 * and as dvk_migr_start(). After EDVSNOTCONN it is not known whether the old
 * node has let go.
 */
long dvk_migr_commit(int pid, int dcid, int ep, int nodeid);

/**
 * dvk_migr_rollback() - let a frozen endpoint go on where it is
 * @dcid: the DC
 * @ep: the endpoint
 *
 * Return: OK; EDVSPROCSTS if it is not frozen; and as dvk_migr_start().
 */
long dvk_migr_rollback(int dcid, int ep);

/* ---- Privileges -------------------------------------------------------- */

/**
 * dvk_getpriv() - what an endpoint may do
 * @dcid: the DC
 * @ep: an endpoint of this node, or SELF
 * @priv: filled in
 *
 * Return: OK; EDVSBADDCID; EDVSDCNOTRUN; EDVSRANGE; EDVSENDPOINT;
 * EDVSNOTBIND; EDVSRMTPROC; EDVSBADCALL.
 */
long dvk_getpriv(int dcid, int ep, dvk_priv_t *priv);

/**
 * dvk_setpriv() - change what an endpoint may do
 * @dcid: the DC
 * @ep: an endpoint of this node, or SELF
 * @priv: all of it; priv_id must be as dvk_getpriv() tells
 *
 * Needs CAP_NET_ADMIN; or the caller is an endpoint of the DC with level
 * SYSTEM_PRIV or higher, and gives away no more than it has itself. It holds
 * until the endpoint is unbound.
 *
 * Return: OK; EDVSPRIVILEGES; EDVSBADVALUE; and as dvk_getpriv().
 */
long dvk_setpriv(int dcid, int ep, dvk_priv_t *priv);

/* ---- Binding ----------------------------------------------------------- */

/**
 * dvk_bind_X() - bind a process to an endpoint; the calls below use it
 * @cmd: SELF_BIND to USERMODE_BIND
 * @dcid: the DC
 * @pid: process to bind, in the caller's pid namespace. Unused by SELF_BIND.
 *       For RMT_BIND the address of the endpoint's name, or 0.
 * @ep: endpoint to take
 * @nodeid: its node, for RMT_BIND and BKUP_BIND
 *
 * Return: the endpoint; EDVSBINDTYPE; EDVSBADDCID; EDVSDCNOTRUN; EDVSBADRANGE
 * if the DC has no such slot; EDVSSLOTUSED; EDVSBADPID if there is no such
 * process; EDVSRSCBUSY if it is bound already; EDVSBADNODEID; EDVSNODCNODE if the node is
 * not in the DC; EDVSNOPROXY if nothing leads to the node; EDVSPRIVILEGES
 * without the right to bind in the DC, or to bind another user's process.
 */
long dvk_bind_X(int cmd, int dcid, long pid, int ep, int nodeid);

/**
 * dvk_bind() - bind the calling process
 * @dcid: the DC
 * @ep: endpoint to take
 *
 * All its threads that are not bound on their own use the endpoint. A child
 * made by fork starts unbound; exec keeps the endpoint; the end of the process,
 * that is of its last thread, gives it back. Who has the endpoint already, for
 * somebody has bound it on behalf of this program ("dvk run", "dvk migrate"),
 * keeps it, and is told so as if it were new.
 *
 * Return: as dvk_bind_X().
 */
long dvk_bind(int dcid, int ep);

/**
 * dvk_tbind() - bind the calling thread alone
 * @dcid: the DC
 * @ep: endpoint to take
 *
 * Return: as dvk_bind_X().
 */
long dvk_tbind(int dcid, int ep);

/**
 * dvk_lclbind() - bind another process of this node, usually a child
 * @dcid: the DC
 * @pid: the process, which the caller must have the right to send signals to
 * @ep: endpoint to take
 *
 * Return: as dvk_bind_X().
 */
long dvk_lclbind(int dcid, int pid, int ep);

/**
 * dvk_rmtbind() - tell this node that an endpoint lives on another one
 * @dcid: the DC
 * @name: name to show for it, NULL for none; more than 15 bytes: EDVSNAMESIZE
 * @ep: the endpoint
 * @nodeid: the node it lives on
 *
 * Return: as dvk_bind_X().
 */
long dvk_rmtbind(int dcid, const char *name, int ep, int nodeid);

/**
 * dvk_bkupbind() - bind a process as the passive copy of a remote endpoint
 * @dcid: the DC
 * @pid: the process
 * @ep: the endpoint
 * @nodeid: the node on which the active one lives
 *
 * Return: as dvk_bind_X().
 */
long dvk_bkupbind(int dcid, int pid, int ep, int nodeid);

/**
 * dvk_replbind() - bind a process as a replica
 * @dcid: the DC
 * @pid: the process
 * @ep: endpoint to take
 *
 * Return: as dvk_bind_X().
 */
long dvk_replbind(int dcid, int pid, int ep);

/**
 * dvk_umbind() - bind a process and mark it as one in user mode
 * @dcid: the DC
 * @pid: the process; 0 for the caller
 * @ep: endpoint to take
 *
 * As dvk_lclbind(); MIS_BIT_USERMODE tells it from others.
 *
 * Return: as dvk_bind_X().
 */
long dvk_umbind(int dcid, int pid, int ep);

/**
 * dvk_unbind() - give an endpoint back
 * @dcid: the DC
 * @ep: the endpoint
 *
 * Another process of this node gets SIGTERM, if the caller might send it one by
 * kill(2), and is woken with EDVSSHUTDOWN;
 * the call returns when its endpoint is free. Whoever waits for the endpoint
 * gets EDVSSRCDIED or EDVSDSTDIED, on other nodes too.
 *
 * Return: OK; EDVSBADDCID; EDVSDCNOTRUN; EDVSRANGE; EDVSNOTBIND; EDVSENDPOINT;
 * EDVSPRIVILEGES; EDVSAGAIN, EDVSTIMEDOUT or EDVSINTR if it is not free yet.
 */
long dvk_unbind(int dcid, int ep);
long dvk_unbind_T(int dcid, int ep, long timeout);

/**
 * dvk_getep() - the endpoint of a process
 * @pid: the process or thread, in the caller's pid namespace
 *
 * Return: the endpoint; EDVSNOTBIND; EDVSBADPID.
 */
long dvk_getep(int pid);

/**
 * dvk_getprocinfo() - describe the process in a slot
 * @dcid: the DC
 * @slot: its slot, -nr_tasks to nr_procs - 1
 * @proc: filled in; a free slot has p_rts_flags SLOT_FREE
 *
 * Return: OK; EDVSBADDCID; EDVSDCNOTRUN; EDVSBADPROC if the DC has no such slot.
 */
long dvk_getprocinfo(int dcid, int slot, dvk_proc_t *proc);

/**
 * dvk_wait4bindep_X() - wait for a bind or an unbind; the calls below use it
 * @cmd: WAIT_BIND or WAIT_UNBIND
 * @ep: endpoint of the caller's DC, or SELF for the caller
 * @timeout: milliseconds
 *
 * Return: the endpoint, OK for an unbind; EDVSNOTBIND if the caller has to be
 * bound and is not; EDVSSHUTDOWN if it is unbound meanwhile;
 * EDVSRANGE; EDVSENDPOINT; EDVSBADCALL; EDVSDCNOTRUN if the DC ends meanwhile;
 * EDVSTIMEDOUT, EDVSAGAIN with TIMEOUT_NOWAIT; EDVSINTR.
 */
long dvk_wait4bindep_X(int cmd, int ep, long timeout);

/**
 * dvk_wait4bind() - wait until the caller is bound, by its parent for example
 *
 * Return: as dvk_wait4bindep_X().
 */
long dvk_wait4bind(void);
long dvk_wait4bind_T(long timeout);

/**
 * dvk_wait4bindep() - wait until another endpoint of the caller's DC is bound
 * @ep: the endpoint
 *
 * Return: as dvk_wait4bindep_X().
 */
long dvk_wait4bindep(int ep);
long dvk_wait4bindep_T(int ep, long timeout);

/**
 * dvk_wait4unbind() - wait until an endpoint of the caller's DC is free
 * @ep: the endpoint
 *
 * Return: as dvk_wait4bindep_X().
 */
long dvk_wait4unbind(int ep);
long dvk_wait4unbind_T(int ep, long timeout);

/* ---- Messages ---------------------------------------------------------- */

/*
 * Common to the calls of this group. The caller must be bound (EDVSNOTBIND)
 * and not busy in another call (EDVSPROCRUN), its privileges must allow the
 * call (EDVSBADCALL) and the destination (EDVSTRAPDENIED), the DC must run
 * (EDVSDCNOTRUN), the slot exist (EDVSRANGE) and hold the endpoint
 * (EDVSENDPOINT). If the endpoint is remote, its node must be in the DC
 * (EDVSNODCNODE) and be reachable (EDVSNOPROXY, EDVSNOTCONN); EDVSNOTCONN
 * also ends a call whose node is lost meanwhile. EDVSSHUTDOWN says that the
 * caller was unbound while it waited.
 *
 * A wait ends with EDVSAGAIN (TIMEOUT_NOWAIT), EDVSTIMEDOUT, or EDVSINTR. What
 * interrupts it is what interrupts read(2), and the same rules hold (signal(7)): a
 * handler without SA_RESTART, and nothing else, ends it with EDVSINTR. The time
 * of a timeout counts from the start of the call, whatever interrupts it. A call
 * that ended with EDVSINTR may have handed its message over.
 *
 * A handler must not wait in a call of the same endpoint if it lets a request go on
 * (SA_RESTART) that has been taken: that is never sent twice, so it ends
 * with EDVSINTR. Calls that do not wait, as dvk_notify() and dvk_reply(), are well.
 *
 * @m is the address of a message. It is read and written by the library, so
 * it must be valid; a null pointer gives EDVSFAULT. After an error a message
 * to be received into is unchanged.
 */

/**
 * dvk_send() - send a message and wait until the receiver has taken it
 * @ep: the receiver
 * @m: the message
 *
 * Return: OK; EDVSBADDEST for oneself and HARDWARE; EDVSDSTDIED if the slot is
 * free or the receiver dies; and the codes common to the group.
 */
long dvk_send(int ep, const void *m);
long dvk_send_T(int ep, const void *m, long timeout);

/**
 * dvk_receive() - receive a message or a notification
 * @ep: the sender, or ANY
 * @m: filled in
 *
 * An armed dvk_wakeup() comes first, then notifications, then senders in the
 * order they came.
 *
 * Return: OK; EDVSSRCDIED if the only sender asked for is or becomes dead;
 * EDVSWOKENUP after dvk_wakeup(), with ANY only; and the common codes.
 */
long dvk_receive(int ep, void *m);
long dvk_receive_T(int ep, void *m, long timeout);

/**
 * dvk_sendrec() - send a request and receive its answer in one call
 * @ep: the server
 * @m: the request, replaced by the answer
 *
 * One timeout covers both halves.
 *
 * Return: OK; EDVSENDPOINT for oneself; EDVSDEADSRCDST if the server is dead;
 * EDVSDSTDIED or EDVSSRCDIED if it dies before it has answered; and the
 * common codes.
 */
long dvk_sendrec(int ep, void *m);
long dvk_sendrec_T(int ep, void *m, long timeout);

/**
 * dvk_rcvrqst() - receive a request made with dvk_sendrec(), and only such
 * @m: filled in; m_source is who waits for the answer
 *
 * Return: OK; EDVSWOKENUP; and the common codes.
 */
long dvk_rcvrqst(void *m);
long dvk_rcvrqst_T(void *m, long timeout);

/**
 * dvk_reply() - answer a request
 * @ep: who made it
 * @m: the answer
 *
 * Does not wait, whatever the timeout: an answer to another node queues for the line
 * if it must.
 *
 * Return: OK; EDVSPROCSTS if @ep does not wait for an answer of the caller;
 * EDVSDSTDIED; and the common codes.
 */
long dvk_reply(int ep, const void *m);
long dvk_reply_T(int ep, const void *m, long timeout);

/**
 * dvk_relay() - pass a request on to another server
 * @ep: the other server, on any node
 * @m: the request for it; m_source is the client, as it was received
 *
 * The client, on whatever node, goes on waiting in its sendrec, now for @ep,
 * which answers it directly. Errors on the way from here on end the client's
 * call. Does not wait.
 *
 * Return: OK; EDVSPROCSTS if the client does not wait for an answer of the
 * caller; EDVSBADDEST; EDVSTRAPDENIED; EDVSDSTDIED; and the common codes.
 */
long dvk_relay(int ep, const void *m);

/**
 * dvk_reply_rcvrqst() - answer a request and wait for the next
 * @ep: who made it
 * @m: the answer, replaced by the next request
 *
 * Saves a server one system call a request. The answer is given before the
 * wait begins: if it fails, its code is returned and nothing is received; with
 * EDVSAGAIN, EDVSTIMEDOUT, EDVSINTR or EDVSWOKENUP it has been given.
 *
 * Return: OK; as dvk_reply() and dvk_rcvrqst().
 */
long dvk_reply_rcvrqst(int ep, void *m);
long dvk_reply_rcvrqst_T(int ep, void *m, long timeout);

/* ---- Notifications ----------------------------------------------------- */

/*
 * The caller must be bound and its privileges allow it, as for messages. An
 * error of the way to another node is not told: nobody waits for it.
 */

/**
 * dvk_notify() - notify an endpoint; never waits
 * @ep: the receiver
 *
 * One notification per sender can be pending; another one merges with it. It
 * is received as a message with m_type NOTIFY_FROM(slot of the sender): m9_i1
 * has flags, m9_l1 an argument, m9_t1 the time. It is received also if the sender
 * has ended since.
 *
 * Return: OK; EDVSDSTDIED; EDVSAGAIN if as many of the caller's commands as may be
 * queue for the line to the receiver's node: those it has given before will be
 * received; and the common codes.
 */
long dvk_notify(int ep);

/**
 * dvk_src_notify() - notify in the name of another slot
 * @slot: slot of the sender, or SELF; one that nobody has will do, as CLOCK
 * @ep: the receiver
 *
 * Return: as dvk_notify(); EDVSPRIVILEGES; EDVSBADPROC if there is no such slot.
 */
long dvk_src_notify(int slot, int ep);

/**
 * dvk_ntfy_value() - notify with a number
 * @slot: slot of the sender, or SELF
 * @ep: the receiver
 * @value: 0 to 31; numbers that merge are all reported, as bits
 *
 * Return: as dvk_src_notify(); EDVSBADVALUE.
 */
long dvk_ntfy_value(int slot, int ep, int value);

/**
 * dvk_hdw_notify() - notify in the name of HARDWARE
 * @dcid: DC of the receiver; the caller need not be bound
 * @ep: the receiver, on this node
 *
 * Return: OK; EDVSRMTPROC; EDVSOVERRUN if one is pending; EDVSPERM without
 * CAP_NET_ADMIN; and the common codes.
 */
long dvk_hdw_notify(int dcid, int ep);

/**
 * dvk_wakeup() - end a dvk_receive() from ANY
 * @dcid: DC of the receiver; the caller need not be bound
 * @ep: the receiver, on this node. If it does not wait now, its next
 *      dvk_receive() from ANY ends at once.
 *
 * Return: OK; EDVSRMTPROC; EDVSNOTBIND if the slot is free; EDVSPERM.
 */
long dvk_wakeup(int dcid, int ep);

/* ---- Memory ------------------------------------------------------------ */

/**
 * dvk_vcopy() - copy between the memories of two endpoints
 * @src_ep: whose memory to read, or SELF
 * @src_addr: address in it
 * @dst_ep: whose memory to write, or SELF
 * @dst_addr: address in it
 * @bytes: 0 to d_max_copylen (MAXCOPYLEN by default)
 *
 * The caller may be the source, the destination or a third endpoint; the
 * others must be blocked in a call. A process that waits in dvk_sendrec() for
 * the caller may always be copied from and to; other copies need privilege,
 * or the same user. Any alignment will do.
 *
 * Return: OK when all bytes are in place. After an error some may be: EDVSFAULT
 * for a bad address; EDVSENDPOINT if source and destination are the same;
 * EDVSRANGE for @bytes; EDVSPROCSTS if a party is not blocked; EDVSSRCDIED,
 * EDVSDSTDIED; EDVSPRIVILEGES; EDVSALLOCMEM if more would be pinned than the
 * RLIMIT_MEMLOCK of a process whose memory it is (copies between nodes, and of
 * third parties, wait up to five seconds for others to end); EDVSINTR; and the
 * codes common to messages.
 */
long dvk_vcopy(int src_ep, const void *src_addr, int dst_ep, void *dst_addr,
	       long bytes);

/* ---- Proxies ----------------------------------------------------------- */

/*
 * The frames between two nodes can be carried by programs in place of the
 * kernel's own proxies. A pair of tasks does it, processes or threads: the
 * sender loops over dvk_get2rmt() and writes to the network, the receiver reads
 * from it and calls dvk_put2lcl(). Their parent binds the pair, which ends a
 * dvk_wait4bind() of theirs with NONE, and gives it to a node.
 *
 * A node is connected while both tasks have said that they are. When one says
 * that it is not any more, or exits, all that is in flight fails with
 * EDVSNOTCONN; when both are gone, the node's endpoints are unbound.
 */

/**
 * dvk_proxies_bind() - make two tasks a pair of proxies
 * @name: for people
 * @pxid: its number, 0 to d_nr_nodes - 1; that of a peer with kernel proxies is
 *        taken by those
 * @spid: pid of the sender, or the number of a thread
 * @rpid: pid of the receiver
 * @maxbytes: most payload bytes it carries in one frame, 512 to MAXCOPYBUF
 *
 * Return: OK; EDVSBADPROXY for @pxid; EDVSPROXYRUN if it is in use;
 * EDVSNAMESIZE; EDVSRANGE for @maxbytes; EDVSBADPID if a task does not exist,
 * or both are the same; EDVSPROCRUN if one is bound already.
 */
long dvk_proxies_bind(const char *name, int pxid, int spid, int rpid,
		      int maxbytes);

/**
 * dvk_proxies_unbind() - end a pair of proxies; its tasks live on
 * @pxid: the pair; the node that it served is not connected any more
 *
 * Return: OK; EDVSBADPROXY for a number that cannot be, or is that of kernel
 * proxies; EDVSPROXYFREE if it is not in use, as after both tasks have exited.
 */
long dvk_proxies_unbind(int pxid);

/**
 * dvk_proxy_conn() - tell what happened to a proxy's connection
 * @pxid: the pair; without administrator rights the caller's own
 * @status: CONNECT_SPROXY, CONNECT_RPROXY, DISCONNECT_SPROXY, DISCONNECT_RPROXY
 *
 * The call that says that the second half is connected returns when the node
 * can be reached; the others when they have had their effect.
 *
 * Return: OK; EDVSBADPROXY; EDVSPROXYFREE; EDVSPROXYRUN if it is connected
 * already; EDVSNOTCONN if it is not connected; EDVSNODEFREE if its node is
 * switched off; EDVSBADVALUE for @status; EDVSPRIVILEGES.
 */
long dvk_proxy_conn(int pxid, int status);

/**
 * dvk_getproxyinfo() - describe a pair of proxies
 * @pxid: the pair; the node they lead to for the kernel's own
 * @sproxy: filled in for the sender; has MIS_BIT_PROXY, MIS_BIT_CONNECTED, and
 *          MIS_BIT_KTHREAD if it is the kernel's
 * @rproxy: the same for the receiver
 *
 * Return: OK; EDVSBADPROXY; EDVSPROXYFREE.
 */
long dvk_getproxyinfo(int pxid, dvk_proc_t *sproxy, dvk_proc_t *rproxy);

/**
 * dvk_node_up() - let a pair of proxies lead to a node
 * @name: of the node; NULL or empty leaves it as it is
 * @nodeid: the node; it need not be configured
 * @pxid: the pair; of a peer with kernel proxies its own number
 *
 * Return: OK; EDVSBADNODEID; EDVSBADPROXY; EDVSNAMESIZE; EDVSPROXYFREE if the
 * pair is not in use; EDVSPROXYRUN if it leads to another node; EDVSNODEBUSY if
 * the node is up; EDVSADDRNOTAVAIL if kernel proxies shall lead there and have
 * no address.
 */
long dvk_node_up(const char *name, int nodeid, int pxid);

/**
 * dvk_node_down() - the reverse
 * @nodeid: the node; calls in flight to it fail with EDVSNOTCONN. If only
 *          dvk_node_up() has made it known it is forgotten.
 *
 * Return: OK; EDVSBADNODEID; EDVSNODEFREE if it is not up.
 */
long dvk_node_down(int nodeid);

/**
 * dvk_get2rmt() - wait for the next frame to send
 * @cmd: filled in: the header, which goes to the other node as it is
 * @payload: its first c_len bytes are filled in; they follow the header
 *
 * For the sender of a pair. dvk_get2rmt() waits TIMEOUT_MOLCALL.
 *
 * Return: OK; EDVSTIMEDOUT, when @cmd is a HELLO that may be sent to see if the
 * other node is there (it answers by itself); EDVSAGAIN without a timeout;
 * EDVSNOTCONN if the sender is not connected, and once if the receiver is not any
 * more: hang up, so that the other node knows; EDVSSHUTDOWN if it was unbound;
 * EDVSNOTBIND if the caller is no proxy, EDVSBADPROXY if it is a receiver;
 * EDVSFAULT, when the frame can be fetched again; EDVSINTR.
 */
long dvk_get2rmt(dvk_cmd_t *cmd, dvk_payload_t *payload);
long dvk_get2rmt_T(dvk_cmd_t *cmd, dvk_payload_t *payload, long timeout);

/**
 * dvk_put2lcl() - deliver a frame that has arrived
 * @cmd: its header
 * @payload: c_len bytes; not looked at if there are none
 *
 * For the receiver of a pair. The frame is checked like one that comes through
 * a kernel proxy: a bad one ends the connection of both halves, so that nobody
 * waits in vain. What cannot be delivered is answered to its sender; that is no
 * error here. If the sender of the pair is not connected yet, this waits for it
 * up to five seconds.
 *
 * Return: OK; EDVSBADREQUEST for a bad frame, EDVSSHUTDOWN for one that ends
 * the connection or if the caller was unbound, EDVSNOTCONN: hang up;
 * EDVSNOTBIND if the caller is no proxy, EDVSBADPROXY if it is a sender;
 * EDVSFAULT; EDVSINTR.
 */
long dvk_put2lcl(const dvk_cmd_t *cmd, const dvk_payload_t *payload);

/*
 * Old programs pass addresses as pointers of any type or as longs. The casts
 * accept both, in C and in C++. New programs may define DVK_STRICT_POINTERS
 * to have pointers only.
 */
#ifndef DVK_STRICT_POINTERS
#define dvk_send(ep, m)			dvk_send(ep, (const void *)(m))
#define dvk_send_T(ep, m, t)		dvk_send_T(ep, (const void *)(m), t)
#define dvk_receive(ep, m)		dvk_receive(ep, (void *)(m))
#define dvk_receive_T(ep, m, t)		dvk_receive_T(ep, (void *)(m), t)
#define dvk_sendrec(ep, m)		dvk_sendrec(ep, (void *)(m))
#define dvk_sendrec_T(ep, m, t)		dvk_sendrec_T(ep, (void *)(m), t)
#define dvk_rcvrqst(m)			dvk_rcvrqst((void *)(m))
#define dvk_rcvrqst_T(m, t)		dvk_rcvrqst_T((void *)(m), t)
#define dvk_reply(ep, m)		dvk_reply(ep, (const void *)(m))
#define dvk_reply_T(ep, m, t)		dvk_reply_T(ep, (const void *)(m), t)
#define dvk_relay(ep, m)		dvk_relay(ep, (const void *)(m))
#define dvk_reply_rcvrqst(ep, m)	dvk_reply_rcvrqst(ep, (void *)(m))
#define dvk_reply_rcvrqst_T(ep, m, t)	dvk_reply_rcvrqst_T(ep, (void *)(m), t)
#define dvk_vcopy(src, saddr, dst, daddr, n) \
	dvk_vcopy(src, (const void *)(saddr), dst, (void *)(daddr), n)
#define dvk_rmtbind(dcid, name, ep, node) \
	dvk_rmtbind(dcid, (const char *)(name), ep, node)
#define dvk_bind_X(cmd, dcid, pid, ep, node) \
	dvk_bind_X(cmd, dcid, (long)(pid), ep, node)
#define dvk_get2rmt(cmd, pay) \
	dvk_get2rmt((dvk_cmd_t *)(cmd), (dvk_payload_t *)(pay))
#define dvk_get2rmt_T(cmd, pay, t) \
	dvk_get2rmt_T((dvk_cmd_t *)(cmd), (dvk_payload_t *)(pay), t)
#define dvk_put2lcl(cmd, pay) \
	dvk_put2lcl((const dvk_cmd_t *)(cmd), (const dvk_payload_t *)(pay))
#endif

#ifdef __cplusplus
}
#endif

/* Programs of the earlier system need no other include than this. */
#ifdef DVK_COMPAT
#include <dvk/compat.h>
#endif

#endif /* _DVK_DVK_H */
