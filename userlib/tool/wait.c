// SPDX-License-Identifier: GPL-2.0
/* Time, and an orderly end of commands that go on until they are stopped. */
#include <signal.h>
#include <time.h>
#include "tool.h"

volatile sig_atomic_t stopped;

static void stop(int sig)
{
	(void)sig;
	stopped = 1;
}

void catch_stop(void)
{
	struct sigaction act = { .sa_handler = stop }, old;

	/* Without SA_RESTART: it has to end a wait. */
	sigaction(SIGINT, &act, NULL);
	sigaction(SIGTERM, &act, NULL);
	/* The end of the terminal, unless nohup(1) shall hide that. */
	if (!sigaction(SIGHUP, NULL, &old) && old.sa_handler != SIG_IGN)
		sigaction(SIGHUP, &act, NULL);
}

double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

void pause_for(double s)
{
	struct timespec t = { .tv_sec = (time_t)s };

	t.tv_nsec = (long)((s - (double)t.tv_sec) * 1e9);
	nanosleep(&t, NULL);
}
