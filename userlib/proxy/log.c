// SPDX-License-Identifier: GPL-2.0
/* What the program says. */
#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include "proxy.h"

/* Lines that others cause, in so long a time. */
#define LIMIT		30
#define INTERVAL_MS	60000

static void say(const char *fmt, va_list ap)
{
	char text[512];

	vsnprintf(text, sizeof(text), fmt, ap);
	/* One write a line: threads do not cut into each other's. */
	fprintf(stderr, "%s: %s\n", program_invocation_short_name, text);
}

void note(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(fmt, ap);
	va_end(ap);
}

void note_limited(const char *fmt, ...)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	static unsigned int said, left_out;
	static long since;
	unsigned int missing = 0;
	long now = now_ms();
	bool ok;
	va_list ap;

	pthread_mutex_lock(&lock);
	if (now - since >= INTERVAL_MS) {
		missing = left_out;
		since = now;
		said = 0;
		left_out = 0;
	}
	ok = said < LIMIT;
	if (ok)
		said++;
	else
		left_out++;
	pthread_mutex_unlock(&lock);
	if (missing)
		note("%u more lines such as the next were left out", missing);
	if (!ok)
		return;
	va_start(ap, fmt);
	say(fmt, ap);
	va_end(ap);
}
