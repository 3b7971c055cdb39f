// SPDX-License-Identifier: GPL-2.0
/* Walks the bound processes of the DCs. */
#include "tool.h"
#include "procs.h"
#include <stdlib.h>

static bool walk_dc(int dcid, proc_fn *fn, void *data)
{
	dc_usr_t dc;
	long ret = dvk_getdcinfo(dcid, &dc);

	if (ret < 0)
		return false;
	for (int slot = -dc.dc_nr_tasks; slot < dc.dc_nr_procs; slot++) {
		proc_usr_t proc;

		if (dvk_getprocinfo(dcid, slot, &proc) < 0 ||
		    proc.p_rts_flags & SLOT_FREE)
			continue;
		fn(&proc, data);
	}
	return true;
}

void walk_procs(int dcid, proc_fn *fn, void *data)
{
	int *ids;

	/* Without this, a missing module would look like an empty node. */
	if (this_node("cannot read the processes") < 0)
		warn_no_dvs();

	if (dcid >= 0) {
		if (!walk_dc(dcid, fn, data))
			die("there is no DC %d; 'dvk dc' lists the DCs", dcid);
		return;
	}
	ids = numbered("dcs");
	for (int *id = ids; *id >= 0; id++)
		walk_dc(*id, fn, data);
	free(ids);
}
