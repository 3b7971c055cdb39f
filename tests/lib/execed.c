// SPDX-License-Identifier: GPL-2.0
/*
 * What a puppet becomes by exec: it opens the device anew and goes on obeying.
 *
 *   execed FD PAGE	descriptor of the shared memory, number of the page
 */
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#include "puppet.h"
#include "util.h"

int main(int argc, char **argv)
{
	struct puppet_page *pages;
	int fd;

	if (argc != 3)
		return 2;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	fd = atoi(argv[1]);
	pages = mmap(NULL, PUPPET_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (pages == MAP_FAILED)
		die("mmap: %m");
	dvk_open();
	return puppet_obey(pages, atoi(argv[2]), fd);
}
