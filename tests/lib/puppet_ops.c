// SPDX-License-Identifier: GPL-2.0
/*
 * The puppet's side: what it does when it is told. Also linked into the
 * helper program that an exec continues in, so nothing here may need the test.
 */
#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "puppet.h"
#include "util.h"

/* Of the process; children and threads get theirs from it. */
static struct puppet_page *my_pages;
static int my_memfd;
static _Atomic int *signal_counter;

void pattern_fill(void *at, size_t len, unsigned int seed)
{
	uint8_t *p = at;
	size_t i;

	for (i = 0; i < len; i++)
		p[i] = (i * 167 + (i >> 8) * 13 + (i >> 16) * 7 + seed * 31) ^ seed;
}

long pattern_check(const void *at, size_t len, unsigned int seed)
{
	const uint8_t *p = at;
	size_t i;

	for (i = 0; i < len; i++) {
		uint8_t want = (i * 167 + (i >> 8) * 13 + (i >> 16) * 7 +
				seed * 31) ^ seed;

		if (p[i] != want)
			return i;
	}
	return -1;
}

static void on_signal(int sig)
{
	(void)sig;
	if (signal_counter)
		atomic_fetch_add(signal_counter, 1);
}

static long catch_signal(struct puppet_page *page, int sig, int flags)
{
	struct sigaction sa = { .sa_handler = on_signal, .sa_flags = flags };

	signal_counter = &page->signals;
	return sigaction(sig, &sa, NULL) ? -errno : 0;
}

static void *thread_main(void *arg)
{
	struct puppet_page *page = arg;

	puppet_obey(my_pages, page - my_pages, my_memfd);
	return NULL;
}

static long do_fork(int slot)
{
	pid_t pid = fork();

	if (pid)
		return pid < 0 ? -errno : pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	exit(puppet_obey(my_pages, slot, my_memfd));
}

static long do_thread(int slot)
{
	pthread_attr_t attr;
	pthread_t t;
	int err;

	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	err = pthread_create(&t, &attr, thread_main, &my_pages[slot]);
	pthread_attr_destroy(&attr);
	return -err;
}

static long do_exec(int slot)
{
	char path[4096], fd[16], page[16];

	snprintf(path, sizeof(path), "%s/lib/execed", tests_dir());
	snprintf(fd, sizeof(fd), "%d", my_memfd);
	snprintf(page, sizeof(page), "%d", slot);
	execl(path, path, fd, page, NULL);
	return -errno;
}

static long do_wait4bind(const long *a)
{
	return a[0] == SELF ? dvk_wait4bind_T(a[1]) :
			      dvk_wait4bindep_T(a[0], a[1]);
}

static long perform(struct puppet_page *p)
{
	const long *a = p->a;
	int ep = a[0], timeout = a[1];
	dc_usr_t dc;
	void *m;

	switch (p->op) {
	case OP_SEND:
		return dvk_send_T(ep, &p->msg, timeout);
	case OP_RECEIVE:
		return dvk_receive_T(ep, &p->msg, timeout);
	case OP_SENDREC:
		return dvk_sendrec_T(ep, &p->msg, timeout);
	case OP_RCVRQST:
		return dvk_rcvrqst_T(&p->msg, timeout);
	case OP_REPLY:
		return dvk_reply_T(ep, &p->msg, timeout);
	case OP_RELAY:
		return dvk_relay(a[0], &p->msg);
	case OP_REPLY_RCVRQST:
		return dvk_reply_rcvrqst_T(ep, &p->msg, timeout);
	case OP_NOTIFY:
		return dvk_notify(a[0]);
	case OP_SRC_NOTIFY:
		return dvk_src_notify(a[0], a[1]);
	case OP_NTFY_VALUE:
		return dvk_ntfy_value(a[0], a[1], a[2]);
	case OP_HDW_NOTIFY:
		return dvk_hdw_notify(a[0], a[1]);
	case OP_WAKEUP:
		return dvk_wakeup(a[0], a[1]);
	case OP_VCOPY:
		return dvk_vcopy(a[0], (void *)a[1], a[2], (void *)a[3], a[4]);
	case OP_BIND:
		return dvk_bind(a[0], a[1]);
	case OP_TBIND:
		return dvk_tbind(a[0], a[1]);
	case OP_LCLBIND:
		return dvk_lclbind(a[0], a[1], a[2]);
	case OP_UNBIND:
		return dvk_unbind_T(a[0], a[1], a[2]);
	case OP_GETEP:
		return dvk_getep(a[0]);
	case OP_WAIT4BIND:
		return do_wait4bind(a);
	case OP_WAIT4UNBIND:
		return dvk_wait4unbind_T(a[0], a[1]);
	case OP_GETDCINFO:
		return dvk_getdcinfo(a[0], &dc);
	case OP_MAP:
		m = mmap(NULL, a[1], PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		return m == MAP_FAILED ? 0 : (long)m;
	case OP_UNMAP:
		return munmap((void *)a[0], a[1]) ? -errno : 0;
	case OP_PROTECT:
		return mprotect((void *)a[0], a[1], a[2]) ? -errno : 0;
	case OP_FILL:
		pattern_fill((void *)a[0], a[1], a[2]);
		return 0;
	case OP_CHECK:
		return pattern_check((void *)a[0], a[1], a[2]);
	case OP_CATCH:
		return catch_signal(p, a[0], a[1]);
	case OP_FORK:
		return do_fork(a[0]);
	case OP_THREAD:
		return do_thread(a[0]);
	case OP_EXEC:
		return do_exec(p - my_pages);
	case OP_SETUID:
		return syscall(SYS_setresgid, a[0], a[0], a[0]) ||
		       syscall(SYS_setresuid, a[0], a[0], a[0]) ? -errno : 0;
	case OP_DUMPABLE:
		return prctl(PR_SET_DUMPABLE, a[0]) ? -errno : 0;
	case OP_UNSHARE_PID:
		return unshare(CLONE_NEWPID) ? -errno : 0;
	case OP_EXIT:
		syscall(SYS_exit, a[0]);
		return -1;
	case OP_EXIT_GROUP:
		_exit(a[0]);
	case OP_FN:
		return p->fn(a);
	}
	return -EOPNOTSUPP;
}

static void futex(_Atomic unsigned int *word, int op, unsigned int value)
{
	syscall(SYS_futex, word, op, value, NULL, NULL, 0);
}

int puppet_obey(struct puppet_page *pages, int slot, int memfd)
{
	struct puppet_page *p = &pages[slot];

	my_pages = pages;
	my_memfd = memfd;
	atomic_store(&p->tid, syscall(SYS_gettid));
	/* After an exec, the call that brought us here has succeeded. */
	if (p->op == OP_EXEC && atomic_load(&p->ended) != atomic_load(&p->begun)) {
		p->ret = 0;
		atomic_store(&p->ended, atomic_load(&p->begun));
		futex(&p->ended, FUTEX_WAKE, 1);
	}
	for (;;) {
		unsigned int n = atomic_load(&p->ended);

		while (atomic_load(&p->begun) == n)
			futex(&p->begun, FUTEX_WAIT, n);
		p->ret = perform(p);
		atomic_store(&p->ended, n + 1);
		futex(&p->ended, FUTEX_WAKE, 1);
	}
}
