// SPDX-License-Identifier: GPL-2.0
/* dvk ps: the bound processes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tool.h"
#include "procs.h"

static const char *const rts_names[] = {
	[BIT_SLOT_FREE] = "SLOT_FREE",	 [BIT_NO_MAP] = "NO_MAP",
	[BIT_SENDING] = "SENDING",	 [BIT_RECEIVING] = "RECEIVING",
	[BIT_SIGNALED] = "SIGNALED",	 [BIT_SIG_PENDING] = "SIG_PENDING",
	[BIT_P_STOP] = "P_STOP",	 [BIT_NO_PRIV] = "NO_PRIV",
	[BIT_NO_PRIORITY] = "NO_PRIORITY", [BIT_NO_ENDPOINT] = "NO_ENDPOINT",
	[BIT_ONCOPY] = "ONCOPY",	 [BIT_MIGRATE] = "MIGRATE",
	[BIT_REMOTE] = "REMOTE",	 [BIT_RMTOPER] = "RMTOPER",
	[BIT_WAITMIGR] = "WAITMIGR",	 [BIT_WAITUNBIND] = "WAITUNBIND",
	[BIT_WAITBIND] = "WAITBIND",
};

static const char *const misc_names[] = {
	[MIS_BIT_PROXY] = "PROXY",	     [MIS_BIT_CONNECTED] = "CONNECTED",
	[MIS_BIT_NOTIFY] = "NOTIFY",	     [MIS_BIT_NEEDMIGR] = "NEEDMIGR",
	[MIS_BIT_RMTBACKUP] = "RMTBACKUP",   [MIS_BIT_GRPLEADER] = "GRPLEADER",
	[MIS_BIT_KTHREAD] = "KTHREAD",	     [MIS_BIT_REPLICATED] = "REPLICATED",
	[MIS_BIT_KILLED] = "KILLED",	     [MIS_BIT_WOKENUP] = "WOKENUP",
	[MIS_BIT_USERMODE] = "USERMODE",     [MIS_BIT_RMTINFO] = "RMTINFO",
	[MIS_BIT_NOMIGRATE] = "NOMIGRATE",   [MIS_BIT_ATOMIC] = "ATOMIC",
	[MIS_BIT_ENQUEUED] = "ENQUEUED",
};

static json_t *bits(unsigned long flags, const char *const *names, size_t nr)
{
	json_t *list = json_array();

	for (size_t i = 0; i < nr; i++)
		if (names[i] && flags & (1UL << i))
			json_array_append_new(list, json_string(names[i]));
	return list;
}

static const char *endpoint_name(int ep, char *buf, size_t size)
{
	if (ep == ANY)
		return "any";
	snprintf(buf, size, "%d", ep);
	return buf;
}

/* What a person wants to know: what does it do, or what does it wait for? */
static void describe(const proc_usr_t *p, char *out, size_t size)
{
	unsigned long rts = p->p_rts_flags;
	char ep[16];

	if (rts & MIGRATE)
		snprintf(out, size, "migrating");
	else if (rts & ONCOPY)
		snprintf(out, size, "copying");
	else if (rts & SENDING)
		snprintf(out, size, rts & RECEIVING ? "calling %s" : "sending to %s",
			 endpoint_name(p->p_sendto, ep, sizeof(ep)));
	else if (rts & RECEIVING && p->p_proxy != NONE && p->p_proxy == p->p_getfrom)
		snprintf(out, size, "called %s",
			 endpoint_name(p->p_getfrom, ep, sizeof(ep)));
	else if (rts & RECEIVING)
		snprintf(out, size, "receiving from %s",
			 endpoint_name(p->p_getfrom, ep, sizeof(ep)));
	else if (rts & WAITMIGR)
		snprintf(out, size, "waits for migration of %s",
			 endpoint_name(p->p_waitmigr, ep, sizeof(ep)));
	else if (rts & WAITUNBIND)
		snprintf(out, size, "waits for end of %s",
			 endpoint_name(p->p_waitunbind, ep, sizeof(ep)));
	else if (rts & WAITBIND)
		snprintf(out, size, "waits for a bind");
	else if (rts & REMOTE)
		snprintf(out, size, p->p_misc_flags & (1 << MIS_BIT_RMTBACKUP) ?
				    "backup" : "remote");
	else
		snprintf(out, size, rts ? "stopped" : "running");
}

static void add_row(const proc_usr_t *p, void *data)
{
	json_t *row = json_object();
	char state[64];

	json_object_set_new(row, "dc", json_integer(p->p_dcid));
	json_object_set_new(row, "endpoint", json_integer(p->p_endpoint));
	json_object_set_new(row, "slot", json_integer(p->p_nr));
	json_object_set_new(row, "node", json_integer(p->p_nodeid));
	/* The pid that kill(1) takes here; a remote process has none. */
	json_object_set_new(row, "pid", p->p_vpid > 0 ? json_integer(p->p_vpid)
						      : json_null());
	json_object_set_new(row, "global_pid", p->p_lpid > 0 ? json_integer(p->p_lpid)
							     : json_null());
	describe(p, state, sizeof(state));
	json_object_set_new(row, "state", json_string(state));
	json_object_set_new(row, "rts_flags", bits(p->p_rts_flags, rts_names,
						   ARRAY_SIZE(rts_names)));
	json_object_set_new(row, "misc_flags", bits(p->p_misc_flags, misc_names,
						    ARRAY_SIZE(misc_names)));
	json_object_set_new(row, "getfrom", json_integer(p->p_getfrom));
	json_object_set_new(row, "sendto", json_integer(p->p_sendto));
	json_object_set_new(row, "waitmigr", json_integer(p->p_waitmigr));
	json_object_set_new(row, "waitunbind", json_integer(p->p_waitunbind));
	json_object_set_new(row, "proxy", json_integer(p->p_proxy));
	json_object_set_new(row, "lclsent", json_integer(p->p_lclsent));
	json_object_set_new(row, "rmtsent", json_integer(p->p_rmtsent));
	json_object_set_new(row, "lclcopy", json_integer(p->p_lclcopy));
	json_object_set_new(row, "rmtcopy", json_integer(p->p_rmtcopy));
	/* A process names itself, and not always in UTF-8. */
	json_object_set_new(row, "name", json_string(p->p_name) ?: json_string("?"));
	json_array_append_new(data, row);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	int *dcid = state->input;

	if (key != 'd')
		return ARGP_ERR_UNKNOWN;
	*dcid = number(state, "--dc", arg, 0, DVK_MAX_DCS - 1);
	return 0;
}

int cmd_ps(int argc, char **argv)
{
	static const struct column columns[] = {
		{ "DC", "dc", true },
		{ "ENDPOINT", "endpoint", true },
		{ "NODE", "node", true },
		{ "PID", "pid", true },
		{ "NAME", "name", false },
		{ "MISC", "misc_flags", false },
		{ "STATE", "state", false },
	};
	static const struct argp_option options[] = {
		{ "dc", 'd', "ID", 0, "Only of this DC", 0 },
		{ 0 }
	};
	const struct argp argp = {
		.options = options,
		.parser = parse,
		.doc = "List the bound processes that this node knows of, here and on "
		       "other nodes.",
		.children = COMMON_CHILDREN,
	};
	json_t *rows;
	int dcid = -1;

	argp_parse(&argp, argc, argv, 0, NULL, &dcid);
	sysfs_check();
	rows = json_array();
	walk_procs(dcid, add_row, rows);
	print_table(rows, columns, ARRAY_SIZE(columns));
	json_decref(rows);
	return EXIT_SUCCESS;
}
