/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How much slower than usual the machine is: a kernel that looks for faults
 * takes its time. Included before everything else, so that the limits of the
 * test harness, which are alarms, are stretched too.
 */
#ifndef TESTS_LIB_SLOW_H
#define TESTS_LIB_SLOW_H

#include <stdlib.h>
#include <unistd.h>

static inline __attribute__((unused)) int slowness(void)
{
	const char *s = getenv("DVK_TEST_SLOW");
	int n = s ? atoi(s) : 1;

	return n > 0 ? n : 1;
}

#define alarm(seconds)	(alarm)((seconds) * slowness())

#endif
