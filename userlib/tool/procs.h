/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _DVK_TOOL_PROCS_H
#define _DVK_TOOL_PROCS_H

typedef void proc_fn(const proc_usr_t *proc, void *data);

/* Calls @fn for each bound process of a DC, or of all with @dcid -1. */
void walk_procs(int dcid, proc_fn *fn, void *data);

#endif /* _DVK_TOOL_PROCS_H */
