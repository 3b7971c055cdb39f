/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Puppets: processes and threads that make DVK calls when a test tells them.
 *
 * A test says begin() to let a puppet make a call and end() to get its result,
 * so that several calls can be in progress at once and the test decides their
 * order. No wait is without a bound: a call that does not return gives STUCK.
 */
#ifndef TESTS_LIB_PUPPET_H
#define TESTS_LIB_PUPPET_H

#include <stdatomic.h>
#include <stdbool.h>
#include <sys/types.h>

#include <dvk/dvk.h>

/* What end() returns when there is no result. No call returns these. */
#define STUCK	(-1000000L)	/* the call did not return in time */
#define DEAD	(-1000001L)	/* the puppet is gone */

enum op {
	OP_NONE,
	/* IPC: ep, timeout, message */
	OP_SEND,
	OP_RECEIVE,
	OP_SENDREC,
	OP_RCVRQST,
	OP_REPLY,
	OP_REPLY_RCVRQST,
	OP_RELAY,		/* the message is from the client */
	/* a[0..] as the call's arguments */
	OP_NOTIFY,
	OP_SRC_NOTIFY,
	OP_NTFY_VALUE,
	OP_HDW_NOTIFY,
	OP_WAKEUP,
	OP_VCOPY,
	OP_BIND,		/* dcid, ep */
	OP_TBIND,		/* dcid, ep */
	OP_LCLBIND,		/* dcid, pid, ep */
	OP_UNBIND,		/* dcid, ep, timeout */
	OP_GETEP,		/* pid */
	OP_WAIT4BIND,		/* ep, timeout */
	OP_WAIT4UNBIND,		/* ep, timeout */
	OP_GETDCINFO,		/* dcid */
	/* memory: address, length, seed or protection */
	OP_MAP,
	OP_UNMAP,
	OP_PROTECT,
	OP_FILL,
	OP_CHECK,
	/* the process itself */
	OP_CATCH,		/* signal, sigaction flags */
	OP_FORK,		/* page of the child; returns its pid */
	OP_THREAD,		/* page of the thread */
	OP_EXEC,		/* exec keeps obeying */
	OP_EXEC_AS,		/* the same, and becomes another user on the way */
	OP_SETUID,		/* uid */
	OP_DUMPABLE,		/* 0 or 1 */
	OP_UNSHARE_PID,		/* children get a pid namespace */
	OP_EXIT,		/* status; of the thread in a thread */
	OP_EXIT_GROUP,		/* status */
	OP_FN,			/* fn(a); not after an exec */
};

/* Shared by the test and one puppet. */
struct puppet_page {
	_Atomic unsigned int begun;	/* calls asked for */
	_Atomic unsigned int ended;	/* calls finished */
	_Atomic int tid;		/* set when the puppet listens */
	_Atomic int signals;		/* caught by OP_CATCH */
	_Atomic int stop;		/* for functions that go on till told */
	_Atomic int rounds;		/* and what they have done */
	int op;
	long a[6];
	long (*fn)(const long *a);
	long ret;
	message msg;
	char data[1024];
};

struct puppet {
	struct puppet *next;
	struct puppet_page *page;
	struct puppet_page *pages;	/* of the process it descends from */
	int memfd;
	int slot;			/* of its page */
	int node;
	pid_t pid, tid;
	bool ours;			/* a child of the test */
	bool thread;
	bool gone;
	int status;			/* as of waitpid(), when gone and ours */
};

/* A process in @node, not bound. */
struct puppet *puppet_new(int node);

/* The same, bound; dies when it cannot be. */
struct puppet *puppet_bound(int node, int dcid, int ep);

/* A child of @p, or a thread of its process; not bound. */
struct puppet *puppet_fork(struct puppet *p);
struct puppet *puppet_thread(struct puppet *p);

/* Lets @p replace its program; it goes on as the same puppet. */
long puppet_exec(struct puppet *p);

/* Sends a signal and, for SIGKILL, waits till the process is reaped. */
void puppet_signal(struct puppet *p, int sig);
void puppet_kill(struct puppet *p);

/* True when the puppet sleeps in a call, within SOON. */
bool puppet_sleeps(struct puppet *p);

/* Waits till the puppet is gone; false if it is not within @ms. */
bool puppet_gone(struct puppet *p, int ms);

/* Kills every puppet of this test. */
void puppets_end(void);
/* The same, and forgets them: for tests with more than a few hundred. */
void puppets_free(void);

/* Makes remote endpoint @ep of @p known on @node as well. */
void puppet_known_at(struct puppet *p, int ep, int dcid, int node);

/* The call itself. begin() never waits, end() waits at most SOON. */
void begin(struct puppet *p, enum op op, int ep, int timeout);
void begin_args(struct puppet *p, enum op op, const long *a, int n);
long end(struct puppet *p);
long end_within(struct puppet *p, int ms);
bool ended(struct puppet *p);

#define begin_call(p, op, ...) ({					\
	const long args_[] = { __VA_ARGS__ };				\
									\
	begin_args(p, op, args_, sizeof(args_) / sizeof(args_[0]));	\
})

/* begin() and end() in one. */
long act(struct puppet *p, enum op op, int ep, int timeout);
#define call(p, op, ...) ({						\
	begin_call(p, op, __VA_ARGS__);					\
	end(p);								\
})

/* Puts a message where the puppet's next call takes it from. */
void say(struct puppet *p, int type, int value);

/* What the puppet's last call received. */
#define heard(p) (&(p)->page->msg)

/* Memory of a puppet, private to it. */
void *puppet_map(struct puppet *p, size_t size);
void puppet_fill(struct puppet *p, void *at, size_t len, unsigned int seed);
/* The offset of the first byte that is not as filled, or -1. */
long puppet_check(struct puppet *p, void *at, size_t len, unsigned int seed);

/* vcopy on behalf of @p */
long puppet_vcopy(struct puppet *p, int src, void *saddr, int dst, void *daddr,
		  long bytes);

/* The pattern that fill and check use, which also differs with the place. */
void pattern_fill(void *at, size_t len, unsigned int seed);
long pattern_check(const void *at, size_t len, unsigned int seed);

/* For the helper program that an exec continues in. */
int puppet_obey(struct puppet_page *pages, int slot, int memfd);

#define PUPPET_PAGES	8
#define PUPPET_BYTES	(PUPPET_PAGES * sizeof(struct puppet_page))

#endif
