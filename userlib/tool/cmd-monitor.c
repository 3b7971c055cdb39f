// SPDX-License-Identifier: GPL-2.0
/* dvk monitor: events as they happen, from the tracepoints and from sysfs. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <regex.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>
#include "tool.h"

#define TRACEFS		"/sys/kernel/tracing"
#define PATH_LEN	512

/*
 * What can be shown. The filters are the kernel's own, %d is the endpoint; an
 * event without one has no endpoint, and is not shown if one is asked for.
 */
static const struct event {
	const char *name;
	const char *by_ep;
	bool has_dc;
	bool usual;
} events[] = {
	{ "bind", "ep==%d", true, true },
	{ "unbind", "ep==%d", true, true },
	{ "send", "(ep==%d||dst==%d)", true, true },
	{ "deliver", "(ep==%d||from==%d)", true, true },
	{ "wake", "ep==%d", true, false },
	{ "call_return", "ep==%d", true, true },
	{ "frame_out", "(src==%d||dst==%d)", true, false },
	{ "frame_in", "(src==%d||dst==%d)", true, false },
	{ "ack", "ep==%d", true, false },
	{ "pin", "ep==%d", true, false },
	{ "unpin", NULL, false, false },
};

#define PEER_EVENT	ARRAY_SIZE(events)	/* the one from sysfs */
#define NR_EVENTS	(ARRAY_SIZE(events) + 1)

struct monitor_args {
	bool wanted[NR_EVENTS];
	bool chosen;
	double duration;
	long count;
	int dc;
	int ep;
};

static char instance[PATH_LEN / 2];
static long shown;

/* ---- Output: an object has time, event, and what the event has to tell ---- */

static void show(json_t *event)
{
	const char *key;
	json_t *value;
	char text[256];

	shown++;
	if (opt_json) {
		json_dumpf(event, stdout, JSON_COMPACT | JSON_REAL_PRECISION(16));
		putchar('\n');
	} else {
		printf("%.6f %-11s", json_real_value(json_object_get(event, "time")),
		       json_string_value(json_object_get(event, "event")));
		json_object_foreach(event, key, value) {
			if (!strcmp(key, "time") || !strcmp(key, "event"))
				continue;
			value_text(value, text, sizeof(text));
			printf(" %s=%s", key, text);
		}
		putchar('\n');
	}
	fflush(stdout);
	json_decref(event);
}

static json_t *new_event(double time, const char *name)
{
	json_t *event = json_object();

	json_object_set_new(event, "time", json_real(time));
	json_object_set_new(event, "event", json_string(name));
	return event;
}

/* ---- Tracepoints ---- */

static int trace_write(const char *value, const char *file)
{
	char path[PATH_LEN];
	int fd, err = 0;

	snprintf(path, sizeof(path), "%s/%s", instance, file);
	fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (write(fd, value, strlen(value)) < 0)
		err = -errno;
	close(fd);
	return err;
}

/* An instance is ours alone; to remove it switches its events off. */
static void trace_end(void)
{
	if (*instance)
		rmdir(instance);
}

/* 'ip netns exec' has a /sys of its own, without what was mounted in it. */
static void trace_mount(void)
{
	if (!access(TRACEFS "/events", F_OK))
		return;
	if (geteuid())
		die("events can only be seen by root; run it with sudo");
	if (access(TRACEFS, F_OK))
		die("this kernel has no tracing (CONFIG_FTRACE); 'dvk monitor --event "
		    "peer' works without it");
	if (unshare(CLONE_NEWNS) || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("tracefs", TRACEFS, "tracefs", 0, NULL))
		die("cannot mount tracefs: %s; mount -t tracefs none " TRACEFS,
		    strerror(errno));
}

static void enable(const struct event *event, const struct monitor_args *args)
{
	char file[PATH_LEN], filter[128] = "", by_ep[64] = "";
	int err;

	if (args->ep != UNSET)
		snprintf(by_ep, sizeof(by_ep), event->by_ep, args->ep, args->ep);
	if (args->dc >= 0)
		snprintf(filter, sizeof(filter), "dcid==%d%s%s", args->dc,
			 *by_ep ? "&&" : "", by_ep);
	else
		snprintf(filter, sizeof(filter), "%s", by_ep);
	snprintf(file, sizeof(file), "events/dvk/%s/filter", event->name);
	err = *filter ? trace_write(filter, file) : 0;
	if (!err) {
		snprintf(file, sizeof(file), "events/dvk/%s/enable", event->name);
		err = trace_write("1", file);
	}
	if (err == -ENOENT)
		die("the loaded module has no event '%s'; it is older than this command: "
		    "update it and reload it", event->name);
	if (err)
		die("cannot switch the event '%s' on: %s", event->name, strerror(-err));
}

