// SPDX-License-Identifier: GPL-2.0
/*
 * t_copy <dcid>: a requester copies between two children that wait for its
 * answer, and between itself and one of them.
 */
#include "old.h"

#define RQTR_NR		70
#define SRC_NR		71
#define DST_NR		72
#define SIZE		100000

static char buffer[SIZE];

static void child(int dcid, int nr, char before, char after)
{
	message m, *m_ptr = &m;
	int i;

	memset(buffer, before, SIZE);
	MUST(dvk_bind(dcid, nr), nr);
	MUST(dvk_wait4bindep_T(RQTR_NR, TIMEOUT_MOLCALL), RQTR_NR);
	m_ptr->m_type = nr;
	m_ptr->m1_p1 = (long)buffer;
	MUST(dvk_sendrec(RQTR_NR, (long)m_ptr), OK);
	for (i = 0; i < SIZE; i++) {
		if (buffer[i] != after)
			ERROR_EXIT("bytes after the copy", i);
	}
}

int main(int argc, char *argv[])
{
	char *addr[2];
	message m, *m_ptr = &m;
	pid_t pid[2];
	int dcid, i;

	if (argc != 2) {
		printf("usage: %s <dcid>\n", argv[0]);
		return 1;
	}
	dcid = atoi(argv[1]);
	MUST(dvk_open(), OK);
	MUST(dvk_bind(dcid, RQTR_NR), RQTR_NR);
	for (i = 0; i < 2; i++) {
		pid[i] = fork();
		if (pid[i] < 0)
			ERROR_EXIT("fork", -errno);
		if (pid[i] == 0) {
			child(dcid, SRC_NR + i, i ? 'd' : 's', 's');
			exit(0);
		}
	}
	for (i = 0; i < 2; i++) {
		MUST(dvk_rcvrqst_T((long)m_ptr, TIMEOUT_MOLCALL), OK);
		addr[m_ptr->m_source - SRC_NR] = m_ptr->m1_p1;
	}
	MUST(dvk_vcopy(SRC_NR, addr[0], RQTR_NR, (long)buffer, 10), OK);
	if (memcmp(buffer, "ssssssssss", 11))
		ERROR_EXIT("copied bytes", EDVSFAULT);
	MUST(dvk_vcopy(SRC_NR, addr[0], DST_NR, addr[1], SIZE), OK);
	MUST(dvk_vcopy(SRC_NR, addr[0], SELF, (long)buffer, SIZE), OK);
	for (i = 0; i < SIZE; i++) {
		if (buffer[i] != 's')
			ERROR_EXIT("copied bytes", i);
	}
	MUST(dvk_vcopy(SRC_NR, addr[0], DST_NR, addr[1], 0), OK);
	MUST(dvk_vcopy(SRC_NR, addr[0], DST_NR, addr[1], -1), EDVSRANGE);
	MUST(dvk_vcopy(SRC_NR, addr[0], DST_NR, addr[1], MAXCOPYLEN + 1L), EDVSRANGE);
	MUST(dvk_vcopy(SRC_NR, addr[0], SRC_NR, addr[0], 10), EDVSENDPOINT);
	MUST(dvk_vcopy(SRC_NR, 16L, SELF, (long)buffer, 10), EDVSFAULT);
	MUST(dvk_vcopy(SRC_NR, addr[0], SELF, 16L, 10), EDVSFAULT);
	for (i = 0; i < 2; i++)
		MUST(dvk_reply(SRC_NR + i, (long)m_ptr), OK);
	for (i = 0; i < 2; i++)
		must_exit_well(pid[i]);
	printf("copies of %d bytes\n", SIZE);
	return 0;
}
