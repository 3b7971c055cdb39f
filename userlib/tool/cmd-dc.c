// SPDX-License-Identifier: GPL-2.0
/* dvk dc: distributed containers. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tool.h"

static const char *const attributes[] = {
	"name", "state", "bound", "nr_procs", "nr_tasks", "nr_sysprocs", "nr_nodes",
	"nodes", "owner", "mode", "user_slots", "autobind", "strict",
};

/* Options of add that are attributes of the new DC. */
static const char *const settings[] = { "owner", "mode", "autobind", "strict", "user_slots" };

/* Options of add that have to be known when the DC is made. */
enum { NR_PROCS_OPT, NR_TASKS_OPT, NR_SYSPROCS_OPT, NR_NODES_OPT, NR_SIZES };

#define OPT_SETTING	256	/* and the following numbers */
#define OPT_SIZE	512

struct dc_args {
	const char *verb;
	const char *name;
	const char *setting[ARRAY_SIZE(settings)];
	int size[NR_SIZES];	/* -1: not given */
	bool sized;
	int *nodes;
	int nr_nodes;
	int id;
};

static int list(void)
{
	static const struct column columns[] = {
		{ "ID", "id", true },
		{ "NAME", "name", false },
		{ "STATE", "state", false },
		{ "BOUND", "bound", true },
		{ "PROCS", "nr_procs", true },
		{ "TASKS", "nr_tasks", true },
		{ "SYSPROCS", "nr_sysprocs", true },
		{ "OWNER", "owner", true },
		{ "MODE", "mode", false },
		{ "NODES", "nodes", false },
	};
	int *ids = numbered("dcs");
	json_t *rows = json_array();
	char *self = attr_read("nodeid");

	if (self && atoi(self) < 0)
		warn_no_dvs();
	free(self);

	for (int *id = ids; *id >= 0; id++) {
		json_t *dc = json_object();
		char dir[32];

		snprintf(dir, sizeof(dir), "dcs/%d", *id);
		json_object_set_new(dc, "id", json_integer(*id));
		for (size_t i = 0; i < ARRAY_SIZE(attributes); i++)
			attr_get(dc, dir, attributes[i]);
		/* "3" and "0-3" are the same kind of thing. */
		if (json_is_integer(json_object_get(dc, "nodes"))) {
			char text[32];

			value_text(json_object_get(dc, "nodes"), text, sizeof(text));
			json_object_set_new(dc, "nodes", json_string(text));
		}
		json_array_append_new(rows, dc);
	}
	free(ids);
	print_table(rows, columns, ARRAY_SIZE(columns));
	json_decref(rows);
	return EXIT_SUCCESS;
}

static void require(int id)
{
	char *name = attr_read("dcs/%d/name", id);

	if (!name)
		die("there is no DC %d; 'dvk dc' lists the DCs", id);
	free(name);
}

static int write_id(int id, const char *fmt, int dc)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", id);
	return dc < 0 ? attr_write(text, "%s", fmt) : attr_write(text, "dcs/%d/%s", dc, fmt);
}

/* One node into or out of a DC; explains a failure, but does not exit. */
static bool member(int dc, const char *attribute, int node)
{
	int err = write_id(node, attribute, dc);
	bool join = !strcmp(attribute, "add_node");

	switch (-err) {
	case 0:
		return true;
	case EEXIST:
		warn("node %d is in DC %d already", node, dc);
		break;
	case EHOSTUNREACH:
		warn("node %d is not known; 'dvk peer add %d tcp ADDRESS' adds it", node,
		     node);
		break;
	case ENOENT:
		warn("node %d is not in DC %d; 'dvk dc' shows its nodes", node, dc);
		break;
	default:
		warn("cannot %s node %d %s DC %d: %s", join ? "put" : "take", node,
		     join ? "into" : "out of", dc, write_advice(err));
	}
	return false;
}

