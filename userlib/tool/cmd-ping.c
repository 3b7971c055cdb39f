// SPDX-License-Identifier: GPL-2.0
/* dvk ping: how long a round trip takes, to an endpoint or to a node. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tool.h"

#define MOST_SAMPLES	1000000

/* m_type of a request, so that a server knows what it is asked. */
#define PING_TYPE	0x50494e47	/* "PING" */

struct ping_args {
	double interval;
	double timeout;
	int count;
	int dc;
	int ep;
	int from;
	int node;
	bool serve;
	bool quiet;
};

struct samples {
	double *us;
	size_t nr;
	int sent;
};

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* The value that @percent of the sorted samples do not exceed. */
static double percentile(const struct samples *s, double percent)
{
	size_t i = (size_t)(percent / 100 * (double)s->nr);

	return s->us[i < s->nr ? i : s->nr - 1];
}

static void put(json_t *report, const char *key, double us)
{
	json_object_set_new(report, key, json_real(us));
}

static int summary(json_t *report, struct samples *s, const char *what)
{
	double sum = 0;

	json_object_set_new(report, "sent", json_integer(s->sent));
	json_object_set_new(report, "answered", json_integer((json_int_t)s->nr));
	if (s->nr) {
		qsort(s->us, s->nr, sizeof(*s->us), by_size);
		for (size_t i = 0; i < s->nr; i++)
			sum += s->us[i];
		put(report, "min_us", s->us[0]);
		put(report, "avg_us", sum / (double)s->nr);
		put(report, "p50_us", percentile(s, 50));
		put(report, "p90_us", percentile(s, 90));
		put(report, "p99_us", percentile(s, 99));
		put(report, "max_us", s->us[s->nr - 1]);
	}
	if (opt_json) {
		print_json(report);
	} else {
		printf("%d %s, %zu answered\n", s->sent, what, s->nr);
		if (s->nr)
			printf("min %.1f  avg %.1f  p50 %.1f  p90 %.1f  p99 %.1f  max %.1f us\n",
			       s->us[0], sum / (double)s->nr, percentile(s, 50),
			       percentile(s, 90), percentile(s, 99), s->us[s->nr - 1]);
	}
	json_decref(report);
	free(s->us);
	return s->nr && (int)s->nr == s->sent ? EXIT_SUCCESS : EXIT_FAILURE;
}

static struct samples new_samples(const struct ping_args *args)
{
	struct samples s = { .us = calloc((size_t)args->count, sizeof(double)) };

	if (!s.us)
		die("out of memory");
	return s;
}

/* ---- To an endpoint ---- */

/* The caller needs an endpoint too: the one asked for, or the highest free. */
static void bind_here(const struct ping_args *args)
{
	dc_usr_t dc;
	long ret = dvk_getdcinfo(args->dc, &dc);

	if (ret < 0)
		die_call(ret, "cannot ping in DC %d", args->dc);
	if (args->from != UNSET) {
		bind_self(args->dc, args->from);
		return;
	}
	for (int ep = dc.dc_nr_procs - 1; ep >= 0; ep--) {
		ret = dvk_bind(args->dc, ep);
		if (ret == ep)
			return;
		if (ret != EDVSSLOTUSED)
			die_call(ret, "cannot bind an endpoint in DC %d", args->dc);
	}
	die("all endpoints of DC %d are in use; 'dvk ps' lists them", args->dc);
}

static int ping_endpoint(const struct ping_args *args)
{
	struct samples s = new_samples(args);
	json_t *report = json_object();
	long ret = OK;

	bind_here(args);
	catch_stop();
	while (s.sent < args->count && !stopped) {
		message m = { .m_type = PING_TYPE, .m1_i1 = s.sent };
		double begin, us;

		if (s.sent)
			pause_for(args->interval);
		if (stopped)
			break;
		s.sent++;
		begin = now();
		ret = dvk_sendrec_T(args->ep, &m, (long)(args->timeout * 1000));
		us = (now() - begin) * 1e6;
		if (ret == EDVSTIMEDOUT) {
			warn("endpoint %d did not answer within %g s; does it answer "
			     "requests, as 'dvk ping --serve' does?", args->ep,
			     args->timeout);
			continue;
		}
		if (ret == EDVSINTR)
			break;
		if (ret < 0)
			die_call(ret, "cannot ping endpoint %d of DC %d", args->ep,
				 args->dc);
		s.us[s.nr++] = us;
		if (!args->quiet && !opt_json) {
			printf("endpoint %d: %.1f us\n", args->ep, us);
			fflush(stdout);
		}
	}
	json_object_set_new(report, "dc", json_integer(args->dc));
	json_object_set_new(report, "endpoint", json_integer(args->ep));
	return summary(report, &s, "requests");
}