static int trace_begin(const struct monitor_args *args)
{
	char path[PATH_LEN];
	int fd;

	trace_mount();
	if (access(TRACEFS "/events/dvk", F_OK))
		die(geteuid() ? "events can only be seen by root; run it with sudo"
			      : "the module is not loaded; modprobe dvk");
	snprintf(instance, sizeof(instance), TRACEFS "/instances/dvk-%d", (int)getpid());
	if (mkdir(instance, 0700)) {
		*instance = '\0';
		die("cannot make a trace instance: %s; see that root runs it and that "
		    TRACEFS " is writable", strerror(errno));
	}
	atexit(trace_end);
	/* The clock of other logs: dmesg's differs from that of a fast CPU. */
	trace_write("mono", "trace_clock");
	for (size_t i = 0; i < ARRAY_SIZE(events); i++)
		if (args->wanted[i] && (args->ep == UNSET || events[i].by_ep) &&
		    (args->dc < 0 || events[i].has_dc))
			enable(&events[i], args);
	snprintf(path, sizeof(path), "%s/trace_pipe", instance);
	fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		die("cannot read %s: %s", path, strerror(errno));
	return fd;
}

/* "a=1 b=x name=may have blanks" */
static void add_fields(json_t *event, char *text)
{
	while (*text) {
		char *equals = strchr(text, '='), *end, *rest;
		long long n;

		if (!equals)
			return;
		*equals++ = '\0';
		end = !strcmp(text, "name") ? NULL : strchr(equals, ' ');
		if (end)
			*end++ = '\0';
		n = strtoll(equals, &rest, 10);
		json_object_set_new(event, text, *equals && !*rest ? json_integer(n) :
				    json_string(equals) ?: json_string("?"));
		text = end ? end : equals + strlen(equals);
	}
}

/* "   server-701   [000] d..1.  123.456789: send: dc=0 ..." */
static void show_line(const regex_t *re, char *line)
{
	enum { TASK = 1, PID, TIME, NAME, FIELDS, NR };
	regmatch_t m[NR];
	json_t *event;

	if (regexec(re, line, NR, m, 0))
		return;
	for (int i = TASK; i < NR; i++)
		line[m[i].rm_eo] = '\0';
	event = new_event(strtod(line + m[TIME].rm_so, NULL), line + m[NAME].rm_so);
	json_object_set_new(event, "task", json_string(line + m[TASK].rm_so) ?:
						   json_string("?"));
	/* Not "pid", which some events have: who is bound need not be who did it. */
	json_object_set_new(event, "task_pid",
			    json_integer(strtol(line + m[PID].rm_so, NULL, 10)));
	add_fields(event, line + m[FIELDS].rm_so);
	show(event);
}

static bool full(const struct monitor_args *args)
{
	return args->count && shown >= args->count;
}

/* Shows all whole lines that are there; the rest stays in @buf. */
static void read_trace(int fd, const regex_t *re, const struct monitor_args *args)
{
	static char buf[65536];
	static size_t used;
	ssize_t n;

	while (!full(args) && (n = read(fd, buf + used, sizeof(buf) - 1 - used)) > 0) {
		char *line = buf, *end;

		used += (size_t)n;
		buf[used] = '\0';
		while (!full(args) && (end = strchr(line, '\n'))) {
			*end = '\0';
			show_line(re, line);
			line = end + 1;
		}
		used = strlen(line);
		memmove(buf, line, used);
		/* No line is so long: this is not what we can read. */
		if (used == sizeof(buf) - 1)
			used = 0;
	}
}

/* ---- States of peers ---- */