/* Sizes are fixed when a DC is made, and a line of sysfs has no place for them. */
static void make_sized(const struct dc_args *args)
{
	dvs_usr_t dvs;
	long ret = dvk_getdvsinfo(&dvs);
	const int *size = args->size;
	dc_usr_t dc = { .dc_dcid = args->id, .dc_warn2proc = NONE };

	if (ret < -1)
		die_call(ret, "cannot read the limits");
	dc.dc_nr_procs = size[NR_PROCS_OPT] < 0 ? dvs.d_nr_procs : size[NR_PROCS_OPT];
	dc.dc_nr_tasks = size[NR_TASKS_OPT] < 0 ? dvs.d_nr_tasks : size[NR_TASKS_OPT];
	dc.dc_nr_nodes = size[NR_NODES_OPT] < 0 ? dvs.d_nr_nodes : size[NR_NODES_OPT];
	dc.dc_nr_sysprocs = size[NR_SYSPROCS_OPT];
	if (dc.dc_nr_sysprocs < 0) {
		/* A small DC cannot have more system slots than slots. */
		dc.dc_nr_sysprocs = dc.dc_nr_procs + dc.dc_nr_tasks;
		if (dc.dc_nr_sysprocs > dvs.d_nr_sysprocs)
			dc.dc_nr_sysprocs = dvs.d_nr_sysprocs;
	}
	if (args->name)
		snprintf(dc.dc_name, sizeof(dc.dc_name), "%s", args->name);
	ret = dvk_dc_init(&dc);
	if (ret == EDVSBADRANGE)
		die("cannot make DC %d of these sizes; 'dvk node' shows the limits, to be "
		    "changed before 'dvk node init'", args->id);
	if (ret < 0)
		die_call(ret, "cannot make DC %d", args->id);
}

static void make(const struct dc_args *args)
{
	char text[64];
	int err;

	if (args->name)
		snprintf(text, sizeof(text), "%d %s", args->id, args->name);
	else
		snprintf(text, sizeof(text), "%d", args->id);
	err = attr_write(text, "new_dc");
	if (err == -EEXIST)
		die("DC %d exists already; 'dvk dc' lists the DCs", args->id);
	if (err == -ENOTUNIQ)
		die("another DC has the name %s; 'dvk dc' lists the DCs",
		    args->name ? args->name : "it would get; give it one with --name");
	if (err)
		die("cannot make DC %d: %s", args->id, write_advice(err));
}

static int add(const struct dc_args *args)
{
	int err;

	if (args->sized)
		make_sized(args);
	else
		make(args);

	for (size_t i = 0; i < ARRAY_SIZE(settings); i++) {
		if (!args->setting[i])
			continue;
		err = attr_write(args->setting[i], "dcs/%d/%s", args->id, settings[i]);
		if (err) {
			warn("cannot set %s of DC %d to %s: %s", settings[i], args->id,
			     args->setting[i], write_advice(err));
			goto undo;
		}
	}
	for (int i = 0; i < args->nr_nodes; i++) {
		/* This node is a member from the start. */
		char *self = attr_read("nodeid");
		bool skip = self && atoi(self) == args->nodes[i];

		free(self);
		if (!skip && !member(args->id, "add_node", args->nodes[i]))
			goto undo;
	}
	return EXIT_SUCCESS;

undo:
	/* All or nothing, so that the same command can be tried again. */
	write_id(args->id, "del_dc", -1);
	die("DC %d was not made", args->id);
}

static int del(int id)
{
	int err;

	require(id);
	err = write_id(id, "del_dc", -1);
	if (err)
		die("cannot end DC %d: %s", id, write_advice(err));
	return EXIT_SUCCESS;
}

static int members(const struct dc_args *args, const char *attribute)
{
	int status = EXIT_SUCCESS;

	require(args->id);
	for (int i = 0; i < args->nr_nodes; i++)
		if (!member(args->id, attribute, args->nodes[i]))
			status = EXIT_FAILURE;
	return status;
}

