// SPDX-License-Identifier: GPL-2.0
/* dvk node: what this node is. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "tool.h"

/* In the order in which they are shown. */
static const char *const attributes[] = {
	"nodeid", "name", "version", "interfaces", "port", "keepalive_ms",
	"local_poll_us", "busy_poll_us", "tx_hold_us", "refused", "nr_dcs", "nr_nodes",
	"nr_procs", "nr_tasks", "nr_sysprocs", "max_copybuf", "max_copylen",
};

/* Those that are no settings. */
static const char *const fixed[] = { "nodeid", "version", "interfaces", "refused" };

struct node_args {
	const char *verb;
	const char *name;
	char **values;
	int nr_values;
	int id;
};

static int show(void)
{
	json_t *node = json_object(), *value;
	const char *key;
	char text[256];

	for (size_t i = 0; i < ARRAY_SIZE(attributes); i++)
		attr_get(node, "", attributes[i]);
	if (opt_json) {
		print_json(node);
	} else {
		json_object_foreach(node, key, value) {
			value_text(value, text, sizeof(text));
			printf("%-14s %s\n", key, text);
		}
		if (json_integer_value(json_object_get(node, "nodeid")) < 0)
			printf("\nNot part of a DVS yet: dvk node init ID\n");
	}
	json_decref(node);
	return EXIT_SUCCESS;
}

static int init(const struct node_args *args)
{
	char *self = attr_read("nodeid");
	char id[16];
	int err;

	if (self && atoi(self) >= 0)
		die("this is node %s already; 'dvk node end' ends it", self);
	free(self);
	if (args->name) {
		err = attr_write(args->name, "name");
		if (err)
			die("cannot set the name '%s': %s", args->name, write_advice(err));
	}
	snprintf(id, sizeof(id), "%d", args->id);
	err = attr_write(id, "nodeid");
	if (err == -EBUSY)
		die("this node is part of a DVS already; 'dvk node end' ends it");
	if (err)
		die("cannot become node %d: %s", args->id, write_advice(err));
	sysfs_check();
	return EXIT_SUCCESS;
}

static int end(void)
{
	int err = attr_write("-1", "nodeid");

	if (err == -ENODEV)
		die("this node is not part of a DVS; there is nothing to end");
	if (err)
		die("cannot end the DVS: %s", write_advice(err));
	return EXIT_SUCCESS;
}

static bool listed(const char *const *list, size_t nr, const char *name)
{
	for (size_t i = 0; i < nr; i++)
		if (!strcmp(list[i], name))
			return true;
	return false;
}

/* What the module takes, for who has tried something else. */
static const char *range_of(const char *name)
{
	static const char *const ranges[][2] = {
		{ "nr_dcs", "1 to 65536" }, { "nr_nodes", "1 to 1024" },
		{ "nr_procs", "1 to 65501" }, { "nr_tasks", "0 to 35" },
		{ "nr_sysprocs", "0 to 65536" }, { "max_copybuf", "512 to 65536" },
		{ "max_copylen", "1 to 1048576" }, { "keepalive_ms", "100 to 3600000" },
		{ "local_poll_us", "0 to 10000" }, { "busy_poll_us", "0 to 10000" },
		{ "tx_hold_us", "0 to 10000" }, { "port", "1 to 65535" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(ranges); i++)
		if (!strcmp(ranges[i][0], name))
			return ranges[i][1];
	return NULL;
}

static int set(const struct node_args *args)
{
	for (int i = 0; i + 1 < args->nr_values; i += 2) {
		const char *name = args->values[i], *value = args->values[i + 1];
		int err;

		if (!listed(attributes, ARRAY_SIZE(attributes), name) ||
		    listed(fixed, ARRAY_SIZE(fixed), name)) {
			fprintf(stderr, "dvk: there is no setting '%s'; there are:", name);
			for (size_t n = 0; n < ARRAY_SIZE(attributes); n++)
				if (!listed(fixed, ARRAY_SIZE(fixed), attributes[n]))
					fprintf(stderr, " %s", attributes[n]);
			fputc('\n', stderr);
			return EXIT_FAILURE;
		}
		err = attr_write(value, "%s", name);
		if (err == -EBUSY && !strcmp(name, "port"))
			die("the port is fixed while peers are enabled; "
			    "'dvk peer down' each, then set it");
		if (err == -EBUSY)
			die("%s is fixed while the node is part of a DVS; "
			    "set it before 'dvk node init'", name);
		if ((err == -ERANGE || err == -EINVAL) && range_of(name))
			die("cannot set %s to %s: it takes a number, %s", name, value,
			    range_of(name));
		if (err)
			die("cannot set %s to %s: %s", name, value, write_advice(err));
	}
	return EXIT_SUCCESS;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct node_args *args = state->input;

	switch (key) {
	case 'n':
		args->name = arg;
		if (!*arg || strlen(arg) >= DVK_NAME_LEN)
			argp_error(state, "a name has 1 to %d bytes", DVK_NAME_LEN - 1);
		return 0;
	case ARGP_KEY_ARGS:
		args->verb = state->argv[state->next];
		args->values = &state->argv[state->next + 1];
		args->nr_values = state->argc - state->next - 1;
		return 0;
	case ARGP_KEY_END:
		if (args->name && (!args->verb || strcmp(args->verb, "init")))
			argp_error(state, "--name goes with init");
		if (!args->verb || !strcmp(args->verb, "show") ||
		    !strcmp(args->verb, "end")) {
			if (args->nr_values)
				argp_error(state, "%s takes no arguments", args->verb);
		} else if (!strcmp(args->verb, "init")) {
			if (args->nr_values != 1)
				argp_error(state, "init takes the id of this node");
			args->id = number(state, "the node id", args->values[0], 0,
					  DVK_MAX_NODES - 1);
		} else if (!strcmp(args->verb, "set")) {
			if (!args->nr_values || args->nr_values % 2)
				argp_error(state, "set takes pairs of SETTING and VALUE");
		} else {
			argp_error(state, "there is no 'dvk node %s'", args->verb);
		}
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

int cmd_node(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "name", 'n', "NAME", 0,
		  "Name of the DVS; all its nodes must have the same", 0 },
		{ 0 }
	};
	const struct argp argp = {
		.options = options,
		.parser = parse,
		.args_doc = "[show]\ninit ID\nend\nset SETTING VALUE...",
		.doc = "Show or change what this node is."
		       "\vSettings: name, port (the TCP proxy listens there), "
		       "keepalive_ms (a peer that is silent for so long is lost), "
		       "local_poll_us and busy_poll_us (how long a call looks for "
		       "its answer before it sleeps, from this node or another), "
		       "tx_hold_us (how long an answer is held back for the next ones "
		       "to the same node), and the limits nr_dcs, nr_nodes, nr_procs, "
		       "nr_tasks, nr_sysprocs, "
		       "max_copybuf, max_copylen, to be set before init.",
		.children = COMMON_CHILDREN,
	};
	struct node_args args = { 0 };

	argp_parse(&argp, argc, argv, 0, NULL, &args);
	sysfs_check();
	if (!args.verb || !strcmp(args.verb, "show"))
		return show();
	if (!strcmp(args.verb, "init"))
		return init(&args);
	if (!strcmp(args.verb, "end"))
		return end();
	return set(&args);
}
