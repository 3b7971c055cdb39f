// SPDX-License-Identifier: GPL-2.0
/*
 * Options and the configuration file. A line of the file is one of the long
 * options without its dashes, so that there is one list of them, one place that
 * reads them and one that describes them.
 */
#include <argp.h>
#include <ctype.h>
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "proxy.h"

#define LINE_MAX_BYTES	512

const char *argp_program_version = DVK_TOOL_VERSION;

enum { OPT_PEER = 0x100 };

static const struct net *const nets[] = {
	&net_tcp, &net_tipc, &net_udp, &net_eth,
};

/* Arguments that name peers; they are looked at when the node is known. */
static char **peer_args;
static int nr_peer_args;
/* The line of the configuration that is being read, or NULL. */
static const char *where;

static const struct argp_option options[] = {
	{ "transport", 't', "NAME", 0,
	  "tcp, tipc, udp or eth, which is raw Ethernet (tcp, or what the name of the program says)",
	  0 },
	{ "port", 'p', "PORT", 0,
	  "TCP or UDP port to listen on, and of peers without one (3000)", 0 },
	{ "device", 'd', "NAME", 0, "Network device, of raw Ethernet", 0 },
	{ "keepalive", 'k', "MS", 0,
	  "A peer that says nothing for so many milliseconds is lost (5000)",
	  0 },
	{ "batch", 'b', NULL, 0,
	  "Send messages that are there together in one frame, to peers that do so too",
	  0 },
	{ "compress", 'z', NULL, 0,
	  "Pack what is copied with LZ4, for peers that do so too", 0 },
	{ "original", 'o', NULL, 0,
	  "Connect as the original proxies do: one connection for each direction, and no HELLO",
	  0 },
	{ "config", 'f', "FILE", 0,
	  "Read options from FILE: a line is a long option without its dashes",
	  0 },
	{ "peer", OPT_PEER, "PEER", 0, "The same as the argument PEER", 0 },
	{ "verbose", 'v', NULL, 0, "Tell of failed attempts to connect", 0 },
	{ 0 }
};

static int number(struct argp_state *state, const char *arg, int min, int max)
{
	char *end;
	long n = strtol(arg, &end, 10);

	if (end == arg || *end || n < min || n > max)
		argp_error(state, "%s is not a number from %d to %d", arg, min,
			   max);
	return n;
}

static const struct net *find_net(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(nets) / sizeof(nets[0]); i++)
		if (!strcmp(nets[i]->name, name))
			return nets[i];
	return NULL;
}

static void keep_peer(const char *arg)
{
	char **args = reallocarray(peer_args, nr_peer_args + 1, sizeof(*args));
	char *copy = strdup(arg);

	if (!args || !copy)
		errx(EXIT_FAILURE, "no memory");
	args[nr_peer_args++] = copy;
	peer_args = args;
}

static void read_config(const char *file);

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	switch (key) {
	case 't':
		settings.net = find_net(arg);
		if (!settings.net)
			argp_error(state, "there is no transport %s: tcp, tipc, udp or eth",
				   arg);
		return 0;
	case 'p':
		settings.port = number(state, arg, 1, 65535);
		return 0;
	case 'd':
		settings.device = strdup(arg);
		return 0;
	case 'k':
		settings.keepalive_ms = number(state, arg, 100, 3600000);
		return 0;
	case 'b':
		settings.features |= DVK_HELLO_F_BATCH;
		return 0;
	case 'z':
		settings.features |= DVK_HELLO_F_LZ4;
		return 0;
	case 'o':
		settings.original = true;
		return 0;
	case 'f':
		if (where)
			argp_error(state, "a configuration cannot name another one");
		read_config(arg);
		return 0;
	case 'v':
		settings.verbose = true;
		return 0;
	case OPT_PEER:
	case ARGP_KEY_ARG:
		keep_peer(arg);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse_option,
	.args_doc = "PEER...",
	.doc = "Carry the frames of DVK between nodes, as the kernel's proxies do."
	       "\vPEER is ID=ADDRESS[:PORT] over tcp and udp, ID over tipc, and ID=MAC over eth.",
};

/* --- the configuration --- */

/* "name value", "name = value" or "name": as the option --name=value. */
static bool as_option(char *line, char *option, size_t size)
{
	char *name, *value, *end;

	line[strcspn(line, "#\n")] = 0;
	name = line + strspn(line, " \t");
	end = name + strlen(name);
	while (end > name && isspace((unsigned char)end[-1]))
		*--end = 0;
	if (!*name)
		return false;
	value = name + strcspn(name, " \t=");
	if (*value) {
		end = value + strspn(value, " \t");
		if (*end == '=')
			end++;
		end += strspn(end, " \t");
		*value = 0;
		value = end;
	}
	snprintf(option, size, "--%s%s%s", name, *value ? "=" : "", value);
	return true;
}

static void read_config(const char *file)
{
	char line[LINE_MAX_BYTES], option[LINE_MAX_BYTES + 4];
	char place[LINE_MAX_BYTES];
	FILE *f = fopen(file, "re");
	char *argv[3];
	int nr = 0;

	if (!f)
		err(2, "%s", file);
	argv[0] = place;
	argv[1] = option;
	argv[2] = NULL;
	where = place;
	while (fgets(line, sizeof(line), f)) {
		nr++;
		if (!strchr(line, '\n') && !feof(f))
			errx(2, "%s, line %d: too long", file, nr);
		if (!as_option(line, option, sizeof(option)))
			continue;
		/* What argp calls the program when something is wrong. */
		snprintf(place, sizeof(place), "%s, line %d", file, nr);
		argp_parse(&argp, 2, argv, ARGP_NO_HELP | ARGP_IN_ORDER, NULL,
			   NULL);
	}
	if (ferror(f))
		err(2, "%s", file);
	fclose(f);
	where = NULL;
}

/* --- all of it --- */

/* dvk-proxy-udp is dvk-proxy --transport=udp. */
static void heed_name(void)
{
	const char *name = program_invocation_short_name;
	const struct net *net;

	settings.net = &net_tcp;
	if (strncmp(name, "dvk-proxy-", 10))
		return;
	net = find_net(name + 10);
	if (net)
		settings.net = net;
}

void options_parse(int argc, char **argv)
{
	heed_name();
	argp_err_exit_status = 2;
	argp_parse(&argp, argc, argv, 0, NULL, NULL);
	if (!nr_peer_args)
		errx(2, "no peer is given, see --help");
	if (settings.original && !settings.net->original)
		errx(2, "the original proxies have tcp and tipc, not %s",
		     settings.net->name);
}

void options_add_peers(void)
{
	const char *why;
	int i;

	for (i = 0; i < nr_peer_args; i++) {
		why = peer_add(peer_args[i]);
		if (why)
			errx(2, "%s: %s", peer_args[i], why);
	}
}
