// SPDX-License-Identifier: GPL-2.0
/*
 * Calls and copies without end, for tests that take things away meanwhile.
 *
 *   traffic server DC EP		serves in this node
 *   traffic client DC EP SERVER FILE	asks; keeps "GOOD BAD WHY" in FILE:
 *				calls that were answered, calls that failed,
 *				and the result of the first that did since
 *				the latest that did not
 *
 *   traffic asker DC EP SERVER FILE	the same, if the server is the kernel
 *				client of samples/dvk_echo.c
 *
 *   traffic holder DC EP		takes requests and does not answer
 *   traffic waiter DC EP SERVER FILE	asks once; leaves "RESULT" in FILE
 *
 * All but the last go on whatever happens, until a signal ends them; an answer
 * that is wrong ends a client with status 1. TRAFFIC_LEN in the environment is how
 * many bytes are copied each way.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <dvk/dvk.h>

#include "../../samples/dvk_echo.h"
#include "puppet.h"
#include "util.h"

static char buf[MAXCOPYLEN];
static long length = 50000;

static void serve_one(message *m)
{
	long ret;

	ret = dvk_vcopy(m->m_source, m->m1_p1, SELF, buf, length);
	if (!ret) {
		if (pattern_check(buf, length, m->m1_i1) >= 0)
			ret = EDVSFAULT;
		pattern_fill(buf, length, m->m1_i1 + 1);
	}
	if (!ret)
		ret = dvk_vcopy(SELF, buf, m->m_source, m->m1_p1, length);
	m->m_type = ret;
	m->m1_i2 = m->m1_i1 + 1;
	dvk_reply(m->m_source, m);
}

static void server(int dcid, int ep)
{
	message m;

	for (;;) {
		if (!dvk_rcvrqst_T(&m, 500))
			serve_one(&m);
		/* The DC may have been ended and made again. */
		else if (dvk_getep(getpid()) != ep)
			dvk_bind(dcid, ep);
	}
}

/* Whether a request was answered and done as it should be. */
static void check_answer(const message *m, int n, bool echo)
{
	int i;

	for (i = 0; echo && i < length; i++)
		buf[i] = ~buf[i];
	if ((!echo && m->m1_i2 != n + 1) ||
	    pattern_check(buf, length, echo ? n : n + 1) >= 0)
		die("a wrong answer to request %d", n);
}

static void client(int dcid, int ep, int srv, const char *file, bool echo)
{
	long good = 0, bad = 0, why = 0, ret;
	char line[64];
	message m;
	int fd, n;

	fd = open(file, O_WRONLY | O_CREAT, 0644);
	if (fd < 0)
		die("%s: %m", file);
	for (n = 0; ; n++) {
		memset(&m, 0, sizeof(m));
		pattern_fill(buf, length, n);
		m.m1_i1 = n;
		m.m1_p1 = buf;
		if (echo) {
			m.m_type = DVK_ECHO_INVERT;
			m.m1_i1 = length;
			m.m1_i2 = n % 3;
		}
		ret = dvk_sendrec_T(srv, &m, 10000);
		if (!ret)
			ret = m.m_type;
		if (!ret) {
			check_answer(&m, n, echo);
			good++;
			why = 0;
		} else {
			bad++;
			why = why ?: ret;
			nap_ms(5);
			if (ret == EDVSNOTBIND)
				dvk_bind(dcid, ep);
		}
		snprintf(line, sizeof(line), "%-12ld %-12ld %-8ld\n", good, bad,
			 why);
		if (pwrite(fd, line, strlen(line), 0) < 0)
			die("%s: %m", file);
	}
}

static void holder(void)
{
	message m;

	for (;;)
		dvk_rcvrqst_T(&m, 500);
}

/* Goes on until there is somebody to ask; the answer is what happens then. */
static int waiter(int srv, const char *file)
{
	long ret;
	message m;
	FILE *f;

	do {
		memset(&m, 0, sizeof(m));
		ret = dvk_sendrec(srv, &m);
		nap_ms(20);
	} while (ret == EDVSDEADSRCDST);
	f = fopen(file, "w");
	if (!f)
		die("%s: %m", file);
	fprintf(f, "%ld\n", ret);
	return fclose(f) ? 1 : 0;
}

int main(int argc, char **argv)
{
	const char *len = getenv("TRAFFIC_LEN");
	long ep, ret;

	if (argc < 4) {
		fprintf(stderr, "usage: traffic ROLE DC EP [SERVER FILE]\n");
		return 2;
	}
	if (len)
		length = atol(len);
	if (length < 1 || length > (long)sizeof(buf))
		die("TRAFFIC_LEN is out of range");
	ep = atoi(argv[3]);
	ret = dvk_bind(atoi(argv[2]), ep);
	if (ret != ep)
		die("bind: %ld (%s)", ret, dvk_strerror(ret));
	if (!strcmp(argv[1], "server"))
		server(atoi(argv[2]), ep);
	else if (!strcmp(argv[1], "holder"))
		holder();
	else if (argc > 5 && !strcmp(argv[1], "waiter"))
		return waiter(atoi(argv[4]), argv[5]);
	else if (argc > 5 && !strcmp(argv[1], "client"))
		client(atoi(argv[2]), ep, atoi(argv[4]), argv[5], false);
	else if (argc > 5 && !strcmp(argv[1], "asker"))
		client(atoi(argv[2]), ep, atoi(argv[4]), argv[5], true);
	return 2;
}
