// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "disturb.h"
#include "puppet.h"
#include "util.h"

#define GROUPS	"/tmp/dvk-cgroup"
#define GROUP	GROUPS "/disturbed"

/* The letter of its state in /proc. */
static char state(struct puppet *p)
{
	char path[64], line[256], *at;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/stat", p->pid, p->tid);
	f = fopen(path, "r");
	if (!f || !fgets(line, sizeof(line), f))
		die("%s: %m", path);
	fclose(f);
	at = strrchr(line, ')');
	return at ? at[2] : '?';
}

static void put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		die("%s: %m", path);
	close(fd);
}

static bool frozen(void)
{
	char text[256];
	int fd = open(GROUP "/cgroup.events", O_RDONLY);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (n < 0)
		die("cgroup.events: %m");
	close(fd);
	text[n] = 0;
	return strstr(text, "frozen 1");
}

static void freeze(struct puppet *p)
{
	char pid[16];

	mkdir(GROUPS, 0755);
	if (access(GROUPS "/cgroup.procs", F_OK) &&
	    mount("none", GROUPS, "cgroup2", 0, NULL))
		die("no cgroup2: %m");
	mkdir(GROUP, 0755);
	snprintf(pid, sizeof(pid), "%d", p->pid);
	put(GROUP "/cgroup.procs", pid);
	put(GROUP "/cgroup.freeze", "1");
	if (!wait_until(frozen(), SOON))
		die("a puppet does not freeze");
}

static void thaw(struct puppet *p)
{
	char pid[16];

	put(GROUP "/cgroup.freeze", "0");
	if (!wait_until(!frozen(), SOON))
		die("a puppet does not thaw");
	snprintf(pid, sizeof(pid), "%d", p->pid);
	put(GROUPS "/cgroup.procs", pid);
}

static void trace(struct puppet *p)
{
	int status;

	if (ptrace(PTRACE_SEIZE, p->tid, NULL, NULL) ||
	    ptrace(PTRACE_INTERRUPT, p->tid, NULL, NULL) ||
	    waitpid(p->tid, &status, __WALL) != p->tid || !WIFSTOPPED(status))
		die("ptrace: %m");
}

static void handle(struct puppet *p)
{
	int before = atomic_load(&p->page->signals);

	puppet_signal(p, SIGUSR1);
	if (!wait_until(atomic_load(&p->page->signals) > before, SOON))
		die("a handler does not run");
}

void disturb(struct puppet *p, enum disturbance by)
{
	switch (by) {
	case BY_STOP:
		puppet_signal(p, SIGSTOP);
		if (!wait_until(state(p) == 'T', SOON))
			die("a puppet does not stop");
		break;
	case BY_TRACER:
		trace(p);
		break;
	case BY_FREEZER:
		freeze(p);
		break;
	default:
		handle(p);
		break;
	}
}

void let_go(struct puppet *p, enum disturbance by)
{
	switch (by) {
	case BY_STOP:
		puppet_signal(p, SIGCONT);
		if (!wait_until(state(p) != 'T', SOON))
			die("a puppet does not go on");
		break;
	case BY_TRACER:
		if (ptrace(PTRACE_DETACH, p->tid, NULL, NULL))
			die("detach: %m");
		break;
	case BY_FREEZER:
		thaw(p);
		break;
	default:
		break;
	}
}

void disturb_once(struct puppet *p, enum disturbance by)
{
	disturb(p, by);
	let_go(p, by);
}
