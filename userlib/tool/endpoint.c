// SPDX-License-Identifier: GPL-2.0
/* What the commands about an endpoint have in common. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>
#include "tool.h"

/* As of a shell: why a program was not run. */
#define EXIT_NO_EXEC	126
#define EXIT_NOT_FOUND	127

error_t parse_target(int key, const char *arg, const struct argp_state *state,
		     int *dc, int *ep, int *node)
{
	switch (key) {
	case 'd':
		*dc = number(state, "--dc", arg, 0, DVK_MAX_DCS - 1);
		return 0;
	case 'e':
		*ep = number(state, "--ep", arg, -DVK_MAX_SLOTS, INT_MAX);
		return 0;
	case 'N':
		*node = number(state, "--node", arg, 0, DVK_MAX_NODES - 1);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

void bind_self(int dc, int ep)
{
	long ret = dvk_bind(dc, ep);

	if (ret != ep)
		die_call(ret, "cannot bind endpoint %d in DC %d", ep, dc);
}

void take_name(const char *program)
{
	const char *slash = strrchr(program, '/');

	prctl(PR_SET_NAME, slash ? slash + 1 : program);
}

int run_program(char **command, const char *advice_text)
{
	int err;

	execvp(command[0], command);
	err = errno;
	warn("cannot run %s: %s; %s", command[0], strerror(err), advice_text);
	return err == ENOENT ? EXIT_NOT_FOUND : EXIT_NO_EXEC;
}

long this_node(const char *what)
{
	dvs_usr_t dvs;
	long ret;

	memset(&dvs, 0, sizeof(dvs));
	ret = dvk_getdvsinfo(&dvs);
	/* Only an answer fills in the limits: -1 is also EDVSPERM. */
	if (ret < 0 && !dvs.d_nr_nodes)
		die_call(ret, "%s", what);
	return ret;
}

void warn_no_dvs(void)
{
	if (!opt_json)
		warn("this node is not part of a DVS; 'dvk node init ID' makes it so");
}
