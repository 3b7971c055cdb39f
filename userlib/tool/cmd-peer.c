// SPDX-License-Identifier: GPL-2.0
/* dvk peer: the connections to other nodes. */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tool.h"

static const char *const attributes[] = {
	"name", "transport", "address", "local_address", "insecure", "trust", "enabled",
	"state", "rtt_us", "tx_msgs",
	"rx_msgs", "tx_bytes", "rx_bytes", "tx_zerocopy_bytes", "reconnects",
	"bad_frames", "stale", "lost", "queue_len",
};

#define OPT_INSECURE	256
#define OPT_TRUST	257

struct peer_args {
	const char *verb;
	const char *transport;
	const char *address;
	const char *local;
	const char *name;
	const char *key_file;
	const char *insecure;	/* its value, or NULL */
	bool trust;
	double wait;
	int id;
};

/* Cuts "SECONDS TEXT" of last_error in two; the text, or NULL if there is none. */
static char *last_error(int id, long long *at)
{
	char *line = attr_read("peers/%d/last_error", id), *text;

	if (!line)
		return NULL;
	*at = strtoll(line, &text, 10);
	if (*text != ' ') {
		free(line);
		return NULL;
	}
	memmove(line, text + 1, strlen(text + 1) + 1);
	return line;
}

static void get_last_error(json_t *peer, int id)
{
	const char *state = json_string_value(json_object_get(peer, "state"));
	long long at = 0;
	char *text = last_error(id, &at);

	json_object_set_new(peer, "last_error", text ? json_string(text) : json_null());
	json_object_set_new(peer, "last_error_at", text ? json_integer(at) : json_null());
	/* In the table what is over is of no use. */
	if (text && state && strcmp(state, "up"))
		json_object_set_new(peer, "why", json_string(text));
	free(text);
}

static int list(void)
{
	static const struct column columns[] = {
		{ "ID", "id", true },
		{ "NAME", "name", false },
		{ "TRANSPORT", "transport", false },
		{ "ADDRESS", "address", false },
		{ "STATE", "state", false },
		{ "RTT_US", "rtt_us", true },
		{ "TX_MSGS", "tx_msgs", true },
		{ "RX_MSGS", "rx_msgs", true },
		{ "RECONNECTS", "reconnects", true },
		{ "WHY", "why", false },
	};
	int *ids = numbered("peers");
	json_t *rows = json_array();
	char *self = attr_read("nodeid");

	if (self && atoi(self) < 0)
		warn_no_dvs();
	free(self);
	for (int *id = ids; *id >= 0; id++) {
		json_t *peer = json_object();
		char dir[32];

		snprintf(dir, sizeof(dir), "peers/%d", *id);
		json_object_set_new(peer, "id", json_integer(*id));
		for (size_t i = 0; i < ARRAY_SIZE(attributes); i++)
			attr_get(peer, dir, attributes[i]);
		get_last_error(peer, *id);
		/* One that was switched off is not trying. */
		if (!json_integer_value(json_object_get(peer, "enabled"))) {
			json_object_del(peer, "why");
			if (!opt_json)
				json_object_set_new(peer, "state", json_string("off"));
		}
		if (opt_json)
			json_object_del(peer, "why");
		json_array_append_new(rows, peer);
	}
	free(ids);
	print_table(rows, columns, ARRAY_SIZE(columns));
	json_decref(rows);
	return EXIT_SUCCESS;
}

static void require(int id)
{
	char *name = attr_read("peers/%d/transport", id);

	if (!name)
		die("there is no peer %d; 'dvk peer' lists the peers", id);
	free(name);
}

/*
 * The module takes numbers: ADDR is 10.0.0.2, 10.0.0.2:3000, fe80::1,
 * [fe80::1]:3000, host or host:3000.
 */
