/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Time, polling and the one way to give up.
 */
#ifndef TESTS_LIB_UTIL_H
#define TESTS_LIB_UTIL_H

#include <stdbool.h>
#include <time.h>

#include "slow.h"

/*
 * Bounds in milliseconds. They are limits, not waits: everything polls for its
 * condition. An emulated machine with one busy CPU needs the room.
 */
#define SOON	(5000 * slowness())	/* things that happen as fast as the machine can */
#define LATE	(15000 * slowness())	/* things that wait for a keep-alive or a reconnect */

static inline long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000L + t.tv_nsec / 1000000;
}

static inline void nap_ms(long ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * 1000000 };

	nanosleep(&t, NULL);
}

/* True as soon as @cond is, false if it still is not after @ms. */
#define wait_until(cond, ms) ({						\
	long end_ = now_ms() + (ms);					\
	bool ok_;							\
									\
	while (!(ok_ = (cond)) && now_ms() < end_)			\
		nap_ms(1);						\
	ok_;								\
})

/*
 * For what a test cannot go on without and that is not what it tests. Prints
 * the reason and aborts, which the harness reports as a failure.
 */
void die_at(const char *file, int line, const char *fmt, ...)
	__attribute__((noreturn, format(printf, 3, 4)));
#define die(...) die_at(__FILE__, __LINE__, __VA_ARGS__)

/*
 * Skips a test in FIXTURE_SETUP(): neither the test nor the teardown runs. Of
 * a setup that only returns after SKIP(), the harness runs them nevertheless.
 */
#define SKIP_TEST(...)	SKIP(longjmp(_metadata->env, 1), __VA_ARGS__)

/* Runs a shell command made by printf; returns its exit status. */
int run(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* The parameter by which a helper of a test file gets the fixture. */
#define SELF_OF(fixture)	struct _test_data_##fixture *self

/* Directory of the built tests, which holds the scripts and helpers too. */
const char *tests_dir(void);

#endif
