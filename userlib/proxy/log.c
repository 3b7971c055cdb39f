// SPDX-License-Identifier: GPL-2.0
/* What the program says. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include "proxy.h"

void note(const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	/* One write a line: threads do not cut into each other's. */
	fprintf(stderr, "%s: %s\n", program_invocation_short_name, text);
}