static void resolve(const char *arg, char *out, size_t size)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *res;
	char host[NI_MAXHOST], ip[NI_MAXHOST];	/* with %DEVICE */
	const char *port = NULL, *colon = strrchr(arg, ':');
	size_t len = strlen(arg);
	int err;

	if (arg[0] == '[') {
		const char *end = strchr(arg, ']');

		if (!end || (end[1] && end[1] != ':'))
			die("'%s' is no address; write [IPV6]:PORT", arg);
		len = (size_t)(end - arg) - 1;
		arg++;
		port = end[1] ? end + 2 : NULL;
	} else if (colon && colon == strchr(arg, ':')) {
		len = (size_t)(colon - arg);
		port = colon + 1;
	}
	if (!len || len >= sizeof(host))
		die("'%s' is no address; write ADDRESS or ADDRESS:PORT", arg);
	memcpy(host, arg, len);
	host[len] = '\0';
	if (port) {
		char *end;
		long n = strtol(port, &end, 10);

		if (end == port || *end || n < 1 || n > 65535)
			die("the port must be 1 to 65535, not '%s'", port);
	}

	err = getaddrinfo(host, NULL, &hints, &res);
	if (err)
		die("cannot find the address of '%s': %s; give it as a number", host,
		    gai_strerror(err));
	err = getnameinfo(res->ai_addr, res->ai_addrlen, ip, sizeof(ip), NULL, 0,
			  NI_NUMERICHOST);
	if (err)
		die("cannot use the address of '%s': %s", host, gai_strerror(err));
	if (port)
		snprintf(out, size, res->ai_family == AF_INET6 ? "[%s]:%s" : "%s:%s", ip, port);
	else
		snprintf(out, size, "%s", ip);
	freeaddrinfo(res);
}

/* What has to be looked at if a connection does not come. */
static const char *wait_advice(int id)
{
	char *transport = attr_read("peers/%d/transport", id);
	bool programs = transport && !strcmp(transport, "user");

	free(transport);
	if (programs)
		return "see that dvk-proxy runs on this node "
		       "and leads there, and what it says";
	return "see that it runs with the same DVS name, has this node as a peer, at "
	       "the address that this one comes from (--local chooses among several), "
	       "and that its port is not filtered";
}

/*
 * The first line of a file, or of standard input if that is "-"; it does not
 * appear among the arguments, which everybody can read.
 */
static void read_key(const char *path, char *key, size_t size)
{
	FILE *f = strcmp(path, "-") ? fopen(path, "re") : stdin;
	size_t len;

	if (!f)
		die("cannot read the key from %s: %s", path, strerror(errno));
	if (!fgets(key, (int)size, f))
		die("there is no key in %s", path);
	len = strcspn(key, "\n");
	if (!key[len] && len + 1 == size)
		die("the key in %s is too long; it has at most %zu bytes", path, size - 2);
	key[len] = '\0';
	if (f != stdin)
		fclose(f);
}

static void die_not_up(int id, double wait) __attribute__((noreturn));
static void die_not_up(int id, double wait)
{
	long long at;
	char *text = last_error(id, &at);

	if (text)
		die("peer %d is set up but not connected after %g s: %s; %s", id, wait,
		    text, wait_advice(id));
	die("peer %d is set up but not connected after %g s; %s", id, wait,
	    wait_advice(id));
}

/* Waits for the connection; there is always a reason why it does not come. */
static int wait_up(const struct peer_args *args)
{
	double end = now() + args->wait;

	while (now() < end) {
		char *state = attr_read("peers/%d/state", args->id);
		bool up = state && !strcmp(state, "up");

		if (!state)
			die("peer %d was removed", args->id);
		free(state);
		if (up)
			return EXIT_SUCCESS;
		pause_for(0.02);
	}
	die_not_up(args->id, args->wait);
}

static int set_enabled(const struct peer_args *args, bool on)
{
	int err;

	err = attr_write(on ? "1" : "0", "peers/%d/enabled", args->id);
	if (err)
		die("cannot take peer %d %s: %s", args->id, on ? "up" : "down",
		    err == -EINVAL ? "its transport is not set; remove it and add it again"
				   : write_advice(err));
	return on && args->wait > 0 ? wait_up(args) : EXIT_SUCCESS;
}