static void add_node(struct argp_state *state, struct dc_args *args, const char *arg)
{
	int *more = reallocarray(args->nodes, (size_t)args->nr_nodes + 1, sizeof(int));

	if (!more)
		die("out of memory");
	args->nodes = more;
	more[args->nr_nodes++] = number(state, "the node id", arg, 0, DVK_MAX_NODES - 1);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct dc_args *args = state->input;
	bool adding, moving;

	if (key >= OPT_SETTING && key < OPT_SETTING + (int)ARRAY_SIZE(settings)) {
		args->setting[key - OPT_SETTING] = arg;
		return 0;
	}
	if (key >= OPT_SIZE && key < OPT_SIZE + NR_SIZES) {
		args->size[key - OPT_SIZE] = number(state, "a size", arg, 0, DVK_MAX_SLOTS);
		args->sized = true;
		return 0;
	}
	switch (key) {
	case 'n':
		args->name = arg;
		if (!*arg || strlen(arg) >= DVK_NAME_LEN || strpbrk(arg, " \t\n/"))
			argp_error(state, "a name has 1 to %d bytes, no blanks or slashes",
				   DVK_NAME_LEN - 1);
		return 0;
	case 'N':
		add_node(state, args, arg);
		return 0;
	case ARGP_KEY_ARG:
		if (state->arg_num == 0)
			args->verb = arg;
		else if (state->arg_num == 1)
			args->id = number(state, "the DC id", arg, 0, DVK_MAX_DCS - 1);
		else
			add_node(state, args, arg);
		return 0;
	case ARGP_KEY_END:
		if (!args->verb || !strcmp(args->verb, "list")) {
			if (state->arg_num > 1)
				argp_error(state, "list takes no arguments");
			return 0;
		}
		adding = !strcmp(args->verb, "add");
		moving = !strcmp(args->verb, "join") || !strcmp(args->verb, "leave");
		if (!adding && !moving && strcmp(args->verb, "del"))
			argp_error(state, "there is no 'dvk dc %s'", args->verb);
		if (args->id < 0)
			argp_error(state, "%s takes the id of a DC", args->verb);
		if (moving && !args->nr_nodes)
			argp_error(state, "%s takes the ids of nodes", args->verb);
		if (!adding && !moving && args->nr_nodes)
			argp_error(state, "%s takes one argument", args->verb);
		if (adding && state->arg_num > 2)
			argp_error(state, "add takes one argument; nodes go with --node");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

int cmd_dc(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ NULL, 0, NULL, 0, "For add:", 1 },
		{ "name", 'n', "NAME", 0, "Name of the DC (default DC and its id)", 0 },
		{ "node", 'N', "ID", 0, "Node to be in it; give it once for each", 0 },
		{ "owner", OPT_SETTING, "UID", 0, "User that owns it (default: you)", 0 },
		{ "mode", OPT_SETTING + 1, "MODE", 0,
		  "Who may bind in it, in octal as of a file (default 0600)", 0 },
		{ "autobind", OPT_SETTING + 2, "0|1", 0,
		  "Whether endpoints of other nodes are bound as they call (default 1)", 0 },
		{ "strict", OPT_SETTING + 3, "0|1", 0,
		  "Whether user slots are restricted in their calls (default 0)", 0 },
		{ "user-slots", OPT_SETTING + 4, "N", 0,
		  "Most endpoints of one user's processes (default 0: no limit)", 0 },
		{ "nr-procs", OPT_SIZE + NR_PROCS_OPT, "N", 0, "Process slots", 0 },
		{ "nr-tasks", OPT_SIZE + NR_TASKS_OPT, "N", 0, "Task slots", 0 },
		{ "nr-sysprocs", OPT_SIZE + NR_SYSPROCS_OPT, "N", 0, "System slots", 0 },
		{ "nr-nodes", OPT_SIZE + NR_NODES_OPT, "N", 0, "Most nodes", 0 },
		{ 0 }
	};
	const struct argp argp = {
		.options = options,
		.parser = parse,
		.args_doc = "[list]\nadd ID\ndel ID\njoin ID NODE...\nleave ID NODE...",
		.doc = "List or change distributed containers: sets of endpoints that "
		       "may talk to each other, over one or several nodes."
		       "\vjoin puts nodes into a DC, leave takes them out. Every node "
		       "of a DC needs the DC, under the same id.",
		.children = COMMON_CHILDREN,
	};
	struct dc_args args = { .id = -1, .size = { -1, -1, -1, -1 } };
	int status;

	argp_parse(&argp, argc, argv, 0, NULL, &args);
	sysfs_check();
	if (!args.verb || !strcmp(args.verb, "list"))
		status = list();
	else if (!strcmp(args.verb, "add"))
		status = add(&args);
	else if (!strcmp(args.verb, "del"))
		status = del(args.id);
	else
		status = members(&args, !strcmp(args.verb, "join") ? "add_node" : "del_node");
	free(args.nodes);
	return status;
}
