/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Pairs of processes that exchange messages at the same time. Each is bound by
 * the parent, before it does anything, and waits for that.
 */
#ifndef TESTS_COMPAT_MPEER_H
#define TESTS_COMPAT_MPEER_H

#include "old.h"

#define DCID		0
#define FIRST_NR	100

static void client(int svr_ep, int loops);
static void server(int clt_ep, int loops);

static void child(int nr, int loops)
{
	int peer = FIRST_NR + ((nr - FIRST_NR) ^ 1);
	long ret;

	do {
		ret = dvk_wait4bind_T(TIMEOUT_MOLCALL);
	} while (ret == EDVSINTR);
	if (ret != nr)
		ERROR_EXIT("dvk_wait4bind_T", ret);
	ret = dvk_wait4bindep_T(peer, TIMEOUT_MOLCALL);
	if (ret != peer)
		ERROR_EXIT("dvk_wait4bindep_T", ret);
	if (nr % 2)
		client(peer, loops);
	else
		server(peer, loops);
	/* The client is the last who hears of the other. */
	if (!(nr % 2)) {
		ret = dvk_wait4unbind_T(peer, TIMEOUT_MOLCALL);
		if (ret != OK)
			ERROR_EXIT("dvk_wait4unbind_T", ret);
	}
}

int main(int argc, char *argv[])
{
	double t_start, t_total;
	int peers, loops, i;
	pid_t pid[64];
	long ret;

	if (argc != 3) {
		printf("usage: %s <even number of peers> <loops>\n", argv[0]);
		return 1;
	}
	peers = atoi(argv[1]);
	loops = atoi(argv[2]);
	if (peers < 2 || peers > 64 || peers % 2 || loops < 1) {
		printf("peers: an even number from 2 to 64; loops: from 1\n");
		return 1;
	}
	ret = dvk_open();
	if (ret < 0)
		ERROR_EXIT("dvk_open", ret);
	t_start = dwalltime();
	for (i = 0; i < peers; i++) {
		pid[i] = fork();
		if (pid[i] < 0)
			ERROR_EXIT("fork", -errno);
		if (pid[i] == 0) {
			child(FIRST_NR + i, loops);
			exit(0);
		}
		ret = dvk_lclbind(DCID, pid[i], FIRST_NR + i);
		if (ret < EDVSERRCODE)
			ERROR_EXIT("dvk_lclbind", ret);
	}
	for (i = 0; i < peers; i++)
		must_exit_well(pid[i]);
	t_total = dwalltime() - t_start;
	printf("peers = %d loops = %d\n", peers, loops);
	printf("Throughput = %.0f [msg/s]\n", (double)peers * loops / t_total);
	return 0;
}

#endif