/* A module that there is may have to be loaded, another name is a slip. */
static void no_transport(const char *name)
{
	if (!strcmp(name, "tcp") || !strcmp(name, "tipc"))
		warn("the transport %s is not loaded; modprobe kproxy_%s", name, name);
	else
		warn("there is no transport '%s'; there are tcp, tipc and user, and others "
		     "if their module is loaded", name);
}

/* One attribute of a peer that is being made. */
static bool try_set(int id, const char *attribute, const char *value)
{
	int err = attr_write(value, "peers/%d/%s", id, attribute);

	switch (-err) {
	case 0:
		return true;
	case ENOENT:
	case EPROTONOSUPPORT:
		if (!strcmp(attribute, "transport")) {
			no_transport(value);
			return false;
		}
		/* fall through */
	default:
		if (!strcmp(attribute, "key")) {
			warn("cannot set the key of peer %d: %s", id,
			     err == -EINVAL || err == -ENAMETOOLONG ?
			     "it must be 16 to 80 visible characters" : write_advice(err));
			return false;
		}
		warn("cannot set the %s of peer %d to %s: %s", attribute, id, value,
		     write_advice(err));
		return false;
	}
}

static int add(const struct peer_args *args)
{
	char address[NI_MAXHOST + 16] = "", local[NI_MAXHOST + 16] = "";
	char id[16], *self = attr_read("nodeid");
	char key[128] = "";
	bool ok;
	int err;

	if (self && atoi(self) < 0)
		die("this node is not part of a DVS; 'dvk node init ID' makes it so");
	if (self && atoi(self) == args->id)
		die("node %d is this node; a peer is another one", args->id);
	free(self);
	if (args->address)
		resolve(args->address, address, sizeof(address));
	if (args->local)
		resolve(args->local, local, sizeof(local));

	if (args->key_file)
		read_key(args->key_file, key, sizeof(key));

	snprintf(id, sizeof(id), "%d", args->id);
	err = attr_write(id, "new_peer");
	if (err == -EEXIST)
		die("peer %d exists already; 'dvk peer del %d' removes it", args->id,
		    args->id);
	if (err)
		die("cannot add peer %d: %s", args->id, write_advice(err));

	ok = try_set(args->id, "transport", args->transport) &&
	     (!*address || try_set(args->id, "address", address)) &&
	     (!args->local || try_set(args->id, "local_address", local)) &&
	     (!args->name || try_set(args->id, "name", args->name)) &&
	     (!args->key_file || try_set(args->id, "key", key)) &&
	     (!args->insecure || try_set(args->id, "insecure", args->insecure)) &&
	     (!args->trust || try_set(args->id, "trust", "1")) &&
	     try_set(args->id, "enabled", "1");
	explicit_bzero(key, sizeof(key));
	if (!ok) {
		/* All or nothing, so that the same command can be tried again. */
		attr_write(id, "del_peer");
		die("peer %d was not added", args->id);
	}
	return args->wait > 0 ? wait_up(args) : EXIT_SUCCESS;
}

static int del(int id)
{
	char text[16];
	int err;

	require(id);
	snprintf(text, sizeof(text), "%d", id);
	err = attr_write(text, "del_peer");
	if (err)
		die("cannot remove peer %d: %s", id, write_advice(err));
	return EXIT_SUCCESS;
}

