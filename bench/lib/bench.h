/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What every benchmark shares: options, processes, measuring, reporting.
 *
 * A benchmark starts its processes with bench_run(); one of them (or several)
 * calls bench_measure(), which repeats one round; afterwards the parent calls
 * bench_report() for the line on the screen and the JSON object.
 *
 * Each file of the library uses those before it only: fail.c, options.c,
 * shared.c, split.c, openloop.c, process.c, measure.c, report.c, party.c.
 */
#ifndef BENCH_H
#define BENCH_H

#include <argp.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define BENCH_MAX_HOGS 64

enum bench_side { BENCH_BOTH, BENCH_SERVER, BENCH_CLIENT };

/**
 * struct bench_opts - the options that all programs share
 * @loops: rounds that count
 * @warmup: rounds before them; -1: the program's default
 * @slices: the counted rounds are timed in so many slices
 * @seconds: do fewer rounds rather than measure longer than this; 0: no limit
 * @timeout: seconds after which a run that has not ended is given up
 * @server_cpu: CPU to pin servers to, or -1
 * @client_cpu: CPU to pin clients to, or -1
 * @fifo: run all processes under SCHED_FIFO
 * @icount: a nanosecond of this machine is one instruction
 * @percentiles: time each round by itself
 * @rate: begin so many rounds a second, each when it is due; 0: the next one
 *        when the last has ended
 * @hogs: processes that use up CPU time meanwhile
 * @side: whose processes to start here
 * @at: client's side: host of the server's
 * @json: file to append the result to, or NULL
 * @placement: what bench_placement() says, if not found out, or NULL
 * @server_ns: network namespace of servers, a name below /run/netns, or NULL
 * @client_ns: network namespace of clients, or NULL
 */
struct bench_opts {
	long loops;
	long warmup;
	long slices;
	int seconds;
	int timeout;
	int server_cpu;
	int client_cpu;
	bool fifo;
	bool icount;
	bool percentiles;
	long rate;
	int hogs;
	enum bench_side side;
	const char *at;
	const char *json;
	const char *placement;
	const char *server_ns;
	const char *client_ns;
};

extern struct bench_opts bench_opts;

/* Child parser for the programs' own struct argp. */
extern const struct argp bench_argp;

/* Reads a number in [min, max] or ends the program with a usage error. */
long bench_number(const struct argp_state *state, const char *what,
		  const char *arg, long min, long max);

/* Server and clients are in two machines, and this is one of them. */
bool bench_split(void);

/*
 * Whatever was given by --placement; else "remote" if server and client are in
 * different namespaces, and "local" if not.
 */
const char *bench_placement(void);

/* Whether server and client are in different namespaces. */
bool bench_across(void);

/* --- errors ------------------------------------------------------------- */

/* Of the process, for messages. */
extern const char *bench_role;

