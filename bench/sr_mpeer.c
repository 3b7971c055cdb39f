// SPDX-License-Identifier: GPL-2.0
/* sr_mpeer: concurrent pairs, sendrec against receive and send. */
#include "loop.h"

int main(int argc, char **argv)
{
	return loop_main(argc, argv, &loop_sendrec, LOOP_PEERS_ROUNDS);
}
