// SPDX-License-Identifier: GPL-2.0
/* dvk migrate: move an endpoint of another node to this one. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "tool.h"

struct migrate_args {
	char **command;
	double timeout;
	bool start;
	bool rollback;
	bool backup;
	int dc;
	int ep;
	int pid;
	int node;
};

static void rollback(const struct migrate_args *args)
{
	long ret = dvk_migr_rollback(args->dc, args->ep);

	if (ret != OK)
		warn("endpoint %d may still be frozen: %s; try 'dvk migrate --ep %d "
		     "--dc %d --rollback'", args->ep, dvk_strerror(ret), args->ep,
		     args->dc);
}

static void start(const struct migrate_args *args)
{
	long ret = dvk_migr_start(args->dc, args->ep);

	if (ret == EDVSPROCSTS)
		die("endpoint %d is frozen already; end that with --rollback",
		    args->ep);
	if (ret == EDVSBUSY)
		die("endpoint %d cannot be moved: it is a kernel thread's or a replica",
		    args->ep);
	if (ret == EDVSGRPLEADER)
		die("endpoint %d cannot be moved: other threads of its process are bound "
		    "too, and all would have to go", args->ep);
	if (ret != OK)
		die_call(ret, "cannot freeze endpoint %d of DC %d", args->ep, args->dc);
}

/* It moves when it next waits for a message, so this may take a while. */
static void commit(const struct migrate_args *args, int pid, int node)
{
	double end = now() + args->timeout;
	long ret;

	for (;;) {
		ret = dvk_migr_commit(pid, args->dc, args->ep, node);
		if ((ret != EDVSBUSY && ret != EDVSONCOPY) || stopped || now() >= end)
			break;
		pause_for(0.02);
	}
	if (ret == OK)
		return;
	if (ret != EDVSPROCSTS && ret != EDVSNOTCONN)
		rollback(args);
	if (ret == EDVSLCLPROC)
		die("endpoint %d is on this node already", args->ep);
	if (ret == EDVSBUSY || ret == EDVSONCOPY)
		die("endpoint %d did not wait for a message within %g s; see 'dvk ps' and "
		    "give it more --timeout", args->ep, args->timeout);
	if (ret == EDVSPROCSTS)
		die("endpoint %d is not frozen any more; somebody else has moved it or "
		    "rolled it back, see 'dvk ps'", args->ep);
	die_call(ret, "cannot move endpoint %d of DC %d", args->ep, args->dc);
}

static int move(const struct migrate_args *args)
{
	long node = this_node("cannot move an endpoint here");

	if (node < 0)
		die_call(EDVSDVSINIT, "cannot move an endpoint here");
	catch_stop();
	start(args);
	if (!args->command) {
		commit(args, args->backup ? PROC_NO_PID : args->pid, (int)node);
		return EXIT_SUCCESS;
	}
	take_name(args->command[0]);
	commit(args, (int)getpid(), (int)node);
	return run_program(args->command,
			   "the endpoint is lost, its old process is unbound");
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct migrate_args *args = state->input;
	int ways = args->backup + args->start + args->rollback;

	switch (key) {
	case 'p':
		args->pid = number(state, "--pid", arg, 1, INT_MAX);
		return 0;
	case 't':
		args->timeout = seconds(state, "--timeout", arg);
		return 0;
	case 'b':
		args->backup = true;
		return 0;
	case 's':
		args->start = true;
		return 0;
	case 'r':
		args->rollback = true;
		return 0;
	case ARGP_KEY_ARGS:
		args->command = &state->argv[state->next];
		return 0;
	case ARGP_KEY_END:
		if (args->ep == UNSET)
			argp_error(state, "which endpoint? give --ep");
		ways += args->command ? 1 : 0;
		ways += args->pid != UNSET;
		ways += args->node != UNSET;
		if (ways != 1)
			argp_error(state, "what is to go on with it? give a program, "
				   "--pid or --backup, or one of --start, --node and "
				   "--rollback");
		return 0;
	default:
		return parse_target(key, arg, state, &args->dc, &args->ep, &args->node);
	}
}

int cmd_migrate(int argc, char **argv)
{
	static const struct argp_option options[] = {
		OPTION_DC,
		OPTION_EP,
		{ "pid", 'p', "PID", 0, "This process goes on with it", 0 },
		{ "backup", 'b', NULL, 0, "Its backup on this node goes on with it", 0 },
		{ "timeout", 't', "SECONDS", 0,
		  "How long to wait until it can be moved (default 10)", 0 },
		{ NULL, 0, NULL, 0, "Single steps:", 1 },
		{ "start", 's', NULL, 0, "Freeze it: who sends to it waits", 0 },
		{ "node", 'N', "ID", 0, "Tell this node to which one a frozen one goes", 0 },
		{ "rollback", 'r', NULL, 0, "Let a frozen one go on where it is", 0 },
		{ 0 }
	};
	const struct argp argp = {
		.options = options,
		.parser = parse,
		.args_doc = "--ep ENDPOINT -- PROGRAM [ARGUMENT...]",
		.doc = "Move an endpoint of another node to this one, where a program goes "
		       "on with it. Who sends to it meanwhile waits."
		       "\vIts old process is unbound. What it knew is for the programs to "
		       "hand over; its pending notifications and whoever waits for it "
		       "move along.",
		.children = COMMON_CHILDREN,
	};
	struct migrate_args args = {
		.ep = UNSET, .pid = UNSET, .node = UNSET, .timeout = 10,
	};
	long ret;

	argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &args);
	if (args.start) {
		start(&args);
	} else if (args.rollback) {
		ret = dvk_migr_rollback(args.dc, args.ep);
		if (ret == EDVSPROCSTS)
			die("endpoint %d is not frozen; there is nothing to roll back",
			    args.ep);
		if (ret != OK)
			die_call(ret, "cannot roll endpoint %d of DC %d back", args.ep,
				 args.dc);
	} else if (args.node != UNSET) {
		commit(&args, PROC_NO_PID, args.node);
	} else {
		return move(&args);
	}
	return EXIT_SUCCESS;
}
