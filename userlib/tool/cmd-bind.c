// SPDX-License-Identifier: GPL-2.0
/* dvk rmtbind, unbind, run: endpoints on behalf of others. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tool.h"

struct bind_args {
	const char *name;
	char **command;
	double timeout;
	bool needs_node;
	int dc;
	int ep;
	int node;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct bind_args *args = state->input;

	switch (key) {
	case 'n':
		args->name = arg;
		if (strlen(arg) >= DVK_NAME_LEN)
			argp_error(state, "a name has at most %d bytes", DVK_NAME_LEN - 1);
		return 0;
	case 't':
		args->timeout = seconds(state, "--timeout", arg);
		return 0;
	case ARGP_KEY_END:
		if (args->ep == UNSET)
			argp_error(state, "which endpoint? give --ep");
		if (args->needs_node && args->node == UNSET)
			argp_error(state, "which node? give --node");
		return 0;
	default:
		return parse_target(key, arg, state, &args->dc, &args->ep, &args->node);
	}
}

static struct bind_args no_args(void)
{
	return (struct bind_args){ .ep = UNSET, .node = UNSET };
}

int cmd_rmtbind(int argc, char **argv)
{
	static const struct argp_option options[] = {
		OPTION_DC,
		OPTION_EP,
		{ "node", 'N', "ID", 0, "The node on which it lives", 0 },
		{ "name", 'n', "NAME", 0, "Name to show for it", 0 },
		{ 0 }
	};
	const struct argp argp = {
		.options = options,
		.parser = parse,
		.doc = "Tell this node that an endpoint lives on another one. Nodes "
		       "tell each other what is bound, so this is needed only in a DC "
		       "without autobind, or to have the endpoint stay known while its "
		       "node is not connected.",
		.children = COMMON_CHILDREN,
	};
	struct bind_args args = no_args();
	long ret;

	args.needs_node = true;
	argp_parse(&argp, argc, argv, 0, NULL, &args);
	ret = dvk_rmtbind(args.dc, args.name, args.ep, args.node);
	if (ret != args.ep)
		die_call(ret, "cannot bind endpoint %d of node %d in DC %d", args.ep,
			 args.node, args.dc);
	return EXIT_SUCCESS;
}

int cmd_unbind(int argc, char **argv)
{
	static const struct argp_option options[] = {
		OPTION_DC,
		OPTION_EP,
		{ "timeout", 't', "SECONDS", 0,
		  "How long to wait for its process to end (default 10)", 0 },
		{ 0 }
	};
	const struct argp argp = {
		.options = options,
		.parser = parse,
		.doc = "Give an endpoint back. A process of this node that has it gets "
		       "SIGTERM; an endpoint of another node is only forgotten here.",
		.children = COMMON_CHILDREN,
	};
	struct bind_args args = no_args();
	long ret;

	args.timeout = 10;
	argp_parse(&argp, argc, argv, 0, NULL, &args);
	ret = dvk_unbind_T(args.dc, args.ep, (long)(args.timeout * 1000));
	if (ret == EDVSTIMEDOUT)
		die("endpoint %d of DC %d is still bound after %g s; its process does "
		    "not end, see 'dvk ps' and kill it", args.ep, args.dc, args.timeout);
	if (ret < 0)
		die_call(ret, "cannot unbind endpoint %d of DC %d", args.ep, args.dc);
	return EXIT_SUCCESS;
}

static error_t parse_run(int key, char *arg, struct argp_state *state)
{
	struct bind_args *args = state->input;

	switch (key) {
	case ARGP_KEY_ARGS:
		args->command = &state->argv[state->next];
		return 0;
	case ARGP_KEY_END:
		if (!args->command)
			argp_error(state, "which program? give it after --");
		return parse(key, arg, state);
	default:
		return parse(key, arg, state);
	}
}

int cmd_run(int argc, char **argv)
{
	static const struct argp_option options[] = { OPTION_DC, OPTION_EP, { 0 } };
	const struct argp argp = {
		.options = options,
		.parser = parse_run,
		.args_doc = "-- PROGRAM [ARGUMENT...]",
		.doc = "Bind an endpoint and run a program that has it from the start. "
		       "It is given back when the program ends.",
		.children = COMMON_CHILDREN,
	};
	struct bind_args args = no_args();

	argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &args);
	take_name(args.command[0]);
	bind_self(args.dc, args.ep);
	/* The binding belongs to the process, so it outlives exec. */
	return run_program(args.command, "give its path, or see that it is in PATH");
}
