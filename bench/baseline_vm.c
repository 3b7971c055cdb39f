// SPDX-License-Identifier: GPL-2.0
/*
 * Bulk copies between two processes of one machine by process_vm_readv and
 * process_vm_writev: what a local vcopy is compared with.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "baseline.h"
#include "lib/pattern.h"

#define SOURCE_SEED 11
#define TARGET_SEED 22

/**
 * struct vm_share - what both processes see
 * @ready: the owner's buffer is filled
 * @done: the copier has finished
 * @pid: of the owner
 * @addr: of the owner's buffer, in the owner
 */
struct vm_share {
	struct bench_gate ready;
	struct bench_gate done;
	pid_t pid;
	char *addr;
	struct bench_result result;
};

struct vm_copy {
	struct vm_share *share;
	bool write;
	char *buf;
};

static char *buffer(void)
{
	char *p = aligned_alloc(PATTERN_PAGE,
				(baseline_opts.bytes + PATTERN_PAGE - 1) &
					~(size_t)(PATTERN_PAGE - 1));

	if (!p)
		bench_fail("no memory");
	return p;
}

/* Lends its memory, and looks at what was written there in the end. */
static int owner(void *arg)
{
	struct vm_copy *c = arg;
	struct vm_share *s = c->share;
	size_t n = baseline_opts.bytes;
	char *buf = buffer();

	if (!buf)
		return -1;
	bulk_fill(buf, n, SOURCE_SEED, 0);
	s->addr = buf;
	s->pid = getpid();
	bench_gate_wait(&s->ready);
	bench_gate_wait(&s->done);
	if (c->write && !bulk_check(buf, n, TARGET_SEED, s->result.last))
		return bench_fail("the memory written to is damaged");
	return 0;
}

static int copy_once(void *ctx, uint64_t seq)
{
	struct vm_copy *c = ctx;
	size_t n = baseline_opts.bytes;
	struct iovec mine = { c->buf, n }, other = { c->share->addr, n };
	ssize_t done;

	/* Old stamps must not pass for new ones. */
	stamp_set(c->buf, n, c->write ? seq : ~0ull);
	if (c->write)
		done = process_vm_writev(c->share->pid, &mine, 1, &other, 1, 0);
	else
		done = process_vm_readv(c->share->pid, &mine, 1, &other, 1, 0);
	if (done < 0)
		return bench_fail("copy: %s", strerror(errno));
	if ((size_t)done != n)
		return bench_fail("copied %zd bytes of %zu", done, n);
	if (c->write)
		return 0;
	if (seq ? !stamp_check(c->buf, n, 0) :
		  !bulk_check(c->buf, n, SOURCE_SEED, 0))
		return bench_fail("copy %lu is damaged", (unsigned long)seq);
	return 0;
}

static int copier(void *arg)
{
	struct vm_copy *c = arg;
	struct bench_loop loop = { .round = copy_once, .ctx = c };
	int err;

	c->buf = buffer();
	if (!c->buf)
		return -1;
	bulk_fill(c->buf, baseline_opts.bytes, TARGET_SEED, 0);
	bench_gate_wait(&c->share->ready);
	err = bench_measure(&loop, &c->share->result);
	if (err)
		return err;
	if (!c->write && !bulk_check(c->buf, baseline_opts.bytes, SOURCE_SEED, 0))
		return bench_fail("the memory read is damaged");
	bench_gate_wait(&c->share->done);
	return 0;
}

static int run_vm(const struct baseline *b, bool write)
{
	struct vm_copy c = { .share = bench_shared(sizeof(struct vm_share)),
			     .write = write };
	struct bench_row row = {
		.name = b->name,
		.what = b->what,
		.bytes = baseline_opts.bytes,
		.messages = 1,
		.copied = baseline_opts.bytes,
		.pairs = 1,
		.clients = 1,
	};
	struct bench_proc procs[] = {
		{ .role = "owner", .fn = owner, .arg = &c,
		  .cpu = bench_opts.server_cpu },
		{ .role = "copier", .fn = copier, .arg = &c,
		  .cpu = bench_opts.client_cpu },
	};

	bench_gate_init(&c.share->ready, 2);
	bench_gate_init(&c.share->done, 2);
	if (bench_run(procs, 2))
		return -1;
	return bench_report(&row, &c.share->result, 1);
}

int run_vmread(const struct baseline *b)
{
	return run_vm(b, false);
}

int run_vmwrite(const struct baseline *b)
{
	return run_vm(b, true);
}
