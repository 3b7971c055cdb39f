// SPDX-License-Identifier: GPL-2.0
/* rr_mpeer: concurrent pairs, sendrec against rcvrqst and reply. */
#include "loop.h"

int main(int argc, char **argv)
{
	return loop_main(argc, argv, &loop_request, LOOP_PEERS_ROUNDS);
}
