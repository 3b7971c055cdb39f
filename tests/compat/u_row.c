// SPDX-License-Identifier: GPL-2.0
/* u_row <dcid> <ep>: binds itself, and prints what the tables say of it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "../../include/com/proc_usr.h"
#include "../../include/com/stub_dvkcall.h"

static void print_file(int dcid, const char *name, const char *row)
{
	char line[512];
	FILE *f;

	sprintf(line, "/proc/dvs/DC%d/%s", dcid, name);
	f = fopen(line, "r");
	while (f && fgets(line, sizeof(line), f))
		if (!strncmp(line, row, strlen(row)) || strchr(line, '0') == line + 16 ||
		    line[0] == '-')
			printf("%s %s", name, line);
	if (f)
		fclose(f);
}

int main(int argc, char *argv[])
{
	proc_usr_t proc, *p_ptr = &proc;
	int dcid, ep, ret;
	char row[16];

	if (argc != 3)
		exit(1);
	dcid = atoi(argv[1]);
	ep = atoi(argv[2]);
	ret = dvk_bind(dcid, ep);
	if (ret != ep) {
		printf("dvk_bind %d\n", ret);
		exit(1);
	}
	ret = dvk_getprocinfo(dcid, ep, p_ptr);
	if (ret) {
		printf("dvk_getprocinfo %d\n", ret);
		exit(1);
	}
	printf(PROC_USR_FORMAT, PROC_USR_FIELDS(p_ptr));
	printf("own pid %d\n", getpid());
	sprintf(row, "%3d ", ep);
	print_file(dcid, "ipcto", row);
	print_file(dcid, "dvkcalls", row);
	return 0;
}
