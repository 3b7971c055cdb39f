// SPDX-License-Identifier: GPL-2.0
/* copy1 <loops> <bufsize>: copies from a child that waits in a sendrec. */
#include "old.h"

#define DCID	0
#define SRC_NR	61
#define DST_NR	60

static void do_source(char *buffer, int size)
{
	message m, *m_ptr = &m;
	long ret;

	memset(buffer, 'x', (size_t)size);
	ret = dvk_bind(DCID, SRC_NR);
	if (ret < EDVSERRCODE)
		ERROR_EXIT("dvk_bind", ret);
	ret = dvk_wait4bindep_T(DST_NR, TIMEOUT_MOLCALL);
	if (ret != DST_NR)
		ERROR_EXIT("dvk_wait4bindep_T", ret);
	m_ptr->m_type = 1;
	m_ptr->m1_i1 = size;
	m_ptr->m1_p1 = (long)buffer;
	ret = dvk_sendrec(DST_NR, (long)m_ptr);
	if (ret != OK)
		ERROR_EXIT("dvk_sendrec", ret);
}

int main(int argc, char *argv[])
{
	int loops, size, i;
	message m, *m_ptr = &m;
	double t_start, t_total;
	char *buffer;
	pid_t pid;
	long ret;

	if (argc != 3) {
		printf("usage: %s <loops> <bufsize>\n", argv[0]);
		return 1;
	}
	loops = atoi(argv[1]);
	size = atoi(argv[2]);
	if (loops < 1 || size < 1 || size > MAXCOPYLEN) {
		printf("loops from 1, bufsize from 1 to %d\n", MAXCOPYLEN);
		return 1;
	}
	/* Copied by fork: each process has its own at the same address. */
	buffer = malloc((size_t)size);
	if (!buffer)
		ERROR_EXIT("malloc", EDVSNOMEM);
	memset(buffer, 0, (size_t)size);
	ret = dvk_open();
	if (ret < 0)
		ERROR_EXIT("dvk_open", ret);
	pid = fork();
	if (pid < 0)
		ERROR_EXIT("fork", -errno);
	if (pid == 0) {
		do_source(buffer, size);
		exit(0);
	}
	ret = dvk_bind(DCID, DST_NR);
	if (ret < EDVSERRCODE)
		ERROR_EXIT("dvk_bind", ret);
	ret = dvk_receive(ANY, (long)m_ptr);
	if (ret != OK)
		ERROR_EXIT("dvk_receive", ret);
	t_start = dwalltime();
	for (i = 0; i < loops; i++) {
		ret = dvk_vcopy(SRC_NR, m_ptr->m1_p1, DST_NR, (long)buffer, size);
		if (ret != OK)
			ERROR_EXIT("dvk_vcopy", ret);
	}
	t_total = dwalltime() - t_start;
	for (i = 0; i < size; i++) {
		if (buffer[i] != 'x')
			ERROR_EXIT("bytes of the source", EDVSFAULT);
	}
	ret = dvk_send(SRC_NR, (long)m_ptr);
	if (ret != OK)
		ERROR_EXIT("dvk_send", ret);
	must_exit_well(pid);
	printf("loops = %d bufsize = %d\n", loops, size);
	printf("Throughput = %.0f [bytes/s]\n", (double)loops * size / t_total);
	return 0;
}