/* Says what went wrong, with program and role, and returns -1. */
int bench_fail(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* --- shared memory ------------------------------------------------------ */

/* Zeroed memory that the processes of this program share. */
void *bench_shared(size_t size);

/* A point that all of @n processes must reach before any goes on. */
struct bench_gate {
	pthread_barrier_t barrier;
};

void bench_gate_init(struct bench_gate *gate, unsigned int n);
void bench_gate_wait(struct bench_gate *gate);

/* --- processes ---------------------------------------------------------- */

/**
 * struct bench_proc - one process of a benchmark
 * @role: for messages
 * @serves: belongs to the server's side
 * @netns: network namespace it enters first, or NULL
 * @cpu: CPU it is pinned to, or -1
 * @fn: what it does; 0 is success
 * @arg: argument of @fn
 */
struct bench_proc {
	char role[24];
	const char *netns;
	int cpu;
	int (*fn)(void *arg);
	void *arg;
	pid_t pid;
	bool serves;
};

/*
 * Starts the processes and waits for them. If one fails, or time runs out,
 * the others are killed. Returns 0 if all succeeded.
 */
int bench_run(struct bench_proc *procs, int n);

/* --- two machines ---------------------------------------------------------- */

/*
 * The gate at which server and clients learn about each other. If they are in
 * two machines, what one gives the other takes; else they share memory.
 */
int bench_meet(struct bench_gate *gate, const void *give, size_t give_size,
	       void *take, size_t take_size);

/* Instructions are counted in two machines, by the time both are busy. */
bool bench_metered(void);
struct bench_proc bench_meter_proc(void);
uint64_t bench_busy(void);

/* --- measuring ---------------------------------------------------------- */

/**
 * struct bench_result - what one measuring process found; times in ns
 * @start: CLOCK_MONOTONIC before the first counted round
 * @end: after the last
 * @rounds: counted rounds
 * @last: the last round's number; the rounds of the warm-up count too
 * @median: of the slices, per round
 * @quarter: below it lie a quarter of the slices
 * @three_quarters: and below it three
 * @min: of the slices, per round
 * @max: of the slices, per round
 * @mean: of all rounds
 * @pct: 50th, 90th, 99th and 99.9th percentile, if asked for
 * @busy: ns that both machines were busy, where that counts, else 0
 */
struct bench_result {
	uint64_t start;
	uint64_t end;
	long rounds;
	uint64_t last;
	double median;
	double quarter;
	double three_quarters;
	double min;
	double max;
	double mean;
	double pct[4];
	uint64_t busy;
};

/**
 * struct bench_loop - what bench_measure() repeats
 * @round: one round; @seq counts from 0, warm-up included; 0 is success
 * @finish: called once before the clock is stopped, may be NULL
 * @start: all measuring processes meet here after the warm-up, may be NULL
 * @work: what is left for the server, reduced where rounds are left out
 * @ctx: first argument of both
 */
struct bench_loop {
	int (*round)(void *ctx, uint64_t seq);
	int (*finish)(void *ctx);
	struct bench_gate *start;
	struct bench_work *work;
	void *ctx;
};

int bench_measure(const struct bench_loop *loop, struct bench_result *res);

/* Its rounds at bench_opts.rate; the time of each goes to @latency. */
int bench_open_loop(const struct bench_loop *loop, uint64_t *seq, long rounds,
		    double *latency);

/**
 * struct bench_work - how many rounds a server must serve, in shared memory
 * @rounds: of all its clients
 *
 * A client reduces it before its last round, so a server that looks after each
 * round that it has taken never waits for one that does not come.
 */
struct bench_work {
	_Atomic long rounds;
};

static inline void bench_work_init(struct bench_work *work, int clients)
{
	atomic_store(&work->rounds,
		     clients * (bench_opts.warmup + bench_opts.loops));
}

/**
 * struct bench_taken - messages that a server has taken, in shared memory
 * @count: of all its clients
 *
 * Where nothing is answered, this is how a client knows.
 */
struct bench_taken {
	_Atomic long count;
};

static inline void bench_taken_one(struct bench_taken *t)
{
	long n = atomic_load_explicit(&t->count, memory_order_relaxed);

	atomic_store_explicit(&t->count, n + 1, memory_order_release);
}

/* Waits until @n have been taken, without a message. */
static inline void bench_taken_wait(struct bench_taken *t, long n)
{
	while (atomic_load_explicit(&t->count, memory_order_acquire) < n)
		sched_yield();
}

static inline bool bench_work_left(struct bench_work *work, long done)
{
	return done < atomic_load_explicit(&work->rounds, memory_order_relaxed);
}

/**
 * struct bench_row - the names and sizes that go with a result
 * @name: of the benchmark, the key by which reports find it
 * @what: in words
 * @bytes: size of a message or of a copy
 * @answer: size of the answer where it differs, else 0
 * @messages: messages in a round
 * @copied: payload bytes of a round where throughput is the point, else 0
 * @pairs: concurrent pairs
 * @clients: clients of each server
 */
struct bench_row {
	const char *name;
	const char *what;
	size_t bytes;
	size_t answer;
	int messages;
	size_t copied;
	int pairs;
	int clients;
};

/* --- reporting ---------------------------------------------------------- */

/*
 * Prints a line for a person and appends an object to the JSON file. @n
 * results of processes that measured at the same time. 0 is success.
 */
int bench_report(const struct bench_row *row, const struct bench_result *res,
		 int n);

#endif /* BENCH_H */
