/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What makes a task leave its wait in the kernel without being meant for it.
 */
#ifndef TESTS_LIB_DISTURB_H
#define TESTS_LIB_DISTURB_H

#include <stdbool.h>

struct puppet;

enum disturbance {
	BY_STOP,	/* SIGSTOP, SIGCONT */
	BY_TRACER,	/* PTRACE_SEIZE, PTRACE_INTERRUPT, PTRACE_DETACH */
	BY_FREEZER,	/* of cgroup v2, as `docker pause` uses it */
	BY_HANDLER,	/* with SA_RESTART */
	DISTURBANCES
};

/*
 * Takes @p out of its call, and holds it there; but a handler does not hold. Each
 * waits until it has happened. let_go() lets it return.
 */
void disturb(struct puppet *p, enum disturbance by);
void let_go(struct puppet *p, enum disturbance by);

/* Both in one. */
void disturb_once(struct puppet *p, enum disturbance by);

#endif
