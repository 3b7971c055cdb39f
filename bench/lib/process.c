// SPDX-License-Identifier: GPL-2.0
/* The processes of a benchmark: starting, placing, watching. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"

#define FIFO_PRIORITY 10

static int enter_netns(const char *name)
{
	char path[256];
	int fd, err;

	snprintf(path, sizeof(path), "/run/netns/%s", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return bench_fail("%s: %s", path, strerror(errno));
	err = setns(fd, CLONE_NEWNET);
	close(fd);
	if (err)
		return bench_fail("cannot enter %s: %s", path, strerror(errno));
	return 0;
}

static int settle(const struct bench_proc *p)
{
	struct sched_param sp = { .sched_priority = FIFO_PRIORITY };
	cpu_set_t set;

	if (p->netns && enter_netns(p->netns))
		return -1;
	if (p->cpu >= 0) {
		CPU_ZERO(&set);
		CPU_SET(p->cpu, &set);
		if (sched_setaffinity(0, sizeof(set), &set))
			return bench_fail("CPU %d: %s", p->cpu, strerror(errno));
	}
	if (bench_opts.fifo && sched_setscheduler(0, SCHED_FIFO, &sp))
		return bench_fail("SCHED_FIFO: %s", strerror(errno));
	return 0;
}

static void start(struct bench_proc *p, pid_t parent)
{
	fflush(NULL);
	p->pid = fork();
	if (p->pid)
		return;

	bench_role = p->role;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	/* A broken channel shall be an error that is reported. */
	signal(SIGPIPE, SIG_IGN);
	if (settle(p) || p->fn(p->arg))
		_exit(1);
	fflush(NULL);
	_exit(0);
}

/* Where a process that does not end is waiting. */
static void tell_wait(const struct bench_proc *p)
{
	char path[64], where[64] = "";
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/wchan", (int)p->pid);
	f = fopen(path, "r");
	if (f) {
		if (!fgets(where, sizeof(where), f))
			where[0] = 0;
		fclose(f);
	}
	bench_fail("%s has not ended after %d s (waits in %s)", p->role,
		   bench_opts.timeout,
		   !where[0] || !strcmp(where, "0") ? "user space" : where);
}

/* Until it is killed. */
static int use_cpu(void *arg)
{
	volatile unsigned long n = 0;

	(void)arg;
	for (;;)
		n++;
	return 0;
}

/* Whether its processes belong to this machine. */
static bool is_here(const struct bench_proc *p)
{
	return !bench_split() || p->serves == (bench_opts.side == BENCH_SERVER);
}

/*
 * Takes the exit status of one process. True if it is one of those that the
 * benchmark consists of.
 */
static bool reap(struct bench_proc *procs, int n, pid_t pid, int status,
		 bool *failed)
{
	for (int i = 0; i < n; i++) {
		if (procs[i].pid != pid)
			continue;
		procs[i].pid = 0;
		if (WIFSIGNALED(status))
			bench_fail("%s was killed by signal %d", procs[i].role,
				   WTERMSIG(status));
		*failed |= status != 0;
		return true;
	}
	return false;
}

/* Ends a process that would not end by itself. */
static void end(struct bench_proc *p)
{
	if (p->pid <= 0)
		return;
	kill(p->pid, SIGKILL);
	waitpid(p->pid, NULL, 0);
}

int bench_run(struct bench_proc *procs, int n)
{
	struct timespec limit = { .tv_sec = bench_opts.timeout };
	pid_t pid, parent = getpid();
	bool failed = false;
	struct bench_proc hogs[BENCH_MAX_HOGS] = { 0 };
	struct bench_proc side = bench_meter_proc();
	sigset_t set, old;
	int left = n, status;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, &old);
	for (int i = 0; i < bench_opts.hogs; i++) {
		hogs[i] = (struct bench_proc){ .role = "hog", .cpu = -1,
					       .fn = use_cpu };
		start(&hogs[i], parent);
	}
	if (bench_metered() && is_here(&side))
		start(&side, parent);
	for (int i = 0; i < n; i++) {
		if (!is_here(&procs[i])) {
			left--;
			continue;
		}
		start(&procs[i], parent);
		if (procs[i].pid < 0) {
			bench_fail("fork: %s", strerror(errno));
			procs[i].pid = 0;
			failed = true;
			left--;
		}
	}

	while (left) {
		pid = waitpid(-1, &status, WNOHANG);
		if (pid > 0) {
			if (side.pid == pid)
				side.pid = 0;
			left -= reap(procs, n, pid, status, &failed);
		} else if (failed) {
			/* The rest would wait for the one that is gone. */
			for (int i = 0; i < n; i++)
				end(&procs[i]);
			left = 0;
		} else if (sigtimedwait(&set, NULL, &limit) < 0 &&
			   errno == EAGAIN) {
			for (int i = 0; i < n; i++)
				if (procs[i].pid)
					tell_wait(&procs[i]);
			failed = true;
		}
	}
	for (int i = 0; i < bench_opts.hogs; i++)
		end(&hogs[i]);
	/* The client asks it once more, and then hangs up. */
	if (failed)
		end(&side);
	else if (side.pid > 0)
		waitpid(side.pid, NULL, 0);
	sigprocmask(SIG_SETMASK, &old, NULL);
	return failed ? -1 : 0;
}
