/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A loop benchmark of the old kind: the parent is the receiver, the child the
 * sender; each binds itself after the fork. A program that includes this has
 * the two loops.
 */
#ifndef TESTS_COMPAT_PAIR_H
#define TESTS_COMPAT_PAIR_H

#include "old.h"

#define WARM_UP		10
#define DCID		0
#define SRC_NR		51
#define DST_NR		50

static void sender(int dst_ep, int rounds);
static void receiver(int src_ep, int rounds);

static void do_sender(int loops)
{
	int src_ep;
	long ret;

	src_ep = dvk_bind(DCID, SRC_NR);
	if (src_ep < EDVSERRCODE)
		ERROR_EXIT("dvk_bind", src_ep);
	ret = dvk_wait4bindep_T(DST_NR, TIMEOUT_MOLCALL);
	if (ret != DST_NR)
		ERROR_EXIT("dvk_wait4bindep_T", ret);
	sender(DST_NR, WARM_UP);
	sender(DST_NR, loops);
	/* To exit earlier would end what the receiver still waits for. */
	ret = dvk_wait4unbind_T(DST_NR, TIMEOUT_MOLCALL);
	if (ret != OK)
		ERROR_EXIT("dvk_wait4unbind_T", ret);
}

int main(int argc, char *argv[])
{
	double t_start, t_total;
	int loops, dst_ep;
	pid_t pid;
	long ret;

	if (argc != 2 || atoi(argv[1]) < 1) {
		printf("usage: %s <loops>\n", argv[0]);
		return 1;
	}
	loops = atoi(argv[1]);
	ret = dvk_open();
	if (ret < 0)
		ERROR_EXIT("dvk_open", ret);

	pid = fork();
	if (pid < 0)
		ERROR_EXIT("fork", -errno);
	if (pid == 0) {
		do_sender(loops);
		exit(0);
	}
	dst_ep = dvk_bind(DCID, DST_NR);
	if (dst_ep < EDVSERRCODE)
		ERROR_EXIT("dvk_bind", dst_ep);
	ret = dvk_wait4bindep_T(SRC_NR, TIMEOUT_MOLCALL);
	if (ret != SRC_NR)
		ERROR_EXIT("dvk_wait4bindep_T", ret);
	receiver(SRC_NR, WARM_UP);
	t_start = dwalltime();
	receiver(SRC_NR, loops);
	t_total = dwalltime() - t_start;
	ret = dvk_unbind(DCID, DST_NR);
	if (ret != OK)
		ERROR_EXIT("dvk_unbind", ret);
	must_exit_well(pid);

	printf("loops = %d\n", loops);
	printf("Time for a pair = %f[ms]\n", 1000 * t_total / loops);
	printf("Throughput = %.0f [msg/s]\n", loops * 2 / t_total);
	return 0;
}

#endif
