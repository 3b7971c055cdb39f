// SPDX-License-Identifier: GPL-2.0
/* dvk stat: counters of peers and DCs, once or as rates. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tool.h"
#include "procs.h"

static const char *const peer_counters[] = {
	"tx_msgs", "rx_msgs", "tx_bytes", "rx_bytes", "tx_zerocopy_bytes",
	"reconnects", "bad_frames",
};

static const char *const proc_counters[] = { "lclsent", "rmtsent", "lclcopy", "rmtcopy" };

struct stat_args {
	double interval;
	long count;
	int dcid;
	bool procs;
};

/*
 * One reading is an object: a key for whoever has counters ("peer 1",
 * "dc 0 endpoint 5 pid 701") and its counters.
 */
static void add_peers(json_t *reading)
{
	int *ids = numbered("peers");

	for (int *id = ids; *id >= 0; id++) {
		json_t *peer = json_object();
		char dir[32], key[32];

		snprintf(dir, sizeof(dir), "peers/%d", *id);
		snprintf(key, sizeof(key), "peer %d", *id);
		for (size_t i = 0; i < ARRAY_SIZE(peer_counters); i++)
			attr_get(peer, dir, peer_counters[i]);
		json_object_set_new(reading, key, peer);
	}
	free(ids);
}

/* A DC without processes has a line as well. */
static void add_dcs(json_t *reading, int dcid)
{
	int *ids = numbered("dcs");

	for (int *id = ids; *id >= 0; id++) {
		json_t *dc = json_object();
		char key[32];

		if (dcid >= 0 && *id != dcid) {
			json_decref(dc);
			continue;
		}
		snprintf(key, sizeof(key), "dc %d", *id);
		json_object_set_new(dc, "dc", json_integer(*id));
		for (size_t i = 0; i < ARRAY_SIZE(proc_counters); i++)
			json_object_set_new(dc, proc_counters[i], json_integer(0));
		json_object_set_new(reading, key, dc);
	}
	free(ids);
}

static void add_proc(const proc_usr_t *p, void *data)
{
	const long values[] = { p->p_lclsent, p->p_rmtsent, p->p_lclcopy, p->p_rmtcopy };
	json_t *proc = json_object();
	char key[64];

	/* With the pid: who takes a freed endpoint does not inherit its past. */
	snprintf(key, sizeof(key), "dc %d endpoint %d pid %d", p->p_dcid, p->p_endpoint,
		 p->p_lpid);
	for (size_t i = 0; i < ARRAY_SIZE(proc_counters); i++)
		json_object_set_new(proc, proc_counters[i], json_integer(values[i]));
	json_object_set_new(proc, "dc", json_integer(p->p_dcid));
	json_object_set_new(proc, "endpoint", json_integer(p->p_endpoint));
	json_object_set_new(proc, "name", json_string(p->p_name) ?: json_string("?"));
	json_object_set_new((json_t *)data, key, proc);
}

static json_t *read_all(const struct stat_args *args)
{
	json_t *reading = json_object();

	add_peers(reading);
	add_dcs(reading, args->dcid);
	walk_procs(args->dcid, add_proc, reading);
	return reading;
}

/* A counter of @current, as a rate if there is a reading before it. */
static json_t *value(const json_t *current, const json_t *before, const char *name,
		     double interval)
{
	json_int_t n, old;

	if (!json_object_get(current, name))
		return NULL;
	n = json_integer_value(json_object_get(current, name));
	if (interval <= 0)
		return json_integer(n);
	old = json_integer_value(json_object_get(before, name));
	/* Fewer than before: counted anew since then. */
	return json_real((double)(n < old ? n : n - old) / interval);
}

static void fill(json_t *row, const json_t *current, const json_t *before,
		 const char *const *names, size_t nr, double interval)
{
	for (size_t i = 0; i < nr; i++) {
		json_t *v = value(current, before, names[i], interval);
		json_t *sum = json_object_get(row, names[i]);

		if (v && sum) {
			json_t *total = json_is_real(v) ?
				json_real(json_real_value(v) + json_real_value(sum)) :
				json_integer(json_integer_value(v) + json_integer_value(sum));

			json_decref(v);
			v = total;
		}
		if (v)
			json_object_set_new(row, names[i], v);
	}
}

