// SPDX-License-Identifier: GPL-2.0
/* ipc2: sendrec against receive and send. */
#include "loop.h"

int main(int argc, char **argv)
{
	return loop_main(argc, argv, &loop_sendrec, LOOP_ROUNDS);
}
