// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cluster.h"
#include "puppet.h"
#include "util.h"

static struct puppet *puppets;

static struct puppet *puppet_add(int node, int memfd, struct puppet_page *pages,
				 int slot)
{
	struct puppet *p = calloc(1, sizeof(*p));

	if (!p)
		die("no memory");
	p->node = node;
	p->memfd = memfd;
	p->pages = pages;
	p->slot = slot;
	p->page = &pages[slot];
	p->next = puppets;
	puppets = p;
	return p;
}

/* Waits until the puppet obeys. */
static void puppet_listens(struct puppet *p)
{
	if (!wait_until(atomic_load(&p->page->tid), SOON))
		die("a puppet does not start");
}

struct puppet *puppet_new(int node)
{
	struct puppet_page *pages;
	struct puppet *p;
	int memfd;

	/* Not close-on-exec: the program after an exec needs it. */
	memfd = memfd_create("puppet", 0);
	if (memfd < 0 || ftruncate(memfd, PUPPET_BYTES))
		die("memfd: %m");
	pages = mmap(NULL, PUPPET_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED,
		     memfd, 0);
	if (pages == MAP_FAILED)
		die("mmap: %m");

	p = puppet_add(node, memfd, pages, 0);
	p->ours = true;
	fflush(NULL);
	p->pid = fork();
	if (p->pid < 0)
		die("fork: %m");
	if (!p->pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		/* Its own children are nobody's business when they end. */
		signal(SIGCHLD, SIG_IGN);
		if (node != THIS_NODE)
			node_enter(node);
		exit(puppet_obey(pages, 0, memfd));
	}
	p->tid = p->pid;
	puppet_listens(p);
	return p;
}

struct puppet *puppet_bound(int node, int dcid, int ep)
{
	struct puppet *p = puppet_new(node);
	long ret = call(p, OP_BIND, dcid, ep);

	if (ret != ep)
		die("bind(%d, %d) on node %d: %ld", dcid, ep, node, ret);
	return p;
}

static struct puppet *puppet_offspring(struct puppet *p, bool thread)
{
	struct puppet *c, *q;
	int slot = 0;
	long ret;

	for (q = puppets; q; q = q->next)
		if (q->pages == p->pages && q->slot > slot)
			slot = q->slot;
	if (++slot == PUPPET_PAGES)
		die("too many puppets in one family");
	c = puppet_add(p->node, p->memfd, p->pages, slot);
	c->thread = thread;
	ret = call(p, thread ? OP_THREAD : OP_FORK, slot);
	if (ret < 0)
		die("%s: %ld", thread ? "thread" : "fork", ret);
	puppet_listens(c);
	c->pid = thread ? p->pid : ret;
	/* In another pid namespace it knows itself by another number. */
	c->tid = thread ? c->page->tid : c->pid;
	return c;
}

struct puppet *puppet_fork(struct puppet *p)
{
	return puppet_offspring(p, false);
}

struct puppet *puppet_thread(struct puppet *p)
{
	return puppet_offspring(p, true);
}

long puppet_exec(struct puppet *p)
{
	const pid_t tid = p->tid;
	const bool thread = p->thread;
	long ret;

	/* The exec of any thread makes it the leader, under the leader's pid. */
	begin_call(p, OP_EXEC, 0);
	p->tid = p->pid;
	p->thread = false;
	ret = end(p);
	if (ret) {
		p->tid = tid;
		p->thread = thread;
	}
	return ret;
}

/*
 * Whether it sleeps in what it was told to do. Between two calls it sleeps as
 * well, but begin() has ended that before it returns. Nothing else makes it
 * sleep so that a signal could end it, which is what "S" says; a lock that is
 * taken by another gives "D".
 */
static bool sleeps(struct puppet *p)
{
	char path[64], line[512], *state;
	FILE *f;

	if (ended(p))
		return false;
	snprintf(path, sizeof(path), "/proc/%d/task/%d/stat", p->pid, p->tid);
	f = fopen(path, "r");
	if (!f)
		return false;
	if (!fgets(line, sizeof(line), f))
		line[0] = '\0';
	fclose(f);
	/* The name in parentheses may hold anything. */
	state = strrchr(line, ')');
	return state && !strncmp(state, ") S", 3) && !ended(p);
}

bool puppet_sleeps(struct puppet *p)
{
	return wait_until(sleeps(p), SOON);
}

