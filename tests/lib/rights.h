/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tables of rights, and those who try them. The rows are also those of
 * docs/security.md: scripts/rights-table writes them there, and checks. Included
 * by test programs only, once.
 */
#ifndef TESTS_LIB_RIGHTS_H
#define TESTS_LIB_RIGHTS_H

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cluster.h"
#include "puppet.h"
#include "util.h"

#define FOREVER	TIMEOUT_FOREVER
#define ALICE	1000
#define BOB	1001
#define LEN	5000
#define MAX	((long)MAXCOPYBUF)

/* Endpoints that both scenes have. */
#define SELF_EP	40	/* of an actor, while a row needs one */
#define CHILD	41
#define ROOTS	123	/* of a process of root */
#define UNBOUND	130

/**
 * struct right - one row
 * @what: what is done, in the words of the documentation
 * @who: for each actor "yes" or "-"
 * @fn: does it
 * @yes: what it returns to those who may: success, or the error of a call
 *	that would do too much if it succeeded
 * @no: what it returns to others
 * @bound: the actor is an endpoint while it does it
 * @asked: a process waits for the actor's answer
 * @src: of a copy: whose memory is read
 * @dst: whose is written
 */
struct right {
	const char *what;
	const char *who;
	long (*fn)(const long *a);
	long yes;
	long no;
	bool bound;
	bool asked;
	int src;
	int dst;
};

/* The first two on lines of their own: the script looks for that. */
#define ROW(words, actors, f, if_yes, if_no, ...)			\
	{ .what = (words), .who = (actors), .fn = (f), .yes = (if_yes),	\
	  .no = (if_no), ##__VA_ARGS__ }

/* The @n-th word of a row. */
static bool may(const struct right *r, int n)
{
	const char *s = r->who;

	while (n--) {
		s = strchr(s, ' ');
		if (!s)
			die("%s: a word for each actor", r->what);
		s++;
	}
	return !strncmp(s, "yes", 3);
}

/* Memory of an actor. */
static char own[LEN];

/* What was bound as a trial is unbound again. */
static long undo(long ret, int dc, int ep)
{
	if (ret == ep)
		dvk_unbind_T(dc, ep, FOREVER);
	return ret;
}

/* --- the actors ---------------------------------------------------------- */

static int write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), ret;

	if (fd < 0)
		return -errno;
	ret = write(fd, text, strlen(text)) < 0 ? -errno : 0;
	close(fd);
	return ret;
}

/* Root of a user namespace of its own: a[0] other namespaces, a[1] uid. */
static long new_userns(const long *a)
{
	char map[32];

	if (unshare(CLONE_NEWUSER | a[0]))
		return -errno;
	snprintf(map, sizeof(map), "0 %ld 1", a[1]);
	return write_file("/proc/self/setgroups", "deny") ?:
	       write_file("/proc/self/uid_map", map) ?:
	       write_file("/proc/self/gid_map", map);
}

#define run_in(p, f, ...) ({						\
	(p)->page->fn = (f);						\
	call(p, OP_FN, __VA_ARGS__);					\
})

static struct puppet *user(struct __test_metadata *_metadata, int node, int uid)
{
	struct puppet *p;

	at_node(0);
	p = puppet_new(node);
	if (uid) {
		ASSERT_EQ(0, call(p, OP_SETUID, uid));
		ASSERT_EQ(0, call(p, OP_DUMPABLE, 1));
	}
	return p;
}

#endif
