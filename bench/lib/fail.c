// SPDX-License-Identifier: GPL-2.0
/* Saying what went wrong, and who says it. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "bench.h"

const char *bench_role = "parent";

int bench_fail(const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	fprintf(stderr, "%s: %s: %s\n", program_invocation_short_name, bench_role,
		text);
	return -1;
}
