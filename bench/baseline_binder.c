// SPDX-License-Identifier: GPL-2.0
/*
 * Binder, Android's calls between processes of one machine: a transaction and
 * its reply, through the driver's own interface.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/android/binder.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/pattern.h"
#include "stream.h"

#define DEVICE		"/dev/binder"
#define MAP_SIZE	(128 * 1024)
#define WORDS		(MESSAGE_BYTES / sizeof(uint64_t))

/**
 * struct binder - one process's side
 * @fd: the device
 * @out: commands for the driver
 * @out_len: bytes of @out
 * @in: what the driver has returned
 * @got: the last transaction or reply
 * @meeting: where server and client meet
 */
struct binder {
	int fd;
	char out[256];
	size_t out_len;
	char in[512];
	struct binder_transaction_data got;
	struct meeting *meeting;
};

static int binder_open(struct binder *b)
{
	__u32 none = 0;

	b->fd = open(DEVICE, O_RDWR | O_CLOEXEC);
	if (b->fd < 0 ||
	    mmap(NULL, MAP_SIZE, PROT_READ, MAP_PRIVATE, b->fd, 0) == MAP_FAILED ||
	    ioctl(b->fd, BINDER_SET_MAX_THREADS, &none))
		return bench_fail(DEVICE ": %s", strerror(errno));
	return 0;
}

static void add(struct binder *b, const void *p, size_t n)
{
	memcpy(b->out + b->out_len, p, n);
	b->out_len += n;
}

static void add_command(struct binder *b, __u32 cmd, const void *arg)
{
	add(b, &cmd, sizeof(cmd));
	add(b, arg, _IOC_SIZE(cmd));
}

/* Both directions: what was received before is given back with it. */
static void add_message(struct binder *b, __u32 cmd, void *buf)
{
	struct binder_transaction_data t = {
		.code = 1,
		.data_size = MESSAGE_BYTES,
		.data.ptr.buffer = (binder_uintptr_t)buf,
	};

	if (b->got.data.ptr.buffer)
		add_command(b, BC_FREE_BUFFER, &b->got.data.ptr.buffer);
	b->got.data.ptr.buffer = 0;
	add_command(b, cmd, &t);
}

/* Looks through what the driver returned. 1: @wanted was there. */
static int find(struct binder *b, size_t len, __u32 wanted)
{
	size_t at = 0;
	__u32 cmd;
	int found = 0;

	while (at + sizeof(cmd) <= len) {
		memcpy(&cmd, b->in + at, sizeof(cmd));
		at += sizeof(cmd);
		if (cmd == wanted) {
			memcpy(&b->got, b->in + at, sizeof(b->got));
			found = 1;
		} else if (cmd == BR_FAILED_REPLY || cmd == BR_DEAD_REPLY) {
			return bench_fail("the transaction failed");
		}
		at += _IOC_SIZE(cmd);
	}
	return found;
}

/* Sends what is in @out, and waits for a transaction or a reply. */
static int exchange(struct binder *b, __u32 wanted)
{
	struct binder_write_read rw;
	int found = 0;

	while (!found) {
		rw = (struct binder_write_read){
			.write_buffer = (binder_uintptr_t)b->out,
			.write_size = b->out_len,
			.read_buffer = (binder_uintptr_t)b->in,
			.read_size = sizeof(b->in),
		};
		if (ioctl(b->fd, BINDER_WRITE_READ, &rw))
			return bench_fail("BINDER_WRITE_READ: %s",
					  strerror(errno));
		b->out_len = 0;
		found = find(b, rw.read_consumed, wanted);
	}
	return found < 0 ? -1 : 0;
}

static int intact(struct binder *b, uint64_t seq, uint64_t salt)
{
	if (b->got.data_size != MESSAGE_BYTES ||
	    !pattern_check((void *)b->got.data.ptr.buffer, WORDS, seq, salt))
		return bench_fail("message %lu is damaged", (unsigned long)seq);
	return 0;
}

static int server(void *arg)
{
	struct binder b = { .meeting = arg };
	__u32 enter = BC_ENTER_LOOPER;
	char buf[MESSAGE_BYTES];

	if (binder_open(&b))
		return -1;
	if (ioctl(b.fd, BINDER_SET_CONTEXT_MGR, 0))
		return bench_fail("BINDER_SET_CONTEXT_MGR: %s", strerror(errno));
	add(&b, &enter, sizeof(enter));
	if (stream_server_ready(b.meeting))
		return -1;
	for (long i = 0; bench_work_left(&b.meeting->work, i); i++) {
		if (exchange(&b, BR_TRANSACTION) || intact(&b, i, PATTERN_REQUEST))
			return -1;
		pattern_fill(buf, WORDS, i, PATTERN_ANSWER);
		add_message(&b, BC_REPLY, buf);
	}
	/* The last reply has no next transaction to wait for. */
	return ioctl(b.fd, BINDER_WRITE_READ, &(struct binder_write_read){
			.write_buffer = (binder_uintptr_t)b.out,
			.write_size = b.out_len }) ?
		       bench_fail("the last reply: %s", strerror(errno)) : 0;
}

static int call(void *ctx, uint64_t seq)
{
	struct binder *b = ctx;
	char buf[MESSAGE_BYTES];

	pattern_fill(buf, WORDS, seq, PATTERN_REQUEST);
	add_message(b, BC_TRANSACTION, buf);
	if (exchange(b, BR_REPLY))
		return -1;
	return intact(b, seq, PATTERN_ANSWER);
}

static int client(void *arg)
{
	struct client *c = arg;
	struct binder b = { .meeting = c->meeting };
	struct bench_loop loop = { .round = call, .work = &c->meeting->work,
				   .ctx = &b };

	if (binder_open(&b) || stream_client_ready(c->meeting))
		return -1;
	return bench_measure(&loop, &c->meeting->result[0]);
}

int run_binder(const struct baseline *b)
{
	if (access(DEVICE, F_OK))
		return baseline_missing("there is no " DEVICE " (modprobe binder_linux)");
	if (bench_across())
		return bench_fail("binder is for processes of one machine");
	return stream_run(b, server, client);
}