static void check_args(struct argp_state *state, const struct peer_args *args)
{
	bool adding;

	if (!args->verb || !strcmp(args->verb, "list")) {
		if (state->arg_num > 1)
			argp_error(state, "list takes no arguments");
		return;
	}
	adding = !strcmp(args->verb, "add");
	if (!adding && strcmp(args->verb, "del") && strcmp(args->verb, "up") &&
	    strcmp(args->verb, "down"))
		argp_error(state, "there is no 'dvk peer %s'", args->verb);
	if (args->id < 0)
		argp_error(state, "%s takes the id of a node", args->verb);
	if (!adding && state->arg_num > 2)
		argp_error(state, "%s takes one argument", args->verb);
	if (!adding)
		return;
	if (!args->transport)
		argp_error(state, "add takes ID, a transport (tcp, tipc or user), and for "
			   "tcp the ADDRESS");
	else if (!strcmp(args->transport, "tcp") && !args->address)
		argp_error(state, "tcp needs the ADDRESS of the node");
	else if (!strcmp(args->transport, "tipc") && args->address)
		argp_error(state, "tipc finds the node by its id; give no address");
	else if (!strcmp(args->transport, "user") && args->address)
		argp_error(state, "a program connects to the node; give the address to it, "
			   "as in 'dvk-proxy %d=%s'", args->id, args->address);
	else if (strcmp(args->transport, "user") && !args->key_file && !args->insecure)
		argp_error(state, "how is the node to be known? Give --key-file FILE, with the "
			   "same key on both nodes, or --insecure");
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct peer_args *args = state->input;

	switch (key) {
	case 'k':
		args->key_file = arg;
		return 0;
	case OPT_INSECURE:
		if (arg && strcmp(arg, "any"))
			argp_error(state, "--insecure takes no value but 'any'");
		args->insecure = arg ? "2" : "1";
		return 0;
	case OPT_TRUST:
		args->trust = true;
		return 0;
	case 'n':
		args->name = arg;
		if (!*arg || strlen(arg) >= DVK_NAME_LEN)
			argp_error(state, "a name has 1 to %d bytes", DVK_NAME_LEN - 1);
		return 0;
	case 'l':
		args->local = arg;
		return 0;
	case 'w':
		args->wait = seconds(state, "--wait", arg);
		return 0;
	case ARGP_KEY_ARG:
		if (state->arg_num == 0)
			args->verb = arg;
		else if (state->arg_num == 1)
			args->id = number(state, "the node id", arg, 0, DVK_MAX_NODES - 1);
		else if (state->arg_num == 2)
			args->transport = arg;
		else if (state->arg_num == 3)
			args->address = arg;
		else
			argp_error(state, "too many arguments");
		return 0;
	case ARGP_KEY_END:
		check_args(state, args);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

int cmd_peer(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "name", 'n', "NAME", 0, "For add: name to show for the node", 0 },
		{ "key-file", 'k', "FILE", 0,
		  "For add: the key that both nodes must have, 16 to 80 visible characters; "
		  "- is standard input", 0 },
		{ "insecure", OPT_INSECURE, "any", OPTION_ARG_OPTIONAL,
		  "For add: without a key; over TCP it must then call from a port below 1024, "
		  "except with =any", 0 },
		{ "local", 'l', "ADDRESS", 0,
		  "For add: connect from this address of this node", 0 },
		{ "trust", OPT_TRUST, NULL, 0,
		  "For add: believe what it says of others than those who live on it", 0 },
		{ "wait", 'w', "SECONDS", 0,
		  "For add and up: wait until it is connected, at most so long", 0 },
		{ 0 }
	};
	const struct argp argp = {
		.options = options,
		.parser = parse,
		.args_doc = "[list]\nadd ID tcp ADDRESS[:PORT] --key-file FILE\n"
			    "add ID tipc --key-file FILE\n"
			    "add ID user\ndel ID\nup ID\ndown ID",
		.doc = "List or change the connections to other nodes."
		       "\vBoth nodes need each other as peers, and the same DVS name. "
		       "The state is down, connecting, up, or off after 'dvk peer down'; WHY is the "
		       "reason if it is not up. "
		       "The default port is 3000. The transport user is for programs, "
		       "such as dvk-proxy, that carry the frames in place "
		       "of a module.",
		.children = COMMON_CHILDREN,
	};
	struct peer_args args = { .id = -1 };

	argp_parse(&argp, argc, argv, 0, NULL, &args);
	sysfs_check();
	if (!args.verb || !strcmp(args.verb, "list"))
		return list();
	if (!strcmp(args.verb, "add"))
		return add(&args);
	if (!strcmp(args.verb, "del"))
		return del(args.id);
	require(args.id);
	return set_enabled(&args, !strcmp(args.verb, "up"));
}
