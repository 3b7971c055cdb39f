// SPDX-License-Identifier: GPL-2.0
/*
 * Tables for the kernel's log: what programs call when something is stuck, so
 * that it stands beside what else the kernel says.
 */
#include "proc.h"

#include <linux/sched.h>

#include "base/node.h"
#include "object/dc.h"
#include "object/endpoint.h"

static void dump_procs(struct dvk_dc *dc)
{
	struct dvk_proc_usr usr;
	struct dvk_endpoint *ep;
	int i;

	pr_info(DVK_PROCS_HEADER);
	for (i = 0; i < dvk_dc_nr_slots(dc); i++) {
		rcu_read_lock();
		ep = rcu_dereference(dc->slots[i]);
		if (ep)
			dvk_ep_fill_usr(ep, &usr);
		rcu_read_unlock();
		if (ep)
			pr_info(DVK_PROCS_ROW, DVK_PROCS_FIELDS(&usr));
		cond_resched();
	}
}

static void dump_dc(const struct dvk_dc *dc)
{
	struct dvk_dc_usr usr;

	dvk_dc_fill_usr(dc, &usr);
	pr_info("dc=%d procs=%d tasks=%d sysprocs=%d nodes=%d flags=%llX map=%llX pid=%d name=%s\n",
		usr.dc_dcid, usr.dc_nr_procs, usr.dc_nr_tasks,
		usr.dc_nr_sysprocs, usr.dc_nr_nodes, usr.dc_flags,
		usr.dc_nodes, usr.dc_pid, usr.dc_name);
}

int dvk_dump_call(struct dvk_node *node, int dcid)
{
	struct dvk_dc *dc;
	int i;

	if (!dvk_node_up(node))
		return -DVK_EDVSINIT;
	if (dcid != -1) {
		if (dcid < 0 || dcid >= node->limits.nr_dcs)
			return -DVK_EBADDCID;
		dc = dvk_dc_get(node, dcid);
		if (!dc)
			return -DVK_EDCNOTRUN;
		dump_procs(dc);
		dvk_dc_put(dc);
		return 0;
	}
	for (i = 0; i < node->limits.nr_dcs; i++) {
		dc = dvk_dc_get(node, i);
		if (!dc)
			continue;
		dump_dc(dc);
		dvk_dc_put(dc);
	}
	return 0;
}
