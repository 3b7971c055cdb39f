// SPDX-License-Identifier: GPL-2.0
/* dvk: set up and look at a DVS. Finds the command and runs it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tool.h"

bool opt_json;

static const struct command {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *what;
} commands[] = {
	{ "node", cmd_node, "this node: show, init, end, set" },
	{ "dc", cmd_dc, "distributed containers: list, add, del, join, leave" },
	{ "peer", cmd_peer, "connections to other nodes: list, add, del, up, down" },
	{ "ps", cmd_ps, "bound processes" },
	{ "stat", cmd_stat, "counters and rates" },
	{ "ping", cmd_ping, "round trips to an endpoint or a node" },
	{ "monitor", cmd_monitor, "events as they happen" },
	{ "rmtbind", cmd_rmtbind, "tell this node where an endpoint lives" },
	{ "unbind", cmd_unbind, "give an endpoint back" },
	{ "run", cmd_run, "bind an endpoint and run a program with it" },
	{ "migrate", cmd_migrate, "move an endpoint of another node here" },
};

static error_t parse_common(int key, char *arg, struct argp_state *state)
{
	(void)arg;
	(void)state;
	switch (key) {
	case 'j':
		opt_json = true;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option common_options[] = {
	{ "json", 'j', NULL, 0, "Print JSON", -1 },
	{ 0 }
};

const struct argp common_argp = { .options = common_options, .parser = parse_common };

static int run_command(struct argp_state *state, const char *name)
{
	int argc = state->argc - state->next + 1;
	char **argv = &state->argv[state->next - 1];
	char *title;

	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		if (strcmp(commands[i].name, name))
			continue;
		/* Help and errors of a command name it: "dvk node". */
		if (asprintf(&title, "dvk %s", name) < 0)
			die("out of memory");
		argv[0] = title;
		return commands[i].run(argc, argv);
	}
	argp_error(state, "there is no command '%s'", name);
	return EXIT_BAD_USAGE;
}

static error_t parse_main(int key, char *arg, struct argp_state *state)
{
	int *status = state->input;

	switch (key) {
	case ARGP_KEY_ARG:
		*status = run_command(state, arg);
		state->next = state->argc;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_state_help(state, stdout, ARGP_HELP_STD_HELP);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static char *main_help(int key, const char *text, void *input)
{
	char *buf = NULL;
	size_t size;
	FILE *f;

	(void)input;
	if (key != ARGP_KEY_HELP_PRE_DOC)
		return (char *)text;
	f = open_memstream(&buf, &size);
	if (!f)
		return (char *)text;
	fprintf(f, "%s\n\nCommands:\n", text);
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		fprintf(f, "  %-10s %s\n", commands[i].name, commands[i].what);
	fprintf(f, "\n'dvk COMMAND --help' tells more.\n");
	fclose(f);
	return buf;
}

const char *argp_program_version = "dvk " DVK_TOOL_VERSION;

int main(int argc, char **argv)
{
	const struct argp argp = {
		.parser = parse_main,
		.args_doc = "COMMAND [ARGUMENT...]",
		.doc = "Set up and look at a DVS: nodes whose processes exchange "
		       "messages and memory by endpoint, wherever they run.",
		.help_filter = main_help,
		.children = COMMON_CHILDREN,
	};
	int status = 0;

	argp_err_exit_status = EXIT_BAD_USAGE;
	argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &status);
	if (fflush(stdout) || ferror(stdout))
		die("cannot write to standard output");
	return status;
}
