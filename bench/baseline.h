/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The baselines: what a user would do without DVK, measured the same way.
 */
#ifndef BASELINE_H
#define BASELINE_H

#include "lib/bench.h"

#define MESSAGE_BYTES 64

/**
 * struct baseline - one way of talking
 * @name: as given on the command line and in the results
 * @what: in words
 * @bulk: moves @bytes in one direction rather than messages
 * @oneway: can leave out the answers
 * @many: can have many clients
 * @run: does it all, reporting included
 */
struct baseline {
	const char *name;
	const char *what;
	bool bulk;
	bool oneway;
	bool many;
	int (*run)(const struct baseline *b);
};

/**
 * struct baseline_opts - the options of this program
 * @bytes: size of a message or copy
 * @answer: size of the answer, 0: as @bytes
 * @clients: connections to one server
 * @oneway: messages in one direction, each read before the next is written
 * @stream: in one direction, as fast as they go
 */
struct baseline_opts {
	size_t bytes;
	size_t answer;
	int clients;
	bool oneway;
	bool stream;
};

extern struct baseline_opts baseline_opts;

/* Of each program with baselines, the last with no name; and how it explains. */
extern const struct baseline baselines[];
extern const char baseline_doc[];

/*
 * What a baseline returns that cannot be measured here: a library, a module is
 * missing. The program's exit status is 4.
 */
#define BASELINE_MISSING (-4)
int baseline_missing(const char *why);

int run_pipe(const struct baseline *b);
int run_unix(const struct baseline *b);
int run_tcp(const struct baseline *b);
int run_tipc(const struct baseline *b);
int run_udp(const struct baseline *b);
int run_rds(const struct baseline *b);
int run_binder(const struct baseline *b);
int run_vmread(const struct baseline *b);
int run_vmwrite(const struct baseline *b);

#endif /* BASELINE_H */