static void look_at_peers(json_t **before)
{
	json_t *after = json_object(), *state;
	int *ids = numbered("peers");
	const char *key;

	for (int *id = ids; *id >= 0; id++) {
		char name[16], *text = attr_read("peers/%d/state", *id);

		snprintf(name, sizeof(name), "%d", *id);
		json_object_set_new(after, name, json_string(text ? text : "removed"));
		free(text);
	}
	free(ids);
	if (*before) {
		json_object_foreach(*before, key, state) {
			if (!json_object_get(after, key) &&
			    strcmp(json_string_value(state), "removed"))
				json_object_set_new(after, key, json_string("removed"));
		}
		json_object_foreach(after, key, state) {
			json_t *event;

			if (json_equal(state, json_object_get(*before, key)))
				continue;
			event = new_event(now(), "peer");
			json_object_set_new(event, "peer", json_integer(atoi(key)));
			json_object_set(event, "state", state);
			show(event);
		}
	}
	json_decref(*before);
	*before = after;
}

/* ---- The command ---- */

static int monitor(const struct monitor_args *args)
{
	double end = now() + args->duration;
	json_t *peers = NULL;
	bool traced = false;
	regex_t re;
	int fd = -1;

	catch_stop();
	/* A closed pipe must not leave the trace instance behind. */
	signal(SIGPIPE, SIG_IGN);
	if (regcomp(&re, "^ *(.*)-([0-9]+) +\\[[0-9]+\\] +[^ ]+ +([0-9.]+): ([a-z_]+): (.*)$",
		    REG_EXTENDED))
		die("out of memory");
	/* Before the first event, so that nothing of what follows is missed. */
	look_at_peers(&peers);
	for (size_t i = 0; i < ARRAY_SIZE(events); i++)
		traced |= args->wanted[i];
	if (traced)
		fd = trace_begin(args);
	if (!opt_json)
		fprintf(stderr, "dvk: watching; end with Ctrl-C\n");

	while (!stopped && !full(args) && !ferror(stdout) &&
	       (args->duration <= 0 || now() < end)) {
		if (fd >= 0)
			read_trace(fd, &re, args);
		if (args->wanted[PEER_EVENT] && !full(args))
			look_at_peers(&peers);
		if (!full(args))
			pause_for(0.05);
	}
	if (fd >= 0) {
		read_trace(fd, &re, args);
		close(fd);
	}
	json_decref(peers);
	regfree(&re);
	return EXIT_SUCCESS;
}

static void choose(struct argp_state *state, struct monitor_args *args, const char *name)
{
	args->chosen = true;
	if (!strcmp(name, "all")) {
		for (size_t i = 0; i < NR_EVENTS; i++)
			args->wanted[i] = true;
		return;
	}
	if (!strcmp(name, "peer")) {
		args->wanted[PEER_EVENT] = true;
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(events); i++) {
		if (!strcmp(name, events[i].name)) {
			args->wanted[i] = true;
			return;
		}
	}
	argp_error(state, "there is no event '%s'; --help lists them", name);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct monitor_args *args = state->input;

	switch (key) {
	case 'E':
		choose(state, args, arg);
		return 0;
	case 'c':
		args->count = number(state, "--count", arg, 1, INT_MAX);
		return 0;
	case 't':
		args->duration = seconds(state, "--time", arg);
		return 0;
	case ARGP_KEY_END:
		for (size_t i = 0; !args->chosen && i < NR_EVENTS; i++)
			args->wanted[i] = i == PEER_EVENT || events[i].usual;
		return 0;
	default:
		return parse_target(key, arg, state, &args->dc, &args->ep, NULL);
	}
}

int cmd_monitor(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "event", 'E', "NAME", 0,
		  "Show this event; give it once for each. 'all' is all of them", 0 },
		{ "dc", 'd', "ID", 0, "Only of this DC", 0 },
		{ "ep", 'e', "ENDPOINT", 0, "Only of this endpoint", 0 },
		{ "count", 'c', "N", 0, "Stop after so many", 0 },
		{ "time", 't', "SECONDS", 0, "Stop after so long", 0 },
		{ 0 }
	};
	const struct argp argp = {
		.options = options,
		.parser = parse,
		.doc = "Show events as they happen, one a line."
		       "\vEvents: bind, unbind, send, deliver, call_return, peer (the state "
		       "of a connection has changed); and not shown unless asked for: wake, "
		       "frame_out, frame_in, ack, pin, unpin. All but peer are the kernel's "
		       "tracepoints, need root, and tell of all nodes of this kernel. "
		       "With --json there is one object a line.",
		.children = COMMON_CHILDREN,
	};
	struct monitor_args args = { .dc = -1, .ep = UNSET };

	argp_parse(&argp, argc, argv, 0, NULL, &args);
	sysfs_check();
	return monitor(&args);
}