static int serve(const struct ping_args *args)
{
	long ret, answered = 0;
	message m;

	bind_self(args->dc, args->ep);
	catch_stop();
	while (!stopped && (!args->count || answered < args->count)) {
		ret = dvk_rcvrqst(&m);
		if (ret == EDVSINTR)
			break;
		if (ret < 0)
			die_call(ret, "cannot receive as endpoint %d", args->ep);
		/* Whoever has gone meanwhile needs no answer. */
		ret = dvk_reply(m.m_source, &m);
		if (ret == OK)
			answered++;
		else
			warn("endpoint %d has no answer: %s", m.m_source,
			     dvk_strerror(ret));
	}
	return EXIT_SUCCESS;
}

/* ---- To a node ---- */

static int ping_node(const struct ping_args *args)
{
	struct samples s = new_samples(args);
	json_t *report = json_object();

	sysfs_check();
	catch_stop();
	for (int i = 0; i < args->count && !stopped; i++) {
		char *state, *rtt;

		if (i)
			pause_for(args->interval);
		if (stopped)
			break;
		state = attr_read("peers/%d/state", args->node);
		rtt = attr_read("peers/%d/rtt_us", args->node);
		if (!state || !rtt)
			die("there is no peer %d; 'dvk peer' lists the peers",
			    args->node);
		s.sent++;
		if (!strcmp(state, "up") && !strcmp(rtt, "0")) {
			warn("node %d: nothing is measured yet; that takes a moment without "
			     "other traffic", args->node);
		} else if (!strcmp(state, "up")) {
			s.us[s.nr++] = strtod(rtt, NULL);
			if (!args->quiet && !opt_json)
				printf("node %d: %s us\n", args->node, rtt);
		} else {
			warn("node %d is not connected (%s); 'dvk peer' shows more",
			     args->node, state);
		}
		fflush(stdout);
		free(state);
		free(rtt);
	}
	json_object_set_new(report, "node", json_integer(args->node));
	return summary(report, &s, "readings");
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct ping_args *args = state->input;
	bool to_ep = args->ep != UNSET, to_node = args->node != UNSET;

	switch (key) {
	case 'f':
		args->from = number(state, "--from", arg, -DVK_MAX_SLOTS, INT_MAX);
		return 0;
	case 'c':
		args->count = number(state, "--count", arg, 1, MOST_SAMPLES);
		return 0;
	case 'i':
		/* None at all is a measurement without pauses. */
		args->interval = strcmp(arg, "0") ? seconds(state, "--interval", arg) : 0;
		return 0;
	case 't':
		args->timeout = seconds(state, "--timeout", arg);
		return 0;
	case 's':
		args->serve = true;
		return 0;
	case 'q':
		args->quiet = true;
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "'%s' is one word too many; how many is told by --count",
			   arg);
		return 0;
	case ARGP_KEY_END:
		if (to_ep == to_node)
			argp_error(state, "whom? give --ep or --node");
		if (args->serve && !to_ep)
			argp_error(state, "--serve needs the endpoint to be; give --ep");
		if (!args->count && !args->serve)
			args->count = 10;
		return 0;
	default:
		return parse_target(key, arg, state, &args->dc, &args->ep, &args->node);
	}
}

int cmd_ping(int argc, char **argv)
{
	static const struct argp_option options[] = {
		OPTION_DC,
		{ "ep", 'e', "ENDPOINT", 0, "The endpoint to ask, or to be", 0 },
		{ "from", 'f', "ENDPOINT", 0,
		  "The endpoint to ask as (default: the highest that is free)", 0 },
		{ "node", 'N', "ID", 0, "The node whose connection to look at", 0 },
		{ "serve", 's', NULL, 0, "Answer requests, until ended", 0 },
		{ "count", 'c', "N", 0, "How many (default 10; with --serve no limit)", 0 },
		{ "interval", 'i', "SECONDS", 0, "Pause between two (default 0.2)", 0 },
		{ "timeout", 't', "SECONDS", 0, "How long to wait for one (default 5)", 0 },
		{ "quiet", 'q', NULL, 0, "Only the summary", 0 },
		{ 0 }
	};
	const struct argp argp = {
		.options = options,
		.parser = parse,
		.args_doc = "--ep ENDPOINT\n--node ID\n--serve --ep ENDPOINT",
		.doc = "Measure round trips: a request to an endpoint and its answer, or "
		       "what the connection to a node measures itself."
		       "\vThe endpoint must answer requests: 'dvk ping --serve' does, "
		       "and servers that answer whatever they do not know.",
		.children = COMMON_CHILDREN,
	};
	struct ping_args args = {
		.ep = UNSET, .from = UNSET, .node = UNSET, .interval = 0.2, .timeout = 5,
	};

	argp_parse(&argp, argc, argv, 0, NULL, &args);
	if (args.serve)
		return serve(&args);
	return args.node != UNSET ? ping_node(&args) : ping_endpoint(&args);
}
