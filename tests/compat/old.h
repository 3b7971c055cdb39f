/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the programs of this directory share. They are written as for the
 * earlier system: messages passed as longs, buffers put into messages as
 * numbers, results compared with EDVSERRCODE. All that is new in them is this
 * include of <dvk/dvk.h>.
 */
#ifndef TESTS_COMPAT_OLD_H
#define TESTS_COMPAT_OLD_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>
#include <dvk/dvk.h>

#define ERROR_EXIT(what, rcode) do {					\
	printf("ERROR %s:%d %s: %ld (%s)\n", __FILE__, __LINE__, what,	\
	       (long)(rcode), dvk_strerror(rcode));			\
	fflush(stdout);							\
	exit(1);							\
} while (0)

/* For a call that must return just this. */
#define MUST(call, wanted) do {						\
	long ret_ = (call);						\
									\
	if (ret_ != (wanted)) {						\
		printf("%s must return %ld\n", #call, (long)(wanted));	\
		ERROR_EXIT(#call, ret_);				\
	}								\
} while (0)

static inline double dwalltime(void)
{
	struct timeval tv;

	gettimeofday(&tv, NULL);
	return (double)tv.tv_sec + (double)tv.tv_usec / 1000000.0;
}

/* The status of a child that a program has forked. */
static inline void must_exit_well(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, 0) != pid)
		ERROR_EXIT("waitpid", -errno);
	if (!WIFEXITED(status) || WEXITSTATUS(status)) {
		printf("child %d ended with status %x\n", (int)pid, status);
		exit(1);
	}
}

#endif
