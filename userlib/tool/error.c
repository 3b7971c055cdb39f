// SPDX-License-Identifier: GPL-2.0
/* Messages of the dvk command: every error says what to do about it. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "tool.h"

static void vsay(const char *fmt, va_list ap)
{
	fflush(stdout);
	fputs("dvk: ", stderr);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
}

void warn(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsay(fmt, ap);
	va_end(ap);
}

void die(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsay(fmt, ap);
	va_end(ap);
	exit(EXIT_FAILURE);
}

const char *advice(long code)
{
	switch (code) {
	case EDVSNOSYS:
	case EDVSBADFILE:
		return "the loaded module is older than this command: "
		       "update it and reload it";
	case EDVSPERM:
	case EDVSPRIVILEGES:
		return "run it as root, with sudo for example";
	case EDVSBADOWNER:
		return "run it as the owner of the DC, or as root";
	case EDVSDVSINIT:
		return "first make this node part of a DVS: dvk node init ID";
	case EDVSBADDCID:
	case EDVSDCNOTRUN:
		return "'dvk dc' lists the DCs, 'dvk dc add ID' makes one";
	case EDVSSLOTUSED:
		return "'dvk ps' shows who has the endpoint";
	case EDVSNOTBIND:
	case EDVSDSTDIED:
	case EDVSSRCDIED:
	case EDVSDEADSRCDST:
		return "'dvk ps' lists what is bound";
	case EDVSRANGE:
	case EDVSBADRANGE:
		return "'dvk dc' shows how many slots a DC has";
	case EDVSBADNODEID:
	case EDVSNOPROXY:
	case EDVSNODEFREE:
	case EDVSNONODE:
		return "'dvk peer' lists the nodes, 'dvk peer add ID tcp ADDR' adds one";
	case EDVSNODCNODE:
		return "put the node into the DC: dvk dc join DC NODE";
	case EDVSNOTCONN:
		return "'dvk peer' shows the state of the connections";
	case EDVSNAMESIZE:
		return "a name has at most 15 bytes";
	case EDVSTIMEDOUT:
		return "try again";
	default:
		return "";
	}
}

void die_call(long code, const char *fmt, ...)
{
	const char *why = dvk_strerror(code), *what = advice(code);
	va_list ap;

	if ((code == EDVSNOSYS || code == EDVSBADFILE) && access("/dev/dvk", F_OK)) {
		if (access("/sys/module/dvk", F_OK)) {
			why = "the module is not loaded";
			what = "modprobe dvk";
		} else {
			why = "there is no /dev/dvk here, though the module is loaded";
			what = "a container must be given the device, by --device /dev/dvk "
			       "for example";
		}
	}

	fflush(stdout);
	fputs("dvk: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, ": %s%s%s\n", why, *what ? "; " : "", what);
	exit(EXIT_FAILURE);
}

int number(const struct argp_state *state, const char *what, const char *arg,
	   long min, long max)
{
	char *end;
	long n;

	errno = 0;
	n = strtol(arg, &end, 0);
	if (errno || end == arg || *end)
		argp_error(state, "%s must be a number, not '%s'", what, arg);
	else if (n < min || n > max)
		argp_error(state, "%s must be %ld to %ld, not %ld", what, min, max, n);
	return (int)n;
}

double seconds(const struct argp_state *state, const char *what, const char *arg)
{
	char *end;
	double s;

	s = strtod(arg, &end);
	/* Written so that "nan" fails as well. */
	if (end == arg || *end || !(s >= 0.001 && s <= 1e6))
		argp_error(state, "%s must be a number of seconds, not '%s'", what, arg);
	return s;
}
