/* SPDX-License-Identifier: GPL-2.0 */
/*
 * /proc/dvs: the tables of a node, in the formats that existing scripts parse.
 *
 * The tables live below /proc/net/dvs, once for each network namespace, and
 * /proc/dvs is a symbolic link that leads to those of the reader. Readers hold
 * no lock but RCU, so tables may be long and change while they are read.
 *
 * Removing an entry waits for its readers: the functions below may sleep, and
 * may be called with mutexes held, but not under RCU.
 */
#ifndef _DVK_PROC_H
#define _DVK_PROC_H

#include <linux/types.h>

struct dvk_dc;
struct dvk_node;

/* A row of /proc/dvs/DC/procs, and the arguments of it. */
#define DVK_PROCS_ROW \
	"%2d %3d %5d %5d/%-5d %2d %4llX %4llX %5d %5d %5d %5d %-15.15s\n"
#define DVK_PROCS_FIELDS(p) \
	(p)->p_dcid, (p)->p_nr, (p)->p_endpoint, (p)->p_lpid, (p)->p_vpid, \
	(p)->p_nodeid, (p)->p_rts_flags, (p)->p_misc_flags, (p)->p_getfrom, \
	(p)->p_sendto, (p)->p_waitmigr, (p)->p_proxy, (p)->p_name
#define DVK_PROCS_HEADER \
	"DC pnr -endp -lpid/vpid- nd flag misc -getf -sndt -wmig -prxy name\n"

/**
 * dvk_dump_call() - write a table into the kernel's log
 * @node: the node
 * @dcid: the endpoints of this DC; -1: the DCs
 *
 * Process context. Return: 0 or -DVK_E*: DVSINIT, BADDCID, DCNOTRUN.
 */
int dvk_dump_call(struct dvk_node *node, int dcid); /* dump.c */

/* The link /proc/dvs; return 0 or -ENOMEM. */
int dvk_proc_register(void);
void dvk_proc_unregister(void);

/*
 * /proc/net/dvs of a namespace: node->net must be set, and the tables of DCs
 * and links be usable until dvk_proc_node_del(). Return: 0 or -ENOMEM.
 */
int dvk_proc_node_add(struct dvk_node *node);
/* Also removes what is left below it, and does nothing if nothing was added. */
void dvk_proc_node_del(struct dvk_node *node);

/**
 * dvk_proc_dc_add() - make the directory of a DC
 * @dc: the DC; its name is valid, and no other DC of the node has it
 *
 * Return: 0 or -ENOMEM.
 */
int dvk_proc_dc_add(struct dvk_dc *dc);

/**
 * dvk_proc_dc_del() - remove the directory of a DC
 * @dc: the DC
 *
 * Its name is free afterwards, and no reader looks at @dc any more. Does
 * nothing if nothing was added.
 */
void dvk_proc_dc_del(struct dvk_dc *dc);

#endif /* _DVK_PROC_H */
