/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How the processes of a DVK benchmark become endpoints and learn about each
 * other.
 */
#ifndef BENCH_PARTY_H
#define BENCH_PARTY_H

#include <dvk/dvk.h>

#include "bench.h"
#include "pattern.h"

/* 64-bit words in the body of a message. */
#define BODY_WORDS 7

/**
 * struct party_opts - the options of all DVK benchmarks
 * @dcid: the DC
 * @base: first endpoint; the server of the first pair gets it, its clients
 *        the next ones, then comes the second pair. -1: a default that keeps
 *        local and remote runs apart.
 * @local: server and client on one node, whatever --server-ns says
 */
struct party_opts {
	int dcid;
	int base;
	bool local;
};

extern struct party_opts party_opts;

/* Child parser for the programs; includes bench_argp. */
extern const struct argp party_argp;

/* To be called when the options are known. */
void party_settle(void);

/* Binds the caller. Returns the node's id, or -1. */
int party_join(int ep);

/*
 * Makes sure that endpoint @ep of node @node can be reached from node @own,
 * also where the nodes have not told each other of it.
 */
int party_meet(int own, int ep, int node);

/* Takes that back, and what the node has learnt about @ep by itself. */
void party_forget(int own, int ep, int node);

/* Unbinds the caller. */
int party_leave(int ep);

/* Says which call failed and why, and returns -1. */
int party_failed(const char *call, long code);

static inline uint64_t *body(message *m)
{
	return (uint64_t *)m + 1;
}

static inline void body_fill(message *m, uint64_t seq, uint64_t salt)
{
	pattern_fill(body(m), BODY_WORDS, seq, salt);
}

static inline bool body_check(message *m, uint64_t seq, uint64_t salt)
{
	return pattern_check(body(m), BODY_WORDS, seq, salt);
}

#endif /* BENCH_PARTY_H */