/* One row for each peer, each DC (the sum of its processes), each process. */
static json_t *make_rows(const struct stat_args *args, json_t *current, json_t *before,
			 double interval)
{
	json_t *peers = json_array(), *dcs = json_object(), *procs = json_array();
	json_t *who, *report = json_object(), *dc_list = json_array(), *dc;
	const char *key;

	json_object_foreach(current, key, who) {
		json_t *past = json_object_get(before, key), *row;
		char id[16];

		if (!strncmp(key, "peer ", 5)) {
			row = json_object();
			json_object_set_new(row, "peer", json_integer(atoi(key + 5)));
			fill(row, who, past, peer_counters, ARRAY_SIZE(peer_counters),
			     interval);
			json_array_append_new(peers, row);
			continue;
		}
		value_text(json_object_get(who, "dc"), id, sizeof(id));
		row = json_object_get(dcs, id);
		if (!row) {
			row = json_object();
			json_object_set(row, "dc", json_object_get(who, "dc"));
			json_object_set_new(dcs, id, row);
		}
		fill(row, who, past, proc_counters, ARRAY_SIZE(proc_counters), interval);
		if (!args->procs || !json_object_get(who, "endpoint"))
			continue;
		row = json_object();
		json_object_set(row, "dc", json_object_get(who, "dc"));
		json_object_set(row, "endpoint", json_object_get(who, "endpoint"));
		json_object_set(row, "name", json_object_get(who, "name"));
		fill(row, who, past, proc_counters, ARRAY_SIZE(proc_counters), interval);
		json_array_append_new(procs, row);
	}
	json_object_foreach(dcs, key, dc) {
		json_array_append(dc_list, dc);
	}
	json_decref(dcs);

	if (interval > 0)
		json_object_set_new(report, "interval", json_real(interval));
	json_object_set_new(report, "peers", peers);
	json_object_set_new(report, "dcs", dc_list);
	if (args->procs)
		json_object_set_new(report, "procs", procs);
	else
		json_decref(procs);
	return report;
}

static void print_report(json_t *report)
{
	static const struct column peer_columns[] = {
		{ "PEER", "peer", true },
		{ "TX_MSGS", "tx_msgs", true },
		{ "RX_MSGS", "rx_msgs", true },
		{ "TX_BYTES", "tx_bytes", true },
		{ "RX_BYTES", "rx_bytes", true },
		{ "ZEROCOPY", "tx_zerocopy_bytes", true },
		{ "RECONNECTS", "reconnects", true },
		{ "BAD", "bad_frames", true },
	};
	static const struct column dc_columns[] = {
		{ "DC", "dc", true },
		{ "LCLSENT", "lclsent", true },
		{ "RMTSENT", "rmtsent", true },
		{ "LCLCOPY", "lclcopy", true },
		{ "RMTCOPY", "rmtcopy", true },
	};
	static const struct column proc_columns[] = {
		{ "DC", "dc", true },
		{ "ENDPOINT", "endpoint", true },
		{ "LCLSENT", "lclsent", true },
		{ "RMTSENT", "rmtsent", true },
		{ "LCLCOPY", "lclcopy", true },
		{ "RMTCOPY", "rmtcopy", true },
		{ "NAME", "name", false },
	};
	json_t *interval = json_object_get(report, "interval");
	json_t *procs = json_object_get(report, "procs");

	if (opt_json) {
		/* One object a line: a reader takes them as they come. */
		json_dumpf(report, stdout, JSON_COMPACT | JSON_REAL_PRECISION(6));
		putchar('\n');
		fflush(stdout);
		return;
	}
	if (interval)
		printf("Per second, over %.2f s\n", json_real_value(interval));
	if (json_array_size(json_object_get(report, "peers")))
		print_table(json_object_get(report, "peers"), peer_columns,
			    ARRAY_SIZE(peer_columns));
	print_table(procs ? procs : json_object_get(report, "dcs"),
		    procs ? proc_columns : dc_columns,
		    procs ? ARRAY_SIZE(proc_columns) : ARRAY_SIZE(dc_columns));
	if (interval)
		putchar('\n');
	fflush(stdout);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct stat_args *args = state->input;

	switch (key) {
	case 'i':
		args->interval = seconds(state, "--interval", arg);
		return 0;
	case 'c':
		args->count = number(state, "--count", arg, 1, 1000000000);
		return 0;
	case 'd':
		args->dcid = number(state, "--dc", arg, 0, DVK_MAX_DCS - 1);
		return 0;
	case 'p':
		args->procs = true;
		return 0;
	case ARGP_KEY_END:
		/* A count alone means: every second. */
		if (args->count && !args->interval)
			args->interval = 1;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

int cmd_stat(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "interval", 'i', "SECONDS", 0,
		  "Show rates, again and again after so long", 0 },
		{ "count", 'c', "N", 0, "Stop after so many", 0 },
		{ "dc", 'd', "ID", 0, "Only processes of this DC", 0 },
		{ "procs", 'p', NULL, 0, "A line for each process, not for each DC", 0 },
		{ 0 }
	};
	const struct argp argp = {
		.options = options,
		.parser = parse,
		.doc = "Show what peers and DCs have sent and copied."
		       "\vWithout --interval: totals. The counters of a process end with "
		       "it, and so does its part in its DC's. With --json and "
		       "--interval there is one object a line.",
		.children = COMMON_CHILDREN,
	};
	struct stat_args args = { .dcid = -1 };
	json_t *before = NULL;
	double then;

	argp_parse(&argp, argc, argv, 0, NULL, &args);
	sysfs_check();
	then = now();
	if (args.interval > 0)
		before = read_all(&args);
	for (long n = 0; !n || (args.interval > 0 && (!args.count || n < args.count)); n++) {
		json_t *current, *report;
		double passed = 0;

		if (args.interval > 0) {
			pause_for(args.interval);
			passed = now() - then;
			then += passed;
		}
		current = read_all(&args);
		report = make_rows(&args, current, before, passed);
		print_report(report);
		json_decref(report);
		json_decref(before);
		before = current;
		if (ferror(stdout))
			break;
	}
	json_decref(before);
	return EXIT_SUCCESS;
}
