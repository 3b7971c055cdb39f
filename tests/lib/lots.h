/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Arguments for the ioctls of /dev/dvk, drawn by lot: mostly such that the call
 * gets somewhere, at times any.
 */
#ifndef TESTS_LIB_LOTS_H
#define TESTS_LIB_LOTS_H

#include <stdbool.h>

#include <dvk/dvk.h>

/* --- chance --- */

struct dice {
	unsigned int s;
};

static inline unsigned int roll(struct dice *d)
{
	d->s ^= d->s << 13;
	d->s ^= d->s >> 17;
	d->s ^= d->s << 5;
	return d->s;
}

static inline bool one_in(struct dice *d, unsigned int n)
{
	return roll(d) % n == 0;
}

#define ONE_OF(d, array) \
	((array)[roll(d) % (sizeof(array) / sizeof((array)[0]))])

/* --- what arguments are about --- */

#define NR_EPS		12	/* endpoints that all quarrel about */
#define FIRST_EP	20

/**
 * struct lots - whom and what arguments may name
 * @pid: of processes and threads that may be bound, unbound and so on: who is
 *	unbound gets a signal
 * @nr_pids: their number
 * @own_node: any node and DC 0 or 1 of a node of its own; else only @dcid
 * @dcid: the DC then
 */
struct lots {
	const _Atomic int *pid[64];
	unsigned int nr_pids;
	bool own_node;
	int dcid;
};

extern struct lots lots;

int some_dc(struct dice *d);

/* --- memory --- */

#define PAGE	4096L

/* Where most addresses point, see lots.c; the same place in all processes. */
extern char *area;

void area_map(void);
/* Take some of it away, or give some back. */
void area_change(struct dice *d);
/* Whether an argument may be written there: it is no place that is changed. */
bool area_is_safe(unsigned long at, unsigned long len);
/* An address where @len bytes are in order, or nearly so, or not at all. */
unsigned long some_address(struct dice *d, unsigned long len);

/* --- arguments --- */

union args {
	struct dvk_ioc_ipc ipc;
	struct dvk_ioc_notify notify;
	struct dvk_ioc_vcopy vcopy;
	struct dvk_ioc_bind bind;
	struct dvk_ioc_getep getep;
	struct dvk_ioc_wait4bind wait4bind;
	struct dvk_ioc_dvs dvs;
	struct dvk_ioc_dc dc;
	struct dvk_ioc_node node;
	struct dvk_ioc_proc proc;
	struct dvk_ioc_proxies proxies;
	struct dvk_ioc_proxy_conn proxy_conn;
	struct dvk_ioc_proxy_info proxy_info;
	struct dvk_ioc_node_up node_up;
	struct dvk_ioc_frame frame;
	struct dvk_ioc_priv priv;
	struct dvk_ioc_migrate migrate;
	struct dvk_ioc_dump dump;
	int words[1];
	char bytes[1024];
};

void fill_args(struct dice *d, unsigned long cmd, union args *a);

#endif