static bool check_gone(struct puppet *p)
{
	if (p->gone)
		return true;
	if (p->thread)
		p->gone = syscall(SYS_tgkill, p->pid, p->tid, 0) != 0;
	else if (p->ours)
		p->gone = waitpid(p->pid, &p->status, WNOHANG) != 0;
	else
		p->gone = kill(p->pid, 0) != 0;
	return p->gone;
}

bool puppet_gone(struct puppet *p, int ms)
{
	return wait_until(check_gone(p), ms);
}

void puppet_signal(struct puppet *p, int sig)
{
	if (syscall(SYS_tgkill, p->pid, p->tid, sig))
		die("signal %d to %d: %m", sig, p->tid);
}

void puppet_kill(struct puppet *p)
{
	if (check_gone(p))
		return;
	kill(p->pid, SIGKILL);
	if (!puppet_gone(p, SOON))
		die("process %d survives SIGKILL", p->pid);
}

void puppets_end(void)
{
	struct puppet *p;

	for (p = puppets; p; p = p->next)
		if (p->ours && !check_gone(p))
			kill(p->pid, SIGKILL);
	for (p = puppets; p; p = p->next)
		if (p->ours)
			puppet_kill(p);
}

void puppets_free(void)
{
	struct puppet *p;

	puppets_end();
	while ((p = puppets)) {
		puppets = p->next;
		if (p->ours) {
			close(p->memfd);
			munmap(p->pages, PUPPET_BYTES);
		}
		free(p);
	}
}

void puppet_known_at(struct puppet *p, int ep, int dcid, int node)
{
	int fd = dvk_fd;
	char name[16];
	long ret;

	snprintf(name, sizeof(name), "remote-%d", ep);
	at_node(node);
	ret = dvk_rmtbind(dcid, name, ep, p->node);
	if (ret != ep)
		die("rmtbind(%d, %d, %d) on node %d: %ld", dcid, ep, p->node,
		    node, ret);
	dvk_fd = fd;
}

void begin_args(struct puppet *p, enum op op, const long *a, int n)
{
	struct puppet_page *page = p->page;

	if (atomic_load(&page->begun) != atomic_load(&page->ended))
		die("the puppet is still busy with op %d", page->op);
	page->op = op;
	memset(page->a, 0, sizeof(page->a));
	memcpy(page->a, a, n * sizeof(*a));
	atomic_fetch_add(&page->begun, 1);
	syscall(SYS_futex, &page->begun, FUTEX_WAKE, 1, NULL, NULL, 0);
}

void begin(struct puppet *p, enum op op, int ep, int timeout)
{
	begin_call(p, op, ep, timeout);
}

bool ended(struct puppet *p)
{
	return atomic_load(&p->page->begun) == atomic_load(&p->page->ended);
}

long end_within(struct puppet *p, int ms)
{
	struct puppet_page *page = p->page;
	long limit = now_ms() + ms;

	while (!ended(p)) {
		struct timespec slice = { 0, 20 * 1000 * 1000 };

		/* In slices, because a puppet that died wakes nobody. */
		syscall(SYS_futex, &page->ended, FUTEX_WAIT, page->begun - 1,
			&slice, NULL, 0);
		if (ended(p))
			break;
		if (check_gone(p))
			return DEAD;
		if (now_ms() > limit)
			return STUCK;
	}
	return page->ret;
}

long end(struct puppet *p)
{
	return end_within(p, SOON);
}

long act(struct puppet *p, enum op op, int ep, int timeout)
{
	begin(p, op, ep, timeout);
	return end(p);
}

void say(struct puppet *p, int type, int value)
{
	memset(&p->page->msg, 0, sizeof(p->page->msg));
	p->page->msg.m_type = type;
	p->page->msg.m1_i1 = value;
}

void *puppet_map(struct puppet *p, size_t size)
{
	long at = call(p, OP_MAP, 0, size);

	if (at <= 0)
		die("cannot map %zu bytes in a puppet", size);
	return (void *)at;
}

void puppet_fill(struct puppet *p, void *at, size_t len, unsigned int seed)
{
	if (call(p, OP_FILL, (long)at, len, seed))
		die("cannot fill a puppet's memory");
}

long puppet_check(struct puppet *p, void *at, size_t len, unsigned int seed)
{
	return call(p, OP_CHECK, (long)at, len, seed);
}

long puppet_vcopy(struct puppet *p, int src, void *saddr, int dst, void *daddr,
		  long bytes)
{
	return call(p, OP_VCOPY, src, (long)saddr, dst, (long)daddr, bytes);
}
